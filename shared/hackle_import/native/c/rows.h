/* Rows: room for one, the rest of its maps, its end. */
#ifndef HACKLE_ROWS_H
#define HACKLE_ROWS_H

#include "decoder.h"

/* Whether all columns have room for whatever a record of this length may become. A value comes from the record or the
   plan, and goes into a map at most once a part; nothing gets longer on its way, but for ids, which are UUIDs, and for
   names of operating systems: `largest` counts them. Of what Python said, the room is looked for when it did. */
INTERNAL bool row_has_room(const Decoder *d, i64 length);

INTERNAL void row_begin(Decoder *d);

typedef enum {
  ROW_ODD,
  ROW_PLAIN,
  ROW_LEFT_OUT
} RowFate; /* for Python; in the columns; the mapping does not keep it */

/* What was found becomes a row. `raw` is what was dropped. */
INTERNAL RowFate row_finish(Decoder *d, const u8 *raw, i64 raw_length, i64 line);

/* The row at `start` of the text is done with: it stands, and its notes count, or what it left in the columns is taken
   back; one that is Python's is listed. */
INTERNAL void row_end(Decoder *d, RowFate fate, i64 start, i64 length, i64 line);

#endif
