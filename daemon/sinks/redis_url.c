#include "sinks/redis_url.h"
#include "base/phrase.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char what_is_right[] =
    PHRASE_LATER("Write redis://[user:password@]host[:port][/db], rediss:// for TLS, or unix:///path/to.sock[?db=N]");

static int refuse(struct complaint *c, const char *what)
{
	complain(c, "redis", 0, 0, "%s%s%s", phrase(what), phrase_is_japanese() ? "。" : ". ", phrase(what_is_right));
	return -EINVAL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes the percent-encoding of @len bytes. @return false where it is wrong, holds a NUL or does not fit. */
static bool decode(const char *text, size_t len, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int c = (unsigned char)text[i];
		if (c == '%') {
			int high = len - i > 2 ? hex_digit(text[i + 1]) : -1,
			    low = len - i > 2 ? hex_digit(text[i + 2]) : -1;
			if (high < 0 || low < 0)
				return false;
			c = high << 4 | low;
			i += 2;
		}
		if (c == 0 || n + 1 >= size)
			return false;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return true;
}

static bool parse_number(const char *text, size_t len, unsigned least, unsigned most, unsigned *out)
{
	unsigned value = 0;

	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*out = value;
	return value >= least && value <= most;
}

/* "user:password", "user" or ":password". */
static bool parse_userinfo(const char *text, size_t len, struct redis_address *out)
{
	const char *colon = memchr(text, ':', len);
	size_t user_len = colon ? (size_t)(colon - text) : len;

	if (!decode(text, user_len, out->user, sizeof(out->user)))
		return false;
	return !colon || decode(colon + 1, len - user_len - 1, out->password, sizeof(out->password));
}

/* "host", "host:port", "[v6]", "[v6]:port". */
static const char *parse_host(const char *text, size_t len, unsigned port, struct redis_address *out)
{
	const char *host = text, *rest;
	size_t host_len;

	if (len > 0 && text[0] == '[') {
		const char *close = memchr(text, ']', len);
		if (!close)
			return PHRASE_LATER("the bracket of the IPv6 address is not closed");
		host = text + 1;
		host_len = (size_t)(close - host);
		rest = close + 1;
	} else {
		const char *colon = memchr(text, ':', len);
		host_len = colon ? (size_t)(colon - text) : len;
		rest = text + host_len;
	}
	size_t rest_len = (size_t)(text + len - rest);
	if (host_len == 0 || !decode(host, host_len, out->host, sizeof(out->host)))
		return PHRASE_LATER("the host is missing or too long");
	if (rest_len > 0 && (rest[0] != ':' || !parse_number(rest + 1, rest_len - 1, 1, 65535, &port)))
		return PHRASE_LATER("the port must be a number from 1 to 65535");
	out->port = (uint16_t)port;
	return NULL;
}

static int parse_tcp(const char *text, bool hostless, struct redis_address *out, struct complaint *c)
{
	size_t len = strcspn(text, "/?#");
	const char *path = text + len, *at = memrchr(text, '@', len), *wrong;

	if (at) {
		if (!parse_userinfo(text, (size_t)(at - text), out))
			return refuse(c,
				      PHRASE_LATER("the user or the password is not encoded rightly (%XX for special "
						   "characters), or too long"));
		len -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	if (hostless)
		wrong = len > 0 ? PHRASE_LATER("with Sentinel, no host is named: it comes from Sentinel") : NULL;
	else
		wrong = parse_host(text, len, out->port, out);
	if (wrong)
		return refuse(c, wrong);
	if (*path == '/' && path[1] && !parse_number(path + 1, strlen(path + 1), 0, 65535, &out->db))
		return refuse(c, PHRASE_LATER("behind the host stands the number of the database"));
	if (*path && *path != '/')
		return refuse(c, PHRASE_LATER("there are no options behind the host"));
	return 0;
}

static int parse_unix(const char *text, struct redis_address *out, struct complaint *c)
{
	const char *slash = strchr(text, '/'), *query;

	if (!slash)
		return refuse(c, PHRASE_LATER("the path of the socket must be absolute"));
	if (slash != text) {
		if (slash[-1] != '@' || !parse_userinfo(text, (size_t)(slash - 1 - text), out))
			return refuse(c, PHRASE_LATER("the path of the socket must be absolute (three slashes)"));
	}
	size_t len = strcspn(slash, "?");
	query = slash + len;
	if (len < 2 || !decode(slash, len, out->path, sizeof(out->path)))
		return refuse(c, PHRASE_LATER("the path of the socket is missing or longer than 107 bytes"));
	if (*query &&
	    (strncmp(query, "?db=", 4) != 0 || !parse_number(query + 4, strlen(query + 4), 0, 65535, &out->db)))
		return refuse(c, PHRASE_LATER("behind the path only ?db=N may stand"));
	return 0;
}

static int parse_url(const char *url, bool hostless, struct redis_address *out, struct complaint *c)
{
	*out = (struct redis_address){.port = 6379};
	if (strncmp(url, "redis://", 8) == 0)
		return parse_tcp(url + 8, hostless, out, c);
	if (strncmp(url, "rediss://", 9) == 0) {
		out->tls = true;
		return parse_tcp(url + 9, hostless, out, c);
	}
	if (strncmp(url, "unix://", 7) == 0 && !hostless)
		return parse_unix(url + 7, out, c);
	return refuse(c, PHRASE_LATER("this is no address of a Redis"));
}

int redis_url_parse(const char *url, struct redis_address *out, struct complaint *c)
{
	return parse_url(url, false, out, c);
}

int redis_url_parse_hostless(const char *url, struct redis_address *out, struct complaint *c)
{
	return parse_url(*url ? url : "redis://", true, out, c);
}

int redis_url_parse_place(const char *text, uint16_t default_port, struct redis_address *out, struct complaint *c)
{
	const char *wrong = parse_host(text, strlen(text), default_port, out);

	if (!wrong)
		return 0;
	complain(c, "redis", 0, 0, "%s: %s. Write host:port", text, phrase(wrong));
	return -EINVAL;
}

const char *redis_url_label(const struct redis_address *a, char *buf, size_t size)
{
	if (a->path[0])
		snprintf(buf, size, "%s", a->path);
	else
		snprintf(buf, size, strchr(a->host, ':') ? "[%s]:%u" : "%s:%u", a->host, a->port);
	return buf;
}
