#include "app/budget.h"

#include <errno.h>

#include "app/evidence.h"
#include "app/pipeline.h"
#include "app/pipeline_own.h"

enum {
	PROGRAM_MIB = 20, /* itself, libraries, stacks, rules; measured at 14 MiB without the tables that are counted */
	STEPS = 40,       /* of the search for what fits */
	MOST_TIMES = 64,  /* no table grows beyond so many times its usual size */
	EVIDENCE_SLACK = 2, /* keep.h rounds a ring up to a power of two */
};

static const struct budget least = {
    .flows = 4096,
    .half_open = 4096,
    .hosts = 4096,
    .facts = 4096,
    .reassembly_bytes = 4 << 20,
    .evidence_ring_bytes = 1 << 20,
    .assets = 2048,
    .conversations = 4096,
    .alert_groups = 2048,
    .pending_bytes = 4 << 20,
};

/* 0: as its owner has it. */
static const struct budget usual = {
    .flows = 262144,
    .half_open = 131072,
    .hosts = 262144,
    .facts = 131072,
    .reassembly_bytes = 64 << 20,
    .evidence_ring_bytes = 32 << 20,
    .assets = 200000,
    .conversations = 500000,
    .alert_groups = 100000,
    .pending_bytes = 64 << 20,
};

static uint64_t share(uint64_t usual_size, uint64_t least_size, double times)
{
	double size = (double)usual_size * times;

	return size < (double)least_size ? least_size : (uint64_t)size;
}

#define SHARE(b, member, times) ((b)->member = (__typeof__((b)->member))share(usual.member, least.member, times))

static uint64_t ceiling_of(const struct budget *b, const struct policy_set *set, unsigned n_sources, unsigned workers)
{
	const struct config *cfg = &set->cfg;
	struct ledger_limits ledger = {.assets = b->assets, .conversations = b->conversations};
	struct alerts_limits alerts = {.groups = b->alert_groups, .pending_bytes = b->pending_bytes};
	struct evidence_options keeping;
	bool evidence = pipeline_evidence(cfg, &keeping);
	uint64_t kept = evidence ? 2 * EVIDENCE_SLACK * b->evidence_ring_bytes : 0;

	uint64_t reader = workers > 1 ? distributor_ceiling_bytes() + ROAD_BYTES + (uint64_t)workers * HANDED_BYTES : 0;
	uint64_t names = workers > 1 ? table_ceiling_bytes(b->flows, sizeof(struct flow_name)) : 0;

	return n_sources * (kept + reader + workers * lane_ceiling_bytes(set, b, workers)) + names +
	       (evidence ? evidence_ceiling_bytes(&keeping) : 0) + ledger_ceiling_bytes(&ledger) +
	       alerts_ceiling_bytes(&alerts) + rules_counters(set->rules).ceiling_bytes +
	       ((uint64_t)PROGRAM_MIB << 20) + cfg->capture.n_interfaces * ((uint64_t)cfg->capture.ring_mb << 20);
}

/* All sizes at so many @times the usual ones, but for those that the configuration sets itself. */
static void size_at(struct budget *b, const struct policy_set *set, unsigned n_sources, unsigned workers, double times)
{
	const struct config *cfg = &set->cfg;

	SHARE(b, flows, times);
	SHARE(b, half_open, times);
	SHARE(b, hosts, times);
	SHARE(b, facts, times);
	SHARE(b, reassembly_bytes, times);
	SHARE(b, evidence_ring_bytes, times);
	SHARE(b, assets, times);
	SHARE(b, conversations, times);
	SHARE(b, alert_groups, times);
	SHARE(b, pending_bytes, times);
	if (config_given(cfg, "flows.max"))
		b->flows = (uint32_t)cfg->flows.max;
	if (config_given(cfg, "flows.half_open"))
		b->half_open = (uint32_t)cfg->flows.half_open;
	if (config_given(cfg, "gate.facts"))
		b->facts = (uint32_t)cfg->gate.facts;
	if (config_given(cfg, "evidence.ring_mb"))
		b->evidence_ring_bytes = (uint64_t)cfg->evidence.ring_mb << 20;
	b->ceiling_bytes = ceiling_of(b, set, n_sources, workers);
}

unsigned budget_sources(const struct policy_set *set)
{
	size_t sources = set->cfg.capture.n_interfaces + set->cfg.capture.files.n;

	return sources ? (unsigned)sources : 1;
}

int budget_make(struct budget *b, const struct policy_set *set, unsigned n_sources, unsigned workers,
		struct complaint *c)
{
	uint64_t allowed = (uint64_t)set->cfg.memory;
	double low = 0, high = MOST_TIMES;

	size_at(b, set, n_sources, workers, 1);
	if (allowed == 0)
		return 0;
	size_at(b, set, n_sources, workers, low);
	if (b->ceiling_bytes > allowed) {
		complain(c, set->cfg.file, 0, 0,
			 "memory: %llu MiB is too little: the smallest tables, and what is set by itself, take %llu "
			 "MiB. Raise memory, or lower flows.max, gate.facts, capture.ring_mb or evidence",
			 (unsigned long long)(allowed >> 20), (unsigned long long)((b->ceiling_bytes >> 20) + 1));
		return -EINVAL;
	}
	for (unsigned i = 0; i < STEPS; i++) {
		double times = (low + high) / 2;
		size_at(b, set, n_sources, workers, times);
		*(b->ceiling_bytes <= allowed ? &low : &high) = times;
	}
	size_at(b, set, n_sources, workers, low);
	return 0;
}
