/*
 * A syslog message (RFC 5424) around an alert:
 *
 *   <131>1 2026-11-22T00:14:00.000001Z factory-1 sekisho 4711 SKS-MB-05 [sekisho@32473 id="..." rule="..." ...] BOM
 * payload
 *
 * The time is the packet's. The whole message keeps to a byte budget; when it is tight the payload shrinks first, and
 * below 400 bytes there is no structured data.
 */
#ifndef SEKISHO_SINKS_RFC5424_H
#define SEKISHO_SINKS_RFC5424_H

#include <stdbool.h>
#include <stddef.h>

#include "sinks/sink.h"

struct rfc5424 {
	enum syslog_payload payload;
	size_t max_bytes;
	char hostname[65]; /* HOSTNAME: printable ASCII without blanks */
	long pid;
};

/** Fills hostname from any text: what RFC 5424 does not allow becomes '-'; "" becomes the nil value. */
void rfc5424_set_hostname(struct rfc5424 *f, const char *name);

/**
 * Writes the message for @row into @buf of at least max_bytes, without framing and without a NUL.
 * @return its length; *truncated set where the payload is not whole.
 */
size_t rfc5424_format(const struct rfc5424 *f, const struct delivery *row, char *buf, bool *truncated);

#endif
