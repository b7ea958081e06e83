/*
 * The daemon: opens the captures, gives up its privileges, and only then looks at a byte.
 *
 * Threads: one lane a capture, the analyst, the sinks' own; this one waits for signals and writes the health file.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#ifdef SEKISHO_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "alert/alerts_db.h"
#include "alert/outbox.h"
#include "app/budget.h"
#include "app/clock_watch.h"
#include "app/command.h"
#include "app/config_start.h"
#include "app/config_verify.h"
#include "app/confine.h"
#include "app/delivery.h"
#include "app/health.h"
#include "app/metrics_server.h"
#include "app/person.h"
#include "app/pipeline.h"
#include "app/privileges.h"
#include "app/secrets.h"
#include "app/state_watch.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/sandbox.h"
#include "base/sqlite_care.h"
#include "base/when.h"
#include "ledger/store.h"
#include "net/capture.h"

enum {
	BATCH = 1024,
	IDLE_POLL_MS = 100,
	COUNTERS_EVERY_NS = 1000000000,
	HEALTH_EVERY_S = 5,
	DRAIN_MS = 5000,
	CAPTURES_MAX = CONFIG_LIST_MAX,
};

struct port {
	struct capture *cap;
	struct source *source;
	pthread_t thread;
	bool runs;
	_Atomic bool done;
};

struct daemon {
	const char *config_file;
	char *state;
	struct policy_set *set;
	struct config_start at_start;
	struct pipeline *pipeline;
	struct delivery_office *office;
	struct metrics_server *metrics;
	struct vitals vitals;
	struct state_watch state_watch;
	struct json health; /* as it was written last */
	struct port ports[CAPTURES_MAX];
	unsigned n_ports;
	unsigned seconds;
	uint64_t lost_to_reader; /* as it was reported last */
	int64_t still_ns;        /* longer than this no thread may take for a round */
	bool still;              /* one does: told */
};

static _Atomic bool stopping;

static void notify(const char *state)
{
#ifdef SEKISHO_HAVE_SYSTEMD
	sd_notify(0, state);
#else
	(void)state;
#endif
}

static void *port_main(void *ctx)
{
	struct port *s = ctx;
	struct pollfd pfd = {.fd = capture_fd(s->cap), .events = POLLIN};
	bool live = capture_is_live(s->cap);
	int64_t counted_ns = 0;
	uint64_t dropped = 0;

	sandbox_enter(SANDBOX_CAPTURE);
	source_begin(s->source, live ? capture_name(s->cap) : NULL, live ? NULL : capture_name(s->cap));
	while (!atomic_load_explicit(&stopping, memory_order_relaxed)) {
		int n = capture_read(s->cap, BATCH, source_frame, s->source);
		if (n == CAPTURE_END)
			break;
		int64_t now = when_monotonic_ns();
		if (now - counted_ns >= COUNTERS_EVERY_NS) {
			struct capture_counters c = capture_count(s->cap);
			dropped = c.kernel_dropped + c.iface_dropped;
			counted_ns = now;
		}
		if (n == CAPTURE_AGAIN && live)
			source_idle(s->source, when_now_ns());
		source_tick(s->source, dropped);
		if (n == CAPTURE_AGAIN)
			poll(&pfd, 1, IDLE_POLL_MS);
	}
	if (capture_trouble(s->cap))
		log_warning("capture: %s", capture_trouble(s->cap));
	source_finish(s->source);
	atomic_store(&s->done, true);
	return NULL;
}

static int open_captures(struct daemon *d, struct complaint *c)
{
	const struct config *cfg = &d->set->cfg;
	struct capture_options o = {.snaplen = (uint32_t)cfg->capture.snaplen,
				    .ring_bytes = (uint32_t)(cfg->capture.ring_mb << 20)};
	int err = 0;

	for (size_t i = 0; i < cfg->capture.n_interfaces && !err; i++) {
		const struct interface_config *iface = &cfg->capture.interfaces[i];
		const char *filter = iface->filter ? iface->filter : cfg->capture.filter;
		o.filter = filter[0] ? filter : NULL;
		err = capture_open_live(&d->ports[d->n_ports].cap, iface->name, &o, c);
		d->n_ports += err == 0;
	}
	o.filter = cfg->capture.filter[0] ? cfg->capture.filter : NULL;
	for (size_t i = 0; i < cfg->capture.files.n && !err && d->n_ports < CAPTURES_MAX; i++) {
		char *path = config_path(cfg, cfg->capture.files.item[i]);
		err = path ? capture_open_file(&d->ports[d->n_ports].cap, path, &o, c) : -ENOMEM;
		free(path);
		d->n_ports += err == 0;
	}
	return err;
}

/* Holds the register against the rules of its format without touching the real state. */
static int check_register(const struct config *cfg, struct complaint *c)
{
	char dir[] = "/tmp/sekisho-check-XXXXXX", cmd_path[64];
	struct person by = person_of(NULL, say(W_REGISTER_NAMED));
	unsigned rows;

	if (!cfg->register_file[0])
		return 0;
	char *path = config_path(cfg, cfg->register_file);
	if (!path || !mkdtemp(dir)) {
		free(path);
		complain(c, dir, 0, 0, "a temporary folder cannot be made: %s", strerror(errno));
		return -EIO;
	}
	int err = register_import(dir, path, &cfg->site, &by, &rows, c);
	free(path);
	static const char *const left[] = {"ledger.db", "ledger.db-wal", "ledger.db-shm"};
	for (int i = 0; i < 3; i++) {
		snprintf(cmd_path, sizeof(cmd_path), "%s/%s", dir, left[i]);
		unlink(cmd_path);
	}
	rmdir(dir);
	return err;
}

/* A line that has expired allows nothing any more: no reason not to start, but one to tell. */
static void tell_expired(const struct config *cfg)
{
	char day[WHEN_TEXT_MAX];

	for (size_t i = 0; i < cfg->site.n_conduits; i++) {
		const struct conduit_line *l = &cfg->site.conduits[i];
		if (l->expires_ns && l->expires_ns <= when_now_ns())
			fprintf(stderr, say(W_CONDUIT_EXPIRED), cfg->file, l->file_line, l->line,
				when_format_local(l->expires_ns, cfg->site.offset_s, day));
	}
	if (cfg->site.baseline.learn_until_ns && cfg->site.baseline.learn_until_ns <= when_now_ns())
		fprintf(stderr, say(W_LEARNING_OVER), cfg->file,
			when_format_local(cfg->site.baseline.learn_until_ns, cfg->site.offset_s, day));
}

/* Rules of one's own were meant to come beside the shipped ones, mostly. */
static void tell_lacking(const struct config *cfg)
{
	char *shipped = policy_set_lacks_shipped(cfg);

	if (shipped)
		fprintf(stderr, say(W_WITHOUT_SHIPPED), cfg->file, shipped);
	free(shipped);
}

/* Types that sekisho reads and the rules in use do not ask for: what stands there would be looked for in vain. */
static void tell_unasked(const struct policy_set *set)
{
	const char *type;
	size_t n;

	for (size_t i = 0; n = rules_indicators_unasked(set->rules, i, &type), type; i++) {
		if (n > 0)
			fprintf(stderr, say(W_INDICATORS_UNASKED), set->cfg.file, n, type);
	}
}

/* The configuration is good and the daemon would not start: after a return to an older version, say. */
static int state_can_be_used(const char *state_dir)
{
	struct complaint c;
	int status = EXIT_DONE;

	if (store_is_newer(state_dir, &c))
		status = command_failed(-ENOTSUP, &c);
	if (alerts_db_is_newer(state_dir, &c))
		status = command_failed(-ENOTSUP, &c);
	if (status != EXIT_DONE)
		command_tell(stderr, say(W_STATE_IS_NEWER), state_dir);
	return status;
}

static int check(const struct policy_set *set)
{
	const struct config *cfg = &set->cfg;
	struct complaint c;
	struct budget budget;
	int err = config_verify(set, CONFIG_TO_CHECK, &c);

	if (!err)
		err = check_register(cfg, &c);
	if (!err)
		err = budget_make(&budget, set, budget_sources(set), (unsigned)cfg->capture.workers, &c);
	if (err)
		return command_failed(err, &c);
	if (!secrets_are_kept(cfg, stderr))
		return EXIT_INPUT;
	tell_expired(cfg);
	tell_lacking(cfg);
	tell_unasked(set);
	if (!config_has_source(cfg))
		fprintf(stderr, say(W_NO_SOURCE), cfg->file);
	printf(say(W_CONFIG_OK), cfg->site.n_zones, cfg->site.n_conduits, rules_count(set->rules),
	       (unsigned long long)((budget.ceiling_bytes + ((1 << 20) - 1)) >> 20));
	fflush(stdout);
	return state_can_be_used(cfg->state);
}

static void set_log_level(const struct config *cfg)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {{"error", LOG_LEVEL_ERROR},
		      {"warning", LOG_LEVEL_WARNING},
		      {"notice", LOG_LEVEL_NOTICE},
		      {"info", LOG_LEVEL_INFO},
		      {"debug", LOG_LEVEL_DEBUG}};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i].name, cfg->log.level) == 0)
			log_set_level(levels[i].level);
	}
}

/* More of what a reader of the alerts has not read yet is gone. */
static void look_after_readers(struct daemon *d, int64_t wall_ns)
{
	uint64_t entries;
	char who[128];

	if (!delivery_reader_loses(d->office, who, sizeof(who), &entries))
		entries = 0;
	if (entries > d->lost_to_reader)
		pipeline_report(d->pipeline, HEALTH_READER, who, (double)entries, wall_ns);
	d->lost_to_reader = entries;
}

/*
 * What only the daemon as a whole can see: room on the disk, steps of the clock and who keeps it, outputs that cannot
 * be reached. Once a second; each is reported at most once a minute.
 */
static void look_after(struct daemon *d)
{
	enum { DISK_PCT = 10, BEHIND_PCT = 50, MINUTE = 60 };
	int64_t wall_ns = when_now_ns(), steady_ns = when_monotonic_ns();
	struct clock_news clock = clock_look(&d->vitals.clock, wall_ns, steady_ns, clock_keeping(wall_ns));
	struct statvfs disk;
	char name[64];

	if (clock.step_s != 0)
		pipeline_report(d->pipeline, HEALTH_CLOCK, "wall clock", clock.step_s, wall_ns);
	if (clock.lost_s > 0)
		pipeline_report(d->pipeline, HEALTH_TIME_SERVER, "wall clock", clock.lost_s, wall_ns);
	look_after_readers(d, wall_ns);
	if (d->seconds++ % MINUTE != 0)
		return;
	if (statvfs(d->state, &disk) == 0 && disk.f_blocks > 0) {
		double free_pct = 100.0 * (double)disk.f_bavail / (double)disk.f_blocks;
		if (free_pct < DISK_PCT)
			pipeline_report(d->pipeline, HEALTH_DISK, d->state, free_pct, wall_ns);
	}
	double full_pct = delivery_behind(d->office, name, sizeof(name));
	if (full_pct > BEHIND_PCT)
		pipeline_report(d->pipeline, HEALTH_SINK, name, full_pct, wall_ns);
}

/* systemd's notify-reload takes the answer for the newest of its signals only where it knows when that was. */
static void notify_reloading(void)
{
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(when_monotonic_ns() / 1000));
	notify(state);
}

/* The register of @set goes into the ledger whole or not at all, held against the zones of @set. */
static int import_register(const struct daemon *d, const struct policy_set *set, struct complaint *c)
{
	struct person by = person_of(NULL, say(W_REGISTER_NAMED));
	unsigned rows;

	if (!set->cfg.register_file[0])
		return 0;
	char *path = config_path(&set->cfg, set->cfg.register_file);
	int err = path ? register_import(d->state, path, &set->cfg.site, &by, &rows, c) : -ENOMEM;
	free(path);
	return err;
}

/* All that a start would ask of it, and its register taken over: whatever is refused, nothing has changed. @return NULL
 * with @c filled. */
static struct policy_set *load_anew(const struct daemon *d, struct complaint *c)
{
	int err;
	struct policy_set *fresh = policy_set_load(d->config_file, c, &err);

	if (!fresh)
		return NULL;
	err = config_verify(fresh, CONFIG_TO_RELOAD, c);
	if (!err && !secrets_are_kept(&fresh->cfg, stderr)) {
		complain(c, d->config_file, 0, 0, "a file with secrets can be read by everybody");
		err = -EINVAL;
	}
	if (!err)
		err = import_register(d, fresh, c);
	if (!err)
		return fresh;
	policy_set_free(fresh);
	return NULL;
}

static void reload(struct daemon *d)
{
	struct complaint c = {{0}};

	notify_reloading();
	delivery_reopen(d->office);
	struct policy_set *fresh = load_anew(d, &c), *former = d->set;
	if (!fresh) {
		log_error("config: not reloaded, the former one stays: %s", c.text);
		pipeline_report(d->pipeline, HEALTH_RELOAD, d->config_file, 1, when_now_ns());
	} else {
		char keys[256];
		if (config_start_differs(&d->at_start, &fresh->cfg, keys, sizeof(keys))[0])
			log_warning(
			    "config: other values of %s hold from the next start on: systemctl restart sekishod", keys);
		pipeline_reload(d->pipeline, fresh);
		d->set = fresh;
		policy_set_free(former);
		heap_give_back();
		set_log_level(&fresh->cfg);
		log_notice("config: reloaded, %zu rules, %zu zones", rules_count(fresh->rules),
			   fresh->cfg.site.n_zones);
	}
	notify(fresh ? "READY=1\nSTATUS=watching"
		     : "READY=1\nSTATUS=watching; the last reload was refused, see the log");
}

static bool all_done(const struct daemon *d)
{
	for (unsigned i = 0; i < d->n_ports; i++) {
		if (!atomic_load(&d->ports[i].done))
			return false;
	}
	return true;
}

/* Half of what the service manager waits before it ends us. */
static int64_t longest_round(void)
{
	const int64_t unwatched_ns = 30 * NS_PER_S;
#ifdef SEKISHO_HAVE_SYSTEMD
	uint64_t watchdog_us = 0;

	if (sd_watchdog_enabled(0, &watchdog_us) > 0)
		return (int64_t)watchdog_us * 1000 / 2;
#endif
	return unwatched_ns;
}

/* The service manager hears that we live only while every thread on the packets' way goes on. */
static void feed_watchdog(struct daemon *d)
{
	const char *who = pipeline_stands_still(d->pipeline, when_monotonic_ns(), d->still_ns);

	if (who && !d->still)
		log_error(
		    "sekishod: the thread of the %s has not moved for %lld s; a watchdog will start the daemon anew",
		    who, (long long)(d->still_ns / NS_PER_S));
	else if (!who && d->still)
		log_notice("sekishod: all threads move again");
	d->still = who != NULL;
	if (!who)
		notify("WATCHDOG=1");
}

/* Writes health.json, and tells those who ask for metrics. */
static void tell_health(struct daemon *d)
{
	vitals_look(&d->vitals);
	health_make(d->pipeline, d->office, &d->vitals, d->state, &d->health);
	health_put(d->state, &d->health);
	metrics_server_publish(d->metrics, &d->health);
}

/*
 * What it writes is lost from the moment on at which its files lost their names: it ends, so that the service manager
 * starts it into a state that stays. What the outbox still holds is delivered before.
 */
static bool state_is_lost(struct daemon *d)
{
	const char *gone = state_watch_look(&d->state_watch);

	if (!gone)
		return false;
	log_error("sekishod: %s/%s was removed or replaced while it was in use; what was written since then is lost. "
		  "Ending with status %d, so that the daemon is started anew",
		  d->state, gone, EXIT_ENVIRONMENT);
	d->vitals.state_lost = gone;
	return true;
}

/* Until SIGTERM or SIGINT, or until captures from files have ended. @return an exit status. */
static int wait_for_signals(struct daemon *d, const sigset_t *signals)
{
	struct timespec second = {.tv_sec = 1};

	d->still_ns = longest_round();
	for (int ticks = 0; !all_done(d); ticks++) {
		int sig = sigtimedwait(signals, NULL, &second);
		if (sig == SIGTERM || sig == SIGINT)
			return EXIT_DONE;
		if (sig == SIGHUP)
			reload(d);
		look_after(d);
		if (ticks % HEALTH_EVERY_S == 0) {
			if (state_is_lost(d))
				return EXIT_ENVIRONMENT;
			tell_health(d);
		}
		feed_watchdog(d);
	}
	return EXIT_DONE;
}

static int start(struct daemon *d, struct complaint *c)
{
	int err = pipeline_new(&d->pipeline, d->set, d->state, d->n_ports, (unsigned)d->set->cfg.capture.workers,
			       capture_is_live(d->ports[0].cap) ? PIPELINE_LIVE : PIPELINE_REPLAY, c);

	vitals_init(&d->vitals, d->pipeline, d->state);
	for (unsigned i = 0; i < d->n_ports; i++)
		vitals_add_source(&d->vitals, d->ports[i].cap);
	if (!err) { /* its folders are there, and no thread has begun */
		state_watch_begin(&d->state_watch, d->state);
		pipeline_daemon(d->pipeline);
		confine(&d->set->cfg);
		err = delivery_new(&d->office, &d->set->cfg, d->state, d->pipeline, c);
	}
	if (!err && d->office)
		err = delivery_start(d->office);
	if (!err)
		err = metrics_server_start(d->metrics);
	heap_give_back();
	heap_started();
	if (!err)
		err = pipeline_start(d->pipeline);
	for (unsigned i = 0; i < d->n_ports && !err; i++) {
		struct port *s = &d->ports[i];
		s->source = pipeline_source(d->pipeline, i);
		err = -pthread_create(&s->thread, NULL, port_main, s);
		s->runs = err == 0;
	}
	if (err && !c->text[0])
		complain(c, "sekishod", 0, 0, "cannot start: %s", strerror(-err));
	return err;
}

static void stop(struct daemon *d)
{
	char behind[512] = "";

	atomic_store(&stopping, true);
	for (unsigned i = 0; i < d->n_ports; i++) {
		if (d->ports[i].runs)
			pthread_join(d->ports[i].thread, NULL);
	}
	if (d->pipeline) {
		pipeline_stop(d->pipeline);
		d->vitals.stopped = true;
		tell_health(d);
	}
	metrics_server_free(d->metrics);
	json_deinit(&d->health);
	uint64_t waiting = delivery_stop(d->office, DRAIN_MS, behind, sizeof(behind));
	if (waiting > 0)
		log_warning("%s: %llu alerts wait in the outbox for the next start", behind,
			    (unsigned long long)waiting);
	delivery_free(d->office);
	pipeline_free(d->pipeline);
	for (unsigned i = 0; i < d->n_ports; i++)
		capture_close(d->ports[i].cap);
	free(d->state);
	policy_set_free(d->set);
}

static void end_at_once(int sig)
{
	(void)sig;
	_exit(EXIT_DONE);
}

static int run(struct daemon *d)
{
	struct complaint c = {{0}};
	sigset_t signals;
	int status = EXIT_DONE;

	/* a FIFO among the captures may be waited for without end: until they are open, there is nothing to tidy up */
	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGTERM, end_at_once);
	signal(SIGINT, end_at_once);
	log_open();
	signal(SIGPIPE, SIG_IGN);
	if (!secrets_are_kept(&d->set->cfg, stderr)) {
		policy_set_free(d->set);
		return EXIT_INPUT;
	}
	set_log_level(&d->set->cfg);
	d->state = strdup(d->set->cfg.state);

	json_init(&d->health, HEALTH_BYTES);
	int err = d->state ? config_verify(d->set, CONFIG_TO_START, &c) : -ENOMEM;
	if (!err)
		err = open_captures(d, &c);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (!err)
		err = metrics_server_new(&d->metrics, &d->set->cfg, &c);
	if (!err && privileges_drop() < 0) {
		complain(&c, "sekishod", 0, 0, "capabilities cannot be dropped");
		err = -EPERM;
	}
	if (!err)
		err = ledger_make_room(d->state, &c);
	if (!err)
		err = alerts_make_room(d->state, &c);
	if (!err)
		err = start(d, &c);
	if (err) {
		status = command_failed(err, &c);
	} else {
		log_notice("sekishod: watching %s%s, state in %s", capture_name(d->ports[0].cap),
			   d->n_ports > 1 ? " and others" : "", d->state);
		sandbox_enter(SANDBOX_MAIN);
		notify("READY=1\nSTATUS=watching");
		status = wait_for_signals(d, &signals);
		notify("STOPPING=1");
	}
	stop(d);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'}, {"check", no_argument, NULL, 'k'},
	    {"lang", required_argument, NULL, 'L'},   {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'},      {0}};
	struct daemon d = {0};
	struct complaint c;
	bool only_check = false, help = false;
	int err;

	heap_begin();
	hash_seed_at_random();
	sqlite_care_begin();
	words_choose(NULL);
	for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
		switch (o) {
		case 'c':
			d.config_file = optarg;
			break;
		case 'k':
			only_check = true;
			break;
		case 'L':
			if (!words_choose(optarg)) {
				fprintf(stderr, say(W_BAD_VALUE), optarg, "--lang", "en, ja");
				return EXIT_USAGE;
			}
			break;
		case 'h':
			help = true;
			break;
		case 'v':
			puts("sekishod " SEKISHO_VERSION);
			return EXIT_DONE;
		default:
			return EXIT_USAGE;
		}
	}
	if (help) {
		fputs(say(W_DAEMON_HELP), stdout);
		return EXIT_DONE;
	}
	if (!d.config_file || optind < argc) {
		fputs(d.config_file ? say(W_DAEMON_HELP) : say(W_NEEDS_CONFIG), stderr);
		return EXIT_USAGE;
	}
	d.set = policy_set_load(d.config_file, &c, &err);
	if (!d.set)
		return command_failed(err, &c);
	if (only_check) {
		int status = check(d.set);
		policy_set_free(d.set);
		return status;
	}
	config_start_note(&d.at_start, &d.set->cfg);
	return run(&d);
}
