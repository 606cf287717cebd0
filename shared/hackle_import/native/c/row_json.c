#include "row_json.h"
#include "privacy.h"
#include "redacted.h"
#include "spans.h"

/* What is written so far, in how many objects, and how many of them the next cell lies in. */
typedef struct {
  u8 *out;
  i64 open, shared;
} RowJson;

static void row_name(const Decoder *d, RowJson *r, PlanText name) {
  if (r->out[-1] != '{') *r->out++ = ',';
  memcpy(r->out, plan_text(&d->plan, name), (size_t)name.length);
  r->out += name.length;
}

/* The objects that a cell lies in, and no others, are open then. */
static void row_open(const Decoder *d, const Table *t, RowJson *r, const TableLeaf *leaf) {
  for (; r->open > r->shared; r->open--) *r->out++ = '}';
  for (; r->open < leaf->depth - 1; r->open++) {
    row_name(d, r, t->names[leaf->names + r->open]);
    *r->out++ = '{';
  }
}

static bool row_value(Decoder *d, RowJson *r, const TableColumn *column, const Cell *c) {
  if (column->node != NONE) return redacted_cell(d, column->act, json_space(c->begin), &r->out);
  if (column->act == ACT_HASH || (column->act >= ACT_WITHIN && !privacy_is_words(c->begin - 1, c->end + 1)))
    return false;
  json_put_text(&r->out, c->begin, c->end);
  return true;
}

static bool row_leaf(Decoder *d, const Table *t, RowJson *r, const TableLeaf *leaf) {
  const TableColumn *column = &t->columns[leaf->column];
  const Cell *c = &t->found[leaf->column];
  bool is_null = column->node != NONE && *json_space(c->begin) == 'n';
  if (leaf->shared < r->shared) r->shared = leaf->shared;
  if (is_null || cell_is_missing(d, t, c)) return true;
  row_open(d, t, r, leaf);
  r->shared = leaf->depth;
  if (column->act == ACT_DROP) return true;
  row_name(d, r, t->names[leaf->names + leaf->depth - 1]);
  return row_value(d, r, column, c);
}

INTERNAL const u8 *row_json(Decoder *d, const Table *t, i64 *length) {
  RowJson r = {t->json, 0, 0};
  if (!t->leaf_count) return NULL;
  *r.out++ = '{';
  for (i64 i = 0; i < t->leaf_count; i++)
    if (!row_leaf(d, t, &r, &t->leaves[i])) return NULL;
  for (; r.open >= 0; r.open--) *r.out++ = '}';
  *length = r.out - t->json;
  return t->json;
}
