#include "dns/dns_tell.h"

#include "dns/dns.h"
#include "dns/dns_message.h"

#define F(id) (&dns_field[DNS_##id])

enum { ANSWERS_MAX = 24, QUERIES_MAX = 16 };

static struct span address_text(struct cursor data, bool v4, struct arena *arena)
{
	const uint8_t *at = cur_take(&data, v4 ? 4 : 16);
	char text[IP_TEXT_MAX];

	if (!at || cur_left(&data) > 0)
		return span_of(NULL, 0);
	struct ip_addr ip = v4 ? ip_from_v4(at) : ip_from_v6(at);
	return arena_copy(arena, span_str(ip_format(&ip, text)));
}

/* | length u8 | text | ... */
static struct span strings_text(struct cursor data, struct arena *arena)
{
	size_t most = cur_left(&data), n = 0;
	uint8_t *text = arena_alloc(arena, most ? most : 1);

	while (text && cur_left(&data) > 0) {
		struct span s = cur_span(&data, cur_u8(&data));
		if (!cur_ok(&data))
			break;
		if (s.len > 0)
			memcpy(text + n, s.ptr, s.len);
		n += s.len;
	}
	return text ? span_of(text, n) : span_of(NULL, 0);
}

static struct span data_text(const struct dnsname_record *r, const struct dns_message *m, struct arena *arena)
{
	struct cursor data = r->data;

	switch (r->type) {
	case DNSNAME_TYPE_A:
		return address_text(data, true, arena);
	case DNSNAME_TYPE_AAAA:
		return address_text(data, false, arena);
	case DNSNAME_TYPE_TXT:
		return strings_text(data, arena);
	default:
		return dns_data_name(r->type, &data) ? dnsname_read_exact(&data, m->bytes, arena) : span_of(NULL, 0);
	}
}

static void questions_tell(struct event *ev, const struct dns_message *m, struct arena *arena)
{
	struct cursor c = m->questions;
	struct dns_question first = {.type = 0};

	if (m->head.questions == 0)
		return;
	for (unsigned i = 0; i < m->head.questions && i < QUERIES_MAX; i++) {
		struct dns_question q = dns_question_read(&c, m, arena);
		if (!cur_ok(&c))
			return;
		if (i == 0) {
			first = q;
			ev_span(ev, F(RRNAME), q.name);
			ev_uint(ev, F(RRTYPE), q.type);
			if (q.class != DNS_CLASS_IN)
				ev_uint(ev, F(RRCLASS), q.class);
			continue;
		}
		if (i == 1) {
			ev_item(ev, F(QUERIES));
			ev_span(ev, F(QUERY_NAME), first.name);
			ev_uint(ev, F(QUERY_TYPE), first.type);
		}
		ev_item(ev, F(QUERIES));
		ev_span(ev, F(QUERY_NAME), q.name);
		ev_uint(ev, F(QUERY_TYPE), q.type);
	}
}

static void answers_tell(struct event *ev, const struct dns_message *m, struct arena *arena)
{
	struct cursor c = m->answers;

	for (unsigned i = 0; i < m->n_answers && i < ANSWERS_MAX; i++) {
		struct dnsname_record r = {.name = dnsname_read_exact(&c, m->bytes, arena)};
		dnsname_record_rest(&r, &c);
		if (!cur_ok(&c))
			return;
		struct span data = data_text(&r, m, arena);
		ev_item(ev, F(ANSWERS));
		ev_span(ev, F(ANSWER_NAME), r.name);
		ev_uint(ev, F(ANSWER_TYPE), r.type);
		ev_uint(ev, F(ANSWER_TTL), r.ttl_s);
		if (data.len > 0)
			ev_span(ev, F(ANSWER_RDATA), data);
	}
	if (m->head.answers > ANSWERS_MAX || m->n_answers < m->head.answers)
		ev_bool(ev, F(MORE_ANSWERS), true);
}

/* Who asks stands in front. */
static void turn_round(struct origin *at)
{
	struct origin was = *at;

	at->src_mac = was.dest_mac;
	at->dest_mac = was.src_mac;
	at->src_ip = was.dest_ip;
	at->dest_ip = was.src_ip;
	at->src_port = was.dest_port;
	at->dest_port = was.src_port;
}

void dns_tell(struct emitter *out, const struct ot_exchange *x)
{
	struct dns_message asked = {.n_answers = 0}, answer = {.n_answers = 0};
	struct event *ev = ot_begin(out, &dns_table, x, CLASS_NONE);
	size_t at;

	if (x->asked)
		(void)dns_message_read(&asked, x->request, true, &at);
	if (x->answered)
		(void)dns_message_read(&answer, x->response, true, &at);
	const struct dns_message *m = x->asked ? &asked : &answer;
	if (x->key & DNS_ASKED_BY_SERVER)
		turn_round(&ev->at);
	ev_uint(ev, F(ID), m->head.id);
	ev_uint(ev, F(OPCODE), dnsname_opcode(m->head.flags));
	questions_tell(ev, m, out->arena);
	if (x->answered)
		ev_uint(ev, F(RCODE), answer.rcode);
	if (x->answered) {
		ev_bool(ev, F(AA), answer.head.flags & DNS_AUTHORITATIVE);
		ev_bool(ev, F(TC), answer.head.flags & DNS_TRUNCATED);
	}
	ev_bool(ev, F(RD), m->head.flags & DNS_RECURSION_DESIRED);
	if (x->answered) {
		ev_bool(ev, F(RA), answer.head.flags & DNS_RECURSION_AVAILABLE);
		answers_tell(ev, &answer, out->arena);
	}
	ot_times(out, ev, x, F(RTT_US), F(WAITED_US));
	emit_end(out, ev);
}
