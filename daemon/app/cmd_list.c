/* sekisho assets, alerts, links: what ledger and alerts hold, as a table or as JSON lines. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "alert/group.h"
#include "alert/outbox.h"
#include "app/alert_text.h"
#include "app/command.h"
#include "app/observed_words.h"
#include "app/pipeline.h"
#include "app/role_words.h"
#include "app/scope_check.h"
#include "app/until.h"
#include "app/zone_word.h"
#include "base/csv.h"
#include "base/when.h"
#include "ledger/kinds.h"
#include "ledger/ledger.h"

enum subject { ASSETS, LINKS, ALERTS };

struct list_options {
	enum subject subject;
	const char *state, *config, *by, *zone, *level, *rule, *protocol, *in;
	const char *encoding;
	int purdue, registered;
	bool json, csv, words, contradicting, exactly, active, count;
	long silent_days;
	int64_t from_ns, to_ns;
	bool drills_said;
	enum alerts_drills drills;
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

/* What belongs to one or two of the three alone. */
static bool fits(enum subject subject, int c)
{
	static const char *const alone[] = {[ASSETS] = "bpruCewxSft", [LINKS] = "P", [ALERTS] = "lRiEadft"};

	return strchr("scjzn", c) || strchr(alone[subject], c);
}

static int parse_options(int argc, char **argv, enum subject subject, struct list_options *o)
{
	static const char *const names[] = {[ASSETS] = "assets", [LINKS] = "links", [ALERTS] = "alerts"};
	static const struct option options[] = {
	    {"state", required_argument, NULL, 's'},    {"config", required_argument, NULL, 'c'},
	    {"json", no_argument, NULL, 'j'},           {"by", required_argument, NULL, 'b'},
	    {"zone", required_argument, NULL, 'z'},     {"purdue", required_argument, NULL, 'p'},
	    {"registered", no_argument, NULL, 'r'},     {"unregistered", no_argument, NULL, 'u'},
	    {"level", required_argument, NULL, 'l'},    {"rule", required_argument, NULL, 'R'},
	    {"protocol", required_argument, NULL, 'P'}, {"csv", no_argument, NULL, 'C'},
	    {"encoding", required_argument, NULL, 'e'}, {"words", no_argument, NULL, 'w'},
	    {"silent", required_argument, NULL, 'S'},   {"contradicting", no_argument, NULL, 'x'},
	    {"in", required_argument, NULL, 'i'},       {"exactly", no_argument, NULL, 'E'},
	    {"since", required_argument, NULL, 'f'},    {"until", required_argument, NULL, 't'},
	    {"active", no_argument, NULL, 'a'},         {"count", no_argument, NULL, 'n'},
	    {"drills", required_argument, NULL, 'd'},   {0}};
	enum alert_level level;

	char *end;
	int at = -1;

	*o = (struct list_options){.subject = subject, .purdue = PURDUE_UNKNOWN, .registered = -1};
	for (int c; (c = command_option(argc, argv, "s:c:", options, &at)) != -1; at = -1) {
		if (c != '?' && !fits(subject, c)) {
			command_tell(stderr, say(W_NOT_FOR), options[at].name, names[subject], names[subject]);
			return EXIT_USAGE;
		}
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
			if (strcmp(optarg, "level") != 0 && strcmp(optarg, "zone") != 0 && strcmp(optarg, "fa") != 0)
				return command_bad_value(optarg, "--by", "level, zone, fa");
			break;
		case 'z':
			o->zone = optarg;
			break;
		case 'p':
			if (!purdue_parse(optarg, &o->purdue))
				return command_bad_value(optarg, "--purdue", "L0, L1, L2, L3, L3.5, L4, L5");
			break;
		case 'r':
			o->registered = 1;
			break;
		case 'u':
			o->registered = 0;
			break;
		case 'l':
			if (!alert_level_parse(optarg, &level))
				return command_bad_value(optarg, "--level", COMMAND_LEVELS);
			o->level = optarg;
			break;
		case 'R':
			o->rule = optarg;
			break;
		case 'E':
			o->exactly = true;
			break;
		case 'f':
			if (!since_parse(optarg, when_now_ns(), &o->from_ns))
				return command_bad_value(optarg, "--since", COMMAND_SINCE);
			break;
		case 't':
			if (!until_parse(optarg, when_now_ns(), &o->to_ns))
				return command_bad_value(optarg, "--until", COMMAND_UNTIL);
			break;
		case 'a':
			o->active = true;
			break;
		case 'n':
			o->count = true;
			break;
		case 'd':
			o->drills_said = true;
			o->drills = strcmp(optarg, "no") == 0 ? DRILLS_NOT : DRILLS_ALONE;
			if (o->drills == DRILLS_ALONE && strcmp(optarg, "only") != 0)
				return command_bad_value(optarg, "--drills", "no, only");
			break;
		case 'i':
			o->in = optarg;
			if (strcmp(alert_state_name(alert_state_parse(optarg)), optarg) != 0)
				return command_bad_value(optarg, "--in", "open, acknowledged, muted, closed, learnt");
			break;
		case 'P':
			o->protocol = optarg;
			break;
		case 'C':
			o->csv = true;
			break;
		case 'e':
			o->encoding = optarg;
			if (!command_csv_knows(optarg))
				return command_bad_value(optarg, "--encoding", COMMAND_ENCODINGS);
			break;
		case 'w':
			o->words = true;
			break;
		case 'x':
			o->contradicting = true;
			break;
		case 'S':
			o->silent_days = strtol(optarg, &end, 10);
			if (*end || o->silent_days < 1 || o->silent_days > 36500)
				return command_bad_value(optarg, "--silent", "1 - 36500");
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (o->words && (!o->csv || o->json)) {
		fputs(say(W_WORDS_ARE_OF_CSV), stderr);
		return EXIT_USAGE;
	}
	return command_no_words(argc, argv);
}

static void print_table(struct text_table *t, const char *indent)
{
	text_table_print(t, stdout, indent);
	text_table_free(t);
}

/* ---- assets */

static struct ledger_filter asset_filter(const struct list_options *o)
{
	return (struct ledger_filter){.zone = o->zone,
				      .purdue = o->purdue,
				      .registered = o->registered,
				      .contradicting = o->contradicting,
				      .silent_ns = (int64_t)o->silent_days * 86400 * NS_PER_S,
				      .from_ns = o->from_ns,
				      .to_ns = o->to_ns};
}

static void asset_cells(struct text_table *t, const struct ledger_asset_row *a)
{
	char behind[96], roles[256];

	text_table_cell(t, a->asset_id);
	text_table_cell(t, a->name);
	snprintf(behind, sizeof(behind), say(W_UNIT_BEHIND), a->unit_id, a->gateway);
	text_table_cell(t, a->gateway[0] ? behind : a->ips);
	text_table_cell(t, a->macs);
	text_table_cell(t, a->vendor);
	text_table_cell(t, role_words(a->roles, roles, sizeof(roles)));
	text_table_cell(t, a->protocols);
	text_table_cell(t, registered_word(a->registered));
}

static void asset_columns(struct text_table *t)
{
	text_table_column(t, "id", 0);
	text_table_column(t, say(W_COL_NAME), 28);
	text_table_column(t, say(W_COL_IP), 40);
	text_table_column(t, say(W_COL_MAC), 36);
	text_table_column(t, say(W_COL_VENDOR), 24);
	text_table_column(t, say(W_COL_ROLE), 40);
	text_table_column(t, say(W_COL_PROTOCOLS), 32);
	text_table_column(t, say(W_COL_REGISTERED), 0);
}

static const char *group_of(const struct ledger_asset_row *a, const char *by)
{
	const char *g = strcmp(by, "level") == 0 ? a->purdue : strcmp(by, "fa") == 0 ? a->fa_zone : a->zone;

	if (g[0] && (strcmp(by, "zone") == 0 || strcmp(g, "unknown") != 0))
		return g;
	return say(strcmp(by, "level") == 0 ? W_LEVEL_UNKNOWN : W_ZONE_UNKNOWN);
}

/* What a level, a factory zone or a zone is called; "" where it has no name. */
static const char *group_name(const char *by, const char *token)
{
	static const struct token_word names[] = {
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
	    {"internet", W_FA_INTERNET},
	    {"cloud", W_FA_CLOUD},
	    {"wlan", W_FA_WLAN},
	};

	const char *word = strcmp(by, "zone") == 0 ? zone_word(token) : SAY_TOKEN(names, token);

	return word && strcmp(word, token) != 0 ? word : "";
}

/* The assets of a level or zone, by asset_id as they come. */
struct asset_group {
	char *name;
	size_t n;
	struct text_table table;
};

struct asset_groups {
	const char *by;
	struct asset_group *group;
	size_t n;
	bool short_of_memory;
};

static struct asset_group *find_group(struct asset_groups *g, const char *name)
{
	for (size_t i = 0; i < g->n; i++) {
		if (strcmp(g->group[i].name, name) == 0)
			return &g->group[i];
	}
	struct asset_group *bigger = realloc(g->group, (g->n + 1) * sizeof(*bigger));
	if (!bigger)
		return NULL;
	g->group = bigger;
	g->group[g->n] = (struct asset_group){.name = strdup(name)};
	if (!g->group[g->n].name)
		return NULL;
	asset_columns(&g->group[g->n].table);
	return &g->group[g->n++];
}

static void take_asset(void *ctx, const struct ledger_asset_row *a)
{
	struct asset_groups *g = ctx;
	struct asset_group *mine = find_group(g, group_of(a, g->by));

	if (!mine) {
		g->short_of_memory = true;
		return;
	}
	asset_cells(&mine->table, a);
	mine->n++;
}

static int levels_down(const void *x, const void *y)
{
	const struct asset_group *a = x, *b = y;

	return strcmp(b->name, a->name);
}

static int zones_by_name(const void *x, const void *y)
{
	const struct asset_group *a = x, *b = y;

	return strcmp(a->name, b->name);
}

/* Levels from the top of the plant down, zones by name. */
static int table_assets(const char *state, const struct list_options *o, struct complaint *c)
{
	struct ledger_filter f = asset_filter(o);
	struct asset_groups g = {.by = o->by ? o->by : "level"};
	int err = ledger_each_asset_row(state, &f, take_asset, &g, c);

	if (!err && g.short_of_memory) {
		complain(c, state, 0, 0, "not enough memory for the table");
		err = -ENOMEM;
	}
	if (g.n > 1)
		qsort(g.group, g.n, sizeof(*g.group), strcmp(g.by, "level") == 0 ? levels_down : zones_by_name);
	for (size_t i = 0; i < g.n; i++) {
		struct asset_group *a = &g.group[i];
		const char *name = group_name(g.by, a->name);
		if (!err) {
			command_tell(stdout, "%s%s%s%s (%zu)\n", i ? "\n" : "", a->name, name[0] ? " " : "", name,
				     a->n);
			print_table(&a->table, "  ");
		}
		text_table_free(&a->table);
		free(a->name);
	}
	free(g.group);
	if (!err && g.n == 0)
		fputs(say(W_NONE), stdout);
	return err;
}

/* A column of the sheet: its key, as in JSON, and what people call it. */
static const struct token_word csv_columns[] = {{"asset_id", W_REPORT_ID},
						{"name", W_COL_NAME},
						{"mac", W_COL_MAC},
						{"ip", W_COL_IP},
						{"vlan", W_ATTR_VLAN},
						{"vendor", W_CSV_VENDOR},
						{"zone", W_COL_ZONE},
						{"fa_zone", W_CSV_FA_ZONE},
						{"purdue", W_COL_LEVEL},
						{"roles", W_COL_ROLE},
						{"protocols", W_COL_PROTOCOLS},
						{"registered", W_COL_REGISTERED},
						{"phase", W_SHOW_PHASE},
						{"kind", W_REGISTER_KIND},
						{"owner_dept", W_REGISTER_OWNER},
						{"maker", W_COL_VENDOR},
						{"model", W_ATTR_MODEL},
						{"serial", W_ATTR_SERIAL},
						{"firmware", W_ATTR_FIRMWARE},
						{"os", W_ATTR_OS},
						{"hostnames", W_ATTR_HOSTNAME},
						{"gateway", W_SHOW_GATEWAY},
						{"unit_ids", W_CSV_UNIT},
						{"nat_suspected", W_SHOW_NAT},
						{"contradicts", W_SHOW_CONTRADICTS},
						{"first_seen", W_SHOW_FIRST},
						{"last_seen", W_SHOW_LAST}};

enum { CSV_COLUMNS = sizeof(csv_columns) / sizeof(csv_columns[0]) };

struct sheet {
	FILE *out;
	bool words; /* for people: names, words and local times in place of keys, tokens and ISO 8601 */
};

/* What some columns hold, in words. */
struct csv_texts {
	const char *zone, *fa_zone, *roles, *registered, *phase, *kind, *contradicts, *first, *last;
};

static void put_row(FILE *out, const struct ledger_asset_row *a, const struct csv_texts *t)
{
	const char *const cells[CSV_COLUMNS] = {
	    a->asset_id,   a->name,    a->macs,          a->ips,         a->vlans,      a->vendor, t->zone,
	    t->fa_zone,    a->purdue,  t->roles,         a->protocols,   t->registered, t->phase,  t->kind,
	    a->owner_dept, a->maker,   a->model,         a->serial,      a->firmware,   a->os,     a->hostnames,
	    a->gateway,    a->unit_id, a->nat_suspected, t->contradicts, t->first,      t->last};

	for (size_t k = 0; k < CSV_COLUMNS; k++)
		csv_put_text(out, cells[k], k == 0);
	fputs("\r\n", out);
}

static void take_csv(void *ctx, const struct ledger_asset_row *a)
{
	const struct sheet *sheet = ctx;
	const char *fa_zone = group_name("fa", a->fa_zone); /* "" where it has no name */
	bool ja = words_japanese();
	char first[WHEN_TEXT_MAX], last[WHEN_TEXT_MAX], local[2][40], roles[256], contradicts[256];
	struct csv_texts t = {.zone = a->zone,
			      .fa_zone = a->fa_zone,
			      .roles = a->roles,
			      .registered = a->registered == REGISTERED_YES  ? "true"
					    : a->registered == REGISTERED_NO ? "false"
									     : "",
			      .phase = a->phase,
			      .kind = a->kind,
			      .contradicts = a->contradicts,
			      .first = when_format(a->first_ns, first),
			      .last = when_format(a->last_ns, last)};

	if (sheet->words)
		t = (struct csv_texts){
		    .zone = zone_word(a->zone),
		    .fa_zone = fa_zone[0] ? fa_zone : a->fa_zone,
		    .roles = role_words(a->roles, roles, sizeof(roles)),
		    .registered = a->registered == REGISTERED_UNKNOWN ? "" : registered_word(a->registered),
		    .phase = kinds_word(KINDS_OF_PHASE, a->phase, ja),
		    .kind = kinds_word(KINDS_OF_DEVICE, a->kind, ja),
		    .contradicts = observed_attr_words(a->contradicts, contradicts, sizeof(contradicts)),
		    .first = local_time(first, local[0], sizeof(local[0])),
		    .last = local_time(last, local[1], sizeof(local[1]))};
	put_row(sheet->out, a, &t);
}

static int csv_assets(const char *state, const struct list_options *o, struct complaint *c)
{
	struct ledger_filter f = asset_filter(o);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct sheet sheet = {out, o->words};

	if (!out) {
		complain(c, state, 0, 0, "not enough memory for the table");
		return -ENOMEM;
	}
	for (size_t k = 0; k < CSV_COLUMNS; k++)
		csv_put_text(out, o->words ? say(csv_columns[k].word) : csv_columns[k].token, k == 0);
	fputs("\r\n", out);
	int err = ledger_each_asset_row(state, &f, take_csv, &sheet, c);
	fclose(out);
	if (!err)
		command_csv_write(text, len, o->encoding);
	free(text);
	return err;
}

static void count_asset(void *ctx, const struct ledger_asset_row *a)
{
	(void)a;
	++*(uint64_t *)ctx;
}

static int print_count(uint64_t n, int err)
{
	if (!err)
		command_tell(stdout, "%llu\n", (unsigned long long)n);
	return err;
}

static int list_assets(const char *state, const struct list_options *o, struct complaint *c)
{
	struct ledger_filter f = asset_filter(o);
	uint64_t n = 0;

	if (o->count) {
		int err = ledger_each_asset_row(state, &f, count_asset, &n, c);
		return print_count(n, err);
	}
	f.evidence = true;
	return o->json  ? ledger_each_asset(state, &f, command_print_line, NULL, c)
	       : o->csv ? csv_assets(state, o, c)
			: table_assets(state, o, c);
}

/* ---- links */

static void take_link(void *ctx, const struct ledger_link_row *k)
{
	struct text_table *t = ctx;

	text_table_cell(t, k->src);
	text_table_cell(t, zone_word(k->src_zone));
	text_table_cell(t, k->dest);
	text_table_cell(t, zone_word(k->dest_zone));
	text_table_cell(t, k->protocol);
	text_table_number(t, k->port);
	text_table_number(t, k->packets);
	text_table_cell(t, k->verdict == CONDUIT_DENIED    ? say(W_DENIED)
			   : k->verdict == CONDUIT_ALLOWED ? say(W_ALLOWED)
							   : "");
}

static void count_link(void *ctx, const struct ledger_link_row *k)
{
	(void)k;
	++*(uint64_t *)ctx;
}

static int list_links(const char *state, const struct list_options *o, struct complaint *c)
{
	struct ledger_filter f = {.zone = o->zone, .purdue = PURDUE_UNKNOWN, .registered = -1, .protocol = o->protocol};
	struct text_table t = {0};
	uint64_t n = 0;

	if (o->count) {
		int err = ledger_each_link_row(state, &f, count_link, &n, c);
		return print_count(n, err);
	}
	if (o->json)
		return ledger_each_link(state, &f, command_print_line, NULL, c);
	text_table_column(&t, say(W_COL_FROM), 28);
	text_table_column(&t, say(W_COL_ZONE), 24);
	text_table_column(&t, say(W_COL_TO), 28);
	text_table_column(&t, say(W_COL_ZONE), 24);
	text_table_column(&t, say(W_COL_PROTOCOL), 16);
	text_table_column(&t, say(W_COL_PORT), 0);
	text_table_column(&t, say(W_COL_PACKETS), 0);
	text_table_column(&t, say(W_COL_POLICY), 0);
	int err = ledger_each_link_row(state, &f, take_link, &t, c);
	if (!err && t.n_cells == t.n_columns)
		fputs(say(W_NONE), stdout);
	else if (!err)
		print_table(&t, "");
	text_table_free(&t);
	return err;
}

/* ---- alerts */

static const char *end_name(const json_t *a, const char *end, const char *address)
{
	const json_t *e = json_node(a, end);
	const char *name = json_at(e, "name");

	return name[0] ? name : json_at(a, address);
}

static void print_alerts(const struct rows *r)
{
	struct text_table t = {0};
	char count[32], when[40];

	text_table_column(&t, "id", 0);
	text_table_column(&t, say(W_COL_TIME), 0);
	text_table_column(&t, say(W_COL_LEVEL), 0);
	text_table_column(&t, say(W_COL_RULE), 0);
	text_table_column(&t, say(W_COL_COUNT), 0);
	text_table_column(&t, say(W_COL_FROM), 24);
	text_table_column(&t, say(W_COL_TO), 24);
	text_table_column(&t, say(W_COL_TITLE), 0);
	for (size_t i = 0; i < r->n; i++) {
		const json_t *a = r->row[i];
		enum alert_level level = LEVEL_INFO;
		(void)alert_level_parse(json_at(a, "sekisho.level"), &level);
		text_table_cell(&t, json_at(a, "sekisho.alert_id"));
		text_table_cell(&t, local_time(json_at(a, "sekisho.first_seen"), when, sizeof(when)));
		text_table_cell(&t, alert_level_word(level));
		text_table_cell(&t, json_at(a, "sekisho.rule_id"));
		snprintf(count, sizeof(count), "%lld", (long long)json_integer_value(json_node(a, "sekisho.count")));
		text_table_cell(&t, count);
		text_table_cell(&t, end_name(a, "sekisho.src", "src_ip"));
		text_table_cell(&t, end_name(a, "sekisho.dest", "dest_ip"));
		text_table_cell(&t, json_at(a, words_japanese() ? "sekisho.title_ja" : "sekisho.title_en"));
	}
	print_table(&t, "");
}

static int list_alerts(const char *state, const struct list_options *o, struct complaint *c)
{
	struct alerts_filter f = {.rule = o->rule,
				  .zone = o->zone,
				  .state = o->in,
				  .least_level = LEVEL_INFO,
				  .from_ns = o->from_ns,
				  .to_ns = o->to_ns,
				  .active = o->active,
				  .drills = o->drills};
	struct rows rows = {0};
	uint64_t n = 0;

	if (o->level)
		(void)alert_level_parse(o->level, &f.least_level);
	if (o->exactly)
		f.below_level = f.least_level + 1;
	if (o->count) {
		if (!o->drills_said) /* they count nowhere but where somebody asks for them */
			f.drills = DRILLS_NOT;
		int err = alerts_number(state, &f, &n, c);
		return print_count(n, err);
	}
	if (o->json)
		return alerts_each(state, &f, command_print_line, NULL, c);
	int err = alerts_each(state, &f, keep_row, &rows, c);
	if (!err && rows.n == 0)
		fputs(say(W_NONE), stdout);
	else if (!err)
		print_alerts(&rows);
	free_rows(&rows);
	return err;
}

/* ---- what a filter names must be there: "0" of a zone that is misspelt looks right */

/* Zones that were renamed since stand in what was kept. */
static bool zone_was_seen(const char *state, const struct list_options *o)
{
	struct ledger_filter f = {.zone = o->zone, .purdue = PURDUE_UNKNOWN, .registered = -1};
	struct alerts_filter a = {.zone = o->zone, .least_level = LEVEL_INFO};
	struct complaint c;
	uint64_t n = 0;
	int err = o->subject == ASSETS  ? ledger_each_asset_row(state, &f, count_asset, &n, &c)
		  : o->subject == LINKS ? ledger_each_link_row(state, &f, count_link, &n, &c)
					: alerts_number(state, &a, &n, &c);

	return err || n > 0; /* what cannot be read is told by who lists it */
}

static int zone_is_good(const char *state, const struct config *cfg, const struct list_options *o)
{
	char zones[1024];

	if (!o->zone || scope_has_zone(state, cfg, o->zone) || zone_was_seen(state, o))
		return EXIT_DONE;
	command_tell(stderr, say(W_LIST_NO_ZONE), o->zone, scope_zones(state, cfg, zones, sizeof(zones)));
	return EXIT_INPUT;
}

/* Without --config a rule of the site's own is not known: then it is only told. */
static int rule_is_good(const char *state, const struct list_options *o)
{
	struct alerts_filter a = {.rule = o->rule, .least_level = LEVEL_INFO};
	struct complaint c;
	uint64_t n = 0;
	int err;

	if (!o->rule || alerts_number(state, &a, &n, &c) != 0 || n > 0)
		return EXIT_DONE;
	struct policy_set *set = policy_set_load(o->config, &c, &err);
	if (!set)
		return command_failed(err, &c);
	bool known = scope_rule_begins(set->rules, o->rule);
	policy_set_free(set);
	if (!known)
		command_tell(stderr, say(W_LIST_NO_RULE), o->rule);
	return known || !o->config ? EXIT_DONE : EXIT_INPUT;
}

/* ---- the three commands: options, the state directory, then rows as they come or as a table */

static int list_of(const struct list_options *o, const struct config *cfg)
{
	static int (*const run[])(const char *state, const struct list_options *o, struct complaint *c) = {
	    [ASSETS] = list_assets, [LINKS] = list_links, [ALERTS] = list_alerts};
	const char *state = o->state ? o->state : cfg->state;
	struct complaint c;
	int status;

	zone_words_of_state(state);
	status = zone_is_good(state, cfg, o);

	if (status == EXIT_DONE)
		status = rule_is_good(state, o);
	if (status != EXIT_DONE)
		return status;
	int err = run[o->subject](state, o, &c);
	return err ? command_failed(err, &c) : EXIT_DONE;
}

static int list(int argc, char **argv, enum subject subject)
{
	struct list_options o;
	struct complaint c;
	struct config cfg;
	int err = 0, status = parse_options(argc, argv, subject, &o);

	if (status != EXIT_DONE)
		return status;
	if (o.config && (!o.state || o.zone))
		err = config_load(&cfg, o.config, &c);
	else
		config_default(&cfg);
	if (err)
		return command_failed(err, &c);
	status = list_of(&o, &cfg);
	config_free(&cfg);
	return status;
}

int cmd_assets(int argc, char **argv)
{
	return list(argc, argv, ASSETS);
}

int cmd_links(int argc, char **argv)
{
	return list(argc, argv, LINKS);
}

int cmd_alerts(int argc, char **argv)
{
	return list(argc, argv, ALERTS);
}
