#include "decimal.h"
#include "utf8.h"

#define MILLION 1000000
#define WHOLE_DIGITS 15 /* Hackle's limit; beyond it there is more to be said */
#define WHOLE_END 1000000000000000ull

/* The digits of a fraction: its millionths, rounded half to even; *rounded: was anything lost? */
static const u8 *decimal_millionths(const u8 *p, const u8 *end, u32 *value, bool *rounded) {
  u32 found = 0, scale = MILLION;
  for (; p < end && ascii_is_digit(*p) && scale > 1; p++, scale /= 10) found = found * 10 + (*p - '0');
  *value = found * scale;
  if (p < end && ascii_is_digit(*p)) {
    u8 next = *p++;
    bool more = false;
    for (; p < end && ascii_is_digit(*p); p++) more = more || *p != '0';
    *rounded = more || next != '0';
    *value += next > '5' || (next == '5' && (more || *value % 2));
  }
  return p;
}

INTERNAL bool decimal_metric(const u8 *p, i64 length, i128 *value, bool *rounded) {
  const u8 *end = p + length;
  *rounded = false;
  while (p < end && *p == ' ') p++;
  while (end > p && end[-1] == ' ') end--;
  bool negative = p < end && *p == '-';
  p += negative || (p < end && *p == '+');
  const u8 *begin = p;
  u64 whole = 0;
  u32 below = 0;
  while (end - p > 1 && *p == '0' && ascii_is_digit(p[1])) p++;
  const u8 *first = p;
  for (; p < end && ascii_is_digit(*p); p++) {
    if (p - first == WHOLE_DIGITS) return false;
    whole = whole * 10 + (*p - '0');
  }
  i64 digits = p - begin;
  if (p < end && *p == '.') {
    const u8 *point = p;
    p = decimal_millionths(point + 1, end, &below, rounded);
    digits += p - point - 1;
  }
  if (p != end || !digits) return false;
  i128 magnitude = (i128)whole * MILLION + below;
  if (magnitude >= (i128)WHOLE_END * MILLION) return false;
  *value = negative ? -magnitude : magnitude;
  return true;
}
