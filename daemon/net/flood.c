#include "net/flood.h"

#include <string.h>

#include <netinet/in.h>

#include "base/hash.h"

enum { MS_A_SECOND = 1000 };

static void stop_running(struct floods *f, struct flood_entry *e)
{
	*e->back = e->newer;
	*(e->newer ? &e->newer->back : &f->last) = e->back;
	e->newer = NULL;
	e->back = NULL;
}

/* @return true where the second of @e, which is over, is worth telling. */
static bool end_second(struct floods *f, struct flood_entry *e, struct flood *out)
{
	bool told = e->frames >= (e->key.kind == FLOOD_FRAGMENTS ? 1 : FLOOD_LEAST);
	bool loop = e->repeated > 0 && e->repeated >= e->frames - e->frames / 10;

	if (told)
		*out = (struct flood){.kind = loop ? FLOOD_BROADCAST_LOOP : (enum flood_kind)e->key.kind,
				      .frames = e->frames,
				      .ended_ms = (e->second + 1) * MS_A_SECOND,
				      .at = e->at};
	e->frames = e->repeated = 0;
	stop_running(f, e);
	return told;
}

static void give_up(void *floods, void *entry)
{
	struct floods *f = floods;
	struct flood_entry *e = entry;

	if (e->back)
		(void)end_second(f, e, &f->given_up);
}

int floods_init(struct floods *f)
{
	*f = (struct floods){.last = &f->running};
	return table_init(&f->keys, FLOOD_KEYS, sizeof(struct flood_key), sizeof(struct flood_entry), table_hash_bytes,
			  give_up, f);
}

void floods_deinit(struct floods *f)
{
	table_deinit(&f->keys);
}

/* Overlapping, longer than a datagram can be, or of lengths that no sender makes. */
static bool is_bad_fragment(const struct packet *p)
{
	return p->kind == PACKET_FRAGMENT && p->decode_error && strcmp(p->decode_error, "fragment_limit") != 0 &&
	       strcmp(p->decode_error, "fragment_cut") != 0;
}

static bool is_broadcast(const struct packet *p)
{
	static const struct mac all = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

	return p->has_ether && mac_eq(&p->dest_mac, &all);
}

/* Who is flooded with questions floods nobody with its answers. */
static bool is_echo_reply(const struct packet *p)
{
	enum { ECHO_REPLY = 0, ECHO_REPLY_V6 = 129 };
	uint8_t reply = p->ip_proto == IPPROTO_ICMPV6 ? ECHO_REPLY_V6 : ECHO_REPLY;
	struct cursor c = cur_of(p->l4);

	return cur_u8(&c) == reply && cur_ok(&c);
}

static bool kind_of(const struct packet *p, enum flood_kind *kind)
{
	if (is_broadcast(p))
		*kind = FLOOD_BROADCAST_STORM;
	else if (p->kind == PACKET_ICMP && !is_echo_reply(p))
		*kind = FLOOD_ICMP;
	else if (is_bad_fragment(p))
		*kind = FLOOD_FRAGMENTS;
	else
		return false;
	return true;
}

/* What makes a frame the same as another: a host that says the same again numbers its datagrams on. */
static uint64_t frame_hash(const struct packet *p)
{
	return hash_u64(hash_bytes(p->payload.ptr, p->payload.len), (uint64_t)p->ip_id << 32 | p->wire_len);
}

static bool is_repeated(struct flood_entry *e, const struct packet *p)
{
	uint64_t hash = frame_hash(p);

	for (unsigned i = 0; i < FLOOD_RECENT; i++) {
		if (e->recent[i] == hash)
			return true;
	}
	e->recent[e->next++ % FLOOD_RECENT] = hash;
	return false;
}

static void begin_second(struct floods *f, struct flood_entry *e, uint64_t second)
{
	e->second = second;
	e->newer = NULL;
	e->back = f->last;
	*f->last = e;
	f->last = &e->newer;
}

struct origin *floods_take(struct floods *f, const struct packet *p, uint64_t now_ms)
{
	enum flood_kind kind;

	if (!kind_of(p, &kind))
		return NULL;
	struct flood_key key = {.kind = (uint32_t)kind};
	if (kind == FLOOD_BROADCAST_STORM)
		memcpy(key.who, p->src_mac.b, sizeof(p->src_mac.b));
	else
		memcpy(key.who, p->dest_ip.b, sizeof(key.who));
	uint64_t hash = hash_bytes(&key, sizeof(key));
	struct flood_entry *e = table_find(&f->keys, &key, hash);
	if (e)
		table_touch(&f->keys, e);
	else
		e = table_insert(&f->keys, &key, hash);
	if (!e)
		return NULL;
	bool begins = !e->back;
	if (begins)
		begin_second(f, e, now_ms / MS_A_SECOND);
	e->frames++;
	e->repeated += kind == FLOOD_BROADCAST_STORM && is_repeated(e, p);
	return begins ? &e->at : NULL;
}

bool floods_ended(struct floods *f, uint64_t now_ms, struct flood *out)
{
	if (f->given_up.frames > 0) {
		*out = f->given_up;
		f->given_up.frames = 0;
		return true;
	}
	while (f->running && f->running->second < now_ms / MS_A_SECOND) {
		if (end_second(f, f->running, out))
			return true;
	}
	return false;
}

uint64_t floods_ceiling_bytes(void)
{
	return table_ceiling_bytes(FLOOD_KEYS, sizeof(struct flood_entry));
}
