/* mirror: what is said of a port by what was seen there. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "app/mirror.h"
#include "run_suite.h"

/* A port as it should be: 10,000 frames of plant traffic with tags. */
static struct mirror_seen good(void)
{
	struct mirror_seen s = {
	    .frames = 10000, .group = 300, .untagged = 0, .segments = 8000, .flows = 40, .one_sided = 1, .seconds = 30};

	s.vlans[0] = 1 << 10;
	s.protocols[s.n_protocols++] = "modbus";
	return s;
}

/* One bit a finding. */
static unsigned judged(const struct mirror_seen *s)
{
	struct mirror_finding f[MIRROR_FINDINGS];
	size_t n = mirror_judge(s, f);
	unsigned bits = 0;

	ck_assert_uint_le(n, MIRROR_FINDINGS);
	for (size_t i = 0; i < n; i++)
		bits |= 1u << f[i].what;
	return bits;
}

static bool is_told_well(const struct mirror_seen *s)
{
	FILE *nowhere = fopen("/dev/null", "w");
	bool well = mirror_tell(s, "mirror0", nowhere);

	fclose(nowhere);
	return well;
}

#define HAS(s, what)   ck_assert_msg(judged(s) >> (what)&1, #what " is not said")
#define LACKS(s, what) ck_assert_msg(!(judged(s) >> (what)&1), #what " is said")

START_TEST(a_good_port)
{
	struct mirror_seen s = good();

	HAS(&s, MIRROR_BOTH_WAYS);
	HAS(&s, MIRROR_NO_LOSS);
	HAS(&s, MIRROR_TAGGED);
	HAS(&s, MIRROR_PLANT);
	ck_assert_uint_eq(__builtin_popcount(judged(&s)), 4);
	ck_assert(is_told_well(&s));
}
END_TEST

START_TEST(nothing_and_nothing_of_others)
{
	struct mirror_seen s = {.seconds = 30};

	ck_assert_uint_eq(judged(&s), 1u << MIRROR_SILENT);
	ck_assert(!is_told_well(&s));
	s = good();
	s.group = 6000;
	s.own = 3900;
	ck_assert_uint_eq(judged(&s), 1u << MIRROR_NO_MIRROR);
	ck_assert(!is_told_well(&s));
	s.own = 0; /* much is broadcast, but some is not */
	LACKS(&s, MIRROR_NO_MIRROR);
}
END_TEST

START_TEST(directions)
{
	struct mirror_seen s = good();

	s.one_sided = 38;
	HAS(&s, MIRROR_ONE_WAY);
	ck_assert(!is_told_well(&s));
	s.one_sided = 12;
	HAS(&s, MIRROR_PARTLY);
	ck_assert(is_told_well(&s));
	s.flows = s.one_sided = 2;
	HAS(&s, MIRROR_LITTLE);
	LACKS(&s, MIRROR_ONE_WAY);
	ck_assert(is_told_well(&s));
}
END_TEST

START_TEST(losses)
{
	struct mirror_seen s = good();

	s.kernel_dropped = 20;
	HAS(&s, MIRROR_KERNEL_LOSS);
	LACKS(&s, MIRROR_NO_LOSS);
	ck_assert(!is_told_well(&s));
	s = good();
	s.gaps = 200;
	HAS(&s, MIRROR_LOSS);
	ck_assert(!is_told_well(&s));
	s.gaps = 3; /* a port that takes a cable in loses a few */
	HAS(&s, MIRROR_NO_LOSS);
}
END_TEST

START_TEST(what_is_odd_but_works)
{
	struct mirror_seen s = good();

	s.duplicates = 4900;
	s.merged = 3;
	s.vlans[0] = 0;
	s.untagged = s.frames;
	s.n_protocols = 0;
	HAS(&s, MIRROR_DOUBLED);
	HAS(&s, MIRROR_MERGED);
	HAS(&s, MIRROR_UNTAGGED);
	HAS(&s, MIRROR_NO_PLANT);
	ck_assert(is_told_well(&s));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mirror");
	TCase *t = tcase_create("mirror");

	tcase_add_test(t, a_good_port);
	tcase_add_test(t, nothing_and_nothing_of_others);
	tcase_add_test(t, directions);
	tcase_add_test(t, losses);
	tcase_add_test(t, what_is_odd_but_works);
	suite_add_tcase(s, t);
	return run_suite(s);
}
