#include "amount.h"
#include "utf8.h"
#include <string.h>

static i64 amount_digits(const u8 *p, const u8 *end, u8 **out) {
  const u8 *begin = p;
  while (p < end && ascii_is_digit(*p)) *(*out)++ = *p++;
  return p - begin;
}

INTERNAL bool amount_plain(const u8 *text, i64 length, AmountSigns signs, u8 *out, i64 *size) {
  const u8 *p = text, *end = text + length;
  u8 *to = out;
  if (length > AMOUNT_BYTES) return false;
  if (p < end && *p == '-') *to++ = *p++;
  i64 digits = amount_digits(p, end, &to);
  p += digits;
  bool grouped = p < end && signs.thousands && *p == signs.thousands;
  if (grouped && (digits < 1 || digits > 3)) return false;
  while (p < end && signs.thousands && *p == signs.thousands) {
    if (amount_digits(p + 1, end, &to) != 3) return false;
    p += 4;
  }
  if (p < end && *p == signs.decimal) {
    *to++ = '.';
    p++;
    p += amount_digits(p, end, &to);
  }
  *size = to - out;
  return p == end;
}

typedef struct { const u8 *p, *end; } AmountText;

/* As Python has it, of ASCII: other blanks are what nothing here takes off, nor reads. */
INLINE bool amount_blank(u8 c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F); }

static AmountText amount_trimmed(AmountText t) {
  while (t.p < t.end && amount_blank(*t.p)) t.p++;
  while (t.end > t.p && amount_blank(t.end[-1])) t.end--;
  return t;
}

static bool amount_begins(AmountText t, const Plan *p, PlanText w) {
  return t.end - t.p >= w.length && !memcmp(t.p, plan_text(p, w), (size_t)w.length);
}

/* Without what is to be taken off, and without a sign, in whatever order they stand. */
static AmountText amount_bare(const Plan *p, const PlanNumber *n, AmountText t, u8 *sign) {
  AmountText before;
  t = amount_trimmed(t);
  do {
    before = t;
    for (i64 i = n->strips; i < n->strips + n->strip_count; i++) {
      i64 length = p->words[i].length;
      if (amount_begins(t, p, p->words[i])) t.p += length;
      if (t.end - t.p >= length && amount_begins((AmountText){t.end - length, t.end}, p, p->words[i])) t.end -= length;
      t = amount_trimmed(t);
    }
    if (!*sign && t.p < t.end && (*t.p == '+' || *t.p == '-')) {
      *sign = *t.p++;
      t = amount_trimmed(t);
    }
  } while (t.p != before.p || t.end != before.end);
  return t;
}

/* The length of what may stand between thousands. */
static i64 amount_mark(const Plan *p, const PlanNumber *n, AmountText t) {
  for (i64 i = n->marks; i < n->marks + n->mark_count; i++)
    if (amount_begins(t, p, p->words[i])) return p->words[i].length;
  return 0;
}

/* Digits before the point: false where groups of them are none of thousands. */
static bool amount_whole(const Plan *p, const PlanNumber *n, AmountText *t, u8 **out) {
  i64 mark, digits = amount_digits(t->p, t->end, out), last = 3;
  t->p += digits;
  if (!(mark = amount_mark(p, n, *t))) return true;
  if (digits < 1 || digits > 3) return false;
  for (; mark; mark = amount_mark(p, n, *t)) {
    if (last < 2 || last > 3) return false;
    t->p += mark;
    last = amount_digits(t->p, t->end, out);
    t->p += last;
  }
  return last == 3;
}

/* `e+5`, as it stands. */
static void amount_exponent(AmountText *t, u8 **out) {
  const u8 *p = t->p;
  if (p == t->end || (*p | 32) != 'e') return;
  p += 1 + (t->end - p > 1 && (p[1] == '+' || p[1] == '-'));
  if (p == t->end || !ascii_is_digit(*p)) return;
  while (t->p < p) *(*out)++ = *t->p++;
  t->p += amount_digits(t->p, t->end, out);
}

INTERNAL AmountFound amount_read(const Plan *p, const PlanNumber *n, const u8 *text, i64 length, u8 *out, i64 *size) {
  u8 sign = 0, *to = out;
  AmountFound none = AMOUNT_NONE;
  if (length >= AMOUNT_BYTES) return AMOUNT_UNSURE;
  for (i64 i = 0; i < length; i++)
    if (text[i] >= 0x80) none = AMOUNT_UNSURE;
  AmountText t = amount_bare(p, n, (AmountText){text, text + length}, &sign);
  if (sign == '-') *to++ = sign;
  u8 *whole = to;
  if (!amount_whole(p, n, &t, &to)) return none;
  bool is_number = to > whole;
  if (!is_number) *to++ = '0';
  if (amount_begins(t, p, n->point)) {
    u8 *point = to++;
    *point = '.';
    t.p += n->point.length;
    t.p += amount_digits(t.p, t.end, &to);
    if (to == point + 1) to = point;
    else is_number = true;
  }
  amount_exponent(&t, &to);
  *size = to - out;
  return is_number && t.p == t.end ? AMOUNT_READ : none;
}
