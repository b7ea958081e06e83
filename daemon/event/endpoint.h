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

/** ledger.md 5.3: what an incident at a device means for the business. */
enum impact { IMPACT_UNKNOWN, IMPACT_LOW, IMPACT_MID, IMPACT_HIGH };

/** "low", "mid", "high"; "" where unknown. */
const char *impact_name(enum impact impact);
enum impact impact_parse(const char *token);

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
	const char *usage, *use_case, *phase; /* tokens of ledger.md 5.1 and 5.3, or ""; usage as it counts: where a
						 rule raised it, that */
	const char *enc, *services; /* declared: how its traffic is protected ("opcua_signenc"), what it may offer
				       ("modbus/502 http"); NULL or "" where nothing is */
	bool has_window, in_window; /* maintenance windows are declared of it; this is in one of them */
	enum impact impact;         /* on the business (ledger.md 5.3) */
	bool impact_declared;       /* by a person, beside the matrix */
	bool usage_raised;          /* a rule found it in use for more than is declared */
	uint8_t criticality;        /* of its zone, 1 to 5; 0 unknown */
	int64_t first_seen_ns;
	enum ip_scope scope;
	bool is_new; /* this event is the first that shows it */
	uint64_t said; /* a hash: as long as it is the same, so are its texts, role and papers */
};

/** What the conduits say of an event. */
enum conduit_verdict {
	CONDUIT_NONE, /* no policy speaks of it: no zones configured, multicast, an end without place */
	CONDUIT_ALLOWED,
	CONDUIT_DENIED,
};

/** What an event does to the other side; decided by the dissector, judged by the conduits. */
enum function_class { CLASS_NONE, CLASS_READ, CLASS_WRITE, CLASS_PROGRAM, CLASS_ADMIN };

/** Why it is denied: what kept the line that came nearest from allowing it. */
enum conduit_why {
	CONDUIT_WHY_NONE,        /* not denied */
	CONDUIT_WHY_NO_LINE,     /* no line speaks of these two ends and this protocol */
	CONDUIT_WHY_CLASS,       /* a line does, but not of this function class */
	CONDUIT_WHY_WINDOW,      /* a line does, but not at this time */
	CONDUIT_WHY_EXPIRED,     /* a line did, until it expired */
	CONDUIT_WHY_DURATION,    /* a line does, but the session lasts longer than it says */
	CONDUIT_WHY_MAINTENANCE, /* a line does, but the device's papers allow no remote maintenance at this time */
	CONDUIT_WHY_NODE,        /* a line does, but not for these OPC UA nodes */
};

/** "no_line" ... "node": for machines; "" where it is not denied. */
const char *conduit_why_name(enum conduit_why why);

struct conduit {
	enum conduit_verdict verdict : 8; /* small: each conversation in memory has one */
	uint16_t line;                    /* 1-based line of the conduit list that allowed it, 0 where none did */
	uint16_t near; /* denied for another reason than CONDUIT_WHY_NO_LINE: the line that came nearest, else 0 */
	enum conduit_why why : 8;
};

/**
 * What the ledger's baseline - what was seen while it learnt - says of one aspect of an event. Asked from the outside
 * in: of a conversation that is new nothing more is asked but who writes (BASELINE_NONE), nor the ranges of a function
 * that is new.
 */
enum baseline_verdict {
	BASELINE_NONE,     /* no baseline, or it does not speak of this */
	BASELINE_KNOWN,    /* learnt, or approved by a person since */
	BASELINE_LEARNING, /* not known yet, but the learning period runs */
	BASELINE_NEW,      /* not known, and the learning period is over */
};

struct baseline {
	enum baseline_verdict pair; /* client, server, protocol, server port */
	enum baseline_verdict
	    function;                /* what it does there: Modbus unit and function, OPC UA service, SMB command ... */
	enum baseline_verdict range; /* Modbus: addresses it reads or writes there, by unit and table */
	enum baseline_verdict writer; /* of an event that writes or programs: NEW where the unit has a learnt writer and
					 this client is none; NONE where it has none */
	enum baseline_verdict service; /* serving what everybody uses: DHCP, DNS, NTP, IPv6 routing, the root of the
					  spanning tree */
};

/** The worst of them: new before learning before known. */
static inline enum baseline_verdict baseline_worst(const struct baseline *b)
{
	enum baseline_verdict worst = b->pair > b->function ? b->pair : b->function;

	return worst > b->range ? worst : b->range;
}

#endif
