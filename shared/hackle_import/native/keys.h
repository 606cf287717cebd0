/* The keys of one map column, each known by a number: as written in a drop, and in lower case. */
#ifndef KEYS_H
#define KEYS_H
#include "block.h"
#include "json.h"
#include <stdlib.h>

#define KEY_BYTES 128   /* of a longer key Python counts the characters */
#define MAX_KEYS 16384  /* then the table is begun anew: a hostile drop must not make it grow */
#define SLOTS (MAX_KEYS * 2)
#define NO_KEY (-1)

/* Writes the key in lower case and gives its length, or -1 where it takes more than `room` bytes. */
typedef i32 (*lower_fn)(const u8 *key, i32 length, u8 *out, i32 room);

typedef struct { u64 a, b; i32 number; u8 length; } slot; /* length 0: free, the empty key has its own number */
typedef struct {
  slot *slots;
  u8 *texts;                       /* KEY_BYTES + PADDING each */
  u8 lengths[MAX_KEYS];
  i32 lower[MAX_KEYS];             /* number of the key in lower case */
  i32 count, empty;
  u32 row[MAX_KEYS];               /* the row in which a key in lower case was last seen */
  u64 seed;
} keys;

#define KEY_STRIDE (KEY_BYTES + PADDING)
INLINE u8 *key_text(const keys *k, i32 number) { return k->texts + (size_t)number * KEY_STRIDE; }

INLINE u64 mixed(u64 a, u64 b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (u64)product ^ (u64)(product >> 64);
}

/* The bytes of a short key, or a digest of a long one; `p` has a block readable whatever `length` is. */
INLINE void key_words(const keys *k, const u8 *p, u32 length, u64 *a, u64 *b) {
  static const u8 ones[2 * BLOCK] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
  u64 x, y, mask_x, mask_y, digest = k->seed;
  if (LIKELY(length <= BLOCK)) {
    memcpy(&x, p, 8);
    memcpy(&y, p + 8, 8);
    memcpy(&mask_x, ones + BLOCK - length, 8);
    memcpy(&mask_y, ones + BLOCK + 8 - length, 8);
    *a = x & mask_x;
    *b = y & mask_y;
    return;
  }
  for (u32 i = 0; i + BLOCK < length; i += BLOCK) {
    memcpy(&x, p + i, 8);
    memcpy(&y, p + i + 8, 8);
    digest = mixed(x ^ digest, y ^ 0x9E3779B97F4A7C15ull);
  }
  memcpy(&x, p + length - BLOCK, 8);
  memcpy(&y, p + length - 8, 8);
  *a = mixed(x ^ digest, y ^ 0xD6E8FEB86659FD93ull);
  *b = digest ^ y;
}

/* Where the key is, or would be put. The table is never more than half full. */
INLINE slot *key_slot(const keys *k, const u8 *p, u32 length, u64 a, u64 b) {
  u32 place = (u32)mixed(a ^ k->seed ^ length, b ^ 0xA0761D6478BD642Full);
  for (;; place++) {
    slot *s = &k->slots[place & (SLOTS - 1)];
    if (s->length == 0) return s;
    if (s->a == a && s->b == b && s->length == length &&
        (LIKELY(length <= BLOCK) || !memcmp(key_text(k, s->number), p, length)))
      return s;
  }
}

static i32 key_add(keys *k, const u8 *p, u32 length) {
  i32 number = k->count;
  if (number == MAX_KEYS) return NO_KEY;
  memcpy(key_text(k, number), p, length);
  k->lengths[number] = (u8)length;
  k->lower[number] = number;
  k->row[number] = 0;
  k->count++;
  return number;
}

/* The number of a key that is in lower case already. */
static i32 key_lowered(keys *k, const u8 *p, u32 length) {
  if (length == 0) {
    if (k->empty == NO_KEY) k->empty = key_add(k, p, 0);
    return k->empty;
  }
  u64 a, b;
  key_words(k, p, length, &a, &b);
  slot *s = key_slot(k, p, length, a, b);
  if (s->length) return k->lower[s->number] == s->number ? s->number : NO_KEY;
  i32 number = key_add(k, p, length);
  if (number != NO_KEY) *s = (slot){a, b, number, (u8)length};
  return number;
}

/* A key that was not seen before: the number of its lower case. NO_KEY: leave the row to Python. */
NOINLINE i32 key_new(keys *k, const u8 *p, u32 length, lower_fn lower) {
  u8 lowered[KEY_STRIDE] = {0};
  i32 size = lower(p, (i32)length, lowered, KEY_BYTES);
  if (size < 0) return NO_KEY;
  i32 target = key_lowered(k, lowered, (u32)size);
  if (target == NO_KEY || ((u32)size == length && !memcmp(p, lowered, length))) return target;
  u64 a, b;
  key_words(k, p, length, &a, &b);
  slot *s = key_slot(k, p, length, a, b);
  i32 number = key_add(k, p, length);
  if (number == NO_KEY) return NO_KEY;
  k->lower[number] = target;
  *s = (slot){a, b, number, (u8)length};
  return target;
}

/* The number of the lower case of a key of at most KEY_BYTES, with a block readable at `p`. */
INLINE i32 key_number(keys *k, const u8 *p, u32 length, lower_fn lower) {
  if (UNLIKELY(length == 0)) return key_lowered(k, p, 0);
  u64 a, b;
  key_words(k, p, length, &a, &b);
  slot *s = key_slot(k, p, length, a, b);
  return LIKELY(s->length) ? k->lower[s->number] : key_new(k, p, length, lower);
}

static void keys_clear(keys *k) {
  memset(k->slots, 0, SLOTS * sizeof(slot));
  k->count = 0;
  k->empty = NO_KEY;
}

static bool keys_init(keys *k, u64 seed) {
  k->slots = calloc(SLOTS, sizeof(slot));
  k->texts = calloc(MAX_KEYS, KEY_STRIDE);
  k->seed = seed;
  k->count = 0;
  k->empty = NO_KEY;
  return k->slots && k->texts;
}

static void keys_free(keys *k) {
  free(k->slots);
  free(k->texts);
}
#endif
