/* JSON tokens of one record. Every function takes a place in the record and gives the place after the token, or NULL:
   the record is not plain, and Python looks at it. A record ends with '\n', which no token goes beyond, so that no
   function needs to know where it ends; writes stay within the record's own size. */
#ifndef JSON_H
#define JSON_H
#include "block.h"
#include <stdbool.h>

INLINE bool is_digit(u8 c) { return c >= '0' && c <= '9'; }

INLINE const u8 *space(const u8 *p) {
  if (LIKELY(*p > ' ')) return p;
  while (*p == ' ' || *p == '\t' || *p == '\r') p++;
  return p;
}

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
NOINLINE bool is_utf8(const u8 *p, const u8 *end) {
  while (p < end) {
    u8 c = *p;
    i64 left = end - p;
    if (c < 0x80) {
      p++;
    } else if (c >= 0xC2 && c <= 0xDF) {
      if (left < 2 || (p[1] & 0xC0) != 0x80) return false;
      p += 2;
    } else if ((c & 0xF0) == 0xE0) {
      if (left < 3 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80) return false;
      if ((c == 0xE0 && p[1] < 0xA0) || (c == 0xED && p[1] > 0x9F)) return false;
      p += 3;
    } else if (c >= 0xF0 && c <= 0xF4) {
      if (left < 4 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80 || (p[3] & 0xC0) != 0x80) return false;
      if ((c == 0xF0 && p[1] < 0x90) || (c == 0xF4 && p[1] > 0x8F)) return false;
      p += 4;
    } else {
      return false;
    }
  }
  return true;
}

static i32 hex4(const u8 *p) { /* -1: not four hexadecimal digits */
  i32 value = 0;
  for (int i = 0; i < 4; i++) {
    u8 c = p[i], low = c | 32;
    if (is_digit(c)) value = value << 4 | (c - '0');
    else if (low >= 'a' && low <= 'f') value = value << 4 | (low - 'a' + 10);
    else return -1;
  }
  return value;
}

static u8 *put_utf8(u8 *out, u32 c) {
  if (c < 0x80) {
    *out++ = (u8)c;
  } else if (c < 0x800) {
    *out++ = (u8)(0xC0 | c >> 6);
    *out++ = (u8)(0x80 | (c & 63));
  } else if (c < 0x10000) {
    *out++ = (u8)(0xE0 | c >> 12);
    *out++ = (u8)(0x80 | (c >> 6 & 63));
    *out++ = (u8)(0x80 | (c & 63));
  } else {
    *out++ = (u8)(0xF0 | c >> 18);
    *out++ = (u8)(0x80 | (c >> 12 & 63));
    *out++ = (u8)(0x80 | (c >> 6 & 63));
    *out++ = (u8)(0x80 | (c & 63));
  }
  return out;
}

/* `p` after `\u`: one code point, of two escapes where it takes a pair of surrogates. */
static const u8 *code_point(const u8 *p, u8 **out) {
  i32 c = hex4(p);
  if (c < 0 || (c >= 0xDC00 && c <= 0xDFFF)) return NULL;
  p += 4;
  if (c >= 0xD800 && c <= 0xDBFF) {
    if (p[0] != '\\' || p[1] != 'u') return NULL;
    i32 low = hex4(p + 2);
    if (low < 0xDC00 || low > 0xDFFF) return NULL;
    c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    p += 6;
  }
  *out = put_utf8(*out, (u32)c);
  return p;
}

NOINLINE const u8 *unescape(const u8 *p, u8 **out) { /* `p` at the backslash */
  u8 c;
  switch (p[1]) {
    case '"': case '\\': case '/': c = p[1]; break;
    case 'b': c = '\b'; break;
    case 'f': c = '\f'; break;
    case 'n': c = '\n'; break;
    case 'r': c = '\r'; break;
    case 't': c = '\t'; break;
    case 'u': return code_point(p + 2, out);
    default: return NULL;
  }
  *(*out)++ = c;
  return p + 2;
}

/* `p` after the opening quote; the decoded text goes to `*out`. */
INLINE const u8 *string(const u8 *p, u8 **out) {
  u8 *o = *out;
  const u8 *start = o;
  u64 not_ascii = 0;
  for (;;) {
    block b = load(p);
    store(o, b);
    u64 ends = special(b), highs = high(b);
    if (UNLIKELY(!ends)) {
      not_ascii |= highs;
      p += BLOCK;
      o += BLOCK;
      continue;
    }
    u32 length = first(ends);
    not_ascii |= before(highs, length);
    p += length;
    o += length;
    if (LIKELY(*p == '"')) break;
    if (*p != '\\') return NULL;
    p = unescape(p, &o);
    if (UNLIKELY(!p)) return NULL;
  }
  if (UNLIKELY(not_ascii) && !is_utf8(start, o)) return NULL;
  *out = o;
  return p + 1;
}

/* `p` after the opening quote of a string without escapes. */
INLINE const u8 *plain_string(const u8 *p) {
  const u8 *start = p;
  u64 not_ascii = 0;
  for (;;) {
    block b = load(p);
    u64 ends = special(b), highs = high(b);
    if (UNLIKELY(!ends)) {
      not_ascii |= highs;
      p += BLOCK;
      continue;
    }
    u32 length = first(ends);
    not_ascii |= before(highs, length);
    p += length;
    break;
  }
  if (*p != '"' || (UNLIKELY(not_ascii) && !is_utf8(start, p))) return NULL;
  return p + 1;
}

INLINE const u8 *number(const u8 *p) {
  if (*p == '-') p++;
  if (*p == '0') p++;
  else if (is_digit(*p)) do p++; while (is_digit(*p));
  else return NULL;
  if (*p == '.') {
    p++;
    if (!is_digit(*p)) return NULL;
    do p++; while (is_digit(*p));
  }
  if ((*p | 32) == 'e') {
    p++;
    if (*p == '+' || *p == '-') p++;
    if (!is_digit(*p)) return NULL;
    do p++; while (is_digit(*p));
  }
  return p;
}

/* `true`, `false` or `null`: the length of the word, 0 for anything else. */
INLINE u32 word(const u8 *p) {
  if (!memcmp(p, "true", 4) || !memcmp(p, "null", 4)) return 4;
  return memcmp(p, "false", 5) ? 0 : 5;
}

/* Whatever follows a backslash, or NULL. */
static const u8 *skip_escape(const u8 *p) {
  u8 room[4], *out = room;
  return unescape(p, &out);
}

/* `p` after the opening quote of any string; *escaped: does it hold a backslash? */
INLINE const u8 *skip_string(const u8 *p, bool *escaped) {
  const u8 *start = p;
  u64 not_ascii = 0;
  *escaped = false;
  for (;;) {
    block b = load(p);
    u64 ends = special(b), highs = high(b);
    if (UNLIKELY(!ends)) {
      not_ascii |= highs;
      p += BLOCK;
      continue;
    }
    u32 length = first(ends);
    not_ascii |= before(highs, length);
    p += length;
    if (LIKELY(*p == '"')) break;
    if (*p != '\\' || !(p = skip_escape(p))) return NULL;
    *escaped = true;
  }
  if (UNLIKELY(not_ascii) && !is_utf8(start, p)) return NULL;
  return p + 1;
}

/* A character of a JSON text, with the fewest escapes, as msgspec writes it. */
static u8 *put_character(u8 *out, const u8 *text, i64 bytes) {
  static const u8 hex[] = "0123456789abcdef";
  u8 c = *text, name = c == '\n' ? 'n' : c == '\t' ? 't' : c == '\r' ? 'r' : c == '\b' ? 'b' : c == '\f' ? 'f' : 0;
  if (c == '"' || c == '\\') name = c;
  if (bytes > 1 || (c >= ' ' && !name)) {
    memcpy(out, text, (size_t)bytes);
    return out + bytes;
  }
  *out++ = '\\';
  if (name) {
    *out++ = name;
    return out;
  }
  memcpy(out, "u00", 3);
  out[3] = hex[c >> 4];
  out[4] = hex[c & 15];
  return out + 5;
}

/* A valid string at `p`, before its opening quote, written anew. It gets no longer. */
NOINLINE void recode(const u8 *p, const u8 *end, u8 **out) {
  u8 *o = *out;
  *o++ = *p++;
  while (p < end - 1) {
    if (*p != '\\') {
      *o++ = *p++;
      continue;
    }
    u8 text[4], *after = text;
    p = unescape(p, &after);
    o = put_character(o, text, after - text);
  }
  *o++ = '"';
  *out = o;
}

/* `p` at a value that is no object and no array: its text as written, but for a string's needless escapes. */
INLINE const u8 *compact_scalar(const u8 *p, u8 **out, bool write) {
  const u8 *end;
  bool escaped = false;
  if (*p == '"') end = skip_string(p + 1, &escaped);
  else if (*p == '-' || is_digit(*p)) end = number(p);
  else end = word(p) ? p + word(p) : NULL;
  if (UNLIKELY(!end) || !write) return end;
  if (UNLIKELY(escaped)) {
    recode(p, end, out);
  } else {
    copy(*out, p, (size_t)(end - p));
    *out += end - p;
  }
  return end;
}

/* `p` at an object or an array, whose brackets are the `depth`-th level of the record; its text without white space is
   written where `write` says so. */
INLINE const u8 *nested(const u8 *p, u8 **out, i64 depth, i64 max_depth, bool write) {
  u64 objects = 0; /* a bit a level, the innermost lowest: is it an object? */
  i32 levels = 0;
  u8 *o = write ? *out : NULL;
  for (;;) {
    if (*p == '{' || *p == '[') {
      if (depth + levels > max_depth || levels == 64) return NULL;
      u8 close = *p == '{' ? '}' : ']';
      objects = objects << 1 | (*p == '{');
      levels++;
      if (write) *o++ = *p;
      p = space(p + 1);
      if (*p != close) goto member;
    } else {
      p = compact_scalar(p, &o, write);
      if (UNLIKELY(!p)) return NULL;
      p = space(p);
    }
    for (;;) {
      if (*p == ',') {
        if (write) *o++ = *p;
        p = space(p + 1);
        break;
      }
      if (*p != (objects & 1 ? '}' : ']')) return NULL;
      if (write) *o++ = *p;
      p++;
      objects >>= 1;
      if (--levels == 0) {
        if (write) *out = o;
        return p;
      }
      p = space(p);
    }
  member:
    if (objects & 1) {
      if (*p != '"' || !(p = compact_scalar(p, &o, write))) return NULL;
      p = space(p);
      if (*p != ':') return NULL;
      if (write) *o++ = *p;
      p = space(p + 1);
    }
  }
}

NOINLINE const u8 *compact(const u8 *p, u8 **out, i64 depth, i64 max_depth) {
  return nested(p, out, depth, max_depth, true);
}

NOINLINE const u8 *skip_nested(const u8 *p, i64 depth, i64 max_depth) { return nested(p, NULL, depth, max_depth, false); }

/* Past any value. */
INLINE const u8 *skip(const u8 *p, i64 depth, i64 max_depth) {
  if (UNLIKELY(*p == '{' || *p == '[')) return skip_nested(p, depth, max_depth);
  return compact_scalar(p, NULL, false);
}
#endif
