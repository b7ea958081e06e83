/*
 * "Learn this": a person adds one exchange to the baseline, beside a running daemon. The daemon takes it over with its
 * next batch; what was done stands in the audit trail.
 */
#ifndef SEKISHO_LEDGER_APPROVE_H
#define SEKISHO_LEDGER_APPROVE_H

#include "ledger/baseline.h"
#include "ledger/register_write.h"

enum { APPROVE_RANGES_MAX = 2 };

/** What is approved. Texts are borrowed. */
struct approval {
	const char *src, *dest;       /* asset ids as they were then, or addresses where there is no asset */
	const char *src_ip, *dest_ip; /* "" where there is none */
	const char *protocol;         /* app_proto; "" where unknown */
	uint16_t port, unit;
	const char *function; /* its name, or "": the conversation alone */
	bool writes;          /* it writes or programs */
	const char *table;    /* name of the Modbus table; its number */
	uint32_t table_no;
	struct {
		uint32_t address, quantity;
		uint8_t access; /* 1 read, 2 written */
	} ranges[APPROVE_RANGES_MAX];
	unsigned n_ranges;
	const char *object; /* for the audit trail: "alert:<id>" */
};

/** @return 0; -ENOENT where the ledger knows no such conversation, -EINVAL, -EIO ... with @c filled and nothing
 * changed. */
int approve(const char *state_dir, const struct approval *a, const struct person *p, struct complaint *c);

#endif
