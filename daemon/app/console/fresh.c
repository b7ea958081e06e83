#include "app/console/fresh.h"

#include <stdio.h>
#include <string.h>

#include "base/when.h"

enum { TIMES_ITS_COST = 10 };

struct fresh fresh_begin(const char *state)
{
	struct fresh f;
	char path[4096];

	memset(&f, 0, sizeof(f));
	snprintf(path, sizeof(path), "%s/ledger.db", state);
	(void)stat(path, &f.db);
	snprintf(path, sizeof(path), "%s/ledger.db-wal", state);
	(void)stat(path, &f.wal);
	f.begun_ns = when_monotonic_ns();
	return f;
}

void fresh_end(struct fresh *f)
{
	f->cost_ns = when_monotonic_ns() - f->begun_ns;
	f->read = true;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool fresh_holds(const struct fresh *f, const char *state)
{
	struct fresh now = fresh_begin(state);

	if (!f->read)
		return false;
	return now.begun_ns - (f->begun_ns + f->cost_ns) < TIMES_ITS_COST * f->cost_ns ||
	       (is_same(&f->db, &now.db) && is_same(&f->wal, &now.wal));
}
