/*
 * A sink takes committed alerts out of the building: Redis, syslog, an EVE file.
 *
 * The courier (daemon/sinks/courier.c) gives each sink a small thread of its own: a frozen Redis then cannot hold up
 * syslog, and each sink may wait for its peer in the plainest way, within time limits. A sink that cannot deliver says
 * when it wants to be tried again. Each has its own position in the outbox. The outbox (delivery_source) is shared: the
 * courier lets one thread at a time use it, and copies what it reads.
 */
#ifndef SEKISHO_SINKS_SINK_H
#define SEKISHO_SINKS_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "sinks/tls_client.h"

/** One committed row, as the outbox has it. */
struct delivery {
	uint64_t seq;
	int64_t ms;
	const char *json;
	size_t len;
};

/** Where committed rows come from; app wires it to the outbox, so that sinks do not know SQLite. */
struct delivery_source {
	void *ctx;
	int (*read)(void *ctx, uint64_t after_seq, struct delivery *rows, int max);
	int (*seek_id)(void *ctx, uint64_t ms, uint64_t seq, uint64_t *after_seq);
	uint64_t (*position)(void *ctx, const char *sink);
	int (*set_position)(void *ctx, const char *sink, uint64_t seq);
	uint64_t (*waiting)(void *ctx, uint64_t after_seq); /* rows after it */
	/** Somebody sends @sink to *after_seq: said once, and its position from then on. */
	bool (*wanted)(void *ctx, const char *sink, uint64_t *after_seq);
	/** A receiver has ids up to @ms: rows to come are to get later ones. May be NULL. */
	void (*number_behind)(void *ctx, int64_t ms);
};

/** What the status and the asset keys are made of; app fills it from the ledger's database, as JSON lines. Called on
 * the thread of the Redis sink. */
struct asset_source {
	void *ctx;
	/** Calls @row with each asset record (JSON object of `assets --json`) changed since @since_version; @return the
	 * new version. */
	uint64_t (*changed)(void *ctx, uint64_t since_version, void (*row)(void *ctx, const char *json), void *row_ctx);
	/** Writes the members of the status hash (health in one object, JSON) into @buf. @return length. */
	size_t (*status)(void *ctx, char *buf, size_t size);
};

/*
 * Commands that come by Redis; app wires it to the requests of the alerts. Called on the thread of the Redis sink.
 */
enum command_taken {
	COMMAND_TAKEN,     /* durable now, or taken before */
	COMMAND_MALFORMED, /* says nothing that can be done */
	COMMAND_LATER,     /* cannot be put down now: to be offered again */
};

struct command_answer {
	int64_t no;
	char key[48]; /* id of the stream's entry */
	char id[32];  /* of the alert */
	const char *verb, *result;
};

struct command_source {
	void *ctx;
	/** @fields: field and value by turns, @n of both; @key: the entry's id, which makes it the same command. */
	enum command_taken (*take)(void *ctx, const char *key, const char *const *fields, size_t n);
	/** The next thing that was carried out, or refused, and not reported. @return false where there is none. */
	bool (*answer)(void *ctx, struct command_answer *a);
	/** @return 0; -errno: the same answer comes again. */
	int (*reported)(void *ctx, int64_t no);
};

struct sink;

struct sink_ops {
	const char *kind; /* "redis", "syslog", "eve" */
	/**
	 * Delivers rows in order. @return how many of @n are delivered for good (their position may be kept); 0 with
	 * *retry_ms set where it must be tried later. Called with n == 0 every second or so: time for heartbeats and
	 * reconnecting.
	 */
	int (*deliver)(struct sink *s, const struct delivery *rows, int n, int *retry_ms);
	/** Where the receiver says it stands (Redis: the stream's last id): true with *after_seq set. NULL: the
	 * outbox's own position counts. */
	bool (*resume)(struct sink *s, const struct delivery_source *src, uint64_t *after_seq);
	/** Is there more to tell at heartbeats than the last one had time for? May be NULL. */
	bool (*has_more)(const struct sink *s);
	/** Rows that it delivered before come again from now on (a replay): what it knows of them is to be forgotten.
	 * May be NULL. */
	void (*rewound)(struct sink *s);
	/** Closes and frees. */
	void (*close)(struct sink *s);
	/** Reads its certificates anew (SIGHUP); on the thread that reloads, not the sink's. May be NULL. */
	void (*renew)(struct sink *s);
	/** Opens its file anew (SIGHUP). May be NULL. */
	void (*reopen)(struct sink *s);
	/** Whether somebody who reads what was delivered comes too late for part of it, as far as was seen last: who,
	 * and how many entries. From any thread. May be NULL. */
	bool (*reader_loses)(struct sink *s, char *who, size_t size, uint64_t *entries);
};

/*
 * How the courier uses them, for one sink: deliver(n = 0) until it asks for no retry; where the sink is not
 * `positioned`, resume() (or the outbox's position) says where to go on; then rows. A sink that loses its peer clears
 * `positioned`, and the same begins again.
 */

/* Written by the sink's thread alone, each with sink_add(), sink_stand() or sink_connected(); read from others through
 * sink_count().
 */
struct sink_counters {
	uint64_t delivered, retries;
	uint64_t refused_duplicates; /* rows that a Redis had already; they count as delivered */
	uint64_t refused;            /* rows that a Redis will not take any more and does not have; within delivered */
	uint64_t commands, commands_malformed;
	uint64_t truncated; /* messages cut to their byte budget */
	uint64_t filtered;  /* rows that its filter holds back; they count as delivered too */
	uint64_t after_seq; /* the last row that it has, as far as is known */
	unsigned notes;     /* of enum sink_note */
	bool connected;
};

/* What is not as it should be with a receiver, though it takes alerts. */
enum sink_note {
	SINK_MAY_EVICT = 1,    /* a Redis may remove our keys when memory is short */
	SINK_FORGETS = 2,      /* a Redis keeps nothing on disk */
	SINK_READER_LOSES = 4, /* what a reader has not read yet is removed */
	SINK_KEEPS_LONGER = 8, /* a Redis does not remove what is too old */
	SINK_ENDS_LATER = 16,  /* a stream refused alerts that it does not have */
	SINK_LIST_REFUSED = 32,
	SINK_CHANNEL_REFUSED = 64,
	SINK_COMMANDS_REFUSED = 128,
	SINK_KEYS_REFUSED = 256,
};

/** The word of a note in health.json; and what it says to a person (PHRASE_LATER), by that word. NULL where there is
 * none. */
const char *sink_note_word(enum sink_note note);
const char *sink_note_text(const char *word);
/** Does somebody lack alerts where this note stands? */
bool sink_note_is_fault(const char *word);

/** Whether @which holds of @s. On the sink's thread, as the next. @return whether that begins. */
bool sink_note_keep(struct sink *s, enum sink_note which, bool holds);
/** The same, and its text in the log when it begins, of @label. */
void sink_note_set(struct sink *s, enum sink_note which, bool holds, const char *label);

struct sink {
	const struct sink_ops *ops;
	char name[64]; /* "redis", "syslog:udp:192.0.2.1:514": position key, unique */
	bool positioned;
	int64_t retry_at_ns; /* the courier's */
	struct sink_counters counters;
};

static inline void sink_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

static inline void sink_connected(struct sink *s, bool connected)
{
	__atomic_store_n(&s->counters.connected, connected, __ATOMIC_RELAXED);
}

static inline void sink_stand(struct sink *s, uint64_t after_seq)
{
	__atomic_store_n(&s->counters.after_seq, after_seq, __ATOMIC_RELAXED);
}

/** The counters of a sink, from any thread. */
struct sink_counters sink_count(const struct sink *s);

/** Names a sink "kind:what"; what is too long keeps its end, behind a hash of all of it. */
void sink_set_name(struct sink *s, const char *kind, const char *what);

/* ---- what can be configured */

struct redis_options {
	/* redis://[user:password@]host[:port][/db], rediss://..., unix:///path[?db=N]; with Sentinel without a host */
	const char *url;
	const char *user, *password; /* or NULL; override the URL's */
	const char *sensor;          /* names the keys: sekisho:{SENSOR}:... */
	uint64_t stream_maxlen;      /* 0: 100000 */
	unsigned keep_hours;         /* entries that are older go, also where there is room; 0: by number alone */
	bool list, channel;          /* also RPUSH to :alerts:list, PUBLISH to :alerts:live */
	int connect_ms, command_ms;  /* 0: 2000 */
	const struct command_source *commands; /* copied; NULL: none are taken */
	struct tls_options tls;                /* for rediss:// */
	bool cluster;
	const char *const *nodes;    /* further nodes of the Cluster, "host:port", up to a NULL; may be NULL */
	const char *sentinel_master; /* NULL: no Sentinel */
	const char *const *sentinels;
	const char *sentinel_user, *sentinel_password; /* or NULL */
};

enum syslog_transport { SYSLOG_UDP, SYSLOG_TCP, SYSLOG_TLS, SYSLOG_RELP, SYSLOG_UNIX };
enum syslog_header { SYSLOG_RFC5424, SYSLOG_RFC3164 };
enum syslog_payload { SYSLOG_CEF, SYSLOG_LEEF, SYSLOG_EVE, SYSLOG_ECS };
struct syslog_options {
	const char *name; /* of the position in the outbox, behind "syslog:"; NULL: transport and address */
	enum syslog_transport transport;
	const char *address; /* host:port, [v6]:port, or a path */
	enum syslog_header header;
	enum syslog_payload payload;
	int max_bytes;        /* 0: 1024 for UDP and for RFC 3164, 8192 else */
	bool newline_framing; /* TCP, TLS: LF instead of octet counting */
	bool no_bom;          /* RFC 5424 */
	const char *hostname; /* HOSTNAME: the sensor's name */
	int offset_s;         /* RFC 3164: the site's clock, east of UTC */
	bool with_tls;        /* RELP; TLS has it anyhow */
	struct tls_options tls;
	/* what is sent: alerts of this level and above, of these zones (at either end) and rules, each up to a NULL
	 * and with '*' for any rest; NULL: all. Copied. */
	const char *level;
	const char *const *zones, *const *rules;
};

int sink_redis_new(struct sink **out, const struct redis_options *o, const struct asset_source *assets,
		   struct complaint *c);
int sink_syslog_new(struct sink **out, const struct syslog_options *o, struct complaint *c);
int sink_eve_new(struct sink **out, const char *path, struct complaint *c);

/* ---- the courier */

struct courier;

/** Takes ownership of @sinks (also where it fails). @src is copied, and used by one thread at a time from
 * courier_start() to courier_stop(). */
int courier_new(struct courier **out, struct sink **sinks, size_t n, const struct delivery_source *src);

/** Starts the threads. @return 0, or -EAGAIN, -ENOMEM with none running. */
int courier_start(struct courier *k);

/** Reads certificates anew, and asks the threads to reopen files (SIGHUP). */
void courier_reopen(struct courier *k);

/** Rows have been committed: look at once rather than within 50 ms. Optional, cheap, from any thread. */
void courier_wake(struct courier *k);

/** Stops the threads as soon as everything is delivered, or after @drain_ms of trying. @return rows that some sink has
 * not delivered. */
uint64_t courier_stop(struct courier *k, int drain_ms);
void courier_free(struct courier *k);

size_t courier_sinks(const struct courier *k, const struct sink **sinks, size_t max);

#endif
