/* Rows of CSV and TSV. First the cells of a record are found, as `reading/table.py` and Python's csv have them, each
   copied between quotes; then they are what names of an object are to a JSON record: values for slots, entries of maps,
   or JSON, which is a node's. */
#ifndef HACKLE_TABLE_H
#define HACKLE_TABLE_H

#include "decoder.h"

typedef struct {
  i64 slot, map, key_place, key_length, node, act;
} TableColumn; /* NONE where a column is nothing of the kind; `act`: what `[privacy]` asks for */
typedef struct { u8 *begin, *end; } Cell; /* between the quotes */

/* A cell of a row as JSON, in the order of the record: `names` are as many as its `depth`, as JSON with their colons, the first
   `shared` of which the leaf before has as well; `bytes` of them all, with brackets, commas and quotes. */
typedef struct { i64 column, names, depth, shared, bytes; } TableLeaf;

/* How cells are divided, quoted and escaped, as `reading/dialect.py` has it. `delimiter` and `comment`: up to seven bytes,
   the first one lowest; signs are bytes, 0 where there is none. `escapes`: what an escape in front of it stands for. */
enum { ESCAPES_QUOTES, ESCAPES_TEXT, ESCAPES_LONG };
typedef struct {
  i64 delimiter, comment, quote, escape, escape_quoted, escapes, lax, trim, pad, decimal, thousands;
} Dialect;

typedef struct Table {
  i64 *numbers; /* that the following point into */
  const Dialect *dialect;
  const TableColumn *columns;
  const PlanText *nulls; /* texts of cells that are missing */
  const PlanText *names;
  const TableLeaf *leaves; /* none: only Python makes a row's JSON */
  i64 name_count, leaf_count;
  i64 count, null_count, entries[MAPS]; /* columns that are entries, a map */
  i32 *keys;
  Cell *found;
  u8 *cells, *json; /* `json`: of a row */
  i64 capacity;     /* of cells, for records in bytes */
  u8 delimiter[8], comment[8];
  i64 delimiter_length, comment_length;
  u8 quote, escape, escape_quoted, unescaped[256]; /* 0: an escape in front of it is text */
  bool plain, lax, trim, pad;                      /* `plain`: as in RFC 4180, but for `lax` and the delimiter */
} Table;

/* In: the longest record, how many records to pass over. Out: how much of the text is whole records, on how many lines,
   whether a quote is opened there that is not closed within the limit, and whether there may be more: MOST_RECORDS lines
   were gone through. `begun`, in and out: lines of the record there that are done with, beside those. */
typedef struct { i64 max_bytes, skip, at, lines, unclosed, more, begun; } Rows;

/* Takes copies. `numbers`: the dialect, then columns, nulls, names and leaves, each after their count. */
INTERNAL PlanFault table_init(Table *t, const i64 *numbers, i64 count);

/* Whether all that a table says is in the plan that it is used with. */
INTERNAL bool table_fits(const Table *t, const Plan *p);

INTERNAL void table_free(Table *t);

/* Cells are at most twice as long as the record: each gets two quotes, and has a delimiter or an end of line. Of a row's JSON
   a byte of the record takes up to six, beside the leaves' names. */
INTERNAL bool table_ready(Decoder *d, Table *t, i64 size);

/* Whether a cell is one that stands for no value. */
INTERNAL bool cell_is_missing(const Decoder *d, const Table *t, const Cell *c);

/* All records that are whole, of a text in front of a padding, or those of MOST_RECORDS lines if there are more. */
INTERNAL void table_decode(Decoder *d, Table *t, const u8 *text, i64 size, i64 first, Rows *r);

#endif
