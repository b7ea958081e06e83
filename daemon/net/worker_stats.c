#include "net/worker_own.h"

static const char *const worths[FLOW_WORTHS] = {
    [FLOW_WORTH_HALF_OPEN] = "half_open", [FLOW_WORTH_IDLE] = "idle", [FLOW_WORTH_IT] = "it", [FLOW_WORTH_OT] = "ot"};

static uint64_t evicted_of(const struct worker *w)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < FLOW_WORTHS; i++)
		sum += w->flows.evicted[i];
	return sum;
}

void worker_stats(const struct worker *w, struct json *out)
{
	const struct feed *fd = &w->feed;

	json_key(out, "capture");
	json_object_begin(out);
	json_kv_u64(out, "packets", w->packets);
	json_kv_u64(out, "bytes", w->bytes);
	json_kv_u64(out, "dropped", w->dropped);
	json_kv_u64(out, "duplicates", w->duplicates ? duplicate_count(w->duplicates) : 0);
	json_object_end(out);
	json_key(out, "decode");
	json_object_begin(out);
	decoder_stats(w->decoder, out);
	json_object_end(out);
	json_key(out, "flow");
	json_object_begin(out);
	json_kv_u64(out, "created", w->flows.created);
	json_kv_u64(out, "evicted", evicted_of(w));
	json_kv_u64(out, "active", flow_table_used(&w->flows));
	json_kv_u64(out, "half_open", w->flows.half[0].used + w->flows.half[1].used);
	json_key(out, "evicted_by_worth");
	json_object_begin(out);
	for (unsigned i = 0; i < FLOW_WORTHS; i++)
		json_kv_u64(out, worths[i], w->flows.evicted[i]);
	json_object_end(out);
	json_kv_u64(out, "memory_bytes", fd->pool.used_bytes);
	json_kv_u64(out, "memory_refused", fd->pool.refused);
	json_kv_u64(out, "dropped_for_memory", fd->conns_dropped);
	json_object_end(out);
	json_key(out, "tcp");
	json_object_begin(out);
	json_kv_u64(out, "gaps", fd->tcp.gaps);
	json_kv_u64(out, "gap_bytes", fd->tcp.gap_bytes);
	json_kv_u64(out, "overlaps", fd->tcp.overlaps);
	json_kv_u64(out, "out_of_order", fd->tcp.out_of_order);
	json_kv_u64(out, "retransmissions", fd->tcp.retransmissions);
	json_kv_u64(out, "cut_bytes", fd->tcp.cut_bytes);
	json_kv_u64(out, "far", fd->tcp.far);
	json_object_end(out);
	for (unsigned no = 0; no < fd->n_dissectors; no++) {
		if (fd->dissectors[no]->stats)
			fd->dissectors[no]->stats(fd->counters[no], out);
	}
	json_key(out, "floods");
	json_object_begin(out);
	json_kv_u64(out, "evicted", w->floods.keys.evicted);
	json_object_end(out);
	json_key(out, "hosts");
	json_object_begin(out);
	json_kv_u64(out, "mac", w->hosts.macs);
	json_kv_u64(out, "ipv4", w->hosts.ipv4);
	json_kv_u64(out, "ipv6", w->hosts.ipv6);
	json_object_end(out);
}

uint64_t worker_count_sum(const struct worker *w)
{
	return w->flows.created + w->feed.tcp.gaps + (w->duplicates ? duplicate_count(w->duplicates) : 0);
}

struct worker_counters worker_count(const struct worker *w)
{
	const uint64_t *evicted = w->flows.evicted;

	return (struct worker_counters){
	    .packets = w->packets,
	    .duplicates = w->duplicates ? duplicate_count(w->duplicates) : 0,
	    .tcp_gaps = w->feed.tcp.gaps,
	    .flows_created = w->flows.created,
	    .given_up = {[WORKER_HALF_OPEN] = evicted[FLOW_WORTH_HALF_OPEN],
			 [WORKER_FLOWS] = evicted[FLOW_WORTH_IDLE] + evicted[FLOW_WORTH_IT],
			 [WORKER_OT_FLOWS] = evicted[FLOW_WORTH_OT],
			 [WORKER_FLOW_MEMORY] = w->feed.conns_dropped,
			 [WORKER_AGREED] = w->feed.agreed.lost},
	};
}
