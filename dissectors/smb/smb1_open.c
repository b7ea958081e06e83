/*
 * SMB 1: the commands that open files. The words of each stand above its reader, those of AndX left out.
 */
#include "smb/smb1.h"

#include "smb/smb_tell.h"
#include "smb/smb_text.h"

enum {
	ANDX_BYTES = 4,
	CREATE_DELETE_ON_CLOSE = 0x00001000,
	CREATE_DIRECTORY_FILE = 0x00000001,
	OPENED = 1, /* of the actions: neither made nor overwritten */
	WRITE_RIGHTS =
	    0x50050116, /* generic all and write, delete, owner, DAC, write data, append, attributes: CIFS 2.2.4.64.1 */
	BUFFER_FORMAT_BYTES = 1, /* 0x04 in front of a core command's text */
};
/* CIFS 2.2.4.41.1: what open-and-x functions do: if it exists / if not */
enum { OPEN_EXISTS_OPEN = 1, OPEN_EXISTS_TRUNCATE = 2, OPEN_ABSENT_CREATE = 0x10 };
enum disposition { SUPERSEDE, OPEN, CREATE, OPEN_IF, OVERWRITE, OVERWRITE_IF };

static uint8_t disposition_of(uint16_t function)
{
	bool create = function & OPEN_ABSENT_CREATE;

	switch (function & 3) {
	case OPEN_EXISTS_OPEN:
		return create ? OPEN_IF : OPEN;
	case OPEN_EXISTS_TRUNCATE:
		return create ? OVERWRITE_IF : OVERWRITE;
	default:
		return create ? CREATE : OPEN;
	}
}

/* | access u32 | size u64 | attributes u32 | share u32 | disposition u32 | options u32 |, as in all of NT's openings */
struct smb1_opening smb1_nt_opening(struct cursor *w, struct span name)
{
	struct smb1_opening o = {.name = name, .nt = true};

	o.access = cur_u32le(w);
	cur_skip(w, 16);
	o.disposition = (uint8_t)cur_u32le(w);
	o.options = cur_u32le(w);
	o.ok = cur_ok(w);
	o.writes = o.disposition != OPEN || (o.access & WRITE_RIGHTS) || (o.options & CREATE_DELETE_ON_CLOSE);
	return o;
}

/*
 * NT_CREATE_ANDX | reserved u8 | name length u16 | flags u32 | root u32 | access u32 ... options u32 | ... |
 *                | name |            CIFS 2.2.4.64.1
 */
static struct smb1_opening read_nt_create(const struct smb1_exchange *x)
{
	struct cursor w = cur_of(x->q.words), c = cur_of(x->q.bytes);

	cur_skip(&w, ANDX_BYTES + 1);
	uint16_t n = cur_u16le(&w);
	cur_skip(&w, 8);
	if (smb1_unicode(&x->req) && x->q.bytes_at % 2 != 0)
		cur_skip(&c, 1);
	struct span name = cur_span(&c, n);
	struct smb1_opening o = smb1_nt_opening(&w, smb_text(x->f->out->arena, name, smb1_unicode(&x->req)));
	o.ok = o.ok && cur_ok(&c);
	return o;
}

/* An access mode and an open function, CIFS 2.2.4.41.1 and 2.2.6.1.1 */
struct smb1_opening smb1_mode_opening(uint16_t mode, uint16_t function, struct span name)
{
	enum { ACCESS_READ = 0, ACCESS_MODE = 7, ACCESS_EXECUTE = 3 };
	struct smb1_opening o = {.name = name, .access = mode, .disposition = disposition_of(function), .ok = true};

	o.writes =
	    o.disposition != OPEN || ((mode & ACCESS_MODE) != ACCESS_READ && (mode & ACCESS_MODE) != ACCESS_EXECUTE);
	return o;
}

/*
 * OPEN_ANDX | flags u16 | access mode u16 | search u16 | attributes u16 | time u32 | function u16 | size u32 |
 * | timeout u32 | ... | name |, 2.2.4.41.1
 */
static struct smb1_opening read_open_andx(const struct smb1_exchange *x)
{
	struct cursor w = cur_of(x->q.words), c = cur_of(x->q.bytes);

	cur_skip(&w, ANDX_BYTES + 2);
	uint16_t mode = cur_u16le(&w);
	cur_skip(&w, 8);
	uint16_t function = cur_u16le(&w);
	struct smb1_opening o = smb1_mode_opening(mode, function, smb1_text(x->f, &x->req, &c, &x->q));
	o.ok = cur_ok(&w);
	return o;
}

/* OPEN, CREATE, CREATE_NEW: | access mode or attributes u16 | ... | 0x04 name | */
static struct smb1_opening read_core(const struct smb1_exchange *x)
{
	struct smb1_opening o = {.ok = false};
	struct cursor w = cur_of(x->q.words), c = cur_of(x->q.bytes);

	o.access = cur_u16le(&w);
	o.disposition = x->q.command == SMB1_OPEN ? OPEN : x->q.command == SMB1_CREATE ? OVERWRITE_IF : CREATE;
	cur_skip(&c, BUFFER_FORMAT_BYTES);
	o.name = smb1_text(x->f, &x->req, &c, &x->q);
	o.ok = cur_ok(&w) && cur_ok(&c);
	o.writes = x->q.command != SMB1_OPEN || (o.access & 7) == 1 || (o.access & 7) == 2;
	return o;
}

bool smb1_opens(uint8_t command)
{
	return command == SMB1_NT_CREATE_ANDX || command == SMB1_OPEN_ANDX || command == SMB1_OPEN ||
	       command == SMB1_CREATE || command == SMB1_CREATE_NEW || command == SMB1_CREATE_TEMPORARY;
}

static struct smb1_opening read_opening(const struct smb1_exchange *x)
{
	switch (x->q.command) {
	case SMB1_NT_CREATE_ANDX:
		return read_nt_create(x);
	case SMB1_OPEN_ANDX:
		return read_open_andx(x);
	default:
		return read_core(x);
	}
}

/*
 * NT_CREATE_ANDX | oplock u8 | handle u16 | action u32 | created, accessed, written, changed u64 |
 * | attributes u32 | allocated u64 | size u64 | ...
 * OPEN_ANDX      | handle u16 | attributes u16 | written u32 | size u32 | ...       OPEN | handle u16 |
 * | attributes u16 | written u32 | size u32 |
 * CREATE...      | handle u16 |
 */
static struct smb1_opened read_opened(const struct smb1_exchange *x)
{
	struct smb1_opened o = {.ok = false};
	struct cursor w = cur_of(x->r.words);

	if (x->r.command == SMB1_NT_CREATE_ANDX) {
		cur_skip(&w, ANDX_BYTES + 1);
		o.fid = cur_u16le(&w);
		o.action = cur_u32le(&w);
		for (unsigned i = 0; i < 4; i++)
			o.times[i] = cur_u64le(&w);
		cur_skip(&w, 12);
		o.size = cur_u64le(&w);
		o.has_times = o.has_size = cur_ok(&w);
	} else {
		if (x->r.command == SMB1_OPEN_ANDX)
			cur_skip(&w, ANDX_BYTES);
		o.fid = cur_u16le(&w);
		if (x->r.command == SMB1_OPEN_ANDX || x->r.command == SMB1_OPEN) {
			cur_skip(&w, 6);
			o.size = cur_u32le(&w);
			o.has_size = true;
		}
	}
	o.ok = cur_ok(&w);
	return o;
}

void smb1_push_open(struct smb1_exchange *x, struct event *ev)
{
	struct smb1_opening q = {.ok = false};
	struct smb1_opened r = {.ok = false};

	if (x->asked && x->q.ok) {
		q = read_opening(x);
		if (!q.ok)
			x->malformed = "truncated_body";
	}
	if (x->good) {
		r = read_opened(x);
		if (!r.ok)
			x->malformed = "truncated_words";
	}
	smb1_push_opening(x, ev, &q, &r);
}

void smb1_push_opening(struct smb1_exchange *x, struct event *ev, const struct smb1_opening *q,
		       const struct smb1_opened *r)
{
	if (q->ok) {
		bool delete = q->options & CREATE_DELETE_ON_CLOSE;
		smb_push_name(ev, q->name);
		ev_uint(ev, F(DISPOSITION), q->disposition);
		ev_uint(ev, F(ACCESS), delete ? SMB_ACCESS_DELETE_ON_CLOSE : SMB_ACCESS_NORMAL);
		ev_uint(ev, F(ACCESS_MASK), q->access);
		ev_bool(ev, F(DELETE_ON_CLOSE), delete);
		if (q->nt)
			ev_bool(ev, F(DIRECTORY), q->options & CREATE_DIRECTORY_FILE);
		x->class = q->writes ? CLASS_WRITE : CLASS_READ;
	}
	if (r->ok) {
		ev_uint(ev, F(FID), r->fid);
		if (r->has_times) {
			ev_uint(ev, F(CREATE_ACTION), r->action);
			smb_push_time(ev, F(CREATED), r->times[0]);
			smb_push_time(ev, F(ACCESSED), r->times[1]);
			smb_push_time(ev, F(MODIFIED), r->times[2]);
			smb_push_time(ev, F(CHANGED), r->times[3]);
		}
		if (r->has_size)
			ev_uint(ev, F(SIZE), r->size);
	}
	if (q->ok && r->ok && r->has_times && r->action != OPENED && !(q->options & CREATE_DIRECTORY_FILE))
		smb_push_made(x->f, ev, q->name);
	if (q->ok && q->name.len > 0)
		smb_push_file_kind(ev, (struct span){NULL, 0}, q->name);
}

void smb1_learn_opening(struct smb1_exchange *x, const struct smb1_opening *q, const struct smb1_opened *r)
{
	uint8_t id[SMB_GUID_BYTES];

	smb1_fid(id, r->fid);
	if (q->ok && r->ok)
		smb_file_add(x->f, id, q->name);
}

void smb1_learn_open(struct smb1_exchange *x)
{
	if (!x->good)
		return;
	struct smb1_opened r = read_opened(x);
	struct smb1_opening q = read_opening(x);
	smb1_learn_opening(x, &q, &r);
}
