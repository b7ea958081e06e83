/*
 * The event: what a dissector has to say, on its way from the wire to the alert.
 *
 * A record has a kind (its field table), the conversation it belongs to, and values. Dissectors build it through an
 * emitter:
 *
 *     struct event *ev = emit_begin(out, &modbus_table);
 *     ev_uint(ev, &modbus_field[MODBUS_UNIT_ID], unit);
 *     emit_end(out, ev);
 *
 * Values borrow: text and bytes point into the packet or its arena. Whoever keeps an event beyond the packet copies it
 * with event_pack(). The ledger fills src, dest, conduit and baseline on the analyst's side; before that they are
 * NULL and none.
 */
#ifndef SEKISHO_EVENT_EVENT_H
#define SEKISHO_EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/net_addr.h"
#include "event/endpoint.h"
#include "event/field.h"

enum {
	EVENT_VALUES_MAX = 512, /* values of one record; more are counted and left out */
	EVENT_VLANS_MAX = 4,
	EVENT_TUNNELS_MAX = 6,
	EVENT_TEXT_MAX = 4096, /* bytes of one text or byte string that are written out */
	WAKE_MS = 2000,        /* silence, in packet time, after which a dissector that asked for it is woken */
};

enum tunnel {
	TUNNEL_GRE,
	TUNNEL_ERSPAN,
	TUNNEL_VXLAN,
	TUNNEL_MPLS,
	TUNNEL_PPPOE,
	TUNNEL_IPIP,
	TUNNEL_NFLOG,
	TUNNEL_GENEVE,
	TUNNEL_L2TP,
	TUNNEL_GTP,
	TUNNEL_TEREDO,
	TUNNEL_ETHERIP,
	TUNNEL_PIM,
	TUNNEL_COUNT
};

/** "gre", "erspan" ... */
const char *tunnel_name(enum tunnel t);

/** Who said what a flow speaks. SESSION: another connection of the same two, on which this one was agreed on; BACK: and
 * it was for the server of that one to open it. */
enum app_by {
	APP_BY_NONE,
	APP_BY_DISSECTOR,
	APP_BY_NDPI,
	APP_BY_SIGNATURE,
	APP_BY_PORT,
	APP_BY_SESSION,
	APP_BY_SESSION_BACK,
};

/**
 * Where a record was seen: the conversation and the packet that completed it. src is the client (who opened the flow,
 * else who speaks the request; of a connection that belongs to a session, the session's client), dest the server; for
 * link-layer records src is the sender. Addresses that do not exist are all zero.
 */
struct origin {
	int64_t ts_ns;
	uint64_t frame;        /* pcap_cnt, 1-based within the source */
	uint64_t flow_id;      /* 0: no flow */
	const char *iface;     /* in_iface, or NULL */
	const char *capture;   /* pcap_filename, or NULL */
	const char *app_proto; /* "modbus", "opcua", ...; NULL where unknown */
	enum app_by app_by;
	uint8_t ip_proto; /* IPPROTO_TCP ...; 0: not IP */
	uint8_t n_vlans, n_tunnels;
	bool has_ether;
	uint8_t ether_depth; /* so many of the tunnels are around the Ethernet header; the rest are within it */
	bool one_sided;      /* only one direction of the flow has been seen */
	uint16_t vlans[EVENT_VLANS_MAX];
	uint8_t tunnels[EVENT_TUNNELS_MAX];
	struct mac src_mac, dest_mac;
	struct ip_addr src_ip, dest_ip;
	uint16_t src_port, dest_port; /* ICMP: type and code as Community ID wants them */
};

/** Does it belong to a session of the same two, with what is judged and counted there? */
static inline bool origin_of_session(const struct origin *at)
{
	return at->app_by == APP_BY_SESSION || at->app_by == APP_BY_SESSION_BACK;
}

/** The server's port as far as it tells conversations apart: ICMP's types are none, and what was agreed on is another
 * one each time. */
static inline uint16_t origin_port(const struct origin *at)
{
	bool icmp = at->ip_proto == 1 || at->ip_proto == 58;

	return icmp || origin_of_session(at) ? 0 : at->dest_port;
}

struct event_value {
	const struct field_def *field;
	uint32_t count; /* TEXT, BYTES, IP: bytes; U16S, BITS: items; else 0 */
	union {
		uint64_t u;
		int64_t i;
		double f;
		const uint8_t *ptr;
		struct mac mac;
	};
};

#define FACT_BITS          48 /* of a fact's number within its gate; above them, the gate's own */
#define GATE_OF_FACT(fact) ((fact) >> FACT_BITS)

/** Were request and response both seen whole? NA: no transaction. */
enum complete { COMPLETE_NA, COMPLETE_NO, COMPLETE_YES };

struct event {
	const struct field_table *table;
	struct origin at;
	enum function_class func_class;
	enum complete complete; /* top-level `complete` of a transaction record */
	uint64_t count;   /* how many times this was seen since it was last told; 1 unless the gate held some back */
	int64_t first_ns; /* packet time of the first of these; at.ts_ns is the last */
	uint64_t fact;    /* the gate's number of what it says, never another fact's; 0 where the record passed whole.
			     Later facts of a gate have higher ones; GATE_OF_FACT() tells the gates apart */
	uint16_t n_values;
	uint16_t values_dropped;
	struct event_value *values;
	uint64_t alias; /* emit_end_as(); 0: none */

	/* the ledger's part */
	const struct endpoint *src, *dest;
	struct conduit conduit;
	struct baseline baseline;

	float loss_pct; /* share of the frames of the last 5 minutes of packet time that were lost, here or before us */

	/* the rules' part, in the event of a finding */
	const struct counted *counted;     /* what had to come together, or NULL: event/finding.h */
	const struct indicator *indicator; /* the line of an indicator file that fits, or NULL */
	/* while it is judged: by its table's fields, the place of the first value + 1, and by values, that of the next
	   one of the same field; 0: none */
	const uint16_t *places, *nexts;
};

/** Takes an event: the next stage of the way. Must not keep it beyond the call. */
struct event_sink {
	void (*take)(void *ctx, struct event *ev);
	void *ctx;
};

/** emit_again(), of the next stage; @ctx is its event_sink's. */
typedef bool event_again(void *ctx, const struct field_table *table, uint64_t alias, const struct origin *at);

/** emit_coming(), of the next stage. Changes nothing that is told. */
typedef void event_coming(void *ctx, uint64_t flow_id, uint64_t alias);

/** A connection that the two ends of a flow have agreed on. */
struct agreed {
	bool by_server;  /* the flow's server opens it */
	uint16_t port;   /* at which the other one listens */
	const char *app; /* what it speaks: a program string */
};

struct emitter;

/** emit_agreed(), of the flow layer. */
typedef void emitter_agreed(struct emitter *out, const struct agreed *what);

/** Whose is what follows on a flow, both ways? The state of the dissector that gives it away is dead then. */
enum hand_over {
	HAND_OVER_NOT,
	HAND_OVER_ANY,   /* for others to identify */
	HAND_OVER_NAMED, /* it is known what it is; only other dissectors are asked whether it is theirs all the same */
};

/**
 * What a dissector is handed to speak with. One per worker; the flow layer sets @at and @counters before each call.
 */
struct emitter {
	struct arena *arena; /* packet lifetime */
	struct origin at;
	uint64_t *counters; /* of the dissector being called: its enum indexes it */
	struct event_sink next;
	event_again *again;         /* NULL where each record is to be built */
	event_coming *coming;       /* or NULL */
	struct event_value *values; /* EVENT_VALUES_MAX of them, reused by every record */
	struct event building;
	uint64_t values_dropped; /* records that had more values than EVENT_VALUES_MAX */
	/**
	 * Resizes the state of the flow being dissected to @bytes (new bytes zero) and @return it, or the old one's
	 * address unchanged and *ok = false when the cap is reached. The former address is dead.
	 */
	void *(*resize_state)(struct emitter *out, size_t bytes, bool *ok);
	emitter_agreed *agreed;   /* or NULL */
	void *flow;               /* the flow layer's own */
	bool wake;                /* set by pdu(): call tick() after WAKE_MS without a packet of this flow */
	enum hand_over hand_over; /* set by pdu() */
	bool cut;                 /* while pdu() is called: the end of the datagram was not captured */
	bool closed;              /* while finish() is called: the flow ended by FIN or RST */
	uint64_t to_come[2]; /* by enum dir: bytes of the last frame (deliver < total) that are still to be skipped */
};

/** Begins a record of the kind @table at out->at. One at a time. */
struct event *emit_begin(struct emitter *out, const struct field_table *table);

/** Hands the record to the next stage. */
void emit_end(struct emitter *out, struct event *ev);

/**
 * The same, under a short name by which emit_again() may tell it again: whatever else of this flow is told of @ev's
 * kind under the same @alias must have the same fields and say the same in those that are KEY, in func_class and
 * complete. 0: no name. Only once it is settled who the client of the flow is.
 */
static inline void emit_end_as(struct emitter *out, struct event *ev, uint64_t alias)
{
	ev->alias = alias;
	emit_end(out, ev);
}

/**
 * Tells once more, at out->at, what was told as @alias. What it says in fields that are not KEY is lost.
 *
 * @return false where the record has to be built: it is news, somebody wants to read it, or nobody remembers the name.
 */
static inline bool emit_again(struct emitter *out, const struct field_table *table, uint64_t alias)
{
	return alias != 0 && out->again && out->again(out->next.ctx, table, alias, &out->at);
}

/** Says that emit_again() is likely to be asked for @alias of this flow soon, as a request is seen before its answer:
 * what is known of it can be fetched meanwhile. */
static inline void emit_coming(struct emitter *out, uint64_t alias)
{
	if (alias != 0 && out->coming)
		out->coming(out->next.ctx, out->at.flow_id, alias);
}

/** Says that the two ends of the flow are going to open another connection, so that it is known when it comes. */
static inline void emit_agreed(struct emitter *out, const struct agreed *what)
{
	if (out->agreed)
		out->agreed(out, what);
}

/** A value of any kind; the typed calls below are made from it. */
static inline struct event_value *ev_value(struct event *ev, const struct field_def *f)
{
	if (ev->n_values >= EVENT_VALUES_MAX) {
		ev->values_dropped++;
		return NULL;
	}
	struct event_value *v = &ev->values[ev->n_values++];
	v->field = f;
	v->count = 0;
	return v;
}

static inline void ev_uint(struct event *ev, const struct field_def *f,
			   uint64_t u) /* UINT, ENUM, BOOL, TIME as unsigned */
{
	struct event_value *v = ev_value(ev, f);
	if (v)
		v->u = u;
}

static inline void ev_int(struct event *ev, const struct field_def *f, int64_t i)
{
	struct event_value *v = ev_value(ev, f);
	if (v)
		v->i = i;
}

static inline void ev_float(struct event *ev, const struct field_def *f, double d)
{
	struct event_value *v = ev_value(ev, f);
	if (v)
		v->f = d;
}

static inline void ev_bool(struct event *ev, const struct field_def *f, bool b)
{
	ev_uint(ev, f, b);
}

static inline void ev_span(struct event *ev, const struct field_def *f, struct span s) /* TEXT, BYTES */
{
	struct event_value *v = ev_value(ev, f);
	if (v) {
		v->ptr = s.ptr;
		v->count = (uint32_t)s.len;
	}
}

static inline void ev_text(struct event *ev, const struct field_def *f, const char *text)
{
	ev_span(ev, f, span_str(text));
}

/** @s holds 2 * @items bytes (U16S) or ceil(@items / 8) bytes (BITS). */
static inline void ev_items(struct event *ev, const struct field_def *f, struct span s, uint32_t items)
{
	struct event_value *v = ev_value(ev, f);
	if (v) {
		v->ptr = s.ptr;
		v->count = items;
	}
}

static inline void ev_mac(struct event *ev, const struct field_def *f, const struct mac *m)
{
	struct event_value *v = ev_value(ev, f);
	if (v)
		v->mac = *m;
}

/** Copies the address into the arena: 16 bytes. */
void ev_ip(struct emitter *out, struct event *ev, const struct field_def *f, const struct ip_addr *a);

/** Opens the next object of a list. */
static inline void ev_item(struct event *ev, const struct field_def *f)
{
	(void)ev_value(ev, f);
}

/** The first value of @f, or NULL. */
const struct event_value *event_get(const struct event *ev, const struct field_def *f);

/** Bytes that @v borrows: 0 for numbers and the like, which have no count: of these nothing else is looked at. */
static inline size_t event_value_bytes(const struct event_value *v)
{
	if (v->count == 0)
		return 0;
	switch (v->field->type) {
	case FIELD_TYPE_TEXT:
	case FIELD_TYPE_BYTES:
		return v->count;
	case FIELD_TYPE_IP:
		return sizeof(struct ip_addr);
	case FIELD_TYPE_U16S:
		return (size_t)v->count * 2;
	case FIELD_TYPE_BITS:
		return ((size_t)v->count + 7) / 8;
	default:
		return 0;
	}
}

/** Bytes that a packed copy of @ev takes. */
size_t event_packed_bytes(const struct event *ev);

/** Writes a copy of @ev with everything it borrows (but program strings) into @room of event_packed_bytes(), 16-byte
 * aligned. */
void event_pack(const struct event *ev, void *room);

/** The event in a packed copy. Borrowed from it; may be handed on and filled. */
struct event *event_unpack(void *room);

/* Records that no single protocol owns: rows in anomaly_fields.def, flow_fields.def, asset_fields.def. */

enum flow_state { FLOW_STATE_NEW, FLOW_STATE_ESTABLISHED, FLOW_STATE_CLOSED };
enum flow_reason {
	FLOW_REASON_BEGIN,
	FLOW_REASON_PROGRESS,
	FLOW_REASON_TIMEOUT,
	FLOW_REASON_FIN,
	FLOW_REASON_RST,
	FLOW_REASON_END_OF_CAPTURE,
	FLOW_REASON_EVICTED,
	FLOW_REASON_REPLACED,
};
/* Of a connection that belongs to a session: whether its client or its server opens it. */
enum flow_mode { FLOW_MODE_PASSIVE, FLOW_MODE_ACTIVE };
/* Beyond seen, new and bridge: where what is observed contradicts the papers of a device (detections LC-01 to LC-08).
 */
enum asset_change {
	ASSET_SEEN,
	ASSET_NEW,
	ASSET_ENTERED,
	ASSET_BRIDGE,
	ASSET_TOMBSTONE_SEEN,
	ASSET_AFTER_DISPOSAL,
	ASSET_POC_SEEN,
	ASSET_UNAPPROVED,
	ASSET_CONDITION_OPEN,
	ASSET_USAGE_MISMATCH,
	ASSET_DRIFT,
	ASSET_OVERDUE,
};
/* Which paper, or which key of a tombstone; in the order of the names in event.c. */
enum asset_what {
	WHAT_PHASE,
	WHAT_DECISION,
	WHAT_USE_CASE,
	WHAT_DISPOSE_DUE,
	WHAT_CONDITIONS,
	WHAT_USAGE,
	WHAT_MAC,
	WHAT_SERIAL,
	WHAT_MODEL,
	WHAT_MAKER,
	WHAT_FIRMWARE,
	WHAT_CERT_SHA256,
	WHAT_OPCUA_CERT_SHA256,
	WHAT_OPCUA_APP_URI,
	WHAT_SMB_GUID,
	WHAT_DHCP_CLIENT_ID,
	WHAT_ENIP_SERIAL,
	WHAT_SERIAL_KEY,
	WHAT_REVIEW_DUE,
	WHAT_SUPPORT_UNTIL,
	WHAT_JCSTAR_EXPIRES,
	WHAT_JCSTAR_REQUIRED,
	WHAT_JCSTAR_MODEL,
	WHAT_UNSEEN,
	WHAT_NEVER_SEEN,
	WHAT_ADDRESS,
	WHAT_HOSTNAME,
	WHAT_FORWARDING,
	WHAT_COUNT
};

/** What is wrong with a value that was written (`setpoint` records, made by the ledger from a tag file). */
enum setpoint_problem { SETPOINT_BELOW_MIN, SETPOINT_ABOVE_MAX, SETPOINT_STEP };

/** What is wrong with the sensor itself (`health` records). */
enum health_what {
	HEALTH_BLIND,
	HEALTH_ONE_SIDED,
	HEALTH_VLAN_GONE,
	HEALTH_LOSS,
	HEALTH_UNSEEN,
	HEALTH_DUPLICATES,
	HEALTH_SINK,
	HEALTH_DISK,
	HEALTH_EVICTION,
	HEALTH_CLOCK,
	HEALTH_RELOAD,
	HEALTH_EVIDENCE,
	HEALTH_OUTBOX,
	HEALTH_READER,
	HEALTH_TIME_SERVER,
};

enum anomaly_type {
	ANOMALY_GAP,
	ANOMALY_MALFORMED,
	ANOMALY_TRUNCATED_FRAME,
	ANOMALY_OVERLAP,
	ANOMALY_NOT_PROTOCOL,
	ANOMALY_LIMIT,
	ANOMALY_FLOOD
};

enum flood_kind { FLOOD_BROADCAST_STORM, FLOOD_BROADCAST_LOOP, FLOOD_ICMP, FLOOD_FRAGMENTS };

/**
 * Emits an `anomaly` record: what of the wire could not be understood. A datagram whose end was not captured is
 * truncated_frame where it would be malformed: what is missing is no reproach to who sent it.
 *
 * @app      the protocol it was found in, or NULL
 * @reason   a token of the program such as "quantity_out_of_range"
 * @offset   bytes from the start of the PDU to the trouble
 * @bytes    for a gap: bytes lost; else 0
 */
void emit_anomaly(struct emitter *out, const char *app, enum anomaly_type type, const char *reason, uint64_t offset,
		  uint64_t bytes);

#define FIELD(id, name, type, names, flags, spec, doc) id,
enum anomaly_field {
#include "event/anomaly_fields.def"
	ANOMALY_FIELDS
};
enum flow_field {
#include "event/flow_fields.def"
	FLOW_FIELDS
};
enum asset_field {
#include "event/asset_fields.def"
	ASSET_FIELDS
};
enum setpoint_field {
#include "event/setpoint_fields.def"
	SETPOINT_FIELDS
};
enum health_field {
#include "event/health_fields.def"
	HEALTH_FIELDS
};
#undef FIELD

extern const struct field_def health_field[];
extern const struct field_table health_table;
extern const struct field_def setpoint_field[];
extern const struct field_table setpoint_table;
extern const struct field_def anomaly_field[], flow_field[], asset_field[];
extern const struct field_table anomaly_table, flow_table_fields, asset_table;

#endif
