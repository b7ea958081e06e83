/*
 * What a person does to one row of the register by command: move its phase, fill in a field, take a device up that was
 * only seen. Each is one transaction with its rows of the audit trail.
 */
#ifndef SEKISHO_LEDGER_REGISTER_EDIT_H
#define SEKISHO_LEDGER_REGISTER_EDIT_H

#include "ledger/register_write.h"

enum { REGISTER_EDITS_MAX = 32 };

struct register_edit {
	const char *target;      /* "A000017", "R000012", a row's own number (id) or its name where that stands once */
	const struct site *site; /* or NULL */
	struct person person;
	const char *sheet; /* file of the check sheet that goes with it, or NULL: its path and SHA-256 are kept */
	struct {
		enum reg_field field;
		const char *typed;
	} set[REGISTER_EDITS_MAX];
	unsigned n;
	const char *verb; /* of the trail: "asset.phase", "asset.set", "register.approve" */
};

struct register_edited {
	uint64_t uid;
	char name[128];
	char from_phase[32], to_phase[32];
	unsigned buried; /* keys laid down for ever: the device is gone */
};

/** Changes fields of a row that is there. @return 0; -EINVAL, -ENOENT (no such row) with @c filled; -errno. */
int register_edit(const char *state_dir, const struct register_edit *edit, struct register_edited *out,
		  struct complaint *c);

/**
 * Makes a row of the asset @edit->target, which none names yet, with its addresses and what it says of itself; what is
 * set comes first. Without a phase it is in operation, without a decision passed: a person says so.
 */
int register_approve(const char *state_dir, const struct register_edit *edit, struct register_edited *out,
		     struct complaint *c);

#endif
