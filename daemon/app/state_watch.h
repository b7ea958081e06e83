/*
 * Is what the daemon writes still what stands in its state folder?
 *
 * A database that is removed or replaced while it is open goes on being written, without an error, into a file that has
 * no name any more: everything would be lost with the end of the process, and nobody told.
 */
#ifndef SEKISHO_APP_STATE_WATCH_H
#define SEKISHO_APP_STATE_WATCH_H

#include <stdbool.h>
#include <sys/types.h>

enum { STATE_WATCHED = 4 };

struct state_watch {
	const char *dir; /* borrowed */
	struct {
		dev_t dev;
		ino_t ino;
		bool there;
	} file[STATE_WATCHED];
	const char *gone; /* of the last look; NULL: none */
};

/** Once both databases of @state_dir are open. */
void state_watch_begin(struct state_watch *w, const char *state_dir);

/** To be called again and again. @return what was removed or replaced by two looks in a row (its name within the
 * folder; "." is the folder itself), or NULL. */
const char *state_watch_look(struct state_watch *w);

#endif
