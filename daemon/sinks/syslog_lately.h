/*
 * Where a connection stood in the last seconds.
 *
 * The kernel of a receiver acknowledges what its program has not read, and a program takes over what it has not stored:
 * both are lost where it dies. So when a connection breaks, what was sent in the last seconds is sent again, with the
 * same id and seq.
 */
#ifndef SEKISHO_SINKS_SYSLOG_LATELY_H
#define SEKISHO_SINKS_SYSLOG_LATELY_H

#include <stdint.h>

#include "base/when.h"

enum { SYSLOG_MARKS = 32 };

#define SYSLOG_LATELY_NS (3 * NS_PER_S)

/* A ring; the oldest mark goes. */
struct syslog_lately {
	struct {
		int64_t ns;
		uint64_t after_seq;
	} marks[SYSLOG_MARKS];
	unsigned n, next;
};

/** Rows behind @after_seq are about to be sent. */
void syslog_lately_mark(struct syslog_lately *l, int64_t now_ns, uint64_t after_seq);

/** Where to go on, standing behind @after_seq: behind what was sent before the last SYSLOG_LATELY_NS. */
uint64_t syslog_lately_go_on(const struct syslog_lately *l, int64_t now_ns, uint64_t after_seq);

/** Nothing was sent yet on the next connection. */
void syslog_lately_forget(struct syslog_lately *l);

#endif
