#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/datadir.h"
#include "app/late/archive.h"
#include "app/late/mhd.h"

const struct mhd_calls *mhd;
const struct archive_calls *archives;

/* The module stays until the program ends. @return its table; NULL with @c filled. */
static const void *load(const char *name, struct complaint *c)
{
	char *path = datadir_module(name);
	void *module = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
	const char *version = module ? dlsym(module, "late_version") : NULL;
	const void *calls = NULL;

	if (!path)
		complain(c, name, 0, 0, "is missing: neither beside the program nor in %s. Install sekisho again",
			 SEKISHO_MODULEDIR);
	else if (!module)
		complain(c, path, 0, 0, "cannot be loaded: %s. Install sekisho again, with all it depends on",
			 dlerror());
	else if (!version || strcmp(version, SEKISHO_VERSION) != 0)
		complain(c, path, 0, 0, "is not of sekisho %s as this program is. Install sekisho again",
			 SEKISHO_VERSION);
	else
		calls = dlsym(module, "late_calls");
	free(path);
	return calls;
}

int late_mhd(struct complaint *c)
{
	if (!mhd)
		mhd = load("mhd.so", c);
	return mhd ? 0 : -ENOPKG;
}

int late_archives(struct complaint *c)
{
	if (!archives)
		archives = load("archive.so", c);
	return archives ? 0 : -ENOPKG;
}
