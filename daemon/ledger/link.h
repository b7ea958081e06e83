/*
 * Conversations: who talks to whom, in what, how much, what it does there, and whether it may.
 *
 * The ends are assets; an end that is none is told apart by its address. A flow whose protocol or end becomes known
 * later keeps its row, which changes its key then.
 */
#ifndef SEKISHO_LEDGER_LINK_H
#define SEKISHO_LEDGER_LINK_H

#include "base/away.h"
#include "base/when.h"
#include "event/event.h"
#include "ledger/link_pack.h"
#include "ledger/site.h"

struct ledger;
struct asset;

/* All of its bits count. */
struct link_key {
	uint64_t src : 47;     /* number of the asset; link_peer() of the address where there is none */
	uint64_t proto : 9;    /* word of the ledger's protocols; VOCAB_OTHER: unknown yet */
	uint64_t ip_proto : 8; /* of IP's header */
	uint64_t dest : 47;
	uint64_t port : 16; /* the server's */
	uint64_t unused : 1;
};

#define LINK_END_MAX ((UINT64_C(1) << 47) - 1)
#define LINK_PEER    (UINT64_C(1) << 46)
#define LINK_PEER_V4 (UINT64_C(1) << 45)

/** Stands for an address that is no asset, never 0 nor the number of an asset: one of IPv4 itself, a hash of another,
 * which is the link's then (link_pack.h). */
uint64_t link_peer(const struct ip_addr *ip);

/** The number of the asset at an end of a key, 0 where there is none. */
static inline uint64_t link_asset_no(uint64_t end)
{
	return end & LINK_PEER ? 0 : end;
}

/** What the conduits said of a conversation, by class, while the places stay the same. Kept for those that went on
 * last.
 */
struct link_verdicts {
	uint64_t link_id;
	const struct zone *src_zone, *dest_zone;
	uint32_t age; /* ledger.policy_age that they belong to */
	uint16_t line[CLASS_ADMIN + 1], near[CLASS_ADMIN + 1];
	uint8_t why[CLASS_ADMIN + 1];
	uint8_t verdict[CLASS_ADMIN + 1]; /* enum conduit_verdict + 1; 0: not asked yet */
};

/** Its neighbours in the list of one end's asset (link_list.h). */
struct link_place {
	uint32_t older, newer;
};

#define LINK_ID_MAX AWAY_ROW_MAX

/** What was counted of a conversation; functions: bits of the protocol's link_functions. */
struct link_totals {
	uint64_t packets, bytes, events, functions;
};

/* What most conversations need, and no more: totals and addresses by link_total() and link_ip() (link_pack.h). */
struct link {
	struct link_key key;
	uint64_t id : 47;   /* the database's row, in the order of first sight; 0: removed */
	uint64_t line : 16; /* of the conduits, of @verdict */
	uint64_t more : 1;  /* a row of link_more belongs to it */
	int64_t first_ns, last_ns;
	uint64_t bytes : 36, packets : 28; /* with what stands in its link_more */
	uint64_t events : 24, functions : 16;
	uint64_t written_s : 8;  /* up to when what is written reaches: link_second() */
	uint64_t used_s : 8;     /* when it was last made the newest of its table, likewise */
	uint64_t verdict : 2;    /* enum conduit_verdict, the worst so far under the present policy */
	uint64_t judged : 1;     /* the verdict is of the present policy */
	uint64_t mark : 2;       /* enum mark */
	uint64_t counted : 1;    /* it went on since it was written */
	uint64_t fresh : 1;      /* it surely has no row: it was never written */
	uint64_t wide : 1;       /* its addresses stand in its link_more */
	uint32_t v4[2];          /* addresses as last seen */
	struct link_place of[2]; /* source, destination; where an asset stands there */
};

enum { LINK_SECONDS = 256 };

/** Packet time in seconds, as a conversation keeps it: modulo LINK_SECONDS. */
static inline uint8_t link_second(int64_t ns)
{
	return (uint8_t)((uint64_t)(ns / NS_PER_S) % LINK_SECONDS);
}

static inline unsigned link_seconds_since(unsigned now, unsigned then)
{
	return (now - then) % LINK_SECONDS;
}

enum {
	LINK_FUNCTIONS_MAX = 64,
	LINK_FUNCTION_TEXT_MAX = 48,
	LINK_FUNCTIONS_TEXT_MAX = LINK_FUNCTIONS_MAX * LINK_FUNCTION_TEXT_MAX, /* of all, spaces between */
};

/** Names of what is done in one protocol: a bit each. */
struct link_functions {
	char text[LINK_FUNCTIONS_MAX][LINK_FUNCTION_TEXT_MAX];
	unsigned n;
	const struct field_table *table;
	const struct field_def *field;     /* what names the function in records of @table */
	const struct field_table *without; /* a kind of record that names none */
	struct {
		uint32_t value;
		uint8_t bit; /* + 1; 0: nothing stands here */
	} of_value[256];     /* of the enum value that was asked for last of those with this lower byte */
};

/** An end of an event as the ledger sees it. */
struct link_end {
	struct asset *asset; /* or NULL */
	const struct zone *zone;
	const struct ip_addr *ip; /* NULL where it has none */
	enum ip_scope scope;
};

/** What a flow's records said last, so that their totals can be added up. */
struct flow_entry {
	uint64_t flow_id;
	uint64_t packets, bytes;
	uint32_t link;    /* number of its table's entry; good while that has this id */
	uint32_t link_id; /* lower half; 0: none */
};

/** Finds or makes the conversation of @ev and counts it. @return NULL where it is none (a group's address, no address,
 * a connection that a full table pushed out before it was open).
 */
struct link *link_take(struct ledger *l, const struct event *ev, const struct link_end *src,
		       const struct link_end *dest);

/** What the conduits say of @ev; @k may be NULL. */
struct conduit link_judge(struct ledger *l, struct link *k, const struct event *ev, const struct link_end *src,
			  const struct link_end *dest);

/** When @k was last made the newest of its table: it has gone on since. */
int64_t link_used_ns(const struct link *k);

/** Gives the conversations of asset @from, or only those in which @ip stood for it, to @to. */
void link_move(struct ledger *l, uint64_t from, uint64_t to, const struct ip_addr *ip);

/** Have the two talked to each other? */
bool link_between(struct ledger *l, uint64_t a, uint64_t b);

/** The functions of @k as words with blanks between, in the order of the alphabet. */
void link_functions_format(const struct ledger *l, const struct link *k, char buf[static LINK_FUNCTIONS_TEXT_MAX]);
uint64_t link_functions_parse(struct ledger *l, uint16_t proto, const char *words);

uint64_t link_hash(const struct link_key *key);
/** The hash of what is likely to be the key of @ev between two assets. */
uint64_t link_hash_between(const struct ledger *l, const struct event *ev, uint64_t src_no, uint64_t dest_no);
/** The conduits have changed: verdicts so far are void. */
void link_forget_verdicts(struct ledger *l);

#endif
