/*
 * Log lines of the daemon and error lines of the command.
 *
 * A line reads `subsystem: what happened, to what, what we do now`. State changes are logged, never packets. Lines go
 * to stderr; to journald with fields after log_open(), else prefixed `<N>` when stderr is the journal. Safe to call
 * from any thread.
 */
#ifndef SEKISHO_BASE_LOG_H
#define SEKISHO_BASE_LOG_H

#include <stddef.h>

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

void log_set_level(enum log_level most);

/**
 * Where stderr is the journal, lines go to it by its own protocol from now on, with PRIORITY, SEKISHO_COMPONENT (what
 * stands before the colon) and MESSAGE_ID (log_kinds.def). The socket is opened and connected here, before other
 * threads: after that a line is one write(), which every thread may do.
 */
void log_open(void);

void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)

/**
 * What is wrong with some input, for the person who wrote it: `file:line:column: what. remedy`.
 * A reader of input fills it and returns -EINVAL; app prints it. Zero line or column: not known.
 */
struct complaint {
	char text[1024];
};

void complain(struct complaint *c, const char *file, unsigned line, unsigned column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
