#include "ledger/merged.h"

#include <stdlib.h>

#include "ledger/ledger_bulk.h"

bool merged_take(struct ledger *l, const struct asset *from, uint64_t into)
{
	struct merged_list *m = &l->merged;

	/* where it stands may go by its gateway, which is at hand now */
	if (!from->fresh || from->has_unit || l->assets_on_disk || m->n == MERGED_MAX)
		return false;
	if (!m->of)
		m->of = malloc(MERGED_MAX * sizeof(*m->of));
	if (!m->of)
		return false;
	m->of[m->n++] = (struct merged){*from, into};
	return true;
}

size_t merged_due(struct ledger *l, struct due *due)
{
	size_t n = 0;

	for (size_t i = 0; i < l->merged.n; i++) {
		struct merged *m = &l->merged.of[i];
		if (m->asset.fresh)
			due[n++] = (struct due){.no = m->asset.no, .row = &m->asset, .into = m->into};
	}
	return n;
}

void merged_write(struct ledger *l)
{
	struct due due[MERGED_MAX];
	size_t n = merged_due(l, due);

	if (n == 0 || !ledger_db_begin(l))
		return;
	(void)ledger_put_assets(l, due, n, true); /* counted where it fails */
}

void merged_forget(struct ledger *l)
{
	for (size_t i = 0; i < l->merged.n; i++)
		asset_free_lists(&l->merged.of[i].asset);
	l->merged.n = 0;
}

void merged_again(struct ledger *l)
{
	for (size_t i = 0; i < l->merged.n; i++)
		l->merged.of[i].asset.fresh = true;
}

void merged_without_places(struct ledger *l)
{
	merged_write(l);
	for (size_t i = 0; i < l->merged.n; i++) {
		struct asset *a = &l->merged.of[i].asset;
		a->zone = NULL;
		a->zone_is_pinned = false;
		for (unsigned j = 0; j < a->n_ips; j++)
			a->ips[j].zone = NULL;
	}
}

uint64_t merged_ceiling_bytes(void)
{
	return MERGED_MAX * sizeof(struct merged);
}
