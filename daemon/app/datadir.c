#include "app/datadir.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *try(const char *dir, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return NULL;
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* @return the length of the program's own path. */
static ssize_t own_path(char path[static PATH_MAX])
{
	return readlink("/proc/self/exe", path, PATH_MAX - 1);
}

char *datadir_find(const char *name)
{
	char dir[PATH_MAX], shared[PATH_MAX + 32];
	ssize_t n = own_path(dir);

	for (int up = 0; n > 0 && up < 4; up++) {
		dir[n] = '\0';
		char *slash = strrchr(dir, '/');
		if (!slash)
			break;
		*slash = '\0';
		n = slash - dir;
		char *found = NULL;
		if (up == 1) { /* installed anywhere: PREFIX/bin beside PREFIX/share */
			snprintf(shared, sizeof(shared), "%s/share/sekisho", dir);
			found = try(shared, name);
		}
		if (!found) /* a build directory lies inside the tree that holds the data */
			found = try(dir, name);
		if (found)
			return found;
	}
	return try(SEKISHO_DATADIR, name);
}

char *datadir_module(const char *name)
{
	char dir[PATH_MAX], modules[PATH_MAX + 128];
	ssize_t n = own_path(dir);
	char *found = NULL;

	for (int up = 0; n > 0 && up < 2 && !found; up++) {
		dir[n] = '\0';
		char *slash = strrchr(dir, '/');
		if (!slash)
			break;
		*slash = '\0';
		n = slash - dir;
		if (up == 1) /* installed anywhere: PREFIX/bin beside PREFIX/lib */
			snprintf(modules, sizeof(modules), "%s/" SEKISHO_LIBDIR "/sekisho", dir);
		found = try(up == 0 ? dir : modules, name);
	}
	return found ? found : try(SEKISHO_MODULEDIR, name);
}
