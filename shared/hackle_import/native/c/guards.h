/* What a mapping says under a condition: "condition && path || `null`" becomes a slot; where a condition says that there is
   nothing, Python is not asked. */
#ifndef HACKLE_GUARDS_H
#define HACKLE_GUARDS_H

#include "decoder.h"

/* Whether all of some conditions hold, for certain. */
INTERNAL bool guards_all_hold(Decoder *d, i64 first, i64 count);

/* Fills the slots under conditions. False: the record is for Python. */
INTERNAL bool guards_hold(Decoder *d);

#endif
