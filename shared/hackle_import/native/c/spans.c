#include "spans.h"

INTERNAL bool span_is_true(const Span *s, u64 stamp) {
  if (!span_is_there(s, stamp)) return false;
  if (*s->begin == '"') return s->end - s->begin > 2;
  if (*s->begin == '{' || *s->begin == '[') return json_space(s->begin + 1) != s->end - 1;
  return *s->begin != 'f';
}

INTERNAL bool span_text_of_other(Decoder *d, const Span *s, const u8 **text, i64 *length) {
  u8 *out = d->scratch;
  *text = s->begin;
  *length = s->end - s->begin;
  if (*s->begin != '"' && *s->begin != '{' && *s->begin != '[') return true;
  *text = out;
  bool done = *s->begin == '"' ? json_string(s->begin + 1, &out) != NULL
                               : json_compact(s->begin, &out, 1, d->plan.policy->max_depth) != NULL;
  *length = out - d->scratch;
  return done;
}

INTERNAL const u8 *span_unfolded(Decoder *d, const Span *s, const u8 **end) {
  u8 *begin = d->unfolded + d->unfolded_used, *out = begin;
  i64 length = s->end - s->begin;
  if (length > d->capacity - d->unfolded_used) return NULL;
  if (!json_string(s->begin + 1, &out)) return NULL;
  *end = out;
  *out++ = '\n';
  d->unfolded_used += out - begin;
  const u8 *p = json_space(begin);
  return *p == '\n' && p < *end ? NULL : p;
}
