#include "net/identify.h"

#include <netinet/in.h>
#include <string.h>

#include "net/stream.h"

enum { NOBODY = -1 };

/* What the dissectors say of a beginning. */
struct verdict {
	int no;          /* who reads it, or NOBODY */
	enum probe said; /* by that one */
	bool more;       /* somebody cannot tell yet */
	uint64_t weak;   /* who would do */
};

static bool has_port(const uint16_t ports[8], uint16_t port)
{
	for (unsigned i = 0; i < 8 && ports[i]; i++) {
		if (ports[i] == port)
			return true;
	}
	return false;
}

static const uint16_t *ports_of(const struct dissector *d, uint8_t proto)
{
	return proto == IPPROTO_TCP ? d->tcp_ports : d->udp_ports;
}

static bool on_known_port(const struct feed *fd, const struct flow *f)
{
	const struct port_set *set = f->key.proto == IPPROTO_TCP ? &fd->tcp_ports : &fd->udp_ports;

	return port_in(set, f->key.port[0]) || port_in(set, f->key.port[1]);
}

static struct verdict ask(const struct feed *fd, const struct conn *c, unsigned side, struct span head, uint64_t who)
{
	const struct flow *f = c->flow;
	struct verdict v = {.no = NOBODY};
	int believed = NOBODY;

	for (who &= ~c->refused; who; who &= who - 1) {
		int no = __builtin_ctzll(who);
		const struct dissector *d = fd->dissectors[no];
		const uint16_t *ports = ports_of(d, f->key.proto);
		bool from_server_port = has_port(ports, f->key.port[side]);
		enum probe said = d->probe(head, from_server_port);
		switch (said) {
		case PROBE_NO:
			break;
		case PROBE_MORE:
			v.more |= head.len < IDENTIFY_HEAD_MAX;
			break;
		case PROBE_WEAK:
			v.weak |= UINT64_C(1) << no;
			if (believed == NOBODY && (from_server_port || has_port(ports, f->key.port[!side]) ||
						   (c->half[!side].weak >> no & 1)))
				believed = no;
			break;
		case PROBE_REQUEST:
		case PROBE_RESPONSE:
		case PROBE_EITHER:
			v.no = no;
			v.said = said;
			return v;
		}
	}
	/* Weak words wait for those who might still speak up. */
	if (!v.more) {
		v.no = believed;
		v.said = PROBE_EITHER;
	}
	return v;
}

/* Whom what was said makes the client: a side, or NOBODY. */
static int client_by_words(unsigned side, enum probe said)
{
	return said == PROBE_REQUEST ? (int)side : said == PROBE_RESPONSE ? (int)!side : NOBODY;
}

/* Whom the dissector's port makes the client. */
static int client_by_port(const struct flow *f, const struct dissector *d)
{
	const uint16_t *ports = ports_of(d, f->key.proto);
	bool serves[2] = {has_port(ports, f->key.port[0]), has_port(ports, f->key.port[1])};

	return serves[0] == serves[1] ? NOBODY : serves[0];
}

/*
 * The client is known from a SYN, else from what was said, else from the dissector's port. A device may open a
 * connection from its own server port and serve on it: there port and words outweigh the SYN together, so that its
 * answers do not pass for requests.
 */
static void orient(struct flow *f, unsigned side, const struct dissector *d, enum probe said)
{
	int words = client_by_words(side, said), port = client_by_port(f, d);
	enum ip_scope to = ip_scope(&f->key.ip[!side]);

	if (f->flags & FLOW_DELIVERED)
		return;
	/* a reply to everybody (DHCP): nobody asks from a group's address, so its sender stands in front */
	if (to == IP_SCOPE_MULTICAST || to == IP_SCOPE_BROADCAST)
		words = (int)side;
	if (f->flags & FLOW_BY_SYN) {
		if (port != NOBODY && (words == NOBODY || words == port))
			f->client = (uint8_t)port;
	} else if (words != NOBODY) {
		f->client = (uint8_t)words;
	} else if (port != NOBODY) {
		f->client = (uint8_t)port;
	}
}

/* What controllers speak: such flows are the last to be given up when memory is short. */
static void note_ot(struct flow *f)
{
	static const char *const ot[] = {
	    "modbus", "opcua",       "s7comm",   "enip",       "enip_io", "fins",    "slmp",    "bacnet",
	    "ads",    "ccief_basic", "hart_ip",  "fl_net",     "focas",   "toyopuc", "memobus", "keyence_host_link",
	    "iec104", "dnp3",        "ethercat", "profinet_io"};

	f->flags &= (uint8_t)~FLOW_OT;
	for (size_t i = 0; f->app_proto && i < sizeof(ot) / sizeof(ot[0]); i++) {
		/* mostly it is something else, and begins so */
		if (f->app_proto[0] == ot[i][0] && strcmp(f->app_proto, ot[i]) == 0) {
			f->flags |= FLOW_OT;
			break;
		}
	}
}

static void end_trial(struct feed *fd, struct conn *c)
{
	if (!c->trial)
		return;
	guess_end(fd->guess, c->trial);
	c->trial = NULL;
}

/* @return false when memory is short. */
static bool adopt(struct feed *fd, struct conn *c, unsigned side, const struct verdict *v)
{
	struct flow *f = c->flow;

	if (!conn_adopt(fd, c, (unsigned)v->no))
		return false;
	end_trial(fd, c);
	orient(f, side, c->dis, v->said);
	f->app_proto = c->dis->name;
	f->app_by = APP_BY_DISSECTOR;
	f->flags |= FLOW_SETTLED;
	note_ot(f);
	c->half[0].weak = c->half[1].weak = 0;
	feed_hush(fd);
	return true;
}

static void tell_no_memory(struct feed *fd, const struct flow *f)
{
	feed_speak(fd, f);
	emit_anomaly(&fd->out, NULL, ANOMALY_LIMIT, "flow_memory", 0, 0);
}

/* None of ours reads this flow. */
static void stop_listening(struct feed *fd, struct conn *c)
{
	c->flow->flags |= FLOW_DEAF;
	conn_buf_drop(fd, &c->half[0]);
	conn_buf_drop(fd, &c->half[1]);
	if (!fd->guess)
		c->flow->flags |= FLOW_SETTLED;
}

/* Hands a side's kept bytes to the dissector that it has now. */
static void replay_kept(struct feed *fd, struct conn *c, unsigned side)
{
	struct half *h = &c->half[side];
	struct span kept = conn_buf(h);
	uint8_t *buf = h->buf;
	uint32_t room = h->buf_room;

	if (!buf)
		return;
	h->buf = NULL;
	conn_buf_drop(fd, h);
	if (c->dis)
		stream_bytes(fd, c, side, kept);
	pool_free(&fd->pool, buf, room);
}

/* What nDPI makes of a connection whose beginning it has not seen is less than what follows may tell. */
static bool met_midway(const struct flow *f)
{
	return f->key.proto == IPPROTO_TCP && !((f->side[0].flags | f->side[1].flags) & SIDE_SYN);
}

static void no_luck(struct feed *fd, struct conn *c, unsigned side)
{
	const struct flow *f = c->flow;
	struct half *h = &c->half[side];
	bool known_port = on_known_port(fd, f);

	conn_buf_drop(fd, h);
	h->weak = 0;
	/* A beginning that was seen from the SYN on and fits nobody will not fit later, unless the port says to watch.
	 */
	if ((f->side[side].flags & SIDE_SYN) && !known_port)
		h->dead = true;
	if ((c->run_asked++ % IDENTIFY_RUN_TRY == 0 || h->dead) && c->tries < UINT8_MAX)
		c->tries++;
	bool named = (f->app_by == APP_BY_NDPI || f->app_by >= APP_BY_SESSION) && !met_midway(f) && !known_port &&
		     c->half[!side].buf_len == 0;
	if (named || c->tries >= (known_port ? IDENTIFY_TRIES_ON_PORT : IDENTIFY_TRIES) ||
	    (h->dead && c->half[!side].dead))
		stop_listening(fd, c);
}

/* Whose port this is says what is wrong with a beginning that is nobody's. */
static void tell_refused(struct feed *fd, struct conn *c, unsigned side, struct span segment)
{
	const struct flow *f = c->flow;

	if (!(f->side[side].flags & SIDE_SYN) || c->half[side].torn)
		return;
	for (uint64_t who = fd->streams & ~c->refused; who; who &= who - 1) {
		const struct dissector *d = fd->dissectors[__builtin_ctzll(who)];
		bool serves = has_port(ports_of(d, f->key.proto), f->key.port[side]);
		if (!d->refused || (!serves && !has_port(ports_of(d, f->key.proto), f->key.port[!side])))
			continue;
		feed_speak(fd, f);
		d->refused(serves ? DIR_RESPONSE : DIR_REQUEST, segment, &fd->out);
	}
}

/* Notes a segment. @return whether it lies within a long message, as far as lengths tell. */
static bool amid_a_run(struct conn *c, unsigned side, size_t len)
{
	uint16_t bytes = len < UINT16_MAX ? (uint16_t)len : UINT16_MAX;

	if (c->run_side != side + 1) {
		c->run_side = (uint8_t)(side + 1);
		c->run_asked = 0;
		c->run_last_len = c->run_longest_len = bytes;
		return false;
	}
	bool amid = c->run_asked >= IDENTIFY_RUN && c->run_last_len >= c->run_longest_len;
	c->run_last_len = bytes;
	if (bytes > c->run_longest_len)
		c->run_longest_len = bytes;
	return amid;
}

void identify_stream(struct feed *fd, struct conn *c, unsigned side, struct span data)
{
	struct half *h = &c->half[side];
	bool kept = h->buf_len > 0;

	if (amid_a_run(c, side, data.len) && !kept && !h->dead)
		return;
	if (h->dead) {
		no_luck(fd, c, side);
		return;
	}
	if (kept && (h->buf_len + data.len > IDENTIFY_KEEP_MAX || !conn_buf_append(fd, h, data, IDENTIFY_HEAD_MAX))) {
		no_luck(fd, c, side);
		return;
	}
	struct span head = kept ? conn_buf(h) : data;
	struct verdict v = ask(fd, c, side, head, fd->streams);
	if (v.no != NOBODY) {
		if (!adopt(fd, c, side, &v)) {
			tell_no_memory(fd, c->flow);
			stop_listening(fd, c);
			return;
		}
		unsigned first = c->half[!side].buf_len > 0 ? c->first_held : side;
		replay_kept(fd, c, first);
		replay_kept(fd, c, !first);
		if (!kept)
			stream_bytes(fd, c, side, data);
		return;
	}
	if (!v.more && v.weak == 0) {
		if (!kept)
			tell_refused(fd, c, side, data);
		no_luck(fd, c, side);
		/* What was kept may have been the end of something that was not seen: a segment is a beginning, too. */
		if (kept && !h->dead && !(c->flow->flags & FLOW_DEAF))
			identify_stream(fd, c, side, data);
		return;
	}
	h->weak = v.weak;
	if (kept)
		return;
	if (data.len > IDENTIFY_KEEP_MAX || !conn_buf_append(fd, h, data, IDENTIFY_HEAD_MAX)) {
		no_luck(fd, c, side);
		return;
	}
	if (c->half[!side].buf_len == 0)
		c->first_held = (uint8_t)side;
}

/* Is @head one PDU of @d, with nothing behind it? */
static bool is_whole(struct feed *fd, const struct dissector *d, bool from_server, struct span head)
{
	void *state = pool_zalloc(&fd->pool, d->state_size > 0 ? d->state_size : 1);

	if (!state)
		return false;
	struct frame f = d->frame(state, from_server ? DIR_RESPONSE : DIR_REQUEST, head);
	pool_free(&fd->pool, state, d->state_size > 0 ? d->state_size : 1);
	return f.kind == FRAME_WHOLE && f.total == head.len;
}

/* Whose port it is is believed now that nobody else will speak up: on weak words, or - of those who judge beginnings
 * that are nobody's, not of those to whom any line is a PDU - on a PDU that is whole. */
static int believed_at_last(struct feed *fd, const struct conn *c, unsigned side, struct span head)
{
	const struct flow_key *k = &c->flow->key;

	for (uint64_t who = fd->streams & ~c->refused; who; who &= who - 1) {
		int no = __builtin_ctzll(who);
		const struct dissector *d = fd->dissectors[no];
		bool from_server = has_port(d->tcp_ports, k->port[side]);
		if (!from_server && !has_port(d->tcp_ports, k->port[!side]))
			continue;
		enum probe said = d->probe(head, from_server);
		if (said == PROBE_WEAK || (said == PROBE_MORE && d->refused && is_whole(fd, d, from_server, head)))
			return no;
	}
	return NOBODY;
}

void identify_kept(struct feed *fd, struct conn *c)
{
	unsigned first = c->first_held;

	for (unsigned i = 0; i < 2 && !c->dis; i++) {
		unsigned side = i == 0 ? first : !first;
		struct span head = conn_buf(&c->half[side]);
		struct verdict v = {.no = NOBODY, .said = PROBE_EITHER};
		if (head.len > 0)
			v.no = believed_at_last(fd, c, side, head);
		if (v.no != NOBODY && adopt(fd, c, side, &v)) {
			replay_kept(fd, c, first);
			replay_kept(fd, c, !first);
		}
	}
}

void identify_gap(struct feed *fd, struct conn *c, unsigned side)
{
	struct half *h = &c->half[side];

	conn_buf_drop(fd, h);
	h->weak = 0;
	h->torn = true;
}

void identify_undo(struct feed *fd, struct conn *c)
{
	c->refused |= UINT64_C(1) << c->dis_no;
	conn_disown(fd, c);
	c->flow->app_proto = NULL;
	c->flow->app_by = APP_BY_NONE;
	c->flow->flags |= FLOW_DEAF;
	note_ot(c->flow);
	feed_hush(fd);
}

/* A side's bytes out of its dissector's hands. */
static struct half take_kept(struct half *h)
{
	struct half kept = {.buf = h->buf, .buf_room = h->buf_room, .buf_off = h->buf_off, .buf_len = h->buf_len};

	h->buf = NULL;
	h->buf_room = 0;
	return kept;
}

static void show_kept(struct feed *fd, struct conn *c, unsigned side, struct half *kept)
{
	if (kept->buf_len > 0)
		stream_bytes(fd, c, side, conn_buf(kept));
	pool_free(&fd->pool, kept->buf, kept->buf_room);
}

void identify_anew(struct feed *fd, struct conn *c, unsigned side, struct span data)
{
	struct half kept[2] = {take_kept(&c->half[0]), take_kept(&c->half[1])};

	c->refused |= UINT64_C(1) << c->dis_no;
	conn_disown(fd, c);
	c->tries = c->run_side = 0;
	c->half[0].dead = c->half[1].dead = false;
	if (c->over == HAND_OVER_ANY)
		c->flow->flags &= (uint8_t)~FLOW_SETTLED; /* nDPI is asked */
	c->over = HAND_OVER_NOT;
	/* what the other side has sent already came before this */
	show_kept(fd, c, !side, &kept[!side]);
	show_kept(fd, c, side, &kept[side]);
	if (data.len > 0)
		stream_bytes(fd, c, side, data);
}

/* Those whose port it is come first; a dissector without a probe is believed on its port, the others by strong words
 * only. */
static struct verdict ask_datagram(const struct feed *fd, const struct conn *c, unsigned side, struct span payload)
{
	const struct flow_key *k = &c->flow->key;
	uint64_t probing = 0;

	for (uint64_t who = fd->datagrams & ~c->refused; who; who &= who - 1) {
		int no = __builtin_ctzll(who);
		const struct dissector *d = fd->dissectors[no];
		if (d->probe)
			probing |= UINT64_C(1) << no;
		else if (has_port(d->udp_ports, k->port[0]) || has_port(d->udp_ports, k->port[1]))
			return (struct verdict){.no = no, .said = PROBE_EITHER};
	}
	return ask(fd, c, side, payload, probing);
}

struct conn *identify_datagram(struct feed *fd, struct flow *f, unsigned side, struct span payload)
{
	struct conn probe_only = {.flow = f};
	const struct conn *asked = f->conn ? f->conn : &probe_only;

	if (f->conn && f->conn->dis)
		return f->conn;
	if (f->flags & FLOW_DEAF)
		return NULL;
	struct verdict v = ask_datagram(fd, asked, side, payload);
	if (v.no != NOBODY) {
		struct conn *c = conn_get(fd, f);
		if (c && adopt(fd, c, side, &v))
			return c;
		tell_no_memory(fd, f);
	} else if (f->side[0].packets + f->side[1].packets < (on_known_port(fd, f) ? IDENTIFY_TRIES_ON_PORT : 2)) {
		return NULL;
	}
	f->flags |= FLOW_DEAF;
	if (!fd->guess)
		f->flags |= FLOW_SETTLED;
	return NULL;
}

/* Is one of ours the judge of what is this protocol? Not those who read only a part of it. */
static bool dissected_here(const struct feed *fd, const char *app)
{
	for (unsigned i = 0; i < fd->n_dissectors; i++) {
		if (!fd->dissectors[i]->partial && strcmp(fd->dissectors[i]->name, app) == 0)
			return true;
	}
	return false;
}

/* nDPI takes its two bytes for it; the shape of ours has a checksum. */
static bool judged_by_shape(const char *app)
{
	return strcmp(app, "dnp3") == 0;
}

/* What nDPI 4.2 never names, by the server's registered or customary port: a guess, and told as one. */
static const char *customary_on(uint8_t proto, uint16_t port)
{
	static const struct {
		uint16_t port;
		uint8_t proto;
		const char *app;
	} customary[] = {
	    {4840, IPPROTO_TCP, "opcua"},     {4843, IPPROTO_TCP, "opcua"},        {44818, IPPROTO_TCP, "enip"},
	    {44818, IPPROTO_UDP, "enip"},     {47808, IPPROTO_UDP, "bacnet"},      {48898, IPPROTO_TCP, "ads"},
	    {5094, IPPROTO_TCP, "hart_ip"},   {5094, IPPROTO_UDP, "hart_ip"},      {5006, IPPROTO_UDP, "slmp"},
	    {5007, IPPROTO_TCP, "slmp"},      {9600, IPPROTO_TCP, "fins"},         {9600, IPPROTO_UDP, "fins"},
	    {8193, IPPROTO_TCP, "focas"},     {61450, IPPROTO_UDP, "ccief_basic"}, {34964, IPPROTO_UDP, "profinet_io"},
	    {34980, IPPROTO_UDP, "ethercat"}, {4899, IPPROTO_TCP, "radmin"},
	};

	for (size_t i = 0; i < sizeof(customary) / sizeof(customary[0]); i++) {
		if (customary[i].port == port && customary[i].proto == proto)
			return customary[i].app;
	}
	return NULL;
}

static void take_guess(struct feed *fd, struct flow *f, const char *app, bool by_port)
{
	end_trial(fd, f->conn);
	f->flags |= FLOW_SETTLED;
	if (!app) {
		app = customary_on(f->key.proto, f->key.port[!f->client]);
		by_port = true;
	}
	/* What we read ourselves is what our dissectors accept, whatever it looks like to others. */
	if (!app || dissected_here(fd, app) || (!by_port && judged_by_shape(app)))
		return;
	f->app_proto = app;
	f->app_by = by_port ? APP_BY_PORT : APP_BY_NDPI;
	note_ot(f);
	feed_hush(fd);
	/* The beginning of a message of ours may look like one of others: then the rest of it decides. */
	bool undecided = f->conn && (f->conn->half[0].buf_len > 0 || f->conn->half[1].buf_len > 0);
	if (!by_port && !on_known_port(fd, f) && !undecided && !met_midway(f))
		f->flags |= FLOW_DEAF;
}

/* Shapes that leave no doubt come before nDPI's opinion, which takes some of these for something else. */
static const char *named_by_shape(const struct feed *fd, const struct packet *p)
{
	if (p->payload.len != p->payload_wire_len)
		return NULL;
	for (unsigned i = 0; i < fd->n_dissectors; i++) {
		const struct dissector *d = fd->dissectors[i];
		const char *app = d->name_of ? d->name_of(p->payload, p->kind == PACKET_TCP) : NULL;
		if (app)
			return app;
	}
	return NULL;
}

void identify_guess(struct feed *fd, struct flow *f, const struct packet *p)
{
	const char *app = named_by_shape(fd, p);
	bool by_port = false;

	if (app) {
		if (f->conn)
			end_trial(fd, f->conn);
		f->app_proto = app;
		f->app_by = APP_BY_SIGNATURE;
		note_ot(f);
		f->flags |= FLOW_SETTLED;
		if (!on_known_port(fd, f))
			f->flags |= FLOW_DEAF;
		feed_hush(fd);
		return;
	}
	if (!fd->guess)
		return;
	struct conn *c = conn_get(fd, f);
	if (c && !c->trial)
		c->trial = guess_begin(fd->guess);
	if (!c || !c->trial)
		f->flags |= FLOW_SETTLED;
	else if (guess_packet(fd->guess, c->trial, p, &app, &by_port))
		take_guess(fd, f, app, by_port);
}

void identify_last(struct feed *fd, struct flow *f)
{
	bool by_port = false;

	if (!f->conn || !f->conn->trial)
		return;
	const char *app = guess_last(fd->guess, f->conn->trial, &by_port);
	take_guess(fd, f, app, by_port);
}

/* RFC 792, RFC 1256, RFC 4443, RFC 4861: the types that answer another. */
static bool is_icmp_answer(uint8_t proto, uint16_t type)
{
	if (proto == IPPROTO_ICMP)
		return type == 0 || type == 9 || type == 14 || type == 16 || type == 18;
	return type == 129 || type == 134 || type == 136;
}

bool identify_sender_is_client(const struct feed *fd, const struct packet *p)
{
	if (p->kind == PACKET_ICMP)
		return !is_icmp_answer(p->ip_proto, p->src_port);
	if (p->kind != PACKET_TCP && p->kind != PACKET_UDP)
		return true;
	const struct port_set *ours = p->kind == PACKET_TCP ? &fd->tcp_ports : &fd->udp_ports;
	bool from = port_in(ours, p->src_port), to = port_in(ours, p->dest_port);
	if (from != to)
		return to;
	from = p->src_port < IPPORT_RESERVED;
	to = p->dest_port < IPPORT_RESERVED;
	if (from != to)
		return to;
	/* Datagrams: who speaks first asks. A stream was picked up anywhere: servers have the lower port, mostly. */
	return p->kind == PACKET_UDP || p->src_port >= p->dest_port;
}
