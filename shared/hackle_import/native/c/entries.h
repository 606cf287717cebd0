/* Entries of maps: objects whose members go into a map at once, and texts one by one. */
#ifndef HACKLE_ENTRIES_H
#define HACKLE_ENTRIES_H

#include "spans.h"

/* A limit of Hackle's is passed: a note, unless the mapping asks for more. */
INTERNAL bool entry_over_limit(Decoder *d, i32 note);

/* Whether fillers are looked for in an entry: an identifier, or what is required of a platform, whose keys are the first. */
INLINE bool entry_takes_fillers(i64 number, i32 key) {
  return number == MAP_IDENTIFIERS || (number == MAP_PLATFORM && key < 2);
}

/* A text is an entry now, instead of an earlier one where the row has that key; it must not be in the map's buffer. */
INTERNAL bool entry_put(Decoder *d, i64 number, i32 key, const u8 *text, i64 length);

/* An object that is the first of a map's parts: `entries_spread`. */
INTERNAL const u8 *entries_alone(Decoder *d, i64 number, const u8 *p, i64 depth);

/* The same, of a node below which values are wanted as well. */
INTERNAL const u8 *entries_with_nodes(Decoder *d, i64 number, i64 owner, const u8 *p, i64 depth, u64 stamp);

/* A part that comes after another of the same map, from a slot. */
INTERNAL bool entries_late(Decoder *d, i64 number, const Span *s);

INLINE bool entry_is_within(Decoder *d, const Map *m, const u8 *text, i64 length) {
  i64 most = m->max_characters;
  return LIKELY(length <= most) || utf8_characters(text, text + length) <= most ||
         entry_over_limit(d, NOTE_VALUE_TOO_LONG);
}

/* The value that ends at `out` is an entry now; `s`: the state of its key. */
INLINE bool entry_end(Decoder *d, Map *m, KeyState *s, i32 key, const u8 *out) {
  if (UNLIKELY(!entry_is_within(d, m, texts_tail(&m->values), out - texts_tail(&m->values)))) return false;
  if (UNLIKELY(s->flags & LEARNT_TOO_LONG) && !entry_over_limit(d, NOTE_KEY_TOO_LONG)) return false;
  s->entry = m->values.count;
  m->key[m->values.count] = key;
  texts_add(&m->values, out);
  return true;
}

/* The key at `p`, after its opening quote: its number as written, and `*after` its closing quote. */
INLINE i32 entry_key(Decoder *d, Keys *k, const u8 *p, const u8 **after) {
  const u8 *text;
  i64 length;
  *after = span_string_at(d, p, &text, &length);
  return UNLIKELY(!*after) || UNLIKELY(length > KEY_BYTES) ? NO_KEY : keys_number(k, text, (u32)length);
}

#endif
