/* What a mapping asks for, as flat arrays that `native/builder.py` makes: everything here is a number of 64 bits; a text is
   its place and its length among the plan's texts, a length of -1 says that there is none. A plan is checked when it is
   read: nothing that rests on its numbers looks again. */
#ifndef HACKLE_PLAN_H
#define HACKLE_PLAN_H

#include "instant.h"

enum { SCALAR_INSERT_ID, SCALAR_EVENT_KEY, SCALAR_TS, SCALAR_METRIC_VALUE, SCALARS };
#define MAPS 4
#define MAP_IDENTIFIERS 0
#define MAP_PLATFORM (MAPS - 1)  /* the map with `osname`, which is its first required key */
#define TABLE_OSNAMES MAPS       /* the table of their spellings */
#define TABLE_PRIVATE (MAPS + 1) /* and behind it: the tables of names in the objects of the privacy's nodes */
#define TABLE_COPIES 255 /* that of ids that were made of rows: what tells a row from those before with its id */
#define NONE (-1)

typedef enum {
  MISSING_BY_CONTENT,
  MISSING_BY_CONTENT_AND_LINE,
  MISSING_BY_CONTENT_AND_COPY,
  MISSING_NEVER
} WhenMissing;

typedef struct { i64 place, length; } PlanText;

/* A name, or for elements of a list the place `name.length`, that something is wanted of: of what it holds (`children`),
   of its elements (`places`), its value (`slot`), its entries for a map (`map`), its entries as a list (`pivot`). */
typedef struct {
  PlanText name;
  i64 children, child_count, places, place_count, slot, map, pivot;
} PlanNode;

/* Those of a value are in the order of their lengths, those of one length in that of their bytes: others are not found. */
typedef struct { PlanText from, to; } PlanTranslation;

/* How the texts of a value write numbers: the point, what may stand between thousands, what is taken off; the latter are
   words. */
typedef struct {
  PlanText point;
  i64 marks, mark_count, strips, strip_count;
} PlanNumber;

/* One text of a row: the first of its sources, which are slots, that is there and not empty; or one of each part, where
   `joined` has a bit for every source with which a part begins. `number`: how its texts are written, or NONE. */
#define MOST_JOINED 62
typedef struct {
  i64 sources, source_count, joined;
  PlanText constant, standard;
  i64 translations, translation_count, number;
} PlanValue;

/* `element`: its node; `key` and sources: slots; `next`: another pivot of the same list, or NONE. */
typedef struct { i64 element, key, sources, source_count, next; } PlanPivot;

typedef struct {
  PlanText key;
  i64 value;
} PlanNamed;

typedef enum {
  HOLDS_TRUE,
  HOLDS_UNTRUE,
  HOLDS_EQUAL,
  HOLDS_UNEQUAL,
  HOLDS
} Holds; /* as mapping/conditions.py has it */

/* A condition on the slot `condition`. `target` is a slot that gets the value of `source` where it holds; NONE: it is one of
   a question's. */
typedef struct {
  i64 target, source, condition, holds;
  PlanText text;
} PlanGuard;

/* What Python is asked of the slots `sources`, NONE standing for the record itself: what it says, JSON by JSON, goes into the
   slots `targets`. Not asked where all `guards` hold, if there are any. `early`: before `where`. */
typedef struct { i64 sources, source_count, targets, target_count, guards, guard_count, early; } PlanAsk;

typedef enum {
  TEST_AND,
  TEST_OR,
  TEST_NOT,
  TEST_TRUE,
  TEST_IS_TRUE,
  TEST_IS_FALSE,
  TEST_IS_NULL,
  TEST_TEXT,
  TEST_NUMBER,
  TEST_CONTAINS,
  TEST_STARTS,
  TEST_ENDS,
  TESTS
} Test; /* as native/where.py has it */

typedef enum {
  COMPARE_EQUAL,
  COMPARE_LESS,
  COMPARE_LESS_EQUAL,
  COMPARE_GREATER,
  COMPARE_GREATER_EQUAL,
  COMPARISONS
} Comparison;

/* A test of a row: of what others before it say (`left` and `right` are their numbers), or of the value in the slot `left`,
   which is compared (`right`: how) with a text, or with a number: the float whose bits are the text's place. */
typedef struct {
  i64 kind, left, right;
  PlanText text;
} PlanTest;

/* What a byte of a format asks for: another byte asks for itself, a blank for one. */
enum {
  FORMAT_YEAR = 1,
  FORMAT_YEAR_OF_CENTURY,
  FORMAT_MONTH,
  FORMAT_MONTH_NAME,
  FORMAT_DAY,
  FORMAT_HOUR,
  FORMAT_HOUR_OF_HALF,
  FORMAT_MINUTE,
  FORMAT_SECOND,
  FORMAT_FRACTION = 11,
  FORMAT_HALF,
  FORMAT_OFFSET = 14,
  FORMAT_MONTH_IN_FULL,
  FORMAT_WEEKDAY,
  FORMAT_WEEKDAY_IN_FULL,
  FORMAT_ZONE_NAME
};

/* A format of times; a text of it has between `least` and `most` characters that are no white space. `zone_name`: what the
   zone of times without an offset is called, or none. */
typedef struct {
  PlanText signs, zone_name;
  i64 least, most;
} PlanFormat;

typedef struct { /* spreads are slots, NONE for one that is taken where it is met */
  i64 spreads, spread_count, pivots, pivot_count, named, named_count;
  i64 max_entries, max_characters;
  PlanText required[2]; /* keys that must be filled */
  i64 largest;          /* the bytes of the texts that a row may get beside those of the record */
} PlanMap;

/* What `[privacy]` asks for of a name; behind ACT_WITHIN, the number of the node that what it holds is to be asked of. */
enum { ACT_NONE, ACT_DROP, ACT_HASH, ACT_WITHIN };

/* `privates`: nodes of the privacy's tree, none where there is none; `hashes`: most in a record. `fillers`: words that stand
   for no value, beside those that are known. */
typedef struct {
  i64 max_depth, notes_limits, when_missing, fillers_missing, slots;
  TimeRules times;
  i64 privates, hashes;
  PlanText hash_key;
  i64 fillers, filler_count;
} PlanPolicy;

typedef struct {
  i64 *numbers; /* that all of the following point into */
  u8 *texts;
  const PlanPolicy *policy;
  const PlanMap *maps;
  const PlanNode *nodes;   /* the record's, the pivots' elements, then those below them in the order of their parents */
  const PlanValue *values; /* the first four are those of the scalars */
  const PlanPivot *pivots;
  const PlanNamed *named;
  const PlanTranslation *translations;
  const PlanNumber *written;
  const PlanText *words;
  const i64 *lists; /* slots, of sources and spreads; numbers of pivots */
  const PlanGuard *guards;
  const PlanTest *tests;     /* the last one says which rows are kept; none: all */
  const PlanFormat *formats; /* of `ts` */
  const PlanAsk *asks;
  const ZoneOffset *offsets;
  const PlanText *each; /* the names that lead to a list whose elements are the rows; none: a record is one */
  i64 node_count, value_count, pivot_count, named_count, translation_count, number_count, word_count, list_count,
      guard_count, test_count, format_count, offset_count, ask_count, each_count, text_bytes;
} Plan;

/* What is wrong with a plan: which of its parts. In the order of `native/library.py`. */
typedef enum {
  PLAN_FINE,
  PLAN_NO_MEMORY,
  PLAN_SECTIONS,
  PLAN_POLICY,
  PLAN_MAPS,
  PLAN_NODES,
  PLAN_VALUES,
  PLAN_PIVOTS,
  PLAN_NAMED,
  PLAN_TRANSLATIONS,
  PLAN_NUMBERS,
  PLAN_GUARDS,
  PLAN_TESTS,
  PLAN_FORMATS,
  PLAN_OFFSETS,
  PLAN_ASKS,
  PLAN_EACH,
  PLAN_TABLE
} PlanFault;

#define PLAN_MOST (1 << 24) /* numbers, and bytes of texts */
#define PLAN_MOST_DEPTH 1024
#define PLAN_MOST_TESTS 256
#define PLAN_MOST_TIME 253402300800000 /* milliseconds: the year 10000 */
#define PLAN_MOST_AHEAD 172800000      /* milliseconds that a clock is away from UTC, and more */
#define PLAN_MOST_EACH 64              /* names: each is a level of the stack */
#define PLAN_MOST_PRIVATE 16           /* nodes, and hashes in a record */

INLINE const u8 *plan_text(const Plan *p, PlanText w) { return p->texts + w.place; }

/* Takes copies. `plan_free` is due whatever comes of it. */
INTERNAL PlanFault plan_init(Plan *p, const i64 *numbers, i64 count, const u8 *texts, i64 bytes);

INTERNAL void plan_free(Plan *p);

/* The next `count` records of `size` numbers; `count` is the number before them. */
INTERNAL const i64 *plan_section(const i64 **at, const i64 *end, i64 size, i64 *count);

/* Whether every number of the plan is within what it counts, and whether all that memory rests on holds. */
INTERNAL PlanFault plan_check(const Plan *p);

/* Whether a text lies among the plan's, and is UTF-8. */
INTERNAL bool plan_has_text(const Plan *p, PlanText w);

#endif
