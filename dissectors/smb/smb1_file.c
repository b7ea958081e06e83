/*
 * SMB 1: files and pipes by name and by handle. The words of each command stand above its reader, those of AndX
 * left out.
 */
#include "smb/smb1.h"

#include "smb/smb_noise.h"
#include "smb/smb_tell.h"

enum {
	ANDX_BYTES = 4,
	BUFFER_FORMAT_BYTES = 1, /* 0x04 and the like in front of a core command's text */
	WRITE_WORDS_LONG = 14 * 2,
	PIPE_START_BYTES = 2, /* a message's length in front of it, write mode 8: CIFS 2.2.4.43.1 */
};

struct span smb1_name_of(struct smb1_exchange *x, uint16_t fid)
{
	uint8_t id[SMB_GUID_BYTES];

	smb1_fid(id, fid);
	const struct smb_file *file = smb_file_find(x->f->s, id);
	return file ? smb_file_name(file) : (struct span){NULL, 0};
}

void smb1_push_fid(struct smb1_exchange *x, struct event *ev, uint16_t fid)
{
	struct span name = smb1_name_of(x, fid);

	ev_uint(ev, F(FID), fid);
	if (name.len > 0)
		ev_span(ev, F(FILENAME), name);
}

/*
 * WRITE_ANDX | handle u16 | offset u32 | timeout u32 | mode u16 | remaining u16 | length high u16 | length u16 |
 * | data offset u16 | offset high u32 |
 * WRITE, WRITE_AND_UNLOCK, WRITE_AND_CLOSE | handle u16 | length u16 | offset u32 | ... |, the data behind |
 * | 0x01 | length u16 | or padding
 * WRITE_RAW | handle u16 | count u16 | reserved u16 | offset u32 | timeout u32 | mode u16 | reserved u32 | length u16 |
 * | data offset u16 | offset high u32 |, the rest of the data follows without a header
 */
struct io {
	uint16_t fid;
	uint64_t offset;
	uint32_t length;
	struct span data;
	bool ok;
};

static struct io read_write(const struct smb1_exchange *x)
{
	struct io io = {.ok = false};
	struct cursor w = cur_of(x->q.words);

	if (x->q.command == SMB1_WRITE_RAW) {
		io.fid = cur_u16le(&w);
		io.length = cur_u16le(&w);
		cur_skip(&w, 2);
		io.offset = cur_u32le(&w);
		cur_skip(&w, 10);
		uint16_t here = cur_u16le(&w), begin = cur_u16le(&w);
		io.ok = cur_ok(&w);
		if (x->q.words.len >= WRITE_WORDS_LONG)
			io.offset |= (uint64_t)cur_u32le(&w) << 32;
		io.data = smb_slice_cut(x->request, begin, here);
		return io;
	}
	if (x->q.command != SMB1_WRITE_ANDX) {
		io.fid = cur_u16le(&w);
		io.length = cur_u16le(&w);
		io.offset = cur_u32le(&w);
		io.data = span_head(span_skip(x->q.bytes, x->q.command == SMB1_WRITE_AND_CLOSE ? 1 : 3), io.length);
		io.ok = cur_ok(&w);
		return io;
	}
	cur_skip(&w, ANDX_BYTES);
	io.fid = cur_u16le(&w);
	io.offset = cur_u32le(&w);
	cur_skip(&w, 8);
	uint16_t high = cur_u16le(&w), low = cur_u16le(&w);
	uint16_t at = cur_u16le(&w);
	io.ok = cur_ok(&w);
	io.length = (uint32_t)high << 16 | low;
	if (x->q.words.len >= WRITE_WORDS_LONG)
		io.offset |= (uint64_t)cur_u32le(&w) << 32;
	io.data = smb_slice_cut(x->request, at, io.length);
	return io;
}

static void push_write(struct smb1_exchange *x, struct event *ev)
{
	struct io io;
	uint8_t id[SMB_GUID_BYTES];

	x->class = CLASS_WRITE;
	if (!x->asked || !x->q.ok)
		return;
	io = read_write(x);
	if (!io.ok) {
		x->malformed = "truncated_words";
		return;
	}
	smb1_push_fid(x, ev, io.fid);
	ev_uint(ev, F(WRITE_OFFSET), io.offset);
	ev_uint(ev, F(WRITE_LENGTH), io.length);
	uint8_t opened_by = smb1_open_transaction(x->f, &x->req);
	if (opened_by != SMB1_NO_MORE)
		ev_uint(ev, F(OPENED_BY), SMB1_COMMAND_VALUE(opened_by));
	smb1_fid(id, io.fid);
	struct span rpc = smb_is_rpc(io.data) ? io.data : span_skip(io.data, PIPE_START_BYTES);
	if (smb_is_rpc(rpc))
		x->class = smb_push_rpc(x->f, ev, id, rpc, (struct span){NULL, 0});
	else if (io.offset == 0) {
		smb_push_scrambled(ev, x->noise, io.data, smb1_name_of(x, io.fid));
		smb_push_file_kind(ev, io.data, smb1_name_of(x, io.fid));
	}
}

bool smb1_writes_noise(struct smb1_exchange *x)
{
	bool writes =
	    x->q.command == SMB1_WRITE_ANDX || x->q.command == SMB1_WRITE || x->q.command == SMB1_WRITE_AND_CLOSE;
	struct io io = {.ok = false};

	if (writes && x->q.ok)
		io = read_write(x);
	return io.ok && io.offset == 0 && smb_is_noise(io.data);
}

/*
 * READ_ANDX | handle u16 | offset u32 | max u16 | min u16 | timeout or max high u32 | remaining u16 |
 * | offset high u32 |, READ | handle u16 | count u16 | offset u32 |
 * answers: | available u16 | mode u16 | reserved u16 | length u16 | data offset u16 | length high u16 | ... ; |
 * | count u16 | ... 0x01, length u16, data
 */
static void push_read(struct smb1_exchange *x, struct event *ev)
{
	struct cursor q = cur_of(x->q.words), r = cur_of(x->r.words);
	bool andx = x->q.command == SMB1_READ_ANDX;
	uint8_t id[SMB_GUID_BYTES] = {0};
	struct span data = {NULL, 0};
	uint32_t length = 0;
	uint64_t offset = 0;
	uint16_t fid = 0;

	x->class = CLASS_READ;
	if (x->asked && x->q.ok) {
		cur_skip(&q, andx ? ANDX_BYTES : 0);
		fid = cur_u16le(&q);
		length = andx ? 0 : cur_u16le(&q);
		offset = cur_u32le(&q);
		if (andx)
			length = cur_u16le(&q);
		if (!cur_ok(&q)) {
			x->malformed = "truncated_words";
			return;
		}
		smb1_push_fid(x, ev, fid);
		smb1_fid(id, fid);
	}
	if (x->good && andx) {
		cur_skip(&r, ANDX_BYTES + 6);
		uint16_t low = cur_u16le(&r), at = cur_u16le(&r);
		length = low | (uint32_t)cur_u16le(&r) << 16;
		data = smb_slice_cut(x->response, at, length);
	} else if (x->good) {
		length = cur_u16le(&r);
		data = span_head(span_skip(x->r.bytes, 3), length);
	} else if (x->answered) {
		length = 0;
	}
	if (!cur_ok(&r)) {
		x->malformed = "truncated_words";
		return;
	}
	if (x->asked)
		ev_uint(ev, F(READ_OFFSET), offset);
	ev_uint(ev, F(READ_LENGTH), length);
	if (smb_is_rpc(data))
		(void)smb_push_rpc(x->f, ev, id, (struct span){NULL, 0}, data);
	else if (x->asked && offset == 0 && x->good)
		smb_push_file_kind(ev, data, smb1_name_of(x, fid));
}

/*
 * READ_RAW | handle u16 | offset u32 | max u16 | min u16 | timeout u32 | reserved u16 | offset high u32, if there |
 * What answers it has no header.
 */
static void push_read_raw(struct smb1_exchange *x, struct event *ev)
{
	struct cursor w = cur_of(x->q.words);

	x->class = CLASS_READ;
	if (!x->asked || !x->q.ok)
		return;
	uint16_t fid = cur_u16le(&w);
	uint64_t offset = cur_u32le(&w);
	uint16_t length = cur_u16le(&w);
	cur_skip(&w, 8);
	if (!cur_ok(&w)) {
		x->malformed = "truncated_words";
		return;
	}
	if (cur_left(&w) >= 4)
		offset |= (uint64_t)cur_u32le(&w) << 32;
	smb1_push_fid(x, ev, fid);
	ev_uint(ev, F(READ_OFFSET), offset);
	ev_uint(ev, F(READ_LENGTH), x->raw ? x->raw_bytes : x->answered ? 0 : length);
}

/* Commands that name one file behind 0x04, or two: rename. */
static void push_named(struct smb1_exchange *x, struct event *ev)
{
	bool renames = x->q.command == SMB1_RENAME || x->q.command == SMB1_NT_RENAME;
	bool asks = x->q.command == SMB1_QUERY_INFORMATION || x->q.command == SMB1_CHECK_DIRECTORY;
	struct cursor c = cur_of(x->q.bytes);

	x->class = asks ? CLASS_READ : CLASS_WRITE;
	if (!x->asked || !x->q.ok)
		return;
	cur_skip(&c, BUFFER_FORMAT_BYTES);
	struct span name = smb1_text(x->f, &x->req, &c, &x->q), to = {NULL, 0};
	if (renames) {
		cur_skip(&c, BUFFER_FORMAT_BYTES);
		to = smb1_text(x->f, &x->req, &c, &x->q);
	}
	if (!cur_ok(&c)) {
		x->malformed = "truncated_body";
		return;
	}
	smb_push_name(ev, name);
	if (x->q.command == SMB1_DELETE || x->q.command == SMB1_DELETE_DIRECTORY)
		ev_bool(ev, F(DELETE_ON_CLOSE), true);
	if (renames)
		smb_push_rename(x->f, ev, name, to);
}

/* | 0x04 pattern | 0x05 length u16, resume key | of SEARCH, FIND, FIND_UNIQUE, FIND_CLOSE: CIFS 2.2.4.58 to 2.2.4.61 */
static void push_search(struct smb1_exchange *x, struct event *ev)
{
	struct cursor c = cur_of(x->q.bytes);

	x->class = CLASS_READ;
	if (!x->asked || !x->q.ok)
		return;
	cur_skip(&c, BUFFER_FORMAT_BYTES);
	struct span pattern = smb1_text(x->f, &x->req, &c, &x->q);
	if (!cur_ok(&c))
		x->malformed = "truncated_body";
	else if (pattern.len > 0 || x->q.command != SMB1_FIND_CLOSE) /* which looks for nothing */
		ev_span(ev, F(FIND_PATTERN), pattern);
}

bool smb1_push_file(struct smb1_exchange *x, struct event *ev)
{
	struct cursor w = cur_of(x->q.words);
	uint8_t command = x->q.command;

	if (smb1_opens(command)) {
		smb1_push_open(x, ev);
		return true;
	}
	switch (command) {
	case SMB1_WRITE_ANDX:
	case SMB1_WRITE:
	case SMB1_WRITE_AND_UNLOCK:
	case SMB1_WRITE_AND_CLOSE:
	case SMB1_WRITE_RAW:
		push_write(x, ev);
		return true;
	case SMB1_READ_ANDX:
	case SMB1_READ:
	case SMB1_LOCK_AND_READ:
		push_read(x, ev);
		return true;
	case SMB1_READ_RAW:
		push_read_raw(x, ev);
		return true;
	case SMB1_CREATE_DIRECTORY:
	case SMB1_DELETE_DIRECTORY:
	case SMB1_DELETE:
	case SMB1_RENAME:
	case SMB1_NT_RENAME:
	case SMB1_QUERY_INFORMATION:
	case SMB1_SET_INFORMATION:
	case SMB1_CHECK_DIRECTORY:
		push_named(x, ev);
		return true;
	case SMB1_CLOSE:
	case SMB1_FLUSH:
	case SMB1_LOCK_BYTE_RANGE:
	case SMB1_UNLOCK_BYTE_RANGE:
	case SMB1_SEEK:
	case SMB1_SET_INFORMATION2:
	case SMB1_QUERY_INFORMATION2:
	case SMB1_LOCKING_ANDX:
		if (x->asked && x->q.ok) {
			cur_skip(&w, command == SMB1_LOCKING_ANDX ? ANDX_BYTES : 0);
			uint16_t fid = cur_u16le(&w);
			if (cur_ok(&w))
				smb1_push_fid(x, ev, fid);
		}
		return true;
	case SMB1_SEARCH:
	case SMB1_FIND:
	case SMB1_FIND_UNIQUE:
	case SMB1_FIND_CLOSE:
		push_search(x, ev);
		return true;
	default:
		return false;
	}
}

void smb1_learn_file(struct smb1_exchange *x)
{
	uint8_t id[SMB_GUID_BYTES];

	if (!x->asked || !x->q.ok)
		return;
	if (smb1_opens(x->q.command)) {
		smb1_learn_open(x);
	} else if (x->q.command == SMB1_TRANS2 || x->q.command == SMB1_NT_TRANS) {
		smb1_learn_transaction_file(x);
	} else if (x->done && (x->q.command == SMB1_CLOSE || x->q.command == SMB1_WRITE_AND_CLOSE)) {
		struct cursor w = cur_of(x->q.words);
		smb1_fid(id, cur_u16le(&w));
		/* where nothing is written, servers leave the file open */
		bool closes = x->q.command == SMB1_CLOSE || cur_u16le(&w) > 0;
		if (cur_ok(&w) && closes)
			smb_file_drop(x->f->s, id);
	}
}

void smb1_learn_bound(struct smb1_exchange *x)
{
	uint8_t id[SMB_GUID_BYTES];

	if (x->q.command != SMB1_WRITE_ANDX || !x->q.ok)
		return;
	struct io io = read_write(x);
	smb1_fid(id, io.fid);
	if (io.ok)
		smb_learn_rpc(x->f, id, smb_is_rpc(io.data) ? io.data : span_skip(io.data, PIPE_START_BYTES));
}
