/* Floods, a second at a time, and addresses that change hands by ARP: the two tables behind SKS-LA-06 and SKS-LA-02. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "base/when.h"
#include "discovery/bindings.h"
#include "net/flood.h"
#include "run_suite.h"

static struct floods floods;
static unsigned told;
static struct flood last;

static void setup(void)
{
	ck_assert_int_eq(floods_init(&floods), 0);
	told = 0;
}

static void teardown(void)
{
	floods_deinit(&floods);
}

static void wait_until(uint64_t ms)
{
	struct flood f;

	while (floods_ended(&floods, ms, &f)) {
		told++;
		last = f;
	}
}

static void take(const struct packet *p, uint64_t ms)
{
	wait_until(ms);
	struct origin *at = floods_take(&floods, p, ms);
	if (at)
		at->src_mac = p->src_mac;
}

static struct packet broadcast(uint8_t card, const uint8_t *what, size_t n, uint16_t id)
{
	struct packet p = {.kind = PACKET_LINK, .has_ether = true, .wire_len = 60, .ip_id = id};

	p.src_mac.b[5] = card;
	memset(p.dest_mac.b, 0xff, sizeof(p.dest_mac.b));
	p.payload = span_of(what, n);
	return p;
}

static struct packet icmp(uint8_t to, const uint8_t *type)
{
	struct packet p = {.kind = PACKET_ICMP, .has_ether = true, .ip_proto = IPPROTO_ICMP, .l4 = span_of(type, 1)};

	p.dest_ip.b[15] = to;
	return p;
}

static struct packet fragment(const char *error)
{
	return (struct packet){.kind = PACKET_FRAGMENT, .decode_error = error};
}

START_TEST(a_second_is_told_when_the_next_begins)
{
	uint8_t said[2] = {0};

	for (int i = 0; i < 250; i++) {
		said[0] = (uint8_t)i;
		struct packet p = broadcast(1, said, 2, (uint16_t)i);
		take(&p, 10000 + (uint64_t)i * 4);
	}
	ck_assert_uint_eq(told, 0);
	struct packet p = broadcast(1, said, 2, 999);
	take(&p, 11000);
	ck_assert_uint_eq(told, 1);
	ck_assert_int_eq(last.kind, FLOOD_BROADCAST_STORM);
	ck_assert_uint_eq(last.frames, 250);
	ck_assert_uint_eq(last.ended_ms, 11000);
	take(&p, 12000); /* one frame in that second: nothing */
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(a_flood_that_stays_away_is_told_too)
{
	struct packet bad = fragment("fragment_overlap");
	uint8_t said = 0;

	take(&bad, 5000);
	for (int i = 0; i < FLOOD_LEAST; i++, said++) {
		struct packet p = broadcast(7, &said, 1, (uint16_t)i);
		take(&p, 5500);
	}
	wait_until(5999);
	ck_assert_uint_eq(told, 0);
	wait_until(6000);
	ck_assert_uint_eq(told, 2);
	ck_assert_int_eq(last.kind, FLOOD_BROADCAST_STORM);
	ck_assert_uint_eq(last.at.src_mac.b[5], 7);
	take(&bad, 6500);
	wait_until(UINT64_MAX); /* the end */
	ck_assert_uint_eq(told, 3);
	ck_assert_uint_eq(last.ended_ms, 7000);
	wait_until(UINT64_MAX);
	ck_assert_uint_eq(told, 3);
}
END_TEST

/* A key that has to make room in the middle of its second is told all the same. */
START_TEST(who_makes_room_is_told)
{
	uint8_t said = 0;

	for (int i = 0; i < FLOOD_LEAST + FLOOD_KEYS; i++, said++) {
		struct packet p = broadcast(1, &said, 1, (uint16_t)i);
		if (i >= FLOOD_LEAST) {
			p.src_mac.b[3] = (uint8_t)(1 + (i >> 8));
			p.src_mac.b[4] = (uint8_t)i;
		}
		take(&p, 5000);
	}
	wait_until(5000);
	ck_assert_uint_eq(told, 1);
	ck_assert_uint_eq(last.frames, FLOOD_LEAST);
}
END_TEST

START_TEST(below_the_least_nothing_is_told)
{
	uint8_t said = 0;

	for (int i = 0; i < FLOOD_LEAST - 1; i++, said++) {
		struct packet p = broadcast(1, &said, 1, (uint16_t)i);
		take(&p, 5000);
	}
	struct packet p = broadcast(1, &said, 1, 500);
	take(&p, 6000);
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(the_same_frames_again_and_again_are_a_loop)
{
	static const uint8_t said[] = {1, 2};

	for (int i = 0; i < 300; i++) { /* two frames that go round */
		struct packet p = broadcast(1, &said[i % 2], 1, (uint16_t)(i % 2));
		take(&p, 7000);
	}
	struct packet p = broadcast(1, said, 1, 0);
	take(&p, 8000);
	ck_assert_uint_eq(told, 1);
	ck_assert_int_eq(last.kind, FLOOD_BROADCAST_LOOP);
}
END_TEST

START_TEST(each_card_is_counted_for_itself)
{
	uint8_t said = 0;

	for (int i = 0; i < 180; i++, said++) { /* 90 of each */
		struct packet p = broadcast((uint8_t)(1 + i % 2), &said, 1, (uint16_t)i);
		take(&p, 5000);
	}
	for (uint8_t card = 1; card <= 2; card++) {
		struct packet p = broadcast(card, &said, 1, 1000);
		take(&p, 6000);
	}
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(questions_count_and_answers_do_not)
{
	static const uint8_t echo = 8, reply = 0;
	struct packet asked = icmp(1, &echo), answered = icmp(2, &reply);

	for (int i = 0; i < 200; i++) {
		take(&asked, 5000);
		take(&answered, 5000);
	}
	wait_until(5999);
	ck_assert_uint_eq(told, 0);
	take(&answered, 6000);
	take(&asked, 6000);
	wait_until(UINT64_MAX);
	ck_assert_uint_eq(told, 1);
	ck_assert_int_eq(last.kind, FLOOD_ICMP);
	ck_assert_uint_eq(last.frames, 200);
}
END_TEST

START_TEST(one_bad_fragment_is_enough_a_lost_one_is_none)
{
	struct packet bad = fragment("fragment_overlap"), cut = fragment("fragment_cut"), good = fragment(NULL);

	take(&cut, 5000);
	take(&good, 5000);
	take(&cut, 6000);
	ck_assert_uint_eq(told, 0);
	take(&bad, 6000);
	take(&bad, 7000);
	ck_assert_uint_eq(told, 1);
	ck_assert_int_eq(last.kind, FLOOD_FRAGMENTS);
	ck_assert_uint_eq(last.frames, 1);
}
END_TEST

START_TEST(more_cards_than_places_are_no_harm)
{
	uint8_t said = 0;

	for (int i = 0; i < 3 * FLOOD_KEYS; i++) {
		struct packet p = broadcast((uint8_t)i, &said, 1, 0);
		p.src_mac.b[3] = (uint8_t)(i >> 8);
		p.src_mac.b[2] = (uint8_t)(i >> 16);
		take(&p, 5000);
	}
	ck_assert_uint_eq(told, 0);
	ck_assert_uint_le(floods.keys.used, FLOOD_KEYS);
}
END_TEST

/* ---- addresses */

static struct bindings *b;
static const uint8_t ip[4] = {10, 0, 0, 1};
static const struct mac ours = {{0, 0x1b, 0xd4, 0, 0, 1}}, theirs = {{0, 0, 0x0a, 0x10, 1, 0x30}};

static void bindings_setup(void)
{
	b = calloc(1, sizeof(*b));
	ck_assert_ptr_nonnull(b);
}

static void bindings_teardown(void)
{
	free(b);
}

START_TEST(a_change_names_who_had_it_and_since_when)
{
	struct binding_news n = bindings_claimed(b, ip, 101, &ours, false, NS_PER_S);

	ck_assert(!n.changed);
	n = bindings_claimed(b, ip, 101, &ours, false, 2 * NS_PER_S);
	ck_assert(!n.changed);
	n = bindings_claimed(b, ip, 101, &theirs, false, 5 * NS_PER_S);
	ck_assert(n.changed && mac_eq(&n.former, &ours));
	ck_assert_int_eq(n.silent_ns, 3 * NS_PER_S);
	n = bindings_claimed(b, ip, 101, &theirs, false, 6 * NS_PER_S);
	ck_assert(!n.changed);
}
END_TEST

START_TEST(an_answer_that_nobody_asked_for_presses_a_claim)
{
	bindings_claimed(b, ip, 101, &ours, false, NS_PER_S);
	bindings_asked(b, ip, 101, 10 * NS_PER_S);
	struct binding_news n = bindings_claimed(b, ip, 101, &ours, true, 11 * NS_PER_S);
	ck_assert(!n.unasked);
	n = bindings_claimed(b, ip, 101, &theirs, true, 20 * NS_PER_S);
	ck_assert(n.unasked && n.changed);
	n = bindings_claimed(b, ip, 101, &theirs, true, 22 * NS_PER_S);
	ck_assert(n.unasked && n.pressed && !n.changed);
	n = bindings_claimed(b, ip, 101, &theirs, true, 20 * NS_PER_S + BINDING_CONTESTED_NS + NS_PER_S);
	ck_assert(n.unasked && !n.pressed);
}
END_TEST

START_TEST(what_is_passed_on_by_design_is_no_change)
{
	static const struct mac vrrp = {{0, 0, 0x5e, 0, 1, 7}}, neighbour = {{0, 0x1b, 0xd4, 0, 0, 2}};

	bindings_claimed(b, ip, 101, &ours, false, NS_PER_S);
	ck_assert(!bindings_claimed(b, ip, 101, &vrrp, false, 2 * NS_PER_S).changed);
	ck_assert(!bindings_claimed(b, ip, 101, &ours, false, 3 * NS_PER_S).changed);
	ck_assert(!bindings_claimed(b, ip, 101, &neighbour, false, 4 * NS_PER_S).changed);
	/* the same address in another VLAN is another one */
	ck_assert(!bindings_claimed(b, ip, 102, &theirs, false, 5 * NS_PER_S).changed);
}
END_TEST

/* A sweep over a /16 in front of the claim. */
START_TEST(who_looks_for_many_makes_nobody_forgotten)
{
	ck_assert(!bindings_claimed(b, ip, 101, &ours, false, NS_PER_S).changed);
	for (unsigned i = 0; i < 65536; i++) {
		uint8_t looked_for[4] = {10, 1, (uint8_t)(i >> 8), (uint8_t)i};
		bindings_asked(b, looked_for, 101, 2 * NS_PER_S + (int64_t)i);
	}
	ck_assert_uint_gt(b->evicted, 0);
	ck_assert(bindings_claimed(b, ip, 101, &theirs, false, 9 * NS_PER_S).changed);
}
END_TEST

START_TEST(the_table_is_bounded_and_counts_what_it_forgets)
{
	for (uint32_t i = 0; i < 2 * BINDINGS_SETS * BINDINGS_WAYS; i++) {
		uint8_t many[4] = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
		bindings_claimed(b, many, 0, &ours, false, (int64_t)i);
	}
	ck_assert_uint_ge(b->evicted, BINDINGS_SETS * BINDINGS_WAYS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("flood");
	TCase *f = tcase_create("floods"), *a = tcase_create("addresses");

	tcase_add_checked_fixture(f, setup, teardown);
	tcase_add_test(f, a_second_is_told_when_the_next_begins);
	tcase_add_test(f, a_flood_that_stays_away_is_told_too);
	tcase_add_test(f, who_makes_room_is_told);
	tcase_add_test(f, below_the_least_nothing_is_told);
	tcase_add_test(f, the_same_frames_again_and_again_are_a_loop);
	tcase_add_test(f, each_card_is_counted_for_itself);
	tcase_add_test(f, questions_count_and_answers_do_not);
	tcase_add_test(f, one_bad_fragment_is_enough_a_lost_one_is_none);
	tcase_add_test(f, more_cards_than_places_are_no_harm);
	suite_add_tcase(s, f);
	tcase_add_checked_fixture(a, bindings_setup, bindings_teardown);
	tcase_add_test(a, a_change_names_who_had_it_and_since_when);
	tcase_add_test(a, an_answer_that_nobody_asked_for_presses_a_claim);
	tcase_add_test(a, what_is_passed_on_by_design_is_no_change);
	tcase_add_test(a, who_looks_for_many_makes_nobody_forgotten);
	tcase_add_test(a, the_table_is_bounded_and_counts_what_it_forgets);
	suite_add_tcase(s, a);
	return run_suite(s);
}
