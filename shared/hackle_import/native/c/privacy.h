/* A mapping's `[privacy]`: what must not be read any further is no value here, or its keyed hash, before anything else looks
   at it. Python says once a name what is to be done with it; where it lies anywhere but in objects, in a list or in a text
   that may be JSON, the record is Python's. */
#ifndef HACKLE_PRIVACY_H
#define HACKLE_PRIVACY_H

#include "decoder.h"

/* `p` at the value of a member of an object that node `owner` of the privacy's tree is to be asked of: the value that
   stands for it, and in `*after` where the member's own ends, if it is another one. `d->within` is the node that the value
   itself is to be asked of. NULL: the record is Python's. */
INTERNAL const u8 *privacy_value(Decoder *d, i64 owner, const u8 *name, i64 length, const u8 *p, i64 depth,
                                 const u8 **after);

/* False: no memory. */
INTERNAL bool privacy_init(Decoder *d, LearnFn learn, u64 seed);

INTERNAL void privacy_free(Decoder *d);

#endif
