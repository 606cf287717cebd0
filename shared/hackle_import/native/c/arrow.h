/* Buffers handed over by the Arrow C data interface: https://arrow.apache.org/docs/format/CDataInterface.html */
#ifndef ARROW_H
#define ARROW_H
#include "block.h"
#include <stdbool.h>
#include <stdlib.h>

struct ArrowArray {
  i64 length, null_count, offset, n_buffers, n_children;
  const void **buffers;
  struct ArrowArray **children, *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};

static void array_release(struct ArrowArray *array) {
  for (i64 i = 0; i < array->n_children; i++) {
    struct ArrowArray *child = array->children[i];
    if (child && child->release) child->release(child);
    free(child);
  }
  if (array->dictionary && array->dictionary->release) array->dictionary->release(array->dictionary);
  free(array->dictionary);
  for (i64 i = 0; i < array->n_buffers; i++) free((void *)array->buffers[i]);
  free(array->buffers);
  free(array->children);
  array->release = NULL;
}

/* The caller gives the buffers; one that is missing is NULL, as Arrow has it for bits of validity. */
static bool array_init(struct ArrowArray *array, i64 length, i64 buffers, i64 children) {
  *array = (struct ArrowArray){.length = length, .release = array_release};
  array->buffers = calloc((size_t)buffers, sizeof *array->buffers);
  array->children = calloc((size_t)children + 1, sizeof *array->children);
  if (!array->buffers || !array->children) return false;
  array->n_buffers = buffers;
  for (; array->n_children < children; array->n_children++) {
    array->children[array->n_children] = calloc(1, sizeof *array);
    if (!array->children[array->n_children]) return false;
  }
  return true;
}

/* Gives a copy away, exactly as large as it must be: what a reader holds for long leaves no holes in memory. */
static bool give(struct ArrowArray *array, i64 place, const void *buffer, size_t bytes) {
  void *copied = malloc(bytes + PADDING);
  if (!copied) return false;
  memcpy(copied, buffer, bytes);
  array->buffers[place] = copied;
  return true;
}
#endif
