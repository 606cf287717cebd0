#include "cells.h"

INLINE u64 table_mask(Block b, u8 one, u8 two, u8 three) { /* of three bytes, or NUL */
#if defined(__SSE2__)
  Block first_two =
      _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8((char)one)), _mm_cmpeq_epi8(b, _mm_set1_epi8((char)two)));
  Block rest = _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8((char)three)), _mm_cmpeq_epi8(b, _mm_setzero_si128()));
  return (u32)_mm_movemask_epi8(_mm_or_si128(first_two, rest));
#else
  Block first_two = vorrq_u8(vceqq_u8(b, vdupq_n_u8(one)), vceqq_u8(b, vdupq_n_u8(two)));
  return block_lanes(vorrq_u8(first_two, vorrq_u8(vceqq_u8(b, vdupq_n_u8(three)), vceqq_u8(b, vdupq_n_u8(0)))));
#endif
}

INLINE void cell_copy(Scan *s, u8 one, u8 two, u8 three) {
  for (;;) {
    Block b = block_load(s->p);
    u64 there = table_mask(b, one, two, three), highs = block_high(b);
    u32 length = there ? mask_first(there) : BLOCK;
    block_store(s->out, b);
    s->not_ascii = s->not_ascii || (there ? mask_before(highs, length) : highs);
    s->p += length;
    s->out += length;
    if (there) return;
  }
}

INLINE bool cell_ends(const Scan *s) {
  return *s->p == s->delimiter || *s->p == '\n' || (*s->p == '\r' && s->p[1] == '\n');
}

/* After an opening quote, to the delimiter or the end of the line. False: the text ends before the closing quote. */
INLINE bool cell_quoted(Scan *s) {
  for (;;) {
    cell_copy(s, '"', '\n', '"');
    if (*s->p == '"' && s->p[1] != '"') break;
    if (s->p >= s->end) return false;
    if (*s->p == '\n' && s->lines++) s->last = s->p;
    s->odd = s->odd || *s->p == 0;
    s->p += *s->p == '"';
    *s->out++ = *s->p++;
  }
  for (s->p++; !cell_ends(s); s->p++) s->odd = true;
  return true;
}

INLINE void cell_bare(Scan *s) {
  for (;;) {
    cell_copy(s, s->delimiter, '\n', '\r');
    if (cell_ends(s)) return;
    s->odd = true;
    *s->out++ = *s->p++;
  }
}

INTERNAL bool cell_find_all(Table *t, Scan *s) {
  s->out = t->cells;
  for (i64 number = 0;; number++) {
    *s->out++ = '"';
    u8 *begin = s->out;
    if (*s->p == '"') {
      s->p++;
      if (!cell_quoted(s)) return false;
    } else {
      cell_bare(s);
    }
    if (number < t->count) t->found[number] = (Cell){begin, s->out};
    *s->out++ = '"';
    if (*s->p == s->delimiter) {
      s->p++;
      continue;
    }
    s->odd = s->odd || number + 1 != t->count;
    s->p += *s->p == '\r';
    return true;
  }
}
