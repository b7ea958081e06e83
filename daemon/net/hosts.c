#include "net/hosts.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

enum sender_kind { SENDER_MAC = 1, SENDER_IP };

/* Both are keys: no padding. */
struct sender {
	uint8_t b[16];
	uint32_t kind;
};

struct pair_key {
	struct ip_addr ip;
	struct mac mac;
	uint16_t unused;
};

struct pair {
	struct pair_key key;
	uint32_t told_ms;
};

static_assert(sizeof(struct pair_key) == 24, "no padding in a key");

int hosts_init(struct hosts *h, uint32_t cap)
{
	*h = (struct hosts){0};
	int rc = table_init(&h->senders, cap, sizeof(struct sender), sizeof(struct sender), NULL, NULL);
	return rc < 0 ? rc : table_init(&h->pairs, cap, sizeof(struct pair_key), sizeof(struct pair), NULL, NULL);
}

void hosts_deinit(struct hosts *h)
{
	table_deinit(&h->senders);
	table_deinit(&h->pairs);
}

/* @return whether it is new. */
static bool sender_add(struct hosts *h, const struct sender *s)
{
	uint64_t hash = hash_bytes(s, sizeof(*s));
	void *known = table_find(&h->senders, s, hash);

	if (known) {
		/* Who was seen last matters only where somebody may have to go. */
		if (h->senders.used > h->senders.cap / 2)
			table_touch(&h->senders, known);
		return false;
	}
	return table_insert(&h->senders, s, hash) != NULL;
}

void hosts_count(struct hosts *h, const struct packet *p)
{
	for (unsigned i = 0; i < p->n_senders; i++) {
		struct sender s = {.kind = p->senders[i].is_mac ? SENDER_MAC : SENDER_IP};
		if (p->senders[i].is_mac)
			memcpy(s.b, p->senders[i].mac.b, sizeof(p->senders[i].mac.b));
		else
			memcpy(s.b, p->senders[i].ip.b, sizeof(s.b));
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

bool hosts_tell(struct hosts *h, const struct mac *mac, const struct ip_addr *ip, uint32_t now_ms)
{
	struct pair_key key = {.mac = *mac};

	if (mac_is_group(mac))
		return false;
	if (!ip_is_none(ip) && is_hosts_ip(ip))
		key.ip = *ip;
	else if (mac_is_none(mac))
		return false;
	uint64_t hash = hash_bytes(&key, sizeof(key));
	struct pair *pair = table_find(&h->pairs, &key, hash);
	if (pair) {
		table_touch(&h->pairs, pair);
		if ((int32_t)(now_ms - pair->told_ms) < HOSTS_REFRESH_MS)
			return false;
	} else {
		pair = table_insert(&h->pairs, &key, hash);
		if (!pair)
			return false;
	}
	pair->told_ms = now_ms;
	return true;
}

uint64_t hosts_ceiling_bytes(uint32_t cap)
{
	return table_ceiling_bytes(cap, sizeof(struct sender)) + table_ceiling_bytes(cap, sizeof(struct pair));
}
