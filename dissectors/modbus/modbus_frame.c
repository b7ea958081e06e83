#include "modbus/modbus_frame.h"

#include "modbus/modbus_shape.h"

enum { JUNK_BYTES = 7, JUNK_BYTES_RTU = 3 }; /* shorter than any frame: pdu() knows junk by its length */

static struct frame more(size_t total)
{
	return (struct frame){FRAME_MORE, 0, total};
}

static struct frame not_mine(void)
{
	return (struct frame){FRAME_NOT_MINE, 0, 0};
}

static struct frame whole(size_t total)
{
	return (struct frame){FRAME_WHOLE, (uint32_t)(total < MODBUS_DELIVER_MAX ? total : MODBUS_DELIVER_MAX), total};
}

/* A frame of @total bytes of which @have are there. */
static struct frame framed(size_t total, size_t have)
{
	struct frame f = whole(total);

	return have < f.deliver ? more(f.deliver) : f;
}

/* A frame that ends before the length in its header. */
static struct frame cut(size_t end)
{
	return (struct frame){FRAME_WHOLE, (uint32_t)end, end};
}

static size_t mbap_total(const struct mbap *h)
{
	return (size_t)MBAP_BEFORE_UNIT + h->length;
}

/* Is what follows a frame of @total bytes the start of another, as far as can be seen? */
static bool followed(struct span avail, size_t total)
{
	struct span rest = span_skip(avail, total);
	struct cursor c = cur_of(rest);
	struct mbap h;

	if (mbap_read(rest, &h))
		return mbap_plausible(&h);
	cur_skip(&c, 2);
	uint16_t protocol = cur_u16be(&c);
	return !cur_ok(&c) || protocol == 0;
}

static bool rtu_followed(struct span avail, size_t total)
{
	struct cursor first = cur_of(avail), next = cur_of(span_skip(avail, total));

	return avail.len <= total || cur_u8(&first) == cur_u8(&next);
}

/* Not all of a frame of @total bytes is there. Of one that says more than its PDU holds, each further byte may show
 * that the next one has begun. */
static struct frame rest_awaited(enum dir dir, struct span avail, size_t total)
{
	if (avail.len < total && modbus_shape_end_by_counts(dir, avail))
		return more(avail.len + 1);
	return framed(total, avail.len);
}

static bool mbap_right(enum dir dir, const struct mbap *h, struct span avail)
{
	struct span pdu = span_skip(span_head(avail, mbap_total(h)), MBAP_HEADER_BYTES);

	return avail.len >= mbap_total(h) && h->length <= MBAP_LENGTH_TOLERATED && modbus_shape_fits(dir, pdu);
}

/* Bytes to leave out of a stream that was in step until here: up to a PDU beyond doubt, else all of them. */
static struct frame junk(enum dir dir, struct span avail)
{
	struct mbap h;
	size_t n;

	for (n = 1; n < avail.len; n++) {
		struct span rest = span_skip(avail, n);
		if (mbap_read(rest, &h) && mbap_plausible(&h) && mbap_right(dir, &h, rest))
			break;
	}
	return (struct frame){FRAME_WHOLE, (uint32_t)(n < JUNK_BYTES ? n : JUNK_BYTES), n};
}

static struct frame rtu_frame(const struct modbus_state *s, enum dir dir, struct span avail)
{
	size_t total;

	if (rtu_frame_fits(dir, avail, &total))
		return whole(total);
	if (total > avail.len && total <= RTU_BYTES_MAX)
		return more(total);
	/* a function without known length: the segment is the frame, if its CRC says so */
	if (total == 0 && avail.len >= RTU_BYTES_MIN && avail.len <= RTU_BYTES_MAX && !s->lost[dir] &&
	    rtu_crc(avail) == 0)
		return whole(avail.len);
	if (!s->in_step[dir])
		return not_mine();
	return (struct frame){FRAME_WHOLE, (uint32_t)(avail.len < JUNK_BYTES_RTU ? avail.len : JUNK_BYTES_RTU),
			      avail.len};
}

/* The first frame of a direction whose framing nobody knows yet. */
static struct frame first_frame(const struct modbus_state *s, enum dir dir, struct span avail)
{
	struct mbap h;
	bool header = mbap_read(avail, &h) && mbap_plausible(&h);
	size_t rtu_total;

	/* a PDU without a body proves less than a CRC: "read 2 from 0" in RTU looks like the header of one */
	if (header && h.length > MBAP_LENGTH_MIN && mbap_right(dir, &h, avail))
		return whole(mbap_total(&h));
	if (rtu_frame_fits(dir, avail, &rtu_total) && rtu_followed(avail, rtu_total))
		return whole(rtu_total);
	if (header && mbap_right(dir, &h, avail))
		return whole(mbap_total(&h));
	size_t early = header ? modbus_shape_ends_early(dir, avail) : 0;
	if (early)
		return cut(early);
	if (header && (avail.len < mbap_total(&h) || (!s->lost[dir] && followed(avail, mbap_total(&h)))))
		return rest_awaited(dir, avail, mbap_total(&h));
	struct cursor c = cur_of(avail);
	cur_skip(&c, 2);
	bool could_be = cur_u16be(&c) == 0 || !cur_ok(&c);
	if (avail.len < MBAP_HEADER_BYTES + 1 && could_be)
		return more(MBAP_HEADER_BYTES + 1);
	return rtu_total > avail.len && rtu_total <= RTU_BYTES_MAX ? more(rtu_total) : not_mine();
}

struct frame modbus_frame_end(const void *state, enum dir dir, struct span avail)
{
	const struct modbus_state *s = state;
	struct mbap h;

	if (s->framing == MODBUS_FRAMING_UNKNOWN)
		return first_frame(s, dir, avail);
	if (s->framing == MODBUS_RTU)
		return rtu_frame(s, dir, avail);
	if (!mbap_read(avail, &h)) {
		struct cursor c = cur_of(avail);
		cur_skip(&c, 2);
		bool could_be = cur_u16be(&c) == 0 || !cur_ok(&c);
		return could_be || s->in_step[dir] ? more(MBAP_HEADER_BYTES + 1) : not_mine();
	}
	size_t total = mbap_total(&h);
	if (mbap_plausible(&h)) {
		bool fits = modbus_shape_length_fits(dir, h.function, h.length - 1u), there = avail.len >= total;
		if (fits && there && s->in_step[dir])
			return whole(total);
		size_t early = s->lost[dir] ? 0 : modbus_shape_ends_early(dir, avail);
		if (early)
			return cut(early);
		if (fits && s->in_step[dir])
			return rest_awaited(dir, avail, total);
		if (s->lost[dir]) {
			/* of what nobody knows, and of what has a length of its own, only the end of the segment says
			 * that it is one: else a flow of nothing but these would never be found again */
			bool unfit = modbus_shape_is_unknown(dir, h.function) ||
				     (!fits && modbus_shape_is_said(dir, h.function));
			if (avail.len == total && unfit)
				return framed(total, avail.len);
			if (!fits || h.length > MBAP_LENGTH_TOLERATED)
				return not_mine();
			if (avail.len < total)
				return more(total);
			return mbap_right(dir, &h, avail) && followed(avail, total) ? whole(total) : not_mine();
		}
		if (avail.len < total || mbap_right(dir, &h, avail) || followed(avail, total))
			return rest_awaited(dir, avail, total);
	}
	return s->in_step[dir] ? junk(dir, avail) : not_mine();
}

enum modbus_framing modbus_frame_framing(enum dir dir, struct span bytes)
{
	struct mbap h;
	size_t total;

	/* as first_frame() sees it: no MBAP frame is shorter, and one so short has no body */
	if (bytes.len <= MBAP_HEADER_BYTES + 1 && rtu_frame_fits(dir, bytes, &total) && total == bytes.len)
		return MODBUS_RTU;
	if (!mbap_read(bytes, &h) || !mbap_plausible(&h))
		return MODBUS_RTU;
	if (whole(mbap_total(&h)).deliver == bytes.len)
		return MODBUS_MBAP;
	/* one that ends early, or a frame of RTU whose address and count look like a header */
	return bytes.len < mbap_total(&h) && rtu_crc(bytes) != 0 ? MODBUS_MBAP : MODBUS_RTU;
}

bool modbus_frame_is_junk(const struct modbus_state *s, struct span bytes)
{
	return s->framing != MODBUS_FRAMING_UNKNOWN &&
	       bytes.len <= (s->framing == MODBUS_RTU ? JUNK_BYTES_RTU : JUNK_BYTES);
}
