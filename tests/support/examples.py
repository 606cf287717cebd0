"""How many examples a property is tried with."""

import os

WATCHED = "LD_PRELOAD" in os.environ  # `make sanitize`


def examples(count):
    """Under sanitizers a quarter: each takes five times as long, and the fuzzers, which they watch, too, look further."""
    return count // 4 if WATCHED else count
