/*
 * Messages of the DNS form (RFC 1035, 4.1), which DNS, mDNS, LLMNR and NetBIOS share, and their names.
 */
#ifndef SEKISHO_DISCOVERY_DNSNAME_H
#define SEKISHO_DISCOVERY_DNSNAME_H

#include "base/arena.h"
#include "base/cursor.h"

enum {
	DNSNAME_MAX = 255,          /* bytes of a name on the wire, and in dotted text as it is */
	DNSNAME_QUESTIONS_MAX = 64, /* of one message; more are not looked at */
	DNSNAME_RECORDS_MAX = 256,
	DNSNAME_HEAD_BYTES = 12,

	DNSNAME_TYPE_A = 1,
	DNSNAME_TYPE_PTR = 12,
	DNSNAME_TYPE_HINFO = 13,
	DNSNAME_TYPE_TXT = 16,
	DNSNAME_TYPE_AAAA = 28,
	DNSNAME_TYPE_NB = 32, /* RFC 1002, 4.2.1.3 */
	DNSNAME_TYPE_NBSTAT = 33,
	DNSNAME_TYPE_SRV = 33,

	DNSNAME_RESPONSE = 0x8000,
	DNSNAME_RCODE = 0x000f,
};

/** | id u16 | flags u16 | questions u16 | answers u16 | authorities u16 | additional u16 | */
struct dnsname_head {
	uint16_t id, flags, questions, answers, authorities, additional;
};

/** | name | type u16 | class u16 | ttl u32 | length u16 | data | */
struct dnsname_record {
	struct span name; /* dotted text in the arena */
	uint16_t type;
	uint32_t ttl_s;
	struct cursor data; /* in the message */
};

struct dnsname_head dnsname_head_read(struct cursor *c);

/** The operation of the flags. */
unsigned dnsname_opcode(uint16_t flags);

/**
 * Reads a name, following compression (RFC 1035, 4.1.4) in @message. Dots within a label are left as they are.
 *
 * @return dotted text in @arena; the cursor has failed where the name does not hold together or the arena is full
 */
struct span dnsname_read(struct cursor *c, struct span message, struct arena *arena);

/**
 * The same for names that are compared with others: dots and backslashes within a label stand behind a backslash
 * (RFC 4343, 2.1), the root is ".". Beyond 255 bytes it is no name (RFC 1035, 2.3.4); mDNS may have one more.
 */
struct span dnsname_read_exact(struct cursor *c, struct span message, struct arena *arena);

/** Passes over such a name, whose text nobody wants. */
void dnsname_skip_exact(struct cursor *c, struct span message);

/** Passes over a question: name, type, class. */
void dnsname_question_skip(struct cursor *c, struct span message, struct arena *arena);

/** Reads a record; check cur_ok(@c). */
struct dnsname_record dnsname_record_read(struct cursor *c, struct span message, struct arena *arena);

/** The part of it behind the name. */
void dnsname_record_rest(struct dnsname_record *r, struct cursor *c);

#endif
