/* Times in their usual forms -> milliseconds since 1970 UTC, as `conform/ts.py` takes them; any other is left to it. */
#ifndef TS_H
#define TS_H
#include "json.h"

enum { BY_MAGNITUDE, SECONDS, MILLISECONDS, MICROSECONDS, NANOSECONDS };

typedef struct { i64 unit, zone_is_utc, earliest, latest; } time_rules; /* the bounds are both included */

#define NO_NUMBER (-1)

INLINE i32 two_digits(const u8 *p) {
  u32 tens = (u32)p[0] - '0', ones = (u32)p[1] - '0';
  return tens <= 9 && ones <= 9 ? (i32)(tens * 10 + ones) : NO_NUMBER;
}

/* The milliseconds of a fraction at `p`, which is put after it; all digits below are cut off, which is toward the past. */
INLINE i64 fraction(const u8 **p, const u8 *end) {
  i64 milliseconds = 0;
  i32 digits = 0;
  for (; *p < end && is_digit(**p); (*p)++, digits++)
    if (digits < 3) milliseconds = milliseconds * 10 + (**p - '0');
  for (i32 i = digits; i < 3; i++) milliseconds *= 10;
  return digits ? milliseconds : NO_NUMBER;
}

/* Howard Hinnant's days_from_civil, for years from 1 on. */
INLINE i64 days_since_1970(i32 year, i32 month, i32 day) {
  i32 y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
  i32 of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return (i64)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

INLINE i32 days_of_month(i32 year, i32 month) {
  static const u8 days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return days[month] + (month == 2 && leap);
}

/* `Z`, `+09:00`, `+0900`, or nothing where the zone is UTC; in minutes. */
static bool offset_of(const u8 *p, const u8 *end, const time_rules *c, i32 *minutes) {
  *minutes = 0;
  i64 length = end - p;
  if (length == 0) return c->zone_is_utc;
  if (length == 1) return *p == 'Z';
  bool colon = length == 6 && p[3] == ':';
  if ((*p != '+' && *p != '-') || (length != 5 && !colon)) return false;
  i32 hour = two_digits(p + 1), minute = two_digits(p + 3 + colon);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return false;
  *minutes = *p == '-' ? -(hour * 60 + minute) : hour * 60 + minute;
  return true;
}

/* `p` has at least 19 bytes. */
static bool iso_of(const u8 *p, const u8 *end, const time_rules *c, i64 *instant) {
  i32 century = two_digits(p), rest = two_digits(p + 2), month = two_digits(p + 5), day = two_digits(p + 8);
  i32 hour = two_digits(p + 11), minute = two_digits(p + 14), second = two_digits(p + 17), away;
  if (p[7] != '-' || (p[10] != 'T' && p[10] != ' ') || p[13] != ':' || p[16] != ':') return false;
  if ((century | rest | month | day | hour | minute | second) < 0) return false;
  i32 year = century * 100 + rest;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month)) return false;
  if (hour > 23 || minute > 59 || second > 59) return false;
  i64 milliseconds = 0;
  p += 19;
  if (p < end && *p == '.') {
    p++;
    milliseconds = fraction(&p, end);
    if (milliseconds < 0) return false;
  }
  if (!offset_of(p, end, c, &away)) return false;
  i64 minutes = (days_since_1970(year, month, day) * 24 + hour) * 60 + minute - away;
  *instant = (minutes * 60 + second) * 1000 + milliseconds;
  return true;
}

#define EPOCH_DIGITS 18
#define IN_SECONDS 100000000000ll /* below: design section 3 */
#define IN_MILLISECONDS (IN_SECONDS * 1000)
#define IN_MICROSECONDS (IN_MILLISECONDS * 1000)

static bool epoch_of(const u8 *p, const u8 *end, const time_rules *c, i64 *instant) {
  const u8 *begin = p;
  i64 number = 0, below = 0, unit = c->unit;
  for (; p < end && is_digit(*p); p++) {
    if (p - begin == EPOCH_DIGITS) return false;
    number = number * 10 + (*p - '0');
  }
  if (p == begin) return false;
  if (p < end && *p == '.') {
    p++;
    if (end - p > EPOCH_DIGITS) return false;
    below = fraction(&p, end);
  }
  if (p != end || below < 0) return false;
  if (unit == BY_MAGNITUDE)
    unit = number < IN_SECONDS        ? SECONDS
           : number < IN_MILLISECONDS ? MILLISECONDS
           : number < IN_MICROSECONDS ? MICROSECONDS
                                      : NANOSECONDS;
  if (unit == SECONDS && number >= IN_MILLISECONDS) return false;
  *instant = unit == SECONDS        ? number * 1000 + below
             : unit == MILLISECONDS ? number
             : unit == MICROSECONDS ? number / 1000
                                    : number / 1000000;
  return true;
}

static bool instant_of(const u8 *p, i64 length, const time_rules *c, i64 *instant) {
  bool iso = length >= 19 && p[4] == '-';
  if (!(iso ? iso_of(p, p + length, c, instant) : epoch_of(p, p + length, c, instant))) return false;
  return *instant >= c->earliest && *instant <= c->latest;
}
#endif
