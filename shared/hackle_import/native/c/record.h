/* The single pass over a record: everything is checked, what the plan wants is found, and a map that begins with an
   object's entries is written at once. Every function gives NULL or false where the record is not plain. */
#ifndef HACKLE_RECORD_H
#define HACKLE_RECORD_H

#include "rows.h"

/* `p` at the value of a node. `stamp` is that of the record, or of a pivot's element. */
INTERNAL const u8 *record_node(Decoder *d, i64 number, const u8 *p, i64 depth, u64 stamp);

/* The record at `p`, whose line ends before `line_end`: what becomes of it. */
INTERNAL RowFate record_decode(Decoder *d, const u8 *p, const u8 *line_end, const u8 *raw, i64 raw_length, i64 line);

#endif
