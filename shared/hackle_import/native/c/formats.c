#include "formats.h"
#include "utf8.h"

#define MONTHS 12
#define WEEKDAYS 7

static const char *const format_months[MONTHS] = {"january",   "february", "march",    "april",
                                                  "may",       "june",     "july",     "august",
                                                  "september", "october",  "november", "december"};
static const char *const format_weekdays[WEEKDAYS] = {"monday", "tuesday",  "wednesday", "thursday",
                                                      "friday", "saturday", "sunday"};

typedef struct {
  const u8 *p, *end;
  Clock clock;
  i32 half; /* of the day: 0 and 1, or NONE */
  bool twelve, zoned;
} Reading;

/* Exactly so many digits. False: fewer. */
static bool format_digits(Reading *r, i64 digits, i32 *number) {
  *number = 0;
  if (r->end - r->p < digits) return false;
  for (; digits; digits--, r->p++) {
    if (!ascii_is_digit(*r->p)) return false;
    *number = *number * 10 + (*r->p - '0');
  }
  return true;
}

/* One digit to six: more are no text of the format, or Python finds how they are. */
static bool format_fraction(Reading *r) {
  i64 microseconds = 0, digits = 0;
  for (; digits < 6 && r->p < r->end && ascii_is_digit(*r->p); digits++, r->p++)
    microseconds = microseconds * 10 + (*r->p - '0');
  if (!digits) return false;
  for (; digits < 6; digits++) microseconds *= 10;
  r->clock.milliseconds = microseconds / 1000;
  return true;
}

/* Whether the text goes on with a word, which is put behind. */
static bool format_word(Reading *r, const char *word, i64 length) {
  if (r->end - r->p < length) return false;
  for (i64 i = 0; i < length; i++)
    if ((r->p[i] | 32) != word[i]) return false;
  r->p += length;
  return true;
}

#define SHORT 3 /* letters of a name that is not in full */

/* Which of the names stands there, counted from 1; 0: none. */
static i32 format_name(Reading *r, const char *const *names, i32 count, bool in_full) {
  for (i32 i = 0; i < count; i++)
    if (format_word(r, names[i], in_full ? (i64)strlen(names[i]) : SHORT)) return i + 1;
  return 0;
}

static bool format_month_name(Reading *r, bool in_full) {
  return (r->clock.month = format_name(r, format_months, MONTHS, in_full)) != 0;
}

/* Any: strptime does not compare it with the date. */
static bool format_weekday(Reading *r, bool in_full) { return format_name(r, format_weekdays, WEEKDAYS, in_full) != 0; }

static bool format_exactly(Reading *r, const void *word, i64 length) {
  if (r->end - r->p < length || memcmp(r->p, word, (size_t)length)) return false;
  r->p += length;
  return true;
}

/* Of UTC, or of the zone that times without an offset are of. */
static bool format_zone_name(Reading *r, const u8 *name, i64 length) {
  r->zoned = format_exactly(r, "UTC", 3) || format_exactly(r, "GMT", 3) || format_exactly(r, "Z", 1);
  return r->zoned || (length > 0 && format_exactly(r, name, length));
}

static bool format_half(Reading *r) {
  if (r->end - r->p < 2 || (r->p[1] | 32) != 'm') return false;
  r->half = (r->p[0] | 32) == 'p' ? 1 : (r->p[0] | 32) == 'a' ? 0 : NONE;
  r->p += 2;
  return r->half != NONE;
}

/* `Z`, `+0900` or `+09:00`; what more there may be is for Python. */
static bool format_offset(Reading *r) {
  i32 hour, minute;
  r->zoned = true;
  if (r->p < r->end && *r->p == 'Z') {
    r->p++;
    return true;
  }
  if (r->p == r->end || (*r->p != '+' && *r->p != '-')) return false;
  bool negative = *r->p++ == '-';
  if (!format_digits(r, 2, &hour)) return false;
  r->p += r->p < r->end && *r->p == ':';
  if (!format_digits(r, 2, &minute) || hour > 23 || minute > 59) return false;
  if (r->p < r->end && (*r->p == ':' || ascii_is_digit(*r->p))) return false;
  r->clock.away = negative ? -(hour * 60 + minute) : hour * 60 + minute;
  return true;
}

static bool format_two_year(Reading *r) {
  if (!format_digits(r, 2, &r->clock.year)) return false;
  r->clock.year += r->clock.year < 69 ? 2000 : 1900; /* as POSIX has it */
  return true;
}

static bool format_twelve(Reading *r) {
  r->twelve = true;
  return format_digits(r, 2, &r->clock.hour) && r->clock.hour >= 1 && r->clock.hour <= 12;
}

static bool format_literal(Reading *r, u8 sign) {
  if (r->p == r->end || *r->p != sign) return false;
  r->p++;
  return true;
}

/* What one byte of a format asks for. */
static bool format_take(Reading *r, const Plan *p, const PlanFormat *f, u8 sign) {
  Clock *c = &r->clock;
  switch (sign) {
    case FORMAT_YEAR: return format_digits(r, 4, &c->year);
    case FORMAT_YEAR_OF_CENTURY: return format_two_year(r);
    case FORMAT_MONTH: return format_digits(r, 2, &c->month);
    case FORMAT_MONTH_NAME: return format_month_name(r, false);
    case FORMAT_MONTH_IN_FULL: return format_month_name(r, true);
    case FORMAT_WEEKDAY: return format_weekday(r, false);
    case FORMAT_WEEKDAY_IN_FULL: return format_weekday(r, true);
    case FORMAT_ZONE_NAME: return format_zone_name(r, p->texts + f->zone_name.place, f->zone_name.length);
    case FORMAT_DAY: return format_digits(r, 2, &c->day);
    case FORMAT_HOUR: return format_digits(r, 2, &c->hour);
    case FORMAT_HOUR_OF_HALF: return format_twelve(r);
    case FORMAT_MINUTE: return format_digits(r, 2, &c->minute);
    case FORMAT_SECOND: return format_digits(r, 2, &c->second);
    case FORMAT_FRACTION: return format_fraction(r);
    case FORMAT_HALF: return format_half(r);
    case FORMAT_OFFSET: return format_offset(r);
    default: return format_literal(r, sign);
  }
}

/* Whether the text is of the format in its usual form: two digits where two may be, one blank for one. Every step is what
   strptime would try first, so that it finds the same. */
static bool format_fits(const Plan *p, const PlanFormat *f, const u8 *text, i64 length, i64 *instant) {
  const u8 *sign = plan_text(p, f->signs), *last = sign + f->signs.length;
  Reading r = {.p = text, .end = text + length, .half = NONE};
  while (sign < last)
    if (!format_take(&r, p, f, *sign++)) return false;
  if (r.p != r.end) return false;
  if (r.twelve) r.clock.hour = r.clock.hour % 12 + (r.half == 1 ? 12 : 0);
  return clock_instant(&r.clock, instant) && (r.zoned || clock_in_zone(&p->policy->times, p->offsets, instant));
}

INLINE u8 format_lower(u8 c) { return c >= 'A' && c <= 'Z' ? c | 32 : c; }

/* Whether the text can be of the format in no form: it is too long or too short for it, or lacks a sign of it. */
static bool format_is_other(const Plan *p, const PlanFormat *f, const u8 *text, i64 length) {
  const u8 *sign = plan_text(p, f->signs), *last = sign + f->signs.length;
  i64 visible = 0;
  for (i64 i = 0; i < length; i++) {
    if (text[i] >= 0x80) return false;
    visible += text[i] > ' ';
    while (sign < last && *sign <= ' ') sign++;
    sign += sign < last && format_lower(*sign) == format_lower(text[i]);
  }
  while (sign < last && *sign <= ' ') sign++;
  return sign < last || visible < f->least || visible > f->most;
}

INTERNAL Presence formats_read(const Plan *p, const u8 *text, i64 length, i64 *instant) {
  for (i64 i = 0; i < p->format_count; i++) {
    if (format_fits(p, &p->formats[i], text, length, instant)) return VALUE_THERE;
    if (!format_is_other(p, &p->formats[i], text, length)) return VALUE_BAD;
  }
  return VALUE_MISSING;
}
