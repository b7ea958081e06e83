/* base: cursor, arena, table, ring, JSON, text, addresses, time. */
#include <check.h>
#include <link.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/csv.h"
#include "base/cursor.h"
#include "base/digits.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/json.h"
#include "base/log.h"
#include "base/message_digest.h"
#include "base/net_addr.h"
#include "base/phrase.h"
#include "base/ring.h"
#include "base/table.h"
#include "base/text.h"
#include "base/when.h"
#include "run_suite.h"

START_TEST(cursor_never_leaves_its_box)
{
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

	for (size_t have = 0; have <= sizeof(bytes); have++) {
		struct cursor c = cur_of(span_of(bytes, have));
		uint16_t a = cur_u16be(&c);
		uint32_t b = cur_u32le(&c);
		ck_assert_int_eq(cur_ok(&c), have >= 6);
		ck_assert_uint_eq(a, have >= 2 ? 0x0102 : 0);
		ck_assert_uint_eq(b, have >= 6 ? 0x06050403 : 0);
		if (have < 6) { /* once failed, failed for good */
			ck_assert_uint_eq(cur_u8(&c), 0);
			ck_assert(!cur_ok(&c));
			ck_assert_uint_eq(cur_left(&c), 0);
		}
	}
	struct cursor c = cur_of(span_of(bytes, sizeof(bytes)));
	struct cursor child = cur_sub(&c, 3);
	ck_assert_uint_eq(cur_u16be(&child), 0x0102);
	ck_assert_uint_eq(cur_u16be(&child), 0);
	ck_assert(!cur_ok(&child));
	ck_assert(cur_ok(&c));
	ck_assert_uint_eq(cur_u64be(&c), 0);
	ck_assert(!cur_ok(&c));
	c = cur_of(span_of(bytes, 4));
	ck_assert(cur_take(&c, SIZE_MAX) == NULL);
}
END_TEST

START_TEST(arena_gives_back_and_keeps_its_cap)
{
	struct arena a;

	ck_assert_int_eq(arena_init(&a, 128, 1024), 0);
	for (int round = 0; round < 3; round++) {
		ck_assert_ptr_nonnull(arena_alloc(&a, 100));
		ck_assert_ptr_nonnull(arena_alloc(&a, 500));
		ck_assert_ptr_null(arena_alloc(&a, 600));
		arena_reset(&a);
	}
	ck_assert_uint_eq(a.refused, 3);
	ck_assert_uint_le(a.total_bytes, 1024);
	struct span s = arena_copy(&a, span_str("kept"));
	ck_assert(span_eq(s, span_str("kept")));
	arena_deinit(&a);
}
END_TEST

START_TEST(hashes_spread)
{
	enum { KEYS = 4096, BUCKETS = 256 };
	unsigned filled[BUCKETS] = {0}, most = 0;
	uint8_t key[16] = {0};

	for (unsigned i = 0; i < KEYS; i++) {
		memcpy(key + 6, &i, sizeof(i));
		unsigned bucket = (unsigned)(hash_bytes(key, sizeof(key)) % BUCKETS);
		if (++filled[bucket] > most)
			most = filled[bucket];
	}
	ck_assert_uint_lt(most, 4 * KEYS / BUCKETS);
	ck_assert_uint_ne(hash_bytes("a", 1), hash_bytes("b", 1));
	ck_assert_uint_ne(hash_bytes("", 0), hash_bytes("\0", 1));
	ck_assert_uint_ne(hash_bytes("12345678", 8), hash_bytes("12345678\0", 9));
	uint64_t plain = hash_bytes("key", 3);
	hash_seed = 1;
	ck_assert_uint_ne(hash_bytes("key", 3), plain);
	hash_seed = 0;
}
END_TEST

/* Bytes that are read twice or in pieces: each of them counts, at every length, and so does the length. */
START_TEST(a_hash_of_many_bytes_reads_each_of_them)
{
	uint8_t bytes[100] = {0};

	for (size_t len = 1; len <= sizeof(bytes); len++) {
		uint64_t plain = hash_bulk(bytes, len);
		ck_assert_uint_ne(plain, hash_bulk(bytes, len - 1));
		for (size_t i = 0; i < len; i++) {
			bytes[i] = 1;
			ck_assert_uint_ne(hash_bulk(bytes, len), plain);
			bytes[i] = 0;
		}
		uint64_t words[2];
		for (size_t i = 0; len < 16 && i < len; i++) {
			bytes[i] = 1;
			hash_short(bytes, len, words);
			ck_assert(words[0] != 0 || words[1] != 0);
			bytes[i] = 0;
		}
	}
}
END_TEST

struct pair {
	uint64_t key;
	uint64_t value;
};

static unsigned evictions;
static uint64_t last_evicted;

static void count_eviction(void *ctx, void *entry)
{
	(void)ctx;
	evictions++;
	last_evicted = ((struct pair *)entry)->key;
	((struct pair *)entry)->key = 0; /* may be done away with: it is on its way out */
}

START_TEST(table_forgets_the_oldest)
{
	struct table t;

	evictions = 0;
	ck_assert_int_eq(
	    table_init(&t, 1000, sizeof(uint64_t), sizeof(struct pair), table_hash_bytes, count_eviction, NULL), 0);
	for (uint64_t k = 0; k < 1500; k++) {
		struct pair *p = table_insert(&t, &k, hash_bytes(&k, sizeof(k)));
		p->value = k * 3;
		uint64_t zero = 0; /* key 0 stays in use all the time */
		table_touch(&t, table_find(&t, &zero, hash_bytes(&zero, sizeof(zero))));
	}
	ck_assert_uint_eq(t.used, 1000);
	ck_assert_uint_eq(t.evicted, 500);
	ck_assert_uint_eq(evictions, 500);
	ck_assert_uint_eq(last_evicted, 500);
	for (uint64_t k = 0; k < 1500; k++) {
		struct pair *p = table_find(&t, &k, hash_bytes(&k, sizeof(k)));
		ck_assert_msg((p != NULL) == (k == 0 || k > 500), "key %lu", (unsigned long)k);
		if (p)
			ck_assert_uint_eq(p->value, k * 3);
	}
	ck_assert_uint_le(table_bytes(&t), table_ceiling_bytes(1000, sizeof(struct pair)));
	table_deinit(&t);
}
END_TEST

/* Many collisions. */
static uint64_t hash_alike(const struct table *t, const void *key)
{
	const struct pair *p = key;

	(void)t;
	return (p->key % 7) << 32 | p->key % 5;
}

static uint64_t hash_in_few_bits(const struct table *t, const void *key)
{
	const struct pair *p = key;

	(void)t;
	return p->key % 2 ? UINT32_MAX - p->key % 3 : (p->key % 7 << 29 | p->key % 600);
}

START_TEST(table_agrees_with_a_plain_array)
{
	enum { KEYS = 300 };
	static uint64_t model[KEYS];
	struct table t;
	uint32_t seed = 1;

	ck_assert_int_eq(table_init(&t, KEYS, sizeof(uint64_t), sizeof(struct pair), hash_alike, NULL, NULL), 0);
	for (int step = 0; step < 200000; step++) {
		seed = seed * 1664525 + 1013904223;
		uint64_t key = (seed >> 8) % KEYS, hash = hash_alike(&t, &key);
		struct pair *p = table_find(&t, &key, hash);
		ck_assert_int_eq(p != NULL, model[key] != 0);
		if (p)
			ck_assert_uint_eq(p->value, model[key]);
		if (p)
			ck_assert_ptr_eq(table_at(&t, table_number(&t, p)), p);
		if (p)
			ck_assert_ptr_nonnull(table_guess(&t, hash));
		if (p && seed >> 30) {
			table_remove(&t, p);
			model[key] = 0;
		} else if (!p) {
			p = table_insert(&t, &key, hash);
			p->value = model[key] = (uint64_t)step + 1;
		}
	}
	table_deinit(&t);
}
END_TEST

/* Of every size of cap, since a slot divides its bits by it; hashes that differ in few bits, so that slots look alike
 * and runs are long; and the index grows while entries come and go. */
START_TEST(table_of_any_cap_agrees_with_a_plain_array)
{
	enum { KEYS = 3000 };
	static const uint32_t caps[] = {1, 2, 3, 255, 256, 257, 1000, 1023, 1024, 3000, (1 << 28) - 2};

	srand(11);
	for (size_t c = 0; c < sizeof(caps) / sizeof(caps[0]); c++) {
		static bool there[KEYS];
		uint32_t n = 0;
		struct table t;
		ck_assert_int_eq(
		    table_init(&t, caps[c], sizeof(uint64_t), sizeof(struct pair), hash_in_few_bits, NULL, NULL), 0);
		memset(there, 0, sizeof(there));
		for (int step = 0; step < 20000; step++) {
			uint64_t key = (uint64_t)rand() % KEYS, hash = hash_in_few_bits(&t, &key);
			struct pair *p = table_find(&t, &key, hash);
			ck_assert_int_eq(p != NULL, there[key]);
			if (p && rand() % 4 == 0) {
				table_remove(&t, p);
				there[key] = false;
				n--;
			} else if (!p && n < caps[c]) {
				p = table_insert(&t, &key, hash);
				ck_assert_ptr_eq(table_at(&t, table_number(&t, p)), p);
				ck_assert_ptr_eq(table_find(&t, &key, hash), p);
				there[key] = true;
				n++;
			}
			ck_assert_uint_eq(t.used, n);
		}
		ck_assert_uint_eq(t.evicted, 0);
		ck_assert_uint_le(table_bytes(&t), table_ceiling_bytes(caps[c], sizeof(struct pair)));
		table_deinit(&t);
	}
}
END_TEST

START_TEST(table_sorts_its_order_of_use)
{
	for (uint32_t n = 0; n <= 1000; n += n < 20 ? 1 : 331) {
		struct table t;
		uint32_t seed = n;
		uint64_t last = 0;
		ck_assert_int_eq(
		    table_init(&t, 1000, sizeof(uint64_t), sizeof(struct pair), table_hash_bytes, NULL, NULL), 0);
		for (uint64_t k = 0; k < n; k++) {
			struct pair *p = table_insert(&t, &k, hash_bytes(&k, sizeof(k)));
			seed = seed * 1664525 + 1013904223;
			p->value = k % 5 ? k * 4 + 1 : seed % (4 * n) + 1; /* in order, with some that are not */
		}
		table_sort(&t, offsetof(struct pair, value));
		uint32_t seen = 0;
		struct pair *before = NULL;
		for (struct pair *p = table_oldest(&t); p; before = p, p = table_newer(&t, p), seen++) {
			ck_assert_uint_ge(p->value, last);
			last = p->value;
			ck_assert_ptr_eq(table_at(&t, table_number(&t, p)), p);
		}
		ck_assert_uint_eq(seen, n);
		/* what comes now is the newest, and the oldest goes: the list holds together both ways */
		uint64_t k = 5000;
		ck_assert_ptr_nonnull(table_insert(&t, &k, hash_bytes(&k, sizeof(k))));
		if (before && t.used < t.cap)
			ck_assert_uint_eq(((struct pair *)table_newer(&t, before))->key, k);
		while (table_oldest(&t))
			table_remove(&t, table_oldest(&t));
		ck_assert_uint_eq(t.used, 0);
		table_deinit(&t);
	}
}
END_TEST

static unsigned long file_backed_kib(void)
{
	unsigned long kib = 0;
	char line[128];
	FILE *f = fopen("/proc/self/status", "r");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		(void)sscanf(line, "RssFile: %lu", &kib);
	fclose(f);
	return kib;
}

/* Looks at each page of what is mapped without the right to write, as a start looks at symbols. */
__attribute__((no_sanitize_address)) static int look_at_all(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	(void)ctx;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		if (part->p_type != PT_LOAD || (part->p_flags & (PF_R | PF_W)) != PF_R)
			continue;
		const volatile uint8_t *at = (const uint8_t *)(info->dlpi_addr + part->p_vaddr);
		for (size_t k = 0; k < part->p_filesz; k += 4096)
			(void)at[k];
	}
	return 0;
}

START_TEST(what_the_start_looked_at_is_let_go)
{
	static const char text[] = "still here", *const volatile moved = text; /* what was relocated stays as it is */

	(void)dl_iterate_phdr(look_at_all, NULL);
	unsigned long before = file_backed_kib();
	heap_started();
	ck_assert_uint_lt(file_backed_kib(), before / 2);
	ck_assert_str_eq(moved, "still here");
}
END_TEST

static void *ring_producer(void *ctx)
{
	struct ring *r = ctx;

	for (uint32_t i = 0; i < 100000; i++) {
		size_t n = i % 300 + 4;
		uint8_t *room;
		while (!(room = ring_reserve(r, n)))
			sched_yield();
		memcpy(room, &i, 4);
		memset(room + 4, (int)(i & 0xff), n - 4);
		ring_commit(r);
	}
	return NULL;
}

START_TEST(digits_are_those_of_printf)
{
	char want[DIGITS_MAX + 1], got[DIGITS_MAX + 1] = "";

	for (uint64_t power = 1;; power *= 10) {
		for (uint64_t v = power - 1; v - (power - 1) < 3; v++) {
			unsigned n = digits_of(v);
			ck_assert_uint_eq(n, (unsigned)snprintf(want, sizeof(want), "%llu", (unsigned long long)v));
			digits_put(got, v, n);
			got[n] = '\0';
			ck_assert_str_eq(got, want);
		}
		if (power > UINT64_MAX / 10)
			break;
	}
	digits_put(got, UINT64_MAX, digits_of(UINT64_MAX));
	got[DIGITS_MAX] = '\0';
	ck_assert_str_eq(got, "18446744073709551615");
}
END_TEST

START_TEST(bytes_in_hexadecimal_are_those_of_printf)
{
	char got[2 * 256 + 1], expected[3];
	uint8_t bytes[256];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	ck_assert_ptr_eq(digits_put_hex(got, bytes, 0), got);
	ck_assert_ptr_eq(digits_put_hex(got, bytes, sizeof(bytes)), got + 2 * sizeof(bytes));
	for (unsigned i = 0; i < sizeof(bytes); i++) {
		snprintf(expected, sizeof(expected), "%02x", i);
		ck_assert_mem_eq(got + 2 * i, expected, 2);
	}
}
END_TEST

START_TEST(ring_is_roomy_with_a_quarter_free)
{
	enum { RECORD = 112 }; /* 128 with its head: 32 of them fill it */
	struct ring r;
	size_t n;

	ck_assert_int_eq(ring_init(&r, 4096), 0);
	for (int i = 0; i < 32; i++) {
		ck_assert_int_eq(ring_is_roomy(&r), i <= 24);
		ck_assert_ptr_nonnull(ring_reserve(&r, RECORD));
		ring_commit(&r);
	}
	ck_assert_ptr_null(ring_reserve(&r, RECORD));
	for (int i = 0; i < 8; i++) {
		ck_assert(!ring_is_roomy(&r)); /* though there is room for one */
		ck_assert_ptr_nonnull(ring_peek(&r, &n));
		ring_release(&r);
	}
	ck_assert(ring_is_roomy(&r));
	ring_deinit(&r);
}
END_TEST

START_TEST(ring_carries_everything_in_order)
{
	struct ring r;
	pthread_t t;

	ck_assert_int_eq(ring_init(&r, 4096), 0);
	ck_assert_ptr_null(ring_reserve(&r, ring_record_max(&r) + 1));
	pthread_create(&t, NULL, ring_producer, &r);
	for (uint32_t i = 0; i < 100000;) {
		size_t n;
		uint8_t *record = ring_peek(&r, &n);
		uint32_t got;
		if (!record) {
			sched_yield();
			continue;
		}
		memcpy(&got, record, 4);
		ck_assert_uint_eq(got, i);
		ck_assert_uint_eq(n, i % 300 + 4);
		/* and those behind it, as far as there are any */
		size_t place = ring_place(&r), bytes;
		const uint8_t *coming;
		for (uint32_t k = i; k < i + 4 && (coming = ring_look(&r, &place, &bytes)); k++) {
			ck_assert(k > i || coming == record);
			memcpy(&got, coming, 4);
			ck_assert_uint_eq(got, k);
			ck_assert_uint_eq(bytes, k % 300 + 4);
		}
		ck_assert_uint_eq(record[n - 1], n > 4 ? (i & 0xff) : record[n - 1]);
		ring_release(&r);
		i++;
	}
	pthread_join(t, NULL);
	ck_assert_uint_eq(ring_used(&r), 0);
	ring_deinit(&r);
}
END_TEST

static const struct {
	const char *raw;
	size_t len;
	const char *json;
} texts[] = {
    {"plain", 5, "\"plain\""},
    {"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
    {"\x1b[31m", 5, "\"\\u001b[31m\""},
    {"line\nend", 8, "\"line\\u000aend\""},
    {"\xe9\x96\xa2\xe6\x89\x80", 6, "\"関所\""},
    {"\xe9\x96", 2, "\"\\u00e9\\u0096\""},
    {"\xc0\x80", 2, "\"\\u00c0\\u0080\""},
    {"\xc2\x9b", 2, "\"\\u009b\""},     /* C1: CSI */
    {"\xe2\x80\xae", 3, "\"\\u202e\""}, /* right-to-left override */
    {"\xed\xa0\x80", 3, "\"\\u00ed\\u00a0\\u0080\""},
    {"nul\0in", 6, "\"nul\\u0000in\""},
    /* Japanese goes in one go: what stands between it does not */
    {"\xe9\x9b\xbb\xe6\xba\x90-\xe3\x80\x80\xe2\x80\xae\xe9\x9b\xbb", 16,
     "\"\xe9\x9b\xbb\xe6\xba\x90-\xe3\x80\x80\\u202e\xe9\x9b\xbb\""},
    {"\xe9\x9b\xbb\xe6\xba", 5, "\"\xe9\x9b\xbb\\u00e6\\u00ba\""},
    {"\xe9\x9b\xbb\xe6\xba\"", 6, "\"\xe9\x9b\xbb\\u00e6\\u00ba\\\"\""},
};

START_TEST(json_escapes_what_steers_a_terminal)
{
	struct json j;

	json_init(&j, 4096);
	json_text(&j, span_of(texts[_i].raw, texts[_i].len));
	ck_assert_str_eq(json_cstr(&j), texts[_i].json);
	json_deinit(&j);
}
END_TEST

/* Each byte in each place of texts of any length, which are looked through sixteen and eight at a time. */
START_TEST(json_escapes_wherever_it_stands)
{
	char raw[46], expect[96], shown[8];
	size_t len = (size_t)_i;
	struct json j;

	json_init(&j, 4096);
	for (size_t place = 0; place < len; place++) {
		for (unsigned c = 0; c < 256; c++) {
			bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
			memset(raw, 'a' + (int)place % 26, len);
			raw[place] = (char)c;
			raw[len] = '\0';
			if (c == '"' || c == '\\')
				snprintf(shown, sizeof(shown), "\\%c", c);
			else
				snprintf(shown, sizeof(shown), plain ? "%c" : "\\u%04x", c);
			snprintf(expect, sizeof(expect), "\"%.*s%s%s\"", (int)place, raw, shown, raw + place + 1);
			json_reset(&j);
			json_text(&j, span_of(raw, len));
			if (strcmp(json_cstr(&j), expect) != 0 || (c && json_is_plain(raw) != plain))
				ck_abort_msg("%02x at %zu of %zu: %s", c, place, len, json_cstr(&j));
		}
	}
	json_deinit(&j);
}
END_TEST

/* The same by one character at a time, as the words in json.h have it. */
static size_t escape_slowly(struct span s, char *to)
{
	char *at = to;
	uint32_t code;

	*at++ = '"';
	for (size_t n; s.len > 0; s = span_skip(s, n ? n : 1)) {
		n = text_utf8(s, &code);
		if (n == 0)
			at += sprintf(at, "\\u%04x", s.ptr[0]);
		else if (code == '"' || code == '\\')
			at += sprintf(at, "\\%c", (char)code);
		else if (text_is_control(code))
			at += sprintf(at, "\\u%04x", code);
		else
			at = (char *)memcpy(at, s.ptr, n) + n;
	}
	*at++ = '"';
	return (size_t)(at - to);
}

/* Whatever three bytes stand in a Japanese text. */
START_TEST(json_escapes_between_wide_characters)
{
	static const char around[] = "\xe9\x9b\xbb\xe6\xba\x90\xe3\x80\x80\xef\xbc\x9a-\xe4\xb8\x80"
				     "\xe5\x88\xb6\xe5\xbe\xa1\xe7\x9b\xa4plain words";
	static const uint8_t thirds[] = {' ', '"', 0x7f, 0x80, 0xa8, 0xbf, 0xc0};
	static const size_t places[] = {0, 3, 6, 9, 12, 13, 16, 19, 22, 25};
	char raw[sizeof(around) + 3], expect[8 * sizeof(raw)];
	struct json j;

	json_init(&j, 4096);
	for (uint32_t i = 0; i < 0x10000 * sizeof(thirds); i++) {
		uint8_t three[] = {(uint8_t)(i >> 8), (uint8_t)i, thirds[i >> 16]};
		size_t place = places[i % (sizeof(places) / sizeof(places[0]))], len = sizeof(around) - 1 + 3;
		memcpy(raw, around, place);
		memcpy(raw + place, three, 3);
		memcpy(raw + place + 3, around + place, sizeof(around) - 1 - place);
		size_t n = escape_slowly(span_of(raw, len), expect);
		json_reset(&j);
		json_text(&j, span_of(raw, len));
		if (j.len != n || memcmp(j.buf, expect, n) != 0)
			ck_abort_msg("%02x %02x %02x at %zu", three[0], three[1], three[2], place);
	}
	json_deinit(&j);
}
END_TEST

START_TEST(json_writes_numbers_of_any_length)
{
	char expect[32];
	struct json j;

	json_init(&j, 64);
	for (uint64_t power = 1, n = 0; n < 20; n++, power *= 10) {
		uint64_t of[] = {power - 1, power, power + 1, power * 7 + 42, UINT64_MAX - power};
		for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
			json_reset(&j);
			json_u64(&j, of[i]);
			snprintf(expect, sizeof(expect), "%llu", (unsigned long long)of[i]);
			ck_assert_str_eq(json_cstr(&j), expect);
		}
	}
	json_deinit(&j);
}
END_TEST

static const struct {
	double v;
	const char *json;
} doubles[] = {{0, "0"},
	       {-0.0, "-0"},
	       {1, "1"},
	       {50, "50"},
	       {999999, "999999"},
	       {1e6, "1e+06"},
	       {1000001, "1000001"},
	       {1e8, "1e+08"},
	       {123456789, "123456789"},
	       {-50, "-50"},
	       {0.5, "0.5"},
	       {1.25, "1.25"},
	       {1.0 / 3, "0.3333333333333333"},
	       {1.15, "1.15"},
	       {0.0001, "0.0001"},
	       {0.00012, "0.00012"},
	       {99999.5, "99999.5"},
	       {100000.5, "100000.5"},
	       {0.1 + 0.2, "0.30000000000000004"},
	       {0.28999999165534973, "0.28999999165534973"},
	       {1.1f, "1.100000023841858"},
	       {1e300, "1e+300"}};

START_TEST(json_writes_whole_doubles_like_others)
{
	struct json j;

	json_init(&j, 64);
	json_f64(&j, doubles[_i].v);
	ck_assert_str_eq(json_cstr(&j), doubles[_i].json);
	json_deinit(&j);
}
END_TEST

/* What people write with few digits is written so, and like the C library does. */
START_TEST(json_writes_short_doubles_like_others)
{
	static const double scales[] = {1, 10, 100, 1000, 10000};
	char text[32];
	struct json j;

	json_init(&j, 64);
	for (unsigned i = 1; i < 1000000; i += 7) {
		double v = i / scales[i % 5];
		if (i % 11 == 0)
			v = v * 1.0000001;
		snprintf(text, sizeof(text), "%.6g", v);
		if (strtod(text, NULL) != v)
			continue;
		json_reset(&j);
		json_f64(&j, v);
		ck_assert_str_eq(json_cstr(&j), text);
	}
	json_deinit(&j);
}
END_TEST

/* A number of one of the kinds that come: of any bits, too small for its 53, of single precision, of few digits. */
static double some_double(uint64_t bits, unsigned kind)
{
	float single;
	double v = 0;

	switch (kind) {
	case 0:
		single = (float)(bits % 1000003) / 33554467.0F;
		return (double)single;
	case 1:
		return (double)(bits % 100000000) / 1e9;
	case 4: /* of any digits, 0.00001 to ten million */
		return (1 + (double)(bits >> 12) / 4503599627370496.0) * pow(10, (double)(bits % 13) - 5);
	case 5: /* beside a power of two or ten */
		v = bits % 2 ? ldexp(1, (int)(bits / 2 % 40) - 16) : pow(10, (double)(bits / 2 % 12) - 5);
		return nextafter(v, bits / 64 % 2 ? 0 : 1e9);
	case 6: /* of few bits: half a digit must be rounded */
		return (double)(bits % 4096) / (double)(UINT64_C(1) << (bits >> 12) % 60);
	case 2:
		bits &= UINT64_C(0x800fffffffffffff);
		break;
	default:
		break;
	}
	memcpy(&v, &bits, sizeof(v));
	return v;
}

START_TEST(json_writes_the_shortest_that_is_read_again)
{
	uint64_t bits = 88172645463325252U;
	char text[40];
	struct json j;

	json_init(&j, 64);
	for (unsigned i = 0; i < 40000; i++) {
		bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
		double v = some_double(bits, i % 7);
		if (!isfinite(v))
			continue;
		for (int digits = 6; digits <= 17; digits++) {
			snprintf(text, sizeof(text), "%.*g", digits, v);
			if (strtod(text, NULL) == v)
				break;
		}
		json_reset(&j);
		json_f64(&j, v);
		if (strcmp(json_cstr(&j), text) != 0)
			ck_abort_msg("%a: %s instead of %s", v, json_cstr(&j), text);
	}
	json_deinit(&j);
}
END_TEST

/* An object whose beginning was kept as text goes on, whatever was written in between. */
START_TEST(json_goes_on_within_an_object)
{
	struct json j;

	json_init(&j, 200);
	json_object_begin(&j);
	json_key(&j, "left open");
	json_reset(&j);
	json_put(&j, "{\"a\":[1", 7);
	json_put(&j, "]", 1);
	json_key(&j, "left open");
	j.len = 8;
	json_resume(&j);
	json_kv_u64(&j, "b", 2);
	json_kv_str(&j, "c", "");
	json_object_end(&j);
	ck_assert_str_eq(json_cstr(&j), "{\"a\":[1],\"b\":2,\"c\":\"\"}");
	json_deinit(&j);
}
END_TEST

START_TEST(json_nests_and_keeps_its_limit)
{
	struct json j;

	json_init(&j, 200);
	json_object_begin(&j);
	json_kv_u64(&j, "a", UINT64_MAX);
	json_key(&j, "b");
	json_array_begin(&j);
	json_i64(&j, INT64_MIN);
	json_f64(&j, 0.1);
	json_f64(&j, 1.0 / 0.0);
	json_bool(&j, true);
	json_array_end(&j);
	json_object_end(&j);
	ck_assert_str_eq(json_cstr(&j), "{\"a\":18446744073709551615,\"b\":[-9223372036854775808,0.1,null,true]}");
	for (int i = 0; i < 100; i++)
		json_u64(&j, 1);
	ck_assert(j.overflow);
	ck_assert_uint_le(j.len, 200);
	json_reset(&j);
	for (int i = 0; i < 100; i++)
		json_array_begin(&j);
	ck_assert(j.overflow);
	json_deinit(&j);
}
END_TEST

static const struct {
	const char *text, *shown;
	bool good;
} macs[] = {
    {"00:80:f4:12:34:56", "00:80:f4:12:34:56", true},
    {"00-80-F4-12-34-56", "00:80:f4:12:34:56", true},
    {"0080.f412.3456", "00:80:f4:12:34:56", true},
    {"0080f4123456", "00:80:f4:12:34:56", true},
    {"00:80:f4:12:34", "", false},
    {"00:80:f4:12:34:5g", "", false},
    {"00:80:f4:12:34:56:78", "", false},
    {":0080f4123456", "", false},
    {"", "", false},
    {"0:080f4123456", "", false},
};

START_TEST(mac_is_read_as_people_write_it)
{
	struct mac m;
	char buf[MAC_TEXT_MAX];

	ck_assert_int_eq(mac_parse(macs[_i].text, &m), macs[_i].good);
	if (macs[_i].good)
		ck_assert_str_eq(mac_format(&m, buf), macs[_i].shown);
}
END_TEST

static const struct {
	const char *addr;
	enum ip_scope scope;
} scopes[] = {
    {"10.1.2.3", IP_SCOPE_PRIVATE},
    {"172.31.255.255", IP_SCOPE_PRIVATE},
    {"172.32.0.0", IP_SCOPE_GLOBAL},
    {"192.168.0.1", IP_SCOPE_PRIVATE},
    {"169.254.1.1", IP_SCOPE_LINK},
    {"224.0.0.251", IP_SCOPE_MULTICAST},
    {"255.255.255.255", IP_SCOPE_BROADCAST},
    {"127.0.0.1", IP_SCOPE_LOOPBACK},
    {"8.8.8.8", IP_SCOPE_GLOBAL},
    {"203.0.113.9", IP_SCOPE_RESERVED},
    {"0.0.0.0", IP_SCOPE_UNSPECIFIED},
    {"::", IP_SCOPE_UNSPECIFIED},
    {"::1", IP_SCOPE_LOOPBACK},
    {"fe80::1", IP_SCOPE_LINK},
    {"fd12::1", IP_SCOPE_PRIVATE},
    {"ff02::1", IP_SCOPE_MULTICAST},
    {"2606:2800::1", IP_SCOPE_GLOBAL},
    {"2001:db8::1", IP_SCOPE_RESERVED},
    {"100.64.1.1", IP_SCOPE_PRIVATE},
    {"93.184.215.14", IP_SCOPE_GLOBAL},
};

START_TEST(addresses_know_where_they_are_routed)
{
	struct ip_addr a;

	ck_assert(ip_parse(scopes[_i].addr, &a));
	ck_assert_int_eq(ip_scope(&a), scopes[_i].scope);
}
END_TEST

START_TEST(prefixes_contain_and_overlap)
{
	struct ip_prefix p, q;
	struct ip_addr in, out;

	ck_assert(ip_prefix_parse("10.20.1.0/24", &p));
	ck_assert(ip_prefix_parse("10.20.0.0/16", &q));
	ck_assert(ip_parse("10.20.1.255", &in) && ip_parse("10.20.2.0", &out));
	ck_assert(ip_prefix_contains(&p, &in));
	ck_assert(!ip_prefix_contains(&p, &out));
	ck_assert(ip_prefix_contains(&q, &out));
	ck_assert(ip_prefix_overlaps(&p, &q) && ip_prefix_overlaps(&q, &p));
	ck_assert(ip_prefix_parse("10.20.2.0/24", &q) && !ip_prefix_overlaps(&p, &q));
	ck_assert(!ip_prefix_parse("10.20.1.1/24", &q));
	ck_assert(!ip_prefix_parse("10.20.1.0/33", &q));
	ck_assert(!ip_prefix_parse("10.20.1.0/", &q));
	ck_assert(ip_prefix_parse("fd00::/8", &q) && ip_parse("fd12:3456::1", &in) && ip_prefix_contains(&q, &in));
	ck_assert(ip_prefix_parse("0.0.0.0/0", &q) && ip_prefix_contains(&q, &out) && !ip_prefix_contains(&q, &in));
}
END_TEST

START_TEST(each_bit_of_a_prefix_counts_and_none_behind_it)
{
	struct ip_prefix p = {.addr = {{0x20, 0x01, 0x0d, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}};

	for (unsigned bits = 0; bits <= 128; bits++) {
		p.bits = (uint8_t)bits;
		for (unsigned i = 0; i < 128; i++) {
			struct ip_addr a = p.addr;
			a.b[i / 8] ^= (uint8_t)(0x80 >> i % 8);
			ck_assert_int_eq(ip_prefix_contains(&p, &a), i >= bits);
		}
	}
}
END_TEST

START_TEST(time_is_written_in_eves_form)
{
	char buf[WHEN_TEXT_MAX];

	ck_assert_str_eq(when_format(INT64_C(1795306440000001000), buf), "2026-11-22T00:14:00.000001+0000");
	ck_assert_str_eq(when_format(0, buf), "1970-01-01T00:00:00.000000+0000");
	ck_assert_str_eq(when_format(INT64_MIN, buf), "1677-09-21T00:12:43.145224+0000");
	ck_assert_str_eq(when_format(INT64_MAX, buf), "2262-04-11T23:47:16.854775+0000");
	ck_assert_str_eq(when_format(-1000, buf), "1969-12-31T23:59:59.999999+0000");
	ck_assert_str_eq(when_format(INT64_C(951782400) * NS_PER_S, buf), "2000-02-29T00:00:00.000000+0000");
	ck_assert_str_eq(when_format_local(INT64_C(1795306440) * NS_PER_S, 9 * 3600, buf), "2026-11-22 09:14:00");
}
END_TEST

/* RFC 1321 A.5, FIPS 180-4 examples of NIST */
START_TEST(digests_are_those_of_their_standards)
{
	static const struct {
		const char *text, *md5, *sha1, *sha256;
	} known[] = {
	    {"", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	    {"abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
	     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "8215ef0796a20bcaaae116d3876c664a",
	     "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
	     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct span text = span_str(known[i].text);
		uint8_t digest[SHA256_BYTES];
		char hex[2 * SHA256_BYTES + 1];
		md5_of(text, digest);
		*digits_put_hex(hex, digest, MD5_BYTES) = '\0';
		ck_assert_str_eq(hex, known[i].md5);
		sha1_of(text, digest);
		*digits_put_hex(hex, digest, SHA1_BYTES) = '\0';
		ck_assert_str_eq(hex, known[i].sha1);
		sha256_of(text, digest);
		*digits_put_hex(hex, digest, SHA256_BYTES) = '\0';
		ck_assert_str_eq(hex, known[i].sha256);
	}
}
END_TEST

START_TEST(japanese_goes_through_cp932_and_back)
{
	static const char name[] = "髙﨑 製作所①号機ｱ";
	char *cp932, *utf8;
	size_t n, m, bad;

	ck_assert_int_eq(text_to_cp932(span_str(name), &cp932, &n, &bad), 0);
	ck_assert_uint_eq(bad, 0);
	ck_assert_int_eq(text_from_cp932(span_of(cp932, n), &utf8, &m, &bad), 0);
	ck_assert_str_eq(utf8, name);
	free(cp932);
	free(utf8);
	ck_assert_int_eq(text_to_cp932(span_str("a𠮷b"), &cp932, &n, &bad), 0);
	ck_assert_uint_eq(bad, 1);
	free(cp932);
	ck_assert_int_lt(text_from_cp932(span_of("ab\x81\x20", 4), &utf8, &m, &bad), 0);
	ck_assert_uint_eq(bad, 2);
}
END_TEST

START_TEST(text_fits_a_terminal)
{
	char buf[64];

	ck_assert_uint_eq(text_printable(span_str("加工PLC"), buf, sizeof(buf), 0), 7);
	ck_assert_uint_eq(text_printable(span_str("加工PLC"), buf, sizeof(buf), 3), 2);
	ck_assert_str_eq(buf, "加");
	text_printable(span_str("a\x1b[2Jb\xff"), buf, sizeof(buf), 0);
	ck_assert_str_eq(buf, "a?[2Jb?");
	ck_assert_uint_eq(text_printable(span_str(" ~\x7f\x1f\n"), buf, sizeof(buf), 0),
			  5); /* what stands at the edges */
	ck_assert_str_eq(buf, " ~???");
	ck_assert_uint_eq(text_printable(span_str("PLC-12"), buf, 5, 0), 4);
	ck_assert_str_eq(buf, "PLC-");
	ck_assert_uint_eq(text_printable(span_str("PLC-12"), buf, sizeof(buf), 3), 3);
	ck_assert_str_eq(buf, "PLC");
	ck_assert_uint_eq(text_distance("modbus.unitid", "modbus.unit_id"), 1);
}
END_TEST

START_TEST(a_cell_calculates_nothing)
{
	static const struct {
		const char *text, *cell;
	} rows[] = {{"PLC-1", "PLC-1"},
		    {"=1+1", "'=1+1"},
		    {" =1+1", "\"' =1+1\""},
		    {"＝1+1", "'＝1+1"},
		    {"＠SUM(1)", "'＠SUM(1)"},
		    {"\t=1", "\"'?=1\""},
		    {"a\",\"=1", "\"a\"\",\"\"=1\""},
		    {"two\r\nlines", "\"two\nlines\""},
		    {"\x1b[2J\u202e\xff", "?[2J??"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *cell = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&cell, &len);
		ck_assert_ptr_nonnull(out);
		csv_put_text(out, rows[i].text, true);
		fclose(out);
		ck_assert_str_eq(cell, rows[i].cell);
		free(cell);
	}
}
END_TEST

START_TEST(complaints_come_in_the_chosen_language)
{
	struct complaint c;

	complain(&c, "x.yaml", 3, 5, "more than %d rules", 7);
	ck_assert_str_eq(c.text, "x.yaml:3:5: more than 7 rules");
	phrase_in_japanese(true);
	complain(&c, "x.yaml", 3, 5, "more than %d rules", 7);
	ck_assert_str_eq(c.text, "x.yaml:3:5: ルールが 7 件を超えています");
	/* where Japanese wants another order, the values follow */
	complain(&c, "x.yaml", 0, 0, "%s %s of zone \"%s\" is already there as %s in line %u. Remove one of them",
		 "prefix", "10.0.0.0/8", "a", "10.0.0.0/8", 4U);
	ck_assert_str_eq(c.text, "x.yaml: prefix 10.0.0.0/8（ゾーン \"a\"）は、4 行目に 10.0.0.0/8 "
				 "としてもうあります。どちらかを消してください");
	ck_assert_str_eq(phrase("nobody says this"), "nobody says this");
	phrase_in_japanese(false);
	ck_assert_str_eq(phrase("more than %d rules"), "more than %d rules");
}
END_TEST

START_TEST(of_a_new_entry_what_is_asked_for_is_zero)
{
	struct {
		uint64_t key, counted, rest;
	} * e;
	struct table t;
	uint64_t key = 5;

	ck_assert_int_eq(table_init(&t, 4, sizeof(key), sizeof(*e), table_hash_own, NULL, NULL), 0);
	for (int round = 0; round < 2; round++) {
		e = table_insert(&t, &key, key);
		ck_assert_uint_eq(e->key, 5);
		ck_assert_uint_eq(e->counted, 0);
		ck_assert_uint_eq(e->rest, 0);
		e->counted = e->rest = 7;
		table_remove(&t, e);
	}
	table_clear_only(&t, 2 * sizeof(uint64_t));
	e = table_insert(&t, &key, key);
	ck_assert_uint_eq(e->key, 5);
	ck_assert_uint_eq(e->counted, 0);
	ck_assert_uint_eq(e->rest, 7); /* what stood there */
	table_deinit(&t);
}
END_TEST

START_TEST(addresses_as_text)
{
	char text[IP_TEXT_MAX], expect[IP_TEXT_MAX];

	for (unsigned i = 0; i < 256; i++) {
		struct ip_addr ip = ip_from_v4((const uint8_t[]){(uint8_t)i, (uint8_t)(i / 2), 9, (uint8_t)(255 - i)});
		snprintf(expect, sizeof(expect), "%u.%u.9.%u", i, i / 2, 255 - i);
		ck_assert_str_eq(ip_format(&ip, text), expect);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("base");

	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	tcase_add_test(t, of_a_new_entry_what_is_asked_for_is_zero);
	tcase_add_test(t, addresses_as_text);
	tcase_add_test(t, cursor_never_leaves_its_box);
	tcase_add_test(t, arena_gives_back_and_keeps_its_cap);
	tcase_add_test(t, hashes_spread);
	tcase_add_test(t, a_hash_of_many_bytes_reads_each_of_them);
	tcase_add_test(t, table_forgets_the_oldest);
	tcase_add_test(t, table_agrees_with_a_plain_array);
	tcase_add_test(t, table_of_any_cap_agrees_with_a_plain_array);
	tcase_add_test(t, table_sorts_its_order_of_use);
	tcase_add_test(t, what_the_start_looked_at_is_let_go);
	tcase_add_test(t, ring_carries_everything_in_order);
	tcase_add_test(t, digits_are_those_of_printf);
	tcase_add_test(t, bytes_in_hexadecimal_are_those_of_printf);
	tcase_add_test(t, ring_is_roomy_with_a_quarter_free);
	tcase_add_loop_test(t, json_escapes_what_steers_a_terminal, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_loop_test(t, json_escapes_wherever_it_stands, 1, 46);
	tcase_add_test(t, json_escapes_between_wide_characters);
	tcase_add_test(t, json_writes_numbers_of_any_length);
	tcase_add_loop_test(t, json_writes_whole_doubles_like_others, 0, sizeof(doubles) / sizeof(doubles[0]));
	tcase_add_test(t, json_writes_short_doubles_like_others);
	tcase_add_test(t, json_writes_the_shortest_that_is_read_again);
	tcase_add_test(t, json_goes_on_within_an_object);
	tcase_add_test(t, json_nests_and_keeps_its_limit);
	tcase_add_loop_test(t, mac_is_read_as_people_write_it, 0, sizeof(macs) / sizeof(macs[0]));
	tcase_add_loop_test(t, addresses_know_where_they_are_routed, 0, sizeof(scopes) / sizeof(scopes[0]));
	tcase_add_test(t, prefixes_contain_and_overlap);
	tcase_add_test(t, each_bit_of_a_prefix_counts_and_none_behind_it);
	tcase_add_test(t, time_is_written_in_eves_form);
	tcase_add_test(t, digests_are_those_of_their_standards);
	tcase_add_test(t, japanese_goes_through_cp932_and_back);
	tcase_add_test(t, text_fits_a_terminal);
	tcase_add_test(t, a_cell_calculates_nothing);
	tcase_add_test(t, complaints_come_in_the_chosen_language);
	return run_suite(s);
}
