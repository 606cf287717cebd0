/* SHA-256: FIPS 180-4. With the processor's own instructions where it has them, as sha1.h. */
#ifndef HACKLE_SHA256_H
#define HACKLE_SHA256_H

#include "digest.h"

#define SHA256_BYTES 32

INTERNAL void sha256_plain(u32 *state, const u8 *p, size_t blocks);

/* The quickest way that this processor has. */
INTERNAL DigestBlocks sha256_best(void);

INTERNAL Digest sha256_begin(DigestBlocks blocks);

#endif
