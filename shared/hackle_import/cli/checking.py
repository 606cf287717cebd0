"""What is wrong with a mapping, by itself and on a sample."""

from pathlib import Path

import click
import msgspec

from hackle_import.cli.inputs import first_of, previewed
from hackle_import.cli.names import many
from hackle_import.errors import BadDrop, shown
from hackle_import.mapping import load_mapping
from hackle_import.settings import Rules


def found_wrong(path: str, sample: str | None, rules: Rules, *, as_json: bool) -> int:
    """How many problems were told."""
    try:
        load_mapping(Path(path).read_bytes(), path)
        problems = [] if sample is None else _of_sample(path, sample, rules)
    except OSError:
        raise click.UsageError(f"no readable file {path!r}") from None
    except BadDrop as wrong:
        problems = wrong.message.removeprefix(f"mapping {path!r}: ").split("; and ")
    for problem in problems:
        told = msgspec.json.encode({"mapping": path, "problem": problem}).decode() if as_json else f"{path}: {problem}"
        click.echo(shown(told))
    click.echo(f"{many(len(problems), 'problem') if problems else 'no problems'} in {path}", err=True)
    return len(problems)


def _of_sample(path: str, sample: str, rules: Rules) -> list[str]:
    found = previewed(sample, path, rules, 0)
    told = [f"{one.code}: {many(one.rows, 'row')}, such as line {one.lines[0]}" for one in found.rejects]
    told += [f"{one.source}: the source of {one.target} is in no row" for one in found.absent]
    if found.fault is not None:
        told.append(f"{first_of(sample)} cannot be read: {found.fault.code}: {found.fault.message}")
    elif found.rows_sampled and found.rows_filtered == found.rows_sampled:
        told.append("where: it leaves out every row")
    return told
