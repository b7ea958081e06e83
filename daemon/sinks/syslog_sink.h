/*
 * What the parts of the syslog sink share: syslog.c (the sink, its peer, datagrams), syslog_options.c, syslog_stream.c
 * (TCP and TLS), syslog_relp.c. Inside daemon/sinks only.
 */
#ifndef SEKISHO_SINKS_SYSLOG_SINK_H
#define SEKISHO_SINKS_SYSLOG_SINK_H

#include "sinks/relp.h"
#include "sinks/sink.h"
#include "sinks/syslog_filter.h"
#include "sinks/syslog_lately.h"
#include "sinks/syslog_message.h"
#include "sinks/wire.h"

enum {
	SYSLOG_BATCH = 64,   /* rows at once */
	SYSLOG_ACK_MS = 500, /* for one go at waiting for the peer */
	SYSLOG_ANSWER_MAX = 4096,
	SYSLOG_BACKOFF_MS = 500, /* the first pause after a failure */
};

struct syslog_transport_info {
	const char *name, *port; /* the usual one */
	bool stream;
};

/** By enum syslog_transport. */
extern const struct syslog_transport_info syslog_transports[];
extern const struct sink_ops syslog_ops;

/* Bytes on their way: whole frames, of which the kernel has the first `at`. */
struct syslog_out {
	char *buf;
	size_t size, len, at;
};

/* A stream: the messages of the batch, by where they end in `out`. */
struct syslog_stream {
	bool newline_framing;
	struct {
		uint64_t seq;
		size_t end;
	} open[SYSLOG_BATCH];
	unsigned n_open;
};

/* RELP: which messages of the batch have been sent, and which taken over. */
struct syslog_relp {
	uint32_t number; /* of the last frame */
	struct {
		uint64_t seq;
		uint32_t number;
		bool taken;
	} open[SYSLOG_BATCH];
	unsigned n_open;
	char in[SYSLOG_ANSWER_MAX];
	size_t in_len;
	bool closed; /* by the receiver, in good order: it has what it took over */
};

/* On a road that breaks before anything can count as delivered: less at once, and each batch has to outlive a moment.
 */
struct syslog_care {
	bool on;
	int most_rows;
	int held;          /* rows that the peer has, not yet for long */
	int64_t held_ns;   /* since when */
	int64_t opened_ns; /* the connection */
	bool any;          /* was something sent on it, */
	bool kept;         /* and did it count as delivered for good */
};

struct syslog_sink {
	struct sink sink;
	enum syslog_transport transport;
	char address[256], host[256], port[8];
	struct tls_client *tls; /* NULL: plain text */
	struct syslog_message message;
	struct syslog_filter filter;
	struct wire wire;
	struct syslog_out out;       /* for a datagram: its text */
	struct syslog_lately lately; /* streams and RELP */
	struct syslog_care care;
	struct syslog_stream stream;
	struct syslog_relp relp;
	int backoff_ms;
	int64_t retry_ns;
	bool trouble; /* logged */
	size_t left;  /* bytes and answers that were missing when something moved last */
	int64_t moved_ns;
};

/**
 * Writes the message for @row into @buf of at least message.max_bytes, and counts what was cut or held back.
 * @return its length; 0 where the filter holds it back.
 */
size_t syslog_write(struct syslog_sink *s, const struct delivery *row, char *buf);

/** Makes room for @n more bytes. @return false where memory is short (`why` of the wire says so). */
bool syslog_out_room(struct syslog_sink *s, size_t n);

/* For each of the two: a new connection begins; rows are sent. @return how many of @rows are delivered for good;
 * *state WIRE_LATER where the rest needs time. */
void syslog_stream_begin(struct syslog_sink *s);
int syslog_stream_deliver(struct syslog_sink *s, const struct delivery *rows, int n, enum wire_state *state);

bool syslog_relp_begin(struct syslog_sink *s);
void syslog_relp_end(struct syslog_sink *s);
int syslog_relp_deliver(struct syslog_sink *s, const struct delivery *rows, int n, enum wire_state *state);

#endif
