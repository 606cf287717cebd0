/* Columns under way, and what holds them: texts one after the other, maps, places of records. */
#ifndef HACKLE_COLUMNS_H
#define HACKLE_COLUMNS_H

#include "arrow.h"
#include "keys.h"

typedef struct { /* texts one after the other */
  u8 *bytes;
  i32 *ends; /* ends[i] is where text i begins, ends[i + 1] where it ends */
  i32 used, count;
  i64 capacity, most; /* in bytes, and in texts */
} Texts;

typedef struct {
  Texts values;
  i32 *key, *starts; /* starts[row]: its first entry */
  Keys keys;
  u64 row_stamp;            /* keys seen since then are this row's */
  i32 members;              /* of this row, whatever became of them */
  i64 parts, named, beside; /* of a row at most: spreads and pivots, named entries, bytes beside those of the record */
  i64 max_characters;       /* of a value */
} Map;

/* `place`: in the list of its record, of a row that is one of several, else NONE. */
typedef struct { i32 *start, *length, *line, *place, count; } Records;

/* Space for PADDING more than `bytes`. */
INTERNAL bool texts_init(Texts *t, i64 bytes, i64 count);

INTERNAL void texts_free(Texts *t);

/* Another text in the place of text `number`; it must be outside, and there must be room for it. */
INTERNAL void texts_replace(Texts *t, i32 number, const u8 *text, i32 length);

INLINE void texts_clear(Texts *t) { t->used = t->count = t->ends[0] = 0; }

INLINE bool texts_room(const Texts *t, i64 bytes, i64 count) {
  return t->used + bytes <= t->capacity && t->count + count <= t->most;
}

INLINE u8 *texts_tail(const Texts *t) { return t->bytes + t->used; }

INLINE void texts_add(Texts *t, const u8 *end) {
  t->used = (i32)(end - t->bytes);
  t->ends[++t->count] = t->used;
}

INLINE void texts_cut(Texts *t, i32 count) {
  t->count = count;
  t->used = t->ends[count];
}

INTERNAL bool records_init(Records *r, i64 rows);

INTERNAL void records_free(Records *r);

INLINE void records_add(Records *r, i64 start, i64 length, i64 line, i64 place) {
  r->start[r->count] = (i32)start;
  r->length[r->count] = (i32)length;
  r->line[r->count] = (i32)line;
  r->place[r->count++] = (i32)place;
}

/* Each gives a column away. False: no memory. */
INTERNAL bool texts_give(struct ArrowArray *array, i64 rows, const Texts *t);

INTERNAL bool map_give(struct ArrowArray *array, Map *m, i64 rows);

/* Four columns. */
INTERNAL bool records_give(struct ArrowArray *array, const Records *r);

#endif
