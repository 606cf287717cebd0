#include "arrow.h"
#include <stdlib.h>
#include <string.h>

static void arrow_release(struct ArrowArray *array) {
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

INTERNAL bool arrow_init(struct ArrowArray *array, i64 length, i64 buffers, i64 children) {
  *array = (struct ArrowArray){.length = length, .release = arrow_release};
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

INTERNAL bool arrow_give(struct ArrowArray *array, i64 place, const void *buffer, size_t bytes) {
  void *copied = malloc(bytes + PADDING);
  if (!copied) return false;
  memcpy(copied, buffer, bytes);
  array->buffers[place] = copied;
  return true;
}

INTERNAL bool arrow_give_numbers(struct ArrowArray *array, const void *numbers, i64 count, size_t bytes) {
  return arrow_init(array, count, 2, 0) && arrow_give(array, 1, numbers, (size_t)count * bytes);
}
