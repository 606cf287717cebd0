#include "record.h"
#include "entries.h"
#include "privacy.h"
#include "redacted.h"
#include "rows.h"
#include "spans.h"

/* The member `name` at `p`, which is node `child` of `number`, or none; `private`: the privacy's node. What is asked of the
   value of a node is asked of what stands for it. */
INLINE const u8 *record_member(Decoder *d, i64 number, i64 child, i64 private, const u8 *name, i64 length, const u8 *p,
                               i64 depth, u64 stamp) {
  const u8 *after = NULL;
  if (LIKELY(private == NONE && child != NONE)) return record_node(d, child, p, depth, stamp);
  Passed *passed = UNLIKELY(private != NONE) ? privacy_passed(d, p) : NULL;
  if (UNLIKELY(passed != NULL) && !(p = privacy_value(d, private, name, length, p, depth, &after))) return NULL;
  bool looks = d->fields->looks && child == NONE && depth <= FIELD_LEVELS + 1;
  if (looks && d->plan.nodes[number].slot == NONE) { /* its object is not taken whole */
    if (LIKELY(*p != 'n')) fields_meet(d->fields, number, name, length, stamp);
    else fields_forget(d->fields, number, name, length, stamp);
  }
  bool is_taken = UNLIKELY(d->within != NONE) && child != NONE && d->plan.nodes[child].slot != NONE;
  if (is_taken && !(p = redacted_within(d, p, depth, &after))) return NULL;
  p = child == NONE ? json_skip(p, depth, d->plan.policy->max_depth) : record_node(d, child, p, depth, stamp);
  d->within = NONE;
  p = p && after ? after : p;
  if (UNLIKELY(passed != NULL)) passed->end = p;
  return p;
}

/* `p` at an object, of whose members some are wanted. */
static const u8 *record_object(Decoder *d, i64 number, const u8 *p, i64 depth, u64 stamp) {
  i64 max_depth = d->plan.policy->max_depth, private = d->within;
  d->within = NONE;
  if (depth > max_depth) return NULL;
  p = json_space(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    if (UNLIKELY(*p != '"')) return NULL;
    const u8 *name;
    i64 length;
    p = span_string_at(d, p + 1, &name, &length);
    if (UNLIKELY(!p)) return NULL;
    i64 child = node_child(&d->plan, d->states, number, name, length);
    p = json_space(p);
    if (UNLIKELY(*p != ':')) return NULL;
    p = json_past(p);
    p = record_member(d, number, child, private, name, length, p, depth + 1, stamp);
    if (UNLIKELY(!p)) return NULL;
    p = json_space(p);
    if (*p == '}') return p + 1;
    if (UNLIKELY(*p != ',')) return NULL;
    p = json_past(p);
  }
}

/* `p` at a list, of which `n` wants elements by their place. */
static const u8 *record_list(Decoder *d, const PlanNode *n, const u8 *p, i64 depth, u64 stamp) {
  if (depth > d->plan.policy->max_depth) return NULL;
  p = json_space(p + 1);
  if (*p == ']') return p + 1;
  for (i64 place = 0, next = 0;; place++) {
    bool wanted = next < n->place_count && d->plan.nodes[n->places + next].name.length == place;
    p = wanted ? record_node(d, n->places + next++, p, depth + 1, stamp)
               : json_skip(p, depth + 1, d->plan.policy->max_depth);
    if (!p) return NULL;
    p = json_space(p);
    if (*p == ']') return p + 1;
    if (*p != ',') return NULL;
    p = json_past(p);
  }
}

/* The first of a pivot's values that is there and not empty, in the element that was just gone through. */
static Span record_pivot_value(const Decoder *d, const PlanPivot *v, u64 stamp) {
  Span found = {0};
  for (i64 i = 0; i < v->source_count; i++) {
    const Span *s = &d->slots[d->plan.lists[v->sources + i]];
    if (!span_is_there(s, stamp)) continue;
    bool is_empty = *s->begin == '"' && s->end - s->begin == 2;
    if (!is_empty) return *s;
    found = *s;
  }
  return found;
}

/* `p` at an element of a pivot's list. */
static const u8 *record_pivot_element(Decoder *d, i64 number, const u8 *p, i64 depth) {
  const PlanPivot *v = &d->plan.pivots[number];
  PairList *list = &d->pivots[number];
  u64 stamp = ++d->stamp;
  if (*p != '{') return NULL;
  p = record_node(d, v->element, p, depth, stamp);
  if (!p) return NULL;
  const Span *key = &d->slots[v->key];
  if (!span_is_there(key, stamp)) return p;
  if (*key->begin != '"' || list->count == MAX_MEMBERS) return NULL;
  if (key->end - key->begin > 2) list->pairs[list->count++] = (Pair){*key, record_pivot_value(d, v, stamp)};
  return p;
}

static const u8 *record_pivot_list(Decoder *d, i64 number, const u8 *p, i64 depth, u64 stamp) {
  d->pivots[number].count = 0;
  d->pivots[number].stamp = stamp;
  if (depth > d->plan.policy->max_depth) return NULL;
  p = json_space(p + 1);
  if (*p == ']') return p + 1;
  for (;;) {
    p = record_pivot_element(d, number, p, depth + 1);
    if (!p) return NULL;
    p = json_space(p);
    if (*p == ']') return p + 1;
    if (*p != ',') return NULL;
    p = json_past(p);
  }
}

/* `p` at a list, which is gone through once for each that wants something of it. */
static const u8 *record_lists(Decoder *d, const PlanNode *n, const u8 *p, i64 depth, u64 stamp) {
  const u8 *end = n->place_count ? record_list(d, n, p, depth, stamp) : p;
  for (i64 i = n->pivot; end && i != NONE; i = d->plan.pivots[i].next) end = record_pivot_list(d, i, p, depth, stamp);
  return end;
}

/* `p` at an object or a list of which something is wanted, or at what is passed over. */
static const u8 *record_parts(Decoder *d, i64 number, const u8 *p, i64 depth, u64 stamp) {
  const PlanNode *n = &d->plan.nodes[number];
  if (*p == '{' && n->map != NONE && n->child_count) return entries_with_nodes(d, n->map, number, p, depth, stamp);
  if (*p == '{' && n->map != NONE) return entries_alone(d, n->map, p, depth);
  if (*p == '{' && n->child_count) return record_object(d, number, p, depth, stamp);
  if (*p == '[' && (n->place_count || n->pivot != NONE)) return record_lists(d, n, p, depth, stamp);
  return json_skip(p, depth, d->plan.policy->max_depth);
}

/* As `record_parts`. What is taken whole is not plain where paths lead through a text in it: what that says would stand
   in its place. */
static const u8 *record_value(Decoder *d, i64 number, const u8 *p, i64 depth, u64 stamp) {
  const PlanNode *n = &d->plan.nodes[number];
  u64 before = d->led_through;
  p = record_parts(d, number, p, depth, stamp);
  bool is_whole = n->slot != NONE || n->map != NONE;
  return UNLIKELY(d->led_through != before) && is_whole ? NULL : p;
}

/* A text where an object or a list is wanted: where paths lead through what it says, that is the node's value. False: it
   is not plain. */
static NOINLINE bool record_text(Decoder *d, i64 number, const u8 *begin, const u8 *end, bool escaped, u64 stamp) {
  const PlanNode *n = &d->plan.nodes[number];
  Span s = {begin, end, stamp, escaped, false};
  bool is_map = n->map != NONE;
  if (!is_map || !span_is_nothing(begin, end)) {
    const u8 *last, *p = span_unfolded(d, &s, &last);
    if (!p) return false;
    bool is_json = *p == '{' || *p == '[';
    if (is_json && (d->plan.test_count || d->plan.ask_count)) return false; /* these look at records as they are */
    if (is_json ? (is_map && *p != '{') || (n->pivot != NONE && *p != '[') : is_map || n->pivot != NONE) return false;
    bool looks = d->fields->looks;
    d->fields->looks = false; /* at records as they are */
    const u8 *after = is_json ? record_value(d, number, p, 1, stamp) : last;
    d->fields->looks = looks;
    if (!after || json_space(after) != last) return false;
    if (is_json && (n->child_count || n->place_count)) {
      s = (Span){p, after, stamp, false, false};
      d->led_through++;
    }
  }
  if (n->slot != NONE) d->slots[n->slot] = s;
  return true;
}

INTERNAL const u8 *record_node(Decoder *d, i64 number, const u8 *p, i64 depth, u64 stamp) {
  const PlanNode *n = &d->plan.nodes[number];
  NodeState *s = &d->states[number];
  const u8 *begin = p;
  bool escaped = false;
  if (UNLIKELY(s->seen == stamp)) return NULL; /* a name twice */
  s->seen = stamp;
  if (*p == '"') p = json_skip_string(p + 1, &escaped);
  else p = s->is_leaf ? json_skip(p, depth, d->plan.policy->max_depth) : record_value(d, number, p, depth, stamp);
  if (UNLIKELY(!p)) return NULL;
  if (*begin != 'n') decoder_meet(d, &s->met);
  if (!s->is_leaf) {
    if (UNLIKELY(*begin == '"')) return record_text(d, number, begin, p, escaped, stamp) ? p : NULL;
    if (n->map != NONE && UNLIKELY(*begin != '{' && *begin != 'n') && !span_is_nothing(begin, p)) return NULL;
    if (n->pivot != NONE && UNLIKELY(*begin != '[' && *begin != 'n')) return NULL;
  }
  if (n->slot != NONE) d->slots[n->slot] = (Span){begin, p, stamp, escaped, false};
  return p;
}

INTERNAL RowFate record_decode(Decoder *d, const u8 *p, const u8 *line_end, const u8 *raw, i64 raw_length, i64 line) {
  row_begin(d);
  fields_begin(d->fields, line);
  if (UNLIKELY(!row_has_room(d, line_end - p))) return ROW_ODD;
  const u8 *begin = json_space(p);
  if (*begin != '{') return ROW_ODD;
  const u8 *after = record_node(d, 0, begin, 1, d->row_stamp);
  if (!after || json_space(after) != line_end) return ROW_ODD;
  d->record = (Span){begin, after, d->row_stamp, false, false};
  return row_finish(d, raw, raw_length, line);
}
