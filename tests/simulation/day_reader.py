"""Who reads a day as Hackle does: it lists the day, in one page or two, and reads file by file, between any two calls of
anybody."""

from support.world import ids_of

DAY = "2025-01-02"


class Reader:
    """`step` lists a page or reads a file, until `done`. `present` are rows that were there since it began, `seen` those
    that it found, `lost` files that it did not find any more."""

    def __init__(self, lake, present, *, two_pages):
        self._lake, self.present, self._pages = lake, set(present), [None, None] if two_pages else [None]
        self._last, self._keys, self.seen, self.lost = "", [], [], []

    @property
    def done(self):
        return not self._pages and not self._keys

    def step(self):
        if self._pages:
            self._pages.pop()
            found = [key for key in self._lake.keys(f"{DAY}/") if key > self._last]
            page = found[: len(found) // 2] if self._pages else found
            self._keys += page
            self._last = page[-1] if page else self._last
            return
        key = self._keys.pop(0)
        if key not in self._lake._objects:
            self.lost.append(key)
        else:
            self.seen += rows_in(self._lake._objects[key][0])


_known = {}


def rows_in(body):
    """The users of a file's rows, each of which has one row."""
    if body not in _known:
        if len(_known) > 3000:
            _known.clear()
        _known[body] = ids_of(body)
    return _known[body]
