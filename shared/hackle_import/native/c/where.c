#include "where.h"
#include "spans.h"

#define MOST_DIGITS 15 /* of a number: the float that is nearest to it is then a quotient of two that are exact */

INLINE Presence where_told(bool holds) { return holds ? VALUE_THERE : VALUE_MISSING; }

/* A number's text as a float. False: it is not of the usual form. */
static bool where_number(const u8 *p, const u8 *end, double *number) {
  bool negative = *p == '-';
  i64 digits = 0, value = 0, scale = 1;
  for (p += negative; p < end && ascii_is_digit(*p) && digits < MOST_DIGITS; p++, digits++)
    value = value * 10 + *p - '0';
  if (p < end && *p == '.')
    for (p++; p < end && ascii_is_digit(*p) && digits < MOST_DIGITS; p++, digits++) {
      value = value * 10 + *p - '0';
      scale *= 10;
    }
  if (p != end) return false;
  *number = (double)value / (double)scale;
  if (negative) *number = -*number;
  return true;
}

/* Whether a text holds another, which is short. */
static bool where_contains(const u8 *text, i64 length, const u8 *part, i64 size) {
  if (!size) return true;
  for (const u8 *p = text, *last = text + length - size; p <= last; p++) {
    p = memchr(p, *part, (size_t)(last - p) + 1);
    if (!p) return false;
    if (!memcmp(p, part, (size_t)size)) return true;
  }
  return false;
}

static bool where_is(i64 comparison, bool less, bool equal) {
  switch (comparison) {
    case COMPARE_EQUAL: return equal;
    case COMPARE_LESS: return less;
    case COMPARE_LESS_EQUAL: return less || equal;
    case COMPARE_GREATER: return !less && !equal;
    default: return !less;
  }
}

/* Of a value of another kind nothing is true, but between texts and numbers there is no order: Python refuses it. */
static Presence where_differs(const PlanTest *t, const Span *s, u64 stamp) {
  bool ordered = span_is_there(s, stamp) && (*s->begin == '"' || *s->begin == '-' || ascii_is_digit(*s->begin));
  return ordered && t->right != COMPARE_EQUAL ? VALUE_BAD : VALUE_MISSING;
}

/* Texts are in the order of their characters, which is that of their bytes. */
static Presence where_compares_text(Decoder *d, const PlanTest *t, const Span *s) {
  const u8 *text, *other = plan_text(&d->plan, t->text);
  i64 length, size = t->text.length;
  if (!span_is_there(s, d->row_stamp) || *s->begin != '"') return where_differs(t, s, d->row_stamp);
  if (!span_text(d, s, &text, &length)) return VALUE_BAD;
  int order = memcmp(text, other, (size_t)(length < size ? length : size));
  return where_told(where_is(t->right, order ? order < 0 : length < size, !order && length == size));
}

static Presence where_compares_number(const Decoder *d, const PlanTest *t, const Span *s) {
  double number, other;
  if (!span_is_there(s, d->row_stamp) || (*s->begin != '-' && !ascii_is_digit(*s->begin)))
    return where_differs(t, s, d->row_stamp);
  if (!where_number(s->begin, s->end, &number)) return VALUE_BAD;
  memcpy(&other, &t->text.place, sizeof other);
  return where_told(where_is(t->right, number < other, number == other));
}

/* Of what is no text, the functions are for Python to refuse, or to ask. */
static Presence where_finds(Decoder *d, const PlanTest *t, const Span *s) {
  const u8 *text, *part = plan_text(&d->plan, t->text);
  i64 length, size = t->text.length;
  if (!span_is_there(s, d->row_stamp) || *s->begin != '"' || !span_text(d, s, &text, &length)) return VALUE_BAD;
  if (size > length) return VALUE_MISSING;
  if (t->kind == TEST_CONTAINS) return where_told(where_contains(text, length, part, size));
  return where_told(!memcmp(t->kind == TEST_STARTS ? text : text + length - size, part, (size_t)size));
}

static Presence where_value(Decoder *d, const PlanTest *t) {
  const Span *s = &d->slots[t->left];
  bool there = span_is_there(s, d->row_stamp);
  switch (t->kind) {
    case TEST_TRUE: return where_told(span_is_true(s, d->row_stamp));
    case TEST_IS_TRUE: return where_told(there && *s->begin == 't');
    case TEST_IS_FALSE: return where_told(there && *s->begin == 'f');
    case TEST_IS_NULL: return where_told(!there);
    case TEST_TEXT: return where_compares_text(d, t, s);
    case TEST_NUMBER: return where_compares_number(d, t, s);
    default: return where_finds(d, t, s);
  }
}

/* A test rests on ones before it: `plan_check`. */
static Presence where_holds(Decoder *d, i64 number) {
  const PlanTest *t = &d->plan.tests[number];
  if (t->kind > TEST_NOT) return where_value(d, t);
  Presence found = where_holds(d, t->left);
  if (found == VALUE_BAD) return VALUE_BAD;
  if (t->kind == TEST_NOT) return where_told(found == VALUE_MISSING);
  return (found == VALUE_THERE) == (t->kind == TEST_OR) ? found : where_holds(d, t->right);
}

INTERNAL Presence where_keeps(Decoder *d) {
  return d->plan.test_count ? where_holds(d, d->plan.test_count - 1) : VALUE_THERE;
}
