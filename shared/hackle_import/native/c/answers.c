#include "answers.h"
#include <stdlib.h>

INTERNAL bool answers_init(Answers *a, LearnFn learn, u64 seed) {
  *a = (Answers){.slots = calloc(ANSWER_SLOTS, sizeof(AnswerSlot)), .learn = learn, .seed = seed};
  a->bytes = malloc(ANSWER_BYTES + PADDING);
  return a->slots && a->bytes;
}

INTERNAL void answers_free(Answers *a) {
  free(a->slots);
  free(a->bytes);
}

INTERNAL void answers_begin(Answers *a) {
  a->used = a->kept;
  if (a->used <= ANSWER_BYTES / 4 * 3 && a->count <= ANSWER_SLOTS / 4) return;
  memset(a->slots, 0, ANSWER_SLOTS * sizeof(AnswerSlot));
  a->used = a->kept = a->count = 0;
}

INTERNAL u8 *answers_question(const Answers *a, i64 length) {
  return length <= ANSWER_BYTES - a->used && a->count < ANSWER_SLOTS / 2 ? a->bytes + a->used : NULL;
}

/* Where the question is, or would be put. The table is never more than half full. */
static AnswerSlot *answers_slot(const Answers *a, const u8 *question, i64 length, u32 hash) {
  for (u32 place = hash;; place++) {
    AnswerSlot *s = &a->slots[place & (ANSWER_SLOTS - 1)];
    if (!s->length) return s;
    if (s->hash == hash && s->length == length && !memcmp(a->bytes + s->place, question, (size_t)length)) return s;
  }
}

static u32 answers_hash(const Answers *a, const u8 *question, i64 length) {
  u64 x, y;
  hash_words(a->seed, question, (u32)length, &x, &y);
  return (u32)hash_mixed(x ^ a->seed ^ (u64)length, y ^ 0xA0761D6478BD642Full);
}

/* Asks Python: what it says stands behind the question. */
static i32 answers_ask(Answers *a, u8 *question, i64 length) {
  i32 number, told;
  memcpy(&number, question, sizeof number);
  i64 head = sizeof number, room = ANSWER_BYTES - a->used - length;
  told = a->learn(TABLE_ASKED + number, question + head, (i32)(length - head), question + length, (i32)room);
  if (told < 0 || told > room || (told && question[length + told - 1] != '\n')) return -1;
  return told;
}

/* Whether the answer is to be kept: of questions of which one in eight came again. */
static bool answers_keeps(Asked *kind) {
  if (++kind->asked == ANSWERS_WATCHED) {
    if (kind->forgets) kind->forgets--;
    else if (kind->again < ANSWERS_WATCHED / 8) kind->forgets = ANSWERS_FORGOTTEN;
    kind->asked = kind->again = 0;
  }
  return !kind->forgets;
}

INTERNAL const u8 *answers_to(Answers *a, Asked *kind, i64 length, const u8 **end) {
  u8 *question = a->bytes + a->used, *told = question + length;
  AnswerSlot once, *s = &once;
  bool keeps = answers_keeps(kind);
  u32 hash = keeps ? answers_hash(a, question, length) : 0;
  if (keeps) s = answers_slot(a, question, length, hash);
  if (keeps && s->length) {
    kind->again++;
    told = a->bytes + s->place + s->length;
  } else {
    *s = (AnswerSlot){hash, (i32)a->used, (i32)length, answers_ask(a, question, length)};
    a->used += length + (s->told > 0 ? s->told : 0);
    a->count += keeps;
    if (keeps) a->kept = a->used;
  }
  *end = told + s->told;
  return s->told < 0 ? NULL : told;
}
