#include "net/worker_own.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "base/when.h"
#include "net/conn.h"
#include "net/datagram.h"
#include "net/doze.h"
#include "net/order.h"
#include "net/record.h"
#include "net/stream.h"

enum {
	FLOWS_DEFAULT = 262144,
	HALF_OPEN_DEFAULT = 131072,
	HOSTS_DEFAULT = 262144,
	MEMORY_DEFAULT_MIB = 64,
	DROP_PER_PACKET = 4,
};

/* SNAP of an organisation of its own numbers its protocols as it likes: they are no EtherTypes. */
static bool link_is_for(const struct dissector *d, const struct packet *p)
{
	enum { OUI_ETHERTYPE = 0x000000, OUI_BRIDGED_ETHERTYPE = 0x0000f8 };

	for (size_t i = 0; i < sizeof(d->snaps) / sizeof(d->snaps[0]) && d->snaps[i]; i++) {
		if (p->is_snap && d->snaps[i] == DISSECTOR_SNAP(p->snap_oui, p->ethertype))
			return true;
	}
	for (size_t i = 0; p->is_llc && i < sizeof(d->llc_saps) && d->llc_saps[i]; i++) {
		if (d->llc_saps[i] == p->llc_dsap)
			return true;
	}
	if (p->is_snap && p->snap_oui != OUI_ETHERTYPE && p->snap_oui != OUI_BRIDGED_ETHERTYPE)
		return false;
	for (size_t i = 0; i < sizeof(d->ethertypes) / sizeof(d->ethertypes[0]) && d->ethertypes[i]; i++) {
		if (d->ethertypes[i] == p->ethertype)
			return true;
	}
	return false;
}

/* Every dissector's say on link frames of a kind. */
static void take_link(struct worker *w, const struct packet *p)
{
	for (unsigned no = 0; no < w->feed.n_dissectors; no++) {
		if (link_is_for(w->feed.dissectors[no], p))
			datagram_take_link(&w->feed, no, w->link_state[no], p);
	}
}

static void take_icmpv6(struct worker *w, const struct packet *p)
{
	for (unsigned no = 0; no < w->feed.n_dissectors; no++) {
		const struct dissector *d = w->feed.dissectors[no];
		for (size_t i = 0; i < sizeof(d->icmpv6_types) && d->icmpv6_types[i]; i++) {
			if (d->icmpv6_types[i] == p->l4.ptr[0])
				datagram_take_link(&w->feed, no, w->link_state[no], p);
		}
	}
}

/* Where several workers share the frames of a source, its reader keeps the clock for all of them. */
static void move_clock(struct worker *w, int64_t ts_ns)
{
	if (!w->clock_told)
		clock_move(&w->clock, ts_ns);
	w->feed.now_ns = ts_ns;
	w->feed.now_ms = w->clock.clock_ns / (uint64_t)NS_PER_MS;
}

/* Memory for flows' bytes is nearly used up: whoever has been silent longest goes without. */
static void relieve(struct worker *w)
{
	struct feed *fd = &w->feed;

	fd->packet = NULL;
	for (unsigned n = 0; n < DROP_PER_PACKET && fd->pool.used_bytes > fd->pool.cap_bytes / 16 * 15; n++) {
		struct conn *c = conn_victim(fd);
		if (!c)
			return;
		struct flow *f = c->flow;
		feed_hush(fd);
		order_flush(fd, f);
		stream_end(fd, c, false);
		conn_close(fd, f);
		fd->conns_dropped++;
	}
}

/* Tells of floods whose second is over at @until_ms of the clock. There are no more of them than there were packets. */
static void tell_floods(struct worker *w, uint64_t until_ms)
{
	struct flood flood;

	while (floods_ended(&w->floods, until_ms, &flood)) {
		int64_t after_ns = (int64_t)w->clock.clock_ns - (int64_t)flood.ended_ms * NS_PER_MS;
		record_flood(&w->feed, &flood, w->feed.now_ns - (after_ns > 0 ? after_ns : 0));
	}
}

/* The clock has reached another tick: ends what is over, before the packet is looked at. */
static void housekeeping(struct worker *w)
{
	w->ticks = clock_ticks(&w->clock);
	w->feed.packet = NULL;
	feed_hush(&w->feed);
	tell_floods(w, w->feed.now_ms);
	for (;;) {
		struct flow_row row = flow_table_due(&w->flows, w->feed.now_ms);
		if (row.flow)
			worker_flow_look(w, row.flow);
		else if (row.half)
			worker_half_look(w, row.half);
		else
			break;
	}
}

/* Behind the packet: however late it comes, it may be the one that others waited for. */
static void look_at_holes(struct worker *w)
{
	w->feed.packet = NULL;
	feed_hush(&w->feed);
	order_tick(&w->feed);
}

void worker_idle(struct worker *w, int64_t now_ns)
{
	if (!clock_idle(&w->clock, now_ns))
		return;
	arena_reset(&w->feed.arena);
	move_clock(w, now_ns);
	housekeeping(w);
	look_at_holes(w);
}

void worker_clock(struct worker *w, uint64_t clock_ns)
{
	w->clock_told = true;
	w->clock.clock_ns = clock_ns;
}

void worker_tick(struct worker *w, int64_t ts_ns, uint64_t frame)
{
	arena_reset(&w->feed.arena);
	w->feed.frame = frame;
	move_clock(w, ts_ns);
	housekeeping(w);
}

void worker_tick_over(struct worker *w)
{
	look_at_holes(w);
}

uint64_t worker_ticks(const struct worker *w)
{
	return w->ticks;
}

static void take(struct worker *w, const struct packet *p)
{
	struct feed *fd = &w->feed;

	/* A loop makes duplicates: it has to be seen before these are left out. */
	struct origin *at = floods_may_want(p) ? floods_take(&w->floods, p, fd->now_ms) : NULL;
	if (at) {
		feed_speak_packet(fd, p);
		*at = fd->out.at;
		at->ip_proto = p->kind == PACKET_LINK ? 0 : p->ip_proto;
	}
	if (w->duplicates && duplicate_seen(w->duplicates, p)) {
		if (w->o.host_records && p->kind >= PACKET_TCP)
			worker_flow_again(w, p);
		return;
	}
	fd->packet = p;
	feed_hush(fd);
	if (p->kind >= PACKET_IP && !(p->kind == PACKET_IP && p->decode_error)) {
		worker_flow_take(w, p);
		if (p->kind == PACKET_ICMP && p->ip_proto == IPPROTO_ICMPV6 && p->l4.len > 0)
			take_icmpv6(w, p);
		return;
	}
	bool link = p->kind == PACKET_LINK, counted = false;
	if (link && w->o.host_records && p->has_ether && hosts_tell(&w->hosts, p, (uint32_t)fd->now_ms, &counted))
		record_host(fd, p, NULL, NULL);
	if (!counted)
		hosts_count(&w->hosts, p);
	if (link)
		take_link(w, p);
}

void worker_packet(struct worker *w, const struct packet *p)
{
	struct feed *fd = &w->feed;

	arena_reset(&fd->arena);
	fd->frame = p->frame;
	w->packets++;
	w->bytes += p->wire_len;
	move_clock(w, p->ts_ns);
	feed_hush(fd);
	bool ticks = !w->clock_told && clock_ticks(&w->clock) != w->ticks;
	if (ticks)
		housekeeping(w);
	else if (floods_gave_up(&w->floods))
		tell_floods(w, fd->now_ms);
	if (fd->pool.used_bytes > fd->pool.cap_bytes / 16 * 15)
		relieve(w);
	take(w, p);
	fd->packet = NULL;
	if (ticks)
		look_at_holes(w);
}

void worker_frame(void *worker, const struct frame_in *f)
{
	struct worker *w = worker;
	struct packet p;

	decode_frame(w->decoder, f, &p);
	worker_packet(w, &p);
}

void worker_source(struct worker *w, const char *iface, const char *capture)
{
	w->feed.iface = iface;
	w->feed.capture = capture;
	clock_source(&w->clock);
}

void worker_dropped(struct worker *w, uint64_t frames)
{
	w->dropped = frames;
}

void worker_finish_flows(struct worker *w)
{
	struct feed *fd = &w->feed;

	fd->packet = NULL;
	tell_floods(w, UINT64_MAX);
	flow_table_sort(&w->flows);
	for (struct flow_row row = flow_lowest(&w->flows); row.flow || row.half; row = flow_lowest(&w->flows)) {
		arena_reset(&fd->arena);
		if (row.flow)
			worker_flow_end(w, row.flow, FLOW_REASON_END_OF_CAPTURE);
		else
			worker_half_end(w, row.half, FLOW_REASON_END_OF_CAPTURE);
	}
	feed_hush(fd);
}

void worker_finish_links(struct worker *w)
{
	struct feed *fd = &w->feed;

	for (unsigned no = 0; no < fd->n_dissectors; no++) {
		const struct dissector *d = fd->dissectors[no];
		if (!dissector_is_link(d) || !d->finish)
			continue;
		arena_reset(&fd->arena);
		fd->out.at = (struct origin){
		    .ts_ns = fd->now_ns, .frame = fd->frame, .iface = fd->iface, .capture = fd->capture};
		fd->out.counters = fd->counters[no];
		fd->out.flow = NULL;
		d->finish(w->link_state[no], &fd->out);
	}
}

void worker_finish(struct worker *w)
{
	worker_finish_flows(w);
	worker_finish_links(w);
}

int64_t worker_now(const struct worker *w)
{
	return w->feed.now_ns;
}

static struct worker_options with_defaults(const struct worker_options *o)
{
	struct worker_options full = *o;

	if (full.flows_max == 0)
		full.flows_max = FLOWS_DEFAULT;
	if (full.half_open_max == 0)
		full.half_open_max = HALF_OPEN_DEFAULT;
	if (full.hosts_max == 0)
		full.hosts_max = HOSTS_DEFAULT;
	if (full.reassembly_bytes_max == 0)
		full.reassembly_bytes_max = (uint64_t)MEMORY_DEFAULT_MIB * 1024 * 1024;
	return full;
}

static struct flow_caps flow_caps(const struct worker_options *o)
{
	return (struct flow_caps){.flows = o->flows_max, .half_open = o->half_open_max};
}

static bool make_link_states(struct worker *w)
{
	w->link_state = calloc(w->feed.n_dissectors + 1, sizeof(*w->link_state));
	if (!w->link_state)
		return false;
	for (unsigned no = 0; no < w->feed.n_dissectors; no++) {
		const struct dissector *d = w->feed.dissectors[no];
		if (!dissector_is_link(d) || d->state_size == 0)
			continue;
		w->link_state[no] = calloc(1, d->state_size);
		if (!w->link_state[no])
			return false;
	}
	return true;
}

struct worker *worker_new(const struct worker_options *o)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->o = with_defaults(o);
	struct flow_caps caps = flow_caps(&w->o);
	w->decoder = decoder_new(&(struct decoder_options){0});
	w->duplicates = w->o.suppress_duplicates ? duplicate_new() : NULL;
	if (!w->decoder || (w->o.suppress_duplicates && !w->duplicates) || hosts_init(&w->hosts, w->o.hosts_max) < 0 ||
	    floods_init(&w->floods) < 0 || flow_table_init(&w->flows, &caps, w->o.vlan_in_key) < 0 ||
	    feed_init(&w->feed, w->o.dissectors, w->o.next, w->o.reassembly_bytes_max) < 0 || !make_link_states(w)) {
		worker_free(w);
		return NULL;
	}
	w->feed.out.again = w->o.again;
	w->feed.out.coming = w->o.coming;
	w->feed.guess = w->o.no_guess ? NULL : guess_new(w->o.late_guess);
	if (!w->feed.guess && !w->o.no_guess) {
		worker_free(w);
		return NULL;
	}
	return w;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	for (struct flow *f = w->flows.flows.index ? flow_first(&w->flows) : NULL; f; f = flow_next(&w->flows, f)) {
		doze_drop(&w->feed, f);
		conn_close(&w->feed, f);
	}
	for (unsigned no = 0; w->link_state && no < w->feed.n_dissectors; no++)
		free(w->link_state[no]);
	free(w->link_state);
	guess_free(w->feed.guess);
	feed_deinit(&w->feed);
	flow_table_deinit(&w->flows);
	hosts_deinit(&w->hosts);
	floods_deinit(&w->floods);
	duplicate_free(w->duplicates);
	decoder_free(w->decoder);
	free(w);
}

static uint64_t link_states_bytes(const struct dissector *const *all)
{
	uint64_t sum = 0;

	for (; all && *all; all++)
		sum += dissector_is_link(*all) ? (*all)->state_size : 0;
	return sum;
}

uint64_t worker_ceiling_bytes(const struct worker_options *o)
{
	struct worker_options full = with_defaults(o);
	struct flow_caps caps = flow_caps(&full);

	return sizeof(struct worker) + link_states_bytes(full.dissectors) +
	       feed_ceiling_bytes(full.reassembly_bytes_max) + flow_table_ceiling_bytes(&caps) +
	       hosts_ceiling_bytes(full.hosts_max) + floods_ceiling_bytes() +
	       decoder_ceiling_bytes(&(struct decoder_options){0}) +
	       (full.suppress_duplicates ? duplicate_ceiling_bytes() : 0) + (full.no_guess ? 0 : guess_ceiling_bytes());
}
