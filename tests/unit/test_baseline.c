/* The baseline: what is learnt, what is not, what is said of it afterwards. */
#include "ledger/baseline.h"
#include "ledger_scene.h"
#include "run_suite.h"

#define PLC "00:80:f4:10:01:11"
#define HMI "00:26:55:20:03:10"
#define EWS "34:64:a9:20:03:30"

/* T0 is 2023-11-14 22:13:20 UTC: learning ends a day and some hours later. */
#define LEARNING_SITE                                                                                                  \
	"time_zone: Z\n"                                                                                               \
	"baseline: { learn_until: 2023-11-15, quarantine_min: 15 }\n"                                                  \
	"zones:\n"                                                                                                     \
	"  - { id: cell-a, purdue: L1, prefixes: [10.20.1.0/24] }\n"                                                   \
	"  - { id: scada, purdue: L3, prefixes: [10.20.3.0/24] }\n"                                                    \
	"conduits:\n"                                                                                                  \
	"  - { from: scada, to: cell-a, protocol: modbus, class: any, sources: [10.20.3.10, 10.20.3.30] }\n"

#define MINUTE (60 * NS_PER_S)
#define AFTER  (T0 + 2 * 86400 * NS_PER_S) /* the period is over */

static struct scene s;
static struct baseline last;
static const struct scene_end_of hmi = {HMI, "10.20.3.10"}, ews = {EWS, "10.20.3.30"}, plc = {PLC, "10.20.1.11"},
				 other_plc = {"00:80:f4:10:01:12", "10.20.1.12"},
				 third = {"34:64:a9:20:03:31", "10.20.3.31"},
				 stranger = {"04:d4:c4:66:6e:01", "10.20.3.99"};

static void take(void *ctx, struct event *ev)
{
	(void)ctx;
	if (ev->table != &asset_table)
		last = ev->baseline;
}

static void reopen(void)
{
	struct complaint c = {""};

	ledger_close(s.ledger);
	int err = ledger_open_limited(&s.ledger, s.dir, &s.site, (struct event_sink){take, NULL}, &s.limits, &c);
	ck_assert_msg(err == 0, "%s", c.text);
}

static void setup(void)
{
	scene_begin(&s, LEARNING_SITE);
	reopen();
}

static void teardown(void)
{
	scene_end(&s);
}

enum { READ_HOLDING = 3, READ_INPUT = 4, WRITE_ONE = 6 };
enum { HOLDING = 2 };

/* A Modbus transaction; what the baseline says of it as "pair function range writer". */
static const char *modbus(struct scene_end_of src, struct scene_end_of dest, unsigned unit, unsigned function,
			  unsigned address, unsigned quantity)
{
	static const char *const words[] = {"none", "known", "learning", "new"};
	static char said[64];
	struct event_value values[8];
	struct event ev = scene_between(&s, &modbus_table, values, src, dest, 0);

	ev.at.app_proto = "modbus";
	ev.at.app_by = APP_BY_DISSECTOR;
	ev.func_class = function == WRITE_ONE ? CLASS_WRITE : CLASS_READ;
	ev_uint(&ev, &modbus_field[MODBUS_UNIT_ID], unit);
	ev_uint(&ev, &modbus_field[MODBUS_FUNCTION_CODE], function);
	ev_uint(&ev, &modbus_field[MODBUS_DATA_TYPE], HOLDING);
	ev_uint(&ev, &modbus_field[MODBUS_REQ_ADDRESS], address);
	ev_uint(&ev, &modbus_field[MODBUS_REQ_QUANTITY], quantity);
	ledger_take(s.ledger, &ev);
	snprintf(said, sizeof(said), "%s %s %s %s", words[last.pair], words[last.function], words[last.range],
		 words[last.writer]);
	return said;
}

/* A high alert between these two. */
static void trouble(struct scene_end_of src, struct scene_end_of dest)
{
	struct event_value values[2];
	struct event ev = scene_between(&s, &anomaly_table, values, src, dest, 0);

	ledger_take(s.ledger, &ev);
	ledger_disturbed(s.ledger, &ev);
}

START_TEST(learns_then_judges)
{
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 100, 10), "learning learning learning none");
	ck_assert_str_eq(modbus(hmi, plc, 1, WRITE_ONE, 200, 1), "learning learning learning learning");
	s.now_ns += 20 * MINUTE;
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 100, 10), "known known known none");
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 110, 10), "known known learning none");
	s.now_ns = AFTER;
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 100, 20), "known known known none");
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 99, 2), "known known new none");
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 110, 11), "known known new none");
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_INPUT, 100, 1), "known new none none");
	ck_assert_str_eq(modbus(hmi, plc, 2, READ_HOLDING, 100, 1), "known new none none");
	ck_assert_str_eq(modbus(hmi, plc, 1, WRITE_ONE, 200, 1), "known known known known");
	/* read there, never written */
	ck_assert_str_eq(modbus(hmi, plc, 1, WRITE_ONE, 100, 1), "known known new known");
	ck_assert_str_eq(modbus(ews, plc, 1, READ_HOLDING, 100, 1), "new none none none");
	/* nothing of that was learnt */
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 99, 2), "known known new none");
}
END_TEST

START_TEST(a_second_writer)
{
	modbus(hmi, plc, 1, WRITE_ONE, 200, 1);
	modbus(ews, plc, 1, READ_HOLDING, 100, 1);
	modbus(ews, plc, 7, WRITE_ONE, 1, 1);
	s.now_ns = AFTER;
	ck_assert_str_eq(modbus(ews, plc, 1, WRITE_ONE, 200, 1), "known new none new");
	ck_assert_str_eq(modbus(ews, plc, 7, WRITE_ONE, 1, 1), "known known known known");
	/* who never came before is one no less, and stays one */
	for (int i = 0; i < 2; i++) {
		ck_assert_str_eq(modbus(third, plc, 1, WRITE_ONE, 200, 1), "new none none new");
		ck_assert_str_eq(modbus(third, plc, 1, READ_HOLDING, 200, 1), "new none none none");
	}
	/* a unit without a learnt writer, a server without one */
	ck_assert_str_eq(modbus(ews, plc, 9, WRITE_ONE, 200, 1), "known new none none");
	ck_assert_str_eq(modbus(third, plc, 9, WRITE_ONE, 200, 1), "new none none none");
	ck_assert_str_eq(modbus(third, other_plc, 1, WRITE_ONE, 200, 1), "new none none none");
}
END_TEST

START_TEST(nothing_near_trouble)
{
	modbus(hmi, plc, 1, READ_HOLDING, 100, 10); /* long before */
	s.now_ns += 30 * MINUTE;
	modbus(hmi, plc, 1, READ_HOLDING, 300, 10); /* ten minutes before, of what is known; and another function */
	modbus(hmi, plc, 1, READ_INPUT, 100, 10);
	s.now_ns += 10 * MINUTE;
	trouble(hmi, plc);
	s.now_ns += 14 * MINUTE; /* after it */
	ck_assert_str_eq(modbus(hmi, plc, 1, WRITE_ONE, 200, 1), "known learning none learning");
	s.now_ns = AFTER;
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 100, 10), "known known known none");
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 300, 10), "known known new none");
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_INPUT, 100, 10), "known new none none");
	ck_assert_str_eq(modbus(hmi, plc, 1, WRITE_ONE, 200, 1), "known new none none");
}
END_TEST

START_TEST(learns_again_when_it_is_quiet)
{
	modbus(hmi, plc, 1, READ_HOLDING, 100, 10);
	trouble(hmi, plc);
	s.now_ns += 16 * MINUTE;
	modbus(hmi, plc, 1, READ_HOLDING, 100, 10);
	s.now_ns = AFTER;
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 100, 10), "known known known none");
}
END_TEST

/* An alert that goes on for as long as the sensor learns keeps it from its two devices alone. */
START_TEST(trouble_is_of_its_devices)
{
	for (int i = 0; i < 30; i++) {
		modbus(hmi, plc, 1, READ_HOLDING, 100, 10);
		modbus(ews, other_plc, 1, WRITE_ONE, 100, 1);
		modbus(ews, plc, 1, READ_HOLDING, 100, 10);
		trouble(hmi, other_plc);
		s.now_ns += 6 * MINUTE;
	}
	s.now_ns = AFTER;
	ck_assert_str_eq(modbus(ews, plc, 1, READ_HOLDING, 100, 10), "known known known none");
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 100, 10), "new none none none");   /* its source */
	ck_assert_str_eq(modbus(ews, other_plc, 1, WRITE_ONE, 100, 1), "new none none none"); /* its destination */
}
END_TEST

/* What was learnt shortly before it of one of them goes, whoever the other was; of others it stays. */
START_TEST(trouble_reaches_back_to_its_devices)
{
	modbus(hmi, plc, 1, READ_HOLDING, 100, 10);
	modbus(ews, other_plc, 1, READ_HOLDING, 100, 10);
	s.now_ns += 5 * MINUTE;
	trouble(hmi, stranger);
	s.now_ns = AFTER;
	ck_assert_str_eq(modbus(ews, other_plc, 1, READ_HOLDING, 100, 10), "known known known none");
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 100, 10), "new none none none");
	ck_assert_uint_gt(ledger_count(s.ledger).baseline_thrown_away, 0);
}
END_TEST

/* Of more devices in trouble than are told apart: nothing is learnt of any. */
START_TEST(trouble_everywhere)
{
	char mac[32], ip[IP_TEXT_MAX];

	for (int i = 0; i < BASELINE_TROUBLED_MAX + 8; i++) {
		snprintf(mac, sizeof(mac), "00:26:55:21:%02x:%02x", i / 256, i % 256);
		snprintf(ip, sizeof(ip), "10.20.%d.%d", 100 + i / 200, 1 + i % 200);
		scene_host(&s, mac, ip, 0);
		trouble((struct scene_end_of){mac, ip}, plc);
	}
	modbus(ews, other_plc, 1, READ_HOLDING, 100, 10);
	s.now_ns = AFTER;
	ck_assert_str_eq(modbus(ews, other_plc, 1, READ_HOLDING, 100, 10), "new none none none");
}
END_TEST

/* How long learning was interrupted: a quarter of an hour before an alert and after it, each moment once, up to now. */
START_TEST(interruptions_are_counted)
{
	struct ledger_counters n;

	modbus(ews, plc, 1, READ_HOLDING, 100, 10);
	s.now_ns += 60 * MINUTE;
	trouble(hmi, other_plc);
	n = ledger_count(s.ledger);
	ck_assert_uint_eq(n.baseline_state, BASELINE_STATE_LEARNS);
	ck_assert_uint_eq(n.baseline_learning_s, 3600);
	ck_assert_uint_eq(n.baseline_interrupted_s, 15 * 60);
	s.now_ns += 5 * MINUTE;
	trouble(ews, other_plc);
	reopen();
	s.now_ns += 30 * MINUTE;
	modbus(ews, plc, 1, READ_HOLDING, 100, 10);
	n = ledger_count(s.ledger);
	ck_assert_uint_eq(n.baseline_learning_s, 95 * 60);
	ck_assert_uint_eq(n.baseline_interrupted_s, 35 * 60);
	s.now_ns = AFTER;
	modbus(ews, plc, 1, READ_HOLDING, 100, 10);
	n = ledger_count(s.ledger);
	ck_assert_uint_eq(n.baseline_state, BASELINE_STATE_OVER);
	ck_assert_uint_eq(n.baseline_interrupted_s, 35 * 60);
}
END_TEST

START_TEST(what_is_denied_is_not_learnt)
{
	modbus(hmi, plc, 1, READ_HOLDING, 100, 10);
	ck_assert_str_eq(modbus(stranger, plc, 1, READ_HOLDING, 100, 10), "learning none none none");
	s.now_ns = AFTER;
	ck_assert_str_eq(modbus(stranger, plc, 1, READ_HOLDING, 100, 10), "new none none none");
}
END_TEST

START_TEST(survives_a_restart)
{
	modbus(hmi, plc, 1, READ_HOLDING, 100, 10);
	modbus(hmi, plc, 1, WRITE_ONE, 65535, 1);
	reopen();
	s.now_ns = AFTER;
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 100, 10), "known known known none");
	ck_assert_str_eq(modbus(hmi, plc, 1, WRITE_ONE, 65535, 1), "known known known known");
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 100, 11), "known known new none");
	ck_assert_str_eq(modbus(ews, plc, 1, WRITE_ONE, 65535, 1), "new none none new");
}
END_TEST

START_TEST(trouble_survives_a_restart)
{
	modbus(hmi, plc, 1, READ_HOLDING, 100, 10);
	trouble(hmi, plc);
	reopen();
	s.now_ns += 5 * MINUTE;
	modbus(hmi, plc, 1, READ_INPUT, 100, 10); /* still too near */
	s.now_ns += 20 * MINUTE;
	modbus(hmi, plc, 1, READ_HOLDING, 100, 10);
	s.now_ns = AFTER;
	ck_assert_str_eq(modbus(hmi, plc, 1, READ_INPUT, 100, 10), "known new none none");
}
END_TEST

START_TEST(without_a_period)
{
	scene_end(&s);
	scene_begin(&s, scene_site);
	reopen();
	ck_assert_str_eq(modbus(hmi, plc, 1, WRITE_ONE, 200, 1), "none none none none");
	ck_assert_uint_eq(ledger_count(s.ledger).baseline_facts, 0);
}
END_TEST

START_TEST(nothing_learnt_nothing_judged)
{
	s.now_ns = AFTER;
	ck_assert_str_eq(modbus(hmi, plc, 1, WRITE_ONE, 200, 1), "none none none none");
	ck_assert_uint_eq(ledger_count(s.ledger).baseline_state, BASELINE_STATE_MISSING);
}
END_TEST

/* Whoever watched all the time and could learn nothing knows nothing: that is not the same as having no baseline. */
START_TEST(an_empty_baseline)
{
	modbus(stranger, plc, 1, READ_HOLDING, 100, 10); /* denied */
	reopen();
	s.now_ns = AFTER;
	ck_assert_str_eq(modbus(hmi, plc, 1, WRITE_ONE, 200, 1), "new none none none");
	ck_assert_uint_eq(ledger_count(s.ledger).baseline_facts, 0);
	ck_assert_uint_eq(ledger_count(s.ledger).baseline_state, BASELINE_STATE_OVER);
}
END_TEST

/* A flow is no conversation before it has said what it speaks; its client's port does not matter. */
START_TEST(flows)
{
	s.flow_id = 1;
	scene_flow(&s, FLOW_STATE_NEW, NULL, 1, 0, hmi, plc, 0);
	ck_assert_int_eq(last.pair, BASELINE_NONE);
	scene_flow(&s, FLOW_STATE_ESTABLISHED, "modbus", 3, 3, hmi, plc, 0);
	ck_assert_int_eq(last.pair, BASELINE_LEARNING);
	s.now_ns = AFTER;
	s.flow_id = 2;
	scene_flow(&s, FLOW_STATE_NEW, NULL, 1, 0, hmi, plc, 0);
	ck_assert_int_eq(last.pair, BASELINE_NONE);
	scene_flow(&s, FLOW_STATE_ESTABLISHED, "modbus", 3, 3, hmi, plc, 0);
	ck_assert_int_eq(last.pair, BASELINE_KNOWN);
	s.flow_id = 3;
	scene_flow(&s, FLOW_STATE_ESTABLISHED, "http", 3, 3, hmi, plc, 0);
	ck_assert_int_eq(last.pair, BASELINE_NEW);
}
END_TEST

/* Who answers DHCP; which bridge is the root, whoever tells of it. */
static enum baseline_verdict dhcp_server(struct scene_end_of server)
{
	struct event_value values[4];
	struct event ev = scene_between(&s, &discovery_table, values, hmi, server, 0);
	struct mac m = scene_mac(server.mac);

	ev_uint(&ev, &discovery_field[DISCOVERY_PROTOCOL], DISCOVERY_BY_DHCP);
	ev_mac(&ev, &discovery_field[DISCOVERY_MAC], &m);
	ev_uint(&ev, &discovery_field[DISCOVERY_ROLE], DISCOVERY_ROLE_DHCP_SERVER);
	ledger_take(s.ledger, &ev);
	return last.service;
}

static enum baseline_verdict stp_root(const char *port, const char *root)
{
	struct event_value values[4];
	struct event ev = scene_event(&s, &discovery_table, values);
	struct mac m = scene_mac(root);

	ev.at.has_ether = true;
	ev.at.src_mac = scene_mac(port);
	ev_uint(&ev, &discovery_field[DISCOVERY_PROTOCOL], DISCOVERY_BY_STP);
	ev_mac(&ev, &discovery_field[DISCOVERY_DETAIL_ROOT_MAC], &m);
	ledger_take(s.ledger, &ev);
	return last.service;
}

/* Whoever has no address yet cannot be answered alone. */
static enum baseline_verdict dhcp_server_to_all(struct scene_end_of server)
{
	static const struct scene_end_of everybody = {"ff:ff:ff:ff:ff:ff", "255.255.255.255"};
	struct event_value values[4];
	struct event ev = scene_between(&s, &discovery_table, values, server, everybody, 0);

	ev_uint(&ev, &discovery_field[DISCOVERY_PROTOCOL], DISCOVERY_BY_DHCP);
	ev_uint(&ev, &discovery_field[DISCOVERY_ROLE], DISCOVERY_ROLE_DHCP_SERVER);
	ledger_take(s.ledger, &ev);
	return last.service;
}

START_TEST(services)
{
	ck_assert_int_eq(dhcp_server(ews), BASELINE_LEARNING);
	ck_assert_int_eq(stp_root("00:1b:d4:00:01:01", "00:1b:d4:00:00:00"), BASELINE_LEARNING);
	reopen();
	s.now_ns = AFTER;
	ck_assert_int_eq(dhcp_server(ews), BASELINE_KNOWN);
	ck_assert_int_eq(dhcp_server_to_all(ews), BASELINE_KNOWN);
	ck_assert_int_eq(dhcp_server(stranger), BASELINE_NEW);
	ck_assert_int_eq(dhcp_server_to_all(hmi), BASELINE_NEW);
	ck_assert_int_eq(stp_root("00:1b:d4:00:01:03", "00:1b:d4:00:00:00"), BASELINE_KNOWN);
	ck_assert_int_eq(stp_root("00:1b:d4:00:01:01", "02:00:00:00:00:66"), BASELINE_NEW);
	modbus(hmi, plc, 1, READ_HOLDING, 100, 10);
	ck_assert_int_eq(last.service, BASELINE_NONE);
}
END_TEST

/* What was normal in two conversations is normal in the one that they turn out to be, also where they were not in
 * memory when that came out. */
START_TEST(conversations_that_become_one)
{
	static const struct scene_end_of by_ip = {NULL, "10.20.1.11"}, second = {PLC, "10.20.1.12"};
	char ip[IP_TEXT_MAX];

	s.limits.conversations = 4;
	reopen();
	modbus(hmi, by_ip, 1, READ_HOLDING, 100, 10);
	scene_host(&s, PLC, "10.20.1.12", 0);
	modbus(hmi, second, 1, READ_HOLDING, 200, 10);
	modbus(hmi, second, 1, WRITE_ONE, 300, 1);
	for (int i = 0; i < 8; i++) {
		snprintf(ip, sizeof(ip), "10.20.1.%d", 50 + i);
		modbus(ews, (struct scene_end_of){NULL, ip}, 1, READ_HOLDING, 1, 1);
	}
	s.now_ns += 30 * MINUTE;
	if (_i)
		modbus(hmi, second, 1, READ_HOLDING, 200, 10); /* it is in memory again */
	scene_arp(&s, PLC, "10.20.1.11", 0);
	s.now_ns = AFTER;
	for (int again = 0; again < 2; again++) {
		ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 100, 10), "known known known none");
		ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 200, 10), "known known known none");
		ck_assert_str_eq(modbus(hmi, plc, 1, WRITE_ONE, 300, 1), "known known known known");
		ck_assert_str_eq(modbus(hmi, plc, 1, READ_HOLDING, 300, 1), "known known new none");
		reopen();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("baseline");
	TCase *tc = tcase_create("baseline");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, learns_then_judges);
	tcase_add_test(tc, a_second_writer);
	tcase_add_test(tc, nothing_near_trouble);
	tcase_add_test(tc, learns_again_when_it_is_quiet);
	tcase_add_test(tc, trouble_is_of_its_devices);
	tcase_add_test(tc, trouble_reaches_back_to_its_devices);
	tcase_add_test(tc, trouble_everywhere);
	tcase_add_test(tc, interruptions_are_counted);
	tcase_add_test(tc, what_is_denied_is_not_learnt);
	tcase_add_test(tc, survives_a_restart);
	tcase_add_test(tc, trouble_survives_a_restart);
	tcase_add_test(tc, without_a_period);
	tcase_add_test(tc, nothing_learnt_nothing_judged);
	tcase_add_test(tc, an_empty_baseline);
	tcase_add_test(tc, flows);
	tcase_add_test(tc, services);
	tcase_add_loop_test(tc, conversations_that_become_one, 0, 2);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
