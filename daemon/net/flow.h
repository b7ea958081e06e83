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
 */
#ifndef SEKISHO_NET_FLOW_H
#define SEKISHO_NET_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/net_addr.h"
#include "base/table.h"
#include "event/event.h"
#include "net/packet.h"

enum {
	FLOW_TCP_OPEN_MS = 3600 * 1000, /* established, idle */
	FLOW_TCP_HALF_OPEN_MS = 30 * 1000,
	FLOW_TCP_CLOSED_MS = 10 * 1000,
	FLOW_OTHER_MS = 60 * 1000,
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
};

struct flow_link {
	struct flow_link *next, *prev;
};

struct conn;

struct flow {
	struct flow_key key; /* first: what the table hashes */
	uint8_t client;      /* side of the client */
	uint8_t state;       /* enum flow_state */
	uint8_t app_by;      /* enum app_by */
	uint8_t flags;
	struct flow_side side[2];
	struct conn *conn;
	const char *app_proto; /* program string, or NULL */
	uint64_t id;
	int64_t first_ns, last_ns; /* packet time */
	uint32_t seen_ms;          /* clock of the last packet, low half */
	uint32_t told_ms;          /* clock of the last record */
	uint32_t layers;           /* tunnels and count of VLANs of its first packet */
	uint16_t vlans[2];
	struct flow_link link;
};

/** The key of @p; *from is the side that sent it. Only for packets with IP addresses. */
void flow_key_of(const struct packet *p, bool vlan_in_key, struct flow_key *key, unsigned *from);
uint64_t flow_key_hash(const struct flow_key *key);

enum { FLOW_WHEEL_SLOTS = 4096 };

struct flow_table {
	struct table flows; /* in the order of their ids */
	struct flow_link slots[FLOW_WHEEL_SLOTS];
	uint64_t busy[FLOW_WHEEL_SLOTS / 64];
	struct flow_link due; /* taken from past slots, not looked at yet */
	uint64_t swept_ms;    /* slots up to here have been emptied; a multiple of a second */
	uint64_t created, evicted;
};

/** @return 0, or -ENOMEM. */
int flow_table_init(struct flow_table *t, uint32_t cap);
void flow_table_deinit(struct flow_table *t);

/** NULL where there is none. */
struct flow *flow_find(const struct flow_table *t, const struct flow_key *key, uint64_t hash);

/** True when flow_create() would have to throw out another flow. */
bool flow_table_full(const struct flow_table *t);

/** The flow to throw out of a full table: the one whose timeout comes first among a few that are near theirs. */
struct flow *flow_table_victim(struct flow_table *t);

/** A new flow, id and clock filled in. The table must have room. @return NULL when memory is short. */
struct flow *flow_create(struct flow_table *t, const struct flow_key *key, uint64_t hash, uint32_t now_ms);
void flow_remove(struct flow_table *t, struct flow *f);

/** Sees to it that flow_table_due() brings @f up at @at_ms or up to a second later. */
void flow_schedule(struct flow_table *t, struct flow *f, uint32_t at_ms);

/** The next flow whose time may have come, off the wheel: the caller removes or schedules it. NULL: no more for now. */
struct flow *flow_table_due(struct flow_table *t, uint64_t now_ms);

/** The flow with the lowest id, and the one after @f; NULL at the end. */
struct flow *flow_first(const struct flow_table *t);
struct flow *flow_next(const struct flow_table *t, const struct flow *f);

/** Remembers VLANs (two of them) and tunnels of @p in @f, for records written when no packet of the flow is at hand. */
void flow_layers_keep(struct flow *f, const struct packet *p);
void flow_layers_tell(const struct flow *f, struct origin *at);

/** How long @f may be silent. */
uint32_t flow_timeout_ms(const struct flow *f);

/** @at minus @since on the clock, which wraps; negative where @at is earlier. */
static inline int32_t flow_ms_between(uint32_t since, uint32_t at)
{
	return (int32_t)(at - since);
}

uint64_t flow_table_ceiling_bytes(uint32_t cap);

#endif
