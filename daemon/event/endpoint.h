/*
 * Who stands at an end of an event, as the ledger knows it. Filled by the ledger, read by rules, alerts and sinks; all
 * strings are borrowed from the ledger and good until the next event.
 */
#ifndef SEKISHO_EVENT_ENDPOINT_H
#define SEKISHO_EVENT_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/net_addr.h"

/** Purdue level in tenths, so that 3.5 has a number and levels compare. */
enum { PURDUE_UNKNOWN = -1 };

/** The level's token, as people write it: "L1", "L3.5"; "" where unknown (ledger.md 5.2). */
const char *purdue_name(int purdue);

/** Reads "L1", "L3.5", also without the L. @return false where it is no level. */
bool purdue_parse(const char *text, int *purdue);

enum registered { REGISTERED_UNKNOWN = -1 /* there is no register */, REGISTERED_NO = 0, REGISTERED_YES = 1 };

struct endpoint {
	bool known;          /* an asset stands here; else only the address is known */
	uint64_t asset_no;   /* the ledger's row, 0 where not known */
	char asset_id[24];   /* "A000017" */
	const char *name;    /* register's name, else hostname, else address; "" never NULL */
	const char *zone;    /* zone id; "internet" for a public address, "unknown" where no zone claims it; "" where no
				zones are configured */
	const char *fa_zone; /* METI factory zone token, or "" */
	int purdue;          /* tenths: 10 is L1, 35 is L3.5; PURDUE_UNKNOWN */
	const char *role;    /* suggested or declared role token, or "" */
	enum registered registered;
	const char *usage, *use_case, *phase; /* tokens of ledger.md 5.1 and 5.3, or "" */
	int64_t first_seen_ns;
	enum ip_scope scope;
	bool is_new; /* this event is the first that shows it */
};

/** What the conduits say of an event. */
enum conduit_verdict {
	CONDUIT_NONE, /* no policy speaks of it: no zones configured, multicast, an end without place */
	CONDUIT_ALLOWED,
	CONDUIT_DENIED,
};

/** What an event does to the other side; decided by the dissector, judged by the conduits. */
enum function_class { CLASS_NONE, CLASS_READ, CLASS_WRITE, CLASS_PROGRAM, CLASS_ADMIN };

struct conduit {
	enum conduit_verdict verdict;
	uint16_t line; /* 1-based line of the conduit list that allowed it, 0 where none did */
};

#endif
