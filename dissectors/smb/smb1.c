/*
 * SMB 1: requests paired with responses, and told command by command.
 */
#include "smb/smb1.h"

#include "smb/smb_tell.h"

enum {
	KEPT_WRITE_BYTES = 256,
	WRITE_DATA_OFFSET_AT = 55, /* of WRITE_ANDX, CIFS 2.2.4.43.1 */
};

static bool is_transaction(uint8_t command)
{
	return command == SMB1_TRANS || command == SMB1_TRANS2 || command == SMB1_NT_TRANS;
}

static bool is_secondary(uint8_t command)
{
	return command == SMB1_TRANS_SECONDARY || command == SMB1_TRANS2_SECONDARY ||
	       command == SMB1_NT_TRANS_SECONDARY;
}

static uint64_t key_of(const struct smb1_header *h)
{
	return (uint64_t)h->process_id << 16 | h->multiplex_id;
}

static uint64_t scope_of(const struct smb1_header *h)
{
	return (uint64_t)h->user_id << 16 | h->tree_id;
}

static uint32_t status_of(const struct smb1_header *h)
{
	uint8_t class = (uint8_t)h->status;

	if ((h->flags2 & SMB1_FLAG2_NT_STATUS) || h->status == 0)
		return h->status;
	return class == 0 ? STATUS_SUCCESS : SMB_STATUS_DOS(class, h->status >> 16);
}

static void push_status(struct event *ev, const struct smb1_header *h)
{
	if ((h->flags2 & SMB1_FLAG2_NT_STATUS) || h->status == 0) {
		smb_push_status(ev, h->status);
		return;
	}
	ev_uint(ev, F(STATUS), status_of(h));
	ev_uint(ev, F(STATUS_CODE), h->status >> 16);
	ev_uint(ev, F(ERROR_CLASS), h->status & 0xff);
}

static void push_header(struct smb1_exchange *x, struct event *ev, uint8_t command, const struct smb_request *asked)
{
	const struct smb_state *s = x->f->s;
	const struct smb1_header *h = x->asked ? &x->req : &x->rsp;

	ev_uint(ev, F(ID), asked->id);
	ev_uint(ev, F(VERSION), 1);
	if (s->dialect_bytes > 0)
		ev_span(ev, F(DIALECT), span_of(s->dialect, s->dialect_bytes));
	ev_uint(ev, F(COMMAND), SMB1_COMMAND_VALUE(command));
	ev_uint(ev, F(COMMAND_RAW), command);
	if (x->answered)
		push_status(ev, &x->rsp);
	ev_uint(ev, F(SESSION_ID), x->user_id);
	ev_uint(ev, F(TREE_ID), x->tree_id);
	ev_uint(ev, F(PROCESS_ID), h->process_id);
	ev_uint(ev, F(MULTIPLEX_ID), h->multiplex_id);
	if (x->asked && x->answered) {
		ev_uint(ev, F(RSP_MULTIPLEX_ID), x->rsp.multiplex_id);
		if (x->rsp.multiplex_id != x->req.multiplex_id)
			ev_bool(ev, F(MULTIPLEX_CHANGED), true);
	}
	if (x->asked)
		ev_uint(ev, x->answered || x->upgraded || x->raw ? F(RTT_US) : F(WAITED_US),
			smb_us_since(asked->ts_ns, x->f->out->at.ts_ns));
	ev_bool(ev, F(SIGNED), h->flags2 & SMB1_FLAG2_SIGNED);
}

static void push_body(struct smb1_exchange *x, struct event *ev, uint8_t command)
{
	if (command != SMB1_TREE_CONNECT_ANDX && command != SMB1_TREE_CONNECT)
		smb_push_tree(x->f, ev, 0, x->tree_id);
	if (smb1_push_session(x, ev) || smb1_push_file(x, ev))
		return;
	(void)smb1_push_transaction(x, ev);
}

/* One command of a message. */
static void tell(struct smb1_exchange *x, const struct smb_request *asked)
{
	struct smb_flow *f = x->f;
	uint8_t command = x->q.ok || !x->r.ok ? x->q.command : x->r.command;
	uint32_t status = x->answered ? status_of(&x->rsp) : 0;

	x->class = CLASS_NONE;
	x->malformed = NULL;
	x->done = x->answered && x->r.ok &&
		  (status == STATUS_SUCCESS || status == (uint32_t)STATUS_BUFFER_OVERFLOW ||
		   status == (uint32_t)STATUS_MORE_PROCESSING_REQUIRED);
	x->good = x->done && x->r.words.len > 0;
	if (x->asked && !x->q.ok)
		x->malformed = "truncated_words";
	if (command == SMB1_NEGOTIATE && x->good)
		smb1_learn_dialect(x);
	struct event *ev = emit_begin(f->out, &smb_table);
	bool both = x->asked && x->answered && x->q.ok && x->r.ok;
	ev->complete = both || x->upgraded || x->raw ? COMPLETE_YES : COMPLETE_NO;
	if (!x->answered && !x->upgraded && !x->raw)
		smb_stands_at_request(ev, asked);
	push_header(x, ev, command, asked);
	if (f->called.len > 0) {
		ev_span(ev, F(NB_CALLED), f->called);
		ev_span(ev, F(NB_CALLING), f->calling);
	}
	push_body(x, ev, command);
	if (x->malformed)
		ev_text(ev, F(MALFORMED), x->malformed);
	ev->func_class = x->class;
	emit_end(f->out, ev);
	if (x->malformed)
		emit_anomaly(f->out, smb_dissector.name, ANOMALY_MALFORMED, x->malformed, SMB1_HEADER_BYTES, 0);
	if (!x->answered)
		return;
	smb1_introduce(x);
	smb1_learn_session(x);
	smb1_learn_file(x);
}

/* All commands of a request, of its response, or of both. */
static void tell_all(struct smb1_exchange *x, const struct smb_request *asked)
{
	struct smb1_block q[SMB1_CHAIN_MAX], r[SMB1_CHAIN_MAX];
	uint8_t named[SMB1_CHAIN_MAX];
	unsigned n_named, nq = x->asked ? smb1_chain(x->request, &x->req, q, named, &n_named) : 0;
	unsigned nr = x->answered ? smb1_chain(x->response, &x->rsp, r, named, &n_named) : 0;
	bool answered = x->answered;

	for (unsigned i = 0; i < nq || i < nr; i++) {
		x->q = i < nq ? q[i] : (struct smb1_block){.command = x->req.command};
		x->r = i < nr ? r[i] : (struct smb1_block){.command = x->rsp.command};
		if (i >= nq && x->asked) /* a server that answers more than it was asked */
			break;
		if (!x->asked)
			x->q.command = x->r.command;
		x->answered = answered && i < nr;
		tell(x, asked);
	}
	x->answered = answered;
}

static bool from_request(struct smb1_exchange *x, const struct smb_request *r)
{
	x->request = smb_request_bytes(r);
	if (!smb1_header(x->request, &x->req))
		return false;
	x->asked = true;
	x->request_cut = r->kept < r->wire;
	x->noise = r->r.flag & SMB_REQUEST_NOISE;
	x->tree_id = x->req.tree_id;
	x->user_id = x->req.user_id;
	return true;
}

void smb1_unanswered(struct smb_flow *f, const struct smb_request *r)
{
	struct smb1_exchange x = {.f = f};

	if (from_request(&x, r))
		tell_all(&x, r);
}

static struct smb_request *open_transaction(struct smb_flow *f, const struct smb1_header *h)
{
	struct smb_request *q;

	for (struct smb_record *r = smb_state_next(f->s, NULL); r; r = smb_state_next(f->s, r)) {
		q = (struct smb_request *)(void *)r;
		if (r->kind == SMB_RECORD_REQUEST && q->version == 1 && q->key == key_of(h) &&
		    q->scope == scope_of(h) && is_transaction(q->command))
			return q;
	}
	return NULL;
}

uint8_t smb1_open_transaction(struct smb_flow *f, const struct smb1_header *h)
{
	const struct smb_request *q = open_transaction(f, h);

	return q ? q->command : SMB1_NO_MORE;
}

/* Of what is written to files only the beginning tells something. */
static struct span kept(const struct smb1_header *h, struct span message)
{
	bool write = h->command == SMB1_WRITE_ANDX || h->command == SMB1_WRITE || h->command == SMB1_WRITE_AND_CLOSE;
	struct cursor c = cur_of(span_skip(message, SMB1_HEADER_BYTES + 1)),
		      offset = cur_of(span_skip(message, WRITE_DATA_OFFSET_AT));
	uint8_t next = cur_u8(&c);
	struct span data = span_skip(message, cur_u16le(&offset));

	if (!write || (h->command == SMB1_WRITE_ANDX &&
		       (next != SMB1_NO_MORE || smb_is_rpc(data) || smb_is_rpc(span_skip(data, 2)))))
		return message;
	return span_head(message, KEPT_WRITE_BYTES);
}

/* Which bit of ids[] is this key's? FNV-1a over its bytes. */
static unsigned id_bit(uint64_t key)
{
	uint32_t hash = 2166136261u;

	for (unsigned i = 0; i < 6; i++)
		hash = (hash ^ (uint8_t)(key >> 8 * i)) * 16777619u;
	return (hash ^ hash >> 16) % (SMB_IDS_BYTES * 8);
}

void smb1_unasked_told(struct smb_flow *f)
{
	if (f->s->unasked && !f->s->unasked_told)
		emit_anomaly(f->out, smb_dissector.name, ANOMALY_MALFORMED, "ids_never_asked", SMB1_HEADER_BYTES, 0);
	f->s->unasked_told |= f->s->unasked;
	f->s->unasked = false;
}

static void ids_asked(struct smb_flow *f, const struct smb1_header *h)
{
	struct smb_state *s = f->s;
	unsigned bit = id_bit(key_of(h));

	if (h->command == SMB1_NEGOTIATE)
		s->ids_known = true;
	/* the two sides of the capture are out of step: nothing can be said of this flow */
	if (s->unasked && s->unasked_key == key_of(h))
		s->unasked = s->ids_known = false;
	smb1_unasked_told(f);
	s->ids[bit / 8] |= (uint8_t)(1u << bit % 8);
}

/* Only the server's own request, that a lock be given up, has no number of the client's: CIFS 2.2.4.32.1. */
static void ids_answered(struct smb_flow *f, const struct smb1_header *h)
{
	enum { BREAKS_A_LOCK = 0xffff };
	unsigned bit = id_bit(key_of(h));

	if (!f->s->ids_known || (f->s->ids[bit / 8] >> bit % 8 & 1) ||
	    (h->command == SMB1_LOCKING_ANDX && h->multiplex_id == BREAKS_A_LOCK))
		return;
	f->s->unasked = true;
	f->s->unasked_key = key_of(h);
}

/* A number is given again once it was answered (CIFS 2.2.1.6.2): where that answer was lost, the next is of the new
 * request. Where nothing was lost, clients ask twice under one number before the first answer comes. */
static void number_again(struct smb_flow *f, const struct smb1_header *h)
{
	struct smb_request *former = f->s->answers_lost ? smb_request_find(f->s, 1, key_of(h), h->command) : NULL;

	if (former && (former->r.flag & SMB_REQUEST_LOST))
		smb_request_give_up(f, former);
}

static void request(struct smb_flow *f, const struct smb1_header *h, struct span message, size_t wire)
{
	struct smb_request head = {
	    .version = 1,
	    .command = h->command,
	    .id = ++f->s->next_id,
	    .wire = (uint32_t)wire,
	    .key = key_of(h),
	    .scope = scope_of(h),
	    .ts_ns = f->out->at.ts_ns,
	    .frame = f->out->at.frame,
	};
	bool silent = is_secondary(h->command) || h->command == SMB1_NT_CANCEL;
	struct smb1_exchange bound = {.f = f,
				      .asked = true,
				      .req = *h,
				      .request = message,
				      .q = smb1_block_at(message, h->command, SMB1_HEADER_BYTES)};

	/* calls may follow before the answer comes, and in a capture of one side it never does */
	smb1_learn_bound(&bound);
	if (h->command == SMB1_TRANS)
		smb1_learn_transaction(&bound);

	bool noise = smb1_writes_noise(&bound);
	if (!silent)
		number_again(f, h);
	struct smb_request *open = silent ? NULL : smb_request_add(f, &head, kept(h, message));
	if (open) {
		open->r.flag |= noise ? SMB_REQUEST_NOISE : 0;
		return;
	}
	struct smb1_exchange x = {
	    .f = f,
	    .asked = true,
	    .req = *h,
	    .request = message,
	    .request_cut = message.len < wire,
	    .noise = noise,
	    .tree_id = h->tree_id,
	    .user_id = h->user_id,
	};
	tell_all(&x, &head);
}

/* The request that a response answers: by its number, else - a server that answers under another one - the oldest
 * transaction of the same kind under the same ids. */
static struct smb_request *request_of(struct smb_flow *f, const struct smb1_header *h)
{
	struct smb_request *q = smb_request_find(f->s, 1, key_of(h), h->command);

	/* the last answer of a WRITE_RAW, or its refusal, goes by a name of its own: 2.2.4.25 */
	if (!q && h->command == SMB1_WRITE_COMPLETE)
		q = smb_request_find(f->s, 1, key_of(h), SMB1_WRITE_RAW);
	if (q)
		return q;
	/* the kind of a transaction may change on the way: servers that are attacked do that */
	q = is_transaction(h->command) ? open_transaction(f, h) : NULL;
	if (q)
		return q;
	for (struct smb_record *r = smb_state_next(f->s, NULL); h->command == SMB1_TRANS2 && r;
	     r = smb_state_next(f->s, r)) {
		q = (struct smb_request *)(void *)r;
		if (r->kind == SMB_RECORD_REQUEST && q->version == 1 && q->command == h->command &&
		    q->key >> 16 == h->process_id && q->scope == scope_of(h))
			return q;
	}
	return NULL;
}

/* | echo count u16 | in the request, | number u16 | in each response: CIFS 2.2.4.39 */
static bool more_echoes(const struct smb_request *q, const struct smb1_block *r)
{
	struct cursor asked = cur_of(smb1_block_at(smb_request_bytes(q), SMB1_ECHO, SMB1_HEADER_BYTES).words);
	struct cursor said = cur_of(r->words);
	uint16_t number = cur_u16le(&said), count = cur_u16le(&asked);

	return cur_ok(&said) && cur_ok(&asked) && number < count;
}

/* | handle, count, reserved u16 | offset, timeout u32 | mode u16: 1 write through | ... |: CIFS 2.2.4.25.1 */
static bool is_written_through(const struct smb_request *q)
{
	enum { WRITE_THROUGH = 1 };
	struct cursor w = cur_of(smb1_block_at(smb_request_bytes(q), SMB1_WRITE_RAW, SMB1_HEADER_BYTES).words);

	cur_skip(&w, 14);
	return cur_u16le(&w) & WRITE_THROUGH;
}

static void response(struct smb_flow *f, const struct smb1_header *h, struct span message)
{
	struct smb1_exchange x = {
	    .f = f,
	    .answered = true,
	    .rsp = *h,
	    .response = message,
	    .tree_id = h->tree_id,
	    .user_id = h->user_id,
	};
	struct smb1_block first = smb1_block_at(message, h->command, SMB1_HEADER_BYTES);
	struct smb_request *q = request_of(f, h);

	if (!q) {
		ids_answered(f, h);
		tell_all(&x, &(struct smb_request){.id = ++f->s->next_id});
		return;
	}
	if (is_transaction(h->command) && first.ok && first.words.len == 0 && h->status == 0) {
		q->r.flag |= SMB_REQUEST_PENDING; /* go on with the secondary requests, CIFS 3.3.5.2.5 */
		return;
	}
	if (h->command == SMB1_WRITE_RAW) {
		f->s->raw_follows = h->status == 0;
		if (f->s->raw_follows && is_written_through(q))
			return; /* WRITE_COMPLETE follows the data */
	}
	bool told = q->r.flag & SMB_REQUEST_TOLD;
	bool more =
	    is_transaction(h->command) ? smb1_more_to_come(&first) : h->command == SMB1_ECHO && more_echoes(q, &first);
	struct span copy = told ? (struct span){NULL, 0} : arena_copy(f->out->arena, span_of(q, q->r.bytes));
	if (more)
		q->r.flag |= SMB_REQUEST_TOLD;
	else
		smb_state_drop(f->s, q);
	if (copy.len == 0)
		return;
	const struct smb_request *asked = (const struct smb_request *)(const void *)copy.ptr;
	(void)from_request(&x, asked);
	x.tree_id = h->tree_id;
	x.user_id = h->user_id;
	tell_all(&x, asked);
}

void smb1_message(struct smb_flow *f, struct span bytes, size_t wire)
{
	struct smb1_block blocks[SMB1_CHAIN_MAX];
	uint8_t named[SMB1_CHAIN_MAX];
	struct smb1_header h;
	unsigned n_named;

	if (!smb1_header(bytes, &h))
		return;
	bool from_server = h.flags & SMB1_FLAG_RESPONSE;
	(void)smb1_chain(bytes, &h, blocks, named, &n_named);
	f->out->counters[SMB_COUNT_SMB1]++;
	for (unsigned i = 0; i < n_named; i++)
		f->out->counters[SMB_COUNT_SMB1_COMMANDS + 2 * named[i] + from_server]++;
	if (f->s->version == 0)
		f->s->version = 1;
	if (from_server) {
		response(f, &h, bytes);
		return;
	}
	ids_asked(f, &h);
	request(f, &h, bytes, wire);
}

/* The open request of a command that one side has only one of; as a copy, for it is dropped. */
static const struct smb_request *take_request(struct smb_flow *f, uint8_t command)
{
	for (struct smb_record *r = smb_state_next(f->s, NULL); r; r = smb_state_next(f->s, r)) {
		struct smb_request *q = (struct smb_request *)(void *)r;
		if (r->kind != SMB_RECORD_REQUEST || q->version != 1 || q->command != command)
			continue;
		struct span copy = arena_copy(f->out->arena, span_of(q, q->r.bytes));
		smb_state_drop(f->s, q);
		return copy.len > 0 ? (const struct smb_request *)(const void *)copy.ptr : NULL;
	}
	return NULL;
}

void smb1_answered_in_2(struct smb_flow *f)
{
	struct smb1_exchange x = {.f = f, .upgraded = true};
	const struct smb_request *asked = take_request(f, SMB1_NEGOTIATE);

	if (asked && from_request(&x, asked))
		tell_all(&x, asked);
}

bool smb1_raw_data(struct smb_flow *f, enum dir dir, size_t length)
{
	struct smb1_exchange x = {.f = f, .raw = true, .raw_bytes = length};

	if (dir == DIR_REQUEST) {
		bool due = f->s->raw_follows;
		f->s->raw_follows = false;
		return due;
	}
	const struct smb_request *asked = take_request(f, SMB1_READ_RAW);
	if (!asked || !from_request(&x, asked))
		return false;
	tell_all(&x, asked);
	return true;
}
