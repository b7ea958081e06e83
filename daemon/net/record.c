#include "net/record.h"

#include <netinet/in.h>

#include "net/hosts.h"

/* One byte over and over where address, ports and number stand: what is left of a frame in memory that nobody wrote. */
static bool is_fill(const struct flow *f, uint32_t number)
{
	uint32_t byte = number & 0xff;

	return number == byte * 0x01010101u && f->key.port[0] == byte * 0x0101u && f->key.port[1] == byte * 0x0101u;
}

/* The client's SYN bears the server's address as its sequence number: what bots of the Mirai family send, to what may
 * be a host. */
static bool seq_is_dest(const struct flow *f)
{
	const struct flow_side *client = &f->side[f->client];
	const struct ip_addr *to = &f->key.ip[!f->client];
	struct cursor c = cur_of(span_of(to->b, sizeof(to->b)));

	if (f->key.proto != IPPROTO_TCP || !(client->flags & SIDE_SYN) || !ip_is_v4(to))
		return false;
	cur_skip(&c, 12);
	if (cur_u32be(&c) != client->isn || is_fill(f, client->isn))
		return false;
	enum ip_scope scope = ip_scope(to);
	return scope != IP_SCOPE_UNSPECIFIED && scope != IP_SCOPE_BROADCAST && scope != IP_SCOPE_MULTICAST;
}

void record_flow(struct feed *fd, const struct flow *f, enum flow_state state, enum flow_reason reason)
{
	const struct flow_side *client = &f->side[f->client], *server = &f->side[!f->client];

	feed_speak(fd, f);
	struct event *ev = emit_begin(&fd->out, &flow_table_fields);
	ev_uint(ev, &flow_field[FLOW_STATE], state);
	ev_uint(ev, &flow_field[FLOW_REASON], reason);
	ev_int(ev, &flow_field[FLOW_START], f->first_ns);
	ev_int(ev, &flow_field[FLOW_END], f->last_ns);
	ev_uint(ev, &flow_field[FLOW_PKTS_TS], client->packets);
	ev_uint(ev, &flow_field[FLOW_PKTS_TC], server->packets);
	ev_uint(ev, &flow_field[FLOW_BYTES_TS], client->bytes);
	ev_uint(ev, &flow_field[FLOW_BYTES_TC], server->bytes);
	ev_bool(ev, &flow_field[FLOW_PAYLOAD_TS], client->flags & SIDE_PAYLOAD);
	ev_bool(ev, &flow_field[FLOW_PAYLOAD_TC], server->flags & SIDE_PAYLOAD);
	if (f->key.proto == IPPROTO_TCP && !((client->flags | server->flags) & SIDE_SYN))
		ev_bool(ev, &flow_field[FLOW_MIDWAY], true);
	if (seq_is_dest(f))
		ev_bool(ev, &flow_field[FLOW_SEQ_IS_DEST], true);
	if (origin_of_session(&ev->at))
		ev_uint(ev, &flow_field[FLOW_MODE],
			f->app_by == APP_BY_SESSION_BACK ? FLOW_MODE_ACTIVE : FLOW_MODE_PASSIVE);
	emit_end(&fd->out, ev);
}

void record_host(struct feed *fd, const struct packet *p, const struct mac *router_in, const struct mac *router_out)
{
	feed_speak_packet(fd, p);
	if (p->kind != PACKET_LINK) {
		fd->out.at.ip_proto = p->ip_proto;
		fd->out.at.dest_port = p->kind == PACKET_UDP ? p->dest_port : 0;
	}
	struct event *ev = emit_begin(&fd->out, &asset_table);
	ev_uint(ev, &asset_field[ASSET_CHANGE], ASSET_SEEN);
	if (p->has_ether)
		ev_mac(ev, &asset_field[ASSET_MAC], &p->src_mac);
	if (p->kind != PACKET_LINK && ip_scope(&p->src_ip) != IP_SCOPE_UNSPECIFIED)
		ev_ip(&fd->out, ev, &asset_field[ASSET_IP], &p->src_ip);
	if (hosts_ttl(p) > 0)
		ev_uint(ev, &asset_field[ASSET_TTL], hosts_ttl(p));
	if (router_in && router_out) {
		ev_mac(ev, &asset_field[ASSET_ROUTER_IN], router_in);
		ev_mac(ev, &asset_field[ASSET_ROUTER_OUT], router_out);
	}
	emit_end(&fd->out, ev);
}

void record_flood(struct feed *fd, const struct flood *flood, int64_t at_ns)
{
	feed_hush(fd);
	fd->out.at = flood->at;
	fd->out.at.ts_ns = at_ns;
	struct event *ev = emit_begin(&fd->out, &anomaly_table);
	ev_uint(ev, &anomaly_field[ANOMALY_TYPE], ANOMALY_FLOOD);
	ev_text(ev, &anomaly_field[ANOMALY_REASON], enum_token(anomaly_field[ANOMALY_KIND].names, flood->kind));
	ev_uint(ev, &anomaly_field[ANOMALY_FRAMES], flood->frames);
	ev_uint(ev, &anomaly_field[ANOMALY_KIND], flood->kind);
	emit_end(&fd->out, ev);
}
