/* What a mapping says under a condition: "condition && path || `null`" becomes a slot, and where more than that would have
   to be worked out, the record is for Python. */
#ifndef HACKLE_GUARDS_H
#define HACKLE_GUARDS_H

#include "decoder.h"

/* Fills the slots under conditions. False: the record is for Python. */
INTERNAL bool guards_hold(Decoder *d);

#endif
