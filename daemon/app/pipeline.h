/*
 * The way of the data, wired once for the daemon and for replay:
 *
 *     lane (one a worker, a thread each):  worker -> gate -> road
 *     analyst (one thread):                roads -> ledger -> rules -> alerts
 *
 * A source is a capture, or several captures one after the other. With one worker, the thread that reads it is the
 * lane. With several, it hands each frame to the one it is for (net/distribute.h), and the analyst takes their records
 * in the order in which one worker would have made them (merge.c): alerts do not depend on how many there are.
 *
 * A road is a ring (base/ring.h). Where a lane reads files it waits for room, so nothing is lost; where it reads an
 * interface it waits for a moment, which the kernel's ring bridges, then drops and counts. What the rules read decides
 * which records the gate lets through whole.
 */
#ifndef SEKISHO_APP_PIPELINE_H
#define SEKISHO_APP_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "alert/outbox.h"
#include "app/config.h"
#include "app/evidence.h"
#include "engine/rules.h"
#include "event/gate.h"
#include "ledger/ledger.h"
#include "ledger/setpoint.h"
#include "net/worker.h"

/** What a configuration means once everything it names is loaded: swapped whole at a reload. */
struct policy_set {
	struct config cfg;
	struct rules *rules;
	const struct field_table *whole[64], *brief[64], *identities[64]; /* kinds of record, for the gate */
	const struct field_def *identifying[32];
	struct gate_wants wants;
	struct setpoints *setpoints; /* NULL: no limits are declared */
};

/** Loads @config_file (NULL: defaults), its zones and its rules. @return NULL with @c filled. */
struct policy_set *policy_set_load(const char *config_file, struct complaint *c, int *err);
/** The same with the rules of @packs (files or folders, NULL-terminated) instead of the configured ones; NULL: with
 * those. */
struct policy_set *policy_set_load_packs(const char *config_file, const char *const *packs, struct complaint *c,
					 int *err);

/** The lists that a test of a rule brings along: { NAME: [values] }. */
struct trial_lists {
	const struct yamldoc *doc;
	const struct yaml_node *lists;
};
/** The same, with @lists added to those of the rules and of the configuration. */
struct policy_set *policy_set_load_trial(const char *config_file, const char *const *packs,
					 const struct trial_lists *lists, struct complaint *c, int *err);
void policy_set_free(struct policy_set *set);

/** The folder of the shipped rules where rules.packs names folders and not this one, so that none of them is used; else
 * NULL. Allocated, the caller's to free. */
char *policy_set_lacks_shipped(const struct config *cfg);

struct pipeline;
struct source;

enum { PIPELINE_WORKERS_MAX = 16 }; /* of one source */

enum pipeline_use {
	PIPELINE_LIVE,         /* interfaces, which do not wait */
	PIPELINE_REPLAY,       /* files: lanes wait for room on the road */
	PIPELINE_REPLAY_ALONE, /* ... and nobody else is expected at the state directory, as there are no sinks: what is
				  written takes the short way; where nothing was there before, it reaches the disk with
				  pipeline_free() */
};

/**
 * Opens the state directory (made where it does not exist), imports the register that the configuration names, opens
 * ledger and alerts.
 *
 * @set        borrowed until pipeline_free() or replaced by pipeline_reload()
 * @n_sources  what is captured at once
 * @workers    that share the frames of each
 */
int pipeline_new(struct pipeline **out, struct policy_set *set, const char *state_dir, unsigned n_sources,
		 unsigned workers, enum pipeline_use use, struct complaint *c);

/** It is a daemon's, which stays and delivers: drills can be practised. Before pipeline_start(). */
void pipeline_daemon(struct pipeline *p);

/** Starts the analyst, and the workers where they are several. */
int pipeline_start(struct pipeline *p);

/* Each source is used by one thread. */
struct source *pipeline_source(struct pipeline *p, unsigned i);

/** Names where the frames that follow are from; borrowed until pipeline_free(). */
void source_begin(struct source *s, const char *iface, const char *capture);

/** A capture_read() callback; ctx is the source. */
void source_frame(void *source, const struct frame_in *f);

/** After each batch of frames, also an empty one: lets the gate report, takes over a reload, publishes counters.
 * @dropped: kernel's count so far. */
void source_tick(struct source *s, uint64_t dropped);

/** A live source has had no frame for a while; @now_ns is the wall clock. Before source_tick(). */
void source_idle(struct source *s, int64_t now_ns);

/** No more frames: expires flows, empties the gates, ends the workers' threads. */
void source_finish(struct source *s);

/** Waits until the analyst has seen everything, writes and commits it, stops the analyst. Sources must be finished. */
int pipeline_stop(struct pipeline *p);
void pipeline_free(struct pipeline *p);

/** Hands a new set to lanes and analyst; returns once all have taken it over, so the former may be freed. */
void pipeline_reload(struct pipeline *p, struct policy_set *set);

/**
 * Something about the sensor itself that only others know (outputs, disk, clock, configuration): becomes a `health`
 * record of the time @at_ns, judged like all others. From any thread; what finds no room is left out, and comes again
 * if it lasts. @subject: copied.
 */
void pipeline_report(struct pipeline *p, enum health_what what, const char *subject, double value, int64_t at_ns);

/**
 * Does every thread on the packets' way go on? To be asked again and again, by one thread.
 *
 * @now_ns   of the monotonic clock
 * @most_ns  how long one may take for a round
 * @return   NULL, or who has stood still for longer ("analyst", "capture")
 */
const char *pipeline_stands_still(struct pipeline *p, int64_t now_ns, int64_t most_ns);

struct pipeline_counters {
	uint64_t frames, bytes, kernel_dropped, road_dropped, records, passed, held, facts_evicted;
	uint64_t reports; /* of passed: each tells how many were held. records == passed - reports + held */
	uint64_t taken;   /* by the analyst. At the end passed == taken + road_dropped */
	uint64_t facts;   /* that gates remember now */
	uint64_t unseen;  /* holes in TCP streams that both ends acknowledged */
	struct ledger_counters ledger;
	struct alerts_counters alerts;
	struct rules_counters rules;
	struct evidence_counters evidence;
	double loss_pct_5m; /* of the frames of the last 5 minutes: dropped by the kernel or on a road */
};
struct pipeline_counters pipeline_count(struct pipeline *p);

/** A receiver has alerts with ids up to @ms: later ones get later ids. From any thread. */
void pipeline_number_behind(struct pipeline *p, int64_t ms);

/** Of one source, all its workers together. */
struct source_counters {
	uint64_t frames, bytes, kernel_dropped, road_dropped;
};
struct source_counters pipeline_count_source(const struct pipeline *p, unsigned i);

/** The bounded tables of which it is known how full they are: `"tables":[{name, entries, capacity, evicted}...]` into
 * the open object. What is not known of one is left out. */
void pipeline_tables(struct pipeline *p, struct json *out);

/** Most memory that its tables may take, as `sekishod --check` prints it. */
uint64_t pipeline_ceiling_bytes(const struct pipeline *p);

/** What the configuration that it began with calls the sensor and its site. Borrowed. */
void pipeline_sensor(const struct pipeline *p, const char **name, const char **site);

/** Writes `"stats":[...]`, the stats object of events.md for each lane, at most 10 s of packet time old, into the open
 * object. */
void pipeline_stats(struct pipeline *p, struct json *out);

#endif
