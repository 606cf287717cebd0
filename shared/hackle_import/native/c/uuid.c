#include "uuid.h"
#include "utf8.h"
#include <string.h>

static const u8 uuid_namespace[16] = {0xb0, 0xb3, 0xa9, 0xa4, 0x7a, 0x0e, 0x5c, 0x55,
                                      0x9d, 0x0c, 0x2f, 0x1f, 0x1f, 0x0e, 0x6f, 0x3b};

/* Of a digest, whose bytes it changes where a UUID tells what it is. */
static void uuid_write(u8 *digest, u8 version, u8 *out) {
  static const u8 hex[] = "0123456789abcdef";
  digest[6] = (u8)((digest[6] & 0x0F) | version << 4);
  digest[8] = (digest[8] & 0x3F) | 0x80;
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = hex[digest[i] >> 4];
    *out++ = hex[digest[i] & 15];
  }
}

static void uuid_add(Digest *s, const u8 *text, size_t length, const u8 *more, size_t more_length) {
  digest_add(s, uuid_namespace, sizeof uuid_namespace);
  digest_add(s, text, length);
  digest_add(s, more, more_length);
}

INTERNAL void uuid_v5(DigestBlocks blocks, const u8 *text, size_t length, const u8 *more, size_t more_length, u8 *out) {
  Digest s = sha1_begin(blocks);
  u8 digest[SHA1_BYTES];
  uuid_add(&s, text, length, more, more_length);
  digest_end(&s, digest);
  uuid_write(digest, 5, out);
}

INTERNAL void uuid_v8(const HmacKey *key, const u8 *text, size_t length, const u8 *more, size_t more_length, u8 *out) {
  Digest s = hmac_begin(key);
  u8 digest[SHA256_BYTES];
  uuid_add(&s, text, length, more, more_length);
  hmac_end(key, &s, digest);
  uuid_write(digest, 8, out);
}

/* The usual form, in any case; without a branch on any of its bytes. */
INLINE bool uuid_canonical(const u8 *p, u8 *out) {
  static const u8 form[UUID_BYTES + 1] = "00000000-0000-0000-0000-000000000000";
  u8 wrong = 0;
  for (int i = 0; i < UUID_BYTES; i++) {
    u8 c = p[i], low = c | 32;
    u8 digit = (u8)((u8)(c - '0') <= 9) | (u8)((u8)(low - 'a') <= 5), hyphen = c == '-';
    wrong |= (u8)(form[i] == '-' ? !hyphen : !digit);
    out[i] = low; /* digits and hyphens have that bit anyway */
  }
  return !wrong;
}

INTERNAL UuidKind uuid_read(const u8 *p, i64 length, u8 *out) {
  if (LIKELY(length == UUID_BYTES) && LIKELY(uuid_canonical(p, out))) return UUID_YES;
  i64 digits = 0;
  bool other = false, framed = false;
  u8 hex[32];
  for (i64 i = 0; i < length; i++) {
    u8 c = p[i], low = c | 32;
    if (ascii_is_digit(c) || (low >= 'a' && low <= 'f')) {
      if (digits < 32) hex[digits] = low;
      digits++;
    } else if (c != '-') {
      other = true;
      framed = framed || c == ':' || c == '{' || c == '}';
    }
  }
  if (other) return framed && digits >= 32 ? UUID_MAYBE : UUID_NO;
  if (digits != 32) return UUID_NO;
  for (int i = 0; i < 32; i++) {
    if (i == 8 || i == 12 || i == 16 || i == 20) *out++ = '-';
    *out++ = hex[i];
  }
  return UUID_YES;
}
