/* Values where they were found in a record, and strings in it. */
#ifndef HACKLE_SPANS_H
#define HACKLE_SPANS_H

#include "decoder.h"
#include "json.h"

INLINE bool span_is_there(const Span *s, u64 stamp) { return s->stamp == stamp && *s->begin != 'n'; }

/* Truth as JMESPath has it: nothing, false, and what is empty are not true. */
INTERNAL bool span_is_true(const Span *s, u64 stamp);

/* The text of what is no string, or one with escapes. */
INTERNAL bool span_text_of_other(Decoder *d, const Span *s, const u8 **text, i64 *length);

/* A value's text: in the record where that is possible. */
INLINE bool span_text(Decoder *d, const Span *s, const u8 **text, i64 *length) {
  if (UNLIKELY(*s->begin != '"') || UNLIKELY(s->escaped)) return span_text_of_other(d, s, text, length);
  *text = s->begin + 1;
  *length = s->end - s->begin - 2;
  return true;
}

/* Whether a value is an empty list or an empty text, which are empty maps. */
INLINE bool span_is_nothing(const u8 *begin, const u8 *end) {
  if (*begin == '"') return end - begin == 2;
  return *begin == '[' && *json_space(begin + 1) == ']';
}

/* What a text says, up to a line end at `*end`: its first sign that is no blank. It stays until the row is done. NULL:
   there is no room, or it may begin with what only Python takes for a blank. */
INTERNAL const u8 *span_unfolded(Decoder *d, const Span *s, const u8 **end);

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
