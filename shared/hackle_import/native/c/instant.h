/* Times in their usual forms -> milliseconds since 1970 UTC, as `conform/instants.py` takes them; any other is left to it. */
#ifndef HACKLE_INSTANT_H
#define HACKLE_INSTANT_H

#include "base.h"

enum { UNIT_BY_MAGNITUDE, UNIT_SECONDS, UNIT_MILLISECONDS, UNIT_MICROSECONDS, UNIT_NANOSECONDS, UNIT_SERIAL_DAYS };

/* `zone_minutes`: what the zone of times without an offset is always ahead of UTC, if it `is_fixed`; `epoch_ahead`: what
   epoch numbers are, in milliseconds. The bounds are both included. */
typedef struct { i64 unit, zone_is_fixed, zone_minutes, epoch_ahead, earliest, latest; } TimeRules;

typedef struct { /* `away`: minutes ahead of UTC */
  i32 year, month, day, hour, minute, second;
  i64 milliseconds, away;
} Clock;

/* What a clock shows, in milliseconds since 1970. False: no clock shows that. */
INTERNAL bool clock_instant(const Clock *c, i64 *instant);

/* False: Python is to take it. */
INTERNAL bool instant_read(const u8 *p, i64 length, const TimeRules *c, i64 *instant);

#endif
