/* rules: loading with complaints at line and column, the shipped rules on events built by hand, findings. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/rules.h"
#include "event/attack_ics.h"
#include "event/dissector.h"
#include "run_suite.h"

extern const struct dissector modbus_dissector;

static const struct field_table *tables[64];
static const struct field_registry registry = {tables};

static struct arena arena;
static struct event_value values[64];
static struct event event;

/* Who can stand at an end. */
/* clang-format off */
enum end { NOBODY, PLC, PLC_B, AGV, SCADA, DMZ, OFFICE, INTERNET, LOST, LAPTOP, OFFICE_PHONE, DMZ_BOX, NO_REGISTER, FA_ONLY, FA_STRANGER, ENDS };

#define REST .role = "", .usage = "", .use_case = "", .phase = ""
static const struct endpoint ends[ENDS] = {
	[NOBODY] = {.name = "", .zone = "", .fa_zone = "", .purdue = PURDUE_UNKNOWN, .registered = REGISTERED_UNKNOWN, REST},
	[PLC] = {true, 11, "A000011", "Press PLC", "cell-a", "fa.control", 10, .registered = REGISTERED_YES, .scope = IP_SCOPE_PRIVATE, REST},
	[PLC_B] = {true, 12, "A000012", "Robot", "cell-a", "fa.control", 10, .registered = REGISTERED_YES, .scope = IP_SCOPE_PRIVATE, REST},
	[AGV] = {true, 13, "A000013", "AGV", "yard", "fa.agv", PURDUE_UNKNOWN, .registered = REGISTERED_YES, .scope = IP_SCOPE_PRIVATE, REST},
	[SCADA] = {true, 31, "A000031", "HMI", "scada", "fa.monitor", 30, .registered = REGISTERED_YES, .scope = IP_SCOPE_PRIVATE, REST},
	[DMZ] = {true, 35, "A000035", "Relay", "idmz", "dmz", 35, .registered = REGISTERED_YES, .scope = IP_SCOPE_PRIVATE, REST},
	[OFFICE] = {true, 41, "A000041", "Office PC", "office", "fa.oa", 40, .registered = REGISTERED_YES, .scope = IP_SCOPE_PRIVATE, REST},
	[INTERNET] = {false, 0, "", "", "internet", "", PURDUE_UNKNOWN, .registered = REGISTERED_UNKNOWN, .scope = IP_SCOPE_GLOBAL, REST},
	[LOST] = {true, 91, "A000091", "", "unknown", "", PURDUE_UNKNOWN, .registered = REGISTERED_NO, .scope = IP_SCOPE_PRIVATE, REST},
	[LAPTOP] = {true, 92, "A000092", "LAPTOP-7Q2K", "cell-a", "fa.control", 10, .registered = REGISTERED_NO, .scope = IP_SCOPE_PRIVATE, REST},
	[OFFICE_PHONE] = {true, 93, "A000093", "", "office", "fa.oa", 40, .registered = REGISTERED_NO, .scope = IP_SCOPE_PRIVATE, REST},
	[DMZ_BOX] = {true, 94, "A000094", "", "idmz", "dmz", 35, .registered = REGISTERED_NO, .scope = IP_SCOPE_PRIVATE, REST},
	[NO_REGISTER] = {true, 95, "A000095", "", "cell-a", "fa.control", 10, .registered = REGISTERED_UNKNOWN, .scope = IP_SCOPE_PRIVATE, REST},
	[FA_ONLY] = {true, 96, "A000096", "Line 2", "line-2", "fa.control", PURDUE_UNKNOWN, .registered = REGISTERED_YES, .scope = IP_SCOPE_PRIVATE, REST},
	[FA_STRANGER] = {true, 97, "A000097", "", "line-2", "fa.control", PURDUE_UNKNOWN, .registered = REGISTERED_NO, .scope = IP_SCOPE_PRIVATE, REST},
};

static const char *const addresses[ENDS] = {
	[NOBODY] = "0.0.0.0", [PLC] = "10.20.1.11", [PLC_B] = "10.20.1.12", [AGV] = "10.20.2.5", [SCADA] = "10.20.3.10", [DMZ] = "10.20.35.10",
	[OFFICE] = "10.20.4.52", [INTERNET] = "93.184.215.14", [LOST] = "192.168.9.9", [LAPTOP] = "10.20.1.200", [OFFICE_PHONE] = "10.20.4.99",
	[DMZ_BOX] = "10.20.35.99", [NO_REGISTER] = "10.20.1.77", [FA_ONLY] = "10.30.0.1", [FA_STRANGER] = "10.30.0.9",
};
/* clang-format on */

static void setup(void)
{
	size_t n = 0;

	tables[n++] = &anomaly_table;
	tables[n++] = &setpoint_table;
	tables[n++] = &flow_table_fields;
	tables[n++] = &asset_table;
	tables[n++] = &health_table;
	tables[n++] = modbus_dissector.table;
	for (const struct dissector *const *d = dissectors; *d; d++) {
		if (*d != &modbus_dissector && (*d)->table)
			tables[n++] = (*d)->table;
		for (const struct field_table *const *t = (*d)->more_tables; t && *t; t++) {
			size_t k = 0;
			while (k < n && tables[k] != *t)
				k++;
			if (k == n)
				tables[n++] = *t;
		}
	}
	ck_assert_int_eq(arena_init(&arena, 4096, 1 << 20), 0);
}

static void teardown(void)
{
	arena_deinit(&arena);
}

/* One value written as `flow.state=established`. */
static void add_value(char *text)
{
	char *value = strchr(text, '=');
	uint64_t number;

	*value++ = '\0';
	const struct field_def *f = field_find(&registry, text);
	ck_assert_msg(f != NULL, "%s is no field", text);
	switch (f->type) {
	case FIELD_TYPE_TEXT:
		ev_text(&event, f, value);
		break;
	case FIELD_TYPE_ENUM:
		ck_assert_msg(enum_value(f->names, value, &number), "%s is no value of %s", value, text);
		ev_uint(&event, f, number);
		break;
	default:
		ev_uint(&event, f, strtoull(value, NULL, 0));
		break;
	}
}

/* An event from words such as `modbus.unit_id=1 denied write`. */
static void build(const char *on, enum end src, enum end dest, const char *what)
{
	static char copy[512]; /* text values point into it */
	char *rest = copy, *word;

	ck_assert_int_lt(snprintf(copy, sizeof(copy), "%s", what), (int)sizeof(copy));
	event = (struct event){
	    .count = 1, .values = values, .src = &ends[src], .dest = dest == NOBODY ? NULL : &ends[dest]};
	event.at = (struct origin){.ip_proto = IPPROTO_TCP, .src_port = 49152, .dest_port = 502};
	ck_assert(ip_parse(addresses[src], &event.at.src_ip) && ip_parse(addresses[dest], &event.at.dest_ip));
	for (const struct field_table **t = tables; *t; t++) {
		if (strcmp((*t)->object, on) == 0)
			event.table = *t;
	}
	while ((word = strsep(&rest, " "))) {
		if (strchr(word, '='))
			add_value(word);
		else if (strcmp(word, "denied") == 0 || strcmp(word, "allowed") == 0)
			event.conduit.verdict = *word == 'd' ? CONDUIT_DENIED : CONDUIT_ALLOWED;
		else if (strcmp(word, "write") == 0 || strcmp(word, "read") == 0)
			event.func_class = *word == 'w' ? CLASS_WRITE : CLASS_READ;
		else if (*word)
			event.at.app_proto = strcmp(word, "http") == 0 ? "http" : "modbus";
	}
}

/* What was found, in words: "SKS-MB-05:critical ". */
struct found {
	char ids[512];
	char title_en[1024], title_ja[1024], action_en[4096], action_ja[4096];
	uint8_t key[512];
	size_t key_len;
	unsigned n;
};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void copy_span(char *to, size_t size, struct span s)
{
	ck_assert(s.len < size);
	memcpy(to, s.ptr, s.len);
	to[s.len] = '\0';
}

/* The scenes below are about these; what further rules of the packs say of them, their own tests know. */
static bool is_in_scenes(const char *id)
{
	static const char *const ids[] = {"SKS-LA-01", "SKS-PO-01", "SKS-PO-04", "SKS-PO-05",
					  "SKS-MB-01", "SKS-MB-05", "SKS-MB-09", "SKS-MB-17"};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (strcmp(ids[i], id) == 0)
			return true;
	}
	return strncmp(id, "SKS-", 4) != 0 || strncmp(id, "SKS-PLANT", 9) == 0;
}

static void take(void *ctx, const struct finding *f)
{
	struct found *found = ctx;
	size_t len = strlen(found->ids);

	if (!is_in_scenes(f->rule->id))
		return;

	snprintf(found->ids + len, sizeof(found->ids) - len, "%s%s:%s", len ? " " : "", f->rule->id,
		 alert_level_name(f->level));
	struct finding told = *f;
	ck_assert_uint_eq(told.title_en.len, 0); /* nobody asked yet */
	finding_fill(&told);
	copy_span(found->title_en, sizeof(found->title_en), told.title_en);
	copy_span(found->title_ja, sizeof(found->title_ja), told.title_ja);
	copy_span(found->action_en, sizeof(found->action_en), told.action_en);
	copy_span(found->action_ja, sizeof(found->action_ja), told.action_ja);
	ck_assert_uint_le(f->group_key.len, sizeof(found->key));
	memcpy(found->key, f->group_key.ptr, f->group_key.len);
	found->key_len = f->group_key.len;
	found->n++;
}

static struct found judge(const struct rules *r)
{
	struct found f = {.n = 0};

	rules_judge(r, &event, (struct finding_sink){take, &f});
	return f;
}

static struct rules *shipped(const char *const *disabled)
{
	static const char *const dirs[] = {"rules/packs", NULL};
	struct complaint c;
	struct rules *r;

	if (rules_load(&r,
		       &(struct rules_options){
			   .packs = dirs, .text_dir = "rules/text", .disabled = disabled, .fields = &registry},
		       &c) != 0)
		ck_abort_msg("%s", c.text);
	return r;
}

static struct rules *parsed(const char *yaml)
{
	struct complaint c;
	struct rules *r;

	if (rules_parse(&r, "t.yaml", yaml, strlen(yaml), &registry, &c) != 0)
		ck_abort_msg("%s", c.text);
	return r;
}

/* ---- the shipped rules */

START_TEST(shipped_rules_load_with_all_their_words)
{
	struct rules *r = shipped(NULL);

	ck_assert_uint_gt(rules_count(r), 0);
	for (size_t i = 0; i < rules_count(r); i++) {
		const struct rule_info *info = rules_info(r, i);
		ck_assert_msg(strncmp(info->id, "SKS-", 4) == 0 && info->signature_id > 9000000 &&
				  info->signature_id < 9001000,
			      "%s has no number of its family", info->id);
		ck_assert_msg(*info->title_en && *info->title_ja && *info->what_en && *info->what_ja &&
				  *info->action_en && *info->action_ja && *info->dont_en && *info->dont_ja,
			      "%s has words missing", info->id);
		ck_assert_msg(info->meti.n > 0, "%s has tags missing", info->id);
		ck_assert(rules_enabled(r, i) && *rules_on(r, i) && *rules_when(r, i));
	}
	rules_free(r);
}
END_TEST

/* The catalogue: each of these and no other, with words, tags, a level, a case that raises it and one that does not. */
static const struct {
	const char *family;
	unsigned n;
} families[] = {{"MB", 20}, {"UA", 13}, {"SM", 13}, {"HT", 7}, {"PO", 9}, {"LA", 7}, {"LC", 8}, {"SH", 3}};

START_TEST(the_catalogue_is_whole)
{
	/* what is no step of an attack by itself: the papers, the sensor */
	static const char *const without[] = {"SKS-LC-02", "SKS-LC-05", "SKS-LC-08",
					      "SKS-SH-01", "SKS-SH-02", "SKS-SH-03"};
	struct rules *r = shipped(NULL);
	size_t wanted = 0;

	for (size_t f = 0; f < COUNT(families); f++) {
		for (unsigned no = 1; no <= families[f].n; no++, wanted++) {
			char id[16];
			size_t i = 0;
			snprintf(id, sizeof(id), "SKS-%s-%02u", families[f].family, no);
			while (i < rules_count(r) && strcmp(rules_info(r, i)->id, id) != 0)
				i++;
			ck_assert_msg(i < rules_count(r), "%s is missing", id);
			const struct rule_info *info = rules_info(r, i);
			unsigned positive, negative;
			rules_tests(r, i, &positive, &negative);
			ck_assert_msg(positive > 0 && negative > 0, "%s: %u cases raise it, %u do not", id, positive,
				      negative);
			ck_assert_msg(!*info->limits_en == !*info->limits_ja,
				      "%s says in one language alone what it cannot see", id);
			ck_assert_msg(info->meti.n > 0 && *info->ipa_phase, "%s has tags missing", id);
			bool technique = true;
			for (size_t k = 0; k < COUNT(without); k++)
				technique &= strcmp(without[k], id) != 0;
			ck_assert_msg(!technique || info->attack_ics.n > 0, "%s names no technique", id);
			ck_assert_msg(strcmp(families[f].family, "SH") == 0 || info->jnsa.n > 0,
				      "%s names no entry of JNSA's list", id);
		}
	}
	ck_assert_uint_eq(wanted, 80);
	/* what is encrypted, what another port carries: rules that a mirror port leaves half blind say so */
	static const char *const blind[] = {"SKS-HT-05", "SKS-LA-01", "SKS-LA-02", "SKS-LA-03", "SKS-MB-19",
					    "SKS-PO-09", "SKS-SM-09", "SKS-SM-10", "SKS-UA-07", "SKS-UA-10"};
	for (size_t k = 0; k < COUNT(blind); k++) {
		size_t i = 0;
		while (strcmp(rules_info(r, i)->id, blind[k]) != 0)
			i++;
		ck_assert_msg(*rules_info(r, i)->limits_en, "%s does not say what it cannot see", blind[k]);
	}
	ck_assert_uint_eq(rules_count(r), wanted);
	rules_free(r);
}
END_TEST

START_TEST(techniques_are_of_the_matrix_and_of_today)
{
	struct rules *r = shipped(NULL);
	size_t seen = 0;

	for (size_t i = 0; i < rules_count(r); i++) {
		const struct tag_list *tags = &rules_info(r, i)->attack_ics;
		for (size_t k = 0; k < tags->n; k++, seen++) {
			const struct attack_ics *t = attack_ics_find(tags->tags[k]);
			ck_assert_msg(t != NULL, "%s: %s is no technique of the table", rules_info(r, i)->id,
				      tags->tags[k]);
			ck_assert_uint_ne(t->tactics, 0);
			bool both = t->succeeded_by == NULL;
			for (size_t m = 0; m < tags->n && !both; m++)
				both = strcmp(tags->tags[m], t->succeeded_by) == 0;
			ck_assert_msg(both, "%s: %s was replaced by %s", rules_info(r, i)->id, t->id, t->succeeded_by);
		}
	}
	ck_assert_uint_gt(seen, 100);
	rules_free(r);
}
END_TEST

START_TEST(shipped_rules_leave_the_gate_shut)
{
	struct rules *r = shipped(NULL);

	for (const struct field_table **t = tables; *t; t++)
		ck_assert_msg(!rules_need_all_of(r, *t), "%s", (*t)->object);
	rules_free(r);
}
END_TEST

#define EXCHANGE "flow.state=established flow.payload_toserver=1 flow.payload_toclient=1 "

/* clang-format off */
static const struct {
	const char *on;
	enum end src, dest;
	const char *what, *found;
} scenes[] = {
	/* LA-01: an unregistered device in a declared zone */
	{"asset", LAPTOP, NOBODY, "asset.change=new", "SKS-LA-01:high"},
	{"asset", FA_STRANGER, NOBODY, "asset.change=new", "SKS-LA-01:high"},
	{"asset", OFFICE_PHONE, NOBODY, "asset.change=new", "SKS-LA-01:low"},
	{"asset", DMZ_BOX, NOBODY, "asset.change=new", "SKS-LA-01:medium"},
	{"asset", PLC, NOBODY, "asset.change=new", ""},
	{"asset", LAPTOP, NOBODY, "asset.change=seen", ""},
	{"asset", LOST, NOBODY, "asset.change=new", ""},
	{"asset", INTERNET, NOBODY, "asset.change=new", ""},
	{"asset", NO_REGISTER, NOBODY, "asset.change=new", ""},
	{"asset", NOBODY, NOBODY, "asset.change=new", ""},
	/* PO-01: the plant and the internet */
	{"flow", PLC, INTERNET, EXCHANGE "denied http", "SKS-PO-01:high"},
	{"flow", SCADA, INTERNET, EXCHANGE "denied http", "SKS-PO-01:high"},
	{"flow", AGV, INTERNET, EXCHANGE "denied", "SKS-PO-01:high"},
	{"flow", PLC, INTERNET, "flow.state=new denied", "SKS-PO-01:medium"},
	{"flow", PLC, INTERNET, "flow.state=new flow.payload_toserver=1 flow.payload_toclient=0", "SKS-PO-01:high"},
	{"flow", PLC, INTERNET, "flow.state=closed flow.payload_toserver=0 flow.payload_toclient=0", "SKS-PO-01:medium"},
	{"flow", PLC, INTERNET, "flow.state=closed flow.payload_toserver=1 flow.payload_toclient=1", "SKS-PO-01:high"},
	{"flow", INTERNET, PLC, EXCHANGE "denied", "SKS-PO-01:critical"},
	{"flow", INTERNET, AGV, EXCHANGE, "SKS-PO-01:critical"},
	{"flow", INTERNET, PLC, "flow.state=new", "SKS-PO-01:medium"},
	{"flow", DMZ, INTERNET, EXCHANGE, ""},
	{"flow", OFFICE, INTERNET, EXCHANGE "denied", ""},
	{"flow", INTERNET, INTERNET, EXCHANGE, ""},
	{"flow", LOST, INTERNET, EXCHANGE, ""},
	/* PO-04 and PO-05: between zones and levels */
	{"flow", SCADA, PLC, EXCHANGE "denied modbus", "SKS-PO-04:high"},
	{"flow", SCADA, FA_ONLY, EXCHANGE "denied", "SKS-PO-04:high"},
	{"flow", PLC, SCADA, EXCHANGE "denied", "SKS-PO-04:medium"},
	{"flow", LOST, DMZ, EXCHANGE "denied", "SKS-PO-04:medium"},
	{"flow", SCADA, PLC, EXCHANGE "allowed modbus", ""},
	{"flow", SCADA, PLC, EXCHANGE "modbus", ""},
	{"flow", OFFICE, PLC, EXCHANGE "denied modbus", "SKS-PO-04:high SKS-PO-05:high"},
	{"flow", OFFICE, PLC, EXCHANGE, "SKS-PO-05:high"},
	{"flow", PLC, OFFICE, EXCHANGE, "SKS-PO-05:high"},
	{"flow", OFFICE, PLC, EXCHANGE "allowed modbus", "SKS-PO-05:low"},
	{"flow", OFFICE, SCADA, EXCHANGE, ""},
	{"flow", DMZ, PLC, EXCHANGE, ""},
	{"flow", OFFICE, AGV, EXCHANGE, ""},
	/* Modbus */
	{"modbus", LAPTOP, PLC, "modbus.function_code=write_single_coil modbus.unit_id=1 write denied modbus", "SKS-MB-01:high"},
	{"modbus", SCADA, PLC, "modbus.function_code=write_single_coil modbus.unit_id=1 write allowed modbus", ""},
	{"modbus", SCADA, PLC, "modbus.function_code=write_single_coil modbus.unit_id=1 write modbus", ""},
	{"modbus", OFFICE, PLC, "modbus.function_code=read_coils modbus.unit_id=1 read denied modbus", ""},
	{"modbus", SCADA, PLC, "modbus.function_raw=8 modbus.request.subfunction.raw=4 allowed modbus", "SKS-MB-05:critical"},
	{"modbus", SCADA, PLC, "modbus.function_raw=8 modbus.request.subfunction.raw=0 modbus", ""},
	{"modbus", SCADA, PLC, "modbus.function_raw=8 modbus.request.subfunction.raw=1 modbus", ""},
	{"modbus", SCADA, PLC, "modbus.function_raw=8 modbus", ""},
	{"modbus", SCADA, PLC, "modbus.function_raw=4 modbus.request.subfunction.raw=4 modbus", ""},
	{"modbus", SCADA, PLC, "modbus.function_raw=90 modbus.umas.function=stop_plc allowed modbus", "SKS-MB-09:critical"},
	{"modbus", SCADA, PLC, "modbus.function_raw=90 modbus.umas.function=start_plc modbus", "SKS-MB-09:critical"},
	{"modbus", SCADA, PLC, "modbus.function_raw=90 modbus.umas.function=read_id modbus", ""},
	{"anomaly", SCADA, PLC, "anomaly.type=malformed anomaly.app_proto=modbus anomaly.reason=quantity_out_of_range", "SKS-MB-17:medium"},
	{"anomaly", SCADA, PLC, "anomaly.type=gap anomaly.app_proto=modbus anomaly.reason=gap", ""},
	{"anomaly", SCADA, PLC, "anomaly.type=malformed anomaly.app_proto=dhcp anomaly.reason=option", ""},
	{"anomaly", SCADA, PLC, "anomaly.type=malformed anomaly.reason=option", ""},
};
/* clang-format on */

START_TEST(shipped_rules_judge_scenes)
{
	struct rules *r = shipped(NULL);

	build(scenes[_i].on, scenes[_i].src, scenes[_i].dest, scenes[_i].what);
	struct found f = judge(r);
	ck_assert_msg(strcmp(f.ids, scenes[_i].found) == 0, "%s %d>%d %s: found \"%s\", expected \"%s\"", scenes[_i].on,
		      scenes[_i].src, scenes[_i].dest, scenes[_i].what, f.ids, scenes[_i].found);
	rules_free(r);
}
END_TEST

/* clang-format off */
/* Two events: one alert or two? */
static const struct {
	const char *on;
	enum end src, dest;
	const char *what;
	enum end src_2, dest_2;
	const char *what_2;
	bool same;
} pairs[] = {
	{"asset", LAPTOP, NOBODY, "asset.change=new", LAPTOP, NOBODY, "asset.change=new asset.name=x", true},
	{"asset", LAPTOP, NOBODY, "asset.change=new", FA_STRANGER, NOBODY, "asset.change=new", false},
	{"flow", PLC, INTERNET, EXCHANGE, PLC, INTERNET, "flow.state=new", true},
	{"flow", PLC, INTERNET, EXCHANGE, PLC_B, INTERNET, EXCHANGE, false},
	{"flow", PLC, INTERNET, EXCHANGE, INTERNET, PLC, EXCHANGE, false},
	{"flow", SCADA, PLC, EXCHANGE "denied modbus", SCADA, PLC, EXCHANGE "denied http", false},
	{"flow", SCADA, PLC, EXCHANGE "denied modbus", SCADA, PLC, "flow.state=new denied modbus", true},
	{"flow", SCADA, PLC, EXCHANGE "denied modbus", SCADA, PLC_B, EXCHANGE "denied modbus", false},
	{"modbus", LAPTOP, PLC, "modbus.unit_id=1 write denied", LAPTOP, PLC, "modbus.unit_id=1 modbus.request.address=7 write denied", true},
	{"modbus", LAPTOP, PLC, "modbus.unit_id=1 write denied", LAPTOP, PLC, "modbus.unit_id=2 write denied", false},
	{"modbus", LAPTOP, PLC, "modbus.umas.function=stop_plc", LAPTOP, PLC, "modbus.umas.function=start_plc", false},
	{"anomaly", SCADA, PLC, "anomaly.type=malformed anomaly.app_proto=modbus anomaly.reason=a", SCADA, PLC,
	 "anomaly.type=malformed anomaly.app_proto=modbus anomaly.reason=a anomaly.offset=7", true},
	{"anomaly", SCADA, PLC, "anomaly.type=malformed anomaly.app_proto=modbus anomaly.reason=a", SCADA, PLC,
	 "anomaly.type=malformed anomaly.app_proto=modbus anomaly.reason=b", false},
};
/* clang-format on */

START_TEST(alerts_are_grouped_as_an_analyst_wants)
{
	struct rules *r = shipped(NULL);

	build(pairs[_i].on, pairs[_i].src, pairs[_i].dest, pairs[_i].what);
	struct found a = judge(r);
	build(pairs[_i].on, pairs[_i].src_2, pairs[_i].dest_2, pairs[_i].what_2);
	event.at.src_port++;
	struct found b = judge(r);
	ck_assert_uint_eq(a.n, 1);
	ck_assert_uint_eq(b.n, 1);
	bool same = a.key_len == b.key_len && memcmp(a.key, b.key, a.key_len) == 0;
	ck_assert_msg(same == pairs[_i].same, "%s: %s and %s", pairs[_i].on, pairs[_i].what, pairs[_i].what_2);
	rules_free(r);
}
END_TEST

START_TEST(titles_tell_stop_from_start)
{
	struct rules *r = shipped(NULL);

	build("modbus", SCADA, PLC, "modbus.function_raw=90 modbus.umas.function=stop_plc");
	struct found f = judge(r);
	ck_assert_str_eq(f.title_en, "HMI ordered the controller Press PLC to STOP");
	ck_assert_str_eq(f.title_ja, "HMI が Press PLC に運転停止を命令しました");
	build("modbus", SCADA, PLC, "modbus.function_raw=90 modbus.umas.function=start_plc");
	f = judge(r);
	ck_assert_str_eq(f.title_en, "HMI ordered the controller Press PLC to START");
	ck_assert_str_eq(f.title_ja, "HMI が Press PLC に運転開始を命令しました");
	ck_assert_msg(strstr(f.action_ja, "PLCの電源を切らないでください") != NULL, "%s", f.action_ja);
	rules_free(r);
}
END_TEST

START_TEST(titles_tell_inbound_from_outbound)
{
	struct rules *r = shipped(NULL);

	build("flow", INTERNET, PLC, EXCHANGE);
	struct found f = judge(r);
	ck_assert_str_eq(f.title_en, "From the internet into the plant: 93.184.215.14 to Press PLC");
	build("flow", PLC, INTERNET, EXCHANGE);
	f = judge(r);
	ck_assert_str_eq(f.title_en, "From the plant to the internet: Press PLC to 93.184.215.14");
	rules_free(r);
}
END_TEST

START_TEST(a_disabled_rule_is_silent)
{
	static const char *const off[] = {"SKS-MB-05", "SKS-PO-01", NULL};
	struct rules *r = shipped(off);

	build("modbus", SCADA, PLC, "modbus.function_raw=8 modbus.request.subfunction.raw=4");
	ck_assert_str_eq(judge(r).ids, "");
	build("modbus", SCADA, PLC, "modbus.function_raw=90 modbus.umas.function=stop_plc");
	ck_assert_str_eq(judge(r).ids, "SKS-MB-09:critical");
	for (size_t i = 0; i < rules_count(r); i++) {
		bool is_off = strcmp(rules_info(r, i)->id, off[0]) == 0 || strcmp(rules_info(r, i)->id, off[1]) == 0;
		ck_assert(rules_enabled(r, i) == !is_off);
	}
	rules_free(r);
}
END_TEST

START_TEST(switching_off_what_is_not_there_is_an_error)
{
	static const char *const dirs[] = {"rules/packs", NULL}, *const off[] = {"SKS-MB-5", NULL};
	struct complaint c;
	struct rules *r;

	ck_assert_int_eq(rules_load(&r,
				    &(struct rules_options){
					.packs = dirs, .text_dir = "rules/text", .disabled = off, .fields = &registry},
				    &c),
			 -22);
	ck_assert_str_eq(c.text,
			 "rules: rule \"SKS-MB-5\" is to be disabled, and does not exist. Did you mean \"SKS-MB-05\"?");
}
END_TEST

/* ---- loading */

#define TITLE "title: { en: a, ja: b }\n"
#define RULE  "id: T-1\non: modbus\nlevel: low\n" TITLE

/* clang-format off */
static const struct {
	const char *yaml, *complaint;
} broken[] = {
	/* where in which scalar */
	{RULE "when: modbus.unitid == 1\n", "t.yaml:5:7: unknown field \"modbus.unitid\". Did you mean \"modbus.unit_id\"?"},
	{RULE "when: modbus.unit_id == 1 and modbus.unitid == 1\n", "t.yaml:5:31: unknown field \"modbus.unitid\". Did you mean \"modbus.unit_id\"?"},
	{RULE "when:    modbus.unit_id == x   # why\n", "t.yaml:5:28: \"modbus.unit_id\" is a number: expected a whole number such as 5 or 0x1f here, not \"x\""},
	{RULE "when: \"app_proto == \\\"x\\\" and modbus.unitid == 1\"\n", "t.yaml:5:31: unknown field \"modbus.unitid\""},
	{RULE "when: \"\\x61pp_proto == \\\"\\u3042\\\" and nope == 1\"\n", "t.yaml:5:39: unknown field \"nope\""},
	{RULE "when: 'src.name == \"it''s\" and nope == 1'\n", "t.yaml:5:32: unknown field \"nope\""},
	{RULE "when: src.name == \"関所\" and nope == 1\n", "t.yaml:5:28: unknown field \"nope\""},
	{RULE "when:\n  modbus.unit_id == 1\n  and nope == 1\n", "t.yaml:7:7: unknown field \"nope\""},
	{RULE "when:\n  modbus.unit_id == 1\n\n\n  and nope == 1\n", "t.yaml:9:7: unknown field \"nope\""},
	{RULE "when: \"modbus.unit_id == 1\n  and   nope == 1\"\n", "t.yaml:6:9: unknown field \"nope\""},
	{RULE "when: \"modbus.unit_id == 1 \\\n    and nope == 1\"\n", "t.yaml:6:9: unknown field \"nope\""},
	{RULE "when: |\n  modbus.unit_id == 1\n  and nope == 1\n", "t.yaml:7:7: unknown field \"nope\""},
	{RULE "when: |\n\n    modbus.unit_id == 1\n      and nope == 1\n", "t.yaml:8:11: unknown field \"nope\""},
	{RULE "when: >-\n  modbus.unit_id == 1\n  and nope == 1\n", "t.yaml:7:7: unknown field \"nope\""},
	{RULE "when: >\n  modbus.unit_id == 1\n\n\n  and nope == 1\n", "t.yaml:9:7: unknown field \"nope\""},
	{RULE "when: modbus.unit_id ==\n", "t.yaml:5:24: the condition ends where a whole number such as 5 or 0x1f should follow"},
	{"\xef\xbb\xbfid: T-1\non: modbus\nlevel: low\n" TITLE "when: nope\n", "t.yaml:5:7: unknown field \"nope\""},
	{"\xef\xbb\xbf{ id: T-1, on: modbus, level: low, when: \"app_proto and nope\" }\n", "t.yaml:1:57: unknown field \"nope\""},
	{"id: T-1\r\non: modbus\r\nlevel: low\r\n" TITLE "when:\r\n  modbus.unit_id == 1\r\n  and nope == 1\r\n", "t.yaml:7:7: unknown field \"nope\""},
	{"- id: T-1\n  on: modbus\n  level: low\n  title: { en: a, ja: b }\n  when: nope == 1\n", "t.yaml:5:9: unknown field \"nope\""},
	{RULE "when: modbus.function_code == read_coil\n", "t.yaml:5:31: unknown value \"read_coil\". Did you mean \"read_coils\"?"},
	{RULE "when: flow.state == new\n", "t.yaml:5:7: \"flow.state\" does not occur in modbus records. Use a field of modbus, or write \"on: flow\""},
	/* the rest of the schema */
	{RULE "when: app_proto\ngroup-by: []\n", "t.yaml:6:1: unknown key \"group-by\". Did you mean \"group_by\"?"},
	{"on: modbus\nwhen: app_proto\nlevel: low\n" TITLE, "t.yaml:1:1: this rule has no \"id\". Add one, such as \"id: SKS-PLANT-01\""},
	{"id: T-1\nwhen: app_proto\nlevel: low\n" TITLE, "t.yaml:1:1: this rule has no \"on\". Add one, such as \"on: modbus\""},
	{RULE, "t.yaml:1:1: this rule has no \"when\". Add one, such as \"when: src.zone != dest.zone\""},
	{RULE "any:\n  - when: app_proto\n  - level: high\n", "t.yaml:7:5: this branch has no \"when\". Add one, such as \"when: src.zone != dest.zone\""},
	{"id: T-1\non: modbus\nwhen: app_proto\n" TITLE, "t.yaml:1:1: this rule has no \"level\". Add one of info, low, medium, high, critical"},
	{"id: T-1\non: modbus\nwhen: app_proto\nlevel: hihg\n" TITLE, "t.yaml:4:8: unknown level \"hihg\". Did you mean \"high\"?"},
	{"id: T-1\non: modbus\nwhen: app_proto\nlevel: [low]\n" TITLE, "t.yaml:4:8: expected one of info, low, medium, high, critical here"},
	{"id: T 1\non: modbus\nwhen: app_proto\nlevel: low\n" TITLE, "t.yaml:1:5: an id has at most 64 letters, digits, hyphens, dots and underscores"},
	{"id: T-1\non: modbuss\nwhen: app_proto\nlevel: low\n" TITLE, "t.yaml:2:5: there are no \"modbuss\" records. Did you mean \"modbus\"?"},
	{"id: T-1\non: profibus-dp\nwhen: app_proto\nlevel: low\n" TITLE, "t.yaml:2:5: there are no \"profibus-dp\" records. `sekisho decode --fields` lists what there is"},
	{"id: T-1\non: modbus\nwhen: app_proto\nlevel: low\n", "t.yaml:1:1: rule T-1 has no English title. Add \"title: { en: ..., ja: ... }\", or its id to the texts"},
	{"id: T-1\non: modbus\nwhen: app_proto\nlevel: low\ntitle: { en: a }\n", "t.yaml:5:8: rule T-1 has no Japanese title. Add \"title: { en: ..., ja: ... }\", or its id to the texts"},
	{"id: T-1\non: modbus\nwhen: app_proto\nlevel: low\ntitle: a\n", "t.yaml:5:8: write both languages here: title: { en: \"...\", ja: \"...\" }"},
	{"id: T-1\non: modbus\nwhen: app_proto\nlevel: low\ntitle: { en: a, jp: b }\n", "t.yaml:5:17: unknown key \"jp\". Did you mean \"ja\"?"},
	{"id: T-1\non: modbus\nwhen: app_proto\nlevel: low\ntitle: { en: \"a {src.nam}\", ja: b }\n", "t.yaml:5:18: unknown field \"src.nam\". Did you mean \"src.name\"?"},
	{RULE "when: app_proto\naction: { en: \"a {\", ja: b }\n", "t.yaml:6:18: this \"{\" is never closed. Write \"{{\" for a brace"},
	{RULE "when: app_proto\nwhat: { en: \"a {src.name}\", ja: b }\n", "t.yaml:6:16: \"what\" and \"limits\" are plain text: gaps are filled in title, action and dont"},
	{RULE "when: app_proto\nlimits: { en: a, ja: \"b {src.name}\" }\n", "t.yaml:6:25: \"what\" and \"limits\" are plain text: gaps are filled in title, action and dont"},
	{RULE "when: app_proto\nlevels: [{ when: app_proto }]\n", "t.yaml:6:10: expected both \"when\" and \"level\" here"},
	{RULE "when: app_proto\nlevels: [{ when: nope, level: low }]\n", "t.yaml:6:18: unknown field \"nope\""},
	{RULE "when: app_proto\nlevels: [{ when: app_proto, level: worst }]\n", "t.yaml:6:36: expected one of info, low, medium, high, critical here"},
	{RULE "when: app_proto\nlevels: high\n", "t.yaml:6:9: expected at most 16 conditions here: [{ when: ..., level: ... }]"},
	{RULE "when: app_proto\ngroup_by: [src.asset, src.ports]\n", "t.yaml:6:23: unknown field \"src.ports\". Did you mean \"src_port\"?"},
	{RULE "when: app_proto\ngroup_by: [vlan]\n", "t.yaml:6:12: \"vlan\" is a list, and single values are needed here"},
	{RULE "when: app_proto\ngroup_by: {a: src.asset}\n", "t.yaml:6:11: expected at most 8 names here, such as [src.asset]"},
	{RULE "when: app_proto\ngroup_by: []\n", "t.yaml:6:11: expected at most 8 names here, such as [src.asset]"},
	{RULE "when: app_proto\ngroup_by: [counted]\n", "t.yaml:6:12: \"counted\" is known once the rule has spoken: use it in texts"},
	/* counting */
	{RULE "when: app_proto\ncount: { at_least: 3 }\n", "t.yaml:6:8: this \"count\" has no \"within\""},
	{RULE "when: app_proto\ncount: { within: 60s }\n", "t.yaml:6:8: this \"count\" has no \"at_least\""},
	{RULE "when: app_proto\ncount: { at_least: 3, within: 60 }\n", "t.yaml:6:31: expected a time such as 60s, 10m or 500ms here"},
	{RULE "when: app_proto\ncount: { at_least: 3s, within: 60s }\n", "t.yaml:6:20: expected a whole number such as 5 here"},
	{RULE "when: app_proto\ncount: { at_least: 0, within: 60s }\n", "t.yaml:6:20: expected a number from 1 to 1000000000 here"},
	{RULE "when: app_proto\ncount: { at_least: many, within: 60s }\n", "t.yaml:6:20: expected a whole number such as 5, or the name of one of this rule's thresholds, here"},
	{RULE "when: app_proto\nthresholds: { tries: 3 }\ncount: { at_least: trys, within: 60s }\n", "t.yaml:7:20: this rule has no threshold \"trys\". Did you mean \"tries\"?"},
	{RULE "when: app_proto\nthresholds: { tries: 3 }\n", "t.yaml:6:15: this rule does not count by \"tries\""},
	{RULE "when: app_proto\nthresholds: { tries: a }\n", "t.yaml:6:22: expected a number such as 5, or a time such as 60s, here"},
	{RULE "when: app_proto\ncount: { at_least: 3, with: 60s }\n", "t.yaml:6:23: unknown key \"with\". Did you mean \"within\"?"},
	{RULE "when: app_proto\ncount: { at_least: 3, within: 60s, by: [src.zon] }\n", "t.yaml:6:41: unknown field \"src.zon\". Did you mean \"src.zone\"?"},
	{RULE "when: app_proto\ncount: { at_least: 3, within: 60s }\nrate: { at_least: 3, per: 60s }\n", "t.yaml:7:1: \"count\" and \"rate\" in one: a rule counts one thing"},
	{RULE "when: app_proto\nsum: { of: app_proto, at_least: 3, within: 60s }\n", "t.yaml:6:12: \"app_proto\" is a text, and only numbers can be added up"},
	{RULE "when: app_proto\ndistinct: { at_least: 3, within: 60s }\n", "t.yaml:6:11: this \"distinct\" has no \"of\""},
	{RULE "when: app_proto\ndistinct: { of: modbus.unit_id, at_least: 5000, within: 60s }\n", "t.yaml:6:43: expected a number from 1 to 4096 here"},
	{RULE "when: app_proto\nranges: { first: modbus.request.address, number: app_proto, at_least: 5, within: 60s }\n", "t.yaml:6:9: a range is made of two numbers"},
	{RULE "when: app_proto\nsequence: { within: 60s, steps: [{ when: complete }] }\n", "t.yaml:6:33: expected two to 8 steps here"},
	{RULE "when: app_proto\nsequence: { within: 60s, steps: [{ when: complete }, { at_least: 2 }] }\n", "t.yaml:6:54: this step has no \"when\""},
	{RULE "when: app_proto\nsequence: { within: 60s, steps: [{ when: complete }, { on: flow, when: modbus.unit_id }] }\n", "t.yaml:6:72: \"modbus.unit_id\" does not occur in flow records"},
	{RULE "when: app_proto\nreset: complete\n", "t.yaml:6:8: \"reset\" starts counting anew, and this rule counts nothing"},
	{RULE "when: app_proto\nany: [{ when: complete }]\ncount: { at_least: 3, within: 60s }\n", "t.yaml:7:1: with \"any\", each branch counts for itself: move \"count\" into a branch"},
	{RULE "when: app_proto\nany: [{ when: complete, counts: 3 }]\n", "t.yaml:6:25: unknown key \"counts\". Did you mean \"count\"?"},
	{RULE "any: []\n", "t.yaml:5:6: expected a list of at most 16 branches here"},
	{RULE "when: counted > 3\ncount: { at_least: 3, within: 60s }\n", "t.yaml:5:7: what was counted is known once the rule has spoken: use it in \"levels\" and in texts"},
	{RULE "when: app_proto\nrequires: both_side\n", "t.yaml:6:11: unknown requirement \"both_side\". Did you mean \"both_sides\"?"},
	{RULE "when: app_proto\nfloor: hig\n", "t.yaml:6:8: unknown level \"hig\". Did you mean \"high\"?"},
	{RULE "when: app_proto\nraise: controls\n", "t.yaml:6:8: expected a usage here, control, analytics or storage"},
	{RULE "when: app_proto\nmeti: { a: b }\n", "t.yaml:6:7: expected a list of at most 32 tags here"},
	{RULE "when: app_proto\nrev: 0\n", "t.yaml:6:6: expected a whole number from 1 to 2147483647 here"},
	{RULE "when: { a: app_proto }\n", "t.yaml:5:7: expected a text here"},
	{RULE "when: [app_proto, [complete]]\n", "t.yaml:5:19: expected a text here"},
	{RULE "when: app_proto\n---\n" RULE "when: app_proto\n", "t.yaml:7:5: rule T-1 exists already (t.yaml:1). Give this one another id"},
	{"- 5\n", "t.yaml:1:3: expected a rule here: id, on, when, level, title"},
	{"5\n", "t.yaml:1:1: expected a rule here: id, on, when, level, title"},
	{"a: [\n", "t.yaml:2:1: not valid YAML"},
};
/* clang-format on */

START_TEST(complaints_name_file_line_and_column)
{
	struct complaint c = {""};
	struct rules *r;

	ck_assert_msg(rules_parse(&r, "t.yaml", broken[_i].yaml, strlen(broken[_i].yaml), &registry, &c) == -22, "%s",
		      broken[_i].yaml);
	ck_assert_msg(strncmp(c.text, broken[_i].complaint, strlen(broken[_i].complaint)) == 0,
		      "%s\nsays   %s\nexpect %s", broken[_i].yaml, c.text, broken[_i].complaint);
}
END_TEST

START_TEST(rules_of_any_shape_load)
{
	struct rules *r = parsed("");
	ck_assert_uint_eq(rules_count(r), 0);
	rules_free(r);
	r = parsed(
	    RULE "when: app_proto\n---\n- id: T-2\n  on: flow\n  when: src.zone != dest.zone\n  level: info\n  title: "
		 "{ en: x, ja: y }\n"
		 "  attack_ics: [T0801, T0802]\n  meti: 3-5\n  jnsa: [4, 7]\n  ipa: P4\n  rev: 3\n  category: house\n");
	ck_assert_uint_eq(rules_count(r), 2);
	const struct rule_info *info = rules_info(r, 1);
	ck_assert_str_eq(info->category, "house");
	ck_assert_str_eq(rules_info(r, 0)->category, "modbus");
	ck_assert_uint_eq(info->rev, 3);
	ck_assert_uint_eq(info->attack_ics.n, 2);
	ck_assert_str_eq(info->attack_ics.tags[1], "T0802");
	ck_assert_str_eq(info->meti.tags[0], "3-5");
	ck_assert_str_eq(info->jnsa.tags[0], "4");
	ck_assert_uint_eq(info->iec62443.n, 0);
	ck_assert_str_eq(info->ipa_phase, "P4");
	ck_assert_str_eq(info->action_en, "");
	ck_assert_uint_ge(info->signature_id, 1000000000);
	ck_assert_str_eq(rules_on(r, 1), "flow");
	ck_assert_str_eq(rules_when(r, 1), "src.zone != dest.zone");
	rules_free(r);
}
END_TEST

START_TEST(the_guides_example_works)
{
	struct rules *r = parsed("- id: SKS-PLANT-01\n"
				 "  on: modbus\n"
				 "  when: modbus.access_type == \"write\" and src.level >= 4\n"
				 "  level: high\n"
				 "  title: { en: \"{src.name} wrote to {dest.name}\", ja: \"{src.name} が {dest.name} "
				 "に書き込みました\" }\n");

	build("modbus", OFFICE, PLC, "modbus.access_type=write");
	struct found f = judge(r);
	ck_assert_str_eq(f.ids, "SKS-PLANT-01:high");
	ck_assert_str_eq(f.title_en, "Office PC wrote to Press PLC");
	ck_assert_str_eq(f.title_ja, "Office PC が Press PLC に書き込みました");
	ck_assert_str_eq(f.action_en, "");
	build("modbus", SCADA, PLC, "modbus.access_type=write");
	ck_assert_str_eq(judge(r).ids, "");
	rules_free(r);
}
END_TEST

START_TEST(findings_come_in_the_order_of_the_rules_with_the_first_level_that_holds)
{
	struct rules *r = parsed(
	    "- { id: B, on: modbus, when: app_proto, level: low, title: { en: b, ja: b },\n"
	    "    levels: [{ when: src.purdue >= L5, level: critical }, { when: src.purdue >= L4, level: high },\n"
	    "             { when: app_proto, level: medium }] }\n"
	    "- { id: F, on: flow, when: app_proto, level: low, title: { en: f, ja: f } }\n"
	    "- { id: A, on: modbus, when: app_proto, level: info, title: { en: a, ja: a },\n"
	    "    action: { en: Look., ja: 見る。 }, dont: { en: Do not touch., ja: 触らない。 },\n"
	    "    limits: { en: Not inside., ja: 中は見えない。 } }\n");

	build("modbus", OFFICE, PLC, "modbus");
	struct found f = judge(r);
	ck_assert_str_eq(f.ids, "B:high A:info");
	ck_assert_str_eq(f.action_en, "Look. Do not touch.");
	ck_assert_str_eq(f.action_ja, "見る。触らない。");
	build("modbus", SCADA, PLC, "modbus");
	ck_assert_str_eq(judge(r).ids, "B:medium A:info");
	build("anomaly", SCADA, PLC, "modbus");
	ck_assert_str_eq(judge(r).ids, "");
	rules_free(r);
}
END_TEST

START_TEST(the_gate_opens_for_what_is_no_key)
{
	static const struct {
		const char *yaml;
		bool all, first, second; /* of all records; of one with unit 1, transaction 7; of one with unit 2 */
	} cases[] = {
	    {RULE "when: modbus.unit_id == 1\n", false, false, false},
	    {RULE "when: modbus.transaction_id == 7\n", false, true, false},
	    {RULE "when: modbus.transaction_id == 8\n", false, false, false},
	    {RULE "when: src_port > 0 or src.zone == \"a\"\n", true, true, true},
	    {RULE "when: modbus.unit_id == 1\nlevels: [{ when: vlan == 3, level: high }]\n", false, true, false},
	    {RULE "when: modbus.unit_id == 1\ngroup_by: [src_port]\n", false, true, false},
	    {RULE "when: modbus.unit_id == 1\naction: { en: \"{modbus.transaction_id}\", ja: x }\n", false, false,
	     false},
	    {RULE "when: modbus.unit_id == 1 and src.zone == \"a\"\ncount: { at_least: 3, within: 60s }\n", false, true,
	     false},
	    {RULE "when: not (modbus.unit_id == 1 and src.zone == \"a\")\ncount: { at_least: 3, within: 60s }\n", true,
	     true, true},
	    {RULE "when: not (modbus.unit_id == 1 or src.zone == \"a\")\ncount: { at_least: 3, within: 60s }\n", false,
	     false, true},
	    {RULE "when: src.zone == \"a\"\nrate: { at_least: 3, per: 60s }\n", true, true, true},
	    {RULE "when: complete\ndistinct: { of: modbus.unit_id, at_least: 3, within: 60s }\n", false, false, false},
	    {RULE "when: modbus.unit_id\ndistinct: { of: modbus.unit_id, at_least: 3, within: 9s }\n", false, true,
	     true},
	    {RULE "when: modbus.unit_id\ndistinct: { of: modbus.unit_id, at_least: 3, within: 20s }\n", false, true,
	     true},
	    {RULE "when: modbus.unit_id\ndistinct: { of: modbus.unit_id, at_least: 3, within: 21s }\n", false, false,
	     false},
	    {RULE "when: modbus.unit_id == 1\ndistinct: { of: src_port, at_least: 3, within: 60s }\n", false, true,
	     false},
	    {RULE "when: modbus.unit_id == 1\nrequires: both_sides\n", false, true, false},
	    {RULE "when: modbus.unit_id == 1\nunless: vlan == 3\n", false, true, false},
	    {RULE "sequence: { within: 60s, steps: [{ when: modbus.unit_id == 1 }, { on: flow, when: complete }] }\n",
	     false, true, false},
	    {RULE
	     "when: complete\ndistinct: { of: modbus.unit_id, at_least: 3, within: 60s }\nreset: modbus.unit_id == 1\n",
	     false, true, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rules *r = parsed(cases[i].yaml);
		ck_assert_msg(rules_need_all_of(r, modbus_dissector.table) == cases[i].all, "%s", cases[i].yaml);
		ck_assert(!rules_need_all_of(r, &anomaly_table));
		const char *within = strstr(cases[i].yaml, "{ of: modbus.unit_id, at_least: 3, within: ");
		ck_assert_int_eq(rules_values_window_ns(r, modbus_dissector.table) / 1000000000,
				 within && strstr(within, "60s")   ? 60
				 : within && strstr(within, "21s") ? 21
								   : 0);
		build("modbus", SCADA, PLC, "modbus.unit_id=1 modbus.transaction_id=7 modbus");
		ck_assert_msg((cases[i].all || rules_want(r, &event)) == cases[i].first, "%s", cases[i].yaml);
		build("modbus", SCADA, PLC, "modbus.unit_id=2 modbus.transaction_id=9 modbus");
		ck_assert_msg((cases[i].all || rules_want(r, &event)) == cases[i].second, "%s", cases[i].yaml);
		rules_free(r);
	}
}
END_TEST

/* What can be said of all records that are like one, by what the gate keeps apart and by which fields they have. */
START_TEST(whether_a_fact_may_ever_be_wanted)
{
	static const struct {
		const char *yaml;
		bool of_fact, of_same_fields; /* of one with unit 1 and transaction 7 */
	} cases[] = {
	    {RULE "when: modbus.unit_id == 1\ncount: { at_least: 3, within: 60s }\n", true, true},
	    {RULE "when: modbus.unit_id == 2\ncount: { at_least: 3, within: 60s }\n", false, false},
	    {RULE "when: modbus.unit_id == 1 and src.zone == \"a\"\ncount: { at_least: 3, within: 60s }\n", true, true},
	    {RULE "when: modbus.unit_id == 2 and modbus.transaction_id == 8\n", false, false},
	    {RULE "when: modbus.transaction_id == 8\n", true, true},
	    {RULE "when: modbus.transaction_id == 8 and modbus.unit_id == 2\n", false, false},
	    {RULE "when: not (modbus.transaction_id == 8 or modbus.unit_id == 1)\n", false, false},
	    {RULE "when: modbus.unit_id == 2 or modbus.transaction_id == 8\n", true, true},
	    {RULE "when: modbus.rtt_us > 5\n", true, false},
	    {RULE "when: modbus.rtt_us and loss <= 1\n", true, false},
	    {RULE "when: not modbus.rtt_us > 5\n", true, true},
	    {RULE "when: modbus.transaction_id and modbus.unit_id == 1\n", true, true},
	    {RULE "when: not modbus.transaction_id\n", true, false},
	    {RULE "when: src_port > 5000\n", true, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rules *r = parsed(cases[i].yaml);
		build("modbus", SCADA, PLC, "modbus.unit_id=1 modbus.transaction_id=7 modbus");
		ck_assert_msg(rules_may_want(r, &event, false) == cases[i].of_fact, "%s", cases[i].yaml);
		ck_assert_msg(rules_may_want(r, &event, true) == cases[i].of_same_fields, "%s", cases[i].yaml);
		ck_assert(!rules_want(r, &event) || rules_may_want(r, &event, true));
		rules_free(r);
	}
}
END_TEST

START_TEST(a_name_of_registers_and_bits_finds_both)
{
	static const uint8_t registers[] = {0x00, 0x2a}, bits[] = {0x02};
	struct rules *r = parsed(RULE "when: modbus.request.values == 42 or modbus.request.values == 1\n");
	const struct field_table *t = modbus_dissector.table;

	for (size_t i = 0; i < t->n_fields; i++) {
		const struct field_def *f = &t->fields[i];
		if (strcmp(f->name, "request.values[]") != 0)
			continue;
		build("modbus", SCADA, PLC, "modbus");
		ck_assert_str_eq(judge(r).ids, "");
		ev_items(&event, f, f->type == FIELD_TYPE_U16S ? span_of(registers, 2) : span_of(bits, 1),
			 f->type == FIELD_TYPE_U16S ? 1 : 2);
		ck_assert_msg(judge(r).n == 1, "%s", field_type_name(f->type));
	}
	rules_free(r);
}
END_TEST

START_TEST(a_thousand_rules_load)
{
	size_t len = 0, size = 1 << 20;
	char *yaml = malloc(size);

	for (int i = 0; i < 1000; i++)
		len += (size_t)snprintf(yaml + len, size - len,
					"- id: T-%d\n  on: modbus\n  when: modbus.unit_id == %d and dest.zone in "
					"{\"a\", \"b\"}\n  level: low\n"
					"  title: { en: \"{src.name}\", ja: \"{dest.name}\" }\n",
					i, i);
	struct rules *r = parsed(yaml);
	ck_assert_uint_eq(rules_count(r), 1000);
	build("modbus", SCADA, PLC, "modbus.unit_id=77");
	struct endpoint there = ends[PLC];
	there.zone = "b";
	event.dest = &there;
	ck_assert_str_eq(judge(r).ids, "T-77:low");
	rules_free(r);
	free(yaml);
}
END_TEST

/* ---- folders */

static char dir[32];

static void make_dir(void)
{
	setup();
	strcpy(dir, "/tmp/sekisho-rules-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void write_file(const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static int load_dir(struct rules **r, struct complaint *c, bool texts)
{
	const char *const dirs[] = {dir, NULL};
	char text_dir[256];

	snprintf(text_dir, sizeof(text_dir), "%s/text", dir);
	return rules_load(
	    r, &(struct rules_options){.packs = dirs, .text_dir = texts ? text_dir : NULL, .fields = &registry}, c);
}

/* The complaint without the folder, whose name is another in each run. */
static const char *tail_of(const struct complaint *c)
{
	const char *at = strstr(c->text, dir);

	return at ? at + strlen(dir) + 1 : c->text;
}

START_TEST(folders_are_read_in_the_order_of_names)
{
	struct complaint c = {""};
	struct rules *r;

	write_file("20-b.yaml", "id: B\non: flow\nwhen: app_proto\nlevel: low\n");
	write_file("10-a.yaml", "id: A\non: flow\nwhen: app_proto\nlevel: low\n" TITLE);
	write_file("notes.txt", "not a rule");
	write_file(".hidden.yaml", "not a rule");
	char text_dir[256];
	snprintf(text_dir, sizeof(text_dir), "%s/text", dir);
	ck_assert_int_eq(mkdir(text_dir, 0700), 0);

	ck_assert_int_eq(load_dir(&r, &c, false), -22);
	ck_assert_str_eq(
	    tail_of(&c),
	    "20-b.yaml:1:1: rule B has no English title. Add \"title: { en: ..., ja: ... }\", or its id to the texts");
	ck_assert_int_eq(load_dir(&r, &c, true), -2);
	ck_assert_str_eq(tail_of(&c), "text/en.yaml: cannot be read: No such file or directory");

	write_file("text/en.yaml", "B:\n  title: from the texts\n");
	write_file("text/ja.yaml", "A: { title: 別の }\n");
	ck_assert_int_eq(load_dir(&r, &c, true), -22);
	ck_assert_msg(strstr(c.text, "20-b.yaml:1:1: rule B has no Japanese title.") && strstr(c.text, "text/ja.yaml"),
		      "%s", c.text);

	write_file("text/ja.yaml", "B:\n  title: >\n    {src.name}\n    から {nope} へ\n");
	ck_assert_int_eq(load_dir(&r, &c, true), -22);
	ck_assert_str_eq(tail_of(&c),
			 "text/ja.yaml:4:9: unknown field \"nope\". `sekisho decode --fields flow` lists the fields");
	write_file("text/ja.yaml", "B:\n  titel: x\n");
	ck_assert_int_eq(load_dir(&r, &c, true), -22);
	ck_assert_str_eq(tail_of(&c), "text/ja.yaml:2:3: unknown key \"titel\". Did you mean \"title\"?");

	write_file("text/ja.yaml", "B:\n  title: >\n    一行目\n    二行目\n");
	ck_assert_int_eq(load_dir(&r, &c, true), 0);
	ck_assert_uint_eq(rules_count(r), 2);
	ck_assert_str_eq(rules_info(r, 0)->id, "A");
	ck_assert_str_eq(rules_info(r, 0)->title_en, "a");
	ck_assert_str_eq(rules_info(r, 1)->title_en, "from the texts");
	ck_assert_str_eq(rules_info(r, 1)->title_ja, "一行目 二行目");
	rules_free(r);

	write_file("30-c.yaml", "id: A\non: flow\nwhen: app_proto\nlevel: low\n" TITLE);
	ck_assert_int_eq(load_dir(&r, &c, true), -22);
	ck_assert_msg(strncmp(tail_of(&c), "30-c.yaml:1:5: rule A exists already (", 38) == 0 &&
			  strstr(c.text, "10-a.yaml:1)"),
		      "%s", c.text);
}
END_TEST

START_TEST(tests_that_are_left_out_leave_the_rules_as_they_are)
{
	static const char *const packs[] = {"rules/packs", NULL};
	struct rules *whole = shipped(NULL), *r;
	struct complaint c = {""};
	unsigned positive, negative;

	ck_assert_int_eq(
	    rules_load(&r,
		       &(struct rules_options){
			   .packs = packs, .untested = packs[0], .text_dir = "rules/text", .fields = &registry},
		       &c),
	    0);
	ck_assert_uint_eq(rules_count(r), rules_count(whole));
	for (size_t i = 0; i < rules_count(r); i++) {
		const struct rule_info *a = rules_info(r, i), *b = rules_info(whole, i);
		rules_tests(r, i, &positive, &negative);
		ck_assert_msg(positive + negative == 0, "%s: its tests were read", a->id);
		ck_assert_str_eq(a->id, b->id);
		ck_assert_str_eq(rules_when(r, i), rules_when(whole, i));
		ck_assert_str_eq(a->title_ja, b->title_ja);
		ck_assert(a->level == b->level && a->meti.n == b->meti.n && a->attack_ics.n == b->attack_ics.n);
	}
	rules_free(whole);
	rules_free(r);
}
END_TEST

/* Of which tests are read, and where what is behind them stands. */
START_TEST(tests_are_left_out_as_blocks_alone)
{
	static const struct {
		const char *tests;
		unsigned read; /* of one test */
	} ways[] = {{"  tests:\n    - expect: none\n\n      events: [{},\n               {}]\n    # more\n", 0},
		    {"  tests: [{ expect: none }]\n", 1},
		    {"  tests:\n  - expect: none\n    events: []\n", 1},
		    {"  tests: # of it\n    - expect: none\n", 1}};
	struct complaint c = {""};
	struct rules *r;
	unsigned positive, negative;

	const char *const dirs[] = {dir, NULL};
	for (size_t i = 0; i < COUNT(ways); i++) {
		for (int typo = 0; typo < 2; typo++) {
			char text[512];
			char where[64];
			unsigned line = 4;
			for (const char *at = ways[i].tests; *at; at++)
				line += *at == '\n';
			snprintf(text, sizeof(text), "- id: A\n  on: flow\n  when: app_proto\n%s  %s: low\n  " TITLE,
				 ways[i].tests, typo ? "levle" : "level");
			write_file("10-a.yaml", text);
			int err = rules_load(
			    &r, &(struct rules_options){.packs = dirs, .untested = dir, .fields = &registry}, &c);
			snprintf(where, sizeof(where), "10-a.yaml:%u:3: unknown key \"levle\"", line);
			ck_assert_int_eq(err, typo ? -22 : 0);
			if (typo) {
				ck_assert_msg(strncmp(tail_of(&c), where, strlen(where)) == 0, "%s, not %s", c.text,
					      where);
				continue;
			}
			rules_tests(r, 0, &positive, &negative);
			ck_assert_msg(negative == ways[i].read, "%zu: %u tests were read", i, negative);
			rules_free(r);
		}
	}
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_an_error)
{
	static const char *const dirs[] = {"/nonexistent/rules", NULL};
	struct complaint c;
	struct rules *r;

	ck_assert_int_eq(rules_load(&r, &(struct rules_options){.packs = dirs, .fields = &registry}, &c), -2);
	ck_assert_str_eq(c.text, "/nonexistent/rules: this folder of rules cannot be read: No such file or directory");
}
END_TEST

static void remove_dir(void)
{
	static const char *const names[] = {"10-a.yaml",    "20-b.yaml",    "30-c.yaml", "notes.txt", ".hidden.yaml",
					    "text/en.yaml", "text/ja.yaml", "text",      ""};
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)remove(path);
	}
	teardown();
}

int main(void)
{
	Suite *s = suite_create("rules");
	TCase *t = tcase_create("rules"), *folders = tcase_create("folders");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_checked_fixture(folders, make_dir, remove_dir);
	tcase_add_test(t, shipped_rules_load_with_all_their_words);
	tcase_add_test(t, tests_that_are_left_out_leave_the_rules_as_they_are);
	tcase_add_test(t, the_catalogue_is_whole);
	tcase_add_test(t, techniques_are_of_the_matrix_and_of_today);
	tcase_add_test(t, shipped_rules_leave_the_gate_shut);
	tcase_add_loop_test(t, shipped_rules_judge_scenes, 0, COUNT(scenes));
	tcase_add_loop_test(t, alerts_are_grouped_as_an_analyst_wants, 0, COUNT(pairs));
	tcase_add_test(t, titles_tell_stop_from_start);
	tcase_add_test(t, titles_tell_inbound_from_outbound);
	tcase_add_test(t, a_disabled_rule_is_silent);
	tcase_add_test(t, switching_off_what_is_not_there_is_an_error);
	tcase_add_loop_test(t, complaints_name_file_line_and_column, 0, COUNT(broken));
	tcase_add_test(t, rules_of_any_shape_load);
	tcase_add_test(t, the_guides_example_works);
	tcase_add_test(t, findings_come_in_the_order_of_the_rules_with_the_first_level_that_holds);
	tcase_add_test(t, the_gate_opens_for_what_is_no_key);
	tcase_add_test(t, whether_a_fact_may_ever_be_wanted);
	tcase_add_test(t, a_name_of_registers_and_bits_finds_both);
	tcase_add_test(t, a_thousand_rules_load);
	tcase_add_test(folders, folders_are_read_in_the_order_of_names);
	tcase_add_test(folders, tests_are_left_out_as_blocks_alone);
	tcase_add_test(folders, a_folder_that_is_not_there_is_an_error);
	suite_add_tcase(s, t);
	suite_add_tcase(s, folders);
	return run_suite(s);
}
