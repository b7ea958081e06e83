/* The short names by which dissectors tell again what they have told. */
#include <string.h>

#include "event/gate_own.h"

/* The name leads to @h and counts what comes from now on. */
static void begin_counting(const struct gate *g, struct holding *h, struct alias *a)
{
	h->counter = (uint32_t)(a - g->aliases[0].way) + 1;
	a->due_ns = h->due_ns;
}

/* What was counted under the name is held back with the rest: as what came before it, it is of the same flow. */
static void stop_counting(struct alias *a)
{
	struct holding *h = a->holding;

	if (a->due_ns == 0)
		return;
	a->due_ns = 0;
	h->counter = 0;
	if (a->held == 0)
		return;
	h->held += a->held;
	h->last_ns = a->last_ns;
	h->last_frame = a->last_frame;
	a->held = 0;
}

void gate_count_whole(const struct gate *g, struct holding *h)
{
	if (h->counter)
		stop_counting(gate_counter_of(g, h));
}

void gate_forget_names(struct gate *g)
{
	if (!g->has_names)
		return;
	g->has_names = false;
	for (unsigned i = 0; i < ALIAS_SETS; i++) {
		for (unsigned k = 0; k < ALIAS_WAYS; k++)
			stop_counting(&g->aliases[i].way[k]);
	}
	memset(g->aliases, 0, ALIAS_SETS * sizeof(*g->aliases));
}

static struct alias_set *aliases_of(const struct gate *g, uint64_t flow_id, uint64_t name)
{
	return &g->aliases[hash_u64(flow_id, name) % ALIAS_SETS];
}

static uint32_t low_half(const void *address)
{
	return (uint32_t)(uintptr_t)address;
}

/* Stands for the name, the kind, and what gate_fact_of() would take of @at that a flow may change. The wire chooses
 * what is hashed, so the seed is a random one everywhere; no result depends on it. */
static uint64_t what_of(const struct gate *g, const struct field_table *table, uint64_t name, const struct origin *at)
{
	uint64_t src = 0, dest = 0;

	if (at->has_ether) {
		memcpy(&src, at->src_mac.b, sizeof(at->src_mac.b));
		memcpy(&dest, at->dest_mac.b, sizeof(at->dest_mac.b));
	}
	src |= (uint64_t)at->src_port << 48;
	dest |= (uint64_t)at->dest_port << 48;
	uint64_t kind = (uint64_t)low_half(table) << 32 | low_half(at->app_proto);
	uint64_t h = hash_fold(name ^ g->names_seed, kind ^ HASH_K1 ^ (uint64_t)at->has_ether);
	return hash_fold(h ^ src ^ HASH_K0, dest ^ ~g->names_seed);
}

void gate_name_fact(struct gate *g, struct fact *f, const struct event *ev)
{
	const struct origin *at = &ev->at;
	struct alias_set *s = aliases_of(g, at->flow_id, ev->alias);
	struct alias *first = &s->way[0];
	uint64_t what = what_of(g, ev->table, ev->alias, at);
	bool known = first->flow_id == at->flow_id && first->what == what;

	if (known && first->no == (uint32_t)f->no) { /* told again under its name */
		first->holding = f->holding;
		first->forgot_no = g->forgot_no;
		return;
	}
	if (!gate_is_plain(g, f, ev) && gate_may_pick(g, ev, true))
		return;
	g->has_names = true;
	stop_counting(first);
	if (!known) {
		stop_counting(&s->way[1]);
		s->way[1] = *first;
	}
	*first = (struct alias){.flow_id = at->flow_id,
				.what = what,
				.holding = f->holding,
				.place = table_number(&g->facts, f),
				.no = (uint32_t)f->no,
				.forgot_no = g->forgot_no};
}

/* What is held back of the fact that the name stands for, or NULL. */
static struct holding *holding_of(const struct gate *g, struct alias *a)
{
	if (a->forgot_no == g->forgot_no && a->holding)
		return a->holding;
	const struct fact *f = table_at(&g->facts, a->place);
	if (!f || f->no == 0 || (uint32_t)f->no != a->no)
		return NULL;
	a->forgot_no = g->forgot_no;
	return a->holding = f->holding;
}

static struct alias *named(const struct gate *g, const struct field_table *table, uint64_t name,
			   const struct origin *at)
{
	struct alias_set *s = aliases_of(g, at->flow_id, name);
	uint64_t what = what_of(g, table, name, at);

	for (unsigned i = 0; i < ALIAS_WAYS; i++) {
		if (s->way[i].what == what && s->way[i].flow_id == at->flow_id)
			return &s->way[i];
	}
	return NULL;
}

bool gate_again(void *gate, const struct field_table *table, uint64_t alias, const struct origin *at)
{
	struct gate *g = gate;

	if (g->capture != at->capture || g->iface != at->iface) { /* samples tell of the source before */
		g->capture = at->capture;
		g->iface = at->iface;
		gate_forget_names(g);
	}
	struct alias *a = named(g, table, alias, at);
	if (!a)
		return false;
	if (at->ts_ns < a->due_ns) {
		a->held++;
		a->last_ns = at->ts_ns;
		a->last_frame = at->frame;
		g->count.in++;
		g->count.held++;
		return true;
	}
	struct holding *h = holding_of(g, a);
	if (!h || (h->held == 0 && gate_is_due(g, gate_fact_held(g, h), at->ts_ns)))
		return false;
	g->count.in++;
	gate_count_held(g, h, at, 1, at->ts_ns);
	if (h->held > 0)
		begin_counting(g, h, a);
	return true;
}

void gate_coming(void *gate, uint64_t flow_id, uint64_t alias)
{
	struct gate *g = gate;

	__builtin_prefetch(aliases_of(g, flow_id, alias), 1);
}
