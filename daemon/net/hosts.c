#include "net/hosts.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

/* What a key says of an address: one of IPv4 itself, with what it may be beside it; of another, 63 bits of a hash. */
enum { ADDRESS_V4_BITS = 32, ADDRESS_MAC_BITS = 48 };

#define ADDRESS_V4     (UINT64_C(1) << ADDRESS_V4_BITS)
#define ADDRESS_MAC    (UINT64_C(1) << ADDRESS_MAC_BITS)
#define ADDRESS_HASHED (UINT64_C(1) << 63)

/* All three are keys, or part of one: no padding. */
struct sender {
	uint64_t address;
};

struct pair_key {
	uint64_t ip; /* 0: none */
	struct mac mac;
	uint16_t ttl;
};

struct pair {
	struct pair_key key;
	uint32_t told_ms;
	uint32_t dest_ip;    /* the lower half of its address_of(): to be compared, by hosts_router() */
	struct mac dest_mac; /* where it sent to, the last time it was asked about */
};

static_assert(sizeof(struct pair_key) == 16, "no padding in a key");

static uint64_t address_of(const struct ip_addr *ip)
{
	if (!ip_is_v4(ip))
		return hash_bytes(ip->b, sizeof(ip->b)) | ADDRESS_HASHED;
	uint32_t v4;
	memcpy(&v4, ip->b + sizeof(ip->b) - sizeof(v4), sizeof(v4));
	return ADDRESS_V4 | v4;
}

static uint64_t address_of_mac(const struct mac *mac)
{
	uint32_t front;
	uint16_t back;

	memcpy(&front, mac->b, sizeof(front));
	memcpy(&back, mac->b + sizeof(front), sizeof(back));
	return ADDRESS_MAC | (uint64_t)front << 16 | back;
}

int hosts_init(struct hosts *h, uint32_t cap)
{
	*h = (struct hosts){0};
	int rc = table_init(&h->senders, cap, sizeof(struct sender), sizeof(struct sender), table_hash_u64, NULL, NULL);
	return rc < 0 ? rc
		      : table_init(&h->pairs, cap, sizeof(struct pair_key), sizeof(struct pair), table_hash_bytes, NULL,
				   NULL);
}

void hosts_deinit(struct hosts *h)
{
	table_deinit(&h->senders);
	table_deinit(&h->pairs);
}

/* Who was seen last matters only where somebody may have to go. */
static void touch(struct table *t, void *entry)
{
	if (t->used > t->cap / 2)
		table_touch(t, entry);
}

/* @return whether it is new. */
static bool sender_add(struct hosts *h, const struct sender *s)
{
	uint64_t hash = hash_u64(hash_seed, s->address);
	void *known = table_find(&h->senders, s, hash);

	if (known) {
		touch(&h->senders, known);
		return false;
	}
	return table_insert(&h->senders, s, hash) != NULL;
}

void hosts_count(struct hosts *h, const struct packet *p)
{
	for (unsigned i = 0; i < p->n_senders; i++) {
		struct sender s = {p->senders[i].is_mac ? address_of_mac(&p->senders[i].mac)
							: address_of(&p->senders[i].ip)};
		if (!sender_add(h, &s))
			continue;
		if (p->senders[i].is_mac)
			h->macs++;
		else if (ip_is_v4(&p->senders[i].ip))
			h->ipv4++;
		else
			h->ipv6++;
	}
}

/* An address that one host can have: not that of a group, not the one used before there is one. */
static bool is_hosts_ip(const struct ip_addr *ip)
{
	enum ip_scope scope = ip_scope(ip);

	return scope != IP_SCOPE_UNSPECIFIED && scope != IP_SCOPE_MULTICAST && scope != IP_SCOPE_BROADCAST;
}

/* Time to live of a packet from one host to another, 0 where it tells nothing: what goes to a group has its own. */
uint8_t hosts_ttl(const struct packet *p)
{
	bool transport = p->kind == PACKET_TCP || p->kind == PACKET_UDP;

	return transport && is_hosts_ip(&p->dest_ip) && !(p->has_ether && mac_is_group(&p->dest_mac)) ? p->ttl : 0;
}

/* Are card and address, where it @has_ip, all that sends? */
static bool sends_as_pair(const struct packet *p, bool has_ip)
{
	if (p->n_senders != 1 + has_ip || !p->senders[0].is_mac || !mac_eq(&p->senders[0].mac, &p->src_mac))
		return false;
	return !has_ip || (!p->senders[1].is_mac && ip_eq(&p->senders[1].ip, &p->src_ip));
}

bool hosts_tell(struct hosts *h, const struct packet *p, uint32_t now_ms, bool *counted)
{
	bool has_ip = p->kind != PACKET_LINK && !ip_is_none(&p->src_ip) && is_hosts_ip(&p->src_ip);
	struct pair_key key = {.mac = p->src_mac, .ttl = hosts_ttl(p)};

	if (mac_is_group(&p->src_mac))
		return false;
	if (has_ip)
		key.ip = address_of(&p->src_ip);
	else if (mac_is_none(&p->src_mac))
		return false;
	uint64_t hash = hash_bytes(&key, sizeof(key));
	struct pair *pair = table_find(&h->pairs, &key, hash);
	bool is_news = true;
	*counted = pair && sends_as_pair(p, has_ip);
	if (pair) {
		touch(&h->pairs, pair);
		is_news = (int32_t)(now_ms - pair->told_ms) >= HOSTS_REFRESH_MS;
	} else {
		pair = table_insert(&h->pairs, &key, hash);
		if (!pair)
			return false;
	}
	pair->dest_mac = p->dest_mac;
	pair->dest_ip = p->kind != PACKET_LINK ? (uint32_t)address_of(&p->dest_ip) : 0;
	if (is_news)
		pair->told_ms = now_ms;
	return is_news;
}

bool hosts_router(const struct hosts *h, const struct packet *p, const struct mac *before, struct mac *in,
		  struct mac *out)
{
	uint8_t ttl = hosts_ttl(p);

	if (ttl < 2 || !p->has_ether || mac_is_none(before) || mac_eq(before, &p->src_mac))
		return false;
	for (int step = -1; step <= 1; step += 2) {
		struct pair_key key = {.ip = address_of(&p->src_ip), .mac = *before, .ttl = (uint8_t)(ttl + step)};
		const struct pair *pair = table_find(&h->pairs, &key, hash_bytes(&key, sizeof(key)));
		if (!pair || pair->dest_ip != (uint32_t)address_of(&p->dest_ip) ||
		    mac_eq(&pair->dest_mac, &p->dest_mac))
			continue;
		*in = step > 0 ? pair->dest_mac : p->dest_mac;
		*out = step > 0 ? p->src_mac : *before;
		return !mac_eq(in, out) && !mac_is_none(in) && !mac_is_none(out) && !mac_is_group(in);
	}
	return false;
}

uint64_t hosts_ceiling_bytes(uint32_t cap)
{
	return table_ceiling_bytes(cap, sizeof(struct sender)) + table_ceiling_bytes(cap, sizeof(struct pair));
}
