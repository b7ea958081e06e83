#include "net/worker_own.h"

#include "net/conn.h"
#include "net/datagram.h"
#include "net/doze.h"
#include "net/identify.h"
#include "net/order.h"
#include "net/record.h"
#include "net/stream.h"
#include "net/tcp.h"

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
void worker_flow_end(struct worker *w, struct flow *f, enum flow_reason reason)
{
	struct feed *fd = &w->feed;
	bool closed = flow_is_over(f);
	enum flow_state state = f->state;

	feed_hush(fd);
	doze_end(fd, f);
	if (f->conn) {
		order_flush(fd, f);
		stream_end(fd, f->conn, closed);
		identify_last(fd, f);
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

void worker_half_end(struct worker *w, struct half_open *h, enum flow_reason reason)
{
	struct flow f;

	feed_hush(&w->feed);
	flow_half_unpack(&w->flows, h, &f);
	agreed_claim(&w->feed.agreed, &f, false);
	record_flow(&w->feed, &f, FLOW_STATE_NEW, reason_of(&f, reason));
	feed_hush(&w->feed);
	flow_half_remove(&w->flows, h);
}

void worker_half_look(struct worker *w, struct half_open *h)
{
	struct flow f;

	flow_half_unpack(&w->flows, h, &f);
	if (flow_ms_between(f.seen_ms, (uint32_t)w->feed.now_ms) >= (int32_t)flow_timeout_ms(&f))
		worker_half_end(w, h, FLOW_REASON_TIMEOUT);
	else
		flow_half_schedule(&w->flows, h, f.seen_ms + flow_timeout_ms(&f));
}

static bool is_awake(const struct flow *f)
{
	return f->conn && !(f->flags & FLOW_ASLEEP);
}

static uint32_t earlier(uint32_t a, uint32_t b)
{
	return flow_ms_between(a, b) < 0 ? b : a;
}

/* When to look at a flow again that has been silent for @silent_ms. */
static void schedule(struct worker *w, struct flow *f, int32_t silent_ms)
{
	uint32_t at = f->seen_ms + flow_timeout_ms(f);
	bool dozes_soon = silent_ms < FLOW_DOZE_MS && is_awake(f);

	if (is_awake(f) && f->conn->wake && !(f->flags & FLOW_QUIET_TOLD))
		at = earlier(at, f->seen_ms + WAKE_MS);
	else if (f->conn && !(f->flags & FLOW_QUIET_TOLD))
		at = earlier(at, f->seen_ms + (dozes_soon ? FLOW_DOZE_MS : FLOW_QUIET_MS));
	if (!w->o.flow_records && f->state != FLOW_STATE_NEW)
		at = earlier(at, f->told_ms + FLOW_QUIET_MS);
	flow_schedule(&w->flows, f, at);
}

/* A flow has been silent for a minute: what waits is given up, requests without an answer are told. */
static void tell_quiet(struct worker *w, struct flow *f)
{
	struct feed *fd = &w->feed;

	f->flags |= FLOW_QUIET_TOLD;
	if (f->flags & FLOW_ASLEEP)
		doze_end(fd, f);
	if (!f->conn) /* no memory to wake it */
		return;
	order_flush(fd, f);
	stream_quiet(fd, f->conn);
	identify_last(fd, f);
	conn_tidy(fd, f);
	doze_begin(fd, f);
}

void worker_flow_look(struct worker *w, struct flow *f)
{
	uint32_t now_ms = (uint32_t)w->feed.now_ms;
	int32_t silent_ms = flow_ms_between(f->seen_ms, now_ms);

	if (silent_ms >= (int32_t)flow_timeout_ms(f)) {
		worker_flow_end(w, f, FLOW_REASON_TIMEOUT);
		return;
	}
	feed_hush(&w->feed);
	if (silent_ms >= WAKE_MS && is_awake(f) && f->conn->wake)
		stream_tick(&w->feed, f->conn);
	if (silent_ms >= FLOW_QUIET_MS && f->conn && !(f->flags & FLOW_QUIET_TOLD))
		tell_quiet(w, f);
	else if (silent_ms >= FLOW_DOZE_MS && is_awake(f))
		doze_begin(&w->feed, f);
	if (!w->o.flow_records && f->state != FLOW_STATE_NEW && flow_ms_between(f->told_ms, now_ms) >= FLOW_QUIET_MS) {
		if (flow_ms_between(f->told_ms, f->seen_ms) > 0 || !(f->flags & FLOW_TOLD))
			record_flow(&w->feed, f, f->state,
				    f->flags & FLOW_TOLD ? FLOW_REASON_PROGRESS : FLOW_REASON_BEGIN);
		f->flags |= FLOW_TOLD;
		f->told_ms = now_ms;
	}
	schedule(w, f, silent_ms);
}

/* Makes room for one more flow. */
static void make_room(struct worker *w, const struct packet *p)
{
	if (!flow_table_full(&w->flows))
		return;
	struct flow *victim = flow_table_victim(&w->flows);
	w->flows.evicted[flow_worth_of(victim)]++;
	w->feed.packet = NULL;
	worker_flow_end(w, victim, FLOW_REASON_EVICTED);
	w->feed.packet = p;
}

static void make_half_room(struct worker *w, const struct flow_key *key, const struct packet *p)
{
	struct half_open *victim = flow_half_victim(&w->flows, key);

	if (!victim)
		return;
	w->flows.evicted[FLOW_WORTH_HALF_OPEN]++;
	w->feed.packet = NULL;
	worker_half_end(w, victim, FLOW_REASON_EVICTED);
	w->feed.packet = p;
}

/* What a flow is before anything is known but its first packet; in no table yet. */
static void begin_flow(struct worker *w, struct flow *f, const struct flow_key *key, unsigned from,
		       const struct packet *p)
{
	flow_begin(&w->flows, f, key, (uint32_t)w->feed.now_ms);
	f->first_ns = p->ts_ns;
	f->client = (uint8_t)(identify_sender_is_client(&w->feed, p) ? from : !from);
	f->side[from].mac = p->src_mac;
	f->side[!from].mac = p->dest_mac;
	flow_layers_keep(f, p);
}

/* @return whether the packet's senders have been counted before. */
static bool tell_host(struct worker *w, const struct mac *before, const struct packet *p, uint32_t now_ms)
{
	struct mac in, out;
	bool counted = false;

	if (!hosts_tell(&w->hosts, p, now_ms, &counted))
		return counted;
	bool twice = before && hosts_router(&w->hosts, p, before, &in, &out);
	record_host(&w->feed, p, twice ? &in : NULL, twice ? &out : NULL);
	return counted;
}

/* The senders of this packet: nothing to do where this side's packets have been looked at before and come from the same
 * card. */
static void count_senders(struct worker *w, struct flow *f, unsigned side, const struct packet *p)
{
	struct flow_side *me = &f->side[side];
	bool known = (me->flags & SIDE_COUNTED) && mac_eq(&me->mac, &p->src_mac);
	bool counted = known && p->n_senders <= 2;

	if (!known || flow_ms_between(me->host_ms, (uint32_t)w->feed.now_ms) >= HOSTS_REFRESH_MS) {
		me->host_ms = (uint32_t)w->feed.now_ms;
		if (w->o.host_records)
			counted |= tell_host(w, (me->flags & SIDE_COUNTED) ? &me->mac : NULL, p, me->host_ms);
	}
	if (!counted)
		hosts_count(&w->hosts, p);
	me->mac = p->src_mac;
	me->flags |= SIDE_COUNTED;
}

/* A packet that was seen before: where a router lies between, its sender's card is another one now. */
void worker_flow_again(struct worker *w, const struct packet *p)
{
	struct flow_key key;
	unsigned from;

	flow_key_of(p, w->o.vlan_in_key, &key, &from);
	uint64_t hash = flow_key_hash(&key);
	struct flow brief, *f = flow_find(&w->flows, &key, hash);
	struct half_open *h = f || p->kind != PACKET_TCP ? NULL : flow_half_find(&w->flows, &key, hash);
	if (h) {
		flow_half_unpack(&w->flows, h, &brief);
		f = &brief;
	}
	if (!f || !(f->side[from].flags & SIDE_COUNTED) || mac_eq(&f->side[from].mac, &p->src_mac))
		return;
	feed_hush(&w->feed);
	(void)tell_host(w, &f->side[from].mac, p, (uint32_t)w->feed.now_ms);
}

/* A dissector understands it, and it takes no answer to make a conversation of it. */
static bool is_understood(const struct flow *f)
{
	return f->app_by == APP_BY_DISSECTOR && !(f->conn && f->conn->dis && f->conn->dis->mutual);
}

/* tried, or established: payload over TCP shows that it is open; elsewhere both have to speak, or a dissector has to
 * understand. */
static void update_state(struct flow *f, const struct packet *p)
{
	const struct flow_side *client = &f->side[f->client], *server = &f->side[!f->client];
	unsigned any = client->flags | server->flags;

	if (p->kind != PACKET_TCP) {
		if ((client->packets > 0 && server->packets > 0) || is_understood(f))
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

/* One packet of @f, which is a row of the table or not yet. */
static void take_packet(struct worker *w, struct flow *f, unsigned from, const struct packet *p)
{
	struct feed *fd = &w->feed;

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
}

static bool is_ending(const struct packet *p)
{
	return p->kind == PACKET_TCP && (p->tcp_flags & (TCP_FIN | TCP_RST));
}

/* A packet of a flow that is a row of the table. */
static void take_row(struct worker *w, struct flow *f, unsigned from, const struct packet *p)
{
	struct feed *fd = &w->feed;
	bool asleep = !f->conn || (f->flags & (FLOW_QUIET_TOLD | FLOW_ASLEEP));

	if (f->flags & FLOW_ASLEEP)
		doze_end(fd, f);
	take_packet(w, f, from, p);
	if (f->state != FLOW_STATE_NEW && (f->flags & (FLOW_SETTLED | FLOW_TOLD)) == FLOW_SETTLED &&
	    !w->o.flow_records) {
		feed_hush(fd);
		record_flow(fd, f, f->state, FLOW_REASON_BEGIN);
		f->flags |= FLOW_TOLD;
		f->told_ms = f->seen_ms;
	}
	/* The wheel finds out by itself when there is more time; where there is less, it has to be told. */
	if (fd->out.wake && f->conn)
		f->conn->wake = true;
	if (is_ending(p) || fd->out.wake || (asleep && f->conn))
		schedule(w, f, 0);
	fd->out.wake = false;
	if (f->conn && flow_is_over(f) && !(p->tcp_flags & TCP_FIN)) /* nothing follows the last ACK, or a RST */
		doze_begin(fd, f);
}

/* @f, unpacked from @h or new (NULL), as a row for good. */
static struct flow *settle_as_flow(struct worker *w, struct half_open *h, const struct flow *f, uint64_t hash,
				   const struct packet *p)
{
	struct flow *row;

	make_room(w, p);
	row = h ? flow_promote(&w->flows, h, f, hash) : flow_add(&w->flows, f, hash);
	if (!row)
		return NULL;
	if (row->conn)
		row->conn->flow = row;
	agreed_claim(&w->feed.agreed, row, true);
	if (!h)
		schedule(w, row, 0);
	return row;
}

/* A packet without payload of a connection that is not open yet, as far as is known: of @h, or the first (NULL). */
static void take_half_open(struct worker *w, struct half_open *h, struct flow *f, uint64_t hash, unsigned from,
			   const struct packet *p)
{
	bool begins = !h;

	if (begins)
		make_half_room(w, &f->key, p);
	take_packet(w, f, from, p);
	feed_hush(&w->feed); /* f is not where it stays */
	bool fits = h ? half_open_pack(h, f) : (h = flow_half_add(&w->flows, f, hash)) != NULL;
	if (fits) {
		if (is_ending(p) || begins)
			flow_half_schedule(&w->flows, h, f->seen_ms + flow_timeout_ms(f));
		return;
	}
	struct flow *row = settle_as_flow(w, h, f, hash, p);
	if (row && (is_ending(p) || row->conn))
		schedule(w, row, 0);
	else if (!row && f->conn)
		conn_close(&w->feed, f);
}

void worker_flow_take(struct worker *w, const struct packet *p)
{
	struct feed *fd = &w->feed;
	struct flow_key key;
	struct flow brief; /* one that is half open, for the time of this packet */
	unsigned from;
	bool tcp = p->kind == PACKET_TCP;

	flow_key_of(p, w->o.vlan_in_key, &key, &from);
	uint64_t hash = flow_key_hash(&key);
	struct flow *f = flow_find(&w->flows, &key, hash);
	struct half_open *h = f || !tcp ? NULL : flow_half_find(&w->flows, &key, hash);
	if (h) {
		flow_half_unpack(&w->flows, h, &brief);
		f = &brief;
	}
	if (f && tcp && (p->tcp_flags & TCP_SYN) && tcp_starts_anew(f, from, p)) {
		fd->packet = NULL;
		if (h)
			worker_half_end(w, h, FLOW_REASON_REPLACED);
		else
			worker_flow_end(w, f, FLOW_REASON_REPLACED);
		fd->packet = p;
		f = NULL;
		h = NULL;
	}
	if (!f)
		begin_flow(w, &brief, &key, from, p);
	if ((!f || h) && tcp && p->payload_wire_len == 0) {
		take_half_open(w, h, &brief, hash, from, p);
		return;
	}
	if (!f || h)
		f = settle_as_flow(w, h, &brief, hash, p);
	if (f)
		take_row(w, f, from, p);
}
