#include "table.h"
#include "cells.h"
#include "entries.h"
#include "lines.h"
#include "rows.h"
#include "spans.h"
#include <stdlib.h>

INTERNAL PlanFault table_init(Table *t, const i64 *numbers, i64 count) {
  if (count < 1) return PLAN_SECTIONS;
  t->numbers = malloc((size_t)count * sizeof(i64));
  if (!t->numbers) return PLAN_NO_MEMORY;
  memcpy(t->numbers, numbers, (size_t)count * sizeof(i64));
  const i64 *at = t->numbers + 1, *end = t->numbers + count;
  if (t->numbers[0] < 1 || t->numbers[0] > 0x7F || strchr("\"\n\r", (int)t->numbers[0])) return PLAN_TABLE;
  t->delimiter = (u8)t->numbers[0];
  t->columns = (const TableColumn *)(const void *)plan_section(&at, end, sizeof(TableColumn) / sizeof(i64), &t->count);
  if (!t->columns) return PLAN_SECTIONS;
  t->nulls = (const PlanText *)(const void *)plan_section(&at, end, sizeof(PlanText) / sizeof(i64), &t->null_count);
  if (!t->nulls || at != end) return PLAN_SECTIONS;
  t->keys = calloc((size_t)t->count + 1, sizeof *t->keys);
  t->found = calloc((size_t)t->count + 1, sizeof *t->found);
  return t->keys && t->found ? PLAN_FINE : PLAN_NO_MEMORY;
}

/* A map's columns are cells that hold it or its entries, never both: `row_has_room` counts on it. */
static bool table_column_fits(const TableColumn *c, const Plan *p, i64 *kinds) {
  if (c->slot != NONE && (c->slot < 0 || c->slot >= p->policy->slots)) return false;
  if (c->map == NONE) return true;
  if (c->map < 0 || c->map >= MAPS || p->maps[c->map].spread_count + p->maps[c->map].pivot_count < 1) return false;
  kinds[c->map] |= c->object ? 1 : 2;
  return kinds[c->map] < 3 && (c->object || plan_has_text(p, (PlanText){c->key_place, c->key_length}));
}

INTERNAL bool table_fits(const Table *t, const Plan *p) {
  i64 kinds[MAPS] = {0};
  for (i64 i = 0; i < t->count; i++)
    if (!table_column_fits(&t->columns[i], p, kinds)) return false;
  for (i64 i = 0; i < t->null_count; i++)
    if (!plan_has_text(p, t->nulls[i])) return false;
  return true;
}

INTERNAL void table_free(Table *t) {
  free(t->numbers);
  free(t->keys);
  free(t->found);
  free(t->cells);
}

INTERNAL bool table_ready(Decoder *d, Table *t, i64 size) {
  if (!t->cells || size > t->capacity) {
    free(t->cells);
    t->cells = malloc((size_t)size * 2 + 2 * PADDING);
    t->capacity = size;
  }
  memset(t->entries, 0, sizeof t->entries);
  for (i64 i = 0; i < t->count; i++) {
    const TableColumn *c = &t->columns[i];
    if (c->map != NONE) t->entries[c->map] += !c->object;
    bool usual = c->map != NONE && !c->object && c->key_length <= KEY_BYTES;
    const u8 *text = d->plan.texts + c->key_place;
    t->keys[i] = usual ? keys_number(&d->maps[c->map].keys, text, (u32)c->key_length) : NO_KEY;
  }
  return t->cells != NULL;
}

static bool cell_is_missing(const Decoder *d, const Table *t, const Cell *c) {
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
  return entry_end(d, number, m->keys.stands[written], out + (c->end - c->begin));
}

/* A cell that holds a map as JSON. */
static bool cell_put_object(Decoder *d, i64 number, const Cell *c) {
  *c->end = '\n'; /* instead of the quote */
  const u8 *p = json_space(c->begin);
  if (*p != '{') return false;
  p = entries_alone(d, number, p, 1);
  return p && json_space(p) == c->end;
}

static bool cell_put_all(Decoder *d, const Table *t) {
  u64 part = ++d->stamp;
  for (i64 i = 0; i < t->count; i++) {
    const TableColumn *c = &t->columns[i];
    const Cell *f = &t->found[i];
    if ((c->slot == NONE && c->map == NONE) || cell_is_missing(d, t, f)) continue;
    if (c->slot != NONE) d->slots[c->slot] = (Span){.begin = f->begin - 1, .end = f->end + 1, .stamp = d->row_stamp};
    if (c->map == NONE) continue;
    if (!(c->object ? cell_put_object(d, c->map, f) : cell_put_entry(d, c->map, t->keys[i], f, part))) return false;
  }
  return true;
}

/* An entry that is a column may be shorter than one of an object. */
static bool table_has_room(const Decoder *d, const Table *t, i64 length) {
  for (int i = 0; i < MAPS; i++)
    if (!texts_room(&d->maps[i].values, 0, t->entries[i] + d->plan.maps[i].named_count)) return false;
  return row_has_room(d, length);
}

/* The record from `raw` on, whose cells were found: whether it is plain, and in the columns. */
static bool table_row(Decoder *d, const Table *t, const u8 *raw, i64 length, i64 line) {
  row_begin(d);
  return table_has_room(d, t, length) && cell_put_all(d, t) && row_finish(d, raw, length, line);
}

/* A record that lies from `begin` to `end`, whose cells were found. */
static void table_record(Decoder *d, Table *t, const Scan *s, const u8 *begin, const u8 *end, i64 line, Rows *r) {
  bool plain = !s->odd && end - begin <= r->max_bytes && (!s->not_ascii || utf8_is_valid(begin, end));
  plain = plain && table_row(d, t, begin, end - begin, line);
  if (plain) row_note(d);
  else row_undo(d);
  records_add(plain ? &d->plain : &d->other, r->at, end - begin, r->lines);
}

INTERNAL void table_decode(Decoder *d, Table *t, const u8 *text, i64 size, i64 first, Rows *r) {
  const u8 *p = text, *end = text + size;
  while (p < end) {
    r->at = p - text;
    const u8 *stop = *p > ' ' ? NULL : memchr(p, '\n', (size_t)(end - p) + 1);
    if (stop && line_is_blank(p, stop)) {
      r->lines++;
      p = stop + 1;
      continue;
    }
    Scan s = {.p = p, .end = end, .last = p, .delimiter = t->delimiter};
    bool whole = cell_find_all(t, &s);
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
