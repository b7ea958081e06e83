/* What several sensors wrote, merged: devices by what they are known by, alerts by what they are about. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/fleet_alerts.h"
#include "app/fleet_assets.h"
#include "app/fleet_sensors.h"
#include "app/fleet_time.h"
#include "base/when.h"
#include "run_suite.h"

/* ---- names and times */

START_TEST(names_of_keys)
{
	static const struct {
		const char *key, *name; /* NULL: of no sensor */
	} vectors[] = {
	    {"sekisho:{line-1}:alerts", "line-1"},
	    {"sekisho:{第1工場}:status", "第1工場"},
	    {"sekisho:{a}:asset:A000001", "a"},
	    {"sekisho:{}:alerts", NULL},
	    {"sekisho:{a}", NULL},
	    {"sekisho:{a}:", NULL},
	    {"sekisho:{a}x:alerts", NULL},
	    {"sekisho:{a", NULL},
	    {"other:{a}:alerts", NULL},
	    {"sekisho:", NULL},
	};
	char name[FLEET_NAME_MAX], longest[300];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		bool found = fleet_sensor_of(vectors[i].key, strlen(vectors[i].key), name);
		ck_assert_msg(found == (vectors[i].name != NULL), "%s", vectors[i].key);
		if (found)
			ck_assert_str_eq(name, vectors[i].name);
	}
	for (size_t n = 127; n <= 130; n++) {
		snprintf(
		    longest, sizeof(longest), "sekisho:{%.*s}:alerts", (int)n,
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		ck_assert_msg(fleet_sensor_of(longest, strlen(longest), name) == (n <= 128), "%zu bytes", n);
	}
	ck_assert(!fleet_sensor_of("sekisho:{a\0b}:alerts", 20, name));
}
END_TEST

START_TEST(times_read_back)
{
	static const struct {
		const char *text;
		int64_t ns; /* -1: none */
	} vectors[] = {
	    {"2026-11-22T00:14:00.000001+0000", 1795306440000001000},
	    {"2026-11-22T09:14:00.000001+0900", 1795306440000001000},
	    {"2026-11-21T19:14:00-0500", 1795306440000000000},
	    {"2026-11-22T00:14:00Z", 1795306440000000000},
	    {"2026-11-22T00:14:00.5Z", 1795306440500000000},
	    {"2026-11-22T00:14:00", -1},
	    {"2026-11-22T00:14:00.Z", -1},
	    {"2026-11-22T00:14:00+09:00", -1},
	    {"2026-11-22", -1},
	    {"", -1},
	    {"9999999-11-22T00:14:00Z", -1},
	};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		int64_t ns = -1;
		bool read = fleet_time_parse(vectors[i].text, &ns);
		ck_assert_msg(read == (vectors[i].ns != -1) && ns == vectors[i].ns, "%s: %lld", vectors[i].text,
			      (long long)ns);
	}
}
END_TEST

/* ---- devices */

struct seen {
	uint32_t sensor;
	const char *id, *mac, *ip, *keys;
	const char *gateway, *units, *virtual;
	unsigned device; /* the same number, the same device */
	unsigned by;
};

static void put(struct fleet_assets *a, const struct seen *s)
{
	const char *values[FLEET_FIELDS] = {[FLEET_MAC] = s->mac,
					    [FLEET_IP] = s->ip,
					    [FLEET_STRONG_KEYS] = s->keys,
					    [FLEET_GATEWAY] = s->gateway,
					    [FLEET_UNIT_IDS] = s->units,
					    [FLEET_MAC_VIRTUAL] = s->virtual,
					    [FLEET_LAST_SEEN] = "2026-04-01"};

	fleet_assets_add(a, s->sensor, s->id, values);
}

static const struct seen *seen_of(const struct seen *s, size_t n, const struct fleet_asset *asset)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i].sensor == asset->sensor && strcmp(s[i].id, asset->id) == 0)
			return &s[i];
	}
	ck_abort_msg("%u %s is nobody's", asset->sensor, asset->id);
	return NULL;
}

/* Sensors 0, 1, 2 are at one site, 3 at another, 4 and 5 name none. */
static const uint32_t sites[] = {1, 1, 1, 2, 3, 4};

static void merge(const char *what, const struct seen *s, size_t n)
{
	struct fleet_assets a;
	struct fleet_device d;
	bool told[32] = {false};

	ck_assert_int_eq(fleet_assets_init(&a, 100, 1 << 20), 0);
	for (size_t i = n; i-- > 0;) /* the order in which they come does not matter */
		put(&a, &s[i]);
	ck_assert_int_eq(fleet_assets_merge(&a, sites), 0);
	for (size_t at = 0; fleet_assets_next(&a, &at, &d);) {
		const struct seen *first = seen_of(s, n, &a.item[d.record[0]]);
		ck_assert_msg(!told[first->device], "%s: device %u is in two", what, first->device);
		told[first->device] = true;
		ck_assert_msg(a.item[d.record[0]].by == first->by, "%s: device %u by %u", what, first->device,
			      a.item[d.record[0]].by);
		for (size_t i = 0; i < d.n; i++) {
			const struct seen *one = seen_of(s, n, &a.item[d.record[i]]);
			ck_assert_msg(one->device == first->device, "%s: %u %s is taken for device %u", what,
				      one->sensor, one->id, first->device);
		}
	}
	fleet_assets_deinit(&a);
}

#define MERGE(what, ...)                                                                                               \
	do {                                                                                                           \
		static const struct seen s[] = {__VA_ARGS__};                                                          \
		merge(what, s, sizeof(s) / sizeof(s[0]));                                                              \
	} while (0)

#define M1   "[\"00:80:f4:00:00:01\"]"
#define M2   "[\"00:80:f4:00:00:02\"]"
#define ML   "[\"02:42:ac:11:00:02\"]"
#define MV   "[\"00:00:5e:00:01:01\"]"
#define I1   "[\"10.0.0.1\"]"
#define I2   "[\"10.0.0.2\"]"
#define CERT "{\"opcua_cert_sha256\":\"aa\"}"
#define URI  "{\"opcua_app_uri\":\"urn:server\"}"

START_TEST(same_devices)
{
	MERGE("a MAC address, anywhere", {0, "A1", M1, I1, .device = 1, .by = FLEET_BY_MAC},
	      {1, "A7", M1, I2, .device = 1}, {3, "A1", M1, "[]", .device = 1}, {4, "A1", M2, I1, .device = 2});
	MERGE("a strong key, anywhere", {0, "A1", M1, I1, CERT, .device = 1, .by = FLEET_BY_KEY},
	      {3, "A1", M2, I2, CERT, .device = 1});
	MERGE("a key of which makers ship many, within a site",
	      {0, "A1", M1, "[]", URI, .device = 1, .by = FLEET_BY_KEY}, {1, "A1", M2, "[]", URI, .device = 1},
	      {3, "A1", "[]", "[]", URI, .device = 2});
	MERGE("keys of other kinds are other keys", {0, "A1", "[]", "[]", "{\"smb_guid\":\"aa\"}", .device = 1},
	      {1, "A1", "[]", "[]", CERT, .device = 2});
	MERGE("a MAC address set locally, within a site", {0, "A1", ML, "[]", .device = 1, .by = FLEET_BY_MAC},
	      {1, "A1", ML, "[]", .device = 1}, {3, "A1", ML, "[]", .device = 2}, {4, "A1", ML, "[]", .device = 3});
	MERGE("a virtual MAC address never", {0, "A1", MV, "[]", .virtual = MV, .device = 1},
	      {1, "A1", MV, "[]", .virtual = MV, .device = 2});
	MERGE("an IP address, seen through a router", {0, "A1", M1, I1, .device = 1, .by = FLEET_BY_IP},
	      {1, "A1", "[]", I1, .device = 1}, {2, "A1", NULL, I1, .device = 1});
	MERGE("an IP address of another site never", {0, "A1", M1, I1, .device = 1}, {3, "A1", "[]", I1, .device = 2});
	MERGE("nor one of sensors that name no site", {4, "A1", "[]", I1, .device = 1},
	      {5, "A1", "[]", I1, .device = 2});
	MERGE("an IP address that two claim is neither's", {0, "A1", M1, I1, .device = 1},
	      {1, "A1", M2, I1, .device = 2}, {2, "A1", "[]", I1, .device = 3});
	MERGE("two MAC addresses of one IP address are two devices", {0, "A1", M1, I1, .device = 1},
	      {1, "A1", M2, I1, .device = 2});
	MERGE("what one sensor has twice tells nobody apart", {0, "A1", M1, "[]", CERT, .device = 1},
	      {0, "A2", M2, "[]", CERT, .device = 2}, {1, "A1", "[]", "[]", CERT, .device = 3});
	MERGE("units behind one gateway", {0, "A1", M1, I1, .device = 1, .by = FLEET_BY_MAC},
	      {0, "A2", "[]", "[]", .gateway = "A1", .units = "[3]", .device = 2, .by = FLEET_BY_UNIT},
	      {0, "A3", "[]", "[]", .gateway = "A1", .units = "[4]", .device = 3}, {1, "A9", M1, "[]", .device = 1},
	      {1, "A8", "[]", "[]", .gateway = "A9", .units = "[3]", .device = 2},
	      {1, "A7", "[]", "[]", .gateway = "A6", .units = "[3]", .device = 4});
	MERGE("by one, then by another", {0, "A1", M1, "[]", CERT, .device = 1, .by = FLEET_BY_KEY | FLEET_BY_MAC},
	      {3, "A1", M2, "[]", CERT, .device = 1}, {1, "A1", M2, "[]", .device = 1});
	MERGE("what is no JSON is no key", {0, "A1", "00:80:f4:00:00:01", "[[", "{", .device = 1},
	      {1, "A1", "00:80:f4:00:00:01", "[[", "{", .device = 2});
}
END_TEST

START_TEST(an_id_that_comes_twice)
{
	struct fleet_assets a;
	const struct seen s = {0, "A1", M1, I1, .device = 1};

	ck_assert_int_eq(fleet_assets_init(&a, 100, 1 << 20), 0);
	put(&a, &s);
	put(&a, &s);
	ck_assert_int_eq(fleet_assets_merge(&a, sites), 0);
	ck_assert_uint_eq(a.n, 1);
	ck_assert_uint_eq(a.shared, 0);
	fleet_assets_deinit(&a);
}
END_TEST

START_TEST(the_chief_and_what_differs)
{
	struct fleet_assets a;
	struct fleet_device d;
	const char *v[FLEET_FIELDS] = {[FLEET_MAC] = M1,
				       [FLEET_NAME] = "10.0.0.1",
				       [FLEET_REGISTERED] = "false",
				       [FLEET_LAST_SEEN] = "2026-04-03",
				       [FLEET_ZONE] = "cell-a"};
	size_t at = 0;

	ck_assert_int_eq(fleet_assets_init(&a, 100, 1 << 20), 0);
	fleet_assets_add(&a, 0, "A1", v);
	v[FLEET_NAME] = "PLC-1", v[FLEET_REGISTERED] = "true", v[FLEET_LAST_SEEN] = "2026-04-01";
	v[FLEET_OS] = "VxWorks";
	fleet_assets_add(&a, 1, "A1", v);
	v[FLEET_NAME] = "加工PLC-1", v[FLEET_LAST_SEEN] = "2026-04-02", v[FLEET_OS] = NULL;
	fleet_assets_add(&a, 2, "A1", v);
	ck_assert_int_eq(fleet_assets_merge(&a, sites), 0);
	ck_assert(fleet_assets_next(&a, &at, &d));
	ck_assert_uint_eq(d.n, 3);
	ck_assert_str_eq(d.chief->field[FLEET_NAME], "加工PLC-1");
	ck_assert(fleet_device_differs(&a, &d, FLEET_NAME));
	ck_assert(fleet_device_differs(&a, &d, FLEET_REGISTERED));
	ck_assert(!fleet_device_differs(&a, &d, FLEET_ZONE));
	ck_assert(!fleet_device_differs(&a, &d, FLEET_OS)); /* what one does not say is no difference */
	ck_assert(!fleet_assets_next(&a, &at, &d));
	fleet_assets_deinit(&a);
}
END_TEST

START_TEST(devices_beyond_the_cap)
{
	struct fleet_assets a;
	char id[16];

	ck_assert_int_eq(fleet_assets_init(&a, 5, 1 << 20), 0);
	for (int i = 0; i < 12; i++) {
		snprintf(id, sizeof(id), "A%06d", i);
		put(&a, &(struct seen){0, id, "[]", "[]", .device = 1});
	}
	ck_assert_uint_eq(a.n, 5);
	ck_assert_uint_eq(a.left_out, 7);
	fleet_assets_deinit(&a);
	/* by bytes: the arena's first block is a MiB */
	char big[8000];
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ck_assert_int_eq(fleet_assets_init(&a, 1000, 2 << 20), 0);
	for (int i = 0; i < 1000; i++) {
		snprintf(id, sizeof(id), "A%06d", i);
		put(&a, &(struct seen){0, id, big, "[]", .device = 1});
	}
	ck_assert_uint_lt(a.n, 300);
	ck_assert_uint_eq(a.n + a.left_out, 1000);
	ck_assert_int_eq(fleet_assets_merge(&a, sites), 0);
	fleet_assets_deinit(&a);
}
END_TEST

/* ---- alerts */

struct raised {
	uint32_t sensor;
	const char *id; /* its first letter */
	const char *rule, *site, *src_ip, *src_mac, *dest_ip, *more;
	int from_s, to_s;
	unsigned row;
};

static void make_id(char id[static ALERT_ID_CHARS + 1], const char *begin)
{
	memset(id, '0', ALERT_ID_CHARS);
	id[ALERT_ID_CHARS] = '\0';
	memcpy(id, begin, strlen(begin));
}

static const struct fleet_alert *raise_one(struct fleet_alerts *a, const struct raised *r, bool may_begin)
{
	char json[2048], id[ALERT_ID_CHARS + 1], from[WHEN_TEXT_MAX], to[WHEN_TEXT_MAX];
	const int64_t day = INT64_C(1775001600) * NS_PER_S;

	make_id(id, r->id);
	int n = snprintf(
	    json, sizeof(json),
	    "{\"event_type\":\"alert\",\"src_ip\":\"%s\",\"dest_ip\":\"%s\",\"ether\":{\"src_mac\":\"%s\"},%s"
	    "\"sekisho\":{\"alert_id\":\"%s\",\"rule_id\":\"%s\",\"level\":\"%s\",\"sensor\":{\"site\":\"%s\"},"
	    "\"object\":{\"unit\":1,\"proto\":\"modbus\"},"
	    "\"first_seen\":\"%s\",\"last_seen\":\"%s\",\"count\":%u,\"state\":\"open\"}}",
	    r->src_ip ? r->src_ip : "10.0.0.1", r->dest_ip ? r->dest_ip : "10.0.0.2", r->src_mac ? r->src_mac : "",
	    r->more ? r->more : "", id, r->rule ? r->rule : "SKS-MB-01", r->sensor ? "high" : "low",
	    r->site ? r->site : "plant", when_format(day + r->from_s * NS_PER_S, from),
	    when_format(day + r->to_s * NS_PER_S, to), r->sensor + 1);

	return fleet_alerts_add(a, r->sensor, json, (size_t)n, may_begin);
}

static void check_rows(const char *what, const struct raised *r, size_t n)
{
	struct fleet_alerts a;
	const struct fleet_alert *row[16] = {NULL};
	size_t rows = 0;

	ck_assert_int_eq(fleet_alerts_init(&a, 100, 4 << 20), 0);
	for (size_t i = 0; i < n; i++) {
		const struct fleet_alert *got = raise_one(&a, &r[i], true);
		ck_assert_msg(got != NULL, "%s: %zu is no alert", what, i);
		rows += row[r[i].row] == NULL;
		for (unsigned k = 0; k < 16; k++)
			ck_assert_msg(k == r[i].row || row[k] != got, "%s: %zu went to row %u", what, i, k);
		ck_assert_msg(!row[r[i].row] || row[r[i].row] == got, "%s: %zu began a row", what, i);
		row[r[i].row] = got;
	}
	ck_assert_uint_eq(a.n, rows);
	fleet_alerts_deinit(&a);
}

#define ROWS(what, ...)                                                                                                \
	do {                                                                                                           \
		static const struct raised r[] = {__VA_ARGS__};                                                        \
		check_rows(what, r, sizeof(r) / sizeof(r[0]));                                                         \
	} while (0)

START_TEST(same_alerts)
{
	ROWS("rule, ends, object, time", {0, "A", .row = 1}, {1, "B", .row = 1}, {2, "C", .row = 1});
	ROWS("another rule", {0, "A", .row = 1}, {1, "B", .rule = "SKS-MB-02", .row = 2});
	ROWS("another end", {0, "A", .row = 1}, {1, "B", .dest_ip = "10.0.0.3", .row = 2});
	ROWS("another site with the same addresses", {0, "A", .row = 1}, {1, "B", .site = "other", .row = 2});
	ROWS("another object", {0, "A", .row = 1}, {1, "B", .more = "\"dest_port\":503,", .row = 2},
	     {2, "C", .more = "\"anomaly\":{\"reason\":\"x\"},", .row = 3});
	ROWS("times that meet", {0, "A", .from_s = 100, .to_s = 200, .row = 1},
	     {1, "B", .from_s = 200, .to_s = 300, .row = 1}, {2, "C", .from_s = 360, .to_s = 400, .row = 1},
	     {3, "D", .from_s = 0, .to_s = 40, .row = 1});
	ROWS("times that do not", {0, "A", .from_s = 100, .to_s = 200, .row = 1},
	     {1, "B", .from_s = 261, .to_s = 300, .row = 2}, {2, "C", .from_s = 0, .to_s = 39, .row = 3});
	ROWS("two of one sensor are two", {0, "A", .row = 1}, {0, "B", .row = 2}, {1, "C", .row = 2});
	ROWS("an end without an address", {0, "A", .src_ip = "0.0.0.0", .src_mac = "00:80:f4:00:00:01", .row = 1},
	     {1, "B", .src_ip = "0.0.0.0", .src_mac = "00:80:f4:00:00:01", .row = 1},
	     {2, "C", .src_ip = "0.0.0.0", .src_mac = "00:80:f4:00:00:02", .row = 2});
	ROWS("a MAC address differs behind a router", {0, "A", .src_mac = "00:80:f4:00:00:01", .row = 1},
	     {1, "B", .src_mac = "00:80:f4:00:00:02", .row = 1});
	ROWS("without a site it counts", {0, "A", .site = "", .src_mac = "00:80:f4:00:00:01", .row = 1},
	     {1, "B", .site = "", .src_mac = "00:80:f4:00:00:02", .row = 2},
	     {2, "C", .site = "", .src_mac = "00:80:f4:00:00:01", .row = 1});
	ROWS("without a site and a MAC address: its own", {0, "A", .site = "", .row = 1},
	     {1, "B", .site = "", .row = 2});
	ROWS("no end, so its own", {0, "A", .src_ip = "", .dest_ip = "", .row = 1},
	     {1, "B", .src_ip = "", .dest_ip = "", .row = 2});
}
END_TEST

START_TEST(views_of_a_row)
{
	static const struct raised r[] = {{0, "A", .from_s = 10, .to_s = 20}, {1, "B", .from_s = 5, .to_s = 15}},
				   again = {0, "A", .from_s = 10, .to_s = 12}, other = {2, "C", .rule = "SKS-MB-09"};
	struct fleet_alerts a;
	size_t n;

	ck_assert_int_eq(fleet_alerts_init(&a, 100, 4 << 20), 0);
	const struct fleet_alert *row = raise_one(&a, &r[0], true);
	ck_assert_ptr_eq(raise_one(&a, &r[1], false), row);
	ck_assert_ptr_null(raise_one(&a, &again, true)); /* an older entry of the same */
	ck_assert_ptr_null(raise_one(&a, &other, false));
	ck_assert_uint_eq(a.declined, 1);
	ck_assert_uint_eq(row->n_views, 2);
	ck_assert_uint_eq(row->count, 2); /* not the sum: they saw the same packets */
	ck_assert_int_eq(row->level, LEVEL_HIGH);
	ck_assert_int_eq((row->last_ns - row->first_ns) / NS_PER_S, 15);
	ck_assert_uint_eq(fleet_alerts_count(&a, LEVEL_HIGH), 1);
	ck_assert_uint_eq(fleet_alerts_count(&a, LEVEL_CRITICAL), 0);
	const struct fleet_alert **sorted = fleet_alerts_sorted(&a, LEVEL_HIGH, &n);
	ck_assert_uint_eq(n, 1);
	free(sorted);
	sorted = fleet_alerts_sorted(&a, LEVEL_CRITICAL, &n);
	ck_assert_uint_eq(n, 0);
	free(sorted);
	fleet_alerts_deinit(&a);
}
END_TEST

START_TEST(entries_that_are_no_alert)
{
	static const char *const texts[] = {
	    "", "{", "[]", "{}", "{\"sekisho\":{\"alert_id\":\"A\"}}", "{\"sekisho\":7}"};
	struct fleet_alerts a;

	ck_assert_int_eq(fleet_alerts_init(&a, 100, 4 << 20), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_ptr_null(fleet_alerts_add(&a, 0, texts[i], strlen(texts[i]), true));
	ck_assert_uint_eq(a.unreadable, sizeof(texts) / sizeof(texts[0]));
	ck_assert_uint_eq(a.n, 0);
	fleet_alerts_deinit(&a);
}
END_TEST

START_TEST(alerts_beyond_the_cap)
{
	struct fleet_alerts a;
	char id[12];

	ck_assert_int_eq(fleet_alerts_init(&a, 10, 4 << 20), 0);
	for (int i = 0; i < 30; i++) {
		snprintf(id, sizeof(id), "%02d", i);
		(void)raise_one(&a, &(struct raised){.id = id, .from_s = 1000 * i, .to_s = 1000 * i}, true);
	}
	ck_assert_uint_eq(a.n, 10);
	ck_assert_uint_eq(a.left_out, 20);
	fleet_alerts_deinit(&a);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("fleet");
	Suite *s = suite_create("fleet");

	tcase_add_test(t, names_of_keys);
	tcase_add_test(t, times_read_back);
	tcase_add_test(t, same_devices);
	tcase_add_test(t, an_id_that_comes_twice);
	tcase_add_test(t, the_chief_and_what_differs);
	tcase_add_test(t, devices_beyond_the_cap);
	tcase_add_test(t, same_alerts);
	tcase_add_test(t, views_of_a_row);
	tcase_add_test(t, entries_that_are_no_alert);
	tcase_add_test(t, alerts_beyond_the_cap);
	suite_add_tcase(s, t);
	return run_suite(s);
}
