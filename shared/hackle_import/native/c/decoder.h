/* All that is known of a drop's decoding, and the memory for it: kept from text to text, touched as far as a text needs
   it. */
#ifndef HACKLE_DECODER_H
#define HACKLE_DECODER_H

#include "amount.h"
#include "answers.h"
#include "columns.h"
#include "copies.h"
#include "fields.h"
#include "nodes.h"
#include "uuid.h"

#define MAX_TEXT (1 << 30)
#define MOST_RECORDS 32768   /* of a text at once, however short: what is held of them must not grow with the text */
#define MAX_MEMBERS 1024     /* of a map; with more, Python decides */
#define USUAL_ROW_BYTES 64   /* what is plain is longer: shorter rows find no room, and go to Python */
#ifndef EACH_ROWS            /* a fuzzer has it smaller */
#define EACH_ROWS (1 << 16)  /* of a record that becomes several: of more elements, Python decides */
#define EACH_BYTES (4 << 20) /* of rows at once, as reading/each.py has it: what is written hangs on where it is cut */
#endif
#define EACH_ROW_BYTES 16 /* fewer rows are plain that are shorter */
#define EACH_NAMES 1024   /* of a record beside its list */
#define MIN_ENTRY_BYTES 4 /* `"":1` */
#define EVENT_KEY_CHARACTERS 128
#define TOLD_BYTES (1 << 16) /* of answers in a text, beside as many as the text has */
#define PASSED 256           /* of a record, whose ends are known */
#define HASHED_BYTES 66      /* of a keyed hash as JSON */
#define HASHED_STRIDE 72     /* bytes of a keyed hash as JSON, and a line end */
#define EVENT_KEY_BYTES (4 * EVENT_KEY_CHARACTERS)

enum {
  NOTE_HASHED,
  NOTE_MADE,
  NOTE_ROUNDED,
  NOTE_FILLER,
  NOTE_KEY_TOO_LONG,
  NOTE_VALUE_TOO_LONG,
  NOTE_TOO_MANY_KEYS,
  NOTE_RESERVED,
  NOTES,
  LEFT_OUT_ROWS = NOTES, /* rows that the mapping does not keep: counted with the notes */
  SPLIT_RECORDS,         /* records that became several rows, or none */
  COUNTS
};

typedef struct {
  const u8 *begin, *end;
  u64 stamp;
  bool escaped, is_cell;
} Span; /* a value; `stamp`: when it was found; `is_cell`: what stands between its quotes is the text, no JSON */
typedef struct { Span key, value; } Pair;
typedef struct {
  Pair *pairs;
  i32 count;
  u64 stamp;
} PairList;

typedef struct { const u8 *begin, *end; } EachElement;
typedef struct { const u8 *begin, *end; } Passed; /* a value of an object that `[privacy]` is asked of */
typedef struct {
  u64 a, b; /* the text as words */
  const u8 *text;
  i64 length;
} EachName;

/* A record that becomes several rows: the elements of its list, and what it has beside that, with its names. */
typedef struct {
  EachElement *elements;
  i64 bytes;              /* of all rows of this text so far */
  i64 count, done, place; /* `done`: elements that are rows already; `place`: that of the row under way, or NONE */
  u8 *beside, *row;       /* `row`: the row under way, which ends where its `room` does, in front of a padding */
  i64 room;
  const u8 *within; /* what is beside the list, in the row */
  EachName *names;
  i64 name_count;
  bool is_as_dropped; /* to the byte */
} Each;

typedef struct Decoder {
  Plan plan;
  LearnFn learn;
  Copies *copies; /* NULL: Python counts them */
  u64 *held;      /* HELD_BITS; NULL where copies are not counted */
  NodeState *states;
  Fields *fields;
  Span *slots, record; /* `record`: all of it, where it is JSON */
  PairList *pivots;
  DigestBlocks sha1;
  bool *guards_met, *slots_met; /* whether a guard's slot ever had a value; an answer's */
  bool **met_now;               /* what was met first by the row under way */
  i64 met_count;
  i32 *named_keys; /* numbers of the plan's named keys */
  Texts insert_id, event_key;
  i64 *ts;
  i128 *metric_value;
  Map maps[MAPS];
  Keys osnames;
  Keys *private_names; /* a table a node of the privacy's tree */
  HmacKey hash_key;
  Answers answers;
  const struct Table *table; /* whose rows are decoded, or none */
  Each each;                 /* nothing where a record is one row */
  Asked *asked;              /* of each of the plan's questions */
  i64 told;                  /* bytes of answers, of this row */
  u8 *hashed;                /* of this row */
  i64 hashed_used, within;   /* `within`: the node that the next object is to be asked of */
  Passed passed[PASSED + 1]; /* of this row, as they begin; the last one stands for all that have no room */
  i64 passed_count;
  Records plain, other;
  i64 rows; /* that there is room for */
  u8 *tail, *scratch, *joined;
  u8 *unfolded; /* what texts of this row hold as JSON, each with a line end after it */
  i64 unfolded_used;
  u64 led_through;                 /* how many texts paths led through, so far */
  i64 capacity;                    /* of text, in bytes, that all of the above is large enough for */
  u64 stamp, row_stamp;            /* grows with every row, and with every part of one */
  AmountSigns signs;               /* `decimal` 0: amounts are plain numbers */
  u8 amount[AMOUNT_BYTES + BLOCK]; /* a number as it was read: a block is readable at its end */
  u32 noted, bare_scalars;         /* of this row, a bit a note; `scalars_bare` of the plan */
  i64 notes[COUNTS];
} Decoder;

/* Something was met: it stays so if the row under way does. */
INLINE void decoder_meet(Decoder *d, bool *met) {
  if (LIKELY(*met)) return;
  *met = true;
  d->met_now[d->met_count++] = met;
}

/* All but the columns, of a plan that was read. False: no memory; `decoder_free` is due all the same. */
INTERNAL bool decoder_init(Decoder *d, LearnFn learn, u64 seed);

INTERNAL void decoder_free(Decoder *d);

INTERNAL void decoder_free_columns(Decoder *d);

/* Room for a text. False: no memory, or it is longer than MAX_TEXT. */
INTERNAL bool decoder_ready(Decoder *d, i64 size);

#endif
