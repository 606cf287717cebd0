/* Plain numbers -> millionths, as `conform/metric_value.py` takes them; what is written otherwise is left to it. */
#ifndef HACKLE_DECIMAL_H
#define HACKLE_DECIMAL_H

#include "base.h"

/* False: Python is to take it. `*rounded`: are there more than six digits of a fraction, and was anything lost? */
INTERNAL bool decimal_metric(const u8 *p, i64 length, i128 *value, bool *rounded);

#endif
