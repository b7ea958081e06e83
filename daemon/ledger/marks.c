#include "ledger/marks.h"

#include <errno.h>
#include <stdlib.h>

static uint32_t words_for(uint32_t cap)
{
	return cap / 64 + 1;
}

int marks_init(struct marks *m, uint32_t cap)
{
	*m = (struct marks){0};
	for (int mark = MARK_NONE + 1; mark < MARK_COUNT; mark++) {
		m->of[mark].bits = calloc(words_for(cap), sizeof(uint64_t));
		if (!m->of[mark].bits)
			return -ENOMEM;
	}
	return 0;
}

void marks_deinit(struct marks *m)
{
	for (int mark = 0; mark < MARK_COUNT; mark++)
		free(m->of[mark].bits);
	*m = (struct marks){0};
}

uint64_t marks_bytes(uint32_t cap)
{
	return (MARK_COUNT - 1) * (uint64_t)words_for(cap) * sizeof(uint64_t);
}

void marks_change(struct marks *m, uint32_t i, enum mark from, enum mark to)
{
	uint64_t bit = UINT64_C(1) << (i % 64);

	if (from) {
		m->of[from].bits[i / 64] &= ~bit;
		m->of[from].n--;
	}
	if (!to)
		return;
	m->of[to].bits[i / 64] |= bit;
	m->of[to].n++;
	if (i / 64 >= m->words)
		m->words = i / 64 + 1;
}

bool marks_next(const struct marks *m, enum mark mark, uint32_t *next, uint32_t *number)
{
	const uint64_t *bits = m->of[mark].bits;

	for (uint32_t i = *next; m->of[mark].n > 0 && i / 64 < m->words; i = (i / 64 + 1) * 64) {
		uint64_t rest = bits[i / 64] >> (i % 64);
		if (rest == 0)
			continue;
		*number = i + (uint32_t)__builtin_ctzll(rest);
		*next = *number + 1;
		return true;
	}
	return false;
}
