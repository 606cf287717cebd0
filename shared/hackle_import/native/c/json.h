/* JSON tokens of one record. Every function takes a place in the record and gives the place after the token, or NULL:
   the record is not plain, and Python looks at it. A record ends with '\n', which no token goes beyond, so that no
   function needs to know where it ends; writes stay within the record's own size. */
#ifndef HACKLE_JSON_H
#define HACKLE_JSON_H

#include "block.h"
#include "utf8.h"

INTERNAL NOINLINE const u8 *json_unescape(const u8 *p, u8 **out);

/* A valid string at `p`, before its opening quote, written anew. It gets no longer. */
INTERNAL NOINLINE void json_recode(const u8 *p, const u8 *end, u8 **out);

/* Any text as a string, as msgspec writes it: a byte takes up to six. */
INTERNAL void json_put_text(u8 **out, const u8 *p, const u8 *end);

/* An object or an array at `p`: `json_nested`. */
INTERNAL NOINLINE const u8 *json_compact(const u8 *p, u8 **out, i64 depth, i64 max_depth);

INTERNAL const u8 *json_skip_nested(const u8 *p, i64 depth, i64 max_depth);

INLINE const u8 *json_space(const u8 *p) {
  if (LIKELY(*p > ' ')) return p;
  while (*p == ' ' || *p == '\t' || *p == '\r') p++;
  return p;
}

/* Past a sign: most writers put one blank behind it, or none. */
INLINE const u8 *json_past(const u8 *p) {
  p++;
  if (LIKELY(*p == ' ')) p++;
  return json_space(p);
}

/* `p` after the opening quote; the decoded text goes to `*out`. */
INLINE const u8 *json_string(const u8 *p, u8 **out) {
  u8 *o = *out;
  const u8 *start = o;
  u64 not_ascii = 0;
  for (;;) {
    Block b = block_load(p);
    block_store(o, b);
    u64 ends = block_special(b), highs = block_high(b);
    if (UNLIKELY(!ends)) {
      not_ascii |= highs;
      p += BLOCK;
      o += BLOCK;
      continue;
    }
    u32 length = mask_first(ends);
    not_ascii |= mask_before(highs, length);
    p += length;
    o += length;
    if (LIKELY(*p == '"')) break;
    if (*p != '\\') return NULL;
    p = json_unescape(p, &o);
    if (UNLIKELY(!p)) return NULL;
  }
  if (UNLIKELY(not_ascii) && !utf8_is_valid(start, o)) return NULL;
  *out = o;
  return p + 1;
}

/* `p` after the opening quote of a string without escapes. */
INLINE const u8 *json_plain_string(const u8 *p) {
  const u8 *start = p;
  u64 not_ascii = 0;
  for (;;) {
    Block b = block_load(p);
    u64 ends = block_special(b), highs = block_high(b);
    if (UNLIKELY(!ends)) {
      not_ascii |= highs;
      p += BLOCK;
      continue;
    }
    u32 length = mask_first(ends);
    not_ascii |= mask_before(highs, length);
    p += length;
    break;
  }
  if (*p != '"' || (UNLIKELY(not_ascii) && !utf8_is_valid(start, p))) return NULL;
  return p + 1;
}

/* Whatever follows a backslash, or NULL. */
INLINE const u8 *json_skip_escape(const u8 *p) {
  u8 room[4], *out = room;
  return json_unescape(p, &out);
}

/* `p` after the opening quote of any string; *escaped: does it hold a backslash? */
INLINE const u8 *json_skip_string(const u8 *p, bool *escaped) {
  const u8 *start = p;
  u64 not_ascii = 0;
  *escaped = false;
  for (;;) {
    Block b = block_load(p);
    u64 ends = block_special(b), highs = block_high(b);
    if (UNLIKELY(!ends)) {
      not_ascii |= highs;
      p += BLOCK;
      continue;
    }
    u32 length = mask_first(ends);
    not_ascii |= mask_before(highs, length);
    p += length;
    if (LIKELY(*p == '"')) break;
    if (*p != '\\' || !(p = json_skip_escape(p))) return NULL;
    *escaped = true;
  }
  if (UNLIKELY(not_ascii) && !utf8_is_valid(start, p)) return NULL;
  return p + 1;
}

INLINE const u8 *json_number(const u8 *p) {
  if (*p == '-') p++;
  if (*p == '0') p++;
  else if (ascii_is_digit(*p)) do
      p++;
    while (ascii_is_digit(*p));
  else return NULL;
  if (*p == '.') {
    p++;
    if (!ascii_is_digit(*p)) return NULL;
    do p++;
    while (ascii_is_digit(*p));
  }
  if ((*p | 32) == 'e') {
    p++;
    if (*p == '+' || *p == '-') p++;
    if (!ascii_is_digit(*p)) return NULL;
    do p++;
    while (ascii_is_digit(*p));
  }
  return p;
}

/* `true`, `false` or `null`: the length of the word, 0 for anything else. */
INLINE u32 json_word(const u8 *p) {
  if (!memcmp(p, "true", 4) || !memcmp(p, "null", 4)) return 4;
  return memcmp(p, "false", 5) ? 0 : 5;
}

/* `p` at a value that is no object and no array: its text as written, but for a string's needless escapes. */
INLINE const u8 *json_compact_scalar(const u8 *p, u8 **out, bool write) {
  const u8 *end;
  bool escaped = false;
  if (*p == '"') end = json_skip_string(p + 1, &escaped);
  else if (*p == '-' || ascii_is_digit(*p)) end = json_number(p);
  else end = json_word(p) ? p + json_word(p) : NULL;
  if (UNLIKELY(!end) || !write) return end;
  if (UNLIKELY(escaped)) {
    json_recode(p, end, out);
  } else {
    block_copy(*out, p, (size_t)(end - p));
    *out += end - p;
  }
  return end;
}

/* Past any value. */
INLINE const u8 *json_skip(const u8 *p, i64 depth, i64 max_depth) {
  if (UNLIKELY(*p == '{' || *p == '[')) return json_skip_nested(p, depth, max_depth);
  return json_compact_scalar(p, NULL, false);
}

#endif
