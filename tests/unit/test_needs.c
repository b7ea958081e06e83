/* needs: what is said of a condition without asking it is what it says itself. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/needs.h"
#include "event/dissector.h"
#include "run_suite.h"

extern const struct dissector modbus_dissector;

static const struct field_table *tables[2];
static const struct field_registry registry = {tables};
static struct arena arena;
static struct expr_memory memory;
static struct presence presence;

static void setup(void)
{
	tables[0] = modbus_dissector.table;
	ck_assert_int_eq(arena_init(&arena, 1 << 16, 1 << 22), 0);
	memory = (struct expr_memory){.arena = &arena};
	ck_assert(presence_init(&presence, modbus_dissector.table));
}

static void teardown(void)
{
	expr_memory_deinit(&memory);
	arena_deinit(&arena);
}

static const struct expr *compiled(const char *text)
{
	struct expr_error e;
	struct expr *x;

	if (expr_compile(&x, text, "modbus", &registry, &memory, &e) != 0)
		ck_abort_msg("%s: %s", text, e.text);
	x->wire = x;
	return x;
}

static const struct {
	const char *condition;
	size_t rows;
} conditions[] = {
    {"modbus.unit_id == 1", 1},
    {"modbus.unit_id != 1", 1},
    {"not modbus.unit_id", 0},
    {"not modbus.unit_id == 1 and modbus.function_raw in {3, 4}", 1},
    {"modbus.unit_id and modbus.request.address > 10", 2},
    {"modbus.unit_id == 1 or modbus.request.address > 10", 1},
    {"modbus.unit_id == 1 or func_class == write", 0},
    {"src.purdue <= L2 and dest.fa_zone == \"fa.control\"", 2},
    {"src.purdue <= L3 or dest.zone == \"office\" or dest.registered == false", 1},
    {"dest.zone and (not src.zone or modbus.function_raw == 3)", 1},
    {"modbus.request.address == modbus.request.quantity", 1},
    {"dest_port == 502 and (modbus.unit_id > 3 or src.phase == \"operate\")", 1},
};
enum { CONDITIONS = sizeof(conditions) / sizeof(conditions[0]) };

static const char *const fields[] = {"modbus.unit_id", "modbus.function_raw", "modbus.request.address",
				     "modbus.request.quantity"};

static struct endpoint anyone(void)
{
	return (struct endpoint){.zone = rand() % 2 ? "office" : "",
				 .fa_zone = rand() % 2 ? "fa.control" : "",
				 .phase = rand() % 2 ? "operate" : NULL,
				 .purdue = rand() % 2 ? rand() % 5 * 10 : PURDUE_UNKNOWN,
				 .registered = (enum registered)(rand() % 3 - 1)};
}

START_TEST(what_holds_has_what_it_needs)
{
	const struct expr *x = compiled(conditions[_i].condition);
	struct needs n;
	unsigned spared = 0, held = 0;

	ck_assert(needs_of(&n, &presence, &x, 1, false, &arena));
	ck_assert_uint_eq(n.n, conditions[_i].rows);
	srand(3);
	for (int i = 0; i < 5000; i++) {
		struct event_value values[4];
		struct endpoint ends[2] = {anyone(), anyone()};
		struct event ev = {.table = modbus_dissector.table, .at.dest_port = 502, .values = values, .count = 1};
		uint64_t there[NEEDS_WORDS];
		ev.at.ip_proto = 6;
		ev.func_class = rand() % 2 ? CLASS_WRITE : CLASS_READ;
		ev.src = rand() % 4 ? &ends[0] : NULL;
		ev.dest = rand() % 4 ? &ends[1] : NULL;
		for (int f = 0; f < 4; f++) {
			if (rand() % 2)
				values[ev.n_values++] = (struct event_value){.field = field_find(&registry, fields[f]),
									     .u = (uint64_t)(rand() % 16)};
		}
		presence_of(&presence, &ev, there);
		bool may = needs_met(&n, &presence, there), holds = expr_holds(x, &ev);
		ck_assert_msg(may || !holds, "%s", conditions[_i].condition);
		spared += !may;
		held += holds;
	}
	ck_assert_uint_gt(held, 0);
	ck_assert(n.n == 0 ? spared == 0 : spared > 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("needs");
	TCase *t = tcase_create("needs");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, what_holds_has_what_it_needs, 0, CONDITIONS);
	suite_add_tcase(s, t);
	return run_suite(s);
}
