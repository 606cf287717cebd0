/* NDJSON in Hackle's own field names -> Arrow columns.

   A record is *plain* when every rule on its maps is met as it is: valid JSON, no key twice, nothing above a limit, the
   required keys filled. Plain records become rows here; every other one is named in a list, and Python decodes it by the
   same rules that it applies where this library is missing. Here nothing is ever rejected, noted or repaired.

   Memory is safe by construction: the text is copied in front of a padding that ends with '\n', which stops every scan;
   what a record becomes is never longer than the record, so that outputs of the text's size cannot overflow; rows and
   entries have room for as many as the shortest ones that a text of that size can hold. */
#include "arrow.h"
#include "block.h"
#include "json.h"
#include "keys.h"

#define API __attribute__((visibility("default")))
#define SCALARS 4
#define MAPS 4
#define FIELDS (SCALARS + MAPS)
#define MAX_TEXT (1 << 30)
#define MAX_MEMBERS 1024 /* of a map; with more, Python decides */
#define MIN_ENTRY_BYTES 4 /* `"":1` */
#define MIN_ROW_BYTES 2   /* whatever is not blank, and the end of the line */

typedef struct {
  const char *name;
  u32 name_length;
  i32 max_entries, max_characters; /* of a map; of one of its values */
  const char *required[2];
} field;

static const field FIELD[FIELDS] = {
    {"insert_id", 9, 0, 0, {0}},
    {"event_key", 9, 0, 0, {0}},
    {"ts", 2, 0, 0, {0}},
    {"metric_value", 12, 0, 0, {0}},
    {"identifiers", 11, INT32_MAX, 512, {"id", "device_id"}},
    {"event_properties", 16, 64, 1024, {0}},
    {"user_properties", 15, 128, 1024, {0}},
    {"platform_properties", 19, INT32_MAX, 1024, {"osname", "appversion"}},
};

typedef struct { /* texts one after the other */
  u8 *bytes;
  i32 *ends; /* ends[i] is where text i begins, ends[i + 1] where it ends */
  i32 used, count;
} texts;

typedef struct {
  texts text;
  u8 *valid; /* a bit a row */
  i64 nulls;
} scalar;

typedef struct {
  texts values;
  i32 *key, *starts, capacity; /* starts[row]: its first entry; capacity: of entries */
  keys keys;
} map;

typedef struct { i32 *start, *length, *line, count; } records;

typedef struct {
  scalar scalars[SCALARS];
  map maps[MAPS];
  records plain, other;
  i32 *osname; /* the entry of `osname`, a row */
  u8 *text, *scratch;
  size_t capacity; /* of text, in bytes, that all of the above is large enough for */
  lower_fn lower;
  i32 max_depth;
  u32 row; /* ever begun, as a stamp on keys */
} decoder;

/* ---- columns ---- */

static bool texts_init(texts *t, size_t bytes, size_t count) {
  *t = (texts){.bytes = malloc(bytes + PADDING), .ends = malloc((count + 1) * sizeof(i32))};
  return t->bytes && t->ends;
}

static void texts_free(texts *t) {
  free(t->bytes);
  free(t->ends);
}

INLINE void texts_clear(texts *t) { t->used = t->count = t->ends[0] = 0; }

INLINE void texts_add(texts *t, const u8 *end) {
  t->used = (i32)(end - t->bytes);
  t->ends[++t->count] = t->used;
}

INLINE void texts_cut(texts *t, i32 count) {
  t->count = count;
  t->used = t->ends[count];
}

static bool records_init(records *r, size_t rows) {
  size_t bytes = rows * sizeof(i32);
  *r = (records){malloc(bytes), malloc(bytes), malloc(bytes), 0};
  return r->start && r->length && r->line;
}

INLINE void records_add(records *r, i32 start, i32 length, i32 line) {
  r->start[r->count] = start;
  r->length[r->count] = length;
  r->line[r->count++] = line;
}

/* ---- one record ---- */

static const u8 *scalar_value(scalar *column, i32 row, const u8 *p) {
  u8 *out = column->text.bytes + column->text.used;
  if (*p == 'n') {
    if (memcmp(p, "null", 4)) return NULL;
    return p + 4;
  }
  if (LIKELY(*p == '"')) {
    p = string(p + 1, &out);
  } else {
    const u8 *begin = p;
    p = number(p);
    if (!p || (p - begin == 2 && begin[0] == '-' && begin[1] == '0')) return NULL;
    copy(out, begin, (size_t)(p - begin));
    out += p - begin;
  }
  if (UNLIKELY(!p)) return NULL;
  column->text.used = (i32)(out - column->text.bytes);
  column->valid[row >> 3] |= (u8)(1 << (row & 7));
  return p;
}

static i32 characters(const u8 *p, const u8 *end) {
  i32 count = 0;
  for (; p < end; p++) count += (*p & 0xC0) != 0x80;
  return count;
}

/* The key at `p`, after its opening quote: its number, and `*after` its closing quote. */
INLINE i32 map_key(decoder *d, keys *k, const u8 *p, const u8 **after) {
  const u8 *end = plain_string(p), *text = p;
  i64 length;
  if (LIKELY(end != NULL)) {
    length = end - 1 - p;
  } else { /* escapes, or a fault */
    u8 *out = d->scratch;
    end = string(p, &out);
    if (!end) return NO_KEY;
    text = d->scratch;
    length = out - d->scratch;
  }
  *after = end;
  return UNLIKELY(length > KEY_BYTES) ? NO_KEY : key_number(k, text, (u32)length, d->lower);
}

/* An entry's value as text at `*out`; `*given` is false for null. */
INLINE const u8 *map_value(decoder *d, const u8 *p, u8 **out, bool *given) {
  *given = true;
  if (*p == '"') return string(p + 1, out);
  if (*p == '{' || *p == '[') return compact(p, out, 3, d->max_depth);
  *given = *p != 'n';
  if (*given) return compact_scalar(p, out);
  return memcmp(p, "null", 4) ? NULL : p + 4;
}

/* `p` at the column's value. Every required key must be there, with a text that is not empty. */
static const u8 *map_object(decoder *d, i32 number, const u8 *p) {
  const field *f = &FIELD[SCALARS + number];
  map *m = &d->maps[number];
  i32 first_entry = m->values.count, members = 0, filled = 0, wanted = f->required[0] ? 3 : 0;
  if (*p != '{') return memcmp(p, "null", 4) || wanted ? NULL : p + 4;
  p = space(p + 1);
  if (*p == '}') return wanted ? NULL : p + 1;
  for (;;) {
    if (UNLIKELY(*p != '"') || UNLIKELY(++members > MAX_MEMBERS)) return NULL;
    i32 key = map_key(d, &m->keys, p + 1, &p);
    if (UNLIKELY(key == NO_KEY) || UNLIKELY(m->keys.row[key] == d->row)) return NULL;
    m->keys.row[key] = d->row;
    p = space(p);
    if (UNLIKELY(*p != ':')) return NULL;
    u8 *begin = m->values.bytes + m->values.used, *out = begin;
    bool given;
    p = map_value(d, space(p + 1), &out, &given);
    if (UNLIKELY(!p)) return NULL;
    if (LIKELY(given)) {
      if (UNLIKELY(out - begin > f->max_characters) && characters(begin, out) > f->max_characters) return NULL;
      if (key < 2 && out > begin) filled |= 1 << key;
      if (key == 0 && number == MAPS - 1) d->osname[d->plain.count] = m->values.count;
      if (UNLIKELY(m->values.count == m->capacity)) return NULL;
      m->key[m->values.count] = key;
      texts_add(&m->values, out);
    }
    p = space(p);
    if (*p == '}') break;
    if (UNLIKELY(*p != ',')) return NULL;
    p = space(p + 1);
  }
  bool whole = (filled & wanted) == wanted && m->values.count - first_entry <= f->max_entries;
  return whole ? p + 1 : NULL;
}

/* The field that a key names; FIELDS for a name that means nothing here. `guess` is tried first: records of a drop
   mostly have one order. */
INLINE i32 field_of(const u8 *key, i64 length, i32 guess) {
  const field *f = &FIELD[guess];
  if (LIKELY(f->name_length == length) && !memcmp(f->name, key, (size_t)length)) return guess;
  for (i32 i = 0; i < FIELDS; i++)
    if (FIELD[i].name_length == length && !memcmp(FIELD[i].name, key, (size_t)length)) return i;
  return FIELDS;
}

static const u8 *unknown_value(decoder *d, const u8 *p) {
  u8 *out = d->scratch;
  if (*p == '{' || *p == '[') return compact(p, &out, 2, d->max_depth);
  if (*p != '"') return compact_scalar(p, &out);
  return string(p + 1, &out);
}

/* The record at `p`, which ends at `end`: whether it is plain, and is in the columns now but for the rows' ends. */
static bool record(decoder *d, const u8 *p, const u8 *end) {
  u32 seen = 0;
  i32 guess = 0;
  p = space(p);
  if (*p != '{') return false;
  p = space(p + 1);
  for (;;) {
    if (*p != '"') return false;
    const u8 *key = p + 1;
    p = plain_string(key);
    if (UNLIKELY(!p)) return false;
    i32 number = field_of(key, p - 1 - key, guess);
    p = space(p);
    if (*p != ':') return false;
    p = space(p + 1);
    if (UNLIKELY(seen >> number & 1) && number < FIELDS) return false;
    seen |= 1u << number;
    if (number < SCALARS) p = scalar_value(&d->scalars[number], d->plain.count, p);
    else if (number < FIELDS) p = map_object(d, number - SCALARS, p);
    else p = unknown_value(d, p);
    if (UNLIKELY(!p)) return false;
    if (number < FIELDS) guess = number + 1 == FIELDS ? 0 : number + 1;
    p = space(p);
    if (*p == '}') break;
    if (*p != ',') return false;
    p = space(p + 1);
  }
  bool needed = (seen >> SCALARS & 1) && (seen >> (FIELDS - 1) & 1); /* the maps with required keys */
  return needed && space(p + 1) == end;
}

static void row_end(decoder *d) {
  i32 row = d->plain.count;
  for (int i = 0; i < SCALARS; i++) {
    scalar *s = &d->scalars[i];
    s->nulls += !(s->valid[row >> 3] >> (row & 7) & 1);
    texts_add(&s->text, s->text.bytes + s->text.used);
  }
  for (int i = 0; i < MAPS; i++) d->maps[i].starts[row + 1] = d->maps[i].values.count;
}

static void row_undo(decoder *d) {
  i32 row = d->plain.count;
  for (int i = 0; i < SCALARS; i++) {
    d->scalars[i].valid[row >> 3] &= (u8) ~(1 << (row & 7));
    texts_cut(&d->scalars[i].text, row);
  }
  for (int i = 0; i < MAPS; i++) texts_cut(&d->maps[i].values, d->maps[i].starts[row]);
}

static bool is_blank(const u8 *p, const u8 *end) {
  for (; p < end; p++)
    if (*p != ' ' && (*p < '\t' || *p > '\r')) return false;
  return true;
}

/* All lines of `d->text`; one that is longer than `max_line` is never plain. */
static void lines(decoder *d, i64 size, i64 max_line) {
  const u8 *text = d->text, *end = text + size, *p = text;
  for (i32 line = 0; p < end; line++) {
    const u8 *stop = memchr(p, '\n', (size_t)(end - p) + 1);
    const u8 *last = stop > p && stop[-1] == '\r' ? stop - 1 : stop;
    if (UNLIKELY(is_blank(p, stop))) {
      p = stop + 1;
      continue;
    }
    d->row++;
    if (LIKELY(last - p <= max_line) && LIKELY(record(d, p, stop))) {
      row_end(d);
      records_add(&d->plain, (i32)(p - text), (i32)(last - p), line);
    } else {
      row_undo(d);
      records_add(&d->other, (i32)(p - text), (i32)(last - p), line);
    }
    p = stop + 1;
  }
}

/* ---- handing over ---- */

static bool give_texts(struct ArrowArray *array, i64 rows, const texts *t) {
  return array_init(array, rows, 3, 0) && give(array, 1, t->ends, ((size_t)rows + 1) * sizeof(i32)) &&
         give(array, 2, t->bytes, (size_t)t->used);
}

static bool give_numbers(struct ArrowArray *array, const i32 *numbers, i64 count) {
  return array_init(array, count, 2, 0) && give(array, 1, numbers, (size_t)count * sizeof(i32));
}

static bool give_scalar(struct ArrowArray *array, const scalar *s, i64 rows) {
  bool given = give_texts(array, rows, &s->text);
  array->null_count = s->nulls;
  return given && (!s->nulls || give(array, 0, s->valid, (size_t)rows / 8 + 1));
}

/* Those of `count` keys, named by `used`. */
static bool give_dictionary(struct ArrowArray *array, const keys *k, const i32 *used, i32 count) {
  size_t bytes = 0;
  for (i32 i = 0; i < count; i++) bytes += k->lengths[used[i]];
  texts t;
  bool given = texts_init(&t, bytes, (size_t)count);
  if (given) {
    texts_clear(&t);
    for (i32 i = 0; i < count; i++) {
      u8 *to = t.bytes + t.used;
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
  if (!give_numbers(array, m->key, m->values.count)) return false;
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
  return give_numbers(array, r->start, r->count) && give_numbers(array + 1, r->length, r->count) &&
         give_numbers(array + 2, r->line, r->count);
}

/* `arrays`: the scalars, the maps, `osname`, then start, length and line of plain records, then of the others. */
static bool give_all(decoder *d, struct ArrowArray *arrays) {
  i64 rows = d->plain.count;
  for (int i = 0; i < SCALARS; i++)
    if (!give_scalar(arrays++, &d->scalars[i], rows)) return false;
  for (int i = 0; i < MAPS; i++)
    if (!give_map(arrays++, &d->maps[i], rows)) return false;
  if (!give_numbers(arrays++, d->osname, rows)) return false;
  return give_records(arrays, &d->plain) && give_records(arrays + 3, &d->other);
}

/* ---- memory: kept from text to text, touched as far as a text needs it ---- */

static void free_records(records *r) {
  free(r->start);
  free(r->length);
  free(r->line);
}

static void free_columns(decoder *d) {
  for (int i = 0; i < SCALARS; i++) {
    texts_free(&d->scalars[i].text);
    free(d->scalars[i].valid);
    d->scalars[i] = (scalar){0};
  }
  for (int i = 0; i < MAPS; i++) {
    map *m = &d->maps[i];
    texts_free(&m->values);
    free(m->key);
    free(m->starts);
    m->values = (texts){0};
    m->key = m->starts = NULL;
  }
  free_records(&d->plain);
  free_records(&d->other);
  free(d->osname);
  free(d->text);
  free(d->scratch);
  d->plain = d->other = (records){0};
  d->osname = NULL;
  d->text = d->scratch = NULL;
  d->capacity = 0;
}

static bool alloc_columns(decoder *d, size_t size) {
  size_t rows = size / MIN_ROW_BYTES + 2, entries = size / MIN_ENTRY_BYTES + 2;
  bool done = records_init(&d->plain, rows) && records_init(&d->other, rows);
  for (int i = 0; i < SCALARS; i++) {
    done = texts_init(&d->scalars[i].text, size, rows) && done;
    d->scalars[i].valid = malloc(rows / 8 + PADDING);
    done = d->scalars[i].valid && done;
  }
  for (int i = 0; i < MAPS; i++) {
    map *m = &d->maps[i];
    done = texts_init(&m->values, size, entries) && done;
    m->key = malloc(entries * sizeof(i32));
    m->starts = malloc((rows + 1) * sizeof(i32));
    m->capacity = (i32)entries;
    done = m->key && m->starts && done;
  }
  d->osname = malloc(rows * sizeof(i32));
  d->text = malloc(size + PADDING);
  d->scratch = malloc(size + PADDING);
  d->capacity = size;
  return done && d->osname && d->text && d->scratch;
}

static bool ready_columns(decoder *d, const u8 *text, size_t size) {
  if (!d->text || size > d->capacity) {
    free_columns(d);
    if (!alloc_columns(d, size)) {
      free_columns(d);
      return false;
    }
  }
  for (int i = 0; i < SCALARS; i++) {
    texts_clear(&d->scalars[i].text);
    memset(d->scalars[i].valid, 0, size / MIN_ROW_BYTES / 8 + PADDING);
    d->scalars[i].nulls = 0;
  }
  for (int i = 0; i < MAPS; i++) {
    texts_clear(&d->maps[i].values);
    d->maps[i].starts[0] = 0;
  }
  d->plain.count = d->other.count = 0;
  memcpy(d->text, text, size);
  memset(d->text + size, '\n', PADDING);
  return true;
}

/* Required keys have the first numbers. A table that is nearly full is begun anew. */
static void ready_keys(map *m, const field *f) {
  if (m->keys.count && m->keys.count < MAX_KEYS / 2) return;
  if (m->keys.count) keys_clear(&m->keys);
  for (int i = 0; i < 2 && f->required[i]; i++) {
    u8 key[KEY_STRIDE] = {0};
    memcpy(key, f->required[i], strlen(f->required[i]));
    key_lowered(&m->keys, key, (u32)strlen(f->required[i]));
  }
}

API void hackle_free(decoder *d) {
  if (!d) return;
  free_columns(d);
  for (int i = 0; i < MAPS; i++) keys_free(&d->maps[i].keys);
  free(d);
}

/* `seed` keeps a drop from choosing keys that collide. NULL: no memory. */
API decoder *hackle_new(lower_fn lower, u64 seed, i32 max_depth) {
  decoder *d = calloc(1, sizeof *d);
  if (!d) return NULL;
  d->lower = lower;
  d->max_depth = max_depth;
  for (int i = 0; i < MAPS; i++)
    if (!keys_init(&d->maps[i].keys, seed)) {
      hackle_free(d);
      return NULL;
    }
  return d;
}

/* Decodes whole lines. Fills 15 `arrays`, each to be released by its own `release` (which is NULL where there is
   nothing to release); 0, or -1: no memory, or a text of more than MAX_TEXT bytes. */
API i32 hackle_decode(decoder *d, const u8 *text, i64 size, i64 max_line, struct ArrowArray *arrays) {
  if (size < 0 || size > MAX_TEXT) return -1;
  if (d->row > UINT32_MAX - MAX_TEXT) {
    d->row = 0;
    for (int i = 0; i < MAPS; i++) keys_clear(&d->maps[i].keys);
  }
  for (int i = 0; i < MAPS; i++) ready_keys(&d->maps[i], &FIELD[SCALARS + i]);
  if (!ready_columns(d, text, (size_t)size)) return -1;
  lines(d, size, max_line);
  return give_all(d, arrays) ? 0 : -1;
}
