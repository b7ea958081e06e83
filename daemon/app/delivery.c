#include "app/delivery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/health.h"
#include "app/redis_reach.h"
#include "base/when.h"
#include "sinks/sink.h"

enum { SINKS_MAX = CONFIG_LIST_MAX + 2, READ_MAX = 64 };

struct delivery_office {
	struct outbox *outbox;
	struct courier *courier;
	struct pipeline *pipeline;
	struct commands *commands;
	char *state_dir;
	int64_t away_since_ns[SINKS_MAX]; /* 0: reached when health was asked last */
};

/* ---- what the sinks see of outbox and ledger */

static int source_read(void *ctx, uint64_t after_seq, struct delivery *rows, int max)
{
	struct delivery_office *d = ctx;
	struct outbox_row got[READ_MAX];
	int n = outbox_read(d->outbox, after_seq, got, max < READ_MAX ? max : READ_MAX);

	for (int i = 0; i < n; i++)
		rows[i] = (struct delivery){got[i].seq, got[i].ms, got[i].json, got[i].len};
	return n;
}

static int source_seek_id(void *ctx, uint64_t ms, uint64_t seq, uint64_t *after_seq)
{
	return outbox_seek_id(((struct delivery_office *)ctx)->outbox, ms, seq, after_seq);
}

static uint64_t source_position(void *ctx, const char *sink)
{
	return outbox_position(((struct delivery_office *)ctx)->outbox, sink);
}

static int source_set_position(void *ctx, const char *sink, uint64_t seq)
{
	return outbox_set_position(((struct delivery_office *)ctx)->outbox, sink, seq);
}

static uint64_t source_waiting(void *ctx, uint64_t after_seq)
{
	return outbox_waiting(((struct delivery_office *)ctx)->outbox, after_seq);
}

static bool source_wanted(void *ctx, const char *sink, uint64_t *after_seq)
{
	return outbox_take_wanted(((struct delivery_office *)ctx)->outbox, sink, after_seq);
}

static void source_number_behind(void *ctx, int64_t ms)
{
	struct delivery_office *d = ctx;

	if (d->pipeline)
		pipeline_number_behind(d->pipeline, ms);
}

static uint64_t assets_changed(void *ctx, uint64_t since, void (*row)(void *ctx, const char *json), void *row_ctx)
{
	return ledger_assets_changed(((struct delivery_office *)ctx)->state_dir, since, row, row_ctx);
}

static size_t status(void *ctx, char *buf, size_t size)
{
	struct delivery_office *d = ctx;

	struct json j;
	size_t len = 0;

	if (!d->pipeline)
		return 0;
	json_init(&j, size);
	json_object_begin(&j);
	health_members(d->pipeline, &j);
	json_object_end(&j);
	if (!j.overflow) {
		len = j.len;
		memcpy(buf, json_cstr(&j), len + 1);
	}
	json_deinit(&j);
	return len;
}

/* ---- the sinks that a configuration names */

struct sink_list {
	struct sink *sink[SINKS_MAX];
	size_t n;
};

static int add_redis(struct sink_list *list, const struct config *cfg, const struct asset_source *assets,
		     const struct command_source *commands, struct complaint *c)
{
	struct redis_reach reach;

	if (!redis_reach_is_named(cfg))
		return 0;
	int err = redis_reach_of(&reach, cfg);
	struct redis_options *o = &reach.options;
	o->stream_maxlen = (uint64_t)cfg->redis.maxlen;
	o->keep_hours = (unsigned)cfg->redis.keep_hours;
	o->list = cfg->redis.list;
	o->channel = cfg->redis.channel;
	o->commands = cfg->redis.commands ? commands : NULL;
	if (!err)
		err = sink_redis_new(&list->sink[list->n], o, assets, c);
	redis_reach_free(&reach);
	list->n += err == 0;
	return err;
}

/* @return the place of @word in @words, which has it. */
static int word_at(const char *word, const char *const *words)
{
	int i = 0;

	while (strcmp(words[i], word) != 0)
		i++;
	return i;
}

static int add_syslog(struct sink_list *list, const struct config *cfg, const struct syslog_config *s,
		      struct complaint *c)
{
	static const char *const transports[] = {[SYSLOG_UDP] = "udp",
						 [SYSLOG_TCP] = "tcp",
						 [SYSLOG_TLS] = "tls",
						 [SYSLOG_RELP] = "relp",
						 [SYSLOG_UNIX] = "unix"};
	static const char *const payloads[] = {
	    [SYSLOG_CEF] = "cef", [SYSLOG_LEEF] = "leef", [SYSLOG_EVE] = "eve", [SYSLOG_ECS] = "ecs"};
	char *ca = s->tls.ca ? config_path(cfg, s->tls.ca) : NULL;
	char *cert = s->tls.cert ? config_path(cfg, s->tls.cert) : NULL;
	char *key = s->tls.key ? config_path(cfg, s->tls.key) : NULL;
	struct syslog_options o = {
	    .name = s->name,
	    .address = s->address,
	    .transport = (enum syslog_transport)word_at(s->transport, transports),
	    .header = strcmp(s->format, "rfc3164") == 0 ? SYSLOG_RFC3164 : SYSLOG_RFC5424,
	    .payload = (enum syslog_payload)word_at(s->payload, payloads),
	    .max_bytes = (int)s->max_bytes,
	    .newline_framing = strcmp(s->framing, "newline") == 0,
	    .no_bom = !s->bom,
	    .hostname = cfg->sensor.name,
	    .offset_s = cfg->site.offset_s,
	    .with_tls = s->has_tls,
	    .tls = {.ca = ca, .cert = cert, .key = key, .server_name = s->tls.server_name, .no_verify = !s->tls.verify},
	    .level = s->level,
	    .zones = s->zones.n ? s->zones.item : NULL,
	    .rules = s->rules.n ? s->rules.item : NULL};
	bool short_of_memory = (s->tls.ca && !ca) || (s->tls.cert && !cert) || (s->tls.key && !key);
	int err = short_of_memory ? -ENOMEM : sink_syslog_new(&list->sink[list->n], &o, c);

	free(ca);
	free(cert);
	free(key);
	list->n += err == 0;
	return err;
}

static int add_eve(struct sink_list *list, const struct config *cfg, struct complaint *c)
{
	if (!cfg->eve.path[0])
		return 0;
	char *path = config_path(cfg, cfg->eve.path);
	int err = path ? sink_eve_new(&list->sink[list->n], path, c) : -ENOMEM;
	free(path);
	list->n += err == 0;
	return err;
}

static int make_sinks(struct sink_list *list, const struct config *cfg, const struct asset_source *assets,
		      const struct command_source *commands, struct complaint *c)
{
	int err = add_redis(list, cfg, assets, commands, c);

	for (size_t i = 0; i < cfg->n_syslog && !err; i++)
		err = add_syslog(list, cfg, &cfg->syslog[i], c);
	return err ? err : add_eve(list, cfg, c);
}

static int check_eve(const struct config *cfg, struct complaint *c)
{
	char *path = cfg->eve.path[0] ? config_path(cfg, cfg->eve.path) : NULL;
	int err = 0;

	if (!path)
		return cfg->eve.path[0] ? -ENOMEM : 0;
	bool is_there = access(path, F_OK) == 0;
	char *slash = strrchr(path, '/'), *folder = is_there ? NULL
						    : slash  ? strndup(path, (size_t)(slash - path) + 1)
							     : strdup(".");
	if (is_there ? access(path, W_OK) < 0 : !folder || access(folder, W_OK | X_OK) < 0) {
		err = -errno;
		complain(c, path, 0, 0, "%s. The directory must be there and be writable", strerror(errno));
	}
	free(folder);
	free(path);
	return err;
}

int delivery_check(const struct config *cfg, struct complaint *c)
{
	struct sink_list list = {.n = 0};
	int err = add_redis(&list, cfg, &(struct asset_source){NULL}, &(struct command_source){NULL}, c);

	for (size_t i = 0; i < cfg->n_syslog && !err; i++)
		err = add_syslog(&list, cfg, &cfg->syslog[i], c);
	for (size_t i = 0; i < list.n; i++)
		list.sink[i]->ops->close(list.sink[i]);
	return err ? err : check_eve(cfg, c);
}

/* Nothing is kept for a sink that is configured no more. */
static int say_who_there_is(struct outbox *o, const struct sink_list *list, struct complaint *c)
{
	const char *names[SINKS_MAX];

	for (size_t i = 0; i < list->n; i++)
		names[i] = list->sink[i]->name;
	int err = outbox_set_sinks(o, names, list->n);
	if (err)
		complain(c, "outbox", 0, 0, "alerts.db cannot be written: %s", strerror(-err));
	return err;
}

int delivery_new(struct delivery_office **out, const struct config *cfg, const char *state_dir,
		 struct pipeline *pipeline, struct complaint *c)
{
	struct sink_list list = {.n = 0};
	struct delivery_office *d = calloc(1, sizeof(*d));
	int err = 0;

	*out = NULL;
	if (!d || !(d->state_dir = strdup(state_dir)) || !(d->commands = commands_new(state_dir)))
		err = -ENOMEM;
	struct asset_source assets = {d, assets_changed, status};
	if (!err) {
		d->pipeline = pipeline;
		struct command_source commands = commands_source(d->commands);
		err = make_sinks(&list, cfg, &assets, &commands, c);
	}
	if (!err)
		err = outbox_open(&d->outbox, state_dir, c);
	if (!err)
		err = say_who_there_is(d->outbox, &list, c);
	if (err) {
		for (size_t i = 0; i < list.n; i++)
			list.sink[i]->ops->close(list.sink[i]);
	} else if (list.n > 0) {
		struct delivery_source src = {d,
					      source_read,
					      source_seek_id,
					      source_position,
					      source_set_position,
					      source_waiting,
					      source_wanted,
					      source_number_behind};
		err = courier_new(&d->courier, list.sink, list.n, &src);
	}
	if (err || list.n == 0)
		delivery_free(d);
	else
		*out = d;
	return err;
}

int delivery_start(struct delivery_office *d)
{
	return courier_start(d->courier);
}

void delivery_reopen(struct delivery_office *d)
{
	if (d)
		courier_reopen(d->courier);
}

uint64_t delivery_stop(struct delivery_office *d, int drain_ms, char *behind, size_t size)
{
	const struct sink *sinks[SINKS_MAX];

	if (!d)
		return 0;
	uint64_t waiting = courier_stop(d->courier, drain_ms), last = outbox_last_seq(d->outbox);
	size_t n = courier_sinks(d->courier, sinks, SINKS_MAX);
	size_t len = 0;
	for (size_t i = 0; waiting > 0 && i < n; i++) {
		if (sink_count(sinks[i]).after_seq < last && len < size)
			len += (size_t)snprintf(behind + len, size - len, "%s%s", len ? ", " : "", sinks[i]->name);
	}
	return waiting;
}

static void notes_members(unsigned notes, struct json *out)
{
	if (!notes)
		return;
	json_key(out, "notes");
	json_array_begin(out);
	for (unsigned bit = 1; bit <= notes; bit <<= 1) {
		if (notes & bit)
			json_str(out, sink_note_word((enum sink_note)bit));
	}
	json_array_end(out);
}

/* How many rows the sink lacks, and for how long it has not been reached. */
static void backlog_members(struct delivery_office *d, size_t i, const struct sink_counters *c, uint64_t last_seq,
			    struct json *out)
{
	int64_t now = when_monotonic_ns();

	if (c->connected)
		d->away_since_ns[i] = 0;
	else if (d->away_since_ns[i] == 0)
		d->away_since_ns[i] = now;
	json_kv_u64(out, "waiting", last_seq > c->after_seq ? last_seq - c->after_seq : 0);
	json_kv_u64(out, "away_s", c->connected ? 0 : (uint64_t)((now - d->away_since_ns[i]) / NS_PER_S));
}

void delivery_health(struct delivery_office *d, struct json *out)
{
	const struct sink *sinks[SINKS_MAX];
	size_t n = d ? courier_sinks(d->courier, sinks, SINKS_MAX) : 0;
	uint64_t last_seq = d && d->pipeline ? pipeline_count(d->pipeline).alerts.last_seq : 0;

	json_key(out, "sinks");
	json_array_begin(out);
	for (size_t i = 0; i < n; i++) {
		struct sink_counters c = sink_count(sinks[i]);
		json_object_begin(out);
		json_kv_str(out, "name", sinks[i]->name);
		json_kv_bool(out, "connected", c.connected);
		uint64_t without = c.filtered + c.refused;
		json_kv_u64(out, "delivered", c.delivered > without ? c.delivered - without : 0);
		if (c.filtered)
			json_kv_u64(out, "filtered", c.filtered);
		if (c.refused)
			json_kv_u64(out, "refused", c.refused);
		if (c.refused_duplicates)
			json_kv_u64(out, "refused_duplicates", c.refused_duplicates);
		json_kv_u64(out, "after_seq", c.after_seq);
		json_kv_u64(out, "retries", c.retries);
		json_kv_u64(out, "truncated", c.truncated);
		backlog_members(d, i, &c, last_seq, out);
		notes_members(c.notes, out);
		if (c.commands || c.commands_malformed) {
			json_kv_u64(out, "commands", c.commands);
			json_kv_u64(out, "commands_malformed", c.commands_malformed);
		}
		json_object_end(out);
	}
	json_array_end(out);
}

double delivery_behind(const struct delivery_office *d, char *name, size_t size)
{
	const struct sink *sinks[SINKS_MAX];
	size_t n = d && d->pipeline ? courier_sinks(d->courier, sinks, SINKS_MAX) : 0;
	struct alerts_counters box = n > 0 ? pipeline_count(d->pipeline).alerts : (struct alerts_counters){0};
	double most = 0;

	for (size_t i = 0; i < n; i++) {
		struct sink_counters c = sink_count(sinks[i]);
		uint64_t waiting = box.last_seq > c.after_seq ? box.last_seq - c.after_seq : 0;
		double part = box.kept_rows > waiting ? (double)waiting / (double)box.kept_rows : 1;
		double pct = waiting > 0 ? 100 * part * box.outbox_full : 0;
		if (!c.connected && pct > most) {
			most = pct;
			snprintf(name, size, "%s", sinks[i]->name);
		}
	}
	return most;
}

bool delivery_reader_loses(const struct delivery_office *d, char *who, size_t size, uint64_t *entries)
{
	const struct sink *sinks[SINKS_MAX];
	size_t n = d ? courier_sinks(d->courier, sinks, SINKS_MAX) : 0;

	for (size_t i = 0; i < n; i++) {
		if (sinks[i]->ops->reader_loses &&
		    sinks[i]->ops->reader_loses((struct sink *)(uintptr_t)sinks[i], who, size, entries))
			return true;
	}
	return false;
}

void delivery_free(struct delivery_office *d)
{
	if (!d)
		return;
	courier_free(d->courier);
	outbox_close(d->outbox);
	commands_free(d->commands);
	free(d->state_dir);
	free(d);
}
