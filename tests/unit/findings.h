/*
 * Findings for the tests of alerts and delivery: a rule, two ends, a Modbus-like record, and a state directory of their
 * own.
 */
#ifndef SEKISHO_TESTS_FINDINGS_H
#define SEKISHO_TESTS_FINDINGS_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"
#include "event/finding.h"

static const struct enum_name function_names[] = {{5, "write_single_coil"}, {6, "write_single_register"}};
static const struct enum_names functions = ENUM_NAMES(function_names);
static const struct field_table test_table;
static const struct field_def test_fields[] = {
    {&test_table, "unit_id", FIELD_TYPE_UINT, FIELD_KEY, NULL, "", "", NULL},
    {&test_table, "function_code", FIELD_TYPE_ENUM, FIELD_KEY, &functions, "", "", NULL},
    {&test_table, "request.address", FIELD_TYPE_UINT, FIELD_KEY, NULL, "", "", NULL},
    {&test_table, "note", FIELD_TYPE_TEXT, FIELD_PLAIN, NULL, "", "", NULL},
};
static const struct field_table test_table = {"modbus", test_fields, 4};

static const char *const test_attack[] = {"T0855", "T0836"}, *const test_meti[] = {"3-5", "3-7"},
			 *const test_jnsa[] = {"4"};
static const struct rule_info test_rule = {
    .id = "SKS-MB-01",
    .signature_id = 9100001,
    .rev = 3,
    .category = "modbus",
    .title_en = "write",
    .title_ja = "書込み",
    .attack_ics = {test_attack, 2},
    .meti = {test_meti, 2},
    .jnsa = {test_jnsa, 1},
    .ipa_phase = "P4",
    .level = LEVEL_HIGH,
};

#define T0_NS (INT64_C(1795305600) * NS_PER_S) /* 2026-11-22T00:00:00Z */

static inline struct endpoint test_end(const char *id, const char *name, const char *zone, int purdue)
{
	struct endpoint e = {.known = id[0] != '\0',
			     .name = name,
			     .zone = zone,
			     .fa_zone = "",
			     .purdue = purdue,
			     .role = "plc",
			     .registered = REGISTERED_YES,
			     .usage = "control",
			     .use_case = "production",
			     .phase = ""};
	snprintf(e.asset_id, sizeof(e.asset_id), "%s", id);
	return e;
}

struct test_finding {
	struct finding f;
	struct event ev;
	struct event_value values[4];
	struct endpoint src, dest;
	char key[32];
};

/* A write to unit @unit, @at_ns after T0_NS, told in both languages. The fixture must not move afterwards. */
static inline struct finding *test_finding(struct test_finding *t, unsigned unit, int64_t at_ns)
{
	static const uint8_t client[4] = {192, 168, 2, 14}, server[4] = {192, 168, 3, 10};

	memset(t, 0, sizeof(*t));
	t->src = test_end("", "192.168.2.14", "office", 40);
	t->src.registered = REGISTERED_NO;
	t->dest = test_end("A000017", "press|1=\\a", "line1", 10);
	t->values[0] = (struct event_value){.field = &test_fields[0], .u = unit};
	t->values[1] = (struct event_value){.field = &test_fields[1], .u = 6};
	t->values[2] = (struct event_value){.field = &test_fields[2], .u = 107};
	t->ev = (struct event){
	    .table = &test_table,
	    .count = 1,
	    .first_ns = T0_NS + at_ns,
	    .n_values = 3,
	    .values = t->values,
	    .src = &t->src,
	    .dest = &t->dest,
	    .conduit = {CONDUIT_DENIED, .why = CONDUIT_WHY_NO_LINE},
	    .at = {.ts_ns = T0_NS + at_ns,
		   .frame = 7,
		   .flow_id = 99,
		   .capture = "x.pcap",
		   .app_proto = "modbus",
		   .app_by = APP_BY_DISSECTOR,
		   .ip_proto = 6,
		   .has_ether = true,
		   .src_mac = {{0, 0x80, 0xf4, 0, 0, 1}},
		   .dest_mac = {{0, 0x80, 0xf4, 0, 0, 2}},
		   .src_ip = ip_from_v4(client),
		   .dest_ip = ip_from_v4(server),
		   .src_port = 50096,
		   .dest_port = 502},
	};
	int n = snprintf(t->key, sizeof(t->key), "unit=%u", unit);
	t->f = (struct finding){
	    .rule = &test_rule,
	    .event = &t->ev,
	    .level = LEVEL_HIGH,
	    .group_key = span_of(t->key, (size_t)n),
	    .title_en = span_str("192.168.2.14 wrote to press|1=\\a"),
	    .title_ja = span_str("192.168.2.14 が press|1=\\a に書き込みました"),
	    .action_en = span_str("Ask the line's owner before anything is unplugged."),
	    .action_ja = span_str("設備を止める前に、ライン責任者に確認してください。"),
	};
	return &t->f;
}

/* An empty directory, the test's to remove with test_dir_remove(). */
static inline const char *test_dir(char buf[static 64])
{
	snprintf(buf, 64, "/tmp/sekisho-test.XXXXXX");
	if (!mkdtemp(buf)) {
		perror("mkdtemp");
		exit(1);
	}
	return buf;
}

static inline void test_dir_remove(const char *dir)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	if (system(cmd) != 0)
		perror(cmd);
}

#endif
