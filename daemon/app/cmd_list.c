/* sekisho assets, alerts, links: what ledger and alerts hold, as a table or as JSON lines. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "alert/outbox.h"
#include "app/command.h"
#include "base/text.h"
#include "base/when.h"
#include "ledger/ledger.h"
#include "ledger/register_export.h"

struct list_options {
	const char *state, *config, *by, *zone, *level, *rule, *protocol;
	const char *encoding;
	int purdue, registered;
	bool json, csv, contradicting;
	long silent_days;
};

struct rows {
	json_t **row;
	size_t n, room;
};

static void keep_row(void *ctx, const char *json)
{
	struct rows *r = ctx;
	json_t *object = json_loads(json, 0, NULL);

	if (!object)
		return;
	if (r->n == r->room) {
		size_t room = r->room ? r->room * 2 : 256;
		json_t **row = realloc(r->row, room * sizeof(json_t *));
		if (!row) {
			json_decref(object);
			return;
		}
		r->row = row;
		r->room = room;
	}
	r->row[r->n++] = object;
}

static void free_rows(struct rows *r)
{
	for (size_t i = 0; i < r->n; i++)
		json_decref(r->row[i]);
	free(r->row);
}

static void print_json(void *ctx, const char *json)
{
	(void)ctx;
	puts(json);
}

static int parse_options(int argc, char **argv, struct list_options *o)
{
	static const struct option options[] = {
	    {"state", required_argument, NULL, 's'},    {"config", required_argument, NULL, 'c'},
	    {"json", no_argument, NULL, 'j'},           {"by", required_argument, NULL, 'b'},
	    {"zone", required_argument, NULL, 'z'},     {"purdue", required_argument, NULL, 'p'},
	    {"registered", no_argument, NULL, 'r'},     {"unregistered", no_argument, NULL, 'u'},
	    {"level", required_argument, NULL, 'l'},    {"rule", required_argument, NULL, 'R'},
	    {"protocol", required_argument, NULL, 'P'}, {"csv", no_argument, NULL, 'C'},
	    {"encoding", required_argument, NULL, 'e'}, {"silent", required_argument, NULL, 'S'},
	    {"contradicting", no_argument, NULL, 'x'},  {0}};
	enum alert_level level;

	char *end;

	*o = (struct list_options){.purdue = PURDUE_UNKNOWN, .registered = -1};
	for (int c; (c = getopt_long(argc, argv, "s:c:", options, NULL)) != -1;) {
		switch (c) {
		case 's':
			o->state = optarg;
			break;
		case 'c':
			o->config = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'b':
			o->by = optarg;
			if (strcmp(optarg, "level") != 0 && strcmp(optarg, "zone") != 0 && strcmp(optarg, "fa") != 0) {
				fprintf(stderr, say(W_BAD_VALUE), optarg, "--by");
				return EXIT_USAGE;
			}
			break;
		case 'z':
			o->zone = optarg;
			break;
		case 'p':
			if (!purdue_parse(optarg, &o->purdue)) {
				fprintf(stderr, say(W_BAD_VALUE), optarg, "--purdue");
				return EXIT_USAGE;
			}
			break;
		case 'r':
			o->registered = 1;
			break;
		case 'u':
			o->registered = 0;
			break;
		case 'l':
			if (!alert_level_parse(optarg, &level)) {
				fprintf(stderr, say(W_BAD_VALUE), optarg, "--level");
				return EXIT_USAGE;
			}
			o->level = optarg;
			break;
		case 'R':
			o->rule = optarg;
			break;
		case 'P':
			o->protocol = optarg;
			break;
		case 'C':
			o->csv = true;
			break;
		case 'e':
			o->encoding = optarg;
			if (strcmp(optarg, "utf-8") != 0 && strcmp(optarg, "utf-8-bom") != 0 &&
			    strcmp(optarg, "cp932") != 0) {
				fprintf(stderr, say(W_BAD_VALUE), optarg, "--encoding");
				return EXIT_USAGE;
			}
			break;
		case 'x':
			o->contradicting = true;
			break;
		case 'S':
			o->silent_days = strtol(optarg, &end, 10);
			if (*end || o->silent_days < 1 || o->silent_days > 36500) {
				fprintf(stderr, say(W_BAD_VALUE), optarg, "--silent");
				return EXIT_USAGE;
			}
			break;
		default:
			return EXIT_USAGE;
		}
	}
	return EXIT_DONE;
}

static void print_table(struct text_table *t, const char *indent)
{
	text_table_print(t, stdout, indent);
	text_table_free(t);
}

/* ---- assets */

static const char *registered_word(const json_t *asset)
{
	const json_t *r = json_node(asset, "registered");

	return json_is_true(r) ? say(W_YES) : json_is_false(r) ? say(W_NO) : say(W_UNSURE);
}

static void asset_cells(struct text_table *t, const json_t *a)
{
	char buf[256];

	text_table_cell(t, json_at(a, "name"));
	text_table_cell(t, json_join(json_node(a, "ip"), " ", buf, sizeof(buf)));
	text_table_cell(t, json_join(json_node(a, "mac"), " ", buf, sizeof(buf)));
	text_table_cell(t, json_at(a, "vendor"));
	text_table_cell(t, json_join(json_node(a, "roles"), " ", buf, sizeof(buf)));
	text_table_cell(t, json_join(json_node(a, "protocols"), " ", buf, sizeof(buf)));
	text_table_cell(t, registered_word(a));
}

static void asset_columns(struct text_table *t)
{
	text_table_column(t, say(W_COL_NAME), 28);
	text_table_column(t, say(W_COL_IP), 40);
	text_table_column(t, say(W_COL_MAC), 36);
	text_table_column(t, say(W_COL_VENDOR), 24);
	text_table_column(t, say(W_COL_ROLE), 32);
	text_table_column(t, say(W_COL_PROTOCOLS), 32);
	text_table_column(t, say(W_COL_REGISTERED), 0);
}

static const char *group_of(const json_t *a, const char *by)
{
	const char *g = json_at(a, strcmp(by, "level") == 0 ? "purdue" : strcmp(by, "fa") == 0 ? "fa_zone" : "zone");

	if (g[0] && strcmp(g, "unknown") != 0)
		return g;
	return say(strcmp(by, "level") == 0 ? W_LEVEL_UNKNOWN : W_ZONE_UNKNOWN);
}

/* What a level or a factory zone is called; "" where it has no name. */
static const char *group_name(const char *token)
{
	static const struct {
		const char *token;
		enum word name;
	} names[] = {
	    {"L0", W_L0},
	    {"L1", W_L1},
	    {"L2", W_L2},
	    {"L3", W_L3},
	    {"L3.5", W_L35},
	    {"L4", W_L4},
	    {"L5", W_L5},
	    {"fa.control", W_FA_CONTROL},
	    {"fa.agv", W_FA_AGV},
	    {"fa.warehouse", W_FA_WAREHOUSE},
	    {"fa.prodmgmt", W_FA_PRODMGMT},
	    {"fa.monitor", W_FA_MONITOR},
	    {"fa.oa", W_FA_OA},
	    {"fa.remote", W_FA_REMOTE},
	    {"poc", W_FA_POC},
	    {"dmz", W_FA_DMZ},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].token, token) == 0)
			return say(names[i].name);
	}
	return "";
}

static const char *sort_by;

static int by_group(const void *x, const void *y)
{
	json_t *const *a = x, *const *b = y;
	int order = strcmp(group_of(*a, sort_by), group_of(*b, sort_by));

	if (order != 0) /* levels from the top of the plant down, zones by name */
		return strcmp(sort_by, "level") == 0 ? -order : order;
	return strcmp(json_at(*a, "asset_id"), json_at(*b, "asset_id"));
}

static void print_assets(struct rows *r, const struct list_options *o)
{
	sort_by = o->by ? o->by : "level";
	qsort(r->row, r->n, sizeof(json_t *), by_group);
	for (size_t i = 0; i < r->n;) {
		const char *group = group_of(r->row[i], sort_by);
		struct text_table t = {0};
		asset_columns(&t);
		size_t first = i;
		for (; i < r->n && strcmp(group_of(r->row[i], sort_by), group) == 0; i++)
			asset_cells(&t, r->row[i]);
		const char *name = group_name(group);
		printf("%s%s%s%s (%zu)\n", first ? "\n" : "", group, name[0] ? " " : "", name, i - first);
		print_table(&t, "  ");
	}
}

/* Assets for a spreadsheet: cells that it would calculate go out behind an apostrophe. */
static void csv_cell(FILE *out, const char *text, bool first)
{
	char guarded[2048];

	if (text[0] && strchr("=+-@\t\r", text[0])) {
		snprintf(guarded, sizeof(guarded), "'%s", text);
		text = guarded;
	}
	register_csv_cell(out, text, first);
}

static int print_csv(struct rows *r, const struct list_options *o)
{
	static const char *const keys[] = {
	    "asset_id",   "name",     "mac",           "ip",          "vlan",       "vendor",   "zone",
	    "fa_zone",    "purdue",   "roles",         "protocols",   "registered", "phase",    "kind",
	    "owner_dept", "maker",    "model",         "serial",      "firmware",   "os",       "hostnames",
	    "gateway",    "unit_ids", "nat_suspected", "contradicts", "first_seen", "last_seen"};
	enum { N_KEYS = sizeof(keys) / sizeof(keys[0]) };
	char *text = NULL, buf[1024];
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return EXIT_ENVIRONMENT;
	for (size_t k = 0; k < N_KEYS; k++)
		csv_cell(out, keys[k], k == 0);
	fputs("\r\n", out);
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < N_KEYS; k++) {
			const json_t *v = json_node(r->row[i], keys[k]);
			const char *cell = json_string_value(v);
			if (json_is_array(v))
				cell = json_join(v, " ", buf, sizeof(buf));
			else if (json_is_boolean(v))
				cell = json_is_true(v) ? "true" : "false";
			csv_cell(out, cell ? cell : "", k == 0);
		}
		fputs("\r\n", out);
	}
	fclose(out);
	bool cp932 = o->encoding && strcmp(o->encoding, "cp932") == 0;
	char *bytes = NULL;
	size_t n = 0, bad = 0;
	if (cp932 && text_to_cp932(span_of(text, len), &bytes, &n, &bad) == 0) {
		fwrite(bytes, 1, n, stdout);
		if (bad > 0)
			fprintf(stderr, say(W_CSV_LOST), bad);
	} else {
		if (!o->encoding || strcmp(o->encoding, "utf-8-bom") == 0)
			fputs("\xef\xbb\xbf", stdout);
		fwrite(text, 1, len, stdout);
	}
	free(bytes);
	free(text);
	return EXIT_DONE;
}

/* ---- links */

static void print_links(struct rows *r, const struct list_options *o)
{
	struct text_table t = {0};
	char buf[128];

	(void)o;
	text_table_column(&t, say(W_COL_FROM), 28);
	text_table_column(&t, say(W_COL_ZONE), 16);
	text_table_column(&t, say(W_COL_TO), 28);
	text_table_column(&t, say(W_COL_ZONE), 16);
	text_table_column(&t, say(W_COL_PROTOCOL), 16);
	text_table_column(&t, say(W_COL_PORT), 0);
	text_table_column(&t, say(W_COL_PACKETS), 0);
	text_table_column(&t, say(W_COL_POLICY), 0);
	for (size_t i = 0; i < r->n; i++) {
		const json_t *l = r->row[i];
		const char *conduit = json_at(l, "conduit");
		text_table_cell(&t, json_at(l, "src.name"));
		text_table_cell(&t, json_at(l, "src.zone"));
		text_table_cell(&t, json_at(l, "dest.name"));
		text_table_cell(&t, json_at(l, "dest.zone"));
		text_table_cell(&t, json_at(l, "protocol"));
		snprintf(buf, sizeof(buf), "%lld", (long long)json_integer_value(json_node(l, "port")));
		text_table_cell(&t, buf);
		snprintf(buf, sizeof(buf), "%lld", (long long)json_integer_value(json_node(l, "packets")));
		text_table_cell(&t, buf);
		text_table_cell(&t, strcmp(conduit, "denied") == 0    ? say(W_DENIED)
				    : strcmp(conduit, "allowed") == 0 ? say(W_ALLOWED)
								      : "");
	}
	print_table(&t, "");
}

/* ---- alerts */

static const char *end_name(const json_t *a, const char *end, const char *address)
{
	const json_t *e = json_node(a, end);
	const char *name = json_at(e, "name");

	return name[0] ? name : json_at(a, address);
}

static void print_alerts(struct rows *r, const struct list_options *o)
{
	struct text_table t = {0};
	char count[32], when[40];

	(void)o;
	text_table_column(&t, say(W_COL_TIME), 0);
	text_table_column(&t, say(W_COL_LEVEL), 0);
	text_table_column(&t, say(W_COL_RULE), 0);
	text_table_column(&t, say(W_COL_COUNT), 0);
	text_table_column(&t, say(W_COL_FROM), 24);
	text_table_column(&t, say(W_COL_TO), 24);
	text_table_column(&t, say(W_COL_TITLE), 0);
	for (size_t i = 0; i < r->n; i++) {
		const json_t *a = r->row[i];
		text_table_cell(&t, local_time(json_at(a, "sekisho.first_seen"), when, sizeof(when)));
		text_table_cell(&t, json_at(a, "sekisho.level"));
		text_table_cell(&t, json_at(a, "sekisho.rule_id"));
		snprintf(count, sizeof(count), "%lld", (long long)json_integer_value(json_node(a, "sekisho.count")));
		text_table_cell(&t, count);
		text_table_cell(&t, end_name(a, "sekisho.src", "src_ip"));
		text_table_cell(&t, end_name(a, "sekisho.dest", "dest_ip"));
		text_table_cell(&t, json_at(a, words_japanese() ? "sekisho.title_ja" : "sekisho.title_en"));
	}
	print_table(&t, "");
}

/* ---- the three commands: options, the state directory, then rows as they come or as a table */

static int each_asset(const char *state, const struct list_options *o, void (*row)(void *ctx, const char *json),
		      void *ctx, struct complaint *c)
{
	struct ledger_filter f = {.zone = o->zone,
				  .purdue = o->purdue,
				  .registered = o->registered,
				  .evidence = o->json,
				  .contradicting = o->contradicting,
				  .silent_ns = (int64_t)o->silent_days * 86400 * NS_PER_S};

	return ledger_each_asset(state, &f, row, ctx, c);
}

static int each_link(const char *state, const struct list_options *o, void (*row)(void *ctx, const char *json),
		     void *ctx, struct complaint *c)
{
	struct ledger_filter f = {.zone = o->zone, .purdue = PURDUE_UNKNOWN, .registered = -1, .protocol = o->protocol};

	return ledger_each_link(state, &f, row, ctx, c);
}

static int each_alert(const char *state, const struct list_options *o, void (*row)(void *ctx, const char *json),
		      void *ctx, struct complaint *c)
{
	struct alerts_filter f = {.rule = o->rule, .zone = o->zone, .least_level = LEVEL_INFO};

	if (o->level)
		(void)alert_level_parse(o->level, &f.least_level);
	return alerts_each(state, &f, row, ctx, c);
}

static int list(int argc, char **argv,
		int (*each)(const char *state, const struct list_options *o, void (*row)(void *ctx, const char *json),
			    void *ctx, struct complaint *c),
		void (*print)(struct rows *r, const struct list_options *o))
{
	struct list_options o;
	struct complaint c;
	struct rows rows = {0};
	int err, status = parse_options(argc, argv, &o);

	if (status != EXIT_DONE)
		return status;
	char *state = command_state(o.state, o.config, &c, &err);
	if (!state)
		return command_failed(err, &c);
	err = o.json ? each(state, &o, print_json, NULL, &c) : each(state, &o, keep_row, &rows, &c);
	free(state);
	if (err)
		return command_failed(err, &c);
	if (o.csv && print == print_assets)
		status = print_csv(&rows, &o);
	else if (!o.json && rows.n == 0)
		fputs(say(W_NONE), stdout);
	else if (!o.json)
		print(&rows, &o);
	free_rows(&rows);
	return status;
}

int cmd_assets(int argc, char **argv)
{
	return list(argc, argv, each_asset, print_assets);
}

int cmd_links(int argc, char **argv)
{
	return list(argc, argv, each_link, print_links);
}

int cmd_alerts(int argc, char **argv)
{
	return list(argc, argv, each_alert, print_alerts);
}
