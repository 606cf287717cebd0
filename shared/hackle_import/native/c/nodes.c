#include "nodes.h"
#include <stdlib.h>

static bool node_init(const Plan *p, NodeState *states, i64 number) {
  const PlanNode *n = &p->nodes[number];
  NodeState *s = &states[number];
  if (n->name.place != NONE) hash_words(0, plan_text(p, n->name), (u32)n->name.length, &s->a, &s->b);
  s->is_leaf = !n->child_count && !n->place_count && n->map == NONE && n->pivot == NONE;
  if (!n->child_count) return true;
  s->mask = 1;
  while ((i64)s->mask < n->child_count * 4) s->mask = s->mask * 2 + 1;
  s->table = malloc((s->mask + 1) * sizeof(i32));
  if (!s->table) return false;
  memset(s->table, -1, (s->mask + 1) * sizeof(i32));
  return true;
}

INTERNAL NodeState *nodes_new(const Plan *p) {
  NodeState *states = calloc((size_t)p->node_count, sizeof *states);
  bool done = states != NULL;
  for (i64 i = 0; done && i < p->node_count; i++) done = node_init(p, states, i);
  for (i64 i = 0; done && i < p->node_count; i++)
    for (i64 j = p->nodes[i].children; j < p->nodes[i].children + p->nodes[i].child_count; j++) {
      u32 place = node_hash(states[j].a, states[j].b, p->nodes[j].name.length);
      while (states[i].table[place & states[i].mask] != NONE) place++;
      states[i].table[place & states[i].mask] = (i32)j;
    }
  return states;
}

INTERNAL void nodes_free(const Plan *p, NodeState *states) {
  for (i64 i = 0; states && i < p->node_count; i++) free(states[i].table);
  free(states);
}
