/* One record -> a row. First a single pass over it: everything is checked, what the plan wants is found, and a map that
   begins with an object's entries is written at once. Then scalars and the rest of the maps, from what was found.

   Every function gives NULL or false where the record is not plain: Python then decodes it. */
#ifndef RECORD_H
#define RECORD_H
#include "columns.h"
#include "decimal.h"
#include "plan.h"
#include "uuid.h"
#include <stdio.h>

#define PLATFORM (MAPS - 1) /* the map with `osname`, which is its first required key */
#define OSNAMES MAPS        /* the table of their spellings */
#define MAX_MEMBERS 1024    /* of a map; with more, Python decides */
#define MIN_ENTRY_BYTES 4   /* `"":1` */
#define EVENT_KEY_CHARACTERS 128
#define EVENT_KEY_BYTES (4 * EVENT_KEY_CHARACTERS)

enum { HASHED, MADE, ROUNDED, REPEATED, KEY_TOO_LONG, VALUE_TOO_LONG, TOO_MANY_KEYS, RESERVED, NOTES };

typedef struct { const u8 *begin, *end; u64 stamp; bool escaped; } span; /* a value; `stamp`: when it was found */
typedef struct { span key, value; } pair;
typedef struct { pair *pairs; i32 count; u64 stamp; } pair_list;

typedef struct {
  plan plan;
  node_state *states;
  span *slots;
  pair_list *pivots;
  sha1_blocks sha1;
  i32 *named_keys; /* numbers of the plan's named keys */
  texts insert_id, event_key;
  i64 *ts;
  i128 *metric_value;
  map maps[MAPS];
  keys osnames;
  records plain, other;
  i64 rows; /* that there is room for */
  u8 *tail, *scratch;
  i64 capacity; /* of text, in bytes, that all of the above is large enough for */
  u64 stamp, row_stamp; /* grows with every row, and with every part of one */
  u32 noted;            /* of this row, a bit a note */
  i64 notes[NOTES];
} decoder;

static const u8 *node_value(decoder *d, i64 number, const u8 *p, i64 depth, u64 stamp);

static i64 characters(const u8 *p, const u8 *end) {
  i64 count = 0;
  for (; p < end; p++) count += (*p & 0xC0) != 0x80;
  return count;
}

INLINE bool is_there(const span *s, u64 stamp) { return s->stamp == stamp && *s->begin != 'n'; }

/* A value's text: in the record where that is possible. */
static bool span_text(decoder *d, const span *s, const u8 **text, i64 *length) {
  u8 *out = d->scratch;
  if (LIKELY(*s->begin == '"') && LIKELY(!s->escaped)) {
    *text = s->begin + 1;
    *length = s->end - s->begin - 2;
    return true;
  }
  *text = s->begin;
  *length = s->end - s->begin;
  if (*s->begin != '"' && *s->begin != '{' && *s->begin != '[') return true;
  *text = out;
  bool done = *s->begin == '"' ? string(s->begin + 1, &out) != NULL
                               : compact(s->begin, &out, 1, d->plan.policy->max_depth) != NULL;
  *length = out - d->scratch;
  return done;
}

/* ---- entries of maps ---- */

/* A limit of Hackle's is passed: a note, unless the mapping asks for more. */
static bool over_limit(decoder *d, i32 note) {
  d->noted |= 1u << note;
  return d->plan.policy->notes_limits;
}

INLINE bool is_within(decoder *d, i64 number, const u8 *text, i64 length) {
  i64 most = d->plan.maps[number].max_characters;
  return LIKELY(length <= most) || characters(text, text + length) <= most || over_limit(d, VALUE_TOO_LONG);
}

/* The value that ends at `out` is an entry now. */
INLINE bool entry_end(decoder *d, i64 number, i32 key, const u8 *out) {
  map *m = &d->maps[number];
  key_state *s = &m->keys.state[key];
  if (UNLIKELY(!is_within(d, number, texts_tail(&m->values), out - texts_tail(&m->values)))) return false;
  if (UNLIKELY(s->flags & TOO_LONG) && !over_limit(d, KEY_TOO_LONG)) return false;
  s->entry = m->values.count;
  m->key[m->values.count] = key;
  texts_add(&m->values, out);
  return true;
}

/* A text is an entry now, instead of an earlier one where the row has that key; it must not be in the map's buffer. */
static bool entry_put(decoder *d, i64 number, i32 key, const u8 *text, i64 length) {
  map *m = &d->maps[number];
  key_state *s = &m->keys.state[key];
  bool again = s->stamp >= d->row_stamp && s->entry != NO_KEY;
  if (!again) {
    if (s->stamp < d->row_stamp) s->stamp = d->row_stamp;
    copy(texts_tail(&m->values), text, (size_t)length);
    return entry_end(d, number, key, texts_tail(&m->values) + length);
  }
  i64 most = d->plan.maps[number].max_characters;
  if (m->values.ends[s->entry + 1] - m->values.ends[s->entry] > most) return false; /* it may have been noted */
  d->noted |= 1u << REPEATED;
  texts_replace(&m->values, s->entry, text, (i32)length);
  return is_within(d, number, text, length);
}

/* The text of the string at `p`, after its opening quote: in the record, if it has no escapes. */
INLINE const u8 *text_at(decoder *d, const u8 *p, const u8 **text, i64 *length) {
  const u8 *end = plain_string(p);
  u8 *out = d->scratch;
  *text = p;
  if (LIKELY(end != NULL)) {
    *length = end - 1 - p;
    return end;
  }
  *text = out; /* escapes, or a fault */
  end = string(p, &out);
  *length = out - d->scratch;
  return end;
}

/* The key at `p`, after its opening quote: its number as written, and `*after` its closing quote. */
INLINE i32 map_key(decoder *d, keys *k, const u8 *p, const u8 **after) {
  const u8 *text;
  i64 length;
  *after = text_at(d, p, &text, &length);
  return UNLIKELY(!*after) || UNLIKELY(length > KEY_BYTES) ? NO_KEY : key_number(k, text, (u32)length);
}

/* The value at `p` as an entry; null is none. */
INLINE const u8 *map_value(decoder *d, i64 number, i32 key, const u8 *p, i64 depth) {
  u8 *out = texts_tail(&d->maps[number].values);
  if (*p == '"') p = string(p + 1, &out);
  else if (*p == '{' || *p == '[') p = compact(p, &out, depth, d->plan.policy->max_depth);
  else if (*p == 'n') return memcmp(p, "null", 4) ? NULL : p + 4;
  else p = compact_scalar(p, &out, true);
  return LIKELY(p != NULL) && LIKELY(entry_end(d, number, key, out)) ? p : NULL;
}

/* The value at `p` takes the place of an earlier part's. */
static const u8 *map_value_again(decoder *d, i64 number, i32 key, const u8 *p, i64 depth) {
  span s = {.begin = p};
  s.end = *p == '"' ? skip_string(p + 1, &s.escaped) : skip(p, depth, d->plan.policy->max_depth);
  if (!s.end || *p == 'n') return s.end;
  const u8 *text;
  i64 length;
  return span_text(d, &s, &text, &length) && entry_put(d, number, key, text, length) ? s.end : NULL;
}

/* The node below `owner` that a key of its object names. */
INLINE i64 node_of_key(decoder *d, keys *k, i32 written, i64 owner) {
  if (UNLIKELY(k->node[written] == NOT_LOOKED_FOR))
    k->node[written] = (i32)child_of(&d->plan, d->states, owner, key_text(k, written), k->lengths[written]);
  return k->node[written];
}

/* `p` at an object whose entries go into map `number`. `owner` is its node where values below it are wanted as well,
   else NONE; `late`: another part of the map came before. A key twice is for Python, but for one of an earlier part. */
INLINE const u8 *spread(decoder *d, i64 number, i64 owner, const u8 *p, i64 depth, u64 stamp, bool late) {
  map *m = &d->maps[number];
  u64 part = ++d->stamp;
  if (UNLIKELY(depth > d->plan.policy->max_depth)) return NULL;
  p = space(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    if (UNLIKELY(*p != '"') || UNLIKELY(++m->members > MAX_MEMBERS)) return NULL;
    i32 written = map_key(d, &m->keys, p + 1, &p);
    if (UNLIKELY(written == NO_KEY)) return NULL;
    i32 key = m->keys.stands[written];
    key_state *s = &m->keys.state[key];
    bool again = UNLIKELY(s->stamp >= d->row_stamp);
    if (UNLIKELY(again) && (!late || s->stamp == part)) return NULL;
    if (!again) s->entry = NO_KEY;
    s->stamp = part;
    p = space(p);
    if (UNLIKELY(*p != ':')) return NULL;
    p = space(p + 1);
    i64 child = owner == NONE ? NONE : node_of_key(d, &m->keys, written, owner);
    if (child != NONE) {
      const u8 *begin = p;
      p = node_value(d, child, p, depth + 1, stamp);
      if (p && !(s->flags & LEFT_OUT)) p = map_value(d, number, key, begin, depth + 1);
    } else if (s->flags & LEFT_OUT) {
      p = skip(p, depth + 1, d->plan.policy->max_depth);
    } else if (late && UNLIKELY(again)) {
      p = map_value_again(d, number, key, p, depth + 1);
    } else {
      p = map_value(d, number, key, p, depth + 1);
    }
    if (UNLIKELY(!p)) return NULL;
    p = space(p);
    if (*p == '}') return p + 1;
    if (UNLIKELY(*p != ',')) return NULL;
    p = space(p + 1);
  }
}

static const u8 *spread_alone(decoder *d, i64 number, const u8 *p, i64 depth) {
  return spread(d, number, NONE, p, depth, 0, false);
}

static const u8 *spread_with_nodes(decoder *d, i64 number, i64 owner, const u8 *p, i64 depth, u64 stamp) {
  return spread(d, number, owner, p, depth, stamp, false);
}

static bool spread_late(decoder *d, i64 number, const span *s) {
  if (!is_there(s, d->row_stamp)) return true;
  return *s->begin == '{' && spread(d, number, NONE, s->begin, 1, 0, true);
}

/* ---- the pass over a record ---- */

/* `p` at an object, of whose members some are wanted. */
static const u8 *object(decoder *d, i64 number, const u8 *p, i64 depth, u64 stamp) {
  i64 max_depth = d->plan.policy->max_depth;
  if (depth > max_depth) return NULL;
  p = space(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    if (UNLIKELY(*p != '"')) return NULL;
    const u8 *name;
    i64 length;
    p = text_at(d, p + 1, &name, &length);
    if (UNLIKELY(!p)) return NULL;
    i64 child = child_of(&d->plan, d->states, number, name, length);
    p = space(p);
    if (UNLIKELY(*p != ':')) return NULL;
    p = space(p + 1);
    p = child == NONE ? skip(p, depth + 1, max_depth) : node_value(d, child, p, depth + 1, stamp);
    if (UNLIKELY(!p)) return NULL;
    p = space(p);
    if (*p == '}') return p + 1;
    if (UNLIKELY(*p != ',')) return NULL;
    p = space(p + 1);
  }
}

/* `p` at a list, of which `n` wants elements by their place. */
static const u8 *list(decoder *d, const node *n, const u8 *p, i64 depth, u64 stamp) {
  if (depth > d->plan.policy->max_depth) return NULL;
  p = space(p + 1);
  if (*p == ']') return p + 1;
  for (i64 place = 0, next = 0;; place++) {
    bool wanted = next < n->place_count && d->plan.nodes[n->places + next].name.length == place;
    p = wanted ? node_value(d, n->places + next++, p, depth + 1, stamp) : skip(p, depth + 1, d->plan.policy->max_depth);
    if (!p) return NULL;
    p = space(p);
    if (*p == ']') return p + 1;
    if (*p != ',') return NULL;
    p = space(p + 1);
  }
}

/* The first of a pivot's values that is there and not empty, in the element that was just gone through. */
static span pivot_value(const decoder *d, const pivot *v, u64 stamp) {
  span found = {0};
  for (i64 i = 0; i < v->source_count; i++) {
    const span *s = &d->slots[d->plan.lists[v->sources + i]];
    if (!is_there(s, stamp)) continue;
    bool is_empty = *s->begin == '"' && s->end - s->begin == 2;
    if (!is_empty) return *s;
    found = *s;
  }
  return found;
}

/* `p` at an element of a pivot's list. */
static const u8 *pivot_element(decoder *d, i64 number, const u8 *p, i64 depth) {
  const pivot *v = &d->plan.pivots[number];
  pair_list *list = &d->pivots[number];
  u64 stamp = ++d->stamp;
  if (*p != '{') return NULL;
  p = node_value(d, v->element, p, depth, stamp);
  if (!p) return NULL;
  const span *key = &d->slots[v->key];
  if (!is_there(key, stamp)) return p;
  if (*key->begin != '"' || list->count == MAX_MEMBERS) return NULL;
  if (key->end - key->begin > 2) list->pairs[list->count++] = (pair){*key, pivot_value(d, v, stamp)};
  return p;
}

static const u8 *pivot_list(decoder *d, i64 number, const u8 *p, i64 depth, u64 stamp) {
  d->pivots[number].count = 0;
  d->pivots[number].stamp = stamp;
  if (depth > d->plan.policy->max_depth) return NULL;
  p = space(p + 1);
  if (*p == ']') return p + 1;
  for (;;) {
    p = pivot_element(d, number, p, depth + 1);
    if (!p) return NULL;
    p = space(p);
    if (*p == ']') return p + 1;
    if (*p != ',') return NULL;
    p = space(p + 1);
  }
}

/* `p` at a list, which is gone through once for each that wants something of it. */
static const u8 *lists(decoder *d, const node *n, const u8 *p, i64 depth, u64 stamp) {
  const u8 *end = n->place_count ? list(d, n, p, depth, stamp) : p;
  for (i64 i = n->pivot; end && i != NONE; i = d->plan.pivots[i].next) end = pivot_list(d, i, p, depth, stamp);
  return end;
}

/* `p` at the value of a node. `stamp` is that of the record, or of a pivot's element. */
static const u8 *node_value(decoder *d, i64 number, const u8 *p, i64 depth, u64 stamp) {
  const node *n = &d->plan.nodes[number];
  const u8 *begin = p;
  bool escaped = false;
  if (UNLIKELY(d->states[number].seen == stamp)) return NULL; /* a name twice */
  d->states[number].seen = stamp;
  if (*p == '"') p = skip_string(p + 1, &escaped);
  else if (*p == '{' && n->map != NONE && n->child_count) p = spread_with_nodes(d, n->map, number, p, depth, stamp);
  else if (*p == '{' && n->map != NONE) p = spread_alone(d, n->map, p, depth);
  else if (*p == '{' && n->child_count) p = object(d, number, p, depth, stamp);
  else if (*p == '[' && (n->place_count || n->pivot != NONE)) p = lists(d, n, p, depth, stamp);
  else p = skip(p, depth, d->plan.policy->max_depth);
  if (UNLIKELY(!p)) return NULL;
  if (n->map != NONE && UNLIKELY(*begin != '{' && *begin != 'n')) return NULL;
  if (n->pivot != NONE && UNLIKELY(*begin != '[' && *begin != 'n')) return NULL;
  if (n->slot != NONE) d->slots[n->slot] = (span){begin, p, stamp, escaped};
  return p;
}

/* ---- values ---- */

typedef enum { BAD, MISSING, THERE } presence;

/* A scalar's source must be text or a number, whether it is taken or not. */
static bool is_scalar(const span *s) { return *s->begin == '"' || is_digit(*s->begin) || *s->begin == '-'; }

static bool are_scalars(const decoder *d, const value *v) {
  for (i64 i = 0; i < v->source_count; i++) {
    const span *s = &d->slots[d->plan.lists[v->sources + i]];
    if (is_there(s, d->row_stamp) && !is_scalar(s)) return false;
  }
  return true;
}

static void translate(const plan *p, const value *v, const u8 **text, i64 *length) {
  for (i64 i = v->translations; i < v->translations + v->translation_count; i++) {
    const translation *t = &p->translations[i];
    if (t->from.length != *length || memcmp(text_of(p, t->from), *text, (size_t)*length)) continue;
    *text = t->to.length ? text_of(p, t->to) : NULL;
    *length = t->to.length;
    return;
  }
}

/* What the mapping says of one text: `decode/entries.py`. */
static presence value_text(decoder *d, const value *v, const u8 **text, i64 *length) {
  const plan *p = &d->plan;
  bool empty = false;
  if (v->constant.length != NONE) {
    *text = text_of(p, v->constant);
    *length = v->constant.length;
    return THERE;
  }
  for (i64 i = 0; i < v->source_count; i++) {
    const span *s = &d->slots[p->lists[v->sources + i]];
    if (!is_there(s, d->row_stamp)) continue;
    if (!span_text(d, s, text, length)) return BAD;
    translate(p, v, text, length);
    if (*length) return THERE;
    empty = empty || *text;
  }
  if (v->standard.length == NONE && !empty) return MISSING;
  *text = v->standard.length == NONE ? p->texts : text_of(p, v->standard);
  *length = v->standard.length == NONE ? 0 : v->standard.length;
  return THERE;
}

static presence scalar_text(decoder *d, i64 number, const u8 **text, i64 *length) {
  const value *v = &d->plan.values[number];
  presence found = are_scalars(d, v) ? value_text(d, v, text, length) : BAD;
  return found == THERE && !*length ? MISSING : found;
}

/* ---- scalars ---- */

/* By the record's own bytes, and by its line where the mapping says so. */
static void make_id(decoder *d, const u8 *text, i64 length, i64 line, u8 *out) {
  char more[32] = "";
  int size = 0;
  if (d->plan.policy->when_missing == BY_CONTENT_AND_LINE) size = snprintf(more, sizeof more, "\n%lld", (long long)line);
  uuid_of(d->sha1, text, (size_t)length, (const u8 *)more, (size_t)size, out);
  d->noted |= 1u << MADE;
}

static bool insert_id(decoder *d, const u8 *text, i64 length, i64 line) {
  const u8 *id;
  i64 size;
  u8 *out = texts_tail(&d->insert_id);
  presence found = scalar_text(d, INSERT_ID, &id, &size);
  if (found == BAD || (found == MISSING && d->plan.policy->when_missing == NEVER)) return false;
  uuid_kind kind = found == MISSING ? NO_UUID : uuid_read(id, size, out);
  if (kind == UUID_MAYBE) return false;
  if (found == MISSING) {
    make_id(d, text, length, line, out);
  } else if (kind == NO_UUID) {
    uuid_of(d->sha1, id, (size_t)size, NULL, 0, out);
    d->noted |= 1u << HASHED;
  }
  texts_add(&d->insert_id, out + UUID_BYTES);
  return true;
}

static bool event_key(decoder *d) {
  const u8 *text;
  i64 length;
  if (scalar_text(d, EVENT_KEY, &text, &length) != THERE || length > EVENT_KEY_BYTES) return false;
  if (length > EVENT_KEY_CHARACTERS && characters(text, text + length) > EVENT_KEY_CHARACTERS) return false;
  if (*text == '$') d->noted |= 1u << RESERVED;
  u8 *out = texts_tail(&d->event_key);
  copy(out, text, (size_t)length);
  texts_add(&d->event_key, out + length);
  return true;
}

static bool ts(decoder *d) {
  const u8 *text;
  i64 length;
  return scalar_text(d, TS, &text, &length) == THERE &&
         instant_of(text, length, &d->plan.policy->times, &d->ts[d->plain.count]);
}

static bool metric_value(decoder *d) {
  const u8 *text;
  i64 length;
  i128 *out = &d->metric_value[d->plain.count];
  bool rounded = false;
  *out = 0;
  presence found = scalar_text(d, METRIC_VALUE, &text, &length);
  if (found == BAD || (found == THERE && !metric_of(text, length, out, &rounded))) return false;
  if (rounded) d->noted |= 1u << ROUNDED;
  return true;
}

/* ---- the rest of the maps ---- */

static bool put_pair(decoder *d, i64 number, const pair *one, u64 part) {
  map *m = &d->maps[number];
  const u8 *text, *after;
  i64 length;
  i32 written = map_key(d, &m->keys, one->key.begin + 1, &after);
  if (written == NO_KEY || ++m->members > MAX_MEMBERS) return false;
  i32 key = m->keys.stands[written];
  key_state *s = &m->keys.state[key];
  if (s->stamp == part) return false; /* twice in one list */
  if (s->stamp < d->row_stamp) s->entry = NO_KEY;
  s->stamp = part;
  if (s->flags & LEFT_OUT || !one->value.begin) return true;
  return span_text(d, &one->value, &text, &length) && entry_put(d, number, key, text, length);
}

static bool put_pivot(decoder *d, i64 number, const pair_list *list) {
  if (list->stamp != d->row_stamp) return true;
  u64 part = ++d->stamp;
  for (i32 i = 0; i < list->count; i++)
    if (!put_pair(d, number, &list->pairs[i], part)) return false;
  return true;
}

static bool put_named(decoder *d, i64 number, i64 which) {
  const u8 *text;
  i64 length;
  i32 key = d->named_keys[which];
  presence found = value_text(d, &d->plan.values[d->plan.named[which].value], &text, &length);
  return found == MISSING || (found == THERE && entry_put(d, number, key, text, length));
}

/* A required key is the table's first or second. */
static bool is_filled(const decoder *d, i64 number, i32 key) {
  const map *m = &d->maps[number];
  const key_state *s = &m->keys.state[key];
  if (s->stamp < d->row_stamp || s->entry == NO_KEY) return false;
  return m->values.ends[s->entry + 1] > m->values.ends[s->entry];
}

static bool spell_osname(decoder *d) {
  texts *t = &d->maps[PLATFORM].values;
  i32 entry = d->maps[PLATFORM].keys.state[0].entry, length = t->ends[entry + 1] - t->ends[entry];
  if (length > KEY_BYTES) return false;
  i32 name = key_number(&d->osnames, t->bytes + t->ends[entry], (u32)length);
  if (UNLIKELY(name == NO_KEY)) return false;
  i32 usual = d->osnames.stands[name];
  if (usual != name) texts_replace(t, entry, key_text(&d->osnames, usual), d->osnames.lengths[usual]);
  return true;
}

static bool map_end(decoder *d, i64 number) {
  const map_plan *p = &d->plan.maps[number];
  map *m = &d->maps[number];
  const i64 *spreads = d->plan.lists + p->spreads, *pivots = d->plan.lists + p->pivots;
  for (i64 i = 0; i < p->spread_count; i++)
    if (spreads[i] != NONE && !spread_late(d, number, &d->slots[spreads[i]])) return false;
  for (i64 i = 0; i < p->pivot_count; i++)
    if (!put_pivot(d, number, &d->pivots[pivots[i]])) return false;
  for (i64 i = p->named; i < p->named + p->named_count; i++)
    if (!put_named(d, number, i)) return false;
  for (i32 i = 0; i < 2; i++)
    if (p->required[i].length != NONE && !is_filled(d, number, i)) return false;
  if (number == PLATFORM && !spell_osname(d)) return false;
  i32 row = d->plain.count, entries = m->values.count - m->starts[row];
  m->starts[row + 1] = m->values.count;
  return entries <= p->max_entries || over_limit(d, TOO_MANY_KEYS);
}

/* ---- rows ---- */

/* Whether all columns have room for whatever a record of this length may become. A value comes from the record or the
   plan, and goes into a map at most once a part; nothing gets longer on its way, but for ids, which are UUIDs, and for
   names of operating systems: `largest` counts them. */
static bool has_room(const decoder *d, i64 length) {
  if (d->plain.count == d->rows || !texts_room(&d->event_key, EVENT_KEY_BYTES, 1)) return false;
  for (int i = 0; i < MAPS; i++) {
    const map_plan *p = &d->plan.maps[i];
    i64 parts = p->spread_count + p->pivot_count;
    i64 bytes = (parts + p->named_count) * length + p->largest;
    if (!texts_room(&d->maps[i].values, bytes, parts * (length / MIN_ENTRY_BYTES) + p->named_count)) return false;
  }
  return true;
}

static void row_begin(decoder *d) {
  d->row_stamp = ++d->stamp;
  d->noted = 0;
  for (int i = 0; i < MAPS; i++) d->maps[i].members = 0;
}

/* What was found becomes a row. `raw` is what was dropped. */
static bool row(decoder *d, const u8 *raw, i64 raw_length, i64 line) {
  if (!event_key(d) || !ts(d) || !metric_value(d) || !insert_id(d, raw, raw_length, line)) return false;
  for (i64 i = 0; i < MAPS; i++)
    if (!map_end(d, i)) return false;
  return true;
}

/* The record at `p`, whose line ends before `line_end`: whether it is plain, and in the columns. */
static bool record(decoder *d, const u8 *p, const u8 *line_end, const u8 *raw, i64 raw_length, i64 line) {
  row_begin(d);
  if (UNLIKELY(!has_room(d, line_end - p))) return false;
  const u8 *begin = space(p);
  if (*begin != '{') return false;
  const u8 *after = node_value(d, 0, begin, 1, d->row_stamp);
  return after && space(after) == line_end && row(d, raw, raw_length, line);
}

static void row_end(decoder *d) {
  for (int i = 0; UNLIKELY(d->noted) && i < NOTES; i++) d->notes[i] += d->noted >> i & 1;
}

static void row_undo(decoder *d) {
  i32 row = d->plain.count;
  texts_cut(&d->insert_id, row);
  texts_cut(&d->event_key, row);
  for (int i = 0; i < MAPS; i++) texts_cut(&d->maps[i].values, d->maps[i].starts[row]);
}
#endif
