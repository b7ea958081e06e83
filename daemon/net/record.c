#include "net/record.h"

#include "net/hosts.h"

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
