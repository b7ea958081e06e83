/*
 * Reading a site out of a configuration: what the files that read zones and conduits share. Nobody else includes it.
 */
#ifndef SEKISHO_LEDGER_SITE_READ_H
#define SEKISHO_LEDGER_SITE_READ_H

#include "ledger/site_index.h"

struct site_reader {
	struct site *site;
	const struct yamldoc *doc;
	struct site_claims claims;
	struct complaint *c;
};

/** A copy of a scalar's text. @return 0, -EINVAL, -ENOMEM; so do all of these. */
int site_read_text(const struct site_reader *r, const struct yaml_node *n, char **out);

/** One value or a list of them: calls @each with every scalar. */
int site_read_each(const struct site_reader *r, const struct yaml_node *n,
		   int (*each)(const struct site_reader *r, const struct yaml_node *n, void *ctx), void *ctx);

/** A prefix or a list of them into a fresh array; @n may be NULL. */
int site_read_prefixes(const struct site_reader *r, const struct yaml_node *n, struct ip_prefix **out, size_t *count);

/** The list under `conduits`; zones are read. */
int site_read_conduits(const struct site_reader *r, const struct yaml_node *list);

/** `time_zone`, `level_names` and `baseline` of the root map, which may be NULL. */
int site_read_extras(const struct site_reader *r, const struct yaml_node *root);
void site_free_extras(struct site *s);

/** The word of a NULL-terminated list that is nearest to @text, or NULL. */
const char *site_nearest_of(const char *const *known, const char *text);

#endif
