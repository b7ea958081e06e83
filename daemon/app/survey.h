/*
 * Who did what to whom in some captures: the daemon's own way from the wire to the ledger, run once, without gate,
 * alerts or delivery, on a ledger of its own that is thrown away at the end. What `sekisho policy test` and `sekisho
 * learn` look at.
 */
#ifndef SEKISHO_APP_SURVEY_H
#define SEKISHO_APP_SURVEY_H

#include "app/pipeline.h"
#include "base/table.h"

enum { SURVEY_ROWS_MAX = 200000, SURVEY_ALERTS_MAX = 256 };

struct survey_key {
	struct ip_addr src_ip, dest_ip;
	const char *app_proto; /* program string or NULL: equal where the address is */
	uint16_t port;
	uint8_t ip_proto, func_class;
	uint32_t unused;
};

/** One kind of access of one conversation. */
struct survey_row {
	struct survey_key key;
	struct conduit conduit; /* the worst verdict there was */
	const char *src_zone, *dest_zone;
	char src_name[64], dest_name[64];
	uint64_t count;
	int64_t first_ns, last_ns;
	bool answered, same_zone;
	bool of_session; /* the line for the session is its line, too */
};

/** A high alert while the survey ran; those close together are one. */
struct survey_alert {
	int64_t first_ns, last_ns;
	char rule[72];
};

struct survey {
	struct policy_set *set;
	struct policy_set *trouble; /* the same, asked as if conduits allowed everything */
	struct worker *worker;
	struct ledger *ledger;
	char dir[64];
	struct table rows;
	struct survey_alert alerts[SURVEY_ALERTS_MAX];
	unsigned n_alerts;
	uint64_t frames, left_out, alerts_left_out;
	int64_t first_ns, last_ns;
};

/** @return 0; -EINVAL or -errno with @c filled and nothing kept. */
int survey_open(struct survey *s, const char *config_file, struct complaint *c);

/** Reads captures, or listens on interfaces for @seconds (0: until SIGINT or SIGTERM). */
int survey_take(struct survey *s, char **sources, int n, int seconds, struct complaint *c);

/** The rows in a stable order, without those that a finer one of the same conversation makes superfluous. Allocated,
 * the caller's to free; NULL when memory is short. */
struct survey_row **survey_rows(const struct survey *s, size_t *n);
void survey_close(struct survey *s);

/** "modbus", else "tcp", "udp", "icmp", "any". */
const char *survey_protocol(const struct survey_row *r);

/** "read" ... "admin", "any" where nothing is known of it. */
const char *survey_class(const struct survey_row *r);

#endif
