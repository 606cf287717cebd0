#include "sha1.h"
#include <string.h>

INLINE u32 sha1_rotated(u32 x, int n) { return x << n | x >> (32 - n); }

INTERNAL void sha1_plain(u32 *state, const u8 *p, size_t blocks) {
  for (; blocks; blocks--, p += DIGEST_BLOCK) {
    u32 w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 16; i++) w[i] = digest_big_endian(p + 4 * i);
    for (int i = 16; i < 80; i++) w[i] = sha1_rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
#define ROUNDS(from, mix, constant)                              \
  for (int i = from; i < from + 20; i++) {                       \
    u32 next = sha1_rotated(a, 5) + (mix) + e + constant + w[i]; \
    e = d, d = c, c = sha1_rotated(b, 30), b = a, a = next;      \
  }
    ROUNDS(0, (b & c) | (~b & d), 0x5A827999u)
    ROUNDS(20, b ^ c ^ d, 0x6ED9EBA1u)
    ROUNDS(40, (b & c) | (b & d) | (c & d), 0x8F1BBCDCu)
    ROUNDS(60, b ^ c ^ d, 0xCA62C1D6u)
#undef ROUNDS
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
  }
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("sha,ssse3,sse4.1"))) static void sha1_fast(u32 *state, const u8 *p, size_t blocks) {
  const __m128i swapped = _mm_set_epi64x(0x0001020304050607ll, 0x08090a0b0c0d0e0fll);
  __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0x1B);
  __m128i e = _mm_set_epi32((int)state[4], 0, 0, 0);
  for (; blocks; blocks--, p += DIGEST_BLOCK) {
    __m128i w[20], abcd_before = abcd, e_before = e, last;
    for (int i = 0; i < 4; i++)
      w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i)), swapped);
#pragma GCC unroll 16
    for (int i = 4; i < 20; i++)
      w[i] = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(w[i - 4], w[i - 3]), w[i - 2]), w[i - 1]);
    last = abcd;
    abcd = _mm_sha1rnds4_epu32(abcd, _mm_add_epi32(e, w[0]), 0);
#define ROUNDS(from, to, which)                             \
  _Pragma("GCC unroll 5") for (int i = from; i < to; i++) { \
    __m128i next = _mm_sha1nexte_epu32(last, w[i]);         \
    last = abcd;                                            \
    abcd = _mm_sha1rnds4_epu32(abcd, next, which);          \
  }
    ROUNDS(1, 5, 0)
    ROUNDS(5, 10, 1)
    ROUNDS(10, 15, 2)
    ROUNDS(15, 20, 3)
#undef ROUNDS
    e = _mm_sha1nexte_epu32(last, e_before);
    abcd = _mm_add_epi32(abcd, abcd_before);
  }
  _mm_storeu_si128((__m128i *)(void *)state, _mm_shuffle_epi32(abcd, 0x1B));
  state[4] = (u32)_mm_extract_epi32(e, 3);
}

#elif defined(__aarch64__) && defined(__linux__)

#if defined(__clang__)
__attribute__((target("sha2")))
#else
__attribute__((target("+crypto")))
#endif
static void sha1_fast(u32 *state, const u8 *p, size_t blocks) {
  uint32x4_t abcd = vld1q_u32(state);
  u32 e = state[4];
  for (; blocks; blocks--, p += DIGEST_BLOCK) {
    uint32x4_t w[20], abcd_before = abcd;
    u32 e_before = e;
    for (int i = 0; i < 4; i++) w[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(p + 16 * i)));
    for (int i = 4; i < 20; i++) w[i] = vsha1su1q_u32(vsha1su0q_u32(w[i - 4], w[i - 3], w[i - 2]), w[i - 1]);
#define ROUNDS(from, to, four, constant)                          \
  for (int i = from; i < to; i++) {                               \
    u32 next = vsha1h_u32(vgetq_lane_u32(abcd, 0));               \
    abcd = four(abcd, e, vaddq_u32(w[i], vdupq_n_u32(constant))); \
    e = next;                                                     \
  }
    ROUNDS(0, 5, vsha1cq_u32, 0x5A827999u)
    ROUNDS(5, 10, vsha1pq_u32, 0x6ED9EBA1u)
    ROUNDS(10, 15, vsha1mq_u32, 0x8F1BBCDCu)
    ROUNDS(15, 20, vsha1pq_u32, 0xCA62C1D6u)
#undef ROUNDS
    abcd = vaddq_u32(abcd, abcd_before);
    e += e_before;
  }
  vst1q_u32(state, abcd);
  state[4] = e;
}

#else
#define sha1_fast sha1_plain
#endif

INTERNAL DigestBlocks sha1_best(void) { return digest_has_instructions() ? sha1_fast : sha1_plain; }

INTERNAL Digest sha1_begin(DigestBlocks blocks) {
  return (Digest){.state = {0x67452301u, 0xEFCDAB89u, 0x98BADCFEu, 0x10325476u, 0xC3D2E1F0u},
                  .blocks = blocks,
                  .words = SHA1_BYTES / 4};
}
