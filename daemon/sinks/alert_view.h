/*
 * An alert's JSON, read for the receivers that want single fields (jansson).
 *
 * A row that is no JSON object is still delivered: every getter then gives "" or 0, and `whole` says so.
 */
#ifndef SEKISHO_SINKS_ALERT_VIEW_H
#define SEKISHO_SINKS_ALERT_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VIEW_TIME_MAX = 40 };

struct alert_view {
	json_t *root;  /* a reference; NULL where the text is no JSON object */
	json_t *alert; /* EVE's; borrowed, may be NULL as may the rest */
	json_t *sekisho, *src, *dest, *sev, *evidence, *object;
};

/** Parses. @return false where @json is no object; the view is empty then and may be used. */
bool alert_view_open(struct alert_view *v, const char *json, size_t len);
void alert_view_close(struct alert_view *v);

/** The text of a member, "" where it is none. Borrowed from the view. */
const char *view_text(const json_t *object, const char *key);

/** The number of a member, whole or not; 0 where it is none. */
double view_number(const json_t *object, const char *key);
bool view_has(const json_t *object, const char *key);

/** A scalar member as text in @buf ("" where it is none): numbers in decimal, booleans as words. */
const char *view_scalar(const json_t *object, const char *key, char *buf, size_t size);

/** The strings of an array member, joined by @sep, cut at the end of @buf at a whole item. @return @buf. */
const char *view_joined(const json_t *object, const char *key, const char *sep, char *buf, size_t size);

/** The zones of the two ends: "office>line1", "line1" where they are the same, "" where neither is known. */
const char *view_zones(const struct alert_view *v, char *buf, size_t size);

/** "control/production" of the device that is spoken to, or else of the speaker; "" where neither has a usage. */
const char *view_usage(const struct alert_view *v, char *buf, size_t size);

/** EVE's time ("...+0000") as RFC 3339 has it ("...Z", "...+09:00"); "" where it is none. @return @out. */
const char *view_rfc3339(const char *eve, char out[static VIEW_TIME_MAX]);

/** 0-100. */
unsigned view_score(const struct alert_view *v);

#endif
