/* What was told: facts by what they say, and when they are forgotten. */
#include <stdlib.h>
#include <string.h>

#include "event/gate_own.h"

/* Two words a step: what is known of the one mixes with the other, for both hashes in another way. */
static struct fact_key key_add(struct fact_key k, uint64_t x, uint64_t y)
{
	return (struct fact_key){hash_fold(k.a ^ x ^ HASH_K0, y ^ hash_seed ^ HASH_K1),
				 hash_fold(k.b ^ y ^ HASH_K1, x ^ ~hash_seed ^ HASH_K0)};
}

static inline struct fact_key key_add_ip(struct fact_key k, const struct ip_addr *ip)
{
	uint64_t v[2];

	static_assert(sizeof(v) == sizeof(*ip), "two words");
	memcpy(v, ip, sizeof(v));
	return key_add(k, v[0], v[1]);
}

static struct fact_key key_add_bytes(struct fact_key k, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint64_t v[2];

	for (; n >= sizeof(v); p += sizeof(v), n -= sizeof(v)) {
		memcpy(v, p, sizeof(v));
		k = key_add(k, v[0], v[1]);
	}
	if (n == 0)
		return k;
	hash_short(p, n, v);
	return key_add(k, v[0], v[1]);
}

struct fact_key gate_fact_of(const struct event *ev)
{
	const struct origin *at = &ev->at;
	struct fact_key k = {hash_seed, ~hash_seed};

	k = key_add(k, (uint64_t)(uintptr_t)ev->table, (uint64_t)(uintptr_t)at->app_proto);
	k = key_add_ip(k, &at->src_ip);
	k = key_add_ip(k, &at->dest_ip);
	uint64_t rest = (uint64_t)at->dest_port << 32 | (uint64_t)at->has_ether << 24 | (uint64_t)ev->complete << 16 |
			(uint64_t)ev->func_class << 8 | at->ip_proto;
	uint64_t macs[2] = {0, 0};
	if (at->has_ether) {
		memcpy(&macs[0], at->src_mac.b, sizeof(at->src_mac.b));
		memcpy(&macs[1], at->dest_mac.b, sizeof(at->dest_mac.b));
	}
	k = key_add(k, rest, macs[0]);
	k = key_add(k, macs[1], 0);
	for (unsigned i = 0; i < ev->n_values; i++) {
		const struct event_value *v = &ev->values[i];
		if (!(v->field->flags & FIELD_KEY))
			continue;
		uint64_t field = (uint64_t)(uintptr_t)v->field, u = 0;
		size_t borrowed = event_value_bytes(v);
		if (v->field->type == FIELD_TYPE_MAC)
			memcpy(&u, v->mac.b, sizeof(v->mac.b));
		else if (borrowed > 0)
			u = borrowed;
		else if (v->field->type != FIELD_TYPE_ITEM)
			u = v->u;
		k = key_add(k, field, u);
		if (borrowed > 0)
			k = key_add_bytes(k, v->ptr, borrowed);
	}
	return k;
}

/* The fact of a record that passes. Short of memory it is told again next time, which is harmless. */
struct fact *gate_remember(struct gate *g, const struct fact_key *key, const struct event *ev)
{
	struct fact *f = table_insert(&g->facts, key, key->a);

	if (!f)
		return NULL;
	f->told_ns = ev->at.ts_ns;
	f->end[END_CLIENT] = gate_list_of(&ev->at.src_ip);
	f->end[END_SERVER] = gate_list_of(&ev->at.dest_ip);
	f->wants_no = (g->wants_no - 1) & WANTS_MASK;
	f->no = ++g->last_no;
	return f;
}

bool gate_is_plain(const struct gate *g, struct fact *f, const struct event *ev)
{
	if (f->wants_no != (g->wants_no & WANTS_MASK)) {
		f->wants_no = g->wants_no & WANTS_MASK;
		f->plain = !gate_may_pick(g, ev, false);
	}
	return f->plain;
}

/* What the table is about to lose. Names may still lead to its place. */
static void forget(struct gate *g, struct fact *f)
{
	free(f->holding);
	f->holding = NULL;
	f->no = 0;
	g->forgot_no++;
}

void gate_evict(void *ctx, void *entry)
{
	struct gate *g = ctx;
	struct fact *f = entry;

	if (gate_holds(f))
		gate_report(g, f->holding);
	forget(g, f);
}

/* A fact that nothing is held back of, and that was told so long ago that it would pass as news anyway, is not worth
 * its place: whoever returns is a new one. */
void gate_forget_idle(struct gate *g, int64_t now_ns)
{
	struct fact *f;

	for (unsigned i = 0; i < FORGET_AT_ONCE && (f = table_oldest(&g->facts)); i++) {
		if (gate_holds(f) || now_ns - f->told_ns < KEEP_S * NS_PER_S)
			return;
		forget(g, f);
		table_remove(&g->facts, f);
		g->count.forgotten++;
	}
}
