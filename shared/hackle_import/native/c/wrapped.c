#include "wrapped.h"
#include "block.h"

INLINE u64 wrapped_mask(Block b) { /* a bracket or a quote */
#if defined(__SSE2__)
  Block low = _mm_or_si128(b, _mm_set1_epi8(0x20)), quote = _mm_cmpeq_epi8(b, _mm_set1_epi8('"'));
  Block brackets = _mm_or_si128(_mm_cmpeq_epi8(low, _mm_set1_epi8('{')), _mm_cmpeq_epi8(low, _mm_set1_epi8('}')));
  return (u32)_mm_movemask_epi8(_mm_or_si128(brackets, quote));
#else
  Block low = vorrq_u8(b, vdupq_n_u8(0x20));
  Block brackets = vorrq_u8(vceqq_u8(low, vdupq_n_u8('{')), vceqq_u8(low, vdupq_n_u8('}')));
  return block_lanes(vorrq_u8(brackets, vceqq_u8(b, vdupq_n_u8('"'))));
#endif
}

INLINE bool wrapped_marks(u8 c) { return c == '"' || (c | 0x20) == '{' || (c | 0x20) == '}'; }

static const u8 *wrapped_next(const u8 *p, const u8 *end) {
  for (; end - p >= BLOCK; p += BLOCK) {
    u64 there = wrapped_mask(block_load(p));
    if (there) return p + mask_first(there);
  }
  while (p < end && !wrapped_marks(*p)) p++;
  return p;
}

/* `p` after an opening quote. NULL: the string has no end. */
static const u8 *wrapped_after_string(const u8 *p, const u8 *end) {
  for (;;) {
    while (end - p >= BLOCK) {
      u64 there = block_special(block_load(p));
      p += there ? mask_first(there) : BLOCK;
      if (there) break;
    }
    if (p >= end) return NULL;
    if (*p == '"') return p + 1;
    p += 1 + (*p == '\\');
  }
}

INTERNAL i64 wrapped_inside(const u8 *text, i64 size, i64 *depth) {
  const u8 *p = text, *end = text + size, *last = text;
  while (*depth > 0 && (p = wrapped_next(p, end)) < end) {
    if (*p == '"') {
      const u8 *after = wrapped_after_string(p + 1, end);
      if (!after) return p - text;
      p = after;
      continue;
    }
    *depth += *p == '{' || *p == '[' ? 1 : -1;
    last = ++p;
  }
  return last - text;
}
