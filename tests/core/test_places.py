"""Where a conversion reads and writes: each place has one use."""

from hackle_import.drop import Drop
from hackle_import.ingest import ingest
from hackle_import.places import Places
from hackle_import.settings import Rules
from hackle_import.stores.memory import MemoryStore
from support.samples import NOW, event, ndjson
from support.world import KEY, ids_in


class OnlyRead:
    """What `Source` promises, and nothing else."""

    def __init__(self, store):
        self.place, self.head, self.read, self.keys = store.place, store.head, store.read, store.keys


def test_a_drop_is_only_read_where_it_lies():
    drops, staging, lake = (MemoryStore(lambda: NOW, name) for name in ("drops", "staging", "lake"))
    drops.put(KEY, ndjson(event(1), event(2, ts="never")))
    places = Places(OnlyRead(drops), staging, lake)
    assert ingest(Drop.at("drops", KEY), places, Rules(), lambda: NOW).outcome == "written"
    assert list(drops.keys("")) == [KEY]
    assert {key.partition("/")[0] for key in staging.keys("")} == {"state", "rejected"}
    assert (ids_in(lake), [key.endswith(".parquet") for key in lake.keys("")]) == (["u1"], [True])
