#include "sha256.h"
#include <string.h>

static const u32 sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const u32 sha256_initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

INLINE u32 sha256_rotated(u32 x, int n) { return x >> n | x << (32 - n); }

static u32 sha256_word(const u8 *p) { return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3]; }

/* Sums are modulo 2^32, as the standard has them. */
static void sha256_block(u32 state[8], const u8 *p) {
  u32 w[64], s[8];
  for (int i = 0; i < 16; i++) w[i] = sha256_word(p + 4 * i);
  for (int i = 16; i < 64; i++) {
    u32 a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + (sha256_rotated(a, 7) ^ sha256_rotated(a, 18) ^ a >> 3) + w[i - 7] +
           (sha256_rotated(b, 17) ^ sha256_rotated(b, 19) ^ b >> 10);
  }
  memcpy(s, state, sizeof s);
  for (int i = 0; i < 64; i++) {
    u32 one = s[7] + (sha256_rotated(s[4], 6) ^ sha256_rotated(s[4], 11) ^ sha256_rotated(s[4], 25)) +
              ((s[4] & s[5]) ^ (~s[4] & s[6])) + sha256_constants[i] + w[i];
    u32 other = (sha256_rotated(s[0], 2) ^ sha256_rotated(s[0], 13) ^ sha256_rotated(s[0], 22)) +
                ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += one;
    s[0] = one + other;
  }
  for (int i = 0; i < 8; i++) state[i] += s[i];
}

/* The rest of a text of which `before` bytes were taken. */
static void sha256_finish(u32 state[8], const u8 *p, size_t length, size_t before, u8 out[SHA256_BYTES]) {
  u8 last[2 * SHA256_BLOCK] = {0};
  u64 bits = (u64)(before + length) * 8;
  for (; length >= SHA256_BLOCK; length -= SHA256_BLOCK, p += SHA256_BLOCK) sha256_block(state, p);
  memcpy(last, p, length);
  last[length] = 0x80;
  size_t size = length < SHA256_BLOCK - 8 ? SHA256_BLOCK : 2 * SHA256_BLOCK;
  for (int i = 0; i < 8; i++) last[size - 1 - (size_t)i] = (u8)(bits >> 8 * i);
  for (size_t at = 0; at < size; at += SHA256_BLOCK) sha256_block(state, last + at);
  for (int i = 0; i < SHA256_BYTES; i++) out[i] = (u8)(state[i / 4] >> (24 - 8 * (i % 4)));
}

INTERNAL void hmac_key(HmacKey *k, const u8 *key, size_t length) {
  u8 block[SHA256_BLOCK] = {0};
  memcpy(k->inner, sha256_initial, sizeof k->inner);
  if (length > SHA256_BLOCK) sha256_finish(k->inner, key, length, 0, block);
  else memcpy(block, key, length);
  memcpy(k->inner, sha256_initial, sizeof k->inner);
  memcpy(k->outer, sha256_initial, sizeof k->outer);
  for (int i = 0; i < SHA256_BLOCK; i++) block[i] ^= 0x36;
  sha256_block(k->inner, block);
  for (int i = 0; i < SHA256_BLOCK; i++) block[i] ^= 0x36 ^ 0x5c;
  sha256_block(k->outer, block);
}

INTERNAL void hmac_sha256(const HmacKey *k, const u8 *text, size_t length, u8 out[SHA256_BYTES]) {
  u32 state[8];
  u8 digest[SHA256_BYTES];
  memcpy(state, k->inner, sizeof state);
  sha256_finish(state, text, length, SHA256_BLOCK, digest);
  memcpy(state, k->outer, sizeof state);
  sha256_finish(state, digest, sizeof digest, SHA256_BLOCK, out);
}
