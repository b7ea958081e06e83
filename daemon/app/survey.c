#include "app/person.h"
#include "app/command.h"
#include "app/survey.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/registry.h"
#include "app/words.h"
#include "base/hash.h"
#include "base/when.h"
#include "net/capture.h"

enum { BATCH = 256, SOURCES_MAX = 64, POLL_MS = 200 };
#define NEAR_NS (15 * 60 * NS_PER_S)

/* ---- what the ledger hands on */

static bool is_conversation(const struct event *ev)
{
	return ev->table != &asset_table && ev->table != &anomaly_table && ev->at.ip_proto != 0 &&
	       !ip_is_none(&ev->at.src_ip) && !ip_is_none(&ev->at.dest_ip) && ev->dest->scope != IP_SCOPE_MULTICAST &&
	       ev->dest->scope != IP_SCOPE_BROADCAST && ev->dest->scope != IP_SCOPE_LINK &&
	       ev->src->scope != IP_SCOPE_LINK && ev->src->scope != IP_SCOPE_UNSPECIFIED;
}

static bool was_answered(const struct event *ev)
{
	if (ev->table != &flow_table_fields)
		return ev->complete != COMPLETE_NO;
	const struct event_value *v = event_get(ev, &flow_field[FLOW_PKTS_TC]);
	return v && v->u > 0;
}

/* An open flow that has not said what it speaks will tell again. */
static bool is_open_flow(const struct event *ev)
{
	if (ev->table != &flow_table_fields || ev->at.app_proto)
		return false;
	const struct event_value *v = event_get(ev, &flow_field[FLOW_STATE]);
	return !v || v->u != FLOW_STATE_CLOSED;
}

static void note_trouble(struct survey *s, const struct finding *f)
{
	int64_t at_ns = f->event->at.ts_ns;
	struct survey_alert *last = s->n_alerts ? &s->alerts[s->n_alerts - 1] : NULL;
	if (last && strcmp(last->rule, f->rule->id) == 0 && at_ns - last->last_ns < NEAR_NS) {
		last->last_ns = at_ns;
	} else if (s->n_alerts == SURVEY_ALERTS_MAX) {
		s->alerts_left_out++;
	} else {
		last = &s->alerts[s->n_alerts++];
		last->first_ns = last->last_ns = at_ns;
		snprintf(last->rule, sizeof(last->rule), "%s", f->rule->id);
	}
}

/* As things are, only what is critical is trouble: papers are missing, which is what is to be found out here. */
static void critical_take(void *ctx, const struct finding *f)
{
	if (f->level >= LEVEL_CRITICAL)
		note_trouble(ctx, f);
}

/* What is high though everything were allowed is trouble by itself; of devices only the papers speak. */
static void high_take(void *ctx, const struct finding *f)
{
	if (f->level >= LEVEL_HIGH && f->event->table != &asset_table)
		note_trouble(ctx, f);
}

static void judge(struct survey *s, struct event *ev)
{
	struct conduit as_it_is = ev->conduit;

	rules_judge(s->set->rules, ev, (struct finding_sink){critical_take, s});
	ev->conduit = (struct conduit){CONDUIT_ALLOWED, .line = as_it_is.line ? as_it_is.line : 1};
	rules_judge(s->trouble->rules, ev, (struct finding_sink){high_take, s});
	ev->conduit = as_it_is;
}

static void take(void *ctx, struct event *ev)
{
	struct survey *s = ctx;
	const struct origin *at = &ev->at;

	if (s->first_ns == 0 || ev->first_ns < s->first_ns)
		s->first_ns = ev->first_ns;
	if (at->ts_ns > s->last_ns)
		s->last_ns = at->ts_ns;
	if (is_conversation(ev) && !is_open_flow(ev)) {
		struct survey_key key = {.src_ip = at->src_ip,
					 .dest_ip = at->dest_ip,
					 .app_proto = at->app_proto,
					 .port = origin_port(at),
					 .ip_proto = at->ip_proto,
					 .func_class = (uint8_t)ev->func_class};
		uint64_t hash = hash_bytes(&key, sizeof(key));
		struct survey_row *r = table_find(&s->rows, &key, hash);
		if (!r && s->rows.used == s->rows.cap) {
			s->left_out++;
		} else if (!r && (r = table_insert(&s->rows, &key, hash))) {
			r->first_ns = ev->first_ns;
			r->conduit = ev->conduit;
			r->of_session = origin_of_session(at);
		}
		if (r) {
			r->count += ev->count;
			if (ev->first_ns < r->first_ns)
				r->first_ns = ev->first_ns;
			if (at->ts_ns > r->last_ns)
				r->last_ns = at->ts_ns;
			r->answered |= was_answered(ev);
			r->src_zone = ev->src->zone;
			r->dest_zone = ev->dest->zone;
			r->same_zone = strcmp(ev->src->zone, ev->dest->zone) == 0;
			snprintf(r->src_name, sizeof(r->src_name), "%s", ev->src->name);
			snprintf(r->dest_name, sizeof(r->dest_name), "%s", ev->dest->name);
			if (ev->conduit.verdict > r->conduit.verdict)
				r->conduit = ev->conduit;
		}
	}
	judge(s, ev);
}

/* ---- opening and closing */

int survey_open(struct survey *s, const char *config_file, struct complaint *c)
{
	int err;

	*s = (struct survey){.dir = ""};
	s->set = policy_set_load(config_file, c, &err);
	if (!s->set)
		return err;
	s->trouble = policy_set_load(config_file, c, &err);
	if (!s->trouble) {
		policy_set_free(s->set);
		return err;
	}
	strcpy(s->dir, "/tmp/sekisho-survey-XXXXXX");
	if (!mkdtemp(s->dir)) {
		err = -errno;
		complain(c, s->dir, 0, 0, "a directory for the time being cannot be made: %s", strerror(errno));
		s->dir[0] = '\0';
	}
	const struct config *cfg = &s->set->cfg;
	if (!err && cfg->register_file[0]) {
		struct person by = person_of(NULL, say(W_REGISTER_NAMED));
		unsigned rows;
		char *path = config_path(cfg, cfg->register_file);
		err = path ? register_import(s->dir, path, &cfg->site, &by, &rows, c) : -ENOMEM;
		free(path);
	}
	if (!err)
		err = ledger_open(&s->ledger, s->dir, &cfg->site, (struct event_sink){take, s}, c);
	struct worker_options o = {.flows_max = (uint32_t)cfg->flows.max,
				   .vlan_in_key = cfg->capture.vlan_in_flow_key,
				   .suppress_duplicates = cfg->capture.suppress_duplicates,
				   .host_records = true,
				   .dissectors = dissectors,
				   .next = {ledger_take, s->ledger}};
	s->worker = err ? NULL : worker_new(&o);
	if (!err && (!s->worker || table_init(&s->rows, SURVEY_ROWS_MAX, sizeof(struct survey_key),
					      sizeof(struct survey_row), table_hash_bytes, NULL, NULL) < 0)) {
		err = -ENOMEM;
		complain(c, "memory", 0, 0, "not enough for these settings; lower flows.max");
	}
	if (err)
		survey_close(s);
	return err;
}

void survey_close(struct survey *s)
{
	static const char *const files[] = {"ledger.db", "ledger.db-wal", "ledger.db-shm"};
	char path[128];

	worker_free(s->worker);
	ledger_close(s->ledger);
	if (s->rows.index)
		table_deinit(&s->rows);
	policy_set_free(s->set);
	policy_set_free(s->trouble);
	for (size_t i = 0; s->dir[0] && i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", s->dir, files[i]);
		unlink(path);
	}
	if (s->dir[0])
		rmdir(s->dir);
	*s = (struct survey){.dir = ""};
}

/* ---- reading */

static volatile sig_atomic_t stopped;

static void stop(int signal_no)
{
	(void)signal_no;
	stopped = 1;
}

static void frame(void *ctx, const struct frame_in *f)
{
	struct survey *s = ctx;

	s->frames++;
	worker_frame(s->worker, f);
}

static void read_files(struct survey *s, struct capture **caps)
{
	for (size_t i = 0; caps[i]; i++) {
		worker_source(s->worker, NULL, capture_name(caps[i]));
		while (!stopped && capture_read(caps[i], BATCH, frame, s) != CAPTURE_END)
			;
		if (capture_trouble(caps[i]))
			command_tell(stderr, "%s\n", capture_trouble(caps[i]));
	}
}

static void read_live(struct survey *s, struct capture **caps, size_t n, int seconds)
{
	struct pollfd fds[SOURCES_MAX];
	int64_t end_ns = when_monotonic_ns() + (int64_t)seconds * NS_PER_S;

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){.fd = capture_fd(caps[i]), .events = POLLIN};
	while (!stopped && (seconds == 0 || when_monotonic_ns() < end_ns)) {
		int got = 0;
		for (size_t i = 0; i < n; i++) {
			worker_source(s->worker, capture_name(caps[i]), NULL);
			int m = capture_read(caps[i], BATCH, frame, s);
			got += m > 0 ? m : 0;
		}
		if (got == 0) {
			poll(fds, (nfds_t)n, POLL_MS);
			worker_idle(s->worker, when_now_ns() - NS_PER_S);
		}
	}
}

int survey_take(struct survey *s, char **sources, int n, int seconds, struct complaint *c)
{
	const struct config *cfg = &s->set->cfg;
	struct capture_options o = {.snaplen = (uint32_t)cfg->capture.snaplen,
				    .filter = cfg->capture.filter[0] ? cfg->capture.filter : NULL};
	struct capture *caps[SOURCES_MAX + 1] = {NULL};
	size_t opened = 0, live = 0;
	int err = 0;

	if (n > SOURCES_MAX) {
		complain(c, "captures", 0, 0, "%d are more than the %d that are read at once", n, SOURCES_MAX);
		return -EINVAL;
	}
	for (int i = 0; i < n && !err; i++) {
		bool is_file = strcmp(sources[i], "-") == 0 || strchr(sources[i], '/') || access(sources[i], F_OK) == 0;
		/* not by /sys/class/net: that shows the interfaces of where it was mounted */
		bool is_iface = !is_file && if_nametoindex(sources[i]) != 0;
		err = is_iface ? capture_open_live(&caps[opened], sources[i], &o, c)
			       : capture_open_file(&caps[opened], sources[i], &o, c);
		opened += err == 0;
		live += !err && is_iface;
	}
	if (!err && live > 0 && live < opened) {
		complain(c, sources[0], 0, 0, "captures and interfaces cannot be mixed. Name one kind");
		err = -EINVAL;
	}
	if (!err) {
		struct sigaction sa = {.sa_handler = stop}, int_before, term_before;
		stopped = 0;
		sigaction(SIGINT, &sa, &int_before);
		sigaction(SIGTERM, &sa, &term_before);
		if (live > 0)
			read_live(s, caps, opened, seconds);
		else
			read_files(s, caps);
		sigaction(SIGINT, &int_before, NULL);
		sigaction(SIGTERM, &term_before, NULL);
		worker_finish(s->worker);
		if (ledger_write(s->ledger) < 0) {
			complain(c, s->dir, 0, 0, "the ledger for the time being cannot be written. Is /tmp full?");
			err = -EIO;
		}
	}
	for (size_t i = 0; i < opened; i++)
		capture_close(caps[i]);
	return err;
}

/* ---- rows */

const char *survey_protocol(const struct survey_row *r)
{
	if (r->key.ip_proto == IPPROTO_ICMP || r->key.ip_proto == IPPROTO_ICMPV6)
		return "icmp";
	if (r->key.app_proto)
		return r->key.app_proto;
	return r->key.ip_proto == IPPROTO_TCP ? "tcp" : r->key.ip_proto == IPPROTO_UDP ? "udp" : "any";
}

const char *survey_class(const struct survey_row *r)
{
	static const char *const names[] = {"any", "read", "write", "program", "admin"};

	return names[r->key.func_class <= CLASS_ADMIN ? r->key.func_class : 0];
}

static int compare_conversation(const struct survey_row *p, const struct survey_row *q)
{
	int order = strcmp(p->src_zone, q->src_zone);

	if (!order)
		order = strcmp(p->dest_zone, q->dest_zone);
	if (!order)
		order = memcmp(&p->key.src_ip, &q->key.src_ip, sizeof(p->key.src_ip));
	if (!order)
		order = memcmp(&p->key.dest_ip, &q->key.dest_ip, sizeof(p->key.dest_ip));
	if (!order)
		order = strcmp(survey_protocol(p), survey_protocol(q));
	return order ? order : p->key.port - q->key.port;
}

static int compare(const void *a, const void *b)
{
	const struct survey_row *p = *(struct survey_row *const *)a, *q = *(struct survey_row *const *)b;
	int order = compare_conversation(p, q);

	return order ? order : p->key.func_class - q->key.func_class;
}

struct survey_row **survey_rows(const struct survey *s, size_t *n)
{
	struct survey_row **rows = calloc((size_t)s->rows.used + 1, sizeof(struct survey_row *));
	size_t kept = 0, all = 0;

	*n = 0;
	if (!rows)
		return NULL;
	for (struct survey_row *r = table_oldest(&s->rows); r; r = table_newer(&s->rows, r))
		rows[all++] = r;
	qsort(rows, all, sizeof(rows[0]), compare);
	for (size_t i = 0; i < all; i++) {
		bool finer = rows[i]->key.func_class == CLASS_NONE && i + 1 < all &&
			     compare_conversation(rows[i], rows[i + 1]) == 0;
		if (!finer)
			rows[kept++] = rows[i];
	}
	*n = kept;
	return rows;
}
