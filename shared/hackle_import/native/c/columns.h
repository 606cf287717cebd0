/* Columns under way, and what holds them: texts one after the other, numbers, maps. */
#ifndef COLUMNS_H
#define COLUMNS_H
#include "arrow.h"
#include "keys.h"
#include <limits.h>

typedef struct { /* texts one after the other */
  u8 *bytes;
  i32 *ends; /* ends[i] is where text i begins, ends[i + 1] where it ends */
  i32 used, count;
  i64 capacity, most; /* in bytes, and in texts */
} texts;

/* Space for PADDING more than `bytes`. */
static bool texts_init(texts *t, i64 bytes, i64 count) {
  if (bytes > INT32_MAX - PADDING) bytes = INT32_MAX - PADDING;
  if (count > INT32_MAX - 1) count = INT32_MAX - 1;
  *t = (texts){.capacity = bytes, .most = count};
  t->bytes = malloc((size_t)bytes + PADDING);
  t->ends = malloc(((size_t)count + 1) * sizeof(i32));
  return t->bytes && t->ends;
}

static void texts_free(texts *t) {
  free(t->bytes);
  free(t->ends);
  *t = (texts){0};
}

INLINE void texts_clear(texts *t) { t->used = t->count = t->ends[0] = 0; }

INLINE bool texts_room(const texts *t, i64 bytes, i64 count) {
  return t->used + bytes <= t->capacity && t->count + count <= t->most;
}

INLINE u8 *texts_tail(const texts *t) { return t->bytes + t->used; }

INLINE void texts_add(texts *t, const u8 *end) {
  t->used = (i32)(end - t->bytes);
  t->ends[++t->count] = t->used;
}

INLINE void texts_cut(texts *t, i32 count) {
  t->count = count;
  t->used = t->ends[count];
}

/* Another text in the place of text `number`; it must be outside, and there must be room for it. */
static void texts_replace(texts *t, i32 number, const u8 *text, i32 length) {
  u8 *begin = t->bytes + t->ends[number], *after = t->bytes + t->ends[number + 1];
  i32 more = length - (i32)(after - begin);
  if (more) memmove(after + more, after, (size_t)(t->bytes + t->used - after));
  memcpy(begin, text, (size_t)length);
  if (!more) return;
  for (i32 i = number + 1; i <= t->count; i++) t->ends[i] += more;
  t->used += more;
}

typedef struct {
  texts values;
  i32 *key, *starts; /* starts[row]: its first entry */
  keys keys;
  u64 row_stamp; /* keys seen since then are this row's */
  i32 members;   /* of this row, whatever became of them */
} map;

typedef struct { i32 *start, *length, *line, count; } records;

static bool records_init(records *r, i64 rows) {
  size_t bytes = (size_t)rows * sizeof(i32);
  *r = (records){malloc(bytes), malloc(bytes), malloc(bytes), 0};
  return r->start && r->length && r->line;
}

static void records_free(records *r) {
  free(r->start);
  free(r->length);
  free(r->line);
  *r = (records){0};
}

INLINE void records_add(records *r, i64 start, i64 length, i64 line) {
  r->start[r->count] = (i32)start;
  r->length[r->count] = (i32)length;
  r->line[r->count++] = (i32)line;
}

/* ---- handing over ---- */

static bool give_texts(struct ArrowArray *array, i64 rows, const texts *t) {
  return array_init(array, rows, 3, 0) && give(array, 1, t->ends, ((size_t)rows + 1) * sizeof(i32)) &&
         give(array, 2, t->bytes, (size_t)t->used);
}

static bool give_numbers(struct ArrowArray *array, const void *numbers, i64 count, size_t bytes) {
  return array_init(array, count, 2, 0) && give(array, 1, numbers, (size_t)count * bytes);
}

/* Those of `count` keys, named by `used`. */
static bool give_dictionary(struct ArrowArray *array, const keys *k, const i32 *used, i32 count) {
  i64 bytes = 0;
  for (i32 i = 0; i < count; i++) bytes += k->lengths[used[i]];
  texts t;
  bool given = texts_init(&t, bytes, count);
  if (given) {
    texts_clear(&t);
    for (i32 i = 0; i < count; i++) {
      u8 *to = texts_tail(&t);
      memcpy(to, key_text(k, used[i]), k->lengths[used[i]]);
      texts_add(&t, to + k->lengths[used[i]]);
    }
    given = give_texts(array, count, &t);
  }
  texts_free(&t);
  return given;
}

/* Keys as places in a dictionary of those that there are, in the order of their first appearance. */
static bool give_keys(struct ArrowArray *array, map *m) {
  i32 used[MAX_KEYS], place[MAX_KEYS], count = 0;
  memset(place, -1, sizeof place);
  for (i32 i = 0; i < m->values.count; i++) {
    i32 *to = &place[m->key[i]];
    if (UNLIKELY(*to < 0)) used[*to = count++] = m->key[i];
    m->key[i] = *to;
  }
  if (!give_numbers(array, m->key, m->values.count, sizeof(i32))) return false;
  array->dictionary = calloc(1, sizeof *array);
  return array->dictionary && give_dictionary(array->dictionary, &m->keys, used, count);
}

static bool give_map(struct ArrowArray *array, map *m, i64 rows) {
  if (!array_init(array, rows, 2, 1) || !give(array, 1, m->starts, ((size_t)rows + 1) * sizeof(i32))) return false;
  struct ArrowArray *entries = array->children[0];
  i64 count = m->values.count;
  return array_init(entries, count, 1, 2) && give_keys(entries->children[0], m) &&
         give_texts(entries->children[1], count, &m->values);
}

static bool give_records(struct ArrowArray *array, const records *r) {
  return give_numbers(array, r->start, r->count, sizeof(i32)) && give_numbers(array + 1, r->length, r->count, sizeof(i32)) &&
         give_numbers(array + 2, r->line, r->count, sizeof(i32));
}
#endif
