#include "app/confine.h"

#include <libgen.h>
#include <stdlib.h>

#include "app/metrics_listen.h"
#include "base/sandbox.h"
#include "base/sqlite_care.h"

/* The folder of a file that may be made anew, as when it is rotated. Allocated, or NULL. */
static char *folder_of(const struct config *cfg, const char *file)
{
	char *path = file[0] ? config_path(cfg, file) : NULL;
	char *dir = path ? strdup(dirname(path)) : NULL;

	free(path);
	return dir;
}

void confine(const struct config *cfg)
{
	char *eve = folder_of(cfg, cfg->eve.path);
	const char *socket = metrics_listen_path(cfg);
	char *answers = folder_of(cfg, socket ? socket : "");
	const struct sandbox_path paths[] = {
	    {"/", false},
	    {"/dev/null", true},
	    {cfg->state, true},
	    /* what systemd made for us, for sockets */
	    {getenv("RUNTIME_DIRECTORY") ? getenv("RUNTIME_DIRECTORY") : cfg->state, true},
	    {eve ? eve : cfg->state, true},
	    {answers ? answers : cfg->state, true}, /* from which the socket is removed */
	};

	sqlite_care_temporary(cfg->state);
	sandbox_begin(paths, sizeof(paths) / sizeof(paths[0]));
	free(eve);
	free(answers);
}
