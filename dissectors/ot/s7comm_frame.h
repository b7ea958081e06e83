/*
 * TPKT and COTP around S7comm, and its own header: where messages end, and whether a stranger is S7comm at all.
 */
#ifndef SEKISHO_OT_S7COMM_FRAME_H
#define SEKISHO_OT_S7COMM_FRAME_H

#include "event/dissector.h"
#include "ot/s7comm.h"

enum { S7_DELIVER_MAX = 512 };

/** ot_state.own: what a flow remembers. */
enum s7comm_own {
	S7_OWN_TSAP_KNOWN,
	S7_OWN_CONNECTION,
	S7_OWN_RACK_SLOT,
	S7_OWN_UNFINISHED,                        /* by direction: the last TPDU was not the end of its message */
	S7_OWN_PLUS_TOLD = S7_OWN_UNFINISHED + 2, /* by direction */
};

enum cotp_type { COTP_CR = 0xe0, COTP_CC = 0xd0, COTP_DR = 0x80, COTP_DC = 0xc0, COTP_ER = 0x70, COTP_DT = 0xf0 };

struct tpdu {
	uint8_t type;      /* enum cotp_type */
	bool end;          /* DT: the last of its message */
	bool has_tsaps;    /* CR, CC */
	uint8_t called[2]; /* CR, CC: the called TSAP, where it has two bytes */
	bool called_known;
	uint32_t total;     /* bytes with TPKT header, on the wire */
	struct span body;   /* DT: what it carries, as far as it is there */
	uint32_t body_wire; /* and on the wire */
};

/** Reads one TPKT. MORE where its headers are not all there; the body may be short. */
enum frame_kind s7comm_tpdu_read(struct span bytes, struct tpdu *t);

/** | 32 | type | 0 0 | reference u16 | parameter bytes u16 | data bytes u16 | answers: class, code | */
struct s7comm_header {
	uint8_t type;
	uint16_t reference, parameter_bytes, data_bytes, error;
};

/** Reads the header of a body; @c then stands at the parameters. @return false where it does not hold together. */
bool s7comm_header_read(const struct tpdu *t, struct cursor *c, struct s7comm_header *h);

/** Does userdata ask (or tell), rather than answer? @c at its parameters. */
bool s7comm_userdata_asks(struct cursor c);

/** struct dissector.frame and .probe */
struct frame s7comm_frame(const void *state, enum dir dir, struct span avail);
enum probe s7comm_probe(struct span head, bool from_server_port);

#endif
