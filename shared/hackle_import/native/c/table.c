#include "table.h"
#include "cells.h"
#include "entries.h"
#include "lines.h"
#include "privacy.h"
#include "record.h"
#include "redacted.h"
#include "rows.h"
#include "spans.h"
#include "values.h"
#include <stdlib.h>

#define LONGEST_ESCAPE 6 /* of a byte in JSON */
#define DIALECT_NUMBERS ((i64)(sizeof(Dialect) / sizeof(i64)))

/* Up to seven bytes of a number; -1: there are more, or one of a line's end. */
static i64 table_sign(i64 number, u8 *bytes) {
  memcpy(bytes, &number, sizeof number);
  i64 length = 0;
  while (length < 8 && bytes[length]) length++;
  if (length == 8 || number >> (8 * length)) return -1;
  return memchr(bytes, '\n', (size_t)length) || memchr(bytes, '\r', (size_t)length) ? -1 : length;
}

static bool table_mark(i64 number, u8 *mark) {
  *mark = (u8)number;
  return number >= 0 && number <= 0x7F && number != '\n' && number != '\r';
}

static void table_unescaped(Table *t, i64 escapes) {
  static const char letters[] = "ntrbfv", stand_for[] = "\n\t\r\b\f\v";
  for (int c = 1; c < 0x80 && escapes != ESCAPES_QUOTES; c++)
    if (!ascii_is_digit((u8)c) && !((c | 32) >= 'a' && (c | 32) <= 'z')) t->unescaped[c] = (u8)c;
  for (int i = 0; escapes != ESCAPES_QUOTES && i < (escapes == ESCAPES_LONG ? 6 : 3); i++)
    t->unescaped[(u8)letters[i]] = (u8)stand_for[i];
  if (escapes == ESCAPES_QUOTES) {
    t->unescaped[t->quote] = t->quote;
    t->unescaped[t->escape] = t->escape;
    t->unescaped[t->escape_quoted] = t->escape_quoted;
  }
}

static bool table_dialect(Table *t, const Dialect *n) {
  t->delimiter_length = table_sign(n->delimiter, t->delimiter);
  t->comment_length = table_sign(n->comment, t->comment);
  if (t->delimiter_length < 1 || t->comment_length < 0 || n->escapes < ESCAPES_QUOTES || n->escapes > ESCAPES_LONG)
    return false;
  u8 decimal, thousands;
  if (!table_mark(n->quote, &t->quote) || !table_mark(n->escape, &t->escape) ||
      !table_mark(n->escape_quoted, &t->escape_quoted) || !table_mark(n->decimal, &decimal) ||
      !table_mark(n->thousands, &thousands))
    return false;
  if (t->quote && memchr(t->delimiter, t->quote, (size_t)t->delimiter_length)) return false;
  if (t->quote && (t->quote == t->escape || t->quote == t->escape_quoted)) return false;
  t->lax = n->lax;
  t->trim = n->trim;
  t->pad = n->pad;
  t->plain = t->quote == '"' && t->delimiter_length == 1 && !t->escape && !t->escape_quoted && !t->trim && !t->pad;
  table_unescaped(t, n->escapes);
  return true;
}

INTERNAL PlanFault table_init(Table *t, const i64 *numbers, i64 count) {
  if (count < DIALECT_NUMBERS) return PLAN_SECTIONS;
  t->numbers = malloc((size_t)count * sizeof(i64));
  if (!t->numbers) return PLAN_NO_MEMORY;
  memcpy(t->numbers, numbers, (size_t)count * sizeof(i64));
  const i64 *at = t->numbers + DIALECT_NUMBERS, *end = t->numbers + count;
  t->dialect = (const Dialect *)(const void *)t->numbers;
  if (!table_dialect(t, t->dialect)) return PLAN_TABLE;
  t->columns = (const TableColumn *)(const void *)plan_section(&at, end, sizeof(TableColumn) / sizeof(i64), &t->count);
  if (!t->columns) return PLAN_SECTIONS;
  t->nulls = (const PlanText *)(const void *)plan_section(&at, end, sizeof(PlanText) / sizeof(i64), &t->null_count);
  if (!t->nulls) return PLAN_SECTIONS;
  t->names = (const PlanText *)(const void *)plan_section(&at, end, sizeof(PlanText) / sizeof(i64), &t->name_count);
  if (!t->names) return PLAN_SECTIONS;
  t->leaves = (const TableLeaf *)(const void *)plan_section(&at, end, sizeof(TableLeaf) / sizeof(i64), &t->leaf_count);
  if (!t->leaves || at != end) return PLAN_SECTIONS;
  t->keys = calloc((size_t)t->count + 1, sizeof *t->keys);
  t->found = calloc((size_t)t->count + 1, sizeof *t->found);
  return t->keys && t->found ? PLAN_FINE : PLAN_NO_MEMORY;
}

static bool table_column_fits(const TableColumn *c, const Plan *p) {
  if (c->act < ACT_NONE || c->act >= ACT_WITHIN + p->policy->privates) return false;
  if (c->slot != NONE && (c->slot < 0 || c->slot >= p->policy->slots)) return false;
  if (c->node != NONE && (c->node < 0 || c->node >= p->node_count)) return false;
  if (c->map == NONE) return true;
  if (c->map < 0 || c->map >= MAPS || p->maps[c->map].spread_count + p->maps[c->map].pivot_count < 1) return false;
  return plan_has_text(p, (PlanText){c->key_place, c->key_length});
}

static bool table_leaf_fits(const TableLeaf *l, const Table *t, const Plan *p) {
  if (l->column < 0 || l->column >= t->count || l->shared < 0) return false;
  if (l->names < 0 || l->depth < 1 || l->depth > t->name_count || l->names > t->name_count - l->depth) return false;
  i64 bytes = 3 * l->depth + 4; /* a comma and brackets for each, quotes, and the record's brackets */
  for (i64 i = l->names; i < l->names + l->depth; i++) {
    if (!plan_has_text(p, t->names[i])) return false;
    bytes += t->names[i].length;
  }
  return bytes <= l->bytes && l->bytes <= PLAN_MOST;
}

INTERNAL bool table_fits(const Table *t, const Plan *p) {
  for (i64 i = 0; i < t->count; i++)
    if (!table_column_fits(&t->columns[i], p)) return false;
  for (i64 i = 0; i < t->null_count; i++)
    if (!plan_has_text(p, t->nulls[i])) return false;
  for (i64 i = 0; i < t->leaf_count; i++)
    if (!table_leaf_fits(&t->leaves[i], t, p)) return false;
  return true;
}

INTERNAL void table_free(Table *t) {
  free(t->numbers);
  free(t->keys);
  free(t->found);
  free(t->cells);
  free(t->json);
}

static void table_alloc(Table *t, i64 size) {
  i64 names = 0;
  for (i64 i = 0; i < t->leaf_count; i++) names += t->leaves[i].bytes;
  free(t->cells);
  free(t->json);
  t->cells = malloc((size_t)size * 2 + 2 * PADDING);
  t->json = malloc(t->leaf_count ? (size_t)(size * LONGEST_ESCAPE + names) + PADDING : 1);
  t->capacity = size;
}

INTERNAL bool table_ready(Decoder *d, Table *t, i64 size) {
  if (!t->cells || !t->json || size > t->capacity) table_alloc(t, size);
  memset(t->entries, 0, sizeof t->entries);
  for (i64 i = 0; i < t->count; i++) {
    const TableColumn *c = &t->columns[i];
    if (c->map != NONE) t->entries[c->map]++;
    bool usual = c->map != NONE && c->key_length <= KEY_BYTES;
    t->keys[i] = NO_KEY;
    if (usual) t->keys[i] = keys_number(&d->maps[c->map].keys, d->plan.texts + c->key_place, (u32)c->key_length);
  }
  return t->cells && t->json;
}

INTERNAL bool cell_is_missing(const Decoder *d, const Table *t, const Cell *c) {
  for (i64 i = 0; i < t->null_count; i++)
    if (t->nulls[i].length == c->end - c->begin &&
        !memcmp(plan_text(&d->plan, t->nulls[i]), c->begin, (size_t)t->nulls[i].length))
      return true;
  return c->begin == c->end;
}

/* A column that is an entry of a map whose entries are columns. */
static bool cell_put_entry(Decoder *d, i64 number, i32 written, const Cell *c, u64 part) {
  Map *m = &d->maps[number];
  if (written == NO_KEY || ++m->members > MAX_MEMBERS) return false;
  KeyState *s = &m->keys.state[m->keys.stands[written]];
  if (s->stamp >= d->row_stamp) return false; /* twice */
  s->entry = NO_KEY;
  s->stamp = part;
  if (s->flags & LEARNT_LEFT_OUT) return true;
  u8 *out = texts_tail(&m->values);
  block_copy(out, c->begin, (size_t)(c->end - c->begin));
  return entry_end(d, m, s, m->keys.stands[written], out + (c->end - c->begin));
}

/* A cell that holds JSON. */
static bool cell_put_json(Decoder *d, i64 node, i64 act, const Cell *c) {
  *c->end = '\n'; /* instead of the quote */
  const u8 *p = json_space(c->begin);
  if (act >= ACT_WITHIN && !(p = privacy_within(d, act - ACT_WITHIN, p))) return false;
  const u8 *after = NULL;
  bool is_taken = d->within != NONE && d->plan.nodes[node].slot != NONE;
  if (is_taken && !(p = redacted_within(d, p, 1, &after))) return false;
  p = record_node(d, node, p, 1, d->row_stamp);
  d->within = NONE;
  return p && json_space(after ? after : p) == c->end;
}

/* What stands for a text after `[privacy]`. False: the record is Python's. */
static bool cell_is_private(Decoder *d, i64 act, Cell *c) {
  if (act >= ACT_WITHIN) return privacy_is_words(c->begin - 1, c->end + 1);
  const u8 *hashed = privacy_hash(d, c->begin, c->end - c->begin);
  if (!hashed) return false;
  u8 *begin = d->hashed + (hashed - d->hashed) + 1;
  *c = (Cell){begin, begin + 2 * SHA256_BYTES};
  return true;
}

static bool cell_put_all(Decoder *d, const Table *t) {
  u64 part = ++d->stamp;
  d->within = NONE;
  for (i64 i = 0; i < t->count; i++) {
    const TableColumn *c = &t->columns[i];
    Cell *f = &t->found[i];
    if ((c->slot == NONE && c->map == NONE && c->node == NONE) || c->act == ACT_DROP || cell_is_missing(d, t, f))
      continue;
    if (UNLIKELY(c->act != ACT_NONE) && c->node == NONE && !cell_is_private(d, c->act, f)) return false;
    if (c->slot != NONE)
      d->slots[c->slot] = (Span){.begin = f->begin - 1, .end = f->end + 1, .stamp = d->row_stamp, .is_cell = true};
    if (c->map != NONE && !cell_put_entry(d, c->map, t->keys[i], f, part)) return false;
    if (c->node != NONE && !cell_put_json(d, c->node, c->act, f)) return false;
  }
  return true;
}

/* An entry that is a column may be shorter than one of an object; a map may have both. */
static bool table_has_room(const Decoder *d, const Table *t, i64 length) {
  for (int i = 0; i < MAPS; i++) {
    const PlanMap *p = &d->plan.maps[i];
    i64 others = (p->spread_count + p->pivot_count) * (length / MIN_ENTRY_BYTES);
    if (!texts_room(&d->maps[i].values, 0, t->entries[i] + others + p->named_count)) return false;
  }
  return row_has_room(d, length);
}

/* The record from `raw` on, whose cells were found. */
static RowFate table_row(Decoder *d, const Table *t, const u8 *raw, i64 length, i64 line) {
  row_begin(d);
  return table_has_room(d, t, length) && cell_put_all(d, t) ? row_finish(d, raw, length, line) : ROW_ODD;
}

/* A record that lies from `begin` to `end`, whose cells were found. */
static void table_record(Decoder *d, Table *t, const Scan *s, const u8 *begin, const u8 *end, i64 line, Rows *r) {
  bool plain = !s->odd && end - begin <= r->max_bytes && (!s->not_ascii || utf8_is_valid(begin, end));
  RowFate fate = plain ? table_row(d, t, begin, end - begin, line) : ROW_ODD;
  if (fate == ROW_ODD && plain) scalar_hold_copy(d, begin, end - begin);
  row_end(d, fate, r->at, end - begin, r->lines);
}

INTERNAL void table_decode(Decoder *d, Table *t, const u8 *text, i64 size, i64 first, Rows *r) {
  d->table = t;
  d->signs = (AmountSigns){(u8)t->dialect->decimal, (u8)t->dialect->thousands};
  const u8 *p = text, *end = text + size;
  i64 most = r->begun + MOST_RECORDS;
  while (p < end && r->lines < most) {
    r->at = p - text;
    bool comment = t->comment_length && !memcmp(p, t->comment, (size_t)t->comment_length);
    const u8 *stop = *p > ' ' && !comment ? NULL : memchr(p, '\n', (size_t)(end - p) + 1);
    if (stop && (comment || line_is_blank(p, stop))) {
      r->lines++;
      p = stop + 1;
      continue;
    }
    Scan s = {.p = p, .end = end, .last = p, .delimiter = *t->delimiter};
    bool whole = cell_find_all(t, &s);
    r->unclosed = s.last - p > r->max_bytes;
    r->more = r->lines + s.lines >= most; /* it ends on a line behind them */
    r->begun = r->more ? most - r->lines : s.lines;
    if (!whole || r->unclosed || r->more) return;
    const u8 *last = s.p > p && s.p[-1] == '\r' ? s.p - 1 : s.p;
    if (r->skip) r->skip--;
    else table_record(d, t, &s, p, last, first + r->lines, r);
    r->lines += s.lines + 1;
    p = s.p + 1;
  }
  r->begun = 0;
  r->more = p < end;
  r->at = r->more ? p - text : size;
}
