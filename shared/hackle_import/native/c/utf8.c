#include "utf8.h"

INTERNAL NOINLINE bool utf8_is_valid(const u8 *p, const u8 *end) {
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

INTERNAL i64 utf8_characters(const u8 *p, const u8 *end) {
  i64 count = 0;
  for (; p < end; p++) count += (*p & 0xC0) != 0x80;
  return count;
}

INTERNAL u8 *utf8_put(u8 *out, u32 c) {
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
