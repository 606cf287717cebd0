#include "amount.h"
#include "utf8.h"

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
