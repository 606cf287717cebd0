"""Which file is one that `convert` was given before: by its path, or, where that is gone, by what it holds.

The ledger's place holds what is known of each file in `files/`, and the key of their hashes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import chain, count

import msgspec
from msgspec import Struct

from hackle_import.drop import STATE, Drop, digest_of
from hackle_import.errors import BadDrop, Changed, Misconfigured, NotFound
from hackle_import.identity.content import Digested
from hackle_import.ingest import ledger
from hackle_import.receipt import Outcome, Receipt
from hackle_import.stores.protocol import Source, Store, StoredObject

FILES = "files/"
_HASH_KEY = f"{FILES}key"
_THERE = (Outcome.WRITTEN, Outcome.SKIPPED)


class Known(msgspec.Struct, frozen=True):
    """A file as it was last: where, its version there, its size in bytes (-1 where an earlier release did not tell it),
    and the hash of what it held, empty where that is not known. `source` is its name in the ledger, `rejects` the key
    of its rejects file: those stay."""

    source: str
    place: str
    key: str
    rejects: str
    version: str = ""
    content: str = ""
    size: int = -1

    @property
    def path(self) -> str:
        return f"{self.place}/{self.key}"

    def is_of(self, found: StoredObject) -> bool:
        """Whether it is told of this version."""
        return bool(self.content) and (self.version, self.size) == (found.version, found.size)


class GivenFile(Drop, frozen=True, kw_only=True):
    """A file to convert, by the name that the ledger has for it."""

    known: Known

    @property
    def source(self) -> str:
        return self.known.source

    @property
    def folders(self) -> str:
        return self.place

    @property
    def rejected_key(self) -> str:
        return self.known.rejects


class Recognised(Struct, frozen=True):
    """`moved_from` is the path that it had before, if it was another."""

    file: GivenFile
    moved_from: str | None = None


def known_files(store: Store) -> dict[str, Known]:
    """Every file that `convert` remembers, as it was last, by its name in the ledger."""
    return {known.source: known for known in _written(store)}


class Register:
    """The files that a ledger's place knows. `source_of` opens the place of a file; `is_one_file` tells whether two
    paths are one file's, as where case does not count; `new_key` is the hash key of a ledger that has none."""

    def __init__(
        self,
        store: Store,
        source_of: Callable[[str], AbstractContextManager[Source]],
        is_one_file: Callable[[str, str], bool],
        new_key: bytes,
    ) -> None:
        self._store, self._source_of, self._is_one_file = store, source_of, is_one_file
        self.hash_key = _hash_key(store, new_key)
        self._known: dict[str, Known] = {}
        self._by_path, self._by_size = defaultdict[str, set[str]](set), defaultdict[int, set[str]](set)
        self._rejects: dict[str, str] = {}
        for known in (*_written(store), *_of_earlier_releases(store)):
            if known.source not in self._known:
                self._add(self._apart(known))

    def recognised(self, drops: Source, key: str, mapping: str, *, copies: bool) -> Recognised:
        """Raises Misconfigured for the same bytes from another path, unless that is gone: then the file was moved.
        `copies` takes them for a file of its own."""
        found = _found(drops, key)
        here = self._at(drops.place, key)
        others, content = self._others(drops, found, here)
        gone = (other for other in others if not here and not self._is_there(other, content, found))
        moved = next(gone, None)
        if others and not moved and not copies:
            raise _copied(f"{drops.place}/{key}", others[0].path)
        known = here or (msgspec.structs.replace(moved, version="") if moved else self._new(drops.place, key))
        now = msgspec.structs.replace(known, place=drops.place, key=key)
        return Recognised(GivenFile(drops.place, key, mapping, known=now), moved.path if moved else None)

    def remember(self, file: GivenFile, receipt: Receipt, drops: Digested) -> None:
        """Once its rows are there; `drops` is the source that they were read from."""
        known = remember(self._store, file, receipt, drops)
        if known is not None:
            self._add(known)

    def content(self, drops: Source, found: StoredObject) -> str:
        """The hash of what this version holds."""
        return Digested(drops, self.hash_key, found).content()

    def outputs(self, file: GivenFile) -> list[str]:
        """The keys of the Parquet files that hold its rows."""
        commit = ledger.load(self._store, file)[0].commit
        return [output.key for output in commit.outputs] if commit else []

    def _add(self, known: Known) -> None:
        self._known[known.source] = known
        self._by_path[known.path.casefold()].add(known.source)
        self._by_size[known.size].add(known.source)
        self._rejects[known.rejects] = known.source

    def _at(self, place: str, key: str) -> Known | None:
        path = f"{place}/{key}"
        named = [self._known[source] for source in sorted(self._by_path[path.casefold()])]
        exact = [known for known in named if known.path == path]
        alike = (known for known in named if known.path != path and self._is_one_file(known.path, path))
        return next(iter(exact), None) or next(alike, None)

    def _others(self, drops: Source, found: StoredObject | None, here: Known | None) -> tuple[list[Known], str]:
        """Files at other paths that gave rows of the same bytes, and the hash of those. Nothing is read unless some
        file is as large."""
        if found is None or not found.size or (here and (not here.content or here.is_of(found))):
            return [], ""
        alike = sorted((self._by_size[found.size] | self._by_size[-1]) - ({here.source} if here else set()))
        content = self.content(drops, found) if alike else ""
        if not content or (here and here.content == content):
            return [], ""
        same = (known for known in map(self._known.__getitem__, alike) if self._holds(known, content, found))
        return [known for known in same if self.outputs(GivenFile(known.place, known.key, "", known=known))], content

    def _holds(self, known: Known, content: str, like: StoredObject) -> bool:
        """Of some files an earlier release did not tell what they held."""
        return known.content == content or (known.size < 0 and self._is_there(known, content, like))

    def _is_there(self, known: Known, content: str, like: StoredObject | None) -> bool:
        """Whether the file lies where it was, with this content."""
        try:
            with self._source_of(known.place) as drops:
                found = drops.head(known.key)
                if like is None or found.size != like.size:
                    return False
                unchanged = known.content == content and known.version == found.version
                return unchanged or self.content(drops, found) == content
        except (NotFound, Changed, BadDrop, ValueError):
            return False

    def _new(self, place: str, key: str) -> Known:
        """The name is of the path, unless a file that was moved from there has it."""
        names = (digest_of(place, key, *again) for again in chain([()], (("again", str(n)) for n in count())))
        source = next(name for name in names if name not in self._known)
        return self._apart(Known(source, place, key, Drop(place, key, "").rejected_key))

    def _apart(self, known: Known) -> Known:
        """With a rejects file of its own: two folders may hold files of one name."""
        if self._rejects.get(known.rejects, known.source) == known.source:
            return known
        apart = GivenFile(known.place, known.key, "", known=known).rejected_key_apart
        return msgspec.structs.replace(known, rejects=apart)


class Together:
    """Files that are converted at once: of those that hold the same, the first one. Only what is as large as another is
    read for it."""

    def __init__(self, register: Register, source_of: Callable[[str], AbstractContextManager[Source]]) -> None:
        self._register, self._source_of = register, source_of
        self._lone: dict[int, GivenFile] = {}  # the first one of a size, not read yet
        self._contents = dict[int, set[str]]()

    def has_another(self, drops: Source, file: GivenFile) -> bool:
        """Whether one before holds the same."""
        found = _found(drops, file.key)
        if found is None or not found.size:
            return False
        if found.size not in self._contents:
            self._contents[found.size], self._lone[found.size] = set(), file
            return False
        contents = self._contents[found.size]
        if lone := self._lone.pop(found.size, None):
            with self._source_of(lone.place) as source:
                contents.add(self._content(source, lone))
        content = self._content(drops, file)
        is_another = bool(content) and content in contents
        contents.add(content)
        return is_another

    def _content(self, drops: Source, file: GivenFile) -> str:
        """Empty for what is gone meanwhile: the conversion tells it."""
        try:
            found = drops.head(file.key)
            return file.known.content if file.known.is_of(found) else self._register.content(drops, found)
        except (Changed, NotFound):
            return ""


def remember(store: Store, file: GivenFile, receipt: Receipt, drops: Digested) -> Known | None:
    """Writes down what the file is, once its rows are there: `drops` is the source that they were read from."""
    found = drops.handled
    if receipt.outcome not in _THERE or found is None:
        return None
    if file.known.is_of(found) and not drops.is_begun:
        return None
    try:
        content = drops.content()
    except (Changed, NotFound):  # meanwhile: the next run tells it
        return None
    known = msgspec.structs.replace(file.known, version=found.version, size=found.size, content=content)
    if content and known != file.known:
        store.put(f"{FILES}{known.source}.json", msgspec.json.encode(known))
    return known if content else None


def _copied(path: str, other: str) -> Misconfigured:
    told = f"it holds the same as {other}, whose rows are there already, and would double them"
    return Misconfigured(f"{path}: {told}; `--copy` takes it for another file")


def _found(drops: Source, key: str) -> StoredObject | None:
    try:
        return drops.head(key)
    except NotFound:
        return None


def _hash_key(store: Store, new_key: bytes) -> bytes:
    """Made once; another process may be quicker."""
    try:
        return store.get(_HASH_KEY)[0]
    except NotFound:
        pass
    try:
        store.put_if_absent(_HASH_KEY, new_key)
    except Changed:
        return store.get(_HASH_KEY)[0]
    return new_key


def _written(store: Store) -> Iterator[Known]:
    for key in store.keys(FILES):
        if key != _HASH_KEY:
            yield msgspec.json.decode(store.get(key)[0], type=Known)


def _of_earlier_releases(store: Store) -> Iterator[Known]:
    """Which told the path of a file by its receipt, and nothing of what it holds."""
    for key, entry in ledger.documents(store):
        if entry.receipt is not None:
            place = entry.receipt.source.removesuffix(f"/{entry.source}")
            source = key.removeprefix(STATE).removesuffix(".json")
            yield Known(source, place, entry.source, Drop(place, entry.source, "").rejected_key)
