#include "instant.h"
#include "utf8.h"
#include <string.h>

#define NO_NUMBER (-1)

INLINE i32 instant_two_digits(const u8 *p) {
  u32 tens = (u32)p[0] - '0', ones = (u32)p[1] - '0';
  return tens <= 9 && ones <= 9 ? (i32)(tens * 10 + ones) : NO_NUMBER;
}

/* The milliseconds of a fraction at `p`, which is put after it; all digits below are cut off, which is toward the past. */
INLINE i64 instant_fraction(const u8 **p, const u8 *end) {
  i64 milliseconds = 0;
  i32 digits = 0;
  for (; *p < end && ascii_is_digit(**p); (*p)++, digits++)
    if (digits < 3) milliseconds = milliseconds * 10 + (**p - '0');
  for (i32 i = digits; i < 3; i++) milliseconds *= 10;
  return digits ? milliseconds : NO_NUMBER;
}

/* Howard Hinnant's days_from_civil, for years from 1 on. */
INLINE i64 instant_days(i32 year, i32 month, i32 day) {
  i32 y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
  i32 of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return (i64)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

INLINE i32 instant_days_of_month(i32 year, i32 month) {
  static const u8 days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return days[month] + (month == 2 && leap);
}

INLINE bool instant_is_word(const u8 *p, i64 length) {
  return (length == 1 && *p == 'Z') || (length == 3 && (!memcmp(p, "UTC", 3) || !memcmp(p, "GMT", 3)));
}

/* `Z`, `UTC`, `GMT`, `+09:00`, `+0900`, `+09`, a blank before it or none. Minutes. */
static bool instant_offset(const u8 *p, const u8 *end, i64 *minutes) {
  p += *p == ' ';
  i64 length = end - p;
  if (instant_is_word(p, length)) return true;
  bool colon = length == 6 && p[3] == ':';
  if ((length != 3 && length != 5 && !colon) || (*p != '+' && *p != '-')) return false;
  i32 hour = instant_two_digits(p + 1), minute = length == 3 ? 0 : instant_two_digits(p + 3 + colon);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return false;
  *minutes = *p == '-' ? -(hour * 60 + minute) : hour * 60 + minute;
  return true;
}

/* By halves: a zone may have hundreds of offsets. */
static bool instant_in_zone(const ZoneOffset *first, i64 count, i64 *instant) {
  if (UNLIKELY(!count)) return false;
  while (count > 1) {
    i64 half = count / 2;
    bool later = *instant >= first[half].from;
    first = later ? first + half : first;
    count = later ? count - half : half;
  }
  *instant -= first->ahead;
  return true;
}

INTERNAL bool clock_in_zone(const TimeRules *c, const ZoneOffset *offsets, i64 *instant) {
  return instant_in_zone(offsets + c->zone, c->zone_count, instant);
}

INTERNAL bool clock_instant(const Clock *c, i64 *instant) {
  if (c->year < 1 || c->month < 1 || c->month > 12 || c->day < 1) return false;
  if (c->day > instant_days_of_month(c->year, c->month) || c->hour > 23 || c->minute > 59 || c->second > 59)
    return false;
  i64 minutes = (instant_days(c->year, c->month, c->day) * 24 + c->hour) * 60 + c->minute - c->away;
  *instant = (minutes * 60 + c->second) * 1000 + c->milliseconds;
  return true;
}

/* `p` has at least 19 bytes. */
static bool instant_iso(const u8 *p, const u8 *end, const TimeRules *c, const ZoneOffset *offsets, i64 *instant) {
  i32 century = instant_two_digits(p), rest = instant_two_digits(p + 2), month = instant_two_digits(p + 5),
      day = instant_two_digits(p + 8);
  i32 hour = instant_two_digits(p + 11), minute = instant_two_digits(p + 14), second = instant_two_digits(p + 17);
  if ((p[10] != 'T' && p[10] != ' ') || p[13] != ':' || p[16] != ':') return false;
  if ((century | rest | month | day | hour | minute | second) < 0) return false;
  Clock shown = {century * 100 + rest, month, day, hour, minute, second, 0, 0};
  p += 19;
  if (p < end && *p == '.') {
    p++;
    shown.milliseconds = instant_fraction(&p, end);
    if (shown.milliseconds < 0) return false;
  }
  if (p == end) return clock_instant(&shown, instant) && clock_in_zone(c, offsets, instant);
  return instant_offset(p, end, &shown.away) && clock_instant(&shown, instant);
}

#define EPOCH_DIGITS 18
#define IN_SECONDS 100000000000ll /* below: design section 3 */
#define IN_MILLISECONDS (IN_SECONDS * 1000)
#define IN_MICROSECONDS (IN_MILLISECONDS * 1000)

static bool instant_epoch(const u8 *p, const u8 *end, const TimeRules *c, const ZoneOffset *offsets, i64 *instant) {
  const u8 *begin = p;
  i64 number = 0, below = 0, unit = c->unit;
  for (; p < end && ascii_is_digit(*p); p++) {
    if (p - begin == EPOCH_DIGITS) return false;
    number = number * 10 + (*p - '0');
  }
  if (p == begin) return false;
  if (p < end && *p == '.') {
    p++;
    if (end - p > EPOCH_DIGITS) return false;
    below = instant_fraction(&p, end);
  }
  if (p != end || below < 0) return false;
  if (unit == UNIT_BY_MAGNITUDE)
    unit = number < IN_SECONDS        ? UNIT_SECONDS
           : number < IN_MILLISECONDS ? UNIT_MILLISECONDS
           : number < IN_MICROSECONDS ? UNIT_MICROSECONDS
                                      : UNIT_NANOSECONDS;
  if (unit == UNIT_SECONDS && number >= IN_MILLISECONDS) return false;
  *instant = unit == UNIT_SECONDS        ? number * 1000 + below
             : unit == UNIT_MILLISECONDS ? number
             : unit == UNIT_MICROSECONDS ? number / 1000
                                         : number / 1000000;
  return instant_in_zone(offsets + c->epoch_zone, c->epoch_zone_count, instant);
}

#define DAY 86400000   /* milliseconds */
#define DAY_FACTOR 864 /* of which it is 10 ** 5 times as much */
#define SERIAL_DIGITS 7
#define SERIAL_PLACES 16
#define SERIAL_FIRST 61    /* 1900-03-01: before it, spreadsheets differ */
#define SERIAL_EPOCH 25569 /* 1970-01-01 */

/* `digits` of a fraction of a day as milliseconds, to the nearest, of two to the even one. At most SERIAL_PLACES. */
static i64 instant_part_of_day(u64 fraction, i64 digits) {
  u64 all = fraction * DAY_FACTOR, unit = 1;
  for (i64 i = digits; i < 5; i++) all *= 10;
  for (i64 i = 5; i < digits; i++) unit *= 10;
  u64 found = all / unit, rest = all % unit;
  return (i64)(found + (2 * rest > unit || (2 * rest == unit && found % 2)));
}

/* Days of a spreadsheet's clock. */
static bool instant_serial(const u8 *p, const u8 *end, const TimeRules *c, const ZoneOffset *offsets, i64 *instant) {
  const u8 *begin = p;
  i64 days = 0, digits = 0;
  u64 fraction = 0;
  for (; p < end && ascii_is_digit(*p) && p - begin < SERIAL_DIGITS; p++) days = days * 10 + (*p - '0');
  if (p == begin || days < SERIAL_FIRST) return false;
  if (p < end) {
    if (*p++ != '.') return false;
    for (; p < end && ascii_is_digit(*p) && digits < SERIAL_PLACES; p++, digits++)
      fraction = fraction * 10 + (u64)(*p - '0');
    if (p != end || !digits) return false;
  }
  *instant = (days - SERIAL_EPOCH) * DAY + instant_part_of_day(fraction, digits);
  return clock_in_zone(c, offsets, instant);
}

INTERNAL bool instant_read(const u8 *p, i64 length, const TimeRules *c, const ZoneOffset *offsets, i64 *instant) {
  bool iso = length >= 19 && p[4] == p[7] && (p[4] == '-' || p[4] == '/' || p[4] == '.');
  bool found = iso                           ? instant_iso(p, p + length, c, offsets, instant)
               : c->unit == UNIT_SERIAL_DAYS ? instant_serial(p, p + length, c, offsets, instant)
                                             : instant_epoch(p, p + length, c, offsets, instant);
  if (!found) return false;
  return *instant >= c->earliest && *instant <= c->latest;
}
