/* Amounts as people write them: `1.234,56`. */
#ifndef HACKLE_AMOUNT_H
#define HACKLE_AMOUNT_H

#include "base.h"

#define AMOUNT_BYTES 64
typedef struct { u8 decimal, thousands; } AmountSigns; /* `thousands` 0: none of ASCII */

/* The same number as `1234.56`, in AMOUNT_BYTES. False: it is not written so. */
INTERNAL bool amount_plain(const u8 *text, i64 length, AmountSigns signs, u8 *out, i64 *size);

#endif
