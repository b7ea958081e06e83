/*
 * One device as the ledger holds it in memory: its number, the addresses it was seen with, and what is known of it.
 *
 * Every observed thing keeps its source, first and last time and confidence, and becomes one row of the table
 * `attribute`; nothing observed overwrites what people declare, or the other way round. An asset belongs to the table
 * of struct ledger; its lists are its own and are freed when it is evicted, after it was written.
 */
#ifndef SEKISHO_LEDGER_ASSET_H
#define SEKISHO_LEDGER_ASSET_H

#include <string.h>

#include "base/cursor.h"
#include "base/net_addr.h"
#include "event/endpoint.h"
#include "ledger/mark.h"
#include "ledger/register.h"
#include "ledger/vocab.h"

enum {
	ASSET_IPS_MAX = 32, /* addresses held at once; the one unused longest makes room */
	ASSET_MACS_MAX = 8,
	ASSET_ATTRS_MAX = 64,
	ASSET_TEXT_MAX = 256, /* bytes of one attribute, NUL included */
	ASSET_ID_MAX = 12,
	ASSET_LABEL_MAX = 16, /* an IPv4 address */
};

/** Where something was seen first: word of the ledger's captures (0: live, or none) and frame in it. */
struct seen_at {
	uint16_t capture;
	uint32_t frame;
};

/* Numbers of captures, words of sources and how sure something is, as bits of what keeps them. */
enum { CAPTURE_NAMES_MAX = 512, SOURCES_MAX = 256, CONFIDENCE_MAX = 100 };

/** Captures that something was first seen in; none but NULL is 0, nor those beyond the cap. */
struct capture_names {
	char *name[CAPTURE_NAMES_MAX];
	uint16_t n, last;
};

/** The number of a capture's name. */
uint16_t capture_names_no(struct capture_names *c, const char *name);
void capture_names_deinit(struct capture_names *c);

struct held_ip {
	struct ip_addr ip;
	int64_t first_ns, last_ns;
	const struct zone *zone; /* the place of this address, NULL where no zone claims it */
	struct seen_at at;
	uint16_t source; /* word of the ledger's sources */
	uint16_t vlan;   /* where it was seen first, 0: untagged */
	uint8_t scope;   /* enum ip_scope */
	uint8_t confidence;
	uint8_t hops;     /* routers between it and here by its time to live, the least seen; HOPS_UNKNOWN */
	bool claimed : 1; /* ARP, DHCP and the like say so; else it only stood in packets beside the MAC */
	bool current : 1; /* false: given up since */
	bool dirty : 1;
	bool seen : 1; /* again, since it was written */
};

struct held_mac {
	int64_t first_ns, last_ns;
	struct mac mac;
	uint32_t frame; /* held_mac_at() */
	uint32_t capture : 9;
	uint32_t source : 8;
	uint32_t confidence : 7;
	uint32_t dirty : 1, seen : 1;
};

/* Kinds of attribute with a text value; the names in asset.c are those of the database. */
enum attr {
	ATTR_VLAN,
	ATTR_HOSTNAME,
	ATTR_VENDOR,
	ATTR_MODEL,
	ATTR_SERIAL,
	ATTR_FIRMWARE,
	ATTR_OS,
	ATTR_ROLE,
	ATTR_SERVES,
	ATTR_USES,
	ATTR_NAT,  /* why several devices are thought to stand behind its address */
	ATTR_DOES, /* "writes", "programs": to others; "written", "programmed": by them */
	/* strong keys: the same on two rows speaks for one device (keys.h) */
	ATTR_KEY_OPCUA_CERT,
	ATTR_KEY_OPCUA_URI,
	ATTR_KEY_SMB_GUID,
	ATTR_KEY_DHCP_ID,
	ATTR_KEY_ENIP_SERIAL,
	ATTR_KEY_SERIAL,
	ATTR_COUNT,
	ATTR_KEY_FIRST = ATTR_KEY_OPCUA_CERT,
};

/* A key that was seen longer ago is not what the device shows now. */
#define ASSET_SHOWN_NS (INT64_C(86400) * 1000000000)

#define ASSET_NO_MAX ((UINT64_C(1) << 40) - 1)

enum { HOPS_UNKNOWN = 255, ASSET_TTLS_MAX = 4 };

enum asset_does { DOES_WRITE = 1, DOES_PROGRAM = 2, DOES_GET_WRITTEN = 4, DOES_GET_PROGRAMMED = 8 };

struct attribute {
	const char *text; /* behind its NUL comes what attribute_prev() says */
	int64_t first_ns, last_ns;
	uint32_t frame; /* attribute_at() */
	uint32_t capture : 9;
	enum attr attr : 5;
	uint32_t source : 8;
	uint32_t confidence : 7;
	uint32_t dirty : 1;
	uint32_t lasting : 1; /* the text is not its own (struct note) */
	uint32_t has_prev : 1;
};

/** Who said something, when, and where it stands. */
struct note {
	uint16_t source;
	uint8_t confidence;
	int64_t now_ns;
	struct seen_at at;
	bool lasting; /* its text is printable, and stays as long as the asset may: it is not copied */
};

enum noted {
	NOTED_KNOWN,
	NOTED_BETTER /* by a surer source */,
	NOTED_NEW,
	NOTED_CHANGED /* and another held before */
};

/* Of everything that a device takes this is the most; what each record needs stands at its beginning. */
struct asset {
	uint64_t no;           /* the table's key; 1 is the first */
	struct held_mac *macs; /* begins the piece of memory that both stand in */
	struct held_ip *ips;
	struct attribute *attrs;
	uint8_t n_ips, n_macs, n_attrs;
	uint8_t unit;            /* with has_unit */
	bool router : 1;         /* forwards for others: addresses beside its MAC are not its own unless claimed */
	bool router_maybe : 1;   /* router only because another holds an address that it sent; a claim of its own
				    clears that */
	bool bridge_told : 1;    /* that it stands in two zones */
	bool by_ip : 1;          /* began as an address without a MAC */
	bool parted : 1;         /* a person said of it and another that they are not one device */
	bool behind_router : 1;  /* its address was seen beside a router's MAC */
	bool has_unit : 1;       /* a serial device behind the gateway gateway_no, which passes unit on to it */
	bool may_have_units : 1; /* serial devices stand, or stood, behind it; false: none ever did */
	bool stale : 1;          /* name, role and register row are to be worked out again */
	bool stored : 1;         /* has a row */
	bool fresh : 1;          /* and surely none: nothing of it was ever written */
	bool seen : 1;           /* again, since it was written */
	bool zone_is_pinned : 1; /* comes before what was observed */
	bool contradicts_condition : 1; /* its own traffic showed that a condition of its pass is not met */
	uint8_t mark : 2;               /* enum mark */
	uint16_t n_changes;             /* rows of its history */
	int64_t last_ns;
	uint64_t events;
	uint32_t written_s; /* up to when what is written reaches, in seconds of packet time */
	uint32_t used_s;    /* when it was last made the newest of its table, likewise */
	int64_t first_ns;
	uint32_t checked_s; /* when it was held against its papers last; 0: at the next packet */
	uint32_t said;      /* a hash of name and role, worked out with them */

	/* worked out by asset_describe() */
	const char *name, *role;
	const struct register_row *row; /* what is declared, or NULL */
	const struct zone *zone;        /* that the configuration names it in (zone_is_pinned), else of its papers */
	char label[ASSET_LABEL_MAX];    /* its address as text, where that is short */
	char *texts;                    /* what name and role are that stands nowhere else, or NULL */

	struct vocab_set serves, uses; /* protocols it was seen to speak as server, as client */
	const char *vendor;            /* by OUI, borrowed from struct oui; "" */
	uint64_t gateway_no : 40;
	uint64_t n_ttls : 8, os_families : 8;
	uint64_t does : 8;            /* enum asset_does, of what control protocols did */
	uint8_t ttls[ASSET_TTLS_MAX]; /* times to live of its own TCP over IPv4 that differ, as seen since the start */
	uint32_t mismatch_s;          /* when it was last told that it writes without being for control */
};

/** The word of one bit of enum asset_does, as it is kept; and the bit of a word, 0 where it is none. */
const char *asset_does_word(enum asset_does does);
uint8_t asset_does_bit(const char *word);

/** What its number is called: "A000017". */
struct asset_id {
	char text[ASSET_ID_MAX];
};
struct asset_id asset_id(const struct asset *a);

/** Frees the lists. */
void asset_free_lists(struct asset *a);

static inline struct seen_at attribute_at(const struct attribute *t)
{
	return (struct seen_at){(uint16_t)t->capture, t->frame};
}

/** What the same source said before, or NULL. */
static inline const char *attribute_prev(const struct attribute *t)
{
	return t->has_prev ? t->text + strlen(t->text) + 1 : NULL;
}

static inline struct seen_at held_mac_at(const struct held_mac *m)
{
	return (struct seen_at){(uint16_t)m->capture, m->frame};
}

/** How @m is known: by @source, since what stands at @at. */
void held_mac_show(struct held_mac *m, uint16_t source, uint8_t confidence, struct seen_at at);

const char *attr_name(enum attr attr);
bool attr_by_name(const char *name, enum attr *attr);

/** The place that the configuration gives it by its name, or NULL. */
static inline const struct zone *asset_pinned_zone(const struct asset *a)
{
	return a->zone_is_pinned ? a->zone : NULL;
}

struct held_ip *asset_ip(const struct asset *a, const struct ip_addr *ip);
struct held_mac *asset_mac(const struct asset *a, const struct mac *mac);

/** Adds an address it does not hold yet. @return NULL when memory is short. */
struct held_ip *asset_add_ip(struct asset *a, const struct ip_addr *ip, int64_t now_ns);
struct held_mac *asset_add_mac(struct asset *a, const struct mac *mac, int64_t now_ns);

/** Forgets the address without a trace in the database: it was never this asset's. */
void asset_drop_ip(struct asset *a, struct held_ip *h);
/** Of a full list the one that makes room for the next. */
struct held_ip *asset_unused_ip(const struct asset *a);
void asset_drop_mac(struct asset *a, struct held_mac *m);

/** Notes a text, made printable. What the same source said before becomes the value's former one. */
enum noted asset_note_seen(struct asset *a, enum attr attr, struct span text, const struct note *n);

/** @prev is what the source said before; "" for nothing. Where memory is short it is not kept. */
void asset_set_prev(struct asset *a, struct attribute *t, const char *prev);

/** The attribute with this text, or NULL. */
struct attribute *asset_attr(const struct asset *a, enum attr attr, const char *text);

/** Forgets an attribute, as if it had never been noted. */
void asset_drop_attr(struct asset *a, struct attribute *t);

/** The same without a place. @return true where it is news. */
bool asset_note(struct asset *a, enum attr attr, struct span text, uint16_t source, uint8_t confidence, int64_t now_ns);

/** The text of @attr that is believed most, the latest among equals; NULL where there is none. */
const char *asset_text(const struct asset *a, enum attr attr);

/** The address it is best known by: current, claimed before seen, IPv4 before IPv6, the earliest among equals; NULL
 * where it has none. */
const struct held_ip *asset_main_ip(const struct asset *a);

/** Finds its row in the register: MAC before IP. */
const struct register_row *asset_declared(const struct asset *a, const struct asset_register *r);

/** Works out row, name, role and label. */
void asset_describe(struct asset *a, const struct asset_register *r, const struct site *site,
		    const struct vocab *protocols);

/** The same for a serial device behind @gateway (described before; NULL: not known): its papers are the gateway's, as
 * long as it has none of its own. */
void asset_describe_unit(struct asset *a, const struct asset *gateway, const struct asset_register *r,
			 const struct site *site, const struct vocab *protocols);

/** Tokens of its roles, at most @max; borrowed until the next call. @return how many. */
int asset_roles(const struct asset *a, const struct vocab *protocols, char roles[][32], int max);

#endif
