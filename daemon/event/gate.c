#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "event/gate_own.h"

struct gate *gate_new(uint32_t cap, struct event_sink next)
{
	struct gate *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->aliases = aligned_alloc(CACHE_LINE, ALIAS_SETS * sizeof(*g->aliases));
	if (!g->aliases || table_init(&g->facts, cap, sizeof(struct fact_key), sizeof(struct fact), table_hash_own,
				      gate_evict, g) < 0) {
		free(g->aliases);
		free(g);
		return NULL;
	}
	memset(g->aliases, 0, ALIAS_SETS * sizeof(*g->aliases));
	(void)!getrandom(&g->names_seed, sizeof(g->names_seed), GRND_NONBLOCK);
	for (int i = 0; i < END_LISTS; i++)
		g->learnt_ns[i] = INT64_MIN;
	g->next = next;
	g->enabled = true;
	return g;
}

void gate_free(struct gate *g)
{
	if (!g)
		return;
	for (struct fact *f = table_oldest(&g->facts); f; f = table_newer(&g->facts, f))
		free(f->holding);
	table_deinit(&g->facts);
	free(g->aliases);
	free(g);
}

void gate_set_no(struct gate *g, uint32_t no)
{
	g->last_no = (uint64_t)no << FACT_BITS;
}

void gate_enable(struct gate *g, bool on)
{
	g->enabled = on;
	gate_forget_names(g);
}

static void pass(struct gate *g, struct event *ev, uint64_t fact)
{
	ev->fact = fact;
	g->count.passed++;
	g->next.take(g->next.ctx, ev);
}

static void hold(struct gate *g, struct fact *f, struct event *ev)
{
	if (!gate_holds(f) && gate_is_due(g, f, ev->at.ts_ns)) {
		table_touch(&g->facts, f);
		f->told_ns = ev->at.ts_ns;
		if (f->holding)
			f->holding->steady = false; /* it had paused */
		pass(g, ev, f->no);
		return;
	}
	if (!f->holding && !(f->holding = gate_holding_new(g, f, ev))) { /* nothing to hold it in: let it through */
		pass(g, ev, f->no);
		return;
	}
	f->holding->sample.at.capture = ev->at.capture;
	f->holding->sample.at.iface = ev->at.iface;
	gate_count_held(g, f->holding, &ev->at, ev->count, ev->first_ns);
}

/* A record that passes whatever it says: only whether somebody is known by it who was not before may matter. */
static void pass_picked(struct gate *g, struct event *ev)
{
	if (g->enabled && gate_identifies(g, ev)) {
		struct fact_key key = gate_fact_of(ev);
		struct fact *f = table_find(&g->facts, &key, key.a);
		if (f) {
			table_touch(&g->facts, f);
			f->told_ns = ev->at.ts_ns;
		} else {
			gate_remember(g, &key, ev);
			gate_settle(g, ev);
		}
	}
	pass(g, ev, 0);
}

void gate_take(void *gate, struct event *ev)
{
	struct gate *g = gate;

	g->count.in++;
	if (!g->enabled || gate_is_kind(g, ev->table, KIND_WHOLE)) {
		pass_picked(g, ev);
		return;
	}
	struct fact_key key = gate_fact_of(ev);
	struct fact *f = table_find(&g->facts, &key, key.a);
	if (f && g->wants.picks && !gate_is_plain(g, f, ev) && g->wants.picks(g->wants.ctx, ev)) {
		pass_picked(g, ev);
		return;
	}
	if (f) {
		hold(g, f, ev);
	} else { /* new: it passes whether it is picked or not, and asking costs more than remembering it */
		f = gate_remember(g, &key, ev);
		gate_settle(g, ev);
		pass(g, ev, f ? f->no : 0);
	}
	if (f && ev->alias != 0 && ev->at.flow_id != 0)
		gate_name_fact(g, f, ev);
}

struct gate_counters gate_count(const struct gate *g)
{
	struct gate_counters c = g->count;

	c.facts = g->facts.used;
	c.cap = g->facts.cap;
	c.evicted = g->facts.evicted;
	return c;
}

uint64_t gate_ceiling_bytes(uint32_t cap)
{
	/* with its sample: the event and a dozen values, most of them numbers */
	const uint64_t holding = sizeof(struct holding) + 16 * sizeof(struct event_value) + 64;

	return sizeof(struct gate) + ALIAS_SETS * sizeof(struct alias_set) +
	       table_ceiling_bytes(cap, sizeof(struct fact)) + cap * holding;
}
