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

void gate_want(struct gate *g, const struct gate_wants *wants)
{
	g->wants = *wants;
	memset(g->kinds, 0, sizeof(g->kinds));
	g->n_kinds = 0;
	want_kinds(g, wants->whole, KIND_WHOLE);
	want_kinds(g, wants->brief, KIND_BRIEF);
	want_kinds(g, wants->identities, KIND_IDENTITY);
	for (const struct field_def *const *f = wants->identifying; f && *f; f++)
		want_kinds(g, (const struct field_table *const[]){(*f)->table, NULL}, KIND_IDENTIFYING);
	g->wants_no++;
	gate_forget_names(g);
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
