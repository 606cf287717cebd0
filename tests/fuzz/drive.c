/* Runs the decoder without Python. `drive PLAN FILE...` prints a digest of what it gives; with -DFUZZ, `drive PLAN... --
   OPTIONS` is libFuzzer, and a text's first byte chooses the plan and the format. Whatever it gives must hang together. */
#include "decoder.c"
#include <stdio.h>

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x); abort(); } } while (0)
#define MAX_PLANS 32
#define ARRAYS (SCALARS + MAPS + 4)

/* A stand-in for Python's: ASCII only, which is lower case enough to get everywhere. */
static i32 learn(i32 table, const u8 *text, i32 length, u8 *out, i32 room) {
  if (length > room || (table == OSNAMES && length == 0)) return -1;
  for (i32 i = 0; i < length; i++) out[i] = text[i] >= 'A' && text[i] <= 'Z' && table != OSNAMES ? text[i] | 32 : text[i];
  if (table == OSNAMES && (*out | 32) == 'a' && length == 7) *out = 'A';
  return length | (length > 128 && table != OSNAMES ? TOO_LONG : 0) | (*out == 's' ? LEFT_OUT : 0);
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
    CHECK(is_utf8(bytes + ends[i], bytes + ends[i + 1]));
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
  i64 end = 0;
  for (i64 i = 0; i < others[0].length; i++) {
    CHECK(start[i] >= end && length[i] >= 0 && (i64)start[i] + length[i] <= size);
    CHECK(i == 0 || line[i] > line[i - 1]);
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
  check_places(&arrays[ARRAYS - 3], size);
  for (int i = 0; i < ARRAYS; i++) arrays[i].release(&arrays[i]);
  return digested(digest, notes, NOTES * sizeof *notes);
}

static u64 lines_digest(decoder *d, const u8 *text, i64 size, i64 max_line) {
  struct ArrowArray arrays[ARRAYS] = {0};
  i64 notes[NOTES];
  i64 head = size / 3; /* copied, so that nothing is read behind it */
  u8 *begun = malloc((size_t)head + 1);
  CHECK(begun);
  memcpy(begun, text, (size_t)head);
  i64 told = hackle_decode(d, begun, head, text, head, size - head, 1, max_line, arrays, notes);
  CHECK(told >= 0 && told <= size);
  free(begun);
  return given_digest(arrays, notes, size);
}

static void elements_checked(decoder *d, const u8 *text, i64 size, elements s) {
  struct ArrowArray arrays[ARRAYS] = {0};
  i64 notes[NOTES];
  i32 told = hackle_decode_elements(d, text, size, 1, &s, arrays, notes);
  CHECK(told == 0 || told == 1);
  CHECK(s.at >= 0 && s.at <= size && s.count == arrays[0].length + arrays[ARRAYS - 1].length);
  given_digest(arrays, notes, s.at);
}

static void rows_checked(decoder *d, table *t, const u8 *text, i64 size, rows r) {
  struct ArrowArray arrays[ARRAYS] = {0};
  i64 notes[NOTES];
  CHECK(hackle_decode_table(d, text, size, 1, t, &r, arrays, notes) == 0);
  CHECK(r.at >= 0 && r.at <= size && r.skip >= 0);
  given_digest(arrays, notes, r.at);
}

/* ---- plans and texts ---- */

typedef struct { decoder *decoder; table *table; } planned; /* `table`: of a plan for one, else NULL */

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

/* The next numbers of a file, after their count. */
static i64 *numbers_at(const u8 **at, i64 *count) {
  memcpy(count, *at, sizeof *count);
  i64 *numbers = malloc((size_t)*count * sizeof(i64) + 1);
  CHECK(numbers);
  memcpy(numbers, *at + sizeof *count, (size_t)*count * sizeof(i64));
  *at += (size_t)(*count + 1) * sizeof(i64);
  return numbers;
}

/* A file holds a plan's numbers, a table's, and the plan's texts. */
static planned plan_at(const char *name) {
  i64 size, count, table_count;
  u8 *bytes = content(name, &size);
  const u8 *at = bytes;
  i64 *numbers = numbers_at(&at, &count), *table_numbers = numbers_at(&at, &table_count);
  planned p = {.decoder = hackle_new(learn, 1, numbers, count, at, bytes + size - at)};
  if (table_count) p.table = hackle_table_new(table_numbers, table_count);
  CHECK(p.decoder && (p.table || !table_count));
  free(numbers);
  free(table_numbers);
  free(bytes);
  return p;
}

#ifdef FUZZ
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const u8 *, size_t));

static planned plans[MAX_PLANS];
static int count;

/* Columns are made anew for each text, so that they are exactly as large as it needs. */
static int one(const u8 *input, size_t size) {
  if (!size) return 0;
  const u8 *text = input + 1;
  i64 length = (i64)size - 1;
  planned *p = &plans[(*input & 15) % count];
  decoder *d = p->decoder;
  free_columns(d);
  i64 most = *input & 128 ? 64 : 1 << 20, final = *input >> 7;
  if (p->table) rows_checked(d, p->table, text, length, (rows){.max_bytes = most, .skip = *input >> 4 & 1});
  else if (*input & 64) elements_checked(d, text, length, (elements){.array = 1, .final = final, .expects = OPENING});
  else if (*input & 32) elements_checked(d, text, length, (elements){.final = final, .expects = VALUE});
  else lines_digest(d, text, length, most);
  return 0;
}

int main(int argc, char **argv) {
  for (; count < MAX_PLANS && count + 1 < argc && strcmp(argv[count + 1], "--"); count++) plans[count] = plan_at(argv[count + 1]);
  argv[count + 1] = argv[0];
  argc -= count + 1;
  argv += count + 1;
  return LLVMFuzzerRunDriver(&argc, &argv, one);
}
#else
int main(int argc, char **argv) {
  CHECK(argc > 2);
  planned p = plan_at(argv[1]);
  for (int i = 2; i < argc; i++) {
    i64 size;
    u8 *text = content(argv[i], &size);
    printf("%016llx\n", (unsigned long long)lines_digest(p.decoder, text, size, 1 << 20));
    free(text);
  }
  hackle_free(p.decoder);
  hackle_table_free(p.table);
}
#endif
