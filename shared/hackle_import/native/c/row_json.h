/* A table's row as the JSON record that Python makes of it, `decode/table.py`, without what `[privacy]` drops: ids are made of
   that where there is no key. */
#ifndef HACKLE_ROW_JSON_H
#define HACKLE_ROW_JSON_H

#include "table.h"

/* Of the row under way; it stays until the next. NULL: the row is Python's. */
INTERNAL const u8 *row_json(Decoder *d, const Table *t, i64 *length);

#endif
