/* shape: a record whose shape is known is judged as one whose shape is seen for the first time. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/expr.h"
#include "engine/features.h"
#include "engine/rules.h"
#include "engine/shape.h"
#include "event/dissector.h"
#include "run_suite.h"

extern const struct dissector modbus_dissector;

static const struct field_table *tables[2];
static const struct field_registry registry = {tables};
static const struct field_def *known[8], *list;
static struct arena arena;
static struct expr_memory memory;

static void setup(void)
{
	tables[0] = modbus_dissector.table;
	ck_assert_int_eq(arena_init(&arena, 1 << 16, 1 << 22), 0);
	memory = (struct expr_memory){.arena = &arena};
}

static void teardown(void)
{
	expr_memory_deinit(&memory);
	arena_deinit(&arena);
}

/* Fields alone, things of the ends, comparisons that stand in an index, lists, and what several of them ask. */
static const char *const conditions[] = {
    "modbus.unit_id == 1",
    "modbus.unit_id == 2 and src.zone == \"office\"",
    "modbus.unit_id == 3 and modbus.request.address > 7",
    "modbus.unit_id in {4, 5} or src.purdue <= L2",
    "not modbus.unit_id and dest.registered == false",
    "modbus.request.file_records.file == 7",
    "modbus.request.file_records.file == 7 and not modbus.request.file_records.record == 3",
    "modbus.request.file_records.record != 3 and dest.zone",
    "modbus.request.values == 258",
    "modbus.request.values == 1 and modbus.unit_id == 1",
    "modbus.request.address == modbus.request.quantity",
    "modbus.request.address and not modbus.request.quantity and src.zone",
    "src.zone == \"office\" and dest.zone == \"office\"",
    "src.zone == \"office\" and modbus.function_raw == 3",
    "modbus.function_raw == 4 and (src.phase == \"operate\" or dest.phase == \"operate\")",
    "modbus.function_raw == 5 and src.purdue <= L2",
};
enum { CONDITIONS = sizeof(conditions) / sizeof(conditions[0]) };

static const char *const fields[] = {"modbus.unit_id",
				     "modbus.function_raw",
				     "modbus.request.address",
				     "modbus.request.quantity",
				     "modbus.request.file_records.file",
				     "modbus.request.file_records.record",
				     "modbus.data_type"};
enum { FIELDS = sizeof(fields) / sizeof(fields[0]), VALUES = 100 };

static struct rules *parsed(void)
{
	char text[8192];
	size_t len = 0;
	struct complaint c;
	struct rules *r;

	for (int i = 0; i < CONDITIONS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"- { id: T-%d, on: modbus, level: low, title: { en: a, ja: b }, when: '%s' }\n",
					i, conditions[i]);
	ck_assert_uint_lt(len, sizeof(text));
	if (rules_parse(&r, "t.yaml", text, len, &registry, &c) != 0)
		ck_abort_msg("%s", c.text);
	return r;
}

static const struct expr *compiled(const char *text)
{
	struct expr_error e;
	struct expr *x;

	if (expr_compile(&x, text, "modbus", &registry, &memory, &e) != 0)
		ck_abort_msg("%s: %s", text, e.text);
	return x;
}

static struct endpoint anyone(void)
{
	return (struct endpoint){.zone = rand() % 2 ? "office" : "",
				 .phase = rand() % 2 ? "operate" : NULL,
				 .purdue = rand() % 2 ? rand() % 5 * 10 : PURDUE_UNKNOWN,
				 .registered = (enum registered)(rand() % 3 - 1)};
}

static void take(void *ctx, const struct finding *f)
{
	*(uint32_t *)ctx |= UINT32_C(1) << atoi(f->rule->id + 2);
}

/* @n values of any fields in any order; now and then a list of registers among them. */
static void fill(struct event *ev, uint16_t n)
{
	static const uint8_t registers[] = {0, 1, 1, 2};
	for (ev->n_values = 0; ev->n_values < n;) {
		struct event_value *v = &ev->values[ev->n_values++];
		*v = (struct event_value){.field = known[rand() % FIELDS], .u = (uint64_t)(rand() % 9)};
		if (rand() % 8 == 0 && list->type == FIELD_TYPE_U16S)
			*v = (struct event_value){.field = list, .count = 2, .ptr = registers};
	}
}

START_TEST(what_holds_is_found)
{
	struct rules *r = parsed();
	const struct expr *alone[CONDITIONS];
	unsigned held = 0;

	for (int i = 0; i < CONDITIONS; i++)
		alone[i] = compiled(conditions[i]);
	for (int i = 0; i < FIELDS; i++)
		known[i] = field_find(&registry, fields[i]);
	list = field_find(&registry, "modbus.request.values");
	srand(5);
	for (int i = 0; i < (_i < 2 ? 20000 : 2000); i++) {
		struct event_value values[VALUES];
		struct endpoint ends[2] = {anyone(), anyone()};
		struct event ev = {.table = modbus_dissector.table, .values = values, .count = 1};
		uint32_t want = 0, found = 0;
		ev.src = rand() % 4 ? &ends[0] : NULL;
		ev.dest = rand() % 4 ? &ends[1] : NULL;
		if (_i == 0) /* few shapes: each comes again with other ends */
			srand((unsigned)(i / 8 % 20));
		int n = _i == 0 ? rand() % 5 : _i == 1 ? rand() % 8 : SHAPE_VALUES - 2 + rand() % 5;
		fill(&ev, (uint16_t)n);
		if (_i == 0) {
			srand((unsigned)i + 1000);
			for (uint16_t k = 0; k < ev.n_values; k++) {
				if (values[k].field->type != FIELD_TYPE_U16S)
					values[k].u = (uint64_t)(rand() % 9);
			}
		}
		for (int k = 0; k < CONDITIONS; k++)
			want |= (uint32_t)expr_holds(alone[k], &ev) << k;
		rules_judge(r, &ev, (struct finding_sink){take, &found});
		ck_assert_msg(found == want, "record %d: %x are found, %x hold", i, found, want);
		ck_assert_ptr_null(ev.places);
		held += found != 0;
	}
	ck_assert_uint_gt(held, 1000);
	rules_free(r);
}
END_TEST

/* Ports as ranges cut them, texts as tests name them. */
START_TEST(values_fall_into_classes)
{
	static const char *const asked[] = {"dest_port == 502",       "dest_port < 1024 and dest_port != 80",
					    "src.zone == \"office\"", "src.zone in {\"cell\", \"dmz\"}",
					    "src.zone != dest.zone",  "modbus.unit_id"};
	static const struct {
		uint16_t a, b;
		bool alike;
	} ports[] = {{502, 502, true},    {501, 503, false},   {501, 502, false}, {79, 81, false},
		     {1023, 1024, false}, {1024, 65535, true}, {0, 79, true},     {81, 501, true}};
	struct features *fs = features_new();
	uint16_t port, zone;

	ck_assert_ptr_nonnull(fs);
	memory.features = fs;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		(void)compiled(asked[i]);
	port = compiled(asked[0])->tests[0].feature;
	zone = compiled(asked[2])->tests[0].feature;
	ck_assert_uint_ge(port, FEATURE_FIRST);
	ck_assert_uint_eq(compiled(asked[1])->tests[0].feature, port);
	ck_assert_uint_eq(compiled(asked[3])->tests[0].feature, zone);
	ck_assert_uint_ne(compiled(asked[4])->tests[0].feature, zone);
	ck_assert_uint_eq(compiled(asked[5])->tests[0].feature, FEATURE_PRESENCE);
	ck_assert_uint_eq(compiled("lower(src.zone) == \"office\"")->tests[0].feature, FEATURE_NONE);
	ck_assert_uint_eq(compiled("src.zone contains \"off\"")->tests[0].feature, FEATURE_NONE);
	ck_assert(features_finish(fs));
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		struct event a = {.at = {.ip_proto = IPPROTO_TCP, .dest_port = ports[i].a}}, b = a;
		b.at.dest_port = ports[i].b;
		bool alike = feature_class(features_get(fs, port), &a) == feature_class(features_get(fs, port), &b);
		ck_assert_msg(alike == ports[i].alike, "%u and %u", ports[i].a, ports[i].b);
	}
	struct endpoint ends[] = {
	    {.zone = "office"}, {.zone = "cell"}, {.zone = "dmz"}, {.zone = "yard"}, {.zone = ""}};
	uint32_t seen = 0;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct event ev = {.src = &ends[i]};
		seen |= UINT32_C(1) << feature_class(features_get(fs, zone), &ev);
	}
	ck_assert_uint_eq(seen, 0x1f); /* none, another, and three that are named */
	ends[0].zone = "mill";
	struct event ev = {.src = &ends[0]};
	ck_assert_uint_eq(feature_class(features_get(fs, zone), &ev), 1);
	memory.features = NULL;
	features_free(fs);
}
END_TEST

struct raised {
	struct endpoint *src;
	uint32_t found;
};

static void take_and_raise(void *ctx, const struct finding *f)
{
	struct raised *r = ctx;

	r->found |= UINT32_C(1) << atoi(f->rule->id + 2);
	if (f->rule->raise[0])
		r->src->usage = f->rule->raise;
}

/* The first rule finds its source in use for more than is declared: the rules behind it judge by that. */
START_TEST(what_a_rule_raises_counts_at_once)
{
	static const char yaml[] =
	    "- { id: T-0, on: modbus, level: low, title: { en: a, ja: b }, when: src.usage == \"storage\" and "
	    "modbus.unit_id == 7, raise: control }\n"
	    "- { id: T-1, on: modbus, level: low, title: { en: a, ja: b }, when: src.usage == \"control\" }\n"
	    "- { id: T-2, on: modbus, level: low, title: { en: a, ja: b }, when: src.usage == \"storage\" }\n";
	struct complaint c;
	struct rules *r;

	if (rules_parse(&r, "t.yaml", yaml, sizeof(yaml) - 1, &registry, &c) != 0)
		ck_abort_msg("%s", c.text);
	for (uint64_t unit = 6; unit < 8; unit++) {
		for (int again = 0; again < 3; again++) { /* not known yet, then known */
			struct event_value value = {.field = field_find(&registry, "modbus.unit_id"), .u = unit};
			struct endpoint src = {.usage = "storage", .zone = ""}, dest = {.usage = "", .zone = ""};
			struct event ev = {.table = modbus_dissector.table,
					   .values = &value,
					   .n_values = 1,
					   .count = 1,
					   .src = &src,
					   .dest = &dest};
			struct raised raised = {.src = &src};
			rules_judge(r, &ev, (struct finding_sink){take_and_raise, &raised});
			ck_assert_uint_eq(raised.found, unit == 7 ? 0x3 : 0x4);
		}
	}
	ck_assert_uint_eq(rules_counters(r).situations, 2);
	rules_free(r);
}
END_TEST

static struct rules *of_one_rule(const char *when)
{
	char text[512];
	struct complaint c;
	struct rules *r;
	int len = snprintf(text, sizeof(text),
			   "- { id: T-0, on: modbus, level: low, title: { en: a, ja: b }, when: '%s' }\n", when);

	if (rules_parse(&r, "t.yaml", text, (size_t)len, &registry, &c) != 0)
		ck_abort_msg("%s", c.text);
	return r;
}

/* How many findings there are of a record with these values, sent by one who is used for @usage. */
static unsigned judged(const struct rules *r, struct event_value *values, uint16_t n, const char *usage)
{
	struct endpoint src = {.usage = usage, .zone = ""}, dest = {.usage = "", .zone = ""};
	struct event ev = {
	    .table = modbus_dissector.table, .values = values, .n_values = n, .count = 1, .src = &src, .dest = &dest};
	uint32_t found = 0;

	rules_judge(r, &ev, (struct finding_sink){take, &found});
	return found;
}

/* Who a number rules out is not asked for his texts. */
START_TEST(features_are_read_as_far_as_they_matter)
{
	static const char *const usages[] = {"storage", "control", "safety"};
	struct rules *r = of_one_rule("modbus.unit_id == 7 and src.usage in {\"storage\", \"control\"}");

	for (uint64_t unit = 6; unit < 8; unit++) {
		for (int i = 0; i < 3; i++) {
			struct event_value value = {.field = field_find(&registry, "modbus.unit_id"), .u = unit};
			ck_assert_uint_eq(judged(r, &value, 1, usages[i]), unit == 7 && i < 2);
		}
	}
	ck_assert_uint_eq(rules_counters(r).situations, 1 + 3);
	rules_free(r);
}
END_TEST

/* A field that no condition reads makes another shape, and no other situation; one that is asked for does. */
START_TEST(shapes_share_their_situations)
{
	struct rules *r = of_one_rule("modbus.unit_id == 7 and not modbus.request.quantity");
	struct event_value values[] = {{.field = field_find(&registry, "modbus.unit_id"), .u = 7},
				       {.field = field_find(&registry, "modbus.request.address"), .u = 1},
				       {.field = field_find(&registry, "modbus.request.quantity"), .u = 1}};

	ck_assert_uint_eq(judged(r, values, 1, ""), 1);
	ck_assert_uint_eq(judged(r, values, 2, ""), 1);
	ck_assert_uint_eq(rules_counters(r).situations, 1);
	ck_assert_uint_eq(judged(r, values, 3, ""), 0);
	ck_assert_uint_eq(rules_counters(r).situations, 2);
	rules_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("shape");
	TCase *t = tcase_create("shape");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, what_holds_is_found, 0, 3);
	tcase_add_test(t, values_fall_into_classes);
	tcase_add_test(t, what_a_rule_raises_counts_at_once);
	tcase_add_test(t, features_are_read_as_far_as_they_matter);
	tcase_add_test(t, shapes_share_their_situations);
	suite_add_tcase(s, t);
	return run_suite(s);
}
