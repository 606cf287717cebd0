/* Nodes of a plan, found by their names. */
#ifndef HACKLE_NODES_H
#define HACKLE_NODES_H

#include "hash.h"
#include "plan.h"

typedef struct {  /* what is known of a node beside the plan */
  u64 a, b, seen; /* its name as words; when it was last met */
  bool met;       /* whether it ever had a value */
  bool is_leaf;   /* nothing is wanted of what it holds */
  i64 guess;      /* the child that is tried first: records of a drop mostly have one order */
  i32 *table;     /* children by their names' words; NONE where there is none */
  u32 mask;
} NodeState;

/* NULL: no memory. */
INTERNAL NodeState *nodes_new(const Plan *p);

INTERNAL void nodes_free(const Plan *p, NodeState *states);

INLINE u32 node_hash(u64 a, u64 b, i64 length) { return (u32)hash_mixed(a ^ (u64)length, b ^ 0xA0761D6478BD642Full); }

INLINE bool node_is_named(const Plan *p, const NodeState *states, i64 number, const u8 *name, i64 length, u64 a,
                          u64 b) {
  const PlanNode *n = &p->nodes[number];
  const NodeState *s = &states[number];
  return s->a == a && s->b == b && n->name.length == length &&
         (LIKELY(length <= BLOCK) || !memcmp(plan_text(p, n->name), name, (size_t)length));
}

/* The child of `parent` with this name, or NONE. A block is readable at `name`. */
INLINE i64 node_child(const Plan *p, NodeState *states, i64 parent, const u8 *name, i64 length) {
  const PlanNode *n = &p->nodes[parent];
  NodeState *s = &states[parent];
  u64 a, b;
  hash_words(0, name, (u32)length, &a, &b);
  i64 found = n->children + s->guess;
  if (UNLIKELY(!node_is_named(p, states, found, name, length, a, b))) {
    for (u32 place = node_hash(a, b, length);; place++) {
      found = s->table[place & s->mask];
      if (found == NONE) return NONE;
      if (node_is_named(p, states, found, name, length, a, b)) break;
    }
  }
  s->guess = found - n->children + 1 == n->child_count ? 0 : found - n->children + 1;
  return found;
}

#endif
