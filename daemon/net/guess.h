/*
 * A second opinion on what a flow speaks, for flows that no dissector of ours reads: nDPI behind one file (ndpi.c).
 *
 * A trial exists from the first payload packet that our dissectors did not claim until there is an answer or enough
 * packets have been shown. Trials are bounded in number; beyond it flows go without an opinion.
 */
#ifndef SEKISHO_NET_GUESS_H
#define SEKISHO_NET_GUESS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/packet.h"

struct guess;
struct guess_trial;

enum {
	GUESS_TRIALS_MAX = 4096,
	GUESS_PACKETS_MAX = 8, /* payload packets shown per flow */
};

/** @late: the library starts with the first trial of any late one, for all of them, and that trial waits for it: for
 * captures from files. All late ones must be there by then.
 * @return NULL when memory is short or the library will not start. */
struct guess *guess_new(bool late);

/** All trials must be over. */
void guess_free(struct guess *g);

/** A new trial; NULL when there are too many, or the library will not start. */
struct guess_trial *guess_begin(struct guess *g);

/**
 * Shows the next payload packet of a flow.
 * @return true when the matter is settled: *app is the protocol as a lower-case token (program string), or NULL where
 * it stays unknown. *by_port: only its port says so.
 */
bool guess_packet(struct guess *g, struct guess_trial *t, const struct packet *p, const char **app, bool *by_port);

/** No more packets will come: what the flow speaks as far as can be told, or NULL. */
const char *guess_last(struct guess *g, struct guess_trial *t, bool *by_port);

/** Ends a trial, settled or not. */
void guess_end(struct guess *g, struct guess_trial *t);

/** Memory ceiling of one, trials included. */
uint64_t guess_ceiling_bytes(void);

#endif
