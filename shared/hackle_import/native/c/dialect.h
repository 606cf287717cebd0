/* The cells of a table that is not as RFC 4180 has it. */
#ifndef HACKLE_DIALECT_H
#define HACKLE_DIALECT_H

#include "cells.h"

/* As `cell_find_all`, whose output is begun; `found`: whether all cells are closed. A scan goes in and comes out as a value,
   so that those of plain tables stay in registers. */
INTERNAL NOINLINE Scan dialect_find_all(Table *t, Scan s);

/* The quoted cell at `s.p`, if its quote is closed in front of a delimiter or the end of its line: `found`. If not, nothing
   else is changed: the quote is text. */
INTERNAL NOINLINE Scan dialect_lax(const Table *t, Scan s);

#endif
