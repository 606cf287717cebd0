/* Ids, as `conform/insert_id.py` makes them. */
#ifndef HACKLE_UUID_H
#define HACKLE_UUID_H

#include "hmac.h"
#include "sha1.h"

#define UUID_BYTES 36

typedef enum { UUID_YES, UUID_NO, UUID_MAYBE } UuidKind;

/* RFC 9562 UUIDv5 of two texts, one after the other, in the project's namespace: 36 bytes at `out`. */
INTERNAL void uuid_v5(DigestBlocks blocks, const u8 *text, size_t length, const u8 *more, size_t more_length, u8 *out);

/* RFC 9562 UUIDv8 of the same: their keyed hash. */
INTERNAL void uuid_v8(const HmacKey *key, const u8 *text, size_t length, const u8 *more, size_t more_length, u8 *out);

/* Whether a text is a UUID, which then is written in its canonical form, 36 bytes at `out`. Braces and `urn:` are left
   to Python; without them nothing but 32 digits, and hyphens anywhere, is one. */
INTERNAL UuidKind uuid_read(const u8 *p, i64 length, u8 *out);

#endif
