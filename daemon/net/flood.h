/*
 * Too much of something: broadcasts of one card, ICMP to one host, fragments that no sender makes.
 *
 * Counts a second at a time, in a bounded table that forgets who was quiet longest. A second with FLOOD_LEAST and more
 * frames (one, of bad fragments) is told once, when it is over, whether or not the flood goes on: so a flood costs one
 * record a second, however large it is. Which number is too large is for the rules to say.
 */
#ifndef SEKISHO_NET_FLOOD_H
#define SEKISHO_NET_FLOOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"
#include "event/event.h"
#include "net/packet.h"

enum {
	FLOOD_KEYS = 4096,
	FLOOD_LEAST = 100, /* frames a second below which nothing is told */
	FLOOD_RECENT = 4,  /* frames that the next one is compared with */
};

/* Keys have no padding. */
struct flood_key {
	uint8_t who[16]; /* the card that sends broadcasts, the host that ICMP or fragments go to */
	uint32_t kind;
};

struct flood_entry {
	struct flood_key key;
	struct origin at;                  /* of the first frame of this second */
	struct flood_entry *newer, **back; /* of those with a second that is not over */
	uint32_t frames, repeated; /* of this second; those that equal one of the last FLOOD_RECENT to the byte */
	uint64_t second;
	uint64_t recent[FLOOD_RECENT];
	unsigned next;
};

/** A second that is worth telling. */
struct flood {
	enum flood_kind kind; /* a loop: nearly all of them were the same few frames again and again */
	uint32_t frames;
	uint64_t ended_ms; /* of the clock */
	struct origin at;  /* of its first frame */
};

struct floods {
	struct table keys;
	struct flood_entry *running, **last; /* whose second is not over, by its beginning */
	struct flood given_up;               /* the second of a key that had to go; of no frames: none */
};

/** @return 0, or -ENOMEM. */
int floods_init(struct floods *f);
void floods_deinit(struct floods *f);

/** May @p be one of too many? Of most packets it shows at once that they are not. */
static inline bool floods_may_want(const struct packet *p)
{
	return p->kind == PACKET_ICMP || p->decode_error || (p->has_ether && p->dest_mac.b[0] == 0xff);
}

/** Counts @p at @now_ms of the clock. Call floods_ended() until there is none before. @return where its origin is to be
 * put, if a second begins with it; else NULL. */
struct origin *floods_take(struct floods *f, const struct packet *p, uint64_t now_ms);

/** Did a second have to make room that is to be told? Between two ticks of the clock no other is over. */
static inline bool floods_gave_up(const struct floods *f)
{
	return f->given_up.frames > 0;
}

/** @return true where a second is over at @now_ms that is to be told: *out. UINT64_MAX: at the end, all are. */
bool floods_ended(struct floods *f, uint64_t now_ms, struct flood *out);

uint64_t floods_ceiling_bytes(void);

#endif
