/*
 * DNS: queries paired with their answers, by number and question.
 *
 *   UDP  | message |                 TCP  | length u16 | message |
 */
#include "dns/dns.h"

#include <ctype.h>

#include "base/hash.h"
#include "dns/dns_message.h"
#include "dns/dns_tell.h"

enum {
	PORT_DNS = 53,
	LENGTH_BYTES = 2,
	FRAME_HEAD_BYTES = LENGTH_BYTES + DNSNAME_HEAD_BYTES,
	LABEL_MAX = 63,
	FIRST_LENGTH_MAX = 16384, /* nobody begins with a longer message */
	KEY_ID_SHIFT = 48,
};

#define KEY_SEEN (UINT64_C(1) << 46) /* no key is 0 */
#define KEY_HASH (KEY_SEEN - 1)
#define KEY_ID   (UINT64_C(0xffff) << KEY_ID_SHIFT)

enum dns_counter { COUNT_REQUESTS, COUNT_RESPONSES, COUNT_ERRORS, COUNT_EVICTED, COUNTERS };

/* In ot_state.own: a zone is being transferred, in as many answers as it takes (RFC 5936, 2.2). */
struct transfer {
	bool goes_on;
	uint16_t id;
};

static const struct ot_teller teller = {dns_tell};

/* Servers may answer in other letters than they were asked in. */
static uint64_t question_hash(const struct dns_question *q)
{
	uint8_t folded[2 * DNSNAME_MAX];
	size_t n = q->name.len < sizeof(folded) ? q->name.len : sizeof(folded);

	for (size_t i = 0; i < n; i++)
		folded[i] = (uint8_t)tolower(q->name.ptr[i]);
	return hash_u64(hash_bytes(folded, n), (uint64_t)q->type << 16 | q->class);
}

static uint64_t key_of(const struct dns_message *m, enum dir dir, struct arena *arena)
{
	bool by_server = dns_is_response(m) ? dir == DIR_REQUEST : dir == DIR_RESPONSE;
	uint64_t key = (uint64_t)m->head.id << KEY_ID_SHIFT | KEY_SEEN | (by_server ? DNS_ASKED_BY_SERVER : 0);
	struct cursor c = m->questions;

	if (m->head.questions == 0)
		return key;
	struct dns_question q = dns_question_read(&c, m, arena);
	return key | (question_hash(&q) & KEY_HASH);
}

static struct transfer transfer_of(const struct ot_state *s)
{
	struct transfer t;

	memcpy(&t, s->own, sizeof(t));
	return t;
}

static void transfer_set(struct ot_state *s, struct transfer t)
{
	memcpy(s->own, &t, sizeof(t));
}

static bool is_transfer(const struct dns_message *m, struct arena *arena)
{
	struct cursor c = m->questions;

	if (m->head.questions == 0 || m->rcode != 0)
		return false;
	struct dns_question q = dns_question_read(&c, m, arena);
	return q.type == DNS_TYPE_AXFR || q.type == DNS_TYPE_IXFR;
}

/* What has to be kept to tell of it: its head and questions, unless their names go on further behind. */
static struct span kept_of(const struct dns_message *m)
{
	struct span kept = span_head(m->bytes, m->question_bytes);
	struct dns_message again;
	size_t at;

	return dns_message_read(&again, kept, true, &at) ? m->bytes : kept;
}

static void request(struct ot_state *s, struct emitter *out, const struct dns_message *m, uint64_t key, bool tcp)
{
	struct transfer t = transfer_of(s);

	out->counters[COUNT_REQUESTS]++;
	if (tcp && is_transfer(m, out->arena))
		transfer_set(s, (struct transfer){true, m->head.id});
	else if (t.goes_on && t.id == m->head.id)
		transfer_set(s, (struct transfer){false, 0});
	out->counters[COUNT_EVICTED] += ot_asked(s, out, &teller, key, kept_of(m));
}

static void response(struct ot_state *s, struct emitter *out, const struct dns_message *m, uint64_t key, bool tcp)
{
	struct transfer t = transfer_of(s);

	out->counters[COUNT_RESPONSES]++;
	out->counters[COUNT_ERRORS] += m->rcode != 0;
	if (m->head.questions == 0) {
		uint64_t open = ot_open_key(s, key, KEY_ID | DNS_ASKED_BY_SERVER);
		key = open ? open : key;
	}
	if (t.goes_on && t.id == m->head.id && !ot_open_key(s, key, UINT64_MAX))
		return;
	if (tcp && is_transfer(m, out->arena))
		transfer_set(s, (struct transfer){true, m->head.id});
	ot_answered(s, out, &teller, key, m->bytes);
}

static void message(struct ot_state *s, enum dir dir, struct span bytes, bool tcp, bool cut, struct emitter *out)
{
	struct dns_message m;
	size_t at;
	const char *wrong = dns_message_read(&m, bytes, cut, &at);

	if (wrong) {
		emit_anomaly(out, dns_dissector.name, ANOMALY_MALFORMED, wrong, at, 0);
		return;
	}
	uint64_t key = key_of(&m, dir, out->arena);
	if (dns_is_response(&m))
		response(s, out, &m, key, tcp);
	else
		request(s, out, &m, key, tcp);
}

static void dns_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	struct span all = cur_rest(pdu), bytes = span_head(all, DNS_MESSAGE_MAX);

	message(state, dir, bytes, false, bytes.len < all.len, out);
}

static void dns_tcp_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	size_t length = cur_u16be(pdu);
	struct span bytes = cur_rest(pdu);

	message(state, dir, bytes, true, bytes.len < length, out);
}

/* What has the usual head and then breaks off is malformed; of any other form it must hold together. */
static enum probe dns_probe(struct span head, bool from_server_port)
{
	struct cursor c = cur_of(head);
	struct dnsname_head h = dnsname_head_read(&c);
	struct dns_message m;
	size_t at;

	(void)from_server_port;
	if (!cur_ok(&c) || (!dns_head_is_usual(&h) && !dns_head_fits(&h, head.len)))
		return PROBE_NO;
	if (dns_head_is_usual(&h) || !dns_message_read(&m, head, false, &at))
		return PROBE_WEAK;
	return PROBE_NO;
}

static struct frame dns_frame(const void *state, enum dir dir, struct span avail)
{
	struct cursor c = cur_of(avail);
	size_t length = cur_u16be(&c);
	struct dnsname_head h = dnsname_head_read(&c);
	struct cursor behind = c;
	uint8_t label = cur_u8(&behind);

	(void)state;
	(void)dir;
	if (avail.len >= LENGTH_BYTES && length < DNSNAME_HEAD_BYTES)
		return (struct frame){FRAME_NOT_MINE, 0, 0};
	if (!cur_ok(&c))
		return (struct frame){FRAME_MORE, 0, FRAME_HEAD_BYTES};
	if (!dns_head_fits(&h, length) || (h.questions > 0 && label > LABEL_MAX)) /* nothing is there to lead to yet */
		return (struct frame){FRAME_NOT_MINE, 0, 0};
	uint32_t deliver = LENGTH_BYTES + (uint32_t)(length < DNS_MESSAGE_MAX ? length : DNS_MESSAGE_MAX);
	if (avail.len < deliver)
		return (struct frame){FRAME_MORE, 0, deliver};
	return (struct frame){FRAME_WHOLE, deliver, LENGTH_BYTES + length};
}

/* What is there of a length and a head; who waits for more keeps others from being believed. */
static bool may_begin(struct span head)
{
	struct cursor c = cur_of(head);
	uint16_t length = cur_u16be(&c);

	if (cur_ok(&c) && (length < DNSNAME_HEAD_BYTES || length > FIRST_LENGTH_MAX))
		return false;
	cur_skip(&c, 2);
	uint16_t flags = cur_u16be(&c);
	return !cur_ok(&c) || dns_flags_fit(flags);
}

/* A length and a head are not much: the question must be one, too. */
static enum probe dns_tcp_probe(struct span head, bool from_server_port)
{
	struct frame f = dns_frame(NULL, DIR_REQUEST, head);
	struct dns_message m;
	size_t at;

	(void)from_server_port;
	if (!may_begin(head))
		return PROBE_NO;
	if (f.kind != FRAME_WHOLE)
		return f.kind == FRAME_MORE ? PROBE_MORE : PROBE_NO;
	struct span bytes = span_head(span_skip(head, LENGTH_BYTES), f.deliver - LENGTH_BYTES);
	return dns_message_read(&m, bytes, f.deliver < f.total, &at) ? PROBE_NO : PROBE_WEAK;
}

/* Where answers are missing, nobody waits for one any more. The rest of a transfer stays one. */
static void dns_tcp_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	(void)lost_bytes;
	if (dir == DIR_RESPONSE)
		ot_give_up(state, out, &teller);
}

static void dns_finish(void *state, struct emitter *out)
{
	ot_give_up(state, out, &teller);
}

static void dns_rest(void *state)
{
	ot_rest(state);
}

static void dns_stats(const uint64_t *counters, struct json *out)
{
	if (counters[COUNT_REQUESTS] + counters[COUNT_RESPONSES] == 0)
		return;
	json_key(out, "dns");
	json_object_begin(out);
	json_kv_u64(out, "requests", counters[COUNT_REQUESTS]);
	json_kv_u64(out, "responses", counters[COUNT_RESPONSES]);
	json_kv_u64(out, "errors", counters[COUNT_ERRORS]);
	json_kv_u64(out, "evicted", counters[COUNT_EVICTED]);
	json_object_end(out);
}

const struct dissector dns_dissector = {
    .name = "dns",
    .table = &dns_table,
    .udp_ports = {PORT_DNS},
    .partial = true,
    .mutual = true,
    .max_frame = DNS_MESSAGE_MAX,
    .state_size = OT_STATE_BYTES,
    .n_counters = COUNTERS,
    .probe = dns_probe,
    .pdu = dns_pdu,
    .finish = dns_finish,
    .rest = dns_rest,
    .stats = dns_stats,
};

const struct dissector dns_tcp_dissector = {
    .name = "dns",
    .table = &dns_table,
    .tcp_ports = {PORT_DNS},
    .counts_with = &dns_dissector,
    .partial = true,
    .max_frame = LENGTH_BYTES + DNS_MESSAGE_MAX,
    .state_size = OT_STATE_BYTES,
    .n_counters = COUNTERS,
    .probe = dns_tcp_probe,
    .frame = dns_frame,
    .pdu = dns_tcp_pdu,
    .gap = dns_tcp_gap,
    .finish = dns_finish,
    .rest = dns_rest,
};
