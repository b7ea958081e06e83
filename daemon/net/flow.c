#include "net/flow_own.h"

#include <assert.h>
#include <endian.h>
#include <netinet/in.h>
#include <string.h>

#include "base/hash.h"

enum { V6_SHARE = 4 /* half-open ones of IPv6: a quarter of those of IPv4 */ };

static_assert(sizeof(struct flow_key) == 44, "no padding: the key is hashed and compared as bytes");
static_assert(sizeof(struct flow) <= 192, "the flow table is sized by this");

static bool swap_ends(const struct packet *p)
{
	uint64_t src[2], dest[2];

	memcpy(src, p->src_ip.b, sizeof(src));
	memcpy(dest, p->dest_ip.b, sizeof(dest));
	for (int i = 0; i < 2; i++) {
		if (src[i] != dest[i])
			return be64toh(src[i]) > be64toh(dest[i]);
	}
	return p->src_port > p->dest_port;
}

void flow_key_of(const struct packet *p, bool vlan_in_key, struct flow_key *key, unsigned *from)
{
	bool swap = swap_ends(p);

	key->ip[swap] = p->src_ip;
	key->ip[!swap] = p->dest_ip;
	key->port[swap] = p->src_port;
	key->port[!swap] = p->dest_port;
	key->vlan[0] = vlan_in_key && p->n_vlans > 0 ? p->vlans[0] : 0;
	key->vlan[1] = vlan_in_key && p->n_vlans > 1 ? p->vlans[1] : 0;
	key->proto = p->ip_proto;
	memset(key->unused, 0, sizeof(key->unused));
	*from = swap;
}

uint64_t flow_key_hash(const struct flow_key *key)
{
	uint64_t word[4];

	/* Five independent multiplications and one to join them: shorter than hash_bytes(), whose steps wait for each
	 * other. */
	memcpy(word, key->ip, sizeof(word));
	/* read as they were written just now: as words they would have to wait until they stand in the cache */
	uint64_t ends = (uint64_t)key->port[0] | (uint64_t)key->port[1] << 16 | (uint64_t)key->vlan[0] << 32 |
			(uint64_t)key->vlan[1] << 48;
	return hash_u64(hash_fold(word[0] ^ HASH_K0, word[1] ^ hash_seed ^ HASH_K1) +
			    hash_fold(word[2] ^ HASH_K1, word[3] ^ hash_seed ^ HASH_K0),
			hash_fold(ends ^ HASH_K0, key->proto ^ hash_seed ^ HASH_K1));
}

static uint64_t hash_of_flow(const struct table *t, const void *key)
{
	(void)t;
	return flow_key_hash(key);
}

static uint64_t hash_of_half_v4(const struct table *t, const void *key)
{
	const struct half_open_v4 *row = key;
	struct flow_key whole = {.ip = {ip_from_v4(row->ip[0]), ip_from_v4(row->ip[1])}, .proto = IPPROTO_TCP};

	memcpy(whole.port, row->port, sizeof(whole.port));
	if (t->key_bytes > HALF_OPEN_V4_KEY_BYTES)
		memcpy(whole.vlan, row->vlan, sizeof(whole.vlan));
	return flow_key_hash(&whole);
}

static uint64_t hash_of_half_v6(const struct table *t, const void *key)
{
	const struct half_open_v6 *row = key;
	struct flow_key whole = {.ip = {row->ip[0], row->ip[1]}, .proto = IPPROTO_TCP};

	memcpy(whole.port, row->port, sizeof(whole.port));
	if (t->key_bytes > HALF_OPEN_V6_KEY_BYTES)
		memcpy(whole.vlan, row->vlan, sizeof(whole.vlan));
	return flow_key_hash(&whole);
}

int flow_table_init(struct flow_table *t, const struct flow_caps *caps, bool vlan_in_key)
{
	size_t vlans = vlan_in_key ? HALF_OPEN_VLAN_BYTES : 0;

	*t = (struct flow_table){.vlan_in_key = vlan_in_key};
	flow_wheel_init(t);
	int rc =
	    table_init(&t->flows, caps->flows, sizeof(struct flow_key), sizeof(struct flow), hash_of_flow, NULL, NULL);
	if (!rc)
		rc = table_init(&t->half[0], caps->half_open, HALF_OPEN_V4_KEY_BYTES + vlans,
				sizeof(struct half_open_v4), hash_of_half_v4, NULL, NULL);
	if (!rc)
		rc = table_init(&t->half[1], caps->half_open / V6_SHARE, HALF_OPEN_V6_KEY_BYTES + vlans,
				sizeof(struct half_open_v6), hash_of_half_v6, NULL, NULL);
	return rc;
}

void flow_table_deinit(struct flow_table *t)
{
	table_deinit(&t->flows);
	table_deinit(&t->half[0]);
	table_deinit(&t->half[1]);
}

struct flow *flow_find(const struct flow_table *t, const struct flow_key *key, uint64_t hash)
{
	return table_find(&t->flows, key, hash);
}

bool flow_table_full(const struct flow_table *t)
{
	return t->flows.used >= t->flows.cap;
}

void flow_begin(struct flow_table *t, struct flow *f, const struct flow_key *key, uint32_t now_ms)
{
	*f = (struct flow){.key = *key, .id = ++t->created, .seen_ms = now_ms, .told_ms = now_ms};
	link_reset(&f->link);
}

struct flow *flow_add(struct flow_table *t, const struct flow *f, uint64_t hash)
{
	assert(!flow_table_full(t));
	struct flow *row = table_insert(&t->flows, &f->key, hash);
	if (!row)
		return NULL;
	*row = *f;
	link_reset(&row->link);
	return row;
}

void flow_remove(struct flow_table *t, struct flow *f)
{
	flow_link_take(t, &f->link);
	table_remove(&t->flows, f);
}

static struct half_open_v4 *v4_of(const struct half_open *h)
{
	return (struct half_open_v4 *)(void *)((uint8_t *)(uintptr_t)h - offsetof(struct half_open_v4, half));
}

static struct half_open_v6 *v6_of(const struct half_open *h)
{
	return (struct half_open_v6 *)(void *)((uint8_t *)(uintptr_t)h - offsetof(struct half_open_v6, half));
}

struct half_open *flow_half_find(const struct flow_table *t, const struct flow_key *key, uint64_t hash)
{
	if (half_open_is_v4(key)) {
		struct half_open_v4 want;
		half_open_key_v4(key, &want);
		struct half_open_v4 *row = table_find(&t->half[0], &want, hash);
		return row ? &row->half : NULL;
	}
	struct half_open_v6 want;
	half_open_key_v6(key, &want);
	struct half_open_v6 *row = table_find(&t->half[1], &want, hash);
	return row ? &row->half : NULL;
}

static struct half_open *half_oldest(const struct flow_table *t, bool v6)
{
	void *row = table_oldest(&t->half[v6]);

	if (!row)
		return NULL;
	return v6 ? &((struct half_open_v6 *)row)->half : &((struct half_open_v4 *)row)->half;
}

struct half_open *flow_half_victim(const struct flow_table *t, const struct flow_key *key)
{
	bool v6 = !half_open_is_v4(key);

	return t->half[v6].used >= t->half[v6].cap ? half_oldest(t, v6) : NULL;
}

struct half_open *flow_half_add(struct flow_table *t, const struct flow *f, uint64_t hash)
{
	struct half_open packed, *h;

	link_reset(&packed.link);
	if (!half_open_pack(&packed, f))
		return NULL;
	assert(!flow_half_victim(t, &f->key));
	if (packed.is_v6) {
		struct half_open_v6 want, *row;
		half_open_key_v6(&f->key, &want);
		row = table_insert(&t->half[1], &want, hash);
		h = row ? &row->half : NULL;
		if (row)
			memcpy(row->vlan, f->vlans, sizeof(row->vlan));
	} else {
		struct half_open_v4 want, *row;
		half_open_key_v4(&f->key, &want);
		row = table_insert(&t->half[0], &want, hash);
		h = row ? &row->half : NULL;
		if (row)
			memcpy(row->vlan, f->vlans, sizeof(row->vlan));
	}
	if (h)
		*h = packed;
	return h;
}

void flow_half_unpack(const struct flow_table *t, const struct half_open *h, struct flow *f)
{
	const uint16_t *port, *vlan;

	half_open_unpack(h, f);
	if (h->is_v6) {
		const struct half_open_v6 *row = v6_of(h);
		f->key.ip[0] = row->ip[0];
		f->key.ip[1] = row->ip[1];
		port = row->port;
		vlan = row->vlan;
	} else {
		const struct half_open_v4 *row = v4_of(h);
		f->key.ip[0] = ip_from_v4(row->ip[0]);
		f->key.ip[1] = ip_from_v4(row->ip[1]);
		port = row->port;
		vlan = row->vlan;
	}
	f->key.proto = IPPROTO_TCP;
	for (unsigned s = 0; s < 2; s++) {
		f->key.port[s] = port[s];
		f->key.vlan[s] = t->vlan_in_key ? vlan[s] : 0;
		f->vlans[s] = vlan[s];
	}
	link_reset(&f->link);
}

void flow_half_remove(struct flow_table *t, struct half_open *h)
{
	flow_link_take(t, &h->link);
	table_remove(&t->half[h->is_v6], half_row(h));
}

struct flow *flow_promote(struct flow_table *t, struct half_open *h, const struct flow *f, uint64_t hash)
{
	struct flow *row = flow_add(t, f, hash);

	if (row && h->link.next != ROW_UNLINKED) {
		uint32_t ref = row_ref(ROW_FLOW, table_number(&t->flows, row));
		row->link = h->link;
		flow_link_at(t, row->link.prev)->next = ref;
		flow_link_at(t, row->link.next)->prev = ref;
		link_reset(&h->link);
	}
	flow_half_remove(t, h);
	return row;
}

struct flow *flow_first(const struct flow_table *t)
{
	return table_oldest(&t->flows);
}

struct flow *flow_next(const struct flow_table *t, const struct flow *f)
{
	return table_newer(&t->flows, f);
}

void flow_table_sort(struct flow_table *t)
{
	table_sort(&t->flows, offsetof(struct flow, id));
}

static uint64_t half_id(const struct half_open *h)
{
	return (uint64_t)h->id_high << 32 | h->id_low;
}

struct flow_row flow_lowest(const struct flow_table *t)
{
	struct flow_row row = {.flow = table_oldest(&t->flows)};
	uint64_t id = row.flow ? row.flow->id : UINT64_MAX;

	for (unsigned v6 = 0; v6 < 2; v6++) {
		struct half_open *h = half_oldest(t, v6);
		if (!h || half_id(h) > id)
			continue;
		id = half_id(h);
		row = (struct flow_row){.half = h};
	}
	return row;
}

uint32_t flow_table_used(const struct flow_table *t)
{
	return t->flows.used + t->half[0].used + t->half[1].used;
}

uint64_t flow_table_ceiling_bytes(const struct flow_caps *caps)
{
	return sizeof(struct flow_table) + table_ceiling_bytes(caps->flows, sizeof(struct flow)) +
	       table_ceiling_bytes(caps->half_open, sizeof(struct half_open_v4)) +
	       table_ceiling_bytes(caps->half_open / V6_SHARE, sizeof(struct half_open_v6));
}
