/* gate: nothing is lost, news passes at once, repetition is counted. */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "event/gate.h"
#include "run_suite.h"

enum { UNIT, VALUE, ADDRESS = VALUE };
static const struct field_table table;
static const struct field_def field[] = {
    [UNIT] = {&table, "unit", FIELD_TYPE_UINT, FIELD_KEY, NULL, "", "", NULL},
    [VALUE] = {&table, "value", FIELD_TYPE_UINT, FIELD_PLAIN, NULL, "", "", NULL},
};
static const struct field_table table = {"toy", field, 2};

/* By what is said in this one, two devices may turn out to be one. */
static const struct field_table names;
static const struct field_def name_field[] = {
    [UNIT] = {&names, "name", FIELD_TYPE_UINT, FIELD_KEY, NULL, "", "", NULL},
    [ADDRESS] = {&names, "address", FIELD_TYPE_IP, FIELD_KEY, NULL, "", "", NULL},
};
static const struct field_table names = {"name", name_field, 2};

static uint64_t total, passed, per_unit[256];
static int64_t last_first_ns, last_ns;
static const struct field_table *last_table;
static uint64_t last_fact;

static void take(void *ctx, struct event *ev)
{
	(void)ctx;
	passed++;
	total += ev->count;
	last_table = ev->table;
	last_fact = ev->fact;
	if (ev->table != &table)
		return;
	per_unit[event_get(ev, &field[UNIT])->u] += ev->count;
	last_first_ns = ev->first_ns;
	last_ns = ev->at.ts_ns;
}

static void feed(struct gate *g, int64_t ns, uint64_t unit, uint64_t value)
{
	struct event_value values[2] = {{.field = &field[UNIT], .u = unit}, {.field = &field[VALUE], .u = value}};
	struct event ev = {.table = &table,
			   .at = {.ts_ns = ns, .ip_proto = IPPROTO_TCP},
			   .count = 1,
			   .first_ns = ns,
			   .n_values = 2,
			   .values = values};

	ev.fact = 77; /* of no meaning before the gate */
	gate_take(g, &ev);
}

/* A fact of its own for each @name. */
static void feed_name(struct gate *g, int64_t ns, uint64_t name)
{
	struct event_value value = {.field = &name_field[UNIT], .u = name};
	struct event ev = {.table = &names,
			   .at = {.ts_ns = ns, .ip_proto = IPPROTO_UDP},
			   .count = 1,
			   .first_ns = ns,
			   .n_values = 1,
			   .values = &value};

	gate_take(g, &ev);
}

static struct gate *fresh(uint32_t cap)
{
	total = passed = 0;
	for (int i = 0; i < 256; i++)
		per_unit[i] = 0;
	struct gate *g = gate_new(cap, (struct event_sink){take, NULL});
	ck_assert_ptr_nonnull(g);
	return g;
}

START_TEST(news_passes_and_repetition_is_counted)
{
	struct gate *g = fresh(1000);

	for (int i = 0; i < 100; i++)
		feed(g, i * 1000000, 1, (uint64_t)i); /* the value is no key: no news */
	ck_assert_uint_eq(passed, 1);
	feed(g, 200000000, 2, 0);
	ck_assert_uint_eq(passed, 2);
	gate_flush(g);
	ck_assert_uint_eq(passed, 3);
	ck_assert_uint_eq(per_unit[1], 100);
	ck_assert_int_eq(last_first_ns, 1000000);
	ck_assert_int_eq(last_ns, 99000000);
	gate_free(g);
}
END_TEST

START_TEST(what_is_held_is_told_within_ten_seconds)
{
	struct gate *g = fresh(1000);

	feed(g, 0, 1, 0);
	feed(g, 1000, 1, 0);
	gate_tick(g, GATE_REPORT_NS);
	ck_assert_uint_eq(passed, 1);
	gate_tick(g, GATE_REPORT_NS + 1000);
	ck_assert_uint_eq(passed, 2);
	ck_assert_uint_eq(total, 2);
	gate_tick(g, 100 * GATE_REPORT_NS);
	ck_assert_uint_eq(passed, 2); /* an idle fact has nothing to tell */
	for (int i = 0; i <= 100; i++)
		feed(g, 200 * GATE_REPORT_NS + i * (GATE_REPORT_NS / 10), 1, 0);
	ck_assert_uint_eq(passed, 2 + 1 + 1 + 3); /* without any tick: at 0, 10, 40, 70 and 100 s */
	gate_flush(g);
	ck_assert_uint_eq(total, 103);
	gate_free(g);
}
END_TEST

/* What goes on is told after 10 s, then every 30, unless it is counted in a short window; what ends, within 20 s; and
 * from there on it is as it was at first. */
START_TEST(what_goes_on_is_told_more_rarely)
{
	static const struct field_table *const kinds[] = {&table, NULL};
	static const int told_in_long[] = {0, 10, 40, 70, 100, 121, 130, 140},
			 told_in_short[] = {0, 10, 20, 30, 40, 50};
	const int64_t second = GATE_REPORT_NS / 10;
	const bool brief = _i == 1;
	const int *told = brief ? told_in_short : told_in_long;
	struct gate *g = fresh(1000);
	size_t n = 0;

	if (brief)
		gate_want(g, &(struct gate_wants){.brief = kinds});
	for (int s = 0; s <= (brief ? 50 : 140); s++) {
		uint64_t before = passed;
		if (s <= 105 || s >= 130)
			feed(g, s * second, 1, 0);
		gate_tick(g, s * second);
		ck_assert_msg((passed > before) == (s == told[n]), "told at %d s", s);
		n += s == told[n];
	}
	gate_flush(g);
	ck_assert_uint_eq(total, brief ? 51 : 117);
	gate_free(g);
}
END_TEST

/* Somebody who ends is not held up by who goes on, and the other way round. */
START_TEST(who_ends_is_told_among_those_who_go_on)
{
	const int64_t second = GATE_REPORT_NS / 10;
	struct gate *g = fresh(1000);

	for (int s = 0; s <= 35; s++) {
		for (uint64_t unit = 0; unit < 50; unit++) {
			if (unit % 2 == 0 || s <= 12)
				feed(g, s * second, unit, 0);
		}
		gate_tick(g, s * second);
	}
	for (unsigned unit = 1; unit < 50; unit += 2)
		ck_assert_uint_eq(per_unit[unit], 13);
	for (unsigned unit = 0; unit < 50; unit += 2)
		ck_assert_uint_eq(per_unit[unit], 11);
	gate_flush(g);
	ck_assert_uint_eq(total, 25 * (36 + 13));
	gate_free(g);
}
END_TEST

/* Whatever kind it is of. */
START_TEST(what_was_held_back_longest_is_told_first)
{
	struct gate *g = fresh(1000);

	for (int again = 0; again < 2; again++) {
		feed(g, again, 1, 0);
		feed_name(g, 2 * again, 1);
		feed(g, 3 * again, 2, 0);
	}
	ck_assert_uint_eq(passed, 3);
	gate_tick(g, GATE_REPORT_NS + 2);
	ck_assert_uint_eq(passed, 5);
	ck_assert_ptr_eq(last_table, &names);
	gate_tick(g, GATE_REPORT_NS + 3);
	ck_assert_uint_eq(passed, 6);
	gate_free(g);
}
END_TEST

static int64_t told_ns[256];

static void note_when(void *ctx, struct event *ev)
{
	(void)ctx;
	told_ns[ev->values[UNIT].u] = ev->at.ts_ns;
}

/* A window longer than that sees each value that stands in it. */
START_TEST(what_goes_on_is_told_in_time)
{
	static const struct field_table *const kinds[] = {&table, NULL};
	const int64_t latest_ns = _i == 1 ? GATE_BRIEF_LATEST_NS : GATE_STEADY_LATEST_NS,
		      tick_ns = GATE_REPORT_NS / 100;
	int64_t seen_ns[50] = {0}, due_ns[50] = {0}, most_ns = 0;
	struct gate *g = gate_new(1000, (struct event_sink){note_when, NULL});
	uint32_t seed = 7;

	gate_want(g, &(struct gate_wants){.brief = _i == 1 ? kinds : NULL});
	memset(told_ns, 0, sizeof(told_ns));
	for (int64_t now_ns = tick_ns; now_ns < 10000 * tick_ns; now_ns += tick_ns) {
		gate_tick(g, now_ns);
		for (unsigned unit = 0; unit < 50; unit++) {
			if (now_ns >= due_ns[unit]) { /* polled every so often, or as it comes */
				seed = seed * 1664525 + 1013904223;
				feed(g, now_ns, unit, 0);
				seen_ns[unit] = now_ns;
				due_ns[unit] = now_ns + (unit < 25 ? unit * tick_ns * 5 : (seed >> 8) % 400 * tick_ns);
			}
			int64_t late_ns = seen_ns[unit] > told_ns[unit] ? now_ns - told_ns[unit] : 0;
			most_ns = late_ns > most_ns ? late_ns : most_ns;
		}
	}
	ck_assert_int_le(most_ns, latest_ns);
	ck_assert_int_gt(most_ns, latest_ns / 2);
	gate_free(g);
}
END_TEST

START_TEST(totals_are_exact_however_small_the_table)
{
	static const uint32_t caps[] = {1, 2, 7, 64, 1000};
	struct gate *g = fresh(caps[_i]);
	uint64_t expect[256] = {0};
	uint32_t seed = 7;

	for (int i = 0; i < 50000; i++) {
		seed = seed * 1664525 + 1013904223;
		uint64_t unit = (seed >> 16) % 200;
		expect[unit]++;
		feed(g, i * INT64_C(1000000), unit, seed);
		if (i % 64 == 0)
			gate_tick(g, i * INT64_C(1000000));
	}
	gate_flush(g);
	for (int u = 0; u < 256; u++)
		ck_assert_uint_eq(per_unit[u], expect[u]);
	struct gate_counters c = gate_count(g);
	ck_assert_uint_eq(c.in, 50000);
	ck_assert_uint_le(c.facts, caps[_i]);
	ck_assert_uint_eq(c.evicted > 0, caps[_i] < 200);
	gate_free(g);
}
END_TEST

START_TEST(a_fact_has_a_number_that_no_other_gets)
{
	struct gate *g = fresh(2);

	feed(g, 0, 1, 0);
	uint64_t one = last_fact;
	feed(g, 0, 2, 0);
	uint64_t two = last_fact;
	ck_assert_uint_ne(one, 0);
	ck_assert_uint_ne(two, 0);
	ck_assert_uint_ne(one, two);
	feed(g, 1, 1, 7);
	gate_flush(g); /* a report */
	ck_assert_uint_eq(passed, 3);
	ck_assert_uint_eq(last_fact, one);
	feed(g, 2 * GATE_REPORT_NS, 2, 0); /* told again after a while */
	ck_assert_uint_eq(passed, 4);
	ck_assert_uint_eq(last_fact, two);
	feed(g, 2 * GATE_REPORT_NS, 3, 0); /* pushes out the first one */
	ck_assert_uint_gt(last_fact, two);
	feed(g, 2 * GATE_REPORT_NS, 1, 0);
	ck_assert_uint_gt(last_fact, two);
	ck_assert_uint_ne(last_fact, one);
	gate_enable(g, false);
	feed(g, 2 * GATE_REPORT_NS, 1, 0);
	ck_assert_uint_eq(last_fact, 0);
	gate_free(g);
}
END_TEST

static bool odd_values(const void *ctx, const struct event *ev)
{
	(void)ctx;
	return event_get(ev, &field[VALUE])->u % 2 == 1;
}

static unsigned asked;

static bool asks_and_picks(const void *ctx, const struct event *ev)
{
	(void)ctx;
	(void)ev;
	asked++;
	return true;
}

/* A record that is new passes anyway. */
START_TEST(what_is_new_is_not_asked_about)
{
	struct gate *g = fresh(1000);

	gate_want(g, &(struct gate_wants){.picks = asks_and_picks});
	asked = 0;
	for (uint64_t unit = 0; unit < 10; unit++)
		feed(g, 0, unit, 0);
	ck_assert_uint_eq(asked, 0);
	ck_assert_uint_eq(passed, 10);
	for (uint64_t unit = 0; unit < 10; unit++)
		feed(g, 1, unit, 0);
	ck_assert_uint_eq(asked, 10);
	ck_assert_uint_eq(passed, 20);
	gate_flush(g);
	ck_assert_uint_eq(passed, 20);
	gate_free(g);
}
END_TEST

START_TEST(what_rules_need_passes_whole)
{
	static const struct field_table *const whole[] = {&table, NULL};
	struct gate *g = fresh(1000);

	gate_want(g, &(struct gate_wants){.whole = whole});
	for (int i = 0; i < 10; i++)
		feed(g, i, 1, 0);
	ck_assert_uint_eq(passed, 10);
	gate_want(g, &(struct gate_wants){.picks = odd_values});
	for (uint64_t i = 0; i < 10; i++)
		feed(g, 10, 1, i);
	ck_assert_uint_eq(passed, 16); /* five odd ones, and the first even one, which is news */
	gate_want(g, &(struct gate_wants){NULL});
	gate_enable(g, false);
	for (int i = 0; i < 10; i++)
		feed(g, i, 1, 0);
	ck_assert_uint_eq(passed, 26);
	gate_free(g);
}
END_TEST

START_TEST(a_fact_that_returns_after_a_while_passes_at_once)
{
	struct gate *g = fresh(1000);

	feed(g, 0, 1, 0);
	feed(g, GATE_REPORT_NS - 1, 1, 0);
	ck_assert_uint_eq(passed, 1);
	gate_tick(g, 2 * GATE_REPORT_NS); /* told, late */
	ck_assert_uint_eq(passed, 2);
	feed(g, 2 * GATE_REPORT_NS - 2, 1, 0); /* less than the span after its last occurrence */
	ck_assert_uint_eq(passed, 2);
	gate_flush(g);
	feed(g, 5 * GATE_REPORT_NS, 1, 0);
	ck_assert_uint_eq(passed, 4);
	ck_assert_int_eq(last_ns, 5 * GATE_REPORT_NS);
	gate_free(g);
}
END_TEST

/* What was told so long ago that it would be told again anyway takes no place; what is held back does. */
START_TEST(a_fact_that_nobody_repeats_is_forgotten)
{
	struct gate *g = fresh(1000);
	const int64_t second = GATE_REPORT_NS / 10;

	for (uint64_t unit = 0; unit < 200; unit++)
		feed(g, 0, unit, 0);
	for (int64_t s = 0; s < 75; s += 5) {
		feed(g, s * second, 0, 0); /* polled on */
		gate_tick(g, s * second);
		ck_assert_uint_eq(gate_count(g).facts, 200);
	}
	uint64_t fact = last_fact;
	gate_tick(g, 75 * second);
	ck_assert_uint_eq(gate_count(g).facts, 1);
	ck_assert_uint_eq(gate_count(g).forgotten, 199);
	ck_assert_uint_eq(gate_count(g).evicted, 0);
	gate_tick(g, 160 * second);
	ck_assert_uint_eq(gate_count(g).facts, 0);
	feed(g, 161 * second, 7, 0); /* is a new one */
	ck_assert_uint_gt(last_fact, fact);
	gate_flush(g);
	ck_assert_uint_eq(total, 200 + 15 + 1);
	gate_free(g);
}
END_TEST

static bool picks_unit_5(const void *ctx, const struct event *ev)
{
	(void)ctx;
	return event_get(ev, &field[UNIT])->u == 5;
}

/* Records that pass whole go on being told: they do not stand in the way of what is to be forgotten. */
START_TEST(what_is_picked_is_told_on)
{
	static const struct field_table *const identities[] = {&table, NULL};
	struct gate *g = fresh(1000);
	const int64_t second = GATE_REPORT_NS / 10;

	gate_want(g, &(struct gate_wants){.identities = identities, .picks = picks_unit_5});
	feed(g, 0, 5, 0);
	for (uint64_t unit = 10; unit < 200; unit++)
		feed(g, 0, unit, 0);
	for (int64_t s = 0; s < 75; s += 5)
		feed(g, s * second, 5, 0);
	gate_tick(g, 75 * second);
	ck_assert_uint_eq(gate_count(g).facts, 1);
	gate_free(g);
}
END_TEST

/* A tick forgets some thousands at most: it is on the way of a packet. */
START_TEST(what_is_forgotten_at_once_is_bounded)
{
	enum { N = 10000 };
	struct gate *g = fresh(N);

	for (uint64_t unit = 0; unit < N; unit++)
		feed_name(g, 0, unit);
	gate_tick(g, 1000 * GATE_REPORT_NS);
	ck_assert_uint_gt(gate_count(g).facts, N / 2);
	for (int i = 0; i < 5; i++)
		gate_tick(g, 1000 * GATE_REPORT_NS);
	ck_assert_uint_eq(gate_count(g).facts, 0);
	gate_free(g);
}
END_TEST

static struct ip_addr host(uint8_t last)
{
	return (struct ip_addr){.b = {[10] = 0xff, 0xff, 10, 0, 0, last}};
}

/* @no: a record of the toy or of a name, from one host to another. */
static void feed_between(struct gate *g, int64_t ns, const struct field_table *kind, uint8_t from, uint8_t to,
			 uint64_t no)
{
	struct event_value values[2] = {{.field = &kind->fields[0], .u = no}, {.field = &field[VALUE], .u = 0}};
	struct event ev = {.table = kind,
			   .at = {.ts_ns = ns, .ip_proto = IPPROTO_TCP, .src_ip = host(from), .dest_ip = host(to)},
			   .count = 1,
			   .first_ns = ns,
			   .n_values = kind == &table ? 2 : 1,
			   .values = values};

	gate_take(g, &ev);
}

START_TEST(what_was_held_back_of_a_device_is_told_before_it_turns_out_to_be_another)
{
	static const struct field_table *const identities[] = {&names, NULL};

	for (int as_client = 0; as_client < 2; as_client++) {
		struct gate *g = fresh(1000);
		gate_want(g, &(struct gate_wants){.identities = identities});
		for (int64_t ns = 0; ns < 5; ns++) {
			feed_between(g, ns, &table, 1, 2, 7); /* four of them held back */
			feed_between(g, ns, &table, 8, 9, 8);
		}
		ck_assert_uint_eq(passed, 2);
		feed_between(g, 10, &names, as_client ? 1 : 3, as_client ? 4 : 2, 1);
		ck_assert_uint_eq(per_unit[7], 5);
		ck_assert_ptr_eq(last_table, &names); /* after them */
		ck_assert_uint_eq(per_unit[8], 1);    /* of others nothing is told sooner */
		feed_between(g, 11, &table, 1, 2, 7); /* of one who is known better now: news */
		ck_assert_uint_eq(per_unit[7], 6);
		feed_between(g, 12, &table, 1, 2, 7);
		feed_between(g, 13, &names, as_client ? 1 : 3, as_client ? 4 : 2, 1); /* nothing new */
		feed_between(g, 14, &table, 8, 9, 8);
		ck_assert_uint_eq(per_unit[7], 6);
		ck_assert_uint_eq(per_unit[8], 1);
		gate_flush(g);
		ck_assert_uint_eq(total, 15);
		gate_free(g);
	}
}
END_TEST

/* Of other kinds only a record that has one of the fields by which devices are told apart. */
START_TEST(a_field_may_tell_who_a_device_is)
{
	static const struct field_def *const identifying[] = {&name_field[UNIT], NULL}, *const other[] = {
											    &name_field[ADDRESS], NULL};

	for (int tells = 0; tells < 2; tells++) {
		struct gate *g = fresh(1000);
		gate_want(g, &(struct gate_wants){.identifying = tells ? identifying : other});
		for (int64_t ns = 0; ns < 5; ns++)
			feed_between(g, ns, &table, 1, 2, 7); /* four of them held back */
		feed_between(g, 10, &names, 1, 4, 1);
		ck_assert_uint_eq(per_unit[7], tells ? 5 : 1);
		gate_flush(g);
		ck_assert_uint_eq(total, 6);
		gate_free(g);
	}
}
END_TEST

/* As ARP does: it has no ends of its own. */
START_TEST(who_is_named_in_a_record_counts_like_its_ends)
{
	static const struct field_table *const identities[] = {&names, NULL};
	struct ip_addr named = host(2);
	struct event_value values[2] = {{.field = &name_field[UNIT], .u = 1},
					{.field = &name_field[ADDRESS], .count = sizeof(named.b), .ptr = named.b}};
	struct event ev = {
	    .table = &names, .at = {.ts_ns = 10}, .count = 1, .first_ns = 10, .n_values = 2, .values = values};
	struct gate *g = fresh(1000);

	gate_want(g, &(struct gate_wants){.identities = identities});
	for (int64_t ns = 0; ns < 5; ns++) {
		feed_between(g, ns, &table, 1, 2, 7);
		feed_between(g, ns, &table, 8, 9, 8);
	}
	gate_take(g, &ev);
	ck_assert_uint_eq(per_unit[7], 5);
	ck_assert_ptr_eq(last_table, &names);
	ck_assert_uint_eq(per_unit[8], 1);
	feed_between(g, 11, &table, 1, 2, 7);
	ck_assert_uint_eq(per_unit[7], 6);
	gate_free(g);
}
END_TEST

/* What came out of a gate, to be compared with what came out of another. */
struct told {
	const struct field_table *kind;
	uint64_t no, count, frame, flow_id;
	int64_t first_ns, ts_ns;
	uint16_t src_port;
	uint8_t src;
	const char *capture;
};
struct tale {
	struct told told[130000];
	size_t n;
};

static void write_down(void *ctx, struct event *ev)
{
	struct tale *t = ctx;

	ck_assert_uint_lt(t->n, 130000);
	t->told[t->n++] =
	    (struct told){ev->table,    ev->values[0].u, ev->count,       ev->at.frame,        ev->at.flow_id,
			  ev->first_ns, ev->at.ts_ns,    ev->at.src_port, ev->at.src_ip.b[15], ev->at.capture};
}

static bool high_units(const void *ctx, const struct event *ev)
{
	(void)ctx;
	return ev->table == &table && ev->values[UNIT].u >= 12;
}

static bool may_be_high(const void *ctx, const struct event *ev, bool same_fields)
{
	return same_fields && high_units(ctx, ev);
}

static struct origin origin_of(int64_t ns, uint8_t from, uint8_t to, uint64_t flow_id)
{
	return (struct origin){.ts_ns = ns,
			       .frame = (uint64_t)ns,
			       .flow_id = flow_id,
			       .ip_proto = IPPROTO_TCP,
			       .src_port = (uint16_t)(1000 + flow_id),
			       .src_ip = host(from),
			       .dest_ip = host(to)};
}

/* @return whether it was told by its name alone. */
static bool feed_named(struct gate *g, const struct origin *at, uint64_t unit, bool by_name)
{
	struct event_value values[2] = {{.field = &field[UNIT], .u = unit}, {.field = &field[VALUE], .u = unit}};
	struct event ev = {.table = &table,
			   .at = *at,
			   .count = 1,
			   .first_ns = at->ts_ns,
			   .n_values = 2,
			   .values = values,
			   .alias = by_name ? unit + 1 : 0};

	if (by_name && gate_again(g, &table, unit + 1, at))
		return true;
	gate_take(g, &ev);
	return false;
}

/* Whatever happens in between: what is wanted, who turns out to be whom, time that passes, facts that are forgotten. */
START_TEST(what_is_told_by_name_is_told_as_its_records_would_be)
{
	static const uint32_t caps[] = {1000, 1000, 1000, 40, 5};
	static const struct field_table *const kinds[] = {&table, NULL}, *const identities[] = {&names, NULL};
	static const struct gate_wants wants[] = {
	    {.identities = identities},
	    {.identities = identities, .picks = high_units, .may_pick = may_be_high},
	    {.identities = identities, .picks = high_units},
	    {.identities = identities, .brief = kinds},
	    {.identities = kinds, .picks = high_units, .may_pick = may_be_high},
	    {.whole = kinds},
	};
	static struct tale tales[2];
	struct gate *g[2];
	uint32_t seed = 7 + (uint32_t)_i;
	uint64_t by_name = 0;
	int64_t ns = 1;

	for (int k = 0; k < 2; k++) {
		tales[k].n = 0;
		g[k] = gate_new(caps[_i], (struct event_sink){write_down, &tales[k]});
	}
	for (int i = 0; i < 60000; i++) {
		seed = seed * 1664525 + 1013904223;
		uint32_t dice = seed >> 16;
		ns += seed >> 8;
		struct origin at = origin_of(ns, (uint8_t)(dice % 3), 9, dice % 3 + (dice % 128 == 0 ? 3 : 0));
		at.capture = i / 7001 % 2 ? "one" : "other";
		for (int k = 0; k < 2; k++) {
			if (i % 9973 == 0)
				gate_want(g[k], &wants[(unsigned)i / 9973 % 6]);
			if (dice % 1000 == 0)
				gate_enable(g[k], dice % 2000 == 0);
			if (dice % 500 == 1)
				feed_between(g[k], ns, &names, (uint8_t)(dice % 7), (uint8_t)(dice % 11), dice % 50);
			if (dice % 64 == 0)
				gate_tick(g[k], ns);
			if (k) /* or somebody else's, or nobody's: it changes nothing */
				gate_coming(g[k], at.flow_id + dice % 2, dice / 4 % 18);
			by_name += feed_named(g[k], &at, dice / 8 % 16, k);
		}
	}
	for (int k = 0; k < 2; k++)
		gate_flush(g[k]);
	ck_assert_uint_gt(by_name, caps[_i] > 100 ? 5000 : 0);
	ck_assert_uint_eq(tales[0].n, tales[1].n);
	for (size_t i = 0; i < tales[0].n; i++) {
		const struct told *a = &tales[0].told[i], *b = &tales[1].told[i];
		ck_assert(a->kind == b->kind && a->no == b->no && a->count == b->count && a->frame == b->frame &&
			  a->flow_id == b->flow_id && a->first_ns == b->first_ns && a->ts_ns == b->ts_ns &&
			  a->src_port == b->src_port && a->src == b->src && a->capture == b->capture);
	}
	struct gate_counters a = gate_count(g[0]), b = gate_count(g[1]);
	ck_assert_uint_eq(a.in, b.in);
	ck_assert_uint_eq(a.held, b.held);
	ck_assert_uint_eq(a.evicted, b.evicted);
	gate_free(g[0]);
	gate_free(g[1]);
}
END_TEST

/* Twice its record: the first is news, of the second the gate keeps a copy. */
START_TEST(a_name_is_good_for_one_flow_as_long_as_nothing_changes)
{
	struct gate *g = fresh(1000);
	struct origin at = origin_of(1, 1, 2, 5), others[6];

	at.has_ether = true;
	for (int i = 0; i < 6; i++)
		others[i] = at;
	others[0].flow_id = 6;
	others[1].src_mac.b[5] = 1;
	others[2].dest_mac.b[5] = 1;
	others[3].src_port = 7;
	others[4].dest_port = 7;
	others[5].app_proto = "other";
	ck_assert(!feed_named(g, &at, 1, true));
	ck_assert(!feed_named(g, &at, 1, true));
	ck_assert(feed_named(g, &at, 1, true));
	for (int i = 0; i < 6; i++)
		ck_assert_msg(!gate_again(g, &table, 2, &others[i]), "other %d", i);
	ck_assert(!gate_again(g, &table, 3, &at));
	ck_assert(!gate_again(g, &names, 2, &at));
	at.has_ether = false;
	ck_assert(!gate_again(g, &table, 2, &at));
	at.has_ether = true;
	gate_want(g, &(struct gate_wants){.picks = high_units});
	ck_assert(!feed_named(g, &at, 1, true)); /* nobody says whether it may be picked */
	ck_assert(!feed_named(g, &at, 1, true));
	gate_want(g, &(struct gate_wants){.picks = high_units, .may_pick = may_be_high});
	ck_assert(!feed_named(g, &at, 1, true));
	ck_assert(feed_named(g, &at, 1, true));
	gate_enable(g, false);
	ck_assert(!feed_named(g, &at, 1, true));
	ck_assert(!feed_named(g, &at, 1, true));
	gate_flush(g);
	ck_assert_uint_eq(total, 9);
	gate_free(g);
}
END_TEST

/* Seven names to a place for two: they give way to each other, whichever counts, and nothing of it is lost. */
START_TEST(names_that_give_way_lose_nothing)
{
	enum { NAMES = 60000, ROUNDS = 300000, IN_A_ROW = 4 };
	static struct tale tale;
	struct gate *g = gate_new(NAMES, (struct event_sink){write_down, &tale});
	uint64_t by_name = 0, told = 0;
	uint32_t seed = 7;

	tale.n = 0;
	for (int i = 0; i < ROUNDS; i++) {
		seed = seed * 1664525 + 1013904223;
		struct origin at = origin_of(i + 1, 1, 2, 5);
		for (int k = 0; k < IN_A_ROW; k++)
			by_name += feed_named(g, &at, (seed >> 8) % NAMES, true);
	}
	gate_flush(g);
	for (size_t i = 0; i < tale.n; i++)
		told += tale.told[i].count;
	ck_assert_uint_gt(by_name, ROUNDS);
	ck_assert_uint_le(tale.n, 2 * NAMES);
	ck_assert_uint_eq(told, ROUNDS * IN_A_ROW);
	gate_free(g);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gate");
	TCase *t = tcase_create("gate");

	suite_add_tcase(s, t);
	tcase_add_test(t, news_passes_and_repetition_is_counted);
	tcase_add_test(t, what_is_held_is_told_within_ten_seconds);
	tcase_add_loop_test(t, what_goes_on_is_told_more_rarely, 0, 2);
	tcase_add_test(t, who_ends_is_told_among_those_who_go_on);
	tcase_add_test(t, what_was_held_back_longest_is_told_first);
	tcase_add_loop_test(t, what_goes_on_is_told_in_time, 0, 2);
	tcase_add_loop_test(t, totals_are_exact_however_small_the_table, 0, 5);
	tcase_add_test(t, what_is_new_is_not_asked_about);
	tcase_add_test(t, what_rules_need_passes_whole);
	tcase_add_test(t, a_fact_that_returns_after_a_while_passes_at_once);
	tcase_add_test(t, a_fact_has_a_number_that_no_other_gets);
	tcase_add_test(t, a_fact_that_nobody_repeats_is_forgotten);
	tcase_add_test(t, what_is_picked_is_told_on);
	tcase_add_test(t, what_is_forgotten_at_once_is_bounded);
	tcase_add_test(t, what_was_held_back_of_a_device_is_told_before_it_turns_out_to_be_another);
	tcase_add_test(t, a_field_may_tell_who_a_device_is);
	tcase_add_test(t, who_is_named_in_a_record_counts_like_its_ends);
	tcase_add_loop_test(t, what_is_told_by_name_is_told_as_its_records_would_be, 0, 5);
	tcase_add_test(t, a_name_is_good_for_one_flow_as_long_as_nothing_changes);
	tcase_add_test(t, names_that_give_way_lose_nothing);
	return run_suite(s);
}
