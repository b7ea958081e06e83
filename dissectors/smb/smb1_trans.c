/*
 * SMB 1: TRANSACTION, TRANSACTION2, NT_TRANSACT and their secondary requests (CIFS 2.2.4.33 to 36, 46 and 47,
 * 62 and 63).
 *
 * The words say where parameters and data lie in the message, and how much of them is still to come in others.
 * What is told comes from the
 * first message: subcommands and names stand there.
 */
#include "smb/smb1.h"

#include "smb/smb_tell.h"
#include "smb/smb_text.h"

enum {
	TRANS_PIPE_TRANSACT = 0x26,
	TRANS2_OPEN2 = 0,
	TRANS2_FIND_FIRST2 = 1,
	TRANS2_SET_FS_INFORMATION = 4,
	TRANS2_QUERY_PATH_INFORMATION = 5,
	TRANS2_SET_PATH_INFORMATION = 6,
	TRANS2_QUERY_FILE_INFORMATION = 7,
	TRANS2_SET_FILE_INFORMATION = 8,
	TRANS2_CREATE_DIRECTORY = 13,
	TRANS2_SESSION_SETUP = 14,
	TRANS2_GET_DFS_REFERRAL = 16,
	NT_CREATE = 1,
	NT_IOCTL = 2,
	NT_SET_SECURITY = 3,
	NT_NOTIFY = 4,
	NT_RENAME = 5,
	NT_QUERY_SECURITY = 6,
	NT_QUERY_QUOTA = 7,
	NT_SET_QUOTA = 8,
	LEVEL_PASSTHROUGH = 1000, /* levels from here on are classes of FSCC 2.4: SMB 2.2.2.3.5 */
	LEVEL_SET_DISPOSITION = 0x102,
};

struct transaction {
	uint8_t command;
	uint16_t sub, setup1; /* subcommand and the second setup word, such as a pipe's handle */
	bool has_sub, has_setup1;
	uint32_t timeout;
	struct span parameters, data, name, setup; /* setup: the words of NT_TRANSACT */
	bool ok, mailslot;
};

/*
 * TRANSACTION, TRANSACTION2: | total parameters u16, data u16 | max parameters u16, data u16, setup u8 |
 * | reserved u8 | flags u16 | timeout u32 |
 *   | reserved u16 | parameters u16, offset u16 | data u16, offset u16 | setups u8 | reserved u8 |
 *   | setup u16 ... |, the bytes: | name | ...
 */
static struct transaction read_trans(const struct smb1_exchange *x)
{
	struct transaction t = {.command = x->q.command};
	struct cursor w = cur_of(x->q.words), c = cur_of(x->q.bytes);

	cur_skip(&w, 12);
	t.timeout = cur_u32le(&w);
	cur_skip(&w, 2);
	uint16_t n = cur_u16le(&w), at = cur_u16le(&w);
	t.parameters = smb_slice_cut(x->request, at, n);
	n = cur_u16le(&w);
	at = cur_u16le(&w);
	t.data = smb_slice_cut(x->request, at, n);
	uint8_t setups = cur_u8(&w);
	cur_skip(&w, 1);
	t.ok = cur_ok(&w);
	t.sub = cur_u16le(&w);
	t.has_sub = setups > 0 && cur_ok(&w);
	t.setup1 = cur_u16le(&w);
	t.has_setup1 = setups > 1 && cur_ok(&w);
	if (t.command == SMB1_TRANS) {
		t.name = smb1_text(x->f, &x->req, &c, &x->q);
		t.mailslot = span_eq(span_head(t.name, 10), span_str("\\MAILSLOT\\"));
	}
	return t;
}

/*
 * NT_TRANSACT: | max setup u8 | reserved u16 | total parameters u32, data u32 | max parameters u32, data u32 |
 * | parameters u32, offset u32 |
 *   | data u32, offset u32 | setups u8 | function u16 | setup u16 ... |
 */
static struct transaction read_nt(const struct smb1_exchange *x)
{
	struct transaction t = {.command = x->q.command};
	struct cursor w = cur_of(x->q.words);

	cur_skip(&w, 19);
	uint32_t n = cur_u32le(&w), at = cur_u32le(&w);
	t.parameters = smb_slice_cut(x->request, at, n);
	n = cur_u32le(&w);
	at = cur_u32le(&w);
	t.data = smb_slice_cut(x->request, at, n);
	cur_skip(&w, 1);
	t.sub = cur_u16le(&w);
	t.ok = t.has_sub = cur_ok(&w);
	t.setup = cur_rest(&w);
	return t;
}

static struct transaction read_request(const struct smb1_exchange *x)
{
	return x->q.command == SMB1_NT_TRANS ? read_nt(x) : read_trans(x);
}

/*
 * Responses. TRANSACTION, TRANSACTION2: | total parameters u16, data u16 | reserved u16 |
 * | parameters u16, offset u16, displacement u16 |
 *   | data u16, offset u16, displacement u16 | setups u8 |; NT_TRANSACT: | reserved 3 | and the same in u32.
 */
struct part {
	uint32_t total_parameters, total_data, parameters, parameters_at, parameters_moved, data, data_at, data_moved;
	bool ok;
};

static struct part read_part(const struct smb1_block *r)
{
	struct part p = {.ok = false};
	struct cursor w = cur_of(r->words);
	bool nt = r->command == SMB1_NT_TRANS;

	cur_skip(&w, nt ? 3 : 0);
	p.total_parameters = nt ? cur_u32le(&w) : cur_u16le(&w);
	p.total_data = nt ? cur_u32le(&w) : cur_u16le(&w);
	cur_skip(&w, nt ? 0 : 2);
	p.parameters = nt ? cur_u32le(&w) : cur_u16le(&w);
	p.parameters_at = nt ? cur_u32le(&w) : cur_u16le(&w);
	p.parameters_moved = nt ? cur_u32le(&w) : cur_u16le(&w);
	p.data = nt ? cur_u32le(&w) : cur_u16le(&w);
	p.data_at = nt ? cur_u32le(&w) : cur_u16le(&w);
	p.data_moved = nt ? cur_u32le(&w) : cur_u16le(&w);
	p.ok = cur_ok(&w);
	return p;
}

bool smb1_more_to_come(const struct smb1_block *r)
{
	struct part p = read_part(r);

	return p.ok && ((uint64_t)p.parameters + p.parameters_moved < p.total_parameters ||
			(uint64_t)p.data + p.data_moved < p.total_data);
}

static struct span response_data(const struct smb1_exchange *x)
{
	struct part p = read_part(&x->r);

	return x->good && p.ok ? smb_slice_cut(x->response, p.data_at, p.data) : (struct span){NULL, 0};
}

static struct span response_parameters(const struct smb1_exchange *x)
{
	struct part p = read_part(&x->r);

	return x->good && p.ok && p.parameters_moved == 0 ? smb_slice_cut(x->response, p.parameters_at, p.parameters)
							  : (struct span){NULL, 0};
}

/* Text in the parameters, behind @at bytes: aligned like all text. */
static struct cursor parameter_text(const struct smb1_exchange *x, const struct transaction *t, size_t at)
{
	struct cursor c = cur_of(span_skip(t->parameters, at));
	size_t in_message = t->parameters.len > 0 ? (size_t)(t->parameters.ptr - x->request.ptr) + at : 0;

	if (smb1_unicode(&x->req) && in_message % 2 != 0 && cur_left(&c) > 0)
		cur_skip(&c, 1);
	return c;
}

/* A name in the parameters of a TRANSACTION2. */
static struct span parameter_name(const struct smb1_exchange *x, const struct transaction *t, size_t at)
{
	struct cursor c = parameter_text(x, t, at);

	return smb_string(x->f->out->arena, &c, smb1_unicode(&x->req));
}

static void push_level(struct event *ev, uint16_t level)
{
	ev_uint(ev, F(INFO_CLASS), level);
	if (level > LEVEL_PASSTHROUGH && level < LEVEL_PASSTHROUGH + 0x100)
		ev_uint(ev, F(INFO_NAME), (uint32_t)SMB_INFO_FILE << 8 | (level - LEVEL_PASSTHROUGH));
}

/* What is set: deletion and renaming are told. */
static void push_setting(struct smb1_exchange *x, struct event *ev, const struct transaction *t, uint16_t level,
			 struct span from)
{
	struct cursor c = cur_of(t->data);

	if (t->data.len == 0)
		return;
	if (level == LEVEL_SET_DISPOSITION || level == LEVEL_PASSTHROUGH + FILE_DISPOSITION_INFORMATION) {
		smb_push_deletion(ev, cur_u8(&c) & 1);
	} else if (level == LEVEL_PASSTHROUGH + FILE_RENAME_INFORMATION) {
		cur_skip(&c, 8); /* | replace u8 | reserved 3 | root u32 | length u32 | name |, FSCC 2.4.43.1 */
		struct span name = cur_span(&c, cur_u32le(&c));
		if (!cur_ok(&c))
			return;
		smb_push_rename(x->f, ev, from, smb_text(x->f->out->arena, name, smb1_unicode(&x->req)));
	}
}

/*
 * TRANS2_OPEN2 | flags u16 | access mode u16 | reserved u16 | attributes u16 | time u32 | function u16 | size u32 |
 *              | reserved 10 | name |, CIFS 2.2.6.1.1
 * answer       | handle u16 | attributes u16 | time u32 | size u32 | ..., 2.2.6.1.2
 * NT_CREATE    | flags u32 | root u32 | access u32 ... options u32 | descriptor's length u32 | attributes' length u32 |
 *              | name length u32 | impersonation u32 | security u8 | name |, CIFS 2.2.7.1.1
 * answer       | oplock u8 | reserved u8 | handle u16 | action u32 | error u32 |
 *              | created, accessed, written, changed u64 | attributes u32 | allocated u64 | size u64 | ..., 2.2.7.1.2
 */
static bool opens(const struct transaction *t)
{
	return t->ok && t->has_sub &&
	       ((t->command == SMB1_NT_TRANS && t->sub == NT_CREATE) ||
		(t->command == SMB1_TRANS2 && t->sub == TRANS2_OPEN2));
}

static struct smb1_opening read_opening(const struct smb1_exchange *x, const struct transaction *t)
{
	enum { OPEN2_NAME_AT = 28, CREATE_NAME_AT = 53 };
	struct smb1_opening o = {.ok = false};
	struct cursor p = cur_of(t->parameters);

	if (t->command == SMB1_TRANS2) {
		cur_skip(&p, 2);
		uint16_t mode = cur_u16le(&p);
		cur_skip(&p, 8);
		uint16_t function = cur_u16le(&p);
		o = smb1_mode_opening(mode, function, parameter_name(x, t, OPEN2_NAME_AT));
		o.ok = cur_ok(&p);
		return o;
	}
	struct cursor text = parameter_text(x, t, CREATE_NAME_AT);
	cur_skip(&p, 8);
	o = smb1_nt_opening(&p, (struct span){NULL, 0});
	cur_skip(&p, 8);
	struct span name = cur_span(&text, cur_u32le(&p));
	o.ok = cur_ok(&p) && cur_ok(&text);
	o.name = smb_text(x->f->out->arena, name, smb1_unicode(&x->req));
	return o;
}

static struct smb1_opened read_opened(const struct smb1_exchange *x)
{
	struct smb1_opened o = {.has_size = true};
	struct cursor p = cur_of(response_parameters(x));

	if (x->r.command == SMB1_NT_TRANS) {
		cur_skip(&p, 2);
		o.fid = cur_u16le(&p);
		o.action = cur_u32le(&p);
		cur_skip(&p, 4);
		for (unsigned i = 0; i < 4; i++)
			o.times[i] = cur_u64le(&p);
		cur_skip(&p, 12);
		o.size = cur_u64le(&p);
		o.has_times = true;
	} else {
		o.fid = cur_u16le(&p);
		cur_skip(&p, 6);
		o.size = cur_u32le(&p);
	}
	o.ok = cur_ok(&p);
	return o;
}

static void push_opens(struct smb1_exchange *x, struct event *ev, const struct transaction *t)
{
	struct smb1_opening q = read_opening(x, t);
	struct smb1_opened r = read_opened(x);

	x->class = CLASS_WRITE;
	smb1_push_opening(x, ev, &q, &r);
}

static void push_trans2(struct smb1_exchange *x, struct event *ev, const struct transaction *t)
{
	struct cursor p = cur_of(t->parameters);
	uint16_t first = cur_u16le(&p), second = cur_u16le(&p);
	struct span name;

	if (!cur_ok(&p))
		return;
	switch (t->sub) {
	case TRANS2_OPEN2:
		push_opens(x, ev, t);
		break;
	case TRANS2_FIND_FIRST2: /* | search u16 | count u16 | flags u16 | level u16 | storage u32 | name | */
		x->class = CLASS_READ;
		ev_span(ev, F(FIND_PATTERN), parameter_name(x, t, 12));
		break;
	case TRANS2_QUERY_PATH_INFORMATION: /* | level u16 | reserved u32 | name | */
		x->class = CLASS_READ;
		smb_push_name(ev, parameter_name(x, t, 6));
		push_level(ev, first);
		break;
	case TRANS2_SET_PATH_INFORMATION:
		x->class = CLASS_WRITE;
		name = parameter_name(x, t, 6);
		smb_push_name(ev, name);
		push_level(ev, first);
		push_setting(x, ev, t, first, name);
		break;
	case TRANS2_QUERY_FILE_INFORMATION: /* | handle u16 | level u16 | */
		x->class = CLASS_READ;
		smb1_push_fid(x, ev, first);
		push_level(ev, second);
		break;
	case TRANS2_SET_FILE_INFORMATION:
		x->class = CLASS_WRITE;
		smb1_push_fid(x, ev, first);
		push_level(ev, second);
		push_setting(x, ev, t, second, smb1_name_of(x, first));
		break;
	case TRANS2_CREATE_DIRECTORY: /* | reserved u32 | name | */
		x->class = CLASS_WRITE;
		smb_push_name(ev, parameter_name(x, t, 4));
		break;
	case TRANS2_GET_DFS_REFERRAL: /* | level u16 | name | */
		smb_push_name(ev, parameter_name(x, t, 2));
		break;
	case TRANS2_SET_FS_INFORMATION:
		x->class = CLASS_WRITE;
		break;
	default:
		break;
	}
}

/*
 * NT_TRANSACT_RENAME is reserved and used by nobody but attacks; CREATE is the long form of NT_CREATE_ANDX.
 *
 *   setup words of IOCTL   | function u32 | handle u16 | is control u8 | flags u8 |, CIFS 2.2.7.2.1
 *   of NOTIFY              | filter u32 | handle u16 | tree u8 | reserved u8 |, 2.2.7.4.1
 *   parameters of others   | handle u16 | ..., 2.2.7.3.1, 2.2.7.6.1, SMB 2.2.7.3, 2.2.7.4
 */
static void push_nt(struct smb1_exchange *x, struct event *ev, const struct transaction *t)
{
	struct cursor s = cur_of(t->setup), p = cur_of(t->parameters);
	uint32_t code = cur_u32le(&s);
	uint16_t fid = cur_u16le(&s);

	x->class = CLASS_READ;
	switch (t->sub) {
	case NT_CREATE:
		push_opens(x, ev, t);
		return;
	case NT_IOCTL:
		x->class = CLASS_NONE;
		if (cur_ok(&s)) {
			smb1_push_fid(x, ev, fid);
			ev_uint(ev, F(IOCTL_RAW), code);
			ev_uint(ev, F(IOCTL_NAME), code);
		}
		return;
	case NT_NOTIFY:
		if (cur_ok(&s))
			smb1_push_fid(x, ev, fid);
		return;
	case NT_RENAME:
		x->class = CLASS_WRITE;
		return;
	case NT_SET_SECURITY:
	case NT_SET_QUOTA:
		x->class = CLASS_WRITE;
		break;
	case NT_QUERY_SECURITY:
	case NT_QUERY_QUOTA:
		break;
	default:
		return;
	}
	fid = cur_u16le(&p);
	if (cur_ok(&p))
		smb1_push_fid(x, ev, fid);
}

static unsigned byte_sum(uint32_t v)
{
	return ((v & 0xff) + (v >> 8 & 0xff) + (v >> 16 & 0xff) + (v >> 24)) & 0xff;
}

static void push_primary(struct smb1_exchange *x, struct event *ev)
{
	struct transaction t = {.ok = false};

	if (x->asked && x->q.ok) {
		t = read_request(x);
		if (!t.ok)
			x->malformed = "truncated_words";
	}
	if (!t.ok)
		return;
	if (t.command != SMB1_NT_TRANS)
		ev_uint(ev, F(TIMEOUT), t.timeout);
	if (t.command == SMB1_TRANS2 && t.has_sub && t.sub == TRANS2_SESSION_SETUP)
		ev_uint(ev, F(TIMEOUT_SUM), byte_sum(t.timeout));
	if (t.command == SMB1_TRANS)
		ev_span(ev, F(TRANSACTION), t.name);
	if (t.has_sub) {
		ev_uint(ev, F(SUB_RAW), t.sub);
		uint32_t code = SMB1_SUB_VALUE(t.command, t.mailslot ? SMB1_SUB_MAILSLOT | t.sub : t.sub);
		if (enum_token(&smb_subcommand_names, code))
			ev_uint(ev, F(SUB_CODE), code);
	}
	if (t.command == SMB1_NT_TRANS) {
		push_nt(x, ev, &t);
	} else if (t.command == SMB1_TRANS2) {
		if (t.has_sub)
			push_trans2(x, ev, &t);
	} else if (t.has_setup1 && !t.mailslot) {
		uint8_t id[SMB_GUID_BYTES];
		smb1_push_fid(x, ev, t.setup1);
		smb1_fid(id, t.setup1);
		if (t.sub == TRANS_PIPE_TRANSACT)
			x->class = smb_push_rpc(x->f, ev, id, t.data, response_data(x));
	}
}

bool smb1_push_transaction(struct smb1_exchange *x, struct event *ev)
{
	uint8_t opened_by;

	switch (x->q.command) {
	case SMB1_TRANS:
	case SMB1_TRANS2:
	case SMB1_NT_TRANS:
		push_primary(x, ev);
		return true;
	case SMB1_TRANS_SECONDARY:
	case SMB1_TRANS2_SECONDARY:
	case SMB1_NT_TRANS_SECONDARY:
		opened_by = x->asked ? smb1_open_transaction(x->f, &x->req) : SMB1_NO_MORE;
		if (opened_by != SMB1_NO_MORE)
			ev_uint(ev, F(OPENED_BY), SMB1_COMMAND_VALUE(opened_by));
		return true;
	default:
		return false;
	}
}

void smb1_learn_transaction(struct smb1_exchange *x)
{
	uint8_t id[SMB_GUID_BYTES];

	if (x->q.command != SMB1_TRANS || !x->asked || !x->q.ok)
		return;
	struct transaction t = read_request(x);
	smb1_fid(id, t.setup1);
	if (t.ok && t.has_setup1 && t.sub == TRANS_PIPE_TRANSACT && !t.mailslot)
		smb_learn_rpc(x->f, id, t.data);
}

void smb1_learn_transaction_file(struct smb1_exchange *x)
{
	if (!x->good)
		return;
	struct transaction t = read_request(x);
	if (!opens(&t))
		return;
	struct smb1_opening q = read_opening(x, &t);
	struct smb1_opened r = read_opened(x);
	smb1_learn_opening(x, &q, &r);
}
