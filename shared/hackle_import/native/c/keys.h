/* Texts of a drop, each known by a number: as it is written, and the number of the text that stands for it. For the keys
   of a map column that is the key in lower case, for names of operating systems the usual spelling. */
#ifndef KEYS_H
#define KEYS_H
#include "block.h"
#include "json.h"
#include <stdlib.h>

#define KEY_BYTES 512   /* 128 characters, Hackle's limit, are never more; Python takes what is longer */
#define MAX_KEYS 16384  /* then the table is begun anew: a hostile drop must not make it grow */
#define SLOTS (MAX_KEYS * 2)
#define NO_KEY (-1)
#define NOT_LOOKED_FOR (-2)

/* Of a text of table `table` that was not seen before: writes what stands for it, and gives its length with what else
   is to be known of it; or -1: Python is to take the row. */
typedef i32 (*learn_fn)(i32 table, const u8 *text, i32 length, u8 *out, i32 room);
#define LEARNT_LENGTH 0xFFFF
#define LEFT_OUT 0x10000     /* the mapping leaves such entries out */
#define TOO_LONG 0x20000     /* more characters than Hackle's limit */

typedef struct { u64 a, b; i32 number; u32 length; } slot; /* length 0: free, the empty key has its own number */
typedef struct { u64 stamp; i32 entry, flags; } key_state;   /* when it was last seen, and in which entry, if any */
typedef struct {
  slot *slots;
  u8 *texts;                       /* KEY_STRIDE each */
  u16 lengths[MAX_KEYS];
  i32 stands[MAX_KEYS];            /* number of the text that stands for it */
  i32 node[MAX_KEYS];              /* which node of the plan, if any, has its name: the user's of the table */
  key_state state[MAX_KEYS];       /* of texts that stand for others */
  i32 count, empty, table;
  u64 seed;
  learn_fn learn;
} keys;

#define KEY_STRIDE (KEY_BYTES + PADDING)
INLINE u8 *key_text(const keys *k, i32 number) { return k->texts + (size_t)number * KEY_STRIDE; }

INLINE u64 mixed(u64 a, u64 b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (u64)product ^ (u64)(product >> 64);
}

/* The bytes of a short key, or a digest of a long one; `p` has a block readable whatever `length` is. */
INLINE void key_words(u64 seed, const u8 *p, u32 length, u64 *a, u64 *b) {
  static const u8 ones[2 * BLOCK] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
  u64 x, y, mask_x, mask_y, digest = seed;
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
  k->lengths[number] = (u16)length;
  k->stands[number] = number;
  k->node[number] = NOT_LOOKED_FOR;
  k->state[number] = (key_state){0, NO_KEY, 0};
  k->count++;
  return number;
}

/* The number of a text as it is, added where it is new. */
static i32 key_as_written(keys *k, const u8 *p, u32 length) {
  if (length == 0) {
    if (k->empty == NO_KEY) k->empty = key_add(k, p, 0);
    return k->empty;
  }
  u64 a, b;
  key_words(k->seed, p, length, &a, &b);
  slot *s = key_slot(k, p, length, a, b);
  if (s->length) return s->number;
  i32 number = key_add(k, p, length);
  if (number != NO_KEY) *s = (slot){a, b, number, length};
  return number;
}

/* A text that was not seen before: its number. NO_KEY: leave the row to Python. */
NOINLINE i32 key_new(keys *k, const u8 *p, u32 length) {
  u8 learnt[KEY_STRIDE] = {0};
  i32 found = k->learn(k->table, p, (i32)length, learnt, KEY_BYTES);
  if (found < 0) return NO_KEY;
  i32 target = key_as_written(k, learnt, (u32)(found & LEARNT_LENGTH));
  if (target == NO_KEY || k->stands[target] != target) return NO_KEY;
  k->state[target].flags = found & ~LEARNT_LENGTH;
  i32 number = key_as_written(k, p, length);
  if (number != NO_KEY) k->stands[number] = target;
  return number;
}

/* The number of a text of at most KEY_BYTES, with a block readable at `p`. */
INLINE i32 key_number(keys *k, const u8 *p, u32 length) {
  if (UNLIKELY(length == 0)) return k->empty != NO_KEY ? k->empty : key_new(k, p, 0);
  u64 a, b;
  key_words(k->seed, p, length, &a, &b);
  slot *s = key_slot(k, p, length, a, b);
  return LIKELY(s->length) ? s->number : key_new(k, p, length);
}

static void keys_clear(keys *k) {
  memset(k->slots, 0, SLOTS * sizeof(slot));
  k->count = 0;
  k->empty = NO_KEY;
}

static bool keys_init(keys *k, i32 table, learn_fn learn, u64 seed) {
  k->slots = calloc(SLOTS, sizeof(slot));
  k->texts = calloc(MAX_KEYS, KEY_STRIDE);
  k->seed = seed;
  k->learn = learn;
  k->table = table;
  k->count = 0;
  k->empty = NO_KEY;
  return k->slots && k->texts;
}

static void keys_free(keys *k) {
  free(k->slots);
  free(k->texts);
}
#endif
