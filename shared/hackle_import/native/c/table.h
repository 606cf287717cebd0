/* Rows of CSV and TSV. First the cells of a record are found, as `records/table.py` and Python's csv have them, each
   copied between quotes; then they are what names of an object are to a JSON record: values for slots, entries of maps,
   or a map as JSON. */
#ifndef TABLE_H
#define TABLE_H
#include "record.h"

typedef struct { i64 slot, map, key_place, key_length, object; } column; /* NONE where a column is nothing of the kind */
typedef struct { u8 *begin, *end; } cell; /* between the quotes */

typedef struct {
  i64 *numbers; /* that the following point into */
  const column *columns;
  const words *nulls; /* texts of cells that are missing */
  i64 count, null_count, entries[MAPS]; /* columns that are entries, a map */
  i32 *keys;
  cell *found;
  u8 *cells;
  i64 capacity; /* of cells, for records in bytes */
  u8 delimiter;
} table;

/* `numbers`: the delimiter, then columns and nulls, each after their count. */
static bool table_init(table *t, const i64 *numbers, i64 count) {
  t->numbers = malloc((size_t)count * sizeof(i64));
  if (!t->numbers) return false;
  memcpy(t->numbers, numbers, (size_t)count * sizeof(i64));
  const i64 *at = t->numbers + 1, *end = t->numbers + count;
  t->delimiter = (u8)t->numbers[0];
  t->columns = (const column *)(const void *)section(&at, end, sizeof(column) / sizeof(i64), &t->count);
  t->nulls = t->columns ? (const words *)(const void *)section(&at, end, sizeof(words) / sizeof(i64), &t->null_count) : NULL;
  t->keys = calloc((size_t)t->count + 1, sizeof *t->keys);
  t->found = calloc((size_t)t->count + 1, sizeof *t->found);
  return t->nulls && at == end && t->keys && t->found;
}

static void table_free(table *t) {
  free(t->numbers);
  free(t->keys);
  free(t->found);
  free(t->cells);
}

/* Cells are at most twice as long as the record: each gets two quotes, and has a delimiter or an end of line. */
static bool table_ready(decoder *d, table *t, i64 size) {
  if (!t->cells || size > t->capacity) {
    free(t->cells);
    t->cells = malloc((size_t)size * 2 + 2 * PADDING);
    t->capacity = size;
  }
  memset(t->entries, 0, sizeof t->entries);
  for (i64 i = 0; i < t->count; i++) {
    const column *c = &t->columns[i];
    if (c->map != NONE) t->entries[c->map] += !c->object;
    bool usual = c->map != NONE && !c->object && c->key_length <= KEY_BYTES;
    const u8 *text = d->plan.texts + c->key_place;
    t->keys[i] = usual ? key_number(&d->maps[c->map].keys, text, (u32)c->key_length) : NO_KEY;
  }
  return t->cells != NULL;
}

/* ---- finding cells ---- */

INLINE u64 either(block b, u8 one, u8 two, u8 three) { /* of three bytes, or NUL */
#if defined(__SSE2__)
  block first_two = _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8((char)one)), _mm_cmpeq_epi8(b, _mm_set1_epi8((char)two)));
  block rest = _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8((char)three)), _mm_cmpeq_epi8(b, _mm_setzero_si128()));
  return (u32)_mm_movemask_epi8(_mm_or_si128(first_two, rest));
#else
  block first_two = vorrq_u8(vceqq_u8(b, vdupq_n_u8(one)), vceqq_u8(b, vdupq_n_u8(two)));
  return lanes(vorrq_u8(first_two, vorrq_u8(vceqq_u8(b, vdupq_n_u8(three)), vceqq_u8(b, vdupq_n_u8(0)))));
#endif
}

typedef struct {
  const u8 *p, *end, *last; /* `last`: the last end of line within quotes, but the first */
  u8 *out;
  i64 lines;                /* ends of line within quotes */
  u8 delimiter;
  bool odd, not_ascii;      /* `odd`: what a plain record has not */
} scan;

INLINE void copy_to(scan *s, u8 one, u8 two, u8 three) {
  for (;;) {
    block b = load(s->p);
    u64 there = either(b, one, two, three), highs = high(b);
    u32 length = there ? first(there) : BLOCK;
    store(s->out, b);
    s->not_ascii = s->not_ascii || (there ? before(highs, length) : highs);
    s->p += length;
    s->out += length;
    if (there) return;
  }
}

INLINE bool ends(const scan *s) { return *s->p == s->delimiter || *s->p == '\n' || (*s->p == '\r' && s->p[1] == '\n'); }

/* After an opening quote, to the delimiter or the end of the line. False: the text ends before the closing quote. */
INLINE bool quoted_cell(scan *s) {
  for (;;) {
    copy_to(s, '"', '\n', '"');
    if (*s->p == '"' && s->p[1] != '"') break;
    if (s->p >= s->end) return false;
    if (*s->p == '\n' && s->lines++) s->last = s->p;
    s->odd = s->odd || *s->p == 0;
    s->p += *s->p == '"';
    *s->out++ = *s->p++;
  }
  for (s->p++; !ends(s); s->p++) s->odd = true;
  return true;
}

INLINE void bare_cell(scan *s) {
  for (;;) {
    copy_to(s, s->delimiter, '\n', '\r');
    if (ends(s)) return;
    s->odd = true;
    *s->out++ = *s->p++;
  }
}

/* The cells of the record at `s->p`; then `s->p` is at its end of line. False: a quote is not closed. */
static bool cells(table *t, scan *s) {
  s->out = t->cells;
  for (i64 number = 0;; number++) {
    *s->out++ = '"';
    u8 *begin = s->out;
    if (*s->p == '"') {
      s->p++;
      if (!quoted_cell(s)) return false;
    } else {
      bare_cell(s);
    }
    if (number < t->count) t->found[number] = (cell){begin, s->out};
    *s->out++ = '"';
    if (*s->p == s->delimiter) {
      s->p++;
      continue;
    }
    s->odd = s->odd || number + 1 != t->count;
    s->p += *s->p == '\r';
    return true;
  }
}

/* ---- cells -> a row ---- */

static bool is_missing(const decoder *d, const table *t, const cell *c) {
  for (i64 i = 0; i < t->null_count; i++)
    if (t->nulls[i].length == c->end - c->begin && !memcmp(text_of(&d->plan, t->nulls[i]), c->begin, (size_t)t->nulls[i].length))
      return true;
  return c->begin == c->end;
}

/* A column that is an entry of a map whose entries are columns. */
static bool put_cell(decoder *d, i64 number, i32 written, const cell *c, u64 part) {
  map *m = &d->maps[number];
  if (written == NO_KEY || ++m->members > MAX_MEMBERS) return false;
  key_state *s = &m->keys.state[m->keys.stands[written]];
  if (s->stamp >= d->row_stamp) return false; /* twice */
  s->entry = NO_KEY;
  s->stamp = part;
  if (s->flags & LEFT_OUT) return true;
  u8 *out = texts_tail(&m->values);
  copy(out, c->begin, (size_t)(c->end - c->begin));
  return entry_end(d, number, m->keys.stands[written], out + (c->end - c->begin));
}

/* A cell that holds a map as JSON. */
static bool put_object(decoder *d, i64 number, const cell *c) {
  *c->end = '\n'; /* instead of the quote */
  const u8 *p = space(c->begin);
  if (*p != '{') return false;
  p = spread_alone(d, number, p, 1);
  return p && space(p) == c->end;
}

static bool put_cells(decoder *d, const table *t) {
  u64 part = ++d->stamp;
  for (i64 i = 0; i < t->count; i++) {
    const column *c = &t->columns[i];
    const cell *f = &t->found[i];
    if ((c->slot == NONE && c->map == NONE) || is_missing(d, t, f)) continue;
    if (c->slot != NONE) d->slots[c->slot] = (span){.begin = f->begin - 1, .end = f->end + 1, .stamp = d->row_stamp};
    if (c->map == NONE) continue;
    if (!(c->object ? put_object(d, c->map, f) : put_cell(d, c->map, t->keys[i], f, part))) return false;
  }
  return true;
}

/* An entry that is a column may be shorter than one of an object. */
static bool table_has_room(const decoder *d, const table *t, i64 length) {
  for (int i = 0; i < MAPS; i++)
    if (!texts_room(&d->maps[i].values, 0, t->entries[i] + d->plan.maps[i].named_count)) return false;
  return has_room(d, length);
}

/* The record from `raw` on, whose cells were found: whether it is plain, and in the columns. */
static bool table_row(decoder *d, const table *t, const u8 *raw, i64 length, i64 line) {
  row_begin(d);
  return table_has_room(d, t, length) && put_cells(d, t) && row(d, raw, length, line);
}
#endif
