/* What Python is asked of a record whose values it does not see otherwise: expressions, of what lies where they look. */
#ifndef HACKLE_ASKS_H
#define HACKLE_ASKS_H

#include "decoder.h"

/* Fills the slots of those questions that `where` waits for, or of the others. False: the record is for Python. */
INTERNAL bool asks_fill(Decoder *d, bool early);

#endif
