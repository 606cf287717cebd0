#include "keys.h"
#include <stdlib.h>

static i32 keys_add(Keys *k, const u8 *p, u32 length) {
  i32 number = k->count;
  if (number == MAX_KEYS) return NO_KEY;
  memcpy(keys_text(k, number), p, length);
  k->lengths[number] = (u16)length;
  k->stands[number] = number;
  k->node[number] = NOT_LOOKED_FOR;
  k->state[number] = (KeyState){0, NO_KEY, 0};
  k->count++;
  return number;
}

/* The number of a text as it is, added where it is new. */
static i32 keys_as_written(Keys *k, const u8 *p, u32 length) {
  if (length == 0) {
    if (k->empty == NO_KEY) k->empty = keys_add(k, p, 0);
    return k->empty;
  }
  u64 a, b;
  hash_words(k->seed, p, length, &a, &b);
  KeySlot *s = keys_slot(k, p, length, a, b);
  if (s->length) return s->number;
  i32 number = keys_add(k, p, length);
  if (number != NO_KEY) *s = (KeySlot){a, b, number, length};
  return number;
}

INTERNAL NOINLINE i32 keys_learn(Keys *k, const u8 *p, u32 length) {
  u8 learnt[KEY_STRIDE] = {0};
  i32 found = k->learn(k->table, p, (i32)length, learnt, KEY_BYTES);
  if (found < 0) return NO_KEY;
  i32 target = keys_as_written(k, learnt, (u32)(found & LEARNT_LENGTH));
  if (target == NO_KEY || k->stands[target] != target) return NO_KEY;
  k->state[target].flags = found & ~LEARNT_LENGTH;
  i32 number = keys_as_written(k, p, length);
  if (number != NO_KEY) k->stands[number] = target;
  return number;
}

INTERNAL void keys_clear(Keys *k) {
  memset(k->slots, 0, KEY_SLOTS * sizeof(KeySlot));
  k->count = 0;
  k->empty = NO_KEY;
}

INTERNAL bool keys_init(Keys *k, i32 table, LearnFn learn, u64 seed) {
  k->slots = calloc(KEY_SLOTS, sizeof(KeySlot));
  /* Not cleared, as `keys_clear` does not: that takes longer than a small drop. */
  k->texts = malloc((size_t)MAX_KEYS * KEY_STRIDE);
  k->seed = seed;
  k->learn = learn;
  k->table = table;
  k->count = 0;
  k->empty = NO_KEY;
  return k->slots && k->texts;
}

INTERNAL void keys_free(Keys *k) {
  free(k->slots);
  free(k->texts);
}
