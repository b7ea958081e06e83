/* What the files of the flow table share: flow.c (rows), flow_wheel.c (time, and who goes first). */
#ifndef SEKISHO_NET_FLOW_OWN_H
#define SEKISHO_NET_FLOW_OWN_H

#include <stddef.h>

#include "net/flow.h"

/* A row's number in the wheel: of which table, and there. */
enum row_kind { ROW_FLOW, ROW_HALF_V4, ROW_HALF_V6, ROW_SLOT };

enum { ROW_KIND_SHIFT = 30, SLOT_DUE = FLOW_WHEEL_SLOTS };

#define ROW_NUMBER   ((UINT32_C(1) << ROW_KIND_SHIFT) - 1)
#define ROW_UNLINKED UINT32_MAX

static inline uint32_t row_ref(enum row_kind kind, uint32_t number)
{
	return (uint32_t)kind << ROW_KIND_SHIFT | number;
}

static inline void link_reset(struct wheel_link *l)
{
	l->next = l->prev = ROW_UNLINKED;
}

struct wheel_link *flow_link_at(struct flow_table *t, uint32_t ref);

/** Takes a row out of the wheel, if it is there. */
void flow_link_take(struct flow_table *t, struct wheel_link *l);
void flow_wheel_init(struct flow_table *t);

/** The table's entry that @h is a part of. */
static inline void *half_row(const struct half_open *h)
{
	size_t before = h->is_v6 ? offsetof(struct half_open_v6, half) : offsetof(struct half_open_v4, half);

	return (uint8_t *)(uintptr_t)h - before;
}

#endif
