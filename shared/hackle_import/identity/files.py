"""Which file is one that `convert` was given before: by its path, or, where that is gone, by what it holds.

The ledger's place holds what is known of each file in `files/`. What a file holds is told by a hash with a key of that
place's own: an unkeyed one of a file of a single row would lead back to the row.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain, count

import msgspec

from hackle_import.drop import STATE, Drop, digest_of
from hackle_import.errors import BadDrop, Changed, Misconfigured, NotFound
from hackle_import.ingest import ledger
from hackle_import.reading.pinned import PinnedReader
from hackle_import.receipt import Outcome, Receipt
from hackle_import.stores.protocol import Source, Store, StoredObject

FILES = "files/"
_HASH_KEY = f"{FILES}key"
_THERE = (Outcome.WRITTEN, Outcome.SKIPPED)


class Known(msgspec.Struct, frozen=True):
    """A file as it was last: where, its version there, and the hash of what it held, empty where that is not known.
    `source` is its name in the ledger, `rejects` the key of its rejects file: those stay."""

    source: str
    place: str
    key: str
    rejects: str
    version: str = ""
    content: str = ""

    @property
    def path(self) -> str:
        return f"{self.place}/{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFile(Drop):
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


@dataclass(frozen=True, slots=True)
class Recognised:
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
        self._hash_key = _hash_key(store, new_key)
        self._known: dict[str, Known] = {}
        self._by_path, self._by_content = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
        self._rejects: dict[str, str] = {}
        for known in (*_written(store), *_of_earlier_releases(store)):
            if known.source not in self._known:
                self._add(self._apart(known))

    def recognised(self, drops: Source, key: str, mapping: str, *, copies: bool) -> Recognised:
        """Raises Misconfigured for the same bytes from another path, unless that is gone: then the file was moved.
        `copies` takes them for a file of its own."""
        found = _found(drops, key)
        here = self._at(drops.place, key)
        content = self._content(drops, found, here)
        others = [] if here and here.content in ("", content) else self._others(content, found, here)
        gone = (other for other in others if not here and not self._is_there(other, content, found))
        moved = next(gone, None)
        if others and not moved and not copies:
            raise _copied(f"{drops.place}/{key}", others[0].path)
        known = here or moved or self._new(drops.place, key)
        version = found.version if found else ""
        now = msgspec.structs.replace(known, place=drops.place, key=key, version=version, content=content)
        return Recognised(GivenFile(drops.place, key, mapping, known=now), moved.path if moved else None)

    def remember(self, file: GivenFile, receipt: Receipt) -> None:
        """Once its rows are there."""
        known = file.known
        if receipt.outcome in _THERE and known.content and known != self._known.get(known.source):
            self._store.put(f"{FILES}{known.source}.json", msgspec.json.encode(known))
            self._add(known)

    def outputs(self, file: GivenFile) -> list[str]:
        """The keys of the Parquet files that hold its rows."""
        commit = ledger.load(self._store, file)[0].commit
        return [output.key for output in commit.outputs] if commit else []

    def _add(self, known: Known) -> None:
        self._known[known.source] = known
        self._by_path[known.path.casefold()].add(known.source)
        self._by_content[known.content].add(known.source)
        self._rejects[known.rejects] = known.source

    def _at(self, place: str, key: str) -> Known | None:
        path = f"{place}/{key}"
        named = [self._known[source] for source in sorted(self._by_path[path.casefold()])]
        exact = [known for known in named if known.path == path]
        alike = (known for known in named if known.path != path and self._is_one_file(known.path, path))
        return next(iter(exact), None) or next(alike, None)

    def _content(self, drops: Source, found: StoredObject | None, here: Known | None) -> str:
        if found is None or not found.size:
            return ""
        if here and here.content and (here.path, here.version) == (f"{drops.place}/{found.key}", found.version):
            return here.content
        try:
            return self._hash(drops, found)
        except BadDrop:  # an archive that is damaged: the conversion tells so
            return ""

    def _hash(self, drops: Source, found: StoredObject) -> str:
        digest = hmac.new(self._hash_key, digestmod=hashlib.sha256)
        with PinnedReader(drops, found) as reader:
            while block := reader.next_block():
                digest.update(block)
        return digest.hexdigest()

    def _others(self, content: str, found: StoredObject | None, here: Known | None) -> list[Known]:
        """Files at other paths that gave rows of the same bytes; of some an earlier release did not tell what they
        held."""
        if not content:
            return []
        alike = [self._known[source] for source in sorted(self._by_content[content] | self._by_content[""])]
        same = (known for known in alike if known.content == content or self._is_there(known, content, found))
        return [
            known
            for known in same
            if known is not here and self.outputs(GivenFile(known.place, known.key, "", known=known))
        ]

    def _is_there(self, known: Known, content: str, like: StoredObject | None) -> bool:
        """Whether the file lies where it was, with this content."""
        try:
            with self._source_of(known.place) as drops:
                found = drops.head(known.key)
                if like is None or found.size != like.size:
                    return False
                unchanged = known.content == content and known.version == found.version
                return unchanged or self._hash(drops, found) == content
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
