#include "cells.h"
#include "dialect.h"

INLINE bool cell_ends(const Scan *s) {
  return *s->p == s->delimiter || *s->p == '\n' || (*s->p == '\r' && s->p[1] == '\n');
}

/* After an opening quote, to the delimiter or the end of the line. False: the text ends before the closing quote. */
INLINE bool cell_quoted(Scan *s) {
  for (;;) {
    cell_copy(s, '"', '\n', '"', '"');
    if (*s->p == '"' && s->p[1] != '"') break;
    if (s->p >= s->end) return false;
    if (*s->p == '\n' && s->lines++) s->last = s->p;
    s->odd = s->odd || *s->p == 0;
    s->p += *s->p == '"';
    *s->out++ = *s->p++;
  }
  for (s->p++; !cell_ends(s); s->p++) s->odd = true;
  return true;
}

INLINE void cell_bare(Scan *s) {
  for (;;) {
    cell_copy(s, s->delimiter, '\n', '\r', '\r');
    if (cell_ends(s)) return;
    s->odd = true;
    *s->out++ = *s->p++;
  }
}

INLINE bool cell_find(const Table *t, Scan *s) {
  if (*s->p == '"' && !t->lax) {
    s->p++;
    return cell_quoted(s);
  }
  if (*s->p == '"') {
    *s = dialect_lax(t, *s);
    if (s->found) return true;
  }
  cell_bare(s);
  return true;
}

INTERNAL bool cell_find_all(Table *t, Scan *s) {
  s->out = t->cells;
  if (!t->plain) {
    *s = dialect_find_all(t, *s);
    return s->found;
  }
  for (i64 number = 0;; number++) {
    *s->out++ = '"';
    u8 *begin = s->out;
    if (!cell_find(t, s)) return false;
    if (number < t->count) t->found[number] = (Cell){begin, s->out};
    *s->out++ = '"';
    if (*s->p == s->delimiter) {
      s->p++;
      continue;
    }
    s->odd = s->odd || number + 1 != t->count;
    s->p += *s->p == '\r';
    return true;
  }
}
