#include "engine/tally.h"

#include <errno.h>

#include "base/hash.h"
#include "engine/groupkey.h"
#include "engine/tally_entry.h"

enum {
	SPARE_SLOTS = 64,
	CLOSED_AT_ONCE = 2,
	TURNS = 4,     /* as often in its window, at least, a key that is counted is made the newest of all */
	LOOKED_AT = 8, /* of the entries that were quiet longest, when one must go */
};

static size_t entry_bytes(const struct tally *t)
{
	switch (t->kind) {
	case COUNTED_COUNT:
	case COUNTED_SUM:
		return t->slots <= TALLY_EXACT_MAX ? sizeof(struct times_entry) + t->slots * sizeof(int64_t)
						   : sizeof(struct moments_entry);
	case COUNTED_RATE:
		return sizeof(struct rate_entry);
	case COUNTED_SEQUENCE:
		return sizeof(struct steps_entry);
	default:
		return sizeof(struct values_entry);
	}
}

/* What of an entry is read before it is written. */
static size_t counted_bytes(const struct tally *t)
{
	if ((t->kind == COUNTED_COUNT || t->kind == COUNTED_SUM) && t->slots <= TALLY_EXACT_MAX)
		return sizeof(struct times_entry);
	return entry_bytes(t);
}

static uint32_t keys_max(const struct tally *t)
{
	size_t n = TALLY_BYTES / entry_bytes(t);

	return (uint32_t)(n < TALLY_KEYS_LEAST ? TALLY_KEYS_LEAST : n > TALLY_KEYS_MOST ? TALLY_KEYS_MOST : n);
}

static bool counts_values(const struct tally *t)
{
	return t->kind == COUNTED_DISTINCT || t->kind == COUNTED_RANGES;
}

static bool is_steady(const struct tally *t)
{
	bool steady = counts_values(t);

	for (size_t i = 0; i < t->n_of; i++)
		steady &= !operand_varies(&t->of[i]) && !t->of[i].list;
	return steady;
}

static uint8_t turn_bits_of(const struct tally *t)
{
	uint64_t turn_ns = threshold_least(&t->within) / TURNS;

	return turn_ns ? (uint8_t)(63 - __builtin_clzll(turn_ns)) : 0;
}

int tally_init(struct tally *t, struct pool **values)
{
	t->values = values;
	t->turn_bits = turn_bits_of(t);
	uint64_t most = threshold_most(&t->at_least);

	t->value_bytes = 0;
	t->steady = is_steady(t);
	if (counts_values(t)) {
		(*values)->cap_bytes += TALLY_VALUE_BYTES + POOL_SLAB_BYTES;
		t->slots = (uint32_t)most + SPARE_SLOTS; /* beyond the threshold: so many are told apart exactly */
	} else {
		t->slots = (uint32_t)(most <= TALLY_EXACT_MAX ? most : TALLY_EXACT_MAX + 1);
	}
	int err =
	    table_init(&t->entries, keys_max(t), sizeof(struct tally_key), entry_bytes(t), table_hash_own, NULL, NULL);
	if (!err)
		table_clear_only(&t->entries, counted_bytes(t));
	return err;
}

void tally_deinit(struct tally *t)
{
	if (t->entries.cap > 0)
		table_deinit(&t->entries);
}

uint64_t tally_ceiling_bytes(const struct tally *t)
{
	return table_ceiling_bytes(t->entries.cap, entry_bytes(t)) + (counts_values(t) ? TALLY_VALUE_BYTES : 0);
}

static struct tally_key key_of(const struct tally_by *by, const struct event *ev)
{
	static _Thread_local uint8_t buf[GROUPKEY_MAX + 2 * sizeof(uint64_t)];
	size_t n = groupkey_of(by->by, by->n, ev, buf);
	struct tally_key k = {hash_seed ^ n, ~hash_seed};

	memset(buf + n, 0, sizeof(uint64_t) * 2);
	/* two words a step: what is known of the one mixes with the other, for both hashes in another way */
	for (size_t i = 0; i < n; i += 2 * sizeof(uint64_t)) {
		uint64_t v[2];
		memcpy(v, buf + i, sizeof(v));
		k = (struct tally_key){hash_fold(k.a ^ v[0] ^ HASH_K0, v[1] ^ hash_seed ^ HASH_K1),
				       hash_fold(k.b ^ v[1] ^ HASH_K1, v[0] ^ ~hash_seed ^ HASH_K0)};
	}
	return k;
}

static unsigned worth_of(uint64_t have, uint64_t need)
{
	return have >= need ? 255 : (unsigned)(1 + 254 * have / need);
}

/* How near an entry is to being told, 0 to 255; what is over is worth nothing. */
static unsigned worth(const struct tally *t, const struct tally_entry *e, int64_t now_ns)
{
	int64_t open_ns = now_ns - (int64_t)t->within.value;
	uint64_t have = e->fresh, need = t->at_least.value;

	if (t->kind == COUNTED_RATE)
		open_ns -= t->lasting_ns;
	if (e->newest_ns < open_ns)
		return 0;
	if (t->kind == COUNTED_SEQUENCE) {
		have = ((const struct steps_entry *)(const void *)e)->step;
		need = t->n_steps;
	}
	return worth_of(e->run > have ? e->run : have, need);
}

static void drop(struct tally *t, void *entry)
{
	struct tally_entry *e = entry;

	if (counts_values(t))
		values_drop(t, entry);
	table_remove(&t->entries, entry);
	e->key = (struct tally_key){0}; /* hints may still lead to its place */
}

/* Is all that @e has counted out of every window? Then it is as good as a new one. */
static bool is_closed(const struct tally *t, const struct tally_entry *e, int64_t now_ns)
{
	int64_t within_ns = (int64_t)threshold_most(&t->within) + (t->kind == COUNTED_RATE ? t->lasting_ns : 0);

	return e->newest_ns < now_ns - within_ns;
}

/* Before a key comes in: two of those whose time is over go, so that these never become many. */
static void drop_closed(struct tally *t, int64_t now_ns)
{
	for (int i = 0; i < CLOSED_AT_ONCE; i++) {
		struct tally_entry *e = table_oldest(&t->entries);
		if (!e || !is_closed(t, e, now_ns))
			return;
		drop(t, e);
	}
}

bool tally_forget_one(struct tally *t, const void *keep, int64_t now_ns)
{
	struct tally_entry *least = NULL, *e = table_oldest(&t->entries);
	unsigned least_worth = 256;

	for (int i = 0; i < LOOKED_AT && e; i++, e = table_newer(&t->entries, e)) {
		unsigned w = worth(t, e, now_ns);
		if (w < least_worth && e != keep) {
			least = e;
			least_worth = w;
		}
		if (least_worth <= worth_of(1, t->at_least.value)) /* hardly any is worth less, and each look costs */
			break;
	}
	if (!least)
		return false;
	if (least_worth > 0)
		t->forgotten++;
	drop(t, least);
	return true;
}

static uint64_t weight(const struct tally *t, const struct event *ev)
{
	struct operand_walk w = {0, 0};
	uint64_t sum = 0, key;

	if (t->n_of == 0 || counts_values(t))
		return ev->count;
	while (operand_key(&t->of[0], ev, &w, &key) && t->of[0].type == VALUE_NUMBER)
		sum += key;
	return sum;
}

static struct tally_result take(struct tally *t, struct tally_entry *e, unsigned step, const struct event *ev,
				struct tally_hint *hint, uint64_t at_least, uint64_t n)
{
	int64_t within_ns = (int64_t)threshold_for(&t->within, ev), ts_ns = ev->at.ts_ns;
	void *entry = e;

	switch (t->kind) {
	case COUNTED_COUNT:
	case COUNTED_SUM:
		return t->slots <= TALLY_EXACT_MAX ? times_take(entry, t->slots, at_least, within_ns, ts_ns, n)
						   : moments_take(entry, at_least, within_ns, ts_ns, n);
	case COUNTED_RATE:
		return rate_take(entry, at_least, within_ns, t->lasting_ns, ts_ns, n);
	case COUNTED_SEQUENCE:
		return steps_take(t, entry, step, within_ns, ts_ns, n);
	default:
		return values_take(t, entry, at_least, within_ns, ev, hint);
	}
}

static void tell_values(const struct tally *t, const struct values_entry *e, int64_t open_ns, struct counted *out)
{
	for (uint32_t i = 0; i < e->used && i < COUNTED_SHOWN; i++) {
		if (values_slot(t, e, i)->last_ns >= open_ns)
			out->shown[out->n_shown++] = span_of(values_shown(t, e, i), e->shown_len[i]);
	}
}

/* The entry of the hint's key, or NULL. */
static struct tally_entry *entry_of(const struct tally *t, struct tally_hint *hint)
{
	const struct tally_key key = hint->key;
	struct tally_entry *e = table_at(&t->entries, hint->entry);

	if (e && e->key.a == key.a && e->key.b == key.b)
		return e;
	e = table_find(&t->entries, &key, key.a);
	if (e)
		hint->entry = table_number(&t->entries, e);
	return e;
}

/* Counted at @ts_ns: the newest of all, unless it was made that in the same part of its window. */
static void use(struct tally *t, struct tally_entry *e, int64_t ts_ns)
{
	if ((uint64_t)(ts_ns ^ e->newest_ns) >> t->turn_bits)
		table_touch(&t->entries, e);
}

bool tally_take(struct tally *t, const struct tally_by *by, unsigned step, const struct event *ev,
		struct tally_hint *hint, struct counted *out, uint64_t *fresh, int64_t *fresh_since_ns)
{
	struct tally_hint unknown = {.has_key = false};
	struct tally_entry *e = NULL;

	hint = hint ? hint : &unknown;
	if (hint->has_key)
		e = entry_of(t, hint);
	if (e && hint->has_value && values_again(t, (void *)e, ev->at.ts_ns, hint)) {
		use(t, e, ev->at.ts_ns);
		e->newest_ns = ev->at.ts_ns > e->newest_ns ? ev->at.ts_ns : e->newest_ns;
		return false;
	}
	uint64_t n = weight(t, ev), at_least = threshold_for(&t->at_least, ev);
	if (n == 0)
		return false;
	if (!hint->has_key) {
		hint->key = key_of(by, ev);
		hint->has_key = true;
		e = entry_of(t, hint);
	}
	if (!e) {
		const struct tally_key key = hint->key;
		if (t->kind == COUNTED_SEQUENCE && step > 0)
			return false;
		drop_closed(t, ev->at.ts_ns);
		if (t->entries.used >= t->entries.cap)
			(void)tally_forget_one(t, NULL, ev->at.ts_ns);
		e = table_insert(&t->entries, &key, key.a);
		if (!e)
			return false;
		hint->entry = table_number(&t->entries, e);
	} else {
		use(t, e, ev->at.ts_ns);
		if (is_closed(t, e, ev->at.ts_ns))
			e->fresh = e->run = 0;
	}
	struct tally_result r = take(t, e, step, ev, hint, at_least, n);
	if (ev->at.ts_ns > e->newest_ns)
		e->newest_ns = ev->at.ts_ns;
	if (!r.reached || r.fresh == 0)
		return false;
	int64_t within_ns = (int64_t)threshold_for(&t->within, ev);
	if (t->window_ns != within_ns || !t->window[0]) {
		duration_format(within_ns, t->window, sizeof(t->window));
		t->window_ns = within_ns;
	}
	*out = (struct counted){.kind = t->kind,
				.of = t->of_name ? t->of_name : "",
				.value = e->run,
				.at_least = at_least,
				.within_ns = within_ns,
				.window = t->window,
				.first_ns = e->run_since_ns};
	if (counts_values(t))
		tell_values(t, (const struct values_entry *)(const void *)e, e->newest_ns - out->within_ns, out);
	*fresh = r.fresh;
	*fresh_since_ns = r.fresh_since_ns;
	return true;
}

void tally_fetch(const struct tally *t, const struct tally_hint *hint)
{
	const struct tally_entry *e = hint->has_key ? table_at(&t->entries, hint->entry) : NULL;

	if (e) {
		__builtin_prefetch(e);
		__builtin_prefetch(e + 1);
	}
}

void tally_fetch_value(const struct tally *t, const struct tally_hint *hint)
{
	const struct values_entry *e = hint->has_value ? table_at(&t->entries, hint->entry) : NULL;

	if (e && hint->value < e->used)
		__builtin_prefetch(values_slot(t, e, hint->value));
}

void tally_reset(struct tally *t, const struct tally_by *by, const struct event *ev)
{
	struct tally_key key = key_of(by, ev);
	void *e = table_find(&t->entries, &key, key.a);

	if (e)
		drop(t, e);
}

void tally_forget(struct tally *t)
{
	for (void *e; (e = table_oldest(&t->entries));)
		drop(t, e);
	t->forgotten = 0;
}

bool tally_may_inherit(const struct tally *t, const struct tally *from)
{
	return t->identity == from->identity && t->slots == from->slots;
}

void tally_inherit(struct tally *t, struct tally *from)
{
	struct table entries = t->entries;
	size_t value_bytes = t->value_bytes;

	t->entries = from->entries;
	t->value_bytes = from->value_bytes;
	t->forgotten += from->forgotten;
	from->entries = entries;
	from->value_bytes = value_bytes;
}
