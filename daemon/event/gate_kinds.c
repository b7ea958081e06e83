/* How records of a kind are wanted, as the rules say it. */
#include <string.h>

#include "event/gate_own.h"

static void want_kinds(struct gate *g, const struct field_table *const *list, uint8_t how)
{
	for (; list && *list; list++) {
		struct kind *k = gate_kind_of(g, *list);
		g->n_kinds += !k->table;
		assert(g->n_kinds < KINDS); /* the program's own tables */
		k->table = *list;
		k->how |= how;
	}
}

/* Where values are counted, what is held back must be told again while it stands in the window. It comes so late: held
 * back just before it was due, found to go on a GATE_REPORT_NS later, and not to at the one behind. */
static int64_t latest_ns(int64_t span_ns)
{
	return span_ns + 2 * GATE_REPORT_NS;
}

static void count_windows(struct gate *g)
{
	for (unsigned i = 0; i < KINDS; i++) {
		struct kind *k = &g->kinds[i];
		if (!k->table || !(k->how & (KIND_IN_ORDER | KIND_IN_ORDER_BY_SOURCE)))
			continue;
		int64_t window_ns = g->wants.window_ns ? g->wants.window_ns(g->wants.ctx, k->table) : 0;
		if (window_ns <= latest_ns(GATE_STEADY_NS))
			k->how |= KIND_BRIEF;
		if (window_ns > latest_ns(GATE_REPORT_NS))
			k->counted_ns = window_ns - GATE_REPORT_NS;
	}
}

void gate_want(struct gate *g, const struct gate_wants *wants)
{
	g->wants = *wants;
	memset(g->kinds, 0, sizeof(g->kinds));
	g->n_kinds = 0;
	want_kinds(g, wants->whole, KIND_WHOLE);
	want_kinds(g, wants->in_order, KIND_IN_ORDER);
	want_kinds(g, wants->in_order_by_source, KIND_IN_ORDER_BY_SOURCE);
	want_kinds(g, wants->identities, KIND_IDENTITY);
	for (const struct field_def *const *f = wants->identifying; f && *f; f++)
		want_kinds(g, (const struct field_table *const[]){(*f)->table, NULL}, KIND_IDENTIFYING);
	count_windows(g);
	g->wants_no++;
	gate_forget_names(g);
}

uint16_t gate_row_of(const struct gate *g, const struct event *ev)
{
	uint8_t how = gate_kind_of(g, ev->table)->how;

	if (how & KIND_IN_ORDER)
		return ROW_IN_ORDER;
	if (!(how & KIND_IN_ORDER_BY_SOURCE))
		return ROW_FREE;
	return (uint16_t)(ROW_IN_ORDER + 1 + hash_bytes(&ev->at.src_ip, sizeof(ev->at.src_ip)) % SOURCE_ROWS);
}

/* May it turn out by @ev who somebody is? */
bool gate_identifies(const struct gate *g, const struct event *ev)
{
	uint8_t how = gate_kind_of(g, ev->table)->how;

	if (!(how & KIND_IDENTIFYING) || how & KIND_IDENTITY)
		return how & KIND_IDENTITY;
	for (const struct field_def *const *f = g->wants.identifying; *f; f++) {
		if ((*f)->table == ev->table && event_get(ev, *f))
			return true;
	}
	return false;
}
