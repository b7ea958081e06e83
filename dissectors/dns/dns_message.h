/*
 * One DNS message (RFC 1035, 4): its head, where its questions and answers stand, and whether it holds together.
 *
 *   | head, 12 bytes | question ... | answer ... | authority ... | additional ... |
 *
 * Borrows from the packet; texts are made when a record is told.
 */
#ifndef SEKISHO_DNS_DNS_MESSAGE_H
#define SEKISHO_DNS_DNS_MESSAGE_H

#include "discovery/dnsname.h"

enum {
	DNS_MESSAGE_MAX = 4096, /* bytes of one that are looked at; over UDP there are seldom more */

	DNS_OPCODE_QUERY = 0,
	DNS_OPCODE_NOTIFY = 4,
	DNS_OPCODE_UPDATE = 5,
	DNS_OPCODE_STATEFUL = 6,

	DNS_AUTHORITATIVE = 0x0400,
	DNS_TRUNCATED = 0x0200,
	DNS_RECURSION_DESIRED = 0x0100,
	DNS_RECURSION_AVAILABLE = 0x0080,
	DNS_ZERO = 0x0040,
};

struct dns_question {
	struct span name; /* in the arena */
	uint16_t type, class;
};

struct dns_message {
	struct dnsname_head head;
	struct span bytes;                /* the whole message, as far as it is there */
	struct cursor questions, answers; /* at the first of each */
	size_t question_bytes;            /* of the message, up to the end of its questions */
	unsigned n_answers;               /* that are there */
	uint16_t rcode;                   /* with the bits that EDNS adds */
};

/** Is it an operation that there is, without the bit that nobody sets, and in a request no code? */
bool dns_flags_fit(uint16_t flags);

/** Could a message of @bytes begin so? What else begins so by chance is rare. */
bool dns_head_fits(const struct dnsname_head *head, size_t bytes);

/** Is it of the form that nearly all have: one question, and what belongs to it? */
bool dns_head_is_usual(const struct dnsname_head *head);

/**
 * Reads @bytes. @cut: there is more of the message than these.
 *
 * @return NULL, or what is wrong and in @at how many bytes from the start; then only the head is to be used
 */
const char *dns_message_read(struct dns_message *m, struct span bytes, bool cut, size_t *at);

/** Is the data of a record of @type a name, or one behind numbers? Then @data stands at the name. */
bool dns_data_name(uint16_t type, struct cursor *data);

/** The question at @c, whose names are in @m. */
struct dns_question dns_question_read(struct cursor *c, const struct dns_message *m, struct arena *arena);

static inline bool dns_is_response(const struct dns_message *m)
{
	return m->head.flags & DNSNAME_RESPONSE;
}

#endif
