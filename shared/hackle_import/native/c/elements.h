/* The elements of a JSON array, or values one after the other, found without decoding them: `reading/elements.py` says
   which. An element is copied on its way, so that it lies in one line in front of a padding. */
#ifndef HACKLE_ELEMENTS_H
#define HACKLE_ELEMENTS_H

#include "decoder.h"

/* What may come next. */
enum { EXPECT_OPENING, EXPECT_VALUE_OR_CLOSING, EXPECT_VALUE, EXPECT_COMMA_OR_CLOSING, EXPECT_END };

typedef struct {
  i64 array, final, expects, at, count, done, more;
} Elements; /* `at`: where no more is whole, or where trouble is; `more`: where it stopped though there may be more; `done`, in
               and out: how many rows were made of the record there */

/* Elements that are whole: all, or MOST_RECORDS if there are more, or as are EACH_BYTES of rows. False: there is
   trouble. */
INTERNAL bool elements_decode(Decoder *d, const u8 *text, i64 size, i64 first, Elements *s);

#endif
