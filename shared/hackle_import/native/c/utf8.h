/* UTF-8, and the ASCII in it. */
#ifndef HACKLE_UTF8_H
#define HACKLE_UTF8_H

#include "base.h"

INLINE bool ascii_is_digit(u8 c) { return c >= '0' && c <= '9'; }

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
INTERNAL NOINLINE bool utf8_is_valid(const u8 *p, const u8 *end);

/* How many characters a valid text has. */
INTERNAL i64 utf8_characters(const u8 *p, const u8 *end);

/* Writes a code point, at most four bytes; the place after it. */
INTERNAL u8 *utf8_put(u8 *out, u32 c);

#endif
