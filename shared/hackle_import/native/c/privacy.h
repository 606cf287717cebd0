/* A mapping's `[privacy]`: what must not be read any further is no value here, or its keyed hash, before anything else looks
   at it. Python says once a name what is to be done with it; where it lies anywhere but in objects, in a list or in a text
   that may be JSON, the record is Python's. */
#ifndef HACKLE_PRIVACY_H
#define HACKLE_PRIVACY_H

#include "decoder.h"

/* The names of the members of a node's objects, begun anew where they are many. */
INTERNAL Keys *privacy_names(Decoder *d, i64 node);

/* NO_KEY: the record is Python's. */
INLINE i32 privacy_name(Keys *names, const u8 *name, i64 length) {
  return length > KEY_BYTES ? NO_KEY : keys_number(names, name, (u32)length);
}

/* What Python says of a name: an act, or behind it the number of a node. NONE: of neither. */
INLINE i64 privacy_act(const Decoder *d, const Keys *names, i32 number) {
  i64 act = names->state[number].flags >> LEARNT_BITS;
  return act < ACT_WITHIN + d->plan.policy->privates ? act : NONE;
}

/* The value at `p` is met: where it ends is to be told then, so that nobody has to look for it again. */
INLINE Passed *privacy_passed(Decoder *d, const u8 *p) {
  Passed *passed = &d->passed[d->passed_count];
  d->passed_count += d->passed_count < PASSED;
  *passed = (Passed){p, NULL};
  return passed;
}

/* Whether a text, whose quote is at `p`, certainly holds no JSON. */
INTERNAL bool privacy_is_words(const u8 *p, const u8 *end);

/* `p` at a value that something is to be done in: `d->within` is the node that an object is to be asked of where it is gone
   through. NULL: the record is Python's. */
INTERNAL const u8 *privacy_within(Decoder *d, i64 node, const u8 *p);

/* The keyed hash of a text as JSON, until the row is done; of an empty text, whose hash would look like a value, null. NULL:
   the record is Python's. */
INTERNAL const u8 *privacy_hash(Decoder *d, const u8 *text, i64 length);

/* The same of the value at `p`, which ends at `*after`: of null null, and of what is no scalar NULL. */
INTERNAL const u8 *privacy_hashed(Decoder *d, const u8 *p, const u8 **after);

/* `p` at the value of a member of an object that node `owner` of the privacy's tree is to be asked of: the value that
   stands for it, and in `*after` where the member's own ends, if it is another one. `d->within` is the node that the value
   itself is to be asked of. NULL: the record is Python's. */
INTERNAL const u8 *privacy_value(Decoder *d, i64 owner, const u8 *name, i64 length, const u8 *p, i64 depth,
                                 const u8 **after);

/* False: no memory. */
INTERNAL bool privacy_init(Decoder *d, LearnFn learn, u64 seed);

INTERNAL void privacy_free(Decoder *d);

#endif
