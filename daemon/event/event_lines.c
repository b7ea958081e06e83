#include "event/event_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/when.h"

enum {
	FLOW_BITS = 11,
	FLOWS = 1 << FLOW_BITS, /* by their number; another one in the place takes it */
	FLOW_TEXT_MAX = 512,
	KINDS = 16,
	KIND_TEXT_MAX = 1024,
	SECOND_TEXT = sizeof("2026-11-22T00:14:00.") - 1,
	MICROS = 6,
};

/* The members flow_id ... app_proto_by. */
struct flow_text {
	struct origin at; /* time and frame are of the record that was written first */
	uint16_t len;     /* 0: empty */
	char text[FLOW_TEXT_MAX];
};

/* The members event_type ... pcap_filename. */
struct kind_text {
	const struct field_table *table;
	const char *iface, *capture;
	size_t len;
	char text[KIND_TEXT_MAX];
};

struct event_lines {
	const char *host;
	int64_t second; /* that `stamp` begins with */
	char stamp[WHEN_TEXT_MAX];
	struct json scratch;
	struct kind_text kinds[KINDS];
	struct flow_text flows[FLOWS];
};

struct event_lines *event_lines_new(const char *host)
{
	struct event_lines *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->host = host;
	l->second = INT64_MIN;
	json_init(&l->scratch, EVENT_JSON_MAX);
	return l;
}

void event_lines_free(struct event_lines *l)
{
	if (!l)
		return;
	json_deinit(&l->scratch);
	free(l);
}

/* The members that @l->scratch holds between its braces; the caller opened the object. */
static struct span scratch_members(struct event_lines *l)
{
	return span_of(l->scratch.buf + 1, l->scratch.len - 1);
}

static void scratch_begin(struct event_lines *l)
{
	json_reset(&l->scratch);
	json_object_begin(&l->scratch);
}

static void put_time(struct event_lines *l, struct json *j, int64_t ts_ns)
{
	int64_t second = ts_ns / NS_PER_S, micros = ts_ns % NS_PER_S / 1000;

	if (second != l->second || ts_ns < 0) {
		when_format(ts_ns, l->stamp);
		l->second = ts_ns < 0 ? INT64_MIN : second;
	} else {
		for (int i = MICROS - 1; i >= 0; i--, micros /= 10)
			l->stamp[SECOND_TEXT + i] = (char)('0' + micros % 10);
	}
	json_key(j, "timestamp");
	json_plain(j, l->stamp, SECOND_TEXT + MICROS + sizeof("+0000") - 1);
}

static void put_kind(struct event_lines *l, struct json *j, const struct event *ev)
{
	const struct origin *at = &ev->at;
	struct kind_text *k = l->kinds;

	for (; k < l->kinds + KINDS && k->table; k++) {
		if (k->table == ev->table && k->iface == at->iface && k->capture == at->capture) {
			json_raw(j, span_of(k->text, k->len));
			return;
		}
	}
	scratch_begin(l);
	event_json_source(&l->scratch, at, l->host, ev->table->object);
	struct span members = scratch_members(l);
	json_raw(j, members);
	if (k == l->kinds + KINDS || members.len > KIND_TEXT_MAX || l->scratch.overflow)
		return;
	*k = (struct kind_text){.table = ev->table, .iface = at->iface, .capture = at->capture, .len = members.len};
	memcpy(k->text, members.ptr, members.len);
}

static bool same_flow(const struct origin *a, const struct origin *b)
{
	return a->flow_id == b->flow_id && a->app_proto == b->app_proto && a->app_by == b->app_by &&
	       a->ip_proto == b->ip_proto && a->src_port == b->src_port && a->dest_port == b->dest_port &&
	       a->has_ether == b->has_ether && a->n_vlans == b->n_vlans && a->n_tunnels == b->n_tunnels &&
	       memcmp(&a->src_mac, &b->src_mac, sizeof(a->src_mac)) == 0 &&
	       memcmp(&a->dest_mac, &b->dest_mac, sizeof(a->dest_mac)) == 0 &&
	       memcmp(&a->src_ip, &b->src_ip, sizeof(a->src_ip)) == 0 &&
	       memcmp(&a->dest_ip, &b->dest_ip, sizeof(a->dest_ip)) == 0 &&
	       memcmp(a->vlans, b->vlans, a->n_vlans * sizeof(a->vlans[0])) == 0 &&
	       memcmp(a->tunnels, b->tunnels, a->n_tunnels * sizeof(a->tunnels[0])) == 0;
}

static void put_flow(struct event_lines *l, struct json *j, const struct origin *at)
{
	struct flow_text *f = &l->flows[hash_u64(0, at->flow_id) >> (64 - FLOW_BITS)];

	if (f->len > 0 && same_flow(&f->at, at)) {
		json_raw(j, span_of(f->text, f->len));
		return;
	}
	scratch_begin(l);
	event_json_flow(&l->scratch, at);
	struct span members = scratch_members(l);
	if (members.len == 0)
		return;
	json_raw(j, members);
	if (members.len > FLOW_TEXT_MAX || l->scratch.overflow)
		return;
	f->at = *at;
	f->len = (uint16_t)members.len;
	memcpy(f->text, members.ptr, members.len);
}

static void put_head(void *ctx, struct json *j, const struct event *ev)
{
	struct event_lines *l = ctx;

	put_time(l, j, ev->at.ts_ns);
	put_kind(l, j, ev);
	if (ev->at.frame)
		json_kv_u64(j, "pcap_cnt", ev->at.frame);
	put_flow(l, j, &ev->at);
}

void event_lines_put(struct event_lines *l, struct json *j, const struct event *ev)
{
	event_json_line_with(j, ev, &(struct event_head){put_head, l});
}
