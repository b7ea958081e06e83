/*
 * Alerts to a syslog receiver: the sink, its peer, and datagrams. What can be configured: syslog_options.c.
 *
 * UDP: delivered when sent; the one sign of trouble UDP may give (ICMP: nobody listens) is heeded.
 * Unix datagrams: delivered when the receiver's queue has them.
 * TCP, TLS: syslog_stream.c. RELP: syslog_relp.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/phrase.h"
#include "base/when.h"
#include "sinks/barred.h"
#include "sinks/syslog_sink.h"

enum {
	LATER_MS = 20,
	AGAIN_MS = 50,
	CARE_MS = 200,     /* with care: how long a connection has to outlive a batch */
	STEADY_MS = 10000, /* no care is needed on a connection that is as old as this */
	STUCK_MS = 10000,  /* nothing moves for so long: people should know */
	BACKOFF_MOST_MS = 30000,
};

static struct syslog_sink *self_of(struct sink *s)
{
	return (struct syslog_sink *)s;
}

/* ---- the peer */

static void hang_up(struct syslog_sink *s)
{
	wire_close(&s->wire);
	s->out.len = s->out.at = 0;
	sink_connected(&s->sink, false);
}

/* A connection broke: what the receiver may have lost with it is to come again, unless it was sent with care. */
static void set_back(struct syslog_sink *s)
{
	struct syslog_care *care = &s->care;
	uint64_t stood = s->sink.counters.after_seq, go_on = stood;

	if (!syslog_transports[s->transport].stream)
		return;
	s->sink.positioned = false; /* the batch is read anew */
	care->held = 0;
	if (s->relp.closed)
		return;
	if (!care->on)
		go_on = syslog_lately_go_on(&s->lately, when_monotonic_ns(), stood);
	sink_stand(&s->sink, go_on);
	syslog_lately_forget(&s->lately);
	if (care->any && (care->on || !care->kept)) {
		care->most_rows = care->most_rows > 1 ? care->most_rows / 2 : 1;
		care->on = true;
	}
}

/* Ends the connection. @return when to try again, ms. */
static int stumble(struct syslog_sink *s)
{
	const char *hint = s->trouble ? NULL : barred_hint(s->wire.err);
	if (!s->trouble)
		log_warning("syslog: lost %s (%s), alerts wait in the outbox", s->address, s->wire.why);
	if (hint)
		log_warning("syslog: %s: %s", s->address, hint);
	s->trouble = true;
	if (s->wire.fd >= 0)
		set_back(s);
	hang_up(s);
	/* a road that breaks often and lets something through each time needs no long pause */
	int ms = s->care.on && s->care.kept ? AGAIN_MS : s->backoff_ms;
	s->backoff_ms = ms * 2 < BACKOFF_MOST_MS ? ms * 2 : BACKOFF_MOST_MS;
	s->retry_ns = when_monotonic_ns() + ms * NS_PER_MS;
	return ms;
}

static void all_is_well(struct syslog_sink *s)
{
	s->backoff_ms = SYSLOG_BACKOFF_MS;
	s->moved_ns = 0;
	sink_connected(&s->sink, true);
	if (s->care.on)
		return; /* it may break again in a moment: no word until it stays */
	if (s->trouble)
		log_notice("syslog: back, %s takes alerts again", s->address);
	s->trouble = false;
}

/* A receiver that is there and takes nothing, frozen perhaps: the connection is as good as any other would be. */
static void wait_on(struct syslog_sink *s)
{
	size_t left = wire_underway(&s->wire) + (s->out.len - s->out.at) + s->relp.n_open;
	int64_t now = when_monotonic_ns();

	if (s->moved_ns == 0 || left != s->left)
		s->moved_ns = now;
	s->left = left;
	if (now - s->moved_ns < STUCK_MS * NS_PER_MS)
		return;
	sink_connected(&s->sink, false);
	if (!s->trouble)
		log_warning("syslog: lost %s (%s), alerts wait in the outbox", s->address,
			    phrase("it is connected and takes nothing"));
	s->trouble = true;
}

static bool open_wire(struct syslog_sink *s)
{
	if (s->transport == SYSLOG_UNIX)
		return wire_open_unix(&s->wire, s->address);
	return wire_open_inet(&s->wire, syslog_transports[s->transport].stream ? WIRE_STREAM : WIRE_DATAGRAM, s->host,
			      s->port, s->tls);
}

/* @return 0, or when to try again, ms. */
static int connect_now(struct syslog_sink *s)
{
	int64_t left_ns = s->retry_ns - when_monotonic_ns();

	if (left_ns > 0)
		return (int)(left_ns / NS_PER_MS) + 1;
	if (!open_wire(s))
		return stumble(s);
	syslog_stream_begin(s);
	s->care.opened_ns = when_monotonic_ns();
	s->care.any = s->care.kept = false;
	if (s->transport == SYSLOG_RELP && !syslog_relp_begin(s))
		return stumble(s);
	sink_connected(&s->sink, true);
	return 0;
}

/* ---- messages */

size_t syslog_write(struct syslog_sink *s, const struct delivery *row, char *buf)
{
	struct alert_view v;
	bool truncated = false;
	size_t len = 0;

	(void)alert_view_open(&v, row->json, row->len);
	s->care.any = true;
	if (syslog_filter_passes(&s->filter, &v))
		len = syslog_message_format(&s->message, row, &v, buf, &truncated);
	else
		sink_add(&s->sink.counters.filtered, 1);
	alert_view_close(&v);
	if (truncated)
		sink_add(&s->sink.counters.truncated, 1);
	return len;
}

bool syslog_out_room(struct syslog_sink *s, size_t n)
{
	struct syslog_out *o = &s->out;

	if (o->size - o->len >= n)
		return true;
	size_t size = o->size ? o->size : 65536;
	while (size < o->len + n)
		size *= 2;
	char *buf = realloc(o->buf, size);
	if (!buf) {
		snprintf(s->wire.why, sizeof(s->wire.why), "%s", strerror(ENOMEM));
		return false;
	}
	o->buf = buf;
	o->size = size;
	return true;
}

static int deliver_datagrams(struct syslog_sink *s, const struct delivery *rows, int n, enum wire_state *state)
{
	*state = WIRE_DONE;
	for (int i = 0; i < n; i++) {
		size_t len = syslog_write(s, &rows[i], s->out.buf);
		if (len > 0)
			*state = wire_send_datagram(&s->wire, s->out.buf, len);
		if (*state != WIRE_DONE)
			return i;
	}
	return n;
}

/* ---- the sink */

static int deliver(struct syslog_sink *s, const struct delivery *rows, int n, enum wire_state *state)
{
	n = n < SYSLOG_BATCH ? n : SYSLOG_BATCH;
	switch (s->transport) {
	case SYSLOG_TCP:
	case SYSLOG_TLS:
		return syslog_stream_deliver(s, rows, n, state);
	case SYSLOG_RELP:
		return syslog_relp_deliver(s, rows, n, state);
	default:
		return deliver_datagrams(s, rows, n, state);
	}
}

/* As deliver(), with care: rows count once the connection has outlived them for a moment. */
static int deliver_with_care(struct syslog_sink *s, const struct delivery *rows, int n, enum wire_state *state)
{
	struct syslog_care *care = &s->care;
	int64_t now;

	n = n < care->most_rows ? n : care->most_rows;
	int done = care->held < n ? deliver(s, rows + care->held, n - care->held, state) : deliver(s, NULL, 0, state);
	care->held += done;
	if (*state == WIRE_BROKEN || n == 0)
		return 0;
	now = when_monotonic_ns();
	if (done > 0)
		care->held_ns = now;
	if (care->held == 0 || now - care->held_ns < CARE_MS * NS_PER_MS) {
		*state = WIRE_LATER;
		return 0;
	}
	done = care->held;
	care->held = 0;
	care->kept = true;
	care->most_rows += care->most_rows / 4 + 1;
	care->most_rows = care->most_rows < SYSLOG_BATCH ? care->most_rows : SYSLOG_BATCH;
	return done;
}

/* As deliver(): what is to be remembered of it, for when the connection breaks. */
static int deliver_and_note(struct syslog_sink *s, const struct delivery *rows, int n, enum wire_state *state)
{
	struct syslog_care *care = &s->care;
	int64_t now = when_monotonic_ns();

	if (!syslog_transports[s->transport].stream)
		return deliver(s, rows, n, state);
	if (now - care->opened_ns > STEADY_MS * NS_PER_MS && care->held == 0)
		care->on = false;
	if (care->on)
		return deliver_with_care(s, rows, n, state);
	if (n > 0)
		syslog_lately_mark(&s->lately, now, rows[0].seq - 1);
	care->kept = now - care->opened_ns > SYSLOG_LATELY_NS;
	int done = deliver(s, rows, n, state);
	if (*state != WIRE_BROKEN || done == 0)
		return done;
	/* known to the peer's kernel, and to come again: the batch is read anew */
	sink_stand(&s->sink, rows[done - 1].seq);
	sink_add(&s->sink.counters.delivered, (uint64_t)done);
	return 0;
}

static int syslog_deliver(struct sink *sink, const struct delivery *rows, int n, int *retry_ms)
{
	struct syslog_sink *s = self_of(sink);
	enum wire_state state = WIRE_DONE;

	if (s->wire.fd < 0) {
		*retry_ms = connect_now(s);
		if (*retry_ms > 0)
			return 0;
	}
	int done = deliver_and_note(s, rows, n, &state);
	if (state == WIRE_BROKEN && n == 0 && !s->trouble) {
		/* a receiver that closes what is idle is simply called again */
		set_back(s);
		hang_up(s);
		*retry_ms = connect_now(s);
	} else if (state == WIRE_BROKEN) {
		*retry_ms = stumble(s);
	} else if (state == WIRE_LATER) {
		*retry_ms = n > 0 ? LATER_MS : 0;
		if (n > 0)
			wait_on(s);
	} else if (done > 0) {
		all_is_well(s);
	}
	return done;
}

static bool syslog_resume(struct sink *sink, const struct delivery_source *src, uint64_t *after_seq)
{
	/* the courier's own idea of where we stand, which stumble() has set back where need was */
	(void)sink, (void)src, (void)after_seq;
	return true;
}

static void syslog_close(struct sink *sink)
{
	struct syslog_sink *s = self_of(sink);

	if (s->transport == SYSLOG_RELP && s->wire.fd >= 0)
		syslog_relp_end(s);
	hang_up(s);
	tls_client_free(s->tls);
	syslog_filter_free(&s->filter);
	free(s->out.buf);
	free(s);
}

static void syslog_renew(struct sink *sink)
{
	tls_client_renew(self_of(sink)->tls);
}

/* Nothing counts as sent on the next connection. */
static void syslog_rewound(struct sink *sink)
{
	struct syslog_sink *s = self_of(sink);

	hang_up(s);
	syslog_lately_forget(&s->lately);
	s->care.held = 0;
}

const struct sink_ops syslog_ops = {
    .kind = "syslog",
    .deliver = syslog_deliver,
    .resume = syslog_resume,
    .rewound = syslog_rewound,
    .renew = syslog_renew,
    .close = syslog_close,
};
