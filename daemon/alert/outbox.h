/*
 * Alerts and the outbox: what was found becomes an alert with a life of its own, durable before anyone outside hears of
 * it.
 *
 * STATE_DIR/alerts.db (SQLite, WAL). `alerts` holds one row an alert (grouped findings); `outbox` one row for each
 * thing to be told (new, update at 10, 100, ... occurrences, ack, close, reopen ...), numbered without holes.
 * Both change in one transaction, committed at most 200 ms after the finding. Sinks read committed rows only, each at
 * its own position.
 *
 * Ids: an outbox row has `seq` (1, 2, 3 ...) and `ms` (wall clock when it was put down, never falling), which are the
 * Redis stream id. An alert's id is made from packet time, rule and group, so the same capture gives the same alerts.
 */
#ifndef SEKISHO_ALERT_OUTBOX_H
#define SEKISHO_ALERT_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/log.h"
#include "alert/severity.h"
#include "event/finding.h"

struct alerts;

/** What the alerts say of the sensor itself. Borrowed strings. */
struct sensor_info {
	const char *name, *site, *version;
};

/**
 * Opens (or creates) the store for writing. @return 0; -errno with @c filled.
 * A finding whose packet time is not after the last_seen that an alert already had when the store was opened is not
 * counted again: a capture replayed after a crash adds nothing twice.
 */
int alerts_open(struct alerts **out, const char *state_dir, const struct sensor_info *sensor, struct complaint *c)
    __attribute__((warn_unused_result));

/** How much is kept. 0: the default. */
struct alerts_limits {
	uint32_t groups;        /* in memory, 100,000; an evicted one is found again in alerts.db */
	uint64_t pending_bytes; /* waiting for a commit, 64 MiB: what a full disk may hold up */
	uint64_t outbox_rows;   /* 1,000,000; rows that some sink lacks stay until there are twice as many */
	uint64_t alert_rows;    /* 1,000,000; then those not seen for longest go */
};

/** Replaces the defaults. Call before the first alerts_take(). @return 0, or -ENOMEM. */
int alerts_set_limits(struct alerts *a, const struct alerts_limits *limits) __attribute__((warn_unused_result));
void alerts_close(struct alerts *a);

/** How the business impact weighs. The list of contacts is borrowed. Call before the first alerts_take(), or on the
 * same thread. */
void alerts_set_weights(struct alerts *a, const struct severity_weights *w);

/** The alert that the last alerts_take() raised, with its level; NULL where it raised none. Borrowed until the next. */
const char *alerts_raised(const struct alerts *a, enum alert_level *level);

/** A finding_sink.take; ctx is the alerts. Groups, counts, raises; buffers until the next commit. */
void alerts_take(void *alerts, const struct finding *f);

/**
 * Commits what was taken if @now_monotonic_ns says that 200 ms have passed since the oldest of it, or if @force. Call
 * only between packets.
 * @return 0; > 0 rows committed; -EIO, -ENOSPC with a log line on the first of a row of failures: nothing is lost, call
 * again.
 */
int alerts_commit(struct alerts *a, int64_t now_monotonic_ns, bool force);

/** An alert that goes on is told again after @minutes of packet time, whatever its count; 0: by its count alone. */
void alerts_set_update(struct alerts *a, uint32_t minutes);

/** Alerts of one source within @window_minutes of packet time may be one incident (incidents.h); 0: no incidents. @tell: sinks
 * hear of each, as a record of its own. */
void alerts_set_incidents(struct alerts *a, uint32_t window_minutes, bool tell);

/** What the writer of the store cannot do itself: audit trail. */
struct request;
struct alerts_hooks {
	/** Puts down what is about to be done, @details a JSON object. @return 0, or -errno: then it is not done. */
	int (*audit)(void *ctx, const struct request *r, const char *details);
	void *ctx;
};

/**
 * Carries out what people asked for (requests.h), and wakes alerts whose mute has run out at @now_ns (wall clock; 0:
 * none). Call between packets; what was taken before is committed first. @return requests answered, or -errno.
 */
int alerts_serve(struct alerts *a, const struct alerts_hooks *hooks, int64_t now_ns);

/** Names the capture that was kept for an alert, and tells it. @return 0; -ENOENT; -errno. */
int alerts_set_evidence(struct alerts *a, const char *alert_id, const char *pcap, const char *sha256);

/** Share of packets lost in the last 5 minutes, percent: every alert carries it. */
void alerts_set_loss(struct alerts *a, double pct_5m);

enum { OUTBOX_ROWS_DEFAULT = 1000000 };

struct alerts_counters {
	uint64_t last_seq; /* of the outbox */
	uint64_t raised, updated, suppressed, outbox_rows, commits, commit_errors;
	uint64_t muted, reopened; /* findings that a mute kept from being told; alerts that came back */
	uint64_t
	    refused; /* findings that found no room while the disk refused to take any: told when they come again */
	uint64_t pending_rows; /* outbox rows waiting for a commit now */
	uint64_t groups, groups_evicted;
	uint64_t incidents, incident_sources, incident_sources_evicted, incident_findings_refused;
	uint64_t trimmed_told, trimmed_untold,
	    trimmed_alerts; /* taken out by retention; untold ones were lost to some sink */
};
/** Most that alerts with the default limits take. */
uint64_t alerts_ceiling_bytes(void);
struct alerts_counters alerts_count(const struct alerts *a);

/* ---- reading the outbox: one reader per sink, on the courier thread or in another process */

struct outbox_row {
	uint64_t seq;
	int64_t ms;
	const char *json; /* the alert object of events.md, one line, NUL-terminated */
	size_t len;
};

struct outbox;

/** Opens STATE_DIR/alerts.db for reading and for keeping positions. @return 0; -ENOENT where there is none yet; -errno
 * with @c filled. */
int outbox_open(struct outbox **out, const char *state_dir, struct complaint *c) __attribute__((warn_unused_result));
void outbox_close(struct outbox *o);

/** Rows after @seq, at most @max, in order; borrowed until the next call. @return how many, or -errno. */
int outbox_read(struct outbox *o, uint64_t after_seq, struct outbox_row *rows, int max);

/** The first seq whose stream id (ms, seq) is greater than the given id, minus 1: where to resume. */
int outbox_seek_id(struct outbox *o, uint64_t ms, uint64_t seq, uint64_t *after_seq);

/** A sink's position: the seq of the last row it has delivered for good. 0 where it has none. */
uint64_t outbox_position(struct outbox *o, const char *sink);
int outbox_set_position(struct outbox *o, const char *sink, uint64_t seq);

uint64_t outbox_last_seq(struct outbox *o);

/* ---- reading alerts */

struct alerts_filter {
	const char *rule;                /* id or its beginning, or NULL */
	const char *zone;                /* of either end, or NULL */
	const char *state;               /* or NULL */
	const char *alert_id, *incident; /* or NULL */
	enum alert_level least_level;
};

/** Calls @row with one JSON object a mute: no, alert_id, rule, src, dest, zone, until, reason, by, at, applied,
 * last_applied, ended. @ended: also those that are over. */
int alerts_each_mute(const char *state_dir, bool ended, void (*row)(void *ctx, const char *json), void *ctx,
		     struct complaint *c);

struct incidents_filter {
	const char *state, *id; /* "open", "closed"; or NULL */
	enum alert_level least_level;
};

/** Calls @row with one incident each, timeline and all, by first_seen. */
int incidents_each(const char *state_dir, const struct incidents_filter *f, void (*row)(void *ctx, const char *json),
		   void *ctx, struct complaint *c);

/** Calls @row with one alert object of events.md each, by first_seen and id. */
int alerts_each(const char *state_dir, const struct alerts_filter *f, void (*row)(void *ctx, const char *json),
		void *ctx, struct complaint *c);

#endif
