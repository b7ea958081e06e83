/*
 * Where the wire contradicts the papers: each scene imports a register, lets a device speak, and reads which
 * contradiction the ledger states, and how the alert is weighed.
 */
#include "ledger_scene.h"

#include <errno.h>

#include "alert/severity.h"
#include "http/http.h"
#include "ledger/impact.h"
#include "ledger/papers.h"
#include "ledger/register_edit.h"
#include "ledger/register_import.h"
#include "ledger/store.h"
#include "opcua/opcua.h"
#include "run_suite.h"

#define PLC "00:80:f4:10:01:11"
#define HMI "00:26:55:20:03:10"
#define NEW "00:80:f4:99:99:99"

/* T0 is 2023-11-14. */
#define DAY_NS (INT64_C(86400) * NS_PER_S)

static struct scene s;
static char told[1 << 14];
static struct endpoint last; /* of the last contradiction */
static char traces[256];     /* of the last new device: what its address and its DHCP say */

static const char *text_of(const struct event *ev, enum asset_field f)
{
	static char buf[4][256];
	static int turn;
	const struct event_value *v = event_get(ev, &asset_field[f]);
	char *out = buf[turn++ % 4];

	if (!v)
		return "";
	snprintf(out, sizeof(buf[0]), "%.*s", (int)v->count, (const char *)v->ptr);
	return out;
}

static int number_of(const struct event *ev, enum asset_field f)
{
	const struct event_value *v = event_get(ev, &asset_field[f]);

	return v ? (int)v->u : -1;
}

/* "change asset what declared observed" and numbers that are there. */
static void note(void *ctx, struct event *ev)
{
	const struct event_value *v = event_get(ev, &asset_field[ASSET_CHANGE]);
	size_t len = strlen(told);

	(void)ctx;
	if (ev->table == &asset_table && v->u == ASSET_NEW)
		snprintf(traces, sizeof(traces), "random_mac=%d [%s]", number_of(ev, ASSET_RANDOM_MAC),
			 text_of(ev, ASSET_FINGERPRINT));
	if (ev->table != &asset_table || v->u < ASSET_TOMBSTONE_SEEN)
		return;
	/* as the rule SKS-LC-06 does, before the alert is weighed */
	if (v->u == ASSET_USAGE_MISMATCH)
		ledger_raise_usage(s.ledger, ev->src->asset_no, "control", ev->at.ts_ns);
	last = *ev->src;
	len +=
	    (size_t)snprintf(told + len, sizeof(told) - len, "%s %s %s [%s] [%s]",
			     enum_token(asset_field[ASSET_CHANGE].names, v->u), ev->src->asset_id,
			     event_get(ev, &asset_field[ASSET_WHAT])
				 ? enum_token(asset_field[ASSET_WHAT].names, event_get(ev, &asset_field[ASSET_WHAT])->u)
				 : "",
			     text_of(ev, ASSET_DECLARED), text_of(ev, ASSET_OBSERVED));
	if (number_of(ev, ASSET_DAYS) >= 0)
		len += (size_t)snprintf(told + len, sizeof(told) - len, " days=%d", number_of(ev, ASSET_DAYS));
	if (number_of(ev, ASSET_KEYS) >= 0)
		len += (size_t)snprintf(told + len, sizeof(told) - len, " keys=%d", number_of(ev, ASSET_KEYS));
	if (number_of(ev, ASSET_VERIFIED) >= 0)
		len += (size_t)snprintf(told + len, sizeof(told) - len, " verified=%d", number_of(ev, ASSET_VERIFIED));
	if (number_of(ev, ASSET_HARDWARE) >= 0)
		len += (size_t)snprintf(told + len, sizeof(told) - len, " hardware=%d", number_of(ev, ASSET_HARDWARE));
	if (number_of(ev, ASSET_CONTRADICTED) >= 0)
		len += (size_t)snprintf(told + len, sizeof(told) - len, " contradicted=%d",
					number_of(ev, ASSET_CONTRADICTED));
	snprintf(told + len, sizeof(told) - len, "\n");
}

static void begin(void)
{
	struct complaint c = {""};

	scene_begin(&s, scene_site);
	s.site.offset_s = 0; /* days end in UTC, but where a test says otherwise */
	ledger_close(s.ledger);
	ck_assert_int_eq(ledger_open(&s.ledger, s.dir, &s.site, (struct event_sink){note, NULL}, &c), 0);
	told[0] = '\0';
}

static void end(void)
{
	scene_end(&s);
}

static void imported(const char *csv)
{
	struct complaint c = {""};
	struct register_result r;
	char path[128];

	snprintf(path, sizeof(path), "%s/register.csv", s.dir);
	FILE *f = fopen(path, "w");
	fputs(csv, f);
	fclose(f);
	struct register_job job = {
	    .state_dir = s.dir, .file = path, .site = &s.site, .person = {"田中", "tanaka", "test"}};
	ck_assert_int_eq(ledger_write(s.ledger), 0);
	ck_assert_msg(register_apply(&job, &r, &c) == 0, "%s", c.text);
	ck_assert_int_eq(ledger_write(s.ledger), 0); /* it notices by itself */
}

static void set(const char *target, enum reg_field f, const char *value)
{
	struct register_edited done;
	struct complaint c = {""};
	struct register_edit edit = {
	    .target = target, .person = {"田中", "tanaka", "test"}, .verb = "asset.set", .n = 1, .set = {{f, value}}};

	ck_assert_int_eq(ledger_write(s.ledger), 0);
	ck_assert_msg(register_edit(s.dir, &edit, &done, &c) == 0, "%s", c.text);
	ck_assert_int_eq(ledger_write(s.ledger), 0);
}

static void speaks(const char *mac, const char *ip)
{
	scene_host(&s, mac, ip, 101);
}

/* A device says what it is; the ledger believes it. */
static void says_by(enum discovery_by by, const char *mac, const char *ip, unsigned field, const char *text)
{
	struct event_value values[4];
	struct event ev = scene_between(&s, &discovery_table, values, (struct scene_end_of){mac, ip},
					(struct scene_end_of){NULL, NULL}, 101);
	struct mac m = scene_mac(mac);

	ev.at.ip_proto = 0;
	ev_uint(&ev, &discovery_field[DISCOVERY_PROTOCOL], by);
	ev_mac(&ev, &discovery_field[DISCOVERY_MAC], &m);
	ev_text(&ev, &discovery_field[field], text);
	ledger_take(s.ledger, &ev);
}

static void introduces(const char *mac, const char *ip, unsigned field, const char *text)
{
	says_by(DISCOVERY_BY_LLDP, mac, ip, field, text);
}

static void expect(const char *lines)
{
	ck_assert_msg(strcmp(told, lines) == 0, "expected:\n%sgot:\n%s", lines, told);
	told[0] = '\0';
}

/* ---- LC-01 */

START_TEST(a_disposed_device_comes_back)
{
	imported("name,mac,serial,phase\nold plc," PLC ",SN-4711,dispose\n");
	set("old plc", REG_PHASE, "gone");
	speaks(HMI, "10.20.1.10");
	expect("");
	speaks(PLC, "10.20.1.11");
	expect("tombstone_seen A000002 mac [old plc] [" PLC "] keys=1 verified=0\n");
}
END_TEST

START_TEST(its_serial_number_on_a_new_card)
{
	imported("name,mac,serial,phase\nold plc," PLC ",SN-4711,dispose\n");
	set("old plc", REG_PHASE, "gone");
	introduces(NEW, "10.20.1.12", DISCOVERY_SERIAL, "SN-4711");
	speaks(NEW, "10.20.1.12");
	ck_assert_ptr_nonnull(strstr(told, "tombstone_seen A000001 serial [old plc] [SN-4711] keys=1 verified=0\n"));
	told[0] = '\0';
	introduces(HMI, "10.20.1.13", DISCOVERY_SERIAL, "SN-4712");
	speaks(HMI, "10.20.1.13");
	expect("");
}
END_TEST

/* What the ledger saw of it before goes into the grave as well, and stays there over a restart. */
START_TEST(observed_keys_are_remembered)
{
	struct complaint c = {""};

	introduces(PLC, "10.20.1.11", DISCOVERY_SERIAL, "SN-0815");
	imported("name,mac,phase\nold plc," PLC ",dispose\n");
	set("old plc", REG_PHASE, "gone");
	ledger_close(s.ledger);
	ck_assert_int_eq(ledger_open(&s.ledger, s.dir, &s.site, (struct event_sink){note, NULL}, &c), 0);
	told[0] = '\0';
	introduces(NEW, "10.20.1.12", DISCOVERY_SERIAL, "SN-0815");
	speaks(NEW, "10.20.1.12");
	/* the serial number joins the new card with the old device: all of its keys are there */
	ck_assert_msg(strstr(told, "tombstone_seen A000001") && strstr(told, "[old plc]"), "%s", told);
}
END_TEST

START_TEST(taken_back_into_use_by_a_person)
{
	imported("name,mac,phase\nplc," PLC ",dispose\n");
	set("plc", REG_PHASE, "gone");
	set("plc", REG_PHASE, "operate");
	speaks(PLC, "10.20.1.11");
	expect("");
}
END_TEST

/* ---- sekisho assets --contradicting */

static void contradicting(const char *expected)
{
	struct ledger_filter f = {.purdue = PURDUE_UNKNOWN, .registered = -1, .contradicting = true};
	const char *rows = scene_assets(&s, &f);

	if (!expected)
		ck_assert_str_eq(rows, "");
	else
		ck_assert_msg(strstr(rows, expected) != NULL, "%s", rows);
}

START_TEST(listed_with_what_they_say_otherwise)
{
	imported("name,mac,maker,model,serial,firmware,phase\nplc," PLC ",Acme,FX5U,SN-1,2.70,operate\nhmi," HMI
		 ",三菱電機,ＧＴ２７,,,operate\n");
	introduces(PLC, "10.20.1.11", DISCOVERY_MODEL, "FX5U-32MR/ES");
	introduces(HMI, "10.20.1.10", DISCOVERY_VENDOR, "MITSUBISHI ELECTRIC");
	introduces(HMI, "10.20.1.10", DISCOVERY_MODEL, "gt-27");
	contradicting(NULL);
	introduces(PLC, "10.20.1.11", DISCOVERY_SERIAL, "SN-2");
	introduces(PLC, "10.20.1.11", DISCOVERY_FIRMWARE, "2.80");
	introduces(PLC, "10.20.1.11", DISCOVERY_VENDOR, "Other Works");
	contradicting("\"contradicts\":[\"maker\",\"serial\",\"firmware\"]");
}
END_TEST

/* What it is called and how it is protected, against how it behaves. */
START_TEST(listed_where_it_behaves_otherwise)
{
	static const struct {
		const char *server, *client, *expected;
	} rows[] = {
	    {"plc,", "hmi,", NULL},
	    {"gateway,", "scada,", NULL},
	    {"printer,", "hmi,", "\"contradicts\":[\"kind\"]"},
	    {"plc,", "camera,", "\"contradicts\":[\"kind\"]"},
	    {"plc,tls", "hmi,", "\"contradicts\":[\"enc\"]"},
	    {"plc,none", "hmi,tls", NULL}, /* it asks, it does not serve */
	};
	char csv[512];

	snprintf(csv, sizeof(csv), "name,mac,phase,kind,enc\na," PLC ",operate,%s\nb," HMI ",operate,%s\n",
		 rows[_i].server, rows[_i].client);
	imported(csv);
	scene_modbus(&s, 3, CLASS_READ, (struct scene_end_of){HMI, "10.20.1.10"},
		     (struct scene_end_of){PLC, "10.20.1.11"}, 101);
	scene_modbus(&s, 6, CLASS_WRITE, (struct scene_end_of){HMI, "10.20.1.10"},
		     (struct scene_end_of){PLC, "10.20.1.11"}, 101);
	contradicting(rows[_i].expected);
}
END_TEST

/* ---- LC-02 to LC-05 */

START_TEST(alive_after_its_disposal)
{
	imported("name,mac,phase,dispose_due\nplc," PLC ",dispose,2023-11-10\nhmi," HMI ",dispose,2023-11-01\n");
	speaks(PLC, "10.20.1.11"); /* four days are within the grace */
	expect("");
	speaks(HMI, "10.20.1.10");
	expect("after_disposal A000002 dispose_due [] [] days=13\n");
}
END_TEST

/* A device for trials in production cannot be lowered below high, whatever the matrix says of trials. */
START_TEST(poc_in_production_stays_high)
{
	struct rule_info rule = {.id = "SKS-LC-03", .floor = LEVEL_HIGH, .raise = ""};
	struct severity_weights usual = {0};
	struct severity sev;

	imported("name,mac,phase,usage,use_case\nplc," PLC ",operate,control,poc\n");
	speaks(PLC, "10.20.1.11");
	expect("poc_seen A000001 use_case [] []\n");
	ck_assert_int_eq(last.impact, IMPACT_LOW);
	ck_assert_str_eq(last.fa_zone, "fa.control");
	struct event ev = {.src = &last};
	struct finding f = {.rule = &rule, .event = &ev, .level = LEVEL_HIGH};
	severity_of(&usual, &f, &sev);
	ck_assert_int_eq(sev.level, LEVEL_HIGH);
	ck_assert(sev.floor);
	rule.floor = -1;
	severity_of(&usual, &f, &sev);
	ck_assert_int_lt(sev.level, LEVEL_HIGH);
}
END_TEST

START_TEST(before_it_may)
{
	imported("name,mac,phase,decision\nplc," PLC ",review.intro,\nhmi," HMI ",operate,fail\nnas," NEW
		 ",operate,pass\n");
	speaks(PLC, "10.20.1.11");
	speaks(HMI, "10.20.1.10");
	speaks(NEW, "10.20.1.12");
	expect("unapproved A000001 phase [review.intro] []\nunapproved A000002 decision [fail] []\n");
	/* no more often than hourly, and no more once it may */
	speaks(PLC, "10.20.1.11");
	expect("");
	s.now_ns += 3601 * NS_PER_S;
	speaks(PLC, "10.20.1.11");
	expect("unapproved A000001 phase [review.intro] []\n");
	set("plc", REG_PHASE, "config");
	speaks(PLC, "10.20.1.11");
	expect("");
}
END_TEST

START_TEST(conditions_not_met)
{
	imported("name,mac,phase,decision,installed,conditions\n"
		 "plc," PLC ",operate,conditional,,\"locked | 2023-01-01 | met\nnew password | 2023-11-04 | open\"\n"
		 "hmi," HMI ",operate,conditional,2023-11-13,seal\n"
		 "nas," NEW ",operate,conditional,,later | 2024-01-01 | open\n");
	speaks(PLC, "10.20.1.11");
	speaks(HMI, "10.20.1.10");
	speaks(NEW, "10.20.1.12");
	expect("condition_open A000001 conditions [new password] [] days=10 contradicted=0\n"
	       "condition_open A000002 conditions [seal] [] days=1 contradicted=0\n");
}
END_TEST

START_TEST(conditions_contradicted_by_the_wire)
{
	struct event_value values[4];

	imported("name,mac,ip,phase,decision,conditions\nplc," PLC
		 ",10.20.1.11,operate,conditional,new password | 2099-01-01 | open\n");
	speaks(PLC, "10.20.1.11");
	expect("");
	struct event ev = scene_between(&s, &http_table, values, (struct scene_end_of){HMI, "10.20.1.10"},
					(struct scene_end_of){PLC, "10.20.1.11"}, 101);
	ev_uint(&ev, &http_field[HTTP_AUTH_DEFAULT], 1);
	ev_uint(&ev, &http_field[HTTP_STATUS], 401);
	ledger_take(s.ledger, &ev);
	expect(""); /* refused: it is not the password */
	ev = scene_between(&s, &http_table, values, (struct scene_end_of){HMI, "10.20.1.10"},
			   (struct scene_end_of){PLC, "10.20.1.11"}, 101);
	ev_uint(&ev, &http_field[HTTP_AUTH_DEFAULT], 1);
	ev_uint(&ev, &http_field[HTTP_STATUS], 200);
	ledger_take(s.ledger, &ev);
	expect("condition_open A000001 conditions [new password] [] contradicted=1\n");
}
END_TEST

/* An OPC UA session without security; asking for endpoints without it is what everybody does. */
START_TEST(conditions_contradicted_by_opcua)
{
	struct event_value values[4];
	struct event ev;

	imported("name,mac,ip,phase,decision,conditions\nplc," PLC
		 ",10.20.1.11,operate,conditional,sign and encrypt | 2099-01-01 | open\n");
	static const struct {
		unsigned mode;
		bool session;
		const char *told;
	} steps[] = {
	    {OPCUA_MODE_NONE, false, ""},
	    {OPCUA_MODE_SIGN, true, ""},
	    {OPCUA_MODE_NONE, true, "condition_open A000001 conditions [sign and encrypt] [] contradicted=1\n"}};
	speaks(PLC, "10.20.1.11");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		ev = scene_between(&s, &opcua_table, values, (struct scene_end_of){HMI, "10.20.1.10"},
				   (struct scene_end_of){PLC, "10.20.1.11"}, 101);
		ev_uint(&ev, &opcua_field[OPCUA_MODE], steps[i].mode);
		if (steps[i].session)
			ev_uint(&ev, &opcua_field[OPCUA_USER_TYPE], 0);
		ledger_take(s.ledger, &ev);
		expect(steps[i].told);
	}
}
END_TEST

/* ---- LC-06 */

static void writes(const char *mac, const char *ip)
{
	scene_modbus(&s, 6, CLASS_WRITE, (struct scene_end_of){mac, ip},
		     (struct scene_end_of){"00:80:f4:77:77:77", "10.20.1.250"}, 101);
}

START_TEST(a_logger_writes)
{
	static const char csv[] = "name,mac,phase,usage,use_case\nlogger," PLC ",operate,storage,production\n"
				  "hmi," HMI ",operate,control,production\n";
	struct complaint c = {""};

	imported(csv);
	speaks(PLC, "10.20.1.11");
	writes(HMI, "10.20.1.10");
	expect("");
	writes(PLC, "10.20.1.11");
	expect("usage_mismatch A000001 usage [storage] [modbus]\n");
	/* from now on it counts as control */
	ck_assert_str_eq(last.usage, "control");
	ck_assert(last.usage_raised);
	ck_assert_int_eq(last.impact, IMPACT_HIGH);
	/* also after a restart, and after another import of the same */
	ledger_close(s.ledger);
	ck_assert_int_eq(ledger_open(&s.ledger, s.dir, &s.site, (struct event_sink){note, NULL}, &c), 0);
	imported(csv);
	s.now_ns += 3700 * NS_PER_S;
	writes(PLC, "10.20.1.11");
	ck_assert(last.usage_raised);
	told[0] = '\0';
	/* until a person says what it is for */
	set("logger", REG_USAGE, "control");
	writes(PLC, "10.20.1.11");
	expect("");
}
END_TEST

/* ---- LC-07 */

START_TEST(not_the_device_of_the_papers)
{
	imported("name,mac,phase,model,serial,firmware\nplc," PLC ",operate,ＦＸ５Ｕ,SN-1,V2.70\n");
	introduces(PLC, "10.20.1.11", DISCOVERY_MODEL, "FX5U-32MR/ES");
	introduces(PLC, "10.20.1.11", DISCOVERY_SERIAL, "sn1");
	introduces(PLC, "10.20.1.11", DISCOVERY_FIRMWARE, "v2.70");
	speaks(PLC, "10.20.1.11");
	expect("");
	introduces(PLC, "10.20.1.11", DISCOVERY_FIRMWARE, "2.80");
	speaks(PLC, "10.20.1.11");
	ck_assert_msg(strstr(told, "drift A000001 firmware [V2.70] [2.80] hardware=0\n") != NULL, "%s", told);
	told[0] = '\0';
	introduces(PLC, "10.20.1.11", DISCOVERY_SERIAL, "SN-2");
	speaks(PLC, "10.20.1.11");
	ck_assert_msg(strstr(told, "drift A000001 serial [SN-1] [SN-2] hardware=1\n") != NULL, "%s", told);
}
END_TEST

START_TEST(another_maker)
{
	imported("name,mac,phase,maker\nplc," PLC ",operate,Omron Co.\nhmi," HMI ",operate,三菱電機\n");
	introduces(PLC, "10.20.1.11", DISCOVERY_VENDOR, "OMRON Corporation");
	introduces(HMI, "10.20.1.10", DISCOVERY_VENDOR, "MITSUBISHI ELECTRIC");
	speaks(PLC, "10.20.1.11");
	speaks(HMI, "10.20.1.10");
	expect("");
	contradicting(NULL);
	introduces(PLC, "10.20.1.11", DISCOVERY_VENDOR, "Other Works");
	speaks(PLC, "10.20.1.11");
	ck_assert_str_eq(told, "drift A000001 maker [Omron Co.] [Other Works] hardware=1\n");
	contradicting("\"contradicts\":[\"maker\"]");
	/* it says so again: there was a mistake, or it is back */
	told[0] = '\0';
	introduces(PLC, "10.20.1.11", DISCOVERY_VENDOR, "OMRON Corporation");
	s.now_ns += 2 * DAY_NS;
	introduces(PLC, "10.20.1.11", DISCOVERY_VENDOR, "OMRON Corporation");
	speaks(PLC, "10.20.1.11");
	expect("");
	contradicting(NULL);
}
END_TEST

/* Two protocols name it differently: one of them says what is declared, until it has said so long ago. */
START_TEST(two_words_for_its_maker)
{
	imported("name,mac,phase,maker\nplc," PLC ",operate,Acme\n");
	says_by(DISCOVERY_BY_SNMP, PLC, "10.20.1.11", DISCOVERY_VENDOR, "Acme");
	introduces(PLC, "10.20.1.11", DISCOVERY_VENDOR, "Other Works");
	speaks(PLC, "10.20.1.11");
	expect("");
	contradicting(NULL);
	s.now_ns += 2 * DAY_NS;
	introduces(PLC, "10.20.1.11", DISCOVERY_VENDOR, "Other Works");
	speaks(PLC, "10.20.1.11");
	expect("drift A000001 maker [Acme] [Other Works] hardware=1\n");
	contradicting("\"contradicts\":[\"maker\"]");
}
END_TEST

START_TEST(names_of_makers)
{
	static const struct {
		const char *declared, *observed;
		bool same;
	} names[] = {
	    {"Omron Co., Ltd.", "OMRON Corporation", true},
	    {"SIEMENS AG", "Siemens", true},
	    {"ＳＩＥＭＥＮＳ", "siemens", true},
	    {"Mitsubishi", "Mitsubishi Electric", true},
	    {"Phoenix-Contact", "PHOENIX CONTACT GmbH & Co. KG", true},
	    {"Allen-Bradley", "Rockwell Automation/Allen-Bradley", true},
	    {"B&R", "B&R Industrial Automation GmbH", true},
	    {"シュナイダーエレクトリック", "Schneider Electric", true},
	    {"Yaskawa", "安川電機", true},
	    {"オムロン", "ｵﾑﾛﾝ", true},
	    {"オムロン", "三菱電機", false},
	    {"Siemens", "Schneider Electric", false},
	    {"Co Works", "Other Works", false},
	    {"Fuji Electric Co., Ltd.", "Fujitsu Limited", false},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(papers_same_maker(names[i].declared, names[i].observed) == names[i].same, "%s, %s",
			      names[i].declared, names[i].observed);
}
END_TEST

/* Its papers are the gateway's: they say nothing of what stands behind. */
START_TEST(another_maker_behind_a_gateway)
{
	static const char csv[] = "name,mac,ip,phase,maker\ngate," PLC ",10.20.1.11,operate,Acme\n";

	imported(csv);
	speaks(PLC, "10.20.1.11");
	for (unsigned unit = 1; unit <= 2; unit++) {
		struct event_value values[8];
		struct event ev = scene_between(&s, &discovery_table, values, (struct scene_end_of){HMI, "10.20.1.10"},
						(struct scene_end_of){PLC, "10.20.1.11"}, 101);
		struct ip_addr ip = scene_ip("10.20.1.11");
		ev_uint(&ev, &discovery_field[DISCOVERY_PROTOCOL], DISCOVERY_BY_MODBUS_DEVICE_ID);
		ev_span(&ev, &discovery_field[DISCOVERY_IP], span_of(ip.b, sizeof(ip.b)));
		ev_text(&ev, &discovery_field[DISCOVERY_VENDOR], "Other Works");
		ev_text(&ev, &discovery_field[DISCOVERY_MODEL], unit == 1 ? "METER-A" : "METER-B");
		ev_uint(&ev, &discovery_field[DISCOVERY_DETAIL_UNIT_ID], unit);
		ledger_take(s.ledger, &ev);
	}
	ck_assert_ptr_nonnull(strstr(scene_assets(&s, NULL), "\"unit_ids\":[2]"));
	struct event_value values[4];
	struct event ev = scene_between(&s, &modbus_table, values, (struct scene_end_of){HMI, "10.20.1.10"},
					(struct scene_end_of){PLC, "10.20.1.11"}, 101);
	ev.complete = COMPLETE_YES;
	ev_uint(&ev, &modbus_field[MODBUS_UNIT_ID], 2);
	ev_uint(&ev, &modbus_field[MODBUS_FUNCTION_CODE], 3);
	ledger_take(s.ledger, &ev);
	ck_assert_str_eq(ev.dest->name, "gate/2");
	expect("");
	contradicting(NULL);
}
END_TEST

START_TEST(another_card_at_the_address)
{
	imported("name,mac,ip,phase\nplc," PLC ",10.20.1.11,operate\n");
	scene_arp(&s, NEW, "10.20.1.11", 101);
	speaks(NEW, "10.20.1.11");
	expect("drift A000001 mac [" PLC "] [" NEW "] hardware=1\n");
}
END_TEST

/* ---- LC-08 */

START_TEST(dates_that_have_passed)
{
	imported("name,mac,phase,review_due,support_until,jcstar,jcstar_expires,jcstar_required,model,jcstar_model\n"
		 "plc," PLC ",operate,2023-11-13,2023-11-14,1,2023-10-31,yes,FX5U,FX3G\n"
		 "hmi," HMI ",operate,2024-01-01,2024-01-01,,,yes,,\n");
	speaks(PLC, "10.20.1.11");
	speaks(HMI, "10.20.1.10");
	expect("overdue A000001 review_due [] [] days=1\noverdue A000001 jcstar_expires [] [] days=14\n"
	       "overdue A000001 jcstar_model [] []\noverdue A000002 jcstar_required [] []\n");
}
END_TEST

START_TEST(silent_for_long)
{
	imported("name,mac,phase,state\nplc," PLC ",operate,\nspare," NEW ",operate,spare\n");
	speaks(PLC, "10.20.1.11");
	speaks(NEW, "10.20.1.12");
	for (int day = 0; day < 33; day++) {
		s.now_ns += DAY_NS;
		speaks(HMI, "10.20.1.10");
	}
	ck_assert_msg(strstr(told, "overdue A000001 unseen [] [] days=33\n") != NULL, "%s", told);
	ck_assert_msg(strstr(told, "days=29") == NULL, "%s", told);
	ck_assert_ptr_null(strstr(told, "A000002"));
}
END_TEST

/* Whom memory has let go of, as others were heard since, is missed as well. */
START_TEST(silent_for_long_and_out_of_memory)
{
	struct complaint c = {""};
	char mac[] = "00:80:f4:77:00:00", ip[] = "10.20.1.100";

	ledger_close(s.ledger);
	s.limits = (struct ledger_limits){.assets = 8};
	ck_assert_int_eq(ledger_open_limited(&s.ledger, s.dir, &s.site, (struct event_sink){note, NULL}, &s.limits, &c),
			 0);
	imported("name,mac,phase,state\nplc," PLC ",operate,\nspare," NEW ",operate,spare\n");
	speaks(PLC, "10.20.1.11");
	speaks(NEW, "10.20.1.12");
	for (int day = 0; day < 33; day++) {
		s.now_ns += DAY_NS;
		mac[16] = (char)('0' + day % 10);
		ip[10] = (char)('0' + day % 10);
		speaks(mac, ip);
	}
	ck_assert_msg(strstr(told, "overdue A000001 unseen [] [] days=33\n") != NULL, "%s", told);
	ck_assert_msg(strstr(told, "days=29") == NULL, "%s", told);
	ck_assert_ptr_null(strstr(told, "never_seen"));
	ck_assert_ptr_null(strstr(told, "A000002"));
}
END_TEST

/* It stands in the register as running, and was never there: told under its own name and address, once it has been
 * looked for so long, also over a restart. */
START_TEST(registered_and_never_seen)
{
	struct complaint c = {""};

	s.site.silent_days = 5;
	imported("name,mac,ip,phase,state,usage,use_case,installed\nplc," PLC
		 ",10.20.1.11,operate,,control,production,\n"
		 "robot," NEW ",10.20.1.12,operate,active,control,production,\n"
		 "spare,00:80:f4:99:99:01,,operate,spare,,,\nplanned,00:80:f4:99:99:02,,config,,,,\n"
		 "new,00:80:f4:99:99:03,,operate,,,,2023-11-19\npaper,,,operate,,,,\n");
	for (int day = 0; day < 8; day++) {
		speaks(PLC, "10.20.1.11");
		if (day == 3) {
			expect("");
			ledger_close(s.ledger);
			ck_assert_int_eq(ledger_open(&s.ledger, s.dir, &s.site, (struct event_sink){note, NULL}, &c),
					 0);
		}
		s.now_ns += DAY_NS;
	}
	/* looked for since the sweep of day 1 */
	expect("overdue  never_seen [] [] days=6\n");
	ck_assert_str_eq(last.name, "robot");
	ck_assert_str_eq(last.zone, "cell-a");
	ck_assert(!last.known && last.registered == REGISTERED_YES);
	ck_assert_int_eq(last.impact, IMPACT_HIGH);
	for (int day = 0; day < 4; day++) {
		speaks(NEW, "10.20.1.12");
		s.now_ns += DAY_NS;
	}
	ck_assert_str_eq(last.name, "new"); /* installed on the 19th: looked for since then */
}
END_TEST

static unsigned rows_of(const char *table)
{
	char sql[64];
	sqlite3_stmt *st = NULL;
	sqlite3 *db;
	struct complaint c;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	ck_assert_int_eq(ledger_write(s.ledger), 0);
	ck_assert_int_eq(store_open(&db, s.dir, STORE_READ, &c), 0);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(st), SQLITE_ROW);
	unsigned n = (unsigned)sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

/* What the ledger kept of a row of the register goes with it. */
START_TEST(a_dropped_row_leaves_nothing)
{
	imported("name,mac,phase,usage\nlogger," PLC ",operate,storage\nrobot," NEW ",operate,control\n");
	speaks(PLC, "10.20.1.11");
	writes(PLC, "10.20.1.11");
	s.now_ns += DAY_NS;
	speaks(PLC, "10.20.1.11");
	ck_assert_uint_eq(rows_of("usage_raise"), 1);
	ck_assert_uint_eq(rows_of("paper_watch"), 1);
	imported("name,mac,phase,usage\nhmi," HMI ",operate,control\n");
	ck_assert_uint_eq(rows_of("usage_raise"), 0);
	ck_assert_uint_eq(rows_of("paper_watch"), 0);
}
END_TEST

START_TEST(days_of_the_site)
{
	s.site.silent_days = 2;
	s.site.disposal_grace_days = 0;
	imported("name,mac,phase,review_due,dispose_due\nplc," PLC ",operate,2023-11-14,\nhmi," HMI
		 ",dispose,,2023-11-14\n");
	/* T0 is 22:13 in UTC on the 14th: already the 15th in Japan */
	s.site.offset_s = 0;
	speaks(PLC, "10.20.1.11");
	speaks(HMI, "10.20.1.10");
	expect("");
	s.site.offset_s = 9 * 3600;
	s.now_ns += 3601 * NS_PER_S;
	speaks(PLC, "10.20.1.11");
	speaks(HMI, "10.20.1.10");
	expect("overdue A000001 review_due [] [] days=1\nafter_disposal A000002 dispose_due [] [] days=1\n");
	for (int day = 0; day < 3; day++) {
		s.now_ns += DAY_NS;
		scene_host(&s, NEW, "10.20.1.12", 101);
	}
	ck_assert_msg(strstr(told, "overdue A000001 unseen [] [] days=3\n") != NULL, "%s", told);
}
END_TEST

/* ---- LA-01 */

START_TEST(a_new_device_leaves_traces)
{
	struct event_value values[8];
	struct mac phone = scene_mac("da:a1:19:00:00:01");
	struct event ev = scene_event(&s, &discovery_table, values);

	ev.at.has_ether = true;
	ev.at.src_mac = phone;
	ev_uint(&ev, &discovery_field[DISCOVERY_PROTOCOL], DISCOVERY_BY_DHCP);
	ev_mac(&ev, &discovery_field[DISCOVERY_MAC], &phone);
	ev_uint(&ev, &discovery_field[DISCOVERY_DETAIL_PARAMETERS], 1);
	ev_uint(&ev, &discovery_field[DISCOVERY_DETAIL_PARAMETERS], 121);
	ev_uint(&ev, &discovery_field[DISCOVERY_DETAIL_PARAMETERS], 3);
	ledger_take(s.ledger, &ev);
	ck_assert_str_eq(traces, "random_mac=1 [1,121,3]");
	scene_host(&s, PLC, "10.20.1.11", 101);
	ck_assert_str_eq(traces, "random_mac=-1 []");
}
END_TEST

/* ---- the matrix */

START_TEST(the_matrix_is_the_sites)
{
	struct person person = {"田中", "tanaka", "役員会の決定"};
	struct impact_matrix m;
	struct complaint c = {""};

	imported("name,mac,phase,usage,use_case,impact\nplc," PLC ",operate,storage,production,\nhmi," HMI
		 ",operate,storage,production,高\n");
	ck_assert_int_eq(impact_read(s.dir, &m, &c), 0);
	ck_assert_int_eq(impact_of(&m, "control", "production"), IMPACT_HIGH);
	ck_assert_int_eq(impact_of(&m, "analytics", "production"), IMPACT_HIGH);
	ck_assert_int_eq(impact_of(&m, "storage", "production"), IMPACT_MID);
	ck_assert_int_eq(impact_of(&m, "control", "poc"), IMPACT_LOW);
	ck_assert_int_eq(impact_of(&m, "", "poc"), IMPACT_UNKNOWN);
	ck_assert_int_eq(impact_set(s.dir, "蓄積", "本番利用", "低", &person, &c), 0);
	ck_assert_int_eq(impact_set(s.dir, "x", "本番利用", "低", &person, &c), -EINVAL);
	ck_assert_int_eq(impact_read(s.dir, &m, &c), 0);
	ck_assert_int_eq(impact_of(&m, "storage", "production"), IMPACT_LOW);
	/* the running ledger goes by it, and what a person wrote into the register stands above it */
	ck_assert_int_eq(ledger_write(s.ledger), 0);
	writes(PLC, "10.20.1.11");
	ck_assert_int_eq(last.impact, IMPACT_HIGH); /* raised to control */
	writes(HMI, "10.20.1.10");
	ck_assert(last.impact_declared);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("contradict");
	TCase *t = tcase_create("contradict");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_disposed_device_comes_back);
	tcase_add_test(t, its_serial_number_on_a_new_card);
	tcase_add_test(t, observed_keys_are_remembered);
	tcase_add_test(t, taken_back_into_use_by_a_person);
	tcase_add_test(t, alive_after_its_disposal);
	tcase_add_test(t, poc_in_production_stays_high);
	tcase_add_test(t, before_it_may);
	tcase_add_test(t, conditions_not_met);
	tcase_add_test(t, conditions_contradicted_by_the_wire);
	tcase_add_test(t, conditions_contradicted_by_opcua);
	tcase_add_test(t, a_logger_writes);
	tcase_add_test(t, not_the_device_of_the_papers);
	tcase_add_test(t, another_maker);
	tcase_add_test(t, two_words_for_its_maker);
	tcase_add_test(t, names_of_makers);
	tcase_add_test(t, another_maker_behind_a_gateway);
	tcase_add_test(t, another_card_at_the_address);
	tcase_add_test(t, dates_that_have_passed);
	tcase_add_test(t, silent_for_long);
	tcase_add_test(t, silent_for_long_and_out_of_memory);
	tcase_add_test(t, registered_and_never_seen);
	tcase_add_test(t, a_dropped_row_leaves_nothing);
	tcase_add_test(t, listed_with_what_they_say_otherwise);
	tcase_add_loop_test(t, listed_where_it_behaves_otherwise, 0, 6);
	tcase_add_test(t, days_of_the_site);
	tcase_add_test(t, a_new_device_leaves_traces);
	tcase_add_test(t, the_matrix_is_the_sites);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
