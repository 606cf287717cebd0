"""What the fuzzer drops: an input is a byte that chooses mapping, format and block size, then the drop's text."""

import io
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from hackle_import.conform import Target
from hackle_import.conform.copies import Copies
from hackle_import.convert import convert
from hackle_import.errors import BadDrop
from hackle_import.mapping import Mapping, load_mapping, preset
from hackle_import.settings import Limits
from support.vendors import vendor_of

GOLDEN = Path(__file__).parents[1] / "golden"
NAMES = ("drop.ndjson", "drop.json", "drop.csv")
BLOCKS = (1 << 16, 37)
LIMITS = Limits(max_line_bytes=1 << 14, max_depth=16)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
VENDORS = ("amplitude", "ga4", "mixpanel", "posthog", "segment", "snowplow")  # a byte tells few plans apart
MAPPINGS = (
    Mapping(),
    *(preset(name) for name in VENDORS),
    *(
        load_mapping(Path(__file__).with_name(f"{name}.toml").read_bytes(), name)
        for name in ("each", "redacted", "asking", "expressions", "mapping")
    ),
)
EACH, REDACTED, ASKING = MAPPINGS[1 + len(VENDORS) :][:3]
TARGETS = [
    Target(mapping, EARLIEST, LATEST, hash_key=b"" if mapping is REDACTED else b"0123456789abcdef" * 2)
    for mapping in MAPPINGS
]
CHOICES = [(target, name, block) for target in TARGETS for name in NAMES for block in BLOCKS]


class Held(io.BytesIO):
    """A pinned reader's place, without its thread; its blocks end elsewhere than the decoder's."""

    failure = None

    def peek(self, size):
        return self.getbuffer()[self.tell() :][:size].tobytes()

    def next_block(self):
        return self.read(50_000)

    def close(self):
        """A decompressor's buffer closes what it reads from when it goes, but how much was read is asked after it."""

    @property
    def bytes_read(self):
        return self.tell()


@dataclass(frozen=True)
class Outcome:
    """What became of a drop, but for which decoder did it."""

    chunks: list
    notes: Counter
    fault: str | None


def outcome(data, decoder):
    """`data`: at least one byte. Raises what only a bug raises."""
    target, name, block = CHOICES[data[0] % len(CHOICES)]
    target = replace(target, copies=Copies())  # of this drop
    chunks, notes, fault = [], Counter(), None
    try:
        for one in convert(name, Held(data[1:]), target, LIMITS, block, decoder):
            one.batch.validate(full=True)  # offsets in order and in bounds, texts in UTF-8
            chunks.append((one.rows_in, one.rows_filtered, one.rejects, one.batch, one.batch.nbytes))
            notes += one.notes
    except BadDrop as broken:
        fault = str(broken)
    return Outcome(chunks if target.mapping.each is None else [_as_one(chunks)], notes, fault)


def _as_one(chunks):
    """Where a record becomes several rows, C ends a chunk where its room does."""
    rows_in, filtered, rejects, batches, _ = zip(*chunks, strict=True) if chunks else [()] * 5
    rows = [row for batch in batches for row in batch.to_pylist()]
    return sum(rows_in), sum(filtered), [one for some in rejects for one in some], rows


def seeds():
    """The golden cases' drops that are text, each for its mapping, and in small blocks for two that have much in them."""
    for case in sorted(path for path in GOLDEN.iterdir() if (path / "drop").is_dir()):
        (drop,) = (case / "drop").iterdir()
        name = f"drop{drop.suffix}"
        body = drop.read_bytes()
        if name not in NAMES or len(body) > LIMITS.max_line_bytes:
            continue
        own = EACH if case.name.startswith("each-") else Mapping()
        wanted = preset(vendor) if (vendor := vendor_of(case.name)) else own
        for number, (target, kind, block) in enumerate(CHOICES):
            others = (REDACTED, MAPPINGS[-1]) if block == BLOCKS[-1] else ()
            if kind == name and target.mapping in (wanted, *others):
                yield f"{case.name}-{number}", bytes([number]) + body
