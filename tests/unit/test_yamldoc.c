/* yamldoc: positions, refusals. */
#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/yamldoc.h"
#include "run_suite.h"

static const struct {
	const char *yaml, *complaint; /* NULL: good */
} docs[] = {
    {"a: 1\nb: [x, y]\n", NULL},
    {"", NULL},
    {"a: 1\n---\nb: 2\n", NULL},
    {"a: 1\nb: 2\na: 3\n", "t.yaml:3:1: key \"a\" stands here a second time (first in line 1). Remove one"},
    {"a: { x: 1, y: 2, y: 3, x: 4 }\n", "t.yaml:1:18: key \"y\" stands here a second time (first in line 1)"},
    {"a: [1, 2\n", "t.yaml:2:1: not valid YAML"},
    {"a: &x 1\nb: *x\n", "t.yaml:2:4: anchors and aliases"},
    {"a:\n\t- 1\n", "t.yaml:2:1: not valid YAML"},
    {"? [a, b]\n: 1\n", "t.yaml:1:3: a key must be plain text"},
    {"a: \"x\\0y\"\n", "t.yaml:1:4: a NUL character"},
};

START_TEST(documents_are_read_or_refused)
{
	struct yamldoc d;
	struct complaint c = {{0}};
	int err = yamldoc_parse(&d, "t.yaml", docs[_i].yaml, strlen(docs[_i].yaml), &c);

	if (!docs[_i].complaint) {
		ck_assert_msg(err == 0, "%s", c.text);
		yamldoc_free(&d);
		return;
	}
	ck_assert_int_lt(err, 0);
	ck_assert_msg(strncmp(c.text, docs[_i].complaint, strlen(docs[_i].complaint)) == 0,
		      "expected \"%s\", got \"%s\"", docs[_i].complaint, c.text);
}
END_TEST

START_TEST(every_node_knows_where_it_stands)
{
	static const char text[] = "zones:\n  - id: cell\n    vlans: [1, x]\n";
	static const char *const known[] = {"id", "vlan", NULL};
	struct yamldoc d;
	struct complaint c;
	int64_t v;

	ck_assert_int_eq(yamldoc_parse(&d, "t.yaml", text, sizeof(text) - 1, &c), 0);
	struct yaml_node *zone = yaml_get(d.roots[0], "zones")->child;
	struct yaml_node *id = yaml_get(zone, "id");
	ck_assert_uint_eq(id->line, 2);
	ck_assert_uint_eq(id->column, 9);
	ck_assert_int_lt(yaml_only_keys(&d, zone, known, &c), 0);
	ck_assert_str_eq(c.text, "t.yaml:3:5: unknown key \"vlans\". Did you mean \"vlan\"?");
	struct yaml_node *vlans = yaml_get(zone, "vlans");
	ck_assert_uint_eq(yaml_count(vlans), 2);
	ck_assert_int_eq(yaml_int(&d, vlans->child, 1, 4094, &v, &c), 0);
	ck_assert_int_lt(yaml_int(&d, vlans->child->next, 1, 4094, &v, &c), 0);
	ck_assert_str_eq(c.text, "t.yaml:3:16: expected a whole number from 1 to 4094 here");
	yamldoc_free(&d);
}
END_TEST

static const struct {
	const char *text;
	int64_t value; /* -1: refused */
} numbers[] = {{"10", 10},   {"0", 0},   {"0x10", 16}, {"0X1f", 31}, {"+7", 7},   {"010", -1}, {"08", -1},
	       {"-010", -1}, {"00", -1}, {"0b11", -1}, {"0o17", -1}, {"1e3", -1}, {"", -1},    {"9999", -1}};

START_TEST(numbers_are_decimal_or_say_what_they_are)
{
	struct yaml_node n = {.kind = YAML_SCALAR, .line = 3, .column = 5, .text = (char *)(uintptr_t)numbers[_i].text};
	struct yamldoc d = {.file = "t.yaml"};
	struct complaint c = {{0}};
	int64_t v = -1;
	int err = yaml_int(&d, &n, -100, 4094, &v, &c);

	ck_assert_int_eq(err, numbers[_i].value < 0 ? -EINVAL : 0);
	ck_assert_int_eq(v, numbers[_i].value);
	if (strcmp(numbers[_i].text, "010") == 0)
		ck_assert_str_eq(c.text,
				 "t.yaml:3:5: \"010\" begins with 0, which some read as octal. Write the number "
				 "without it");
}
END_TEST

/* One key after the other is compared with its neighbours only. */
START_TEST(many_keys_do_not_take_long)
{
	enum { KEYS = 60000, BYTES_EACH = 16 };
	char *text = malloc(KEYS * BYTES_EACH), *at = text;
	struct yamldoc d;
	struct complaint c = {{0}};

	for (int i = 0; i < KEYS; i++)
		at += sprintf(at, "key%d: 1\n", i);
	clock_t began = clock();
	ck_assert_msg(yamldoc_parse(&d, "t.yaml", text, (size_t)(at - text), &c) == 0, "%s", c.text);
	ck_assert_uint_eq(yaml_count(d.roots[0]), KEYS);
	ck_assert_double_lt((double)(clock() - began) / CLOCKS_PER_SEC, 5);
	yamldoc_free(&d);
	free(text);
}
END_TEST

START_TEST(depth_is_bounded)
{
	char text[4096];
	struct yamldoc d;
	struct complaint c;

	memset(text, '[', 1000);
	memset(text + 1000, ']', 1000);
	ck_assert_int_lt(yamldoc_parse(&d, "t.yaml", text, 2000, &c), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("yamldoc");
	TCase *t = tcase_create("yamldoc");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, documents_are_read_or_refused, 0, sizeof(docs) / sizeof(docs[0]));
	tcase_add_test(t, every_node_knows_where_it_stands);
	tcase_add_loop_test(t, numbers_are_decimal_or_say_what_they_are, 0, sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_test(t, many_keys_do_not_take_long);
	tcase_add_test(t, depth_is_bounded);
	return run_suite(s);
}
