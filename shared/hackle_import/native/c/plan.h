/* What a mapping asks for, as flat arrays that `native_plan.py` makes: everything here is a number of 64 bits; a text is
   its place and its length among the plan's texts, a length of -1 says that there is none. */
#ifndef PLAN_H
#define PLAN_H
#include "keys.h"
#include "ts.h"

enum { INSERT_ID, EVENT_KEY, TS, METRIC_VALUE, SCALARS };
#define MAPS 4
#define NONE (-1)

typedef enum { BY_CONTENT, BY_CONTENT_AND_LINE, NEVER } when_missing;

typedef struct { i64 place, length; } words;

/* A name, or for elements of a list the place `name.length`, that something is wanted of: of what it holds (`children`),
   of its elements (`places`), its value (`slot`), its entries for a map (`map`), its entries as a list (`pivot`). */
typedef struct {
  words name;
  i64 children, child_count, places, place_count, slot, map, pivot;
} node;

typedef struct { words from, to; } translation;

typedef struct { /* one text of a row: the first of its sources, which are slots, that is there and not empty */
  i64 sources, source_count;
  words constant, standard;
  i64 translations, translation_count;
} value;

/* `element`: its node; `key` and sources: slots; `next`: another pivot of the same list, or NONE. */
typedef struct { i64 element, key, sources, source_count, next; } pivot;

typedef struct { words key; i64 value; } named;

typedef struct { /* spreads are slots, NONE for one that is taken where it is met */
  i64 spreads, spread_count, pivots, pivot_count, named, named_count;
  i64 max_entries, max_characters;
  words required[2]; /* keys that must be filled */
  i64 largest;       /* the bytes of the texts that a row may get beside those of the record */
} map_plan;

typedef struct {
  i64 max_depth, notes_limits, when_missing, slots;
  time_rules times;
} policy;

typedef struct {
  i64 *numbers; /* that all of the following point into */
  u8 *texts;
  const policy *policy;
  const map_plan *maps;
  const node *nodes;
  const value *values; /* the first four are those of the scalars */
  const pivot *pivots;
  const named *named;
  const translation *translations;
  const i64 *lists; /* slots, of sources and spreads; numbers of pivots */
  i64 node_count, pivot_count, named_count;
} plan;

INLINE const u8 *text_of(const plan *p, words w) { return p->texts + w.place; }

/* The next `count` records of `size` numbers; `count` is the number before them. */
static const i64 *section(const i64 **at, const i64 *end, i64 size, i64 *count) {
  const i64 *found = *at;
  if (found >= end || *found < 0 || *found > (end - found - 1) / size) return NULL;
  *count = *found++;
  *at = found + *count * size;
  return found;
}

#define SECTION(field, type, count)                                                                  \
  (p->field = (const type *)(const void *)section(&at, end, sizeof(type) / sizeof(i64), &count))

/* Takes copies. False: no memory, or numbers that are no plan. */
static bool plan_init(plan *p, const i64 *numbers, i64 count, const u8 *texts, i64 bytes) {
  i64 unused, policies, maps;
  p->numbers = malloc((size_t)count * sizeof(i64));
  p->texts = calloc(1, (size_t)bytes + PADDING);
  if (!p->numbers || !p->texts) return false;
  memcpy(p->numbers, numbers, (size_t)count * sizeof(i64));
  memcpy(p->texts, texts, (size_t)bytes);
  const i64 *at = p->numbers, *end = p->numbers + count;
  return SECTION(policy, policy, policies) && SECTION(maps, map_plan, maps) && SECTION(nodes, node, p->node_count) &&
         SECTION(values, value, unused) && SECTION(pivots, pivot, p->pivot_count) &&
         SECTION(named, named, p->named_count) && SECTION(translations, translation, unused) &&
         SECTION(lists, i64, unused) && at == end && policies == 1 && maps == MAPS && p->node_count > 0;
}

static void plan_free(plan *p) {
  free(p->numbers);
  free(p->texts);
}

/* ---- finding a node by its name ---- */

typedef struct { /* what is known of a node beside the plan */
  u64 a, b, seen; /* its name as words; when it was last met */
  i64 guess;      /* the child that is tried first: records of a drop mostly have one order */
  i32 *table;     /* children by their names' words; NONE where there is none */
  u32 mask;
} node_state;

INLINE u32 node_place(u64 a, u64 b, i64 length) { return (u32)mixed(a ^ (u64)length, b ^ 0xA0761D6478BD642Full); }

INLINE bool is_named(const plan *p, const node_state *states, i64 number, const u8 *name, i64 length, u64 a, u64 b) {
  const node *n = &p->nodes[number];
  const node_state *s = &states[number];
  return s->a == a && s->b == b && n->name.length == length &&
         (LIKELY(length <= BLOCK) || !memcmp(text_of(p, n->name), name, (size_t)length));
}

/* The child of `parent` with this name, or NONE. A block is readable at `name`. */
INLINE i64 child_of(const plan *p, node_state *states, i64 parent, const u8 *name, i64 length) {
  const node *n = &p->nodes[parent];
  node_state *s = &states[parent];
  u64 a, b;
  key_words(0, name, (u32)length, &a, &b);
  i64 found = n->children + s->guess;
  if (UNLIKELY(!is_named(p, states, found, name, length, a, b))) {
    for (u32 place = node_place(a, b, length);; place++) {
      found = s->table[place & s->mask];
      if (found == NONE) return NONE;
      if (is_named(p, states, found, name, length, a, b)) break;
    }
  }
  s->guess = found - n->children + 1 == n->child_count ? 0 : found - n->children + 1;
  return found;
}

static bool node_init(const plan *p, node_state *states, i64 number) {
  const node *n = &p->nodes[number];
  node_state *s = &states[number];
  if (n->name.place != NONE) key_words(0, text_of(p, n->name), (u32)n->name.length, &s->a, &s->b);
  if (!n->child_count) return true;
  s->mask = 1;
  while ((i64)s->mask < n->child_count * 4) s->mask = s->mask * 2 + 1;
  s->table = malloc((s->mask + 1) * sizeof(i32));
  if (!s->table) return false;
  memset(s->table, -1, (s->mask + 1) * sizeof(i32));
  return true;
}

/* NULL: no memory. */
static node_state *node_states(const plan *p) {
  node_state *states = calloc((size_t)p->node_count, sizeof *states);
  bool done = states != NULL;
  for (i64 i = 0; done && i < p->node_count; i++) done = node_init(p, states, i);
  for (i64 i = 0; done && i < p->node_count; i++)
    for (i64 j = p->nodes[i].children; j < p->nodes[i].children + p->nodes[i].child_count; j++) {
      u32 place = node_place(states[j].a, states[j].b, p->nodes[j].name.length);
      while (states[i].table[place & states[i].mask] != NONE) place++;
      states[i].table[place & states[i].mask] = (i32)j;
    }
  return states;
}

static void node_states_free(const plan *p, node_state *states) {
  for (i64 i = 0; states && i < p->node_count; i++) free(states[i].table);
  free(states);
}
#endif
