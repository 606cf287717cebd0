/* What both drivers have: a stand-in for Python, files of plans, and a look at what the decoder gives: whatever that is, it
   must hang together. */
#define EACH_ROWS 64 /* few, so that records are gone on with */
#define EACH_BYTES 512
#include "unity.c"
#include <stdio.h>
#pragma clang diagnostic ignored "-Wunused-function" /* each driver leaves some out */

#define CHECK(x)                                              \
  do {                                                        \
    if (!(x)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x); \
      abort();                                                \
    }                                                         \
  } while (0)
#define MAX_PLANS 32
#define ARRAYS (SCALARS + MAPS + 6)

/* Of every other question one more expression is asked; a few have no answer, or one that is none. */
static i32 answer(i32 number, const u8 *text, i32 length, u8 *out, i32 room) {
  if (length % 7 == 0 || length + 6 > room) return -1;
  memcpy(out, text, (size_t)length);
  out[length] = length % 11 ? '\n' : ',';
  if (number % 2 == 0) return length + 1;
  memcpy(out + length + 1, "\"x\"\n", 4);
  return length + 5;
}

/* What `[privacy]` asks for of a name, to go into one of two nodes, too. */
static i32 act(const u8 *text, i32 length) { return length ? (*text & 7) % (ACT_WITHIN + 2) << LEARNT_BITS : ACT_NONE; }

/* A stand-in for Python's: ASCII only, which is lower case enough to get everywhere. */
static i32 learn(i32 table, const u8 *text, i32 length, u8 *out, i32 room) {
  if (table >= TABLE_ASKED) return answer(table - TABLE_ASKED, text, length, out, room);
  if (length > room || (table == TABLE_OSNAMES && length == 0)) return -1;
  for (i32 i = 0; i < length; i++)
    out[i] = text[i] >= 'A' && text[i] <= 'Z' && table != TABLE_OSNAMES ? text[i] | 32 : text[i];
  if (table >= TABLE_PRIVATE) return memcpy(out, text, (size_t)length), length | act(text, length);
  if (table == TABLE_OSNAMES && (*out | 32) == 'a' && length == 7) *out = 'A';
  return length | (length > 128 && table != TABLE_OSNAMES ? LEARNT_TOO_LONG : 0) | (*out == 's' ? LEARNT_LEFT_OUT : 0);
}

/* A plan that was made up may ask for what no memory is given for, or not fit a table; others never. */
static bool plans_are_made_up;

static bool is_refused(i64 told) {
  CHECK(told >= 0 || plans_are_made_up);
  return told < 0;
}

/* ---- what came out ---- */

static u64 digested(u64 digest, const void *bytes, i64 size) {
  const u8 *p = bytes;
  for (i64 i = 0; i < size; i++) digest = (digest ^ p[i]) * 0x100000001B3ull;
  return digest;
}

static u64 texts_digest(u64 digest, const struct ArrowArray *a) {
  const i32 *ends = a->buffers[1];
  const u8 *bytes = a->buffers[2];
  CHECK(ends[0] == 0);
  for (i64 i = 0; i < a->length; i++) {
    CHECK(ends[i] <= ends[i + 1]);
    CHECK(utf8_is_valid(bytes + ends[i], bytes + ends[i + 1]));
  }
  return digested(digested(digest, ends, (a->length + 1) * 4), bytes, ends[a->length]);
}

static u64 map_digest(u64 digest, const struct ArrowArray *a) {
  const i32 *starts = a->buffers[1];
  const struct ArrowArray *keys = a->children[0]->children[0], *values = a->children[0]->children[1];
  CHECK(starts[0] == 0 && starts[a->length] == keys->length && keys->length == values->length);
  for (i64 i = 0; i < a->length; i++) CHECK(starts[i] <= starts[i + 1]);
  const i32 *places = keys->buffers[1];
  for (i64 i = 0; i < keys->length; i++) CHECK(places[i] >= 0 && places[i] < keys->dictionary->length);
  digest = digested(digested(digest, starts, (a->length + 1) * 4), places, keys->length * 4);
  return texts_digest(texts_digest(digest, keys->dictionary), values);
}

static void check_places(const struct ArrowArray *others, i64 size) {
  const i32 *start = others[0].buffers[1], *length = others[1].buffers[1], *line = others[2].buffers[1];
  const i32 *place = others[3].buffers[1];
  i64 end = 0;
  for (i64 i = 0; i < others[0].length; i++) {
    bool again = i && line[i] == line[i - 1]; /* another row of that record */
    CHECK(length[i] >= 0 && (i64)start[i] + length[i] <= size && place[i] >= NONE);
    CHECK(again ? place[i] > place[i - 1] && place[i - 1] >= 0 : start[i] >= end && (!i || line[i] > line[i - 1]));
    end = start[i] + length[i];
  }
}

static u64 given_digest(struct ArrowArray *arrays, const i64 *notes, i64 size) {
  u64 digest = 0xCBF29CE484222325ull;
  for (int i = 0; i < 2; i++) digest = texts_digest(digest, &arrays[i]);
  digest = digested(digest, arrays[2].buffers[1], arrays[2].length * 8);
  digest = digested(digest, arrays[3].buffers[1], arrays[3].length * 16);
  for (int i = 0; i < MAPS; i++) digest = map_digest(digest, &arrays[SCALARS + i]);
  for (int i = SCALARS + MAPS; i < ARRAYS; i++) digest = digested(digest, arrays[i].buffers[1], arrays[i].length * 4);
  check_places(&arrays[ARRAYS - 4], size);
  for (int i = 0; i < ARRAYS; i++) arrays[i].release(&arrays[i]);
  return digested(digest, notes, COUNTS * sizeof *notes);
}

static u64 lines_digest(Decoder *d, const u8 *text, i64 size, i64 max_line) {
  struct ArrowArray arrays[ARRAYS] = {0};
  i64 notes[COUNTS];
  i64 head = size / 3; /* copied, so that nothing is read behind it */
  u8 *begun = malloc((size_t)head + 1);
  CHECK(begun);
  memcpy(begun, text, (size_t)head);
  Lines lines = {.first = 1, .max_bytes = max_line};
  i32 told = hackle_decode(d, begun, head, text, head, size - head, &lines, arrays, notes);
  free(begun);
  if (is_refused(told)) return 0;
  CHECK(told == 0 && lines.count >= 0 && lines.at >= lines.count - 1 && lines.at <= size);
  CHECK(lines.done ? lines.more != 0 : !lines.more || lines.count);
  return given_digest(arrays, notes, lines.more ? size : lines.at);
}

static void elements_checked(Decoder *d, const u8 *text, i64 size, Elements s) {
  struct ArrowArray arrays[ARRAYS] = {0};
  i64 notes[COUNTS];
  i32 told = hackle_decode_elements(d, text, size, 1, &s, arrays, notes);
  if (is_refused(told)) return;
  CHECK(told == 0 || told == 1);
  i64 rows = arrays[0].length + arrays[ARRAYS - 1].length + notes[LEFT_OUT_ROWS];
  CHECK(s.at >= 0 && s.at <= size && (d->plan.each_count ? s.count >= notes[SPLIT_RECORDS] : s.count == rows));
  given_digest(arrays, notes, s.more ? size : s.at);
  CHECK(!s.more || rows || s.count); /* it goes on */
  if (s.more) elements_checked(d, text + s.at, size - s.at, s);
}

static void rows_checked(Decoder *d, Table *t, const u8 *text, i64 size, Rows r) {
  struct ArrowArray arrays[ARRAYS] = {0};
  i64 notes[COUNTS];
  i64 head = size / 3, begun = r.begun;
  i32 told = hackle_decode_table(d, text, head, text, head, size - head, 1, t, &r, arrays, notes);
  if (is_refused(told)) return;
  CHECK(told == 0 && r.at >= 0 && r.at <= size && r.skip >= 0 && r.begun >= 0);
  given_digest(arrays, notes, r.at);
  CHECK(!r.more || r.at || r.begun > begun); /* it goes on */
  if (r.more && !r.unclosed) rows_checked(d, t, text + r.at, size - r.at, r);
}

/* ---- plans and texts ---- */

typedef struct { /* as a file holds them: a plan's numbers, a table's, and the plan's texts */
  u8 *file, *texts;
  i64 *numbers, count, *columns, column_count, bytes;
} Written;

typedef struct {
  Decoder *decoder;
  Table *table;
} Planned; /* `table`: of a plan for one, else NULL */

static u8 *content(const char *name, i64 *size) {
  FILE *file = fopen(name, "rb");
  CHECK(file && !fseek(file, 0, SEEK_END));
  *size = ftell(file);
  rewind(file);
  u8 *bytes = malloc((size_t)*size + 1);
  CHECK(bytes && fread(bytes, 1, (size_t)*size, file) == (size_t)*size);
  fclose(file);
  return bytes;
}

/* The numbers are each after their count. */
static Written written_at(const char *name) {
  i64 size;
  u8 *bytes = content(name, &size);
  Written w = {.file = bytes, .numbers = (i64 *)(void *)bytes + 1};
  w.count = w.numbers[-1];
  w.columns = w.numbers + w.count + 1;
  w.column_count = w.columns[-1];
  w.texts = (u8 *)(w.columns + w.column_count);
  w.bytes = bytes + size - w.texts;
  return w;
}

/* Neither is there where the plan is refused. */
static Planned planned(const Written *w) {
  i64 fault, table_fault = PLAN_FINE;
  Planned p = {.decoder = hackle_new(learn, 1, w->numbers, w->count, w->texts, w->bytes, &fault)};
  if (w->column_count) p.table = hackle_table_new(w->columns, w->column_count, &table_fault);
  CHECK(p.decoder || fault != PLAN_FINE);
  CHECK(p.table || !w->column_count || table_fault != PLAN_FINE);
  return p;
}

static void planned_free(Planned *p) {
  hackle_free(p->decoder);
  hackle_table_free(p->table);
}

/* The bits of `kind` choose the format and the limits. */
static void decoded_checked(Planned *p, u8 kind, const u8 *text, i64 length) {
  Decoder *d = p->decoder;
  i64 most = kind & 128 ? 64 : 1 << 20, final = kind >> 7;
  if (p->table) rows_checked(d, p->table, text, length, (Rows){.max_bytes = most, .skip = kind >> 4 & 1});
  else if (kind & 64)
    elements_checked(d, text, length, (Elements){.array = 1, .final = final, .expects = EXPECT_OPENING});
  else if (kind & 32) elements_checked(d, text, length, (Elements){.final = final, .expects = EXPECT_VALUE});
  else lines_digest(d, text, length, most);
}

/* ---- libFuzzer ---- */

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const u8 *, size_t));

static Written plans[MAX_PLANS];
static int plan_count;

/* `PLAN... -- OPTIONS`: the plans are read, the options are libFuzzer's. */
static void read_plans(int *argc, char ***argv) {
  for (; plan_count < MAX_PLANS && plan_count + 1 < *argc && strcmp((*argv)[plan_count + 1], "--"); plan_count++)
    plans[plan_count] = written_at((*argv)[plan_count + 1]);
  (*argv)[plan_count + 1] = (*argv)[0];
  *argc -= plan_count + 1;
  *argv += plan_count + 1;
}
