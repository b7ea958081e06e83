/*
 * The baseline: what was normal while the sensor learnt.
 *
 * During the learning period (site.baseline) every conversation that conduits do not deny, everything done in it, and
 * the Modbus addresses touched are learnt, each as a small fact about a conversation of the ledger. Afterwards an event
 * is held against them (event/endpoint.h, struct baseline); nothing more is learnt but what a person approves.
 *
 * Nothing is learnt near trouble: of the two devices of an alert of level high or above, whoever they speak to, what
 * was learnt since site.baseline's quarantine before it is thrown away, and nothing is learnt for as long after it. A
 * fact is therefore firm only when it is that old. What the others do goes on being learnt (decisions/074).
 *
 * Learning that found nothing left an empty baseline: all is new. A ledger that saw nothing of the period has none.
 *
 * Bounded: BASELINE_FACTS_MAX facts. A full baseline takes no more (counted); from then on what is not in it is not
 * called new, as it may have been refused. Addresses are kept exactly, 64 to a fact. Devices near trouble:
 * BASELINE_TROUBLED_MAX; for the time of one that has to go nothing at all is learnt.
 */
#ifndef SEKISHO_LEDGER_BASELINE_H
#define SEKISHO_LEDGER_BASELINE_H

#include "base/table.h"
#include "event/event.h"

struct asset;
struct ledger;
struct link;

enum { BASELINE_FACTS_MAX = 131072, BASELINE_TROUBLED_MAX = 1024, BASELINE_TEXT_MAX = 32, BASELINE_TABLES_MAX = 64 };

#define BASELINE_SOMEBODY UINT64_MAX

enum learnt_kind {
	LEARNT_PAIR = 1, /* the conversation itself */
	LEARNT_FUNCTION, /* what: hash of its name */
	LEARNT_RANGE,    /* what: table << 16 | address / 64; bits: the addresses */
	LEARNT_WRITER,   /* its client writes to or programs this unit */
	LEARNT_SERVICE,  /* by asset number instead: serves what everybody uses (DHCP, DNS ...); what: hash of its name
			  */
	LEARNT_WRITERS, /* by asset number instead of conversation: writers of a unit; made of the former, not stored */
};

struct learnt_key {
	uint64_t link_id;
	uint32_t what;
	uint16_t unit;
	uint8_t kind;
	uint8_t access; /* LEARNT_RANGE: 1 read, 2 written */
};

struct learnt {
	struct learnt_key key;
	int64_t first_ns, last_ns;
	int64_t fresh_ns; /* when the last of fresh_bits was learnt */
	uint64_t count;   /* while learning; LEARNT_WRITERS: how many there are */
	uint64_t bits, fresh_bits;
	uint64_t ends[2]; /* assets that it is about; 0: none, BASELINE_SOMEBODY: who is no asset */
	struct learnt *dirty_next, *dirty_prev;
	bool dirty, by_person;
	char text[BASELINE_TEXT_MAX]; /* LEARNT_FUNCTION: its name; LEARNT_RANGE: the table's */
};

/** Fields that tell what a record does, found by name since the ledger knows no dissector. */
struct baseline_fields {
	const struct field_table *table;
	const struct field_def *protocol, *role, *root_mac; /* of discovery records */
	const struct field_def *function, *sub, *unit, *data_type, *address, *quantity, *read_address, *read_quantity,
	    *write_address, *write_quantity;
};

/* Of health.json's "baseline_state". */
enum baseline_state {
	BASELINE_STATE_OFF,     /* no period is configured */
	BASELINE_STATE_LEARNS,  /* or is going to */
	BASELINE_STATE_OVER,    /* the period is over */
	BASELINE_STATE_MISSING, /* and this ledger has nothing of it */
};

struct baseline_counters {
	uint64_t facts, refused, thrown_away;
	uint64_t state;         /* enum baseline_state, by packet time */
	uint64_t learning_s;    /* of the period, since the first event in it */
	uint64_t interrupted_s; /* of it, near an alert */
};

/** A device that took part in an alert. */
struct troubled {
	uint64_t no; /* the table's key */
	int64_t until_ns;
};

struct baseline_book {
	struct table facts;
	struct baseline_fields fields[BASELINE_TABLES_MAX];
	unsigned n_fields;
	struct learnt *dirty;
	bool pressing; /* rows were dropped whose facts have other keys now: those belong into the same batch */
	struct table troubled;
	int64_t quiet_until_ns;   /* before, nothing at all is learnt */
	int64_t trouble_until_ns; /* before, nothing is learnt of one device or another */
	int64_t trouble_written_ns;
	int64_t begun_ns, begun_written_ns;       /* the first event of the period; 0: there was none */
	int64_t interrupted_ns;                   /* of the period, near an alert */
	int64_t fresh_ns;                         /* when something was learnt last */
	uint64_t asked;                           /* meta "baseline_asked" that is taken over */
	uint64_t refused, thrown_away;
	bool full_said;
};

int baseline_init(struct ledger *l);
void baseline_deinit(struct ledger *l);
uint64_t baseline_ceiling_bytes(void);

/** Learns from @ev or judges it; @k is its conversation, @src and @dest the assets at its ends, each may be NULL.
 * ev->conduit is filled. */
struct baseline baseline_take(struct ledger *l, const struct link *k, const struct event *ev, const struct asset *src,
			      const struct asset *dest);

/** An alert of level high or above was raised by an event at @at_ns between these assets, 0: none. */
void baseline_disturb(struct ledger *l, int64_t at_ns, uint64_t src_no, uint64_t dest_no);

/** Conversation @from turned out to be @to. */
void baseline_join(struct ledger *l, uint64_t from, uint64_t to);

/** Asset @from turned out to be @to: of the writers to it, and of what it serves. */
void baseline_move_asset(struct ledger *l, uint64_t from, uint64_t to);

struct baseline_counters baseline_count(const struct ledger *l);

/* ---- baseline_db.c */

/** Reads all. @return an SQLite result code. */
int baseline_load(struct ledger *l);

/** Takes over what persons have approved since; cheap where there is nothing. */
void baseline_take_over(struct ledger *l);

/** Writes dirty facts into the open transaction. @return false where one failed. */
bool baseline_write(struct ledger *l);
void baseline_mark(struct ledger *l, struct learnt *f);
void baseline_unmark(struct ledger *l, struct learnt *f);
void baseline_mark_all(struct ledger *l);
void baseline_drop_row(struct ledger *l, const struct learnt_key *key);

/* ---- shared by both */

struct learnt *baseline_find(const struct ledger *l, const struct learnt_key *key);

/** Finds or makes. @return NULL where the baseline is full. */
struct learnt *baseline_add(struct ledger *l, const struct learnt_key *key);

/** After facts were loaded or moved: counts the writers of each unit again. */
void baseline_count_writers(struct ledger *l);

/** The `what` of a function's name. */
uint32_t baseline_word(const char *text, size_t len);

#endif
