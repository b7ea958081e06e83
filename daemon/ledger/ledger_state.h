/*
 * The running ledger's inside, shared by the files that are its parts: ledger.c (the way of an event), identity.c (who
 * is behind an address), link.c (conversations), ledger_db.c and ledger_load.c (to and from SQLite). Nobody else
 * includes it.
 */
#ifndef SEKISHO_LEDGER_LEDGER_STATE_H
#define SEKISHO_LEDGER_LEDGER_STATE_H

#include <sqlite3.h>

#include "base/hash.h"
#include "base/table.h"
#include "ledger/asset.h"
#include "ledger/ledger.h"
#include "ledger/link.h"
#include "ledger/oui.h"
#include "ledger/policy.h"
#include "ledger/register.h"
#include "ledger/vocab.h"

/* Table entries begin with their key; all of its bytes count. */
struct mac_key {
	struct mac mac;
	uint16_t unused;
};

/** Whose MAC this is. */
struct mac_entry {
	struct mac_key key;
	uint64_t asset_no;
	struct asset *asset;    /* good while asset->no == asset_no */
	struct ip_addr foreign; /* a public address that stood beside it: a second address makes it a router */
	bool has_foreign;
};

/** Whose IP address this is, the latest claim winning. */
struct ip_entry {
	struct ip_addr ip;
	uint64_t asset_no;
	struct asset *asset;
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
	    *chassis_mac;
};

/* The rows as both directions have them. */
#define ASSET_COLUMNS "no, first_ns, last_ns, events, vendor, router, by_ip, merged_into"
#define ATTR_COLUMNS  "attr, value, source, confidence, first_ns, last_ns, current"
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
	ST_GET_ASSET,
	ST_GET_ATTRS,
	ST_FIND_LINK,
	ST_MOVE_SRC,
	ST_MOVE_DEST,
	ST_COUNT,
};

struct ledger {
	const struct site *site;
	struct event_sink next;
	struct table assets, macs, ips, links, flows;
	struct vocab protocols, sources;
	struct link_functions *functions[VOCAB_MAX]; /* by protocol */
	struct asset_register reg;
	struct oui *oui;
	uint16_t source_traffic;

	uint64_t last_no, last_link_id;
	uint64_t serial;           /* of the event being taken */
	const struct event *cause; /* the event being taken */
	uint32_t policy_age;       /* another one after each change of the site: verdicts kept before are void */
	struct asset *dirty_assets;
	struct link *dirty_links;
	struct peer peers[LEDGER_PEERS];
	struct discovery_fields discovery;
	struct endpoint ends[2], announced, nobody;

	char *state_dir;
	sqlite3 *db;
	sqlite3_stmt *st[ST_COUNT];
	bool in_transaction;
	bool assets_on_disk, links_on_disk; /* there are more of them than in memory */
	bool write_failed;                  /* the last time; logged once */
	uint64_t version;
	struct ledger_counters count;
};

/* ---- ledger.c */

/** Sends the `asset` record (change: new) of @a to the next stage. */
void ledger_announce(struct ledger *l, struct asset *a);

void ledger_mark_asset(struct ledger *l, struct asset *a);

/* ---- ledger_db.c: each counts its failures in count.write_errors */

int ledger_db_prepare(struct ledger *l);
void ledger_db_finalize(struct ledger *l);
void ledger_db_drop_ip(struct ledger *l, uint64_t asset_no, const struct ip_addr *ip);
void ledger_db_drop_mac(struct ledger *l, uint64_t asset_no, const char *mac);
/** Writes the site's zones for those who only read. */
void ledger_db_put_zones(struct ledger *l);
void ledger_db_put_asset(struct ledger *l, struct asset *a);
void ledger_db_put_link(struct ledger *l, struct link *k);
void ledger_db_drop_link(struct ledger *l, uint64_t id);
/** Moves the rows of conversations that are not in memory. @ip: only where it stood for @from; NULL: all. */
void ledger_db_move_links(struct ledger *l, uint64_t from, uint64_t to, const struct ip_addr *ip);

/* ---- ledger_load.c */

/** Reads assets and links, the most recent up to the caps. @return an SQLite result code. */
int ledger_load_all(struct ledger *l);

/** Reads one asset into memory. @return NULL where it is not there; a merged one leads to what it was merged into. */
struct asset *ledger_load_asset(struct ledger *l, uint64_t no);

/** The number of the asset that holds this address ("mac" or "ip") now, 0: none. */
uint64_t ledger_load_holder(struct ledger *l, const char *attr, const char *value);

/** Reads the link of this key into @k, whose key is set. @return true where there was one. */
bool ledger_load_link(struct ledger *l, struct link *k);

#endif
