/* Plans that are wrong: `drive_plans PLAN... -- OPTIONS` is libFuzzer. An input is a byte that chooses plan and format, how
   many numbers of the plan are changed, those changes, and a text. What is no plan must be refused; with any other, nothing
   is read or written out of bounds. */
#define MAX_KEYS 256 /* a decoder is made for every input: it must not take long */
#define ANSWER_SLOTS 256
#define ANSWER_BYTES (1 << 16)
#include "harness.h"

#define MOST_CHANGES 16
typedef struct { u8 place[2], kind, by[2]; } Change;

static i64 changed(i64 number, const Change *c) {
  i64 by = (i64)(c->by[0] | c->by[1] << 8) - 0x8000;
  switch (c->kind % 4) {
    case 0: return by / 256; /* another small number */
    case 1: return (i64)((u64)number + (u64)(by / 4096));
    case 2: return by;
    default: return (i64)((u64)by << (c->kind & 63));
  }
}

/* A copy of the plan with the changes; the last of its `kind` tells whether texts are cut short, too. */
static Written with_changes(const Written *w, const Change *changes, i64 count) {
  Written c = *w;
  size_t size = (size_t)(w->texts - w->file) + (size_t)w->bytes;
  c.file = malloc(size + 1);
  CHECK(c.file);
  memcpy(c.file, w->file, size);
  c.numbers = (i64 *)(void *)c.file + 1;
  c.columns = c.numbers + c.count + 1;
  i64 *texts = c.columns + c.column_count;
  for (i64 i = 0; i < count; i++) {
    i64 place = (changes[i].place[0] | changes[i].place[1] << 8) % (c.count + c.column_count);
    i64 *number = place < c.count ? c.numbers + place : c.columns + place - c.count;
    *number = changed(*number, &changes[i]);
    if (changes[i].kind == 255) c.bytes = c.bytes * changes[i].by[0] / 256;
  }
  c.texts = malloc((size_t)c.bytes + 1); /* nothing is behind them */
  CHECK(c.texts);
  memcpy(c.texts, texts, (size_t)c.bytes);
  return c;
}

static int one(const u8 *input, size_t size) {
  if (size < 2) return 0;
  i64 count = input[1] % MOST_CHANGES, begin = 2 + count * (i64)sizeof(Change);
  if ((i64)size < begin) return 0;
  Written w = with_changes(&plans[(*input & 15) % plan_count], (const Change *)(const void *)(input + 2), count);
  Planned p = planned(&w);
  if (p.decoder && (p.table || !w.column_count)) decoded_checked(&p, *input, input + begin, (i64)size - begin);
  planned_free(&p);
  free(w.texts);
  free(w.file);
  return 0;
}

int main(int argc, char **argv) {
  plans_are_made_up = true;
  read_plans(&argc, &argv);
  return LLVMFuzzerRunDriver(&argc, &argv, one);
}
