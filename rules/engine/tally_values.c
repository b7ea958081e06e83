/*
 * Counting distinct values and disjoint ranges: an entry keeps the values of its window, each with the time at which it
 * came and its last.
 *
 * Whether the threshold is reached, and since when, is asked when a value comes, and follows from which ones stand in
 * the window then and when they came. So it does not matter how often, or how late, a value is seen again, as long as
 * it is while it stands there: that is what the gate sees to.
 */
#include <string.h>

#include "base/hash.h"
#include "engine/groupkey.h"
#include "engine/tally_entry.h"
#include "engine/template.h"

/* One record being counted. */
struct taking {
	struct tally *tally;
	struct values_entry *entry;
	int64_t ts_ns, open_ns; /* beginning of the window */
	uint32_t added;         /* values that came */
	uint32_t displaced;     /* that stood in the window, and had to go for them */
	struct tally_hint *hint;
	uint32_t n;        /* values that were put down */
	bool same_for_all; /* threshold and window: so what is open does not overlap */
};

static bool is_open(const struct taking *x, const struct value_slot *s)
{
	return s->last_ns >= x->open_ns;
}

static uint32_t texts_bytes(const struct values_entry *e)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < COUNTED_SHOWN; i++)
		n += e->shown_len[i];
	return n;
}

static void *piece_for(struct tally *t, struct values_entry *e, size_t bytes, int64_t now_ns)
{
	for (;;) {
		void *piece = t->value_bytes + bytes <= TALLY_VALUE_BYTES ? pool_alloc(*t->values, bytes) : NULL;
		if (piece || !tally_forget_one(t, e, now_ns))
			return piece;
	}
}

/* Sees to room for so many slots and bytes of texts, forgetting other keys where that is needed. Slots come at least
 * twice as many as before, and once all texts are there as many as fit into the piece anyway. @return false where there
 * is none: of @e's own values one has to go. */
static bool has_room(struct tally *t, struct values_entry *e, uint32_t slots, uint32_t texts, int64_t now_ns)
{
	if (slots <= e->room && values_slots_bytes(t, e->room) + texts <= e->bytes)
		return true;
	uint32_t room = e->room;
	if (slots > room)
		room = 2 * room < slots ? slots : 2 * room < t->slots ? 2 * room : t->slots;
	uint32_t bytes = (uint32_t)pool_room(values_slots_bytes(t, room) + texts);
	while (room >= COUNTED_SHOWN && room < t->slots && values_slots_bytes(t, room + 1) + texts <= bytes)
		room++;
	void *piece = piece_for(t, e, bytes, now_ns);
	if (!piece)
		return false;
	struct values_entry grown = *e;
	grown.piece = piece;
	grown.room = (uint16_t)room;
	grown.bytes = bytes;
	if (e->room > 0) {
		memcpy(grown.piece, e->piece, values_slots_bytes(t, e->used));
		memcpy(values_shown(t, &grown, 0), values_shown(t, e, 0), texts_bytes(e));
		values_drop(t, e);
	}
	*e = grown;
	t->value_bytes += bytes;
	return true;
}

void values_drop(struct tally *t, struct values_entry *e)
{
	if (e->room == 0)
		return;
	pool_free(*t->values, e->piece, e->bytes);
	t->value_bytes -= e->bytes;
	e->piece = NULL;
	e->room = 0;
	e->bytes = 0;
}

/* Should @a go rather than @b? What left its window should, in the order in which they came; else what was seen longest
 * ago. */
static bool goes_before(const struct taking *x, const struct value_slot *a, const struct value_slot *b)
{
	bool open = is_open(x, a);

	if (open != is_open(x, b))
		return !open;
	return open ? a->last_ns < b->last_ns : a->came_ns < b->came_ns;
}

/* Which of the slots has to go. */
static uint32_t least_slot(const struct taking *x)
{
	const struct values_entry *e = x->entry;
	uint32_t least = 0;

	for (uint32_t i = 1; i < e->used; i++) {
		if (goes_before(x, values_slot(x->tally, e, i), values_slot(x->tally, e, least)))
			least = i;
	}
	return least;
}

/* What does not fit into @size, at most COUNTED_TEXT_MAX, is cut off. */
static uint32_t render(const struct taking *x, const struct event *ev, const struct operand_walk *at, char *text,
		       size_t size)
{
	size_t len = 0;

	for (size_t k = 0; k < x->tally->n_of && len < size; k++) {
		struct operand_walk w = x->tally->n_of == 1 ? *at : (struct operand_walk){0, 0};
		if (k > 0)
			text[len++] = '/';
		len += template_show(&x->tally->of[k], ev, &w, text + len, size - len);
	}
	return (uint32_t)len;
}

/* The text of slot @i is @text now, for which there is room: those behind it move. */
static void show(const struct tally *t, struct values_entry *e, uint32_t i, const char *text, uint32_t len)
{
	char *at = values_shown(t, e, i), *behind = at + e->shown_len[i];

	memmove(at + len, behind, (size_t)(values_shown(t, e, COUNTED_SHOWN) - behind));
	memcpy(at, text, len);
	e->shown_len[i] = (uint8_t)len;
}

/* A slot for the value of @ev at @at, which is not there: an unused one, else the one that has to go; NULL where memory
 * is short. Of a text that memory is short for, what fits is shown. */
static struct value_slot *free_slot(struct taking *x, const struct event *ev, const struct operand_walk *at)
{
	struct values_entry *e = x->entry;
	struct tally *t = x->tally;
	char text[COUNTED_TEXT_MAX];
	uint32_t i = e->used, len = 0;

	if (i < COUNTED_SHOWN)
		len = render(x, ev, at, text, sizeof(text));
	if (i < t->slots && (has_room(t, e, i + 1, texts_bytes(e) + len, x->ts_ns) || i < e->room)) {
		e->used++;
	} else if (i == 0) {
		return NULL;
	} else {
		i = least_slot(x);
		x->displaced += is_open(x, values_slot(t, e, i));
		if (i < COUNTED_SHOWN) {
			len = render(x, ev, at, text, sizeof(text));
			(void)has_room(t, e, e->room, texts_bytes(e) - e->shown_len[i] + len, x->ts_ns);
		}
	}
	if (i < COUNTED_SHOWN) {
		uint32_t fits = e->bytes - values_slots_bytes(t, e->room) - (texts_bytes(e) - e->shown_len[i]);
		if (len > fits)
			len = render(x, ev, at, text, fits);
		show(t, e, i, text, len);
	}
	return values_slot(t, e, i);
}

/* The value that is put down is @low, or from there to @high. */
static void note_value(struct taking *x, uint64_t low, uint64_t high)
{
	x->hint->low = low;
	x->hint->high = high;
	x->hint->has_value = x->tally->steady && x->n++ == 0;
}

/* The value of @s is seen, which may have left the window meanwhile, or be there for the first time. */
static void see(struct taking *x, struct value_slot *s)
{
	if (!is_open(x, s)) {
		s->came_ns = x->ts_ns;
		x->added++;
	}
	if (x->ts_ns > s->last_ns)
		s->last_ns = x->ts_ns;
}

static uint32_t number_of_slot(const struct tally *t, const struct values_entry *e, const struct value_slot *s)
{
	return (uint32_t)((const uint8_t *)s - e->piece) / values_slots_bytes(t, 1);
}

static struct range_slot *range_at(const struct taking *x, uint32_t i)
{
	return (struct range_slot *)(void *)values_slot(x->tally, x->entry, i);
}

/* Puts a value down. */
static void put_value(struct taking *x, uint64_t hash, const struct event *ev, const struct operand_walk *at)
{
	const struct tally *t = x->tally;
	struct values_entry *e = x->entry;
	uint32_t i = x->hint->value;

	note_value(x, hash, hash);
	if (i >= e->used || values_slot(t, e, i)->low != hash) {
		for (i = 0; i < e->used && values_slot(t, e, i)->low != hash;)
			i++;
	}
	struct value_slot *s = i < e->used ? values_slot(t, e, i) : NULL;
	if (!s) {
		s = free_slot(x, ev, at);
		if (!s)
			return;
		*s = (struct value_slot){.low = hash, .last_ns = INT64_MIN};
		i = number_of_slot(t, e, s);
	}
	x->hint->value = (uint16_t)i;
	see(x, s);
}

static bool lies_in(const struct taking *x, const struct range_slot *r, uint64_t low, uint64_t high)
{
	return is_open(x, &r->s) && r->s.low <= low && r->high >= high;
}

/* @a takes in what stands from @low to @high since @came_ns. */
static void join(struct range_slot *a, uint64_t low, uint64_t high, int64_t came_ns)
{
	a->s.low = low < a->s.low ? low : a->s.low;
	a->high = high > a->high ? high : a->high;
	a->s.came_ns = came_ns < a->s.came_ns ? came_ns : a->s.came_ns;
}

/* A range joins all that it overlaps; only one that overlaps none is new. */
static void put_range(struct taking *x, uint64_t low, uint64_t high, const struct event *ev)
{
	struct values_entry *e = x->entry;
	struct range_slot *joined = NULL;
	uint32_t n = e->used;

	note_value(x, low, high);

	/* what lies in one overlaps no other */
	if (x->same_for_all && x->hint->value < n && lies_in(x, range_at(x, x->hint->value), low, high)) {
		joined = range_at(x, x->hint->value);
		n = 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct range_slot *r = range_at(x, i);
		if (!is_open(x, &r->s) || r->s.low > high || r->high < low)
			continue;
		if (x->same_for_all && !joined && lies_in(x, r, low, high)) {
			joined = r;
			break;
		}
		if (!joined) {
			joined = r;
		} else {
			join(joined, r->s.low, r->high, r->s.came_ns);
			r->s.last_ns = INT64_MIN;
		}
		join(joined, low, high, joined->s.came_ns);
	}
	if (!joined) {
		const struct operand_walk start = {0, 0};
		joined = (struct range_slot *)(void *)free_slot(x, ev, &start);
		if (!joined)
			return;
		*joined = (struct range_slot){.s = {.low = low, .last_ns = INT64_MIN}, .high = high};
	}
	x->hint->value = (uint16_t)number_of_slot(x->tally, e, &joined->s);
	see(x, &joined->s);
}

static void put_each(struct taking *x, const struct event *ev)
{
	const struct operand *of = x->tally->of;
	struct operand_walk w = {0, 0}, at = w;
	struct ip_addr ip;
	struct span text;
	uint64_t key;

	if (of->type == VALUE_IP) {
		for (; operand_ip(of, ev, &w, &ip); at = w)
			put_value(x, hash_bytes(ip.b, sizeof(ip.b)), ev, &at);
	} else if (of->type == VALUE_TEXT || of->type == VALUE_BYTES) {
		for (; operand_text(of, ev, &w, &text); at = w)
			put_value(x, hash_bytes(text.ptr, text.len), ev, &at);
	} else {
		for (; operand_key(of, ev, &w, &key); at = w)
			put_value(x, hash_u64(1, key), ev, &at);
	}
}

static void put_all(struct taking *x, const struct event *ev)
{
	const struct tally *t = x->tally;
	static _Thread_local uint8_t buf[GROUPKEY_MAX];
	struct operand_walk w = {0, 0}, v = {0, 0};
	uint64_t first, number;

	if (t->kind == COUNTED_RANGES) {
		if (!operand_key(&t->of[0], ev, &w, &first) || !operand_key(&t->of[1], ev, &v, &number) || number == 0)
			return;
		put_range(x, first, first + number - 1 < first ? UINT64_MAX : first + number - 1, ev);
	} else if (t->n_of == 1 && t->of[0].source != SOURCE_END_ASSET) {
		put_each(x, ev);
	} else {
		size_t n = groupkey_of(t->of, t->n_of, ev, buf);
		put_value(x, hash_bytes(buf, n), ev, &w);
	}
}

static bool is_same_for_all(const struct tally *t)
{
	return t->at_least.n_zones + t->within.n_zones == 0;
}

bool values_again(const struct tally *t, struct values_entry *e, int64_t ts_ns, const struct tally_hint *hint)
{
	int64_t newest_ns = ts_ns > e->e.newest_ns ? ts_ns : e->e.newest_ns;
	int64_t open_ns = newest_ns - (int64_t)t->within.value;

	if (!is_same_for_all(t) || hint->value >= e->used)
		return false;
	struct value_slot *s = values_slot(t, e, hint->value);
	bool there = t->kind == COUNTED_RANGES
			 ? s->low <= hint->low && ((const struct range_slot *)(const void *)s)->high >= hint->high
			 : s->low == hint->low;
	if (!there || s->last_ns < open_ns)
		return false;
	if (ts_ns > s->last_ns)
		s->last_ns = ts_ns;
	return true;
}

/* How many stand in the window, and since when the first of those that came within it has. */
static uint32_t count_open(const struct taking *x, int64_t *since_ns)
{
	uint32_t in = 0;

	*since_ns = x->ts_ns;
	for (uint32_t i = 0; i < x->entry->used; i++) {
		const struct value_slot *s = values_slot(x->tally, x->entry, i);
		if (!is_open(x, s))
			continue;
		in++;
		if (s->came_ns >= x->open_ns && s->came_ns < *since_ns)
			*since_ns = s->came_ns;
	}
	return in;
}

struct tally_result values_take(struct tally *t, struct values_entry *e, uint64_t at_least, int64_t within_ns,
				const struct event *ev, struct tally_hint *hint)
{
	int64_t ts_ns = ev->at.ts_ns, newest_ns = ts_ns > e->e.newest_ns ? ts_ns : e->e.newest_ns;
	struct taking x = {.tally = t,
			   .entry = e,
			   .hint = hint,
			   .ts_ns = ts_ns,
			   .open_ns = newest_ns - within_ns,
			   .same_for_all = is_same_for_all(t)};
	int64_t since_ns;

	hint->has_value = false;
	if (ts_ns < x.open_ns)
		return (struct tally_result){.reached = false};
	put_all(&x, ev);
	/* a value seen again in the window is no news: nothing to tell */
	if (x.added == 0)
		return (struct tally_result){.reached = false};
	uint32_t in = count_open(&x, &since_ns), before = in - x.added + x.displaced;
	if (before < at_least) { /* below the threshold meanwhile, whether anybody looked or not */
		e->e.run = 0;
		e->e.fresh = e->e.fresh < before ? e->e.fresh : before;
	}
	e->e.fresh += x.added;
	if (in < at_least)
		return (struct tally_result){.reached = false};
	return tally_tell(&e->e, in, since_ns, ts_ns);
}
