#include "dialect.h"

INLINE bool dialect_at_delimiter(const Table *t, const u8 *p) {
  return *p == *t->delimiter && (t->delimiter_length == 1 || !memcmp(p, t->delimiter, (size_t)t->delimiter_length));
}

INLINE bool dialect_cell_ends(const Table *t, const u8 *p) {
  return dialect_at_delimiter(t, p) || *p == '\n' || (*p == '\r' && p[1] == '\n');
}

static const u8 *dialect_after_blanks(const Table *t, const u8 *p) {
  while (t->trim && (*p == ' ' || *p == '\t') && *p != *t->delimiter) p++;
  return p;
}

/* An escaped end of line, with its carriage return: the record goes on behind it. False: the text does not. */
static bool dialect_escaped_line(const Table *t, Scan *s) {
  const u8 *line = s->p + 1 + (s->p[1] == '\r');
  if (line >= s->end) return false;
  if (s->lines++) s->last = line;
  s->p += t->unescaped['\n'] ? 1 : 0;
  while (s->p <= line) *s->out++ = *s->p++;
  return s->p < s->end;
}

/* At an escape. False: the text ends before it is told what is escaped. */
INLINE bool dialect_escaped(const Table *t, Scan *s) {
  u8 next = s->p[1];
  if (s->p + 1 >= s->end) return false;
  if (next == '\n' || (next == '\r' && s->p[2] == '\n')) return dialect_escaped_line(t, s);
  if (t->unescaped[next]) {
    *s->out++ = t->unescaped[next];
  } else {
    *s->out++ = *s->p;
    *s->out++ = next;
    s->not_ascii = s->not_ascii || next >= 0x80;
    s->odd = s->odd || next == 0 || next == '0'; /* which may stand for NUL */
  }
  s->p += 2;
  return true;
}

/* The rest of a cell without quotes. */
static bool dialect_bare(const Table *t, Scan *s) {
  for (;;) {
    cell_copy(s, *t->delimiter, '\n', '\r', t->escape ? t->escape : '\r');
    if (*s->p == t->escape && t->escape) {
      if (!dialect_escaped(t, s)) return false;
      continue;
    }
    if (dialect_cell_ends(t, s->p)) return true;
    s->odd = s->odd || *s->p == 0 || *s->p == '\r';
    *s->out++ = *s->p++;
  }
}

/* After an opening quote, to the closing one. `within_line`: an end of line that is not escaped ends it, too. */
static bool dialect_quoted(const Table *t, Scan *s, bool within_line) {
  u8 escape = t->escape_quoted ? t->escape_quoted : t->quote;
  for (;;) {
    cell_copy(s, t->quote, '\n', t->quote, escape);
    if (*s->p == t->escape_quoted && t->escape_quoted) {
      if (!dialect_escaped(t, s)) return false;
      continue;
    }
    if (*s->p == t->quote && s->p[1] != t->quote) return true;
    if (s->p >= s->end || (*s->p == '\n' && within_line)) return false;
    if (*s->p == '\n' && s->lines++) s->last = s->p;
    s->odd = s->odd || *s->p == 0;
    s->p += *s->p == t->quote;
    *s->out++ = *s->p++;
  }
}

INTERNAL NOINLINE Scan dialect_lax(const Table *t, Scan s) {
  Scan before = s;
  before.found = false;
  s.p++;
  if (!dialect_quoted(t, &s, true)) return before;
  s.p = dialect_after_blanks(t, s.p + 1);
  s.found = dialect_cell_ends(t, s.p);
  return s.found ? s : before;
}

static bool dialect_strict(const Table *t, Scan *s) {
  s->p++;
  if (!dialect_quoted(t, s, false)) return false;
  for (s->p = dialect_after_blanks(t, s->p + 1); !dialect_cell_ends(t, s->p); s->p++) s->odd = true;
  return true;
}

/* An escape and N, alone: there is no value. */
static bool dialect_is_missing(const Table *t, const u8 *begin, const u8 *end) {
  while (t->trim && end > begin && (end[-1] == ' ' || end[-1] == '\t')) end--;
  return t->escape && end - begin == 2 && *begin == t->escape && begin[1] == 'N';
}

static bool dialect_find(const Table *t, Scan *s) {
  u8 *begin = s->out;
  s->p = dialect_after_blanks(t, s->p);
  if (t->quote && *s->p == t->quote) {
    if (!t->lax) return dialect_strict(t, s);
    *s = dialect_lax(t, *s);
    if (s->found) return true;
  }
  const u8 *raw = s->p;
  if (!dialect_bare(t, s)) return false;
  if (dialect_is_missing(t, raw, s->p)) s->out = begin;
  return true;
}

/* The cell that was written from `begin` on, which a quote precedes. */
static u8 *dialect_trimmed(const Table *t, Scan *s, u8 *begin) {
  if (!t->trim) return begin;
  while (s->out > begin && (s->out[-1] == ' ' || s->out[-1] == '\t')) s->out--;
  while (begin < s->out && (*begin == ' ' || *begin == '\t')) *begin++ = '"';
  return begin;
}

/* The columns behind the last cell: false where there must be none. */
static bool dialect_padded(Table *t, i64 count) {
  for (i64 i = count; i < t->count && t->pad && !t->lax; i++) t->found[i] = (Cell){t->cells, t->cells};
  return count == t->count || (count < t->count && t->pad && !t->lax);
}

static bool dialect_cells(Table *t, Scan *s) {
  for (i64 number = 0;; number++) {
    *s->out++ = '"';
    u8 *begin = s->out;
    if (!dialect_find(t, s)) return false;
    begin = dialect_trimmed(t, s, begin);
    if (number < t->count) t->found[number] = (Cell){begin, s->out};
    *s->out++ = '"';
    if (dialect_at_delimiter(t, s->p)) {
      s->p += t->delimiter_length;
      continue;
    }
    s->odd = !dialect_padded(t, number + 1) || s->odd;
    s->p += *s->p == '\r';
    return true;
  }
}

INTERNAL NOINLINE Scan dialect_find_all(Table *t, Scan s) {
  s.found = dialect_cells(t, &s);
  return s;
}
