/* SHA-1: FIPS 180-4. With the processor's own instructions where it has them: an id made of a record's text costs a
   digest of the whole record. */
#ifndef HACKLE_SHA1_H
#define HACKLE_SHA1_H

#include "digest.h"

#define SHA1_BYTES 20

INTERNAL void sha1_plain(u32 *state, const u8 *p, size_t blocks);

/* The quickest way that this processor has. */
INTERNAL DigestBlocks sha1_best(void);

INTERNAL Digest sha1_begin(DigestBlocks blocks);

#endif
