"""`verify`: whether what is there is right."""

import click
import msgspec

from hackle_import.cli import WRONG_DATA, command
from hackle_import.cli.names import many
from hackle_import.cli.options import Command, json_option, publish_option, settings_options
from hackle_import.cli.outside import day_rules, opened_ledger, opened_to_read, rules
from hackle_import.errors import shown


@command.command(cls=Command)
@click.argument("place")
@click.option("--staging", metavar="PLACE", help="Compare with the ledger, too: missing, orphaned and altered files.")
@json_option
@publish_option
@settings_options
def verify(place: str, staging: str | None, as_json: bool) -> None:
    """Read finished Parquet as Hackle would; one line a fault. Where days are closed, also the open place."""
    from hackle_import.verify import Verification
    from hackle_import.verify.closed_days import ClosedDays
    from hackle_import.writing import arrow_pool

    arrow_pool.prepare()
    settings, lake = rules(), opened_to_read(place)
    store, how = opened_ledger(staging) if staging else None, day_rules()
    days = None
    if store and how.are_closed:
        is_open = place.rstrip("/") == how.written_to(store.place, place).rstrip("/")
        days = ClosedDays.read(store, settings.day_folder, is_open=is_open)
    verification = Verification(lake, settings, store, days)
    found = 0
    for fault in verification.faults():
        found += 1
        told = msgspec.json.encode(fault).decode() if as_json else f"{fault.key}: {fault.code}: {fault.message}"
        click.echo(shown(told))
    faults = many(found, "fault") if found else "no faults"
    click.echo(f"{faults} in {many(verification.files, 'file')}, {many(verification.rows, 'row')}", err=True)
    if found:
        raise click.exceptions.Exit(WRONG_DATA)
