/* tally: what is spared where nothing has changed comes to the same as counting everything anew. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/tally_entry.h"
#include "event/dissector.h"
#include "run_suite.h"

extern const struct dissector modbus_dissector;

#define NS_PER_S INT64_C(1000000000)

static const struct field_table *tables[2];
static const struct field_registry registry = {tables};

static void setup(void)
{
	tables[0] = modbus_dissector.table;
}

static struct operand named(const char *name)
{
	struct operand op;

	ck_assert(operand_find(&registry, name, &op));
	return op;
}

static const enum counted_kind kinds[] = {COUNTED_DISTINCT, COUNTED_RANGES};

/* A number for one zone, though it is the same number, keeps the tally from sparing anything. */
START_TEST(sparing_changes_nothing)
{
	static const struct threshold_zone zones[] = {{"nowhere", 6}};
	struct operand of[] = {named("modbus.request.address"), named("modbus.request.quantity")};
	struct operand by[] = {named("src_ip")};
	struct tally plain = {.kind = kinds[_i],
			      .at_least = {.value = 6},
			      .within = {.value = 60 * NS_PER_S, .is_time = true},
			      .of = of,
			      .n_of = kinds[_i] == COUNTED_RANGES ? 2 : 1},
		     full = plain;
	const struct tally_by source = {by, 1};
	int64_t now_ns = 1000 * NS_PER_S;
	unsigned told = 0;

	struct pool kept, *pool = &kept;

	srand(11);
	pool_init(pool, 0);
	full.at_least.zones = zones;
	full.at_least.n_zones = 1;
	ck_assert_int_eq(tally_init(&plain, &pool), 0);
	ck_assert_int_eq(tally_init(&full, &pool), 0);
	for (int i = 0; i < 20000; i++) {
		now_ns += rand() % 8 * NS_PER_S - 2 * NS_PER_S;
		struct event_value values[] = {{.field = of[0].field, .u = (uint64_t)(rand() % 12 * 10)},
					       {.field = of[1].field, .u = (uint64_t)(rand() % 14 + 1)}};
		struct event ev = {.table = modbus_dissector.table,
				   .at = {.ts_ns = now_ns, .ip_proto = IPPROTO_TCP},
				   .count = 1,
				   .n_values = 2,
				   .values = values};
		ev.at.src_ip.b[15] = (uint8_t)(rand() % 3 + 1);
		struct counted a, b;
		uint64_t fresh_a = 0, fresh_b = 0;
		int64_t since_a = 0, since_b = 0;
		bool reached = tally_take(&plain, &source, 0, &ev, NULL, &a, &fresh_a, &since_a);
		ck_assert_int_eq(reached, tally_take(&full, &source, 0, &ev, NULL, &b, &fresh_b, &since_b));
		told += reached;
		ck_assert_uint_eq(fresh_a, fresh_b);
		ck_assert_int_eq(since_a, since_b);
		const struct values_entry *p = table_oldest(&plain.entries), *q = table_oldest(&full.entries);
		for (; p; p = table_newer(&plain.entries, p), q = table_newer(&full.entries, q)) {
			ck_assert_mem_eq(&p->e, &q->e, sizeof(p->e));
			ck_assert_uint_eq(p->used, q->used);
			ck_assert_mem_eq(p->piece, q->piece, values_slots_bytes(&plain, p->used));
		}
	}
	ck_assert_uint_gt(told, 0);
	tally_deinit(&plain);
	tally_deinit(&full);
	pool_deinit(pool);
}
END_TEST

/* What hints lead to may have been given up since, and its place may be another key's. */
START_TEST(hints_change_nothing)
{
	enum { SOURCES = 6, VALUES = 12, STEPS = 30000 };
	static struct tally_hint hints[SOURCES * VALUES];
	struct operand of[] = {named("modbus.request.address"), named("modbus.request.quantity")};
	struct operand by[] = {named("src_ip")};
	struct tally hinted = {.kind = kinds[_i],
			       .at_least = {.value = 6},
			       .within = {.value = 60 * NS_PER_S, .is_time = true},
			       .of = of,
			       .n_of = kinds[_i] == COUNTED_RANGES ? 2 : 1},
		     plain = hinted;
	const struct tally_by source = {by, 1};
	int64_t now_ns = 1000 * NS_PER_S;
	unsigned told = 0;
	struct pool kept, *pool = &kept;

	srand(5);
	memset(hints, 0, sizeof(hints));
	pool_init(pool, 0);
	ck_assert_int_eq(tally_init(&hinted, &pool), 0);
	ck_assert_int_eq(tally_init(&plain, &pool), 0);
	for (int i = 0; i < STEPS; i++) {
		unsigned fact = (unsigned)rand() % (SOURCES * VALUES);
		now_ns += rand() % 500 == 0 ? 200 * NS_PER_S : rand() % 8 * NS_PER_S - 3 * NS_PER_S;
		struct event_value values[] = {{.field = of[0].field, .u = fact % VALUES * 10},
					       {.field = of[1].field, .u = fact % 7 * 2 + 1}};
		struct event ev = {.table = modbus_dissector.table,
				   .at = {.ts_ns = now_ns, .ip_proto = IPPROTO_TCP},
				   .count = 1,
				   .n_values = 2,
				   .values = values};
		ev.at.src_ip.b[15] = (uint8_t)(fact / VALUES + 1);
		if (rand() % 50 == 0) {
			tally_reset(&hinted, &source, &ev);
			tally_reset(&plain, &source, &ev);
			continue;
		}
		struct counted a, b;
		uint64_t fresh_a = 0, fresh_b = 0;
		int64_t since_a = 0, since_b = 0;
		tally_fetch(&hinted, &hints[fact]);
		tally_fetch_value(&hinted, &hints[fact]);
		bool reached = tally_take(&hinted, &source, 0, &ev, &hints[fact], &a, &fresh_a, &since_a);
		ck_assert_int_eq(reached, tally_take(&plain, &source, 0, &ev, NULL, &b, &fresh_b, &since_b));
		told += reached;
		ck_assert_uint_eq(fresh_a, fresh_b);
		ck_assert_int_eq(since_a, since_b);
		const struct values_entry *p = table_oldest(&hinted.entries), *q = table_oldest(&plain.entries);
		for (; p && q; p = table_newer(&hinted.entries, p), q = table_newer(&plain.entries, q)) {
			ck_assert_mem_eq(&p->e, &q->e, sizeof(p->e));
			ck_assert_uint_eq(p->used, q->used);
			ck_assert_mem_eq(p->piece, q->piece, values_slots_bytes(&plain, p->used));
		}
		ck_assert(!p && !q);
	}
	ck_assert_uint_gt(told, 0);
	tally_deinit(&hinted);
	tally_deinit(&plain);
	pool_deinit(pool);
}
END_TEST

/* A fact as a gate would tell it: what is new, or returns after a while, at once; else so late as may be. */
struct paced {
	int64_t told_ns, last_ns; /* 0: never; 0: nothing is held back */
};

static struct event event_of(const struct operand *of, unsigned source, unsigned fact, int64_t ts_ns,
			     struct event_value values[2])
{
	values[0] = (struct event_value){.field = of[0].field, .u = fact * 10};
	values[1] = (struct event_value){.field = of[1].field, .u = fact % 7 * 4 + 1};
	struct event ev = {.table = modbus_dissector.table,
			   .at = {.ts_ns = ts_ns, .ip_proto = IPPROTO_TCP},
			   .count = 1,
			   .n_values = 2,
			   .values = values};
	ev.at.src_ip.b[15] = (uint8_t)(source + 1);
	return ev;
}

/* Of a window of a minute it does not matter what is seen between, nor by up to fifty seconds when: what is found, and
 * since when, is the same. */
START_TEST(how_late_a_value_is_seen_again_changes_nothing)
{
	enum { SOURCES = 2, FACTS = 20, STEPS = 40000 };
	static struct paced paced[SOURCES][FACTS];
	struct operand of[] = {named("modbus.request.address"), named("modbus.request.quantity")};
	struct operand by[] = {named("src_ip")};
	struct tally each = {.kind = kinds[_i],
			     .at_least = {.value = 6},
			     .within = {.value = 60 * NS_PER_S, .is_time = true},
			     .of = of,
			     .n_of = kinds[_i] == COUNTED_RANGES ? 2 : 1},
		     late = each;
	const struct tally_by source = {by, 1};
	int64_t now_ns = 1000 * NS_PER_S;
	unsigned told = 0, spared = 0, busy = 0;
	struct pool kept, *pool = &kept;

	srand(3);
	memset(paced, 0, sizeof(paced));
	pool_init(pool, 0);
	ck_assert_int_eq(tally_init(&each, &pool), 0);
	ck_assert_int_eq(tally_init(&late, &pool), 0);
	for (int i = 0; i < STEPS; i++) {
		struct event_value values[2];
		struct counted a, b;
		uint64_t fresh_a = 0, fresh_b = 0;
		int64_t since_a = 0, since_b = 0;
		if (i % 300 == 0) /* now few are polled, now many */
			busy = (unsigned)rand() % FACTS + 1;
		now_ns += rand() % 1000 == 0 ? 100 * NS_PER_S : rand() % NS_PER_S;
		for (unsigned k = 0; k < SOURCES * FACTS; k++) {
			struct paced *p = &paced[k / FACTS][k % FACTS];
			if (p->last_ns == 0 || (now_ns - p->told_ns < 48 * NS_PER_S && rand() % 200 != 0))
				continue;
			struct event ev = event_of(of, k / FACTS, k % FACTS, p->last_ns, values);
			ck_assert(!tally_take(&late, &source, 0, &ev, NULL, &b, &fresh_b, &since_b));
			*p = (struct paced){p->last_ns, 0};
		}
		unsigned from = (unsigned)rand() % SOURCES, fact = (unsigned)rand() % busy;
		struct paced *p = &paced[from][fact];
		struct event ev = event_of(of, from, fact, now_ns, values);
		bool reached = tally_take(&each, &source, 0, &ev, NULL, &a, &fresh_a, &since_a);
		if (p->last_ns != 0 || (p->told_ns != 0 && now_ns - p->told_ns < 10 * NS_PER_S)) {
			ck_assert(!reached);
			p->last_ns = now_ns;
			spared++;
			continue;
		}
		*p = (struct paced){now_ns, 0};
		ck_assert_int_eq(reached, tally_take(&late, &source, 0, &ev, NULL, &b, &fresh_b, &since_b));
		if (!reached)
			continue;
		told++;
		ck_assert_uint_eq(fresh_a, fresh_b);
		ck_assert_int_eq(since_a, since_b);
		ck_assert_uint_eq(a.value, b.value);
		ck_assert_int_eq(a.first_ns, b.first_ns);
		ck_assert_uint_eq(a.n_shown, b.n_shown);
	}
	ck_assert_uint_gt(told, 100);
	ck_assert_uint_gt(spared, STEPS / 2);
	tally_deinit(&each);
	tally_deinit(&late);
	pool_deinit(pool);
}
END_TEST

static bool count_from(struct tally *t, const struct tally_by *by, uint32_t from, int64_t ts_ns, uint64_t n,
		       struct counted *out, uint64_t *fresh, int64_t *since_ns)
{
	struct event_value value = {.field = t->n_of ? t->of[0].field : NULL, .u = 7};
	struct event ev = {.table = modbus_dissector.table,
			   .at = {.ts_ns = ts_ns, .ip_proto = IPPROTO_TCP},
			   .count = n,
			   .n_values = value.field ? 1 : 0,
			   .values = &value};

	memcpy(&ev.at.src_ip.b[12], &from, sizeof(from));
	return tally_take(t, by, 0, &ev, NULL, out, fresh, since_ns);
}

static bool see_value(struct tally *t, const struct tally_by *by, uint64_t value, int64_t s, struct counted *out,
		      uint64_t *fresh, int64_t *since_ns)
{
	struct event_value v = {.field = t->of[0].field, .u = value};
	struct event ev = {.table = modbus_dissector.table,
			   .at = {.ts_ns = s * NS_PER_S, .ip_proto = IPPROTO_TCP},
			   .count = 1,
			   .n_values = 1,
			   .values = &v};

	return tally_take(t, by, 0, &ev, NULL, out, fresh, since_ns);
}

/* Two values are polled for ever and two more come: the two did not begin with the poll. */
START_TEST(since_when_is_when_the_first_came_within_the_window)
{
	struct operand of[] = {named("modbus.request.address")}, by[] = {named("src_ip")};
	struct tally t = {.kind = COUNTED_DISTINCT,
			  .at_least = {.value = 4},
			  .within = {.value = 60 * NS_PER_S, .is_time = true},
			  .of = of,
			  .n_of = 1};
	const struct tally_by source = {by, 1};
	struct pool kept, *pool = &kept;
	struct counted out;
	uint64_t fresh;
	int64_t since_ns;

	pool_init(pool, 0);
	ck_assert_int_eq(tally_init(&t, &pool), 0);
	for (int64_t s = 1; s < 1000; s += 5) {
		ck_assert(!see_value(&t, &source, 1, s, &out, &fresh, &since_ns));
		ck_assert(!see_value(&t, &source, 2, s + 1, &out, &fresh, &since_ns));
	}
	ck_assert(!see_value(&t, &source, 3, 1000, &out, &fresh, &since_ns));
	ck_assert(!see_value(&t, &source, 3, 1020, &out, &fresh, &since_ns));
	ck_assert(!see_value(&t, &source, 1, 1021, &out, &fresh, &since_ns));
	ck_assert(see_value(&t, &source, 4, 1030, &out, &fresh, &since_ns));
	ck_assert_int_eq(since_ns, 1000 * NS_PER_S);
	ck_assert_uint_eq(fresh, 4);
	ck_assert_uint_eq(out.value, 4);
	/* below the threshold meanwhile, though nobody looked: it begins anew */
	ck_assert(!see_value(&t, &source, 5, 1085, &out, &fresh, &since_ns));
	ck_assert(!see_value(&t, &source, 6, 1086, &out, &fresh, &since_ns));
	ck_assert(see_value(&t, &source, 7, 1087, &out, &fresh, &since_ns));
	ck_assert_int_eq(since_ns, 1030 * NS_PER_S);
	ck_assert_uint_eq(out.value, 3); /* one of the four was told before */
	tally_deinit(&t);
	pool_deinit(pool);
}
END_TEST

/* A key is made the newest of all some times in its window, not with each record. */
START_TEST(a_key_is_touched_in_turns)
{
	struct operand of[] = {named("modbus.request.address")}, by[] = {named("src_ip")};
	struct tally t = {.kind = COUNTED_DISTINCT,
			  .at_least = {.value = 10},
			  .within = {.value = 64 * NS_PER_S, .is_time = true},
			  .of = of,
			  .n_of = 1};
	const struct tally_by source = {by, 1};
	struct pool kept, *pool = &kept;
	struct counted out;
	uint64_t fresh;
	int64_t since_ns, turn_ns = INT64_C(1) << 33, at_ns = 100 * turn_ns;

	pool_init(pool, 0);
	ck_assert_int_eq(tally_init(&t, &pool), 0);
	(void)count_from(&t, &source, 1, at_ns, 1, &out, &fresh, &since_ns);
	const void *first = table_oldest(&t.entries);
	(void)count_from(&t, &source, 2, at_ns, 1, &out, &fresh, &since_ns);
	(void)count_from(&t, &source, 1, at_ns + turn_ns - 1, 1, &out, &fresh, &since_ns);
	ck_assert_ptr_eq(table_oldest(&t.entries), first);
	(void)count_from(&t, &source, 1, at_ns + turn_ns, 1, &out, &fresh, &since_ns);
	ck_assert_ptr_ne(table_oldest(&t.entries), first);
	tally_deinit(&t);
	pool_deinit(pool);
}
END_TEST

/* Keys whose window is over are not kept until the table is full. */
START_TEST(what_is_over_makes_room)
{
	enum { KEYS = 3000 };
	struct operand of[] = {named("modbus.request.address")}, by[] = {named("src_ip")};
	struct tally t = {.kind = COUNTED_DISTINCT,
			  .at_least = {.value = 10},
			  .within = {.value = 60 * NS_PER_S, .is_time = true},
			  .of = of,
			  .n_of = 1};
	const struct tally_by source = {by, 1};
	struct pool kept, *pool = &kept;
	struct counted out;
	uint64_t fresh;
	int64_t since_ns;

	pool_init(pool, 0);
	ck_assert_int_eq(tally_init(&t, &pool), 0);
	for (uint32_t i = 0; i < KEYS; i++)
		(void)count_from(&t, &source, i, NS_PER_S, 1, &out, &fresh, &since_ns);
	(void)count_from(&t, &source, KEYS, 61 * NS_PER_S, 1, &out, &fresh, &since_ns);
	ck_assert_uint_eq(t.entries.used, KEYS + 1); /* just not over */
	for (uint32_t i = 0; i < KEYS / 2; i++)
		(void)count_from(&t, &source, 2 * KEYS + i, 62 * NS_PER_S, 1, &out, &fresh, &since_ns);
	ck_assert_uint_eq(t.entries.used, KEYS / 2 + 1);
	ck_assert_uint_eq(t.forgotten, 0);
	tally_deinit(&t);
	pool_deinit(pool);
}
END_TEST

/* Whether a key was forgotten meanwhile or not: after its window it begins anew. */
START_TEST(what_is_over_begins_anew)
{
	static const uint64_t at_least[] = {2, 100}; /* each time, and moments */
	struct operand by[] = {named("src_ip")};
	struct tally t = {.kind = COUNTED_COUNT,
			  .at_least = {.value = at_least[_i]},
			  .within = {.value = 60 * NS_PER_S, .is_time = true}};
	const struct tally_by source = {by, 1};
	struct pool kept, *pool = &kept;
	struct counted out;
	uint64_t fresh;
	int64_t since_ns;

	pool_init(pool, 0);
	ck_assert_int_eq(tally_init(&t, &pool), 0);
	for (int64_t s = 1; s < 1000; s += 100) {
		ck_assert(count_from(&t, &source, 1, s * NS_PER_S, at_least[_i], &out, &fresh, &since_ns));
		ck_assert_uint_eq(out.value, at_least[_i]);
		ck_assert_uint_eq(fresh, at_least[_i]);
		ck_assert_int_eq(since_ns, s * NS_PER_S);
		ck_assert_int_eq(out.first_ns, s * NS_PER_S);
	}
	tally_deinit(&t);
	pool_deinit(pool);
}
END_TEST

/* Keys of one value each push each other out; one that goes on keeps all of its own and is told in time. */
START_TEST(many_keys_do_not_hide_one)
{
	enum { NEED = 100, BETWEEN = 400 };
	struct operand of[] = {named("modbus.request.address")}, by[] = {named("src_ip")};
	struct tally t = {.kind = COUNTED_DISTINCT,
			  .at_least = {.value = NEED},
			  .within = {.value = 3600 * NS_PER_S, .is_time = true},
			  .of = of,
			  .n_of = 1};
	const struct tally_by source = {by, 1};
	struct pool kept, *pool = &kept;
	struct tally_hint hint = {.has_key = false};
	unsigned told = 0;

	pool_init(pool, 0);
	ck_assert_int_eq(tally_init(&t, &pool), 0);
	for (uint32_t i = 0; i < NEED * BETWEEN; i++) {
		bool is_scanner = i % BETWEEN == 0;
		struct event_value value = {.field = of[0].field, .u = is_scanner ? i / BETWEEN : 7};
		struct event ev = {.table = modbus_dissector.table,
				   .at = {.ts_ns = NS_PER_S + i * 1000, .ip_proto = IPPROTO_TCP},
				   .count = 1,
				   .n_values = 1,
				   .values = &value};
		struct counted out;
		uint64_t fresh;
		int64_t since;
		uint32_t number = is_scanner ? UINT32_MAX : i;
		memcpy(&ev.at.src_ip.b[12], &number, sizeof(number));
		hint.has_value = false; /* each time another fact */
		bool reached = tally_take(&t, &source, 0, &ev, is_scanner ? &hint : NULL, &out, &fresh, &since);
		ck_assert_int_eq(reached, i == (NEED - 1) * BETWEEN);
		if (!reached)
			continue;
		told++;
		ck_assert_uint_eq(out.value, NEED);
		ck_assert_uint_eq(fresh, NEED);
		ck_assert_uint_eq(out.n_shown, COUNTED_SHOWN);
		ck_assert_uint_eq(out.shown[3].len, 1);
		ck_assert_int_eq(out.shown[3].ptr[0], '3');
	}
	ck_assert_uint_eq(told, 1);
	ck_assert_uint_gt(t.forgotten, 0);
	ck_assert_uint_gt(t.entries.used, 3000);
	ck_assert_uint_lt(t.value_bytes, t.entries.used * 48); /* a key of one value costs little */
	ck_assert_uint_le(t.value_bytes, TALLY_VALUE_BYTES);
	ck_assert_uint_le(pool->used_bytes, pool->cap_bytes);
	tally_forget(&t);
	ck_assert_uint_eq(t.value_bytes, 0);
	tally_deinit(&t);
	pool_deinit(pool);
}
END_TEST

/* Texts of any length make room for each other: those shown are always those of the first slots. */
START_TEST(values_are_shown_as_they_are)
{
	enum { NEED = 20, SLOTS = NEED + 64, VALUES = 10 * SLOTS };
	struct operand of[] = {named("modbus.request.address")}, by[] = {named("src_ip")};
	struct tally t = {.kind = COUNTED_DISTINCT,
			  .at_least = {.value = NEED},
			  .within = {.value = 3600 * NS_PER_S, .is_time = true},
			  .of = of,
			  .n_of = 1};
	const struct tally_by source = {by, 1};
	struct pool kept, *pool = &kept;
	unsigned shown[COUNTED_SHOWN], told = 0;

	pool_init(pool, 0);
	ck_assert_int_eq(tally_init(&t, &pool), 0);
	ck_assert_uint_eq(t.slots, SLOTS);
	for (unsigned i = 0; i < VALUES; i++) {
		unsigned number = i * 7919 % 65521; /* of one to five digits, each once */
		struct event_value value = {.field = of[0].field, .u = number};
		struct event ev = {.table = modbus_dissector.table,
				   .at = {.ts_ns = NS_PER_S + i * 1000, .ip_proto = IPPROTO_TCP},
				   .count = 1,
				   .n_values = 1,
				   .values = &value};
		struct counted out;
		uint64_t fresh;
		int64_t since;
		if (i % SLOTS < COUNTED_SHOWN) /* the one that was seen longest ago makes room */
			shown[i % SLOTS] = number;
		if (!tally_take(&t, &source, 0, &ev, NULL, &out, &fresh, &since))
			continue;
		told++;
		ck_assert_uint_eq(out.n_shown, COUNTED_SHOWN);
		for (unsigned k = 0; k < COUNTED_SHOWN; k++) {
			char expect[16];
			snprintf(expect, sizeof(expect), "%u", shown[k]);
			ck_assert_uint_eq(out.shown[k].len, strlen(expect));
			ck_assert_mem_eq(out.shown[k].ptr, expect, strlen(expect));
		}
	}
	ck_assert_uint_eq(told, VALUES - NEED + 1);
	tally_deinit(&t);
	pool_deinit(pool);
}
END_TEST

/* A key that cannot have more memory shows what fits into its room, and that it is cut off. */
START_TEST(where_memory_is_short_values_are_cut)
{
	static const struct {
		uint8_t ip[4];
		const char *shown;
	} rows[] = {{{10, 0, 0, 1}, "10.0.0.1"},
		    {{192, 168, 100, 200}, "192.1..."},
		    {{10, 0, 0, 9}, "10.0.0.9"},
		    {{1, 2, 3, 4}, "1.2.3.4"},
		    {{172, 16, 100, 101}, "172.1..."}};
	struct operand of[] = {named("src_ip")}, by[] = {named("dest_ip")};
	struct tally t = {.kind = COUNTED_DISTINCT,
			  .at_least = {.value = 1},
			  .within = {.value = 60 * NS_PER_S, .is_time = true},
			  .of = of,
			  .n_of = 1};
	const struct tally_by dest = {by, 1};
	struct pool kept, *pool = &kept;

	pool_init(pool, 0);
	ck_assert_int_eq(tally_init(&t, &pool), 0);
	pool->cap_bytes = POOL_SLAB_BYTES; /* pieces of one size */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event ev = {.table = modbus_dissector.table,
				   .at = {.ts_ns = NS_PER_S + (int64_t)i, .src_ip = ip_from_v4(rows[i].ip)},
				   .count = 1};
		struct counted out;
		uint64_t fresh;
		int64_t since;
		ck_assert(tally_take(&t, &dest, 0, &ev, NULL, &out, &fresh, &since));
		ck_assert_uint_eq(out.n_shown, 1);
		ck_assert_uint_eq(out.shown[0].len, strlen(rows[i].shown));
		ck_assert_mem_eq(out.shown[0].ptr, rows[i].shown, strlen(rows[i].shown));
	}
	tally_forget(&t);
	ck_assert_uint_eq(t.value_bytes, 0);
	tally_deinit(&t);
	pool_deinit(pool);
}
END_TEST

/* All values are counted that there are slots for, whether their texts fit or not. */
START_TEST(a_text_that_does_not_fit_hides_no_value)
{
	enum { NEED = 4 };
	static const char cut[] = "2001:db8:1111:2222:3...";
	struct operand of[] = {named("src_ip")}, by[] = {named("dest_ip")};
	struct tally t = {.kind = COUNTED_DISTINCT,
			  .at_least = {.value = NEED},
			  .within = {.value = 60 * NS_PER_S, .is_time = true},
			  .of = of,
			  .n_of = 1};
	const struct tally_by dest = {by, 1};
	struct pool kept, *pool = &kept;

	pool_init(pool, 0);
	ck_assert_int_eq(tally_init(&t, &pool), 0);
	for (uint8_t i = 1; i <= NEED; i++) {
		struct event ev = {.table = modbus_dissector.table, .at = {.ts_ns = NS_PER_S + i}, .count = 1};
		struct counted out;
		uint64_t fresh;
		int64_t since;
		ev.at.src_ip.b[15] = i;
		if (i == NEED)
			ck_assert(ip_parse("2001:db8:1111:2222:3333:4444:5555:6666", &ev.at.src_ip));
		if (i == NEED)
			pool->cap_bytes = POOL_SLAB_BYTES; /* that of the piece which has room for four */
		ck_assert_int_eq(tally_take(&t, &dest, 0, &ev, NULL, &out, &fresh, &since), i == NEED);
		if (i < NEED)
			continue;
		ck_assert_uint_eq(out.value, NEED);
		ck_assert_uint_eq(out.n_shown, NEED);
		ck_assert_uint_eq(out.shown[NEED - 1].len, strlen(cut));
		ck_assert_mem_eq(out.shown[NEED - 1].ptr, cut, strlen(cut));
	}
	tally_deinit(&t);
	pool_deinit(pool);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tally");
	TCase *t = tcase_create("tally");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, sparing_changes_nothing, 0, 2);
	tcase_add_loop_test(t, hints_change_nothing, 0, 2);
	tcase_add_loop_test(t, how_late_a_value_is_seen_again_changes_nothing, 0, 2);
	tcase_add_test(t, since_when_is_when_the_first_came_within_the_window);
	tcase_add_test(t, a_key_is_touched_in_turns);
	tcase_add_test(t, many_keys_do_not_hide_one);
	tcase_add_test(t, what_is_over_makes_room);
	tcase_add_test(t, values_are_shown_as_they_are);
	tcase_add_test(t, where_memory_is_short_values_are_cut);
	tcase_add_test(t, a_text_that_does_not_fit_hides_no_value);
	tcase_add_loop_test(t, what_is_over_begins_anew, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
