/* Runs the decoder without Python. `drive PLAN FILE...` prints a digest of what it gives; with -DFUZZ, `drive PLAN... --
   OPTIONS` is libFuzzer, and a text's first byte chooses the plan and the format. */
#include "harness.h"

#ifdef FUZZ
static Planned made[MAX_PLANS];

/* Columns are made anew for each text, so that they are exactly as large as it needs. */
static int one(const u8 *input, size_t size) {
  if (!size) return 0;
  Planned *p = &made[(*input & 15) % plan_count];
  decoder_free_columns(p->decoder);
  decoded_checked(p, *input, input + 1, (i64)size - 1);
  return 0;
}

int main(int argc, char **argv) {
  read_plans(&argc, &argv);
  for (int i = 0; i < plan_count; i++) {
    made[i] = planned(&plans[i]);
    CHECK(made[i].decoder && (made[i].table || !plans[i].column_count));
  }
  return LLVMFuzzerRunDriver(&argc, &argv, one);
}
#else
int main(int argc, char **argv) {
  CHECK(argc > 2);
  Written w = written_at(argv[1]);
  Planned p = planned(&w);
  CHECK(p.decoder);
  for (int i = 2; i < argc; i++) {
    i64 size;
    u8 *text = content(argv[i], &size);
    printf("%016llx\n", (unsigned long long)lines_digest(p.decoder, text, size, 1 << 20));
    free(text);
  }
  planned_free(&p);
  free(w.file);
}
#endif
