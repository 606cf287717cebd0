/* What a mapping makes of the values that were found: texts, and of those the four scalars. */
#ifndef HACKLE_VALUES_H
#define HACKLE_VALUES_H

#include "decoder.h"

typedef enum { VALUE_BAD, VALUE_MISSING, VALUE_THERE } Presence;

/* What the mapping says of one text: `decode/entries.py`. */
INTERNAL Presence value_text(Decoder *d, const PlanValue *v, const u8 **text, i64 *length);

/* Whether a text is one that stands for no value, blanks around it apart: `mapping/fillers.py`. */
INTERNAL bool value_is_filler(const u8 *text, i64 length);

/* Whether it is one that the mapping names: `[fillers]` `texts`. */
INTERNAL bool value_is_own_filler(const Plan *p, const u8 *text, i64 length);

/* As fillers.py has them. */
INLINE bool value_blank_at(const u8 *p) { return *p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'; }

/* Whether it is empty but for blanks. */
INTERNAL bool value_is_blank(const u8 *text, i64 length);

/* Whether a filler may begin so: hardly any other text does. */
INLINE bool value_may_be_filler(const u8 *text, i64 length) {
  static const u8 begins[256] = {[' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1, ['\\'] = 1, ['N'] = 1,
                                 ['n'] = 1, ['E'] = 1,  ['u'] = 1,  ['('] = 1,  ['0'] = 1};
  return length > 1 && begins[*text];
}

/* Notes such a text. False: the mapping takes it for missing, and Python sees to that. */
INLINE bool value_note_filler(Decoder *d, const u8 *text, i64 length) {
  if (UNLIKELY(d->plan.policy->filler_count) && value_is_own_filler(&d->plan, text, length)) return false;
  if (LIKELY(!value_may_be_filler(text, length)) || !value_is_filler(text, length)) return true;
  d->noted |= 1u << NOTE_FILLER;
  return !d->plan.policy->fillers_missing;
}

/* Which of the scalars, a bit each, are what one source says, as it is. */
INTERNAL u32 scalars_bare(const Plan *p);

INTERNAL bool scalar_insert_id(Decoder *d, const u8 *text, i64 length, i64 line);

/* Where the mapping counts copies and the row's id was made of its text, those before with that id count: due once the row
   is plain. False: it is not, after all, for one before that may be equal is not. */
INTERNAL bool scalar_count_copy(Decoder *d, const u8 *text, i64 length);

/* A row of that text is Python's: those that are equal are to be. */
INTERNAL void scalar_hold_copy(Decoder *d, const u8 *text, i64 length);

INTERNAL bool scalar_event_key(Decoder *d);

INTERNAL bool scalar_ts(Decoder *d);

INTERNAL bool scalar_metric_value(Decoder *d);

#endif
