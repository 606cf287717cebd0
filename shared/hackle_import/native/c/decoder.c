#include "decoder.h"
#include "privacy.h"
#include "values.h"
#include <stdlib.h>

#define MIN_ROW_BYTES 1 /* an element may be a digit, and a bracket may follow it at once */

INTERNAL void decoder_free_columns(Decoder *d) {
  texts_free(&d->insert_id);
  texts_free(&d->event_key);
  for (int i = 0; i < MAPS; i++) {
    Map *m = &d->maps[i];
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
  free(d->joined);
  free(d->unfolded);
  free(d->each.beside);
  free(d->each.row);
  d->each.beside = d->each.row = NULL;
  d->ts = NULL;
  d->metric_value = NULL;
  d->tail = d->scratch = d->joined = d->unfolded = NULL;
}

static bool decoder_alloc_map(Decoder *d, int number, i64 size) {
  const PlanMap *p = &d->plan.maps[number];
  Map *m = &d->maps[number];
  i64 parts = p->spread_count + p->pivot_count;
  i64 hashes = d->plan.policy->hashes * HASHED_STRIDE;
  i64 told = d->plan.ask_count ? size + TOLD_BYTES : 0;
  i64 bytes = (parts + p->named_count) * (size + hashes * d->rows + told) + p->largest * d->rows;
  i64 entries = parts * ((size + told) / MIN_ENTRY_BYTES) + p->named_count * d->rows;
  m->max_characters = p->max_characters;
  m->parts = parts;
  m->named = p->named_count;
  m->beside = (parts + p->named_count) * hashes + p->largest;
  bool done = texts_init(&m->values, bytes, entries);
  m->key = malloc(((size_t)m->values.most + 1) * sizeof(i32));
  m->starts = malloc(((size_t)d->rows + 1) * sizeof(i32));
  return done && m->key && m->starts;
}

/* Rows have what they share once each: so many bytes more than the text has they are at most. */
static i64 each_room(i64 size) {
  i64 most = size < EACH_BYTES ? size * size / 8 + size * 8 : EACH_BYTES;
  return (most < EACH_BYTES ? most : EACH_BYTES) + PADDING;
}

static bool each_alloc(Each *e, i64 size) {
  e->room = size;
  e->beside = malloc((size_t)size + PADDING);
  e->row = malloc((size_t)size + PADDING);
  if (!e->beside || !e->row) return false;
  memset(e->row + size, '\n', PADDING);
  return true;
}

static bool decoder_alloc_columns(Decoder *d, i64 size) {
  d->rows = size / (d->plan.each_count ? EACH_ROW_BYTES : USUAL_ROW_BYTES) + 1;
  d->capacity = size;
  bool done = records_init(&d->plain, d->rows) && records_init(&d->other, size / MIN_ROW_BYTES + 1);
  done = done && texts_init(&d->insert_id, d->rows * UUID_BYTES, d->rows);
  done = done && texts_init(&d->event_key, size + EVENT_KEY_BYTES * 64, d->rows);
  for (int i = 0; done && i < MAPS; i++) done = decoder_alloc_map(d, i, size);
  d->ts = malloc((size_t)d->rows * sizeof *d->ts);
  d->metric_value = malloc((size_t)d->rows * sizeof *d->metric_value);
  d->tail = malloc((size_t)size + PADDING);
  d->scratch = malloc((size_t)size + PADDING);
  d->joined = malloc((size_t)size + PADDING);
  d->unfolded = malloc((size_t)size + PADDING);
  if (d->plan.each_count) done = each_alloc(&d->each, size) && done;
  return done && d->ts && d->metric_value && d->tail && d->scratch && d->joined && d->unfolded;
}

static bool decoder_ready_columns(Decoder *d, i64 size) {
  d->each.bytes = 0;
  if (d->plan.each_count) size += each_room(size);
  if (!d->scratch || size > d->capacity) {
    decoder_free_columns(d);
    if (!decoder_alloc_columns(d, size)) {
      decoder_free_columns(d);
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

static i32 decoder_planned_key(Decoder *d, i64 number, PlanText text) {
  return keys_number(&d->maps[number].keys, plan_text(&d->plan, text), (u32)text.length);
}

/* Required keys have the first numbers. A table that is nearly full is begun anew. */
static bool decoder_ready_keys(Decoder *d, i64 number) {
  const PlanMap *p = &d->plan.maps[number];
  Keys *k = &d->maps[number].keys;
  if (k->count && k->count < MAX_KEYS / 2) return true;
  if (k->count) keys_clear(k);
  bool done = true;
  for (i32 i = 0; i < 2 && p->required[i].length != NONE; i++)
    done = done && decoder_planned_key(d, number, p->required[i]) == i;
  for (i64 i = p->named; i < p->named + p->named_count; i++) {
    i32 key = decoder_planned_key(d, number, d->plan.named[i].key);
    done = done && key != NO_KEY;
    d->named_keys[i] = key == NO_KEY ? 0 : k->stands[key];
  }
  return done;
}

INTERNAL bool decoder_ready(Decoder *d, i64 size) {
  bool done = size >= 0 && size <= MAX_TEXT;
  for (i64 i = 0; done && i < MAPS; i++) done = decoder_ready_keys(d, i);
  if (d->osnames.count > MAX_KEYS / 2) keys_clear(&d->osnames);
  return done && decoder_ready_columns(d, size);
}

static bool decoder_init_each(Each *e) {
  e->elements = malloc(EACH_ROWS * sizeof *e->elements);
  e->names = malloc(EACH_NAMES * sizeof *e->names);
  return e->elements && e->names;
}

INTERNAL bool decoder_init(Decoder *d, LearnFn learn, u64 seed) {
  const Plan *p = &d->plan;
  d->learn = learn;
  d->sha1 = sha1_best();
  d->bare_scalars = scalars_bare(p);
  d->each.place = NONE;
  bool done = keys_init(&d->osnames, TABLE_OSNAMES, learn, seed);
  for (i32 i = 0; done && i < MAPS; i++) done = keys_init(&d->maps[i].keys, i, learn, seed);
  d->states = done ? nodes_new(p) : NULL;
  d->fields = fields_new(seed);
  d->slots = calloc((size_t)p->policy->slots + 1, sizeof *d->slots);
  d->pivots = calloc((size_t)p->pivot_count + 1, sizeof *d->pivots);
  d->named_keys = calloc((size_t)p->named_count + 1, sizeof *d->named_keys);
  d->guards_met = calloc((size_t)p->guard_count + 1, sizeof *d->guards_met);
  d->slots_met = calloc((size_t)p->policy->slots + 1, sizeof *d->slots_met);
  d->met_now = calloc((size_t)(p->node_count + p->guard_count + p->policy->slots) + 1, sizeof *d->met_now);
  d->asked = calloc((size_t)p->ask_count + 1, sizeof *d->asked);
  done = privacy_init(d, learn, seed) && d->asked && d->states && d->fields && d->slots && d->pivots && d->named_keys;
  done =
      done && d->guards_met && d->slots_met && d->met_now && (!p->ask_count || answers_init(&d->answers, learn, seed));
  done = done && (!p->each_count || decoder_init_each(&d->each));
  if (p->policy->when_missing == MISSING_BY_CONTENT_AND_COPY)
    done = (d->held = calloc(HELD_BITS / 64, sizeof *d->held)) != NULL && done;
  for (i64 i = 0; done && i < p->pivot_count; i++)
    done = (d->pivots[i].pairs = malloc(MAX_MEMBERS * sizeof(Pair))) != NULL;
  return done;
}

INTERNAL void decoder_free(Decoder *d) {
  decoder_free_columns(d);
  for (int i = 0; i < MAPS; i++) keys_free(&d->maps[i].keys);
  keys_free(&d->osnames);
  nodes_free(&d->plan, d->states);
  for (i64 i = 0; d->pivots && i < d->plan.pivot_count; i++) free(d->pivots[i].pairs);
  free(d->pivots);
  free(d->slots);
  free(d->named_keys);
  free(d->guards_met);
  free(d->slots_met);
  free(d->met_now);
  free(d->asked);
  free(d->held);
  free(d->each.elements);
  free(d->each.names);
  answers_free(&d->answers);
  free(d->fields);
  privacy_free(d);
  plan_free(&d->plan);
}
