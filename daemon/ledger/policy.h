/*
 * May they? What the conduits of a site say of one exchange between two places.
 *
 * Between zones nothing is allowed without a line. Inside a zone reading is, and everything beyond it needs a line from
 * the zone to itself. Direction is client to server. A line may hold at certain times only, expire, and limit how long
 * a session lasts; where all lines fail, the nearest miss is told. Where one cannot judge (no zones, multicast, both
 * ends undeclared, a flow that has not yet shown what it speaks though some line may allow it) the verdict is
 * CONDUIT_NONE: silence is no denial.
 */
#ifndef SEKISHO_LEDGER_POLICY_H
#define SEKISHO_LEDGER_POLICY_H

#include "event/event.h"
#include "ledger/site.h"

struct policy_end {
	const struct zone *zone;  /* NULL where none claims it */
	const struct ip_addr *ip; /* NULL where it has none: a record of the link layer */
	enum ip_scope scope;
};

struct policy_question {
	struct policy_end src, dest;
	const char *app_proto; /* NULL while unknown */
	const char *session;   /* what the session speaks that it belongs to, NULL: none */
	uint8_t ip_proto;
	enum function_class func_class; /* CLASS_NONE: a flow, or a record that does nothing to the other side */
	bool still_open;                /* app_proto may yet become known */
	int64_t now_ns, began_ns;       /* packet time; of the conversation's session. 0: not known */
};

/** @depends_on_time  set where the same question may be answered otherwise at another time; may be NULL */
struct conduit policy_judge(const struct site *s, const struct policy_question *q, bool *depends_on_time);

/** "tcp", "udp", "icmp" of an IP protocol number; "" for another. */
const char *policy_transport(uint8_t ip_proto);

/** Can conduits speak of an end with this address at all? Not of groups, link-local addresses and none. */
bool policy_has_place(const struct policy_end *e);

/**
 * Where @ev was allowed by a line with `nodes` and writes, calls, adds, deletes or joins OPC UA nodes: denied
 * (CONDUIT_WHY_NODE) unless the id of each begins as one of them; numbers are compared whole. A request that names more
 * nodes than its record shows is denied too. What is encrypted names no nodes and stays allowed. Not part of the
 * verdict that a conversation keeps.
 */
void policy_check_nodes(const struct site *s, struct event *ev);

#endif
