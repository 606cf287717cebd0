/* How many rows had an id that was made of their text, in tables that `conform/copies.py` has, and lets grow: whoever decodes
   a row, it is counted there. */
#ifndef HACKLE_COPIES_H
#define HACKLE_COPIES_H

#include "base.h"

typedef struct { /* `slots` is a power of two; `most`: keys that may be remembered */
  u64 *seen;     /* by slot its key, 0 of none */
  u32 *counts;
  u64 slots, used, most;
} Copies;

/* `id`: a UUID as text. Of how many rows with it this one is the last; 0: Python is to count it. */
INTERNAL u32 copies_number(Copies *c, const u8 *id);

/* Ids that rows may get which are Python's, a bit for many: what is equal to such a row is Python's, too, which counts after
   all of a text, and so in the rows' order. */
#define HELD_BITS (1 << 20)
INTERNAL void copies_hold(u64 *held, const u8 *id);
INTERNAL bool copies_are_held(const u64 *held, const u8 *id);

#endif
