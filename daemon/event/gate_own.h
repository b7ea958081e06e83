/*
 * What the files of the gate share: gate.c decides what passes, gate_kinds.c knows how records of a kind are wanted,
 * gate_facts.c what was told, gate_held.c what is held back of it, gate_names.c what dissectors call it.
 *
 * A fact that something is held back of has a holding. It stands in a queue with all others, and in a list for each of
 * its two ends, as all of somebody's is told before it turns out who he is.
 */
#ifndef SEKISHO_EVENT_GATE_OWN_H
#define SEKISHO_EVENT_GATE_OWN_H

#include <assert.h>
#include <stddef.h>

#include "base/hash.h"
#include "base/table.h"
#include "base/when.h"
#include "event/gate.h"

/* All facts know their two ends, as a list for all addresses of the same hash; those that hold something back stand in
 * these. */
enum { END_CLIENT, END_SERVER, ENDS, END_LISTS = 16384 };

enum { ALIAS_SETS = 8192, ALIAS_WAYS = 2, CACHE_LINE = 64 };
enum { WANTS_BITS = 31, WANTS_MASK = 0x7fffffff };
enum {
	KEEP_S = 75,           /* so long a fact is kept that is not told again: what is polled once a minute stays */
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
	uint16_t waited_ds;          /* tenths of a second after since_ns it was last found to go on */
	bool steady;                 /* was still being said when it was last told */
	int64_t since_ns;            /* packet time of the first of them */
	uint32_t fact;               /* its number in the table */
	uint32_t counter;            /* the name that counts what comes under it: which of all, from 1 on; 0: none */
	struct holding *next, *prev; /* of the queue, by queued_ns() */
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
	KIND_BRIEF = 2, /* stands in short windows: is told every GATE_REPORT_NS even where it goes on being said */
	KIND_IDENTITY = 4,
	KIND_IDENTIFYING = 8,
	KINDS = 256
};

struct kind {
	const struct field_table *table;
	uint8_t how;
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
	struct alias_set *aliases;   /* ALIAS_SETS */
	uint64_t names_seed;         /* what names lead to is not compared any further than by a hash */
	const char *capture, *iface; /* where records come from since names were last forgotten */
	bool has_names;
	uint32_t wants_no;  /* changes with what is wanted */
	uint32_t forgot_no; /* facts forgotten */
	struct {
		struct holding *first, *last;
	} queue;
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

/* ---- gate_kinds.c */

static inline struct kind *gate_kind_of(const struct gate *g, const struct field_table *table)
{
	size_t i = (uint64_t)(uintptr_t)table * HASH_K0 >> 32;

	while (g->kinds[i % KINDS].table && g->kinds[i % KINDS].table != table)
		i++;
	return (struct kind *)&g->kinds[i % KINDS];
}

static inline bool gate_is_kind(const struct gate *g, const struct field_table *table, uint8_t how)
{
	return (gate_kind_of(g, table)->how & how) != 0;
}

static inline bool gate_may_pick(const struct gate *g, const struct event *ev, bool same_fields)
{
	const struct gate_wants *w = &g->wants;

	return w->picks && (!w->may_pick || w->may_pick(w->ctx, ev, same_fields));
}

/** May it turn out by @ev who somebody is? */
bool gate_identifies(const struct gate *g, const struct event *ev);

/* ---- gate_facts.c */

static inline uint16_t gate_list_of(const struct ip_addr *ip)
{
	return (uint16_t)(hash_bytes(ip, sizeof(*ip)) % END_LISTS);
}

/* Is more known of its ends than when it was told? */
static inline bool gate_is_outdated(const struct gate *g, const struct fact *f)
{
	return f->told_ns <= g->learnt_ns[f->end[END_CLIENT]] || f->told_ns <= g->learnt_ns[f->end[END_SERVER]];
}

/* Is the fact to be told again, after its time or because more is known of its ends? */
static inline bool gate_is_due(const struct gate *g, const struct fact *f, int64_t now_ns)
{
	return now_ns - f->told_ns >= GATE_REPORT_NS || gate_is_outdated(g, f);
}

/* Is something held back of it? */
static inline bool gate_holds(const struct fact *f)
{
	return f->holding && f->holding->held > 0;
}

struct fact_key gate_fact_of(const struct event *ev);

/** The fact of a record that passes. @return NULL where memory is short: it is told again next time, which is harmless.
 */
struct fact *gate_remember(struct gate *g, const struct fact_key *key, const struct event *ev);

/** Is no record of @f, of which @ev is one, ever picked, whatever else it says? */
bool gate_is_plain(const struct gate *g, struct fact *f, const struct event *ev);

/** For the table: what is held back is told first. */
void gate_evict(void *ctx, void *entry);

/** A fact that nothing is held back of, and that was told so long ago that it would pass as news anyway, goes. */
void gate_forget_idle(struct gate *g, int64_t now_ns);

/* ---- gate_held.c */

static inline struct fact *gate_fact_held(const struct gate *g, const struct holding *h)
{
	return table_at(&g->facts, h->fact);
}

/** Room for what is held back of @f, with @ev as its sample. @return NULL when memory is short. */
struct holding *gate_holding_new(const struct gate *g, const struct fact *f, const struct event *ev);

/** @count occurrences more, the latest at @at, the first at @first_ns. The fact has its sample. */
void gate_count_held(struct gate *g, struct holding *h, const struct origin *at, uint64_t count, int64_t first_ns);

void gate_report(struct gate *g, struct holding *h);

/** Before a fact that was never told: where it may turn out by it who somebody is, what is held back of him comes
 * first, and what is said of him next is news. */
void gate_settle(struct gate *g, const struct event *ev);

/* ---- gate_names.c */

static inline struct alias *gate_counter_of(const struct gate *g, const struct holding *h)
{
	return h->counter ? &g->aliases[(h->counter - 1) / ALIAS_WAYS].way[(h->counter - 1) % ALIAS_WAYS] : NULL;
}

/** What a name has counted of it is held back with the rest. */
void gate_count_whole(const struct gate *g, struct holding *h);

/** The name under which @ev was told stands for @f from now on, unless records of it may be picked. */
void gate_name_fact(struct gate *g, struct fact *f, const struct event *ev);

void gate_forget_names(struct gate *g);

#endif
