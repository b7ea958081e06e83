/* Sequences: first this, then that, within a window that begins with the latest first step. */
#include "engine/tally_entry.h"

struct tally_result steps_take(const struct tally *t, struct steps_entry *e, unsigned step, int64_t within_ns,
			       int64_t ts_ns, uint64_t n)
{
	bool last = step + 1 == t->n_steps;

	if ((e->step > 0 || e->n > 0) && ts_ns - e->first_ns > within_ns) {
		e->step = 0;
		e->n = 0;
		e->e.fresh = e->e.run = 0;
	}
	if (step == 0 && e->step == 1 && e->n == 0 && t->step_at_least[0] == 1) {
		e->first_ns = ts_ns > e->first_ns ? ts_ns : e->first_ns; /* the window begins with the latest */
		return (struct tally_result){.reached = false};
	}
	if (step != e->step || (step > 0 && ts_ns < e->first_ns))
		return (struct tally_result){.reached = false};
	if (step == 0 && e->n == 0)
		e->first_ns = ts_ns;
	e->n += n;
	if (last)
		e->e.fresh += n;
	if (e->n < t->step_at_least[step])
		return (struct tally_result){.reached = false};
	if (!last) {
		e->step++;
		e->n = 0;
		return (struct tally_result){.reached = false};
	}
	return tally_tell(&e->e, e->e.fresh, e->first_ns, ts_ns);
}
