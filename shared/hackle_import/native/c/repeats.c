#include "repeats.h"
#include <stdlib.h>

#define MOST_OF(mask) (((mask) + 1) / 4 * 3) /* ids of a table */
#define NUMBER ((1u << 20) - 1)              /* of a slot: one more than an id's number; above it bits of its place */

INTERNAL bool repeats_init(Repeats *r, u64 seed) {
  *r = (Repeats){.seed = seed, .mask = IDS_FIRST - 1, .lines = {0, 0}};
  r->slots = calloc(IDS_FIRST, sizeof *r->slots);
  r->ids = malloc((MOST_OF(r->mask) + 1) * sizeof *r->ids);
  return r->slots && r->ids;
}

INTERNAL void repeats_free(Repeats *r) {
  free(r->slots);
  free(r->ids);
}

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

INLINE u32 id_mark(u64 place) { return (u32)(place >> 32) & ~NUMBER; }

/* Where an id is, or would be. */
INLINE u32 *id_slot(const Repeats *r, u64 digest, u64 place) {
  for (u32 mark = id_mark(place);; place++) {
    u32 *slot = &r->slots[(i64)(place & (u64)r->mask)];
    if (!*slot || ((*slot & ~NUMBER) == mark && r->ids[(*slot & NUMBER) - 1].digest == digest)) return slot;
  }
}

INLINE bool id_is_kept(const Repeats *r, u64 digest) { return !(digest & ((1ull << r->level) - 1)); }

/* A table of twice the size for the same ids. */
static bool repeats_widen(Repeats *r) {
  i64 mask = r->mask * 2 + 1;
  u32 *slots = calloc((size_t)mask + 1, sizeof *slots);
  Id *ids = slots ? realloc(r->ids, (size_t)(MOST_OF(mask) + 1) * sizeof *ids) : NULL;
  if (!ids) {
    free(slots);
    return false;
  }
  free(r->slots);
  r->mask = mask;
  r->slots = slots;
  r->ids = ids;
  return true;
}

/* Half of the ids, of which a table of the largest size has room for more. */
static void repeats_halve(Repeats *r) {
  i64 kept = 0;
  r->level++;
  for (i64 i = 0; i < r->count; i++)
    if (id_is_kept(r, r->ids[i].digest)) r->ids[kept++] = r->ids[i];
  r->count = kept;
  memset(r->slots, 0, ((size_t)r->mask + 1) * sizeof *r->slots);
}

/* A larger table; or, of the largest, one of fewer ids, where it can be: a drop may be made for it. */
static bool repeats_grow(Repeats *r) {
  if (r->mask + 1 < IDS_SLOTS) {
    if (!repeats_widen(r)) return false;
  } else {
    while (r->count > IDS_MOST && r->level < IDS_LEVELS) repeats_halve(r);
  }
  for (i64 i = 0; i < r->count; i++) {
    u64 place = id_place(r, r->ids[i].digest);
    *id_slot(r, r->ids[i].digest, place) = id_mark(place) | (u32)(i + 1);
  }
  return true;
}

static void repeats_again(Repeats *r, Id *one, i64 line) {
  if (!r->lines[0]) {
    r->lines[0] = one->line;
    r->lines[1] = line;
  }
  one->again++;
}

static bool repeats_add_one(Repeats *r, u64 digest, u64 place, i64 line) {
  if (!id_is_kept(r, digest)) return true;
  u32 *slot = id_slot(r, digest, place);
  if (*slot) {
    repeats_again(r, &r->ids[(*slot & NUMBER) - 1], line);
    return true;
  }
  if (r->count > MOST_OF(r->mask)) return true; /* it could not be made smaller */
  r->ids[r->count++] = (Id){digest, line > UINT32_MAX ? UINT32_MAX : (u32)line, 0};
  *slot = id_mark(place) | (u32)r->count;
  return r->count <= MOST_OF(r->mask) || repeats_grow(r);
}

/* Slots lie anywhere: some are fetched at once. */
INTERNAL bool repeats_add(Repeats *r, const u8 *ids, const i64 *lines, i64 rows) {
  u64 digests[IDS_AHEAD], places[IDS_AHEAD];
  for (i64 done = 0; done < rows; done += IDS_AHEAD) {
    i64 some = rows - done < IDS_AHEAD ? rows - done : IDS_AHEAD;
    for (i64 i = 0; i < some; i++) {
      digests[i] = id_digest(ids + (done + i) * UUID_TEXT);
      places[i] = id_place(r, digests[i]);
      __builtin_prefetch(&r->slots[(i64)(places[i] & (u64)r->mask)], 1);
    }
    for (i64 i = 0; i < some; i++)
      if (!repeats_add_one(r, digests[i], places[i], lines[done + i])) return false;
  }
  return true;
}

INTERNAL i64 repeats_rows(const Repeats *r) {
  i64 rows = 0;
  for (i64 i = 0; i < r->count; i++) rows += r->ids[i].again;
  return rows << r->level;
}
