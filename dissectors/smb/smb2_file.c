/*
 * SMB 2 and 3: files and pipes - create, close, read, write, control.
 */
#include "smb/smb2.h"

#include <string.h>

#include "smb/smb_noise.h"
#include "smb/smb_tell.h"
#include "smb/smb_text.h"

enum {
	BODY = SMB2_HEADER_BYTES,
	CREATE_DELETE_ON_CLOSE = 0x00001000,
	CREATE_DIRECTORY_FILE = 0x00000001,
	ATTRIBUTE_DIRECTORY = 0x00000010,
	DISPOSITION_OPEN = 1,
	OPENED = 1,                /* of the actions: neither made nor overwritten */
	WRITE_RIGHTS = 0x50050116, /* generic all and write, delete, write owner/DAC, write data, append, write
				      attributes: 2.2.13.1.1 */
};

/* All ones: none; in a related request the one that an earlier request of its chain opened or used (3.3.5.2.7.2). */
static bool no_handle(const uint8_t fid[static SMB_GUID_BYTES])
{
	for (unsigned i = 0; i < SMB_GUID_BYTES; i++) {
		if (fid[i] != 0xff)
			return false;
	}
	return true;
}

/* Where a request of @command has its file id; 0: nowhere. */
static size_t fid_at(uint16_t command)
{
	switch (command) {
	case SMB2_CLOSE:
	case SMB2_FLUSH:
	case SMB2_LOCK:
	case SMB2_IOCTL:
	case SMB2_QUERY_DIRECTORY:
	case SMB2_CHANGE_NOTIFY:
	case SMB2_OPLOCK_BREAK:
		return BODY + 8;
	case SMB2_READ:
	case SMB2_WRITE:
	case SMB2_SET_INFO:
		return BODY + 16;
	case SMB2_QUERY_INFO:
		return BODY + 24;
	default:
		return 0;
	}
}

static struct span fid_of(uint16_t command, struct span request)
{
	size_t at = fid_at(command);
	struct span id = at > 0 ? smb_slice(request, at, SMB_GUID_BYTES) : (struct span){NULL, 0};

	return id.len == SMB_GUID_BYTES ? id : (struct span){NULL, 0};
}

void smb2_take_fid(struct smb2_exchange *x)
{
	struct span id = x->asked ? fid_of(x->req.command, x->request) : (struct span){NULL, 0};

	if (x->has_fid || id.len == 0 || no_handle(id.ptr))
		return;
	memcpy(x->fid, id.ptr, SMB_GUID_BYTES);
	x->has_fid = true;
}

void smb2_chain_fid(struct smb2_exchange *x)
{
	struct smb_state *s = x->f->s;

	if (x->ids.chain == x->id || x->req.command == SMB2_CREATE)
		s->chained = false;
	smb2_take_fid(x);
	if (x->has_fid) {
		memcpy(s->chain_fid, x->fid, SMB_GUID_BYTES);
		s->chained = true;
	} else if (s->chained && fid_of(x->req.command, x->request).len > 0) {
		memcpy(x->fid, s->chain_fid, SMB_GUID_BYTES);
		x->has_fid = true;
	}
}

void smb2_keep_fid(struct smb_request *r, const uint8_t fid[static SMB_GUID_BYTES])
{
	struct span id = fid_of(r->command, smb_request_bytes(r));

	if (id.len > 0 && no_handle(id.ptr))
		memcpy(r->bytes + fid_at(r->command), fid, SMB_GUID_BYTES);
}

/* What was just opened is what the related requests behind mean, up to the next that opens something. */
static void chain_opened(struct smb2_exchange *x, const uint8_t fid[static SMB_GUID_BYTES])
{
	for (struct smb_record *r = smb_state_next(x->f->s, NULL); r; r = smb_state_next(x->f->s, r)) {
		struct smb_request *q = (struct smb_request *)(void *)r;
		if (r->kind != SMB_RECORD_REQUEST || q->version != 2 || q->ids.chain != x->ids.chain || q->id <= x->id)
			continue;
		if (q->command == SMB2_CREATE)
			return;
		smb2_keep_fid(q, fid);
	}
}

struct span smb2_file_name(const struct smb2_exchange *x)
{
	const struct smb_file *file = x->has_fid ? smb_file_find(x->f->s, x->fid) : NULL;

	return file ? smb_file_name(file) : (struct span){NULL, 0};
}

void smb2_push_file(struct smb2_exchange *x, struct event *ev, bool number)
{
	const struct smb_file *file = x->has_fid ? smb_file_find(x->f->s, x->fid) : NULL;

	if (!x->has_fid)
		return;
	ev_span(ev, F(FUID), smb_guid(x->f->out->arena, "", x->fid));
	if (file)
		smb_push_name(ev, smb_file_name(file));
	else if (number)
		ev_span(ev, F(FILENAME), smb_guid(x->f->out->arena, "fid:", x->fid));
}

void smb2_push_handle(struct smb2_exchange *x, struct event *ev)
{
	smb2_take_fid(x);
	smb2_push_file(x, ev, false);
}

/*
 *   | size u16 = 57 | flags u8 | oplock u8 | impersonation u32 | flags u64 | reserved u64 | access u32 |
 *   | attributes u32 | share u32 |
 *   | disposition u32 | options u32 | name offset u16 | name length u16 | ... |
 *   |                           2.2.13
 */
struct create_request {
	uint32_t access, disposition, options;
	struct span name; /* UTF-8 */
	bool ok;
};

static struct create_request read_create(const struct smb2_exchange *x)
{
	struct create_request q = {.ok = false};
	struct cursor c = cur_of(span_skip(x->request, BODY));

	cur_skip(&c, 24);
	q.access = cur_u32le(&c);
	cur_skip(&c, 8);
	q.disposition = cur_u32le(&c);
	q.options = cur_u32le(&c);
	uint16_t at = cur_u16le(&c), n = cur_u16le(&c);
	struct span name = x->request_cut ? smb_slice_cut(x->request, at, n) : smb_slice(x->request, at, n);
	q.ok = cur_ok(&c) && (name.len == n || x->request_cut);
	q.name = smb_utf8(x->f->out->arena, name);
	return q;
}

/*
 *   | size u16 = 89 | oplock u8 | flags u8 | action u32 | created, accessed, written, changed u64 |
 *   | allocated u64 | size u64 |
 *   | attributes u32 | reserved u32 | file id 16 | ... |
 *   |                                                  2.2.14
 */
struct create_response {
	uint32_t action, attributes;
	uint64_t times[4], size;
	struct span fid;
	bool ok;
};

static struct create_response read_created(const struct smb2_exchange *x)
{
	struct create_response r = {.ok = false};
	struct cursor c = cur_of(span_skip(x->response, BODY));

	cur_skip(&c, 4);
	r.action = cur_u32le(&c);
	for (unsigned i = 0; i < 4; i++)
		r.times[i] = cur_u64le(&c);
	cur_skip(&c, 8);
	r.size = cur_u64le(&c);
	r.attributes = cur_u32le(&c);
	cur_skip(&c, 4);
	r.fid = cur_span(&c, SMB_GUID_BYTES);
	r.ok = cur_ok(&c);
	return r;
}

static void push_times(struct event *ev, const uint64_t times[static 4])
{
	smb_push_time(ev, F(CREATED), times[0]);
	smb_push_time(ev, F(ACCESSED), times[1]);
	smb_push_time(ev, F(MODIFIED), times[2]);
	smb_push_time(ev, F(CHANGED), times[3]);
}

void smb2_push_create(struct smb2_exchange *x, struct event *ev)
{
	struct create_request q = {.ok = false};
	struct create_response r = {.ok = false};

	if (x->asked) {
		q = read_create(x);
		if (!q.ok)
			x->malformed = "truncated_body";
	}
	if (x->good) {
		r = read_created(x);
		if (!r.ok)
			x->malformed = "truncated_body";
	}
	if (q.ok) {
		bool delete = q.options & CREATE_DELETE_ON_CLOSE;
		smb_push_name(ev, q.name);
		ev_uint(ev, F(DISPOSITION), q.disposition);
		ev_uint(ev, F(ACCESS), delete ? SMB_ACCESS_DELETE_ON_CLOSE : SMB_ACCESS_NORMAL);
		ev_uint(ev, F(ACCESS_MASK), q.access);
		ev_bool(ev, F(DELETE_ON_CLOSE), delete);
		x->class =
		    delete || q.disposition != DISPOSITION_OPEN || (q.access & WRITE_RIGHTS) ? CLASS_WRITE : CLASS_READ;
	}
	if (q.ok || r.ok)
		ev_bool(ev, F(DIRECTORY), (q.options & CREATE_DIRECTORY_FILE) || (r.attributes & ATTRIBUTE_DIRECTORY));
	if (r.ok) {
		ev_uint(ev, F(CREATE_ACTION), r.action);
		push_times(ev, r.times);
		ev_uint(ev, F(SIZE), r.size);
		smb_push_guid(x->f, ev, F(FUID), r.fid);
	}
	if (q.ok && r.ok && r.action != OPENED && !(r.attributes & ATTRIBUTE_DIRECTORY))
		smb_push_made(x->f, ev, q.name);
	if (q.ok && q.name.len > 0)
		smb_push_file_kind(ev, (struct span){NULL, 0}, q.name);
}

void smb2_learn_file(struct smb2_exchange *x)
{
	struct create_response r = read_created(x);

	if (!x->good || !r.ok || !x->asked)
		return;
	chain_opened(x, r.fid.ptr);
	struct create_request q = read_create(x);
	if (q.ok)
		smb_file_add(x->f, r.fid.ptr, q.name);
}

/*
 * | size u16 = 60 | flags u16 | reserved u32 | created, accessed, written, changed u64 | allocated u64 | size
 * u64 | ... |, 2.2.16
 */
void smb2_push_close(struct smb2_exchange *x, struct event *ev)
{
	enum { HAS_ATTRIBUTES = 1 };
	struct cursor c = cur_of(span_skip(x->response, BODY));
	uint64_t times[4];

	smb2_push_handle(x, ev);
	if (!x->good)
		return;
	cur_skip(&c, 2);
	uint16_t flags = cur_u16le(&c);
	cur_skip(&c, 4);
	for (unsigned i = 0; i < 4; i++)
		times[i] = cur_u64le(&c);
	cur_skip(&c, 8);
	uint64_t size = cur_u64le(&c);
	if (!cur_ok(&c)) {
		x->malformed = "truncated_body";
	} else if (flags & HAS_ATTRIBUTES) {
		push_times(ev, times);
		ev_uint(ev, F(SIZE), size);
	}
}

/* Request | size u16 = 49 | padding u8 | flags u8 | length u32 | offset u64 | file id 16 | ... |, 2.2.19
 * response | size u16 = 17 | data offset u8 | reserved u8 | length u32 | ... |, 2.2.20 */
void smb2_push_read(struct smb2_exchange *x, struct event *ev)
{
	struct cursor q = cur_of(span_skip(x->request, BODY)), r = cur_of(span_skip(x->response, BODY));
	struct span data = {NULL, 0};

	cur_skip(&q, 4);
	uint32_t wanted = cur_u32le(&q);
	uint64_t offset = cur_u64le(&q);
	cur_skip(&r, 2);
	uint8_t at = cur_u8(&r);
	cur_skip(&r, 1);
	uint32_t length = cur_u32le(&r);
	x->class = CLASS_READ;
	if ((x->asked && !cur_ok(&q)) || (x->good && !cur_ok(&r))) {
		x->malformed = "truncated_body";
		return;
	}
	if (x->good)
		data = smb_slice_cut(x->response, at, length);
	smb2_take_fid(x);
	smb2_push_file(x, ev, true);
	if (x->asked)
		ev_uint(ev, F(READ_OFFSET), offset);
	ev_uint(ev, F(READ_LENGTH), x->answered ? (x->good ? length : 0) : wanted);
	if (smb_is_rpc(data))
		(void)smb_push_rpc(x->f, ev, x->fid, (struct span){NULL, 0}, data);
	else if (x->asked && offset == 0 && x->good)
		smb_push_file_kind(ev, data, smb2_file_name(x));
}

/*
 * | size u16 = 49 | data offset u16 | length u32 | offset u64 | file id 16 | channel u32 | remaining u32 | ...
 * | data |, 2.2.21
 */
static struct span written(const struct smb2_exchange *x, uint64_t *offset, uint32_t *length, bool *ok)
{
	struct cursor c = cur_of(span_skip(x->request, BODY));

	cur_skip(&c, 2);
	uint16_t at = cur_u16le(&c);
	*length = cur_u32le(&c);
	*offset = cur_u64le(&c);
	*ok = cur_ok(&c) && at >= BODY;
	return *ok ? smb_slice_cut(x->request, at, *length) : (struct span){NULL, 0};
}

void smb2_push_write(struct smb2_exchange *x, struct event *ev)
{
	uint64_t offset;
	uint32_t length;
	bool ok;
	struct span data = written(x, &offset, &length, &ok);

	x->class = CLASS_WRITE;
	if (!x->asked)
		return;
	if (!ok) {
		x->malformed = "truncated_body";
		return;
	}
	smb2_take_fid(x);
	smb2_push_file(x, ev, true);
	ev_uint(ev, F(WRITE_OFFSET), offset);
	ev_uint(ev, F(WRITE_LENGTH), length);
	if (smb_is_rpc(data))
		x->class = smb_push_rpc(x->f, ev, x->fid, data, (struct span){NULL, 0});
	else if (offset == 0) {
		smb_push_scrambled(ev, x->noise, data, smb2_file_name(x));
		smb_push_file_kind(ev, data, smb2_file_name(x));
	}
}

bool smb2_writes_noise(struct span message)
{
	struct cursor c = cur_of(span_skip(message, BODY + 2));
	uint16_t at = cur_u16le(&c);
	uint32_t length = cur_u32le(&c);
	uint64_t offset = cur_u64le(&c);

	return cur_ok(&c) && at >= BODY && offset == 0 && smb_is_noise(smb_slice_cut(message, at, length));
}

/*
 * Request | size u16 = 57 | reserved u16 | code u32 | file id 16 | input offset u32, count u32 | max input u32 |
 * | output offset u32, count u32 | ... |
 * response | size u16 = 49 | reserved u16 | code u32 | file id 16 | input offset u32, count u32 |
 * | output offset u32, count u32 | ... |, 2.2.31, 2.2.32
 */
static struct span ioctl_input(const struct smb2_exchange *x, uint32_t *code, bool *ok)
{
	struct cursor c = cur_of(span_skip(x->request, BODY));

	cur_skip(&c, 4);
	*code = cur_u32le(&c);
	cur_skip(&c, SMB_GUID_BYTES);
	uint32_t at = cur_u32le(&c), n = cur_u32le(&c);
	*ok = cur_ok(&c);
	return *ok ? smb_slice_cut(x->request, at, n) : (struct span){NULL, 0};
}

static struct span ioctl_output(const struct smb2_exchange *x, uint32_t *code, bool *ok)
{
	struct cursor c = cur_of(span_skip(x->response, BODY));

	cur_skip(&c, 4);
	*code = cur_u32le(&c);
	cur_skip(&c, SMB_GUID_BYTES + 8);
	uint32_t at = cur_u32le(&c), n = cur_u32le(&c);
	*ok = cur_ok(&c);
	return *ok ? smb_slice_cut(x->response, at, n) : (struct span){NULL, 0};
}

void smb2_push_ioctl(struct smb2_exchange *x, struct event *ev)
{
	struct span in = {NULL, 0}, out = {NULL, 0};
	uint32_t code = 0;
	bool ok = true;

	if (x->good)
		out = ioctl_output(x, &code, &ok);
	if (ok && x->asked)
		in = ioctl_input(x, &code, &ok);
	if (!ok) {
		x->malformed = "truncated_body";
		return;
	}
	if (!x->asked && !x->good)
		return;
	smb2_push_handle(x, ev);
	ev_uint(ev, F(IOCTL_RAW), code);
	ev_uint(ev, F(IOCTL_NAME), code);
	if (code == FSCTL_PIPE_TRANSCEIVE)
		x->class = smb_push_rpc(x->f, ev, x->fid, in, out);
}

void smb2_learn_bound(struct smb2_exchange *x)
{
	uint64_t offset;
	uint32_t value;
	bool ok = false;
	struct span data = {NULL, 0};

	if (x->req.command == SMB2_WRITE)
		data = written(x, &offset, &value, &ok);
	else if (x->req.command == SMB2_IOCTL)
		data = ioctl_input(x, &value, &ok);
	if (!ok || !smb_is_rpc(data))
		return;
	if (x->has_fid)
		smb_learn_rpc(x->f, x->fid, data);
}
