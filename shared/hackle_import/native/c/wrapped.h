/* The rows that a document wraps, as `reading/wrapped.py` looks for their end.
 */
#ifndef HACKLE_WRAPPED_H
#define HACKLE_WRAPPED_H

#include "base.h"

/* How far of a text that begins among the rows is within them for certain: to
   the bracket that closes them, which is part of it, or to the last bracket, or
   to a string that has no end yet. `*depth`: in how many brackets it begins,
   and ends. */
INTERNAL i64 wrapped_inside(const u8 *text, i64 size, i64 *depth);

#endif
