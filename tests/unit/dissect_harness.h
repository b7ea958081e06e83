/*
 * Feeds a dissector as the flow layer does - frame by frame, split anywhere, with gaps - and keeps what it says as JSON
 * lines without the common keys: {"complete":true,"modbus":{...}}.
 *
 * Bytes are written as hexadecimal digits; blanks are free, and what stands in brackets is a label:  "[tid]0001
 * [protocol]0000". A script is several such runs, each behind its direction: "> request bytes < response bytes". Every
 * run is a segment of its own, one millisecond after the one before.
 */
#ifndef SEKISHO_TESTS_DISSECT_HARNESS_H
#define SEKISHO_TESTS_DISSECT_HARNESS_H

#include "base/json.h"
#include "event/dissector.h"

enum {
	HARNESS_STATE_MAX = 65536,
	HARNESS_COUNTERS = 640,
	HARNESS_RUNS_MAX = 64,
};

struct harness_half {
	uint8_t *bytes;
	size_t len;
	uint64_t skip; /* of the frame before, not delivered */
};

struct harness {
	const struct dissector *d;
	void *state;
	size_t state_bytes, state_cap;
	struct arena arena;
	struct emitter out;
	struct event_value values[EVENT_VALUES_MAX];
	uint64_t counters[HARNESS_COUNTERS];
	struct harness_half half[2];
	struct json lines;
	bool no_copies; /* what a record's copy says is not looked at */
	unsigned events, anomalies, transactions, not_mine;
	enum function_class last_class; /* of the last record that is no anomaly */
};

struct harness_run {
	enum dir dir;
	uint8_t *bytes;
	size_t len;
};

struct harness_script {
	struct harness_run runs[HARNESS_RUNS_MAX];
	unsigned n;
};

void harness_init(struct harness *h, const struct dissector *d);
void harness_deinit(struct harness *h);

/** A new flow of the same dissector; counters and lines start anew. */
void harness_reset(struct harness *h);

/** Bytes of a stream, in order. Bytes at which no frame starts are passed over and counted in not_mine. */
void harness_stream(struct harness *h, enum dir dir, const uint8_t *bytes, size_t len);

/** One datagram or link-layer payload, as one PDU. */
void harness_datagram(struct harness *h, enum dir dir, const uint8_t *bytes, size_t len);

/** One datagram of a dissector that finds the PDUs in it by frame(): what is no whole one of them is passed over. */
void harness_framed(struct harness *h, enum dir dir, const uint8_t *bytes, size_t len);

/** Packet time goes on. */
void harness_wait(struct harness *h, int64_t ns);
void harness_gap(struct harness *h, enum dir dir, uint64_t lost_bytes);
void harness_finish(struct harness *h);

/** What was said so far, a line a record. */
const char *harness_lines(struct harness *h);

/** Reads labelled hexadecimal digits into memory of malloc(). */
uint8_t *harness_hex(const char *text, size_t *len);

void harness_script_read(struct harness_script *s, const char *text);
void harness_script_free(struct harness_script *s);

/** Plays a script through a stream dissector. */
void harness_play(struct harness *h, const struct harness_script *s);

/** Plays a script given as its text. */
void harness_play_text(struct harness *h, const char *text);

/** How many times @needle stands in the lines. */
unsigned harness_count(struct harness *h, const char *needle);

/** Expectations are written with ' for " so that they can be read; @return memory of malloc() with " instead. */
char *harness_quotes(const char *text);

#endif
