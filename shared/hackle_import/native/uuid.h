/* Ids, as `conform/insert_id.py` makes them. */
#ifndef UUID_H
#define UUID_H
#include "json.h"

#define UUID_BYTES 36

/* ---- SHA-1: FIPS 180-4 ---- */

typedef struct { u32 state[5]; u64 length; u8 held[64]; } sha1;

INLINE u32 rotated(u32 x, int n) { return x << n | x >> (32 - n); }
INLINE u32 big_endian(const u8 *p) { return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3]; }

static void sha1_block(u32 state[5], const u8 *p) {
  u32 w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (int i = 0; i < 16; i++) w[i] = big_endian(p + 4 * i);
  for (int i = 16; i < 80; i++) w[i] = rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
#define ROUNDS(from, mix, constant)                                                 \
  for (int i = from; i < from + 20; i++) {                                          \
    u32 next = rotated(a, 5) + (mix) + e + constant + w[i];                         \
    e = d, d = c, c = rotated(b, 30), b = a, a = next;                              \
  }
  ROUNDS(0, (b & c) | (~b & d), 0x5A827999u)
  ROUNDS(20, b ^ c ^ d, 0x6ED9EBA1u)
  ROUNDS(40, (b & c) | (b & d) | (c & d), 0x8F1BBCDCu)
  ROUNDS(60, b ^ c ^ d, 0xCA62C1D6u)
#undef ROUNDS
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

static void sha1_add(sha1 *s, const u8 *p, size_t length) {
  size_t held = s->length % 64;
  s->length += length;
  while (length) {
    if (!held && length >= 64) {
      sha1_block(s->state, p);
      p += 64, length -= 64;
      continue;
    }
    size_t taken = length < 64 - held ? length : 64 - held;
    memcpy(s->held + held, p, taken);
    p += taken, length -= taken, held += taken;
    if (held == 64) sha1_block(s->state, s->held), held = 0;
  }
}

static void sha1_digest(sha1 *s, u8 digest[20]) {
  u64 bits = s->length * 8;
  u8 end[72] = {0x80};
  size_t padding = (119 - s->length % 64) % 64 + 1;
  for (int i = 0; i < 8; i++) end[padding + (size_t)i] = (u8)(bits >> (56 - 8 * i));
  sha1_add(s, end, padding + 8);
  for (int i = 0; i < 20; i++) digest[i] = (u8)(s->state[i / 4] >> (24 - 8 * (i % 4)));
}

/* ---- ids ---- */

/* RFC 9562 UUIDv5 of two texts, one after the other, in the project's namespace: 36 bytes at `out`. */
static void uuid_of(const u8 *text, size_t length, const u8 *more, size_t more_length, u8 *out) {
  static const u8 namespace[16] = {0xb0, 0xb3, 0xa9, 0xa4, 0x7a, 0x0e, 0x5c, 0x55,
                                   0x9d, 0x0c, 0x2f, 0x1f, 0x1f, 0x0e, 0x6f, 0x3b};
  static const u8 hex[] = "0123456789abcdef";
  sha1 s = {.state = {0x67452301u, 0xEFCDAB89u, 0x98BADCFEu, 0x10325476u, 0xC3D2E1F0u}};
  u8 digest[20];
  sha1_add(&s, namespace, sizeof namespace);
  sha1_add(&s, text, length);
  sha1_add(&s, more, more_length);
  sha1_digest(&s, digest);
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
