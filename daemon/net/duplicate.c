#include "net/duplicate.h"

#include <stdlib.h>

#include "base/hash.h"

enum {
	BUCKETS = 1024, /* a power of two */
	WAYS = 4,       /* places per bucket; the oldest gives way, so a crowded bucket at worst misses a repetition */
	HEAD_BYTES =
	    192, /* of a long packet this much and its end are looked at: its checksum and lengths stand in front */
	TAIL_BYTES = 32,
};

struct seen {
	uint64_t hash; /* 0: never used */
	int64_t ts_ns;
	uint64_t number;
};

struct duplicate {
	struct seen buckets[BUCKETS][WAYS];
	uint64_t number; /* packets looked at */
	uint64_t count;
};

struct duplicate *duplicate_new(void)
{
	return calloc(1, sizeof(struct duplicate));
}

void duplicate_free(struct duplicate *d)
{
	free(d);
}

/* Goes on with @h over the bytes, eight at a time. */
static uint64_t hash_more(uint64_t h, struct span s)
{
	struct cursor c = cur_of(s);
	uint64_t word;

	while (cur_left(&c) >= sizeof(word)) {
		memcpy(&word, cur_take(&c, sizeof(word)), sizeof(word));
		h = hash_u64(h, word);
	}
	struct span rest = cur_rest(&c);
	word = 0;
	if (rest.len > 0)
		memcpy(&word, rest.ptr, rest.len);
	return hash_u64(h, word);
}

static uint64_t hash_ends(uint64_t h, struct span s)
{
	h = hash_u64(h, s.len);
	if (s.len <= HEAD_BYTES + TAIL_BYTES)
		return hash_more(h, s);
	return hash_more(hash_more(h, span_head(s, HEAD_BYTES)), span_skip(s, s.len - TAIL_BYTES));
}

static uint64_t hash_address(uint64_t h, const struct ip_addr *a)
{
	uint64_t half[2];

	memcpy(half, a->b, sizeof(half));
	return hash_u64(hash_u64(h, half[0]), half[1]);
}

static uint64_t hash_packet(const struct packet *p)
{
	uint64_t h = hash_seed;

	if (p->kind == PACKET_LINK) {
		h = hash_u64(h, p->ethertype | (uint64_t)p->llc_dsap << 16 | (uint64_t)p->llc_ssap << 24 |
				    (uint64_t)p->snap_oui << 32);
		h = hash_more(h, span_of(p->src_mac.b, sizeof(p->src_mac.b)));
		h = hash_more(h, span_of(p->dest_mac.b, sizeof(p->dest_mac.b)));
		return hash_ends(h, p->payload);
	}
	h = hash_u64(h,
		     p->ip_id | (uint64_t)p->fragment_at << 16 | (uint64_t)p->ip_proto << 32 | (uint64_t)p->kind << 40);
	h = hash_address(h, &p->src_ip);
	h = hash_address(h, &p->dest_ip);
	return hash_ends(h, p->l4);
}

bool duplicate_seen(struct duplicate *d, const struct packet *p)
{
	if (p->kind == PACKET_BROKEN)
		return false;
	uint64_t hash = hash_packet(p);
	struct seen *bucket = d->buckets[hash >> 32 & (BUCKETS - 1)], *oldest = bucket;

	hash |= 1; /* 0 marks an empty place */
	d->number++;
	for (unsigned i = 0; i < WAYS; i++) {
		struct seen *s = &bucket[i];
		if (s->hash == hash && d->number - s->number <= DUPLICATE_FRAMES &&
		    p->ts_ns >= s->ts_ns - DUPLICATE_NS && p->ts_ns - DUPLICATE_NS <= s->ts_ns) {
			d->count++;
			return true;
		}
		if (s->number < oldest->number)
			oldest = s;
	}
	*oldest = (struct seen){hash, p->ts_ns, d->number};
	return false;
}

uint64_t duplicate_count(const struct duplicate *d)
{
	return d->count;
}

uint64_t duplicate_ceiling_bytes(void)
{
	return sizeof(struct duplicate);
}
