#include "rows.h"
#include "asks.h"
#include "entries.h"
#include "guards.h"
#include "spans.h"
#include "values.h"
#include "where.h"

#define LONG_NUMBER 4300   /* digits, of which Python makes no number: it then knows nothing of the record */
#define HEAVY_BYTES 250000 /* as many values as Python looks at: `decode/weight.py` */

static bool map_put_pair(Decoder *d, i64 number, const Pair *one, u64 part) {
  Map *m = &d->maps[number];
  const u8 *text, *after;
  i64 length;
  i32 written = entry_key(d, &m->keys, one->key.begin + 1, &after);
  if (written == NO_KEY || ++m->members > MAX_MEMBERS) return false;
  i32 key = m->keys.stands[written];
  KeyState *s = &m->keys.state[key];
  if (s->stamp == part) return false; /* twice in one list */
  if (s->stamp < d->row_stamp) s->entry = NO_KEY;
  s->stamp = part;
  if (s->flags & LEARNT_LEFT_OUT || !one->value.begin) return true;
  return span_text(d, &one->value, &text, &length) && entry_put(d, number, key, text, length);
}

static bool map_put_pivot(Decoder *d, i64 number, const PairList *list) {
  if (list->stamp != d->row_stamp) return true;
  u64 part = ++d->stamp;
  for (i32 i = 0; i < list->count; i++)
    if (!map_put_pair(d, number, &list->pairs[i], part)) return false;
  return true;
}

static bool map_put_named(Decoder *d, i64 number, i64 which) {
  const u8 *text;
  i64 length;
  i32 key = d->named_keys[which];
  Presence found = value_text(d, &d->plan.values[d->plan.named[which].value], &text, &length);
  return found == VALUE_MISSING || (found == VALUE_THERE && entry_put(d, number, key, text, length));
}

/* A required key is the table's first or second. */
static bool map_is_filled(const Decoder *d, i64 number, i32 key) {
  const Map *m = &d->maps[number];
  const KeyState *s = &m->keys.state[key];
  if (s->stamp < d->row_stamp || s->entry == NO_KEY) return false;
  return m->values.ends[s->entry + 1] > m->values.ends[s->entry];
}

static bool map_spell_osname(Decoder *d) {
  Texts *t = &d->maps[MAP_PLATFORM].values;
  i32 entry = d->maps[MAP_PLATFORM].keys.state[0].entry, length = t->ends[entry + 1] - t->ends[entry];
  if (length > KEY_BYTES) return false;
  i32 name = keys_number(&d->osnames, t->bytes + t->ends[entry], (u32)length);
  if (UNLIKELY(name == NO_KEY)) return false;
  i32 usual = d->osnames.stands[name];
  if (usual != name) texts_replace(t, entry, keys_text(&d->osnames, usual), d->osnames.lengths[usual]);
  return true;
}

/* The row's identifiers without those that are empty, from the first of those on. */
static void map_cut_empty(Map *m, i32 first) {
  Texts *t = &m->values;
  i32 kept = first;
  for (i32 i = first; i < t->count; i++) {
    if (t->ends[i + 1] == t->ends[i]) continue;
    m->key[kept] = m->key[i];
    t->ends[++kept] = t->ends[i + 1];
  }
  t->count = kept;
}

/* Of identifiers, and of what is required of a platform, fillers are noted; an empty identifier is none. */
static bool map_settle(Decoder *d, i64 number) {
  Map *m = &d->maps[number];
  const Texts *t = &m->values;
  bool ids = number == MAP_IDENTIFIERS;
  i32 empty = NO_KEY;
  for (i32 i = m->starts[d->plain.count]; i < t->count; i++) {
    i32 length = t->ends[i + 1] - t->ends[i];
    if (UNLIKELY(ids && !length) && empty == NO_KEY) empty = i;
    const u8 *text = t->bytes + t->ends[i];
    if (UNLIKELY(ids && length && value_blank_at(text)) && value_is_blank(text, length)) return false;
    if (entry_takes_fillers(number, m->key[i]) && !value_note_filler(d, text, length)) return false;
  }
  if (UNLIKELY(empty != NO_KEY)) map_cut_empty(m, empty);
  return true;
}

static bool map_end(Decoder *d, i64 number) {
  const PlanMap *p = &d->plan.maps[number];
  Map *m = &d->maps[number];
  const i64 *spreads = d->plan.lists + p->spreads, *pivots = d->plan.lists + p->pivots;
  for (i64 i = 0; i < p->spread_count; i++)
    if (spreads[i] != NONE && !entries_late(d, number, &d->slots[spreads[i]])) return false;
  for (i64 i = 0; i < p->pivot_count; i++)
    if (!map_put_pivot(d, number, &d->pivots[pivots[i]])) return false;
  for (i64 i = p->named; i < p->named + p->named_count; i++)
    if (!map_put_named(d, number, i)) return false;
  for (i32 i = 0; i < 2; i++)
    if (p->required[i].length != NONE && !map_is_filled(d, number, i)) return false;
  if (p->required[0].length != NONE && !map_settle(d, number)) return false;
  if (number == MAP_PLATFORM && !map_spell_osname(d)) return false;
  i32 row = d->plain.count, entries = m->values.count - m->starts[row];
  m->starts[row + 1] = m->values.count;
  return entries <= p->max_entries || entry_over_limit(d, NOTE_TOO_MANY_KEYS);
}

INTERNAL bool row_has_room(const Decoder *d, i64 length) {
  if (d->plain.count == d->rows || !texts_room(&d->event_key, EVENT_KEY_BYTES, 1)) return false;
  for (int i = 0; i < MAPS; i++) {
    const Map *m = &d->maps[i];
    i64 bytes = (m->parts + m->named) * length + m->beside;
    if (!texts_room(&m->values, bytes, m->parts * (length / MIN_ENTRY_BYTES) + m->named)) return false;
  }
  return true;
}

INTERNAL void row_begin(Decoder *d) {
  d->row_stamp = ++d->stamp;
  d->noted = 0;
  d->unfolded_used = d->hashed_used = d->passed_count = d->told = 0;
  if (d->plan.ask_count) answers_begin(&d->answers);
  d->within = d->plan.policy->privates ? 0 : NONE;
  for (int i = 0; i < MAPS; i++) d->maps[i].members = 0;
}

static bool row_has_long_number(const u8 *raw, i64 length) {
  for (i64 i = LONG_NUMBER - 1; i < length; i += LONG_NUMBER) {
    i64 begin = i, end = i;
    while (begin > 0 && ascii_is_digit(raw[begin - 1])) begin--;
    while (end < length && ascii_is_digit(raw[end])) end++;
    if (end - begin >= LONG_NUMBER) return true;
  }
  return false;
}

/* Whether Python would say what is said here: it decodes all of a record for expressions, and goes through it for `[privacy]`. */
static bool row_is_looked_at(const Plan *p, const u8 *raw, i64 length) {
  bool looks = p->test_count || p->guard_count || p->ask_count;
  if ((looks || p->policy->privates) && length > HEAVY_BYTES) return false;
  return !looks || !row_has_long_number(raw, length);
}

INTERNAL RowFate row_finish(Decoder *d, const u8 *raw, i64 raw_length, i64 line) {
  const Plan *p = &d->plan;
  if (!row_is_looked_at(p, raw, raw_length) || (p->ask_count && !asks_fill(d, true))) return ROW_ODD;
  Presence kept = where_keeps(d);
  if (kept != VALUE_THERE) return kept == VALUE_BAD ? ROW_ODD : ROW_LEFT_OUT;
  if (!guards_hold(d) || (p->ask_count && !asks_fill(d, false))) return ROW_ODD;
  if (d->told && !row_has_room(d, raw_length + d->told)) return ROW_ODD;
  if (!scalar_event_key(d) || !scalar_ts(d) || !scalar_metric_value(d) || !scalar_insert_id(d, raw, raw_length, line))
    return ROW_ODD;
  for (i64 i = 0; i < MAPS; i++)
    if (!map_end(d, i)) return ROW_ODD;
  return scalar_count_copy(d, raw, raw_length) ? ROW_PLAIN : ROW_ODD;
}

static void row_undo(Decoder *d) {
  i32 row = d->plain.count;
  texts_cut(&d->insert_id, row);
  texts_cut(&d->event_key, row);
  for (int i = 0; i < MAPS; i++) texts_cut(&d->maps[i].values, d->maps[i].starts[row]);
}

INTERNAL void row_end(Decoder *d, RowFate fate, i64 start, i64 length, i64 line) {
  for (i64 i = 0; UNLIKELY(fate == ROW_ODD) && i < d->met_count; i++) *d->met_now[i] = false;
  d->met_count = 0;
  if (fate == ROW_ODD) fields_undo(d->fields);
  else fields_keep(d->fields);
  for (int i = 0; UNLIKELY(d->noted) && fate == ROW_PLAIN && i < NOTES; i++) d->notes[i] += d->noted >> i & 1;
  if (UNLIKELY(fate != ROW_PLAIN)) row_undo(d);
  if (UNLIKELY(fate == ROW_LEFT_OUT)) d->notes[LEFT_OUT_ROWS]++;
  else records_add(fate == ROW_PLAIN ? &d->plain : &d->other, start, length, line, d->each.place);
}
