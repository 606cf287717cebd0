"""`explain`: a code in words."""

import click
import msgspec

from hackle_import.cli import command
from hackle_import.cli.config import meant
from hackle_import.cli.options import Command, json_option


@command.command(cls=Command)
@click.argument("codes", nargs=-1, metavar="CODE...")
@json_option
def explain(codes: tuple[str, ...], as_json: bool) -> None:
    """Say what a code means and what to do: of a fault, a reject, a note, a guess, an outcome, an alarm, a finding.

    Without a CODE all are listed.
    """
    from hackle_import.cli.meanings import MEANINGS, Meaning

    unknown = [code for code in codes if not any(one.code == code.lower() for one in MEANINGS)]
    if unknown:
        names = sorted({one.code for one in MEANINGS})
        raise click.UsageError("; ".join(f"no code {code!r}{meant(code.lower(), names)}" for code in unknown))
    wanted = {code.lower() for code in codes}
    chosen: list[Meaning] = [one for one in MEANINGS if one.code in wanted or not wanted]
    for one in chosen:
        if as_json:
            click.echo(msgspec.json.encode(one._asdict()).decode())
        elif wanted:
            click.echo(f"{one.code}: {one.kind}\n  {one.meaning}\n  What to do: {one.remedy}")
        else:
            click.echo(f"{one.code:<28} {one.kind:<8} {one.meaning}")
