/*
 * Which of several workers a frame is for. Workers share nothing, so whatever is understood together has to come to
 * the same one:
 *
 * - TCP, UDP and other IP: by the pair of addresses, either way round, so both directions, all conversations of two
 *   hosts and all fragments of their datagrams stay together.
 * - Within tunnels: by the innermost pair, as workers know conversations; fragments of a tunnel all go where the first
 *   one's inner pair goes.
 * - What is not IP, ICMP, broadcasts: to the first worker, where they are counted over all senders.
 *
 * The reader's own thread calls it, once a frame; it keeps nothing but where fragments of tunnels went lately.
 */
#ifndef SEKISHO_NET_DISTRIBUTE_H
#define SEKISHO_NET_DISTRIBUTE_H

#include "net/capture.h"

struct distributor;

/** @workers: 1 or more. @return NULL when memory is short. */
struct distributor *distributor_new(unsigned workers);
void distributor_free(struct distributor *d);

/** The worker @f is for, from 0. */
unsigned distribute(struct distributor *d, const struct frame_in *f);

uint64_t distributor_ceiling_bytes(void);

#endif
