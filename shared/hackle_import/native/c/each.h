/* Records that hold a list, each element of which is a row: the element with what the record has beside the list, written
   as `reading/each.py` writes it, and decoded as a record is. A row that is not plain is Python's, by its place in the list;
   a whole record is where a name stands twice beside the list, where it or an element is no list or object of JSON, and
   where an element has a field `record` of its own. */
#ifndef HACKLE_EACH_H
#define HACKLE_EACH_H

#include "record.h"

/* A record as it was dropped: what is decoded lies from `p` to `line_end`; `raw` is it, too, or differs from it in white
   space. `start`, `length` and `line` are its place in the text, `number` that in the drop; `odd`: it is Python's. */
typedef struct {
  const u8 *p, *line_end, *raw;
  i64 start, length, line, number;
  bool odd;
} RawRecord;

/* The record becomes its row or its rows, or what is Python's of it is listed. False: the rows of the text are
   EACH_BYTES; `each.done` of the record's were taken. */
INTERNAL bool record_take(Decoder *d, const RawRecord *r);

#endif
