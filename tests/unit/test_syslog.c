#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "alert_text.h"
#include "base/text.h"
#include "findings.h"
#include "run_suite.h"
#include "sinks/ecs.h"
#include "sinks/syslog_filter.h"
#include "sinks/syslog_lately.h"
#include "sinks/syslog_message.h"

#define BOM "\xef\xbb\xbf"

static const struct delivery row = {.seq = 12, .ms = 1795306440123, .json = ALERT_TEXT, .len = sizeof(ALERT_TEXT) - 1};

static size_t format(const struct syslog_message *f, const struct delivery *d, char *line, bool *truncated)
{
	/* exactly as large as allowed, so that the sanitizers see one byte too many */
	char *buf = malloc(f->max_bytes);
	struct alert_view v;
	(void)alert_view_open(&v, d->json, d->len);
	size_t n = syslog_message_format(f, d, &v, buf, truncated);
	alert_view_close(&v);

	ck_assert_uint_le(n, f->max_bytes);
	memcpy(line, buf, n);
	line[n] = '\0';
	free(buf);
	return n;
}

START_TEST(test_header_and_structured_data)
{
	struct syslog_message f = {.payload = SYSLOG_CEF, .max_bytes = 8000, .pid = 4711};
	static const char begins[] =
	    "<130>1 2026-11-22T00:14:00.000001Z kansai-1 sekisho 4711 SKS-MB-05 "
	    "[sekisho@32473 id=\"01M808TX00ZA5566YBK8MD0J5K\" rule=\"SKS-MB-05\" sev=\"90\" level=\"critical\" "
	    "seq=\"12\" count=\"10\" state=\"open\"] " BOM "CEF:0|sekisho|sekisho|0.1.0|SKS-MB-05|";
	char line[8192];
	bool truncated;

	syslog_message_set_hostname(&f, "kansai-1");
	format(&f, &row, line, &truncated);
	ck_assert_msg(strncmp(line, begins, strlen(begins)) == 0, "%s", line);
	ck_assert(!truncated);
}
END_TEST

static const struct {
	const char *name, *hostname;
} hostnames[] = {
    {"plain", "plain"},
    {"", "-"},
    {"two words", "two-words"},
    {"関所", "------"},
    {"tab\tnew\nline", "tab-new-line"},
    {"0123456789012345678901234567890123456789012345678901234567890123456789",
     "0123456789012345678901234567890123456789012345678901234567890123"},
};

START_TEST(test_hostname)
{
	struct syslog_message f;

	syslog_message_set_hostname(&f, hostnames[_i].name);
	ck_assert_str_eq(f.hostname, hostnames[_i].hostname);
}
END_TEST

static const struct {
	const char *json, *begins;
} headers[] = {
    {"not json", "<134>1 - h sekisho 1 - [sekisho@32473 sev=\"0\" seq=\"1\"] " BOM},
    {"{\"sekisho\":{\"level\":\"high\"}}",
     "<131>1 - h sekisho 1 - [sekisho@32473 sev=\"0\" level=\"high\" seq=\"1\"] " BOM},
    {"{\"sekisho\":{\"level\":\"medium\",\"rule_id\":\"a\\\"b\\\\c]d e\"}}",
     "<132>1 - h sekisho 1 a\"b\\c]d-e [sekisho@32473 rule=\"a\\\"b\\\\c\\]d e\" sev=\"0\" level=\"medium\" "
     "seq=\"1\"] " BOM},
    {"{\"timestamp\":\"2026-11-22T09:14:00.5+0900\",\"sekisho\":{\"level\":\"low\"}}",
     "<133>1 2026-11-22T09:14:00.5+09:00 h sekisho 1 - [sekisho@32473 sev=\"0\" level=\"low\" seq=\"1\"] " BOM},
    {"{\"timestamp\":\"yesterday\"}", "<134>1 - h sekisho 1 - [sekisho@32473 sev=\"0\" seq=\"1\"] " BOM},
    {"{\"sekisho\":{\"rule_id\":\"SKS-0123456789012345678901234567890123456789\"}}",
     "<134>1 - h sekisho 1 SKS-0123456789012345678901234567 [sekisho@32473 rule="},
};

START_TEST(test_headers)
{
	struct syslog_message f = {.payload = SYSLOG_CEF, .max_bytes = 1024, .pid = 1, .hostname = "h"};
	struct delivery d = {.seq = 1, .json = headers[_i].json, .len = strlen(headers[_i].json)};
	char line[2048];
	bool truncated;

	format(&f, &d, line, &truncated);
	ck_assert_msg(strncmp(line, headers[_i].begins, strlen(headers[_i].begins)) == 0, "%s", line);
}
END_TEST

/* CEF itself is checked in test_cef; here what is around it. */
START_TEST(test_cef_at_every_budget)
{
	struct syslog_message f = {.payload = SYSLOG_CEF, .pid = 4711};
	char line[2100];
	bool truncated;

	syslog_message_set_hostname(&f, "kansai-1");
	for (f.max_bytes = 240; f.max_bytes <= 2000; f.max_bytes++) {
		size_t n = format(&f, &row, line, &truncated);
		ck_assert_msg(text_is_utf8(span_str(line)), "no UTF-8 at %zu", f.max_bytes);
		const char *cef = strstr(line, " " BOM "CEF:0|");
		ck_assert_msg(cef != NULL, "no CEF at %zu: %s", f.max_bytes, line);
		ck_assert_msg(strstr(cef, "externalId=01M808TX00ZA5566YBK8MD0J5K") != NULL, "no id at %zu: %s",
			      f.max_bytes, line);
		ck_assert_msg(truncated == (strstr(cef, "sekishoTruncated=1") != NULL), "at %zu: %s", f.max_bytes,
			      line);
		ck_assert_msg(!truncated || n > f.max_bytes / 2, "at %zu only %zu bytes are used", f.max_bytes, n);
	}
	ck_assert(!truncated);
}
END_TEST

/* Whatever is cut: valid JSON, with ids, and it says so. */
static void check_json(const char *text, enum syslog_payload payload, size_t budget, bool truncated)
{
	json_t *o = json_loads(text, JSON_DECODE_INT_AS_REAL | JSON_REJECT_DUPLICATES, NULL);

	ck_assert_msg(o != NULL, "no JSON at %zu: %s", budget, text);
	const json_t *s = json_object_get(o, "sekisho"), *event = json_object_get(o, "event");
	const char *id = payload == SYSLOG_ECS ? json_string_value(json_object_get(event, "id"))
					       : json_string_value(json_object_get(s, "alert_id"));
	const char *rule = payload == SYSLOG_ECS ? json_string_value(json_object_get(event, "code"))
						 : json_string_value(json_object_get(s, "rule_id"));
	ck_assert_msg(id && strcmp(id, "01M808TX00ZA5566YBK8MD0J5K") == 0, "no id at %zu: %s", budget, text);
	ck_assert_msg(rule && strcmp(rule, "SKS-MB-05") == 0, "no rule at %zu: %s", budget, text);
	ck_assert_msg(json_is_true(json_object_get(s, "truncated")) == truncated, "at %zu: %s", budget, text);
	json_decref(o);
}

static const struct {
	enum syslog_payload payload;
	size_t least_before; /* the smallest budget at which something is said is below this */
} json_payloads[] = {{SYSLOG_EVE, 240}, {SYSLOG_ECS, 340}};

START_TEST(test_json_at_every_budget)
{
	struct syslog_message f = {.payload = json_payloads[_i].payload, .pid = 4711};
	char line[4096];
	bool truncated;
	size_t least = 0;

	syslog_message_set_hostname(&f, "kansai-1");
	for (f.max_bytes = 200; f.max_bytes <= 3600; f.max_bytes++) {
		format(&f, &row, line, &truncated);
		const char *text = strstr(line, " " BOM);
		ck_assert_msg(text != NULL, "no message at %zu: %s", f.max_bytes, line);
		if (!text[4])
			continue; /* not even the ids fit */
		least = least ? least : f.max_bytes;
		check_json(text + 4, f.payload, f.max_bytes, truncated);
	}
	ck_assert_uint_lt(least, json_payloads[_i].least_before);
	ck_assert_uint_gt(least, 0);
	ck_assert(!truncated);
	ck_assert(f.payload != SYSLOG_EVE || strstr(line, ALERT_TEXT));
}
END_TEST

/* An incident with @steps, as long as they get; or, with 0, an alert with a member that no list names. */
static char *incident(int steps)
{
	size_t size = 4096 + (size_t)steps * 1024, n = 0;
	char *json = calloc(1, size);

	ck_assert_ptr_nonnull(json);
	n += (size_t)snprintf(
	    json + n, size - n,
	    "{\"timestamp\":\"2026-11-22T00:14:00.000001+0000\",\"event_type\":\"%s\",\"host\":\"kansai-1\","
	    "\"src_ip\":\"192.168.2.14\",\"sekisho\":{\"v\":1,\"alert_id\":\"01M808TX00ZA5566YBK8MD0J5K\","
	    "\"rule_id\":\"SKS-INCIDENT\",\"title_ja\":\"インシデント\",\"level\":\"critical\",",
	    steps ? "incident" : "alert");
	if (steps == 0)
		n += (size_t)snprintf(json + n, size - n, "\"later\":\"%01500d\",", 7);
	n += (size_t)snprintf(json + n, size - n, "\"reason\":\"%0300d\",\"timeline\":[", 7);
	for (int i = 0; i < steps; i++)
		n += (size_t)snprintf(
		    json + n, size - n,
		    "%s{\"at\":\"2026-11-22T00:14:00.000001+0000\",\"stage\":\"acted\",\"level\":\"critical\","
		    "\"rule_id\":\"SKS-MB-05\",\"alert_id\":\"01M808TX00ZA5566YBK8MD0J5K\",\"title_ja\":\"%0200d\","
		    "\"title_en\":\"%0200d\",\"dest\":\"プレス1号機\",\"dest_ip\":\"192.168.3.10\"}",
		    i ? "," : "", 1, 2);
	snprintf(json + n, size - n,
		 "],\"timeline_left_out\":%d,\"count\":10,\"state\":\"open\",\"change\":\"update\"}}", steps);
	return json;
}

/* However much there is to say, and however little room: never an empty message, always the ids. */
START_TEST(test_an_incident_at_every_budget)
{
	static const int steps[] = {0, 1, 3, 10, 100};
	static const size_t budgets[] = {480, 1024, 8192};
	static const char *const ids[] = {[SYSLOG_CEF] = "CEF:0|sekisho|sekisho||SKS-INCIDENT|",
					  [SYSLOG_LEEF] = "|SKS-INCIDENT|^|",
					  [SYSLOG_EVE] = "\"rule_id\":\"SKS-INCIDENT\"",
					  [SYSLOG_ECS] = "\"code\":\"SKS-INCIDENT\""};
	char *json = incident(steps[_i / 8]), line[8300], name[65];
	struct delivery d = {.seq = 1, .json = json, .len = strlen(json)};
	struct syslog_message f = {.payload = (enum syslog_payload)(_i % 4),
				   .header = _i / 4 % 2 ? SYSLOG_RFC3164 : SYSLOG_RFC5424,
				   .pid = 2147483647};
	bool truncated;

	memset(name, 'h', sizeof(name));
	name[64] = '\0';
	syslog_message_set_hostname(&f, name);
	for (int i = 0; i < 3; i++) {
		f.max_bytes = budgets[i];
		format(&f, &d, line, &truncated);
		const char *text = strstr(line, f.header == SYSLOG_RFC3164 ? "]: " : BOM) + 3;
		ck_assert_msg(strstr(text, ids[f.payload]) && strstr(text, "01M808TX00ZA5566YBK8MD0J5K"), "%d, %zu: %s",
			      _i, f.max_bytes, line);
		ck_assert(truncated == (strstr(text, "runcated\":true") || strstr(text, "runcated=1")));
		json_t *o = json_loads(text, 0, NULL);
		ck_assert_msg(o != NULL || f.payload == SYSLOG_CEF || f.payload == SYSLOG_LEEF, "%s", line);
		json_decref(o);
	}
	free(json);
}
END_TEST

/* What goes first: where the packets lie, remedy, English title, details; the Japanese title after them. */
START_TEST(test_what_goes_first)
{
	static const char *const in_order[] = {"x.pcap",      "Ask before", "force listen",
					       "\"request\"", "T0855",      "強制リッスン"};
	struct syslog_message f = {.payload = SYSLOG_EVE, .pid = 1, .hostname = "h"};
	char line[4096];
	bool truncated;
	int gone = 0;

	for (f.max_bytes = 3600; f.max_bytes >= 480; f.max_bytes--) {
		format(&f, &row, line, &truncated);
		for (int i = gone; i < 6; i++) {
			if (!strstr(line, in_order[i])) {
				ck_assert_msg(i == gone, "%s goes before %s", in_order[i], in_order[gone]);
				gone++;
			}
		}
	}
	ck_assert_int_eq(gone, 6);
}
END_TEST

static const struct {
	const char *json, *line;
	int offset_s;
} old_headers[] = {
    {"{\"timestamp\":\"2026-11-22T00:14:00.000001+0000\",\"sekisho\":{\"level\":\"critical\"}}",
     "<130>Nov 22 09:14:00 h sekisho[1]: ", 32400},
    {"{\"timestamp\":\"2026-11-01T23:14:00.000001+0900\",\"sekisho\":{\"level\":\"high\"}}",
     "<131>Nov  1 14:14:00 h sekisho[1]: ", 0},
    {"{\"timestamp\":\"2026-01-01T00:14:00.000001+0000\"}", "<134>Dec 31 21:14:00 h sekisho[1]: ", -10800},
    {"nothing", "<134>h sekisho[1]: ", 32400},
};

START_TEST(test_rfc3164)
{
	struct syslog_message f = {.header = SYSLOG_RFC3164,
				   .max_bytes = 1024,
				   .pid = 1,
				   .hostname = "h",
				   .offset_s = old_headers[_i].offset_s};
	struct delivery d = {.seq = 1, .json = old_headers[_i].json, .len = strlen(old_headers[_i].json)};
	char line[2048];
	bool truncated;

	format(&f, &d, line, &truncated);
	ck_assert_msg(strncmp(line, old_headers[_i].line, strlen(old_headers[_i].line)) == 0, "%s", line);
	ck_assert_ptr_null(strstr(line, BOM));
}
END_TEST

START_TEST(test_without_bom)
{
	struct syslog_message f = {.max_bytes = 1024, .pid = 1, .hostname = "h", .no_bom = true};
	char line[2048];
	bool truncated;

	format(&f, &row, line, &truncated);
	ck_assert_ptr_null(strstr(line, BOM));
	ck_assert_ptr_nonnull(strstr(line, "] CEF:0|"));
}
END_TEST

START_TEST(test_leef_at_every_budget)
{
	struct syslog_message f = {.payload = SYSLOG_LEEF, .pid = 4711, .hostname = "h"};
	static const char begins[] =
	    BOM "LEEF:2.0|sekisho|sekisho|0.1.0|SKS-MB-05|^|sekishoId=01M808TX00ZA5566YBK8MD0J5K";
	char line[4096];
	bool truncated;

	for (f.max_bytes = 260; f.max_bytes <= 2000; f.max_bytes++) {
		format(&f, &row, line, &truncated);
		ck_assert_msg(text_is_utf8(span_str(line)), "no UTF-8 at %zu", f.max_bytes);
		char *leef = strstr(line, begins);
		ck_assert_msg(leef != NULL, "at %zu: %s", f.max_bytes, line);
		ck_assert_msg(truncated == (strstr(leef, "^sekishoTruncated=1") != NULL), "at %zu: %s", f.max_bytes,
			      line);
		for (char *pair = strtok(strstr(leef, "|^|") + 3, "^"); pair; pair = strtok(NULL, "^")) {
			size_t key = strspn(pair, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
			ck_assert_msg(key > 0 && pair[key] == '=' && pair[key + 1], "at %zu: %s", f.max_bytes, pair);
			for (const char *c = pair; *c; c++)
				ck_assert_msg((unsigned char)*c >= 0x20 && *c != 0x7f, "a control: %s", pair);
		}
	}
	ck_assert(!truncated);
	format(&f, &row, line, &truncated);
	static const char *const pairs[] = {"^src=192.168.2.14^dst=192.168.3.10^srcPort=50096^dstPort=502^proto=tcp^",
					    "^devTime=1795306440000^sev=9^",
					    "^sekishoZones=office>line1^",
					    "^sekishoCount=10^",
					    "^sekishoAttack=T0814,T0855^",
					    "^sekishoUsage=control/production^"};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		ck_assert_msg(strstr(line, pairs[i]) != NULL, "%s is not in %s", pairs[i], line);
}
END_TEST

/* LEEF has no escapes. */
START_TEST(test_leef_separator)
{
	static const char json[] = "{\"sekisho\":{\"rule_id\":\"a|b^c\",\"title_ja\":\"a^b\\nc|d=e\"}}";
	struct syslog_message f = {.payload = SYSLOG_LEEF, .max_bytes = 1024, .pid = 1, .hostname = "h"};
	struct delivery d = {.seq = 1, .json = json, .len = sizeof(json) - 1};
	char line[2048];
	bool truncated;

	format(&f, &d, line, &truncated);
	ck_assert_msg(strstr(line, "|a b c|^|") && strstr(line, "^msg=a b c|d=e^"), "%s", line);
}
END_TEST

/* The names that ECS gives things. */
START_TEST(test_ecs)
{
	struct syslog_message f = {.payload = SYSLOG_ECS, .max_bytes = 8000, .pid = 1, .hostname = "h"};
	static const char *const members[] = {
	    "{\"@timestamp\":\"2026-11-22T00:14:00.000001Z\",\"ecs\":{\"version\":\"8.11.0\"},\"event\":{\"kind\":"
	    "\"alert\",",
	    "\"category\":[\"intrusion_detection\",\"network\"],\"type\":[\"info\"]",
	    "\"id\":\"01M808TX00ZA5566YBK8MD0J5K\",\"code\":\"SKS-MB-05\",\"action\":\"update\",\"severity\":90,\"risk_"
	    "score\":90,"
	    "\"severity_tags\":[\"critical\"],\"start\":\"2026-11-22T00:13:59.999000Z\"",
	    "\"threat\":{\"framework\":\"MITRE ATT&CK for ICS\",\"technique\":{\"id\":[\"T0814\",\"T0855\"],\"name\":"
	    "[\"Denial of Service\",\"Unauthorized Command Message\"]},"
	    "\"tactic\":{\"id\":[\"TA0107\",\"TA0106\"],\"name\":[\"Inhibit Response Function\",\"Impair Process "
	    "Control\"]}}",
	    "\"network\":{\"transport\":\"tcp\",\"protocol\":\"modbus\",\"direction\":\"internal\","
	    "\"community_id\":\"1:wCb3OG7yAFWelaUydu0D+"
	    "125CLM=\","
	    "\"vlan\":{\"id\":\"20\"}}",
	    "\"source\":{\"ip\":\"192.168.2.14\",\"port\":50096,\"mac\":\"00-80-F4-00-00-01\",\"device\":{\"name\":"
	    "\"192.168.2.14\"},"
	    "\"segment\":{\"name\":\"office\"}}",
	    "\"destination\":{\"ip\":\"192.168.3.10\",\"port\":502,\"mac\":\"00-80-F4-00-00-02\"",
	    "\"type\":\"ids\",\"vendor\":\"sekisho\"",
	    "\"ingress\":{\"vlan\":{\"id\":\"20\"},\"interface\":{\"name\":\"eth1\"}}",
	    "\"related\":{\"ip\":[\"192.168.2.14\",\"192.168.3.10\"]",
	    "\"record\":{\"modbus\":{\"unit_id\":17,\"request\":{\"address\":107}}}",
	};
	char line[8192];
	bool truncated;

	format(&f, &row, line, &truncated);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		ck_assert_msg(strstr(line, members[i]) != NULL, "%s is not in %s", members[i], line);
	ck_assert(!truncated);
	ck_assert_ptr_null(strstr(line, "fingerprint\":null"));
}
END_TEST

static const struct {
	const char *src, *dest, *direction;
} directions[] = {
    {"cell", "office", "internal"}, {"cell", "internet", "outbound"},     {"internet", "cell", "inbound"},
    {"cell", "unknown", NULL},      {"internet", "internet", "external"}, {"", "", NULL},
};

START_TEST(test_ecs_direction)
{
	static const char form[] = "{\"sekisho\":{\"src\":{\"zone\":\"%s\"},\"dest\":{\"zone\":\"%s\"}}}";
	char json[128], line[2048], want[64];
	struct alert_view v;
	bool truncated;

	int n = snprintf(json, sizeof(json), form, directions[_i].src, directions[_i].dest);
	ck_assert(alert_view_open(&v, json, (size_t)n));
	line[ecs_format(&v, line, sizeof(line) - 1, &truncated)] = '\0';
	alert_view_close(&v);
	snprintf(want, sizeof(want), "\"network\":{\"direction\":\"%s\"}",
		 directions[_i].direction ? directions[_i].direction : "");
	ck_assert_msg((strstr(line, want) != NULL) == (directions[_i].direction != NULL), "%s: %s", want, line);
	ck_assert_msg((strstr(line, "direction") != NULL) == (directions[_i].direction != NULL), "%s", line);
}
END_TEST

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct {
	const char *level, *zone, *rule;
	bool passes;
} filtered[] = {
    {"critical", NULL, NULL, true},       {"high", NULL, NULL, true},        {"medium", "line1", NULL, true},
    {"low", "office", "SKS-MB-05", true}, {"info", "line2", NULL, false},    {"info", "li*", NULL, true},
    {"info", NULL, "SKS-MB-*", true},     {"info", NULL, "SKS-UA-*", false}, {"info", "line1", "SKS-PO-01", false},
};

START_TEST(test_filter)
{
	struct syslog_options o = {.level = filtered[_i].level,
				   .zones = filtered[_i].zone ? LIST("nowhere", filtered[_i].zone) : NULL,
				   .rules = filtered[_i].rule ? LIST("SKS-XX-01", filtered[_i].rule) : NULL};
	struct syslog_filter f;
	struct alert_view v;

	ck_assert_int_eq(syslog_filter_init(&f, &o), 0);
	ck_assert(alert_view_open(&v, row.json, row.len));
	ck_assert_int_eq(syslog_filter_passes(&f, &v), filtered[_i].passes);
	alert_view_close(&v);
	syslog_filter_free(&f);
}
END_TEST

START_TEST(test_filter_by_level)
{
	static const char *const levels[] = {"critical", "high", "medium", "low", "info"};
	struct syslog_filter f;
	struct alert_view v;
	char json[64];

	for (int least = 0; least < 5; least++) {
		ck_assert_int_eq(syslog_filter_init(&f, &(struct syslog_options){.level = levels[least]}), 0);
		for (int level = 0; level < 5; level++) {
			int n = snprintf(json, sizeof(json), "{\"sekisho\":{\"level\":\"%s\"}}", levels[level]);
			ck_assert(alert_view_open(&v, json, (size_t)n));
			ck_assert_int_eq(syslog_filter_passes(&f, &v), level <= least);
			alert_view_close(&v);
		}
		(void)alert_view_open(&v, "broken", 6);
		ck_assert(syslog_filter_passes(&f, &v));
		alert_view_close(&v);
		syslog_filter_free(&f);
	}
}
END_TEST

/* Everything of the last three seconds comes again, and not everything there is. */
START_TEST(test_lately)
{
	static const int64_t steps_ms[] = {1, 7, 50, 100, 250, 1000, 2900, 3500};
	struct syslog_lately l = {.n = 0};
	int64_t step = steps_ms[_i] * NS_PER_MS, now = 5 * NS_PER_S;
	uint64_t seq = 1000;

	ck_assert_uint_eq(syslog_lately_go_on(&l, now, seq), seq);
	for (int i = 0; i < 5000; i++, now += step)
		syslog_lately_mark(&l, now, seq++);
	now -= step; /* row n was sent at now - (seq - n) * step */
	uint64_t again = seq - syslog_lately_go_on(&l, now, seq), needed = (uint64_t)(SYSLOG_LATELY_NS / step) + 1;
	ck_assert_uint_ge(again, needed);
	ck_assert_uint_le(again, (uint64_t)((SYSLOG_LATELY_NS + 250 * NS_PER_MS) / step) + 1);
	/* later, nothing */
	ck_assert_uint_eq(syslog_lately_go_on(&l, now + 10 * NS_PER_S, seq), seq);
}
END_TEST

/* The same after the first broken connection, and every other: wherever in the ring the marks begin by then. */
START_TEST(test_lately_on_later_connections)
{
	struct syslog_lately l = {.n = 0};
	int64_t now = 5 * NS_PER_S;
	uint64_t seq = 1000;

	for (int connection = 0; connection < 40; connection++, now += NS_PER_S) {
		uint64_t first = seq;
		for (int i = 0; i <= connection % 7; i++, now += 200 * NS_PER_MS)
			syslog_lately_mark(&l, now, seq++);
		ck_assert_uint_eq(syslog_lately_go_on(&l, now, seq), first);
		syslog_lately_forget(&l);
		ck_assert_uint_eq(syslog_lately_go_on(&l, now, seq), seq);
	}
}
END_TEST

/* ---- transports */

static int listen_on(int type, char address[static 32])
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 4), 0);
	snprintf(address, 32, "127.0.0.1:%u", ntohs(at.sin_port));
	return fd;
}

static struct sink *new_sink(const struct syslog_options *o)
{
	struct sink *s;
	struct complaint c = {""};

	ck_assert_msg(sink_syslog_new(&s, o, &c) == 0, "%s", c.text);
	return s;
}

static void three_rows(struct delivery rows[3])
{
	for (unsigned i = 0; i < 3; i++) {
		rows[i] = row;
		rows[i].seq = i + 1;
	}
}

START_TEST(test_udp)
{
	char address[32], got[4096];
	int fd = listen_on(SOCK_DGRAM, address), retry_ms = 0;
	struct sink *s =
	    new_sink(&(struct syslog_options){.transport = SYSLOG_UDP, .address = address, .hostname = "h"});
	struct delivery rows[3];

	three_rows(rows);
	ck_assert_int_eq(s->ops->deliver(s, rows, 3, &retry_ms), 3);
	for (int i = 0; i < 3; i++) {
		ssize_t n = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);
		ck_assert_int_gt(n, 0);
		ck_assert_int_le(n, 1024);
		got[n] = '\0';
		ck_assert_ptr_nonnull(strstr(got, "sekishoTruncated=1"));
	}
	ck_assert_uint_eq(sink_count(s).truncated, 3);
	/* nobody listens any more: told by ICMP at the second datagram */
	close(fd);
	int done = s->ops->deliver(s, rows, 3, &retry_ms);
	ck_assert_int_lt(done, 3);
	ck_assert_int_gt(retry_ms, 0);
	s->ops->close(s);
}
END_TEST

START_TEST(test_unix)
{
	char dir[64], path[80], got[9000];
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct delivery rows[3];
	int retry_ms = 0;

	snprintf(path, sizeof(path), "%s/log", test_dir(dir));
	struct sink *s =
	    new_sink(&(struct syslog_options){.transport = SYSLOG_UNIX, .address = path, .payload = SYSLOG_EVE});
	three_rows(rows);
	ck_assert_int_eq(s->ops->deliver(s, rows, 3, &retry_ms), 0); /* nobody there yet */
	ck_assert_int_gt(retry_ms, 0);
	usleep(600000);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	memcpy(at.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	retry_ms = 0;
	ck_assert_int_eq(s->ops->deliver(s, rows, 3, &retry_ms), 3);
	ssize_t n = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);
	ck_assert_int_gt(n, 0);
	got[n] = '\0';
	ck_assert_ptr_nonnull(strstr(got, ALERT_TEXT));
	s->ops->close(s);
	close(fd);
	test_dir_remove(dir);
}
END_TEST

/* Reads what is there until it pauses. */
static size_t drain(int fd, char *buf, size_t size)
{
	size_t len = 0;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (len + 1 < size && poll(&p, 1, 200) > 0) {
		ssize_t n = recv(fd, buf + len, size - len - 1, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	buf[len] = '\0';
	return len;
}

START_TEST(test_tcp_framing)
{
	bool newline = _i;
	char address[32], got[16384];
	int fd = listen_on(SOCK_STREAM, address), retry_ms = 0, peer, n = 0;
	struct sink *s = new_sink(&(struct syslog_options){
	    .transport = SYSLOG_TCP, .address = address, .newline_framing = newline, .hostname = "h"});
	struct delivery rows[3];

	three_rows(rows);
	ck_assert_int_eq(s->ops->deliver(s, rows, 3, &retry_ms),
			 3); /* acknowledged by the kernel, though not yet accepted */
	ck_assert(sink_count(s).connected);
	peer = accept(fd, NULL, NULL);
	drain(peer, got, sizeof(got));
	for (char *at = got; *at; n++) {
		size_t len;
		if (newline) {
			len = strcspn(at, "\n");
			ck_assert_int_eq(at[len], '\n');
			ck_assert_int_eq(strncmp(at, "<130>1 ", 7), 0);
			at += len + 1;
		} else {
			len = strtoul(at, &at, 10);
			ck_assert_int_eq(*at++, ' ');
			ck_assert_uint_ge(strlen(at), len);
			ck_assert_int_eq(strncmp(at, "<130>1 ", 7), 0);
			at += len;
		}
	}
	ck_assert_int_eq(n, 3);
	close(peer);
	close(fd);
	s->ops->close(s);
}
END_TEST

/* What a filter holds back counts as delivered, and is sent nowhere. */
START_TEST(test_tcp_filters)
{
	char address[32], got[16384];
	int fd = listen_on(SOCK_STREAM, address), retry_ms = 0;
	struct sink *s = new_sink(&(struct syslog_options){
	    .transport = SYSLOG_TCP, .address = address, .newline_framing = true, .rules = LIST("SKS-MB-05")});
	static const char other[] = "{\"sekisho\":{\"rule_id\":\"SKS-MB-06\",\"level\":\"high\"}}";
	struct delivery rows[3];

	three_rows(rows);
	rows[1].json = other;
	rows[1].len = sizeof(other) - 1;
	ck_assert_int_eq(s->ops->deliver(s, rows, 3, &retry_ms), 3);
	ck_assert_uint_eq(sink_count(s).filtered, 1);
	int peer = accept(fd, NULL, NULL), lines = 0;
	drain(peer, got, sizeof(got));
	ck_assert_ptr_null(strstr(got, "SKS-MB-06"));
	for (const char *at = got; (at = strchr(at, '\n')); at++)
		lines++;
	ck_assert_int_eq(lines, 2);
	close(peer);
	close(fd);
	s->ops->close(s);
}
END_TEST

/* The peer's kernel acknowledges what its reader never sees: what was sent a moment before the end comes again. */
START_TEST(test_tcp_goes_back_a_moment)
{
	char address[32];
	int fd = listen_on(SOCK_STREAM, address), retry_ms = 0;
	struct linger reset = {.l_onoff = 1};
	struct delivery rows[3], later[3];
	struct sink *s = new_sink(&(struct syslog_options){.transport = SYSLOG_TCP, .address = address});

	three_rows(rows);
	three_rows(later);
	for (unsigned i = 0; i < 3; i++)
		later[i].seq = 4 + i;
	s->positioned = true;
	ck_assert_int_eq(s->ops->deliver(s, rows, 3, &retry_ms), 3);
	sink_stand(s, 3);
	usleep(3500000); /* longer than what comes again */
	ck_assert_int_eq(s->ops->deliver(s, later, 3, &retry_ms), 3);
	sink_stand(s, 6);
	int peer = accept(fd, NULL, NULL);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(peer);
	usleep(10000);
	later[0].seq = 7;
	ck_assert_int_eq(s->ops->deliver(s, later, 1, &retry_ms), 0);
	ck_assert_int_gt(retry_ms, 0);
	ck_assert(!s->positioned);
	ck_assert_uint_eq(sink_count(s).after_seq, 3);
	close(fd);
	s->ops->close(s);
}
END_TEST

START_TEST(test_tcp_waits_for_the_peer)
{
	static char got[2000000];
	char address[32];
	int fd = listen_on(SOCK_STREAM, address), peer, retry_ms = 0, tiny = 4096, round = 0, done;
	struct delivery rows[64];
	struct sink *s = new_sink(&(struct syslog_options){
	    .transport = SYSLOG_TCP, .address = address, .payload = SYSLOG_EVE, .max_bytes = 65000});

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny)), 0);
	char *big = malloc(60000);
	memset(big, ' ', 60000);
	memcpy(big, ALERT_TEXT, sizeof(ALERT_TEXT) - 1); /* blanks behind the object are JSON as well */
	for (unsigned i = 0; i < 64; i++)
		rows[i] = (struct delivery){.seq = i + 1, .json = big, .len = 30000};
	/* the peer does not read: nothing counts as delivered, no call takes long, and after ten seconds we say so */
	int64_t start = when_monotonic_ns();
	while (sink_count(s).connected || round == 0) {
		retry_ms = 0;
		int64_t began = when_monotonic_ns();
		ck_assert_int_eq(s->ops->deliver(s, rows, 64, &retry_ms), 0);
		ck_assert_int_gt(retry_ms, 0);
		ck_assert_int_lt(when_monotonic_ns() - began, 4 * NS_PER_S);
		ck_assert_int_lt(when_monotonic_ns() - start, 30 * NS_PER_S);
		round++;
	}
	ck_assert_int_gt(when_monotonic_ns() - start, 9 * NS_PER_S);
	ck_assert_int_gt(round, 1);
	peer = accept(fd, NULL, NULL);
	size_t len = 0;
	for (done = 0; done == 0 && round < 200; round++) {
		len += drain(peer, got + len, sizeof(got) - len);
		done = s->ops->deliver(s, rows, 64, &retry_ms);
	}
	ck_assert_int_eq(done, 64);
	len += drain(peer, got + len, sizeof(got) - len);
	ck_assert(sink_count(s).connected);
	int messages = 0;
	for (char *at = got; (at = strstr(at, "<130>1 ")) != NULL; at++)
		messages++;
	ck_assert_int_eq(messages, 64); /* one connection: each just once */
	free(big);
	close(peer);
	close(fd);
	s->ops->close(s);
}
END_TEST

/* A road that breaks before anything can count: less is sent at once, and counts when the connection has outlived it.
 */
START_TEST(test_tcp_on_a_road_that_breaks)
{
	char address[32], got[131072];
	int fd = listen_on(SOCK_STREAM, address), retry_ms = 0, done = 0;
	struct linger reset = {.l_onoff = 1};
	struct delivery rows[64];
	struct sink *s = new_sink(&(struct syslog_options){.transport = SYSLOG_TCP, .address = address});

	for (unsigned i = 0; i < 64; i++) {
		rows[i] = row;
		rows[i].seq = i + 1;
	}
	for (int cut = 0; cut < 3; cut++) {
		retry_ms = 0;
		(void)s->ops->deliver(s, rows, 64, &retry_ms);
		int peer = accept(fd, NULL, NULL);
		setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(peer);
		usleep(10000);
		ck_assert_int_eq(s->ops->deliver(s, rows, 64, &retry_ms), 0);
		ck_assert_uint_eq(sink_count(s).after_seq, 0);
		ck_assert(!s->positioned);
		usleep((useconds_t)retry_ms * 1000);
	}
	int64_t began = when_monotonic_ns();
	(void)s->ops->deliver(s, rows, 64, &retry_ms);
	int peer = accept(fd, NULL, NULL);
	while ((done = s->ops->deliver(s, rows, 64, &retry_ms)) == 0 && when_monotonic_ns() - began < 10 * NS_PER_S)
		usleep(10000);
	ck_assert_int_eq(done, 8);
	ck_assert_int_gt(when_monotonic_ns() - began, 150 * NS_PER_MS);
	drain(peer, got, sizeof(got));
	int messages = 0;
	for (char *at = got; (at = strstr(at, "<130>1 ")) != NULL; at++)
		messages++;
	ck_assert_int_eq(messages, 8);
	close(peer);
	close(fd);
	s->ops->close(s);
}
END_TEST

START_TEST(test_tcp_sends_again_after_a_reset)
{
	char address[32], got[16384];
	int fd = listen_on(SOCK_STREAM, address), peer, retry_ms = 0;
	struct linger reset = {.l_onoff = 1};
	struct delivery rows[3];
	struct sink *s = new_sink(&(struct syslog_options){.transport = SYSLOG_TCP, .address = address});

	three_rows(rows);
	ck_assert_int_eq(s->ops->deliver(s, NULL, 0, &retry_ms), 0);
	peer = accept(fd, NULL, NULL);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(peer);
	usleep(10000);
	ck_assert_int_eq(s->ops->deliver(s, rows, 3, &retry_ms), 0);
	ck_assert_int_gt(retry_ms, 0);
	usleep((useconds_t)retry_ms * 1000);
	retry_ms = 0;
	ck_assert_int_eq(s->ops->deliver(s, rows, 3, &retry_ms), 3);
	peer = accept(fd, NULL, NULL);
	ck_assert_uint_gt(drain(peer, got, sizeof(got)), 0);
	close(peer);
	close(fd);
	s->ops->close(s);
}
END_TEST

static const struct {
	enum syslog_transport transport;
	const char *address;
	int max_bytes;
	bool good;
	const char *name;
} options[] = {
    {SYSLOG_UDP, "192.0.2.1:514", 0, true, "syslog:udp:192.0.2.1:514"},
    {SYSLOG_TCP, "[fd00::1]:6514", 480, true, "syslog:tcp:[fd00::1]:6514"},
    {SYSLOG_TCP, "[fd00::1]", 0, true, "syslog:tcp:[fd00::1]"},
    {SYSLOG_UDP, "loghost", 0, true, "syslog:udp:loghost"},
    {SYSLOG_UNIX, "/dev/log", 0, true, "syslog:unix:/dev/log"},
    {SYSLOG_UDP, "", 0, false, NULL},
    {SYSLOG_UDP, ":514", 0, false, NULL},
    {SYSLOG_UDP, "h:", 0, false, NULL},
    {SYSLOG_UDP, "h:0", 0, false, NULL},
    {SYSLOG_UDP, "h:65536", 0, false, NULL},
    {SYSLOG_UDP, "h:5x", 0, false, NULL},
    {SYSLOG_UDP, "fd00::1:514", 0, false, NULL},
    {SYSLOG_UDP, "[fd00::1", 0, false, NULL},
    {SYSLOG_UDP, "[fd00::1]514", 0, false, NULL},
    {SYSLOG_UNIX, "dev/log", 0, false, NULL},
    {SYSLOG_UDP, "h:514", 479, false, NULL},
    {SYSLOG_TCP, "h:514", 65001, false, NULL},
};

START_TEST(test_options)
{
	struct sink *s;
	struct complaint c = {""};
	int err = sink_syslog_new(&s,
				  &(struct syslog_options){.transport = options[_i].transport,
							   .address = options[_i].address,
							   .max_bytes = options[_i].max_bytes},
				  &c);

	ck_assert_msg((err == 0) == options[_i].good, "%s: %d %s", options[_i].address, err, c.text);
	if (err == 0) {
		ck_assert_str_eq(s->name, options[_i].name);
		s->ops->close(s);
	} else {
		ck_assert_ptr_null(s);
		ck_assert_str_ne(c.text, "");
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("syslog");
	TCase *f = tcase_create("format"), *t = tcase_create("transport");

	tcase_set_timeout(f, 60);
	tcase_add_test(f, test_header_and_structured_data);
	tcase_add_loop_test(f, test_hostname, 0, sizeof(hostnames) / sizeof(hostnames[0]));
	tcase_add_loop_test(f, test_headers, 0, sizeof(headers) / sizeof(headers[0]));
	tcase_add_test(f, test_cef_at_every_budget);
	tcase_add_loop_test(f, test_json_at_every_budget, 0, sizeof(json_payloads) / sizeof(json_payloads[0]));
	tcase_add_loop_test(f, test_an_incident_at_every_budget, 0, 5 * 8);
	tcase_add_test(f, test_what_goes_first);
	tcase_add_loop_test(f, test_rfc3164, 0, sizeof(old_headers) / sizeof(old_headers[0]));
	tcase_add_test(f, test_without_bom);
	tcase_add_test(f, test_leef_at_every_budget);
	tcase_add_test(f, test_leef_separator);
	tcase_add_test(f, test_ecs);
	tcase_add_loop_test(f, test_ecs_direction, 0, sizeof(directions) / sizeof(directions[0]));
	tcase_add_loop_test(f, test_filter, 0, sizeof(filtered) / sizeof(filtered[0]));
	tcase_add_test(f, test_filter_by_level);
	tcase_add_loop_test(f, test_lately, 0, 8);
	tcase_add_test(f, test_lately_on_later_connections);
	suite_add_tcase(s, f);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_udp);
	tcase_add_test(t, test_unix);
	tcase_add_loop_test(t, test_tcp_framing, 0, 2);
	tcase_add_test(t, test_tcp_filters);
	tcase_add_test(t, test_tcp_goes_back_a_moment);
	tcase_add_test(t, test_tcp_waits_for_the_peer);
	tcase_add_test(t, test_tcp_on_a_road_that_breaks);
	tcase_add_test(t, test_tcp_sends_again_after_a_reset);
	tcase_add_loop_test(t, test_options, 0, sizeof(options) / sizeof(options[0]));
	suite_add_tcase(s, t);
	return run_suite(s);
}
