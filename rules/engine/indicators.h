/*
 * Indicators: addresses, names and hashes that others have warned of, from local CSV files.
 *
 *     type,value,source,expires,comment
 *     ip,203.0.113.7,JPCERT/CC 2026-0012,2026-12-31,command server
 *     ip,198.51.100.0/24,vendor list,,
 *     domain,evil.example,plant,2027-06-30,its subdomains too
 *
 * Types: ip (an address or a prefix; `prefix` is the same), domain, sni (subdomains of these two fit as well; `sni`
 * asks the domains too), ja3, ja4, hash (of a file or certificate, MD5 to SHA-512), url, mac. A line that has expired
 * at the packet time of a record does not fit, and is counted.
 *
 * Lifetime: that of the rule set. Asking neither allocates nor changes anything.
 */
#ifndef SEKISHO_RULES_INDICATORS_H
#define SEKISHO_RULES_INDICATORS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/net_addr.h"
#include "event/finding.h"

enum { INDICATORS_MAX = 500000, INDICATOR_FILE_BYTES_MAX = 128 << 20 };

enum indicator_type {
	INDICATOR_IP,
	INDICATOR_DOMAIN,
	INDICATOR_SNI,
	INDICATOR_JA3,
	INDICATOR_JA4,
	INDICATOR_HASH,
	INDICATOR_URL,
	INDICATOR_MAC,
	INDICATOR_TYPES
};

/** "ip", "domain" ...: NULL-terminated. */
extern const char *const indicator_types[INDICATOR_TYPES + 1];

struct indicators;

/** @return NULL where memory is short. The lines live in @arena. */
struct indicators *indicators_new(struct arena *arena);
void indicators_free(struct indicators *s);

/** Reads @file. @return 0; -EINVAL or -errno with @c filled. */
__attribute__((warn_unused_result)) int indicators_load(struct indicators *s, const char *file, struct complaint *c);

/** The same of text, which is taken apart in place and has room for a NUL at its end. */
__attribute__((warn_unused_result)) int indicators_parse(struct indicators *s, const char *file, char *text, size_t len,
							 struct complaint *c);

/** The line that fits at @now_ns, the most exact one, or NULL. *expired is raised where one fits that has expired. */
const struct indicator *indicators_ip(const struct indicators *s, const struct ip_addr *ip, int64_t now_ns,
				      uint64_t *expired);
const struct indicator *indicators_text(const struct indicators *s, enum indicator_type type, struct span text,
					int64_t now_ns, uint64_t *expired);

size_t indicators_count(const struct indicators *s);

/** Is there any line that may fit a value asked for as @type? */
bool indicators_have(const struct indicators *s, enum indicator_type type);

/** A condition asks for @type. */
void indicators_ask(struct indicators *s, enum indicator_type type);

/** How many lines of @type there are that no condition asks for. */
size_t indicators_unasked(const struct indicators *s, enum indicator_type type);

/** How many have expired at @now_ns. */
size_t indicators_expired(const struct indicators *s, int64_t now_ns);

#endif
