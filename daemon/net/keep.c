#include "net/keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 32 };

/* What stands before the bytes of a frame; linktype PADDING: the rest of the ring is empty. */
struct kept {
	uint32_t span; /* bytes of this record, a multiple of its own head */
	uint32_t len;
	uint32_t wire_len;
	int32_t linktype;
	int64_t ts_ns;
	uint64_t number;
};

enum { PADDING = -1 };

_Static_assert(sizeof(struct kept) == ALIGN, "what is left at the end of the ring has room for a head");

int keep_init(struct keep *k, uint64_t size)
{
	uint64_t whole = 4 * KEEP_FRAME_MAX;

	while (whole < size)
		whole *= 2;
	*k = (struct keep){.bytes = aligned_alloc(ALIGN, whole), .size = whole};
	if (!k->bytes)
		return -ENOMEM;
	memset(k->bytes, 0, whole); /* the memory is there before the first frame */
	return 0;
}

void keep_deinit(struct keep *k)
{
	free(k->bytes);
	k->bytes = NULL;
}

static struct kept *at(const struct keep *k, uint64_t pos)
{
	return (struct kept *)(void *)(k->bytes + (pos & (k->size - 1)));
}

/* Gives up old frames until @span bytes are free; head is the writer's. */
static void make_room(struct keep *k, uint64_t head, uint64_t span)
{
	uint64_t tail = atomic_load_explicit(&k->tail, memory_order_relaxed), old = tail;

	while (head + span - tail > k->size)
		tail += at(k, tail)->span;
	if (tail == old)
		return;
	atomic_store_explicit(&k->tail, tail, memory_order_relaxed);
	/* told before the bytes change */
	atomic_thread_fence(memory_order_release);
}

void keep_frame(struct keep *k, const struct frame_in *f)
{
	uint32_t len = f->bytes.len < KEEP_FRAME_MAX ? (uint32_t)f->bytes.len : KEEP_FRAME_MAX;
	uint64_t span = (sizeof(struct kept) + len + ALIGN - 1) / ALIGN * ALIGN;
	uint64_t head = atomic_load_explicit(&k->head, memory_order_relaxed), to_end = k->size - (head & (k->size - 1));

	if (span > to_end) {
		make_room(k, head, to_end);
		struct kept *pad = at(k, head);
		pad->span = (uint32_t)to_end;
		pad->len = 0;
		pad->linktype = PADDING;
		head += to_end;
	}
	make_room(k, head, span);
	struct kept *r = at(k, head);
	*r = (struct kept){(uint32_t)span, len, f->wire_len, f->linktype, f->ts_ns, f->number};
	if (len > 0)
		memcpy(r + 1, f->bytes.ptr, len);
	atomic_store_explicit(&k->head, head + span, memory_order_release);
}

bool keep_next(const struct keep *k, uint64_t *pos, uint8_t buf[static KEEP_FRAME_MAX], struct frame_in *f)
{
	uint64_t head = keep_head(k);

	for (;;) {
		uint64_t tail = keep_tail(k);
		if (*pos < tail)
			*pos = tail;
		if (*pos >= head)
			return false;
		struct kept r = *at(k, *pos);
		bool fits = r.span >= sizeof(r) && r.len <= KEEP_FRAME_MAX && r.len <= r.span - sizeof(r) &&
			    r.span <= k->size - (*pos & (k->size - 1));
		bool padding = r.linktype == PADDING;
		if (fits && !padding && r.len > 0)
			memcpy(buf, at(k, *pos) + 1, r.len);
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load_explicit(&k->tail, memory_order_relaxed) > *pos)
			continue; /* overwritten meanwhile */
		*pos += r.span;
		if (padding)
			continue;
		*f = (struct frame_in){.bytes = span_of(buf, r.len),
				       .wire_len = r.wire_len,
				       .ts_ns = r.ts_ns,
				       .number = r.number,
				       .linktype = r.linktype};
		return true;
	}
}
