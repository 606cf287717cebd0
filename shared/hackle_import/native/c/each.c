#include "each.h"
#include "spans.h"
#include "values.h"

#define LEVEL_NAMES 256          /* in one object: each is compared with all before it */
#define MOST_BYTES (256ll << 20) /* as reading/each.py has it: a record that becomes more is rejected there */
static const u8 each_within[] = "\"record\":";
#define WITHIN_BYTES ((i64)sizeof each_within - 1)
#define OWN_BYTES (WITHIN_BYTES - 3) /* of the name alone */

/* ---- what a record has beside its list ---- */

/* Whether the name that was written from `name` to `end` is new in its object, whose names begin at `first`. */
static bool each_is_new(Each *e, i64 first, const u8 *name, const u8 *end) {
  EachName one = {.text = name, .length = end - name};
  if (e->name_count == EACH_NAMES || e->name_count - first == LEVEL_NAMES) return false;
  hash_words(0, name, (u32)one.length, &one.a, &one.b);
  for (i64 i = first; i < e->name_count; i++) {
    const EachName *other = &e->names[i];
    bool same = other->a == one.a && other->b == one.b && other->length == one.length;
    if (UNLIKELY(same) && (one.length <= BLOCK || !memcmp(other->text, name, (size_t)one.length))) return false;
  }
  e->names[e->name_count++] = one;
  return true;
}

static void each_put(u8 **out, const u8 *begin, const u8 *end) {
  memcpy(*out, begin, (size_t)(end - begin));
  *out += end - begin;
}

/* The name at `p` goes to `*out` as msgspec writes it, with its quotes. */
static const u8 *each_name(const u8 *p, u8 **out) {
  bool escaped;
  const u8 *end = *p == '"' ? json_skip_string(p + 1, &escaped) : NULL;
  if (end && UNLIKELY(escaped)) json_recode(p, end, out);
  else if (LIKELY(end != NULL)) each_put(out, p, end);
  return end;
}

/* An element at `p`: an object without a field `record`. */
static const u8 *each_element(Decoder *d, const u8 *p, i64 depth) {
  const u8 *name;
  i64 length, max_depth = d->plan.policy->max_depth;
  if (*p != '{') return NULL;
  p = json_space(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    if (*p != '"' || !(p = span_string_at(d, p + 1, &name, &length))) return NULL;
    if (UNLIKELY(length == OWN_BYTES) && !memcmp(name, each_within + 1, (size_t)length)) return NULL;
    p = json_space(p);
    if (*p != ':' || !(p = json_skip(json_space(p + 1), depth + 1, max_depth))) return NULL;
    p = json_space(p);
    if (*p == '}') return p + 1;
    if (*p != ',') return NULL;
    p = json_space(p + 1);
  }
}

static const u8 *each_list(Decoder *d, const u8 *p, i64 depth) {
  Each *e = &d->each;
  if (*p != '[') return NULL;
  p = json_space(p + 1);
  if (*p == ']') return p + 1;
  for (;;) {
    const u8 *begin = p;
    if (e->count == EACH_ROWS || !(p = each_element(d, p, depth + 1))) return NULL;
    e->elements[e->count++] = (EachElement){begin, p};
    p = json_space(p);
    if (*p == ']') return p + 1;
    if (*p != ',') return NULL;
    p = json_space(p + 1);
  }
}

static const u8 *each_object(Decoder *d, const u8 *p, u8 **out, i64 level);

/* A member at `p` goes to `*out`, behind a comma unless it is the `first` of its object; of the list nothing does. `*leads`: it
   is the list, or holds it. */
static const u8 *each_member(Decoder *d, const u8 *p, u8 **out, i64 level, i64 first, bool *leads) {
  u8 *before = *out;
  PlanText wanted = d->plan.each[level];
  if (before[-1] != '{') *(*out)++ = ',';
  const u8 *name = *out, *begin;
  if (!(p = each_name(p, out)) || !each_is_new(&d->each, first, name, *out)) return NULL;
  p = json_space(p);
  if (*p != ':') return NULL;
  *(*out)++ = ':';
  begin = p = json_space(p + 1);
  *leads = *out - name == wanted.length + 3 && !memcmp(name + 1, plan_text(&d->plan, wanted), (size_t)wanted.length);
  if (*leads && level + 1 < d->plan.each_count) return each_object(d, p, out, level + 1);
  if (*leads) {
    *out = before;
    return each_list(d, p, level + 2);
  }
  p = json_skip(p, level + 2, d->plan.policy->max_depth);
  if (LIKELY(p != NULL)) each_put(out, begin, p);
  return p;
}

/* The object at `p` goes to `*out` without the list, to which the path leads from its name number `level` on. */
static const u8 *each_object(Decoder *d, const u8 *p, u8 **out, i64 level) {
  i64 first = d->each.name_count;
  bool found = false, leads;
  if (*p != '{') return NULL;
  *(*out)++ = '{';
  p = json_space(p + 1);
  if (*p == '}') return NULL;
  for (;;) {
    if (!(p = each_member(d, p, out, level, first, &leads))) return NULL;
    if (leads && found) return NULL;
    found = found || leads;
    p = json_space(p);
    if (*p == '}') break;
    if (*p != ',') return NULL;
    p = json_space(p + 1);
  }
  *(*out)++ = '}';
  return found ? p + 1 : NULL;
}

/* ---- its rows ---- */

/* What all of the record's rows end with, where the buffer does. NULL: the record is Python's. */
static u8 *each_split(Decoder *d, const RawRecord *r) {
  Each *e = &d->each;
  u8 *out = e->beside;
  e->count = e->name_count = 0;
  const u8 *after = each_object(d, json_space(r->p), &out, 0);
  if (!after || json_space(after) != r->line_end) return NULL;
  i64 beside = out - e->beside, each = WITHIN_BYTES + beside + 1;
  if (each > e->room || e->count * beside > MOST_BYTES) return NULL;
  u8 *end = e->row + e->room, *begin = end - each;
  end[-1] = '}';
  memcpy(end - 1 - beside, e->beside, (size_t)beside);
  memcpy(begin, each_within, (size_t)WITHIN_BYTES);
  e->within = begin + WITHIN_BYTES;
  return begin;
}

/* The row of an element, in front of what all rows end with. */
static u8 *each_row(u8 *ending, const EachElement *one) {
  bool is_empty = *json_space(one->begin + 1) == '}';
  i64 length = one->end - 1 - one->begin;
  u8 *begin = ending - length - !is_empty;
  memcpy(begin, one->begin, (size_t)length);
  if (!is_empty) ending[-1] = ',';
  return begin;
}

/* The row of an element, of which Python may be asked alone. */
static void each_row_take(Decoder *d, const RawRecord *r, u8 *ending, const EachElement *one) {
  const u8 *end = d->each.row + d->each.room;
  RowFate fate = ROW_ODD;
  if (LIKELY(one->end - one->begin <= ending - d->each.row)) {
    const u8 *row = each_row(ending, one);
    d->each.bytes += end - row;
    fate = record_decode(d, row, end, row, end - row, r->number);
  }
  row_end(d, fate, r->start, r->length, r->line);
}

/* Ids are made of what was dropped. */
static bool each_is_as_dropped(const RawRecord *r) {
  return r->p == r->raw || (r->line_end - r->p == r->length && !memcmp(r->p, r->raw, (size_t)r->length));
}

static bool each_take(Decoder *d, const RawRecord *r) {
  Each *e = &d->each;
  if (e->bytes >= EACH_BYTES) return false;
  u8 *ending = r->odd ? NULL : each_split(d, r);
  e->is_as_dropped = each_is_as_dropped(r);
  if (!ending) row_end(d, ROW_ODD, r->start, r->length, r->line);
  for (e->place = e->done; ending && e->place < e->count && e->bytes < EACH_BYTES; e->place++)
    each_row_take(d, r, ending, &e->elements[e->place]);
  bool whole = !ending || e->place >= e->count;
  e->done = whole ? 0 : e->place;
  e->place = NONE;
  d->notes[SPLIT_RECORDS] += whole && ending;
  return whole;
}

INTERNAL bool record_take(Decoder *d, const RawRecord *r) {
  if (UNLIKELY(d->plan.each_count)) return each_take(d, r);
  RowFate fate = r->odd ? ROW_ODD : record_decode(d, r->p, r->line_end, r->raw, r->length, r->number);
  if (fate == ROW_ODD && !r->odd) scalar_hold_copy(d, r->raw, r->length);
  row_end(d, fate, r->start, r->length, r->line);
  return true;
}
