/* Texts of a drop, each known by a number: as it is written, and the number of the text that stands for it. For the keys
   of a map column that is the key in lower case, for names of operating systems the usual spelling. */
#ifndef HACKLE_KEYS_H
#define HACKLE_KEYS_H

#include "hash.h"

#define KEY_BYTES 512  /* 128 characters, Hackle's limit, are never more; Python takes what is longer */
#ifndef MAX_KEYS       /* a fuzzer has it smaller */
#define MAX_KEYS 16384 /* then the table is begun anew: a hostile drop must not make it grow */
#endif
#define KEY_SLOTS (MAX_KEYS * 2)
#define KEY_SLOTS_FIRST 1024 /* to clear all of them takes longer than a small drop */
#define NO_KEY (-1)
#define NOT_LOOKED_FOR (-2)

/* Of a text of table `table` that was not seen before: writes what stands for it, and gives its length with what else
   is to be known of it; or -1: Python is to take the row. */
typedef i32 (*LearnFn)(i32 table, const u8 *text, i32 length, u8 *out, i32 room);
#define LEARNT_LENGTH 0xFFFF
#define LEARNT_BITS 16
#define LEARNT_LEFT_OUT 0x10000 /* the mapping leaves such entries out */
#define LEARNT_TOO_LONG 0x20000 /* more characters than Hackle's limit */

typedef struct {
  u64 a, b;
  i32 number;
  u32 length;
} KeySlot; /* length 0: free, the empty key has its own number */
typedef struct {
  u64 stamp;
  i32 entry, flags;
} KeyState; /* when it was last seen, and in which entry, if any */
typedef struct {
  KeySlot *slots;
  u32 mask;  /* one less than there are slots: a power of two */
  u8 *texts; /* KEY_STRIDE each */
  u16 *lengths;
  i32 *stands;     /* number of the text that stands for it */
  i32 *node;       /* which node of the plan, if any, has its name: the user's of the table */
  KeyState *state; /* of texts that stand for others */
  i32 count, empty, table;
  u64 seed;
  LearnFn learn;
} Keys;

#define KEY_STRIDE (KEY_BYTES + PADDING)
INLINE u8 *keys_text(const Keys *k, i32 number) { return k->texts + (size_t)number * KEY_STRIDE; }

/* False: no memory; `keys_free` is due all the same. */
INTERNAL bool keys_init(Keys *k, i32 table, LearnFn learn, u64 seed);

INTERNAL void keys_free(Keys *k);

/* Forgets all texts. */
INTERNAL void keys_clear(Keys *k);

/* A text that was not seen before: its number. NO_KEY: leave the row to Python. */
INTERNAL NOINLINE i32 keys_learn(Keys *k, const u8 *p, u32 length);

/* Where the key is, or would be put. The table is never more than half full. */
INLINE KeySlot *keys_slot(const Keys *k, const u8 *p, u32 length, u64 a, u64 b) {
  u32 place = (u32)hash_mixed(a ^ k->seed ^ length, b ^ 0xA0761D6478BD642Full);
  for (;; place++) {
    KeySlot *s = &k->slots[place & k->mask];
    if (s->a == a && s->b == b && s->length == length &&
        (LIKELY(length <= BLOCK) || !memcmp(keys_text(k, s->number), p, length)))
      return s;
    if (s->length == 0) return s;
  }
}

/* The number of a text of at most KEY_BYTES, with a block readable at `p`. */
INLINE i32 keys_number(Keys *k, const u8 *p, u32 length) {
  if (UNLIKELY(length == 0)) return k->empty != NO_KEY ? k->empty : keys_learn(k, p, 0);
  u64 a, b;
  hash_words(k->seed, p, length, &a, &b);
  KeySlot *s = keys_slot(k, p, length, a, b);
  return LIKELY(s->length) ? s->number : keys_learn(k, p, length);
}

#endif
