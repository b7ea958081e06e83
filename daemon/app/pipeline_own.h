/* What lanes, analyst and pipeline share; nobody else's. */
#ifndef SEKISHO_APP_PIPELINE_OWN_H
#define SEKISHO_APP_PIPELINE_OWN_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/lookout.h"
#include "app/pipeline.h"
#include "base/ring.h"
#include "base/when.h"
#include "net/keep.h"

#define LOSS_SPAN_NS (300 * NS_PER_S)

enum {
	LANES_MAX = 64,
	ROAD_BYTES = 4 << 20,
	LOSS_SAMPLES = 160, /* one each time that the ledger is written, for LOSS_SPAN_NS and a little more */
	LANE_LOSS_SAMPLES = 32,
};

/* Frames seen and lost so far, all lanes together. */
struct loss_sample {
	int64_t at_ns;
	uint64_t seen, lost;
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

struct lane {
	struct pipeline *pipeline;
	struct worker *worker;
	struct gate *gate;
	struct lookout lookout;
	struct keep keep;           /* recent frames, where evidence is wanted */
	_Atomic uint64_t judged_to; /* position in it up to which the analyst has seen everything */
	uint64_t next_wait;         /* position at which a lane that reads files waits for that */
	struct ring road;
	bool lossless;
	unsigned frames_since_tick;
	struct loss_sample losses[LANE_LOSS_SAMPLES]; /* by packet time, a ring */
	unsigned n_losses;
	float loss_pct;
	const struct policy_set *set; /* the one this lane works by */
	_Atomic(const struct policy_set *) taken_over;
	_Atomic bool finished;
	int64_t stats_ns; /* packet time of the last statistics */
	pthread_mutex_t stats_lock;
	struct json stats; /* members of the stats record */
	/* counters for other threads, published by lane_tick() */
	_Atomic uint64_t frames, bytes, kernel_dropped, road_dropped, records, passed, held, facts_evicted;
	uint64_t frames_now, bytes_now, road_dropped_now;
};

struct pipeline {
	struct policy_set *set;
	char *state_dir, *sensor_name, *sensor_site; /* outlive a reload, as alerts need them to */
	_Atomic(struct policy_set *) offered;        /* by pipeline_reload() */
	_Atomic(const struct policy_set *) analyst_set;
	struct ledger *ledger;
	struct alerts *alerts;
	struct evidence *evidence; /* NULL: none is wanted */
	struct lane *judging;      /* whose record is being judged; NULL: of no lane */
	struct lane *lanes;
	unsigned n_lanes;
	pthread_t analyst;
	bool analyst_runs, live;
	_Atomic bool stop;
	struct loss_sample losses[LOSS_SAMPLES]; /* the analyst's, a ring */
	unsigned n_losses;
	double loss_pct;
	struct sides sides;
	int64_t newest_ns;                  /* packet time */
	struct report reports[REPORTS_MAX]; /* under count_lock */
	unsigned n_reports;
	uint64_t assets_evicted, evidence_failed, outbox_lost; /* as told last */
	/* of the analyst, published once a round */
	pthread_mutex_t count_lock;
	struct ledger_counters ledger_count;
	struct alerts_counters alerts_count;
	struct rules_counters rules_count;
	struct evidence_counters evidence_count;
	double loss_count;
};

/* Sleeps. */
void pipeline_nap(int64_t ns);

/* @return 0, or -ENOMEM; lane_deinit() in both cases. */
int lane_init(struct lane *lane, struct pipeline *p, bool lossless);
void lane_deinit(struct lane *lane);

/* The thread of the analyst; ctx is the pipeline. */
void *analyst_main(void *ctx);

/* What the ledger passes on: rules and limits are asked about it. ctx is the pipeline. */
void analyst_judge(void *ctx, struct event *ev);

/* Takes over how the business impact weighs, as configured. */
void analyst_set_alerts(struct pipeline *p);

#endif
