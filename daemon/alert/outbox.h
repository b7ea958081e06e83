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
#include "base/sqlite_company.h"
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

/** The same in other company than SQLITE_SHARED. Where nobody else is expected, nobody waits for commits. */
int alerts_open_in(struct alerts **out, const char *state_dir, const struct sensor_info *sensor,
		   enum sqlite_company company, struct complaint *c) __attribute__((warn_unused_result));

/** What the outbox keeps of what every sink has; twice as much of what some sink lacks, whatever its age. 0: the
 * default. */
struct outbox_limits {
	uint64_t rows;    /* 1,000,000 */
	uint64_t bytes;   /* of JSON, 1 GiB */
	int64_t age_ms;   /* none */
	bool least_first; /* what some sink lacks goes by its level, the least important first, and not by its age */
};

/** Only one process writes into a state directory: takes its lock. @return a descriptor that holds it until it is
 * closed; -EBUSY where somebody writes, -errno, with @c filled. */
int alerts_lock(const char *state_dir, struct complaint *c) __attribute__((warn_unused_result));

/** Copies the alerts of STATE_DIR, outbox and positions and all, as they stand into @file; checks the copy.
 * @return 0; -ENOENT where there are none yet; -errno with @c filled. */
int alerts_backup(const char *state_dir, const char *file, struct complaint *c) __attribute__((warn_unused_result));

/** Is alerts.db one that this program can use? One of an older version is brought up. @return 0; -errno with @c. */
int alerts_bring_up(const char *state_dir, struct complaint *c) __attribute__((warn_unused_result));

/** What the list of alerts keeps; those not seen for longest go. 0: the default. */
struct alerts_kept {
	uint64_t rows;  /* 1,000,000 */
	uint64_t bytes; /* of alerts.db without what the outbox is allowed, 2 GiB */
};

/**
 * For who has to go on watching: a damaged alerts.db is set aside (sqlite_care_set_aside()) and a fresh one takes over
 * what can still be read; the log says both. @return 0, also where there is nothing to do; -errno with @c filled.
 */
int alerts_make_room(const char *state_dir, struct complaint *c) __attribute__((warn_unused_result));

/** How much is kept. 0: the default. */
struct alerts_limits {
	uint32_t groups;        /* in memory, 100,000; an evicted one is found again in alerts.db */
	uint64_t pending_bytes; /* waiting for a commit, 64 MiB: what a full disk may hold up */
	struct alerts_kept list;
	struct outbox_limits outbox;
};

/** Replaces the defaults. Call before the first alerts_take(). @return 0, or -ENOMEM. */
int alerts_set_limits(struct alerts *a, const struct alerts_limits *limits) __attribute__((warn_unused_result));
void alerts_close(struct alerts *a);

/** Those of the outbox alone; at any time, on the thread that takes alerts. */
void alerts_set_outbox(struct alerts *a, const struct outbox_limits *limits);

/** A receiver has ids up to @ms: rows that are committed from now on get later ones, whatever the clock says. From any
 * thread. */
void alerts_number_behind(struct alerts *a, int64_t ms);

/** Those of the list alone, likewise. */
void alerts_set_list(struct alerts *a, const struct alerts_kept *kept);

/** How the business impact weighs. The list of contacts is borrowed. Call before the first alerts_take(), or on the
 * same thread. */
void alerts_set_weights(struct alerts *a, const struct severity_weights *w);

/** The alert that the last alerts_take() raised, with its level; NULL where it raised none. Borrowed until the next. */
const char *alerts_raised(const struct alerts *a, enum alert_level *level);

/** Did a person's mute keep what the last alerts_take() took from being told? */
bool alerts_muted(const struct alerts *a);

/** A finding_sink.take; ctx is the alerts. Groups, counts, raises; buffers until the next commit. */
void alerts_take(void *alerts, const struct finding *f);

/** @fn is called before each commit: what alerts name and others keep must be durable before the alerts are. It must
 * not give alerts. */
void alerts_set_before_commit(struct alerts *a, void (*fn)(void *ctx), void *ctx);

/**
 * The highest number of an asset that an alert, a mute or a person's word of one may name. Who gives numbers goes on
 * behind it: another device under a number that is told of already would share all that was said of the former. Where
 * a version that did not keep it left alerts, @given is the highest that is known of now, 0: of none.
 */
uint64_t alerts_asset_no(const struct alerts *a, uint64_t given);

/** Numbers up to @no are given; stands in the database with the next commit. */
void alerts_note_asset_no(struct alerts *a, uint64_t no);

/** A finding of an alert while planned work went on that concerns it (plan.h). */
struct planned;
typedef void planned_fn(void *ctx, const struct planned *by, const char *alert_id, const struct finding *f);

struct calendar;
/** Planned work from now on; taken over. @met is called for each finding that an entry concerns. @return 0; -ENOMEM:
 * the former holds. */
int alerts_set_plan(struct alerts *a, struct calendar *c, planned_fn *met, void *ctx);

/**
 * Commits what was taken if @now_monotonic_ns says that 100 ms have passed since the oldest of it, or if @force. Call
 * only between packets.
 * @return 0; > 0 rows committed; -EIO, -ENOSPC with a log line on the first of a row of failures: nothing is lost, call
 * again.
 */
int alerts_commit(struct alerts *a, int64_t now_monotonic_ns, bool force);

/** An alert that goes on is told again after @minutes of packet time, whatever its count; 0: by its count alone. */
void alerts_set_update(struct alerts *a, uint32_t minutes);

/** Alerts of one source within @window_minutes of packet time may be one incident (incidents.h); 0: no incidents.
 * @tell: sinks hear of each, as a record of its own. */
void alerts_set_incidents(struct alerts *a, uint32_t window_minutes, bool tell);

/** How soon the plant wants an alert of each level acknowledged and closed, minutes; 0: no target. Drills are held
 * against it; the alerts of one keep what was so when they were raised. */
struct reaction_minutes {
	int64_t acknowledge[LEVEL_COUNT], close[LEVEL_COUNT];
};
void alerts_set_reaction(struct alerts *a, const struct reaction_minutes *m);

/** What the writer of the store cannot do itself: audit trail. */
struct request;
struct alerts_hooks {
	/** Puts down what is about to be done, @details a JSON object. @return 0, or -errno: then it is not done. */
	int (*audit)(void *ctx, const struct request *r, const char *details);
	void *ctx;
	bool daemon; /* who serves stays and delivers: drills can go on (drills.h) */
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

struct alerts_counters {
	uint64_t last_seq; /* of the outbox */
	uint64_t raised, updated, suppressed, outbox_rows, commits, commit_errors;
	uint64_t raised_by_level[LEVEL_COUNT]; /* by the level that the rule gave them */
	uint64_t kept_rows, kept_bytes;        /* in the outbox now */
	double outbox_full;                    /* of what it may keep for a sink, 0 to 1 */
	uint64_t muted, reopened;              /* findings that a mute kept from being told; alerts that came back */
	uint64_t mutes;                        /* that are kept now */
	uint64_t planned;                      /* findings that planned work kept from being told */
	uint64_t
	    refused; /* findings that found no room while the disk refused to take any: told when they come again */
	uint64_t pending_rows; /* outbox rows waiting for a commit now */
	uint64_t groups, groups_evicted;
	uint64_t incidents, incident_sources, incident_sources_evicted, incident_findings_refused;
	uint64_t trimmed_told, trimmed_untold,
	    trimmed_alerts; /* taken out by retention; untold ones were lost to some sink */
};
/** Most that alerts with these limits take. */
uint64_t alerts_ceiling_bytes(const struct alerts_limits *limits);
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
/** The same for who only looks, and may have no right to write: nothing that changes a position works. */
int outbox_open_to_read(struct outbox **out, const char *state_dir, struct complaint *c)
    __attribute__((warn_unused_result));
void outbox_close(struct outbox *o);

/** Rows after @seq, at most @max, in order; borrowed until the next call. @return how many, or -errno. */
int outbox_read(struct outbox *o, uint64_t after_seq, struct outbox_row *rows, int max);

/** The first seq whose stream id (ms, seq) is greater than the given id, minus 1: where to resume. Retention may have
 * left holes. */
int outbox_seek_id(struct outbox *o, uint64_t ms, uint64_t seq, uint64_t *after_seq);

/** A sink's position: the seq of the last row it has delivered for good. 0 where it has none. */
uint64_t outbox_position(struct outbox *o, const char *sink);
int outbox_set_position(struct outbox *o, const char *sink, uint64_t seq);

/** The seq of the last row, 0 where there is none. @return 0, or -errno: -EINVAL where the file is damaged. */
int outbox_last(struct outbox *o, uint64_t *seq);
/** The same, and 0 where it cannot be read. */
uint64_t outbox_last_seq(struct outbox *o);

/** Says that what came with @err cannot be read, and what to do. @return @err. */
int outbox_unread(const char *state_dir, int err, struct complaint *c);

/** Rows after @seq. */
uint64_t outbox_waiting(struct outbox *o, uint64_t after_seq);

/**
 * Says which sinks there are from now on: what others lack is not kept for them. A new one begins with the oldest row.
 * Of former ones 64 positions stay.
 * @return 0 or -errno.
 */
int outbox_set_sinks(struct outbox *o, const char *const *names, size_t n);

/**
 * Sends a sink back (or on) to @after_seq; its thread, or the next start, finds it (outbox_take_wanted()).
 * @return 0; -ENOENT where no such sink is in use; -errno.
 */
int outbox_want(struct outbox *o, const char *sink, uint64_t after_seq);

/** What is known of a sink. */
struct outbox_sink {
	char name[64];
	uint64_t after_seq, waiting;
	int64_t waits_since_ms; /* when the oldest row that it lacks was put down; 0: it lacks none */
	bool active;            /* configured when the daemon started last */
};

/** Fills at most @max, by name. @return how many, or -errno. */
int outbox_sinks(struct outbox *o, struct outbox_sink *sinks, int max);

struct outbox_extent {
	uint64_t first_seq, last_seq, rows, bytes; /* all 0: empty */
	int64_t first_ms, last_ms;
};
/** @return 0, or -errno where it cannot be read. */
int outbox_extent(struct outbox *o, struct outbox_extent *e);

/** The first row at or after @ms, or of the alert @alert_id, minus 1: from where it is told again. @return 0; -ENOENT
 * where there is none (any more); -errno. */
int outbox_seek_time(struct outbox *o, int64_t ms, uint64_t *after_seq);
int outbox_seek_alert(struct outbox *o, const char *alert_id, uint64_t *after_seq);

/** Where somebody wants @sink to go on: true with *after_seq, which is its position then. */
bool outbox_take_wanted(struct outbox *o, const char *sink, uint64_t *after_seq);

/* ---- reading alerts */

/** Alerts of drills are among the real ones, marked; or not; or alone. */
enum alerts_drills { DRILLS_TOO, DRILLS_NOT, DRILLS_ALONE };

struct alerts_filter {
	const char *rule;                /* id or its beginning, or NULL */
	const char *zone;                /* of either end, or NULL */
	const char *state;               /* or NULL */
	const char *alert_id, *incident; /* or NULL */
	enum alert_level least_level;
	unsigned below_level;   /* less than this; 0: any */
	int64_t from_ns, to_ns; /* first seen from, and before; 0: any */
	bool active;            /* seen at any time between them instead */
	enum alerts_drills drills;
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
/** How many there are. */
int alerts_number(const char *state_dir, const struct alerts_filter *f, uint64_t *n, struct complaint *c);

#endif
