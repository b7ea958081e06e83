#include "opcua/opcua_state.h"

#include <string.h>

#include "base/hash.h"

void opcua_state_begin(struct opcua_state *s)
{
	if (s->bytes > 0)
		return;
	s->bytes = sizeof(*s) + OPCUA_LOG_START;
	s->log_room = OPCUA_LOG_START;
	s->mid[0] = s->mid[1] = true;
}

struct opcua_open *opcua_state_oldest(struct opcua_state *s)
{
	return s->open ? (struct opcua_open *)(void *)s->memory : NULL;
}

struct opcua_open *opcua_state_newer(struct opcua_state *s, struct opcua_open *r)
{
	uint8_t *next = (uint8_t *)r + r->bytes;

	return next < s->memory + s->log_used ? (struct opcua_open *)(void *)next : NULL;
}

struct opcua_open *opcua_state_find(struct opcua_state *s, enum dir dir, uint32_t request_id)
{
	struct opcua_open *r = opcua_state_oldest(s);

	while (r && (r->request_id != request_id || r->dir != dir))
		r = opcua_state_newer(s, r);
	return r;
}

/* Where the memory of the parts begins. */
static size_t part_at(const struct opcua_state *s, enum dir dir)
{
	return s->log_room + (dir == DIR_RESPONSE ? s->part_room[0] : 0);
}

/*
 * Gives the log and the two parts other rooms, only one of which may differ. @return NULL where memory is short for
 * more: nothing has changed then. Short of memory for less the block stays as long as it is, which does no harm.
 */
static struct opcua_state *refit(struct opcua_state *s, struct emitter *out, uint32_t log_room, uint32_t part0,
				 uint32_t part1)
{
	uint32_t bytes = (uint32_t)sizeof(*s) + log_room + part0 + part1;
	size_t from[2] = {part_at(s, DIR_REQUEST), part_at(s, DIR_RESPONSE)};
	size_t to[2] = {log_room, log_room + part0};
	bool up = to[1] > from[1], ok = true;

	if (bytes > s->bytes) {
		s = out->resize_state(out, bytes, &ok);
		if (!ok)
			return NULL;
		s->bytes = bytes;
	}
	/* What grows pushes the others up from behind; what shrinks lets them down from the front. */
	for (unsigned i = 0; i < 2; i++) {
		unsigned dir = up ? 1 - i : i;
		if (to[dir] != from[dir] && s->part[dir].kept > 0)
			memmove(s->memory + to[dir], s->memory + from[dir], s->part[dir].kept);
	}
	s->log_room = log_room;
	s->part_room[0] = part0;
	s->part_room[1] = part1;
	if (bytes < s->bytes) {
		s = out->resize_state(out, bytes, &ok);
		if (ok)
			s->bytes = bytes;
	}
	return s;
}

static size_t record_bytes(size_t body_bytes)
{
	return (sizeof(struct opcua_open) + body_bytes + 7) & ~(size_t)7;
}

struct opcua_state *opcua_state_reserve(struct opcua_state *s, struct emitter *out, size_t body_bytes)
{
	size_t need = s->log_used + record_bytes(body_bytes);
	uint32_t room = s->log_room;

	if (need <= room)
		return s;
	if (need > OPCUA_LOG_MAX)
		return NULL;
	while (room < need)
		room *= 2;
	return refit(s, out, room, s->part_room[0], s->part_room[1]);
}

void opcua_state_add(struct opcua_state *s, const struct opcua_open *key, struct span body)
{
	struct opcua_open *r = (struct opcua_open *)(void *)(s->memory + s->log_used);

	*r = *key;
	r->bytes = (uint32_t)record_bytes(body.len);
	r->kept = (uint32_t)body.len;
	if (body.len > 0)
		memcpy(r->body, body.ptr, body.len);
	s->log_used += r->bytes;
	s->open++;
}

void opcua_state_drop(struct opcua_state *s, struct opcua_open *r)
{
	uint8_t *at = (uint8_t *)r, *next = at + r->bytes, *end = s->memory + s->log_used;

	s->log_used -= r->bytes;
	s->open--;
	if (next < end)
		memmove(at, next, (size_t)(end - next));
}

struct opcua_state *opcua_state_append(struct opcua_state *s, struct emitter *out, enum dir dir, struct span bytes)
{
	struct opcua_part *p = &s->part[dir];
	uint32_t room = s->part_room[dir];

	if (p->cut)
		return s; /* what comes after a hole has no place */
	if (bytes.len > OPCUA_PART_MAX - p->kept) {
		bytes = span_head(bytes, OPCUA_PART_MAX - p->kept);
		p->cut = true;
	}
	if (p->kept + bytes.len > room) {
		room = room > 0 ? room : OPCUA_PART_START;
		while (room < p->kept + bytes.len)
			room *= 2;
		struct opcua_state *moved = refit(s, out, s->log_room, dir == DIR_REQUEST ? room : s->part_room[0],
						  dir == DIR_RESPONSE ? room : s->part_room[1]);
		if (!moved) {
			p->cut = true;
			return s;
		}
		s = moved;
		p = &s->part[dir];
	}
	if (bytes.len > 0)
		memcpy(s->memory + part_at(s, dir) + p->kept, bytes.ptr, bytes.len);
	p->kept += (uint32_t)bytes.len;
	return s;
}

struct span opcua_state_part(struct opcua_state *s, enum dir dir)
{
	return span_of(s->memory + part_at(s, dir), s->part[dir].kept);
}

struct opcua_state *opcua_state_end_part(struct opcua_state *s, struct emitter *out, enum dir dir)
{
	s->part[dir] = (struct opcua_part){.active = false};
	if (s->part_room[dir] == 0)
		return s;
	return refit(s, out, s->log_room, dir == DIR_REQUEST ? 0 : s->part_room[0],
		     dir == DIR_RESPONSE ? 0 : s->part_room[1]);
}

void opcua_state_add_session(struct opcua_state *s, struct span token, struct span id)
{
	struct opcua_session *x = &s->sessions[s->next_session];

	if (id.len == 0 || id.len > OPCUA_SESSION_ID_MAX)
		return;
	s->next_session = (uint8_t)((s->next_session + 1) % OPCUA_SESSIONS_MAX);
	x->token = hash_bytes(token.ptr, token.len);
	x->id_len = (uint8_t)id.len;
	memcpy(x->id, id.ptr, id.len);
}

struct span opcua_state_session(const struct opcua_state *s, struct span token)
{
	uint64_t hash = hash_bytes(token.ptr, token.len);

	for (unsigned i = 0; i < OPCUA_SESSIONS_MAX; i++) {
		const struct opcua_session *x = &s->sessions[i];
		if (x->id_len > 0 && x->token == hash)
			return span_of(x->id, x->id_len);
	}
	return (struct span){NULL, 0};
}
