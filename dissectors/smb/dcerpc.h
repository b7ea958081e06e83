/*
 * DCE/RPC, connection-oriented (C706 chapter 12, MS-RPCE 2.2.2): the PDUs that say which interface is spoken to
 * and which operation is
 * called. Arguments are left alone, but for the endpoint mapper's.
 */
#ifndef SEKISHO_SMB_DCERPC_H
#define SEKISHO_SMB_DCERPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

enum {
	DCERPC_HEADER_BYTES = 16,
	DCERPC_UUID_BYTES = 16,
	DCERPC_INTERFACES_MAX = 16, /* of one bind that are read */
};

enum dcerpc_type {
	DCERPC_REQUEST = 0,
	DCERPC_RESPONSE = 2,
	DCERPC_FAULT_PDU = 3,
	DCERPC_BIND = 11,
	DCERPC_BIND_ACK = 12,
	DCERPC_BIND_NAK = 13,
	DCERPC_ALTER_CONTEXT = 14,
	DCERPC_ALTER_CONTEXT_RESP = 15,
	DCERPC_AUTH3 = 16,
	DCERPC_SHUTDOWN = 17,
	DCERPC_CANCEL = 18,
	DCERPC_ORPHANED = 19,
};

/** An interface that is known by name. */
struct dcerpc_interface {
	uint8_t uuid[DCERPC_UUID_BYTES]; /* as on the wire, little-endian */
	const char *name;
	const char *const *ops; /* by operation number; NULL in between: no such one */
	uint16_t n_ops;
	uint8_t class; /* enum function_class of a call */
};

/** @return NULL where nobody knows it. */
const struct dcerpc_interface *dcerpc_interface_find(const uint8_t uuid[static DCERPC_UUID_BYTES]);

/** @return the name of an operation, or NULL; @i may be NULL. */
const char *dcerpc_procedure(const struct dcerpc_interface *i, uint16_t opnum);

/** A presentation context of a bind. */
struct dcerpc_bound {
	uint16_t context;
	uint16_t major, minor;
	uint8_t uuid[DCERPC_UUID_BYTES];
};

struct dcerpc_header {
	uint8_t type; /* enum dcerpc_type */
	bool little;  /* data representation: integers are little-endian */
	bool first;   /* first fragment */
	bool object;  /* an object UUID stands in the request */
	uint16_t frag_bytes, auth_bytes;
	uint32_t call_id;
};

struct dcerpc {
	struct dcerpc_header h;
	uint16_t context, opnum; /* request, response, fault */
	uint32_t fault;
	unsigned n_bound;
	struct dcerpc_bound bound[DCERPC_INTERFACES_MAX];
	struct span stub; /* arguments, as far as they are there */
	struct span auth; /* security token at the end; empty where there is none, or it is not there */
};

/** Reads the 16 bytes all PDUs begin with. @return false where this is none of version 5. */
bool dcerpc_header(struct span bytes, struct dcerpc_header *h);

/**
 * Reads a PDU, which may be cut at its end. Byte order of UUIDs is made little-endian.
 *
 * @return 0; -1 where it is no DCE/RPC; 1 where what is there does not hold together
 */
int dcerpc_read(struct span bytes, struct dcerpc *out);

/** Does this type go from the client to the server? */
bool dcerpc_is_request(uint8_t type);

/** What the endpoint mapper is asked for, or answers: C706 appendix I and L. */
struct dcerpc_endpoint {
	bool has_uuid, has_port;
	uint8_t uuid[DCERPC_UUID_BYTES];
	uint16_t port;
};

/** @stub of ept_map, request or response. @return false where no tower can be found in it. */
bool dcerpc_endpoint(struct span stub, bool response, struct dcerpc_endpoint *out);

enum { EPMAPPER_MAP = 3 }; /* operation number of ept_map */

#endif
