"""What the ledgers list where closed days are published: of the import place the days' own, of the open place the
drops'.

A day that is not closed yet lies in the import place as its drops were published before."""

from collections.abc import Mapping

from msgspec import Struct

from hackle_import.days.document import day_of_ledger, documents
from hackle_import.errors import BrokenDocument, NewerLedger
from hackle_import.ingest.ledger import Output
from hackle_import.stores.protocol import Store
from hackle_import.writing.layout import day_of_key


class ClosedDays(Struct, frozen=True):
    """`parts` are files in the import place by their day; `newer` are days that this release leaves alone, `broken`
    those whose ledger cannot be read; `is_open`: what is verified is the open place."""

    parts: Mapping[str, list[Output]]
    newer: list[NewerLedger]
    broken: list[BrokenDocument]
    day_folder: str
    is_open: bool

    @classmethod
    def read(cls, staging: Store, day_folder: str, *, is_open: bool) -> "ClosedDays":
        """Raises what the store raises."""
        parts: dict[str, list[Output]] = {}
        newer: list[NewerLedger] = []
        broken: list[BrokenDocument] = []
        for one in documents(staging):
            if isinstance(one, BrokenDocument):
                broken.append(one)
                parts[day_of_ledger(one.key)] = []
            elif isinstance(one, NewerLedger):
                newer.append(one)
                parts[one.source] = []
            elif one.commit:
                parts[one.day] = [Output(part.key, part.rows, part.bytes, part.digest) for part in one.commit.outputs]
        return cls(parts, newer, broken, day_folder, is_open)

    def listed(self, outputs: Mapping[str, Output]) -> dict[str, Output]:
        """`outputs` are those of all drops."""
        if self.is_open:
            return dict(outputs)
        open_still = {key: one for key, one in outputs.items() if not self._is_closed(key)}
        return open_still | {part.key: part for parts in self.parts.values() for part in parts}

    def may_lack(self, key: str) -> bool:
        """Whether a file that is listed need not be there: of a day that is closed it expires; of one that is not, it
        lies in the other place."""
        return self._is_closed(key) if self.is_open else key not in self._published

    @property
    def _published(self) -> set[str]:
        return {part.key for parts in self.parts.values() for part in parts}

    def _is_closed(self, key: str) -> bool:
        return day_of_key(key, self.day_folder) in self.parts
