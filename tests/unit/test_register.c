#include "ledger_scene.h"

#include <errno.h>

#include "base/text.h"
#include "base/csv.h"
#include "ledger/holders.h"
#include "ledger/ledger_state.h"
#include "ledger/oui.h"
#include "run_suite.h"

#define PLC        "00:80:f4:10:01:11"
#define HMI        "00:26:55:20:03:10"
#define LAPTOP     "04:d4:c4:66:6e:01"
#define ROUTER     "00:1b:d4:00:01:01"
#define OTHER_CARD "00:1b:d4:00:01:02"

static struct scene s;

/* Imports @text as register.csv; file names in complaints are cut down to their last part. */
static int import_bytes(const char *text, size_t len, unsigned *rows, char *says, size_t size)
{
	struct complaint c = {""};
	char path[128];

	snprintf(path, sizeof(path), "%s/register.csv", s.dir);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, len, f), len);
	fclose(f);
	*rows = 0;
	int err = register_import(s.dir, path, &s.site, &scene_person, rows, &c);
	size_t skip = strncmp(c.text, s.dir, strlen(s.dir)) == 0 ? strlen(s.dir) + 1 : 0;
	snprintf(says, size, "%s", c.text + skip);
	return err;
}

static int import(const char *text, unsigned *rows, char *says, size_t size)
{
	return import_bytes(text, strlen(text), rows, says, size);
}

/* Imports what has to be good, and lets the running ledger know. */
static void imported(const char *text, unsigned expected)
{
	struct complaint c = {""};
	char says[1024];
	unsigned rows;
	int err = import(text, &rows, says, sizeof(says));

	ck_assert_msg(err == 0, "%s", says);
	ck_assert_uint_eq(rows, expected);
	ck_assert_msg(ledger_reload_register(s.ledger, &c) == 0, "%s", c.text);
}

/* ---- what is refused */

#define HEAD "name,mac,ip,kind,zone,owner_dept,usage,use_case,phase\n"
#define GOOD "plc," PLC ",10.20.1.11,PLC,cell-a,IT,control,production,operate\n"

static const struct {
	const char *csv, *says;
} wrong[] = {
    {HEAD GOOD "\n"
	       "x,00:11:22:33:44,,,,,,,\n",
     "register.csv:4: mac \"00:11:22:33:44\": not a MAC address. Write it as 00:80:f4:12:34:56"},
    {HEAD GOOD "x,01:00:5e:00:00:01,,,,,,,\n",
     "register.csv:3: mac \"01:00:5e:00:00:01\": not a MAC address. Write it as 00:80:f4:12:34:56"},
    {HEAD GOOD "x,,10.20.1.256,,,,,,\n",
     "register.csv:3: ip \"10.20.1.256\": not a device's IP address. Write it as 10.20.1.11, without a prefix length"},
    {HEAD GOOD "x,,10.20.1.0/24,,,,,,\n",
     "register.csv:3: ip \"10.20.1.0/24\": not a device's IP address. Write it as 10.20.1.11, without a prefix length"},
    {HEAD GOOD "y,00-80-F4-10-01-11,,,,,,,\n",
     "register.csv:3: mac 00:80:f4:10:01:11 is already in line 2. A device has one row: join them, or correct one"},
    {HEAD "x," PLC " " PLC ",,,,,,,\n", "register.csv:2: mac 00:80:f4:10:01:11 stands there twice. Remove one"},
    {HEAD "x,,10.0.0.1,,,,,,\ny,,10.0.0.1,,,,,,\n",
     "register.csv:3: ip 10.0.0.1 is already in line 2. A device has one row: join them, or correct one"},
    {"name,mac,ipp\n", "register.csv:1: unknown column \"ipp\". Did you mean \"ip\"?"},
    {"name,mac,まったく別の事柄をここに書く欄\n",
     "register.csv:1: unknown column \"まったく別の事柄をここに書く欄\". `sekisho register columns` lists the columns"},
    {"name,mac,名称\n", "register.csv:1: column \"名称\" stands there twice. Remove one"},
    {"name,kind\nplc,PLC\n", "register.csv:1: no column mac or ip: the first row has to "
			     "name the columns. Start from "
			     "configs/register-template.csv"},
    {"", "register.csv:1: is empty. Start from configs/register-template.csv"},
    {HEAD "x,,10.0.0.1,,cell-b,,,,\n",
     "register.csv:2: zone \"cell-b\" is not in the configuration. Did you mean \"cell-a\"?"},
    {HEAD "x,,10.0.0.1,,第三工場棟,,,,\n",
     "register.csv:2: zone \"第三工場棟\" is not in the configuration. Write a zone's id or name, or leave it empty"},
    {HEAD "x,,10.0.0.1,,,,contrl,,\n", "register.csv:2: usage \"contrl\" is unknown. Did you mean \"control\"?"},
    {HEAD "x,,10.0.0.1,,,,,something else,\n",
     "register.csv:2: use_case \"something else\" is unknown. Write one of production, poc"},
    {HEAD "x,,10.0.0.1,,,,,,opperate\n", "register.csv:2: phase \"opperate\" is unknown. Did you mean \"operate\"?"},
    {HEAD ",,,PLC,,,,,\n", "register.csv:2: a device without name, mac and ip. Give it one of them, or remove the row"},
    {HEAD "a,b,c,d,e,f,g,h,i,j\n",
     "register.csv:2: 10 cells under 9 columns. Put a cell that holds a comma into quotes"},
    {HEAD GOOD "\"open\nline\n", "register.csv:3: a quoted cell begins here and does not end. Close it with \""},
    {HEAD "\"a\"b,,10.0.0.1,,,,,,\n",
     "register.csv:2: something stands between a closing quote and the comma. Double the quotes inside a cell"},
    {HEAD "\x81,,10.0.0.1,,,,,,\n",
     "register.csv:2: a character here is neither UTF-8 nor CP932 (Shift_JIS). Save it as \"CSV UTF-8\""},
    {"\xff\xfen", "register.csv:1: this is UTF-16. Save it as \"CSV UTF-8\" or as CSV"},
};

START_TEST(says_what_is_wrong)
{
	char says[1024];
	unsigned rows;

	scene_begin(&s, scene_site);
	imported(HEAD GOOD, 1);
	ck_assert_int_eq(import(wrong[_i].csv, &rows, says, sizeof(says)), -EINVAL);
	ck_assert_str_eq(says, wrong[_i].says);
	/* nothing of it was applied */
	scene_host(&s, PLC, "10.20.1.11", 101);
	scene_host(&s, HMI, "10.0.0.1", 101);
	scene_assets(&s, NULL);
	json_t *row = scene_row(&s, 0);
	ck_assert_str_eq(json_string_value(json_object_get(row, "name")), "plc");
	ck_assert(json_is_true(json_object_get(row, "registered")));
	json_decref(row);
	row = scene_row(&s, 1);
	ck_assert(json_is_false(json_object_get(row, "registered")));
	json_decref(row);
	scene_end(&s);
}
END_TEST

START_TEST(no_such_file)
{
	struct complaint c = {""};
	unsigned rows;

	ck_assert_int_eq(register_import("/nonexistent", "/nonexistent/register.csv", NULL, &scene_person, &rows, &c),
			 -ENOENT);
	ck_assert_str_eq(c.text, "/nonexistent/register.csv: cannot be read: No such file or directory");
}
END_TEST

/* ---- what is understood */

static const struct {
	const char *name, *csv;
	bool cp932;
	const char *row; /* name|kind|zone|owner_dept|usage|use_case|phase of A000001 */
} good[] = {
    {"english", HEAD "PLC 1," PLC ",,PLC,cell-a,IT,control,production,operate\n", false,
     "PLC 1|plc|cell-a|IT|control|production|operate"},
    {"BOM and CRLF", "\xef\xbb\xbfname,mac\r\n\"髙﨑 ①\"," PLC "\r\n", false,
     "髙﨑 ①|||||"
     "|"},
    {"japanese",
     "名称,MACアドレス,種別,ゾーン,申請部門,用途,利用ケース,フェーズ\n加工PLC-1," PLC
     ",ＰＬＣ盤,加工セルA,生産技術,制御,本番利用,導入審査（リスク評価）\n",
     false, "加工PLC-1|ＰＬＣ盤|cell-a|生産技術|control|production|review.risk"},
    {"CP932", "名称,ＭＡＣアドレス,種別,用途\n髙﨑①号機,００：８０：ｆ４：１０：０１：１１,ロボット,予測・分析\n", true,
     "髙﨑①号機|robot|||analytics||"},
    {"by IP, full width", "ip,name\n１０．２０．１．１１,x\n", false, "x||||||"},
    {"several in a cell", HEAD "x,\"00:00:00:00:00:09; " PLC "\n\",10.0.0.1 10.0.0.2,,,,,,\n", false, "x||||||"},
    {"hyphens, dots, none", "mac,name\n0080.f410.0111,x\n", false, "x||||||"},
    {"dash of a word processor", "mac,name\n00−80−F4−10−01−11,x\n", false, "x||||||"},
    {"quotes", HEAD "\"He said \"\"PLC\"\",\nfirst line\"," PLC ",,,,,,,\n", false,
     "He said \"PLC\",\nfirst line||||||"},
    {"short rows and blanks", "name , mac\n\n  x  , " PLC "\n,\n", false, "x||||||"},
    {"own kinds stay", HEAD "x," PLC ",,専用検査機X,,,,,\n", false, "x|専用検査機X|||||"},
};

START_TEST(understands)
{
	static const char *const keys[] = {"name", "kind", "zone_declared", "owner_dept", "usage", "use_case", "phase"};
	struct complaint c = {""};
	char says[1024], row[256] = "";
	char *bytes = NULL;
	size_t len = strlen(good[_i].csv), bad;
	unsigned rows;

	scene_begin(&s, scene_site);
	if (good[_i].cp932)
		ck_assert_int_eq(text_to_cp932(span_str(good[_i].csv), &bytes, &len, &bad), 0);
	int err = import_bytes(bytes ? bytes : good[_i].csv, len, &rows, says, sizeof(says));
	free(bytes);
	ck_assert_msg(err == 0, "%s: %s", good[_i].name, says);
	ck_assert_uint_eq(rows, 1);
	ck_assert_int_eq(ledger_reload_register(s.ledger, &c), 0);
	if (strcmp(good[_i].name, "by IP, full width") == 0)
		scene_host(&s, NULL, "10.20.1.11", 0);
	else
		scene_host(&s, PLC, "10.77.1.11", 0); /* in no zone: so the declared one shows */
	scene_assets(&s, NULL);
	json_t *asset = scene_row(&s, 0);
	for (int i = 0; i < 7; i++) {
		const char *text = json_string_value(json_object_get(asset, keys[i]));
		snprintf(row + strlen(row), sizeof(row) - strlen(row), "%s%s", i ? "|" : "", text ? text : "");
	}
	ck_assert_msg(strcmp(row, good[_i].row) == 0, "%s: expected %s, got %s", good[_i].name, good[_i].row, row);
	ck_assert(json_is_true(json_object_get(asset, "registered")));
	json_decref(asset);
	scene_end(&s);
}
END_TEST

START_TEST(template_ships)
{
	struct complaint c = {""};
	unsigned rows;

	scene_begin(&s, NULL);
	ck_assert_msg(register_import(s.dir, "configs/register-template.csv", &s.site, &scene_person, &rows, &c) == 0,
		      "%s", c.text);
	ck_assert_uint_eq(rows, 4);
	scene_end(&s);
}
END_TEST

/* ---- who is registered */

static const struct endpoint *end_of(const char *mac, const char *ip)
{
	static struct endpoint e;
	struct event_value values[1];
	struct event ev = scene_between(&s, &modbus_table, values, (struct scene_end_of){mac, ip},
					(struct scene_end_of){NULL, "10.20.1.99"}, 0);

	ledger_take(s.ledger, &ev);
	e = *ev.src;
	return &e;
}

START_TEST(three_states)
{
	scene_begin(&s, scene_site);
	scene_host(&s, PLC, "10.20.1.11", 101);
	const struct endpoint *e = end_of(PLC, "10.20.1.11");
	ck_assert_int_eq(e->registered, REGISTERED_UNKNOWN);
	ck_assert_str_eq(e->phase, "");
	ck_assert_str_eq(e->name, "10.20.1.11");

	imported(HEAD, 0); /* a register that has nobody is one */
	e = end_of(PLC, "10.20.1.11");
	ck_assert_int_eq(e->registered, REGISTERED_NO);
	ck_assert_str_eq(e->phase, "unregistered");

	imported(HEAD GOOD, 1);
	e = end_of(PLC, "10.20.1.11");
	ck_assert_int_eq(e->registered, REGISTERED_YES);
	ck_assert_str_eq(e->phase, "operate");
	ck_assert_str_eq(e->name, "plc");
	ck_assert_str_eq(e->role, "plc");
	ck_assert_str_eq(e->usage, "control");
	scene_end(&s);
}
END_TEST

START_TEST(replaces_the_former)
{
	scene_begin(&s, scene_site);
	imported(HEAD GOOD "far,,10.20.3.9,,,,,,\n", 2);
	imported(HEAD "hmi," HMI ",,,,,,,\n", 1);
	scene_host(&s, PLC, "10.20.1.11", 101);
	scene_host(&s, HMI, "10.20.3.10", 103);
	ck_assert_int_eq(end_of(PLC, "10.20.1.11")->registered, REGISTERED_NO);
	ck_assert_int_eq(end_of(HMI, "10.20.3.10")->registered, REGISTERED_YES);
	scene_end(&s);
}
END_TEST

START_TEST(mac_before_ip)
{
	scene_begin(&s, scene_site);
	imported(HEAD "plc," PLC ",10.20.1.11,PLC,,,,,\nfar,,10.20.3.9,,,,,,\n", 2);
	/* another device takes the address of a declared one */
	scene_arp(&s, LAPTOP, "10.20.1.11", 101);
	ck_assert_int_eq(end_of(LAPTOP, "10.20.1.11")->registered, REGISTERED_NO);
	/* the declared one, wherever it is */
	scene_arp(&s, PLC, "10.20.1.50", 101);
	ck_assert_int_eq(end_of(PLC, "10.20.1.50")->registered, REGISTERED_YES);
	/* behind a router nobody sees its MAC */
	scene_host(&s, HMI, "10.20.3.9", 101);
	const struct endpoint *e = end_of(HMI, "10.20.3.9");
	ck_assert_int_eq(e->registered, REGISTERED_YES);
	ck_assert_str_eq(e->name, "far");
	scene_end(&s);
}
END_TEST

/* A conversation on both sides of a device, one hop apart, between two zones: who is to forward stands in the register.
 * Both zones are named, whichever way it went; nothing is told where the two cards are not shown to be one device. */
START_TEST(who_forwards)
{
	static const char office[] = "10.20.4.51", cell[] = "10.20.1.11", router[] = "10.20.4.1", leg[] = "10.20.4.9";
	static const struct {
		const char *name, *rows, *src, *dest, *claims;
		bool apart;
		const char *told;
	} tries[] = {
	    {"not in the register", HEAD "x," LAPTOP ",,,scada,,,,\n", office, cell, NULL, false, "office cell-a\n"},
	    {"the other way", HEAD "x," LAPTOP ",,,scada,,,,\n", cell, office, NULL, false, "office cell-a\n"},
	    {"a router", HEAD "core," ROUTER ",,router,,,,,\n", office, cell, NULL, false, NULL},
	    {"no register", NULL, office, cell, NULL, false, NULL},
	    {"the sender's own address", HEAD "x," LAPTOP ",,,scada,,,,\n", office, cell, office, false, NULL},
	    {"to the device itself", HEAD "x," LAPTOP ",,,scada,,,,\n", cell, router, NULL, false, NULL},
	    {"two devices", HEAD "x," LAPTOP ",,,scada,,,,\n", office, cell, leg, false, "office cell-a\n"},
	    {"kept apart", HEAD "x," LAPTOP ",,,scada,,,,\n", office, cell, leg, true, NULL},
	};

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		scene_begin(&s, scene_site);
		if (tries[i].rows)
			imported(tries[i].rows, 1);
		struct event_value v[12];
		struct ip_addr src = scene_ip(tries[i].src), dest = scene_ip(tries[i].dest);
		struct mac in = scene_mac(ROUTER), out = scene_mac(OTHER_CARD);
		scene_arp(&s, ROUTER, router, 104);
		if (tries[i].claims)
			scene_arp(&s, OTHER_CARD, tries[i].claims, 104);
		if (tries[i].apart) {
			struct decision split = {
			    .verb = "split", .who = "a", .reason = "two", .from_no = 1, .to_no = 2};
			ck_assert_int_gt(ledger_db_put_decision(s.ledger, &split), 0);
			holders_by_no(s.ledger, 1)->parted = holders_by_no(s.ledger, 2)->parted = true;
		}
		for (int time = 0; time < 3; time++) {
			struct event ev = scene_event(&s, &asset_table, v);
			ev.at.has_ether = true;
			ev.at.src_mac = out;
			ev.at.src_ip = src;
			ev.at.dest_ip = dest;
			ev_uint(&ev, &asset_field[ASSET_CHANGE], ASSET_SEEN);
			ev_mac(&ev, &asset_field[ASSET_MAC], &out);
			ev_span(&ev, &asset_field[ASSET_IP], span_of(src.b, sizeof(src.b)));
			ev_uint(&ev, &asset_field[ASSET_TTL], 63);
			ev_mac(&ev, &asset_field[ASSET_ROUTER_IN], &in);
			ev_mac(&ev, &asset_field[ASSET_ROUTER_OUT], &out);
			ledger_take(s.ledger, &ev);
		}
		const char *told = strstr(s.log, "bridge ");
		ck_assert_msg((told != NULL) == (tries[i].told != NULL), "%s: %s", tries[i].name, s.log);
		ck_assert_msg(!told ||
				  strncmp(told + strlen("bridge A000001 "), tries[i].told, strlen(tries[i].told)) == 0,
			      "%s: %s", tries[i].name, s.log);
		ck_assert_ptr_null(told ? strstr(told + 1, "bridge ") : NULL);
		scene_end(&s);
	}
}
END_TEST

START_TEST(names_and_places)
{
	scene_begin(&s, scene_site);
	imported(HEAD "," PLC ",,,scada,,,,\nlap," LAPTOP ",,,scada,,,,\n", 2);
	/* observed beats declared; both are kept */
	scene_lease(&s, PLC, "10.20.1.11", "plc-host", 101);
	const struct endpoint *e = end_of(PLC, "10.20.1.11");
	ck_assert_str_eq(e->zone, "cell-a");
	ck_assert_str_eq(e->name, "plc-host"); /* the register has no name for it */
	ck_assert_int_eq(e->purdue, 10);
	scene_assets(&s, NULL);
	json_t *row = scene_row(&s, 0);
	ck_assert_str_eq(json_string_value(json_object_get(row, "zone")), "cell-a");
	ck_assert_str_eq(json_string_value(json_object_get(row, "zone_declared")), "scada");
	json_decref(row);
	/* where no zone claims it, the declared one stands */
	scene_lease(&s, LAPTOP, "10.77.0.5", "LAPTOP-7Q2K", 0);
	e = end_of(LAPTOP, "10.77.0.5");
	ck_assert_str_eq(e->zone, "scada");
	ck_assert_int_eq(e->purdue, 30);
	ck_assert_str_eq(e->fa_zone, "fa.monitor");
	ck_assert_str_eq(e->name, "lap");
	scene_end(&s);
}
END_TEST

static void note_level(void *ctx, const struct ledger_asset_row *row)
{
	char *levels = ctx;

	strcat(strcat(levels, row->purdue), " ");
}

static const char *level_of(const json_t *end)
{
	const char *text = json_string_value(json_object_get(end, "purdue"));

	return text ? text : "";
}

/* The level of the zone, and where it says none that of the register: whoever asks gets what the running ledger says.
 */
START_TEST(one_level_for_all)
{
	static const char yaml[] = "zones:\n"
				   "  - { id: hall, prefixes: [10.20.1.0/24] }\n"
				   "  - { id: scada, purdue: L3, prefixes: [10.20.3.0/24] }\n";
	static const struct {
		const char *mac, *ip;
		int purdue;
		const char *name;
	} ends[] = {{PLC, "10.20.1.11", 10, "L1"},   /* of the register, its zone has none */
		    {HMI, "10.20.3.10", 30, "L3"},   /* the zone's, though the register says L2 */
		    {LAPTOP, "10.77.0.5", 40, "L4"}, /* of the register, in no zone */
		    {OTHER_CARD, "10.77.0.6", PURDUE_UNKNOWN, ""} /* nobody says it */};
	enum { ENDS = sizeof(ends) / sizeof(ends[0]) };
	struct complaint c = {""};
	struct event_value values[8];
	char levels[64] = "";

	scene_begin(&s, yaml);
	imported("name,mac,ip,purdue,zone\nplc," PLC ",,L1,\nhmi," HMI ",,L2,\nlap," LAPTOP ",,L4,\n"
		 "far,,10.20.1.98,L0,\n",
		 4);
	for (int i = 0; i < ENDS; i++) {
		scene_arp(&s, ends[i].mac, ends[i].ip, 0);
		/* to one who is registered by an address that never answers */
		struct event ev =
		    scene_between(&s, &flow_table_fields, values, (struct scene_end_of){ends[i].mac, ends[i].ip},
				  (struct scene_end_of){NULL, "10.20.1.98"}, 0);
		ev.at.one_sided = true;
		ledger_take(s.ledger, &ev);
		ck_assert_int_eq(ev.src->purdue, ends[i].purdue);
		ck_assert(!ev.dest->known);
		ck_assert_int_eq(ev.dest->purdue, 0);
	}
	scene_assets(&s, NULL);
	for (int i = 0; i < ENDS; i++) {
		json_t *row = scene_row(&s, i);
		ck_assert_str_eq(level_of(row), ends[i].name);
		json_decref(row);
	}
	ck_assert_int_eq(ledger_each_asset_row(s.dir, NULL, note_level, levels, &c), 0);
	ck_assert_str_eq(levels, "L1 L3 L4  ");
	struct ledger_filter f = {.purdue = 10, .registered = -1};
	scene_assets(&s, &f);
	ck_assert_msg(strstr(s.rows, "A000001") && !strstr(s.rows, "A000002"), "%s", s.rows);

	scene_links(&s, NULL);
	for (int i = 0; i < ENDS; i++) {
		json_t *row = scene_row(&s, i);
		ck_assert_str_eq(level_of(json_object_get(row, "src")), ends[i].name);
		ck_assert_str_eq(level_of(json_object_get(row, "dest")), "L0");
		json_decref(row);
	}
	f.purdue = 40;
	scene_links(&s, &f);
	ck_assert_msg(strstr(s.rows, "10.77.0.5") && !strstr(s.rows, "10.20.1.11"), "%s", s.rows);
	scene_end(&s);
}
END_TEST

START_TEST(import_beside_a_writer)
{
	scene_begin(&s, scene_site);
	scene_host(&s, PLC, "10.20.1.11", 101);
	ck_assert_int_eq(ledger_write(s.ledger), 0);
	scene_host(&s, HMI, "10.20.3.10", 103);
	s.rows = strdup("");
	uint64_t v = ledger_assets_changed(s.dir, 0, scene_add_row, &s);
	imported(HEAD GOOD, 1);
	ck_assert_int_eq(ledger_write(s.ledger), 0);
	s.rows_len = 0;
	ck_assert_uint_gt(ledger_assets_changed(s.dir, v, scene_add_row, &s), v);
	ck_assert_msg(strstr(s.rows, "\"asset_id\":\"A000001\",\"name\":\"plc\"") && strstr(s.rows, "A000002"), "%s",
		      s.rows);
	scene_end(&s);
}
END_TEST

/* ---- vendors */

START_TEST(vendors)
{
	static const struct {
		const char *mac, *vendor;
	} table[] = {
	    {"00:80:f4:12:34:56", "Schneider, \"Telemecanique\""},
	    {"70:b3:d5:f2:f1:23", "Teleplatforms"},
	    {"20:85:93:b1:23:45", "IOG Products LLC"},
	    {"20:85:93:a1:23:45", "IEEE"},
	    {"00:80:f5:00:00:00", ""},
	    {"02:80:f4:12:34:56", ""},
	};
	static const char *const files[][2] = {
	    {"oui.csv", "Registry,Assignment,Organization Name,Organization Address\nMA-L,0080F4,\"Schneider, "
			"\"\"Telemecanique\"\"\",\"x\"\n"
			"MA-L,208593,IEEE,x\n"},
	    {"mam.csv", "MA-M,208593B,IOG Products LLC,\n"},
	    {"oui36.csv", "MA-S,70B3D5F2F,Teleplatforms,\n"},
	};
	char dir[] = "/tmp/sekisho-oui-XXXXXX", path[64];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i][0]);
		FILE *f = fopen(path, "w");
		fputs(files[i][1], f);
		fclose(f);
	}
	struct oui *o = oui_load(dir);
	ck_assert_ptr_nonnull(o);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mac mac = scene_mac(table[i].mac);
		ck_assert_str_eq(oui_vendor(o, &mac), table[i].vendor);
	}
	oui_free(o);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i][0]);
		unlink(path);
	}
	o = oui_load(dir); /* nothing there: nothing known */
	struct mac mac = scene_mac(PLC);
	ck_assert_str_eq(oui_vendor(o, &mac), "");
	oui_free(o);
	rmdir(dir);
}
END_TEST

/* Larger than one piece that is read, rows over its borders, addresses of several lines, a number given out twice. */
START_TEST(vendors_are_found_in_files_of_any_size)
{
	enum { MAKERS = 3000 };
	char dir[] = "/tmp/sekisho-oui-XXXXXX", path[64], text[32];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/oui.csv", dir);
	FILE *f = fopen(path, "w");
	fputs("Registry,Assignment,Organization Name,Organization Address\n", f);
	for (int i = 0; i < MAKERS; i++)
		fprintf(f, "MA-L,%06X,Maker %d,\"Street %d,\nTown\nMA-L,%d\"\r\n", i * 4, i, i, i);
	fputs("MA-L,000004,Second Maker,x\n\"MA-L\",\"080030\",Last Maker,no line end", f);
	fclose(f);
	struct oui *o = oui_load(dir);
	for (int i = MAKERS - 1; i >= 0; i -= 7) {
		snprintf(text, sizeof(text), "%02x:%02x:%02x:00:00:01", i * 4 >> 16, i * 4 >> 8 & 255, i * 4 & 255);
		struct mac mac = scene_mac(text);
		snprintf(text, sizeof(text), "Maker %d", i);
		ck_assert_str_eq(oui_vendor(o, &mac), text);
	}
	struct mac twice = scene_mac("00:00:04:00:00:01"), last = scene_mac("08:00:30:00:00:01");
	ck_assert_str_eq(oui_vendor(o, &twice), "Maker 1");
	ck_assert_ptr_eq(oui_vendor(o, &twice), oui_vendor(o, &twice));
	ck_assert_str_eq(oui_vendor(o, &last), "Last Maker");
	oui_free(o);
	unlink(path);
	rmdir(dir);
}
END_TEST

static Suite *register_suite(void)
{
	Suite *suite = suite_create("register");
	TCase *tc = tcase_create("register");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, says_what_is_wrong, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tc, no_such_file);
	tcase_add_loop_test(tc, understands, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_test(tc, template_ships);
	tcase_add_test(tc, three_states);
	tcase_add_test(tc, replaces_the_former);
	tcase_add_test(tc, mac_before_ip);
	tcase_add_test(tc, names_and_places);
	tcase_add_test(tc, one_level_for_all);
	tcase_add_test(tc, who_forwards);
	tcase_add_test(tc, import_beside_a_writer);
	tcase_add_test(tc, vendors);
	tcase_add_test(tc, vendors_are_found_in_files_of_any_size);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return run_suite(register_suite());
}
