/*
 * A register file against the ledger: what would change, whether it may, and the change itself - all of it or nothing.
 *
 * Which row of the file is which device: by its number (id), else by a MAC address that both have, else by an IP
 * address where neither has a MAC, else by a name that stands once in each. Columns that the file does not have stay as
 * they are. A phase is moved as a person would move it: the same rules, the same trail. Rows of disposed devices (phase
 * gone) stay also when the file leaves them out; they are kept for ever.
 */
#ifndef SEKISHO_LEDGER_REGISTER_IMPORT_H
#define SEKISHO_LEDGER_REGISTER_IMPORT_H

#include "ledger/register_write.h"

enum register_change_kind { REGISTER_ADDED, REGISTER_CHANGED, REGISTER_REMOVED, REGISTER_KEPT };

struct register_change {
	enum register_change_kind kind;
	unsigned line;         /* of the file, 0 where it has none */
	const char *name;      /* of the device, or its address */
	enum reg_field field;  /* of REGISTER_CHANGED */
	const char *from, *to; /* likewise: as understood */
};

struct register_job {
	const char *state_dir, *file;
	const struct site *site;
	struct person person;
	bool dry_run;     /* hold it against rules and ledger, change nothing */
	bool keep_phases; /* a program reads the file, not a person: known devices stay in their phase */
	bool skip_same;   /* do nothing where this very file was imported last: commands may have changed rows since */
	/* each may be NULL */
	void (*error)(void *ctx, const char *text); /* one call per error, row by row */
	void (*change)(void *ctx, const struct register_change *change);
	void *ctx;
};

struct register_result {
	unsigned rows, added, changed, removed, kept, errors, unseen, phases_kept;
	unsigned unregistered; /* devices seen that no row names */
};

/** @return 0; -EINVAL where there were errors, with the first one in @c, nothing changed; -errno with @c filled. */
int register_apply(const struct register_job *job, struct register_result *out, struct complaint *c);

#endif
