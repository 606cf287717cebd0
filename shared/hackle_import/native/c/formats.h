/* Times in the mapping's own strptime formats, as `conform/formatted.py` takes them. */
#ifndef HACKLE_FORMATS_H
#define HACKLE_FORMATS_H

#include "plan.h"
#include "values.h"

/* VALUE_MISSING: the text is certainly of none of the formats; VALUE_BAD: Python is to look. */
INTERNAL Presence formats_read(const Plan *p, const u8 *text, i64 length, i64 *instant);

#endif
