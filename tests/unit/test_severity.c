#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "alert/severity.h"
#include "run_suite.h"

static const struct severity_weights usual;

static struct endpoint end_of(enum impact impact, unsigned criticality, enum registered registered)
{
	return (struct endpoint){.known = true,
				 .name = "x",
				 .usage = "control",
				 .use_case = impact == IMPACT_LOW ? "poc" : "production",
				 .impact = impact,
				 .criticality = (uint8_t)criticality,
				 .registered = registered};
}

/* @words: NULL, or what is to be said of it. */
static struct severity weigh_in_words(enum alert_level level, int floor, struct endpoint src, struct endpoint dest,
				      struct severity_reason *words)
{
	struct rule_info rule = {.id = "R", .floor = floor, .raise = ""};
	struct event ev = {.src = &src, .dest = &dest};
	struct finding f = {.rule = &rule, .event = &ev, .level = level};
	struct severity s;

	severity_of(&usual, &f, &s);
	if (words)
		severity_explain(&s, words);
	return s;
}

static struct severity weigh(enum alert_level level, int floor, struct endpoint src, struct endpoint dest)
{
	return weigh_in_words(level, floor, src, dest, NULL);
}

static const struct {
	enum alert_level found;
	int floor;
	enum impact impact;
	unsigned criticality;
	enum registered registered;
	unsigned final;
	enum alert_level level;
	bool held;
} sums[] = {
    /* nothing is known: as the rule says */
    {LEVEL_CRITICAL, -1, IMPACT_UNKNOWN, 0, REGISTERED_UNKNOWN, 92, LEVEL_CRITICAL, false},
    {LEVEL_HIGH, -1, IMPACT_UNKNOWN, 0, REGISTERED_UNKNOWN, 70, LEVEL_HIGH, false},
    {LEVEL_MEDIUM, -1, IMPACT_UNKNOWN, 0, REGISTERED_UNKNOWN, 50, LEVEL_MEDIUM, false},
    {LEVEL_LOW, -1, IMPACT_UNKNOWN, 0, REGISTERED_UNKNOWN, 30, LEVEL_LOW, false},
    {LEVEL_INFO, -1, IMPACT_UNKNOWN, 0, REGISTERED_UNKNOWN, 10, LEVEL_INFO, false},
    /* a zone alone changes no level */
    {LEVEL_HIGH, -1, IMPACT_UNKNOWN, 5, REGISTERED_YES, 77, LEVEL_HIGH, false},
    {LEVEL_HIGH, -1, IMPACT_UNKNOWN, 1, REGISTERED_YES, 67, LEVEL_HIGH, false},
    {LEVEL_CRITICAL, -1, IMPACT_UNKNOWN, 1, REGISTERED_YES, 87, LEVEL_CRITICAL, false},
    {LEVEL_MEDIUM, -1, IMPACT_UNKNOWN, 1, REGISTERED_YES, 48, LEVEL_MEDIUM, false},
    {LEVEL_LOW, -1, IMPACT_UNKNOWN, 5, REGISTERED_YES, 33, LEVEL_LOW, false},
    /* high impact lifts, low impact lowers */
    {LEVEL_HIGH, -1, IMPACT_HIGH, 5, REGISTERED_YES, 96, LEVEL_CRITICAL, false},
    {LEVEL_MEDIUM, -1, IMPACT_HIGH, 5, REGISTERED_YES, 69, LEVEL_HIGH, false},
    {LEVEL_CRITICAL, -1, IMPACT_HIGH, 5, REGISTERED_YES, 100, LEVEL_CRITICAL, false},
    {LEVEL_HIGH, -1, IMPACT_MID, 3, REGISTERED_YES, 70, LEVEL_HIGH, false},
    {LEVEL_CRITICAL, -1, IMPACT_LOW, 3, REGISTERED_YES, 64, LEVEL_HIGH, false},
    {LEVEL_HIGH, -1, IMPACT_LOW, 1, REGISTERED_YES, 47, LEVEL_MEDIUM, false},
    {LEVEL_MEDIUM, -1, IMPACT_LOW, 3, REGISTERED_YES, 35, LEVEL_LOW, false},
    /* who is not registered */
    {LEVEL_MEDIUM, -1, IMPACT_UNKNOWN, 0, REGISTERED_NO, 55, LEVEL_MEDIUM, false},
    {LEVEL_CRITICAL, -1, IMPACT_HIGH, 5, REGISTERED_NO, 100, LEVEL_CRITICAL, false},
    /* floors: not lowered at that level and above, lifted all the same */
    {LEVEL_HIGH, LEVEL_HIGH, IMPACT_LOW, 1, REGISTERED_YES, 70, LEVEL_HIGH, true},
    {LEVEL_CRITICAL, LEVEL_HIGH, IMPACT_LOW, 1, REGISTERED_YES, 92, LEVEL_CRITICAL, true},
    {LEVEL_HIGH, LEVEL_CRITICAL, IMPACT_LOW, 1, REGISTERED_YES, 47, LEVEL_MEDIUM, false},
    {LEVEL_HIGH, LEVEL_HIGH, IMPACT_HIGH, 5, REGISTERED_YES, 96, LEVEL_CRITICAL, false},
    {LEVEL_MEDIUM, LEVEL_MEDIUM, IMPACT_LOW, 5, REGISTERED_YES, 55, LEVEL_MEDIUM, true},
};

START_TEST(the_sum)
{
	struct endpoint plain = end_of(IMPACT_UNKNOWN, 0, REGISTERED_YES);
	struct severity s = weigh(sums[_i].found, sums[_i].floor, plain,
				  end_of(sums[_i].impact, sums[_i].criticality, sums[_i].registered));

	ck_assert_uint_eq(s.final, sums[_i].final);
	ck_assert_int_eq(s.level, sums[_i].level);
	ck_assert_int_eq(s.floor, sums[_i].held);
	/* whichever end it is */
	struct severity turned = weigh(sums[_i].found, sums[_i].floor,
				       end_of(sums[_i].impact, sums[_i].criticality, sums[_i].registered), plain);
	ck_assert_uint_eq(turned.final, sums[_i].final);
}
END_TEST

static void ck_says(const char *text, size_t len, const char *words)
{
	ck_assert_msg(len == strlen(words) && memcmp(text, words, len) == 0, "%.*s", (int)len, text);
}

START_TEST(the_reason_in_words)
{
	struct endpoint plain = end_of(IMPACT_UNKNOWN, 0, REGISTERED_YES);
	struct severity_reason r;
	struct severity s = weigh_in_words(LEVEL_HIGH, -1, plain, end_of(IMPACT_HIGH, 5, REGISTERED_NO), &r);

	ck_says(r.ja, r.ja_len, "事業影響度: 高（制御×本番利用）、ゾーンの重要度: 5、台帳にない機器: +5");
	ck_says(r.en, r.en_len,
		"business impact: high (control x production), criticality of the zone: 5, a device "
		"that is not registered: +5");
	ck_assert(s.bcp);
	s = weigh_in_words(LEVEL_HIGH, LEVEL_HIGH, plain, end_of(IMPACT_LOW, 0, REGISTERED_YES), &r);
	ck_says(r.ja, r.ja_len, "事業影響度: 低（制御×検証利用）、この検知は下げない");
	ck_assert(!s.bcp);
	struct endpoint raised = end_of(IMPACT_HIGH, 0, REGISTERED_YES);
	raised.usage_raised = true;
	s = weigh_in_words(LEVEL_HIGH, -1, plain, raised, &r);
	ck_says(r.ja, r.ja_len, "事業影響度: 高（制御×本番利用、検知により用途を引き上げ）");
	raised.impact_declared = true;
	s = weigh_in_words(LEVEL_HIGH, -1, plain, raised, &r);
	ck_says(r.ja, r.ja_len, "事業影響度: 高（台帳で指定）");
	s = weigh_in_words(LEVEL_HIGH, -1, plain, plain, &r);
	ck_says(r.ja, r.ja_len, "事業影響度: 未定");
	ck_says(r.en, r.en_len, "business impact: not decided");
}
END_TEST

/* What people write into the register may be long. */
START_TEST(a_reason_is_cut_where_it_is_full)
{
	char usage[SEVERITY_REASON_MAX + 1];
	struct endpoint e = end_of(IMPACT_HIGH, 5, REGISTERED_NO);
	struct severity_reason r;

	memset(usage, 'u', sizeof(usage) - 1);
	usage[sizeof(usage) - 1] = '\0';
	e.usage = usage;
	weigh_in_words(LEVEL_HIGH, -1, e, e, &r);
	ck_assert_uint_eq(r.ja_len, SEVERITY_REASON_MAX);
	ck_assert_uint_eq(r.en_len, SEVERITY_REASON_MAX);
	ck_assert_int_eq(r.en[SEVERITY_REASON_MAX - 1], 'u');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("severity");
	TCase *t = tcase_create("severity");

	tcase_add_loop_test(t, the_sum, 0, sizeof(sums) / sizeof(sums[0]));
	tcase_add_test(t, the_reason_in_words);
	tcase_add_test(t, a_reason_is_cut_where_it_is_full);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
