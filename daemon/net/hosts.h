/*
 * Who sends: the count of distinct senders, and which address goes with which network card.
 *
 * Two bounded tables. A sender forgotten because the table was full counts again when it comes back, as soon as card
 * and address are not known together any more.
 */
#ifndef SEKISHO_NET_HOSTS_H
#define SEKISHO_NET_HOSTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/net_addr.h"
#include "base/table.h"
#include "net/packet.h"

enum { HOSTS_REFRESH_MS = 60 * 1000 };

struct hosts {
	struct table senders; /* of every layer */
	struct table pairs;   /* network card and address, innermost headers */
	uint64_t macs, ipv4, ipv6;
};

/** @cap: most entries of each table. @return 0, or -ENOMEM. */
int hosts_init(struct hosts *h, uint32_t cap);
void hosts_deinit(struct hosts *h);

/** Counts the senders of a packet. */
void hosts_count(struct hosts *h, const struct packet *p);

/**
 * Is it time to tell that the sender's address goes with its network card? The first time, and then every
 * HOSTS_REFRESH_MS; the same for each time to live it was seen with. What is no host's address is never told.
 *
 * @counted  set where hosts_count() has nothing to do: card and address are the packet's only senders and were seen
 *           together before
 */
bool hosts_tell(struct hosts *h, const struct packet *p, uint32_t now_ms, bool *counted);

/**
 * Was the conversation of @p seen on the other side of a router too? One packet before, it came from the card @before,
 * with a time to live of one more (then the router took that one in) or one less (then it sent that one on).
 *
 * @in   the router's card that such packets are sent to
 * @out  the one that it sends them on by
 */
bool hosts_router(const struct hosts *h, const struct packet *p, const struct mac *before, struct mac *in,
		  struct mac *out);

/** Time to live (hop limit) of @p where it tells how far its sender is: TCP or UDP to one host. 0: it does not. */
uint8_t hosts_ttl(const struct packet *p);

uint64_t hosts_ceiling_bytes(uint32_t cap);

#endif
