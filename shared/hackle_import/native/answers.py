"""What the decoder in C asks Python while it decodes, as one function that C can call.

C knows nothing of exceptions: it is told that there is no answer, and what was raised is raised when it has returned.
"""

import ctypes
from collections.abc import Callable

LEARNT_BITS = 16  # of a length; what else is told lies above
LEFT_OUT, TOO_LONG = 1 << LEARNT_BITS, 2 << LEARNT_BITS
_NO_ANSWER = -1
_ASKED = 1 << 8  # questions of expressions have numbers from there on, tables of texts below: as asks.h has it

Learn = Callable[[int, str], tuple[str, int] | None]
Ask = Callable[[int, bytes], bytes | None]
FUNCTION = ctypes.CFUNCTYPE(
    ctypes.c_int32, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32
)


class Answers:
    """`function` is what C calls: it is told a number, a text's place and length, and a place and room for the answer,
    whose length it gives."""

    def __init__(self, learn: Learn, ask: Ask) -> None:
        self.raised = raised = list[BaseException]()

        def answered(number: int, text: int, length: int, out: int, room: int) -> int:
            if raised:
                return _NO_ANSWER
            asked = ctypes.string_at(text, length)
            try:
                told, more = (ask(number - _ASKED, asked), 0) if number >= _ASKED else _learnt(learn, number, asked)
            except BaseException as one:
                raised.append(one)
                return _NO_ANSWER
            if told is None or len(told) > room:
                return _NO_ANSWER
            ctypes.memmove(out, told, len(told))
            return len(told) | more

        self.function = FUNCTION(answered)

    def raise_again(self) -> None:
        """What a question raised, if one did."""
        if self.raised:
            raise self.raised.pop()


def _learnt(learn: Learn, table: int, text: bytes) -> tuple[bytes | None, int]:
    found = learn(table, text.decode())
    return (None, 0) if found is None else (found[0].encode(), found[1])
