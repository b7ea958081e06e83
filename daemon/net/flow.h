/*
 * The flow table: who talks to whom, both directions in one place.
 *
 * A flow is found by its key, which reads the same for both directions; `side` 0 is the end that stands first in the
 * key. Which side is the client is a property of the flow, not of the key, and may still be corrected until the first
 * PDU is handed out. What a flow needs beyond counting (reassembly, a dissector's state) hangs on `conn` and exists
 * only while it is needed: see stream.h.
 *
 * Time: a flow keeps packet time for its records, and the worker's millisecond clock, which never steps back, for its
 * timeouts. A timer wheel of one-second slots brings up flows whose time may have come; a flow that was busy meanwhile
 * is simply put back, so a packet costs the wheel nothing. Flows borrow nothing; pointers to them are good until
 * flow_remove().
 *
 * A connection that nobody has gone on with is a shorter row, of tables of its own (half_open.h), in the same wheel: a
 * flood of them never costs an established flow its place.
 */
#ifndef SEKISHO_NET_FLOW_H
#define SEKISHO_NET_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/net_addr.h"
#include "base/table.h"
#include "event/event.h"
#include "net/half_open.h"
#include "net/packet.h"

enum {
	FLOW_TCP_OPEN_MS = 3600 * 1000, /* established, idle */
	FLOW_TCP_HALF_OPEN_MS = 30 * 1000,
	FLOW_TCP_CLOSED_MS = 10 * 1000,
	FLOW_OTHER_MS = 60 * 1000,
	FLOW_DOZE_MS = 10 * 1000,  /* silence after which what is known of a connection is packed (doze.h) */
	FLOW_QUIET_MS = 60 * 1000, /* silence after which open requests are told, and the pace of progress records */
};

/** All bytes count: unused ones are zero. */
struct flow_key {
	struct ip_addr ip[2];
	uint16_t port[2];
	uint16_t vlan[2]; /* only if VLANs are part of the key */
	uint8_t proto;
	uint8_t unused[3];
};

enum side_flags {
	SIDE_SYN = 1 << 0, /* its SYN was seen: isn is valid */
	SIDE_SEQ = 1 << 1, /* next_seq is valid */
	SIDE_FIN = 1 << 2,
	SIDE_RST = 1 << 3,
	SIDE_PAYLOAD = 1 << 4, /* it has sent payload */
	SIDE_FILLER = 1 << 7,  /* the one byte with which it begins is told once the next segment shows what it is */
	SIDE_COUNTED = 1 << 5, /* its addresses are among the counted hosts */
	SIDE_ACKED = 1 << 6,   /* acked is valid although nothing of this side was seen: where its next byte belongs */
};

/** What one end has sent. */
struct flow_side {
	uint64_t packets, bytes;
	uint32_t next_seq; /* TCP: the first byte neither delivered nor given up */
	uint32_t acked;    /* TCP: the other end has everything below this */
	uint32_t isn;      /* TCP: sequence number of its SYN */
	uint32_t host_ms;  /* when its host was last told */
	struct mac mac;    /* last sender address, zero where there is none */
	uint8_t flags;
	uint8_t filler; /* TCP, with SIDE_FILLER: the byte that may be one */
};

enum flow_flags {
	FLOW_BY_SYN = 1 << 0,     /* the client is known from a SYN */
	FLOW_SETTLED = 1 << 1,    /* what it speaks is decided, or no longer asked */
	FLOW_TOLD = 1 << 2,       /* its begin record is out */
	FLOW_QUIET_TOLD = 1 << 3, /* open requests were told since its last packet */
	FLOW_DEAF = 1 << 4,       /* no dissector wants its bytes any more */
	FLOW_DELIVERED = 1 << 5,  /* a PDU was handed out: the client is fixed */
	FLOW_ASLEEP = 1 << 7,     /* its connection is put away: `doze` stands in place of `conn` (doze.h) */
	FLOW_OT = 1 << 6,         /* it speaks a protocol of controllers: the last to go when the table is full */
};

struct conn;
struct doze;

struct flow {
	struct flow_key key; /* first: what the table hashes */
	uint8_t client;      /* side of the client */
	uint8_t state;       /* enum flow_state */
	uint8_t app_by;      /* enum app_by */
	uint8_t flags;
	struct flow_side side[2];
	union {
		struct conn *conn;
		struct doze *doze; /* FLOW_ASLEEP */
	};
	const char *app_proto; /* program string, or NULL */
	uint64_t id;
	int64_t first_ns, last_ns; /* packet time */
	uint32_t seen_ms;          /* clock of the last packet, low half */
	uint32_t told_ms;          /* clock of the last record */
	uint32_t layers;           /* tunnels and count of VLANs of its first packet */
	uint16_t vlans[2];
	struct wheel_link link;
};

/** The key of @p; *from is the side that sent it. Only for packets with IP addresses. */
void flow_key_of(const struct packet *p, bool vlan_in_key, struct flow_key *key, unsigned *from);
uint64_t flow_key_hash(const struct flow_key *key);

enum { FLOW_WHEEL_SLOTS = 4096 };

/** Who goes first when a table is full. */
enum flow_worth {
	FLOW_WORTH_HALF_OPEN, /* of the tables of their own */
	FLOW_WORTH_IDLE,      /* closed, or nothing that is established: it would go soon anyway */
	FLOW_WORTH_IT,
	FLOW_WORTH_OT,
	FLOW_WORTHS,
};

struct flow_table {
	struct table flows;                            /* in the order of their beginning as a flow */
	struct table half[2];                          /* IPv4, IPv6; in the order of their ids */
	struct wheel_link slots[FLOW_WHEEL_SLOTS + 1]; /* the last: taken from past slots, not looked at yet */
	uint64_t busy[FLOW_WHEEL_SLOTS / 64];
	uint64_t swept_ms; /* slots up to here have been emptied; a multiple of a second */
	uint64_t created, evicted[FLOW_WORTHS];
	uint32_t hand; /* where the search for a victim goes on */
	bool vlan_in_key;
};

/** A flow, or a half-open one, or neither. */
struct flow_row {
	struct flow *flow;
	struct half_open *half;
};

struct flow_caps {
	uint32_t flows, half_open; /* of IPv6, a quarter of it more */
};

/** @return 0, or -ENOMEM. */
int flow_table_init(struct flow_table *t, const struct flow_caps *caps, bool vlan_in_key);
void flow_table_deinit(struct flow_table *t);

/** NULL where there is none. */
struct flow *flow_find(const struct flow_table *t, const struct flow_key *key, uint64_t hash);

/** True when flow_add() would have to throw out another flow. */
bool flow_table_full(const struct flow_table *t);

/** The flow to throw out of a full table, the least worthy of a few. */
struct flow *flow_table_victim(struct flow_table *t);

/** The worth of @f as it stands. */
enum flow_worth flow_worth_of(const struct flow *f);

/** What every flow begins with: key, number, clock. It is in no table yet. */
void flow_begin(struct flow_table *t, struct flow *f, const struct flow_key *key, uint32_t now_ms);

/** @f as a row of the table, which must have room; not in the wheel. @return NULL when memory is short. */
struct flow *flow_add(struct flow_table *t, const struct flow *f, uint64_t hash);
void flow_remove(struct flow_table *t, struct flow *f);

/** The half-open one of @key, NULL where there is none. */
struct half_open *flow_half_find(const struct flow_table *t, const struct flow_key *key, uint64_t hash);

/** The half-open one to throw out before one of @key comes in, NULL where there is room. */
struct half_open *flow_half_victim(const struct flow_table *t, const struct flow_key *key);

/**
 * @f as a short row; not in the wheel. There must be room.
 * @return NULL where it says more than fits, or memory is short
 */
struct half_open *flow_half_add(struct flow_table *t, const struct flow *f, uint64_t hash);

/** What a short row says. */
void flow_half_unpack(const struct flow_table *t, const struct half_open *h, struct flow *f);
void flow_half_remove(struct flow_table *t, struct half_open *h);

/** @f, unpacked from @h, becomes a flow for good, at the same place in the wheel. The table must have room. @return
 * NULL when memory is short: it is gone then. */
struct flow *flow_promote(struct flow_table *t, struct half_open *h, const struct flow *f, uint64_t hash);

/** Sees to it that flow_table_due() brings @f up at @at_ms or up to a second later. */
void flow_schedule(struct flow_table *t, struct flow *f, uint32_t at_ms);
void flow_half_schedule(struct flow_table *t, struct half_open *h, uint32_t at_ms);

/** The next row whose time may have come, off the wheel: the caller removes or schedules it. Neither: no more for now.
 */
struct flow_row flow_table_due(struct flow_table *t, uint64_t now_ms);

/** The first flow in the table's order, and the one after @f; NULL at the end. */
struct flow *flow_first(const struct flow_table *t);
struct flow *flow_next(const struct flow_table *t, const struct flow *f);

/** Brings the tables into the order of ids, for flow_lowest(). */
void flow_table_sort(struct flow_table *t);

/** The row with the lowest id of all, once sorted; neither: the tables are empty. */
struct flow_row flow_lowest(const struct flow_table *t);

/** Rows in use, of both kinds. */
uint32_t flow_table_used(const struct flow_table *t);

/** Remembers VLANs (two of them) and tunnels of @p in @f, for records written when no packet of the flow is at hand. */
void flow_layers_keep(struct flow *f, const struct packet *p);
void flow_layers_tell(const struct flow *f, struct origin *at);

/** Of @f: VLANs remembered, and is there nothing but these? */
unsigned flow_layers_vlans(const struct flow *f);
bool flow_layers_are_plain(const struct flow *f);
void flow_layers_set_plain(struct flow *f, unsigned vlans);

/** Over TCP: have both sides said FIN, or one RST? */
bool flow_is_over(const struct flow *f);

/** How long @f may be silent. */
uint32_t flow_timeout_ms(const struct flow *f);

/** @at minus @since on the clock, which wraps; negative where @at is earlier. */
static inline int32_t flow_ms_between(uint32_t since, uint32_t at)
{
	return (int32_t)(at - since);
}

uint64_t flow_table_ceiling_bytes(const struct flow_caps *caps);

#endif
