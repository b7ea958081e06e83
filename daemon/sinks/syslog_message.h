/*
 * A syslog message around an alert, without framing:
 *
 *   RFC 5424: <131>1 2026-11-22T00:14:00.000001Z factory-1 sekisho 4711 SKS-MB-05 [sekisho@32473 id="..." ...] BOM
 * payload RFC 3164: <131>Nov 22 09:14:00 factory-1 sekisho[4711]: payload
 *
 * The time is the packet's; RFC 3164 has no zone, so it is the site's clock there. The whole message keeps to a byte
 * budget; when it is tight the payload shrinks first, and where less than 200 bytes were left for it there is no
 * structured data.
 */
#ifndef SEKISHO_SINKS_SYSLOG_MESSAGE_H
#define SEKISHO_SINKS_SYSLOG_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "sinks/alert_view.h"
#include "sinks/sink.h"

struct syslog_message {
	enum syslog_header header;
	enum syslog_payload payload;
	size_t max_bytes;
	char hostname[65]; /* printable ASCII without blanks */
	long pid;
	int offset_s; /* of the site's clock, east of UTC */
	bool no_bom;
};

/** Fills hostname from any text: what RFC 5424 does not allow becomes '-'; "" becomes the nil value. */
void syslog_message_set_hostname(struct syslog_message *m, const char *name);

/**
 * Writes the message for @row, opened as @v, into @buf of at least max_bytes, without a NUL. Of @v only closing is
 * allowed afterwards.
 *
 * @truncated   set where the payload is not whole
 * @return      its length
 */
size_t syslog_message_format(const struct syslog_message *m, const struct delivery *row, struct alert_view *v,
			     char *buf, bool *truncated);

#endif
