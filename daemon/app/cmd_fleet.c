/* sekisho fleet: what many sensors wrote into one Redis, as one. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/fleet_read.h"
#include "app/fleet_show.h"
#include "app/redis_reach.h"
#include "app/until.h"
#include "base/text.h"
#include "base/when.h"

enum { LIMIT_MS = 10000, ROWS = 100, ROWS_MOST = 100000, NAMED = 8, BEHIND_MS = 10000 };

enum subject { ASSETS, ALERTS, SENSORS, SUBJECTS };

struct fleet_options {
	enum subject subject;
	const char *redis, *config, *sensor, *site, *zone, *encoding;
	enum fleet_form form;
	bool differing;
	struct fleet_alerts_wanted alerts;
};

/* ---- options */

static int take_since(struct fleet_options *o, const char *text)
{
	int64_t ns;

	if (!since_parse(text, when_now_ns(), &ns))
		return command_bad_value(text, "--since", COMMAND_SINCE);
	o->alerts.since_ms = ns / NS_PER_MS;
	return EXIT_DONE;
}

static int take_limit(struct fleet_options *o, const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end || n < 1 || n > ROWS_MOST)
		return command_bad_value(text, "--limit", "1 - 100000");
	o->alerts.limit = (size_t)n;
	return EXIT_DONE;
}

static int take_option(struct fleet_options *o, int c)
{
	switch (c) {
	case 'r':
		o->redis = optarg;
		return EXIT_DONE;
	case 'c':
		o->config = optarg;
		return EXIT_DONE;
	case 'S':
		o->sensor = optarg;
		return EXIT_DONE;
	case 'I':
		o->site = optarg;
		return EXIT_DONE;
	case 'z':
		o->zone = optarg;
		return EXIT_DONE;
	case 'd':
		o->differing = true;
		return EXIT_DONE;
	case 'j':
		o->form = FLEET_JSON;
		return EXIT_DONE;
	case 'C':
		o->form = FLEET_CSV;
		return EXIT_DONE;
	case 'e':
		o->encoding = optarg;
		return command_csv_knows(optarg) ? EXIT_DONE
						 : command_bad_value(optarg, "--encoding", COMMAND_ENCODINGS);
	case 'R':
		o->alerts.rule = optarg;
		return EXIT_DONE;
	case 'l':
		return alert_level_parse(optarg, &o->alerts.least)
			   ? EXIT_DONE
			   : command_bad_value(optarg, "--level", COMMAND_LEVELS);
	case 'n':
		return take_limit(o, optarg);
	case 's':
		return take_since(o, optarg);
	default:
		return EXIT_USAGE;
	}
}

/* What belongs to one subject alone. */
static bool fits(enum subject subject, int c)
{
	return strchr("zd", c) ? subject == ASSETS : !strchr("Rlns", c) || subject == ALERTS;
}

static int parse_options(int argc, char **argv, struct fleet_options *o)
{
	static const struct option options[] = {
	    {"redis", required_argument, NULL, 'r'},    {"config", required_argument, NULL, 'c'},
	    {"sensor", required_argument, NULL, 'S'},   {"site", required_argument, NULL, 'I'},
	    {"zone", required_argument, NULL, 'z'},     {"differing", no_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},           {"csv", no_argument, NULL, 'C'},
	    {"encoding", required_argument, NULL, 'e'}, {"rule", required_argument, NULL, 'R'},
	    {"level", required_argument, NULL, 'l'},    {"limit", required_argument, NULL, 'n'},
	    {"since", required_argument, NULL, 's'},    {0}};
	static const char *const subjects[SUBJECTS] = {"assets", "alerts", "sensors"};
	int status = EXIT_DONE, at = -1;

	*o = (struct fleet_options){.subject = SUBJECTS, .alerts = {.limit = ROWS, .least = LEVEL_INFO}};
	for (int i = 0; argc > 1 && i < SUBJECTS; i++) {
		if (strcmp(argv[1], subjects[i]) == 0)
			o->subject = (enum subject)i;
	}
	if (o->subject == SUBJECTS) {
		fputs(say(W_FLEET_HELP), stderr);
		return EXIT_USAGE;
	}
	for (int c; status == EXIT_DONE && (c = command_option(argc - 1, argv + 1, "c:n:", options, &at)) != -1;
	     at = -1) {
		if (c != '?' && !fits(o->subject, c)) {
			command_tell(stderr, say(W_FLEET_NOT_FOR), at >= 0 ? options[at].name : "-n",
				     subjects[o->subject]);
			return EXIT_USAGE;
		}
		status = take_option(o, c);
	}
	return status == EXIT_DONE ? command_no_words(argc - 1, argv + 1) : status;
}

/* ---- what is to be said besides */

struct notes {
	bool incomplete;
	size_t silent;
};

static const char *plain(const char *text, char *buf, size_t size)
{
	text_printable(span_str(text), buf, size, 0);
	return buf;
}

static void note_redis(const struct fleet_redis *f, struct notes *n)
{
	char why[512];

	for (unsigned i = 0; i < f->n_nodes; i++) {
		if (!f->nodes[i].why[0])
			continue;
		command_tell(stderr, say(W_FLEET_NODE), f->nodes[i].label, plain(f->nodes[i].why, why, sizeof(why)));
		n->incomplete = true;
	}
	if (f->uncovered > 0) {
		command_tell(stderr, say(W_FLEET_UNCOVERED), f->uncovered);
		n->incomplete = true;
	}
	if (f->unsure)
		fputs(say(W_FLEET_UNSURE), stderr);
}

static void note_sensors(const struct fleet_sensors *s, struct notes *n)
{
	char names[1024] = "", one[FLEET_NAME_MAX], why[256];
	size_t refused = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct fleet_sensor *x = &s->item[i];
		plain(x->name, one, sizeof(one));
		if (x->why[0] && refused++ < NAMED)
			command_tell(stderr, say(W_FLEET_REFUSED), one, plain(x->why, why, sizeof(why)));
		if (x->read && x->beat != FLEET_ALIVE && n->silent++ < NAMED)
			fleet_append(names, sizeof(names), ", ", one);
		if (x->behind_ms > BEHIND_MS || x->behind_ms < -BEHIND_MS)
			command_tell(stderr, say(x->behind_ms > 0 ? W_FLEET_BEHIND : W_FLEET_AHEAD), one,
				     (long long)(x->behind_ms > 0 ? x->behind_ms : -x->behind_ms) / 1000);
	}
	if (refused > NAMED)
		command_tell(stderr, say(W_FLEET_REFUSED_MORE), refused - NAMED);
	if (n->silent > 0)
		command_tell(stderr, say(W_FLEET_SILENT), n->silent, s->n, names, n->silent > NAMED ? ", ..." : "");
	if (s->left_out > 0)
		command_tell(stderr, say(W_FLEET_SENSORS_LEFT), (unsigned)FLEET_SENSORS_MAX);
	n->incomplete |= refused > 0 || s->left_out > 0;
}

/* Where it matters that two plants may use the same addresses. */
static int note_sites(const struct fleet_sensors *s)
{
	size_t unnamed;
	uint32_t *site = fleet_sites(s, &unnamed);

	if (!site)
		return -ENOMEM;
	free(site);
	if (unnamed > 0 && s->n > 1)
		command_tell(stderr, say(W_FLEET_NO_SITE), unnamed);
	return 0;
}

/* ---- the three */

static int run_assets(const struct fleet_options *o, struct fleet_sensors *s, struct fleet_redis *f, struct notes *n)
{
	struct fleet_assets a;
	int err = fleet_assets_init(&a, FLEET_ASSETS_MAX, FLEET_ASSETS_BYTES);

	if (!err)
		err = fleet_read_assets(&a, s, f);
	if (!err)
		err = fleet_show_assets(&a, s, o->form, o->encoding, o->zone, o->differing);
	if (!err)
		err = note_sites(s);
	if (!err && a.shared > 0)
		command_tell(stderr, say(W_FLEET_SHARED), (unsigned long long)a.shared);
	if (!err && a.left_out > 0) {
		command_tell(stderr, say(W_FLEET_ASSETS_LEFT), (unsigned long long)a.left_out);
		n->incomplete = true;
	}
	fleet_assets_deinit(&a);
	return err;
}

static int show_alerts(const struct fleet_options *o, const struct fleet_alerts *a, const struct fleet_sensors *s,
		       const struct fleet_alerts_read *r, struct notes *n)
{
	size_t rows;
	const struct fleet_alert **sorted = fleet_alerts_sorted(a, o->alerts.least, &rows);
	int err = sorted ? 0 : -ENOMEM;

	if (!err && rows == 0 && o->form == FLEET_TABLE)
		fputs(say(W_NONE), stdout);
	else if (!err)
		err = fleet_show_alerts(sorted, rows, s, o->form, o->encoding);
	free(sorted);
	if (r->more)
		command_tell(stderr, say(W_FLEET_MORE), o->alerts.limit);
	if (r->incomplete)
		fputs(say(W_FLEET_VIEWS_CUT), stderr);
	if (a->drills > 0)
		command_tell(stderr, say(W_FLEET_DRILLS), (unsigned long long)a->drills);
	if (a->unreadable > 0)
		command_tell(stderr, say(W_FLEET_UNREADABLE), (unsigned long long)a->unreadable);
	if (a->left_out > 0) {
		command_tell(stderr, say(W_FLEET_ALERTS_LEFT), (unsigned long long)a->left_out);
		n->incomplete = true;
	}
	return err;
}

static int run_alerts(const struct fleet_options *o, struct fleet_sensors *s, struct fleet_redis *f, struct notes *n)
{
	struct fleet_alerts a;
	struct fleet_alerts_read r;
	int err = fleet_alerts_init(&a, FLEET_ALERTS_MAX, FLEET_ALERTS_BYTES);

	if (!err)
		err = fleet_read_alerts(&a, s, f, &o->alerts, &r);
	if (!err)
		err = show_alerts(o, &a, s, &r, n);
	if (!err)
		err = note_sites(s);
	fleet_alerts_deinit(&a);
	return err;
}

static int run_sensors(const struct fleet_options *o, const struct fleet_sensors *s)
{
	if (s->n > 0 || o->form != FLEET_TABLE)
		return fleet_show_sensors(s, o->form, o->encoding);
	fputs(say(W_NONE), stdout);
	return 0;
}

static void keep_site(struct fleet_sensors *s, const char *site)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->item[i].site, site) == 0)
			s->item[n++] = s->item[i];
	}
	s->n = n;
}

static int run(const struct fleet_options *o, struct fleet_redis *f, struct notes *n)
{
	struct fleet_sensors s = {0};
	int err = fleet_sensors_find(&s, f, o->sensor);

	if (!err)
		(void)fleet_sensors_read(&s, f);
	if (o->site)
		keep_site(&s, o->site);
	if (!err)
		err = o->subject == ASSETS   ? run_assets(o, &s, f, n)
		      : o->subject == ALERTS ? run_alerts(o, &s, f, n)
					     : run_sensors(o, &s);
	fflush(stdout);
	note_redis(f, n);
	note_sensors(&s, n);
	fleet_sensors_free(&s);
	return err;
}

/* ---- */

static int reach(const struct fleet_options *o, const struct redis_options *from, struct notes *n)
{
	struct redis_options r = *from;
	struct fleet_redis f;
	struct complaint c;
	char label[320];

	if (o->redis) /* another one than the configuration's: of that one it says how TLS is to be checked */
		r = (struct redis_options){.url = o->redis, .tls = r.tls, .connect_ms = r.connect_ms};
	r.command_ms = LIMIT_MS;
	int err = fleet_redis_open(&f, &r, &c), status = EXIT_ENVIRONMENT;
	if (err == -EIO)
		command_tell(stderr, say(W_NO_STREAM), redis_route_label(&f.route, label, sizeof(label)), f.conn.why);
	else if (err)
		status = command_failed(err, &c);
	else if ((err = run(o, &f, n)) != 0)
		fputs(say(W_FLEET_NO_MEMORY), stderr);
	else
		status = n->incomplete                            ? EXIT_ENVIRONMENT
			 : o->subject == SENSORS && n->silent > 0 ? EXIT_INPUT
								  : EXIT_DONE;
	fleet_redis_close(&f);
	return status;
}

static int run_with(const struct fleet_options *o, const struct config *cfg)
{
	struct redis_reach from;
	struct notes n = {0};

	if (!o->redis && !redis_reach_is_named(cfg)) {
		fputs(say(W_FLEET_NO_REDIS), stderr);
		return EXIT_USAGE;
	}
	int err = redis_reach_of(&from, cfg);
	int status = err ? EXIT_ENVIRONMENT : reach(o, &from.options, &n);
	redis_reach_free(&from);
	return status;
}

int cmd_fleet(int argc, char **argv)
{
	struct fleet_options o;
	struct config cfg;
	struct complaint c;
	int err = 0, status = parse_options(argc, argv, &o);

	if (status != EXIT_DONE)
		return status;
	if (o.config)
		err = config_load(&cfg, o.config, &c);
	else
		config_default(&cfg);
	if (err)
		return command_failed(err, &c);
	status = run_with(&o, &cfg);
	config_free(&cfg);
	return status;
}
