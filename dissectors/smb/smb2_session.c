/*
 * SMB 2 and 3: negotiation, logon, shares.
 */
#include "smb/smb2.h"

#include <stdio.h>

#include "smb/smb_tell.h"
#include "smb/smb_text.h"

enum {
	BODY = SMB2_HEADER_BYTES,
	SIGNING_REQUIRED = 0x02,
	SESSION_GUEST = 0x01,
	SESSION_NULL = 0x02,
	DIALECTS_MAX = 16,
	CONTEXTS_MAX = 16,
	CHOICES_MAX = 16,
	DIALECT_3_0 = 0x0300,
	DIALECT_3_1_1 = 0x0311,
	DIALECT_WILDCARD = 0x02ff,
};
enum context_type { CONTEXT_ENCRYPTION = 2, CONTEXT_COMPRESSION = 3, CONTEXT_NETNAME = 5 };

/* "2.10" of 0x0210, as EVE writes it. */
static struct span dialect_text(struct arena *a, uint16_t dialect)
{
	char text[16];
	int n = dialect == DIALECT_WILDCARD ? snprintf(text, sizeof(text), "2.??")
					    : snprintf(text, sizeof(text), "%x.%02x", dialect >> 8, dialect & 0xff);

	return arena_copy(a, span_of(text, (size_t)n));
}

/*
 * The context of @type, SMB2 2.2.3.1: | type u16 | length u16 | reserved u32 | data, to 8 bytes |. Empty where
 * there is none.
 */
static struct span context(struct span message, uint32_t at, uint16_t count, enum context_type type)
{
	struct cursor c = cur_of(span_skip(message, at));

	for (unsigned i = 0; at >= BODY && i < count && i < CONTEXTS_MAX && cur_left(&c) > 0; i++) {
		uint16_t t = cur_u16le(&c), n = cur_u16le(&c);
		cur_skip(&c, 4);
		struct span data = cur_span(&c, n);
		if (!cur_ok(&c))
			break;
		if (t == type)
			return data;
		size_t pad = (8 - n % 8) % 8;
		cur_skip(&c, pad < cur_left(&c) ? pad : cur_left(&c));
	}
	return (struct span){NULL, 0};
}

static void push_choices(struct event *ev, const struct field_def *field, struct cursor *c, uint16_t n)
{
	for (unsigned i = 0; i < n && i < CHOICES_MAX && cur_left(c) >= 2; i++)
		ev_uint(ev, field, cur_u16le(c));
}

/* | count u16 | ciphers u16 |, 2.2.3.1.2 */
static void push_ciphers(struct event *ev, struct span data)
{
	struct cursor c = cur_of(data);

	push_choices(ev, F(NEG_CIPHERS), &c, cur_u16le(&c));
}

/* | count u16 | padding u16 | flags u32 | algorithms u16 |, 2.2.3.1.3 */
static void push_compression(struct event *ev, struct span data)
{
	struct cursor c = cur_of(data);
	uint16_t n = cur_u16le(&c);

	cur_skip(&c, 6);
	push_choices(ev, F(NEG_COMPRESSION), &c, n);
}

/*
 *   | size u16 = 36 | dialects u16 | security mode u16 | reserved u16 | capabilities u32 | client GUID 16 |
 *   | context offset u32, count u16, reserved u16 (3.1.1), else client start time | dialects u16 ... |
 *   |       2.2.3
 */
struct negotiate_request {
	uint16_t n_dialects, security_mode, n_contexts;
	uint32_t contexts_at;
	struct span guid, dialects;
	bool ok, new;
};

static struct negotiate_request read_request(const struct smb2_exchange *x)
{
	struct negotiate_request q = {.ok = false};
	struct cursor c = cur_of(span_skip(x->request, BODY));

	cur_skip(&c, 2);
	q.n_dialects = cur_u16le(&c);
	q.security_mode = cur_u16le(&c);
	cur_skip(&c, 6);
	q.guid = cur_span(&c, SMB_GUID_BYTES);
	q.contexts_at = cur_u32le(&c);
	q.n_contexts = cur_u16le(&c);
	cur_skip(&c, 2);
	q.dialects = cur_span(&c, (size_t)q.n_dialects * 2);
	q.ok = cur_ok(&c) && q.n_dialects <= DIALECTS_MAX;
	struct cursor d = cur_of(q.dialects);
	for (unsigned i = 0; q.ok && i < q.n_dialects; i++)
		q.new |= cur_u16le(&d) == DIALECT_3_1_1;
	return q;
}

/*
 *   | size u16 = 65 | security mode u16 | dialect u16 | contexts u16 | server GUID 16 | capabilities u32 |
 *   | max transact, read, write u32 |
 *   | system time u64 | start time u64 | blob offset u16 | blob length u16 | context offset u32 |
 *   |            2.2.4
 */
struct negotiate_response {
	uint16_t security_mode, dialect, n_contexts, blob_at, blob_bytes;
	uint32_t contexts_at;
	uint64_t time, start;
	struct span guid;
	bool ok;
};

static struct negotiate_response read_response(const struct smb2_exchange *x)
{
	struct negotiate_response r = {.ok = false};
	struct cursor c = cur_of(span_skip(x->response, BODY));

	cur_skip(&c, 2);
	r.security_mode = cur_u16le(&c);
	r.dialect = cur_u16le(&c);
	r.n_contexts = cur_u16le(&c);
	r.guid = cur_span(&c, SMB_GUID_BYTES);
	cur_skip(&c, 16);
	r.time = cur_u64le(&c);
	r.start = cur_u64le(&c);
	r.blob_at = cur_u16le(&c);
	r.blob_bytes = cur_u16le(&c);
	r.contexts_at = cur_u32le(&c);
	r.ok = cur_ok(&c);
	return r;
}

void smb2_learn_dialect(struct smb2_exchange *x)
{
	struct negotiate_response r = read_response(x);

	if (!r.ok)
		return;
	smb_dialect_set(x->f->s, dialect_text(x->f->out->arena, r.dialect));
	x->f->s->version = r.dialect >= DIALECT_3_0 ? 3 : 2;
}

void smb2_push_negotiate(struct smb2_exchange *x, struct event *ev)
{
	struct arena *a = x->f->out->arena;
	struct negotiate_request q = {.ok = false};
	struct negotiate_response r = {.ok = false};

	if (x->asked) {
		q = read_request(x);
		if (!q.ok && !x->request_cut)
			x->malformed = "truncated_body";
	}
	if (x->good) {
		r = read_response(x);
		if (!r.ok)
			x->malformed = "truncated_body";
	}
	struct cursor d = cur_of(q.dialects);
	for (unsigned i = 0; q.ok && i < q.n_dialects; i++)
		ev_span(ev, F(NEG_CLIENT_DIALECTS), dialect_text(a, cur_u16le(&d)));
	if (q.ok) {
		smb_push_guid(x->f, ev, F(NEG_CLIENT_GUID), q.guid);
		ev_bool(ev, F(NEG_CLIENT_SIGNING), q.security_mode & SIGNING_REQUIRED);
	}
	if (r.ok) {
		smb_push_guid(x->f, ev, F(NEG_SERVER_GUID), r.guid);
		ev_bool(ev, F(NEG_SIGNING), r.security_mode & SIGNING_REQUIRED);
		smb_push_time(ev, F(NEG_TIME), r.time);
		smb_push_time(ev, F(NEG_BOOT), r.start);
	}
	bool chosen = r.ok && r.dialect == DIALECT_3_1_1;
	if (q.ok && q.new) {
		struct span name = context(x->request, q.contexts_at, q.n_contexts, CONTEXT_NETNAME);
		if (name.len > 0)
			ev_span(ev, F(NEG_SERVER), smb_utf8(a, name));
		push_ciphers(ev, context(x->request, q.contexts_at, q.n_contexts, CONTEXT_ENCRYPTION));
	}
	if (chosen)
		push_ciphers(ev, context(x->response, r.contexts_at, r.n_contexts, CONTEXT_ENCRYPTION));
	if (q.ok && q.new)
		push_compression(ev, context(x->request, q.contexts_at, q.n_contexts, CONTEXT_COMPRESSION));
	if (chosen)
		push_compression(ev, context(x->response, r.contexts_at, r.n_contexts, CONTEXT_COMPRESSION));
}

/*
 * | size u16 = 25 | flags u8 | security mode u8 | capabilities u32 | channel u32 | blob offset u16 | blob
 * length u16 | ... |, 2.2.5
 */
static struct span request_blob(struct smb2_exchange *x)
{
	struct cursor c = cur_of(span_skip(x->request, BODY));

	cur_skip(&c, 12);
	uint16_t at = cur_u16le(&c), n = cur_u16le(&c);
	if (!cur_ok(&c) || (smb_slice(x->request, at, n).len != n && !x->request_cut)) {
		x->malformed = "truncated_body";
		return (struct span){NULL, 0};
	}
	return smb_slice_cut(x->request, at, n);
}

/* | size u16 = 9 | session flags u16 | blob offset u16 | blob length u16 |, 2.2.6 */
struct span smb2_setup_blob(const struct smb2_exchange *x)
{
	struct cursor c = cur_of(span_skip(x->response, BODY));

	cur_skip(&c, 4);
	uint16_t at = cur_u16le(&c), n = cur_u16le(&c);
	return cur_ok(&c) ? smb_slice_cut(x->response, at, n) : (struct span){NULL, 0};
}

void smb2_introduce(struct smb2_exchange *x)
{
	if (!x->good)
		return;
	if (x->rsp.command == SMB2_NEGOTIATE) {
		struct negotiate_response r = read_response(x);
		if (r.ok)
			smb_tell_negotiated(
			    x->f, &(struct smb_negotiated){.guid = r.guid,
							   .dialect = r.dialect == DIALECT_WILDCARD
									  ? span_of(NULL, 0)
									  : dialect_text(x->f->out->arena, r.dialect)});
	} else if (x->rsp.command == SMB2_SESSION_SETUP) {
		smb_tell_server(x->f, smb2_setup_blob(x), (struct span){NULL, 0});
		if (x->asked && x->rsp.status == STATUS_SUCCESS)
			smb_tell_client(x->f, request_blob(x));
	}
}

void smb2_push_session_setup(struct smb2_exchange *x, struct event *ev)
{
	struct span asked = {NULL, 0}, said = {NULL, 0};
	uint16_t flags = 0;
	bool decided = x->answered && x->rsp.status == STATUS_SUCCESS;

	if (x->asked)
		asked = request_blob(x);
	if (x->good) {
		struct cursor c = cur_of(span_skip(x->response, BODY));
		cur_skip(&c, 2);
		flags = cur_u16le(&c);
		cur_skip(&c, 4);
		if (!cur_ok(&c))
			x->malformed = "truncated_body";
		said = smb2_setup_blob(x);
		x->ids.session_id = x->rsp.session_id;
	}
	bool anonymous = smb_push_logon(x->f, ev, asked, said);
	if (decided) {
		ev_bool(ev, F(GUEST), flags & SESSION_GUEST);
		ev_bool(ev, F(ANONYMOUS), anonymous || (flags & SESSION_NULL));
	}
}

/* | size u16 = 9 | flags u16 | path offset u16 | path length u16 |, 2.2.9 */
static struct span share_path(struct smb2_exchange *x)
{
	struct cursor c = cur_of(span_skip(x->request, BODY));

	cur_skip(&c, 4);
	uint16_t at = cur_u16le(&c), n = cur_u16le(&c);
	struct span path = smb_slice(x->request, at, n);
	if (!cur_ok(&c) || path.len != n) {
		x->malformed = "truncated_body";
		return (struct span){NULL, 0};
	}
	return smb_utf8(x->f->out->arena, path);
}

/* | size u16 = 16 | share type u8 | ... |, 2.2.10 */
static enum smb_share_type share_type(const struct smb2_exchange *x)
{
	struct cursor c = cur_of(span_skip(x->response, BODY));

	cur_skip(&c, 2);
	return x->good ? (enum smb_share_type)cur_u8(&c) : 0;
}

void smb2_push_tree_connect(struct smb2_exchange *x, struct event *ev)
{
	enum smb_share_type type = share_type(x);

	if (x->asked) {
		struct span path = share_path(x);
		if (path.len > 0)
			smb_push_share(ev, path, smb_share_type_of(path, type));
	}
	if (type != 0)
		ev_uint(ev, F(SHARE_TYPE), type);
}

void smb2_learn_tree(struct smb2_exchange *x)
{
	if (!x->asked || !x->good)
		return;
	struct span path = share_path(x);
	smb_tree_add(x->f, x->ids.session_id, x->ids.tree_id, smb_share_type_of(path, share_type(x)), path);
}
