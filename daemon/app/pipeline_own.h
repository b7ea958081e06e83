/* What sources, lanes, analyst and pipeline share; nobody else's. */
#ifndef SEKISHO_APP_PIPELINE_OWN_H
#define SEKISHO_APP_PIPELINE_OWN_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/budget.h"
#include "app/lookout.h"
#include "app/loss.h"
#include "app/pipeline.h"
#include "base/ring.h"
#include "base/table.h"
#include "base/when.h"
#include "ledger/ahead.h"
#include "net/clock.h"
#include "net/distribute.h"
#include "net/keep.h"

enum {
	SOURCES_MAX = CONFIG_LIST_MAX,
	ROAD_BYTES = 4 << 20,
	ROAD_SHARED_BYTES =
	    8 << 20, /* of several workers: so much one of them may be ahead of what the analyst can take */
	ROAD_OF_FILES_BYTES = 1 << 20, /* they wait: what is ahead need not be long, and all of it is touched */
	HANDED_BYTES = 8 << 20,
	LOSS_SAMPLES = 160, /* one each time that the ledger is written, for LOSS_SPAN_NS and a little more */
};

enum { REPORTS_MAX = 32, REPORT_SUBJECT_MAX = 96 };

struct report {
	enum health_what what;
	double value;
	int64_t at_ns;
	char subject[REPORT_SUBJECT_MAX];
};

/* Of the conversations of LOSS_SPAN_NS of packet time: how many showed one direction only. */
struct sides {
	int64_t since_ns;
	uint64_t flows, one_sided;
};

/*
 * What is on a road. Where several workers share a source, `at` says where the record stands among those of all of
 * them: the step (frame, or tick of the clock) that the lane was at and how far within it, at_step(); at the end, one
 * of AT_END_*. Elsewhere it is 0.
 */
enum at_part { AT_TIMES, AT_PACKET, AT_HOLES, AT_BEHIND, AT_PARTS };

static inline uint64_t at_step(uint64_t step, enum at_part part)
{
	return step * AT_PARTS + part;
}

enum road_what {
	ROAD_EVENT,    /* a packed event follows */
	ROAD_FLOWS,    /* value: conversations that the lane has begun so far */
	ROAD_COUNTERS, /* values: gaps, duplicates of the lane so far */
	ROAD_TABLE,    /* values: a table of the lane, what it has given up so far */
	ROAD_TIME,     /* of the reader. values: packet time, frames so far */
	ROAD_SOURCE,   /* of the reader. values: names of interface and capture, as pointers */
};

struct road_head {
	uint64_t at;
	uint64_t what : 8; /* enum road_what */
	uint64_t
	    cause : 56; /* the lane's number of the conversation that it was at, which may be another than it is of */
};

struct road_note {
	struct road_head head;
	uint64_t value[4];
};

#define AT_END_FLOWS (UINT64_MAX - 4)
#define AT_END_LINKS (UINT64_MAX - 3)
#define AT_END_LOSS  (UINT64_MAX - 2)
#define AT_END_GATE  (UINT64_MAX - 1)

struct source;

/* Does a thread go on? It beats once a round; who asks remembers since when it has heard the same. */
struct pulse {
	_Atomic uint64_t beats;
	uint64_t heard;
	int64_t since_ns;
};

static inline void pulse_beat(struct pulse *p)
{
	atomic_fetch_add_explicit(&p->beats, 1, memory_order_relaxed);
}

/*
 * One worker and its road. Of the reader that hands frames to several workers: a road, what it looks out for and the
 * frames that it keeps, and no worker.
 */
struct lane {
	struct pipeline *pipeline;
	struct source *source;
	struct worker *worker;
	struct gate *gate;
	struct lookout lookout;
	struct keep keep;           /* recent frames, where evidence is wanted */
	_Atomic uint64_t judged_to; /* position in it up to which the analyst has seen everything */
	uint64_t next_wait;         /* position at which a lane that reads files waits for that */
	struct ring road;
	bool lossless, road_stays_full;
	bool shared;                  /* one of several of its source */
	uint64_t at, cause;           /* of the records that are being made, if shared */
	uint64_t water_step;          /* of the last frame that `water` was moved with */
	struct worker_counters noted; /* as they were told on the road last, when worker_count_sum() was ... */
	uint64_t noted_sum;
	unsigned frames_since_tick;
	uint64_t ticks; /* of the worker, as the gate heard of them last */
	struct loss loss;
	float loss_pct;
	const struct policy_set *set; /* the one this lane works by */
	_Atomic(const struct policy_set *) taken_over;
	_Atomic bool finished;
	int64_t stats_ns; /* packet time of the last statistics */
	pthread_mutex_t stats_lock;
	struct json stats; /* members of the stats record */
	/* counters for other threads, published by lane_tick() */
	_Atomic uint64_t frames, bytes, kernel_dropped, road_dropped, records, passed, held, reports, facts_evicted,
	    facts, unseen;
	uint64_t frames_now, bytes_now, road_dropped_now;
	struct pulse pulse;

	/* read by the analyst while its road is empty: all records with a smaller `at` are on it */
	alignas(64) _Atomic uint64_t water;

	/* the analyst's, if shared */
	alignas(64) struct road_head *head; /* of the oldest record on the road; NULL: none was there */
	uint64_t order;                     /* of those with the same `at` */
	uint64_t bound;                     /* as `water` was seen last */
	struct worker_counters told;        /* what its notes said last */
};

/* What a reader hands to a worker: frames, and what else goes by the same way. */
enum handed_what { HANDED_FRAME, HANDED_TICK, HANDED_SOURCE, HANDED_END };

struct handed {
	uint64_t step;     /* of the source, from 1 */
	uint64_t clock_ns; /* of the source */
	int64_t ts_ns;
	uint64_t number;
	uint32_t wire_len, len;
	int32_t linktype;
	uint16_t what; /* enum handed_what */
	bool ticks;    /* at this step the clock has reached another tick */
		       /* a frame: its bytes follow; a source: the two names, as pointers */
};

struct hand {
	struct source *source;
	struct lane *lane;
	struct ring ring;
	pthread_t thread;
	bool runs;
};

/*
 * Where frames come from: one capture after the other. With one worker, it is that lane. With several, the first lane
 * is the reader's, and the others' workers run on threads of their own.
 */
struct source {
	struct pipeline *pipeline;
	struct lane *lanes;
	unsigned n_lanes, n_workers;

	/* the reader's */
	struct distributor *distributor;
	struct hand hands[PIPELINE_WORKERS_MAX];
	struct packet_clock clock;
	uint64_t step, frames, ticks; /* ticks: of the clock, as workers heard of them last */
	int64_t ts_ns;                /* of the last frame, whose number it is */
	uint64_t number;
	_Atomic uint64_t handed; /* steps up to here are in the workers' rings */
	_Atomic uint64_t kept;   /* frames up to that step may be among those kept */

	/* the analyst's */
	struct loss loss;
	float loss_pct;
	struct lookout wire;
	struct place {
		int64_t ts_ns;
		uint64_t frame;
	} last;
};

/* Which number a conversation of one of several workers has for everybody else. */
struct flow_name_key {
	uint64_t lane, id;
};

struct flow_name {
	struct flow_name_key key;
	uint64_t name;
};

struct pipeline {
	struct policy_set *set;
	struct budget budget;
	char *state_dir, *sensor_name, *sensor_site; /* outlive a reload, as alerts need them to */
	_Atomic(struct policy_set *) offered;        /* by pipeline_reload() */
	_Atomic(const struct policy_set *) analyst_set;
	struct ledger *ledger;
	struct alerts *alerts;
	struct evidence *evidence; /* NULL: none is wanted */
	struct source *judging;    /* whose record is being judged; NULL: of none */
	struct source *sources;
	struct lane *lanes; /* of all sources, one source after the other */
	unsigned n_sources, n_lanes;
	struct table
	    flow_names; /* where workers share a source: numbers of conversations, as one worker would have them */
	uint64_t flows_named;
	pthread_t analyst;
	struct pulse analyst_pulse;
	bool analyst_runs, live;
	bool alone;  /* nobody else uses its databases */
	bool daemon; /* it stays, and delivers */
	_Atomic bool stop;
	struct loss_sample losses[LOSS_SAMPLES]; /* the analyst's, a ring */
	unsigned n_losses;
	double loss_pct;
	struct sides sides;
	int64_t first_ns, newest_ns;        /* packet time */
	struct report reports[REPORTS_MAX]; /* under count_lock */
	unsigned n_reports;
	uint64_t calendar_age;
	uint64_t assets_evicted, evidence_failed, outbox_lost, alerts_removed, conversations_removed,
	    sightings_refused; /* as told last */
	/* of the analyst, published once a round */
	pthread_mutex_t count_lock;
	uint64_t taken, taken_count; /* records of devices that went through the ledger; the same, for other threads */
	struct ledger_counters ledger_count;
	struct alerts_counters alerts_count;
	struct rules_counters rules_count;
	struct evidence_counters evidence_count;
	double loss_count;
};

/* @return false where no evidence is wanted. */
bool pipeline_evidence(const struct config *cfg, struct evidence_options *o);

/* Sleeps. */
void pipeline_nap(int64_t ns);
/* The same. @return how long the next time, if there still is nothing to do then: twice as long, up to @most_ns. */
int64_t pipeline_nap_longer(int64_t ns, int64_t most_ns);

/* @sharing: so many workers share the source. @return 0, or -ENOMEM; lane_deinit() in both cases. */
int lane_init(struct lane *lane, struct pipeline *p, unsigned sharing, bool lossless);
/* The same for the reader's. */
int lane_init_reader(struct lane *lane, struct pipeline *p, bool lossless);
void lane_deinit(struct lane *lane);

/* How a lane of one of several workers, or a reader's, is worked. */
uint64_t lane_ceiling_bytes(const struct policy_set *set, const struct budget *b, unsigned sharing);
void lane_source(struct lane *lane, const char *iface, const char *capture);
void lane_frame(struct lane *lane, const struct frame_in *f);
void lane_idle(struct lane *lane, int64_t now_ns);
void lane_tick(struct lane *lane, uint64_t dropped);
void lane_finish(struct lane *lane);
void lane_handed(struct lane *lane, const struct handed *h);
/* Before a frame is kept. */
void lane_wait_for_judge(struct lane *lane);
void lane_note(struct lane *lane, enum road_what what, uint64_t a, uint64_t b, uint64_t c);
/* Nothing with a smaller `at` will come any more. */
static inline void lane_reached(struct lane *lane, uint64_t at)
{
	atomic_store_explicit(&lane->water, at, memory_order_release);
}

/* @return 0, or -ENOMEM; source_deinit() in both cases. */
int source_init(struct source *s, struct pipeline *p, struct lane *lanes, unsigned workers, bool lossless);
void source_deinit(struct source *s);
/* Starts its workers' threads. @return 0, or -errno. */
int source_start(struct source *s);
/* Ends those that still run. The analyst must. */
void source_stop(struct source *s);

/* The analyst's side of a source whose workers share it: takes up to @max records in their order. @return how many. */
unsigned merge_drain(struct source *s, unsigned max);
/* Has everything of steps up to @step been taken? */
bool merge_is_behind(struct source *s, uint64_t step);

/* Of a record that several workers' roads bring, it is first looked up how its conversation is called. */
enum { NAME_STEPS = 3, AHEAD_STEPS = NAME_STEPS + LEDGER_STEPS, COMING = 16 };
_Static_assert((int)COMING > (int)AHEAD_STEPS, "room for the record that is taken, and for one behind it of each step");

/* The records of one road after the one that is taken next. */
struct coming {
	struct coming_record {
		struct ledger_ahead ledger;
		unsigned name_step;
	} record[COMING];
	unsigned taken, seen; /* of those that lay there from @place on at first */
	size_t place;         /* ring_place() at first */
};

/* The next of NAME_STEPS steps of a record on a road of one of several workers, after the ledger's first. merge.c. */
void merge_look_ahead(struct lane *lane, struct coming_record *r);

/* Before each record of the road is taken. */
void analyst_look_ahead(struct coming *c, struct lane *lane);

/* Takes one record of @s; before it, alerts may be committed where it is the @n-th of a round and of another packet
 * than the one before. analyst.c. */
void analyst_may_commit(struct source *s, const struct event *ev, unsigned n);
void analyst_take(struct source *s, struct event *ev);

/* The thread of the analyst; ctx is the pipeline. */
void *analyst_main(void *ctx);

/* What the ledger passes on: rules and limits are asked about it. ctx is the pipeline. */
void analyst_judge(void *ctx, struct event *ev);

/* Takes over how the business impact weighs, as configured. */
void analyst_set_alerts(struct pipeline *p);
/** Planned work, as it stands in the ledger. */
void analyst_set_plan(struct pipeline *p);

#endif
