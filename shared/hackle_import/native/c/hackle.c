#include "hackle.h"
#include "lines.h"
#include <stdlib.h>

#ifndef HACKLE_INTERFACE
#define HACKLE_INTERFACE 0
#endif

API u64 hackle_interface(void) { return HACKLE_INTERFACE; }

/* `arrays`: the four scalars, the four maps, the line and the place of each of their rows; start, length, line and place
   of the others. */
static bool hackle_give(Decoder *d, struct ArrowArray *arrays, i64 *notes) {
  i64 rows = d->plain.count;
  memcpy(notes, d->notes, sizeof d->notes);
  bool given = texts_give(arrays, rows, &d->insert_id) && texts_give(arrays + 1, rows, &d->event_key) &&
               arrow_give_numbers(arrays + 2, d->ts, rows, sizeof *d->ts) &&
               arrow_give_numbers(arrays + 3, d->metric_value, rows, sizeof *d->metric_value);
  for (int i = 0; given && i < MAPS; i++) given = map_give(arrays + SCALARS + i, &d->maps[i], rows);
  return given && arrow_give_numbers(arrays + SCALARS + MAPS, d->plain.line, rows, sizeof(i32)) &&
         arrow_give_numbers(arrays + SCALARS + MAPS + 1, d->plain.place, rows, sizeof(i32)) &&
         records_give(arrays + SCALARS + MAPS + 2, &d->other);
}

API void hackle_free(Decoder *d) {
  if (d) decoder_free(d);
  free(d);
}

API Decoder *hackle_new(LearnFn learn, u64 seed, const i64 *numbers, i64 count, const u8 *texts, i64 bytes,
                        i64 *fault) {
  *fault = PLAN_NO_MEMORY;
  Decoder *d = calloc(1, sizeof *d);
  if (!d) return NULL;
  PlanFault wrong = plan_init(&d->plan, numbers, count, texts, bytes);
  if (wrong == PLAN_FINE) wrong = plan_check(&d->plan);
  if (wrong == PLAN_FINE && decoder_init(d, learn, seed)) return d;
  if (wrong != PLAN_FINE) *fault = wrong;
  hackle_free(d);
  return NULL;
}

API void hackle_count_copies(Decoder *d, Copies *copies) { d->copies = copies; }

API void hackle_met(const Decoder *d, u8 *met) {
  for (i64 i = 0; i < d->plan.node_count; i++) met[i] = d->states[i].met;
  met += d->plan.node_count;
  memcpy(met, d->guards_met, (size_t)d->plan.guard_count * sizeof *d->guards_met);
  memcpy(met + d->plan.guard_count, d->slots_met, (size_t)d->plan.policy->slots * sizeof *d->slots_met);
}

API const Field *hackle_fields(const Decoder *d, i64 *count, i64 *more, i64 *rows) {
  *count = d->fields->count;
  *rows = d->fields->rows;
  *more = d->fields->more;
  return d->fields->all;
}

API i32 hackle_decode(Decoder *d, const u8 *head, i64 head_size, const u8 *text, i64 start, i64 size, Lines *n,
                      struct ArrowArray *arrays, i64 *notes) {
  n->count = n->at = n->more = 0;
  if (head_size < 0 || head_size > MAX_TEXT || size < 0 || size > MAX_TEXT) return NO_MEMORY;
  if (!decoder_ready(d, head_size + size)) return NO_MEMORY;
  lines_decode(d, head, head_size, text + start, size, n);
  return hackle_give(d, arrays, notes) ? 0 : NO_MEMORY;
}

API i32 hackle_decode_elements(Decoder *d, const u8 *text, i64 size, i64 first, Elements *s, struct ArrowArray *arrays,
                               i64 *notes) {
  s->count = s->at = s->more = 0;
  if (!decoder_ready(d, size)) return NO_MEMORY;
  bool trouble = !elements_decode(d, text, size, first, s);
  return hackle_give(d, arrays, notes) ? trouble : NO_MEMORY;
}

API void hackle_repeats_free(Repeats *r) {
  if (r) repeats_free(r);
  free(r);
}

API Repeats *hackle_repeats_new(u64 seed) {
  Repeats *r = calloc(1, sizeof *r);
  if (r && repeats_init(r, seed)) return r;
  hackle_repeats_free(r);
  return NULL;
}

API i32 hackle_repeats_add(Repeats *r, const u8 *ids, const i64 *lines, i64 rows) {
  return repeats_add(r, ids, lines, rows) ? 0 : NO_MEMORY;
}

API void hackle_repeats_told(const Repeats *r, i64 *told) {
  told[0] = repeats_rows(r);
  told[1] = r->level;
  told[2] = r->lines[0];
  told[3] = r->lines[1];
}

API void hackle_table_free(Table *t) {
  if (t) table_free(t);
  free(t);
}

API Table *hackle_table_new(const i64 *numbers, i64 count, i64 *fault) {
  *fault = PLAN_NO_MEMORY;
  Table *t = calloc(1, sizeof *t);
  if (!t) return NULL;
  *fault = table_init(t, numbers, count);
  if (*fault == PLAN_FINE) return t;
  hackle_table_free(t);
  return NULL;
}

API i32 hackle_decode_table(Decoder *d, const u8 *head, i64 head_size, const u8 *text, i64 start, i64 size, i64 first,
                            Table *t, Rows *r, struct ArrowArray *arrays, i64 *notes) {
  r->at = r->lines = r->unclosed = r->more = 0;
  if (!table_fits(t, &d->plan)) return TABLE_UNFIT;
  if (head_size < 0 || head_size > MAX_TEXT || size < 0 || size > MAX_TEXT) return NO_MEMORY;
  i64 whole = head_size + size;
  if (!decoder_ready(d, whole) || !table_ready(d, t, whole)) return NO_MEMORY;
  memcpy(d->tail, head, (size_t)head_size);
  memcpy(d->tail + head_size, text + start, (size_t)size);
  memset(d->tail + whole, '\n', PADDING);
  table_decode(d, t, d->tail, whole, first, r);
  return hackle_give(d, arrays, notes) ? 0 : NO_MEMORY;
}

API i64 hackle_inside(const u8 *text, i64 size, i64 *depth) { return wrapped_inside(text, size, depth); }
