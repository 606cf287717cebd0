#include "digest.h"
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

INTERNAL bool digest_has_instructions(void) {
  u32 a, b = 0, c = 0, d;
  bool sse = __get_cpuid(1, &a, &b, &c, &d) && (c >> 9 & 1) && (c >> 19 & 1); /* SSSE3, SSE4.1 */
  return sse && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1);
}

#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

INTERNAL bool digest_has_instructions(void) { return (getauxval(AT_HWCAP) >> 5 & 3) == 3; } /* HWCAP_SHA1 and _SHA2 */

#else
INTERNAL bool digest_has_instructions(void) { return false; }
#endif

INTERNAL void digest_add(Digest *s, const u8 *p, size_t length) {
  size_t held = s->length % DIGEST_BLOCK;
  s->length += length;
  if (held) {
    size_t taken = length < DIGEST_BLOCK - held ? length : DIGEST_BLOCK - held;
    if (taken) memcpy(s->held + held, p, taken);
    if (held + taken < DIGEST_BLOCK) return;
    s->blocks(s->state, s->held, 1);
    p += taken, length -= taken;
  }
  s->blocks(s->state, p, length / DIGEST_BLOCK);
  if (length % DIGEST_BLOCK) memcpy(s->held, p + length / DIGEST_BLOCK * DIGEST_BLOCK, length % DIGEST_BLOCK);
}

INTERNAL void digest_end(Digest *s, u8 *digest) {
  u64 bits = s->length * 8;
  u8 end[72] = {0x80};
  size_t padding = (119 - s->length % DIGEST_BLOCK) % DIGEST_BLOCK + 1;
  for (int i = 0; i < 8; i++) end[padding + (size_t)i] = (u8)(bits >> (56 - 8 * i));
  digest_add(s, end, padding + 8);
  for (int i = 0; i < 4 * s->words; i++) digest[i] = (u8)(s->state[i / 4] >> (24 - 8 * (i % 4)));
}
