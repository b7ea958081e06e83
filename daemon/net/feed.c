#include "net/feed.h"

#include <errno.h>
#include <stdlib.h>

#include "net/conn.h"

enum {
	ARENA_BLOCK_BYTES = 64 * 1024,
	ARENA_CAP_BYTES = 8 * 1024 * 1024,
};

static void ports_add(struct port_set *set, const uint16_t *ports, size_t n)
{
	for (size_t i = 0; i < n && ports[i]; i++)
		set->bits[ports[i] / 64] |= UINT64_C(1) << ports[i] % 64;
}

static int add_dissector(struct feed *fd, const struct dissector *d)
{
	unsigned no = fd->n_dissectors;

	if (no == FEED_DISSECTORS_MAX)
		return -EINVAL;
	for (unsigned i = 0; d->counts_with && i < no; i++) {
		if (fd->dissectors[i] == d->counts_with)
			fd->counters[no] = fd->counters[i];
	}
	if (d->counts_with && !fd->counters[no])
		return -EINVAL;
	if (!d->counts_with)
		fd->counters[no] = calloc(d->n_counters > 0 ? d->n_counters : 1, sizeof(uint64_t));
	if (!fd->counters[no])
		return -ENOMEM;
	fd->n_dissectors++;
	ports_add(&fd->tcp_ports, d->tcp_ports, sizeof(d->tcp_ports) / sizeof(d->tcp_ports[0]));
	ports_add(&fd->udp_ports, d->udp_ports, sizeof(d->udp_ports) / sizeof(d->udp_ports[0]));
	if (dissector_is_link(d))
		return 0;
	/* A stream protocol is found by its content alone; one that names UDP ports only reads no TCP. */
	if (d->frame && d->probe && (d->tcp_ports[0] != 0 || d->udp_ports[0] == 0))
		fd->streams |= UINT64_C(1) << no;
	if (d->udp_ports[0] != 0)
		fd->datagrams |= UINT64_C(1) << no;
	return 0;
}

static void take_agreed(struct emitter *out, const struct agreed *what)
{
	struct feed *fd = (struct feed *)(void *)((uint8_t *)out - offsetof(struct feed, out));

	agreed_note(&fd->agreed, &out->at, what, fd->now_ns);
}

int feed_init(struct feed *fd, const struct dissector *const *list, struct event_sink next, uint64_t memory_bytes)
{
	*fd = (struct feed){.dissectors = list};
	pool_init(&fd->pool, memory_bytes);
	conn_link_init(&fd->conns);
	conn_link_init(&fd->stalled);
	int rc = arena_init(&fd->arena, ARENA_BLOCK_BYTES, ARENA_CAP_BYTES);
	if (rc < 0)
		return rc;
	fd->out = (struct emitter){
	    .arena = &fd->arena,
	    .next = next,
	    .values = calloc(EVENT_VALUES_MAX, sizeof(struct event_value)),
	    .resize_state = conn_resize_state,
	    .agreed = take_agreed,
	};
	if (!fd->out.values || agreed_init(&fd->agreed) < 0)
		return -ENOMEM;
	for (unsigned i = 0; list && list[i]; i++) {
		rc = add_dissector(fd, list[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

void feed_deinit(struct feed *fd)
{
	for (unsigned i = 0; i < fd->n_dissectors; i++) {
		if (!fd->dissectors[i]->counts_with)
			free(fd->counters[i]);
	}
	free(fd->out.values);
	agreed_deinit(&fd->agreed);
	if (fd->arena.first)
		arena_deinit(&fd->arena);
	pool_deinit(&fd->pool);
}

static void copy_layers(struct origin *at, const struct packet *p)
{
	at->n_vlans = p->n_vlans;
	at->n_tunnels = p->n_tunnels;
	at->ether_depth = p->has_ether ? p->ether_depth : 0;
	for (unsigned i = 0; i < p->n_vlans; i++)
		at->vlans[i] = p->vlans[i];
	for (unsigned i = 0; i < p->n_tunnels; i++)
		at->tunnels[i] = p->tunnels[i];
}

void feed_speak(struct feed *fd, const struct flow *f)
{
	struct origin *at = &fd->out.at;
	unsigned client = f->client, server = !f->client;

	if (fd->speaking == f)
		return;
	fd->speaking = f;
	at->ts_ns = fd->now_ns;
	at->frame = fd->frame;
	at->flow_id = f->id;
	at->iface = fd->iface;
	at->capture = fd->capture;
	at->app_proto = f->app_proto;
	at->app_by = f->app_by;
	at->ip_proto = f->key.proto;
	at->one_sided = f->side[0].packets == 0 || f->side[1].packets == 0;
	at->src_ip = f->key.ip[client];
	at->dest_ip = f->key.ip[server];
	at->src_port = f->key.port[client];
	at->dest_port = f->key.port[server];
	at->src_mac = f->side[client].mac;
	at->dest_mac = f->side[server].mac;
	at->has_ether = !mac_is_none(&at->src_mac) || !mac_is_none(&at->dest_mac);
	if (fd->packet)
		copy_layers(at, fd->packet);
	else
		flow_layers_tell(f, at);
}

void feed_speak_packet(struct feed *fd, const struct packet *p)
{
	fd->speaking = NULL;
	fd->out.at = (struct origin){
	    .ts_ns = fd->now_ns,
	    .frame = fd->frame,
	    .iface = fd->iface,
	    .capture = fd->capture,
	    .has_ether = p->has_ether,
	    .src_mac = p->src_mac,
	    .dest_mac = p->dest_mac,
	};
	copy_layers(&fd->out.at, p);
	if (p->kind == PACKET_LINK)
		return;
	fd->out.at.src_ip = p->src_ip;
	fd->out.at.dest_ip = p->dest_ip;
}

uint64_t feed_ceiling_bytes(uint64_t memory_bytes)
{
	return memory_bytes + POOL_SPARE_BYTES + ARENA_CAP_BYTES + EVENT_VALUES_MAX * sizeof(struct event_value) +
	       agreed_ceiling_bytes();
}
