"""`verify` and `status`: what is there, and whether it is right."""

import click
import msgspec

from hackle_import.cli import WRONG_DATA, command, tell
from hackle_import.cli.outside import json_option, opened_to_read, rules
from hackle_import.errors import NewerLedger, shown


@command.command()
@click.argument("place")
@click.option("--staging", help="Compare with the ledger, too: missing, orphaned and altered files.")
@json_option
def verify(place: str, staging: str | None, as_json: bool) -> None:
    """Read finished Parquet as Hackle would; one line a fault."""
    from hackle_import.verify import Verification
    from hackle_import.writing import memory

    memory.prepare()
    settings, lake = rules(), opened_to_read(place)
    verification = Verification(lake, settings, opened_to_read(staging) if staging else None)
    found = 0
    for fault in verification.faults():
        found += 1
        told = msgspec.json.encode(fault).decode() if as_json else f"{fault.key}: {fault.code}: {fault.message}"
        click.echo(shown(told))
    click.echo(f"{found or 'no'} faults in {verification.files:,} files, {verification.rows:,} rows", err=True)
    if found:
        raise click.exceptions.Exit(WRONG_DATA)


@command.command()
@click.option("--staging", required=True, envvar="HACKLE_STAGING", help="The place that holds state/.")
@json_option
def status(staging: str, as_json: bool) -> None:
    """Show the ledger: every drop's last outcome."""
    from hackle_import.cli.output import show
    from hackle_import.ingest import ledger

    receipts = []
    for entry in ledger.entries(opened_to_read(staging)):
        if isinstance(entry, NewerLedger):
            tell(str(entry))
        elif entry.receipt:
            receipts.append(entry.receipt)
    receipts.sort(key=lambda receipt: receipt.source)
    show(receipts, as_json=as_json, total=len(receipts))
