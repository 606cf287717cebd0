/* Lines of NDJSON. */
#ifndef HACKLE_LINES_H
#define HACKLE_LINES_H

#include "decoder.h"

/* In: the number of the first line, and how long one may be. Out: how many were decoded, and how much of the text that
   is: all of it, or MOST_RECORDS lines, or, where there is `more`, as are EACH_BYTES of rows. `done`, in and out: how
   many rows were made of the record there. */
typedef struct { i64 first, max_bytes, count, at, done, more; } Lines;

INTERNAL bool line_is_blank(const u8 *p, const u8 *end);

/* `head`, and the text that goes on with it. The line that is begun in the one and ended in the other is copied, and so are
   the last ones, so that a block may be read at their end, too. */
INTERNAL void lines_decode(Decoder *d, const u8 *head, i64 head_size, const u8 *text, i64 size, Lines *n);

#endif
