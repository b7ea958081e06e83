#include "net/flow_own.h"

#include <netinet/in.h>

enum {
	SLOT_MS = 1000,
	VICTIMS_LOOKED_AT = 64,
	VICTIMS_BRIEF = 8,     /* of these with a short timeout: half open, closed, not TCP */
	VICTIMS_OT_MAX = 1024, /* so many that speak OT are passed over before one of them goes */
};

static struct flow_row row_at(const struct flow_table *t, uint32_t ref)
{
	switch ((enum row_kind)(ref >> ROW_KIND_SHIFT)) {
	case ROW_FLOW:
		return (struct flow_row){.flow = table_at(&t->flows, ref & ROW_NUMBER)};
	case ROW_HALF_V4:
		return (struct flow_row){.half =
					     &((struct half_open_v4 *)table_at(&t->half[0], ref & ROW_NUMBER))->half};
	case ROW_HALF_V6:
		return (struct flow_row){.half =
					     &((struct half_open_v6 *)table_at(&t->half[1], ref & ROW_NUMBER))->half};
	case ROW_SLOT:
		break;
	}
	return (struct flow_row){0};
}

struct wheel_link *flow_link_at(struct flow_table *t, uint32_t ref)
{
	if (ref >> ROW_KIND_SHIFT == ROW_SLOT)
		return &t->slots[ref & ROW_NUMBER];
	struct flow_row row = row_at(t, ref);
	return row.flow ? &row.flow->link : &row.half->link;
}

static void head_reset(struct flow_table *t, unsigned slot)
{
	t->slots[slot].next = t->slots[slot].prev = row_ref(ROW_SLOT, slot);
}

void flow_wheel_init(struct flow_table *t)
{
	for (unsigned i = 0; i <= SLOT_DUE; i++)
		head_reset(t, i);
}

static bool head_is_alone(const struct flow_table *t, unsigned slot)
{
	return t->slots[slot].next == row_ref(ROW_SLOT, slot);
}

static void link_add(struct flow_table *t, unsigned slot, uint32_t ref, struct wheel_link *l)
{
	struct wheel_link *head = &t->slots[slot];

	l->prev = head->prev;
	l->next = row_ref(ROW_SLOT, slot);
	flow_link_at(t, head->prev)->next = ref;
	head->prev = ref;
}

void flow_link_take(struct flow_table *t, struct wheel_link *l)
{
	uint32_t next = l->next;

	if (next == ROW_UNLINKED)
		return;
	flow_link_at(t, l->prev)->next = next;
	flow_link_at(t, next)->prev = l->prev;
	link_reset(l);
	/* The last one out: its neighbour on both sides was the head of the slot. */
	unsigned slot = next & ROW_NUMBER;
	if (next >> ROW_KIND_SHIFT == ROW_SLOT && slot != SLOT_DUE && head_is_alone(t, slot))
		t->busy[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

static unsigned slot_at(uint64_t ms)
{
	return (unsigned)(ms / SLOT_MS % FLOW_WHEEL_SLOTS);
}

static void schedule(struct flow_table *t, uint32_t ref, struct wheel_link *l, uint32_t at_ms)
{
	const int32_t farthest = (FLOW_WHEEL_SLOTS - 2) * SLOT_MS;
	int32_t ahead = flow_ms_between((uint32_t)t->swept_ms, at_ms);

	flow_link_take(t, l);
	/* Rounded up: a slot comes due when its second is over. A time beyond the wheel comes up early and is put back.
	 */
	uint64_t at = t->swept_ms + (uint64_t)(ahead < 0 ? 0 : ahead > farthest ? farthest : ahead);
	unsigned slot = slot_at(at);
	link_add(t, slot, ref, l);
	t->busy[slot / 64] |= UINT64_C(1) << slot % 64;
}

void flow_schedule(struct flow_table *t, struct flow *f, uint32_t at_ms)
{
	schedule(t, row_ref(ROW_FLOW, table_number(&t->flows, f)), &f->link, at_ms);
}

void flow_half_schedule(struct flow_table *t, struct half_open *h, uint32_t at_ms)
{
	enum row_kind kind = h->is_v6 ? ROW_HALF_V6 : ROW_HALF_V4;

	schedule(t, row_ref(kind, table_number(&t->half[h->is_v6], half_row(h))), &h->link, at_ms);
}

/* Moves all rows of a slot behind those that are due already. */
static void slot_splice(struct flow_table *t, unsigned slot)
{
	struct wheel_link *head = &t->slots[slot], *due = &t->slots[SLOT_DUE];

	if (head_is_alone(t, slot))
		return;
	flow_link_at(t, head->next)->prev = due->prev;
	flow_link_at(t, due->prev)->next = head->next;
	flow_link_at(t, head->prev)->next = row_ref(ROW_SLOT, SLOT_DUE);
	due->prev = head->prev;
	head_reset(t, slot);
	t->busy[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

static uint64_t id_at(const struct flow_table *t, uint32_t ref)
{
	struct flow_row row = row_at(t, ref);

	return row.flow ? row.flow->id : (uint64_t)row.half->id_high << 32 | row.half->id_low;
}

/* Joins two lists of rows in the order of ids, by `next` alone. */
static uint32_t merge(struct flow_table *t, uint32_t a, uint32_t b)
{
	uint32_t first = ROW_UNLINKED, *end = &first;

	while (a != ROW_UNLINKED && b != ROW_UNLINKED) {
		uint32_t *less = id_at(t, a) < id_at(t, b) ? &a : &b;
		*end = *less;
		end = &flow_link_at(t, *less)->next;
		*less = *end;
	}
	*end = a != ROW_UNLINKED ? a : b;
	return first;
}

/* Cuts off what is in order already. @return what follows it. */
static uint32_t cut_run(struct flow_table *t, uint32_t ref)
{
	uint64_t id = id_at(t, ref);

	for (;;) {
		struct wheel_link *l = flow_link_at(t, ref);
		uint32_t next = l->next;
		uint64_t next_id = next != ROW_UNLINKED ? id_at(t, next) : 0;
		if (next_id <= id) {
			l->next = ROW_UNLINKED;
			return next;
		}
		id = next_id;
		ref = next;
	}
}

/*
 * Those that are due go in the order of their ids: of several workers each has some, and the analyst puts them together
 * by that. They stand in few runs, so this is a pass or two.
 */
static void sort_due(struct flow_table *t)
{
	enum { LEVELS = 32 };
	uint32_t level[LEVELS], run = t->slots[SLOT_DUE].next, rest;
	unsigned i;

	if (head_is_alone(t, SLOT_DUE))
		return;
	for (i = 0; i < LEVELS; i++)
		level[i] = ROW_UNLINKED;
	flow_link_at(t, t->slots[SLOT_DUE].prev)->next = ROW_UNLINKED;
	for (; run != ROW_UNLINKED; run = rest) {
		rest = cut_run(t, run);
		for (i = 0; i < LEVELS - 1 && level[i] != ROW_UNLINKED; i++) {
			run = merge(t, level[i], run);
			level[i] = ROW_UNLINKED;
		}
		level[i] = merge(t, level[i], run);
	}
	for (i = 0, run = ROW_UNLINKED; i < LEVELS; i++)
		run = merge(t, level[i], run);
	head_reset(t, SLOT_DUE);
	for (; run != ROW_UNLINKED; run = rest) {
		struct wheel_link *l = flow_link_at(t, run);
		rest = l->next;
		link_add(t, SLOT_DUE, run, l);
	}
}

static void sweep(struct flow_table *t, uint64_t now_ms)
{
	uint64_t seconds = (now_ms - t->swept_ms) / SLOT_MS;
	unsigned slots = seconds < FLOW_WHEEL_SLOTS ? (unsigned)seconds : FLOW_WHEEL_SLOTS;

	for (unsigned i = 0; i < slots; i++)
		slot_splice(t, slot_at(t->swept_ms + (uint64_t)i * SLOT_MS));
	t->swept_ms += seconds * SLOT_MS;
	sort_due(t);
}

struct flow_row flow_table_due(struct flow_table *t, uint64_t now_ms)
{
	if (now_ms - t->swept_ms >= SLOT_MS)
		sweep(t, now_ms);
	if (head_is_alone(t, SLOT_DUE))
		return (struct flow_row){0};
	struct flow_row row = row_at(t, t->slots[SLOT_DUE].next);
	flow_link_take(t, row.flow ? &row.flow->link : &row.half->link);
	return row;
}

/* The first slot in use at or after @from, round the wheel; @from where there is none. */
static unsigned busy_slot(const struct flow_table *t, unsigned from)
{
	uint64_t word = t->busy[from / 64] & (UINT64_MAX << from % 64);
	unsigned i = from / 64;

	for (unsigned n = 0; !word && n <= FLOW_WHEEL_SLOTS / 64; n++) {
		i = (i + 1) % (FLOW_WHEEL_SLOTS / 64);
		word = t->busy[i];
	}
	return word ? i * 64 + (unsigned)__builtin_ctzll(word) : from;
}

enum flow_worth flow_worth_of(const struct flow *f)
{
	if (flow_timeout_ms(f) == FLOW_TCP_CLOSED_MS || f->state == FLOW_STATE_NEW)
		return FLOW_WORTH_IDLE;
	if (f->flags & FLOW_OT)
		return FLOW_WORTH_OT;
	return f->key.proto == IPPROTO_TCP ? FLOW_WORTH_IT : FLOW_WORTH_IDLE;
}

struct choice {
	struct flow *victim;
	enum flow_worth worth;
	unsigned looked, brief;
};

/* @return false when enough have been looked at. */
static bool consider(struct choice *c, struct flow *f)
{
	enum flow_worth worth = flow_worth_of(f);
	bool sooner = !c->victim || worth < c->worth ||
		      (worth == c->worth && flow_ms_between(c->victim->seen_ms + flow_timeout_ms(c->victim),
							    f->seen_ms + flow_timeout_ms(f)) < 0);

	if (sooner) {
		c->victim = f;
		c->worth = worth;
	}
	if (worth == FLOW_WORTH_IDLE)
		c->brief++;
	return ++c->looked < VICTIMS_LOOKED_AT && c->brief < VICTIMS_BRIEF;
}

/* The flows of one slot; half-open ones have tables of their own. */
static bool consider_slot(struct flow_table *t, unsigned slot, struct choice *c)
{
	bool more = true;

	for (uint32_t ref = t->slots[slot].next; more && ref >> ROW_KIND_SHIFT != ROW_SLOT;
	     ref = flow_link_at(t, ref)->next) {
		if (ref >> ROW_KIND_SHIFT == ROW_FLOW)
			more = consider(c, row_at(t, ref).flow);
		else
			more = ++c->looked < VICTIMS_LOOKED_AT;
	}
	return more;
}

/* Those whose timeout comes first: what is closed or brief stands there. */
static struct choice victim_by_time(struct flow_table *t)
{
	struct choice c = {0};
	bool more = consider_slot(t, SLOT_DUE, &c);
	unsigned slot = slot_at(t->swept_ms);

	for (unsigned turns = 0; more && turns < VICTIMS_LOOKED_AT; turns++) {
		slot = busy_slot(t, slot);
		more = consider_slot(t, slot, &c);
		slot = (slot + 1) % FLOW_WHEEL_SLOTS;
	}
	return c;
}

struct flow *flow_table_victim(struct flow_table *t)
{
	struct choice c = victim_by_time(t);

	/* All that come up soon are established: then one after the other through the table, so that none of OT goes
	 * while there are others. A full table has no gaps in its numbers. */
	c.looked = 0;
	for (unsigned n = 0; (!c.victim || c.worth != FLOW_WORTH_IDLE) && n < VICTIMS_OT_MAX; n++) {
		struct flow *f = table_at(&t->flows, t->hand);
		t->hand = (t->hand + 1) % t->flows.used;
		if (!consider(&c, f) && c.worth != FLOW_WORTH_OT)
			break;
	}
	return c.victim;
}
