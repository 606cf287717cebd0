/* Ids, as `conform/insert_id.py` makes them. */
#ifndef UUID_H
#define UUID_H
#include "json.h"
#include "sha1.h"

#define UUID_BYTES 36

/* RFC 9562 UUIDv5 of two texts, one after the other, in the project's namespace: 36 bytes at `out`. */
static void uuid_of(sha1_blocks blocks, const u8 *text, size_t length, const u8 *more, size_t more_length, u8 *out) {
  static const u8 namespace[16] = {0xb0, 0xb3, 0xa9, 0xa4, 0x7a, 0x0e, 0x5c, 0x55,
                                   0x9d, 0x0c, 0x2f, 0x1f, 0x1f, 0x0e, 0x6f, 0x3b};
  static const u8 hex[] = "0123456789abcdef";
  sha1 s = sha1_begin(blocks);
  u8 digest[SHA1_BYTES];
  sha1_add(&s, namespace, sizeof namespace);
  sha1_add(&s, text, length);
  sha1_add(&s, more, more_length);
  sha1_end(&s, digest);
  digest[6] = (digest[6] & 0x0F) | 0x50;
  digest[8] = (digest[8] & 0x3F) | 0x80;
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = hex[digest[i] >> 4];
    *out++ = hex[digest[i] & 15];
  }
}

typedef enum { UUID, NO_UUID, UUID_MAYBE } uuid_kind;

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

/* Whether a text is a UUID, which then is written in its canonical form, 36 bytes at `out`. Braces and `urn:` are left
   to Python; without them nothing but 32 digits, and hyphens anywhere, is one. */
static uuid_kind uuid_read(const u8 *p, i64 length, u8 *out) {
  if (LIKELY(length == UUID_BYTES) && LIKELY(uuid_canonical(p, out))) return UUID;
  i64 digits = 0;
  bool other = false, framed = false;
  u8 hex[32];
  for (i64 i = 0; i < length; i++) {
    u8 c = p[i], low = c | 32;
    if (is_digit(c) || (low >= 'a' && low <= 'f')) {
      if (digits < 32) hex[digits] = low;
      digits++;
    } else if (c != '-') {
      other = true;
      framed = framed || c == ':' || c == '{' || c == '}';
    }
  }
  if (other) return framed && digits >= 32 ? UUID_MAYBE : NO_UUID;
  if (digits != 32) return NO_UUID;
  for (int i = 0; i < 32; i++) {
    if (i == 8 || i == 12 || i == 16 || i == 20) *out++ = '-';
    *out++ = hex[i];
  }
  return UUID;
}
#endif
