/* The cells of a table's record. */
#ifndef HACKLE_CELLS_H
#define HACKLE_CELLS_H

#include "block.h"
#include "table.h"

typedef struct {
  const u8 *p, *end, *last; /* `last`: the last end of line within quotes, but the first */
  u8 *out;
  i64 lines; /* ends of line within quotes */
  u8 delimiter;
  bool odd, not_ascii; /* `odd`: what a plain record has not */
  bool found;          /* by a function of dialect.h */
} Scan;

INLINE u64 table_mask(Block b, u8 one, u8 two, u8 three, u8 four) { /* of four bytes, or NUL */
#if defined(__SSE2__)
  Block first_two =
      _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8((char)one)), _mm_cmpeq_epi8(b, _mm_set1_epi8((char)two)));
  Block rest = _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8((char)three)), _mm_cmpeq_epi8(b, _mm_setzero_si128()));
  if (four != three) rest = _mm_or_si128(rest, _mm_cmpeq_epi8(b, _mm_set1_epi8((char)four)));
  return (u32)_mm_movemask_epi8(_mm_or_si128(first_two, rest));
#else
  Block first_two = vorrq_u8(vceqq_u8(b, vdupq_n_u8(one)), vceqq_u8(b, vdupq_n_u8(two)));
  Block rest = vorrq_u8(vceqq_u8(b, vdupq_n_u8(three)), vceqq_u8(b, vdupq_n_u8(0)));
  if (four != three) rest = vorrq_u8(rest, vceqq_u8(b, vdupq_n_u8(four)));
  return block_lanes(vorrq_u8(first_two, rest));
#endif
}

/* Up to the first of these bytes. `four` may be `three` again, which costs nothing. */
INLINE void cell_copy(Scan *s, u8 one, u8 two, u8 three, u8 four) {
  for (;;) {
    Block b = block_load(s->p);
    u64 there = table_mask(b, one, two, three, four), highs = block_high(b);
    u32 length = there ? mask_first(there) : BLOCK;
    block_store(s->out, b);
    s->not_ascii = s->not_ascii || (there ? mask_before(highs, length) : highs);
    s->p += length;
    s->out += length;
    if (there) return;
  }
}

/* The cells of the record at `s->p`; then `s->p` is at its end of line. False: a quote is not closed. */
INTERNAL bool cell_find_all(Table *t, Scan *s);

#endif
