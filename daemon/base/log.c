#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/phrase.h"

enum { LINE_MAX_BYTES = 1280, COMPONENT_MAX = 32 };

static enum log_level most = LOG_LEVEL_NOTICE;
static int journal = -1;

void log_set_level(enum log_level level)
{
	most = level;
}

/* The id of the kind of line that @fmt begins, or NULL. */
static const char *message_id(const char *fmt)
{
	static const struct {
		const char *begins, *id;
	} kinds[] = {
#define LOG_KIND(begins, id) {begins, id},
#include "base/log_kinds.def"
#undef LOG_KIND
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(fmt, kinds[i].begins, strlen(kinds[i].begins)) == 0)
			return kinds[i].id;
	}
	return NULL;
}

/* "redis" of "redis: lost ..."; of "%s: ..." it is the line that says who speaks. @return its length, 0: nobody. */
static int component(const char *fmt, const char *line, const char **name)
{
	*name = fmt[0] == '%' ? line : fmt;
	size_t n = strspn(*name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n <= COMPONENT_MAX && (*name)[n] == ':' ? (int)n : 0;
}

/* One datagram of journald's own protocol: a field a line; none of them holds a line's end. */
static bool tell_journal(enum log_level level, const char *fmt, const char *line)
{
	char text[LINE_MAX_BYTES + 512];
	const char *name, *id = message_id(fmt);
	int len = component(fmt, line, &name);

	if (journal < 0)
		return false;
	int n = snprintf(text, sizeof(text),
			 "PRIORITY=%d\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=%s\n%s%.*s%s%s%s%sMESSAGE=%s\n", (int)level,
			 program_invocation_short_name, len ? "SEKISHO_COMPONENT=" : "", len, name, len ? "\n" : "",
			 id ? "MESSAGE_ID=" : "", id ? id : "", id ? "\n" : "", line);
	return n > 0 && (size_t)n < sizeof(text) && write(journal, text, (size_t)n) == n;
}

/* Is stderr the stream that systemd connected to the journal? systemd.exec(5), JOURNAL_STREAM. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
	       st.st_dev == dev && st.st_ino == ino;
}

void log_open(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};

#ifdef SEKISHO_WITH_TESTS
	if (getenv("SEKISHO_JOURNAL_SOCKET"))
		snprintf(to.sun_path, sizeof(to.sun_path), "%s", getenv("SEKISHO_JOURNAL_SOCKET"));
#endif
	if (!stderr_is_journal() || journal >= 0)
		return;
	journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (journal >= 0 && connect(journal, (const struct sockaddr *)&to, sizeof(to)) < 0) {
		close(journal);
		journal = -1;
	}
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	if (level > most)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), phrase(fmt), ap);
	va_end(ap);
	/* what reached us from outside stays on its own line and off the terminal's escapes */
	for (unsigned char *c = (unsigned char *)line; *c; c++) {
		if (*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
	if (tell_journal(level, fmt, line))
		return;
	if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", level, line);
	else
		fprintf(stderr, "%s\n", line);
}

void complain(struct complaint *c, const char *file, unsigned line, unsigned column, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (line && column)
		n = snprintf(c->text, sizeof(c->text), "%s:%u:%u: ", file, line, column);
	else if (line)
		n = snprintf(c->text, sizeof(c->text), "%s:%u: ", file, line);
	else
		n = snprintf(c->text, sizeof(c->text), "%s: ", file);
	if (n < 0 || (size_t)n >= sizeof(c->text))
		return;
	va_start(ap, fmt);
	vsnprintf(c->text + n, sizeof(c->text) - (size_t)n, phrase(fmt), ap);
	va_end(ap);
}
