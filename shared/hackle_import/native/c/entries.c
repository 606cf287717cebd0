#include "entries.h"
#include "privacy.h"
#include "record.h"
#include "redacted.h"
#include "spans.h"
#include "values.h"

INTERNAL bool entry_over_limit(Decoder *d, i32 note) {
  d->noted |= 1u << note;
  return d->plan.policy->notes_limits;
}

/* Whether an earlier part's value stands for none: the entry is then where a later part has it, and Python's. */
static bool entry_stood_for_none(const Decoder *d, i64 number, i32 key, const u8 *text, i64 length) {
  if (!entry_takes_fillers(number, key)) return false;
  if (number == MAP_IDENTIFIERS && value_is_blank(text, length)) return true;
  if (d->plan.policy->fillers_missing && value_is_filler(text, length)) return true;
  return d->plan.policy->filler_count && value_is_own_filler(&d->plan, text, length);
}

INTERNAL bool entry_put(Decoder *d, i64 number, i32 key, const u8 *text, i64 length) {
  Map *m = &d->maps[number];
  KeyState *s = &m->keys.state[key];
  bool again = s->stamp >= d->row_stamp && s->entry != NO_KEY;
  if (again && number == MAP_IDENTIFIERS) { /* an empty identifier is none */
    if (!length) return true;
    again = m->values.ends[s->entry + 1] > m->values.ends[s->entry];
  }
  if (!again) {
    if (s->stamp < d->row_stamp) s->stamp = d->row_stamp;
    block_copy(texts_tail(&m->values), text, (size_t)length);
    return entry_end(d, m, s, key, texts_tail(&m->values) + length);
  }
  i64 most = m->max_characters, begin = m->values.ends[s->entry], size = m->values.ends[s->entry + 1] - begin;
  if (size > most) return false; /* it may have been noted */
  if (entry_stood_for_none(d, number, key, m->values.bytes + begin, size)) return false;
  texts_replace(&m->values, s->entry, text, (i32)length);
  return entry_is_within(d, m, text, length);
}

/* The value at `p` as an entry; null is none. */
INLINE const u8 *entry_value(Decoder *d, Map *m, KeyState *s, i32 key, const u8 *p, i64 depth) {
  u8 *out = texts_tail(&m->values);
  if (*p == '"') p = json_string(p + 1, &out);
  else if (*p == '{' || *p == '[') p = json_compact(p, &out, depth, d->plan.policy->max_depth);
  else if (*p == 'n') return memcmp(p, "null", 4) ? NULL : p + 4;
  else p = json_compact_scalar(p, &out, true);
  return LIKELY(p != NULL) && LIKELY(entry_end(d, m, s, key, out)) ? p : NULL;
}

/* The value at `p` takes the place of an earlier part's. */
static const u8 *entry_value_again(Decoder *d, i64 number, i32 key, const u8 *p, i64 depth) {
  Span s = {.begin = p};
  s.end = *p == '"' ? json_skip_string(p + 1, &s.escaped) : json_skip(p, depth, d->plan.policy->max_depth);
  if (!s.end || *p == 'n') return s.end;
  const u8 *text;
  i64 length;
  return span_text(d, &s, &text, &length) && entry_put(d, number, key, text, length) ? s.end : NULL;
}

/* The node below `owner` that a key of its object names. */
INLINE i64 entry_node(Decoder *d, Keys *k, i32 written, i64 owner) {
  if (UNLIKELY(k->node[written] == NOT_LOOKED_FOR))
    k->node[written] = (i32)node_child(&d->plan, d->states, owner, keys_text(k, written), k->lengths[written]);
  return k->node[written];
}

/* What stands for an entry's value. */
static const u8 *entry_private(Decoder *d, i64 private, const Keys *k, i32 written, const u8 *p, i64 depth,
                               const u8 **after) {
  p = privacy_value(d, private, keys_text(k, written), k->lengths[written], p, depth, after);
  return !p || d->within == NONE || p == d->each.within ? p : redacted_within(d, p, depth, after);
}

/* Whether an entry is none: the mapping leaves it out, or it is what an element's record has beside its list. */
INLINE bool entry_is_left_out(const Decoder *d, const KeyState *s, const u8 *p) {
  return s->flags & LEARNT_LEFT_OUT || UNLIKELY(p == d->each.within);
}

/* The value at `p` of a node, which is an entry, too. */
INLINE const u8 *entry_of_node(Decoder *d, Map *m, KeyState *s, i32 key, i64 node, const u8 *p, i64 depth, u64 stamp) {
  const u8 *after = record_node(d, node, p, depth, stamp);
  return after && !entry_is_left_out(d, s, p) ? entry_value(d, m, s, key, p, depth) : after;
}

/* `p` at an object whose entries go into map `number`. `owner` is its node where values below it are wanted as well,
   else NONE; `late`: another part of the map came before. A key twice is for Python, but for one of an earlier part. */
INLINE const u8 *entries_spread(Decoder *d, i64 number, i64 owner, const u8 *p, i64 depth, u64 stamp, bool late) {
  Map *m = &d->maps[number];
  u64 part = ++d->stamp;
  i64 private = d->within;
  d->within = NONE;
  if (UNLIKELY(depth++ > d->plan.policy->max_depth)) return NULL;
  p = json_space(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    if (UNLIKELY(*p != '"') || UNLIKELY(++m->members > MAX_MEMBERS)) return NULL;
    i32 written = entry_key(d, &m->keys, p + 1, &p);
    if (UNLIKELY(written == NO_KEY)) return NULL;
    i32 key = m->keys.stands[written];
    KeyState *s = &m->keys.state[key];
    bool again = UNLIKELY(s->stamp >= d->row_stamp);
    if (UNLIKELY(again) && (!late || s->stamp == part)) return NULL;
    if (!again) s->entry = NO_KEY;
    s->stamp = part;
    p = json_space(p);
    if (UNLIKELY(*p != ':')) return NULL;
    p = json_past(p);
    const u8 *after = NULL;
    Passed *passed = UNLIKELY(private != NONE) ? privacy_passed(d, p) : NULL;
    if (UNLIKELY(passed != NULL) && !(p = entry_private(d, private, &m->keys, written, p, depth, &after))) return NULL;
    i64 child = owner == NONE ? NONE : entry_node(d, &m->keys, written, owner);
    if (child != NONE) p = entry_of_node(d, m, s, key, child, p, depth, stamp);
    else if (entry_is_left_out(d, s, p)) p = json_skip(p, depth, d->plan.policy->max_depth);
    else if (late && UNLIKELY(again)) p = entry_value_again(d, number, key, p, depth);
    else p = entry_value(d, m, s, key, p, depth);
    if (UNLIKELY(!p)) return NULL;
    if (UNLIKELY(passed != NULL)) {
      d->within = NONE;
      passed->end = p = after ? after : p;
    }
    p = json_space(p);
    if (*p == '}') return p + 1;
    if (UNLIKELY(*p != ',')) return NULL;
    p = json_past(p);
  }
}

INTERNAL const u8 *entries_alone(Decoder *d, i64 number, const u8 *p, i64 depth) {
  return entries_spread(d, number, NONE, p, depth, 0, false);
}

INTERNAL const u8 *entries_with_nodes(Decoder *d, i64 number, i64 owner, const u8 *p, i64 depth, u64 stamp) {
  return entries_spread(d, number, owner, p, depth, stamp, false);
}

INTERNAL bool entries_late(Decoder *d, i64 number, const Span *s) {
  if (!span_is_there(s, d->row_stamp)) return true;
  const u8 *p = s->begin;
  if (span_is_nothing(s->begin, s->end)) return true;
  if (*p == '"') {
    const u8 *last;
    p = span_unfolded(d, s, &last);
    const u8 *end = p && *p == '{' ? entries_spread(d, number, NONE, p, 1, 0, true) : NULL;
    return end && json_space(end) == last;
  }
  return *p == '{' && entries_spread(d, number, NONE, p, 1, 0, true);
}
