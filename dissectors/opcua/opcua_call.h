/*
 * Requests and responses made into records: pairing, the headers that all services share (P4 7.33, 7.34), and the words
 * with which the readers of the services' bodies speak.
 */
#ifndef SEKISHO_OPCUA_OPCUA_CALL_H
#define SEKISHO_OPCUA_OPCUA_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "event/event.h"
#include "opcua/opcua.h"
#include "opcua/opcua_chunk.h"
#include "opcua/opcua_state.h"
#include "opcua/opcua_types.h"

enum {
	OPCUA_SHOWN_MAX = 64,         /* objects of a list in one record */
	OPCUA_TEXT_MAX = 1024,        /* bytes of one text */
	OPCUA_TEXTS_COST_MAX = 40000, /* of all texts of a record as JSON, so that the record stays below its limit */
};

/** One of the two bodies of a call. The cursor stands behind the header. */
struct opcua_body {
	struct cursor c;
	const uint8_t *start;
	bool seen;
	bool cut;   /* it ends early because no more was kept */
	bool ended; /* there is no more than the header */
};

struct opcua_call {
	struct emitter *out;
	struct event *ev;
	struct opcua_state *state;
	const struct opcua_open *request;    /* NULL: not seen */
	const struct opcua_message *message; /* the response, or a message that has none; NULL: none came */
	uint8_t service;                     /* enum opcua_service_no; OPCUA_SERVICES: not known */
	bool fault;
	struct opcua_body req, rsp;
	bool has_status;
	uint32_t status;
	struct ua_diagnostic diagnostic;
	struct cursor strings; /* the response's string table */
	uint32_t n_strings;
	struct span session; /* id */
	size_t cost_left;
	bool text_cut;
};

/** A whole message. @return the state, which may have moved. */
struct opcua_state *opcua_call_message(struct opcua_state *s, const struct opcua_message *m, struct emitter *out);

/** Tells all open requests as unanswered. */
void opcua_call_give_up(struct opcua_state *s, struct emitter *out);

/** Ends the record and begins another of the same call, with the same head. */
void opcua_call_next(struct opcua_call *call);

/** Is there something of this body to read? */
static inline bool opcua_call_more(const struct opcua_body *b)
{
	return b->seen && !b->ended && cur_ok(&b->c);
}

/*
 * For lists that both bodies speak of: does item @i of @n go on being read from @b? The item has to be read into
 * locals and told only where this still holds afterwards.
 */
static inline bool opcua_call_item(const struct opcua_body *b, uint32_t i, uint32_t n)
{
	return i < n && opcua_call_more(b);
}

static inline void opcua_tell_uint(struct opcua_call *call, enum opcua_field_id id, uint64_t v)
{
	ev_uint(call->ev, &opcua_field[id], v);
}

static inline void opcua_tell_float(struct opcua_call *call, enum opcua_field_id id, double v)
{
	ev_float(call->ev, &opcua_field[id], v);
}

/** Opens the next object of a list. */
static inline void opcua_tell_item(struct opcua_call *call, enum opcua_field_id id)
{
	ev_item(call->ev, &opcua_field[id]);
}

/** The status by name: what its upper half says. */
static inline void opcua_tell_status(struct opcua_call *call, enum opcua_field_id id, uint32_t status)
{
	ev_uint(call->ev, &opcua_field[id], status & 0xffff0000);
}

/** @text as far as there is room for it; nothing where it is empty. @return false where it was cut. */
bool opcua_tell_text(struct opcua_call *call, enum opcua_field_id id, struct span text);

/** Copied into the arena first. */
void opcua_tell_bytes(struct opcua_call *call, enum opcua_field_id id, struct span bytes);

/** DateTime; nothing where it is 0, which means none. */
void opcua_tell_time(struct opcua_call *call, enum opcua_field_id id, int64_t ticks);

/** A node id as the XML encoding writes it (P6 5.3.1.10). */
void opcua_tell_id(struct opcua_call *call, enum opcua_field_id id, const struct ua_node_id *node);
struct span opcua_tell_id_text(struct emitter *out, const struct ua_node_id *node);

/** A name with its namespace: "2:Speed", or "Server" where that is 0. */
void opcua_tell_name(struct opcua_call *call, enum opcua_field_id id, uint16_t namespace, struct span name);
struct span opcua_tell_name_text(struct emitter *out, uint16_t namespace, struct span name);

#endif
