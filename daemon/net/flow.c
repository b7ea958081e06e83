#include "net/flow.h"

#include <assert.h>
#include <endian.h>
#include <netinet/in.h>
#include <string.h>

#include "base/hash.h"

enum {
	SLOT_MS = 1000,
	VICTIMS_LOOKED_AT = 64,
	VICTIMS_BRIEF = 8, /* of these with a short timeout: half open, closed, not TCP */
};

static_assert(sizeof(struct flow_key) == 44, "no padding: the key is hashed and compared as bytes");
static_assert(sizeof(struct flow) <= 200, "the flow table is sized by this");

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
	uint64_t word[5], last = 0;

	/* Five independent multiplications and one to join them: shorter than hash_bytes(), whose steps wait for each
	 * other. */
	memcpy(word, key, sizeof(word));
	memcpy(&last, (const uint8_t *)key + sizeof(word), sizeof(*key) - sizeof(word));
	return hash_u64(hash_fold(word[0] ^ HASH_K0, word[1] ^ hash_seed ^ HASH_K1) +
			    hash_fold(word[2] ^ HASH_K1, word[3] ^ hash_seed ^ HASH_K0),
			hash_fold(word[4] ^ HASH_K0, last ^ hash_seed ^ HASH_K1));
}

static struct flow *flow_of(struct flow_link *l)
{
	return (struct flow *)(void *)((uint8_t *)l - offsetof(struct flow, link));
}

static void link_init(struct flow_link *head)
{
	head->next = head->prev = head;
}

static void link_add(struct flow_link *head, struct flow_link *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

static void link_take(struct flow_link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	link_init(l);
}

int flow_table_init(struct flow_table *t, uint32_t cap)
{
	*t = (struct flow_table){0};
	for (unsigned i = 0; i < FLOW_WHEEL_SLOTS; i++)
		link_init(&t->slots[i]);
	link_init(&t->due);
	return table_init(&t->flows, cap, sizeof(struct flow_key), sizeof(struct flow), NULL, NULL);
}

void flow_table_deinit(struct flow_table *t)
{
	table_deinit(&t->flows);
}

struct flow *flow_find(const struct flow_table *t, const struct flow_key *key, uint64_t hash)
{
	return table_find(&t->flows, key, hash);
}

bool flow_table_full(const struct flow_table *t)
{
	return t->flows.used >= t->flows.cap;
}

struct flow *flow_create(struct flow_table *t, const struct flow_key *key, uint64_t hash, uint32_t now_ms)
{
	assert(!flow_table_full(t));
	struct flow *f = table_insert(&t->flows, key, hash);
	if (!f)
		return NULL;
	link_init(&f->link);
	f->id = ++t->created;
	f->seen_ms = f->told_ms = now_ms;
	return f;
}

static unsigned slot_at(uint64_t ms)
{
	return (unsigned)(ms / SLOT_MS % FLOW_WHEEL_SLOTS);
}

static void unlink_flow(struct flow_table *t, struct flow *f)
{
	struct flow_link *next = f->link.next;
	size_t slot = ((uintptr_t)next - (uintptr_t)t->slots) / sizeof(*next);

	link_take(&f->link);
	/* The last one out: its neighbour on both sides was the head of the slot. */
	if (next->next == next && slot < FLOW_WHEEL_SLOTS)
		t->busy[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

void flow_remove(struct flow_table *t, struct flow *f)
{
	unlink_flow(t, f);
	table_remove(&t->flows, f);
}

void flow_schedule(struct flow_table *t, struct flow *f, uint32_t at_ms)
{
	const int32_t farthest = (FLOW_WHEEL_SLOTS - 2) * SLOT_MS;
	int32_t ahead = flow_ms_between((uint32_t)t->swept_ms, at_ms);

	unlink_flow(t, f);
	/* Rounded up: a slot comes due when its second is over. A time beyond the wheel comes up early and is put back.
	 */
	uint64_t at = t->swept_ms + (uint64_t)(ahead < 0 ? 0 : ahead > farthest ? farthest : ahead);
	unsigned slot = slot_at(at);
	link_add(&t->slots[slot], &f->link);
	t->busy[slot / 64] |= UINT64_C(1) << slot % 64;
}

/* Moves all flows of a slot behind those that are due already. */
static void slot_splice(struct flow_table *t, unsigned slot)
{
	struct flow_link *head = &t->slots[slot];

	if (head->next == head)
		return;
	head->next->prev = t->due.prev;
	t->due.prev->next = head->next;
	head->prev->next = &t->due;
	t->due.prev = head->prev;
	link_init(head);
	t->busy[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

static void sweep(struct flow_table *t, uint64_t now_ms)
{
	uint64_t seconds = (now_ms - t->swept_ms) / SLOT_MS;
	unsigned slots = seconds < FLOW_WHEEL_SLOTS ? (unsigned)seconds : FLOW_WHEEL_SLOTS;

	for (unsigned i = 0; i < slots; i++)
		slot_splice(t, slot_at(t->swept_ms + (uint64_t)i * SLOT_MS));
	t->swept_ms += seconds * SLOT_MS;
}

struct flow *flow_table_due(struct flow_table *t, uint64_t now_ms)
{
	if (now_ms - t->swept_ms >= SLOT_MS)
		sweep(t, now_ms);
	if (t->due.next == &t->due)
		return NULL;
	struct flow *f = flow_of(t->due.next);
	link_take(&f->link);
	return f;
}

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

uint32_t flow_timeout_ms(const struct flow *f)
{
	unsigned flags = f->side[0].flags | f->side[1].flags;

	if (f->key.proto != IPPROTO_TCP)
		return FLOW_OTHER_MS;
	if ((flags & SIDE_RST) || (f->side[0].flags & f->side[1].flags & SIDE_FIN))
		return FLOW_TCP_CLOSED_MS;
	return f->state == FLOW_STATE_NEW ? FLOW_TCP_HALF_OPEN_MS : FLOW_TCP_OPEN_MS;
}

/* The first slot in use at or after @from, round the wheel; @from where there is none. */
static unsigned busy_slot(const struct flow_table *t, unsigned from)
{
	uint64_t word = t->busy[from / 64] & (UINT64_MAX << from % 64);
	unsigned i = from / 64;

	for (unsigned n = 0; !word && n <= FLOW_WHEEL_SLOTS / 64; n++) {
		i = (i + 1) % (FLOW_WHEEL_SLOTS / 64);
		word = t->busy[i];
	}
	return word ? i * 64 + (unsigned)__builtin_ctzll(word) : from;
}

struct choice {
	struct flow *victim;
	unsigned looked, brief;
};

/* @return false when enough have been looked at. */
static bool consider(struct choice *c, struct flow *f)
{
	uint32_t timeout_ms = flow_timeout_ms(f);
	bool sooner =
	    !c->victim || flow_ms_between(c->victim->seen_ms + flow_timeout_ms(c->victim), f->seen_ms + timeout_ms) < 0;

	if (sooner)
		c->victim = f;
	if (timeout_ms < FLOW_TCP_OPEN_MS)
		c->brief++;
	return ++c->looked < VICTIMS_LOOKED_AT && c->brief < VICTIMS_BRIEF;
}

struct flow *flow_table_victim(struct flow_table *t)
{
	struct choice c = {0};
	bool more = true;

	for (struct flow_link *l = t->due.next; more && l != &t->due; l = l->next)
		more = consider(&c, flow_of(l));
	unsigned slot = slot_at(t->swept_ms);
	for (unsigned turns = 0; more && turns < VICTIMS_LOOKED_AT; turns++) {
		slot = busy_slot(t, slot);
		for (struct flow_link *l = t->slots[slot].next; more && l != &t->slots[slot]; l = l->next)
			more = consider(&c, flow_of(l));
		slot = (slot + 1) % FLOW_WHEEL_SLOTS;
	}
	return c.victim ? c.victim : table_oldest(&t->flows);
}

struct flow *flow_first(const struct flow_table *t)
{
	return table_oldest(&t->flows);
}

struct flow *flow_next(const struct flow_table *t, const struct flow *f)
{
	return table_newer(&t->flows, f);
}

uint64_t flow_table_ceiling_bytes(uint32_t cap)
{
	return sizeof(struct flow_table) + table_ceiling_bytes(cap, sizeof(struct flow));
}
