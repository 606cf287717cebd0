/* The cells of a table's record. */
#ifndef HACKLE_CELLS_H
#define HACKLE_CELLS_H

#include "table.h"

typedef struct {
  const u8 *p, *end, *last; /* `last`: the last end of line within quotes, but the first */
  u8 *out;
  i64 lines; /* ends of line within quotes */
  u8 delimiter;
  bool odd, not_ascii; /* `odd`: what a plain record has not */
} Scan;

/* The cells of the record at `s->p`; then `s->p` is at its end of line. False: a quote is not closed. */
INTERNAL bool cell_find_all(Table *t, Scan *s);

#endif
