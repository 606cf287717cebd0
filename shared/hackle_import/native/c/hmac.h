/* HMAC-SHA-256: RFC 2104. */
#ifndef HACKLE_HMAC_H
#define HACKLE_HMAC_H

#include "sha256.h"

/* What a key makes of the two halves: known once, then used for every text. */
typedef struct { Digest inner, outer; } HmacKey;

INTERNAL HmacKey hmac_key(DigestBlocks blocks, const u8 *key, size_t length);

/* To which the text is added, in as many parts as it has. */
INLINE Digest hmac_begin(const HmacKey *k) { return k->inner; }

INTERNAL void hmac_end(const HmacKey *k, Digest *s, u8 out[SHA256_BYTES]);

#endif
