/* A lane that watches its own frames: silence, VLANs that are gone, what the wire held and the capture did not. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "app/lookout.h"
#include "base/when.h"
#include "run_suite.h"

static struct lookout l;
static char said[1024];
static size_t said_len;

static void hear(void *ctx, struct event *ev)
{
	const struct event_value *what = event_get(ev, &health_field[HEALTH_WHAT]),
				 *subject = event_get(ev, &health_field[HEALTH_SUBJECT]);

	(void)ctx;
	said_len += (size_t)snprintf(said + said_len, sizeof(said) - said_len, "%lld %s %.*s;",
				     (long long)(ev->at.ts_ns / NS_PER_S), enum_token(what->field->names, what->u),
				     (int)subject->count, (const char *)subject->ptr);
}

static void setup(void)
{
	said[0] = '\0';
	said_len = 0;
	l = (struct lookout){.next = {hear, NULL}};
	lookout_source(&l, "eth1", NULL);
}

/* @n frames, evenly from @from to @to seconds; @vlan 0: untagged. */
static void frames(int n, int from, int to, unsigned vlan)
{
	uint8_t bytes[60] = {0};

	bytes[12] = vlan ? 0x81 : 0x08;
	bytes[14] = (uint8_t)(vlan >> 8);
	bytes[15] = (uint8_t)vlan;
	for (int i = 0; i < n; i++) {
		struct frame_in f = {.bytes = span_of(bytes, sizeof(bytes)),
				     .wire_len = 60,
				     .linktype = 1,
				     .ts_ns = from * NS_PER_S + (int64_t)(to - from) * NS_PER_S / n * i};
		lookout_frame(&l, &f);
	}
}

static void tick(int at, uint64_t packets, uint64_t gaps, uint64_t twice)
{
	struct worker_counters c = {.packets = packets, .duplicates = twice, .tcp_gaps = gaps};

	lookout_tick(&l, at * NS_PER_S);
	lookout_wire(&l, at * NS_PER_S, &c);
}

static const struct {
	const char *name;
	int n, from, to, then; /* frames, then a tick */
	const char *said;
} silences[] = {
    {"busy for ten minutes, then a minute of nothing", 6000, 0, 600, 660, "659 blind eth1;"},
    {"not yet a minute", 6000, 0, 600, 659, ""},
    {"a network that says little", 300, 0, 600, 900, ""},
    {"a short capture", 6000, 0, 120, 600, ""},
};

START_TEST(test_silence)
{
	frames(silences[_i].n, silences[_i].from, silences[_i].to, 0);
	tick(silences[_i].then, 0, 0, 0);
	tick(silences[_i].then, 0, 0, 0);
	ck_assert_msg(strcmp(said, silences[_i].said) == 0, "%s: %s", silences[_i].name, said);
}
END_TEST

START_TEST(test_silence_shows_when_frames_come_again)
{
	frames(6000, 0, 600, 0);
	frames(1, 5000, 5001, 0);
	ck_assert_str_eq(said, "659 blind eth1;");
}
END_TEST

/* Planned work may have kept back what was said first: it is said again as long as it lasts, and no longer. */
START_TEST(test_silence_that_lasts_is_said_again)
{
	frames(6000, 0, 600, 0);
	tick(700, 0, 0, 0);
	tick(659 + 4 * 3600, 0, 0, 0);
	ck_assert_str_eq(said, "659 blind eth1;");
	tick(660 + 4 * 3600, 0, 0, 0);
	tick(660 + 4 * 3600, 0, 0, 0);
	ck_assert_str_eq(said, "659 blind eth1;15060 blind eth1;");
	frames(1, 40000, 40001, 0);
	tick(41000, 0, 0, 0); /* one frame is no busy network */
	ck_assert_str_eq(said, "659 blind eth1;15060 blind eth1;");
}
END_TEST

/* What is silent after the clock was set back is told as soon as otherwise, not when the old time comes again. */
START_TEST(test_the_clock_is_set_back)
{
	frames(7000, 40000, 40700, 101);
	frames(20000, 600, 2600, 0);
	tick(2600, 0, 0, 0);
	ck_assert_str_eq(said, "1200 vlan_gone VLAN 101;");
	tick(2660, 0, 0, 0);
	ck_assert_str_eq(said, "1200 vlan_gone VLAN 101;2659 blind eth1;");
}
END_TEST

START_TEST(test_a_vlan_that_stays_away_is_said_again)
{
	frames(2000, 0, 700, 101);
	frames(200000, 700, 17000, 102);
	tick(1400, 0, 0, 0);
	tick(15000, 0, 0, 0);
	ck_assert_str_eq(said, "1299 vlan_gone VLAN 101;");
	tick(17000, 0, 0, 0);
	ck_assert_str_eq(said, "1299 vlan_gone VLAN 101;17000 vlan_gone VLAN 101;");
	frames(1, 17000, 17001, 101);
	tick(17001, 0, 0, 0);
	ck_assert_str_eq(said, "1299 vlan_gone VLAN 101;17000 vlan_gone VLAN 101;");
}
END_TEST

START_TEST(test_another_capture_is_another_time)
{
	frames(6000, 0, 600, 0);
	lookout_source(&l, NULL, "b.pcap");
	frames(6000, 5000, 5600, 0);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(test_a_vlan_is_gone)
{
	frames(2000, 0, 700, 101);
	frames(2000, 700, 1290, 102);
	tick(1290, 0, 0, 0);
	ck_assert_str_eq(said, "");
	frames(1000, 1290, 1400, 102);
	tick(1400, 0, 0, 0);
	tick(1400, 0, 0, 0);
	ck_assert_str_eq(said, "1299 vlan_gone VLAN 101;");
}
END_TEST

/* A visit every two hours, each with many frames. */
START_TEST(test_a_vlan_that_comes_and_goes_is_not_missed)
{
	for (int i = 0; i < 12; i++)
		frames(2000, i * 7200, i * 7200 + 400, 101);
	frames(3000, 12 * 7200, 12 * 7200 + 1400, 102);
	tick(12 * 7200 + 1400, 0, 0, 0);
	ck_assert_msg(strstr(said, "vlan_gone") == NULL, "%s", said);
}
END_TEST

/* An office sleeps at night, while the plant goes on. */
START_TEST(test_a_vlan_that_sleeps_at_night_is_missed_once)
{
	static const int day = 86400;

	for (int i = 0; i < 7; i++) {
		frames(2000, i * day, i * day + day / 2, 104);
		frames(2000, i * day + day / 2, i * day + day - 1, 101);
		tick(i * day + day - 1, 0, 0, 0);
	}
	ck_assert_str_eq(said, "43778 vlan_gone VLAN 104;");
	frames(100000, 7 * day, 10 * day, 101); /* and then it is gone for good */
	tick(10 * day - 1, 0, 0, 0);
	ck_assert_msg(strstr(said + 26, "vlan_gone VLAN 104"), "%s", said);
}
END_TEST

START_TEST(test_a_vlan_seen_for_moments_is_not_missed)
{
	frames(2000, 0, 20, 101);
	frames(3000, 20, 1400, 102);
	tick(1400, 0, 0, 0);
	ck_assert_str_eq(said, "");
}
END_TEST

static const struct {
	const char *name;
	uint64_t packets, gaps, twice;
	const char *said;
} wires[] = {
    {"all is well", 20000, 100, 900, ""},
    {"one in fifty was never seen", 20000, 400, 0, "300 unseen eth1;"},
    {"every tenth came twice", 20000, 0, 2000, "300 duplicates eth1;"},
    {"too few to tell", 9999, 5000, 5000, ""},
};

START_TEST(test_wire)
{
	tick(0, 0, 0, 0);
	tick(1, 0, 0, 0);
	l.looked_ns = 1;
	tick(299, wires[_i].packets, wires[_i].gaps, wires[_i].twice);
	ck_assert_str_eq(said, "");
	tick(301, wires[_i].packets, wires[_i].gaps, wires[_i].twice);
	for (char *at = said; (at = strstr(at, "301 ")) != NULL;)
		memcpy(at, "300", 3);
	ck_assert_msg(strcmp(said, wires[_i].said) == 0, "%s: %s", wires[_i].name, said);
}
END_TEST

/* Each table by its name, once a minute as long as it goes on, and the rest at the end. */
START_TEST(test_full_tables)
{
	uint64_t given_up[WORKER_TABLES] = {0};

	lookout_tables(&l, 1000 * NS_PER_S, given_up, false);
	given_up[WORKER_HALF_OPEN] = 5;
	given_up[WORKER_FACTS] = 7;
	lookout_tables(&l, 1059 * NS_PER_S, given_up, false);
	ck_assert_str_eq(said, "");
	given_up[WORKER_OT_FLOWS] = 1;
	lookout_tables(&l, 1060 * NS_PER_S, given_up, false);
	ck_assert_str_eq(said,
			 "1060 eviction half-open connections;1060 eviction flows of controllers;1060 eviction facts;");
	said_len = 0;
	lookout_tables(&l, 1200 * NS_PER_S, given_up, false);
	lookout_source(&l, NULL, "next.pcap");
	given_up[WORKER_FLOW_MEMORY] = 3;
	lookout_tables(&l, 1210 * NS_PER_S, given_up, true);
	ck_assert_str_eq(said, "1210 eviction memory of flows;");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lookout");
	TCase *tc = tcase_create("lookout");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, test_silence, 0, 4);
	tcase_add_test(tc, test_silence_shows_when_frames_come_again);
	tcase_add_test(tc, test_silence_that_lasts_is_said_again);
	tcase_add_test(tc, test_the_clock_is_set_back);
	tcase_add_test(tc, test_a_vlan_that_stays_away_is_said_again);
	tcase_add_test(tc, test_another_capture_is_another_time);
	tcase_add_test(tc, test_a_vlan_is_gone);
	tcase_add_test(tc, test_a_vlan_that_comes_and_goes_is_not_missed);
	tcase_add_test(tc, test_a_vlan_that_sleeps_at_night_is_missed_once);
	tcase_add_test(tc, test_a_vlan_seen_for_moments_is_not_missed);
	tcase_add_loop_test(tc, test_wire, 0, 4);
	tcase_add_test(tc, test_full_tables);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
