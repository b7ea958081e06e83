/*
 * Syslog over a byte stream (RFC 6587, RFC 5425): messages count as delivered when the peer's kernel has acknowledged
 * every byte.
 */
#include <stdio.h>
#include <string.h>

#include "sinks/syslog_sink.h"

enum { FRAME_MAX = 16 }; /* "65000 ", or a newline */

void syslog_stream_begin(struct syslog_sink *s)
{
	s->stream.n_open = 0;
}

/* Appends "LEN message" (RFC 6587, 3.4.1) or "message LF" (3.4.2). */
static bool append(struct syslog_sink *s, const struct delivery *row)
{
	char count[FRAME_MAX];

	if (!syslog_out_room(s, s->message.max_bytes + FRAME_MAX))
		return false;
	char *at = s->out.buf + s->out.len;
	size_t len = syslog_write(s, row, at + FRAME_MAX), before = 0, after = 0;
	if (len > 0 && s->stream.newline_framing) {
		after = 1;
		memmove(at, at + FRAME_MAX, len);
		at[len] = '\n';
	} else if (len > 0) {
		before = (size_t)snprintf(count, sizeof(count), "%zu ", len);
		memcpy(at, count, before);
		memmove(at + before, at + FRAME_MAX, len);
	}
	s->out.len += before + len + after;
	s->stream.open[s->stream.n_open].seq = row->seq;
	s->stream.open[s->stream.n_open++].end = s->out.len;
	return true;
}

/* Takes what the receiver has to say, which is of no interest. @return false where it is gone. */
static bool is_there(struct syslog_sink *s)
{
	char rest[512];
	size_t len;
	enum wire_state state;

	do
		state = wire_receive(&s->wire, rest, sizeof(rest), &len, 0);
	while (state == WIRE_DONE);
	return state == WIRE_LATER;
}

/* Takes the messages off the front that the peer's kernel has acknowledged. TLS makes bytes more, never fewer: what is
 * underway covers at least as many of ours. @return how many. */
static int settle(struct syslog_sink *s)
{
	struct syslog_stream *t = &s->stream;
	size_t underway = wire_underway(&s->wire), acknowledged = underway < s->out.at ? s->out.at - underway : 0;
	unsigned n = 0;

	while (n < t->n_open && t->open[n].end <= acknowledged)
		n++;
	t->n_open -= n;
	memmove(t->open, t->open + n, t->n_open * sizeof(t->open[0]));
	if (t->n_open == 0)
		s->out.len = s->out.at = 0;
	return (int)n;
}

static bool is_open(const struct syslog_stream *t, uint64_t seq)
{
	return t->n_open > 0 && t->open[t->n_open - 1].seq >= seq;
}

int syslog_stream_deliver(struct syslog_sink *s, const struct delivery *rows, int n, enum wire_state *state)
{
	*state = WIRE_BROKEN;
	if (!is_there(s))
		return settle(s);
	for (int i = 0; i < n && s->stream.n_open < SYSLOG_BATCH; i++) {
		if (!is_open(&s->stream, rows[i].seq) && !append(s, &rows[i]))
			return settle(s);
	}
	*state = wire_send(&s->wire, s->out.buf, s->out.len, &s->out.at);
	if (*state == WIRE_DONE)
		*state = wire_acknowledged(&s->wire, SYSLOG_ACK_MS);
	return n > 0 ? settle(s) : 0;
}
