#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger/site.h"
#include "run_suite.h"

struct loaded {
	struct yamldoc doc;
	struct site site;
	struct complaint c;
	int err;
};

static struct loaded load(const char *yaml)
{
	struct loaded l = {.c = {""}};

	ck_assert_msg(yamldoc_parse(&l.doc, "site.yaml", yaml, strlen(yaml), &l.c) == 0, "%s", l.c.text);
	l.err = site_load(&l.site, &l.doc, &l.c);
	return l;
}

static void unload(struct loaded *l)
{
	site_free(&l->site);
	yamldoc_free(&l->doc);
}

START_TEST(many_assets_do_not_take_long)
{
	enum { ASSETS = 80000, BYTES_EACH = 16 };
	char *text = malloc(ASSETS * BYTES_EACH + 64), *at = text;

	at += sprintf(at, "zones:\n  - id: a\n    assets:\n");
	for (int i = 0; i < ASSETS; i++)
		at += sprintf(at, "    - dev%d\n", i);
	clock_t began = clock();
	struct loaded l = load(text);
	ck_assert_msg(l.err == 0, "%s", l.c.text);
	ck_assert_double_lt((double)(clock() - began) / CLOCKS_PER_SEC, 5);
	unload(&l);
	free(text);
}
END_TEST

START_TEST(reads_everything)
{
	struct loaded l = load("model: fa\n"
			       "zones:\n"
			       "  - id: cell-a\n"
			       "    name: { ja: 加工セルA, en: Cell A }\n"
			       "    purdue: L3.5\n"
			       "    fa: fa.control\n"
			       "    prefixes: [10.20.1.0/24, \"fd00:1::/64\"]\n"
			       "    vlans: 101\n"
			       "    macs: [\"00:80:f4:10:01:11\", 58-52-8A-10-01-12]\n"
			       "  - { id: office, name: Office, purdue: 4 }\n"
			       "conduits:\n"
			       "  - { from: office, to: cell-a, protocol: http, class: [read, write], sources: "
			       "10.20.4.7, dests: [10.20.1.0/28],\n"
			       "      owner: IT, reason: report }\n"
			       "  - { from: any, to: internet, protocol: any, class: any }\n");

	ck_assert_msg(l.err == 0, "%s", l.c.text);
	ck_assert_int_eq(l.site.model, SITE_MODEL_FA);
	ck_assert_uint_eq(l.site.n_zones, 2);
	const struct zone *z = &l.site.zones[0];
	ck_assert_str_eq(z->name_ja, "加工セルA");
	ck_assert_int_eq(z->purdue, 35);
	ck_assert_str_eq(z->fa, "fa.control");
	ck_assert_uint_eq(z->n_prefixes, 2);
	ck_assert_uint_eq(z->n_vlans, 1);
	ck_assert_uint_eq(z->n_macs, 2);
	ck_assert_str_eq(l.site.zones[1].name_ja, "Office");
	ck_assert_str_eq(l.site.zones[1].name_en, "Office");
	ck_assert_int_eq(l.site.zones[1].purdue, 40);
	ck_assert_ptr_null(l.site.zones[1].fa);
	ck_assert_uint_eq(l.site.n_conduits, 2);
	const struct conduit_line *line = &l.site.conduits[0];
	ck_assert_str_eq(line->from, "office");
	ck_assert_int_eq(line->to_no, 0);
	ck_assert_uint_eq(line->classes, 1u << CLASS_READ | 1u << CLASS_WRITE);
	ck_assert_uint_eq(line->n_sources, 1);
	ck_assert_uint_eq(line->sources[0].bits, 128);
	ck_assert_uint_eq(line->n_dests, 1);
	ck_assert_str_eq(line->owner, "IT");
	ck_assert_uint_eq(line->line, 1);
	ck_assert_uint_eq(line->file_line, 12);
	ck_assert_int_eq(l.site.conduits[1].from_no, ZONE_ANY);
	ck_assert_int_eq(l.site.conduits[1].to_no, ZONE_INTERNET);
	ck_assert_uint_eq(l.site.conduits[1].classes, 0xff);
	unload(&l);
}
END_TEST

/* What is wrong, and every word of what is said about it. */
static const struct {
	const char *yaml, *says;
} wrong[] = {
    {"zones:\n  - { id: a, prefixes: [10.20.0.0/16] }\n  - { id: b, prefixes: [10.20.1.0/24] }\n",
     "site.yaml:3:25: prefix 10.20.1.0/24 of zone \"b\" overlaps 10.20.0.0/16 of zone \"a\" in line 2. An address has "
     "one zone: narrow or "
     "remove one of them"},
    {"zones:\n  - { id: b, prefixes: [10.20.1.0/24] }\n  - { id: a, prefixes: [10.9.0.0/16, 10.20.0.0/16] }\n",
     "site.yaml:3:38: prefix 10.20.0.0/16 of zone \"a\" overlaps 10.20.1.0/24 of zone \"b\" in line 2. An address has "
     "one zone: narrow or "
     "remove one of them"},
    {"zones:\n  - { id: a, prefixes: [10.0.0.0/8, 10.1.0.0/16] }\n",
     "site.yaml:2:37: prefix 10.1.0.0/16 of zone \"a\" is already there as 10.0.0.0/8 in line 2. Remove one of them"},
    {"zones:\n  - { id: a, vlans: [101, 7] }\n  - { id: b, vlans: 101 }\n",
     "site.yaml:3:21: VLAN 101 of zone \"b\" overlaps 101 of zone \"a\" in line 2. An address has one zone: narrow or "
     "remove one of them"},
    {"zones:\n  - { id: a, macs: [\"00:80:f4:10:01:11\"] }\n  - { id: b, macs: [\"00-80-F4-10-01-11\"] }\n",
     "site.yaml:3:21: MAC 00-80-F4-10-01-11 of zone \"b\" overlaps 00:80:f4:10:01:11 of zone \"a\" in line 2. An "
     "address has one zone: narrow "
     "or remove one of them"},
    {"zones:\n  - { id: a }\n  - { id: a }\n", "site.yaml:3:11: zone \"a\" is already in line 2. Rename or join them"},
    {"zones:\n  - { id: internet }\n",
     "site.yaml:2:11: \"internet\" has a meaning of its own and cannot be a zone's id. Choose another"},
    {"zones:\n  - { id: \"cell a\" }\n", "site.yaml:2:11: zone id \"cell a\" may have letters a-z, digits, \"-\", "
					 "\"_\" and \".\" only. Put other words into name"},
    {"zones:\n  - { name: x }\n", "site.yaml:2:5: a zone needs an id, such as \"cell-a\""},
    {"zones:\n  - { id: a, prefix: 10.0.0.0/8 }\n",
     "site.yaml:2:14: unknown key \"prefix\". Did you mean \"prefixes\"?"},
    {"zones:\n  - { id: a, prefixes: [10.20.1.1/24] }\n",
     "site.yaml:2:25: \"10.20.1.1/24\" is no prefix. Write it as 10.20.1.0/24, with no bits set beyond its length"},
    {"zones:\n  - { id: a, vlans: [4095] }\n", "site.yaml:2:22: expected a whole number from 1 to 4094 here"},
    {"zones:\n  - { id: a, macs: [\"01:80:f4:10:01:11\"] }\n",
     "site.yaml:2:21: \"01:80:f4:10:01:11\" is no device's MAC address. Write it as \"00:80:f4:12:34:56\""},
    {"zones:\n  - { id: a, purdue: L6 }\n",
     "site.yaml:2:22: \"L6\" is no Purdue level. Write one of L0, L1, L2, L3, L3.5, L4, L5"},
    {"zones:\n  - { id: a, fa: fa.contrl }\n",
     "site.yaml:2:18: unknown factory zone \"fa.contrl\". Did you mean \"fa.control\"?"},
    {"zones:\n  - { id: a, assets: [A000017, HMI] }\n  - { id: b, assets: HMI }\n",
     "site.yaml:3:22: asset \"HMI\" is in zone \"a\" in line 2 already. A device has one zone: remove one of them"},
    {"time_zone: JST\n", "site.yaml:1:12: time_zone is the distance to UTC, as \"+09:00\""},
    {"level_names: { L6: roof }\n",
     "site.yaml:1:20: \"L6\" is neither a level (L0 to L5, L3.5) nor a factory zone (fa.control ...)"},
    {"baseline: { quarantine_min: 5 }\n",
     "site.yaml:1:11: a baseline needs learn_until: the day on which learning ends, as 2026-12-31"},
    {"baseline: { learn_until: soon }\n",
     "site.yaml:1:26: expected a day, as 2026-12-31, or a moment, as \"2026-12-31 17:00\""},
    {"baseline: { learn_from: 2026-12-02, learn_until: 2026-12-01 }\n",
     "site.yaml:1:11: learning ends before it begins: see learn_from and learn_until"},
    {"conduits:\n  - { from: any, to: any, protocol: any, class: any, times: 8-17 }\n",
     "site.yaml:2:61: \"8-17\" is no time window: Write it as \"Mon-Fri 08:00-17:00\""},
    {"conduits:\n  - { from: any, to: any, protocol: any, class: any, expires: 2026-11-31 }\n",
     "site.yaml:2:63: expires is the last day, as 2026-12-31, or a moment, as \"2026-12-31 17:00\""},
    {"conduits:\n  - { from: any, to: any, protocol: any, class: any, expires: 2026-11-30, times: "
     "[2026-12-04..2026-12-05] }\n",
     "site.yaml:2:82: this time begins after the line has expired. Change times or expires"},
    {"conduits:\n  - { from: any, to: any, protocol: any, class: any, direction: back }\n",
     "site.yaml:2:65: unknown direction \"back\". Write forward (from asks, to answers; the default) or both"},
    {"zones: { id: a }\n",
     "site.yaml:1:8: expected a list of zones: - { id: cell-a, purdue: L1, prefixes: [10.20.1.0/24] }"},
    {"model: purdue\n", "site.yaml:1:8: unknown model \"purdue\". Write pa (Purdue), fa (METI factory zones) or both"},
    {"zones: [{ id: cell-a }]\nconduits:\n  - { from: cel-a, to: any, protocol: any, class: any }\n",
     "site.yaml:3:13: no zone is called \"cel-a\". Did you mean \"cell-a\"?"},
    {"conduits:\n  - { from: plant, to: any, protocol: any, class: any }\n",
     "site.yaml:2:13: no zone is called \"plant\". Write a zone's id, internet, unknown or any"},
    {"conduits:\n  - { from: any, to: any, protocol: any, class: wite }\n",
     "site.yaml:2:49: unknown class \"wite\". Did you mean \"write\"?"},
    {"conduits:\n  - { from: any, to: any, protocol: any }\n",
     "site.yaml:2:5: a conduit needs class: read, write, program, admin (one or a list) or any"},
    {"conduits:\n  - { from: any, to: any, class: any }\n",
     "site.yaml:2:5: a conduit needs protocol: such as modbus, icmp or any"},
    {"conduits:\n  - { to: any, protocol: any, class: any }\n",
     "site.yaml:2:5: a conduit needs from: a zone's id, internet, unknown or any"},
};

START_TEST(says_what_is_wrong)
{
	struct loaded l = load(wrong[_i].yaml);

	ck_assert_int_eq(l.err, -EINVAL);
	ck_assert_str_eq(l.c.text, wrong[_i].says);
	ck_assert_uint_eq(l.site.n_zones, 0); /* nothing half-applied */
	ck_assert_ptr_null(l.site.index);
	unload(&l);
}
END_TEST

static const struct {
	const char *mac, *ip;
	uint16_t vlans[2];
	size_t n_vlans;
	const char *zone;
} places[] = {
    {NULL, "10.20.1.0", {0}, 0, "cell-a"},
    {NULL, "10.20.1.255", {0}, 0, "cell-a"},
    {NULL, "10.20.2.0", {0}, 0, NULL},
    {NULL, "10.20.0.255", {0}, 0, NULL},
    {NULL, "10.20.3.9", {101}, 1, "scada"},              /* a prefix before the VLAN */
    {"00:80:f4:10:01:11", "10.20.3.9", {103}, 1, "lab"}, /* a MAC before all */
    {NULL, "192.0.2.1", {101}, 1, "cell-a"},
    {NULL, "192.0.2.1", {500}, 1, NULL},
    {NULL, NULL, {103, 101}, 2, "cell-a"}, /* the inner tag before the outer */
    {NULL, NULL, {103, 999}, 2, "scada"},
    {NULL, "fd00:1::9", {0}, 0, "cell-a"},
    {NULL, "fd00:2::9", {0}, 0, NULL},
};

START_TEST(finds_the_place)
{
	struct loaded l = load("zones:\n"
			       "  - { id: cell-a, prefixes: [10.20.1.0/24, \"fd00:1::/64\"], vlans: [101] }\n"
			       "  - { id: scada, prefixes: [10.20.3.0/24], vlans: [103] }\n"
			       "  - { id: lab, macs: [\"00:80:f4:10:01:11\"] }\n");
	struct mac mac = {{0}};
	struct ip_addr ip;

	ck_assert_msg(l.err == 0, "%s", l.c.text);
	if (places[_i].mac)
		ck_assert(mac_parse(places[_i].mac, &mac));
	if (places[_i].ip)
		ck_assert(ip_parse(places[_i].ip, &ip));
	const struct zone *z = site_zone(&l.site, places[_i].mac ? &mac : NULL, places[_i].ip ? &ip : NULL,
					 places[_i].vlans, places[_i].n_vlans);
	ck_assert_msg(places[_i].zone ? z && strcmp(z->id, places[_i].zone) == 0 : !z, "place %d: expected %s, got %s",
		      _i, places[_i].zone ? places[_i].zone : "none", z ? z->id : "none");
	unload(&l);
}
END_TEST

START_TEST(a_thousand_zones)
{
	char *yaml = malloc(1 << 17);
	size_t len = (size_t)sprintf(yaml, "zones:\n");

	for (int i = 0; i < 1000; i++)
		len += (size_t)sprintf(yaml + len, "  - { id: z%d, prefixes: [10.%d.%d.0/24], vlans: [%d] }\n", i,
				       i / 200, i % 200, i + 1);
	struct loaded l = load(yaml);
	ck_assert_msg(l.err == 0, "%s", l.c.text);
	for (int i = 0; i < 1000; i++) {
		char text[IP_TEXT_MAX], id[16];
		struct ip_addr ip;
		snprintf(text, sizeof(text), "10.%d.%d.77", i / 200, i % 200);
		snprintf(id, sizeof(id), "z%d", i);
		ck_assert(ip_parse(text, &ip));
		const struct zone *z = site_zone(&l.site, NULL, &ip, NULL, 0);
		ck_assert_ptr_nonnull(z);
		ck_assert_str_eq(z->id, id);
	}
	unload(&l);
	free(yaml);
}
END_TEST

/* A window, a moment in UTC, and whether it holds there: the site's clocks are nine hours ahead. */
static const struct {
	const char *window, *utc;
	bool holds;
} times[] = {
    {"Mon-Fri 08:00-17:00", "2026-11-26 23:00", true}, /* Friday 08:00 */
    {"Mon-Fri 08:00-17:00", "2026-11-26 22:59", false},
    {"Mon-Fri 08:00-17:00", "2026-11-27 08:00", false}, /* Friday 17:00 */
    {"Mon-Fri 08:00-17:00", "2026-11-27 23:30", false}, /* Saturday 08:30 */
    {"月-金 08:00-17:00", "2026-11-27 07:59", true},
    {"土,日", "2026-11-28 14:59", true}, /* Saturday 23:59 */
    {"土,日", "2026-11-29 15:00", false},
    {"Sat-Mon", "2026-11-29 16:00", true},
    {"22:00-06:00", "2026-11-27 13:00", true},
    {"22:00-06:00", "2026-11-27 20:59", true},
    {"22:00-06:00", "2026-11-27 21:00", false},
    {"Fri 22:00-06:00", "2026-11-27 20:00", true},  /* Saturday 05:00, begun on Friday */
    {"Fri 22:00-06:00", "2026-11-26 20:00", false}, /* Friday 05:00, begun on Thursday */
    {"2026-12-04 09:00..2026-12-04 17:00", "2026-12-04 00:00", true},
    {"2026-12-04 09:00..2026-12-04 17:00", "2026-12-04 08:00", false},
    {"2026-12-04..2026-12-05", "2026-12-05 14:59", true},
    {"2026-12-04..2026-12-05", "2026-12-05 15:00", false},
};

START_TEST(windows)
{
	struct time_window w;
	int64_t ns;

	ck_assert(site_time_parse(times[_i].utc, 0, false, &ns));
	ck_assert_msg(time_window_parse(times[_i].window, 9 * 3600, &w) == NULL, "%s", times[_i].window);
	ck_assert_msg(time_window_holds(&w, ns, 9 * 3600) == times[_i].holds, "%s at %s", times[_i].window,
		      times[_i].utc);
}
END_TEST

START_TEST(no_windows)
{
	static const char *const wrong_windows[] = {"",
						    "Mon-",
						    "Mon-Fri 8:00-17:00",
						    "Mon 08:00",
						    "Mon08:00-17:00",
						    "08:00-08:00",
						    "25:00-26:00",
						    "Mo 08:00-17:00",
						    "2026-12-04",
						    "2026-12-05..2026-12-04",
						    "月-金08:00-17:00",
						    "Mon,",
						    "08:60-09:00",
						    "2026-02-30..2026-03-01"};
	struct time_window w;

	for (size_t i = 0; i < sizeof(wrong_windows) / sizeof(wrong_windows[0]); i++)
		ck_assert_msg(time_window_parse(wrong_windows[i], 0, &w) != NULL, "%s", wrong_windows[i]);
}
END_TEST

START_TEST(names_and_learning)
{
	struct loaded l = load("time_zone: \"-03:30\"\n"
			       "level_names: { L2: { ja: 制御室, en: Control room }, fa.oa: Büro }\n"
			       "baseline: { learn_from: 2026-12-01, learn_until: 2026-12-14, quarantine_min: 30 }\n"
			       "zones:\n  - { id: a, assets: [A000017, 加工PLC] }\n"
			       "conduits:\n  - { from: a, to: any, protocol: any, class: any, direction: both, times: "
			       "[Mon, 08:00-09:00], expires: "
			       "2026-12-31, max_hours: 4 }\n");
	const struct site *s = &l.site;

	ck_assert_msg(l.err == 0, "%s", l.c.text);
	ck_assert_int_eq(s->offset_s, -12600);
	ck_assert_str_eq(site_place_name(s, "L2", true), "制御室");
	ck_assert_str_eq(site_place_name(s, "L2", false), "Control room");
	ck_assert_str_eq(site_place_name(s, "fa.oa", true), "Büro");
	ck_assert_ptr_null(site_place_name(s, "L1", true));
	/* the last day counts whole: until midnight there */
	ck_assert_int_eq(s->baseline.learn_until_ns - s->baseline.learn_from_ns, INT64_C(14) * 86400 * 1000000000);
	ck_assert_int_eq(s->baseline.quarantine_ns, INT64_C(1800) * 1000000000);
	ck_assert_ptr_eq(site_zone_of_asset(s, "A000017", ""), &s->zones[0]);
	ck_assert_ptr_eq(site_zone_of_asset(s, "A000001", "加工PLC"), &s->zones[0]);
	ck_assert_ptr_null(site_zone_of_asset(s, "A000001", ""));
	ck_assert(s->conduits[0].both);
	ck_assert_uint_eq(s->conduits[0].n_times, 2);
	ck_assert_int_eq(s->conduits[0].longest_ns, INT64_C(4) * 3600 * 1000000000);
	unload(&l);
}
END_TEST

START_TEST(an_empty_site)
{
	struct loaded l = load("sensor: { name: x }\n");
	struct ip_addr ip;

	ck_assert_int_eq(l.err, 0);
	ck_assert_uint_eq(l.site.n_zones, 0);
	ck_assert(ip_parse("10.0.0.1", &ip));
	ck_assert_ptr_null(site_zone(&l.site, NULL, &ip, NULL, 0));
	unload(&l);
}
END_TEST

/* The templates that ship have to be good. */
START_TEST(templates)
{
	static const char *const files[] = {"configs/zones-purdue.yaml", "configs/zones-fa.yaml"};
	struct loaded l = {.c = {""}};

	ck_assert_msg(yamldoc_load(&l.doc, files[_i], &l.c) == 0, "%s", l.c.text);
	l.err = site_load(&l.site, &l.doc, &l.c);
	ck_assert_msg(l.err == 0, "%s", l.c.text);
	ck_assert_uint_ge(l.site.n_zones, 6);
	ck_assert_uint_ge(l.site.n_conduits, 3);
	for (size_t i = 0; i < l.site.n_zones; i++) {
		ck_assert_ptr_nonnull(l.site.zones[i].name_ja);
		ck_assert_ptr_nonnull(l.site.zones[i].name_en);
	}
	unload(&l);
}
END_TEST

START_TEST(level_names)
{
	ck_assert_str_eq(purdue_name(0), "L0");
	ck_assert_str_eq(purdue_name(35), "L3.5");
	ck_assert_str_eq(purdue_name(PURDUE_UNKNOWN), "");
}
END_TEST

static Suite *site_suite(void)
{
	Suite *suite = suite_create("site");
	TCase *tc = tcase_create("site");

	tcase_add_test(tc, reads_everything);
	tcase_add_test(tc, many_assets_do_not_take_long);
	tcase_add_loop_test(tc, says_what_is_wrong, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_loop_test(tc, finds_the_place, 0, sizeof(places) / sizeof(places[0]));
	tcase_add_test(tc, a_thousand_zones);
	tcase_add_loop_test(tc, windows, 0, sizeof(times) / sizeof(times[0]));
	tcase_add_test(tc, no_windows);
	tcase_add_test(tc, names_and_learning);
	tcase_add_test(tc, an_empty_site);
	tcase_add_loop_test(tc, templates, 0, 2);
	tcase_add_test(tc, level_names);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return run_suite(site_suite());
}
