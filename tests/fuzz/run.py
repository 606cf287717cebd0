"""Drops against both decoders, guided by the coverage of the one in C, which ASan and UBSan watch.

`make fuzz SECONDS=3600`. Inputs that reach new code are kept below build/fuzz; one that fails is left there as crash-…,
and shows itself again when it is named in the place of the corpus.
"""

import sys
from itertools import count

import atheris

from fuzz.drops import outcome
from hackle_import.convert import opening
from hackle_import.native.library import Decoder

COUNTS_COPIES = 2  # a plan's `when_missing`


def lasting():
    """Decoders that are kept from drop to drop, for a while: to make one takes longer than to use it."""
    kept, calls = {}, count(1)

    def decoder(library, plan):
        if plan.numbers[3] == COUNTS_COPIES:
            return Decoder(library, plan)  # those of its drop
        if next(calls) % 200 == 0:
            kept.clear()
        key = (*plan.numbers, plan.texts)
        if key not in kept:
            kept[key] = Decoder(library, plan)
        return kept[key]

    return decoder


def one_input(data):
    if data:
        native, python = outcome(data, "native"), outcome(data, "python")
        assert native == python, f"native: {native}\npython: {python}"


if __name__ == "__main__":
    opening.Decoder = lasting()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
