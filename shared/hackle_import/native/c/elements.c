#include "elements.h"
#include "each.h"

/* `out` has room for the rest of the text, and a padding. `broken`: a line ends within a string, which is no JSON. */
typedef struct {
  const u8 *p, *end;
  u8 *out;
  bool broken;
} Element;

typedef enum { ELEMENT_WHOLE, ELEMENT_NONE, ELEMENT_UNFINISHED } ElementFound;

INLINE bool element_is_space(u8 c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static const u8 *element_after_space(const u8 *p, const u8 *end) {
  while (p < end && element_is_space(*p)) p++;
  return p;
}

INLINE u64 element_mask(Block b) {
#if defined(__SSE2__)
  Block space = _mm_cmpeq_epi8(_mm_min_epu8(b, _mm_set1_epi8(' ')), b), low = _mm_or_si128(b, _mm_set1_epi8(0x20));
  Block brackets = _mm_or_si128(_mm_cmpeq_epi8(low, _mm_set1_epi8('{')), _mm_cmpeq_epi8(low, _mm_set1_epi8('}')));
  Block quote = _mm_cmpeq_epi8(b, _mm_set1_epi8('"'));
  return (u32)_mm_movemask_epi8(_mm_or_si128(space, _mm_or_si128(brackets, quote)));
#else
  Block low = vorrq_u8(b, vdupq_n_u8(0x20));
  Block brackets = vorrq_u8(vceqq_u8(low, vdupq_n_u8('{')), vceqq_u8(low, vdupq_n_u8('}')));
  return block_lanes(vorrq_u8(vorrq_u8(brackets, vceqq_u8(b, vdupq_n_u8('"'))), vcleq_u8(b, vdupq_n_u8(' '))));
#endif
}

/* Copies up to a byte of those that `found` is told of a block; a few more at the end of the text. */
#define COPY_TO(found)                              \
  while (e->end - e->p >= BLOCK) {                  \
    Block b = block_load(e->p);                     \
    u64 there = found(b);                           \
    u32 length = there ? mask_first(there) : BLOCK; \
    block_store(e->out, b);                         \
    e->p += length;                                 \
    e->out += length;                               \
    if (there) break;                               \
  }

/* At an opening quote. False: the text ends before the closing one. */
INLINE bool element_string(Element *e) {
  *e->out++ = *e->p++;
  while (e->p < e->end) {
    COPY_TO(block_special)
    if (e->p == e->end) break;
    u8 c = *e->out++ = *e->p++;
    if (c == '"') return true;
    if (c == '\\' && e->p < e->end) c = *e->out++ = *e->p++;
    e->broken = e->broken || c == '\n';
  }
  return false;
}

/* At an opening bracket. White space becomes one blank: what holds tokens apart, still does. */
static bool element_brackets(Element *e) {
  i64 depth = 0;
  while (e->p < e->end) {
    COPY_TO(element_mask)
    if (e->p == e->end) break;
    u8 c = *e->p;
    if (c == '"') {
      if (!element_string(e)) return false;
      continue;
    }
    e->p++;
    if (element_is_space(c)) {
      e->p = element_after_space(e->p, e->end);
      *e->out++ = ' ';
      continue;
    }
    *e->out++ = c;
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    if (depth == 0 && (c == '}' || c == ']')) return true;
  }
  return false;
}

static const u8 *element_after_scalar(const u8 *p, const u8 *end) {
  while (p < end && *p != ' ' && (*p < '\t' || *p > '\r') && *p != ',' && *p != '"' && (*p | 32) != '{' &&
         (*p | 32) != '}')
    p++;
  return p;
}

/* The element at `e->p`, copied; `e->p` is after it then. `final`: no more text will come. */
static ElementFound element_next(Element *e, bool final) {
  u8 c = *e->p;
  if (c == '{' || c == '[') return element_brackets(e) ? ELEMENT_WHOLE : ELEMENT_UNFINISHED;
  if (c == '"') return element_string(e) ? ELEMENT_WHOLE : ELEMENT_UNFINISHED;
  const u8 *after = element_after_scalar(e->p, e->end);
  if (after == e->end && !final) return ELEMENT_UNFINISHED;
  if (after == e->p) return ELEMENT_NONE;
  memcpy(e->out, e->p, (size_t)(after - e->p));
  e->out += after - e->p;
  e->p = after;
  return ELEMENT_WHOLE;
}

/* Takes `[`, `,` or `]` where it may stand. */
static bool element_punctuation(i64 *expects, u8 c) {
  if (*expects == EXPECT_OPENING && c == '[') *expects = EXPECT_VALUE_OR_CLOSING;
  else if (*expects == EXPECT_COMMA_OR_CLOSING && c == ',') *expects = EXPECT_VALUE;
  else if ((*expects == EXPECT_COMMA_OR_CLOSING || *expects == EXPECT_VALUE_OR_CLOSING) && c == ']')
    *expects = EXPECT_END;
  else return false;
  return true;
}

/* An element that is copied, from `begin` on: `record_take`. */
static bool elements_row(Decoder *d, const Element *e, const u8 *begin, i64 place, i64 number, i64 count) {
  memset(e->out, '\n', PADDING);
  return record_take(d, &(RawRecord){d->tail, e->out, begin, place, e->p - begin, count, number, e->broken});
}

INTERNAL bool elements_decode(Decoder *d, const u8 *text, i64 size, i64 first, Elements *s) {
  const u8 *p = text, *end = text + size;
  d->each.done = s->done;
  for (;; s->at = p - text) {
    p = element_after_space(p, end);
    s->at = p - text;
    s->more = s->count == MOST_RECORDS;
    if (p == end || s->more) return true;
    if (element_punctuation(&s->expects, *p)) {
      p++;
      continue;
    }
    if (s->expects != EXPECT_VALUE && s->expects != EXPECT_VALUE_OR_CLOSING) return false;
    Element e = {.p = p, .end = end, .out = d->tail};
    ElementFound next = element_next(&e, s->final);
    if (next != ELEMENT_WHOLE) return next == ELEMENT_UNFINISHED;
    s->more = !elements_row(d, &e, p, s->at, first + s->count, s->count);
    s->done = d->each.done;
    if (UNLIKELY(s->more)) return true;
    p = e.p;
    s->count++;
    s->expects = s->array ? EXPECT_COMMA_OR_CLOSING : EXPECT_VALUE;
  }
}
