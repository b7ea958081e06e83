#include "net/worker.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "net/conn.h"
#include "net/datagram.h"
#include "net/decode.h"
#include "net/duplicate.h"
#include "net/feed.h"
#include "net/flow.h"
#include "net/hosts.h"
#include "net/identify.h"
#include "net/record.h"
#include "net/stream.h"
#include "net/tcp.h"

enum {
	FLOWS_DEFAULT = 262144,
	HOSTS_DEFAULT = 262144,
	MEMORY_DEFAULT_MIB = 64,
	EXPIRE_PER_PACKET = 8,
	DROP_PER_PACKET = 4,
	BEHIND_PACKETS_MAX = 1000, /* so many packets from the past in a row, and time itself went back */
};

#define BEHIND_NS (60 * NS_PER_S)

struct worker {
	struct feed feed;
	struct flow_table flows;
	struct hosts hosts;
	struct decoder *decoder;
	struct duplicate *duplicates;
	void **link_state; /* by dissector */
	struct worker_options o;
	uint64_t packets, bytes, dropped;

	int64_t newest_ns; /* latest packet time; the clock stands at it */
	int64_t clock_ns;
	unsigned behind_packets;
	bool started, new_source;
};

/* Every dissector's say on link frames of a kind. */
static void take_link(struct worker *w, const struct packet *p)
{
	for (unsigned no = 0; no < w->feed.n_dissectors; no++) {
		const struct dissector *d = w->feed.dissectors[no];
		for (unsigned i = 0; i < sizeof(d->ethertypes) / sizeof(d->ethertypes[0]) && d->ethertypes[i]; i++) {
			if (d->ethertypes[i] == p->ethertype) {
				datagram_take_link(&w->feed, no, w->link_state[no], p);
				break;
			}
		}
	}
}

/*
 * The clock follows packet time forwards only. Packets a little behind (queues, several interfaces) leave it alone.
 * Where time went back for good - another file, a clock that was set - the clock goes on from where it stands.
 */
static void move_clock(struct worker *w, int64_t ts_ns)
{
	if (!w->started) {
		w->started = true;
		w->newest_ns = ts_ns;
	}
	if (ts_ns > w->newest_ns) {
		w->clock_ns += ts_ns - w->newest_ns;
		w->newest_ns = ts_ns;
		w->behind_packets = 0;
	} else if (ts_ns < w->newest_ns - BEHIND_NS && (w->new_source || ++w->behind_packets >= BEHIND_PACKETS_MAX)) {
		w->newest_ns = ts_ns;
		w->behind_packets = 0;
	}
	w->new_source = false;
	w->feed.now_ns = ts_ns;
	w->feed.now_ms = (uint64_t)(w->clock_ns / NS_PER_MS);
}

static enum flow_reason reason_of(const struct flow *f, enum flow_reason otherwise)
{
	unsigned flags = f->side[0].flags | f->side[1].flags;

	if (flags & SIDE_RST)
		return FLOW_REASON_RST;
	if (f->side[0].flags & f->side[1].flags & SIDE_FIN)
		return FLOW_REASON_FIN;
	return otherwise;
}

/* What is still unsaid of a flow that ends, and its last record. */
static void end_flow(struct worker *w, struct flow *f, enum flow_reason reason)
{
	struct feed *fd = &w->feed;
	bool closed = reason_of(f, FLOW_REASON_TIMEOUT) != FLOW_REASON_TIMEOUT;
	enum flow_state state = f->state;

	feed_hush(fd);
	if (f->conn) {
		tcp_flush(fd, f);
		stream_end(fd, f->conn, closed);
		conn_close(fd, f);
	}
	if (state != FLOW_STATE_NEW && reason != FLOW_REASON_END_OF_CAPTURE)
		state = FLOW_STATE_CLOSED;
	else if (state != FLOW_STATE_NEW && closed)
		state = FLOW_STATE_CLOSED;
	record_flow(fd, f, state, reason_of(f, reason));
	feed_hush(fd);
	flow_remove(&w->flows, f);
}

static uint32_t earlier(uint32_t a, uint32_t b)
{
	return flow_ms_between(a, b) < 0 ? b : a;
}

/* When to look at a flow again. */
static void schedule(struct worker *w, struct flow *f)
{
	uint32_t at = f->seen_ms + flow_timeout_ms(f);

	if (f->conn && !(f->flags & FLOW_QUIET_TOLD))
		at = earlier(at, f->seen_ms + FLOW_QUIET_MS);
	if (!w->o.flow_records && f->state != FLOW_STATE_NEW)
		at = earlier(at, f->told_ms + FLOW_QUIET_MS);
	flow_schedule(&w->flows, f, at);
}

/* A flow has been silent for a minute: what waits is given up, requests without an answer are told. */
static void tell_quiet(struct worker *w, struct flow *f)
{
	struct feed *fd = &w->feed;
	struct conn *c = f->conn;

	f->flags |= FLOW_QUIET_TOLD;
	tcp_flush(fd, f);
	if (c->dis && c->dis->finish) {
		feed_speak(fd, f);
		fd->out.counters = fd->counters[c->dis_no];
		fd->out.flow = c;
		c->dis->finish(c->state, &fd->out);
	}
	conn_tidy(fd, f);
}

static void look_at(struct worker *w, struct flow *f)
{
	uint32_t now_ms = (uint32_t)w->feed.now_ms;
	int32_t silent_ms = flow_ms_between(f->seen_ms, now_ms);

	if (silent_ms >= (int32_t)flow_timeout_ms(f)) {
		end_flow(w, f, FLOW_REASON_TIMEOUT);
		return;
	}
	feed_hush(&w->feed);
	if (silent_ms >= FLOW_QUIET_MS && f->conn && !(f->flags & FLOW_QUIET_TOLD))
		tell_quiet(w, f);
	if (!w->o.flow_records && f->state != FLOW_STATE_NEW && flow_ms_between(f->told_ms, now_ms) >= FLOW_QUIET_MS) {
		if (flow_ms_between(f->told_ms, f->seen_ms) > 0 || !(f->flags & FLOW_TOLD))
			record_flow(&w->feed, f, f->state,
				    f->flags & FLOW_TOLD ? FLOW_REASON_PROGRESS : FLOW_REASON_BEGIN);
		f->flags |= FLOW_TOLD;
		f->told_ms = now_ms;
	}
	schedule(w, f);
}

/* Memory for flows' bytes is nearly used up: whoever has been silent longest goes without. */
static void relieve(struct worker *w)
{
	struct feed *fd = &w->feed;

	for (unsigned n = 0; n < DROP_PER_PACKET && fd->pool.used_bytes > fd->pool.cap_bytes / 16 * 15; n++) {
		struct conn *c = conn_victim(fd);
		if (!c)
			return;
		struct flow *f = c->flow;
		feed_hush(fd);
		tcp_flush(fd, f);
		stream_end(fd, c, false);
		conn_close(fd, f);
		fd->conns_dropped++;
	}
}

static void housekeeping(struct worker *w)
{
	struct flow *f;

	w->feed.packet = NULL;
	for (unsigned n = 0; n < EXPIRE_PER_PACKET && (f = flow_table_due(&w->flows, w->feed.now_ms)); n++)
		look_at(w, f);
	tcp_tick(&w->feed);
	if (w->feed.pool.used_bytes > w->feed.pool.cap_bytes / 16 * 15)
		relieve(w);
}

static struct flow *begin_flow(struct worker *w, const struct flow_key *key, uint64_t hash, unsigned from,
			       const struct packet *p)
{
	if (flow_table_full(&w->flows)) {
		w->feed.packet = NULL;
		end_flow(w, flow_table_victim(&w->flows), FLOW_REASON_EVICTED);
		w->feed.packet = p;
		w->flows.evicted++;
	}
	struct flow *f = flow_create(&w->flows, key, hash, (uint32_t)w->feed.now_ms);
	if (!f)
		return NULL;
	f->first_ns = p->ts_ns;
	f->client = (uint8_t)(identify_sender_is_client(&w->feed, p) ? from : !from);
	f->side[from].mac = p->src_mac;
	f->side[!from].mac = p->dest_mac;
	flow_layers_keep(f, p);
	schedule(w, f);
	return f;
}

/* The senders of this packet: nothing to do where this side's packets have been looked at before and come from the same
 * card. */
static void count_senders(struct worker *w, struct flow *f, unsigned side, const struct packet *p)
{
	struct flow_side *me = &f->side[side];
	bool known = (me->flags & SIDE_COUNTED) && mac_eq(&me->mac, &p->src_mac);

	if (!known || p->n_senders > 2)
		hosts_count(&w->hosts, p);
	if (w->o.host_records &&
	    (!known || flow_ms_between(me->host_ms, (uint32_t)w->feed.now_ms) >= HOSTS_REFRESH_MS)) {
		me->host_ms = (uint32_t)w->feed.now_ms;
		if (hosts_tell(&w->hosts, &p->src_mac, &p->src_ip, me->host_ms))
			record_host(&w->feed, p);
	}
	me->mac = p->src_mac;
	me->flags |= SIDE_COUNTED;
}

/* tried, or established: payload over TCP shows that it is open; elsewhere both have to speak, or a dissector has to
 * understand. */
static void update_state(struct flow *f, const struct packet *p)
{
	const struct flow_side *client = &f->side[f->client], *server = &f->side[!f->client];
	unsigned any = client->flags | server->flags;

	if (p->kind != PACKET_TCP) {
		if ((client->packets > 0 && server->packets > 0) || f->app_by == APP_BY_DISSECTOR)
			f->state = FLOW_STATE_ESTABLISHED;
	} else if (any & SIDE_PAYLOAD) {
		f->state = FLOW_STATE_ESTABLISHED;
	} else if (client->packets > 0 && server->packets > 0 && !(any & SIDE_RST)) {
		/* Both talk without SYN: picked up midway. With SYN: the client's second packet is the handshake's
		 * third. */
		bool shaken = (any & SIDE_SYN) ? client->packets > 1 && (server->flags & SIDE_SYN) : true;
		f->state = shaken ? FLOW_STATE_ESTABLISHED : FLOW_STATE_NEW;
	}
}

static void take_payload(struct worker *w, struct flow *f, unsigned from, const struct packet *p)
{
	struct feed *fd = &w->feed;

	if (p->kind == PACKET_TCP)
		tcp_segment(fd, f, from, p);
	else if (p->kind == PACKET_UDP && p->payload.len > 0 && !(f->flags & FLOW_DEAF))
		datagram_take(fd, f, from, p);
	if (p->payload.len > 0 && !(f->flags & FLOW_SETTLED) && (p->kind == PACKET_TCP || p->kind == PACKET_UDP))
		identify_guess(fd, f, p);
	if (f->conn)
		conn_tidy(fd, f);
}

static void take_flow(struct worker *w, const struct packet *p)
{
	struct feed *fd = &w->feed;
	struct flow_key key;
	unsigned from;

	flow_key_of(p, w->o.vlan_in_key, &key, &from);
	uint64_t hash = flow_key_hash(&key);
	struct flow *f = flow_find(&w->flows, &key, hash);
	if (f && p->kind == PACKET_TCP && (p->tcp_flags & TCP_SYN) && tcp_starts_anew(f, from, p)) {
		fd->packet = NULL;
		end_flow(w, f, FLOW_REASON_REPLACED);
		fd->packet = p;
		f = NULL;
	}
	if (!f)
		f = begin_flow(w, &key, hash, from, p);
	if (!f)
		return;
	uint32_t timeout_ms = flow_timeout_ms(f);
	count_senders(w, f, from, p);
	f->side[from].packets++;
	f->side[from].bytes += p->wire_len;
	f->last_ns = p->ts_ns;
	f->seen_ms = (uint32_t)fd->now_ms;
	f->flags &= (uint8_t)~FLOW_QUIET_TOLD;
	if (p->kind == PACKET_TCP)
		tcp_take_flags(f, from, p);
	else if (p->payload_wire_len > 0)
		f->side[from].flags |= SIDE_PAYLOAD;
	take_payload(w, f, from, p);
	if (f->state == FLOW_STATE_NEW)
		update_state(f, p);
	if (f->state != FLOW_STATE_NEW && (f->flags & (FLOW_SETTLED | FLOW_TOLD)) == FLOW_SETTLED &&
	    !w->o.flow_records) {
		feed_hush(fd);
		record_flow(fd, f, f->state, FLOW_REASON_BEGIN);
		f->flags |= FLOW_TOLD;
		f->told_ms = f->seen_ms;
	}
	/* The wheel finds out by itself when a flow has longer to live; a shorter time it has to be told. */
	if (flow_timeout_ms(f) < timeout_ms)
		schedule(w, f);
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
	housekeeping(w);
	if (w->duplicates && duplicate_seen(w->duplicates, p))
		return;
	fd->packet = p;
	feed_hush(fd);
	if (p->kind >= PACKET_IP && !(p->kind == PACKET_IP && p->decode_error)) {
		take_flow(w, p);
		return;
	}
	hosts_count(&w->hosts, p);
	if (p->kind != PACKET_LINK)
		return;
	static const struct ip_addr none;
	if (w->o.host_records && p->has_ether && hosts_tell(&w->hosts, &p->src_mac, &none, (uint32_t)fd->now_ms))
		record_host(fd, p);
	take_link(w, p);
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
	w->new_source = true;
}

void worker_dropped(struct worker *w, uint64_t frames)
{
	w->dropped = frames;
}

void worker_finish(struct worker *w)
{
	struct feed *fd = &w->feed;
	struct flow *next;

	fd->packet = NULL;
	for (struct flow *f = flow_first(&w->flows); f; f = next) {
		next = flow_next(&w->flows, f);
		arena_reset(&fd->arena);
		end_flow(w, f, FLOW_REASON_END_OF_CAPTURE);
	}
	feed_hush(fd);
	for (unsigned no = 0; no < fd->n_dissectors; no++) {
		const struct dissector *d = fd->dissectors[no];
		if (d->ethertypes[0] == 0 || !d->finish)
			continue;
		arena_reset(&fd->arena);
		fd->out.at = (struct origin){
		    .ts_ns = fd->now_ns, .frame = fd->frame, .iface = fd->iface, .capture = fd->capture};
		fd->out.counters = fd->counters[no];
		fd->out.flow = NULL;
		d->finish(w->link_state[no], &fd->out);
	}
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
	if (full.hosts_max == 0)
		full.hosts_max = HOSTS_DEFAULT;
	if (full.reassembly_bytes_max == 0)
		full.reassembly_bytes_max = (uint64_t)MEMORY_DEFAULT_MIB * 1024 * 1024;
	return full;
}

static bool make_link_states(struct worker *w)
{
	w->link_state = calloc(w->feed.n_dissectors + 1, sizeof(*w->link_state));
	if (!w->link_state)
		return false;
	for (unsigned no = 0; no < w->feed.n_dissectors; no++) {
		const struct dissector *d = w->feed.dissectors[no];
		if (d->ethertypes[0] == 0 || d->state_size == 0)
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
	w->decoder = decoder_new(&(struct decoder_options){0});
	w->duplicates = w->o.suppress_duplicates ? duplicate_new() : NULL;
	if (!w->decoder || (w->o.suppress_duplicates && !w->duplicates) || hosts_init(&w->hosts, w->o.hosts_max) < 0 ||
	    flow_table_init(&w->flows, w->o.flows_max) < 0 ||
	    feed_init(&w->feed, w->o.dissectors, w->o.next, w->o.reassembly_bytes_max) < 0 || !make_link_states(w)) {
		worker_free(w);
		return NULL;
	}
	w->feed.guess = guess_new();
	if (!w->feed.guess) {
		worker_free(w);
		return NULL;
	}
	return w;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	for (struct flow *f = w->flows.flows.index ? flow_first(&w->flows) : NULL; f; f = flow_next(&w->flows, f))
		conn_close(&w->feed, f);
	for (unsigned no = 0; w->link_state && no < w->feed.n_dissectors; no++)
		free(w->link_state[no]);
	free(w->link_state);
	guess_free(w->feed.guess);
	feed_deinit(&w->feed);
	flow_table_deinit(&w->flows);
	hosts_deinit(&w->hosts);
	duplicate_free(w->duplicates);
	decoder_free(w->decoder);
	free(w);
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
	json_kv_u64(out, "evicted", w->flows.evicted);
	json_kv_u64(out, "active", w->flows.flows.used);
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
	json_key(out, "hosts");
	json_object_begin(out);
	json_kv_u64(out, "mac", w->hosts.macs);
	json_kv_u64(out, "ipv4", w->hosts.ipv4);
	json_kv_u64(out, "ipv6", w->hosts.ipv6);
	json_object_end(out);
}

uint64_t worker_ceiling_bytes(const struct worker_options *o)
{
	struct worker_options full = with_defaults(o);

	return sizeof(struct worker) + feed_ceiling_bytes(full.reassembly_bytes_max) +
	       flow_table_ceiling_bytes(full.flows_max) + hosts_ceiling_bytes(full.hosts_max) +
	       decoder_ceiling_bytes(&(struct decoder_options){0}) +
	       (full.suppress_duplicates ? duplicate_ceiling_bytes() : 0) + guess_ceiling_bytes();
}
