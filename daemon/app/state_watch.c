#include "app/state_watch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

static const char *const names[STATE_WATCHED] = {".", "ledger.db", "alerts.db", "alerts.lock"};

static int look_at(const struct state_watch *w, unsigned i, struct stat *st)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", w->dir, names[i]);
	return stat(path, st) < 0 ? -errno : 0;
}

void state_watch_begin(struct state_watch *w, const char *state_dir)
{
	struct stat st;

	*w = (struct state_watch){.dir = state_dir};
	for (unsigned i = 0; i < STATE_WATCHED; i++) {
		w->file[i].there = look_at(w, i, &st) == 0;
		if (!w->file[i].there)
			continue;
		w->file[i].dev = st.st_dev;
		w->file[i].ino = st.st_ino;
	}
}

/* Where it cannot be asked nothing is known. */
static bool is_gone(const struct state_watch *w, unsigned i)
{
	struct stat st;
	int err = look_at(w, i, &st);

	if (err)
		return err == -ENOENT || err == -ENOTDIR;
	return st.st_dev != w->file[i].dev || st.st_ino != w->file[i].ino;
}

const char *state_watch_look(struct state_watch *w)
{
	const char *before = w->gone;

	w->gone = NULL;
	for (unsigned i = 0; i < STATE_WATCHED && !w->gone; i++) {
		if (w->file[i].there && is_gone(w, i))
			w->gone = names[i];
	}
	return before ? w->gone : NULL;
}
