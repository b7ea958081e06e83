#include "event/event_json.h"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"

static const char *const app_by_names[] = {
    [APP_BY_DISSECTOR] = "dissector",
    [APP_BY_NDPI] = "ndpi",
    [APP_BY_SIGNATURE] = "signature",
    [APP_BY_PORT] = "port",
};

/*
 * Community ID v1 (https://github.com/corelight/community-id-spec):
 *
 *   | seed u16 | lesser address | greater address | proto u8 | pad u8 | port of lesser u16 | port of greater u16 |
 *
 * hashed by SHA-1, written in base64 behind "1:". ICMP's types and codes stand where ports do, already ordered by the
 * decoder.
 */
/* ICMP types that answer each other stand in the ports' places and are ordered like ports; a type that nothing answers
 * is not (its code is no peer). */
static bool one_way(const struct origin *at)
{
	static const uint8_t v4[][2] = {{0, 8},   {8, 0},   {9, 10},  {10, 9},  {13, 14},
					{14, 13}, {15, 16}, {16, 15}, {17, 18}, {18, 17}};
	static const uint8_t v6[][2] = {{128, 129}, {129, 128}, {130, 131}, {131, 130}, {133, 134}, {134, 133},
					{135, 136}, {136, 135}, {139, 140}, {140, 139}, {144, 145}, {145, 144}};
	bool is_v6 = at->ip_proto == IPPROTO_ICMPV6;
	const uint8_t(*pair)[2] = is_v6 ? v6 : v4;
	size_t n = is_v6 ? sizeof(v6) / sizeof(v6[0]) : sizeof(v4) / sizeof(v4[0]);

	if (!is_v6 && at->ip_proto != IPPROTO_ICMP)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (pair[i][0] == at->src_port && pair[i][1] == at->dest_port)
			return false;
	}
	return true;
}

bool community_id(const struct origin *at, char buf[static 40])
{
	uint8_t msg[2 + 16 + 16 + 2 + 4], digest[SHA_DIGEST_LENGTH];
	const struct ip_addr *low = &at->src_ip, *high = &at->dest_ip;
	uint16_t low_port = at->src_port, high_port = at->dest_port;
	bool v4 = ip_is_v4(low);
	size_t skip = v4 ? 12 : 0, n = 0;
	bool ports = at->ip_proto == IPPROTO_TCP || at->ip_proto == IPPROTO_UDP || at->ip_proto == IPPROTO_SCTP ||
		     at->ip_proto == IPPROTO_ICMP || at->ip_proto == IPPROTO_ICMPV6;

	if (at->ip_proto == 0 || ip_is_none(low) || ip_is_none(high))
		return false;
	int order = memcmp(low->b, high->b, sizeof(low->b));
	if (!one_way(at) && (order > 0 || (order == 0 && low_port > high_port))) {
		low = &at->dest_ip, high = &at->src_ip;
		low_port = at->dest_port, high_port = at->src_port;
	}
	msg[n++] = 0;
	msg[n++] = 0;
	memcpy(msg + n, low->b + skip, 16 - skip);
	n += 16 - skip;
	memcpy(msg + n, high->b + skip, 16 - skip);
	n += 16 - skip;
	msg[n++] = at->ip_proto;
	msg[n++] = 0;
	if (ports) {
		msg[n++] = (uint8_t)(low_port >> 8);
		msg[n++] = (uint8_t)low_port;
		msg[n++] = (uint8_t)(high_port >> 8);
		msg[n++] = (uint8_t)high_port;
	}
	SHA1(msg, n, digest);
	memcpy(buf, "1:", 2);
	EVP_EncodeBlock((unsigned char *)buf + 2, digest, sizeof(digest));
	return true;
}

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

	if (!mac_is_none(m))
		json_kv_str(j, key, mac_format(m, text));
}

static void ip_member(struct json *j, const char *key, const struct ip_addr *a)
{
	char text[IP_TEXT_MAX];

	if (!ip_is_none(a))
		json_kv_str(j, key, ip_format(a, text));
}

void event_json_origin(struct json *j, const struct origin *at, const char *host, const char *event_type)
{
	char text[WHEN_TEXT_MAX], number[8], community[40];

	json_kv_str(j, "timestamp", when_format(at->ts_ns, text));
	json_kv_str(j, "event_type", event_type);
	if (host)
		json_kv_str(j, "host", host);
	if (at->iface)
		json_kv_str(j, "in_iface", at->iface);
	if (at->capture)
		json_kv_str(j, "pcap_filename", at->capture);
	if (at->frame)
		json_kv_u64(j, "pcap_cnt", at->frame);
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

static void write_value(struct json *j, const struct event_value *v)
{
	char text[WHEN_TEXT_MAX], addr[IP_TEXT_MAX];
	const char *token;
	struct ip_addr ip;

	switch (v->field->type) {
	case FIELD_TYPE_UINT:
		json_u64(j, v->u);
		break;
	case FIELD_TYPE_INT:
		json_i64(j, v->i);
		break;
	case FIELD_TYPE_FLOAT:
		json_f64(j, v->f);
		break;
	case FIELD_TYPE_BOOL:
		json_bool(j, v->u != 0);
		break;
	case FIELD_TYPE_TEXT:
		json_text(j, span_head(span_of(v->ptr, v->count), EVENT_TEXT_MAX));
		break;
	case FIELD_TYPE_BYTES:
		json_hex(j, span_head(span_of(v->ptr, v->count), EVENT_TEXT_MAX));
		break;
	case FIELD_TYPE_ENUM:
		token = enum_token(v->field->names, v->u);
		if (!token) {
			snprintf(text, sizeof(text), "unknown_%llu", (unsigned long long)v->u);
			token = text;
		}
		json_str(j, token);
		break;
	case FIELD_TYPE_MAC:
		json_str(j, mac_format(&v->mac, text));
		break;
	case FIELD_TYPE_IP:
		ip = ip_from_v6(v->ptr);
		json_str(j, ip_format(&ip, addr));
		break;
	case FIELD_TYPE_TIME:
		json_str(j, when_format(v->i, text));
		break;
	case FIELD_TYPE_U16S: {
		struct cursor c = cur_of(span_of(v->ptr, (size_t)v->count * 2));
		for (uint32_t i = 0; i < v->count; i++)
			json_u64(j, cur_u16be(&c));
		break;
	}
	case FIELD_TYPE_BITS:
		for (uint32_t i = 0; i < v->count; i++)
			json_u64(j, v->ptr[i / 8] >> (i % 8) & 1);
		break;
	case FIELD_TYPE_ITEM:
		break;
	}
}

/*
 * Values come flat, in order, each with its path; JSON nests. The writer keeps the path of the objects and lists that
 * are open and moves from one path to the next by closing what does not lead there and opening what does. Values below
 * one object must therefore be pushed together, which is how dissectors read them off the wire anyway.
 */
struct nest {
	const char *names[8]; /* steps of the open path, pointing into field names */
	uint16_t lens[8];
	bool lists[8]; /* this step is a list (and an object of it is open, unless it is the last and holds scalars) */
	bool item_open[8];
	unsigned depth;
};

static size_t step_length(const char *path)
{
	return strcspn(path, ".");
}

static void close_to(struct json *j, struct nest *n, unsigned depth)
{
	while (n->depth > depth) {
		n->depth--;
		if (n->item_open[n->depth] || !n->lists[n->depth])
			json_object_end(j);
		if (n->lists[n->depth])
			json_array_end(j);
	}
}

static bool is_list(const char *step, size_t len)
{
	return len > 2 && step[len - 1] == ']';
}

/* Opens the containers on the way to @path's last step; @return that step. */
static const char *walk(struct json *j, struct nest *n, const char *path)
{
	unsigned depth = 0;
	const char *step = path;
	size_t len = step_length(step);

	while (step[len] == '.' && depth < n->depth && n->lens[depth] == len &&
	       memcmp(n->names[depth], step, len) == 0) {
		depth++;
		step += len + 1;
		len = step_length(step);
	}
	/* a list of scalars that goes on, or the list whose next object is to be opened, stays open */
	bool same_list = step[len] == '\0' && depth < n->depth && n->lens[depth] == len &&
			 memcmp(n->names[depth], step, len) == 0 && n->lists[depth];
	close_to(j, n, same_list ? depth + 1 : depth);
	while (step[len] == '.' && n->depth < 8) {
		bool list = is_list(step, len);
		json_key_n(j, step, list ? len - 2 : len);
		if (list)
			json_array_begin(j);
		json_object_begin(j);
		n->names[n->depth] = step;
		n->lens[n->depth] = (uint16_t)len;
		n->lists[n->depth] = n->item_open[n->depth] = list;
		n->depth++;
		step += len + 1;
		len = step_length(step);
	}
	return step;
}

static void write_member(struct json *j, struct nest *n, const struct event_value *v)
{
	const char *step = walk(j, n, v->field->name);
	size_t len = strlen(step);

	if (is_list(step, len)) {
		bool open = n->depth > 0 && n->names[n->depth - 1] != NULL && n->lens[n->depth - 1] == len &&
			    memcmp(n->names[n->depth - 1], step, len) == 0 && n->lists[n->depth - 1];
		if (!open && n->depth < 8) {
			json_key_n(j, step, len - 2);
			json_array_begin(j);
			n->names[n->depth] = step;
			n->lens[n->depth] = (uint16_t)len;
			n->lists[n->depth] = true;
			n->item_open[n->depth] = false;
			n->depth++;
		}
		if (v->field->type == FIELD_TYPE_ITEM) {
			if (n->item_open[n->depth - 1])
				json_object_end(j);
			json_object_begin(j);
			n->item_open[n->depth - 1] = true;
		} else {
			write_value(j, v);
		}
		return;
	}
	json_key_n(j, step, len);
	write_value(j, v);
	if ((v->field->type == FIELD_TYPE_TEXT || v->field->type == FIELD_TYPE_BYTES) && v->count > EVENT_TEXT_MAX) {
		char key[80];
		snprintf(key, sizeof(key), "%s_truncated", step);
		json_kv_bool(j, key, true);
	}
}

void event_json_body(struct json *j, const struct event *ev)
{
	struct nest n = {.depth = 0};

	json_key(j, ev->table->object);
	json_object_begin(j);
	for (unsigned i = 0; i < ev->n_values; i++)
		write_member(j, &n, &ev->values[i]);
	close_to(j, &n, 0);
	if (ev->values_dropped)
		json_kv_u64(j, "values_dropped", ev->values_dropped);
	json_object_end(j);
}

void event_json_line(struct json *j, const struct event *ev, const char *host)
{
	size_t start = j->len;

	json_object_begin(j);
	event_json_origin(j, &ev->at, host, ev->table->object);
	if (ev->complete != COMPLETE_NA)
		json_kv_bool(j, "complete", ev->complete == COMPLETE_YES);
	event_json_body(j, ev);
	json_object_end(j);
	if (j->overflow || j->len - start > EVENT_JSON_MAX) {
		/* a record beyond its limit is told without its body rather than cut in the middle */
		j->len = start;
		j->overflow = false;
		j->depth = 0;
		j->has_member[0] = false;
		j->after_key = false;
		json_object_begin(j);
		event_json_origin(j, &ev->at, host, ev->table->object);
		if (ev->complete != COMPLETE_NA)
			json_kv_bool(j, "complete", ev->complete == COMPLETE_YES);
		json_kv_bool(j, "record_truncated", true);
		json_object_end(j);
	}
	j->has_member[0] = false;
	json_put(j, "\n", 1);
}
