/* The interface, which `native/library.py` binds. NDJSON, JSON or a table -> Arrow columns, as a mapping's plan says.

   A record is *plain* when every rule is met as it is, or by what is cheap and certain: valid JSON, the usual forms of
   times and numbers, the required keys filled, no key twice in an object. Plain records become rows here; every other
   one is named in a list, and Python decodes it by the same rules that it applies where this library is missing. Here
   nothing is ever rejected, and nothing guessed.

   Memory is safe by construction: a line is read where it lies if a padding follows it, else from a copy in front of
   one; its end stops every scan; before a record is decoded, every column has room for whatever it may become. */
#ifndef HACKLE_HACKLE_H
#define HACKLE_HACKLE_H

#include "decoder.h"
#include "elements.h"
#include "lines.h"
#include "repeats.h"
#include "table.h"
#include "wrapped.h"

#define API __attribute__((visibility("default")))

/* A digest of these sources, which `make native` gives: Python calls no library whose digest it does not expect. 0: of a
   library that was made otherwise. */
API u64 hackle_interface(void);

/* `seed` keeps a drop from choosing keys that collide; `numbers` and `texts` are the plan. NULL: `*fault` is a PlanFault. */
API Decoder *hackle_new(LearnFn learn, u64 seed, const i64 *numbers, i64 count, const u8 *texts, i64 bytes, i64 *fault);

API void hackle_free(Decoder *d);

/* Where rows are counted whose ids were made of their texts; it stays where it is as long as the decoder does. */
API void hackle_count_copies(Decoder *d, Copies *copies);

/* Which nodes of the plan, which slots of its guards, and which slots of answers ever had a value: writes a byte each to
   `met`. */
API void hackle_met(const Decoder *d, u8 *met);

/* The fields of JSON that the plan has no node for, so far; `*more`: there are others. */
API const Field *hackle_fields(const Decoder *d, i64 *count, i64 *more, i64 *rows);

/* NULL: no memory. */
API Repeats *hackle_repeats_new(u64 seed);

API void hackle_repeats_free(Repeats *r);

/* Ids of rows, as UUIDs of 36 bytes one after the other, with their lines. 0, or NO_MEMORY: then only `free` may follow. */
API i32 hackle_repeats_add(Repeats *r, const u8 *ids, const i64 *lines, i64 rows);

/* Writes how many rows repeat an id of one before, and of how many ids one is remembered, as a power of two; then the
   lines of the first two rows with one id, 0 of none. */
API void hackle_repeats_told(const Repeats *r, i64 *told);

/* What the columns of a table are: `table_init`. NULL: `*fault` is a PlanFault. */
API Table *hackle_table_new(const i64 *numbers, i64 count, i64 *fault);

API void hackle_table_free(Table *t);

#define NO_MEMORY (-1)   /* or a text of more than MAX_TEXT bytes */
#define TABLE_UNFIT (-2) /* a table of another plan */

/* Decodes whole lines, MOST_RECORDS if there are more: of `head`, then of `size` bytes from `start` on. Fills 14 `arrays`,
   each to be released by its own `release` (which is NULL where there is nothing to release), and counts written rows by
   note. 0 or NO_MEMORY. */
API i32 hackle_decode(Decoder *d, const u8 *head, i64 head_size, const u8 *text, i64 start, i64 size, Lines *lines,
                      struct ArrowArray *arrays, i64 *notes);

/* Decodes the elements of a JSON array, or of values one after the other, MOST_RECORDS if there are more; the first one
   has the number `first`. Fills `arrays` and `notes` as `hackle_decode` does. 1: there is trouble at `s->at`, and before it all is done; else 0, or
   NO_MEMORY. */
API i32 hackle_decode_elements(Decoder *d, const u8 *text, i64 size, i64 first, Elements *s, struct ArrowArray *arrays,
                               i64 *notes);

/* Decodes records of a table, the first of which is on line `first`, of the text that `hackle_decode` has; its end may
   need more. Fills `arrays` and `notes` as that does. 0, NO_MEMORY or TABLE_UNFIT. */
API i32 hackle_decode_table(Decoder *d, const u8 *head, i64 head_size, const u8 *text, i64 start, i64 size, i64 first,
                            Table *t, Rows *r, struct ArrowArray *arrays, i64 *notes);

/* `wrapped_inside`. */
API i64 hackle_inside(const u8 *text, i64 size, i64 *depth);

#endif
