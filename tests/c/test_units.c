/* The decoder's small parts, each compiled alone: `make sanitize` runs this with ASan and UBSan. What is wrong is told by
   its function, and the line of the case. */
#include "decimal.h"
#include "fields.h"
#include "instant.h"
#include "keys.h"
#include "repeats.h"
#include "uuid.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define EXPECT(name, ok)                                                              \
  do {                                                                                \
    if (!(ok)) failures++, fprintf(stderr, "%s: line %d: %s\n", name, __LINE__, #ok); \
  } while (0)

/* A copy with nothing behind it but what a decoder demands: ASan sees a read beyond. */
static u8 *placed(const char *text, size_t length, size_t behind) {
  u8 *bytes = calloc(1, length + behind + 1);
  if (!bytes) abort();
  memcpy(bytes, text, length);
  return bytes;
}

/* ---- sha1 ---- */

static bool is_hex(const u8 *digest, i32 bytes, const char *hex) {
  char told[2 * SHA256_BYTES + 1];
  for (i32 i = 0; i < bytes; i++) snprintf(told + 2 * i, 3, "%02x", digest[i]);
  return !strcmp(told, hex);
}

static bool digest_is(Digest s, const char *text, size_t length, size_t cut, const char *hex) {
  u8 digest[SHA256_BYTES], *bytes = placed(text, length, 0);
  digest_add(&s, bytes, cut < length ? cut : length);
  if (cut < length) digest_add(&s, bytes + cut, length - cut);
  digest_end(&s, digest);
  free(bytes);
  return is_hex(digest, 4 * s.words, hex);
}

/* FIPS 180-4's examples, and every way to cut a text of several blocks. */
static void test_sha1(const char *name, DigestBlocks blocks) {
  static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  EXPECT(name, digest_is(sha1_begin(blocks), "", 0, 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"));
  EXPECT(name, digest_is(sha1_begin(blocks), "abc", 3, 3, "a9993e364706816aba3e25717850c26c9cd0d89d"));
  EXPECT(name, digest_is(sha1_begin(blocks), two, 56, 56, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"));
  char *many = malloc(1000000);
  if (!many) abort();
  memset(many, 'a', 1000000);
  EXPECT(name, digest_is(sha1_begin(blocks), many, 1000000, 77, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"));
  for (size_t cut = 0; cut <= 200; cut++)
    EXPECT(name, digest_is(sha1_begin(blocks), many, 200, cut, "e61cfffe0d9195a525fc6cf06ca2d77119c24a40"));
  free(many);
}

/* ---- sha256, hmac ---- */

static bool keyed_is(DigestBlocks blocks, const char *key, size_t key_length, const char *text, const char *hex) {
  u8 digest[SHA256_BYTES], *bytes = placed(key, key_length, 0);
  HmacKey k = hmac_key(blocks, bytes, key_length);
  Digest s = hmac_begin(&k);
  digest_add(&s, (const u8 *)text, strlen(text));
  hmac_end(&k, &s, digest);
  free(bytes);
  return is_hex(digest, SHA256_BYTES, hex);
}

/* FIPS 180-4's examples, every way to cut a text of several blocks, and RFC 4231's cases 2 and 6. */
static void test_sha256(const char *name, DigestBlocks blocks) {
  static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  EXPECT(name,
         digest_is(sha256_begin(blocks), "", 0, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  EXPECT(name, digest_is(sha256_begin(blocks), "abc", 3, 3,
                         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  EXPECT(name, digest_is(sha256_begin(blocks), two, 56, 56,
                         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
  char many[200];
  memset(many, 'a', sizeof many);
  for (size_t cut = 0; cut <= sizeof many; cut++)
    EXPECT(name, digest_is(sha256_begin(blocks), many, sizeof many, cut,
                           "c2a908d98f5df987ade41b5fce213067efbcc21ef2240212a41e54b5e7c28ae5"));
  EXPECT(name, keyed_is(blocks, "Jefe", 4, "what do ya want for nothing?",
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
  memset(many, 0xaa, sizeof many);
  EXPECT(name, keyed_is(blocks, many, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
                        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
}

/* ---- uuid ---- */

static void expect_uuid(int line, const char *text, UuidKind kind, const char *canonical) {
  u8 out[UUID_BYTES] = {0}, *bytes = placed(text, strlen(text), 0);
  UuidKind told = uuid_read(bytes, (i64)strlen(text), out);
  free(bytes);
  if (told == kind && (kind != UUID_YES || !memcmp(out, canonical, UUID_BYTES))) return;
  failures++;
  fprintf(stderr, "uuid_read: line %d: %s\n", line, text);
}

static void test_uuid(void) {
  static const char canonical[] = "0123abcd-4567-89ab-cdef-0123456789ab";
  expect_uuid(__LINE__, "0123abcd-4567-89ab-cdef-0123456789ab", UUID_YES, canonical);
  expect_uuid(__LINE__, "0123ABCD-4567-89AB-CDEF-0123456789AB", UUID_YES, canonical);
  expect_uuid(__LINE__, "0123abcd456789abcdef0123456789ab", UUID_YES, canonical);
  expect_uuid(__LINE__, "0-123abcd456789abcdef0123456789a-b-", UUID_YES, canonical);
  expect_uuid(__LINE__, "0123abcd-4567-89ab-cdef-0123456789a", UUID_NO, "");
  expect_uuid(__LINE__, "0123abcd-4567-89ab-cdef-0123456789abc", UUID_NO, "");
  expect_uuid(__LINE__, "0123abcd-4567-89ab-cdef-0123456789ag", UUID_NO, "");
  expect_uuid(__LINE__, "{0123abcd-4567-89ab-cdef-0123456789ab}", UUID_MAYBE, "");
  expect_uuid(__LINE__, "urn:uuid:0123abcd-4567-89ab-cdef-0123456789ab", UUID_MAYBE, "");
  expect_uuid(__LINE__, "order-17", UUID_NO, "");
  expect_uuid(__LINE__, "", UUID_NO, "");
  u8 one[UUID_BYTES], other[UUID_BYTES];
  uuid_v5(sha1_plain, (const u8 *)"order-17", 8, NULL, 0, one);
  uuid_v5(sha1_best(), (const u8 *)"order", 5, (const u8 *)"-17", 3, other);
  EXPECT("uuid_v5", !memcmp(one, other, UUID_BYTES) && one[14] == '5' && strchr("89ab", one[19]));
  HmacKey plain = hmac_key(sha256_plain, (const u8 *)"key", 3), best = hmac_key(sha256_best(), (const u8 *)"key", 3);
  uuid_v8(&plain, (const u8 *)"order-17", 8, NULL, 0, one);
  uuid_v8(&best, (const u8 *)"order", 5, (const u8 *)"-17", 3, other);
  EXPECT("uuid_v8", !memcmp(one, other, UUID_BYTES) && one[14] == '8' && strchr("89ab", one[19]));
}

/* ---- decimal ---- */

static void expect_metric(int line, const char *text, bool is_plain, i64 millionths, bool rounded) {
  u8 *bytes = placed(text, strlen(text), 0);
  i128 value = 0;
  bool lost = false, told = decimal_metric(bytes, (i64)strlen(text), &value, &lost);
  free(bytes);
  if (told == is_plain && (!told || (value == (i128)millionths && lost == rounded))) return;
  failures++;
  fprintf(stderr, "decimal_metric: line %d: %s\n", line, text);
}

static void test_decimal(void) {
  expect_metric(__LINE__, "0", true, 0, false);
  expect_metric(__LINE__, "-12", true, -12000000, false);
  expect_metric(__LINE__, "1.50", true, 1500000, false);
  expect_metric(__LINE__, "0.0000005", true, 0, true); /* half to even */
  expect_metric(__LINE__, "0.0000015", true, 2, true);
  expect_metric(__LINE__, "0.00000050000001", true, 1, true);
  expect_metric(__LINE__, "0.1234560000", true, 123456, false);
  expect_metric(__LINE__, "0.9999999", true, 1000000, true);
  expect_metric(__LINE__, "999999999999.999999", true, 999999999999999999, false);
  expect_metric(__LINE__, "1000000000000000", false, 0, false);
  expect_metric(__LINE__, "999999999999999.9999999", false, 0, false);
  expect_metric(__LINE__, "01", true, 1000000, false);
  expect_metric(__LINE__, "1.", true, 1000000, false);
  expect_metric(__LINE__, ".5", true, 500000, false);
  expect_metric(__LINE__, "1e3", false, 0, false);
  expect_metric(__LINE__, "-", false, 0, false);
  expect_metric(__LINE__, "", false, 0, false);
}

/* ---- times ---- */

/* UTC; and Berlin in the year 2025: an hour ahead, two from 2025-03-30 on, where 03:00 follows on 02:00, one again from
   2025-10-26 on, where 02:00 follows on 03:00. */
static const ZoneOffset OFFSETS[] = {{0, 0}, {0, 3600000}, {1743303600000, 7200000}, {1761447600000, 3600000}};
static const TimeRules ANY = {UNIT_BY_MAGNITUDE, 0, 1, 0, 1, INT64_MIN, INT64_MAX};

static void expect_instant(int line, const TimeRules *rules, const char *text, bool is_plain, i64 milliseconds) {
  u8 *bytes = placed(text, strlen(text), 0);
  i64 instant = 0;
  bool told = instant_read(bytes, (i64)strlen(text), rules, OFFSETS, &instant);
  free(bytes);
  if (told == is_plain && (!told || instant == milliseconds)) return;
  failures++;
  fprintf(stderr, "instant_read: line %d: %s -> %lld\n", line, text, (long long)instant);
}

static void test_instant(void) {
  const TimeRules no_zone = {UNIT_BY_MAGNITUDE, 0, 0, 0, 0, INT64_MIN, INT64_MAX},
                  from_1970 = {UNIT_BY_MAGNITUDE, 0, 1, 0, 1, 0, 999};
  const TimeRules seconds = {UNIT_SECONDS, 0, 1, 0, 1, INT64_MIN, INT64_MAX};
  expect_instant(__LINE__, &ANY, "1970-01-01T00:00:00Z", true, 0);
  expect_instant(__LINE__, &ANY, "1969-12-31T23:59:59.999Z", true, -1);
  expect_instant(__LINE__, &ANY, "2025-01-02 03:04:05.6789+09:00", true, 1735754645678);
  expect_instant(__LINE__, &ANY, "2025-01-02T03:04:05-0030", true, 1735788845000);
  expect_instant(__LINE__, &ANY, "2000-02-29T00:00:00Z", true, 951782400000);
  expect_instant(__LINE__, &ANY, "1900-02-29T00:00:00Z", false, 0);
  expect_instant(__LINE__, &ANY, "2025-13-01T00:00:00Z", false, 0);
  expect_instant(__LINE__, &ANY, "2025-01-02T24:00:00Z", false, 0);
  expect_instant(__LINE__, &ANY, "2025-01-02T03:04:05.Z", false, 0);
  expect_instant(__LINE__, &ANY, "2025-01-02T03:04:05+9", false, 0);
  expect_instant(__LINE__, &ANY, "2025-01-02T03:04:05", true, 1735787045000);
  expect_instant(__LINE__, &no_zone, "2025-01-02T03:04:05", false, 0);
  expect_instant(__LINE__, &ANY, "1735787045", true, 1735787045000);
  expect_instant(__LINE__, &ANY, "1735787045.6789", true, 1735787045678);
  expect_instant(__LINE__, &ANY, "1735787045678", true, 1735787045678);
  expect_instant(__LINE__, &ANY, "1735787045678901", true, 1735787045678);
  expect_instant(__LINE__, &ANY, "1735787045678901234", false, 0);
  expect_instant(__LINE__, &seconds, "100000000000000", false, 0);
  expect_instant(__LINE__, &from_1970, "1970-01-01T00:00:00.999Z", true, 999);
  expect_instant(__LINE__, &from_1970, "1970-01-01T00:00:01Z", false, 0);
  expect_instant(__LINE__, &ANY, "", false, 0);
}

static void test_zones(void) {
  const TimeRules berlin = {UNIT_BY_MAGNITUDE, 1, 3, 1, 3, INT64_MIN, INT64_MAX};
  expect_instant(__LINE__, &berlin, "1970-01-01T00:00:00", true, -3600000);
  expect_instant(__LINE__, &berlin, "2025-03-30T01:59:59.999", true, 1743296399999);
  expect_instant(__LINE__, &berlin, "2025-03-30T02:30:00", true, 1743298200000); /* never shown */
  expect_instant(__LINE__, &berlin, "2025-03-30T03:00:00", true, 1743296400000);
  expect_instant(__LINE__, &berlin, "2025-10-26T02:59:59.999", true, 1761440399999); /* shown twice */
  expect_instant(__LINE__, &berlin, "2025-10-26T03:00:00", true, 1761444000000);
  expect_instant(__LINE__, &berlin, "2025-10-26T03:00:00+02:00", true, 1761440400000);
  expect_instant(__LINE__, &berlin, "1761447599", true, 1761440399000);
  expect_instant(__LINE__, &berlin, "1761447600", true, 1761444000000);
}

/* ---- keys ---- */

static i32 asked;

/* In lower case; a text that begins with `?` is for Python. */
static i32 lower(i32 table, const u8 *text, i32 length, u8 *out, i32 room) {
  asked++;
  if (length > room || table != 3 || (length && *text == '?')) return -1;
  for (i32 i = 0; i < length; i++) out[i] = text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 32 : text[i];
  return length | (length > 128 ? LEARNT_TOO_LONG : 0);
}

static i32 number_of(Keys *k, const char *text, size_t length) {
  u8 *bytes = placed(text, length, BLOCK);
  i32 number = keys_number(k, bytes, (u32)length);
  free(bytes);
  return number;
}

static void test_keys(void) {
  static const char long_key[] = "A key that is longer than a block";
  Keys *k = calloc(1, sizeof *k);
  if (!k || !keys_init(k, 3, lower, 7)) abort();
  i32 plan = number_of(k, "plan", 4), upper = number_of(k, "PLAN", 4), empty = number_of(k, "", 0);
  EXPECT("keys_number", plan != upper && k->stands[upper] == plan && k->stands[plan] == plan);
  EXPECT("keys_number", empty != NO_KEY && k->lengths[empty] == 0);
  EXPECT("keys_number", number_of(k, "?", 1) == NO_KEY);
  i32 before = asked;
  EXPECT("keys_number", number_of(k, "PLAN", 4) == upper && number_of(k, "", 0) == empty && asked == before);
  i32 number = number_of(k, long_key, sizeof long_key - 1);
  EXPECT("keys_learn", k->lengths[k->stands[number]] == sizeof long_key - 1 && *keys_text(k, k->stands[number]) == 'a');
  EXPECT("keys_number", number_of(k, long_key, sizeof long_key - 2) != number);
  char most[KEY_BYTES];
  memset(most, 'x', sizeof most);
  number = number_of(k, most, sizeof most);
  EXPECT("keys_learn", k->state[number].flags == LEARNT_TOO_LONG && k->lengths[number] == KEY_BYTES);
  char text[16];
  for (int i = 0; i < 2 * MAX_KEYS; i++) number = number_of(k, text, (size_t)snprintf(text, sizeof text, "k%d", i));
  EXPECT("keys_number", number == NO_KEY && k->count == MAX_KEYS && number_of(k, "plan", 4) == plan);
  keys_clear(k);
  EXPECT("keys_clear", k->count == 0 && number_of(k, "k1", 2) == 0);
  keys_free(k);
  free(k);
}

/* ---- fields ---- */

static void meet(Fields *f, i64 parent, const char *name, size_t length, u64 stamp) {
  u8 *bytes = placed(name, length, BLOCK);
  fields_meet(f, parent, bytes, (i64)length, stamp);
  free(bytes);
}

static i64 rows_of(const Fields *f, i64 parent, const char *name, size_t length) {
  for (i64 i = 0; i < f->count; i++)
    if (f->all[i].parent == parent && f->all[i].length == (i64)length && !memcmp(f->all[i].name, name, length))
      return f->all[i].rows;
  return 0;
}

static void test_fields(void) {
  static const char long_name[FIELD_BYTES + 1] = "a name that is longer than a block";
  Fields *f = fields_new(7);
  if (!f) abort();
  u64 stamp = 0;
  for (i64 row = 1; row <= 3; row++) {
    stamp++;
    fields_begin(f, row);
    meet(f, 0, "plan", 4, stamp);
    meet(f, 0, "plan", 4, stamp); /* twice in a row, which is one */
    meet(f, 5, "plan", 4, stamp);
    meet(f, 0, "", 0, stamp);
    if (row < 3) fields_keep(f);
    else fields_undo(f);
  }
  EXPECT("fields_meet", f->count == 3 && rows_of(f, 0, "plan", 4) == 2 && rows_of(f, 5, "plan", 4) == 2);
  EXPECT("fields_undo", rows_of(f, 0, "", 0) == 2 && f->rows == 2 && f->row_count == 0);
  meet(f, 0, long_name, FIELD_BYTES, ++stamp);
  EXPECT("fields_meet", rows_of(f, 0, long_name, FIELD_BYTES) == 1 && !f->more);
  meet(f, 0, long_name, FIELD_BYTES - 1, stamp);
  meet(f, 0, long_name, FIELD_BYTES + 1, stamp);
  EXPECT("fields_meet", f->count == 5 && f->more);
  fields_keep(f);
  char text[16];
  for (int i = 0; i < 2 * FIELDS; i++) meet(f, i % 3, text, (size_t)snprintf(text, sizeof text, "k%d", i), ++stamp);
  EXPECT("fields_meet", f->count == FIELDS && f->more && rows_of(f, 0, "k0", 2) == 1);
  fields_begin(f, FIELDS_ALL_OF);
  EXPECT("fields_begin", f->looks);
  fields_begin(f, FIELDS_ALL_OF + 1);
  EXPECT("fields_begin", !f->looks);
  fields_begin(f, (FIELDS_ALL_OF / FIELDS_ONE_OF + 1) * FIELDS_ONE_OF);
  EXPECT("fields_begin", f->looks);
  free(f);
}

/* ---- repeats ---- */

/* `count` ids from `from` on, each on the line of its number. */
static void repeat(Repeats *r, i64 from, i64 count) {
  char text[UUID_TEXT + 1];
  u8 *ids = malloc((size_t)count * UUID_TEXT);
  i64 *lines = malloc((size_t)count * sizeof *lines);
  if (!ids || !lines) abort();
  for (i64 i = 0; i < count; i++) {
    snprintf(text, sizeof text, "00000000-0000-4000-8000-%012lld", (long long)(from + i));
    memcpy(ids + i * UUID_TEXT, text, UUID_TEXT);
    lines[i] = from + i;
  }
  EXPECT("repeats_add", repeats_add(r, ids, lines, count));
  free(ids);
  free(lines);
}

static void test_repeats(void) {
  Repeats r;
  if (!repeats_init(&r, 7)) abort();
  repeat(&r, 1, 0);
  repeat(&r, 1, 3 * IDS_FIRST); /* the table grows */
  EXPECT("repeats_rows", repeats_rows(&r) == 0 && r.level == 0 && r.lines[0] == 0);
  repeat(&r, 5, 1);
  repeat(&r, 5, 2);
  EXPECT("repeats_rows", repeats_rows(&r) == 3 && r.lines[0] == 5 && r.lines[1] == 5);
  repeats_free(&r);
  if (!repeats_init(&r, 8)) abort();
  repeat(&r, 1, IDS_SLOTS); /* more than are remembered: half of them are let go */
  repeat(&r, 1, IDS_SLOTS / 2);
  i64 told = repeats_rows(&r);
  EXPECT("repeats_rows", r.level >= 1 && r.count <= IDS_MOST + 1);
  EXPECT("repeats_rows", told > IDS_SLOTS / 2 / 10 * 9 && told < IDS_SLOTS / 2 / 10 * 11);
  repeats_free(&r);
}

int main(void) {
  test_sha1("sha1_plain", sha1_plain);
  test_sha1("sha1_best", sha1_best());
  test_sha256("sha256_plain", sha256_plain);
  test_sha256("sha256_best", sha256_best());
  test_uuid();
  test_decimal();
  test_instant();
  test_zones();
  test_keys();
  test_fields();
  test_repeats();
  return failures != 0;
}
