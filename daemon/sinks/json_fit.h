/*
 * JSON within a byte budget: whole where it fits, else without what matters least.
 */
#ifndef SEKISHO_SINKS_JSON_FIT_H
#define SEKISHO_SINKS_JSON_FIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** What goes first: paths such as "sekisho.src.name", up to a NULL; "*" at the end of one stands for every object there
 * whose key is not among @known (up to a NULL). Where that is not enough, nothing stays but @least: paths "a" or "a.b",
 * up to a NULL. */
struct json_order {
	const char *const *least_first;
	const char *const *known;
	const char *const *least;
};

/**
 * Writes @root as valid JSON of at most @max bytes, without a NUL, into @buf of at least @max bytes; text of the wire
 * is escaped as in json_text(). Where something must go it is taken out of @root, and `sekisho.truncated` says so.
 *
 * @return    the length; 0 where not even its least fits
 */
size_t json_fit(json_t *root, const struct json_order *order, char *buf, size_t max, bool *truncated);

#endif
