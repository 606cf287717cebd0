"""One version of one drop, to be converted: all that its rows, its bytes and its names hang on."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from msgspec import Struct

from hackle_import.codes import Fault
from hackle_import.convert import convert, target_of
from hackle_import.drop import Drop
from hackle_import.engine import Converted
from hackle_import.errors import BadDrop
from hackle_import.exports import is_manifest, is_manifest_name, open_export, read_manifest
from hackle_import.ingest.version import Version, told_version
from hackle_import.mapping import Mapping
from hackle_import.places import Places
from hackle_import.reading.pinned import PinnedReader
from hackle_import.settings import Rules
from hackle_import.stores.protocol import StoredObject
from hackle_import.writing.layout import FORMAT_VERSION, day_name, output_key


class Attempt(Struct, frozen=True):
    """`found` is the object that every read is pinned to; `version` has the digest in the outputs' names."""

    drop: Drop
    places: Places
    rules: Rules
    mapping: Mapping
    found: StoredObject
    version: Version

    @contextmanager
    def converted(self) -> Iterator[Iterator[Converted]]:
        """The rows, chunk by chunk. Raises BadDrop, Misconfigured, Changed and NotFound, also while they are read."""
        with PinnedReader(self.places.drops, self.found) as source:
            target = target_of(self.mapping, self.rules, self.found, self.drop.folders)
            limits, decoder = self.rules.limits, self.rules.decoder
            if not is_manifest(self.found.key, source):
                yield convert(self.found.key, source, target, limits, decoder=decoder)
            else:
                manifest = read_manifest(self.found.key, source, self.places.drops, self.places.parts.place)
                if manifest is None:  # a side file: it has no rows
                    yield iter(())
                    return
                self._require_what_exports_need()
                with closing(open_export(manifest, self.places.parts).converted(target, limits, decoder)) as chunks:
                    yield chunks

    @property
    def keeps_rows_before_a_fault(self) -> bool:
        """What the mapping asks for; of an export, which is whole or nothing, never."""
        return self.mapping.on_broken_drop == "keep" and not is_manifest_name(self.drop.key)

    def _require_what_exports_need(self) -> None:
        if self.places.drops.place != self.places.staging.place:  # there the parts would be taken for drops, too
            raise BadDrop(Fault.BAD_MANIFEST, "an export is read in its staging place: use `hackle-import run`")
        if self.mapping.insert_id.when_missing == "content+line":
            told = 'insert_id.when_missing: an export has its rows in any order; write "content+copy"'
            raise BadDrop(Fault.BAD_MAPPING, f"mapping {self.drop.mapping!r}: {told}")

    def output_key(self, day: int, part: int) -> str:
        """Of a Parquet file in the lake; `day` counts from 1970-01-01, `part` from 0 within the day."""
        return output_key(self.drop, self.version.name, self.rules.day_folder, day_name(day), part)

    def rejects_copy_key(self, number: int) -> str:
        """In the staging place; `number` counts from 0."""
        return self.drop.rejects_copy_key(self.version.name, number)

    @property
    def footer(self) -> dict[str, str]:
        """What every Parquet file says of where it came from."""
        return {
            "source": self.drop.key,
            "content_version": told_version(self.found, self.mapping, self.rules),
            "mapping": self.drop.mapping,
            "mapping_digest": self.mapping.digest,
            "format_version": FORMAT_VERSION,
        }
