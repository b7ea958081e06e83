/*
 * The share of the frames of the last LOSS_SPAN_NS of packet time that did not come: the kernel or a road lost them, or
 * both ends of a conversation speak of bytes that were never seen. One gap is at least one frame.
 */
#ifndef SEKISHO_APP_LOSS_H
#define SEKISHO_APP_LOSS_H

#include <stdint.h>

#include "base/when.h"

#define LOSS_SPAN_NS (300 * NS_PER_S)

enum { LOSS_KEPT = 32 };

/* Frames seen and lost so far, all lanes together. */
struct loss_sample {
	int64_t at_ns;
	uint64_t seen, lost;
};

struct loss {
	struct loss_sample samples[LOSS_KEPT]; /* by packet time, a ring */
	unsigned n;
};

/** @now: so far, at the packet time at_ns. @return percent. */
float loss_weigh(struct loss *l, const struct loss_sample *now);

#endif
