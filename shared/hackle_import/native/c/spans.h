/* Values where they were found in a record, and strings in it. */
#ifndef HACKLE_SPANS_H
#define HACKLE_SPANS_H

#include "decoder.h"
#include "json.h"

INLINE bool span_is_there(const Span *s, u64 stamp) { return s->stamp == stamp && *s->begin != 'n'; }

/* A value's text: in the record where that is possible. */
INTERNAL bool span_text(Decoder *d, const Span *s, const u8 **text, i64 *length);

/* The text of the string at `p`, after its opening quote: in the record, if it has no escapes. */
INLINE const u8 *span_string_at(Decoder *d, const u8 *p, const u8 **text, i64 *length) {
  const u8 *end = json_plain_string(p);
  u8 *out = d->scratch;
  *text = p;
  if (LIKELY(end != NULL)) {
    *length = end - 1 - p;
    return end;
  }
  *text = out; /* escapes, or a fault */
  end = json_string(p, &out);
  *length = out - d->scratch;
  return end;
}

#endif
