/* Sixteen bytes at once: where is the first byte that a JSON string cannot simply go on with? */
#ifndef HACKLE_BLOCK_H
#define HACKLE_BLOCK_H

#include "base.h"
#include <string.h>

#define BLOCK 16

/* A mask has LANE_BITS bits a byte, the first byte lowest. */
#if defined(__SSE2__)
#include <emmintrin.h>
typedef __m128i Block;
#define LANE_BITS 1
INLINE Block block_load(const u8 *p) { return _mm_loadu_si128((const Block *)p); }
INLINE void block_store(u8 *p, Block b) { _mm_storeu_si128((Block *)p, b); }
INLINE u64 block_special(Block b) { /* a quote, a backslash or a control byte */
  Block control = _mm_cmpeq_epi8(_mm_min_epu8(b, _mm_set1_epi8(0x1f)), b);
  Block quote = _mm_cmpeq_epi8(b, _mm_set1_epi8('"')), backslash = _mm_cmpeq_epi8(b, _mm_set1_epi8('\\'));
  return (u32)_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
}
INLINE u64 block_high(Block b) { return (u32)_mm_movemask_epi8(b); } /* a byte that is no ASCII */
#elif defined(__ARM_NEON)
#include <arm_neon.h>
typedef uint8x16_t Block;
#define LANE_BITS 4
INLINE Block block_load(const u8 *p) { return vld1q_u8(p); }
INLINE void block_store(u8 *p, Block b) { vst1q_u8(p, b); }
INLINE u64 block_lanes(uint8x16_t truth) {
  return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(truth), 4)), 0);
}
INLINE u64 block_special(Block b) {
  uint8x16_t either = vorrq_u8(vceqq_u8(b, vdupq_n_u8('"')), vceqq_u8(b, vdupq_n_u8('\\')));
  return block_lanes(vorrq_u8(vcleq_u8(b, vdupq_n_u8(0x1f)), either));
}
INLINE u64 block_high(Block b) { return block_lanes(vcgeq_u8(b, vdupq_n_u8(0x80))); }
#else
#error "neither SSE2 nor NEON: the Python decoder serves this machine"
#endif

INLINE u32 mask_first(u64 mask) { return (u32)__builtin_ctzll(mask) / LANE_BITS; }
INLINE u64 mask_before(u64 mask, u32 lane) { return mask & ((1ull << (lane * LANE_BITS)) - 1); }

INLINE void block_copy(u8 *to, const u8 *from, size_t n) {
  if (LIKELY(n <= BLOCK)) block_store(to, block_load(from));
  else memcpy(to, from, n);
}

#endif
