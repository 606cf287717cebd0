/* Which rows a mapping keeps: its `where`, as far as that is tests of what lies at plain paths. */
#ifndef HACKLE_WHERE_H
#define HACKLE_WHERE_H

#include "values.h"

/* VALUE_THERE: the row is kept; VALUE_MISSING: it is left out; VALUE_BAD: Python is to ask, or to say that one cannot. */
INTERNAL Presence where_keeps(Decoder *d);

#endif
