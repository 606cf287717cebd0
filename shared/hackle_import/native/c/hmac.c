#include "hmac.h"
#include <string.h>

INTERNAL HmacKey hmac_key(Sha256Blocks blocks, const u8 *key, size_t length) {
  HmacKey k = {sha256_begin(blocks), sha256_begin(blocks)};
  u8 block[SHA256_BLOCK] = {0};
  if (length > SHA256_BLOCK) {
    Sha256 s = sha256_begin(blocks);
    sha256_add(&s, key, length);
    sha256_end(&s, block);
  } else {
    memcpy(block, key, length);
  }
  for (int i = 0; i < SHA256_BLOCK; i++) block[i] ^= 0x36;
  sha256_add(&k.inner, block, sizeof block);
  for (int i = 0; i < SHA256_BLOCK; i++) block[i] ^= 0x36 ^ 0x5c;
  sha256_add(&k.outer, block, sizeof block);
  return k;
}

INTERNAL void hmac_end(const HmacKey *k, Sha256 *s, u8 out[SHA256_BYTES]) {
  u8 digest[SHA256_BYTES];
  sha256_end(s, digest);
  *s = k->outer;
  sha256_add(s, digest, sizeof digest);
  sha256_end(s, out);
}
