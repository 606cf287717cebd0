#include "fields.h"
#include <stdlib.h>

INTERNAL Fields *fields_new(u64 seed) {
  Fields *f = calloc(1, sizeof *f);
  if (f) f->seed = seed;
  return f;
}

INLINE bool field_is(const Fields *f, i64 number, i64 parent, const u8 *name, i64 length, u64 a, u64 b) {
  const Field *one = &f->all[number];
  return f->a[number] == a && f->b[number] == b && one->length == length && one->parent == parent &&
         (LIKELY(length <= BLOCK) || !memcmp(one->name, name, (size_t)length));
}

/* A new field's number, FIELDS where there is no room. */
static i64 field_add(Fields *f, i64 parent, const u8 *name, i64 length, u64 a, u64 b) {
  if (f->count == FIELDS) {
    f->more = 1;
    return FIELDS;
  }
  Field *one = &f->all[f->count];
  one->parent = parent;
  one->length = length;
  memcpy(one->name, name, (size_t)length);
  f->a[f->count] = a;
  f->b[f->count] = b;
  return f->count++;
}

/* FIELDS of one that is new, unless it `adds` it. */
static i64 field_number(Fields *f, i64 parent, const u8 *name, i64 length, bool adds) {
  u64 a, b;
  hash_words(f->seed, name, (u32)length, &a, &b);
  if (f->guess < f->count && field_is(f, f->guess, parent, name, length, a, b)) return f->guess;
  u32 place = (u32)hash_mixed(a ^ f->seed ^ (u64)length, b ^ (u64)parent ^ 0xA0761D6478BD642Full);
  for (;; place++) {
    i32 *slot = &f->slots[place & (FIELD_SLOTS - 1)];
    if (!*slot) {
      i64 number = !adds ? FIELDS : field_add(f, parent, name, length, a, b);
      if (number < FIELDS) *slot = (i32)number + 1;
      return number;
    }
    if (field_is(f, *slot - 1, parent, name, length, a, b)) return *slot - 1;
  }
}

INTERNAL void fields_meet(Fields *f, i64 parent, const u8 *name, i64 length, u64 stamp) {
  if (length > FIELD_BYTES) {
    f->more = 1;
    return;
  }
  i64 number = field_number(f, parent, name, length, true);
  if (number == FIELDS || f->seen[number] == stamp) return;
  f->seen[number] = stamp;
  f->all[number].rows++;
  f->row[f->row_count++] = (i32)number;
  f->guess = number + 1 == f->count ? 0 : number + 1;
}

INTERNAL void fields_forget(Fields *f, i64 parent, const u8 *name, i64 length, u64 stamp) {
  i64 number = length > FIELD_BYTES ? FIELDS : field_number(f, parent, name, length, false);
  if (number == FIELDS || f->seen[number] != stamp) return;
  i64 place = 0;
  while (f->row[place] != number) place++;
  f->row[place] = f->row[--f->row_count];
  f->all[number].rows--;
  f->seen[number] = 0;
}

INTERNAL void fields_undo(Fields *f) {
  while (f->row_count) f->all[f->row[--f->row_count]].rows--;
}
