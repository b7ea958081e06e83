#include "smb/smb_state.h"

#include <string.h>

#include "base/when.h"

#define ANSWER_WAIT_NS (60 * NS_PER_S) /* events.md: a request without an answer is told after this */

enum { FORGOTTEN_SHARE = 16 }; /* of the records: at the cap so many go at once */

static size_t room_of(const struct smb_state *s)
{
	return (s->bytes ? s->bytes : SMB_STATE_BYTES) - sizeof(*s);
}

struct smb_record *smb_state_next(struct smb_state *s, struct smb_record *after)
{
	uint8_t *at = after ? (uint8_t *)after + after->bytes : s->records;

	return at < s->records + s->used ? (struct smb_record *)(void *)at : NULL;
}

void smb_state_drop(struct smb_state *s, void *record)
{
	struct smb_record *r = record;
	uint8_t *at = record, *next = at + r->bytes, *end = s->records + s->used;

	if (r->kind == SMB_RECORD_REQUEST)
		s->n_requests--;
	s->used -= r->bytes;
	if (next < end)
		memmove(at, next, (size_t)(end - next));
}

/* What is told comes from a copy, for telling must not meet the record again. */
void smb_request_give_up(struct smb_flow *f, struct smb_request *r)
{
	bool told = r->r.flag & SMB_REQUEST_TOLD;
	struct span copy = told ? (struct span){NULL, 0} : arena_copy(f->out->arena, span_of(r, r->r.bytes));

	smb_state_drop(f->s, r);
	if (copy.len > 0)
		f->unanswered(f, (const struct smb_request *)(const void *)copy.ptr);
}

/* Gives up the oldest records, of @least bytes together. In one go: each by itself would move all others each time. */
static void forget_oldest(struct smb_flow *f, size_t least)
{
	struct smb_state *s = f->s;
	size_t n = 0;

	for (struct smb_record *r = smb_state_next(s, NULL); r && n < least; r = smb_state_next(s, r)) {
		n += r->bytes;
		if (r->kind == SMB_RECORD_REQUEST)
			s->n_requests--;
		f->out->counters[SMB_COUNT_EVICTED]++;
	}
	struct cursor gone = cur_of(arena_copy(f->out->arena, span_of(s->records, n)));
	s->used -= (uint32_t)n;
	memmove(s->records, s->records + n, s->used);
	while (cur_left(&gone) > 0) {
		const struct smb_request *q = (const struct smb_request *)(const void *)gone.pos;
		if (q->r.kind == SMB_RECORD_REQUEST && !(q->r.flag & SMB_REQUEST_TOLD))
			f->unanswered(f, q);
		cur_skip(&gone, q->r.bytes);
	}
}

static void grow(struct smb_flow *f, size_t need)
{
	struct smb_state *s = f->s;
	size_t bytes = s->bytes ? s->bytes : SMB_STATE_BYTES;
	bool ok = true;

	if (s->fixed)
		return;
	while (sizeof(*s) + s->used + need > bytes && bytes < SMB_STATE_MAX)
		bytes = bytes * 2 < SMB_STATE_MAX ? bytes * 2 : SMB_STATE_MAX;
	if (bytes == (s->bytes ? s->bytes : SMB_STATE_BYTES))
		return;
	f->s = f->out->resize_state(f->out, bytes, &ok);
	if (ok)
		f->s->bytes = (uint32_t)bytes;
}

void *smb_state_add(struct smb_flow *f, enum smb_record_kind kind, size_t bytes)
{
	size_t need = (bytes + 7) & ~(size_t)7;

	if (f->s->used + need > room_of(f->s))
		grow(f, need);
	if (need > room_of(f->s))
		return NULL;
	if (f->s->used + need > room_of(f->s)) {
		size_t missing = f->s->used + need - room_of(f->s), share = f->s->used / FORGOTTEN_SHARE;
		forget_oldest(f, missing > share ? missing : share);
	}
	struct smb_record *r = (struct smb_record *)(void *)(f->s->records + f->s->used);
	memset(r, 0, need);
	r->bytes = (uint16_t)need;
	r->kind = (uint8_t)kind;
	f->s->used += (uint32_t)need;
	if (kind == SMB_RECORD_REQUEST)
		f->s->n_requests++;
	return r;
}

struct smb_request *smb_request_add(struct smb_flow *f, const struct smb_request *head, struct span message)
{
	message = span_head(message, SMB_KEPT_MAX);
	struct smb_request *r = smb_state_add(f, SMB_RECORD_REQUEST, sizeof(*r) + message.len);
	if (!r)
		return NULL;
	struct smb_record own = r->r;
	*r = *head;
	r->r = own;
	r->kept = (uint16_t)message.len;
	if (message.len > 0)
		memcpy(r->bytes, message.ptr, message.len);
	if (f->s->n_requests == 1 || r->ts_ns < f->s->oldest_ns)
		f->s->oldest_ns = r->ts_ns;
	return r;
}

struct smb_request *smb_request_find(struct smb_state *s, uint8_t version, uint64_t key, unsigned command)
{
	for (struct smb_record *r = smb_state_next(s, NULL); s->n_requests > 0 && r; r = smb_state_next(s, r)) {
		struct smb_request *q = (struct smb_request *)(void *)r;
		if (r->kind == SMB_RECORD_REQUEST && q->version == version && q->key == key &&
		    (command == SMB_ANY_COMMAND || q->command == command))
			return q;
	}
	return NULL;
}

void smb_requests_lost(struct smb_state *s)
{
	for (struct smb_record *r = smb_state_next(s, NULL); r; r = smb_state_next(s, r)) {
		if (r->kind == SMB_RECORD_REQUEST)
			r->flag |= SMB_REQUEST_LOST;
	}
	s->answers_lost = s->n_requests > 0;
}

static void give_up_before(struct smb_flow *f, int64_t before_ns, bool pending_too)
{
	struct smb_record *r = smb_state_next(f->s, NULL);
	int64_t oldest = INT64_MAX;

	while (f->s->n_requests > 0 && r) {
		struct smb_request *q = (struct smb_request *)(void *)r;
		bool waits = r->kind != SMB_RECORD_REQUEST || q->ts_ns >= before_ns ||
			     ((r->flag & SMB_REQUEST_PENDING) && !pending_too);
		if (waits) {
			if (r->kind == SMB_RECORD_REQUEST && !(r->flag & SMB_REQUEST_PENDING) && q->ts_ns < oldest)
				oldest = q->ts_ns;
			r = smb_state_next(f->s, r);
			continue;
		}
		smb_request_give_up(f, q);
		/* what came behind it stands in its place now, unless the end is reached */
		if ((uint8_t *)r >= f->s->records + f->s->used)
			break;
	}
	f->s->oldest_ns = oldest;
}

void smb_requests_expire(struct smb_flow *f)
{
	int64_t now = f->out->at.ts_ns;

	if (f->s->n_requests > 0 && now - ANSWER_WAIT_NS > f->s->oldest_ns)
		give_up_before(f, now - ANSWER_WAIT_NS, false);
}

void smb_requests_end(struct smb_flow *f)
{
	give_up_before(f, INT64_MAX, true);
}

struct smb_tree *smb_tree_find(struct smb_state *s, uint64_t session, uint32_t tree)
{
	for (struct smb_record *r = smb_state_next(s, NULL); r; r = smb_state_next(s, r)) {
		struct smb_tree *t = (struct smb_tree *)(void *)r;
		if (r->kind == SMB_RECORD_TREE && t->tree_id == tree && t->session_id == session)
			return t;
	}
	return NULL;
}

void smb_tree_drop(struct smb_state *s, uint64_t session, uint32_t tree)
{
	struct smb_tree *t = smb_tree_find(s, session, tree);

	if (t)
		smb_state_drop(s, t);
}

void smb_tree_add(struct smb_flow *f, uint64_t session, uint32_t tree, enum smb_share_type type, struct span name)
{
	name = span_head(name, SMB_NAME_MAX);
	smb_tree_drop(f->s, session, tree);
	struct smb_tree *t = smb_state_add(f, SMB_RECORD_TREE, sizeof(*t) + name.len);
	if (!t)
		return;
	t->r.flag = (uint8_t)type;
	t->tree_id = tree;
	t->session_id = session;
	t->n = (uint16_t)name.len;
	if (name.len > 0)
		memcpy(t->name, name.ptr, name.len);
}

struct smb_file *smb_file_find(struct smb_state *s, const uint8_t fid[static SMB_GUID_BYTES])
{
	for (struct smb_record *r = smb_state_next(s, NULL); r; r = smb_state_next(s, r)) {
		struct smb_file *file = (struct smb_file *)(void *)r;
		if (r->kind == SMB_RECORD_FILE && memcmp(file->fid, fid, SMB_GUID_BYTES) == 0)
			return file;
	}
	return NULL;
}

void smb_file_drop(struct smb_state *s, const uint8_t fid[static SMB_GUID_BYTES])
{
	struct smb_file *file = smb_file_find(s, fid);

	if (file)
		smb_state_drop(s, file);
	for (struct smb_record *r = smb_state_next(s, NULL); r;) {
		const struct smb_bound *b = (const struct smb_bound *)(const void *)r;
		if (r->kind == SMB_RECORD_BOUND && memcmp(b->fid, fid, SMB_GUID_BYTES) == 0) {
			smb_state_drop(s, r);
			if ((uint8_t *)r >= s->records + s->used)
				return;
		} else {
			r = smb_state_next(s, r);
		}
	}
}

void smb_file_add(struct smb_flow *f, const uint8_t fid[static SMB_GUID_BYTES], struct span name)
{
	name = span_head(name, SMB_NAME_MAX);
	smb_file_drop(f->s, fid);
	struct smb_file *file = smb_state_add(f, SMB_RECORD_FILE, sizeof(*file) + name.len);
	if (!file)
		return;
	memcpy(file->fid, fid, SMB_GUID_BYTES);
	file->n = (uint16_t)name.len;
	if (name.len > 0)
		memcpy(file->name, name.ptr, name.len);
}

struct smb_bound *smb_bound_find(struct smb_state *s, const uint8_t fid[static SMB_GUID_BYTES], uint16_t context)
{
	for (struct smb_record *r = smb_state_next(s, NULL); r; r = smb_state_next(s, r)) {
		struct smb_bound *b = (struct smb_bound *)(void *)r;
		if (r->kind == SMB_RECORD_BOUND && b->context == context && memcmp(b->fid, fid, SMB_GUID_BYTES) == 0)
			return b;
	}
	return NULL;
}

void smb_bound_add(struct smb_flow *f, const uint8_t fid[static SMB_GUID_BYTES], uint16_t context, uint16_t major,
		   uint16_t minor, const uint8_t uuid[static SMB_GUID_BYTES])
{
	struct smb_bound *b = smb_bound_find(f->s, fid, context);

	if (!b)
		b = smb_state_add(f, SMB_RECORD_BOUND, sizeof(*b));
	if (!b)
		return;
	b->context = context;
	b->major = major;
	b->minor = minor;
	memcpy(b->fid, fid, SMB_GUID_BYTES);
	memcpy(b->uuid, uuid, SMB_GUID_BYTES);
}

void smb_dialect_set(struct smb_state *s, struct span dialect)
{
	dialect = span_head(dialect, SMB_DIALECT_MAX);
	s->dialect_bytes = (uint8_t)dialect.len;
	if (dialect.len > 0)
		memcpy(s->dialect, dialect.ptr, dialect.len);
}
