#include "plan.h"
#include <stdlib.h>
#include <string.h>

INTERNAL const i64 *plan_section(const i64 **at, const i64 *end, i64 size, i64 *count) {
  const i64 *found = *at;
  if (found >= end || *found < 0 || *found > (end - found - 1) / size) return NULL;
  *count = *found++;
  *at = found + *count * size;
  return found;
}

#define SECTION(field, type, count) \
  (p->field = (const type *)(const void *)plan_section(&at, end, sizeof(type) / sizeof(i64), &count))

static bool plan_sections(Plan *p, i64 count) {
  i64 policies, maps;
  const i64 *at = p->numbers, *end = p->numbers + count;
  return SECTION(policy, PlanPolicy, policies) && SECTION(maps, PlanMap, maps) &&
         SECTION(nodes, PlanNode, p->node_count) && SECTION(values, PlanValue, p->value_count) &&
         SECTION(pivots, PlanPivot, p->pivot_count) && SECTION(named, PlanNamed, p->named_count) &&
         SECTION(translations, PlanTranslation, p->translation_count) &&
         SECTION(written, PlanNumber, p->number_count) && SECTION(words, PlanText, p->word_count) &&
         SECTION(lists, i64, p->list_count) && SECTION(guards, PlanGuard, p->guard_count) &&
         SECTION(tests, PlanTest, p->test_count) && SECTION(formats, PlanFormat, p->format_count) &&
         SECTION(offsets, ZoneOffset, p->offset_count) && SECTION(asks, PlanAsk, p->ask_count) &&
         SECTION(each, PlanText, p->each_count) && at == end && policies == 1 && maps == MAPS;
}

INTERNAL PlanFault plan_init(Plan *p, const i64 *numbers, i64 count, const u8 *texts, i64 bytes) {
  if (count < 0 || count > PLAN_MOST || bytes < 0 || bytes > PLAN_MOST) return PLAN_SECTIONS;
  p->numbers = malloc((size_t)count * sizeof(i64) + 1);
  p->texts = calloc(1, (size_t)bytes + PADDING);
  if (!p->numbers || !p->texts) return PLAN_NO_MEMORY;
  memcpy(p->numbers, numbers, (size_t)count * sizeof(i64));
  memcpy(p->texts, texts, (size_t)bytes);
  p->text_bytes = bytes;
  return plan_sections(p, count) ? PLAN_FINE : PLAN_SECTIONS;
}

INTERNAL void plan_free(Plan *p) {
  free(p->numbers);
  free(p->texts);
}
