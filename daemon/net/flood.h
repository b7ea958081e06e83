/*
 * Too much of something: broadcasts of one card, ICMP to one host, fragments that no sender makes.
 *
 * Counts a second at a time, in a bounded table that forgets who was quiet longest. A second with FLOOD_LEAST and more
 * frames (one, of bad fragments) is told once, when the next one begins or the flood stays away: so a flood costs one
 * record a second, however large it is. Which number is too large is for the rules to say.
 */
#ifndef SEKISHO_NET_FLOOD_H
#define SEKISHO_NET_FLOOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"
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
	uint32_t frames, repeated; /* of this second; those that equal one of the last FLOOD_RECENT to the byte */
	uint64_t second;
	uint64_t recent[FLOOD_RECENT];
	unsigned next;
};

struct floods {
	struct table keys;
};

/** A second that is worth telling. */
struct flood {
	enum flood_kind kind; /* a loop: nearly all of them were the same few frames again and again */
	uint32_t frames;
	uint64_t ended_ms; /* of the clock */
};

/** @return 0, or -ENOMEM. */
int floods_init(struct floods *f);
void floods_deinit(struct floods *f);

/** Counts @p at @now_ms of the clock. @return true where a second of its kind has ended that is to be told: *out. */
bool floods_take(struct floods *f, const struct packet *p, uint64_t now_ms, struct flood *out);

uint64_t floods_ceiling_bytes(void);

#endif
