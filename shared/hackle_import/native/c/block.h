/* Sixteen bytes at once: where is the first byte that a JSON string cannot simply go on with? */
#ifndef BLOCK_H
#define BLOCK_H
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BLOCK 16
/* Readable bytes demanded after a text's end, writable ones after an output's end: blocks may overrun by that much. */
#define PADDING 64

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int32_t i32;
typedef uint64_t u64;
typedef int64_t i64;

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))

/* A mask has LANE_BITS bits a byte, the first byte lowest. */
#if defined(__SSE2__)
#include <emmintrin.h>
typedef __m128i block;
#define LANE_BITS 1
INLINE block load(const u8 *p) { return _mm_loadu_si128((const block *)p); }
INLINE void store(u8 *p, block b) { _mm_storeu_si128((block *)p, b); }
INLINE u64 special(block b) { /* a quote, a backslash or a control byte */
  block control = _mm_cmpeq_epi8(_mm_min_epu8(b, _mm_set1_epi8(0x1f)), b);
  block quote = _mm_cmpeq_epi8(b, _mm_set1_epi8('"')), backslash = _mm_cmpeq_epi8(b, _mm_set1_epi8('\\'));
  return (u32)_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
}
INLINE u64 high(block b) { return (u32)_mm_movemask_epi8(b); } /* a byte that is no ASCII */
#elif defined(__ARM_NEON)
#include <arm_neon.h>
typedef uint8x16_t block;
#define LANE_BITS 4
INLINE block load(const u8 *p) { return vld1q_u8(p); }
INLINE void store(u8 *p, block b) { vst1q_u8(p, b); }
INLINE u64 lanes(uint8x16_t truth) {
  return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(truth), 4)), 0);
}
INLINE u64 special(block b) {
  uint8x16_t either = vorrq_u8(vceqq_u8(b, vdupq_n_u8('"')), vceqq_u8(b, vdupq_n_u8('\\')));
  return lanes(vorrq_u8(vcleq_u8(b, vdupq_n_u8(0x1f)), either));
}
INLINE u64 high(block b) { return lanes(vcgeq_u8(b, vdupq_n_u8(0x80))); }
#else
#error "neither SSE2 nor NEON: the Python decoder serves this machine"
#endif

INLINE u32 first(u64 mask) { return (u32)__builtin_ctzll(mask) / LANE_BITS; }
INLINE u64 before(u64 mask, u32 lane) { return mask & ((1ull << (lane * LANE_BITS)) - 1); }
INLINE void copy(u8 *to, const u8 *from, size_t n) {
  if (LIKELY(n <= BLOCK)) store(to, load(from));
  else memcpy(to, from, n);
}
#endif
