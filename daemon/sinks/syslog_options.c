/*
 * A syslog receiver as it is configured: checked, and made into a sink.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "sinks/syslog_sink.h"

enum {
	UDP_BYTES = 1024,
	RFC3164_BYTES = 1024, /* RFC 3164, 4.1 */
	STREAM_BYTES = 8192,
	LEAST_BYTES = 480, /* RFC 5424, 6.1: what every receiver takes */
	MOST_BYTES = 65000,
};

const struct syslog_transport_info syslog_transports[] = {
    [SYSLOG_UDP] = {"udp", "514", false},   [SYSLOG_TCP] = {"tcp", "601", true}, [SYSLOG_TLS] = {"tls", "6514", true},
    [SYSLOG_RELP] = {"relp", "2514", true}, [SYSLOG_UNIX] = {"unix", "", false},
};

/* "host:port" and "[v6]:port" taken apart; "host" alone means the port of the transport. @return false where it is
 * neither. */
static bool split_address(const char *address, const char *usual_port, char host[static 256], char port[static 8])
{
	const char *end = address[0] == '[' ? strchr(address, ']') : strrchr(address, ':');
	const char *from = address[0] == '[' ? address + 1 : address;
	const char *rest = !end ? address + strlen(address) : *end == ']' ? end + 1 : end;
	size_t len = end ? (size_t)(end - from) : strlen(from);
	char *stop;

	if ((address[0] == '[' && !end) || len == 0 || len > 255 || (address[0] != '[' && memchr(from, ':', len)))
		return false;
	memcpy(host, from, len);
	host[len] = '\0';
	if (!*rest) {
		snprintf(port, 8, "%s", usual_port);
		return true;
	}
	unsigned long number = *rest == ':' && rest[1] >= '0' && rest[1] <= '9' ? strtoul(rest + 1, &stop, 10) : 0;
	if (number < 1 || number > 65535 || *stop)
		return false;
	snprintf(port, 8, "%lu", number);
	return true;
}

static int set_address(struct syslog_sink *s, const struct syslog_options *o, struct complaint *c)
{
	snprintf(s->address, sizeof(s->address), "%s", o->address);
	if (o->transport == SYSLOG_UNIX) {
		if (o->address[0] == '/' && strlen(o->address) < sizeof(((struct sockaddr_un *)0)->sun_path))
			return 0;
		complain(c, "syslog address", 0, 0,
			 "%s is no path of a socket. Write an absolute path such as /dev/log", o->address);
		return -EINVAL;
	}
	if (strlen(o->address) < sizeof(s->address) &&
	    split_address(o->address, syslog_transports[o->transport].port, s->host, s->port))
		return 0;
	complain(c, "syslog address", 0, 0, "%s is no address. Write host:port, or [v6 address]:port", o->address);
	return -EINVAL;
}

static int set_bytes(struct syslog_sink *s, const struct syslog_options *o, struct complaint *c)
{
	int usual = o->transport == SYSLOG_UDP ? UDP_BYTES : o->header == SYSLOG_RFC3164 ? RFC3164_BYTES : STREAM_BYTES;
	int bytes = o->max_bytes ? o->max_bytes : usual;

	s->message.max_bytes = (size_t)bytes;
	if (bytes >= LEAST_BYTES && bytes <= MOST_BYTES)
		return 0;
	complain(c, "syslog max_bytes", 0, 0, "%d must be from %d to %d", bytes, LEAST_BYTES, MOST_BYTES);
	return -EINVAL;
}

/* @return 0, or an error with @c filled. */
static int set_up(struct syslog_sink *s, const struct syslog_options *o, struct complaint *c)
{
	int err = set_address(s, o, c);

	if (!err)
		err = set_bytes(s, o, c);
	if (!err && (o->transport == SYSLOG_TLS || o->with_tls))
		err = tls_client_new(&s->tls, &o->tls, "syslog", c);
	if (!err)
		err = syslog_filter_init(&s->filter, o);
	if (!err && !syslog_out_room(s, s->message.max_bytes + 64))
		err = -ENOMEM;
	return err;
}

int sink_syslog_new(struct sink **out, const struct syslog_options *o, struct complaint *c)
{
	struct syslog_sink *s = calloc(1, sizeof(*s));
	char what[300];

	*out = NULL;
	if (!s)
		return -ENOMEM;
	*s = (struct syslog_sink){
	    .sink = {.ops = &syslog_ops},
	    .transport = o->transport,
	    .message = {.header = o->header,
			.payload = o->payload,
			.pid = (long)getpid(),
			.offset_s = o->offset_s,
			.no_bom = o->no_bom},
	    .stream = {.newline_framing = o->newline_framing},
	    .care = {.most_rows = SYSLOG_BATCH},
	    .wire = {.fd = -1},
	    .backoff_ms = SYSLOG_BACKOFF_MS,
	};
	syslog_message_set_hostname(&s->message, o->hostname ? o->hostname : "");
	int err = set_up(s, o, c);
	if (err) {
		syslog_ops.close(&s->sink);
		return err;
	}
	snprintf(what, sizeof(what), "%s:%s", syslog_transports[o->transport].name, o->address);
	sink_set_name(&s->sink, "syslog", o->name ? o->name : what);
	*out = &s->sink;
	return 0;
}
