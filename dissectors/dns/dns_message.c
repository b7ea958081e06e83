#include "dns/dns_message.h"

#include "dns/dns.h"

enum {
	QUESTION_BYTES_MIN = 5, /* the root's */
	RECORD_BYTES_MIN = 11,
	AUTHORITIES_USUAL = 64,
	ADDITIONAL_USUAL = 64,
	ANSWERS_USUAL = 512,
	ADDITIONAL_ASKING = 4, /* EDNS, and a signature */
	QUESTIONS_ASKING = 16,
};

bool dns_flags_fit(uint16_t flags)
{
	unsigned opcode = dnsname_opcode(flags);

	return opcode != 3 && opcode <= DNS_OPCODE_STATEFUL && !(flags & DNS_ZERO) &&
	       (flags & DNSNAME_RESPONSE || !(flags & DNSNAME_RCODE));
}

/* What a request has no use for. */
static bool request_fits(const struct dnsname_head *h)
{
	unsigned opcode = dnsname_opcode(h->flags);
	bool changes = opcode == DNS_OPCODE_UPDATE || opcode == DNS_OPCODE_NOTIFY;

	return h->questions <= QUESTIONS_ASKING && h->additional <= ADDITIONAL_ASKING &&
	       (changes || (h->answers <= 1 && h->authorities <= 1));
}

bool dns_head_fits(const struct dnsname_head *h, size_t bytes)
{
	size_t records = (size_t)h->answers + h->authorities + h->additional;
	size_t least = DNSNAME_HEAD_BYTES + QUESTION_BYTES_MIN * (size_t)h->questions + RECORD_BYTES_MIN * records;
	bool response = h->flags & DNSNAME_RESPONSE;

	if (!dns_flags_fit(h->flags) || h->questions > DNSNAME_QUESTIONS_MAX)
		return false;
	if (dnsname_opcode(h->flags) == DNS_OPCODE_STATEFUL)
		return records + h->questions == 0;
	if (!response && !request_fits(h))
		return false;
	return (least <= bytes || h->flags & DNS_TRUNCATED) &&
	       (records + h->questions > 0 || (response && h->flags & DNSNAME_RCODE));
}

bool dns_head_is_usual(const struct dnsname_head *h)
{
	if (!dns_flags_fit(h->flags) || h->questions != 1)
		return false;
	if (h->flags & DNSNAME_RESPONSE)
		return h->answers <= ANSWERS_USUAL && h->authorities <= AUTHORITIES_USUAL &&
		       h->additional <= ADDITIONAL_USUAL;
	return request_fits(h) && h->answers <= ANSWERS_USUAL && h->authorities <= ANSWERS_USUAL;
}

bool dns_data_name(uint16_t type, struct cursor *data)
{
	switch (type) {
	case DNS_TYPE_MX: /* | preference u16 | name | */
		cur_skip(data, 2);
		return true;
	case DNSNAME_TYPE_SRV: /* | priority u16 | weight u16 | port u16 | name | */
		cur_skip(data, 6);
		return true;
	case DNS_TYPE_SOA: /* | name of the primary | name of who is responsible | ... */
	case DNS_TYPE_NS:
	case DNS_TYPE_CNAME:
	case DNS_TYPE_DNAME:
	case DNSNAME_TYPE_PTR:
		return true;
	default:
		return false;
	}
}

static bool names_hold(uint16_t type, struct cursor data, struct span message)
{
	if (!dns_data_name(type, &data))
		return true;
	dnsname_skip_exact(&data, message);
	if (type == DNS_TYPE_SOA)
		dnsname_skip_exact(&data, message);
	return cur_ok(&data);
}

/* Passes over a record. @told: its data will be read, too. */
static void record_skip(struct cursor *c, struct dns_message *m, bool told)
{
	dnsname_skip_exact(c, m->bytes);
	uint16_t type = cur_u16be(c);
	cur_skip(c, 2);
	uint8_t rcode_high = cur_u8(c);
	cur_skip(c, 3);
	struct cursor data = cur_sub(c, cur_u16be(c));
	if (!cur_ok(c))
		return;
	if (type == DNS_TYPE_OPT && dns_is_response(m))
		m->rcode |= (uint16_t)(rcode_high << 4);
	/* an update deletes by records without data */
	if (told && cur_left(&data) > 0)
		c->failed |= !names_hold(type, data, m->bytes);
}

static const char *records_read(struct dns_message *m, struct cursor *c, bool cut, size_t *at)
{
	unsigned answers = m->head.answers;
	unsigned records = answers + m->head.authorities + m->head.additional;

	for (unsigned i = 0; i < records && i < DNSNAME_RECORDS_MAX; i++) {
		*at = m->bytes.len - cur_left(c);
		record_skip(c, m, i < answers);
		if (cur_ok(c)) {
			m->n_answers += i < answers;
			continue;
		}
		if (cut)
			return NULL;
		if (!(m->head.flags & DNS_TRUNCATED))
			return "record_invalid";
		m->n_answers = 0; /* RFC 2181, 9: what is left of it is not to be used */
		return NULL;
	}
	return NULL;
}

const char *dns_message_read(struct dns_message *m, struct span bytes, bool cut, size_t *at)
{
	struct cursor c = cur_of(bytes);

	*m = (struct dns_message){.head = dnsname_head_read(&c), .bytes = bytes};
	*at = bytes.len;
	if (!cur_ok(&c))
		return "truncated_pdu";
	m->rcode = m->head.flags & DNSNAME_RCODE;
	m->questions = c;
	for (unsigned i = 0; i < m->head.questions && i < DNSNAME_QUESTIONS_MAX; i++) {
		*at = bytes.len - cur_left(&c);
		dnsname_skip_exact(&c, bytes);
		cur_skip(&c, 4);
		if (!cur_ok(&c))
			return "question_invalid";
	}
	m->answers = c;
	m->question_bytes = bytes.len - cur_left(&c);
	return m->head.questions > DNSNAME_QUESTIONS_MAX ? "question_invalid" : records_read(m, &c, cut, at);
}

struct dns_question dns_question_read(struct cursor *c, const struct dns_message *m, struct arena *arena)
{
	struct dns_question q = {.name = dnsname_read_exact(c, m->bytes, arena)};

	q.type = cur_u16be(c);
	q.class = cur_u16be(c);
	return q;
}
