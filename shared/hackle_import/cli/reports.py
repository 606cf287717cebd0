"""`verify` and `status`: what is there, and whether it is right."""

import click
import msgspec

from hackle_import.cli import WRONG_DATA, command
from hackle_import.cli.conversion import _rules


@command.command()
@click.argument("place")
@click.option("--staging", help="Compare with the ledger, too: missing, orphaned and altered files.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
def verify(place: str, staging: str | None, as_json: bool) -> None:
    """Read finished Parquet as Hackle would; one line a fault."""
    from hackle_import.stores import open_store
    from hackle_import.verify import verify as faults_of

    found = 0
    for fault in faults_of(open_store(place), _rules(), open_store(staging) if staging else None):
        found += 1
        click.echo(msgspec.json.encode(fault).decode() if as_json else f"{fault.key}: {fault.code}: {fault.message}")
    click.echo(f"{found} faults" if found else "no faults", err=True)
    if found:
        raise click.exceptions.Exit(WRONG_DATA)


@command.command()
@click.option("--staging", required=True, envvar="HACKLE_STAGING", help="The place that holds state/.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
def status(staging: str, as_json: bool) -> None:
    """Show the ledger: every drop's last outcome."""
    from hackle_import import ledger
    from hackle_import.cli.output import show
    from hackle_import.stores import open_store

    entries = ledger.entries(open_store(staging))
    receipts = sorted((entry.receipt for entry in entries if entry.receipt), key=lambda receipt: receipt.source)
    show(receipts, as_json=as_json, total=len(receipts))
