#include "hmac.h"
#include <string.h>

INTERNAL HmacKey hmac_key(DigestBlocks blocks, const u8 *key, size_t length) {
  HmacKey k = {sha256_begin(blocks), sha256_begin(blocks)};
  u8 block[DIGEST_BLOCK] = {0};
  if (length > DIGEST_BLOCK) {
    Digest s = sha256_begin(blocks);
    digest_add(&s, key, length);
    digest_end(&s, block);
  } else {
    memcpy(block, key, length);
  }
  for (int i = 0; i < DIGEST_BLOCK; i++) block[i] ^= 0x36;
  digest_add(&k.inner, block, sizeof block);
  for (int i = 0; i < DIGEST_BLOCK; i++) block[i] ^= 0x36 ^ 0x5c;
  digest_add(&k.outer, block, sizeof block);
  return k;
}

INTERNAL void hmac_end(const HmacKey *k, Digest *s, u8 out[SHA256_BYTES]) {
  u8 digest[SHA256_BYTES];
  digest_end(s, digest);
  *s = k->outer;
  digest_add(s, digest, sizeof digest);
  digest_end(s, out);
}
