/* What Python said, by what it was asked: a question is told once, however many rows ask it, but for kinds of questions that hardly come again. Much
   of it is forgotten between rows: a hostile drop must not make it grow. */
#ifndef HACKLE_ANSWERS_H
#define HACKLE_ANSWERS_H

#include "keys.h"

#define TABLE_ASKED 256 /* questions are asked by numbers from there on: as native/answers.py has it */
#ifndef ANSWER_SLOTS    /* a fuzzer has it smaller */
#define ANSWER_SLOTS (1 << 18)
#define ANSWER_BYTES (8 << 20) /* of questions and answers */
#endif

#define ANSWERS_WATCHED 16384 /* questions of a kind, after which it is known whether they come again */
#define ANSWERS_FORGOTTEN 8   /* such times, until that is looked at again */

typedef struct {
  i32 asked, again, forgets;
} Asked; /* of one kind of question; `forgets`: for how long its answers are not kept */
typedef struct {
  u32 hash;
  i32 place, length, told;
} AnswerSlot; /* length 0: free; `told` -1: there is no answer */
typedef struct {
  AnswerSlot *slots;
  u8 *bytes;
  i64 used, kept, count; /* `kept`: of the bytes, what stays when the row is done */
  u64 seed;
  LearnFn learn;
} Answers;

/* False: no memory; `answers_free` is due all the same. */
INTERNAL bool answers_init(Answers *a, LearnFn learn, u64 seed);

INTERNAL void answers_free(Answers *a);

/* A row begins: answers given from now on stay until the next one does. */
INTERNAL void answers_begin(Answers *a);

/* Where a question of so many bytes is to be written, its number first. NULL: there is no room. */
INTERNAL u8 *answers_question(const Answers *a, i64 length);

/* The answer to the question that was written there: lines, the last one with its end, up to `*end`. NULL: there is none. */
INTERNAL const u8 *answers_to(Answers *a, Asked *kind, i64 length, const u8 **end);

#endif
