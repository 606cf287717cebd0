"""What a day is to become, decided on its document, what its files are made of, and what its drops are now.

Pure. A row never moves to another file: so whoever lists the day and then reads it finds each row once, whatever files
of which generation he meets. Hence a group keeps its files for good, new drops get files of their own, and what a group
is made of changes in place only.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct, field

from hackle_import.days.document import Generation, Group, Held, Input
from hackle_import.settings import Late
from hackle_import.writing.layout import source_of

PART_BYTES = 768 << 20  # of inputs, encoded: what one file of a day is made of
_OF_A_CLOSE = re.compile(r"/(?:(events)-[0-9]+-of-[0-9]+|late-[0-9]+-[0-9]+)\.parquet$")
Files = Mapping[str, Sequence[Input]]  # of drops by their source: what their commits list for the day


class Decision(Struct, frozen=True):
    """`groups` are what the day is to be made of, as generation `number`; None: nothing is to be written."""

    groups: list[Group] | None = None
    held: list[Held] = field(default_factory=list)
    kind: str = ""


def is_of_a_close(key: str) -> bool:
    """Whether a file has a name that only closes give."""
    return _OF_A_CLOSE.search(key) is not None


def first(folder: str, number: int, now: Files, adopted: Files) -> Decision:
    """Of a day that was not closed before. `adopted` are files that the import place holds already, by the drops that
    wrote them: they stay as they are, and what these drops have otherwise by now is held."""
    groups = [Group([one.key for one in files], list(files), 0) for _, files in sorted(adopted.items()) if files]
    new = {source: files for source, files in now.items() if source not in adopted}
    name = "late-{generation}-{n}" if adopted else "events-{n}-of-{parts}"
    groups += _new_group(folder, number, name, new)
    return Decision(groups, _held(groups, now, late=False), "adopted" if adopted else "closed")


def later(
    folder: str,
    number: int,
    groups: Sequence[Group],
    now: Files,
    late: Late,
    *,
    removes: bool,
    gone: Collection[str] = (),
    deleted: Collection[str] = (),
) -> Decision:
    """Of a day that was closed; `removes`: repeats are left out of what is written; `gone` are files that are to be
    written again as they were, `deleted` those that are not, whatever comes: then a group stays as it is."""
    known = {source_of(one.key) for group in groups for one in group.inputs}
    new = {source: files for source, files in now.items() if source not in known and files}
    there = [group for group in groups if not any(key in deleted for key in group.keys)]
    if late is Late.REWRITE and (new or gone or any(_differs(group, now) for group in there)):
        made = _rewritten(folder, number, groups, now, new, _to_write(there, now, removes, gone))
        is_anew = any(group.generation == number for group in made[: len(groups)])
        return Decision(made, _held(made, now, late=False), "rewritten" if is_anew else "appended")
    if late is Late.APPEND and new:
        appended = [*groups, *_new_group(folder, number, "late-{generation}-{n}", new)]
        return Decision(appended, _held(groups, now, late=False), "appended")
    return Decision(None, _held(groups, now, late=True))


def still_made(groups: Iterable[Group], gone: Collection[str], listed: set[str]) -> list[str]:
    """Of files that are gone those whose inputs are all below the open place."""
    return [
        key
        for group in groups
        if listed.issuperset(one.key for one in group.inputs)
        for key in group.keys
        if key in gone
    ]


def instead(number: int, broken: Generation, now: Files, kind: str) -> Decision:
    """Of a generation whose publication was begun and cannot be finished, because drops were replaced meanwhile: the
    same files, of what these drops are now."""
    groups = [
        Group(group.keys, _current(group, now), number) if group.generation == broken.number else group
        for group in broken.groups
    ]
    return Decision(groups, _held(groups, now, late=False), kind)


def changed(before: Iterable[Group], after: Iterable[Group]) -> tuple[int, int]:
    """Rows that came and that went, all those of a drop that came in another version: nobody compares them."""
    then, now = (_by_source(one for group in groups for one in group.inputs) for groups in (before, after))
    differ = [source for source in {**then, **now} if _names(then.get(source, ())) != _names(now.get(source, ()))]
    came, went = (sum(_rows(files.get(source, ())) for source in differ) for files in (now, then))
    return came, went


def _rewritten(
    folder: str, number: int, groups: Sequence[Group], now: Files, new: Files, written: Mapping[str, bool]
) -> list[Group]:
    """Each group of `written` of its own drops as they are now; new ones join the first close's, or get files of their
    own. `written` are, by their first keys, the groups that may be written, and whether they are to be."""
    made = [
        Group(group.keys, _current(group, now), number) if written.get(group.keys[0]) else group for group in groups
    ]
    place = next((at for at, group in enumerate(groups) if _takes_more(group) and group.keys[0] in written), None)
    if not new or place is None:
        return [*made, *_new_group(folder, number, "late-{generation}-{n}", new)]
    joined = [*made[place].inputs, *_flat(new)]
    made[place] = Group(groups[place].keys, sorted(joined, key=_key), number)
    return made


def _to_write(groups: Iterable[Group], now: Files, removes: bool, gone: Collection[str]) -> dict[str, bool]:
    """Where repeats are removed, a row that goes may have been why another one was left out: then all is written that
    a close wrote."""
    return {
        group.keys[0]: _differs(group, now)
        or (removes and group.generation > 0)
        or any(key in gone for key in group.keys)
        for group in groups
    }


def _takes_more(group: Group) -> bool:
    """Whether it is the first close's."""
    found = _OF_A_CLOSE.search(group.keys[0])
    return found is not None and found[1] is not None


def _new_group(folder: str, number: int, name: str, files: Files) -> list[Group]:
    inputs = sorted(_flat(files), key=_key)
    if not inputs:
        return []
    parts = max(1, -(-sum(one.bytes for one in inputs) // PART_BYTES))
    keys = [f"{folder}/{name.format(n=n, parts=parts, generation=number)}.parquet" for n in range(parts)]
    return [Group(keys, inputs, number)]


def _held(groups: Iterable[Group], now: Files, *, late: bool) -> list[Held]:
    """Drops whose rows the day shows in another version; with `late`, also those of which it shows none."""
    shown = _by_source(one for group in groups for one in group.inputs)
    held = [
        Held(source, "corrected", _rows(now.get(source, ())), _rows(files))
        for source, files in shown.items()
        if _names(files) != _names(now.get(source, ()))
    ]
    if late:
        held += [
            Held(source, "late", _rows(files), 0) for source, files in now.items() if files and source not in shown
        ]
    return sorted(held, key=lambda one: one.source)


def _differs(group: Group, now: Files) -> bool:
    return any(_names(files) != _names(now.get(source, ())) for source, files in _by_source(group.inputs).items())


def _current(group: Group, now: Files) -> list[Input]:
    return sorted((one for source in _by_source(group.inputs) for one in now.get(source, ())), key=_key)


def _by_source(inputs: Iterable[Input]) -> dict[str, list[Input]]:
    found: dict[str, list[Input]] = {}
    for one in inputs:
        found.setdefault(source_of(one.key) or one.key, []).append(one)
    return found


def _flat(files: Files) -> list[Input]:
    return [one for some in files.values() for one in some]


def _names(files: Iterable[Input]) -> list[str]:
    return sorted(one.key for one in files)


def _rows(files: Iterable[Input]) -> int:
    return sum(one.rows for one in files)


def _key(one: Input) -> str:
    return one.key
