#include "json.h"

static i32 json_hex4(const u8 *p) { /* -1: not four hexadecimal digits */
  i32 value = 0;
  for (int i = 0; i < 4; i++) {
    u8 c = p[i], low = c | 32;
    if (ascii_is_digit(c)) value = value << 4 | (c - '0');
    else if (low >= 'a' && low <= 'f') value = value << 4 | (low - 'a' + 10);
    else return -1;
  }
  return value;
}

/* `p` after `\u`: one code point, of two escapes where it takes a pair of surrogates. */
static const u8 *json_code_point(const u8 *p, u8 **out) {
  i32 c = json_hex4(p);
  if (c < 0 || (c >= 0xDC00 && c <= 0xDFFF)) return NULL;
  p += 4;
  if (c >= 0xD800 && c <= 0xDBFF) {
    if (p[0] != '\\' || p[1] != 'u') return NULL;
    i32 low = json_hex4(p + 2);
    if (low < 0xDC00 || low > 0xDFFF) return NULL;
    c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    p += 6;
  }
  *out = utf8_put(*out, (u32)c);
  return p;
}

INTERNAL NOINLINE const u8 *json_unescape(const u8 *p, u8 **out) { /* `p` at the backslash */
  u8 c;
  switch (p[1]) {
    case '"':
    case '\\':
    case '/': c = p[1]; break;
    case 'b': c = '\b'; break;
    case 'f': c = '\f'; break;
    case 'n': c = '\n'; break;
    case 'r': c = '\r'; break;
    case 't': c = '\t'; break;
    case 'u': return json_code_point(p + 2, out);
    default: return NULL;
  }
  *(*out)++ = c;
  return p + 2;
}

/* A character of a JSON text, with the fewest escapes, as msgspec writes it. */
static u8 *json_put_character(u8 *out, const u8 *text, i64 bytes) {
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

INTERNAL void json_put_text(u8 **out, const u8 *p, const u8 *end) {
  u8 *o = *out;
  *o++ = '"';
  for (;;) {
    Block b = block_load(p);
    u64 special = block_special(b);
    i64 length = special ? mask_first(special) : BLOCK;
    if (length > end - p) length = end - p;
    block_store(o, b);
    o += length;
    p += length;
    if (p == end) break;
    if (special) o = json_put_character(o, p++, 1);
  }
  *o++ = '"';
  *out = o;
}

INTERNAL NOINLINE void json_recode(const u8 *p, const u8 *end, u8 **out) {
  u8 *o = *out;
  *o++ = *p++;
  while (p < end - 1) {
    if (*p != '\\') {
      *o++ = *p++;
      continue;
    }
    u8 text[4] = {0}, *after = text;
    p = json_unescape(p, &after);
    o = json_put_character(o, text, after - text);
  }
  *o++ = '"';
  *out = o;
}

/* Past the name of an object's member and its colon. */
INLINE const u8 *json_member(const u8 *p, u8 **out, bool write) {
  if (*p != '"' || !(p = json_compact_scalar(p, out, write))) return NULL;
  p = json_space(p);
  if (*p != ':') return NULL;
  if (write) *(*out)++ = *p;
  return json_space(p + 1);
}

/* `p` at an object or an array, whose brackets are the `depth`-th level of the record; its text without white space is
   written where `write` says so. */
INLINE const u8 *json_nested(const u8 *p, u8 **out, i64 depth, i64 max_depth, bool write) {
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
      p = json_past(p);
      if (*p != close) goto member;
    } else {
      p = json_compact_scalar(p, &o, write);
      if (UNLIKELY(!p)) return NULL;
      p = json_space(p);
    }
    for (; *p != ','; p = json_space(p)) {
      if (*p != (objects & 1 ? '}' : ']')) return NULL;
      if (write) *o++ = *p;
      p++;
      objects >>= 1;
      if (--levels) continue;
      if (write) *out = o;
      return p;
    }
    if (write) *o++ = *p;
    p = json_past(p);
  member:
    if (objects & 1 && !(p = json_member(p, &o, write))) return NULL;
  }
}

INTERNAL NOINLINE const u8 *json_compact(const u8 *p, u8 **out, i64 depth, i64 max_depth) {
  return json_nested(p, out, depth, max_depth, true);
}

INTERNAL NOINLINE const u8 *json_skip_nested(const u8 *p, i64 depth, i64 max_depth) {
  return json_nested(p, NULL, depth, max_depth, false);
}
