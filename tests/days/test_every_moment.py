"""What a reader finds who lists a day and then reads it, whatever is put between any two of his calls, and wherever a
closer is broken off."""

from collections import Counter

import pytest

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


def corrected(world):
    """An adopted day of two drops; one is corrected, and one is new."""
    for name, rows in (("a", [event(1), event(2), event(3)]), ("b", [event(4)])):
        world.drop(*rows, key=f"incoming/hackle/{name}.ndjson")
        world.handle(f"incoming/hackle/{name}.ndjson")
    world.close()
    world.come("a", event(2), event(9))
    world.come("c", event(5))
    return ["u2", "u4", "u5", "u9"]


@pytest.mark.parametrize("broken_off_after", range(3))
def test_a_reader_finds_each_row_of_an_adopted_day_once_while_it_is_written_anew(broken_off_after):
    world = OpenDays()
    world.lake = Watched()
    after = corrected(world)
    world.lake.watch(broken_off_after or None)
    if broken_off_after:
        with pytest.raises(Broken):
            world.close(rewrite=True)
    world.close(rewrite=True)
    assert world.shown() == after
    moments = world.lake.moments
    assert len(moments) == 3
    always = set.intersection(*({row for rows in one.values() for row in rows} for one in moments))
    assert always == {"u2", "u4"}
    for seen in readings(moments):
        assert max(seen.values()) == 1
        assert always <= seen.keys()
