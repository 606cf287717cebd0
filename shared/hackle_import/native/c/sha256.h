/* SHA-256 and HMAC, FIPS 180-4 and RFC 2104. */
#ifndef HACKLE_SHA256_H
#define HACKLE_SHA256_H

#include "base.h"
#include <stddef.h>

#define SHA256_BLOCK 64
#define SHA256_BYTES 32

/* What a key makes of the two halves of an HMAC: known once, then used for every text. */
typedef struct { u32 inner[8], outer[8]; } HmacKey;

INTERNAL void hmac_key(HmacKey *k, const u8 *key, size_t length);

INTERNAL void hmac_sha256(const HmacKey *k, const u8 *text, size_t length, u8 out[SHA256_BYTES]);

#endif
