#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert_text.h"
#include "base/text.h"
#include "run_suite.h"
#include "sinks/cef.h"

/* What a reader of CEF makes of a line: header fields and key=value pairs, unescaped. */
struct parsed {
	char header[7][1024];
	int n;
	char keys[64][64], values[64][2048];
};

static const char *take_header_field(const char *at, char *out)
{
	while (*at && *at != '|') {
		if (*at == '\\') {
			at++;
			ck_assert_msg(*at == '\\' || *at == '|', "a stray escape in the header: %s", at);
		}
		*out++ = *at++;
	}
	*out = '\0';
	ck_assert_msg(*at == '|', "the header ends too early");
	return at + 1;
}

/* A value goes on until " key=" or the end; '=' and '\' within are escaped. */
static const char *take_value(const char *at, char *out)
{
	while (*at) {
		if (*at == ' ') {
			size_t n = strspn(at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
			if (n > 0 && at[1 + n] == '=')
				break;
		}
		ck_assert_msg(*at != '=', "an unescaped = in a value: %s", at);
		if (*at == '\\') {
			at++;
			ck_assert_msg(*at && strchr("\\=nr", *at), "a stray escape in a value: %s", at - 1);
			*out++ = *at == 'n' ? '\n' : *at == 'r' ? '\r' : *at;
			at++;
			continue;
		}
		*out++ = *at++;
	}
	*out = '\0';
	return at;
}

static void parse(const char *line, struct parsed *p)
{
	memset(p, 0, sizeof(*p));
	ck_assert_msg(text_is_utf8(span_str(line)), "no UTF-8: %s", line);
	for (const char *c = line; *c; c++)
		ck_assert_msg((unsigned char)*c >= 0x20 && *c != 0x7f, "a control character: %02x", *c);
	for (int i = 0; i < 7; i++)
		line = take_header_field(line, p->header[i]);
	while (*line) {
		size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
		ck_assert_msg(n > 0 && line[n] == '=' && p->n < 64, "no key here: %s", line);
		memcpy(p->keys[p->n], line, n);
		line = take_value(line + n + 1, p->values[p->n++]);
		if (*line == ' ')
			line++;
	}
}

static const char *value_of(const struct parsed *p, const char *key)
{
	for (int i = 0; i < p->n; i++) {
		if (strcmp(p->keys[i], key) == 0)
			return p->values[i];
	}
	return NULL;
}

static size_t format(const char *json, size_t max, char *line, bool *truncated)
{
	struct alert_view v;
	/* exactly as large as allowed, so that the sanitizers see one byte too many */
	char *buf = malloc(max);

	ck_assert(alert_view_open(&v, json, strlen(json)));
	size_t n = cef_format(&v, buf, max, truncated);
	alert_view_close(&v);
	ck_assert_uint_le(n, max);
	memcpy(line, buf, n);
	line[n] = '\0';
	free(buf);
	return n;
}

static const struct {
	const char *key, *value;
} mapping[] = {
    {"externalId", "01M808TX00ZA5566YBK8MD0J5K"},
    {"rt", "1795306440000"},
    {"start", "1795306439999"},
    {"end", "1795306440000"},
    {"src", "192.168.2.14"},
    {"dst", "192.168.3.10"},
    {"spt", "50096"},
    {"dpt", "502"},
    {"proto", "tcp"},
    {"app", "modbus"},
    {"smac", "00:80:f4:00:00:01"},
    {"dmac", "00:80:f4:00:00:02"},
    {"dvchost", "kansai-1"},
    {"cnt", "10"},
    {"cat", "modbus"},
    {"act", "allowed"},
    {"cs1Label", "Zone pair"},
    {"cs1", "office>line1"},
    {"cs2Label", "METI"},
    {"cs2", "3-7"},
    {"cs3Label", "JNSA"},
    {"cs3", "4,7"},
    {"cs4Label", "IPA phase"},
    {"cs4", "P4"},
    {"cs5Label", "Impact"},
    {"cs5", "high"}, /* of the business (ledger.md 5.3), not how bad the alert is */
    {"sekishoLevel", "critical"},
    {"cs6Label", "sekisho_schema"},
    {"cs6", "1"},
    {"flexString1Label", "ATT&CK for ICS"},
    {"flexString1", "T0814,T0855"},
    {"flexString2", "control/production"},
    {"cn1Label", "Final score"},
    {"cn1", "90"},
    {"cn2Label", "Loss ppm"},
    {"cn2", "2500"},
    {"cn3Label", "Unit id"},
    {"cn3", "17"},
    {"shost", "192.168.2.14"},
    {"dhost", "プレス1号機"},
    {"sekishoState", "open"},
    {"sekishoChange", "update"},
    {"msg", "事務所の端末=A|1 が\\ライン1のPLCに\n強制リッスンを送りました?[31m"},
    {"sekishoActionEn", "Ask before you unplug."},
};

START_TEST(test_mapping)
{
	static struct parsed p;
	char line[8192];
	bool truncated;

	ck_assert_uint_gt(format(ALERT_TEXT, 8000, line, &truncated), 0);
	ck_assert(!truncated);
	parse(line, &p);
	static const char *const header[] = {
	    "CEF:0", "sekisho", "sekisho", "0.1.0", "SKS-MB-05", "a|b\\c=d wrote force listen only", "9"};
	for (int i = 0; i < 7; i++)
		ck_assert_str_eq(p.header[i], header[i]);
	for (size_t i = 0; i < sizeof(mapping) / sizeof(mapping[0]); i++) {
		const char *value = value_of(&p, mapping[i].key);
		ck_assert_msg(value && strcmp(value, mapping[i].value) == 0, "%s is %s, not %s", mapping[i].key,
			      value ? value : "missing", mapping[i].value);
	}
	ck_assert_ptr_null(value_of(&p, "sekishoTruncated"));
}
END_TEST

START_TEST(test_valid_at_every_budget)
{
	static struct parsed p;
	char whole[8192], line[8192];
	bool truncated;
	size_t full = format(ALERT_TEXT, 8000, whole, &truncated);

	ck_assert_uint_gt(full, 600);
	for (size_t max = 120; max <= 2000; max++) {
		size_t n = format(ALERT_TEXT, max, line, &truncated);
		ck_assert_msg(n > 0, "nothing at %zu bytes", max);
		parse(line, &p);
		ck_assert_str_eq(p.header[4], "SKS-MB-05");
		ck_assert_str_eq(p.header[6], "9");
		const char *id = value_of(&p, "externalId"), *mark = value_of(&p, "sekishoTruncated");
		ck_assert_msg(id && strcmp(id, "01M808TX00ZA5566YBK8MD0J5K") == 0, "at %zu bytes the id is %s", max,
			      id ? id : "gone");
		ck_assert_msg(truncated == (max < full), "at %zu of %zu bytes truncated is %d", max, full, truncated);
		ck_assert_msg((mark != NULL) == truncated, "at %zu bytes the mark is wrong: %s", max, line);
		for (int i = 0; i < p.n; i++) {
			size_t len = strlen(p.keys[i]);
			bool label = len > 5 && strcmp(p.keys[i] + len - 5, "Label") == 0;
			if (label)
				ck_assert_msg(i + 1 < p.n && strncmp(p.keys[i], p.keys[i + 1], len - 5) == 0,
					      "%s stands alone at %zu", p.keys[i], max);
		}
	}
}
END_TEST

START_TEST(test_too_small_is_nothing)
{
	char line[256];
	bool truncated;

	for (size_t max = 1; max < 90; max++)
		ck_assert_uint_eq(format(ALERT_TEXT, max, line, &truncated), 0);
}
END_TEST

static const struct {
	const char *json, *key, *value;
} odd[] = {
    {"{}", "externalId", NULL},
    {"{\"sekisho\":{\"alert_id\":\"X\",\"title_ja\":\"ends with |\",\"title_en\":\"\"}}", "msg", "ends with |"},
    {"{\"src_ip\":\"fd00::1\",\"dest_ip\":\"fd00::2\"}", "c6a2", "fd00::1"},
    {"{\"src_ip\":\"fd00::1\",\"dest_ip\":\"fd00::2\"}", "c6a3", "fd00::2"},
    {"{\"src_ip\":\"fd00::1\",\"dest_ip\":\"fd00::2\"}", "src", NULL},
    {"{\"sekisho\":{\"src\":{\"zone\":\"a\"},\"dest\":{\"zone\":\"a\"}}}", "cs1", "a"},
    {"{\"sekisho\":{\"src\":{\"zone\":\"a\"}}}", "cs1", "a"},
    {"{\"sekisho\":{\"dest\":{\"zone\":\"b\"}}}", "cs1", "b"},
    {"{\"host\":\"a=b\\\\c\"}", "dvchost", "a=b\\c"},
    {"{\"host\":\"a\\r\\nb\"}", "dvchost", "a\r\nb"},
};

START_TEST(test_odd_alerts)
{
	static struct parsed p;
	char line[1024];
	bool truncated;

	ck_assert_uint_gt(format(odd[_i].json, 1000, line, &truncated), 0);
	parse(line, &p);
	const char *value = value_of(&p, odd[_i].key);
	ck_assert_msg((value == NULL) == (odd[_i].value == NULL) && (!value || strcmp(value, odd[_i].value) == 0),
		      "%s: %s", odd[_i].json, line);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cef");
	TCase *c = tcase_create("cef");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, test_mapping);
	tcase_add_test(c, test_valid_at_every_budget);
	tcase_add_test(c, test_too_small_is_nothing);
	tcase_add_loop_test(c, test_odd_alerts, 0, sizeof(odd) / sizeof(odd[0]));
	suite_add_tcase(s, c);
	return run_suite(s);
}
