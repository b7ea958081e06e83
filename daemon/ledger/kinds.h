/*
 * The words of the register: tokens with their Japanese and English words (ledger.md 5.1, 5.3), and who is meant by
 * which.
 */
#ifndef SEKISHO_LEDGER_KINDS_H
#define SEKISHO_LEDGER_KINDS_H

#include <stdbool.h>
#include <stddef.h>

struct kind_word {
	const char *token, *ja, *en;
};

enum kinds_of {
	KINDS_OF_DEVICE,
	KINDS_OF_USAGE,
	KINDS_OF_USE_CASE,
	KINDS_OF_PHASE,
	KINDS_OF_DECISION,
	KINDS_OF_STATE,
	KINDS_OF_IMPACT, /* high, mid, low: business impact and confidentiality */
	KINDS_OF_ERASURE,
	KINDS_OF_RESULT,
	KINDS_OF_AUTH,
	KINDS_OF_ENC,
	KINDS_OF_YES_NO,
	KINDS_OF_JPCERT,
	KINDS_OF_JPCERT_STEP,
};

/** The words of one list, ended by a NULL token. */
const struct kind_word *kinds_list(enum kinds_of list);

/** The token that @text - a token, or its word in either language, any case - stands for; NULL where there is none. */
const char *kinds_find(enum kinds_of list, const char *text);

/** The token whose token or word is nearest, or NULL. */
const char *kinds_nearest(enum kinds_of list, const char *text);

/** The word of a token, or the token itself where the list does not have it. */
const char *kinds_word(enum kinds_of list, const char *token, bool japanese);

/** Is this a token of a device's kind? */
bool kinds_is_token(const char *text);

#endif
