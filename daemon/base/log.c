#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/phrase.h"

static enum log_level most = LOG_LEVEL_NOTICE;

void log_set_level(enum log_level level)
{
	most = level;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[1280];
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
