/* Fields of records that the plan has no node for, on the first two levels, and the plain rows that they were in, not as
   null; of a sample of a drop's records, which is the first ones and then one of so many, by their numbers. What does not
   fit here is not counted, only that there is more. */
#ifndef HACKLE_FIELDS_H
#define HACKLE_FIELDS_H

#include "hash.h"

#define FIELDS 500 /* more names than that are values that became keys */
#define FIELD_BYTES 128
#define FIELD_SLOTS 2048
#define FIELD_LEVELS 2
#define FIELDS_ALL_OF 500
#define FIELDS_ONE_OF 32

typedef struct { /* `parent`: the node whose object it is in */
  i64 parent, rows, length;
  u8 name[FIELD_BYTES];
} Field;
typedef struct {
  Field all[FIELDS];
  u64 a[FIELDS], b[FIELDS], seen[FIELDS]; /* the name as words; the row that it was last met in */
  i32 slots[FIELD_SLOTS], row[FIELDS];    /* numbers of fields, 0 where there is none; those of the row under way */
  i64 count, row_count, more, guess;      /* `guess`: the next, since records mostly have one order */
  i64 rows;                               /* that were looked at, and stand */
  bool looks;                             /* at the row under way */
  u64 seed;
} Fields;

/* NULL: no memory. */
INTERNAL Fields *fields_new(u64 seed);

/* A row begins, which is the record of that number of its drop. */
INLINE void fields_begin(Fields *f, i64 number) { f->looks = number <= FIELDS_ALL_OF || number % FIELDS_ONE_OF == 0; }

/* A field with a value, in the object of a node; a block is readable at `name`. */
INTERNAL void fields_meet(Fields *f, i64 parent, const u8 *name, i64 length, u64 stamp);

/* The same name again, with null: the last value counts. */
INTERNAL void fields_forget(Fields *f, i64 parent, const u8 *name, i64 length, u64 stamp);

/* The row stands, or it does not. */
INLINE void fields_keep(Fields *f) {
  f->row_count = 0;
  f->rows += f->looks;
}
INTERNAL void fields_undo(Fields *f);

#endif
