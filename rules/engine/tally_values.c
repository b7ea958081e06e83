/* Counting distinct values and disjoint ranges: an entry keeps the values of its window, each with its last time. */
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
	uint64_t added;
	struct tally_hint *hint;
	uint32_t n;        /* values that were put down */
	bool same_for_all; /* threshold and window: so what is open does not overlap */
	bool joined;       /* two became one */
};

static bool is_open(const struct taking *x, const struct value_slot *s)
{
	return s->last_ns >= x->open_ns;
}

static uint32_t slots_bytes(uint32_t slots)
{
	return slots * (uint32_t)sizeof(struct value_slot);
}

static uint32_t texts_bytes(const struct values_entry *e)
{
	return e->room > 0 ? (uint32_t)(values_shown(e, COUNTED_SHOWN) - values_shown(e, 0)) : 0;
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
	if (slots <= e->room && slots_bytes(e->room) + texts <= e->bytes)
		return true;
	uint32_t room = e->room;
	if (slots > room)
		room = 2 * room < slots ? slots : 2 * room < t->slots ? 2 * room : t->slots;
	uint32_t bytes = (uint32_t)pool_room(slots_bytes(room) + texts);
	while (room >= COUNTED_SHOWN && room < t->slots && slots_bytes(room + 1) + texts <= bytes)
		room++;
	void *piece = piece_for(t, e, bytes, now_ns);
	if (!piece)
		return false;
	struct values_entry grown = *e;
	grown.slots = piece;
	grown.room = (uint16_t)room;
	grown.bytes = bytes;
	if (e->room > 0) {
		memcpy(grown.slots, e->slots, slots_bytes(e->used));
		memcpy(values_shown(&grown, 0), values_shown(e, 0), texts_bytes(e));
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
	pool_free(*t->values, e->slots, e->bytes);
	t->value_bytes -= e->bytes;
	e->slots = NULL;
	e->room = 0;
	e->bytes = 0;
}

static uint32_t seen_longest_ago(const struct values_entry *e)
{
	uint32_t oldest = 0;

	for (uint32_t i = 1; i < e->used; i++) {
		if (e->slots[i].last_ns < e->slots[oldest].last_ns)
			oldest = i;
	}
	return oldest;
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
static void show(struct values_entry *e, uint32_t i, const char *text, uint32_t len)
{
	char *at = values_shown(e, i), *behind = at + e->shown_len[i];

	memmove(at + len, behind, (size_t)(values_shown(e, COUNTED_SHOWN) - behind));
	memcpy(at, text, len);
	e->shown_len[i] = (uint8_t)len;
}

/* A slot for the value of @ev at @at, which is not there: an unused one, else one whose time is over, else the one seen
 * longest ago; NULL where memory is short. Of a text that memory is short for, what fits is shown. */
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
	} else if ((i = seen_longest_ago(e)) < COUNTED_SHOWN) {
		len = render(x, ev, at, text, sizeof(text));
		(void)has_room(t, e, e->room, texts_bytes(e) - e->shown_len[i] + len, x->ts_ns);
	}
	if (i < COUNTED_SHOWN) {
		uint32_t fits = e->bytes - slots_bytes(e->room) - (texts_bytes(e) - e->shown_len[i]);
		if (len > fits)
			len = render(x, ev, at, text, fits);
		show(e, i, text, len);
	}
	return &e->slots[i];
}

/* The value that is put down is @low, or from there to @high. */
static void note_value(struct taking *x, uint64_t low, uint64_t high)
{
	x->hint->low = low;
	x->hint->high = high;
	x->hint->has_value = x->tally->steady && x->n++ == 0;
}

/* Puts a value down. */
static void put_value(struct taking *x, uint64_t hash, const struct event *ev, const struct operand_walk *at)
{
	struct values_entry *e = x->entry;
	struct value_slot *s =
	    x->hint->value < e->used && e->slots[x->hint->value].low == hash ? &e->slots[x->hint->value] : NULL;

	note_value(x, hash, hash);
	for (uint32_t i = 0; i < e->used && !s; i++) {
		if (e->slots[i].low == hash)
			s = &e->slots[i];
	}
	if (!s) {
		s = free_slot(x, ev, at);
		if (!s)
			return;
		*s = (struct value_slot){.low = hash, .high = hash, .last_ns = INT64_MIN};
	}
	x->hint->value = (uint16_t)(s - e->slots);
	if (!is_open(x, s))
		x->added++;
	if (x->ts_ns > s->last_ns)
		s->last_ns = x->ts_ns;
}

static bool lies_in(const struct taking *x, const struct value_slot *s, uint64_t low, uint64_t high)
{
	return is_open(x, s) && s->low <= low && s->high >= high;
}

/* A range joins all that it overlaps; only one that overlaps none is new. */
static void put_range(struct taking *x, uint64_t low, uint64_t high, const struct event *ev)
{
	struct values_entry *e = x->entry;
	struct value_slot *joined = NULL;
	uint32_t n = e->used;

	note_value(x, low, high);

	/* what lies in one overlaps no other */
	if (x->same_for_all && x->hint->value < n && lies_in(x, &e->slots[x->hint->value], low, high)) {
		joined = &e->slots[x->hint->value];
		n = 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct value_slot *s = &e->slots[i];
		if (!is_open(x, s) || s->low > high || s->high < low)
			continue;
		if (x->same_for_all && !joined && lies_in(x, s, low, high)) {
			joined = s;
			break;
		}
		if (!joined) {
			joined = s;
		} else {
			x->joined = true;
			joined->low = s->low < joined->low ? s->low : joined->low;
			joined->high = s->high > joined->high ? s->high : joined->high;
			s->last_ns = INT64_MIN;
		}
		joined->low = low < joined->low ? low : joined->low;
		joined->high = high > joined->high ? high : joined->high;
	}
	if (!joined) {
		const struct operand_walk start = {0, 0};
		joined = free_slot(x, ev, &start);
		if (!joined)
			return;
		*joined = (struct value_slot){low, high, INT64_MIN};
		x->added++;
	}
	x->hint->value = (uint16_t)(joined - e->slots);
	if (x->ts_ns > joined->last_ns)
		joined->last_ns = x->ts_ns;
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

	/* as many must be open as when they were counted last */
	if (!is_same_for_all(t) || hint->value >= e->used || open_ns > e->least_ns)
		return false;
	struct value_slot *s = &e->slots[hint->value];
	bool there = t->kind == COUNTED_RANGES ? s->low <= hint->low && s->high >= hint->high : s->low == hint->low;
	if (!there || s->last_ns < open_ns)
		return false;
	if (ts_ns > s->last_ns)
		s->last_ns = ts_ns;
	return true;
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
	uint64_t in = 0;
	int64_t since_ns = INT64_MAX;

	hint->has_value = false;
	if (ts_ns < x.open_ns)
		return (struct tally_result){.reached = false};
	put_all(&x, ev);
	e->e.fresh += x.added;
	/* as many are open as when they were counted last: what came of it then comes of it now */
	if (x.added == 0 && !x.joined && x.same_for_all && x.open_ns <= e->least_ns)
		return (struct tally_result){.reached = false};
	for (uint32_t i = 0; i < e->used; i++) {
		if (!is_open(&x, &e->slots[i]))
			continue;
		in++;
		since_ns = e->slots[i].last_ns < since_ns ? e->slots[i].last_ns : since_ns;
	}
	e->least_ns = since_ns;
	if (in < at_least) {
		e->e.run = 0;
		e->e.fresh = e->e.fresh < in ? e->e.fresh : in;
		return (struct tally_result){.reached = false};
	}
	/* a value seen again in the window is no news: nothing to tell */
	if (x.added == 0)
		return (struct tally_result){.reached = false};
	return tally_tell(&e->e, in, since_ns, ts_ns);
}
