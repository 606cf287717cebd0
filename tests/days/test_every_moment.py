"""What a reader finds who lists a day and then reads it, whatever is put between any two of his calls, and wherever a
closer is broken off."""

from collections import Counter
from functools import partial
from unittest.mock import patch

import pytest

from hackle_import.ingest import attempt
from hackle_import.settings import Limits, Rules
from hackle_import.stores.memory import MemoryStore
from support.open_days import OpenDays
from support.samples import NOW, event
from support.world import ids_of


class Broken(BaseException):
    """The process is gone."""


class Watched(MemoryStore):
    """`moments` are the rows of its files, by name, after each change; after change number `last` it breaks off."""

    def __init__(self):
        super().__init__(lambda: NOW, "lake")
        self.moments, self.last = [], None

    def watch(self, last):
        self.moments, self.last = [self._rows()], last

    def _put(self, key, body, allowed):
        found = super()._put(key, body, allowed)
        self.moments.append(self._rows())
        if self.last is not None and len(self.moments) > self.last:
            self.last = None
            raise Broken
        return found

    def _rows(self):
        return {key: ids_of(body) for key, (body, _) in self._objects.items()}


def of_two_drops(world):
    """An adopted day; one drop is corrected, and one is new."""
    for name, rows in (("a", [event(1), event(2), event(3)]), ("b", [event(4)])):
        world.drop(*rows, key=f"incoming/hackle/{name}.ndjson")
        world.handle(f"incoming/hackle/{name}.ndjson")
    world.close()
    world.come("a", event(2), event(9))
    world.come("c", event(5))


def of_a_drop_in_several_files(world):
    """An adopted day, of one drop: some of its rows go, some come, others are other ones by now."""
    world.drop(event(11, event_key="other"), *(event(number) for number in range(12)))
    with patch.object(attempt, "convert", partial(attempt.convert, chunk_bytes=1500)):
        world.handle(rules=Rules(limits=Limits(spool_bytes=1)))
    world.close()
    changed = [event(number, event_key="corrected") for number in range(5, 8)]
    world.come("events", *(event(number) for number in (11, *range(8, 11), *range(20, 26))), *changed)


def readings(moments):
    """The rows that every reader finds: each file is read at the moment of the one before it or later."""
    for listed, names in enumerate(moments):
        found = [(listed, Counter())]
        for key in sorted(names):
            found = [
                (moment, seen + Counter(moments[moment][key]))
                for since, seen in found
                for moment in range(since, len(moments))
            ]
        yield from (seen for _, seen in found)


@pytest.mark.parametrize(
    ("day", "always"),
    [(of_two_drops, {"u2", "u4"}), (of_a_drop_in_several_files, {f"u{number}" for number in range(5, 12)})],
)
@pytest.mark.parametrize("broken_off_after", range(3))
def test_a_reader_finds_each_row_of_an_adopted_day_once_while_it_is_written_anew(day, always, broken_off_after):
    world = OpenDays()
    world.lake = Watched()
    day(world)
    world.lake.watch(broken_off_after or None)
    if broken_off_after:
        with pytest.raises(Broken):
            world.close(rewrite=True)
    world.close(rewrite=True)
    assert len(world.files()) == 3
    moments = world.lake.moments
    assert set.intersection(*({row for rows in one.values() for row in rows} for one in moments)) == always
    for seen in readings(moments):
        assert [row for row in seen if seen[row] > 1 and row != "u11"] == []
        assert always <= seen.keys()
