/* A text as two words, and words as a place in a table. */
#ifndef HACKLE_HASH_H
#define HACKLE_HASH_H

#include "block.h"

INLINE u64 hash_mixed(u64 a, u64 b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (u64)product ^ (u64)(product >> 64);
}

/* The bytes of a short key, or a digest of a long one; `p` has a block readable whatever `length` is. */
INLINE void hash_words(u64 seed, const u8 *p, u32 length, u64 *a, u64 *b) {
  static const u8 ones[2 * BLOCK] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
  u64 x, y, mask_x, mask_y, digest = seed;
  if (LIKELY(length <= BLOCK)) {
    memcpy(&x, p, 8);
    memcpy(&y, p + 8, 8);
    memcpy(&mask_x, ones + BLOCK - length, 8);
    memcpy(&mask_y, ones + BLOCK + 8 - length, 8);
    *a = x & mask_x;
    *b = y & mask_y;
    return;
  }
  for (u32 i = 0; i + BLOCK < length; i += BLOCK) {
    memcpy(&x, p + i, 8);
    memcpy(&y, p + i + 8, 8);
    digest = hash_mixed(x ^ digest, y ^ 0x9E3779B97F4A7C15ull);
  }
  memcpy(&x, p + length - BLOCK, 8);
  memcpy(&y, p + length - 8, 8);
  *a = hash_mixed(x ^ digest, y ^ 0xD6E8FEB86659FD93ull);
  *b = digest ^ y;
}

#endif
