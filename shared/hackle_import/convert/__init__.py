"""A drop's bytes -> chunks converted to Hackle's schema: format found, text cut, what was cut run through an engine.

Pure but for the reads of the file that is handed in. Raises BadDrop for what is the drop's own fault.
"""

from collections.abc import Iterator
from datetime import timedelta

from hackle_import.conform import Target
from hackle_import.convert.opening import Opened, open_drop
from hackle_import.engine import Converted
from hackle_import.errors import Misconfigured
from hackle_import.mapping import Mapping
from hackle_import.native.library import library
from hackle_import.native.repeats import Repeats as NativeRepeats
from hackle_import.reading.chunks import CHUNK_BYTES
from hackle_import.reading.decompress import text_pieces
from hackle_import.reading.pinned import PinnedReader
from hackle_import.seen.repeats import Counter, Repeats
from hackle_import.settings import Limits, Rules
from hackle_import.stores.protocol import StoredObject

__all__ = ["Opened", "convert", "open_drop", "repeats_by", "target_of"]

_TOMORROW = timedelta(days=1)


def target_of(mapping: Mapping, rules: Rules, found: StoredObject, folders: str = "") -> Target:
    """Bound to the drop's upload, not to the clock: a retry must reject the same rows. Raises Misconfigured when the
    mapping hashes and there is no key: no value may go on unhashed. `folders` is that of
    `Target`."""
    if mapping.privacy.hash and not rules.hash_key:
        raise Misconfigured("HACKLE_HASH_KEY is not set: the mapping has [privacy] hash; set it to a long random text")
    latest = found.modified + _TOMORROW
    return Target(mapping, rules.earliest, latest, rules.osnames, rules.hash_key, folders=folders)


def repeats_by(decoder: str) -> Counter:
    """What counts repeated ids, in C where that decodes."""
    loaded = library() if decoder == "native" else None
    return Repeats() if loaded is None else NativeRepeats(loaded)


def convert(
    name: str,
    source: PinnedReader,
    target: Target,
    limits: Limits,
    chunk_bytes: int = CHUNK_BYTES,
    decoder: str = "native",
) -> Iterator[Converted]:
    """Chunk by chunk, in the drop's order. `name` tells the format; `decoder` is one of `settings.DECODERS`."""
    return open_drop(
        name, text_pieces(name, source, limits, target.mapping.csv.encoding), target, limits, chunk_bytes
    ).converted(decoder)
