/*
 * What a thread may still ask of the kernel.
 *
 * Threads that look at others' bytes - those that capture, decode and dissect - may read what is open already, wait,
 * allocate memory and write a line to stderr: no file and no network beyond that, no other program, no look into
 * another process. The analyst may use files, but no network; sinks may use the network, but start nothing. What a
 * thread may not do fails with EPERM, as if the kernel did not know how. On top of that Landlock, where the kernel has
 * it, keeps the whole process to the folders that it needs, and threads that look at others' bytes to none at all.
 *
 * Both go by thread and for good: a thread shuts itself in when it begins, and nothing lets it out again.
 *
 * Sources: seccomp(2), landlock(7).
 */
#ifndef SEKISHO_BASE_SANDBOX_H
#define SEKISHO_BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

enum sandbox_role {
	SANDBOX_CAPTURE, /* reads frames from captures that are open, and hands them on or dissects them */
	SANDBOX_WORKER,  /* dissects what it is handed */
	SANDBOX_ANALYST, /* ledger, rules, alerts: files in the state directory */
	SANDBOX_SINK,    /* delivers to Redis, syslog, a file */
	SANDBOX_SERVER,  /* answers on a socket that is open already */
	SANDBOX_CONSOLE, /* answers on such a socket from files */
	SANDBOX_MAIN,    /* signals, reloads, the health file */
	SANDBOX_ROLES
};

/** "capture" ... "main". */
const char *sandbox_role_name(enum sandbox_role role);

/** A folder or a file that the process goes on needing, with all that is below it. */
struct sandbox_path {
	const char *path;
	bool writes;
};

/** What of it holds in this process. */
struct sandbox_state {
	bool on;       /* sandbox_begin() was called */
	bool seccomp;  /* threads that shut themselves in are filtered */
	bool landlock; /* the process is kept to its folders */
};

/**
 * Keeps the calling thread, and all that it starts from now on, to @paths; what is not there is left out. Lets
 * sandbox_enter() shut threads in from now on. Called once, by the daemon, when captures are open and no other thread
 * has begun. What the kernel lacks is left out too, with a warning in the log.
 */
void sandbox_begin(const struct sandbox_path *paths, size_t n);

/** Shuts the calling thread in. Does nothing before sandbox_begin(). */
void sandbox_enter(enum sandbox_role role);

struct sandbox_state sandbox_state(void);

#endif
