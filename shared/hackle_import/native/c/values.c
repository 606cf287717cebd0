#include "values.h"
#include "decimal.h"
#include "formats.h"
#include "redacted.h"
#include "spans.h"
#include <stdio.h>

/* A scalar's source must be text or a number, whether it is taken or not. */
static bool scalar_is_usual(const Span *s) { return *s->begin == '"' || ascii_is_digit(*s->begin) || *s->begin == '-'; }

static bool scalar_are_usual(const Decoder *d, const PlanValue *v) {
  for (i64 i = 0; i < v->source_count; i++) {
    const Span *s = &d->slots[d->plan.lists[v->sources + i]];
    if (span_is_there(s, d->row_stamp) && !scalar_is_usual(s)) return false;
  }
  return true;
}

/* That of a text, among those of the value, or NULL. */
static const PlanTranslation *value_translation(const Plan *p, const PlanValue *v, const u8 *text, i64 length) {
  i64 low = v->translations, high = low + v->translation_count;
  while (low < high) {
    i64 middle = low + (high - low) / 2;
    const PlanTranslation *t = &p->translations[middle];
    i64 order = length - t->from.length;
    if (!order) order = memcmp(text, plan_text(p, t->from), (size_t)length);
    if (!order) return t;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return NULL;
}

static void value_translate(const Plan *p, const PlanValue *v, const u8 **text, i64 *length) {
  const PlanTranslation *t = v->translation_count ? value_translation(p, v, *text, *length) : NULL;
  if (!t) return;
  *text = t->to.length ? plan_text(p, t->to) : NULL;
  *length = t->to.length;
}

#define JOINT 0x1F /* as entries.py has it */

/* Of each part its first source that is there and not empty, with JOINT between parts; missing, where a part is. */
static Presence value_joined(Decoder *d, const PlanValue *v, const u8 **text, i64 *length) {
  u8 *out = d->joined, *most = d->joined + d->capacity;
  const u8 *part;
  i64 size;
  bool filled = true;
  for (i64 i = 0; i < v->source_count; i++) {
    const Span *s = &d->slots[d->plan.lists[v->sources + i]];
    bool begins = v->joined >> i & 1;
    if (begins && !filled) return VALUE_MISSING;
    if ((filled = filled && !begins) || !span_is_there(s, d->row_stamp)) continue;
    if (!span_text(d, s, &part, &size)) return VALUE_BAD;
    if (!size) continue;
    if (size >= most - out) return VALUE_BAD;
    if (out != d->joined) *out++ = JOINT;
    memcpy(out, part, (size_t)size);
    out += size;
    filled = true;
  }
  if (!filled) return VALUE_MISSING;
  *text = d->joined;
  *length = out - d->joined;
  return *length ? VALUE_THERE : VALUE_MISSING;
}

INTERNAL bool value_is_blank(const u8 *text, i64 length) {
  i64 i = 0;
  while (i < length && value_blank_at(text + i)) i++;
  return i == length;
}

INTERNAL bool value_is_filler(const u8 *text, i64 length) {
  for (; length > 2 && value_blank_at(text); length--) text++;
  while (length > 2 && value_blank_at(text + length - 1)) length--;
  switch (length) {
    case 2: return !memcmp(text, "\\N", 2);
    case 4: return !memcmp(text, "NULL", 4) || !memcmp(text, "null", 4);
    case 5: return !memcmp(text, "EMPTY", 5);
    case 9: return !memcmp(text, "undefined", 9) || !memcmp(text, "(not set)", 9);
    case 36: return *text == '0' && !memcmp(text, "00000000-0000-0000-0000-000000000000", 36);
    default: return false;
  }
}

INTERNAL bool value_is_own_filler(const Plan *p, const u8 *text, i64 length) {
  for (; length && value_blank_at(text); length--) text++;
  while (length && value_blank_at(text + length - 1)) length--;
  for (i64 i = p->policy->fillers; i < p->policy->fillers + p->policy->filler_count; i++)
    if (p->words[i].length == length && !memcmp(plan_text(p, p->words[i]), text, (size_t)length)) return true;
  return false;
}

/* A text as the number that it writes, if it does. False: Python is to say. */
static NOINLINE bool value_number(Decoder *d, const PlanValue *v, const Span *s, const u8 **text, i64 *length) {
  i64 size;
  if (!*length || *s->begin == '-' || ascii_is_digit(*s->begin)) return true;
  AmountFound found = amount_read(&d->plan, &d->plan.written[v->number], *text, *length, d->amount, &size);
  if (found == AMOUNT_NONE) return v != &d->plan.values[SCALAR_METRIC_VALUE];
  if (found == AMOUNT_UNSURE) return false;
  *text = d->amount;
  *length = size;
  return true;
}

INTERNAL Presence value_text(Decoder *d, const PlanValue *v, const u8 **text, i64 *length) {
  const Plan *p = &d->plan;
  bool empty = false;
  if (v->constant.length != NONE) {
    *text = plan_text(p, v->constant);
    *length = v->constant.length;
    return VALUE_THERE;
  }
  if (v->joined) return value_joined(d, v, text, length);
  for (i64 i = 0; i < v->source_count; i++) {
    const Span *s = &d->slots[p->lists[v->sources + i]];
    if (!span_is_there(s, d->row_stamp)) continue;
    if (!span_text(d, s, text, length)) return VALUE_BAD;
    if (UNLIKELY(v->number != NONE) && !value_number(d, v, s, text, length)) return VALUE_BAD;
    value_translate(p, v, text, length);
    if (*length) return VALUE_THERE;
    empty = empty || *text;
  }
  if (v->standard.length == NONE && !empty) return VALUE_MISSING;
  *text = v->standard.length == NONE ? p->texts : plan_text(p, v->standard);
  *length = v->standard.length == NONE ? 0 : v->standard.length;
  return VALUE_THERE;
}

INTERNAL u32 scalars_bare(const Plan *p) {
  u32 found = 0;
  for (int i = 0; i < SCALARS; i++) {
    const PlanValue *v = &p->values[i];
    bool is_one = v->source_count == 1 && !v->joined && v->constant.length == NONE && v->standard.length == NONE;
    if (is_one && !v->translation_count && v->number == NONE) found |= 1u << i;
  }
  return found;
}

static Presence scalar_bare(Decoder *d, const PlanValue *v, const u8 **text, i64 *length) {
  const Span *s = &d->slots[d->plan.lists[v->sources]];
  if (!span_is_there(s, d->row_stamp)) return VALUE_MISSING;
  if (!scalar_is_usual(s) || !span_text(d, s, text, length)) return VALUE_BAD;
  return *length ? VALUE_THERE : VALUE_MISSING;
}

static Presence scalar_text(Decoder *d, i64 number, const u8 **text, i64 *length) {
  const PlanValue *v = &d->plan.values[number];
  if (LIKELY(d->bare_scalars >> number & 1)) return scalar_bare(d, v, text, length);
  Presence found = scalar_are_usual(d, v) ? value_text(d, v, text, length) : VALUE_BAD;
  return found == VALUE_THERE && !*length ? VALUE_MISSING : found;
}

/* Of a record, and of more, where nothing that `[privacy]` takes out may be found by trying values against the id. False: the
   record is Python's. */
static bool scalar_id_of(Decoder *d, const u8 *text, i64 length, const char *more, size_t size, u8 *out) {
  if (!d->plan.policy->privates) {
    uuid_v5(d->sha1, text, (size_t)length, (const u8 *)more, size, out);
    return true;
  }
  if (d->plan.policy->hash_key.length) {
    uuid_v8(&d->hash_key, text, (size_t)length, (const u8 *)more, size, out);
    return true;
  }
  text = redacted_record(d, text, length, &length);
  if (text) uuid_v5(d->sha1, text, (size_t)length, (const u8 *)more, size, out);
  return text != NULL;
}

#define MORE_BYTES 48

/* By the record's own bytes, by its place where it is one of several, and by its line where the mapping says so. */
static bool scalar_make_id(Decoder *d, const u8 *text, i64 length, i64 line, u8 *out) {
  char more[MORE_BYTES] = "";
  if (d->plan.policy->when_missing == MISSING_NEVER) return false;
  if (d->plan.each_count && !d->each.is_as_dropped) return false;
  i64 size = 0;
  if (d->plan.each_count) size = snprintf(more, MORE_BYTES, "\n#%lld", (long long)d->each.place);
  if (d->plan.policy->when_missing == MISSING_BY_CONTENT_AND_LINE)
    size += snprintf(more + size, sizeof more - (size_t)size, "\n%lld", (long long)line);
  d->noted |= 1u << NOTE_MADE;
  return scalar_id_of(d, text, length, more, (size_t)size, out);
}

/* What tells a row from those before with its id: its length, at `more`. Negative: there is no saying. */
static i32 scalar_copy(Decoder *d, const u8 *id, char *more) {
  u32 number = d->copies ? copies_number(d->copies, id) : 0;
  if (number) return number == 1 ? 0 : snprintf(more, MORE_BYTES, "\ncopy %u", number);
  return d->learn(TABLE_COPIES, id, UUID_BYTES, (u8 *)more, MORE_BYTES);
}

INTERNAL bool scalar_count_copy(Decoder *d, const u8 *text, i64 length) {
  if (LIKELY(!d->held) || !(d->noted >> NOTE_MADE & 1)) return true;
  char more[MORE_BYTES];
  u8 *id = texts_tail(&d->insert_id) - UUID_BYTES;
  if (copies_are_held(d->held, id)) return false;
  i32 told = scalar_copy(d, id, more);
  return told <= 0 ? !told : scalar_id_of(d, text, length, more, told & LEARNT_LENGTH, id);
}

INTERNAL void scalar_hold_copy(Decoder *d, const u8 *text, i64 length) {
  u8 id[UUID_BYTES + PADDING];
  if (UNLIKELY(d->held != NULL) && scalar_id_of(d, text, length, "", 0, id)) copies_hold(d->held, id);
}

INTERNAL bool scalar_insert_id(Decoder *d, const u8 *text, i64 length, i64 line) {
  const u8 *id;
  i64 size;
  u8 *out = texts_tail(&d->insert_id);
  Presence found = scalar_text(d, SCALAR_INSERT_ID, &id, &size);
  if (found == VALUE_BAD) return false;
  if (found == VALUE_THERE && !value_note_filler(d, id, size)) return false;
  UuidKind kind = found == VALUE_MISSING ? UUID_NO : uuid_read(id, size, out);
  if (kind == UUID_MAYBE) return false;
  if (found == VALUE_MISSING && !scalar_make_id(d, text, length, line, out)) return false;
  if (found == VALUE_THERE && kind == UUID_NO) {
    uuid_v5(d->sha1, id, (size_t)size, NULL, 0, out);
    d->noted |= 1u << NOTE_HASHED;
  }
  texts_add(&d->insert_id, out + UUID_BYTES);
  return true;
}

INTERNAL bool scalar_event_key(Decoder *d) {
  const u8 *text;
  i64 length;
  if (scalar_text(d, SCALAR_EVENT_KEY, &text, &length) != VALUE_THERE || length > EVENT_KEY_BYTES) return false;
  if (length > EVENT_KEY_CHARACTERS && utf8_characters(text, text + length) > EVENT_KEY_CHARACTERS) return false;
  if (!value_note_filler(d, text, length)) return false;
  if (*text == '$') d->noted |= 1u << NOTE_RESERVED;
  u8 *out = texts_tail(&d->event_key);
  block_copy(out, text, (size_t)length);
  texts_add(&d->event_key, out + length);
  return true;
}

INTERNAL bool scalar_ts(Decoder *d) {
  const u8 *text;
  i64 length;
  if (scalar_text(d, SCALAR_TS, &text, &length) != VALUE_THERE) return false;
  const TimeRules *c = &d->plan.policy->times;
  i64 *instant = &d->ts[d->plain.count];
  Presence found = d->plan.format_count ? formats_read(&d->plan, text, length, instant) : VALUE_MISSING;
  if (found == VALUE_MISSING) return instant_read(text, length, c, d->plan.offsets, instant);
  return found == VALUE_THERE && *instant >= c->earliest && *instant <= c->latest;
}

INTERNAL bool scalar_metric_value(Decoder *d) {
  const u8 *text;
  i64 length;
  i128 *out = &d->metric_value[d->plain.count];
  bool rounded = false;
  *out = 0;
  u8 amount[AMOUNT_BYTES];
  Presence found = scalar_text(d, SCALAR_METRIC_VALUE, &text, &length);
  if (found == VALUE_THERE && UNLIKELY(d->signs.decimal)) {
    if (!amount_plain(text, length, d->signs, amount, &length)) return false;
    text = amount;
  }
  if (found == VALUE_BAD || (found == VALUE_THERE && !decimal_metric(text, length, out, &rounded))) return false;
  if (rounded) d->noted |= 1u << NOTE_ROUNDED;
  return true;
}
