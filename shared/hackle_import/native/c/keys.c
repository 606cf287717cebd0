#include "keys.h"
#include <stdlib.h>

/* A table that is half full gets twice as many slots, in which each text has another place. False: no memory. */
static bool keys_widen(Keys *k) {
  if (k->count <= (i32)(k->mask / 2)) return true;
  u32 mask = k->mask * 2 + 1;
  KeySlot *slots = calloc((size_t)mask + 1, sizeof *slots), *old = k->slots;
  if (!slots) return false;
  u32 before = k->mask;
  k->slots = slots;
  k->mask = mask;
  for (u32 i = 0; i <= before; i++)
    if (old[i].length) *keys_slot(k, keys_text(k, old[i].number), old[i].length, old[i].a, old[i].b) = old[i];
  free(old);
  return true;
}

static i32 keys_add(Keys *k, const u8 *p, u32 length) {
  i32 number = k->count;
  if (number == MAX_KEYS || !keys_widen(k)) return NO_KEY;
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
  if (number != NO_KEY) *keys_slot(k, p, length, a, b) = (KeySlot){a, b, number, length}; /* it may be a wider table */
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
  memset(k->slots, 0, ((size_t)k->mask + 1) * sizeof(KeySlot));
  k->count = 0;
  k->empty = NO_KEY;
}

INTERNAL bool keys_init(Keys *k, i32 table, LearnFn learn, u64 seed) {
  k->mask = (KEY_SLOTS_FIRST < KEY_SLOTS ? KEY_SLOTS_FIRST : KEY_SLOTS) - 1;
  k->slots = calloc((size_t)k->mask + 1, sizeof(KeySlot));
  /* Not cleared, as `keys_clear` does not: that takes longer than a small drop. */
  k->texts = malloc((size_t)MAX_KEYS * KEY_STRIDE);
  k->lengths = malloc(MAX_KEYS * sizeof *k->lengths);
  k->stands = malloc(MAX_KEYS * sizeof *k->stands);
  k->node = malloc(MAX_KEYS * sizeof *k->node);
  k->state = malloc(MAX_KEYS * sizeof *k->state);
  k->seed = seed;
  k->learn = learn;
  k->table = table;
  k->count = 0;
  k->empty = NO_KEY;
  return k->slots && k->texts && k->lengths && k->stands && k->node && k->state;
}

INTERNAL void keys_free(Keys *k) {
  free(k->slots);
  free(k->texts);
  free(k->lengths);
  free(k->stands);
  free(k->node);
  free(k->state);
}
