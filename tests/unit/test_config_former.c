/* config_former: keys under their former names. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_former.h"
#include "run_suite.h"

static const struct former_key keys[] = {
    {"window", "incidents.window_minutes", "0.2.0"}, {"redis.tls_ca", "redis.tls.ca", "0.2.0"},
    {"redis.pass", "redis.secret", "0.3.0"},	      {"redis.secret", "redis.password", "0.4.0"},
    {NULL, NULL, NULL},
};

static const struct {
	const char *yaml;
	const char *at, *value; /* where the value is then, and what */
	const char *complaint;	/* NULL: none */
} rows[] = {
    {"window: 5\n", "incidents.window_minutes", "5", NULL},
    {"incidents: { tell: yes }\nwindow: 5\n", "incidents.window_minutes", "5", NULL},
    {"incidents: { tell: yes }\nwindow: 5\n", "incidents.tell", "yes", NULL},
    {"redis: { tls_ca: a.pem, url: x }\n", "redis.tls.ca", "a.pem", NULL},
    {"redis: { tls: { key: k }, tls_ca: a.pem }\n", "redis.tls.key", "k", NULL},
    /* renamed twice */
    {"redis: { pass: p }\n", "redis.password", "p", NULL},
    /* today's names stay */
    {"redis: { tls: { ca: b.pem } }\n", "redis.tls.ca", "b.pem", NULL},
    {"", NULL, NULL, NULL},
    {"a: 1\nincidents: { window_minutes: 1 }\nwindow: 5\n", NULL, NULL,
     "t.yaml:3:1: \"window\" is called \"incidents.window_minutes\" since 0.2.0, which stands in line 2. Remove this one"},
    {"incidents: 1\nwindow: 5\n", NULL, NULL,
     "t.yaml:2:1: \"window\" is called \"incidents.window_minutes\" since 0.2.0. Write it so"},
};

START_TEST(values_are_found_under_todays_names)
{
	struct yamldoc d;
	struct complaint c = {{0}};

	ck_assert_int_eq(yamldoc_parse(&d, "t.yaml", rows[_i].yaml, strlen(rows[_i].yaml), &c), 0);
	log_set_level(LOG_LEVEL_ERROR);
	int err = config_former_bring_up(&d, keys, &c);
	if (rows[_i].complaint) {
		ck_assert_int_eq(err, -EINVAL);
		ck_assert_str_eq(c.text, rows[_i].complaint);
	} else {
		ck_assert_msg(err == 0, "%s", c.text);
	}
	if (rows[_i].at) {
		const struct yaml_node *n = yaml_at(d.roots[0], rows[_i].at);
		ck_assert_ptr_nonnull(n);
		ck_assert_str_eq(n->text, rows[_i].value);
		ck_assert_str_eq(n->key->text, strrchr(rows[_i].at, '.') + 1);
		for (const struct former_key *k = keys; k->was; k++)
			ck_assert_ptr_null(yaml_at(d.roots[0], k->was));
	}
	yamldoc_free(&d);
}
END_TEST

/* A complaint about the value names the line that was written. */
START_TEST(a_moved_value_keeps_its_place)
{
	static const char yaml[] = "a: 1\n\nwindow: 5\n";
	struct yamldoc d;
	struct complaint c = {{0}};

	ck_assert_int_eq(yamldoc_parse(&d, "t.yaml", yaml, sizeof(yaml) - 1, &c), 0);
	log_set_level(LOG_LEVEL_ERROR);
	ck_assert_int_eq(config_former_bring_up(&d, keys, &c), 0);
	const struct yaml_node *n = yaml_at(d.roots[0], "incidents.window_minutes");
	ck_assert_uint_eq(n->line, 3);
	ck_assert_uint_eq(n->column, 9);
	ck_assert_uint_eq(n->key->line, 3);
	ck_assert_uint_eq(yaml_at(d.roots[0], "incidents")->key->line, 3);
	yamldoc_free(&d);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config_former");
	TCase *t = tcase_create("keys");
	tcase_add_loop_test(t, values_are_found_under_todays_names, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, a_moved_value_keeps_its_place);
	suite_add_tcase(s, t);
	return run_suite(s);
}
