#include "columns.h"
#include <limits.h>
#include <stdlib.h>

INTERNAL bool texts_init(Texts *t, i64 bytes, i64 count) {
  if (bytes > INT32_MAX - PADDING) bytes = INT32_MAX - PADDING;
  if (count > INT32_MAX - 1) count = INT32_MAX - 1;
  *t = (Texts){.capacity = bytes, .most = count};
  t->bytes = malloc((size_t)bytes + PADDING);
  t->ends = malloc(((size_t)count + 1) * sizeof(i32));
  return t->bytes && t->ends;
}

INTERNAL void texts_free(Texts *t) {
  free(t->bytes);
  free(t->ends);
  *t = (Texts){0};
}

INTERNAL void texts_replace(Texts *t, i32 number, const u8 *text, i32 length) {
  u8 *begin = t->bytes + t->ends[number], *after = t->bytes + t->ends[number + 1];
  i32 more = length - (i32)(after - begin);
  if (more) memmove(after + more, after, (size_t)(t->bytes + t->used - after));
  memcpy(begin, text, (size_t)length);
  if (!more) return;
  for (i32 i = number + 1; i <= t->count; i++) t->ends[i] += more;
  t->used += more;
}

INTERNAL bool records_init(Records *r, i64 rows) {
  size_t bytes = (size_t)rows * sizeof(i32);
  *r = (Records){malloc(bytes), malloc(bytes), malloc(bytes), malloc(bytes), 0};
  return r->start && r->length && r->line && r->place;
}

INTERNAL void records_free(Records *r) {
  free(r->start);
  free(r->length);
  free(r->line);
  free(r->place);
  *r = (Records){0};
}

INTERNAL bool texts_give(struct ArrowArray *array, i64 rows, const Texts *t) {
  return arrow_init(array, rows, 3, 0) && arrow_give(array, 1, t->ends, ((size_t)rows + 1) * sizeof(i32)) &&
         arrow_give(array, 2, t->bytes, (size_t)t->used);
}

/* Those of `count` keys, named by `used`. */
static bool map_give_dictionary(struct ArrowArray *array, const Keys *k, const i32 *used, i32 count) {
  i64 bytes = 0;
  for (i32 i = 0; i < count; i++) bytes += k->lengths[used[i]];
  Texts t;
  bool given = texts_init(&t, bytes, count);
  if (given) {
    texts_clear(&t);
    for (i32 i = 0; i < count; i++) {
      u8 *to = texts_tail(&t);
      memcpy(to, keys_text(k, used[i]), k->lengths[used[i]]);
      texts_add(&t, to + k->lengths[used[i]]);
    }
    given = texts_give(array, count, &t);
  }
  texts_free(&t);
  return given;
}

/* Keys as places in a dictionary of those that there are, in the order of their first appearance. */
static bool map_give_keys(struct ArrowArray *array, Map *m) {
  i32 used[MAX_KEYS], place[MAX_KEYS], count = 0;
  memset(place, -1, sizeof place);
  for (i32 i = 0; i < m->values.count; i++) {
    i32 *to = &place[m->key[i]];
    if (UNLIKELY(*to < 0)) {
      *to = count++;
      used[*to] = m->key[i];
    }
    m->key[i] = *to;
  }
  if (!arrow_give_numbers(array, m->key, m->values.count, sizeof(i32))) return false;
  array->dictionary = calloc(1, sizeof *array);
  return array->dictionary && map_give_dictionary(array->dictionary, &m->keys, used, count);
}

INTERNAL bool map_give(struct ArrowArray *array, Map *m, i64 rows) {
  if (!arrow_init(array, rows, 2, 1) || !arrow_give(array, 1, m->starts, ((size_t)rows + 1) * sizeof(i32)))
    return false;
  struct ArrowArray *entries = array->children[0];
  i64 count = m->values.count;
  return arrow_init(entries, count, 1, 2) && map_give_keys(entries->children[0], m) &&
         texts_give(entries->children[1], count, &m->values);
}

INTERNAL bool records_give(struct ArrowArray *array, const Records *r) {
  return arrow_give_numbers(array, r->start, r->count, sizeof(i32)) &&
         arrow_give_numbers(array + 1, r->length, r->count, sizeof(i32)) &&
         arrow_give_numbers(array + 2, r->line, r->count, sizeof(i32)) &&
         arrow_give_numbers(array + 3, r->place, r->count, sizeof(i32));
}
