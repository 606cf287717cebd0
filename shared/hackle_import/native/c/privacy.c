#include "privacy.h"
#include "spans.h"
#include <stdlib.h>

static const u8 privacy_nothing[PADDING] = "null\n";

INTERNAL Keys *privacy_names(Decoder *d, i64 node) {
  Keys *k = &d->private_names[node];
  if (k->count > MAX_KEYS / 2) keys_clear(k);
  return k;
}

INTERNAL bool privacy_is_words(const u8 *p, const u8 *end) {
  for (p++; *p <= ' '; p++) continue;
  bool may_be_blank = *p == 0xC2 || *p == 0xE1 || *p == 0xE2 || *p == 0xE3; /* what Python strips begins so */
  return *p != '\\' && !may_be_blank && (p == end - 1 || (*p != '"' && (*p | 32) != '{' && *p != '['));
}

INTERNAL const u8 *privacy_within(Decoder *d, i64 node, const u8 *p) {
  bool escaped;
  if (*p == '[') return p[1] == ']' ? p : NULL;
  if (*p == '{') d->within = node;
  if (*p != '"') return p;
  const u8 *end = json_skip_string(p + 1, &escaped);
  return end && privacy_is_words(p, end) ? p : NULL;
}

INTERNAL const u8 *privacy_hash(Decoder *d, const u8 *text, i64 length) {
  static const u8 hex[] = "0123456789abcdef";
  u8 digest[SHA256_BYTES];
  if (!length) return privacy_nothing;
  if (d->hashed_used == d->plan.policy->hashes) return NULL;
  u8 *out = d->hashed + d->hashed_used++ * HASHED_STRIDE, *p = out;
  Digest s = hmac_begin(&d->hash_key);
  digest_add(&s, text, (size_t)length);
  hmac_end(&d->hash_key, &s, digest);
  *p++ = '"';
  for (int i = 0; i < SHA256_BYTES; i++) {
    *p++ = hex[digest[i] >> 4];
    *p++ = hex[digest[i] & 15];
  }
  *p++ = '"';
  *p = '\n';
  return out;
}

INTERNAL const u8 *privacy_hashed(Decoder *d, const u8 *p, const u8 **after) {
  u8 *text = d->joined, *end = text;
  if (*p == '"') {
    *after = json_string(p + 1, &end);
    return *after ? privacy_hash(d, text, end - text) : NULL;
  }
  if (*p == '{' || *p == '[') return NULL;
  *after = json_compact_scalar(p, NULL, false);
  if (!*after) return NULL;
  return *p == 'n' ? privacy_nothing : privacy_hash(d, p, *after - p);
}

INTERNAL const u8 *privacy_value(Decoder *d, i64 owner, const u8 *name, i64 length, const u8 *p, i64 depth,
                                 const u8 **after) {
  Keys *k = privacy_names(d, owner);
  i32 number = privacy_name(k, name, length);
  i64 act = number == NO_KEY ? NONE : privacy_act(d, k, number);
  if (LIKELY(act == ACT_NONE)) return p;
  if (act == NONE) return NULL;
  if (act >= ACT_WITHIN) return privacy_within(d, act - ACT_WITHIN, p);
  if (act == ACT_HASH) return privacy_hashed(d, p, after);
  *after = json_skip(p, depth, d->plan.policy->max_depth);
  return *after ? privacy_nothing : NULL;
}

INTERNAL bool privacy_init(Decoder *d, LearnFn learn, u64 seed) {
  const PlanPolicy *p = d->plan.policy;
  d->within = NONE;
  d->hash_key = hmac_key(sha256_best(), plan_text(&d->plan, p->hash_key), (size_t)p->hash_key.length);
  d->hashed = malloc((size_t)p->hashes * HASHED_STRIDE + PADDING);
  d->private_names = calloc((size_t)p->privates + 1, sizeof *d->private_names);
  bool done = d->hashed && d->private_names;
  for (i64 i = 0; done && i < p->privates; i++)
    done = keys_init(&d->private_names[i], (i32)(TABLE_PRIVATE + i), learn, seed);
  return done;
}

INTERNAL void privacy_free(Decoder *d) {
  for (i64 i = 0; d->private_names && i < d->plan.policy->privates; i++) keys_free(&d->private_names[i]);
  free(d->private_names);
  free(d->hashed);
}
