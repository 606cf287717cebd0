/* Ids that came before, among any number of rows in bounded memory: all of them are remembered up to IDS_MOST, then only
   those whose digest ends in zeros, a bit more each time that the table is full again. */
#ifndef HACKLE_REPEATS_H
#define HACKLE_REPEATS_H

#include "hash.h"

#define UUID_TEXT 36
#define IDS_SLOTS (1 << 20)          /* 4 MiB */
#define IDS_MOST (IDS_SLOTS / 4 * 3) /* 12 MiB */
#define IDS_FIRST 4096
#define IDS_LEVELS 40
#define IDS_AHEAD 32

typedef struct {
  u64 digest;
  u32 line, again;
} Id;

typedef struct {
  Id *ids;    /* as they came */
  u32 *slots; /* 0: free */
  u64 seed;
  i64 mask, count, level,
      lines[2]; /* `lines`: of the first row that repeats one, after that of the row that it repeats */
} Repeats;

INTERNAL bool repeats_init(Repeats *r, u64 seed);
INTERNAL void repeats_free(Repeats *r);

/* UUIDs as texts, one after the other, with their lines. False: no memory. */
INTERNAL bool repeats_add(Repeats *r, const u8 *ids, const i64 *lines, i64 rows);

/* How many rows have the id of one before; an estimate where `level` is not 0. */
INTERNAL i64 repeats_rows(const Repeats *r);

#endif
