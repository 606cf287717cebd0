/* SHA-256: FIPS 180-4. With the processor's own instructions where it has them, as sha1.h. */
#ifndef HACKLE_SHA256_H
#define HACKLE_SHA256_H

#include "base.h"

#define SHA256_BLOCK 64
#define SHA256_BYTES 32

typedef void (*Sha256Blocks)(u32 state[8], const u8 *p, size_t blocks);

typedef struct {
  u32 state[8];
  u64 length;
  u8 held[SHA256_BLOCK];
  Sha256Blocks blocks;
} Sha256;

INTERNAL void sha256_plain(u32 state[8], const u8 *p, size_t blocks);

/* The quickest way that this processor has. */
INTERNAL Sha256Blocks sha256_best(void);

INTERNAL Sha256 sha256_begin(Sha256Blocks blocks);

INTERNAL void sha256_add(Sha256 *s, const u8 *p, size_t length);

INTERNAL void sha256_end(Sha256 *s, u8 digest[SHA256_BYTES]);

#endif
