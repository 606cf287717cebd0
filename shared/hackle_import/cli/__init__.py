"""The command: thin over `ingest`, `verify` and `ledger`. The only module beside the functions that reads the
environment.

Exit status 0: all done as asked; 1: something is wrong with the data; 2: wrong use; 3: anything else.
"""

import gc
import sys
import traceback

import click

from hackle_import.errors import Misconfigured, shown

WRONG_DATA, WRONG_USE, FAILED = 1, 2, 3
_SELDOM = 100_000  # new objects, until cycles are looked for: neither modules nor rows make any


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hackle-import", prog_name="hackle-import")  # looked up when it is asked for
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected failure.")
def command(debug: bool) -> None:
    """Turn drops of JSON or CSV into the Parquet that Hackle imports, by day."""


def tell(message: str) -> None:
    """One line on standard error."""
    click.echo(f"hackle-import: {shown(message)}", err=True)


def main() -> None:
    """The entry of `hackle-import`."""
    gc.set_threshold(_SELDOM)
    from hackle_import.cli import (  # noqa: F401 - they add their commands
        conversion,
        mappings,
        preview,
        replaying,
        reports,
        watching,
    )

    try:
        status = command.main(prog_name="hackle-import", standalone_mode=False)
    except click.exceptions.Exit as ended:
        status = ended.exit_code
    except click.Abort:
        status = FAILED
    except (Misconfigured, click.ClickException) as wrong:
        tell(wrong.format_message() if isinstance(wrong, click.ClickException) else str(wrong))
        status = WRONG_USE
    except Exception as failure:
        if "--debug" in sys.argv:
            traceback.print_exc()
        else:
            told = " ".join(f"{type(failure).__name__}: {failure}".split())
            tell(f"{told} (`hackle-import --debug ...` shows where)")
        status = FAILED
    gc.freeze()  # the process ends: what it holds need not be looked through
    sys.exit(status)
