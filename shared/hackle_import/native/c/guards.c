#include "guards.h"
#include "spans.h"
#include "values.h"

#define PLAIN_NUMBER 18 /* bytes: Python's number is written as this one is */

/* Whether a value is this text; VALUE_BAD where that cannot be told. */
static Presence guard_equals(Decoder *d, const Span *s, PlanText wanted) {
  const u8 *text;
  i64 length;
  if (!span_is_there(s, d->row_stamp) || *s->begin != '"') return VALUE_MISSING;
  if (!span_text(d, s, &text, &length)) return VALUE_BAD;
  bool equal = length == wanted.length && !memcmp(text, plan_text(&d->plan, wanted), (size_t)length);
  return equal ? VALUE_THERE : VALUE_MISSING;
}

static Presence guard_holds(Decoder *d, const PlanGuard *g) {
  const Span *s = &d->slots[g->condition];
  bool negated = g->holds == HOLDS_UNTRUE || g->holds == HOLDS_UNEQUAL;
  bool is_truth = g->holds == HOLDS_TRUE || g->holds == HOLDS_UNTRUE;
  Presence found = is_truth ? span_is_true(s, d->row_stamp) ? VALUE_THERE : VALUE_MISSING : guard_equals(d, s, g->text);
  if (found == VALUE_BAD) return VALUE_BAD;
  return (found == VALUE_THERE) != negated ? VALUE_THERE : VALUE_MISSING;
}

/* What JMESPath gives for a value, where that is the value's own text. */
static Presence guard_value(const Decoder *d, const Span *s) {
  if (!span_is_true(s, d->row_stamp)) return VALUE_MISSING;
  if (*s->begin == '"' || *s->begin == 't') return VALUE_THERE;
  return ascii_is_digit(*s->begin) && s->end - s->begin <= PLAIN_NUMBER ? VALUE_THERE : VALUE_BAD;
}

INTERNAL bool guards_all_hold(Decoder *d, i64 first, i64 count) {
  for (i64 i = first; i < first + count; i++)
    if (guard_holds(d, &d->plan.guards[i]) != VALUE_THERE) return false;
  return true;
}

INTERNAL bool guards_hold(Decoder *d) {
  const Plan *p = &d->plan;
  for (i64 i = 0; i < p->guard_count; i++) {
    const PlanGuard *g = &p->guards[i];
    if (g->target == NONE) continue;
    Presence found = guard_holds(d, g);
    if (found == VALUE_THERE) found = guard_value(d, &d->slots[g->source]);
    if (found == VALUE_BAD) return false;
    d->slots[g->target] = d->slots[g->source];
    if (found == VALUE_MISSING) d->slots[g->target].stamp = 0;
    else decoder_meet(d, &d->guards_met[i]);
  }
  return true;
}
