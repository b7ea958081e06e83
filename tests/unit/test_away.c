/* Which rows stand in a database alone: base/away.h, ledger/link_away.h. */
#include <check.h>
#include <stdlib.h>

#include "base/hash.h"
#include "ledger/link_away.h"
#include "run_suite.h"

enum { IN_MEMORY = 1000, ROOM = 2048 / 4 * 3 };

static bool has(const struct away *a, uint64_t hash, uint64_t no)
{
	uint32_t at = 0;
	uint64_t next;

	while ((next = away_next(a, hash, &at)) && next != no)
		;
	return next == no;
}

static uint64_t hash_of(uint64_t no)
{
	return hash_u64(99, no);
}

START_TEST(all_are_found)
{
	struct away a;
	unsigned vain = 0;

	ck_assert_int_eq(away_init(&a, IN_MEMORY), 0);
	for (uint64_t no = 1; no <= ROOM; no++) {
		away_note(&a, hash_of(no), no);
		away_note(&a, hash_of(no), no); /* once more: takes no place */
	}
	ck_assert(!a.lost);
	ck_assert_uint_eq(a.used, ROOM);
	for (uint64_t no = 1; no <= ROOM; no++)
		ck_assert(has(&a, hash_of(no), no));
	for (uint64_t no = ROOM + 1; no <= 2 * ROOM; no++) {
		uint32_t at = 0;
		vain += away_next(&a, hash_of(no), &at) != 0;
	}
	ck_assert_uint_le(vain, 2); /* of 1,536, one in ten thousand */
	away_deinit(&a);
}
END_TEST

/* Two rows of one key, and the highest number there is. */
START_TEST(one_hash_has_several)
{
	struct away a;

	ck_assert_int_eq(away_init(&a, 1), 0);
	away_note(&a, UINT64_MAX, 1);
	away_note(&a, UINT64_MAX, AWAY_ROW_MAX);
	away_note(&a, 0, 7);
	ck_assert(has(&a, UINT64_MAX, 1));
	ck_assert(has(&a, UINT64_MAX, AWAY_ROW_MAX));
	ck_assert(has(&a, 0, 7));
	ck_assert(!has(&a, 0, 1));
	away_deinit(&a);
}
END_TEST

START_TEST(what_finds_no_room_is_lost)
{
	struct away a;

	ck_assert_int_eq(away_init(&a, IN_MEMORY), 0);
	ck_assert_uint_eq(away_bytes(IN_MEMORY), 2048 * sizeof(uint64_t));
	for (uint64_t no = 1; no <= ROOM + 1; no++) {
		ck_assert(!a.lost);
		away_note(&a, hash_of(no), no);
	}
	ck_assert(a.lost);
	ck_assert_uint_eq(a.used, ROOM);
	away_deinit(&a);
}
END_TEST

START_TEST(a_no_is_never_wrong)
{
	struct link_away a;
	unsigned vain = 0;

	ck_assert_int_eq(link_away_init(&a, IN_MEMORY), 0);
	for (uint64_t no = 1; no < ROOM; no++)
		link_away_note(&a, hash_of(no), no, no, no % 3 ? no + 1 : 0);
	ck_assert(!a.rows.lost);
	for (uint64_t no = 1; no < ROOM; no++) {
		ck_assert(link_away_has(&a, no));
		ck_assert(no % 3 == 0 || (link_away_joins(&a, no, no + 1) && link_away_joins(&a, no + 1, no)));
		vain += link_away_has(&a, no + 2 * (uint64_t)ROOM) + link_away_joins(&a, no, no + 2);
	}
	ck_assert_uint_le(vain, ROOM / 50);
	ck_assert(!link_away_has(&a, 0));
	link_away_note(&a, hash_of(0), ROOM, 1, 2);
	ck_assert(!link_away_has(&a, UINT64_C(1) << 40));
	link_away_note(&a, hash_of(ROOM + 1), ROOM + 1, 1, 2);
	ck_assert(a.rows.lost && link_away_has(&a, UINT64_C(1) << 40) && link_away_joins(&a, 1, UINT64_C(1) << 40));
	link_away_deinit(&a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("away");
	TCase *rows = tcase_create("rows"), *ends = tcase_create("ends");

	tcase_add_test(rows, all_are_found);
	tcase_add_test(rows, one_hash_has_several);
	tcase_add_test(rows, what_finds_no_room_is_lost);
	tcase_add_test(ends, a_no_is_never_wrong);
	suite_add_tcase(s, rows);
	suite_add_tcase(s, ends);
	return run_suite(s);
}
