/* recall: what is remembered of a fact comes to the same as judging each of its records from the beginning. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/recall.h"
#include "engine/rules.h"
#include "event/dissector.h"
#include "run_suite.h"

extern const struct dissector modbus_dissector;

#define NS_PER_S INT64_C(1000000000)

enum { FACTS = 40, STEPS = 20000 };

static const struct field_table *tables[2];
static const struct field_registry registry = {tables};

static void setup(void)
{
	tables[0] = modbus_dissector.table;
}

/* Each kind of thing that a condition can read, and each way of counting that the gate's facts are enough for. */
#define RULE(no, rest) "- id: T-" no "\n  on: modbus\n  level: low\n  title: { en: a, ja: b }\n  " rest "\n"
static const char all_kinds[] = RULE("1", "when: src.zone == \"cell-a\" and func_class == write")
    RULE("2", "when: conduit == denied\n  unless: dest.phase == \"operate\"")
	RULE("3", "when: baseline.function == new and src.purdue >= L2")
	    RULE("4", "when: src.first_seen < 600 and modbus.unit_id == 1")
		RULE("5", "when: src.name contains \"hmi\" and dest.registered")
		    RULE("6", "when: src.in_window or dest.usage == \"control\"")
			RULE("7", "when: loss > 1.5 and modbus.function_raw == 3")
			    RULE("8", "when: modbus.function_raw < 7\n  distinct: { of: modbus.unit_id, at_least: 4, "
				      "within: 60s, by: [src.asset, dest.zone] }") RULE(
				"9", "when: src.zone != dest.zone\n  ranges: { first: modbus.request.address, number: "
				     "modbus.request.quantity, at_least: 3, within: 90s, by: [src.asset] }");

static struct rules *parsed(void)
{
	struct complaint c;
	struct rules *r;

	if (rules_parse(&r, "t.yaml", all_kinds, sizeof(all_kinds) - 1, &registry, &c) != 0)
		ck_abort_msg("%s", c.text);
	return r;
}

struct story {
	char text[4096];
	size_t len, n;
};

static void take(void *ctx, const struct finding *f)
{
	struct story *s = ctx;
	const struct counted *c = f->event->counted;

	s->n++;
	s->len +=
	    (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len, "%s n=%llu v=%llu g=%zu:%02x\n", f->rule->id,
			     (unsigned long long)f->event->count, c ? (unsigned long long)c->value : 0,
			     f->group_key.len, f->group_key.len ? f->group_key.ptr[f->group_key.len - 1] : 0);
	ck_assert_uint_lt(s->len, sizeof(s->text));
}

static const char *one_of(const char *a, const char *b, const char *c)
{
	const char *const texts[] = {a, b, c};

	return texts[rand() % 3];
}

/* One thing about it changes now and then. */
static void change(struct endpoint *e)
{
	static char name[2][16]; /* a text that changes where it stands */
	static int which;
	static uint64_t said;

	switch (rand() % 12) {
	case 0:
		e->zone = one_of("cell-a", "office", "");
		break;
	case 1:
		which = !which;
		strcpy(name[which], one_of("hmi-1", "plc-7", "x"));
		e->name = name[which];
		break;
	case 2:
		e->phase = one_of("operate", "dispose", "");
		break;
	case 3:
		e->usage = one_of("control", "storage", "");
		break;
	case 4:
		e->registered = (enum registered)(rand() % 3 - 1);
		break;
	case 5:
		e->purdue = rand() % 4 * 10;
		break;
	case 6:
		e->has_window = true;
		e->in_window = rand() % 2;
		break;
	case 7:
		e->asset_no = (uint64_t)(rand() % 3 + 1);
		break;
	default:
		e->is_new = rand() % 8 == 0;
		break;
	}
	e->said = ++said;
}

static struct endpoint someone(void)
{
	return (struct endpoint){.known = true,
				 .asset_no = (uint64_t)(rand() % 3 + 1),
				 .name = "hmi-1",
				 .zone = "cell-a",
				 .fa_zone = "",
				 .role = "",
				 .usage = "",
				 .use_case = "",
				 .phase = "",
				 .enc = "",
				 .services = ""};
}

static const char *const names[] = {"modbus.unit_id", "modbus.function_raw", "modbus.request.address",
				    "modbus.request.quantity"};

static struct event_value fact_values[FACTS][4];

static void make_facts(void)
{
	for (int i = 0; i < FACTS; i++) {
		for (int k = 0; k < 4; k++)
			fact_values[i][k] = (struct event_value){.field = field_find(&registry, names[k]),
								 .u = (uint64_t)(rand() % 12 + (k == 3))};
	}
}

START_TEST(what_is_remembered_is_what_is_found)
{
	struct rules *remembers = parsed(), *asks = parsed();
	struct endpoint ends[2] = {someone(), someone()};
	size_t told = 0;

	srand(7);
	make_facts();
	for (int i = 0; i < STEPS; i++) {
		int fact = rand() % FACTS;
		if (rand() % 100 == 0)
			change(&ends[rand() % 2]);
		ends[0].first_seen_ns = 1;
		struct event ev = {.table = modbus_dissector.table,
				   .at = {.ts_ns = 2 * NS_PER_S * i, .ip_proto = IPPROTO_TCP},
				   .count = (uint64_t)(rand() % 3 + 1),
				   .loss_pct = (float)(rand() % 3),
				   .n_values = 4,
				   .values = fact_values[fact],
				   .func_class = fact % 2 ? CLASS_WRITE : CLASS_READ,
				   .src = &ends[0],
				   .dest = &ends[1]};
		if (i / 150 % 3 == 0)
			ev.conduit = (struct conduit){.verdict = CONDUIT_DENIED, .why = CONDUIT_WHY_NO_LINE};
		ev.baseline.function = (enum baseline_verdict)(i / 200 % 4);
		struct story a = {.n = 0}, b = {.n = 0};
		ev.fact = (uint64_t)fact + 1;
		rules_judge(remembers, &ev, (struct finding_sink){take, &a});
		ev.fact = 0;
		rules_judge(asks, &ev, (struct finding_sink){take, &b});
		ck_assert_str_eq(a.text, b.text);
		told += a.n;
	}
	ck_assert_uint_gt(told, STEPS / 10);
	ck_assert_uint_gt(rules_counters(remembers).facts_recalled, STEPS / 4);
	ck_assert_uint_eq(rules_counters(asks).facts_recalled, 0);
	rules_free(remembers);
	rules_free(asks);
}
END_TEST

static struct event of_fact(uint64_t fact)
{
	return (struct event){.table = modbus_dissector.table, .count = 1, .fact = fact};
}

START_TEST(full_sets_forget_what_was_asked_for_longest_ago)
{
	struct recall *r = recall_new();
	struct recalled what = {.n = 1, .watches = {{.no = 3, .held = true}}};
	uint64_t state;

	ck_assert_ptr_nonnull(r);
	for (uint64_t fact = 1; fact <= 3 * RECALL_FACTS; fact++) {
		struct event ev = of_fact(fact), first = of_fact(1);
		ck_assert_ptr_null(recall_find(r, &ev, &state));
		ck_assert_uint_eq(state, 0); /* never told before: not worth it */
		ck_assert_ptr_null(recall_find(r, &ev, &state));
		ck_assert_uint_ne(state, 0);
		recall_note(r, &ev, state, &what);
		ck_assert_ptr_nonnull(recall_find(r, &ev, &state));
		/* one that is asked for all the time stays */
		const struct recalled *f = recall_find(r, &first, &state);
		ck_assert_ptr_nonnull(f);
		ck_assert_uint_eq(f->watches[0].no, 3);
	}
	ck_assert_uint_ge(recall_count(r).replaced, 2 * RECALL_FACTS);
	recall_forget(r);
	struct event ev = of_fact(1);
	ck_assert_ptr_null(recall_find(r, &ev, &state));
	recall_free(r);
}
END_TEST

START_TEST(gates_have_facts_of_their_own)
{
	struct recall *r = recall_new();
	struct event a = of_fact(5), b = of_fact((UINT64_C(1) << FACT_BITS) + 2);
	uint64_t state;

	ck_assert_ptr_null(recall_find(r, &b, &state));
	ck_assert_uint_eq(state, 0);
	ck_assert_ptr_null(recall_find(r, &a, &state));
	ck_assert_uint_eq(state, 0); /* news of the first gate, though the second has come further */
	recall_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("recall");
	TCase *t = tcase_create("recall");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, what_is_remembered_is_what_is_found);
	tcase_add_test(t, full_sets_forget_what_was_asked_for_longest_ago);
	tcase_add_test(t, gates_have_facts_of_their_own);
	suite_add_tcase(s, t);
	return run_suite(s);
}
