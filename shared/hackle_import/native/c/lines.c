#include "lines.h"
#include "each.h"

INTERNAL bool line_is_blank(const u8 *p, const u8 *end) {
  for (; p < end; p++)
    if (*p != ' ' && (*p < '\t' || *p > '\r')) return false;
  return true;
}

/* Lines from `text` to `end`, where a padding begins; one that is longer than `max_bytes` is never plain. */
static void lines_run(Decoder *d, const u8 *text, const u8 *end, Lines *n) {
  const u8 *p = text;
  for (; p < end && n->count < MOST_RECORDS && !n->more; n->count++) {
    const u8 *stop = memchr(p, '\n', (size_t)(end - p) + 1);
    const u8 *last = stop > p && stop[-1] == '\r' ? stop - 1 : stop;
    i64 place = n->at + (p - text);
    if (LIKELY(*p > ' ') || !line_is_blank(p, stop)) {
      n->more = !record_take(
          d, &(RawRecord){p, stop, p, place, last - p, n->count, n->first + n->count, last - p > n->max_bytes});
      if (UNLIKELY(n->more)) break;
    }
    p = stop + 1;
  }
  n->at += (p < end ? p : end) - text; /* the last line may lack its end */
}

/* How much of the text is whole lines that have a padding behind them. */
static i64 lines_padded(const u8 *text, i64 size) {
  i64 end = size - PADDING;
  while (end > 0 && text[end - 1] != '\n') end--;
  return end > 0 ? end : 0;
}

/* Lines that are copied in front of a padding. */
static void lines_copied(Decoder *d, const u8 *head, i64 head_size, const u8 *text, i64 size, Lines *n) {
  memcpy(d->tail, head, (size_t)head_size);
  memcpy(d->tail + head_size, text, (size_t)size);
  memset(d->tail + head_size + size, '\n', PADDING);
  lines_run(d, d->tail, d->tail + head_size + size, n);
}

INTERNAL void lines_decode(Decoder *d, const u8 *head, i64 head_size, const u8 *text, i64 size, Lines *n) {
  d->each.done = n->done;
  if (head_size) {
    const u8 *end = memchr(text, '\n', (size_t)size);
    i64 begun = end ? end + 1 - text : size;
    lines_copied(d, head, head_size, text, begun, n);
    text += begun;
    size -= begun;
  }
  i64 body = lines_padded(text, size);
  lines_run(d, text, text + body, n);
  lines_copied(d, text, 0, text + body, size - body, n);
  n->done = d->each.done;
}
