#include "http/http_command.h"

#include <string.h>

#include "http/http_field.h"
#include "http/http_magic.h"

bool http_has_lookup(struct span text)
{
	static const char *const begins[] = {"jndi:", "${", "lower:", "upper:", "env:", "sys:", "::-"};
	long at;

	while ((at = http_find(text, '$')) != HTTP_NOT_FOUND) {
		text = span_skip(text, (size_t)at + 1);
		if (!http_begins(text, "{"))
			continue;
		for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
			if (http_begins(span_skip(text, 1), begins[i]))
				return true;
		}
	}
	return false;
}

/* %XX and + become what they stand for; what separates parameters becomes NUL. @return bytes */
static size_t decode(struct span s, uint8_t out[static HTTP_MAGIC_BYTES])
{
	struct cursor c = cur_of(s);
	size_t n = 0;

	while (cur_left(&c) > 0 && n < HTTP_MAGIC_BYTES) {
		uint8_t byte = cur_u8(&c);
		struct cursor ahead = c;
		if (byte == '%') {
			int high = http_hex(cur_u8(&ahead)), low = http_hex(cur_u8(&ahead));
			if (cur_ok(&ahead) && high >= 0 && low >= 0) {
				byte = (uint8_t)(high << 4 | low);
				c = ahead;
			}
		} else if (byte == '+') {
			byte = ' ';
		} else if (byte == '&') {
			/* "a=1&&reboot" is a command, "a=1&b=2" is not */
			bool twice = cur_u8(&ahead) == '&';
			byte = twice ? '&' : 0;
			if (twice)
				c = ahead;
		}
		out[n++] = byte;
	}
	return n;
}

/* Without the path of a program: /bin/, /usr/bin/. */
static struct span without_path(struct span s)
{
	static const char *const paths[] = {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (http_begins(s, paths[i]))
			return span_skip(s, strlen(paths[i]));
	}
	return s;
}

/*
 * Is this a command? Programs by which malware is fetched need nothing behind them. What is an ordinary word or the
 * name of a column besides needs what only a command has: an option, a path, a number, or to stand in $( ).
 */
static bool is_command(struct span s, bool substituted)
{
	static const char *const fetches[] = {"wget", "curl", "tftp", "ftpget", "busybox", "telnetd"};
	static const char *const others[] = {"cat",  "ls",   "id",    "uname",  "sh", "bash",   "ash",
					     "nc",   "ping", "sleep", "reboot", "rm", "chmod",  "cd",
					     "echo", "cp",   "mv",    "kill",   "ps", "whoami", "ifconfig"};
	size_t n = 0;

	s = without_path(http_trim(s));
	while (n < s.len && http_is_tchar(s.ptr[n]) && s.ptr[n] != '`' && s.ptr[n] != '|' && s.ptr[n] != '$')
		n++;
	struct span word = span_head(s, n), rest = span_skip(s, n), behind = http_trim(rest);
	for (size_t i = 0; i < sizeof(fetches) / sizeof(fetches[0]); i++) {
		if (http_is(word, fetches[i]))
			return true;
	}
	bool blank = rest.len > 0 && http_is_blank(rest.ptr[0]);
	bool argument = blank && behind.len > 0 && behind.ptr[0] && strchr("/-.$0123456789", behind.ptr[0]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (http_is(word, others[i]))
			return substituted || argument || http_begins(rest, "${ifs}");
	}
	return false;
}

bool http_form_has_command(struct span parameters)
{
	uint8_t text[HTTP_MAGIC_BYTES];
	struct span s = span_of(text, decode(parameters, text));
	bool found = http_has_lookup(s);

	for (size_t i = 0; i < s.len && !found; i++) {
		bool substituted = s.ptr[i] == '$' && i + 1 < s.len && s.ptr[i + 1] == '(';
		if (substituted || (s.ptr[i] && strchr(";|&`\n", s.ptr[i])))
			found = is_command(span_skip(s, i + 1 + substituted), substituted);
	}
	/* passwords stand in forms */
	explicit_bzero(text, sizeof(text));
	return found;
}
