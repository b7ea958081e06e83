#include "net/flow.h"

#include <assert.h>
#include <netinet/in.h>

enum {
	LAYER_TUNNEL_BITS = 4,
	LAYER_TUNNELS_SHIFT = 24,
	LAYER_VLANS_SHIFT = 27,
	LAYER_DEPTH_SHIFT = 29, /* tunnels around the Ethernet header */
};

static_assert(TUNNEL_COUNT <= 1 << LAYER_TUNNEL_BITS, "a tunnel fits its bits");
static_assert(EVENT_TUNNELS_MAX * LAYER_TUNNEL_BITS <= LAYER_TUNNELS_SHIFT, "all tunnels fit");

void flow_layers_keep(struct flow *f, const struct packet *p)
{
	unsigned vlans = p->n_vlans < 2 ? p->n_vlans : 2;

	f->layers = (uint32_t)p->n_tunnels << LAYER_TUNNELS_SHIFT | (uint32_t)vlans << LAYER_VLANS_SHIFT;
	if (p->has_ether)
		f->layers |= (uint32_t)p->ether_depth << LAYER_DEPTH_SHIFT;
	for (unsigned i = 0; i < p->n_tunnels; i++)
		f->layers |= (uint32_t)p->tunnels[i] << i * LAYER_TUNNEL_BITS;
	for (unsigned i = 0; i < vlans; i++)
		f->vlans[i] = p->vlans[i];
}

void flow_layers_tell(const struct flow *f, struct origin *at)
{
	at->n_vlans = (uint8_t)(f->layers >> LAYER_VLANS_SHIFT & 3);
	at->n_tunnels = (uint8_t)(f->layers >> LAYER_TUNNELS_SHIFT & 7);
	at->ether_depth = (uint8_t)(f->layers >> LAYER_DEPTH_SHIFT);
	for (unsigned i = 0; i < at->n_tunnels; i++)
		at->tunnels[i] = (uint8_t)(f->layers >> i * LAYER_TUNNEL_BITS & 15);
	for (unsigned i = 0; i < at->n_vlans; i++)
		at->vlans[i] = f->vlans[i];
}

unsigned flow_layers_vlans(const struct flow *f)
{
	return f->layers >> LAYER_VLANS_SHIFT & 3;
}

bool flow_layers_are_plain(const struct flow *f)
{
	return (f->layers & ~(UINT32_C(3) << LAYER_VLANS_SHIFT)) == 0;
}

void flow_layers_set_plain(struct flow *f, unsigned vlans)
{
	f->layers = (uint32_t)vlans << LAYER_VLANS_SHIFT;
}

bool flow_is_over(const struct flow *f)
{
	return ((f->side[0].flags | f->side[1].flags) & SIDE_RST) || (f->side[0].flags & f->side[1].flags & SIDE_FIN);
}

uint32_t flow_timeout_ms(const struct flow *f)
{
	if (f->key.proto != IPPROTO_TCP)
		return FLOW_OTHER_MS;
	if (flow_is_over(f))
		return FLOW_TCP_CLOSED_MS;
	return f->state == FLOW_STATE_NEW ? FLOW_TCP_HALF_OPEN_MS : FLOW_TCP_OPEN_MS;
}
