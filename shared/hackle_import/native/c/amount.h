/* Amounts as people write them: `1.234,56`. */
#ifndef HACKLE_AMOUNT_H
#define HACKLE_AMOUNT_H

#include "plan.h"

#define AMOUNT_BYTES 64
typedef struct { u8 decimal, thousands; } AmountSigns; /* `thousands` 0: none of ASCII */

/* The same number as `1234.56`, in AMOUNT_BYTES. False: it is not written so. */
INTERNAL bool amount_plain(const u8 *text, i64 length, AmountSigns signs, u8 *out, i64 *size);

typedef enum { AMOUNT_READ, AMOUNT_NONE, AMOUNT_UNSURE } AmountFound;

/* The same number as JSON writes it, in AMOUNT_BYTES, longer by a byte at most. AMOUNT_NONE: it certainly is no number;
   AMOUNT_UNSURE: Python is to say. As `decode/numbers.py` has it. */
INTERNAL AmountFound amount_read(const Plan *p, const PlanNumber *n, const u8 *text, i64 length, u8 *out, i64 *size);

#endif
