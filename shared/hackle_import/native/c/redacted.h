/* What `[privacy]` leaves of a record, as `decode/privacy.py` writes it: ids are made of that where there is no key. */
#ifndef HACKLE_REDACTED_H
#define HACKLE_REDACTED_H

#include "decoder.h"

/* Of the record under way, which was dropped as `raw`; it stays until a text is joined, or the next row. NULL: the record is
   Python's, also where `raw` has blanks that the record under way was written without. */
INTERNAL const u8 *redacted_record(Decoder *d, const u8 *raw, i64 raw_length, i64 *length);

/* The object at `p`, which `d->within` is to be asked of, without what may not stay: a value that is taken as it is. It stays
   until the row is done; `*after` is where the object ends. NULL: the record is Python's. */
INTERNAL const u8 *redacted_within(Decoder *d, const u8 *p, i64 depth, const u8 **after);

/* The JSON of a cell, at `p`, which `act` is asked of; it goes to `*out`. False: the record is Python's. */
INTERNAL bool redacted_cell(Decoder *d, i64 act, const u8 *p, u8 **out);

#endif
