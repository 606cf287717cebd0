"""The signs in a table's numbers: `decimal` and `thousands` of `[csv]` are those of its cells, and of nothing else."""

import msgspec

from hackle_import.mapping.expressions import path_of
from hackle_import.mapping.mapping import Mapping

_replace = msgspec.structs.replace


def reads_cells_alone(mapping: Mapping) -> bool:
    """Whether all texts of `metric_value` are cells as they are: then the table's signs are read where it is."""
    value, csv = mapping.sources.metric_value, mapping.csv
    if (csv.decimal, csv.thousands) == (".", ""):
        return True
    of_its_own = value.is_number or value.values or value.default is not None or csv.json or mapping.json
    return not of_its_own and all(map(path_of, value.sources))


def with_the_tables_marks(mapping: Mapping) -> Mapping:
    """`metric_value` says itself what the table says of all, unless it has signs of its own: those are all it has."""
    fields, csv = mapping.sources, mapping.csv
    value = fields.metric_value
    if value.decimal or value.thousands:
        return mapping
    value = _replace(value, decimal=csv.decimal, thousands=csv.thousands or None)
    return _replace(mapping, for_drop=_replace(fields, metric_value=value))
