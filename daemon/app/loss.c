#include "app/loss.h"

#define APART_NS (10 * NS_PER_S)

float loss_weigh(struct loss *l, const struct loss_sample *now)
{
	struct loss_sample then = {0};
	const struct loss_sample *latest = &l->samples[(l->n - 1) % LOSS_KEPT];
	unsigned i = 0;

	for (; i < l->n && i < LOSS_KEPT; i++) {
		then = l->samples[(l->n - 1 - i) % LOSS_KEPT];
		if (now->at_ns - then.at_ns >= LOSS_SPAN_NS)
			break;
	}
	if (i == l->n) /* all of it is younger */
		then = (struct loss_sample){0};
	uint64_t seen = now->seen - then.seen;
	float pct = seen > 0 ? (float)(100.0 * (double)(now->lost - then.lost) / (double)seen) : 0;
	if (l->n == 0 || now->at_ns < latest->at_ns || now->at_ns - latest->at_ns >= APART_NS)
		l->samples[l->n++ % LOSS_KEPT] = *now;
	return pct;
}
