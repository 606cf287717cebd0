#include "keys.h"
#include "plan.h"
#include "utf8.h"
#include <stdlib.h>

static bool check_range(i64 first, i64 count, i64 all) {
  return first >= 0 && count >= 0 && count <= all && first <= all - count;
}

static bool check_number(i64 number, i64 all) { return number >= 0 && number < all; }

static bool check_number_or_none(i64 number, i64 all) { return number == NONE || check_number(number, all); }

INTERNAL bool plan_has_text(const Plan *p, PlanText w) {
  return check_range(w.place, w.length, p->text_bytes) && utf8_is_valid(plan_text(p, w), plan_text(p, w) + w.length);
}

static bool check_text_or_none(const Plan *p, PlanText w) { return w.length == NONE || plan_has_text(p, w); }

static bool check_key(const Plan *p, PlanText w) { return plan_has_text(p, w) && w.length <= KEY_BYTES; }

/* Numbers of a list, each below `all`. */
static bool check_list(const Plan *p, i64 first, i64 count, i64 all) {
  if (!check_range(first, count, p->list_count)) return false;
  for (i64 i = first; i < first + count; i++)
    if (!check_number(p->lists[i], all)) return false;
  return true;
}

/* Offsets are looked up by halves; the first holds from ever on. */
static bool check_zone(const Plan *p, i64 first, i64 count) {
  if (!check_range(first, count, p->offset_count)) return false;
  for (i64 i = first + 1; i < first + count; i++)
    if (p->offsets[i].from > PLAN_MOST_TIME || (i > first + 1 && p->offsets[i].from <= p->offsets[i - 1].from))
      return false;
  return true;
}

static bool check_times(const Plan *p, const TimeRules *c) {
  return check_zone(p, c->zone, c->zone_count) && check_zone(p, c->epoch_zone, c->epoch_zone_count);
}

static bool check_privacy(const Plan *p) {
  return check_range(0, p->policy->privates, PLAN_MOST_PRIVATE) &&
         check_range(0, p->policy->hashes, PLAN_MOST_PRIVATE) && plan_has_text(p, p->policy->hash_key);
}

/* A slot is one node's, or what a guard or an answer fills. Each level of a record is a level of the stack. */
static bool check_policy(const Plan *p) {
  return check_times(p, &p->policy->times) && check_privacy(p) &&
         check_range(p->policy->fillers, p->policy->filler_count, p->word_count) && p->policy->max_depth > 0 &&
         p->policy->max_depth <= PLAN_MOST_DEPTH &&
         check_range(0, p->policy->slots, p->node_count + p->guard_count + p->list_count);
}

/* ---- nodes ---- */

static bool check_children(const Plan *p, const PlanNode *n) {
  for (i64 i = n->children; i < n->children + n->child_count; i++)
    if (!plan_has_text(p, p->nodes[i].name)) return false;
  for (i64 i = n->places; i < n->places + n->place_count; i++) {
    i64 least = i == n->places ? 0 : p->nodes[i - 1].name.length + 1;
    if (p->nodes[i].name.place != NONE || p->nodes[i].name.length < least) return false;
    if (p->nodes[i].name.length > PLAN_MOST) return false;
  }
  return true;
}

/* The record and the pivots' elements have no name; below them every node has one parent, which stands before it. */
static bool check_tree(const Plan *p) {
  i64 next = 1 + p->pivot_count;
  for (i64 i = 0; i < p->node_count; i++) {
    const PlanNode *n = &p->nodes[i];
    if (next <= i || n->children != next || !check_range(next, n->child_count, p->node_count)) return false;
    next += n->child_count;
    if (n->places != next || !check_range(next, n->place_count, p->node_count)) return false;
    next += n->place_count;
    if ((i <= p->pivot_count && n->name.place != NONE) || !check_children(p, n)) return false;
  }
  return next == p->node_count;
}

/* A map is begun by one node at most, and none of a pivot's elements; a pivot is no element's either: each part of a map
   gets no more than a record's text once, and room is made for as many. `inner`: whether a node is below an element. */
static bool check_wanted(const Plan *p, u8 *inner, i64 begun[MAPS]) {
  for (i64 i = 0; i < p->node_count; i++) {
    const PlanNode *n = &p->nodes[i];
    inner[i] = inner[i] || (i && i <= p->pivot_count);
    for (i64 j = n->children; j < n->children + n->child_count + n->place_count; j++) inner[j] = inner[i];
    if (!check_number_or_none(n->slot, p->policy->slots) || !check_number_or_none(n->map, MAPS)) return false;
    if (!check_number_or_none(n->pivot, p->pivot_count)) return false;
    if (inner[i] && (n->map != NONE || n->pivot != NONE)) return false;
    if (n->map != NONE && begun[n->map]++) return false;
  }
  return true;
}

static PlanFault check_nodes(const Plan *p, i64 begun[MAPS]) {
  if (!check_tree(p)) return PLAN_NODES;
  u8 *inner = calloc((size_t)p->node_count, 1);
  if (!inner) return PLAN_NO_MEMORY;
  bool fine = check_wanted(p, inner, begun);
  free(inner);
  return fine ? PLAN_FINE : PLAN_NODES;
}

/* ---- what is made of them ---- */

static bool check_values(const Plan *p) {
  for (i64 i = 0; i < p->value_count; i++) {
    const PlanValue *v = &p->values[i];
    if (!check_list(p, v->sources, v->source_count, p->policy->slots)) return false;
    if (v->joined < 0 || (v->joined && (v->source_count > MOST_JOINED || v->joined >> v->source_count))) return false;
    if (!check_text_or_none(p, v->constant) || !check_text_or_none(p, v->standard)) return false;
    if (!check_range(v->translations, v->translation_count, p->translation_count)) return false;
    if (!check_number_or_none(v->number, p->number_count)) return false;
  }
  return p->value_count >= SCALARS;
}

/* Pivots of one list are in a chain, which ends. */
static bool check_pivots(const Plan *p) {
  for (i64 i = 0; i < p->pivot_count; i++) {
    const PlanPivot *v = &p->pivots[i];
    if (v->element != i + 1 || !check_number(v->key, p->policy->slots) || !check_number_or_none(v->next, i))
      return false;
    if (!check_list(p, v->sources, v->source_count, p->policy->slots)) return false;
  }
  return true;
}

static bool check_named(const Plan *p) {
  for (i64 i = 0; i < p->named_count; i++)
    if (!check_key(p, p->named[i].key) || !check_number(p->named[i].value, p->value_count)) return false;
  return true;
}

static bool check_translations(const Plan *p) {
  for (i64 i = 0; i < p->translation_count; i++)
    if (!plan_has_text(p, p->translations[i].from) || !plan_has_text(p, p->translations[i].to)) return false;
  return true;
}

/* No word is empty: what is taken off makes a text shorter. */
static bool check_written(const Plan *p) {
  for (i64 i = 0; i < p->word_count; i++)
    if (!plan_has_text(p, p->words[i]) || p->words[i].length < 1) return false;
  for (i64 i = 0; i < p->number_count; i++) {
    const PlanNumber *n = &p->written[i];
    if (!plan_has_text(p, n->point) || n->point.length < 1) return false;
    if (!check_range(n->marks, n->mark_count, p->word_count)) return false;
    if (!check_range(n->strips, n->strip_count, p->word_count)) return false;
  }
  return true;
}

static bool check_guards(const Plan *p) {
  i64 slots = p->policy->slots;
  for (i64 i = 0; i < p->guard_count; i++) {
    const PlanGuard *g = &p->guards[i];
    if (!check_number_or_none(g->target, slots) || !check_number(g->source, slots)) return false;
    if (!check_number(g->condition, slots) || !check_number(g->holds, HOLDS) || !plan_has_text(p, g->text))
      return false;
  }
  return true;
}

/* A test rests on ones before it. */
static bool check_test(const Plan *p, i64 number) {
  const PlanTest *t = &p->tests[number];
  if (!check_number(t->kind, TESTS)) return false;
  if (t->kind == TEST_NOT) return check_number(t->left, number);
  if (t->kind < TEST_NOT) return check_number(t->left, number) && check_number(t->right, number);
  if (!check_number(t->left, p->policy->slots)) return false;
  if (t->kind == TEST_NUMBER) return check_number(t->right, COMPARISONS);
  return t->kind < TEST_TEXT || (check_number(t->right, COMPARISONS) && plan_has_text(p, t->text));
}

/* Each rests on a stack of its own. */
static bool check_tests(const Plan *p) {
  if (p->test_count > PLAN_MOST_TESTS) return false;
  for (i64 i = 0; i < p->test_count; i++)
    if (!check_test(p, i)) return false;
  return true;
}

static bool check_formats(const Plan *p) {
  for (i64 i = 0; i < p->format_count; i++)
    if (!plan_has_text(p, p->formats[i].signs) || !check_text_or_none(p, p->formats[i].zone_name)) return false;
  return true;
}

/* Times are computed with them. */
static bool check_offsets(const Plan *p) {
  for (i64 i = 0; i < p->offset_count; i++)
    if (p->offsets[i].ahead < -PLAN_MOST_AHEAD || p->offsets[i].ahead > PLAN_MOST_AHEAD) return false;
  return true;
}

static bool check_asks(const Plan *p) {
  for (i64 i = 0; i < p->ask_count; i++) {
    const PlanAsk *q = &p->asks[i];
    if (!check_range(q->sources, q->source_count, p->list_count)) return false;
    for (i64 j = q->sources; j < q->sources + q->source_count; j++)
      if (!check_number_or_none(p->lists[j], p->policy->slots)) return false;
    if (!check_list(p, q->targets, q->target_count, p->policy->slots)) return false;
    if (!check_range(q->guards, q->guard_count, p->guard_count)) return false;
  }
  return true;
}

static bool check_each(const Plan *p) {
  if (p->each_count > PLAN_MOST_EACH) return false;
  for (i64 i = 0; i < p->each_count; i++)
    if (!plan_has_text(p, p->each[i])) return false;
  return true;
}

/* ---- maps ---- */

/* A part of a map that a node begins is listed as one. */
static bool check_spreads(const Plan *p, const PlanMap *m, i64 begun) {
  if (!check_range(m->spreads, m->spread_count, p->list_count)) return false;
  for (i64 i = m->spreads; i < m->spreads + m->spread_count; i++) {
    if (!check_number_or_none(p->lists[i], p->policy->slots)) return false;
    begun -= p->lists[i] == NONE;
  }
  return begun <= 0;
}

/* The bytes of the longest text that the plan has for a value, or that a number gets longer by. */
static i64 check_longest(const Plan *p, const PlanValue *v) {
  i64 most = v->constant.length > v->standard.length ? v->constant.length : v->standard.length;
  if (v->number != NONE && most < 1) most = 1;
  for (i64 i = v->translations; i < v->translations + v->translation_count; i++)
    if (p->translations[i].to.length > most) most = p->translations[i].to.length;
  return most > 0 ? most : 0;
}

/* `largest` must be true, and with it that of an operating system. */
static bool check_largest(const Plan *p, const PlanMap *m) {
  i64 needed = KEY_BYTES;
  for (i64 i = m->named; i < m->named + m->named_count; i++) needed += check_longest(p, &p->values[p->named[i].value]);
  return m->largest >= needed && m->largest <= PLAN_MOST;
}

/* `osname` must be required: what its place is known by. */
static bool check_required(const Plan *p, const PlanMap *m, bool is_platform) {
  bool first = m->required[0].length != NONE, second = m->required[1].length != NONE;
  if ((second || is_platform) && !first) return false;
  return (!first || check_key(p, m->required[0])) && (!second || check_key(p, m->required[1]));
}

static bool check_maps(const Plan *p, const i64 begun[MAPS]) {
  for (i64 i = 0; i < MAPS; i++) {
    const PlanMap *m = &p->maps[i];
    if (!check_spreads(p, m, begun[i]) || !check_list(p, m->pivots, m->pivot_count, p->pivot_count)) return false;
    if (!check_range(m->named, m->named_count, p->named_count)) return false;
    if (!check_largest(p, m) || !check_required(p, m, i == MAP_PLATFORM)) return false;
  }
  return true;
}

INTERNAL PlanFault plan_check(const Plan *p) {
  i64 begun[MAPS] = {0};
  if (!check_policy(p)) return PLAN_POLICY;
  PlanFault nodes = check_nodes(p, begun);
  if (nodes != PLAN_FINE) return nodes;
  if (!check_translations(p)) return PLAN_TRANSLATIONS;
  if (!check_written(p)) return PLAN_NUMBERS;
  if (!check_values(p)) return PLAN_VALUES;
  if (!check_pivots(p)) return PLAN_PIVOTS;
  if (!check_named(p)) return PLAN_NAMED;
  if (!check_guards(p)) return PLAN_GUARDS;
  if (!check_tests(p)) return PLAN_TESTS;
  if (!check_formats(p)) return PLAN_FORMATS;
  if (!check_offsets(p)) return PLAN_OFFSETS;
  if (!check_asks(p)) return PLAN_ASKS;
  if (!check_each(p)) return PLAN_EACH;
  return check_maps(p, begun) ? PLAN_FINE : PLAN_MAPS;
}
