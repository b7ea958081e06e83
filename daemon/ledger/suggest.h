/*
 * What a device probably is and where it belongs, from how it behaves: a suggestion, shown as such until a person has
 * confirmed kind and zone in the register. Who serves a control protocol, who polls, who writes, who programs.
 */
#ifndef SEKISHO_LEDGER_SUGGEST_H
#define SEKISHO_LEDGER_SUGGEST_H

#include "ledger/asset.h"

enum { SUGGEST_TEXT_MAX = 192 };

struct suggestion {
	const char *kind; /* token of the register's kinds, or "" */
	int purdue;       /* PURDUE_UNKNOWN: the behaviour does not say */
	char because_en[SUGGEST_TEXT_MAX], because_ja[SUGGEST_TEXT_MAX];
};

/** @return false where nothing speaks for anything. */
bool suggest_place(const struct asset *a, const struct vocab *protocols, struct suggestion *out);

#endif
