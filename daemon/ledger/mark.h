#ifndef SEKISHO_LEDGER_MARK_H
#define SEKISHO_LEDGER_MARK_H

/** Why a row is to be written, and so how soon (ledger_write.c). */
enum mark {
	MARK_NONE,
	MARK_SEEN,     /* again */
	MARK_NEWS,     /* of itself alone */
	MARK_PRESSING, /* it belongs together with others, or with what other files are about to name */
	MARK_COUNT,
};

#endif
