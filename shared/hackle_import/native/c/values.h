/* What a mapping makes of the values that were found: texts, and of those the four scalars. */
#ifndef HACKLE_VALUES_H
#define HACKLE_VALUES_H

#include "decoder.h"

typedef enum { VALUE_BAD, VALUE_MISSING, VALUE_THERE } Presence;

/* What the mapping says of one text: `decode/entries.py`. */
INTERNAL Presence value_text(Decoder *d, const PlanValue *v, const u8 **text, i64 *length);

/* Whether a text is one that stands for no value, blanks around it apart: `mapping/fillers.py`. */
INTERNAL bool value_is_filler(const u8 *text, i64 length);

/* Whether it is empty but for blanks. */
INTERNAL bool value_is_blank(const u8 *text, i64 length);

/* Notes such a text. False: the mapping takes it for missing, and Python sees to that. */
INTERNAL bool value_note_filler(Decoder *d, const u8 *text, i64 length);

INTERNAL bool scalar_insert_id(Decoder *d, const u8 *text, i64 length, i64 line);

INTERNAL bool scalar_event_key(Decoder *d);

INTERNAL bool scalar_ts(Decoder *d);

INTERNAL bool scalar_metric_value(Decoder *d);

#endif
