#include "guards.h"
#include "spans.h"
#include "values.h"

#define LONG_NUMBER 4300 /* digits, of which Python makes no number: it then knows nothing of the record */
#define PLAIN_NUMBER 18  /* bytes: Python's number is written as this one is */

/* Truth as JMESPath has it: nothing, false, and what is empty are not true. */
static bool guard_is_true(const Decoder *d, const Span *s) {
  if (!span_is_there(s, d->row_stamp)) return false;
  if (*s->begin == '"') return s->end - s->begin > 2;
  if (*s->begin == '{' || *s->begin == '[') return json_space(s->begin + 1) != s->end - 1;
  return *s->begin != 'f';
}

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
  Presence found = is_truth ? guard_is_true(d, s) ? VALUE_THERE : VALUE_MISSING : guard_equals(d, s, g->text);
  if (found == VALUE_BAD) return VALUE_BAD;
  return (found == VALUE_THERE) != negated ? VALUE_THERE : VALUE_MISSING;
}

/* What JMESPath gives for a value, where that is the value's own text. */
static Presence guard_value(const Decoder *d, const Span *s) {
  if (!guard_is_true(d, s)) return VALUE_MISSING;
  if (*s->begin == '"' || *s->begin == 't') return VALUE_THERE;
  return ascii_is_digit(*s->begin) && s->end - s->begin <= PLAIN_NUMBER ? VALUE_THERE : VALUE_BAD;
}

static bool guard_has_long_number(const u8 *raw, i64 length) {
  for (i64 i = LONG_NUMBER - 1; i < length; i += LONG_NUMBER)
    if (ascii_is_digit(raw[i])) return true;
  return false;
}

INTERNAL bool guards_hold(Decoder *d, const u8 *raw, i64 length) {
  const Plan *p = &d->plan;
  if (p->guard_count && guard_has_long_number(raw, length)) return false;
  for (i64 i = 0; i < p->guard_count; i++) {
    const PlanGuard *g = &p->guards[i];
    Presence found = guard_holds(d, g);
    if (found == VALUE_THERE && g->target != NONE) found = guard_value(d, &d->slots[g->source]);
    if (found == VALUE_BAD || (found == VALUE_MISSING && g->target == NONE)) return false;
    if (g->target == NONE) continue;
    d->slots[g->target] = d->slots[g->source];
    if (found == VALUE_MISSING) d->slots[g->target].stamp = 0;
    else d->guards_met[i] = true;
  }
  return true;
}
