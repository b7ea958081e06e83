/*
 * Packets that the mirror delivered twice: both ends of a link mirrored, receive and transmit side, or a route through
 * two mirrored ports.
 *
 * A packet is a repetition of one of the DUPLICATE_FRAMES frames and DUPLICATE_NS before it that says the same in every
 * byte from the IP identification on: addresses, transport header, payload. TTL, MAC addresses, VLANs and tunnels are
 * left out, since routers and switches change them on the way. A TCP retransmission has an identification of its own
 * and comes later. What is not IP repeats itself where its MAC addresses do too.
 */
#ifndef SEKISHO_NET_DUPLICATE_H
#define SEKISHO_NET_DUPLICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/packet.h"

#define DUPLICATE_NS (INT64_C(50) * 1000000)

enum { DUPLICATE_FRAMES = 1024 };

struct duplicate;

/** @return NULL when memory is short. */
struct duplicate *duplicate_new(void);
void duplicate_free(struct duplicate *d);

/** Has this packet been seen just now? Counts it where it has, remembers it where not. Broken frames never have. */
bool duplicate_seen(struct duplicate *d, const struct packet *p);

uint64_t duplicate_count(const struct duplicate *d);

uint64_t duplicate_ceiling_bytes(void);

#endif
