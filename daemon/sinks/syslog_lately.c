#include "sinks/syslog_lately.h"

/* so that the ring reaches further back than what comes again */
#define MARK_NS (SYSLOG_LATELY_NS / (SYSLOG_MARKS - 2))

void syslog_lately_mark(struct syslog_lately *l, int64_t now_ns, uint64_t after_seq)
{
	unsigned last = (l->next + SYSLOG_MARKS - 1) % SYSLOG_MARKS;

	if (l->n > 0 && now_ns - l->marks[last].ns < MARK_NS)
		return;
	l->marks[l->next].ns = now_ns;
	l->marks[l->next].after_seq = after_seq;
	l->next = (l->next + 1) % SYSLOG_MARKS;
	l->n += l->n < SYSLOG_MARKS;
}

uint64_t syslog_lately_go_on(const struct syslog_lately *l, int64_t now_ns, uint64_t after_seq)
{
	/* from the latest mark back: what is in the ring ends before `next`, wherever that stands */
	for (unsigned k = 0; k < l->n; k++) {
		unsigned i = (l->next + SYSLOG_MARKS - 1 - k) % SYSLOG_MARKS;
		/* what was sent within a mark's time carries no mark of its own */
		if (now_ns - l->marks[i].ns <= SYSLOG_LATELY_NS + MARK_NS && l->marks[i].after_seq < after_seq)
			after_seq = l->marks[i].after_seq;
	}
	return after_seq;
}

void syslog_lately_forget(struct syslog_lately *l)
{
	l->n = 0;
}
