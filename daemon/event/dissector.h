/*
 * What a dissector is: bytes of one protocol in, facts out.
 *
 * Three shapes share the structure: stream protocols (frame and pdu over reassembled TCP), datagram protocols (UDP:
 * each datagram is framed by itself) and link protocols (by EtherType or LLC/SNAP). The flow layer buffers, orders and
 * finds gaps; a dissector keeps only plain-memory state per flow, does not allocate, log, read the clock, know zones or
 * judge.
 */
#ifndef SEKISHO_EVENT_DISSECTOR_H
#define SEKISHO_EVENT_DISSECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/json.h"
#include "event/event.h"

enum dir { DIR_REQUEST = 0, DIR_RESPONSE = 1 }; /* client to server, server to client */

/** What the first bytes of a direction say. Content decides; a port is only a hint. */
enum probe {
	PROBE_NO,       /* certainly another protocol */
	PROBE_MORE,     /* too short to tell */
	PROBE_WEAK,     /* fits, but others fit too: believed on a known port, or when both directions fit */
	PROBE_REQUEST,  /* it is, and this side is the client */
	PROBE_RESPONSE, /* it is, and this side is the server */
	PROBE_EITHER,   /* it is, the side cannot be told */
};

enum frame_kind {
	FRAME_MORE,     /* the PDU is not complete; what is there fits */
	FRAME_NOT_MINE, /* no PDU starts here */
	FRAME_WHOLE,
};

/**
 * Where the PDU at the start of the bytes ends. WHOLE: pdu() gets the first @deliver bytes as soon as these are there,
 * the next PDU starts @total bytes further (deliver < total: the rest is skipped uncopied as it comes). MORE: @total,
 * where not 0, is how many bytes are needed before it makes sense to ask again.
 */
struct frame {
	enum frame_kind kind;
	uint32_t deliver;
	uint64_t total;
};

/** Selects LLC/SNAP frames (IEEE 802-2014, 9.2) by organisation and protocol id. */
#define DISSECTOR_SNAP(oui, protocol) ((uint64_t)(oui) << 16 | (protocol))

struct dissector {
	const char *name; /* "modbus": app_proto, rule prefix and JSON object */
	const struct field_table *table;
	const struct field_table *const *more_tables; /* further kinds of record, NULL-terminated, or NULL */
	uint16_t tcp_ports[8], udp_ports[8];          /* 0-terminated; hints for streams, selectors for datagrams */
	uint16_t ethertypes[4];                       /* 0-terminated: link protocols */
	uint8_t llc_saps[4];                          /* 0-terminated: of a link protocol, further LLC destinations */
	uint8_t icmpv6_types[4]; /* 0-terminated: ICMPv6 messages, handed over from their type on */
	const struct dissector
	    *counts_with;   /* counts into this one's counters, which stands before it; NULL: into its own */
	uint64_t snaps[2];  /* 0-terminated: link protocols behind SNAP of an organisation, DISSECTOR_SNAP() */
	bool partial;       /* reads a part of the protocol only: what others recognise as it keeps its name */
	bool mutual;        /* over UDP: a question alone is a try, a flow is established once it is answered */
	uint32_t max_frame; /* most bytes buffered per direction */
	size_t state_size;  /* zeroed per-flow state at first, owned by the flow */
	size_t n_counters;  /* of emitter.counters */

	/** Does this look like us? @from_server_port: the sender's port is one of ours. Stateless. */
	enum probe (*probe)(struct span head, bool from_server_port);

	/**
	 * A segment of a stream on one of our ports that probe() refused, in a stream that was seen from its start: say
	 * what is wrong with it. There is no state. May be NULL.
	 */
	void (*refused)(enum dir dir, struct span segment, struct emitter *out);

	/**
	 * What a flow speaks that no dissector reads, by the shape of one whole payload: a program string, or NULL. May
	 * be NULL. A dissector that has nothing else (no table, no ports) only names.
	 */
	const char *(*name_of)(struct span payload, bool tcp);

	/** Where does the PDU at the start of @avail end? Answers for every offset: after a gap it is asked byte by
	 * byte. NULL: the datagram is the PDU. */
	struct frame (*frame)(const void *state, enum dir dir, struct span avail);

	/** One PDU, complete up to frame.deliver. */
	void (*pdu)(void *state, enum dir dir, struct cursor *pdu, struct emitter *out);

	/** @lost_bytes of this direction were never seen (0: how many is not known). Forget what depends on them. May
	 * be NULL. */
	void (*gap)(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out);

	/**
	 * @lost_bytes of those that are skipped (deliver < total) were never seen; no gap() comes for them. For whoever
	 * counts what was there. May be NULL.
	 */
	void (*skipped_lost)(void *state, enum dir dir, uint64_t lost_bytes);

	/** The flow has been silent for WAKE_MS since pdu() set out->wake: tell what has waited long enough. out->at is
	 * now. May be NULL. */
	void (*tick)(void *state, struct emitter *out);

	/** The flow is over, or @now is 60 s after its last packet: tell what is still open, such as requests without
	 * an answer. May be NULL. */
	void (*finish)(void *state, struct emitter *out);

	/** The flow has been silent for a while: zero what says nothing any more, so that the state packs well. Open
	 * requests stay. May be NULL. */
	void (*rest)(void *state);

	/** Writes this dissector's members of the `stats` record, such as "modbus":{...}, into the open object. May be
	 * NULL. */
	void (*stats)(const uint64_t *counters, struct json *out);
};

/** All dissectors of the program, ended by NULL: made from the list in dissectors/meson.build. */
extern const struct dissector *const dissectors[];

/** Reads single frames - of the link layer, or ICMPv6 - rather than flows? */
static inline bool dissector_is_link(const struct dissector *d)
{
	return d->ethertypes[0] != 0 || d->snaps[0] != 0 || d->llc_saps[0] != 0 || d->icmpv6_types[0] != 0;
}

#endif
