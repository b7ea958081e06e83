/*
 * Alerts a page at a time, the one raised last first: for those who show them while a sensor works. By number, not by
 * when each was last seen: an index of that would be written with each repeat.
 */
#ifndef SEKISHO_ALERT_ALERTS_PAGE_H
#define SEKISHO_ALERT_ALERTS_PAGE_H

#include "alert/outbox.h"

/** With an asset, only so many of the newest alerts are looked through. */
enum { ALERTS_PAGE_LOOKS_AT = 50000 };

struct alerts_page {
	const char *state, *zone, *rule; /* of either end; id or its beginning; each or NULL */
	const char *alert_id;            /* or NULL */
	const char *asset_id;            /* takes part at either end; or NULL */
	enum alert_level least_level;
	unsigned limit;
	uint64_t offset;
};

struct alerts_paged {
	uint64_t total;    /* that fit */
	bool older;        /* of an asset: there are alerts that were not looked at */
	uint64_t last_seq; /* of the outbox, of the same moment: what is told later is not here */
};

/** Calls @row with one alert object each. @return 0; -ENOENT where there are no alerts yet; -errno with @c filled. */
int alerts_page(const char *state_dir, const struct alerts_page *p, struct alerts_paged *out,
		void (*row)(void *ctx, const char *json), void *ctx, struct complaint *c);

#endif
