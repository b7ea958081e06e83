/*
 * Two segments in one place: the second with other content.
 *
 * The first copy of a byte counts (tcp.c), so the second is nothing but a repetition - unless its bytes are others. A
 * sender that repeats itself sends the same. Where also the MAC address or the TTL is another, two senders speak in one
 * place of the stream: somebody answers (or asks) in the name of another. Where both are the same, one sender says two
 * things, and which of them the other end has taken nobody can see: the first may have been made to be dropped by it.
 * Mirrored twice, before and behind a router, a segment has two MAC addresses and TTLs, but the same bytes.
 *
 * Looked at are whole segments of at most DOUBLED_MAX bytes of streams that a dissector reads, the last one of each
 * side: what controllers say is short, and bulk data is not to be hashed.
 */
#ifndef SEKISHO_NET_DOUBLED_H
#define SEKISHO_NET_DOUBLED_H

#include "net/conn.h"

enum { DOUBLED_MAX = 320 };

/** Remembers @bytes at @seq, which are delivered now: the new part of @p's segment. Without any, what was remembered
 * stays: an acknowledgement says nothing. */
void doubled_note(struct flow *f, unsigned side, const struct packet *p, uint32_t seq, struct span bytes,
		  uint32_t wire_len);

/**
 * Looks at a segment that lies in known bytes, or begins there: emits the anomaly overlap, `second_sender` or
 * `other_bytes`, where it says something else than the one before in its place.
 *
 * @return   whether it does
 */
bool doubled_look(struct feed *fd, struct flow *f, unsigned side, const struct packet *p, uint32_t seq,
		  uint32_t wire_len);

#endif
