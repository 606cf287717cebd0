/* The elements of a JSON array, or values one after the other, found without decoding them: `records/values.py` says
   which. An element is copied on its way, so that it lies in one line in front of a padding. */
#ifndef ELEMENTS_H
#define ELEMENTS_H
#include "block.h"
#include <stdbool.h>

enum { OPENING, VALUE_OR_CLOSING, VALUE, COMMA_OR_CLOSING, THE_END }; /* what may come next */

/* `out` has room for the rest of the text, and a padding. `broken`: a line ends within a string, which is no JSON. */
typedef struct { const u8 *p, *end; u8 *out; bool broken; } element;

INLINE bool is_space(u8 c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static const u8 *after_space(const u8 *p, const u8 *end) {
  while (p < end && is_space(*p)) p++;
  return p;
}

INLINE u64 bracket_quote_or_space(block b) {
#if defined(__SSE2__)
  block space = _mm_cmpeq_epi8(_mm_min_epu8(b, _mm_set1_epi8(' ')), b), low = _mm_or_si128(b, _mm_set1_epi8(0x20));
  block brackets = _mm_or_si128(_mm_cmpeq_epi8(low, _mm_set1_epi8('{')), _mm_cmpeq_epi8(low, _mm_set1_epi8('}')));
  block quote = _mm_cmpeq_epi8(b, _mm_set1_epi8('"'));
  return (u32)_mm_movemask_epi8(_mm_or_si128(space, _mm_or_si128(brackets, quote)));
#else
  block low = vorrq_u8(b, vdupq_n_u8(0x20));
  block brackets = vorrq_u8(vceqq_u8(low, vdupq_n_u8('{')), vceqq_u8(low, vdupq_n_u8('}')));
  return lanes(vorrq_u8(vorrq_u8(brackets, vceqq_u8(b, vdupq_n_u8('"'))), vcleq_u8(b, vdupq_n_u8(' '))));
#endif
}

/* Copies up to a byte of those that `found` is told of a block; a few more at the end of the text. */
#define COPY_TO(found)                          \
  while (e->end - e->p >= BLOCK) {              \
    block b = load(e->p);                       \
    u64 there = found(b);                       \
    u32 length = there ? first(there) : BLOCK;  \
    store(e->out, b);                           \
    e->p += length;                             \
    e->out += length;                           \
    if (there) break;                           \
  }

/* At an opening quote. False: the text ends before the closing one. */
INLINE bool quoted(element *e) {
  *e->out++ = *e->p++;
  while (e->p < e->end) {
    COPY_TO(special)
    if (e->p == e->end) break;
    u8 c = *e->out++ = *e->p++;
    if (c == '"') return true;
    if (c == '\\' && e->p < e->end) c = *e->out++ = *e->p++;
    e->broken = e->broken || c == '\n';
  }
  return false;
}

/* At an opening bracket. White space becomes one blank: what holds tokens apart, still does. */
static bool bracketed(element *e) {
  i64 depth = 0;
  while (e->p < e->end) {
    COPY_TO(bracket_quote_or_space)
    if (e->p == e->end) break;
    u8 c = *e->p;
    if (c == '"') {
      if (!quoted(e)) return false;
      continue;
    }
    e->p++;
    if (is_space(c)) {
      e->p = after_space(e->p, e->end);
      *e->out++ = ' ';
      continue;
    }
    *e->out++ = c;
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    if (depth == 0 && (c == '}' || c == ']')) return true;
  }
  return false;
}

static const u8 *after_scalar(const u8 *p, const u8 *end) {
  while (p < end && *p != ' ' && (*p < '\t' || *p > '\r') && *p != ',' && *p != '"' && (*p | 32) != '{' && (*p | 32) != '}') p++;
  return p;
}

typedef enum { ELEMENT, NO_ELEMENT, UNFINISHED } found;

/* The element at `e->p`, copied; `e->p` is after it then. `final`: no more text will come. */
static found next_element(element *e, bool final) {
  u8 c = *e->p;
  if (c == '{' || c == '[') return bracketed(e) ? ELEMENT : UNFINISHED;
  if (c == '"') return quoted(e) ? ELEMENT : UNFINISHED;
  const u8 *after = after_scalar(e->p, e->end);
  if (after == e->end && !final) return UNFINISHED;
  if (after == e->p) return NO_ELEMENT;
  memcpy(e->out, e->p, (size_t)(after - e->p));
  e->out += after - e->p;
  e->p = after;
  return ELEMENT;
}

/* Takes `[`, `,` or `]` where it may stand. */
static bool punctuation(i64 *expects, u8 c) {
  if (*expects == OPENING && c == '[') *expects = VALUE_OR_CLOSING;
  else if (*expects == COMMA_OR_CLOSING && c == ',') *expects = VALUE;
  else if ((*expects == COMMA_OR_CLOSING || *expects == VALUE_OR_CLOSING) && c == ']') *expects = THE_END;
  else return false;
  return true;
}
#endif
