/*
 * What a person decides of identity: these rows are one device, this row is two, or what was decided before was wrong.
 *
 * Commands and a running daemon share one road: a command writes a row of the table `request`; whoever writes the
 * ledger
 * - the daemon, which looks several times a second, or the command itself where nobody else does - carries it out in
 * one transaction with its row of the audit trail. A command that is killed leaves the request undone or done, never
 * half.
 */
#ifndef SEKISHO_LEDGER_AMEND_H
#define SEKISHO_LEDGER_AMEND_H

#include "ledger/register_write.h"
#include "ledger/site.h"

enum { AMEND_ANSWER_MAX = 160 };

struct amendment {
	const char *verb; /* "asset.merge", "asset.split", "asset.undo" */
	const char *args; /* words: merge: the one that stays, the other. split: the asset, MAC and IP addresses that
			     go. undo: an asset, or the number of a decision */
	struct person person;
};

/**
 * Asks for it and waits until it is done.
 *
 * @answer  what came of it, in words of the program: "merged A000005 A000001 7" (the decision's number last), "split
 *          A000001 A000009 8", "undone 7 A000005 A000001"
 * @return  0; -EINVAL: refused, @answer says why ("unknown A000099"); -ETIMEDOUT: written down, the daemon has not yet
 *          come to it; -errno with @c filled
 */
int amend_ask(const char *state_dir, const struct amendment *a, char answer[static AMEND_ANSWER_MAX],
	      struct complaint *c);

struct ledger;

/** Carries out what waits. @return how many requests. */
unsigned amend_take(struct ledger *l);

#endif
