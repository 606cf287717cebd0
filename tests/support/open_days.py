"""A staging and an import place in memory where closed days are published."""

from hackle_import.days import Closer
from hackle_import.drop import Drop
from hackle_import.ingest import forget, ingest
from hackle_import.places import Places
from hackle_import.settings import DayRules, Publish, Rules
from hackle_import.stores.memory import MemoryStore
from support.samples import NOW, ndjson
from support.world import World, ids_in

DAY = "2025-01-02"  # of `samples.event`


class OpenDays(World):
    """Drops are handled into `open`; `close` closes days."""

    def __init__(self, now=NOW, **how):
        super().__init__()
        self.now = now
        self.open = MemoryStore(lambda: self.now, "open")
        self.how = DayRules(publish=Publish.CLOSED_DAYS, **how)
        self.rules = Rules()

    @property
    def closing(self):
        return Places(self.open, self.staging, self.lake)

    def closer(self, places=None, how=None):
        return Closer(places or self.closing, self.rules, how or self.how, lambda: self.now)

    def come(self, name, *rows):
        """A drop comes, and is handled."""
        key = f"incoming/hackle/{name}.ndjson"
        self.staging.put(key, ndjson(*rows))
        return ingest(
            Drop.at("staging", key), Places(self.staging, self.staging, self.open), self.rules, lambda: self.now
        )

    def take_back(self, name):
        drop = Drop.at("staging", f"incoming/hackle/{name}.ndjson")
        return forget(drop, Places(self.staging, self.staging, self.open), lambda: self.now)

    def close(self, day=DAY, how=None, **more):
        return self.closer(how=how).close(day, **more)

    def files(self):
        return list(self.lake.keys(""))

    def shown(self):
        """The `id` of every row that Hackle finds."""
        return ids_in(self.lake)
