/* Rows: room for one, the rest of its maps, its end. */
#ifndef HACKLE_ROWS_H
#define HACKLE_ROWS_H

#include "decoder.h"

/* Whether all columns have room for whatever a record of this length may become. A value comes from the record or the
   plan, and goes into a map at most once a part; nothing gets longer on its way, but for ids, which are UUIDs, and for
   names of operating systems: `largest` counts them. */
INTERNAL bool row_has_room(const Decoder *d, i64 length);

INTERNAL void row_begin(Decoder *d);

/* What was found becomes a row. `raw` is what was dropped. */
INTERNAL bool row_finish(Decoder *d, const u8 *raw, i64 raw_length, i64 line);

/* A row stands: its notes count. */
INTERNAL void row_note(Decoder *d);

/* A row does not stand: what it left in the columns is taken back. */
INTERNAL void row_undo(Decoder *d);

#endif
