"""What the commands that handle drops show: JSON lines for machines, tables for people, progress on a terminal only;
then what is wrong, in words, with what to type next."""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click
from msgspec import Struct, field

from hackle_import.cli import FAILED, WRONG_DATA, WRONG_USE, tell
from hackle_import.cli.backlog import Undone
from hackle_import.cli.remarks import remarks_of
from hackle_import.cli.tables import console, key_of, pasted, reason_of, receipts_table
from hackle_import.errors import shown
from hackle_import.receipt import Outcome, Receipt

if TYPE_CHECKING:
    from hackle_import.cli.progress import Meter

_MOST_TOLD = 20  # drops in words: the table, or `status`, has all


class Done(Struct, frozen=True):
    """What came of all drops of a command."""

    receipts: list[Receipt] = field(default_factory=list)
    undone: list[Undone] = field(default_factory=list)


class Manner(Struct, frozen=True):
    """How a command shows what it does. `staging` is what `rejects` and `status` take then; with `news`, what was
    skipped as done is not shown in the table."""

    staging: str
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    news: bool = False


def show(results: Iterable[Receipt | Undone], manner: Manner, meter: "Meter | None" = None) -> Done:
    """Shows receipts and what is undone as they come, and returns them; as JSON, only those that an exit status hangs
    on: a backlog may be a million drops."""
    done = Done()
    receipts = _told(_receipts(results, done.undone), manner)
    if manner.as_json:
        done.receipts.extend(one for one in map(_line, receipts) if one.is_unmended or one.rows_rejected)
        return done
    try:
        with meter or nullcontext():
            done.receipts.extend(receipts)
    finally:  # what was done before a failure is told
        told = [receipt for receipt in done.receipts if _is_shown(receipt, manner)]
        if told:
            receipts_table(told)
        _tell_trouble(done.receipts, manner)
    if not told and not done.undone and not manner.quiet:
        click.echo("nothing new" if done.receipts else "nothing there", err=True)
    return done


def end(done: Done, strict: bool = False) -> None:
    """Exit status 3 where a drop is undone, 2 where a setting is why; 1 where a person should look at a drop."""
    if done.undone:
        raise click.exceptions.Exit(WRONG_USE if all(one.wrong_use for one in done.undone) else FAILED)
    if any(receipt.is_unmended or (strict and receipt.rows_rejected) for receipt in done.receipts):
        raise click.exceptions.Exit(WRONG_DATA)


def _is_shown(receipt: Receipt, manner: Manner) -> bool:
    if receipt.is_unmended:
        return True
    return not manner.quiet and not (manner.news and receipt.outcome is Outcome.SKIPPED)


def _receipts(results: Iterable[Receipt | Undone], undone: list[Undone]) -> Iterator[Receipt]:
    for result in results:
        if isinstance(result, Undone):
            tell(f"{result.key}: not handled: {result.reason}")
            undone.append(result)
        else:
            yield result


def _told(receipts: Iterator[Receipt], manner: Manner) -> Iterator[Receipt]:
    for receipt in receipts:
        if manner.verbose:
            speed = f", {receipt.bytes_in / receipt.seconds / 1e6:.1f} MB/s" if receipt.seconds else ""
            told = f"{receipt.rows_written:,} of {receipt.rows_in:,} rows written, {receipt.seconds:.1f} s{speed}"
            tell(f"{key_of(receipt.source)}: {receipt.outcome}: {told}")
        yield receipt


def _tell_trouble(receipts: list[Receipt], manner: Manner) -> None:
    """On standard error: on a terminal, whose tables shorten names, every drop that is not mended, or remarked on, by
    its whole name; then what to type next."""
    wrong = [receipt for receipt in receipts if receipt.is_unmended]
    noted = [] if manner.quiet else [one for one in receipts if not one.is_unmended and remarks_of(one)]
    for receipt in [*wrong, *noted][:_MOST_TOLD] if (wrong or noted) and console().is_terminal else ():
        click.echo(f"  {pasted(key_of(receipt.source))}\n    {shown(reason_of(receipt))}", err=True)
    place = pasted(manner.staging)
    if wrong:
        many = f"{len(wrong):,} drops are" if len(wrong) > 1 else "1 drop is"
        tell(f"{many} not mended, see `hackle-import status --failed --staging {place}`")
    rejected = [receipt for receipt in receipts if receipt.rejects_key]
    if rejected and not manner.quiet:
        rows = sum(receipt.rows_rejected for receipt in rejected)
        one = f" {pasted(key_of(rejected[0].source))}" if len(rejected) == 1 else ""
        many = f"{rows:,} rows were" if rows > 1 else "1 row was"
        tell(f"{many} rejected, see `hackle-import rejects{one} --staging {place}`")


def _line(receipt: Receipt) -> Receipt:
    click.echo(receipt.line())
    return receipt
