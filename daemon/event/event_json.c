#include "event/event_json.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"

static const char *const app_by_names[] = {
    [APP_BY_DISSECTOR] = "dissector", [APP_BY_NDPI] = "ndpi",       [APP_BY_SIGNATURE] = "signature",
    [APP_BY_PORT] = "port",           [APP_BY_SESSION] = "session", [APP_BY_SESSION_BACK] = "session",
};

static const char *proto_name(uint8_t proto, char buf[static 8])
{
	switch (proto) {
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	case IPPROTO_ICMP:
		return "ICMP";
	case IPPROTO_ICMPV6:
		return "IPv6-ICMP";
	case IPPROTO_SCTP:
		return "SCTP";
	default:
		snprintf(buf, 8, "%03u", proto); /* EVE writes numbers this way */
		return buf;
	}
}

static void mac_member(struct json *j, const char *key, const struct mac *m)
{
	char text[MAC_TEXT_MAX];

	if (mac_is_none(m))
		return;
	json_key(j, key);
	json_plain(j, mac_format(m, text), MAC_TEXT_MAX - 1);
}

static void ip_member(struct json *j, const char *key, const struct ip_addr *a)
{
	char text[IP_TEXT_MAX];

	if (!ip_is_none(a))
		json_kv_str(j, key, ip_format(a, text));
}

void event_json_source(struct json *j, const struct origin *at, const char *host, const char *event_type)
{
	json_kv_str(j, "event_type", event_type);
	if (host)
		json_kv_str(j, "host", host);
	if (at->iface)
		json_kv_str(j, "in_iface", at->iface);
	if (at->capture)
		json_kv_str(j, "pcap_filename", at->capture);
}

void event_json_flow(struct json *j, const struct origin *at)
{
	char number[8], community[40];

	if (at->flow_id)
		json_kv_u64(j, "flow_id", at->flow_id);
	if (community_id(at, community))
		json_kv_str(j, "community_id", community);
	if (at->n_vlans > 0) {
		json_key(j, "vlan");
		json_array_begin(j);
		for (unsigned i = 0; i < at->n_vlans; i++)
			json_u64(j, at->vlans[i]);
		json_array_end(j);
	}
	if (at->n_tunnels > 0) {
		json_key(j, "tunnel");
		json_array_begin(j);
		for (unsigned i = 0; i < at->n_tunnels; i++)
			json_str(j, tunnel_name((enum tunnel)at->tunnels[i]));
		json_array_end(j);
	}
	if (at->has_ether) {
		json_key(j, "ether");
		json_object_begin(j);
		mac_member(j, "src_mac", &at->src_mac);
		mac_member(j, "dest_mac", &at->dest_mac);
		json_object_end(j);
	}
	bool ports = at->ip_proto == IPPROTO_TCP || at->ip_proto == IPPROTO_UDP || at->ip_proto == IPPROTO_SCTP;
	ip_member(j, "src_ip", &at->src_ip);
	if (ports)
		json_kv_u64(j, "src_port", at->src_port);
	ip_member(j, "dest_ip", &at->dest_ip);
	if (ports)
		json_kv_u64(j, "dest_port", at->dest_port);
	if (at->ip_proto)
		json_kv_str(j, "proto", proto_name(at->ip_proto, number));
	if (at->app_proto) {
		json_kv_str(j, "app_proto", at->app_proto);
		if (at->app_by != APP_BY_NONE)
			json_kv_str(j, "app_proto_by", app_by_names[at->app_by]);
	}
}

void event_json_origin(struct json *j, const struct origin *at, const char *host, const char *event_type)
{
	char text[WHEN_TEXT_MAX];

	json_kv_str(j, "timestamp", when_format(at->ts_ns, text));
	event_json_source(j, at, host, event_type);
	if (at->frame)
		json_kv_u64(j, "pcap_cnt", at->frame);
	event_json_flow(j, at);
}

static void put_head(struct json *j, const struct event *ev, const struct event_head *head)
{
	json_object_begin(j);
	head->put(head->ctx, j, ev);
	if (ev->complete != COMPLETE_NA)
		json_kv_bool(j, "complete", ev->complete == COMPLETE_YES);
}

void event_json_line_with(struct json *j, const struct event *ev, const struct event_head *head)
{
	size_t start = j->len;

	put_head(j, ev, head);
	event_json_body(j, ev);
	json_object_end(j);
	if (j->overflow || j->len - start > EVENT_JSON_MAX) {
		/* a record beyond its limit is told without its body rather than cut in the middle */
		j->len = start;
		j->overflow = false;
		j->depth = 0;
		j->has_member[0] = false;
		j->after_key = false;
		put_head(j, ev, head);
		json_kv_bool(j, "record_truncated", true);
		json_object_end(j);
	}
	j->has_member[0] = false;
	json_put(j, "\n", 1);
}

static void put_origin(void *ctx, struct json *j, const struct event *ev)
{
	event_json_origin(j, &ev->at, ctx, ev->table->object);
}

void event_json_line(struct json *j, const struct event *ev, const char *host)
{
	event_json_line_with(j, ev, &(struct event_head){put_origin, (char *)host});
}
