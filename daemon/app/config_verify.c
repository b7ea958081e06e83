#include "app/config_verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/budget.h"
#include "app/delivery.h"
#include "net/capture.h"

bool config_has_source(const struct config *cfg)
{
	return cfg->capture.n_interfaces > 0 || cfg->capture.files.n > 0;
}

static int check_source(const struct config *cfg, enum config_use use, struct complaint *c)
{
	if (cfg->doc.n_roots == 0) {
		complain(c, cfg->file, 0, 0, "is empty: it holds no setting. Is it half written?");
		return -EINVAL;
	}
	if (use == CONFIG_TO_CHECK || config_has_source(cfg))
		return 0;
	complain(c, cfg->file, 0, 0,
		 "nothing to capture. Add `capture: { interfaces: [eth1] }` with the interface of the mirror port");
	return -EINVAL;
}

static int check_filters(const struct config *cfg, enum config_use use, struct complaint *c)
{
	bool look_up = use != CONFIG_TO_RELOAD;
	int err = capture_check_filter(cfg->file, cfg->capture.filter, look_up, c);

	for (size_t i = 0; i < cfg->capture.n_interfaces && !err; i++) {
		if (cfg->capture.interfaces[i].filter)
			err = capture_check_filter(cfg->file, cfg->capture.interfaces[i].filter, look_up, c);
	}
	return err;
}

static int check_files(const struct config *cfg, struct complaint *c)
{
	struct stat st;

	for (size_t i = 0; i < cfg->capture.files.n; i++) {
		if (strcmp(cfg->capture.files.item[i], "-") == 0)
			continue;
		char *path = config_path(cfg, cfg->capture.files.item[i]);
		int err = !path ? -ENOMEM : stat(path, &st) < 0 ? -errno : 0;
		if (err && path)
			complain(c, path, 0, 0, "cannot open it: %s. Check the path and who may read it",
				 strerror(-err));
		free(path);
		if (err)
			return err;
	}
	return 0;
}

int config_verify(const struct policy_set *set, enum config_use use, struct complaint *c)
{
	const struct config *cfg = &set->cfg;
	struct budget budget;
	int err = check_source(cfg, use, c);

	if (!err)
		err = check_filters(cfg, use, c);
	if (!err)
		err = check_files(cfg, c);
	if (!err)
		err = delivery_check(cfg, c);
	if (!err)
		err = budget_make(&budget, set, budget_sources(set), (unsigned)cfg->capture.workers, c);
	return err;
}
