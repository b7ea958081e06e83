/*
 * IP datagrams put together again from their fragments (RFC 791, RFC 8200 section 4.5).
 *
 * Bytes are kept in blocks of one fixed pool. Datagrams wait in a bounded table; when it or the pool is full the one
 * that heard nothing for longest is given up, and so is any that waited for more than DEFRAG_WAIT_NS of packet time.
 * The first bytes to arrive win in IPv4, as in most stacks; in IPv6 an overlap that is no plain repetition condemns the
 * datagram (RFC 5722).
 */
#ifndef SEKISHO_NET_DEFRAG_H
#define SEKISHO_NET_DEFRAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/net_addr.h"

#define DEFRAG_WAIT_NS (INT64_C(60) * 1000000000)

enum {
	DEFRAG_DATAGRAM_MAX = 65535,
	DEFRAG_BLOCKS_MAX = 1024, /* pieces of one datagram; a full one of usual fragments has about 150 */
};

struct defrag;

struct fragment {
	struct ip_addr src, dest;
	uint32_t id;
	uint16_t offset; /* bytes */
	uint8_t proto;   /* IPv6: next header; that of the fragment at offset 0 counts */
	bool is_v6;
	bool more;
	int64_t ts_ns;
	struct span bytes;
};

enum defrag_result {
	DEFRAG_KEPT,
	DEFRAG_WHOLE,    /* the datagram is complete */
	DEFRAG_OVERLAP,  /* kept (IPv4) or thrown away with all of its datagram (IPv6) */
	DEFRAG_LENGTH,   /* not a multiple of 8 though more follow, or empty */
	DEFRAG_TOO_LONG, /* ends behind the 65535th byte */
	DEFRAG_LIMIT,    /* too many pieces, or no room */
};

/** @return NULL when memory is short. */
struct defrag *defrag_new(uint32_t datagrams_max, uint32_t bytes_max);
void defrag_free(struct defrag *d);

/**
 * Takes a fragment; f->bytes are copied, and may lie in the datagram of a call before.
 *
 * @whole   filled with the datagram for DEFRAG_WHOLE, good until the next call
 * @proto   what it carries
 */
enum defrag_result defrag_add(struct defrag *d, const struct fragment *f, struct span *whole, uint8_t *proto);

/** Datagrams given up: evicted, or waited for too long. */
uint64_t defrag_given_up(const struct defrag *d);

uint64_t defrag_ceiling_bytes(uint32_t datagrams_max, uint32_t bytes_max);

#endif
