#include "repeats.h"
#include <stdlib.h>

INTERNAL bool repeats_init(Repeats *r, u64 seed) {
  *r = (Repeats){.seed = seed, .mask = IDS_FIRST - 1, .lines = {0, 0}};
  r->slots = calloc(IDS_FIRST, sizeof *r->slots);
  return r->slots != NULL;
}

INTERNAL void repeats_free(Repeats *r) { free(r->slots); }

/* The same for every run: what is remembered above IDS_MOST hangs on it. */
INLINE u64 id_digest(const u8 *id) {
  u64 words[4];
  u32 last;
  memcpy(words, id, sizeof words);
  memcpy(&last, id + sizeof words, sizeof last);
  u64 a = hash_mixed(words[0] ^ 0x9E3779B97F4A7C15ull, words[1] ^ 0xD6E8FEB86659FD93ull);
  u64 b = hash_mixed(words[2] ^ 0xA0761D6478BD642Full, words[3] ^ 0xE7037ED1A0B428DBull);
  u64 digest = hash_mixed(a ^ last, b ^ 0x8EBC6AF09C88C6E3ull);
  return digest ? digest : 1;
}

INLINE u64 id_place(const Repeats *r, u64 digest) { return hash_mixed(digest ^ r->seed, 0xA0761D6478BD642Full); }

INLINE IdSlot *id_slot(const Repeats *r, u64 digest) {
  for (u64 place = id_place(r, digest);; place++) {
    IdSlot *s = &r->slots[(i64)(place & (u64)r->mask)];
    if (s->digest == 0 || s->digest == digest) return s;
  }
}

INLINE bool id_is_kept(const Repeats *r, u64 digest) { return !(digest & ((1ull << r->level) - 1)); }

/* A larger table; or, of the largest, one of half the ids. */
static bool repeats_grow(Repeats *r) {
  IdSlot *former = r->slots;
  i64 slots = r->mask + 1;
  if (slots < IDS_SLOTS) r->mask = slots * 2 - 1;
  else if (r->level < 40) r->level++;
  else return true;
  r->slots = calloc((size_t)r->mask + 1, sizeof *r->slots);
  r->count = 0;
  for (i64 i = 0; r->slots && i < slots; i++)
    if (former[i].digest && id_is_kept(r, former[i].digest)) {
      *id_slot(r, former[i].digest) = former[i];
      r->count++;
    }
  free(former);
  return r->slots != NULL;
}

static void repeats_again(Repeats *r, IdSlot *s, i64 line) {
  if (!r->lines[0]) {
    r->lines[0] = s->line;
    r->lines[1] = line;
  }
  s->again++;
}

static bool repeats_add_one(Repeats *r, u64 digest, i64 line) {
  if (!id_is_kept(r, digest)) return true;
  IdSlot *s = id_slot(r, digest);
  if (s->digest) {
    repeats_again(r, s, line);
    return true;
  }
  if (r->count == r->mask) return true; /* it could not be made smaller: a drop that was made for it */
  *s = (IdSlot){digest, line > UINT32_MAX ? UINT32_MAX : (u32)line, 0};
  return ++r->count <= (r->mask + 1) / 4 * 3 || repeats_grow(r);
}

/* Slots lie anywhere: some are fetched at once. */
INTERNAL bool repeats_add(Repeats *r, const u8 *ids, const i64 *lines, i64 rows) {
  u64 digests[IDS_AHEAD];
  for (i64 done = 0; done < rows; done += IDS_AHEAD) {
    i64 some = rows - done < IDS_AHEAD ? rows - done : IDS_AHEAD;
    for (i64 i = 0; i < some; i++) {
      digests[i] = id_digest(ids + (done + i) * UUID_TEXT);
      __builtin_prefetch(&r->slots[(i64)(id_place(r, digests[i]) & (u64)r->mask)], 1);
    }
    for (i64 i = 0; i < some; i++)
      if (!repeats_add_one(r, digests[i], lines[done + i])) return false;
  }
  return true;
}

INTERNAL i64 repeats_rows(const Repeats *r) {
  i64 rows = 0;
  for (i64 i = 0; i <= r->mask; i++) rows += r->slots[i].again;
  return rows << r->level;
}
