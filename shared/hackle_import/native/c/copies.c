#include "copies.h"

#define KEY_CHARACTERS 18 /* 16 digits and two dashes */
#define PLACE_SHIFT 16    /* the last bits hold the version of the UUID: they are not random */

static u64 copies_key(const u8 *id) {
  u64 key = 0;
  for (i32 i = 0; i < KEY_CHARACTERS; i++)
    if (id[i] != '-') key = key << 4 | (u64)(id[i] <= '9' ? id[i] - '0' : id[i] - 'a' + 10);
  return key;
}

INTERNAL u32 copies_number(Copies *c, const u8 *id) {
  u64 key = copies_key(id), last = c->slots - 1, slot = key >> PLACE_SHIFT & last;
  while (c->seen[slot] && c->seen[slot] != key) slot = (slot + 1) & last;
  if (c->seen[slot]) return ++c->counts[slot];
  if (c->used == c->most || 2 * (c->used + 1) > c->slots) return 0;
  c->seen[slot] = key;
  c->used++;
  return c->counts[slot] = 1;
}

INTERNAL void copies_hold(u64 *held, const u8 *id) {
  u64 bit = copies_key(id) >> PLACE_SHIFT & (HELD_BITS - 1);
  held[bit / 64] |= 1ull << bit % 64;
}

INTERNAL bool copies_are_held(const u64 *held, const u8 *id) {
  u64 bit = copies_key(id) >> PLACE_SHIFT & (HELD_BITS - 1);
  return held[bit / 64] >> bit % 64 & 1;
}
