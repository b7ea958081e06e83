/*
 * What a name in a rule stands for, and how its value is read from an event.
 *
 * Names are resolved when rules load: `modbus.unit_id` through the field registry, `src.zone`, `dest_port` or `conduit`
 * through a table of this module. Reading neither allocates nor fails; a value that is not there is told as such and
 * makes a comparison false.
 *
 * All ordered values (numbers, names, levels, bools, MAC addresses) are read as one unsigned 64-bit key whose order is
 * theirs, so that every comparison of them is one question: does the key lie in a range?
 */
#ifndef SEKISHO_RULES_OPERAND_H
#define SEKISHO_RULES_OPERAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "event/event.h"
#include "event/finding.h"

enum value_type {
	VALUE_NUMBER, /* unsigned */
	VALUE_SIGNED,
	VALUE_FLOAT,
	VALUE_BOOL,
	VALUE_NAME,  /* a number with tokens */
	VALUE_LEVEL, /* Purdue level in tenths */
	VALUE_MAC,
	VALUE_IP,
	VALUE_TEXT,
	VALUE_BYTES,
	VALUE_ITEM, /* an object of a list: only its presence can be asked */
};

enum operand_source {
	SOURCE_FIELD, /* a value of the record */
	SOURCE_APP_PROTO,
	SOURCE_PROTO,
	SOURCE_SRC_IP,
	SOURCE_DEST_IP,
	SOURCE_DEST_NET, /* of dest_ip: its /16, of IPv6 its /64 */
	SOURCE_SRC_PORT,
	SOURCE_DEST_PORT,
	SOURCE_SRC_MAC,
	SOURCE_DEST_MAC,
	SOURCE_VLAN,
	SOURCE_TUNNEL,
	SOURCE_ONE_SIDED,
	SOURCE_COMPLETE,
	SOURCE_IFACE,
	SOURCE_FUNC_CLASS,
	SOURCE_COUNT,
	SOURCE_CONDUIT,
	SOURCE_CONDUIT_LINE,
	SOURCE_LOSS,
	SOURCE_COUNTED, /* of a finding that counted */
	SOURCE_COUNTED_WINDOW,
	SOURCE_COUNTED_VALUES,
	SOURCE_INDICATOR, /* of a finding that an indicator fits; at_off: the string in struct indicator */
	SOURCE_CONDUIT_WHY,
	SOURCE_BASELINE,
	SOURCE_BASELINE_PAIR,
	SOURCE_BASELINE_FUNCTION,
	SOURCE_BASELINE_RANGE,
	SOURCE_BASELINE_WRITER,
	SOURCE_BASELINE_SERVICE,
	SOURCE_END_ASSET, /* from here: of an end, src or dest */
	SOURCE_END_TEXT,
	SOURCE_END_LEVEL,
	SOURCE_END_REGISTERED,
	SOURCE_END_SCOPE,
	SOURCE_END_KNOWN,
	SOURCE_END_NEW,
	SOURCE_END_OFFERS,
	SOURCE_END_WINDOW,
	SOURCE_END_FIRST_SEEN, /* seconds before the record */
};

struct operand {
	enum operand_source source;
	enum value_type type;
	bool list;                      /* may hold several values */
	bool key;                       /* part of the gate's fact: reading it never needs every single record */
	bool dest;                      /* SOURCE_END_*: of the destination */
	uint16_t at_off;                /* SOURCE_END_TEXT: offset of the string in struct endpoint */
	uint16_t field_no;              /* SOURCE_FIELD: the field's place in its table */
	const struct field_def *field;  /* SOURCE_FIELD */
	const struct field_def *twin;   /* another row of the same name and kind of value (registers and bits of
					   "values[]"), or the same row */
	const struct enum_names *names; /* VALUE_NAME */
	const char *const *words;       /* VALUE_TEXT: the only values it can have, NULL-terminated; or NULL */
};

/** Resolves @name. @return false where there is none. */
bool operand_find(const struct field_registry *fields, const char *name, struct operand *out);

/** The known name nearest to @name, in @buf; NULL where none is near. */
const char *operand_nearest(const struct field_registry *fields, const char *name, char *buf, size_t size);

/** "a number", "a text" ...: for complaints. */
const char *value_type_name(enum value_type type);

/** Are values of this type read by operand_key()? */
bool value_type_is_ordered(enum value_type type);

/* Keys of values, in the order of the values. */

static inline uint64_t key_of_signed(int64_t i)
{
	return (uint64_t)i ^ UINT64_C(1) << 63;
}

static inline uint64_t key_of_float(double d)
{
	uint64_t bits;

	d += 0.0; /* -0.0 is 0.0 */
	memcpy(&bits, &d, sizeof(bits));
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static inline uint64_t key_of_mac(const struct mac *m)
{
	return (uint64_t)m->b[0] << 40 | (uint64_t)m->b[1] << 32 | (uint64_t)m->b[2] << 24 | (uint64_t)m->b[3] << 16 |
	       (uint64_t)m->b[4] << 8 | m->b[5];
}

static inline struct mac mac_of_key(uint64_t key)
{
	struct mac m;

	for (int i = 0; i < 6; i++)
		m.b[i] = (uint8_t)(key >> (40 - 8 * i));
	return m;
}

/** Where a walk over the values of an operand stands; zero at first. */
struct operand_walk {
	uint32_t value; /* of the record's values, or of a list of the origin */
	uint32_t item;  /* within an array value */
};

/* The next value of an operand of an ordered type, of type IP, of type TEXT or BYTES. @return false where there is no
 * further one. */
bool operand_key(const struct operand *op, const struct event *ev, struct operand_walk *w, uint64_t *key);
/* The same of what has one value and is neither a field nor a list of the origin. */
bool operand_first_key(const struct operand *op, const struct event *ev, uint64_t *key);
bool operand_ip(const struct operand *op, const struct event *ev, struct operand_walk *w, struct ip_addr *ip);
bool operand_text(const struct operand *op, const struct event *ev, struct operand_walk *w, struct span *text);

/** Does it exist in findings only, once a condition has held? */
bool operand_is_of_finding(const struct operand *op);

/** May its value be another one for records of one fact of the gate between the same ends? */
bool operand_varies(const struct operand *op);

/** Is it in the record before the ledger has seen it? */
bool operand_is_on_wire(const struct operand *op);

/** Is it one number of a record, whose bits are its key? */
bool operand_is_plain(const struct operand *op);

/** Do they read the same? */
bool operand_same(const struct operand *a, const struct operand *b);

/** Is there any value? */
bool operand_present(const struct operand *op, const struct event *ev);

static inline const struct endpoint *operand_end(const struct operand *op, const struct event *ev)
{
	return op->dest ? ev->dest : ev->src;
}

#endif
