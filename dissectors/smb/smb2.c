/*
 *   | 0xfe S M B | structure size u16 = 64 | credit charge u16 | status u32 | command u16 | credits u16 |
 *   | flags u32 | next u32 |
 *   | message id u64 | reserved u32, tree id u32 (async id u64) | session id u64 | signature 16 |
 *   |          SMB2 2.2.1
 */
#include "smb/smb2.h"

#include "smb/smb1.h"
#include "smb/smb_tell.h"

enum {
	COMPOUND_MAX = 128,     /* messages of one compound */
	WRITE_FIXED_BYTES = 48, /* of a WRITE request in front of its data */
	WRITE_OFFSET_AT = SMB2_HEADER_BYTES + 8,
};
#define UNSOLICITED UINT64_MAX /* message id of an oplock break */
#define NO_SESSION  UINT64_MAX /* 3.2.4.1.4 */
#define NO_TREE     UINT32_MAX

bool smb2_header(struct span message, struct smb2_header *h)
{
	static const uint8_t magic[4] = {0xfe, 'S', 'M', 'B'};
	struct cursor c = cur_of(message);
	struct span start = cur_span(&c, sizeof(magic));
	uint16_t size = cur_u16le(&c);

	cur_skip(&c, 2);
	h->status = cur_u32le(&c);
	h->command = cur_u16le(&c);
	cur_skip(&c, 2);
	h->flags = cur_u32le(&c);
	h->next = cur_u32le(&c);
	h->message_id = cur_u64le(&c);
	cur_skip(&c, 4);
	h->tree_id = cur_u32le(&c);
	h->session_id = cur_u64le(&c);
	cur_skip(&c, 16);
	if (h->flags & SMB2_FLAG_ASYNC)
		h->tree_id = 0;
	return cur_ok(&c) && span_eq(start, span_of(magic, sizeof(magic))) && size == SMB2_HEADER_BYTES &&
	       h->command < SMB2_COMMANDS;
}

static void push_header(struct smb2_exchange *x, struct event *ev, const struct smb_request *asked)
{
	const struct smb_state *s = x->f->s;
	const struct smb2_header *h = x->asked ? &x->req : &x->rsp;

	ev_uint(ev, F(ID), asked->id);
	ev_uint(ev, F(VERSION), s->version ? s->version : 2);
	if (s->dialect_bytes > 0)
		ev_span(ev, F(DIALECT), span_of(s->dialect, s->dialect_bytes));
	ev_uint(ev, F(COMMAND), h->command);
	ev_uint(ev, F(COMMAND_RAW), h->command);
	if (x->answered)
		smb_push_status(ev, x->rsp.status);
	else if (x->pending)
		smb_push_status(ev, STATUS_PENDING);
	if (x->ids.session_id != NO_SESSION)
		ev_uint(ev, F(SESSION_ID), x->ids.session_id);
	if (x->ids.tree_id != NO_TREE)
		ev_uint(ev, F(TREE_ID), x->ids.tree_id);
	ev_uint(ev, F(MESSAGE_ID), h->message_id);
	if (x->asked)
		ev_uint(ev, x->answered ? F(RTT_US) : F(WAITED_US), smb_us_since(asked->ts_ns, x->f->out->at.ts_ns));
	ev_bool(ev, F(ASYNC), x->pending || (x->answered && (x->rsp.flags & SMB2_FLAG_ASYNC)));
	ev_bool(ev, F(SIGNED), h->flags & SMB2_FLAG_SIGNED);
	if (h->flags & SMB2_FLAG_RELATED)
		ev_bool(ev, F(RELATED), true);
}

static void push_body(struct smb2_exchange *x, struct event *ev)
{
	uint16_t command = x->asked ? x->req.command : x->rsp.command;

	if (command != SMB2_TREE_CONNECT)
		smb_push_tree(x->f, ev, x->ids.session_id, x->ids.tree_id);
	switch (command) {
	case SMB2_NEGOTIATE:
		smb2_push_negotiate(x, ev);
		break;
	case SMB2_SESSION_SETUP:
		smb2_push_session_setup(x, ev);
		break;
	case SMB2_TREE_CONNECT:
		smb2_push_tree_connect(x, ev);
		break;
	case SMB2_CREATE:
		smb2_push_create(x, ev);
		break;
	case SMB2_CLOSE:
		smb2_push_close(x, ev);
		break;
	case SMB2_FLUSH:
	case SMB2_LOCK:
	case SMB2_CHANGE_NOTIFY:
	case SMB2_OPLOCK_BREAK:
		smb2_push_handle(x, ev);
		break;
	case SMB2_READ:
		smb2_push_read(x, ev);
		break;
	case SMB2_WRITE:
		smb2_push_write(x, ev);
		break;
	case SMB2_IOCTL:
		smb2_push_ioctl(x, ev);
		break;
	case SMB2_QUERY_DIRECTORY:
		smb2_push_find(x, ev);
		break;
	case SMB2_QUERY_INFO:
		smb2_push_query_info(x, ev);
		break;
	case SMB2_SET_INFO:
		smb2_push_set_info(x, ev);
		break;
	default:
		break;
	}
}

static void learn(struct smb2_exchange *x)
{
	switch (x->asked ? x->req.command : x->rsp.command) {
	case SMB2_TREE_CONNECT:
		smb2_learn_tree(x);
		break;
	case SMB2_TREE_DISCONNECT:
		if (x->good)
			smb_tree_drop(x->f->s, x->ids.session_id, x->ids.tree_id);
		break;
	case SMB2_CREATE:
		smb2_learn_file(x);
		break;
	case SMB2_CLOSE:
		if (x->good && x->has_fid)
			smb_file_drop(x->f->s, x->fid);
		break;
	default:
		break;
	}
}

static void tell(struct smb2_exchange *x, const struct smb_request *asked)
{
	struct smb_flow *f = x->f;
	uint16_t command = x->asked ? x->req.command : x->rsp.command;

	x->good =
	    x->answered && (x->rsp.status == STATUS_SUCCESS || x->rsp.status == (uint32_t)STATUS_BUFFER_OVERFLOW ||
			    x->rsp.status == (uint32_t)STATUS_MORE_PROCESSING_REQUIRED);
	if (command == SMB2_NEGOTIATE && x->good)
		smb2_learn_dialect(x);
	struct event *ev = emit_begin(f->out, &smb_table);
	ev->complete = x->asked && x->answered ? COMPLETE_YES : COMPLETE_NO;
	if (!x->answered)
		smb_stands_at_request(ev, asked);
	push_header(x, ev, asked);
	push_body(x, ev);
	if (x->malformed)
		ev_text(ev, F(MALFORMED), x->malformed);
	ev->func_class = x->class;
	emit_end(f->out, ev);
	if (x->malformed)
		emit_anomaly(f->out, smb_dissector.name, ANOMALY_MALFORMED, x->malformed, SMB2_HEADER_BYTES, 0);
	else
		smb2_introduce(x);
}

/*
 * The ids that a message of a compound means. A related request means those of the message before it, whatever it
 * carries; all ones mean them, too, in an answer as in a request (3.3.5.2.7.2).
 */
static struct smb_ids ids_of(const struct smb_state *s, const struct smb2_header *h)
{
	bool from_server = h->flags & SMB2_FLAG_RESPONSE;
	enum dir dir = from_server ? DIR_RESPONSE : DIR_REQUEST;
	const struct smb_ids *before = &s->before[dir];
	struct smb_ids ids = {.session_id = h->session_id, .tree_id = h->tree_id};
	bool related = !from_server && (h->flags & SMB2_FLAG_RELATED);

	if (!s->compound[dir])
		return ids;
	if (ids.session_id == NO_SESSION || (related && before->session_id != NO_SESSION))
		ids.session_id = before->session_id;
	if (ids.tree_id == NO_TREE || (related && before->tree_id != NO_TREE))
		ids.tree_id = before->tree_id;
	if (related)
		ids.chain = before->chain;
	return ids;
}

static void ids_passed_on(struct smb_state *s, enum dir dir, struct smb_ids ids)
{
	s->before[dir] = ids;
	s->compound[dir] = true;
}

/* Fills the request's half of an exchange from what was kept. */
static bool from_request(struct smb2_exchange *x, const struct smb_request *r)
{
	x->request = smb_request_bytes(r);
	if (!smb2_header(x->request, &x->req))
		return false;
	x->asked = true;
	x->request_cut = r->kept < r->wire;
	x->noise = r->r.flag & SMB_REQUEST_NOISE;
	x->pending = r->r.flag & SMB_REQUEST_PENDING;
	x->id = r->id;
	x->ids = r->ids;
	return true;
}

void smb2_unanswered(struct smb_flow *f, const struct smb_request *r)
{
	struct smb2_exchange x = {.f = f};

	if (from_request(&x, r))
		tell(&x, r);
}

struct span smb2_kept(const struct smb2_header *h, struct span message)
{
	struct span data = span_skip(message, SMB2_HEADER_BYTES + WRITE_FIXED_BYTES);
	struct cursor c = cur_of(span_skip(message, WRITE_OFFSET_AT));

	if (h->command != SMB2_WRITE || smb_is_rpc(data))
		return span_head(message, SMB_KEPT_MAX);
	/* of a file's content only the beginning tells something */
	return span_head(message, SMB2_HEADER_BYTES + WRITE_FIXED_BYTES + (cur_u64le(&c) == 0 ? 128 : 0));
}

static void request(struct smb_flow *f, const struct smb2_header *h, struct span message, size_t wire)
{
	struct smb2_exchange x = {
	    .f = f,
	    .asked = true,
	    .req = *h,
	    .request = message,
	    .request_cut = message.len < wire,
	    .noise = h->command == SMB2_WRITE && smb2_writes_noise(message),
	    .id = ++f->s->next_id,
	    .ids = ids_of(f->s, h),
	};
	bool silent = h->command == SMB2_CANCEL;

	if (x.ids.chain == 0)
		x.ids.chain = x.id;
	struct smb_ids next = x.ids;
	/* the ids of a logon and of a tree are the server's to give */
	if (h->command == SMB2_SESSION_SETUP && next.session_id == 0)
		next.session_id = NO_SESSION;
	if (h->command == SMB2_TREE_CONNECT)
		next.tree_id = NO_TREE;
	ids_passed_on(f->s, DIR_REQUEST, next);
	smb2_chain_fid(&x);

	/* calls may follow before the answer comes, and in a capture of one side it never does */
	smb2_learn_bound(&x);

	struct smb_request head = {
	    .version = 2,
	    .command = (uint8_t)h->command,
	    .id = x.id,
	    .wire = (uint32_t)wire,
	    .key = h->message_id,
	    .ids = x.ids,
	    .ts_ns = f->out->at.ts_ns,
	    .frame = f->out->at.frame,
	};
	struct smb_request *kept = silent ? NULL : smb_request_add(f, &head, smb2_kept(h, message));
	if (!kept) {
		tell(&x, &head);
		return;
	}
	kept->r.flag |= x.noise ? SMB_REQUEST_NOISE : 0;
	if (x.has_fid)
		smb2_keep_fid(kept, x.fid);
}

/* Those of the request; @ids, of the answer, where only the server knows them. */
static struct smb_ids ids_answered(const struct smb_request *r, const struct smb2_header *h, struct smb_ids ids)
{
	struct smb_ids meant = r ? r->ids : ids;

	if (meant.session_id == 0 || meant.session_id == NO_SESSION)
		meant.session_id = ids.session_id;
	if (h->command == SMB2_TREE_CONNECT || meant.tree_id == NO_TREE)
		meant.tree_id = ids.tree_id;
	return meant;
}

static void response(struct smb_flow *f, const struct smb2_header *h, struct span message)
{
	struct smb_request *r =
	    h->message_id == UNSOLICITED ? NULL : smb_request_find(f->s, 2, h->message_id, h->command);
	struct smb_ids ids = ids_answered(r, h, ids_of(f->s, h));
	struct smb2_exchange x = {
	    .f = f,
	    .answered = true,
	    .rsp = *h,
	    .response = message,
	    .ids = ids,
	};

	ids_passed_on(f->s, DIR_RESPONSE, ids);
	if (h->status == STATUS_PENDING && (h->flags & SMB2_FLAG_ASYNC)) {
		if (r)
			r->r.flag |= SMB_REQUEST_PENDING;
		return;
	}
	if (!r) {
		if (h->command == SMB2_NEGOTIATE)
			smb1_answered_in_2(f);
		tell(&x, &(struct smb_request){.id = ++f->s->next_id});
		learn(&x);
		return;
	}
	struct span copy = arena_copy(f->out->arena, span_of(r, r->r.bytes));
	smb_state_drop(f->s, r);
	if (copy.len == 0)
		return;
	const struct smb_request *kept = (const struct smb_request *)(const void *)copy.ptr;
	(void)from_request(&x, kept);
	x.ids = ids;
	tell(&x, kept);
	learn(&x);
}

void smb2_piece(struct smb_flow *f, const struct smb2_header *h, struct span message, size_t wire)
{
	bool from_server = h->flags & SMB2_FLAG_RESPONSE;

	if (f->s->version < 2)
		f->s->version = 2;
	f->out->counters[SMB_COUNT_SMB2]++;
	f->out->counters[SMB_COUNT_SMB2_COMMANDS + 2 * h->command + from_server]++;
	if (from_server)
		response(f, h, message);
	else
		request(f, h, message, wire);
}

void smb2_messages(struct smb_flow *f, struct span bytes, size_t wire)
{
	struct smb2_header h;
	size_t at = 0;

	for (unsigned i = 0; i < COMPOUND_MAX; i++) {
		struct span rest = span_skip(bytes, at);
		if (!smb2_header(rest, &h)) {
			if (bytes.len == wire || rest.len >= SMB2_HEADER_BYTES)
				emit_anomaly(f->out, smb_dissector.name, ANOMALY_MALFORMED, "no_smb2_header", at, 0);
			return;
		}
		if (h.next != 0 && (h.next < SMB2_HEADER_BYTES || h.next % 8 != 0 || h.next > wire - at)) {
			emit_anomaly(f->out, smb_dissector.name, ANOMALY_MALFORMED, "compound_offset_out_of_range",
				     at + 20, 0);
			h.next = 0;
		}
		size_t own = h.next ? h.next : wire - at;
		smb2_piece(f, &h, span_head(rest, own), own);
		at += own;
		if (h.next == 0 || at == wire)
			return;
		if (at >= bytes.len) {
			emit_anomaly(f->out, smb_dissector.name, ANOMALY_LIMIT, "compound_too_long", at, 0);
			return;
		}
	}
	emit_anomaly(f->out, smb_dissector.name, ANOMALY_LIMIT, "compound_too_long", at, 0);
}

/*
 * | 0xfd S M B | signature 16 | nonce 16 | original size u32 | reserved u16 | flags u16 | session id u64 |,
 * SMB2 2.2.41
 */
void smb2_encrypted(struct smb_flow *f, struct span bytes)
{
	struct cursor c = cur_of(bytes);

	cur_skip(&c, 44);
	uint64_t session_id = cur_u64le(&c);
	if (!cur_ok(&c))
		return;
	f->out->counters[SMB_COUNT_ENCRYPTED]++;
	f->s->version = 3;
	if (f->s->encrypted)
		return;
	f->s->encrypted = true;
	struct event *ev = emit_begin(f->out, &smb_table);
	ev_uint(ev, F(ID), ++f->s->next_id);
	ev_uint(ev, F(VERSION), 3);
	if (f->s->dialect_bytes > 0)
		ev_span(ev, F(DIALECT), span_of(f->s->dialect, f->s->dialect_bytes));
	ev_uint(ev, F(SESSION_ID), session_id);
	ev_bool(ev, F(ENCRYPTED), true);
	emit_end(f->out, ev);
}
