#include "net/half_open.h"

#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#include "net/flow.h"

static_assert(sizeof(struct half_open) == 64, "a row is what makes a flood cheap");
static_assert(sizeof(struct half_open_v4) == 80 && sizeof(struct half_open_v6) == 104, "no padding");
static_assert(offsetof(struct half_open_v4, vlan) == HALF_OPEN_V4_KEY_BYTES, "the key stands in front");
static_assert(offsetof(struct half_open_v6, vlan) == HALF_OPEN_V6_KEY_BYTES, "the key stands in front");

enum { LAST_LOW_BITS = 32, LAST_BITS = 40 };

bool half_open_is_v4(const struct flow_key *key)
{
	return ip_is_v4(&key->ip[0]) && ip_is_v4(&key->ip[1]);
}

void half_open_key_v4(const struct flow_key *key, struct half_open_v4 *row)
{
	for (unsigned s = 0; s < 2; s++) {
		memcpy(row->ip[s], key->ip[s].b + 12, sizeof(row->ip[s]));
		row->port[s] = key->port[s];
		row->vlan[s] = key->vlan[s];
	}
}

void half_open_key_v6(const struct flow_key *key, struct half_open_v6 *row)
{
	for (unsigned s = 0; s < 2; s++) {
		row->ip[s] = key->ip[s];
		row->port[s] = key->port[s];
		row->vlan[s] = key->vlan[s];
	}
}

/* Where the stream stands follows from the SYN alone; without one there is at most a hint. */
static bool side_fits(const struct flow_side *s)
{
	const unsigned known = SIDE_SYN | SIDE_SEQ | SIDE_FIN | SIDE_RST | SIDE_COUNTED;
	bool syn = s->flags & SIDE_SYN, in_stream = s->flags & SIDE_SEQ;

	if ((s->flags & ~known) || s->packets > UINT8_MAX || s->bytes > UINT16_MAX || syn != in_stream)
		return false;
	if (syn)
		return s->next_seq == s->isn + 1 && s->acked == s->isn + 1;
	return s->isn == 0 && s->acked == 0;
}

static bool fits(const struct flow *f, unsigned first)
{
	uint64_t took_ns = (uint64_t)f->last_ns - (uint64_t)f->first_ns;
	const struct flow_side *one = &f->side[first], *other = &f->side[!first];

	return f->state == FLOW_STATE_NEW && !f->conn && !f->app_proto && !(f->flags & ~FLOW_BY_SYN) &&
	       f->key.proto == IPPROTO_TCP && flow_layers_are_plain(f) && took_ns >> LAST_BITS == 0 &&
	       f->seen_ms - f->told_ms <= UINT16_MAX && side_fits(one) && side_fits(other) &&
	       one->host_ms == f->told_ms &&
	       (other->packets > 0 ? other->host_ms - f->told_ms <= UINT16_MAX : other->host_ms == 0);
}

/* Who spoke first: the host's record of that side is as old as the flow. */
static unsigned first_side(const struct flow *f)
{
	return f->side[0].packets == 0 || (f->side[1].packets > 0 && f->side[0].host_ms != f->told_ms);
}

bool half_open_pack(struct half_open *h, const struct flow *f)
{
	unsigned first = first_side(f);
	uint64_t took_ns = (uint64_t)f->last_ns - (uint64_t)f->first_ns;

	if (!fits(f, first))
		return false;
	*h = (struct half_open){
	    .link = h->link,
	    .first_ns = f->first_ns,
	    .id_low = (uint32_t)f->id,
	    .id_high = (uint16_t)(f->id >> 32),
	    .created_ms = f->told_ms,
	    .last_ns = (uint32_t)took_ns,
	    .last_ns_high = (uint8_t)(took_ns >> LAST_LOW_BITS),
	    .seen_ms = (uint16_t)(f->seen_ms - f->told_ms),
	    .other_ms = (uint16_t)(f->side[!first].host_ms - f->told_ms),
	    .client = f->client != 0,
	    .first = first != 0,
	    .by_syn = (f->flags & FLOW_BY_SYN) != 0,
	    .n_vlans = flow_layers_vlans(f) & 3U,
	    .is_v6 = !half_open_is_v4(&f->key),
	};
	for (unsigned s = 0; s < 2; s++) {
		const struct flow_side *side = &f->side[s];
		h->seq[s] = side->flags & SIDE_SYN ? side->isn : side->next_seq;
		h->bytes[s] = (uint16_t)side->bytes;
		h->packets[s] = (uint8_t)side->packets;
		h->flags[s] = side->flags;
		h->mac[s] = side->mac;
	}
	return true;
}

void half_open_unpack(const struct half_open *h, struct flow *f)
{
	*f = (struct flow){
	    .client = h->client,
	    .flags = h->by_syn ? FLOW_BY_SYN : 0,
	    .id = (uint64_t)h->id_high << 32 | h->id_low,
	    .first_ns = h->first_ns,
	    .last_ns = h->first_ns + (int64_t)((uint64_t)h->last_ns_high << LAST_LOW_BITS | h->last_ns),
	    .seen_ms = h->created_ms + h->seen_ms,
	    .told_ms = h->created_ms,
	};
	flow_layers_set_plain(f, h->n_vlans);
	for (unsigned s = 0; s < 2; s++) {
		struct flow_side *side = &f->side[s];
		bool syn = h->flags[s] & SIDE_SYN;
		side->isn = syn ? h->seq[s] : 0;
		side->next_seq = syn ? h->seq[s] + 1 : h->seq[s];
		side->acked = syn ? h->seq[s] + 1 : 0;
		side->bytes = h->bytes[s];
		side->packets = h->packets[s];
		side->flags = h->flags[s];
		side->mac = h->mac[s];
		if (h->packets[s] > 0)
			side->host_ms = h->created_ms + (s == h->first ? 0 : h->other_ms);
	}
}
