/* NDJSON -> Arrow columns, as a mapping's plan says.

   A record is *plain* when every rule is met as it is, or by what is cheap and certain: valid JSON, the usual forms of
   times and numbers, the required keys filled, no key twice in an object. Plain records become rows here; every other
   one is named in a list, and Python decodes it by the same rules that it applies where this library is missing. Here
   nothing is ever rejected, and nothing guessed.

   Memory is safe by construction: a line is read where it lies if a padding follows it, else from a copy in front of
   one; its end stops every scan; before a record is decoded, every column has room for whatever it may become. */
#include "elements.h"
#include "table.h"

#define API __attribute__((visibility("default")))
#define MAX_TEXT (1 << 30)
#define MIN_ROW_BYTES 1    /* an element may be a digit, and a bracket may follow it at once */
#define USUAL_ROW_BYTES 64 /* what is plain is longer: shorter rows find no room, and go to Python */

/* ---- lines ---- */

static bool is_blank(const u8 *p, const u8 *end) {
  for (; p < end; p++)
    if (*p != ' ' && (*p < '\t' || *p > '\r')) return false;
  return true;
}

typedef struct { i64 first, count, max_bytes, offset; } numbering; /* `offset`: of what is at hand, in the whole text */

/* All lines from `text` to `end`, where a padding begins; one that is longer than `max_bytes` is never plain. */
static void lines(decoder *d, const u8 *text, const u8 *end, numbering *n) {
  for (const u8 *p = text; p < end; n->count++) {
    const u8 *stop = memchr(p, '\n', (size_t)(end - p) + 1);
    const u8 *last = stop > p && stop[-1] == '\r' ? stop - 1 : stop;
    i64 place = n->offset + (p - text);
    if (LIKELY(*p > ' ') || !is_blank(p, stop)) {
      bool plain = LIKELY(last - p <= n->max_bytes) && record(d, p, stop, p, last - p, n->first + n->count);
      if (LIKELY(plain)) row_end(d);
      else row_undo(d);
      records_add(plain ? &d->plain : &d->other, place, last - p, n->count);
    }
    p = stop + 1;
  }
}

/* How much of the text is whole lines that have a padding behind them. */
static i64 padded(const u8 *text, i64 size) {
  i64 end = size - PADDING;
  while (end > 0 && text[end - 1] != '\n') end--;
  return end > 0 ? end : 0;
}

/* Lines that are copied in front of a padding. */
static void copied_lines(decoder *d, const u8 *head, i64 head_size, const u8 *text, i64 size, numbering *n) {
  memcpy(d->tail, head, (size_t)head_size);
  memcpy(d->tail + head_size, text, (size_t)size);
  memset(d->tail + head_size + size, '\n', PADDING);
  lines(d, d->tail, d->tail + head_size + size, n);
  n->offset += head_size + size;
}

/* `head`, and the text that goes on with it. The line that is begun in the one and ended in the other is copied, and so are
   the last ones, so that a block may be read at their end, too. */
static void all_lines(decoder *d, const u8 *head, i64 head_size, const u8 *text, i64 size, numbering *n) {
  if (head_size) {
    const u8 *end = memchr(text, '\n', (size_t)size);
    i64 begun = end ? end + 1 - text : size;
    copied_lines(d, head, head_size, text, begun, n);
    text += begun;
    size -= begun;
  }
  i64 body = padded(text, size);
  lines(d, text, text + body, n);
  n->offset += body;
  copied_lines(d, text, 0, text + body, size - body, n);
}

/* ---- elements ---- */

typedef struct { i64 array, final, expects, at, count; } elements; /* `at`: where no more is whole, or where trouble is */

/* An element that is copied, from `begin` on. */
static void element_row(decoder *d, const element *e, const u8 *begin, i64 place, i64 number, i64 count) {
  i64 length = e->p - begin;
  memset(e->out, '\n', PADDING);
  bool plain = !e->broken && record(d, d->tail, e->out, begin, length, number);
  if (plain) row_end(d);
  else row_undo(d);
  records_add(plain ? &d->plain : &d->other, place, length, count);
}

/* All elements that are whole. False: there is trouble. */
static bool all_elements(decoder *d, const u8 *text, i64 size, i64 first, elements *s) {
  const u8 *p = text, *end = text + size;
  for (;; s->at = p - text) {
    p = after_space(p, end);
    s->at = p - text;
    if (p == end) return true;
    if (punctuation(&s->expects, *p)) {
      p++;
      continue;
    }
    if (s->expects != VALUE && s->expects != VALUE_OR_CLOSING) return false;
    element e = {.p = p, .end = end, .out = d->tail};
    found next = next_element(&e, s->final);
    if (next != ELEMENT) return next == UNFINISHED;
    element_row(d, &e, p, s->at, first + s->count, s->count);
    p = e.p;
    s->count++;
    s->expects = s->array ? COMMA_OR_CLOSING : VALUE;
  }
}

/* ---- rows of a table ---- */

/* In: the longest record, how many records to pass over. Out: how much of the text is whole records, on how many lines,
   and whether a quote is opened there that is not closed within the limit. */
typedef struct { i64 max_bytes, skip, at, lines, unclosed; } rows;

/* A record that lies from `begin` to `end`, whose cells were found. */
static void table_record(decoder *d, table *t, const scan *s, const u8 *begin, const u8 *end, i64 line, rows *r) {
  bool plain = !s->odd && end - begin <= r->max_bytes && (!s->not_ascii || is_utf8(begin, end));
  plain = plain && table_row(d, t, begin, end - begin, line);
  if (plain) row_end(d);
  else row_undo(d);
  records_add(plain ? &d->plain : &d->other, r->at, end - begin, r->lines);
}

/* All records that are whole, of a text in front of a padding. */
static void all_rows(decoder *d, table *t, const u8 *text, i64 size, i64 first, rows *r) {
  const u8 *p = text, *end = text + size;
  while (p < end) {
    r->at = p - text;
    const u8 *stop = *p > ' ' ? NULL : memchr(p, '\n', (size_t)(end - p) + 1);
    if (stop && is_blank(p, stop)) {
      r->lines++;
      p = stop + 1;
      continue;
    }
    scan s = {.p = p, .end = end, .last = p, .delimiter = t->delimiter};
    bool whole = cells(t, &s);
    r->unclosed = s.last - p > r->max_bytes;
    if (!whole || r->unclosed) return;
    const u8 *last = s.p > p && s.p[-1] == '\r' ? s.p - 1 : s.p;
    if (r->skip) r->skip--;
    else table_record(d, t, &s, p, last, first + r->lines, r);
    r->lines += s.lines + 1;
    p = s.p + 1;
  }
  r->at = size;
}

/* ---- memory: kept from text to text, touched as far as a text needs it ---- */

static void free_columns(decoder *d) {
  texts_free(&d->insert_id);
  texts_free(&d->event_key);
  for (int i = 0; i < MAPS; i++) {
    map *m = &d->maps[i];
    texts_free(&m->values);
    free(m->key);
    free(m->starts);
    m->key = m->starts = NULL;
  }
  records_free(&d->plain);
  records_free(&d->other);
  free(d->ts);
  free(d->metric_value);
  free(d->tail);
  free(d->scratch);
  d->ts = NULL;
  d->metric_value = NULL;
  d->tail = d->scratch = NULL;
}

static bool alloc_map(decoder *d, int number, i64 size) {
  const map_plan *p = &d->plan.maps[number];
  map *m = &d->maps[number];
  i64 parts = p->spread_count + p->pivot_count;
  i64 bytes = (parts + p->named_count) * size + p->largest * d->rows;
  bool done = texts_init(&m->values, bytes, parts * (size / MIN_ENTRY_BYTES) + p->named_count * d->rows);
  m->key = malloc(((size_t)m->values.most + 1) * sizeof(i32));
  m->starts = malloc(((size_t)d->rows + 1) * sizeof(i32));
  return done && m->key && m->starts;
}

static bool alloc_columns(decoder *d, i64 size) {
  d->rows = size / USUAL_ROW_BYTES + 1;
  d->capacity = size;
  bool done = records_init(&d->plain, d->rows) && records_init(&d->other, size / MIN_ROW_BYTES + 1);
  done = done && texts_init(&d->insert_id, d->rows * UUID_BYTES, d->rows);
  done = done && texts_init(&d->event_key, size + EVENT_KEY_BYTES * 64, d->rows);
  for (int i = 0; done && i < MAPS; i++) done = alloc_map(d, i, size);
  d->ts = malloc((size_t)d->rows * sizeof *d->ts);
  d->metric_value = malloc((size_t)d->rows * sizeof *d->metric_value);
  d->tail = malloc((size_t)size + PADDING);
  d->scratch = malloc((size_t)size + PADDING);
  return done && d->ts && d->metric_value && d->tail && d->scratch;
}

static bool ready_columns(decoder *d, i64 size) {
  if (!d->scratch || size > d->capacity) {
    free_columns(d);
    if (!alloc_columns(d, size)) {
      free_columns(d);
      return false;
    }
  }
  texts_clear(&d->insert_id);
  texts_clear(&d->event_key);
  for (int i = 0; i < MAPS; i++) {
    texts_clear(&d->maps[i].values);
    d->maps[i].starts[0] = 0;
  }
  d->plain.count = d->other.count = 0;
  memset(d->notes, 0, sizeof d->notes);
  return true;
}

static i32 planned_key(decoder *d, i64 number, words text) {
  return key_number(&d->maps[number].keys, text_of(&d->plan, text), (u32)text.length);
}

/* Required keys have the first numbers. A table that is nearly full is begun anew. */
static bool ready_keys(decoder *d, i64 number) {
  const map_plan *p = &d->plan.maps[number];
  keys *k = &d->maps[number].keys;
  if (k->count && k->count < MAX_KEYS / 2) return true;
  if (k->count) keys_clear(k);
  bool done = true;
  for (i32 i = 0; i < 2 && p->required[i].length != NONE; i++) done = done && planned_key(d, number, p->required[i]) == i;
  for (i64 i = p->named; i < p->named + p->named_count; i++) {
    i32 key = planned_key(d, number, d->plan.named[i].key);
    done = done && key != NO_KEY;
    d->named_keys[i] = key == NO_KEY ? 0 : k->stands[key];
  }
  return done;
}

static bool ready(decoder *d, i64 size) {
  bool done = size >= 0 && size <= MAX_TEXT;
  for (i64 i = 0; done && i < MAPS; i++) done = ready_keys(d, i);
  if (d->osnames.count > MAX_KEYS / 2) keys_clear(&d->osnames);
  return done && ready_columns(d, size);
}

/* ---- the interface ---- */

/* `arrays`: the four scalars, the four maps, the line of each of their rows; start, length and line of the others. */
static bool give_all(decoder *d, struct ArrowArray *arrays) {
  i64 rows = d->plain.count;
  bool given = give_texts(arrays, rows, &d->insert_id) && give_texts(arrays + 1, rows, &d->event_key) &&
               give_numbers(arrays + 2, d->ts, rows, sizeof *d->ts) &&
               give_numbers(arrays + 3, d->metric_value, rows, sizeof *d->metric_value);
  for (int i = 0; given && i < MAPS; i++) given = give_map(arrays + SCALARS + i, &d->maps[i], rows);
  return given && give_numbers(arrays + SCALARS + MAPS, d->plain.line, rows, sizeof(i32)) &&
         give_records(arrays + SCALARS + MAPS + 1, &d->other);
}

API void hackle_free(decoder *d) {
  if (!d) return;
  free_columns(d);
  for (int i = 0; i < MAPS; i++) keys_free(&d->maps[i].keys);
  keys_free(&d->osnames);
  node_states_free(&d->plan, d->states);
  for (i64 i = 0; d->pivots && i < d->plan.pivot_count; i++) free(d->pivots[i].pairs);
  free(d->pivots);
  free(d->slots);
  free(d->named_keys);
  plan_free(&d->plan);
  free(d);
}

static bool init(decoder *d, learn_fn learn, u64 seed) {
  const plan *p = &d->plan;
  d->sha1 = sha1_best();
  bool done = keys_init(&d->osnames, OSNAMES, learn, seed);
  for (i32 i = 0; done && i < MAPS; i++) done = keys_init(&d->maps[i].keys, i, learn, seed);
  d->states = done ? node_states(p) : NULL;
  d->slots = calloc((size_t)p->policy->slots + 1, sizeof *d->slots);
  d->pivots = calloc((size_t)p->pivot_count + 1, sizeof *d->pivots);
  d->named_keys = calloc((size_t)p->named_count + 1, sizeof *d->named_keys);
  done = d->states && d->slots && d->pivots && d->named_keys;
  for (i64 i = 0; done && i < p->pivot_count; i++)
    done = (d->pivots[i].pairs = malloc(MAX_MEMBERS * sizeof(pair))) != NULL;
  return done;
}

/* `seed` keeps a drop from choosing keys that collide; `numbers` and `texts` are the plan. NULL: no memory. */
API decoder *hackle_new(learn_fn learn, u64 seed, const i64 *numbers, i64 count, const u8 *texts, i64 bytes) {
  decoder *d = calloc(1, sizeof *d);
  if (!d) return NULL;
  if (plan_init(&d->plan, numbers, count, texts, bytes) && init(d, learn, seed)) return d;
  hackle_free(d);
  return NULL;
}

/* Decodes whole lines, the first of which has the number `first`: `head`, then `size` bytes from `start` on. Fills 12
   `arrays`, each to be released by its own `release` (which is NULL where there is nothing to release), and counts written
   rows by note. How many lines there are, or -1: no memory, or a text of more than MAX_TEXT bytes. */
API i64 hackle_decode(decoder *d, const u8 *head, i64 head_size, const u8 *text, i64 start, i64 size, i64 first, i64 max_line,
                      struct ArrowArray *arrays, i64 *notes) {
  if (head_size < 0 || head_size > MAX_TEXT || size < 0 || size > MAX_TEXT || !ready(d, head_size + size)) return -1;
  numbering n = {.first = first, .max_bytes = max_line};
  all_lines(d, head, head_size, text + start, size, &n);
  memcpy(notes, d->notes, sizeof d->notes);
  return give_all(d, arrays) ? n.count : -1;
}

/* Decodes the elements of a JSON array, or of values one after the other; the first one has the number `first`. Likewise;
   1: there is trouble at `s->at`, and before it all is done. */
API i32 hackle_decode_elements(decoder *d, const u8 *text, i64 size, i64 first, elements *s, struct ArrowArray *arrays, i64 *notes) {
  s->count = s->at = 0;
  if (!ready(d, size)) return -1;
  bool trouble = !all_elements(d, text, size, first, s);
  memcpy(notes, d->notes, sizeof d->notes);
  return give_all(d, arrays) ? trouble : -1;
}

API void hackle_table_free(table *t) {
  if (t) table_free(t);
  free(t);
}

/* What the columns of a table are: `table_init`. NULL: no memory, or numbers that are no table. */
API table *hackle_table_new(const i64 *numbers, i64 count) {
  table *t = calloc(1, sizeof *t);
  if (t && table_init(t, numbers, count)) return t;
  hackle_table_free(t);
  return NULL;
}

/* Decodes records of a table, the first of which is on line `first`. Likewise; the end of the text may need more. */
API i32 hackle_decode_table(decoder *d, const u8 *text, i64 size, i64 first, table *t, rows *r, struct ArrowArray *arrays,
                            i64 *notes) {
  r->at = r->lines = r->unclosed = 0;
  if (!ready(d, size) || !table_ready(d, t, size)) return -1;
  memcpy(d->tail, text, (size_t)size);
  memset(d->tail + size, '\n', PADDING);
  all_rows(d, t, d->tail, size, first, r);
  memcpy(notes, d->notes, sizeof d->notes);
  return give_all(d, arrays) ? 0 : -1;
}
