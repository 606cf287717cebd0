/* Buffers handed over by the Arrow C data interface: https://arrow.apache.org/docs/format/CDataInterface.html */
#ifndef HACKLE_ARROW_H
#define HACKLE_ARROW_H

#include "base.h"

struct ArrowArray {
  i64 length, null_count, offset, n_buffers, n_children;
  const void **buffers;
  struct ArrowArray **children, *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};

/* The caller gives the buffers; one that is missing is NULL, as Arrow has it for bits of validity. */
INTERNAL bool arrow_init(struct ArrowArray *array, i64 length, i64 buffers, i64 children);

/* Gives a copy away, exactly as large as it must be: what a reader holds for long leaves no holes in memory. */
INTERNAL bool arrow_give(struct ArrowArray *array, i64 place, const void *buffer, size_t bytes);

/* `count` numbers of `bytes` each. */
INTERNAL bool arrow_give_numbers(struct ArrowArray *array, const void *numbers, i64 count, size_t bytes);

#endif
