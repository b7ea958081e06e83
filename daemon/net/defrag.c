#include "net/defrag.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/heap.h"
#include "base/table.h"

enum { BLOCK_BYTES = 512 };

#define NO_BLOCK UINT32_MAX

/* One run of bytes of a datagram. Runs of a datagram are linked by rising offset and never overlap. */
struct block {
	uint32_t next;
	uint16_t at, len;
};

struct datagram_key {
	struct ip_addr src, dest;
	uint32_t id;
	uint8_t proto; /* 0 for IPv6, whose fragments may disagree on it */
	uint8_t is_v6;
	uint8_t zero[2];
};

struct datagram {
	struct datagram_key key;
	int64_t last_ns;
	uint32_t first, last; /* blocks */
	uint32_t have;        /* bytes */
	uint32_t total;       /* known once the last fragment is here; 0 before */
	uint16_t n_blocks;
	uint8_t proto;
	bool condemned;
};

struct defrag {
	struct table datagrams;
	struct block *blocks;
	uint8_t *pool;
	uint32_t n_blocks, free_head, n_free;
	uint64_t given_up;
	uint8_t out[DEFRAG_DATAGRAM_MAX];
};

static uint32_t blocks_of(uint32_t bytes_max)
{
	uint32_t n = bytes_max / BLOCK_BYTES;

	return n > DEFRAG_BLOCKS_MAX ? n : DEFRAG_BLOCKS_MAX;
}

static void blocks_release(struct defrag *d, struct datagram *g)
{
	if (g->first == NO_BLOCK)
		return;
	d->blocks[g->last].next = d->free_head;
	d->free_head = g->first;
	d->n_free += g->n_blocks;
	g->first = g->last = NO_BLOCK;
	g->n_blocks = 0;
}

static void evict(void *ctx, void *entry)
{
	struct defrag *d = ctx;
	struct datagram *g = entry;

	d->given_up += !g->condemned;
	blocks_release(d, g);
}

struct defrag *defrag_new(uint32_t datagrams_max, uint32_t bytes_max)
{
	uint32_t n = blocks_of(bytes_max);
	struct defrag *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->blocks = malloc(n * sizeof(*d->blocks));
	d->pool = heap_pages((size_t)n * BLOCK_BYTES);
	if (!d->blocks || !d->pool ||
	    table_init(&d->datagrams, datagrams_max, sizeof(struct datagram_key), sizeof(struct datagram),
		       table_hash_bytes, evict, d) < 0) {
		free(d->blocks);
		heap_pages_free(d->pool, (size_t)n * BLOCK_BYTES);
		free(d);
		return NULL;
	}
	for (uint32_t i = 0; i < n; i++)
		d->blocks[i].next = i + 1 < n ? i + 1 : NO_BLOCK;
	d->n_blocks = d->n_free = n;
	return d;
}

void defrag_free(struct defrag *d)
{
	if (!d)
		return;
	table_deinit(&d->datagrams);
	free(d->blocks);
	heap_pages_free(d->pool, (size_t)d->n_blocks * BLOCK_BYTES);
	free(d);
}

static void give_up(struct defrag *d, struct datagram *g)
{
	evict(d, g);
	table_remove(&d->datagrams, g);
}

/* The datagram in hand was touched last, so it is the last to go. */
static uint32_t block_take(struct defrag *d, struct datagram *g)
{
	if (g->n_blocks >= DEFRAG_BLOCKS_MAX)
		return NO_BLOCK;
	while (d->free_head == NO_BLOCK) {
		struct datagram *oldest = table_oldest(&d->datagrams);
		if (!oldest || oldest == g)
			return NO_BLOCK;
		give_up(d, oldest);
	}
	uint32_t b = d->free_head;
	d->free_head = d->blocks[b].next;
	d->n_free--;
	g->n_blocks++;
	return b;
}

/** Puts bytes of which the datagram has none yet behind block @after (NO_BLOCK: in front). @return the last block of
 * them, or NO_BLOCK. */
static uint32_t store(struct defrag *d, struct datagram *g, uint32_t after, uint32_t at, struct span bytes)
{
	while (bytes.len > 0) {
		struct span part = span_head(bytes, BLOCK_BYTES);
		uint32_t b = block_take(d, g);

		if (b == NO_BLOCK)
			return NO_BLOCK;
		memcpy(d->pool + (size_t)b * BLOCK_BYTES, part.ptr, part.len);
		d->blocks[b].at = (uint16_t)at;
		d->blocks[b].len = (uint16_t)part.len;
		if (after == NO_BLOCK) {
			d->blocks[b].next = g->first;
			g->first = b;
		} else {
			d->blocks[b].next = d->blocks[after].next;
			d->blocks[after].next = b;
		}
		if (d->blocks[b].next == NO_BLOCK)
			g->last = b;
		g->have += (uint32_t)part.len;
		at += (uint32_t)part.len;
		bytes = span_skip(bytes, part.len);
		after = b;
	}
	return after;
}

static uint32_t block_end(const struct block *b)
{
	return (uint32_t)b->at + b->len;
}

struct insertion {
	bool repeats; /* some bytes were here already */
	bool differs; /* and were others */
	bool added;   /* some were new */
	bool no_room;
};

/** Adds what is new of @bytes; what is there stays. */
static struct insertion insert(struct defrag *d, struct datagram *g, uint32_t at, struct span bytes)
{
	struct insertion in = {0};
	uint32_t before = NO_BLOCK, b = g->first, end = at + (uint32_t)bytes.len;

	if (g->last != NO_BLOCK && at >= block_end(&d->blocks[g->last])) { /* in order, as nearly always */
		before = g->last;
		b = NO_BLOCK;
	}
	while (at < end) {
		if (b != NO_BLOCK && block_end(&d->blocks[b]) <= at) {
			before = b;
			b = d->blocks[b].next;
			continue;
		}
		if (b != NO_BLOCK && d->blocks[b].at <= at) {
			size_t skip = at - d->blocks[b].at, n = d->blocks[b].len - skip;
			struct span old =
			    span_of(d->pool + (size_t)b * BLOCK_BYTES + skip, n < bytes.len ? n : bytes.len);

			in.repeats = true;
			in.differs |= !span_eq(old, span_head(bytes, old.len));
			at += (uint32_t)old.len;
			bytes = span_skip(bytes, old.len);
			continue;
		}
		size_t gap = (b != NO_BLOCK && d->blocks[b].at < end ? d->blocks[b].at : end) - at;
		before = store(d, g, before, at, span_head(bytes, gap));
		if (before == NO_BLOCK) {
			in.no_room = true;
			return in;
		}
		in.added = true;
		at += (uint32_t)gap;
		bytes = span_skip(bytes, gap);
	}
	return in;
}

static void expire(struct defrag *d, int64_t now_ns)
{
	struct datagram *g;

	while ((g = table_oldest(&d->datagrams)) && now_ns > g->last_ns && now_ns - g->last_ns > DEFRAG_WAIT_NS)
		give_up(d, g);
}

static struct datagram *datagram_of(struct defrag *d, const struct fragment *f)
{
	struct datagram_key key = {f->src, f->dest, f->id, f->is_v6 ? 0 : f->proto, f->is_v6, {0}};
	uint64_t hash = hash_bytes(&key, sizeof(key));
	struct datagram *g = table_find(&d->datagrams, &key, hash);

	if (!g) {
		g = table_insert(&d->datagrams, &key, hash);
		if (!g)
			return NULL;
		g->first = g->last = NO_BLOCK;
		g->proto = f->proto;
	}
	table_touch(&d->datagrams, g);
	g->last_ns = f->ts_ns;
	return g;
}

/** Keeps the datagram's name, and throws away what arrives under it until it is forgotten. */
static void condemn(struct defrag *d, struct datagram *g)
{
	blocks_release(d, g);
	g->condemned = true;
}

enum defrag_result defrag_add(struct defrag *d, const struct fragment *f, struct span *whole, uint8_t *proto)
{
	struct span bytes = f->bytes;
	uint32_t end = (uint32_t)f->offset + (uint32_t)bytes.len;

	if (bytes.len > DEFRAG_DATAGRAM_MAX || end > DEFRAG_DATAGRAM_MAX)
		return DEFRAG_TOO_LONG;
	if (bytes.len == 0 || (f->more && bytes.len % 8 != 0))
		return DEFRAG_LENGTH;
	expire(d, f->ts_ns);
	struct datagram *g = datagram_of(d, f);
	if (!g)
		return DEFRAG_LIMIT;
	if (g->condemned)
		return DEFRAG_OVERLAP;

	bool disagrees = false; /* on where the datagram ends */
	if (g->total && end > g->total) {
		disagrees = true;
		bytes = span_head(bytes, f->offset < g->total ? g->total - f->offset : 0);
	} else if (!f->more) {
		if ((g->total && g->total != end) || (g->last != NO_BLOCK && block_end(&d->blocks[g->last]) > end))
			disagrees = true;
		else
			g->total = end;
	}
	struct insertion in = insert(d, g, f->offset, bytes);
	if (in.no_room) {
		give_up(d, g);
		return DEFRAG_LIMIT;
	}
	bool overlaps = disagrees || in.differs || (in.repeats && in.added);
	if (overlaps && f->is_v6) {
		condemn(d, g);
		return DEFRAG_OVERLAP;
	}
	if (f->offset == 0)
		g->proto = f->proto;
	if (g->total == 0 || g->have < g->total)
		return overlaps ? DEFRAG_OVERLAP : DEFRAG_KEPT;

	for (uint32_t b = g->first; b != NO_BLOCK; b = d->blocks[b].next)
		memcpy(d->out + d->blocks[b].at, d->pool + (size_t)b * BLOCK_BYTES, d->blocks[b].len);
	*whole = span_of(d->out, g->total);
	*proto = g->proto;
	blocks_release(d, g);
	table_remove(&d->datagrams, g);
	return DEFRAG_WHOLE;
}

uint64_t defrag_given_up(const struct defrag *d)
{
	return d->given_up;
}

uint64_t defrag_ceiling_bytes(uint32_t datagrams_max, uint32_t bytes_max)
{
	return sizeof(struct defrag) + table_ceiling_bytes(datagrams_max, sizeof(struct datagram)) +
	       (uint64_t)blocks_of(bytes_max) * (BLOCK_BYTES + sizeof(struct block));
}
