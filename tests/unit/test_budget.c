/* memory: in the configuration: every cap follows from it, and the sum of all stays below. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/budget.h"
#include "app/pipeline.h"
#include "run_suite.h"

static struct complaint c;

/* @text besides the rules, which are the source's. @return NULL where it is refused: the complaint says why.
 */
static struct policy_set *load(const char *text)
{
	static char file[64]; /* the set names it as long as it lives */
	char dir[4096];
	int err;

	snprintf(file, sizeof(file), "/tmp/sekisho-budget-XXXXXX");
	int fd = mkstemp(file);
	FILE *f = fdopen(fd, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(getcwd(dir, sizeof(dir)));
	fprintf(f, "rules: { packs: [%s/rules/packs], texts: %s/rules/text }\n%s\n", dir, dir, text);
	ck_assert_int_eq(fclose(f), 0);
	c.text[0] = '\0';
	struct policy_set *set = policy_set_load(file, &c, &err);
	unlink(file);
	return set;
}

/* @return the budget of @sources; none where it is refused. */
static struct budget budget_of(const char *text, unsigned sources)
{
	struct budget b = {0};
	struct policy_set *set = load(text);

	ck_assert_msg(set, "%s", c.text);
	if (budget_make(&b, set, sources, 1, &c) < 0)
		b = (struct budget){0};
	policy_set_free(set);
	return b;
}

START_TEST(without_memory_every_table_has_its_usual_size)
{
	struct budget b = budget_of("", 1), two = budget_of("", 2);

	ck_assert_uint_eq(b.flows, 262144);
	ck_assert_uint_eq(b.facts, 131072);
	ck_assert_uint_eq(b.assets, 200000);
	ck_assert_uint_eq(b.conversations, 500000);
	ck_assert_uint_gt(two.ceiling_bytes, b.ceiling_bytes);
}
END_TEST

START_TEST(the_ceiling_is_what_is_allowed)
{
	static const unsigned mib[] = {224, 256, 384, 512, 1024, 4096, 16384};
	uint32_t flows = 0;

	for (size_t i = 0; i < sizeof(mib) / sizeof(mib[0]); i++) {
		char text[64];
		snprintf(text, sizeof(text), "memory: %uMiB", mib[i]);
		struct budget b = budget_of(text, 1);
		ck_assert_msg(b.ceiling_bytes <= (uint64_t)mib[i] << 20, "%u MiB: %llu", mib[i],
			      (unsigned long long)b.ceiling_bytes);
		/* and no more than a tenth of it lies idle */
		ck_assert_msg(b.ceiling_bytes >= ((uint64_t)mib[i] << 20) / 10 * 9, "%u MiB: %llu", mib[i],
			      (unsigned long long)b.ceiling_bytes);
		ck_assert_uint_gt(b.flows, flows);
		flows = b.flows;
	}
}
END_TEST

START_TEST(more_sources_share_it)
{
	struct budget one = budget_of("memory: 1GiB", 1), four = budget_of("memory: 1GiB", 4);

	ck_assert_uint_lt(four.flows, one.flows);
	ck_assert_uint_le(four.ceiling_bytes, UINT64_C(1) << 30);
}
END_TEST

START_TEST(what_is_set_by_itself_stays)
{
	struct budget b = budget_of("memory: 512MiB\nflows: { max: 2000, half_open: 3000 }\ngate: { facts: 5000 }", 1),
		      plain = budget_of("memory: 512MiB", 1);

	ck_assert_uint_eq(b.flows, 2000);
	ck_assert_uint_eq(b.half_open, 3000);
	ck_assert_uint_eq(b.facts, 5000);
	ck_assert_uint_gt(b.assets, plain.assets);
	ck_assert_uint_le(b.ceiling_bytes, 512 << 20);
	/* the rings of the capture count, too */
	ck_assert_uint_lt(budget_of("memory: 512MiB\ncapture: { interfaces: [eth1], ring_mb: 100 }", 1).assets,
			  plain.assets);
}
END_TEST

static const struct {
	const char *text, *says;
} refusals[] = {
    {"memory: 64MiB", "memory: 64 MiB is too little: the smallest tables, and what is set by itself, take "},
    {"memory: 512MiB\nflows: { max: 16777216 }", "Raise memory, or lower flows.max"},
    {"memory: 512", ":2:9: expected a size such as 512MiB or 2GiB here"},
    {"memory: 512 MB", "expected a size"},
    {"memory: -1MiB", "expected a size"},
    {"memory: 9999999999999999999MiB", "expected a size"},
    {"memory: [1MiB]", "expected a size"},
};

START_TEST(refused)
{
	struct budget b;
	struct policy_set *set = load(refusals[_i].text);

	if (set)
		ck_assert_int_lt(budget_make(&b, set, 1, 1, &c), 0);
	policy_set_free(set);
	ck_assert_msg(strstr(c.text, refusals[_i].says), "%s: %s", refusals[_i].text, c.text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("budget");
	TCase *tc = tcase_create("budget");

	tcase_add_test(tc, without_memory_every_table_has_its_usual_size);
	tcase_add_test(tc, the_ceiling_is_what_is_allowed);
	tcase_add_test(tc, more_sources_share_it);
	tcase_add_test(tc, what_is_set_by_itself_stays);
	tcase_add_loop_test(tc, refused, 0, sizeof(refusals) / sizeof(refusals[0]));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
