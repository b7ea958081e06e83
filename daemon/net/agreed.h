/*
 * Connections that two hosts have agreed on over another one of theirs: FTP's data connections. What is told of one in
 * advance by a dissector (emit_agreed()) is known by its address and port when it comes.
 *
 * Only between the two ends of the conversation that told of it, only one connection each time, and only if it begins
 * within AGREED_NS. Both conversations are of the same worker (net/distribute.h). Bounded: the oldest goes first.
 */
#ifndef SEKISHO_NET_AGREED_H
#define SEKISHO_NET_AGREED_H

#include "base/table.h"
#include "event/event.h"
#include "net/flow.h"

#define AGREED_NS (INT64_C(60) * 1000000000)

enum { AGREED_MAX = 4096 };

struct agreed_table {
	struct table rows;
	int64_t now_ns; /* packet time when the last one was noted */
	uint64_t lost;  /* gave way to others while they were still awaited */
};

/** @return 0, or -ENOMEM. */
int agreed_init(struct agreed_table *t);
void agreed_deinit(struct agreed_table *t);

/** The two ends of the conversation @of have agreed on @what at @now_ns. */
void agreed_note(struct agreed_table *t, const struct origin *of, const struct agreed *what, int64_t now_ns);

/**
 * Gives @f the name of what was agreed on, if it is that, with the client of the session as its client. @open: it has
 * begun, so that no other connection is meant; else it was refused or not answered.
 */
void agreed_claim(struct agreed_table *t, struct flow *f, bool open);

uint64_t agreed_ceiling_bytes(void);

#endif
