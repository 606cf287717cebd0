#include "asks.h"
#include "guards.h"
#include "spans.h"

#define ASK_NUMBER ((i64)sizeof(i32)) /* bytes of a number in a question */

/* What a source is; NULL of what is not there. */
static const Span *ask_source(const Decoder *d, i64 slot) {
  const Span *s = slot == NONE ? &d->record : &d->slots[slot];
  return span_is_there(s, d->row_stamp) ? s : NULL;
}

/* Cells of a table have quotes around them, and are as they are: as JSON a byte may take this many. */
#define ASK_ESCAPED 6
#define ASK_AROUND 32 /* bytes for a name and what stands around it */

static u8 *ask_put_cell(u8 *out, const u8 *p, const u8 *end) {
  static const u8 hex[] = "0123456789abcdef";
  for (; p < end; p++) {
    if (*p >= ' ' && *p != '"' && *p != '\\') {
      *out++ = *p;
      continue;
    }
    memcpy(out, "\\u00", 4);
    out[4] = hex[*p >> 4];
    out[5] = hex[*p & 15];
    out += ASK_ESCAPED;
  }
  return out;
}

/* The digits of its place, the last one first. */
static u8 *ask_put_name(u8 *out, i64 place) {
  *out++ = place ? ',' : '{';
  *out++ = '"';
  do *out++ = (u8)('0' + place % 10);
  while (place /= 10);
  *out++ = '"';
  *out++ = ':';
  return out;
}

static u8 *ask_put(u8 *out, const Span *s) {
  if (!s) {
    memcpy(out, "null", 4);
    return out + 4;
  }
  if (!s->is_cell) {
    memcpy(out, s->begin, (size_t)(s->end - s->begin));
    return out + (s->end - s->begin);
  }
  *out++ = '"';
  out = ask_put_cell(out, s->begin + 1, s->end - 1);
  *out++ = '"';
  return out;
}

static i64 ask_most(const Decoder *d, const PlanAsk *q) {
  i64 most = ASK_NUMBER + ASK_AROUND;
  for (i64 i = q->sources; i < q->sources + q->source_count; i++) {
    const Span *s = ask_source(d, d->plan.lists[i]);
    most += ASK_AROUND + (s ? (s->end - s->begin) * (s->is_cell ? ASK_ESCAPED : 1) : 0);
  }
  return most;
}

/* The question's number, then what the sources hold as JSON: of one that is the record itself only that, else an object of
   them by their places. Its length; 0: there is no room. */
static i64 ask_write(Decoder *d, i64 number) {
  const PlanAsk *q = &d->plan.asks[number];
  u8 *begin = answers_question(&d->answers, ask_most(d, q)), *out = begin;
  i32 told = (i32)number;
  if (!out) return 0;
  memcpy(out, &told, sizeof told);
  out += ASK_NUMBER;
  const i64 *sources = d->plan.lists + q->sources;
  if (q->source_count == 1 && *sources == NONE) return ask_put(out, ask_source(d, NONE)) - begin;
  for (i64 i = 0; i < q->source_count; i++) {
    out = ask_put_name(out, i);
    out = ask_put(out, ask_source(d, sources[i]));
  }
  if (!q->source_count) *out++ = '{';
  *out++ = '}';
  return out - begin;
}

/* The lines of an answer as values. False: they are not as many, or no JSON. */
static bool ask_take(Decoder *d, const PlanAsk *q, const u8 *p, const u8 *end) {
  for (i64 i = q->targets; i < q->targets + q->target_count; i++) {
    if (p >= end) return false;
    Span s = {.begin = p, .stamp = d->row_stamp};
    s.end = *p == '"' ? json_skip_string(p + 1, &s.escaped) : json_skip(p, 1, d->plan.policy->max_depth);
    if (!s.end || *s.end != '\n' || s.end - p > d->capacity) return false;
    d->slots[d->plan.lists[i]] = s;
    if (*p != 'n') decoder_meet(d, &d->slots_met[d->plan.lists[i]]);
    p = s.end + 1;
  }
  return p == end;
}

/* Whether the question need not be asked: what it would say is known to be nothing. */
static bool ask_is_needless(Decoder *d, const PlanAsk *q) {
  return q->guard_count && guards_all_hold(d, q->guards, q->guard_count);
}

static bool ask_fill(Decoder *d, i64 number) {
  const PlanAsk *q = &d->plan.asks[number];
  if (ask_is_needless(d, q)) {
    for (i64 i = q->targets; i < q->targets + q->target_count; i++) d->slots[d->plan.lists[i]].stamp = 0;
    return true;
  }
  const u8 *end, *told;
  i64 length = ask_write(d, number);
  if (!length || !(told = answers_to(&d->answers, &d->asked[number], length, &end))) return false;
  d->told += end - told;
  return ask_take(d, q, told, end);
}

INTERNAL bool asks_fill(Decoder *d, bool early) {
  for (i64 i = 0; i < d->plan.ask_count; i++)
    if ((d->plan.asks[i].early != 0) == early && !ask_fill(d, i)) return false;
  return true;
}
