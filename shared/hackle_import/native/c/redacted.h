/* What `[privacy]` leaves of a record, as `decode/privacy.py` writes it: ids are made of that where there is no key. */
#ifndef HACKLE_REDACTED_H
#define HACKLE_REDACTED_H

#include "decoder.h"

/* Of the record under way, which was dropped as `raw`; it stays until a text is joined. NULL: the record is Python's, also
   where `raw` has blanks that the record under way was written without. */
INTERNAL const u8 *redacted_record(Decoder *d, const u8 *raw, i64 raw_length, i64 *length);

#endif
