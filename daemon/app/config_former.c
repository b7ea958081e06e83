#include "app/config_former.h"

#include <errno.h>

const struct former_key config_former_keys[] = {
#define FORMER(was, is, since) {was, is, since},
#include "app/config_former.def"
#undef FORMER
    {NULL, NULL, NULL},
};

static int bring_up(struct yamldoc *doc, const struct former_key *k, struct complaint *c)
{
	const struct yaml_node *old = yaml_at(doc->roots[0], k->was), *both = yaml_at(doc->roots[0], k->is);

	if (!old)
		return 0;
	unsigned line = old->key->line, column = old->key->column;
	if (both)
		return yaml_complain(doc, old->key, c, "\"%s\" is called \"%s\" since %s, which stands in line %u. Remove this one",
				     k->was, k->is, k->since, both->key->line);
	int err = yaml_move(doc, k->was, k->is);
	if (err == -ENOTDIR)
		return yaml_complain(doc, old->key, c, "\"%s\" is called \"%s\" since %s. Write it so", k->was, k->is, k->since);
	if (!err)
		log_warning("%s:%u:%u: \"%s\" is called \"%s\" since %s. It is understood; write the new name", doc->file, line,
			    column, k->was, k->is, k->since);
	return err;
}

int config_former_bring_up(struct yamldoc *doc, const struct former_key *keys, struct complaint *c)
{
	int err = 0;

	for (; doc->n_roots > 0 && keys->was && !err; keys++)
		err = bring_up(doc, keys, c);
	return err;
}
