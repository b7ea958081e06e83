#include "event/gate.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/hash.h"
#include "base/table.h"
#include "base/when.h"

/* Facts that hold something back stand in rows: those of kinds that must be told in order by their source, all others
 * in the first. */
enum { ROW_FREE, ROW_IN_ORDER, SOURCE_ROWS = 1022, ROWS = ROW_IN_ORDER + 1 + SOURCE_ROWS, ROW_WORDS = ROWS / 64 };

/* All facts know their two ends, as a list for all addresses of the same hash; those that hold something back stand in
 * these. */
enum { END_CLIENT, END_SERVER, ENDS, END_LISTS = 16384 };

#define TENTH_NS (NS_PER_S / 10)

enum { ALIAS_SETS = 8192, ALIAS_WAYS = 2, CACHE_LINE = 64 };
enum { WANTS_BITS = 19, WANTS_MASK = (1 << WANTS_BITS) - 1 };
enum {
	KEEP_BITS = 12,
	KEEP_LEAST_S = 75, /* so long a fact is kept that is not told again: what is polled once a minute stays */
	KEEP_MOST_S = (1 << KEEP_BITS) - 1,
	FORGET_AT_ONCE = 4096, /* most that one tick forgets */
};

/* Two independent hashes stand for the fact itself: what it says is not kept, so facts of any length cost the same. */
struct fact_key {
	uint64_t a, b;
};

/* Short, since most facts are told once and never again. */
struct fact {
	struct fact_key key;
	uint64_t no;                    /* 0: forgotten */
	int64_t told_ns;                /* packet time of the latest occurrence that passed */
	struct holding *holding;        /* made when an occurrence is held back for the first time */
	uint16_t end[ENDS];             /* which list each end has */
	uint32_t keep_s : KEEP_BITS;    /* after so long without being told it says nothing any more: forget_idle() */
	uint32_t wants_no : WANTS_BITS; /* gate.wants_no when it was found out whether it is ... */
	uint32_t plain : 1;             /* ... one of which no record is ever picked */
};
static_assert(sizeof(struct fact) == 48, "56 with the table's own");

/* What is held back of a fact. Its first cache line is all that one occurrence more touches, if not even that. */
struct holding {
	uint64_t held;   /* occurrences since the last report, without those that a name has counted */
	int64_t due_ns;  /* one from this packet time on is told with the others */
	int64_t last_ns; /* packet time of the last of them, with */
	uint64_t last_frame, last_flow_id;
	uint16_t last_src_port;
	uint16_t row;
	uint16_t waited_ds; /* tenths of a second after since_ns it was last found to go on */
	bool steady;        /* was still being said when it was last told */
	int64_t since_ns;   /* packet time of the first of them */
	uint32_t fact;      /* its number in the table */
	uint32_t counter;   /* the name that counts what comes under it: which of all, from 1 on; 0: none */
	struct holding *next, *prev; /* of its row, by queued_ns() */
	struct {
		struct holding *next, *prev;
	} of[ENDS];
	struct event sample __attribute__((aligned(16))); /* packed copy of an occurrence; what it borrows stands behind
							     it */
};

static_assert(offsetof(struct holding, next) == CACHE_LINE, "what counting touches is one line");

/* How records of a kind are wanted: gate_wants, by kind. */
enum {
	KIND_WHOLE = 1,
	KIND_IN_ORDER = 2,
	KIND_IN_ORDER_BY_SOURCE = 4,
	KIND_IDENTITY = 8,
	KIND_IDENTIFYING = 16,
	KIND_BRIEF = 32, /* stands in short windows: is told every GATE_REPORT_NS even where it goes on being said */
	KINDS = 256
};

struct kind {
	const struct field_table *table;
	uint8_t how;
	int64_t counted_ns; /* so long after it was told, a value stands in every window that it is counted in */
};

/* The fact that a short name stands for: one of which no record under this name is picked. What comes again while
 * something is held back of it is counted here, in this line of memory; stop_counting() adds it to the rest before
 * anybody asks. */
struct alias {
	uint64_t flow_id;
	uint64_t what;           /* is said, and what may change of the flow's ends: its number stands for the rest */
	struct holding *holding; /* what is held back of the fact, if anything was when it was looked at */
	int64_t due_ns;          /* what comes before this packet time is counted here; 0: nothing is */
	int64_t last_ns;         /* packet time of the last that was, with */
	uint64_t last_frame;
	uint32_t place, no; /* of the fact: in the table, and the low half of its number */
	uint32_t forgot_no; /* gate.forgot_no when the fact was looked at: it is still the same */
	uint32_t held;      /* so many were */
} __attribute__((aligned(CACHE_LINE)));
static_assert(sizeof(struct alias) == CACHE_LINE, "two in a set");

/* The one used last in front. */
struct alias_set {
	struct alias way[ALIAS_WAYS];
};

struct gate {
	struct table facts;
	struct alias_set *aliases;      /* ALIAS_SETS */
	uint64_t names_seed;         /* what names lead to is not compared any further than by a hash */
	bool has_names;
	const char *capture, *iface; /* where records come from since names were last forgotten */
	uint32_t wants_no;              /* changes with what is wanted */
	uint32_t forgot_no;             /* facts forgotten */
	struct {
		struct holding *first, *last;
	} holding[ROWS];
	int64_t queued_ns[ROWS];  /* the first's; who looks for the oldest of all need not look at each */
	uint64_t busy[ROW_WORDS]; /* rows that are not empty */
	struct holding *ends[ENDS][END_LISTS];
	int64_t learnt_ns[END_LISTS]; /* packet time at which something was last learnt of such an address */
	struct event_sink next;
	struct gate_wants wants;
	struct kind kinds[KINDS]; /* by table, probing on */
	unsigned n_kinds;
	bool enabled;
	uint64_t last_no; /* given to a fact */
	struct gate_counters count;
};

static void evict(void *ctx, void *entry);

static struct fact *fact_held(const struct gate *g, const struct holding *h)
{
	return table_at(&g->facts, h->fact);
}

static struct alias *counter_of(const struct gate *g, const struct holding *h)
{
	return h->counter ? &g->aliases[(h->counter - 1) / ALIAS_WAYS].way[(h->counter - 1) % ALIAS_WAYS] : NULL;
}

/* The name leads to @h and counts what comes from now on. */
static void begin_counting(const struct gate *g, struct holding *h, struct alias *a)
{
	h->counter = (uint32_t)(a - g->aliases[0].way) + 1;
	a->due_ns = h->due_ns;
}

/* What was counted under the name is held back with the rest: as what came before it, it is of the same flow. */
static void stop_counting(struct alias *a)
{
	struct holding *h = a->holding;

	if (a->due_ns == 0)
		return;
	a->due_ns = 0;
	h->counter = 0;
	if (a->held == 0)
		return;
	h->held += a->held;
	h->last_ns = a->last_ns;
	h->last_frame = a->last_frame;
	a->held = 0;
}

static void count_whole(const struct gate *g, struct holding *h)
{
	if (h->counter)
		stop_counting(counter_of(g, h));
}

static void forget_names(struct gate *g)
{
	if (!g->has_names)
		return;
	g->has_names = false;
	for (unsigned i = 0; i < ALIAS_SETS; i++) {
		for (unsigned k = 0; k < ALIAS_WAYS; k++)
			stop_counting(&g->aliases[i].way[k]);
	}
	memset(g->aliases, 0, ALIAS_SETS * sizeof(*g->aliases));
}

struct gate *gate_new(uint32_t cap, struct event_sink next)
{
	struct gate *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->aliases = aligned_alloc(CACHE_LINE, ALIAS_SETS * sizeof(*g->aliases));
	if (!g->aliases ||
	    table_init(&g->facts, cap, sizeof(struct fact_key), sizeof(struct fact), table_hash_own, evict, g) < 0) {
		free(g->aliases);
		free(g);
		return NULL;
	}
	memset(g->aliases, 0, ALIAS_SETS * sizeof(*g->aliases));
	(void)!getrandom(&g->names_seed, sizeof(g->names_seed), GRND_NONBLOCK);
	for (int i = 0; i < END_LISTS; i++)
		g->learnt_ns[i] = INT64_MIN;
	g->next = next;
	g->enabled = true;
	return g;
}

void gate_free(struct gate *g)
{
	if (!g)
		return;
	for (struct fact *f = table_oldest(&g->facts); f; f = table_newer(&g->facts, f))
		free(f->holding);
	table_deinit(&g->facts);
	free(g->aliases);
	free(g);
}

static struct kind *kind_of(const struct gate *g, const struct field_table *table)
{
	size_t i = (uint64_t)(uintptr_t)table * HASH_K0 >> 32;

	while (g->kinds[i % KINDS].table && g->kinds[i % KINDS].table != table)
		i++;
	return (struct kind *)&g->kinds[i % KINDS];
}

static bool is_kind(const struct gate *g, const struct field_table *table, uint8_t how)
{
	return (kind_of(g, table)->how & how) != 0;
}

static void want_kinds(struct gate *g, const struct field_table *const *list, uint8_t how)
{
	for (; list && *list; list++) {
		struct kind *k = kind_of(g, *list);
		g->n_kinds += !k->table;
		assert(g->n_kinds < KINDS); /* the program's own tables */
		k->table = *list;
		k->how |= how;
	}
}

void gate_set_no(struct gate *g, uint32_t no)
{
	g->last_no = (uint64_t)no << FACT_BITS;
}

/* Where values are counted, what is held back must be told again while it stands in the window. It comes so late: held
 * back just before it was due, found to go on a GATE_REPORT_NS later, and not to at the one behind. */
static int64_t latest_ns(int64_t span_ns)
{
	return span_ns + 2 * GATE_REPORT_NS;
}

static void count_windows(struct gate *g)
{
	for (unsigned i = 0; i < KINDS; i++) {
		struct kind *k = &g->kinds[i];
		if (!k->table || !(k->how & (KIND_IN_ORDER | KIND_IN_ORDER_BY_SOURCE)))
			continue;
		int64_t window_ns = g->wants.window_ns ? g->wants.window_ns(g->wants.ctx, k->table) : 0;
		if (window_ns <= latest_ns(GATE_STEADY_NS))
			k->how |= KIND_BRIEF;
		if (window_ns > latest_ns(GATE_REPORT_NS))
			k->counted_ns = window_ns - GATE_REPORT_NS;
	}
}

void gate_enable(struct gate *g, bool on)
{
	g->enabled = on;
	forget_names(g);
}

void gate_want(struct gate *g, const struct gate_wants *wants)
{
	g->wants = *wants;
	memset(g->kinds, 0, sizeof(g->kinds));
	g->n_kinds = 0;
	want_kinds(g, wants->whole, KIND_WHOLE);
	want_kinds(g, wants->in_order, KIND_IN_ORDER);
	want_kinds(g, wants->in_order_by_source, KIND_IN_ORDER_BY_SOURCE);
	want_kinds(g, wants->identities, KIND_IDENTITY);
	for (const struct field_def *const *f = wants->identifying; f && *f; f++)
		want_kinds(g, (const struct field_table *const[]){(*f)->table, NULL}, KIND_IDENTIFYING);
	count_windows(g);
	g->wants_no++;
	forget_names(g);
}

/* Two words a step: what is known of the one mixes with the other, for both hashes in another way. */
static struct fact_key key_add(struct fact_key k, uint64_t x, uint64_t y)
{
	return (struct fact_key){hash_fold(k.a ^ x ^ HASH_K0, y ^ hash_seed ^ HASH_K1),
				 hash_fold(k.b ^ y ^ HASH_K1, x ^ ~hash_seed ^ HASH_K0)};
}

static inline struct fact_key key_add_ip(struct fact_key k, const struct ip_addr *ip)
{
	uint64_t v[2];

	static_assert(sizeof(v) == sizeof(*ip), "two words");
	memcpy(v, ip, sizeof(v));
	return key_add(k, v[0], v[1]);
}

static struct fact_key key_add_bytes(struct fact_key k, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint64_t v[2];

	for (; n >= sizeof(v); p += sizeof(v), n -= sizeof(v)) {
		memcpy(v, p, sizeof(v));
		k = key_add(k, v[0], v[1]);
	}
	if (n == 0)
		return k;
	hash_short(p, n, v);
	return key_add(k, v[0], v[1]);
}

static struct fact_key fact_of(const struct event *ev)
{
	const struct origin *at = &ev->at;
	struct fact_key k = {hash_seed, ~hash_seed};

	k = key_add(k, (uint64_t)(uintptr_t)ev->table, (uint64_t)(uintptr_t)at->app_proto);
	k = key_add_ip(k, &at->src_ip);
	k = key_add_ip(k, &at->dest_ip);
	uint64_t rest = (uint64_t)at->dest_port << 32 | (uint64_t)at->has_ether << 24 | (uint64_t)ev->complete << 16 |
			(uint64_t)ev->func_class << 8 | at->ip_proto;
	uint64_t macs[2] = {0, 0};
	if (at->has_ether) {
		memcpy(&macs[0], at->src_mac.b, sizeof(at->src_mac.b));
		memcpy(&macs[1], at->dest_mac.b, sizeof(at->dest_mac.b));
	}
	k = key_add(k, rest, macs[0]);
	k = key_add(k, macs[1], 0);
	for (unsigned i = 0; i < ev->n_values; i++) {
		const struct event_value *v = &ev->values[i];
		if (!(v->field->flags & FIELD_KEY))
			continue;
		uint64_t field = (uint64_t)(uintptr_t)v->field, u = 0;
		size_t borrowed = event_value_bytes(v);
		if (v->field->type == FIELD_TYPE_MAC)
			memcpy(&u, v->mac.b, sizeof(v->mac.b));
		else if (borrowed > 0)
			u = borrowed;
		else if (v->field->type != FIELD_TYPE_ITEM)
			u = v->u;
		k = key_add(k, field, u);
		if (borrowed > 0)
			k = key_add_bytes(k, v->ptr, borrowed);
	}
	return k;
}

/* Since when it waits: for the first of it, or for when it was last found to go on. */
static int64_t queued_ns(const struct holding *h)
{
	return h->since_ns + h->waited_ds * TENTH_NS;
}

static void unlink_holding(struct gate *g, struct holding *h)
{
	const struct fact *f = fact_held(g, h);

	*(h->prev ? &h->prev->next : &g->holding[h->row].first) = h->next;
	*(h->next ? &h->next->prev : &g->holding[h->row].last) = h->prev;
	h->next = h->prev = NULL;
	if (g->holding[h->row].first)
		g->queued_ns[h->row] = queued_ns(g->holding[h->row].first);
	else
		g->busy[h->row / 64] &= ~(UINT64_C(1) << h->row % 64);
	for (int i = 0; i < ENDS; i++) {
		*(h->of[i].prev ? &h->of[i].prev->of[i].next : &g->ends[i][f->end[i]]) = h->of[i].next;
		if (h->of[i].next)
			h->of[i].next->of[i].prev = h->of[i].prev;
		h->of[i].next = h->of[i].prev = NULL;
	}
}

static uint16_t list_of(const struct ip_addr *ip)
{
	return (uint16_t)(hash_bytes(ip, sizeof(*ip)) % END_LISTS);
}

static void link_holding(struct gate *g, struct holding *h, uint16_t row)
{
	h->row = row;
	g->busy[row / 64] |= UINT64_C(1) << row % 64;
	h->prev = g->holding[row].last;
	*(h->prev ? &h->prev->next : &g->holding[row].first) = h;
	g->holding[row].last = h;
	if (!h->prev)
		g->queued_ns[row] = queued_ns(h);
	for (int i = 0; i < ENDS; i++) {
		struct holding **first = &g->ends[i][fact_held(g, h)->end[i]];
		h->of[i].next = *first;
		if (*first)
			(*first)->of[i].prev = h;
		*first = h;
	}
}

static void report(struct gate *g, struct holding *h)
{
	struct event ev = h->sample; /* its values stay in the sample */

	count_whole(g, h);
	unlink_holding(g, h);
	ev.at.ts_ns = h->last_ns;
	ev.at.frame = h->last_frame;
	ev.at.flow_id = h->last_flow_id;
	ev.at.src_port = h->last_src_port;
	ev.count = h->held;
	ev.first_ns = h->since_ns;
	ev.fact = fact_held(g, h)->no;
	h->held = 0;
	fact_held(g, h)->told_ns = ev.at.ts_ns;
	g->count.passed++;
	g->count.reports++;
	g->next.take(g->next.ctx, &ev);
}

/* Is something held back of it? */
static bool holds(const struct fact *f)
{
	return f->holding && f->holding->held > 0;
}

/* What the table is about to lose. Names may still lead to its place. */
static void forget(struct gate *g, struct fact *f)
{
	free(f->holding);
	f->holding = NULL;
	f->no = 0;
	g->forgot_no++;
}

static void evict(void *ctx, void *entry)
{
	struct gate *g = ctx;
	struct fact *f = entry;

	if (holds(f))
		report(g, f->holding);
	forget(g, f);
}

static uint16_t row_of(const struct gate *g, const struct event *ev)
{
	uint8_t how = kind_of(g, ev->table)->how;

	if (how & KIND_IN_ORDER)
		return ROW_IN_ORDER;
	if (!(how & KIND_IN_ORDER_BY_SOURCE))
		return ROW_FREE;
	return (uint16_t)(ROW_IN_ORDER + 1 + hash_bytes(&ev->at.src_ip, sizeof(ev->at.src_ip)) % SOURCE_ROWS);
}

static bool may_pick(const struct gate *g, const struct event *ev, bool same_fields)
{
	const struct gate_wants *w = &g->wants;

	return w->picks && (!w->may_pick || w->may_pick(w->ctx, ev, same_fields));
}

/* Is no record of the fact that @ev is one of ever picked, whatever else it says? */
static bool is_plain(const struct gate *g, struct fact *f, const struct event *ev)
{
	if (f->wants_no != (g->wants_no & WANTS_MASK)) {
		f->wants_no = g->wants_no & WANTS_MASK;
		f->plain = !may_pick(g, ev, false);
	}
	return f->plain;
}

static struct alias_set *aliases_of(const struct gate *g, uint64_t flow_id, uint64_t name)
{
	return &g->aliases[hash_u64(flow_id, name) % ALIAS_SETS];
}

static uint32_t low_half(const void *address)
{
	return (uint32_t)(uintptr_t)address;
}

/* Stands for the name, the kind, and what fact_of() would take of @at that a flow may change. The wire chooses what is
 * hashed, so the seed is a random one everywhere; no result depends on it. */
static uint64_t what_of(const struct gate *g, const struct field_table *table, uint64_t name, const struct origin *at)
{
	uint64_t src = 0, dest = 0;

	if (at->has_ether) {
		memcpy(&src, at->src_mac.b, sizeof(at->src_mac.b));
		memcpy(&dest, at->dest_mac.b, sizeof(at->dest_mac.b));
	}
	src |= (uint64_t)at->src_port << 48;
	dest |= (uint64_t)at->dest_port << 48;
	uint64_t kind = (uint64_t)low_half(table) << 32 | low_half(at->app_proto);
	uint64_t h = hash_fold(name ^ g->names_seed, kind ^ HASH_K1 ^ (uint64_t)at->has_ether);
	return hash_fold(h ^ src ^ HASH_K0, dest ^ ~g->names_seed);
}

static void name_fact(struct gate *g, struct fact *f, const struct event *ev)
{
	const struct origin *at = &ev->at;
	struct alias_set *s = aliases_of(g, at->flow_id, ev->alias);
	struct alias *first = &s->way[0];
	uint64_t what = what_of(g, ev->table, ev->alias, at);
	bool known = first->flow_id == at->flow_id && first->what == what;

	if (known && first->no == (uint32_t)f->no) { /* told again under its name */
		first->holding = f->holding;
		first->forgot_no = g->forgot_no;
		return;
	}
	if (may_pick(g, ev, true))
		return;
	g->has_names = true;
	stop_counting(first);
	if (!known) {
		stop_counting(&s->way[1]);
		s->way[1] = *first;
	}
	*first = (struct alias){.flow_id = at->flow_id,
				.what = what,
				.holding = f->holding,
				.place = table_number(&g->facts, f),
				.no = (uint32_t)f->no,
				.forgot_no = g->forgot_no};
}

/* What is held back of the fact that the name stands for, or NULL. */
static struct holding *holding_of(const struct gate *g, struct alias *a)
{
	if (a->forgot_no == g->forgot_no && a->holding)
		return a->holding;
	const struct fact *f = table_at(&g->facts, a->place);
	if (!f || f->no == 0 || (uint32_t)f->no != a->no)
		return NULL;
	a->forgot_no = g->forgot_no;
	return a->holding = f->holding;
}

static struct alias *named(const struct gate *g, const struct field_table *table, uint64_t name,
			   const struct origin *at)
{
	struct alias_set *s = aliases_of(g, at->flow_id, name);
	uint64_t what = what_of(g, table, name, at);

	for (unsigned i = 0; i < ALIAS_WAYS; i++) {
		if (s->way[i].what == what && s->way[i].flow_id == at->flow_id)
			return &s->way[i];
	}
	return NULL;
}

static void settle_end(struct gate *g, const struct ip_addr *ip, int64_t now_ns)
{
	uint16_t list = list_of(ip);

	if (ip_is_none(ip))
		return;
	for (int i = 0; i < ENDS; i++) {
		while (g->ends[i][list])
			report(g, g->ends[i][list]);
	}
	g->learnt_ns[list] = now_ns;
}

/* Before it turns out who somebody is: what is held back of him; and what is said of him next is news. He is an end of
 * the record, or is named in it, as in an answer of ARP, which has no ends of its own. */
static void settle_ends(struct gate *g, const struct event *ev)
{
	settle_end(g, &ev->at.src_ip, ev->at.ts_ns);
	settle_end(g, &ev->at.dest_ip, ev->at.ts_ns);
	for (unsigned i = 0; i < ev->n_values; i++) {
		if (ev->values[i].field->type != FIELD_TYPE_IP)
			continue;
		struct ip_addr named = ip_from_v6(ev->values[i].ptr);
		settle_end(g, &named, ev->at.ts_ns);
	}
}

static void settle_row(struct gate *g, uint16_t row)
{
	while (row != ROW_FREE && g->holding[row].first)
		report(g, g->holding[row].first);
}

/* May it turn out by @ev who somebody is? */
static bool identifies(const struct gate *g, const struct event *ev)
{
	uint8_t how = kind_of(g, ev->table)->how;

	if (!(how & KIND_IDENTIFYING) || how & KIND_IDENTITY)
		return how & KIND_IDENTITY;
	for (const struct field_def *const *f = g->wants.identifying; *f; f++) {
		if ((*f)->table == ev->table && event_get(ev, *f))
			return true;
	}
	return false;
}

/* Before news: what is held back of kinds that are told in order comes first, where only sources are told apart, that
 * of its own. Each report was a record once, so this costs no more than passing them would have. */
static void settle(struct gate *g, const struct event *ev, bool first)
{
	if (first && identifies(g, ev))
		settle_ends(g, ev);
	settle_row(g, row_of(g, ev));
}

/* Does what was told at @told_ns still stand in all windows of its kind? */
static bool is_counted(const struct gate *g, const struct field_table *table, int64_t told_ns, int64_t now_ns)
{
	return now_ns - told_ns < kind_of(g, table)->counted_ns;
}

static void pass(struct gate *g, struct event *ev, uint64_t fact)
{
	ev->fact = fact;
	g->count.passed++;
	g->next.take(g->next.ctx, ev);
}

/* Is more known of its ends than when it was told? */
static bool is_outdated(const struct gate *g, const struct fact *f)
{
	return f->told_ns <= g->learnt_ns[f->end[END_CLIENT]] || f->told_ns <= g->learnt_ns[f->end[END_SERVER]];
}

/* Is the fact to be told again, after its time or because more is known of its ends? */
static bool is_due(const struct gate *g, const struct fact *f, int64_t now_ns)
{
	return now_ns - f->told_ns >= GATE_REPORT_NS || is_outdated(g, f);
}

/* For how long it makes a difference that a fact was told: until it is due, and while its value stands in a window, or
 * a little less: who returns then is news, which costs less than all that would wait for it. */
static uint32_t keep_s(const struct gate *g, const struct field_table *table)
{
	int64_t counted_s = (kind_of(g, table)->counted_ns - 2 * GATE_REPORT_NS) / NS_PER_S;

	return (uint32_t)(counted_s < KEEP_LEAST_S ? KEEP_LEAST_S : counted_s > KEEP_MOST_S ? KEEP_MOST_S : counted_s);
}

/* The fact of a record that passes. Short of memory it is told again next time, which is harmless. */
static struct fact *remember(struct gate *g, const struct fact_key *key, const struct event *ev)
{
	struct fact *f = table_insert(&g->facts, key, key->a);

	if (!f)
		return NULL;
	f->told_ns = ev->at.ts_ns;
	f->end[END_CLIENT] = list_of(&ev->at.src_ip);
	f->end[END_SERVER] = list_of(&ev->at.dest_ip);
	f->wants_no = (g->wants_no - 1) & WANTS_MASK;
	f->keep_s = keep_s(g, ev->table) & KEEP_MOST_S;
	f->no = ++g->last_no;
	return f;
}

/* How long after a record of it was told the next one is, at most, while it goes on being said. */
static int64_t span_ns(const struct gate *g, const struct holding *h)
{
	return h->steady && !is_kind(g, h->sample.table, KIND_BRIEF) ? GATE_STEADY_NS : GATE_REPORT_NS;
}

/* @count occurrences more, the latest at @at, the first at @first_ns. The fact has its sample. */
static void count_held(struct gate *g, struct holding *h, const struct origin *at, uint64_t count, int64_t first_ns)
{
	count_whole(g, h);
	if (h->held == 0) {
		h->due_ns = fact_held(g, h)->told_ns + span_ns(g, h);
		h->since_ns = first_ns;
		h->waited_ds = 0;
		h->sample.at.capture = at->capture;
		h->sample.at.iface = at->iface;
		link_holding(g, h, row_of(g, &h->sample));
		table_touch(&g->facts, fact_held(g, h));
	}
	h->held += count;
	h->last_ns = at->ts_ns;
	h->last_frame = at->frame;
	h->last_flow_id = at->flow_id;
	h->last_src_port = at->src_port;
	g->count.held++;
	if (at->ts_ns >= h->due_ns) {
		bool counted = is_counted(g, h->sample.table, fact_held(g, h)->told_ns, at->ts_ns);
		report(g, h);
		h->steady = true;
		if (!counted)
			settle_row(g, row_of(g, &h->sample));
	}
}

/* Room for what is held back of @f, with @ev as its sample. @return NULL when memory is short. */
static struct holding *holding_new(const struct gate *g, const struct fact *f, const struct event *ev)
{
	size_t bytes = offsetof(struct holding, sample) + event_packed_bytes(ev);
	struct holding *h = aligned_alloc(CACHE_LINE, (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);

	if (!h)
		return NULL;
	memset(h, 0, offsetof(struct holding, sample));
	h->fact = table_number(&g->facts, f);
	event_pack(ev, &h->sample);
	return h;
}

static void hold(struct gate *g, struct fact *f, struct event *ev)
{
	if (!holds(f) && is_due(g, f, ev->at.ts_ns)) {
		bool news = is_outdated(g, f) || !is_counted(g, ev->table, f->told_ns, ev->at.ts_ns);
		table_touch(&g->facts, f);
		f->told_ns = ev->at.ts_ns;
		if (f->holding)
			f->holding->steady = false; /* it had paused */
		if (news)
			settle(g, ev, false);
		pass(g, ev, f->no);
		return;
	}
	if (!f->holding && !(f->holding = holding_new(g, f, ev))) { /* nothing to hold it in: let it through */
		pass(g, ev, f->no);
		return;
	}
	f->holding->sample.at.capture = ev->at.capture;
	f->holding->sample.at.iface = ev->at.iface;
	count_held(g, f->holding, &ev->at, ev->count, ev->first_ns);
}

/* A record that passes whatever it says: only whether it is news of its kind may matter. */
static void pass_picked(struct gate *g, struct event *ev)
{
	struct fact_key key;
	struct fact *f;

	bool in_order = row_of(g, ev) != ROW_FREE && !is_kind(g, ev->table, KIND_WHOLE);

	if (!g->enabled || (!in_order && !identifies(g, ev))) {
		pass(g, ev, 0);
		return;
	}
	key = fact_of(ev);
	f = table_find(&g->facts, &key, key.a);
	bool first = !f, news = first || (ev->at.ts_ns - f->told_ns >= GATE_REPORT_NS &&
					  !is_counted(g, ev->table, f->told_ns, ev->at.ts_ns));
	if (first) {
		remember(g, &key, ev);
	} else {
		table_touch(&g->facts, f);
		f->told_ns = ev->at.ts_ns;
	}
	if (!first && f->holding)
		f->holding->due_ns = f->told_ns + span_ns(g, f->holding);
	if (news)
		settle(g, ev, first);
	pass(g, ev, 0);
}

void gate_take(void *gate, struct event *ev)
{
	struct gate *g = gate;

	g->count.in++;
	if (!g->enabled || is_kind(g, ev->table, KIND_WHOLE)) {
		pass_picked(g, ev);
		return;
	}
	struct fact_key key = fact_of(ev);
	struct fact *f = table_find(&g->facts, &key, key.a);
	if (g->wants.picks && !(f && is_plain(g, f, ev)) && g->wants.picks(g->wants.ctx, ev)) {
		pass_picked(g, ev);
		return;
	}
	if (f) {
		hold(g, f, ev);
	} else {
		f = remember(g, &key, ev);
		settle(g, ev, true);
		pass(g, ev, f ? f->no : 0);
	}
	if (f && ev->alias != 0 && ev->at.flow_id != 0)
		name_fact(g, f, ev);
}

bool gate_again(void *gate, const struct field_table *table, uint64_t alias, const struct origin *at)
{
	struct gate *g = gate;

	if (g->capture != at->capture || g->iface != at->iface) { /* samples tell of the source before */
		g->capture = at->capture;
		g->iface = at->iface;
		forget_names(g);
	}
	struct alias *a = named(g, table, alias, at);
	if (!a)
		return false;
	if (at->ts_ns < a->due_ns) {
		a->held++;
		a->last_ns = at->ts_ns;
		a->last_frame = at->frame;
		g->count.in++;
		g->count.held++;
		return true;
	}
	struct holding *h = holding_of(g, a);
	if (!h || (h->held == 0 && is_due(g, fact_held(g, h), at->ts_ns)))
		return false;
	g->count.in++;
	count_held(g, h, at, 1, at->ts_ns);
	if (h->held > 0)
		begin_counting(g, h, a);
	return true;
}

void gate_coming(void *gate, uint64_t flow_id, uint64_t alias)
{
	struct gate *g = gate;

	__builtin_prefetch(aliases_of(g, flow_id, alias), 1);
}

/* What has waited for longest, or NULL. */
static struct holding *oldest_holding(const struct gate *g)
{
	unsigned oldest = ROWS;

	for (unsigned i = 0; i < ROW_WORDS; i++) {
		for (uint64_t rows = g->busy[i]; rows; rows &= rows - 1) {
			unsigned row = i * 64 + (unsigned)__builtin_ctzll(rows);
			if (oldest == ROWS || g->queued_ns[row] < g->queued_ns[oldest])
				oldest = row;
		}
	}
	return oldest < ROWS ? g->holding[oldest].first : NULL;
}

/* A fact that nothing is held back of, and that was told so long ago that it would pass as news anyway, is not worth
 * its place: whoever returns is a new one. */
static void forget_idle(struct gate *g, int64_t now_ns)
{
	struct fact *f;

	for (unsigned i = 0; i < FORGET_AT_ONCE && (f = table_oldest(&g->facts)); i++) {
		int64_t idle_ns = now_ns - f->told_ns;
		if (holds(f) || idle_ns < KEEP_LEAST_S * NS_PER_S)
			return;
		if (idle_ns < f->keep_s * NS_PER_S) { /* its turn comes again behind the others */
			table_touch(&g->facts, f);
			continue;
		}
		forget(g, f);
		table_remove(&g->facts, f);
		g->count.forgotten++;
	}
}

/* What is said on and on has until it is due, and waits behind the others of its row. */
static bool goes_on(const struct gate *g, const struct holding *h, int64_t now_ns)
{
	const struct alias *a = counter_of(g, h);
	int64_t last_ns = a && a->held > 0 ? a->last_ns : h->last_ns;

	return span_ns(g, h) > GATE_REPORT_NS && now_ns - last_ns < GATE_REPORT_NS && now_ns < h->due_ns;
}

static void requeue(struct gate *g, struct holding *h, int64_t now_ns)
{
	uint16_t row = h->row;

	unlink_holding(g, h);
	h->waited_ds = (uint16_t)((now_ns - h->since_ns) / TENTH_NS);
	link_holding(g, h, row);
}

void gate_tick(struct gate *g, int64_t now_ns)
{
	struct holding *h;

	while ((h = oldest_holding(g)) && now_ns - queued_ns(h) >= GATE_REPORT_NS) {
		if (goes_on(g, h, now_ns))
			requeue(g, h, now_ns);
		else
			report(g, h);
	}
	forget_idle(g, now_ns);
}

void gate_flush(struct gate *g)
{
	for (struct holding *h; (h = oldest_holding(g));)
		report(g, h);
}

struct gate_counters gate_count(const struct gate *g)
{
	struct gate_counters c = g->count;

	c.facts = g->facts.used;
	c.cap = g->facts.cap;
	c.evicted = g->facts.evicted;
	return c;
}

uint64_t gate_ceiling_bytes(uint32_t cap)
{
	/* with its sample: the event and a dozen values, most of them numbers */
	const uint64_t holding = sizeof(struct holding) + 16 * sizeof(struct event_value) + 64;

	return sizeof(struct gate) + ALIAS_SETS * sizeof(struct alias_set) +
	       table_ceiling_bytes(cap, sizeof(struct fact)) + cap * holding;
}
