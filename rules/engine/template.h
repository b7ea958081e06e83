/*
 * The words of an alert with gaps for what was seen.
 *
 *     {src.name}                              the value; "?" where there is none
 *     {modbus.umas.function|start_plc=started|stop_plc=stopped|gave a command}   a word chosen by the value: the first
 * that fits, else the last
 *     {asset.days|*= ({asset.days} days)|}    `*` fits any value; a word may have gaps of its own, whose words have none
 *     {{  }}                                  a brace
 *
 * The id of a zone is shown as the zone's name.
 *
 * Names are resolved when rules load. Filling neither allocates nor fails; text from the wire loses its control
 * characters. What does not fit the buffer is cut at a character and ends in "...".
 */
#ifndef SEKISHO_RULES_TEMPLATE_H
#define SEKISHO_RULES_TEMPLATE_H

#include <stdint.h>

#include "engine/expr.h"

enum { TEMPLATE_VALUE_MAX = 160 /* bytes of one value */ };

/** What people call a zone. */
struct zone_name {
	const char *id, *name;
};

/** Those with a name in one language; a zone that is not among them is shown by its id. */
struct zone_names {
	const struct zone_name *all;
	size_t n;
};

struct template
{
	size_t n_pieces;
	const struct template_piece *pieces;
};

/** A word that stands for a value. */
struct template_choice {
	struct template word;
	struct span token; /* the value, as written */
	uint64_t key;      /* the value, unless it is a text */
	bool any;          /* whatever the value is */
	bool otherwise;
};

struct template_piece {
	struct span text; /* stands before the gap */
	bool has_gap;
	bool is_zone; /* its values are ids of zones */
	struct operand op;
	uint32_t n_choices;
	const struct template_choice *choices;
};

/**
 * Compiles @text, for records whose object is @object, into @arena; @text must live as long.
 * @return 0; -EINVAL with @err filled; -ENOMEM.
 */
__attribute__((warn_unused_result)) int template_compile(struct template *out, const char *text, const char *object,
							 const struct field_registry *fields, struct arena *arena,
							 struct expr_error *err);

/** Writes the next value of @op as a text would show it, UTF-8 without control characters. @return bytes written; 0
 * where there is no further one. */
size_t template_show(const struct operand *op, const struct event *ev, struct operand_walk *w, char *buf, size_t size);

/** Writes the template filled with @ev's values. @return bytes written, without a NUL. */
size_t template_fill(const struct template *t, const struct event *ev, struct zone_names zones, char *buf, size_t size);

#endif
