"""A process that handles drops and tells how far its memory grew while it did, imports and a first small drop left out.

`python watched.py drop FOLDER '{"max_bytes": 1000}' DECODER` handles the one drop of `FOLDER/staging`, under these limits.
`python watched.py fuzz N SEED` handles N damaged drops: each must end in an outcome that accounts for every row.
"""

import json
import re
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import process_time

from hackle_import.drop import Drop
from hackle_import.ingest import ingest
from hackle_import.places import Places
from hackle_import.settings import Limits, Rules
from hackle_import.stores import open_store
from hackle_import.writing import arrow_pool
from support.damaged import SYNTAX, accounted, whole_drops
from support.samples import event
from support.world import World


def peak_bytes():
    """The largest resident size so far; not `ru_maxrss`, which begins with what the parent had when it forked."""
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])


def drop(folder, limits, decoder="native"):
    small = World()
    small.drop(event(1))
    small.handle()
    before = peak_bytes()
    staging, lake = open_store(f"{folder}/staging"), open_store(f"{folder}/lake")
    (key,) = staging.keys("incoming/")
    rules = Rules(limits=Limits(**json.loads(limits)), decoder=decoder, hash_key=b"k" * 32)
    began = process_time()
    receipt = ingest(Drop.at(staging.place, key), Places(staging, staging, lake), rules, lambda: datetime.now(UTC))
    told = {"grew_bytes": peak_bytes() - before, "seconds": process_time() - began}
    print(json.dumps({"receipt": json.loads(receipt.line()), **told}))


def fuzz(count, seed):
    whole = whole_drops(400)
    for name, body in whole.items():
        accounted(name, body, "discard")
    before, outcomes = peak_bytes(), Counter()
    for number in range(int(count)):
        random = Random(f"{seed}/{number}")
        name = random.choice(list(whole))
        try:
            outcomes[accounted(name, damaged(random, whole[name]), random.choice(("discard", "keep")))] += 1
        except BaseException:
            print(f"{name}, seed {seed}, number {number}", file=sys.stderr)
            raise
    print(json.dumps({"outcomes": outcomes, "grew_bytes": peak_bytes() - before}))


def damaged(random, body):
    for _ in range(random.randint(1, 4)):
        place, cut = random.randrange(len(body) + 1), random.choice((0, 0, 1, 4, 12, 2000))
        piece = body[place : place + random.choice((1, 40, 4000))] * random.choice((1, 1, 2, 500))
        put = random.choice((random.choice(SYNTAX), random.randbytes(4), piece))
        body = body[:place] + put + body[place + cut :]
    return body


if __name__ == "__main__":
    arrow_pool.prepare()
    {"drop": drop, "fuzz": fuzz}[sys.argv[1]](*sys.argv[2:])
