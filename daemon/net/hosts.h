/*
 * Who sends: the count of distinct senders, and which address goes with which network card.
 *
 * Two bounded tables. A sender forgotten because the table was full counts again when it comes back.
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
 * Is it time to tell that @ip (all zero: none) sends through @mac (all zero: none)? The first time, and then every
 * HOSTS_REFRESH_MS. What is no host's address is never told.
 */
bool hosts_tell(struct hosts *h, const struct mac *mac, const struct ip_addr *ip, uint32_t now_ms);

uint64_t hosts_ceiling_bytes(uint32_t cap);

#endif
