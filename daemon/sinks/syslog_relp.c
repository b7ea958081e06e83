/*
 * Syslog over RELP: a message counts as delivered when the receiver has answered that it took it over. What was not
 * answered when a connection breaks is sent again on the next one; unless the receiver ended it in good order, so are
 * the last seconds: it may have held them in memory.
 */
#include <stdio.h>
#include <string.h>

#include "base/phrase.h"
#include "base/text.h"
#include "sinks/syslog_sink.h"

static const char offers[] = "relp_version=0\nrelp_software=sekisho\ncommands=syslog";

/* Says what is wrong; @text is the receiver's. */
static enum wire_state broken(struct syslog_sink *s, const char *what, struct span text)
{
	char shown[100];

	text_printable(text, shown, sizeof(shown), 0);
	snprintf(s->wire.why, sizeof(s->wire.why), "RELP: %s%s%s", what, *shown ? ": " : "", shown);
	return WIRE_BROKEN;
}

/* Reads one answer, waiting up to @limit_ms for it; its text is good until the next call. */
static enum wire_state next_answer(struct syslog_sink *s, struct relp_answer *a, int limit_ms)
{
	struct syslog_relp *r = &s->relp;

	for (;;) {
		size_t used, len;
		switch (relp_read(span_of(r->in, r->in_len), a, &used)) {
		case RELP_ANSWER:
			r->closed = a->closes;
			if (a->closes)
				return broken(s, phrase("the receiver closes"), span_of("", 0));
			return r->in_len -= used, memmove(r->in, r->in + used, r->in_len), WIRE_DONE;
		case RELP_WRONG:
			return broken(s, phrase("the receiver speaks something else"),
				      span_head(span_of(r->in, r->in_len), 40));
		case RELP_MORE:
			break;
		}
		if (r->in_len == sizeof(r->in))
			return broken(s, phrase("an answer without end"), span_of("", 0));
		enum wire_state state =
		    wire_receive(&s->wire, r->in + r->in_len, sizeof(r->in) - r->in_len, &len, limit_ms);
		if (state != WIRE_DONE)
			return state;
		r->in_len += len;
	}
}

/* "open" and its answer. */
bool syslog_relp_begin(struct syslog_sink *s)
{
	char frame[RELP_HEADER_MAX + sizeof(offers) + 1];
	struct relp_answer a;
	size_t at = 0;

	s->relp = (struct syslog_relp){.number = 1};
	size_t len = relp_header(frame, 1, "open", sizeof(offers) - 1);
	len += (size_t)snprintf(frame + len, sizeof(frame) - len, "%s\n", offers);
	enum wire_state state = wire_send(&s->wire, frame, len, &at);
	if (state == WIRE_DONE)
		state = next_answer(s, &a, WIRE_LIMIT_MS);
	if (state == WIRE_LATER)
		(void)broken(s, phrase("no answer in time"), span_of("", 0));
	else if (state == WIRE_DONE && (a.number != 1 || a.code != 200))
		state = broken(s, phrase("the receiver refuses"), a.text);
	return state == WIRE_DONE;
}

/* A receiver that is left without "close" notes a broken connection. */
void syslog_relp_end(struct syslog_sink *s)
{
	char frame[RELP_HEADER_MAX + 1];
	size_t at = 0, len = relp_header(frame, relp_next(s->relp.number), "close", 0);

	frame[len++] = '\n';
	if (s->out.at == s->out.len) /* not into the middle of a message */
		(void)wire_send(&s->wire, frame, len, &at);
}

static bool append(struct syslog_sink *s, const struct delivery *row)
{
	struct syslog_relp *r = &s->relp;
	char header[RELP_HEADER_MAX];

	if (!syslog_out_room(s, s->message.max_bytes + RELP_HEADER_MAX + 1))
		return false;
	char *at = s->out.buf + s->out.len;
	size_t len = syslog_write(s, row, at + RELP_HEADER_MAX);
	r->open[r->n_open].seq = row->seq;
	r->open[r->n_open].taken = len == 0;
	r->open[r->n_open].number = len == 0 ? 0 : (r->number = relp_next(r->number));
	r->n_open++;
	if (len == 0)
		return true;
	size_t before = relp_header(header, r->number, "syslog", len);
	memcpy(at, header, before);
	memmove(at + before, at + RELP_HEADER_MAX, len);
	at[before + len] = '\n';
	s->out.len += before + len + 1;
	return true;
}

static bool is_open(const struct syslog_relp *r, uint64_t seq)
{
	return r->n_open > 0 && r->open[r->n_open - 1].seq >= seq;
}

/* Takes the messages that were taken over off the front. @return how many. */
static int settle(struct syslog_relp *r)
{
	unsigned n = 0;

	while (n < r->n_open && r->open[n].taken)
		n++;
	r->n_open -= n;
	memmove(r->open, r->open + n, r->n_open * sizeof(r->open[0]));
	return (int)n;
}

static enum wire_state heed(struct syslog_sink *s, const struct relp_answer *a)
{
	struct syslog_relp *r = &s->relp;

	for (unsigned i = 0; i < r->n_open; i++) {
		if (r->open[i].taken || r->open[i].number != a->number)
			continue;
		if (a->code != 200)
			return broken(s, phrase("a message is refused"), a->text);
		r->open[i].taken = true;
		return WIRE_DONE;
	}
	return broken(s, phrase("an answer to nothing that was asked"), span_of("", 0));
}

static bool all_taken(const struct syslog_relp *r)
{
	for (unsigned i = 0; i < r->n_open; i++) {
		if (!r->open[i].taken)
			return false;
	}
	return true;
}

int syslog_relp_deliver(struct syslog_sink *s, const struct delivery *rows, int n, enum wire_state *state)
{
	struct syslog_relp *r = &s->relp;
	struct relp_answer a;

	*state = WIRE_BROKEN;
	for (int i = 0; i < n && r->n_open < SYSLOG_BATCH; i++) {
		if (!is_open(r, rows[i].seq) && !append(s, &rows[i]))
			return settle(r);
	}
	*state = wire_send(&s->wire, s->out.buf, s->out.len, &s->out.at);
	if (*state == WIRE_DONE)
		s->out.len = s->out.at = 0;
	/* answers are read also while the receiver takes nothing: it may wait for just that */
	while (*state != WIRE_BROKEN && (n == 0 || !all_taken(r))) {
		enum wire_state heard = next_answer(s, &a, *state == WIRE_DONE && n > 0 ? SYSLOG_ACK_MS : 0);
		if (heard == WIRE_DONE)
			heard = heed(s, &a);
		if (heard == WIRE_BROKEN)
			*state = WIRE_BROKEN;
		if (heard != WIRE_DONE) {
			if (heard == WIRE_LATER && n > 0)
				*state = WIRE_LATER;
			break;
		}
	}
	return settle(r);
}
