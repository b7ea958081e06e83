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

char *datadir_find(const char *name)
{
	char dir[PATH_MAX], shared[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);

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
