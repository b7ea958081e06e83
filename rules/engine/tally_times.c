/* Counting records: by their times, by moments, by buckets of a rate. */
#include <string.h>

#include "engine/tally_entry.h"

/* Puts @ts_ns among the latest times. What is older than all of them is not among the latest. */
static void keep_time(struct times_entry *e, uint32_t slots, int64_t ts_ns)
{
	uint32_t at = e->used;

	while (at > 0 && e->times[at - 1] > ts_ns)
		at--;
	if (e->used < slots) {
		memmove(&e->times[at + 1], &e->times[at], (e->used - at) * sizeof(e->times[0]));
		e->used++;
	} else if (at == 0) {
		return;
	} else {
		memmove(&e->times[0], &e->times[1], --at * sizeof(e->times[0]));
	}
	e->times[at] = ts_ns;
}

struct tally_result times_take(struct times_entry *e, uint32_t slots, uint64_t at_least, int64_t within_ns,
			       int64_t ts_ns, uint64_t n)
{
	for (uint64_t i = 0; i < n && i < slots; i++)
		keep_time(e, slots, ts_ns);
	e->e.fresh += n;
	int64_t open_ns = e->times[e->used - 1] - within_ns;
	uint32_t in = 0;
	while (in < e->used && e->times[e->used - 1 - in] >= open_ns)
		in++;
	if (in < at_least || ts_ns < open_ns) {
		e->e.run = 0;
		e->e.fresh = e->e.fresh < in ? e->e.fresh : in;
		return (struct tally_result){.reached = false};
	}
	uint64_t most = in > n ? in : n;
	/* of those in the window, the ones that were not told yet are the latest */
	uint64_t fresh = e->e.fresh < in ? e->e.fresh : in;
	return tally_tell(&e->e, most, e->times[e->used - fresh], ts_ns);
}

struct tally_result moments_take(struct moments_entry *e, uint64_t at_least, int64_t within_ns, int64_t ts_ns,
				 uint64_t n)
{
	int64_t width_ns = within_ns / TALLY_EXACT_MAX > 0 ? within_ns / TALLY_EXACT_MAX : 1;
	int64_t no = ts_ns / width_ns, oldest = e->newest_no - TALLY_EXACT_MAX + 1;

	if (e->total == 0) {
		e->newest_no = no;
	} else if (no > e->newest_no) {
		int64_t clear = no - e->newest_no < TALLY_EXACT_MAX ? no - e->newest_no : TALLY_EXACT_MAX;
		for (int64_t i = 0; i < clear; i++) {
			struct moment *m = &e->moments[(uint64_t)(no - i) % TALLY_EXACT_MAX];
			e->total -= m->count;
			m->count = 0;
		}
		e->newest_no = no;
	} else if (no < oldest) {
		return (struct tally_result){.reached = false};
	}
	struct moment *m = &e->moments[(uint64_t)no % TALLY_EXACT_MAX];
	if (m->count == 0 || ts_ns < m->first_ns)
		m->first_ns = ts_ns;
	m->count += n;
	e->total += n;
	e->e.fresh += n;
	if (e->total < at_least) {
		e->e.run = 0;
		e->e.fresh = e->e.fresh < e->total ? e->e.fresh : e->total;
		return (struct tally_result){.reached = false};
	}
	int64_t since_ns = ts_ns;
	for (int64_t i = TALLY_EXACT_MAX - 1; i >= 0; i--) {
		const struct moment *old = &e->moments[(uint64_t)(e->newest_no - i) % TALLY_EXACT_MAX];
		if (old->count > 0) {
			since_ns = old->first_ns;
			break;
		}
	}
	return tally_tell(&e->e, e->total, since_ns, ts_ns);
}

struct tally_result rate_take(struct rate_entry *e, uint64_t at_least, int64_t per_ns, int64_t lasting_ns,
			      int64_t ts_ns, uint64_t n)
{
	int64_t no = ts_ns / per_ns;

	if (no > e->bucket_no || e->e.newest_ns == 0) {
		bool goes_on = no == e->bucket_no + 1 && e->in_bucket >= at_least;
		e->full = goes_on ? e->full + 1 : 0;
		if (!goes_on) {
			e->e.fresh = e->e.run = 0;
			e->full_since_ns = ts_ns;
		}
		e->bucket_no = no;
		e->in_bucket = 0;
	}
	e->in_bucket += n;
	e->e.fresh += n;
	/* a bucket counts from its beginning, so n full ones have lasted n times as long */
	bool lasts = (int64_t)(e->full + 1) >= (lasting_ns + per_ns - 1) / per_ns;
	if (e->in_bucket < at_least || !lasts)
		return (struct tally_result){.reached = false};
	return tally_tell(&e->e, e->e.fresh, e->full_since_ns, ts_ns);
}
