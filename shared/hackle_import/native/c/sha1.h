/* SHA-1: FIPS 180-4. With the processor's own instructions where it has them: an id made of a record's text costs a
   digest of the whole record. */
#ifndef HACKLE_SHA1_H
#define HACKLE_SHA1_H

#include "base.h"

#define SHA1_BLOCK 64
#define SHA1_BYTES 20

typedef void (*Sha1Blocks)(u32 state[5], const u8 *p, size_t blocks);

typedef struct {
  u32 state[5];
  u64 length;
  u8 held[SHA1_BLOCK];
  Sha1Blocks blocks;
} Sha1;

INTERNAL void sha1_plain(u32 state[5], const u8 *p, size_t blocks);

/* The quickest way that this processor has. */
INTERNAL Sha1Blocks sha1_best(void);

INTERNAL Sha1 sha1_begin(Sha1Blocks blocks);

INTERNAL void sha1_add(Sha1 *s, const u8 *p, size_t length);

INTERNAL void sha1_end(Sha1 *s, u8 digest[SHA1_BYTES]);

#endif
