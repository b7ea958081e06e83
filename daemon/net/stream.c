#include "net/stream.h"

#include <assert.h>

#include "net/identify.h"

enum {
	/*
	 * A dissector that wants more without saying how much looks at everything again each time. Where a PDU is long
	 * and its sender's segments are tiny it has to wait until there is a good deal more, or the flow falls silent.
	 */
	LOOKS_FREE_BYTES = 4096,
	LOOKS_PER_BYTE = 64,
	LOOKS_STEP = 16, /* how much more: a sixteenth */
	TURNS_MOST = 32, /* looks at one PDU because the other side went on */
};

static const char *const gap_reasons[] = {
    [GAP_ACKNOWLEDGED] = "acknowledged_but_not_seen",
    [GAP_WAITED_TOO_LONG] = "waited_too_long",
    [GAP_END] = "end_of_flow",
    [GAP_SNAPLEN] = "snap_length",
    [GAP_MEMORY] = "memory",
    [GAP_FAR] = "sequence_jump",
};

/* Makes the emitter speak for this connection. */
static void speak(struct feed *fd, struct conn *c)
{
	feed_speak(fd, c->flow);
	fd->out.counters = fd->counters[c->dis_no];
	fd->out.flow = c;
	fd->out.to_come[conn_dir(c, 0)] = c->half[0].skip;
	fd->out.to_come[conn_dir(c, 1)] = c->half[1].skip;
}

/* A run of junk is told when its first segment is over, for whoever counts them, and what came after that at its end.
 */
static void tell_junk(struct feed *fd, struct conn *c, struct half *h)
{
	if (h->astray != ASTRAY_JUNK || h->junk == h->junk_told)
		return;
	speak(fd, c);
	emit_anomaly(&fd->out, c->dis->name, ANOMALY_NOT_PROTOCOL, "no_pdu_starts_here", 0, h->junk - h->junk_told);
	h->junk_told = h->junk;
}

static void go_astray(struct half *h, enum astray how)
{
	h->astray = (uint8_t)how;
	h->junk = h->junk_told = 0;
}

/* One byte at which no PDU starts. @return false when the flow is given up. */
static bool pass_over(struct feed *fd, struct conn *c, struct half *h)
{
	if (h->astray == ASTRAY_NOT)
		go_astray(h, ASTRAY_JUNK);
	if (++h->junk < STREAM_JUNK_MAX || c->valid)
		return true;
	tell_junk(fd, c, h);
	identify_undo(fd, c);
	return false;
}

static void found_again(struct feed *fd, struct conn *c, struct half *h)
{
	tell_junk(fd, c, h);
	go_astray(h, ASTRAY_NOT);
}

/*
 * While astray: is what looks like a PDU at the start of @rest one? At the start of a segment, yes: senders begin
 * there. Elsewhere what follows it has to look like one too, as far as there is something.
 */
static bool believable(const struct conn *c, enum dir dir, struct span rest, uint64_t total, bool segment_start)
{
	if (segment_start || total >= rest.len)
		return true;
	return c->dis->frame(c->state, dir, span_skip(rest, (size_t)total)).kind != FRAME_NOT_MINE;
}

/* The end of the PDU is not in sight. Goes astray and says so; what is there is no good. */
static void too_long(struct feed *fd, struct conn *c, struct half *h, uint64_t bytes)
{
	speak(fd, c);
	emit_anomaly(&fd->out, c->dis->name, ANOMALY_LIMIT, "pdu_too_long", 0, bytes);
	go_astray(h, ASTRAY_GAP);
}

static void hand_out(struct feed *fd, struct conn *c, unsigned side, struct span pdu)
{
	struct cursor cur = cur_of(pdu);

	speak(fd, c);
	c->valid = true;
	c->flow->flags |= FLOW_DELIVERED;
	c->dis->pdu(c->state, conn_dir(c, side), &cur, &fd->out);
	c->over = fd->out.hand_over & 3U;
	fd->out.hand_over = HAND_OVER_NOT;
}

/* How much to have before the dissector is asked again; 0: any. */
static uint32_t look_again_at(struct half *h, size_t have, uint32_t max)
{
	h->looked_bytes = have < UINT32_MAX - h->looked_bytes ? h->looked_bytes + (uint32_t)have : UINT32_MAX;
	if (have <= LOOKS_FREE_BYTES || h->looked_bytes <= LOOKS_PER_BYTE * have)
		return 0;
	size_t more = have + have / LOOKS_STEP + 1;
	return more < max ? (uint32_t)more : max;
}

enum look { LOOK_PDU, LOOK_WAIT, LOOK_PASS, LOOK_DROP };

/* Asks where the PDU at the start of @rest ends, and remembers it in @h. */
static enum look look(struct feed *fd, struct conn *c, unsigned side, struct span rest, bool segment_start)
{
	struct half *h = &c->half[side];
	enum dir dir = conn_dir(c, side);
	struct frame f = c->dis->frame(c->state, dir, rest);

	if (f.kind == FRAME_MORE) {
		uint32_t max = c->dis->max_frame;
		if (f.total > max || rest.len >= max) {
			too_long(fd, c, h, rest.len);
			return LOOK_DROP;
		}
		h->want = f.total > rest.len ? (uint32_t)f.total : look_again_at(h, rest.len, max);
		return LOOK_WAIT;
	}
	if (f.kind == FRAME_NOT_MINE || f.total == 0 || f.deliver > f.total)
		return LOOK_PASS;
	if (h->astray != ASTRAY_NOT) {
		if (f.deliver > c->dis->max_frame || !believable(c, dir, rest, f.total, segment_start))
			return LOOK_PASS;
		found_again(fd, c, h);
	}
	h->deliver = f.deliver;
	h->total = f.total;
	return LOOK_PDU;
}

/*
 * Hands out the PDUs at the front of @avail. @return how many bytes are done with: what is left is the beginning of
 * one. @in_segment: @avail starts where a segment of the sender starts.
 */
static size_t take_pdus(struct feed *fd, struct conn *c, unsigned side, struct span avail, bool in_segment)
{
	struct half *h = &c->half[side];
	size_t off = 0;

	while (off < avail.len && !c->over) {
		struct span rest = span_skip(avail, off);
		if (h->skip > 0) {
			size_t n = h->skip < rest.len ? (size_t)h->skip : rest.len;
			h->skip -= n;
			off += n;
			continue;
		}
		switch (h->total > 0 ? LOOK_PDU : look(fd, c, side, rest, in_segment && off == 0)) {
		case LOOK_WAIT:
			return off;
		case LOOK_DROP:
			return avail.len;
		case LOOK_PASS:
			if (!pass_over(fd, c, h))
				return avail.len;
			off++;
			continue;
		case LOOK_PDU:
			break;
		}
		if (h->deliver > c->dis->max_frame) {
			speak(fd, c);
			emit_anomaly(&fd->out, c->dis->name, ANOMALY_LIMIT, "pdu_too_long", 0, h->deliver);
		} else if (h->deliver > rest.len) {
			h->want = h->deliver;
			return off;
		} else {
			hand_out(fd, c, side, span_head(rest, h->deliver));
		}
		h->skip = h->total;
		h->total = 0;
		h->want = 0;
		h->looked_bytes = 0;
		h->turns = 0;
	}
	return off;
}

/* Keeps the beginning of a PDU. */
static void keep(struct feed *fd, struct conn *c, unsigned side, struct span bytes)
{
	struct half *h = &c->half[side];

	if (!conn_buf_append(fd, h, bytes, h->want))
		stream_gap(fd, c, side, bytes.len, GAP_MEMORY);
}

/* Tops up the half-read PDU from @data. @return what is left of @data. */
static struct span top_up(struct feed *fd, struct conn *c, unsigned side, struct span data)
{
	struct half *h = &c->half[side];
	uint32_t before = h->buf_len;
	struct span part = span_head(data, h->want > before ? h->want - before : data.len);

	if (!conn_buf_append(fd, h, part, h->want)) {
		stream_gap(fd, c, side, part.len, GAP_MEMORY);
		return span_skip(data, part.len);
	}
	if (h->buf_len < h->want)
		return span_skip(data, part.len);
	size_t used = take_pdus(fd, c, side, conn_buf(h), false);
	if (!c->dis)
		return (struct span){NULL, 0};
	if (used < before) {
		h->buf_off += (uint32_t)used;
		h->buf_len -= (uint32_t)used;
		return span_skip(data, part.len);
	}
	/* What was kept is used up: go on in the packet itself. */
	conn_buf_drop(fd, h);
	return span_skip(data, used - before);
}

/* What is kept of @side is looked at the less often the more of it there is: now that the other side goes on, it may be
 * whole. */
static void look_before_answer(struct feed *fd, struct conn *c, unsigned side)
{
	struct half *h = &c->half[side];
	uint32_t had = h->buf_len;

	if (had >= h->want || had <= LOOKS_FREE_BYTES || h->total > 0 || h->looked_bytes == 0 || h->turns == TURNS_MOST)
		return;
	h->turns++;
	size_t used = take_pdus(fd, c, side, conn_buf(h), false);
	if (!c->dis || used == 0)
		return;
	if (used < had) {
		h->buf_off += (uint32_t)used;
		h->buf_len -= (uint32_t)used;
	} else {
		conn_buf_drop(fd, h);
	}
}

void stream_bytes(struct feed *fd, struct conn *c, unsigned side, struct span data)
{
	struct half *h = &c->half[side];
	bool in_segment = true;

	if (c->dis)
		look_before_answer(fd, c, 1 - side);
	if (!c->dis) {
		identify_stream(fd, c, side, data);
		return;
	}
	while (data.len > 0 && c->dis && !c->over) {
		if (h->buf_len > 0) {
			data = top_up(fd, c, side, data);
			in_segment = false;
			continue;
		}
		data = span_skip(data, take_pdus(fd, c, side, data, in_segment));
		if (data.len > 0 && !c->over)
			keep(fd, c, side, data);
		break;
	}
	if (c->over) {
		identify_anew(fd, c, side, data);
		return;
	}
	if (c->dis && h->junk_told == 0)
		tell_junk(fd, c, h);
}

/* The bytes were part of a PDU whose end is known, or of several. @return how many of @lost reach beyond what is known.
 */
static uint64_t lose_known(struct feed *fd, struct half *h, uint64_t lost)
{
	uint64_t n = lost < h->skip ? lost : h->skip;

	h->skip -= n;
	lost -= n;
	if (lost > 0 && h->total > 0) {
		uint64_t left = h->total - h->buf_len;
		n = lost < left ? lost : left;
		h->skip = left - n;
		lost -= n;
		h->total = 0;
		conn_buf_drop(fd, h);
	}
	return lost;
}

void stream_gap(struct feed *fd, struct conn *c, unsigned side, uint64_t lost, enum gap_cause cause)
{
	struct half *h = &c->half[side];

	if (!c->dis) {
		identify_gap(fd, c, side);
		return;
	}
	bool harmless = lost > 0 && lost <= h->skip;
	if (harmless && c->dis->skipped_lost)
		c->dis->skipped_lost(c->state, conn_dir(c, side), lost);
	/* A capture made of headers would drown in its own cuts: those inside what nobody reads are not told. */
	if (harmless && cause == GAP_SNAPLEN) {
		h->skip -= lost;
		return;
	}
	speak(fd, c);
	emit_anomaly(&fd->out, c->dis->name, cause == GAP_SNAPLEN ? ANOMALY_TRUNCATED_FRAME : ANOMALY_GAP,
		     gap_reasons[cause], 0, lost);
	uint64_t beyond = lose_known(fd, h, lost);
	if (harmless)
		return;
	if (beyond > 0 || lost == 0 || h->buf_len > 0) {
		conn_buf_drop(fd, h);
		h->total = h->skip = 0;
		go_astray(h, ASTRAY_GAP);
	}
	if (c->dis->gap)
		c->dis->gap(c->state, conn_dir(c, side), lost, &fd->out);
}

/* Asks once more about what is kept, where the dissector was not asked about all of it. */
static void look_last(struct feed *fd, struct conn *c, unsigned side)
{
	struct half *h = &c->half[side];

	if (h->buf_len == 0 || h->total > 0)
		return;
	size_t used = take_pdus(fd, c, side, conn_buf(h), false);
	if (!c->dis)
		return;
	h->buf_off += (uint32_t)used;
	h->buf_len -= (uint32_t)used;
	if (h->buf_len == 0)
		conn_buf_drop(fd, h);
}

void stream_tick(struct feed *fd, struct conn *c)
{
	if (c->dis && c->dis->tick) {
		speak(fd, c);
		c->dis->tick(c->state, &fd->out);
	}
	c->wake = fd->out.wake;
	fd->out.wake = false;
}

void stream_quiet(struct feed *fd, struct conn *c)
{
	if (!c->dis)
		identify_kept(fd, c);
	for (unsigned side = 0; side < 2 && c->dis; side++)
		look_last(fd, c, side);
	if (c->dis && c->dis->finish) {
		speak(fd, c);
		c->dis->finish(c->state, &fd->out);
	}
}

void stream_end(struct feed *fd, struct conn *c, bool closed)
{
	if (!c->dis)
		identify_kept(fd, c);
	for (unsigned side = 0; side < 2 && c->dis; side++) {
		struct half *h = &c->half[side];
		look_last(fd, c, side);
		if (!c->dis)
			return;
		tell_junk(fd, c, h);
		if (closed && h->buf_len > 0 && h->astray == ASTRAY_NOT) {
			speak(fd, c);
			emit_anomaly(&fd->out, c->dis->name, ANOMALY_TRUNCATED_FRAME, "end_of_flow", h->buf_len, 0);
		}
	}
	fd->out.closed = closed;
	stream_quiet(fd, c);
	fd->out.closed = false;
}
