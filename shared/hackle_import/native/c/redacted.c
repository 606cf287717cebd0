#include "redacted.h"
#include "privacy.h"
#include "row_json.h"
#include "spans.h"

/* What is written so far, and the values that were passed, as far as they are behind. */
typedef struct {
  u8 *out;
  const Passed *next, *end;
} Redacted;

static const u8 *redacted_object(Decoder *d, Redacted *r, i64 node, const u8 *p, i64 depth);

/* The name at `p` and its colon are written. `*act` is what is to be done with the value. A name twice is Python's. */
static const u8 *redacted_name(Decoder *d, Redacted *r, Keys *names, const u8 *p, u64 stamp, i64 *act) {
  const u8 *name, *begin = p;
  i64 length;
  if (*p != '"' || !(p = span_string_at(d, p + 1, &name, &length))) return NULL;
  i32 number = privacy_name(names, name, length);
  if (number == NO_KEY || names->state[number].stamp == stamp) return NULL;
  names->state[number].stamp = stamp;
  *act = privacy_act(d, names, number);
  json_compact_scalar(begin, &r->out, true);
  *r->out++ = ':';
  p = json_space(p);
  return *act != NONE && *p == ':' ? json_space(p + 1) : NULL;
}

/* Past the value at `p`, wherever that was found already. */
static const u8 *redacted_skip(const Decoder *d, Redacted *r, const u8 *p, i64 depth) {
  while (r->next < r->end && r->next->begin < p) r->next++;
  if (r->next < r->end && r->next->begin == p && r->next->end) return r->next->end;
  return json_skip(p, depth, d->plan.policy->max_depth);
}

/* The value at `p` is written as it is, but for an object that something is to be done in. */
static const u8 *redacted_value(Decoder *d, Redacted *r, i64 act, const u8 *p, i64 depth) {
  bool is_within = act >= ACT_WITHIN;
  if (is_within && *p == '{') return redacted_object(d, r, act - ACT_WITHIN, p, depth);
  if (is_within && *p == '[' && p[1] != ']') return NULL;
  const u8 *end = redacted_skip(d, r, p, depth);
  if (!end || (is_within && *p == '"' && !privacy_is_words(p, end))) return NULL;
  memcpy(r->out, p, (size_t)(end - p));
  r->out += end - p;
  return end;
}

/* The keyed hash of the value at `p` is written; of nothing, not even its name, which begins at `before`. */
static const u8 *redacted_hash(Decoder *d, Redacted *r, const u8 *p, u8 *before) {
  const u8 *after, *hashed = privacy_hashed(d, p, &after);
  if (!hashed) return NULL;
  if (*hashed == 'n') {
    r->out = before;
    return after;
  }
  memcpy(r->out, hashed, HASHED_BYTES);
  r->out += HASHED_BYTES;
  return after;
}

/* The member at `p` is written, behind a comma unless it is the first, if it may stay. */
static const u8 *redacted_member(Decoder *d, Redacted *r, Keys *names, const u8 *p, i64 depth, u64 stamp) {
  u8 *before = r->out;
  i64 act;
  if (before[-1] != '{') *r->out++ = ',';
  if (!(p = redacted_name(d, r, names, p, stamp, &act))) return NULL;
  if (act == ACT_HASH) return redacted_hash(d, r, p, before);
  if (act != ACT_DROP) return redacted_value(d, r, act, p, depth);
  r->out = before;
  return redacted_skip(d, r, p, depth);
}

static const u8 *redacted_object(Decoder *d, Redacted *r, i64 node, const u8 *p, i64 depth) {
  Keys *names = privacy_names(d, node);
  u64 stamp = ++d->stamp;
  *r->out++ = '{';
  p = json_space(p + 1);
  while (*p != '}') {
    if (!(p = redacted_member(d, r, names, p, depth + 1, stamp))) return NULL;
    p = json_space(p);
    if (*p == '}') break;
    if (*p != ',') return NULL;
    p = json_space(p + 1);
  }
  *r->out++ = '}';
  return p + 1;
}

INTERNAL const u8 *redacted_within(Decoder *d, const u8 *p, i64 depth, const u8 **after) {
  u8 *begin = d->unfolded + d->unfolded_used;
  Redacted r = {begin, NULL, NULL};
  i64 node = d->within;
  d->within = NONE;
  *after = json_skip(p, depth, d->plan.policy->max_depth);
  if (!*after || *after - p + d->plan.policy->hashes * HASHED_STRIDE >= d->capacity - d->unfolded_used) return NULL;
  if (!redacted_object(d, &r, node, p, depth)) return NULL;
  *r.out++ = '\n';
  d->unfolded_used += r.out - begin;
  return begin;
}

INTERNAL bool redacted_cell(Decoder *d, i64 act, const u8 *p, u8 **out) {
  Redacted r = {*out, NULL, NULL};
  bool done = redacted_value(d, &r, act, p, 1) != NULL;
  *out = r.out;
  return done;
}

static bool redacted_is_as_dropped(const Span *record, const u8 *raw, i64 raw_length) {
  const u8 *begin = json_space(raw);
  i64 length = record->end - record->begin;
  return begin - raw + length <= raw_length && !memcmp(begin, record->begin, (size_t)length);
}

INTERNAL const u8 *redacted_record(Decoder *d, const u8 *raw, i64 raw_length, i64 *length) {
  Redacted r = {d->joined, d->passed, d->passed + d->passed_count};
  if (d->plan.policy->hashes) return NULL; /* that needs a key, and what is written is no longer than what was there */
  if (d->table) return row_json(d, d->table, length);
  if (!redacted_is_as_dropped(&d->record, raw, raw_length)) return NULL;
  if (!redacted_object(d, &r, 0, d->record.begin, 1)) return NULL;
  *length = r.out - d->joined;
  return d->joined;
}
