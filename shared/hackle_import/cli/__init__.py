"""The command: thin over `ingest`, `preview`, `verify` and `ledger`, a module a command. The only module beside the
functions that reads the environment.

Exit status 0: all done as asked; 1: something is wrong with the data; 2: wrong use; 3: anything else; 130: interrupted;
141: whoever read the output has left.
"""

import gc
import os
import select
import sys
import traceback
from importlib import import_module
from typing import Any

import click

from hackle_import.errors import Misconfigured, shown

WRONG_DATA, WRONG_USE, FAILED, INTERRUPTED, UNREAD = 1, 2, 3, 130, 141
SAFE = (
    "interrupted. What was told as written stays as it is; of the drop in hand nothing counts, and the same command "
    "handles it again: nothing is lost or doubled"
)
_SELDOM = 100_000  # new objects, until cycles are looked for: neither modules nor rows make any
_NAMES = (
    *("backfill", "convert", "day", "explain", "export", "forget", "mappings", "preview"),
    *("rejects", "replay", "run", "sources", "status", "verify", "watch"),
)


class _Commands(click.Group):
    """Each command is loaded when it is asked for: its module adds it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return sorted(_NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _NAMES:
            import_module(f"hackle_import.cli.{cmd_name}")
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None:
            load()  # to tell what was meant
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except BrokenPipeError:
            if not _has_no_reader():
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still buffered goes nowhere, without a word
            raise click.exceptions.Exit(UNREAD) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hackle-import", prog_name="hackle-import")  # looked up when it is asked for
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected failure.")
def command(debug: bool) -> None:
    """Turn drops of JSON or CSV into the Parquet that Hackle imports, by day."""


def load() -> None:
    """Adds every command."""
    for name in _NAMES:
        import_module(f"hackle_import.cli.{name}")


def tell(message: str) -> None:
    """One line on standard error."""
    click.echo(f"hackle-import: {shown(message)}", err=True)


def main() -> None:
    """The entry of `hackle-import`."""
    gc.set_threshold(_SELDOM)
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # noqa: TID251 - before Arrow is loaded: writing/arrow_pool.py
    try:
        status = command.main(prog_name="hackle-import", standalone_mode=False)
    except click.exceptions.Exit as ended:
        status = ended.exit_code
    except click.Abort:
        tell(SAFE)
        status = INTERRUPTED
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


def _has_no_reader() -> bool:
    """Whether the pipe that standard output is, if it is one, has nobody at its other end."""
    poll = select.poll()
    poll.register(1, 0)
    return bool(poll.poll(0))
