/*
 * The running ledger's inside, shared by the files that are its parts: ledger.c (the way of an event), identity.c (who
 * is behind an address), link.c (conversations), baseline.c (what was
 * normal), ledger_db.c and ledger_load.c (to and from SQLite). Nobody else
 * includes it.
 */
#ifndef SEKISHO_LEDGER_LEDGER_STATE_H
#define SEKISHO_LEDGER_LEDGER_STATE_H

#include <sqlite3.h>

#include "base/bulk.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/table.h"
#include "ledger/asset.h"
#include "ledger/baseline.h"
#include "ledger/impact.h"
#include "ledger/ledger.h"
#include "ledger/link.h"
#include "ledger/link_away.h"
#include "ledger/marks.h"
#include "ledger/changes.h"
#include "ledger/merged.h"
#include "ledger/oui.h"
#include "ledger/policy.h"
#include "ledger/register.h"
#include "ledger/vocab.h"
#include "ledger/watch.h"
#include "ledger/whose.h"
#include "ledger/work.h"

struct tombstone;

/** Keys of what was disposed of (contradict.h). */
struct tombstones {
	struct tombstone *stones; /* by key, value */
	size_t n;
};

/* Table entries begin with their key; all of its bytes count. */
struct mac_key {
	struct mac mac;
	uint16_t unused;
};

/** Whose MAC, or IP address, this is where no slot of by_mac or by_ip says so (holders.c). */
struct away_mac {
	struct mac_key key;
	uint64_t asset_no;
};
struct away_ip {
	struct ip_addr ip;
	uint64_t asset_no;
};

/** Of a MAC that a public address stood beside. */
struct foreign_entry {
	struct mac_key key;
	uint64_t peer; /* link_peer() of it */
};

struct unit_key {
	uint64_t gateway_no, unit;
};

/** A serial device that is an asset. */
struct unit_entry {
	struct unit_key key;
	uint64_t asset_no;
	struct asset *asset;
};

enum { UNIT_WORDS = 4, GATE_ANSWERS = 16, GATE_SOURCES = 2 };

/** How a unit answered a request (of the last few). */
struct gate_answer {
	uint32_t request, outcome;
	uint8_t unit;
	bool used;
};

/** A Modbus server: what it did with each unit id, by which it may turn out to be a gateway. */
struct gate {
	uint64_t server_no;
	uint64_t answered[UNIT_WORDS], silent[UNIT_WORDS], silent_twice[UNIT_WORDS];
	uint64_t refused[UNIT_WORDS]; /* by exception 0x0A or 0x0B */
	struct gate_answer answers[GATE_ANSWERS];
	uint8_t next;
	/* by source: the first unit whose words were noted of the server, as if it were alone; its own are never moved
	 */
	uint8_t said_by[GATE_SOURCES];
	bool is_gateway;
	bool shows_more; /* something came to answered, silent_twice or refused since it was held to be no gateway */
};

struct modbus_fields {
	const struct field_table *table;
	const struct field_def *unit_id, *function, *exception;
	const struct field_def *request,
	    *response; /* the first of each: those of a request stand together, in between */
};

enum { WITNESS_TABLES_MAX = 32, WITNESS_FIELDS_MAX = 8 };

/** Fields of a record's kind that witness.c reads, in its own order. */
struct witness_fields {
	const struct field_table *table;
	const struct field_def *field[WITNESS_FIELDS_MAX], *direction;
	bool any;
};

struct key_hash {
	uint64_t a, b;
};

/** Who showed a strong key last. */
struct key_entry {
	struct key_hash hash;
	uint64_t asset_no;
	struct asset *asset;
	int64_t rests_until_ns; /* it joins nobody */
};

enum { LEDGER_PEERS = 256 };

/** The last few addresses that are no assets, with what an endpoint needs of them. */
struct peer {
	struct ip_addr ip;
	bool filled;
	enum ip_scope scope;
	const struct zone *zone;
	char label[IP_TEXT_MAX];
};

/** Fields of `discovery` records, found by name since the ledger knows no dissector. NULL where there is none. */
struct discovery_fields {
	const struct field_table *table;
	const struct field_def *protocol, *mac, *ip, *name, *vendor, *model, *serial, *firmware, *os, *role, *message,
	    *chassis_mac, *client_id, *vendor_class, *vendor_id, *dhcpv6, *unit_id, *parameters;
};

/** Fields that show whether conditions are met, found by name likewise. */
struct paper_fields {
	const struct field_table *opcua, *http;
	const struct field_def *mode, *session, *default_credential, *status;
};

/* The rows as both directions have them. */
#define ASSET_COLUMNS "no, first_ns, last_ns, events, vendor, router, by_ip, merged_into, gateway_no, unit, changes"
#define ATTR_COLUMNS  "attr, value, source, confidence, first_ns, last_ns, current, prev, pcap, frame"
#define LINK_COLUMNS                                                                                                   \
	"id, src_no, src_ip, dest_no, dest_ip, protocol, ip_proto, port, first_ns, last_ns, packets, bytes, events, "  \
	"functions, verdict, line"

enum ledger_statement {
	ST_PUT_ASSET,
	ST_PUT_ATTR,
	ST_DROP_ATTR,
	ST_PUT_LINK,
	ST_DROP_LINK,
	ST_FIND_ADDRESS,
	ST_FIND_KEY,
	ST_BULK_CHANGES,
	ST_TRIM_CHANGES,
	ST_PUT_DECISION,
	ST_FIND_APART,
	ST_IS_PARTED,
	ST_UNDO_APART,
	ST_FIND_DECISION,
	ST_UNDO_DECISION,
	ST_MERGED_INTO,
	ST_COPY_ZONE,
	ST_LINK_BETWEEN,
	ST_NOTE_UNITS,
	ST_PUT_UNIT_CHANGES,
	ST_MOVE_UNITS,
	ST_WAS_MOVED,
	ST_FORGET_UNITS,
	ST_FIND_UNIT,
	ST_GET_ASSET,
	ST_GET_ATTRS,
	ST_FIND_LINK,
	ST_GET_LINK,
	ST_LINKS_OF,
	ST_MOVE_LINK,
	ST_PUT_BASELINE,
	ST_PUT_BORN,
	ST_BULK_ASSETS,
	ST_BULK_ATTRS,
	ST_BULK_LINKS,
	ST_DROP_BASELINE,
	ST_USED_BYTES,
	ST_RETAIN_LINKS,
	ST_COUNT,
};

enum { LEDGER_DECLARED_MAX = 16, LEDGER_ARRIVED_MAX = 8 };

/** An asset got its first address in a zone. */
struct arrival {
	uint64_t no;
	struct ip_addr ip;
};

/** Who last said a name of itself (bridge.c). */
struct name_seen {
	uint64_t hash; /* the table's key */
	uint64_t asset_no;
	int64_t last_ns;
};

struct ledger {
	const struct site *site;
	struct event_sink next;
	struct table assets, links, flows;
	struct whose by_mac, by_ip;       /* whose address it is, the latest claim winning (holders.c) */
	struct table away_macs, away_ips; /* the same for who is not in memory */
	struct table foreign;             /* MACs beside which a public address stood */
	struct table link_more;           /* what few conversations need beside their entry (link_pack.c) */
	struct link_list *link_lists;     /* whose conversations they are (link_list.c) */
	struct table verdicts;            /* what the conduits said of conversations (link.c) */
	struct table keys;                /* strong keys (keys.c) */
	struct table units;               /* serial devices behind gateways (units.c) */
	struct table names;               /* who last said which name (bridge.c) */
	struct table gates;               /* what Modbus servers did with each unit id (units.c) */
	struct vocab protocols, sources;
	struct capture_names captures;
	struct link_functions *functions[VOCAB_MAX]; /* by protocol */
	struct asset_register reg;
	struct baseline_book base;
	struct oui *oui;
	uint16_t source_traffic;

	uint64_t last_no, last_link_id;
	uint64_t written_no;                    /* the last one in the database */
	uint64_t reserved_no;                   /* up to this one all count as given, 0: none (ledger_write_new()) */
	uint64_t skipped_no;                    /* so many up to last_no are nobody's */
	unsigned changed_before;                /* rows that SQLite had changed when the transaction was opened */
	uint64_t merging_into;                  /* the asset that the one being written turned out to be, 0: none */
	uint64_t no_before;                     /* the last one before the event being taken */
	const struct event *cause;              /* the event being taken */
	struct event nothing;                   /* stands for it when a person acts: at the time of the last one */
	int64_t last_ns;                        /* packet time of the last event */
	uint64_t declared[LEDGER_DECLARED_MAX]; /* assets that got a MAC of a register row with several, to be joined */
	unsigned n_declared;
	struct arrival arrived[LEDGER_ARRIVED_MAX]; /* of the event that is being taken */
	unsigned n_arrived;
	uint32_t policy_age;     /* another one after each change of the site: verdicts kept before are void */
	uint64_t policy;         /* fingerprint of the site that conversations are judged by */
	int64_t judged_since_ns; /* until then they were by another one; packet time */
	uint32_t papers_age;     /* another one after each change of the site or the register */
	struct merged_list merged;
	struct change_list changes;
	struct marks asset_marks, link_marks; /* by the numbers of their tables' entries */
	struct peer peers[LEDGER_PEERS];
	struct discovery_fields discovery;
	struct modbus_fields modbus;
	struct witness_fields witnesses[WITNESS_TABLES_MAX];
	unsigned n_witnesses;
	struct paper_fields paper_fields;
	struct tombstones stones;
	struct impact_matrix impact;
	int64_t swept_ns; /* when the silent ones were looked for last */
	struct endpoint ends[2], announced, nobody;

	char *state_dir;
	sqlite3 *db;
	sqlite3_stmt *st[ST_COUNT];
	struct bulk bulk;
	int dir_fd;                     /* the state directory, locked: one writes */
	bool keep_places;               /* no site is known here: the places in the database stay */
	int64_t data_version, audit_no; /* as last looked at by ledger_tick() */
	bool in_transaction;
	bool taken_back; /* ledger_db_taken_back() */
	struct watch watch;
	struct work_log work_log;
	uint64_t calendar_age;              /* another one each time that a person may have changed the planned work */
	bool alone;                         /* nobody else uses the database */
	struct json born_text;              /* of a row of `born` */
	bool any_born;                      /* the table `born` is not empty */
	bool assets_on_disk, links_on_disk; /* there are more of them than in memory */
	struct link_away away_links;        /* of these, those that are on disk alone */
	bool links_indexed;                 /* ledger_db_index_links() */
	bool away_lost;                     /* away_macs and away_ips do not have all that is not in memory */
	uint64_t disk_bytes, retained_id;   /* retain.c: what the database may take; how far it has looked */
	uint64_t disk_devices;              /* identity.c: so many are in it, at most */
	bool write_failed;                  /* the last time; logged once */
	uint64_t version;
	struct ledger_counters count;
};

/* ---- ledger.c */

/** Sends the `asset` record (change: new) of @a to the next stage. */
void ledger_announce(struct ledger *l, struct asset *a);
/** Likewise (change: entered) of @a, which has @h, its first address in a zone, since it was announced. */
void ledger_announce_arrival(struct ledger *l, struct asset *a, const struct held_ip *h);

/** @a is to be written: with the next batch that writes @mark. */
void ledger_mark(struct ledger *l, struct asset *a, enum mark mark);

/** All of @a is to be written again with whatever writes it next: what was written of it was taken back. */
void ledger_forget_written(struct asset *a);

/* The key of `meta` that holds up to which number all count as given. */
#define META_RESERVED "reserved_no"

/** The numbers that the assets of a new database will get count as given, until they are free: nobody looks at it
 * before it is closed. Whose numbers were not freed, as the end came before, are never given to others. */
void ledger_reserve_numbers(struct ledger *l);
void ledger_free_numbers(struct ledger *l);

/** @a is not to be written any more. */
void ledger_unmark(struct ledger *l, struct asset *a);

/** The same as ledger_mark() for what must not be parted from statements that have already been run. */
void ledger_mark_asset(struct ledger *l, struct asset *a);

/** No event is being taken: what follows has the time of the last one. */
void ledger_without_event(struct ledger *l);

/** A field of another part's table by its name, or NULL. */
const struct field_def *ledger_field(const struct field_table *t, const char *name);

/** What is noted now: by @source, at the event being taken. */
struct note ledger_note_now(struct ledger *l, uint16_t source, uint8_t confidence);

/** Notes something of @a; its history gets what held before. @return whether it is news. */
bool ledger_note(struct ledger *l, struct asset *a, enum attr attr, struct span text, const struct note *n);
/** Fills @ev, whose values have room, as an asset record of @a with this change, at the device's own end of what is
 * being taken. */
void ledger_asset_event_at(struct ledger *l, struct asset *a, const struct held_ip *h, struct event *ev,
			   enum asset_change change);
void ledger_asset_event(struct ledger *l, struct asset *a, struct event *ev, enum asset_change change);

/* ---- ledger_db.c: each counts its failures in count.write_errors */

int ledger_db_prepare(struct ledger *l);
/** Opens the transaction that the next ledger_write() commits. @return false where that cannot be. */
bool ledger_db_begin(struct ledger *l);
/** Has SQLite by itself taken back what was written since the last commit, as it does where the disk is full? Until the
 * next batch, which writes everything, nothing that memory calls written surely is. */
bool ledger_db_taken_back(struct ledger *l);
/** Says once, until it can be written again, why it cannot: before anything is taken back, which has an error of its
 * own where SQLite has done it already. */
void ledger_db_tell_why(struct ledger *l);
void ledger_db_finalize(struct ledger *l);
/** Sees to the indexes by which what is not in memory is found: there are none as long as everything is, and none of
 * conversations as long as link_away.h has the answers. */
void ledger_db_index_assets(struct ledger *l);
void ledger_db_index_links(struct ledger *l);
/** The name of the capture; "" for none. */
const char *ledger_db_capture(const struct ledger *l, struct seen_at at);
/** Runs a kept statement whose values are bound, and resets it. */
bool ledger_db_run(struct ledger *l, enum ledger_statement which);
void ledger_db_drop_ip(struct ledger *l, uint64_t asset_no, const struct ip_addr *ip);
void ledger_db_drop_attr(struct ledger *l, uint64_t asset_no, enum attr attr, const char *value);
void ledger_db_drop_mac(struct ledger *l, uint64_t asset_no, const char *mac);

/** Rows joined ("merge") or parted ("split"), by whom. */
struct decision {
	int64_t at_ns;
	const char *verb, *who, *reason;
	uint64_t from_no, to_no;
};
/** @return its number, 0 where it could not be written. */
int64_t ledger_db_put_decision(struct ledger *l, const struct decision *d);
/** What was said of two rows not being one device holds no more. */
void ledger_db_undo_apart(struct ledger *l, uint64_t a, uint64_t b);
/** The decision of this number, or where that is 0 the latest about this asset that was not undone. @verb: a copy.
 * @return its number, 0: none. */
int64_t ledger_db_find_decision(struct ledger *l, uint64_t no, uint64_t asset_no, struct decision *d, char *verb,
				size_t verb_size);
void ledger_db_mark_undone(struct ledger *l, int64_t no);
uint64_t ledger_db_merged_into(struct ledger *l, uint64_t no);
/** Writes the place of asset @from as that of @to too. */
void ledger_db_copy_zone(struct ledger *l, uint64_t from, uint64_t to);
/** Did a person say that these two are not one device? */
bool ledger_db_kept_apart(struct ledger *l, uint64_t a, uint64_t b);
/** Did a person say so of this one and any other? */
bool ledger_db_is_parted(struct ledger *l, uint64_t no);

/** Writes the site's zones for those who only read. */
void ledger_db_put_zones(struct ledger *l);
void ledger_db_put_asset(struct ledger *l, struct asset *a);
/** Writes it now: its row is looked for by its key. */
void ledger_db_put_link(struct ledger *l, struct link *k);
void ledger_db_drop_link(struct ledger *l, uint64_t id);
/** Writes the assets of @key as the ends of row @id. */
void ledger_db_move_link(struct ledger *l, uint64_t id, const struct link_key *key);
/** Keeps that @decision moves all units which stand behind this gateway on disk. */
void ledger_db_note_units(struct ledger *l, int64_t decision, uint64_t gateway_no);
/** Moves the rows of those that @decision moves, or moved, from behind @from to behind @to, with their history. */
void ledger_db_move_units(struct ledger *l, int64_t decision, const struct asset *from, const struct asset *to,
			  const struct note *n);
bool ledger_db_was_moved(struct ledger *l, int64_t decision, uint64_t unit_no);
void ledger_db_forget_units(struct ledger *l, int64_t decision);
bool ledger_db_link_between(struct ledger *l, uint64_t a, uint64_t b);

/* ---- ledger_evict.c: for the tables of assets and links */

void ledger_evict_asset(void *ledger, void *entry);
void ledger_evict_link(void *ledger, void *entry);

/* ---- ledger_load.c */

/** Reads assets and links, the most recent up to the caps. @return an SQLite result code. */
int ledger_load_all(struct ledger *l);

/** Conversations are judged by @l's site from now on; by the one of the fingerprint @former (0: not known) until now,
 * and by yet others until @since_ns. @return whether it is another one. */
bool ledger_take_policy(struct ledger *l, uint64_t former, int64_t since_ns);

/** Reads one asset into memory. @return NULL where it is not there; a merged one leads to what it was merged into. */
struct asset *ledger_load_asset(struct ledger *l, uint64_t no);

/** The number of the asset that holds this address ("mac" or "ip") now, 0: none. */
uint64_t ledger_load_holder(struct ledger *l, const char *attr, const char *value);

/** The number of the asset that showed this strong key last, 0: none. */
uint64_t ledger_load_key(struct ledger *l, enum attr key, const char *value);

/** The number of the asset behind this gateway, 0: none. */
uint64_t ledger_load_unit(struct ledger *l, uint64_t gateway_no, unsigned unit);

/** Reads one asset into memory even though it was merged into another. */
struct asset *ledger_load_merged(struct ledger *l, uint64_t no);

/** Reads the link of this key into @k, whose key and addresses are set. @return true where there was one. */
bool ledger_load_link(struct ledger *l, struct link *k);

/** Is there a row of this key? @ip: of its ends, where those are no assets. */
bool ledger_has_link(struct ledger *l, const struct link_key *key, const struct ip_addr ip[2]);

/** A conversation in the database. */
struct link_row {
	uint64_t id;
	struct link_key key;
	struct ip_addr ip[2];
};

/** The next of those that asset @no had part in when the first was asked for, whatever happens to them meanwhile: to be
 * asked to the end. @return false after the last. */
bool ledger_next_link_of(struct ledger *l, uint64_t no, struct link_row *row);

#endif
