/* A text's digest, which is given in pieces: what SHA-1 and SHA-256 have in common, FIPS 180-4. */
#ifndef HACKLE_DIGEST_H
#define HACKLE_DIGEST_H

#include "base.h"

#define DIGEST_BLOCK 64
#define DIGEST_WORDS 8 /* at most */

typedef void (*DigestBlocks)(u32 *state, const u8 *p, size_t blocks);

typedef struct {
  u32 state[DIGEST_WORDS];
  u64 length;
  u8 held[DIGEST_BLOCK];
  DigestBlocks blocks;
  i32 words; /* of the state */
} Digest;

/* Whether this processor has instructions for both. */
INTERNAL bool digest_has_instructions(void);

INTERNAL void digest_add(Digest *s, const u8 *p, size_t length);

/* Four bytes a word. */
INTERNAL void digest_end(Digest *s, u8 *digest);

INLINE u32 digest_big_endian(const u8 *p) { return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3]; }

#endif
