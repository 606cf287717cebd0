/* Times in their usual forms -> milliseconds since 1970 UTC, as `conform/instants.py` takes them; any other is left to it. */
#ifndef HACKLE_INSTANT_H
#define HACKLE_INSTANT_H

#include "base.h"

enum { UNIT_BY_MAGNITUDE, UNIT_SECONDS, UNIT_MILLISECONDS, UNIT_MICROSECONDS, UNIT_NANOSECONDS, UNIT_SERIAL_DAYS };

/* From the time `from` on that it shows, a clock is `ahead` of UTC, in milliseconds both; the first of a zone's holds before
   it, too. */
typedef struct { i64 from, ahead; } ZoneOffset;

/* A zone is a range of such offsets, of which there are none where only Python knows them: that of times without an offset,
   and that of epoch numbers. The bounds are both included. */
typedef struct { i64 unit, zone, zone_count, epoch_zone, epoch_zone_count, earliest, latest; } TimeRules;

typedef struct { /* `away`: minutes ahead of UTC */
  i32 year, month, day, hour, minute, second;
  i64 milliseconds, away;
} Clock;

/* What a clock shows, in milliseconds since 1970. False: no clock shows that. */
INTERNAL bool clock_instant(const Clock *c, i64 *instant);

/* What a clock of times without an offset shows -> UTC: of an hour that comes twice the first, and what is never shown as if
   the clock had not been changed yet. False: its zone is Python's. */
INTERNAL bool clock_in_zone(const TimeRules *c, const ZoneOffset *offsets, i64 *instant);

/* `offsets`: what the zones are ranges of. False: Python is to take it. */
INTERNAL bool instant_read(const u8 *p, i64 length, const TimeRules *c, const ZoneOffset *offsets, i64 *instant);

#endif
