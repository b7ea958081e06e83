/* indicators: files read with their mistakes named, what fits and what has expired; in rules, with their texts; a
 * plant's thresholds and lists. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/when.h"
#include "engine/indicators.h"
#include "engine/rules.h"
#include "engine/scene.h"
#include "run_suite.h"

#define HEAD "type,value,source,expires,comment\n"
#define DAY  (86400 * NS_PER_S)

static const struct field_table *const tables[] = {&flow_table_fields, &anomaly_table, &asset_table, NULL};
static const struct field_registry registry = {tables};
static struct arena arena;

static int parse(struct indicators *s, const char *text, struct complaint *c)
{
	static char copy[4096];

	snprintf(copy, sizeof(copy), "%s", text);
	return indicators_parse(s, "i.csv", copy, strlen(copy), c);
}

static struct indicators *read_all(const char *text)
{
	struct complaint c = {""};
	struct indicators *s = indicators_new(&arena);

	ck_assert_msg(parse(s, text, &c) == 0, "%s", c.text);
	return s;
}

static const char *source_of_ip(const struct indicators *s, const char *text, int64_t now_ns, uint64_t *expired)
{
	struct ip_addr ip;

	ck_assert(ip_parse(text, &ip));
	const struct indicator *i = indicators_ip(s, &ip, now_ns, expired);
	return i ? i->source : "";
}

static const char *source_of(const struct indicators *s, enum indicator_type type, const char *text, int64_t now_ns,
			     uint64_t *expired)
{
	const struct indicator *i = indicators_text(s, type, span_str(text), now_ns, expired);

	return i ? i->source : "";
}

static void setup(void)
{
	ck_assert_int_eq(arena_init(&arena, 4096, 16 << 20), 0);
}

static void teardown(void)
{
	arena_deinit(&arena);
}

START_TEST(addresses_fit_the_most_exact_line)
{
	struct indicators *s =
	    read_all(HEAD "ip,203.0.113.7,one,,\nprefix,203.0.113.0/24,net,,\nip,2001:db8::/32,six,,\n"
			  "ip,198.51.100.9,gone,1970-01-02,\nip,198.51.100.0/24,still,1970-01-09,\n");
	uint64_t expired = 0;

	ck_assert_str_eq(source_of_ip(s, "203.0.113.7", 0, &expired), "one");
	ck_assert_str_eq(source_of_ip(s, "203.0.113.8", 0, &expired), "net");
	ck_assert_str_eq(source_of_ip(s, "203.0.114.8", 0, &expired), "");
	ck_assert_str_eq(source_of_ip(s, "2001:db8:1::1", 0, &expired), "six");
	ck_assert_str_eq(source_of_ip(s, "2001:db9::1", 0, &expired), "");
	ck_assert_uint_eq(expired, 0);
	ck_assert_str_eq(source_of_ip(s, "198.51.100.9", 2 * DAY - 1, &expired),
			 "gone"); /* a day lasts until its end */
	ck_assert_uint_eq(expired, 0);
	ck_assert_str_eq(source_of_ip(s, "198.51.100.9", 2 * DAY, &expired), "still");
	ck_assert_uint_eq(expired, 1);
	ck_assert_str_eq(source_of_ip(s, "198.51.100.9", 9 * DAY, &expired), "");
	ck_assert_uint_eq(expired, 3);
	ck_assert_uint_eq(indicators_count(s), 5);
	ck_assert_uint_eq(indicators_expired(s, 2 * DAY), 1);
	ck_assert_uint_eq(indicators_expired(s, 9 * DAY), 2);
	indicators_free(s);
}
END_TEST

START_TEST(names_and_hashes_fit)
{
	static const struct {
		enum indicator_type type;
		const char *asked, *source;
	} rows[] = {
	    {INDICATOR_DOMAIN, "evil.example", "plant"},
	    {INDICATOR_DOMAIN, "EVIL.Example.", "plant"},
	    {INDICATOR_DOMAIN, "a.b.evil.example", "plant"},
	    {INDICATOR_DOMAIN, "notevil.example", ""},
	    {INDICATOR_DOMAIN, "example", ""},
	    {INDICATOR_DOMAIN, "x.star.example", "star"},
	    {INDICATOR_DOMAIN, "x\\.star.example", ""}, /* a label with a dot in it */
	    {INDICATOR_DOMAIN, "x\\\\.star.example", "star"},
	    {INDICATOR_SNI, "evil.example", "plant"},
	    {INDICATOR_SNI, "www.only-sni.example", "sni"},
	    {INDICATOR_DOMAIN, "only-sni.example", ""},
	    {INDICATOR_JA3, "E7D705A3286E19EA42F587B344EE6865", "ja3"},
	    {INDICATOR_JA3, "e7d705a3286e19ea42f587b344ee6866", ""},
	    {INDICATOR_HASH, "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f", "eicar"},
	    {INDICATOR_URL, "http://h/x?Y", "url"},
	    {INDICATOR_URL, "http://h/x?y", ""},
	    {INDICATOR_MAC, "00:80:f4:00:00:01", "mac"},
	    {INDICATOR_JA4, "t13d1516h2_8daaf6152771_b186095e22b6", "ja4"},
	    {INDICATOR_DOMAIN, "", ""},
	};
	struct indicators *s = read_all(
	    "\xef\xbb\xbfvalue,TYPE,source\n# a "
	    "comment\nevil.example,domain,plant\n*.star.example,domain,star\nonly-sni.example,SNI,sni\n"
	    "e7d705a3286e19ea42f587b344ee6865,ja3,ja3\n"
	    "275A021BBFB6489E54D471899F7DB9D1663FC695EC2FE2A2C4538AABF651FD0F,hash,eicar\n\"http://h/x?Y\",url,url\n"
	    "00:80:F4:00:00:01,mac,mac\nt13d1516h2_8daaf6152771_b186095e22b6,ja4,ja4\n");
	uint64_t expired = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(strcmp(source_of(s, rows[i].type, rows[i].asked, 0, &expired), rows[i].source) == 0, "%s",
			      rows[i].asked);
	indicators_free(s);
}
END_TEST

static const struct {
	const char *text, *complaint;
} broken[] = {
    {"value,source\n", "i.csv:1: the first line reads type,value,source,expires,comment; type and value must be there"},
    {"type,value,sauce\n", "i.csv:1: unknown column \"sauce\""},
    {HEAD "ip,10.0.0.300,a,,\n", "i.csv:2: \"10.0.0.300\" is neither an address nor a prefix"},
    {HEAD "ip,10.0.0.1/8,a,,\n", "i.csv:2: \"10.0.0.1/8\" is neither an address nor a prefix"},
    {HEAD "\nadress,10.0.0.3,a,,\n", "i.csv:3: unknown type of indicator \"adress\""},
    {HEAD "domain,,a,,\n", "i.csv:2: \"\" is empty or longer than 511 bytes"},
    {HEAD "hash,abc,a,,\n", "i.csv:2: \"abc\" is no hash"},
    {HEAD "ja3,abc,a,,\n", "i.csv:2: \"abc\" is no hash"},
    {HEAD "mac,abc,a,,\n", "i.csv:2: \"abc\" is no MAC address"},
    {HEAD "ip,10.0.0.3,a,31.12.2026,\n", "i.csv:2: \"31.12.2026\" is no date"},
    {HEAD "ip,10.0.0.3,a,2026-13-01,\n", "i.csv:2: \"2026-13-01\" is no date"},
    {HEAD "ip,10.0.0.3,a,2026-12-01T10,\n", "i.csv:2: \"2026-12-01T10\" is no date"},
    {HEAD "ip,10.0.0.3,a,2026-12-01T10:00:00X,\n", "i.csv:2: \"2026-12-01T10:00:00X\" is no date"},
    {HEAD "ip,\"10.0.0.3,a,,\n", "i.csv:2: "},
};

START_TEST(mistakes_are_named_with_their_line)
{
	struct complaint c = {""};
	struct indicators *s = indicators_new(&arena);

	ck_assert_int_eq(parse(s, broken[_i].text, &c), -22);
	ck_assert_msg(strncmp(c.text, broken[_i].complaint, strlen(broken[_i].complaint)) == 0, "says %s", c.text);
	indicators_free(s);
}
END_TEST

START_TEST(times_of_day_and_zones_are_read)
{
	struct indicators *s = read_all(HEAD "domain,a.example,a,1970-01-01T10:00:00Z,\n"
					     "domain,b.example,b,1970-01-01T10:00:00+09:00,\n"
					     "domain,c.example,c,1970-01-01 10:00:00-0130,\n");
	uint64_t expired = 0;

	ck_assert_str_eq(source_of(s, INDICATOR_DOMAIN, "a.example", 36000 * NS_PER_S - 1, &expired), "a");
	ck_assert_str_eq(source_of(s, INDICATOR_DOMAIN, "a.example", 36000 * NS_PER_S, &expired), "");
	ck_assert_str_eq(source_of(s, INDICATOR_DOMAIN, "b.example", 3600 * NS_PER_S - 1, &expired), "b");
	ck_assert_str_eq(source_of(s, INDICATOR_DOMAIN, "b.example", 3600 * NS_PER_S, &expired), "");
	ck_assert_str_eq(source_of(s, INDICATOR_DOMAIN, "c.example", 41400 * NS_PER_S - 1, &expired), "c");
	ck_assert_str_eq(source_of(s, INDICATOR_DOMAIN, "c.example", 41400 * NS_PER_S, &expired), "");
	indicators_free(s);
}
END_TEST

START_TEST(very_many_are_found)
{
	enum { MANY = 100000 };
	size_t size = 64 + MANY * 48, len = 0;
	char *text = malloc(size);
	struct complaint c;
	struct arena large;
	uint64_t expired = 0;

	ck_assert_int_eq(arena_init(&large, 1 << 16, 64 << 20), 0);
	struct indicators *s = indicators_new(&large);
	len += (size_t)snprintf(text, size, "%s", HEAD);
	for (int i = 0; i < MANY; i++)
		len += (size_t)snprintf(text + len, size - len, "ip,100.%d.%d.%d,s%d,,\n", i >> 16, i >> 8 & 255,
					i & 255, i);
	ck_assert_int_eq(indicators_parse(s, "many.csv", text, len, &c), 0);
	ck_assert_uint_eq(indicators_count(s), MANY);
	for (int i = 0; i < MANY; i += 997) {
		char ip[32], source[32];
		snprintf(ip, sizeof(ip), "100.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		snprintf(source, sizeof(source), "s%d", i);
		ck_assert_str_eq(source_of_ip(s, ip, 0, &expired), source);
	}
	indicators_free(s);
	arena_deinit(&large);
	free(text);
}
END_TEST

/* ---- in rules, with what a plant's configuration says */

static char dir[] = "/tmp/test_indicators_XXXXXX";

static void make_dir(void)
{
	setup();
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static const char *put(const char *name, const char *text)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, 256, "%s/%s", dir, name);
	FILE *f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	return path;
}

static void remove_dir(void)
{
	char path[256];

	snprintf(path, sizeof(path), "rm -r %s", dir);
	ck_assert_int_eq(system(path), 0);
	teardown();
}

/* Loads @rules with the configuration @config; NULL where it is refused. */
static struct rules *loaded(const char *rules, const char *config, const char *indicators, struct complaint *c)
{
	static const char *const zones[] = {"cell-1", "lab", "office", NULL};
	const char *packs[] = {put("r.yaml", rules), NULL}, *files[] = {put("i.csv", indicators), NULL};
	struct yamldoc doc;
	struct rules *r = NULL;

	ck_assert_int_eq(yamldoc_parse(&doc, "sekisho.yaml", config, strlen(config), c), 0);
	const struct yaml_node *top = doc.n_roots ? doc.roots[0] : NULL;
	struct rules_options o = {.packs = packs,
				  .indicators = files,
				  .fields = &registry,
				  .config = &doc,
				  .lists = top ? yaml_get(top, "lists") : NULL,
				  .thresholds = top ? yaml_get(top, "thresholds") : NULL,
				  .zones = zones};
	int err = rules_load(&r, &o, c);
	yamldoc_free(&doc);
	return err ? NULL : r;
}

static struct {
	unsigned n;
	uint64_t count;
	char title[512];
	const struct indicator *indicator;
} found;

static void take(void *ctx, const struct finding *f)
{
	(void)ctx;
	found.n++;
	found.count += f->event->count;
	found.indicator = f->event->indicator;
	struct finding told = *f;
	finding_fill(&told);
	snprintf(found.title, sizeof(found.title), "%.*s", (int)told.title_en.len, (const char *)told.title_en.ptr);
}

static void judge(void *rules, struct event *ev)
{
	rules_judge(rules, ev, (struct finding_sink){take, NULL});
}

static unsigned findings(struct rules *r, const char *events)
{
	struct complaint c;
	struct rule_file s;

	memset(&found, 0, sizeof(found));
	rules_forget(r);
	ck_assert_int_eq(rule_file_parse(&s, "play.yaml", events, strlen(events), &c), 0);
	struct scene scene = {.file = &s, .fields = &registry, .on = "flow", .out = {judge, r}};
	if (scene_play(&scene, s.doc.roots[0], &c) != 0)
		ck_abort_msg("%s", c.text);
	rule_file_free(&s);
	return found.n;
}

#define RULE                                                                                                           \
	"id: T-1\non: flow\nlevel: low\ntitle: { en: \"{indicator.value} of {indicator.source}: "                      \
	"{indicator.comment}\", ja: b }\n"

START_TEST(a_rule_names_what_fits_and_leaves_out_what_expired)
{
	struct complaint c;
	struct rules *r =
	    loaded(RULE "when: flow.state and (src_ip in indicators.ip or dest_ip in indicators.ip)\n", "{}",
		   HEAD "ip,203.0.113.0/24,CERT,,bad net\nip,198.51.100.1,old,2026-01-04,\n"
			"ip,198.51.100.2,fresh,2026-01-05,\n",
		   &c);

	ck_assert_msg(r != NULL, "%s", c.text);
	ck_assert_uint_eq(findings(r, "[{ flow.state: new, dest_ip: 203.0.113.9 }]"), 1);
	ck_assert_str_eq(found.title, "203.0.113.0/24 of CERT: bad net");
	ck_assert_uint_eq(found.indicator->line, 2);
	ck_assert_uint_eq(findings(r, "[{ flow.state: new, dest_ip: 203.0.114.9 }]"), 0);
	ck_assert_uint_eq(rules_counters(r).expired, 0);
	ck_assert_uint_eq(findings(r, "[{ flow.state: new, src_ip: 198.51.100.1 }]"), 0);
	ck_assert_uint_eq(rules_counters(r).expired, 1);
	ck_assert_uint_eq(findings(r, "[{ flow.state: new, src_ip: 198.51.100.2 }]"), 1);
	ck_assert_uint_eq(rules_counters(r).indicators, 3);
	ck_assert_uint_eq(rules_indicators_expired(r, SCENE_BEGINS_NS), 1);
	rules_free(r);
}
END_TEST

START_TEST(a_plant_sets_thresholds_in_general_and_by_zone)
{
	static const char rule[] = "id: T-1\non: flow\nlevel: low\ntitle: { en: a, ja: b }\nwhen: flow.state\n"
				   "thresholds: { tries: 3, window: 60s }\n"
				   "count: { at_least: tries, within: window, by: [src.asset] }\n---\n"
				   "id: T-2\non: flow\nlevel: low\ntitle: { en: a, ja: b }\nwhen: flow.state\n"
				   "count: { at_least: 4, within: 60s }\n";
	static const struct {
		const char *config, *given;
		unsigned least; /* records that are needed for both rules */
	} rows[] = {
	    {"{}", "", 4},
	    {"thresholds: { T-1: { tries: 6 } }", "", 6},
	    {"thresholds: { T-2: { at_least: 6 } }", "", 6},
	    {"thresholds: { T-1: { zones: { cell-1: { tries: 7 } } } }", "", 4},
	    {"thresholds: { T-1: { zones: { cell-1: { tries: 7 } } } }", "dest: { zone: cell-1 }", 7},
	    {"thresholds: { T-1: { zones: { cell-1: { tries: 7 } } } }", "src: { zone: cell-1 }", 7},
	    {"thresholds: { T-1: { zones: { cell-1: { tries: 7 }, lab: { tries: 9 } } } }",
	     "src: { zone: cell-1 }, dest: { zone: lab }", 9},
	    {"thresholds: { T-2: { zones: { cell-1: { at_least: 5 } } }, T-1: { tries: 2 } }", "dest: { zone: cell-1 }",
	     5},
	    {"thresholds: { T-1: { window: 100ms } }", "", 0},
	    {"thresholds: { T-1: { zones: { lab: off } } }", "dest: { zone: lab }", 0},
	    {"thresholds: { T-1: { zones: { lab: off } } }", "src: { zone: lab }", 0},
	    {"thresholds: { T-1: { zones: { lab: off } } }", "src: { zone: lab }, dest: { zone: cell-1 }", 4},
	};
	struct complaint c;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rules *r = loaded(rule, rows[i].config, HEAD, &c);
		ck_assert_msg(r != NULL, "%s", c.text);
		for (unsigned n = 1; n < 12; n++) {
			char events[256];
			snprintf(events, sizeof(events), "[{ flow.state: new, times: %u, every: 1s%s%s }]", n,
				 *rows[i].given ? ", " : "", rows[i].given);
			findings(r, events);
			bool both = found.count > n; /* each rule counts every record */
			ck_assert_msg(both == (rows[i].least > 0 && n >= rows[i].least), "%s %s: %u", rows[i].config,
				      rows[i].given, n);
		}
		rules_free(r);
	}
}
END_TEST

static const struct {
	const char *config, *complaint;
} misconfigured[] = {
    {"thresholds: { T-3: { at_least: 3 } }", "sekisho.yaml:1:15: unknown key \"T-3\". Did you mean \"T-1\"?"},
    {"thresholds: { T-1: { atleast: 3 } }", "sekisho.yaml:1:22: unknown key \"atleast\". Did you mean \"at_least\"?"},
    {"thresholds: { T-1: { at_least: 3s } }", "sekisho.yaml:1:32: expected a whole number such as 5 here"},
    {"thresholds: { T-1: { within: 3 } }", "sekisho.yaml:1:30: expected a time such as 60s, 10m or 500ms here"},
    {"thresholds: { T-1: { zones: { cell: off } } }",
     "sekisho.yaml:1:31: there is no zone \"cell\". Did you mean \"cell-1\"?"},
    {"thresholds: { T-1: { zones: { cell-1: { atleast: 3 } } } }", "sekisho.yaml:1:41: unknown key \"atleast\""},
    {"thresholds: { T-1: { zones: [cell-1] } }", "sekisho.yaml:1:29: expected zones with their numbers here"},
    {"lists: { users: admin }", "sekisho.yaml:1:17: expected a list of values here"},
    {"lists: { no-name: [admin] }", "sekisho.yaml:1:10: the name of a list has letters, digits and underscores"},
};

START_TEST(a_misconfiguration_is_named_where_it_stands)
{
	struct complaint c = {""};
	struct rules *r = loaded("id: T-1\non: flow\nlevel: low\ntitle: { en: a, ja: b }\nwhen: flow.state\n"
				 "count: { at_least: 4, within: 60s }\n",
				 misconfigured[_i].config, HEAD, &c);

	ck_assert(r == NULL);
	ck_assert_msg(strncmp(c.text, misconfigured[_i].complaint, strlen(misconfigured[_i].complaint)) == 0, "says %s",
		      c.text);
}
END_TEST

START_TEST(a_plant_adds_to_lists_and_has_its_own)
{
	struct complaint c;
	struct rules *r =
	    loaded("- { list: ports, values: [21] }\n"
		   "- { id: T-1, on: flow, level: low, title: { en: a, ja: b }, when: dest_port in ports }\n"
		   "- { id: T-2, on: flow, level: low, title: { en: a, ja: b }, when: dest_port in own }\n",
		   "lists: { ports: [23], own: [80] }", HEAD, &c);

	ck_assert_msg(r != NULL, "%s", c.text);
	ck_assert_uint_eq(findings(r, "[{ each: { dest_port: [21, 22, 23, 80, 81] } }]"), 3);
	rules_free(r);
	r = loaded("- { id: T-1, on: flow, level: low, title: { en: a, ja: b }, when: dest_port in prots }\n",
		   "lists: { ports: [1] }", HEAD, &c);
	ck_assert(r == NULL);
	ck_assert_msg(strstr(c.text, "r.yaml:1:80: there is no list \"prots\". Did you mean \"ports\"?") != NULL, "%s",
		      c.text);
	r = loaded("- { id: T-1, on: flow, level: low, title: { en: a, ja: b }, when: dest_port in ports }\n",
		   "lists: { ports: [x] }", HEAD, &c);
	ck_assert(r == NULL);
	ck_assert_msg(strstr(c.text, "expected a whole number such as 5 or 0x1f here, not \"x\"") != NULL, "%s",
		      c.text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("indicators");
	TCase *t = tcase_create("files"), *u = tcase_create("rules");

#define COUNT(rows) (int)(sizeof(rows) / sizeof((rows)[0]))
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, addresses_fit_the_most_exact_line);
	tcase_add_test(t, names_and_hashes_fit);
	tcase_add_loop_test(t, mistakes_are_named_with_their_line, 0, COUNT(broken));
	tcase_add_test(t, times_of_day_and_zones_are_read);
	tcase_add_test(t, very_many_are_found);
	suite_add_tcase(s, u);
	tcase_add_checked_fixture(u, make_dir, remove_dir);
	tcase_set_timeout(u, 60);
	tcase_add_test(u, a_rule_names_what_fits_and_leaves_out_what_expired);
	tcase_add_test(u, a_plant_sets_thresholds_in_general_and_by_zone);
	tcase_add_loop_test(u, a_misconfiguration_is_named_where_it_stands, 0, COUNT(misconfigured));
	tcase_add_test(u, a_plant_adds_to_lists_and_has_its_own);
	return run_suite(s);
}
