#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox_own.h"

/* Written by each thread that shuts itself in, read by the one that writes the health file. */
static _Atomic bool is_on, has_seccomp, has_landlock;

static const char *const names[SANDBOX_ROLES] = {"capture", "worker", "analyst", "sink", "server", "console", "main"};

/* clang-format off */
/* The groups of calls that roles are made of. */
enum { WAIT = 1, CAPTURE = 2, FILES = 4, TALK = 8, INTERNET = 16, ANSWER = 32, SIGNALS = 64, LIBRARIES = 128 };

static const unsigned groups[SANDBOX_ROLES] = {
	[SANDBOX_CAPTURE] = WAIT | CAPTURE,
	[SANDBOX_WORKER] = WAIT,
	[SANDBOX_ANALYST] = WAIT | FILES,
	[SANDBOX_SINK] = WAIT | FILES | TALK | INTERNET | LIBRARIES,
	[SANDBOX_SERVER] = WAIT | ANSWER,
	[SANDBOX_CONSOLE] = WAIT | FILES | ANSWER,
	[SANDBOX_MAIN] = WAIT | FILES | TALK | SIGNALS | LIBRARIES, /* systemd is told on a local socket */
};

/* Each thread: waiting, memory, what is open already, its own end. */
static const char *const calls_wait[] = {
	"read", "readv", "pread64", "preadv", "write", "writev", "lseek", "_llseek", "close", "fstat", "fstat64",
	"poll", "ppoll", "ppoll_time64", "epoll_wait", "epoll_pwait", "epoll_ctl", "futex", "futex_time64",
	"clock_gettime", "clock_gettime64", "clock_getres", "clock_nanosleep", "clock_nanosleep_time64", "nanosleep",
	"gettimeofday", "time", "munmap", "mremap", "madvise", "brk", "exit", "exit_group", "rt_sigreturn", "sigreturn",
	"rt_sigprocmask", "sigaltstack", "restart_syscall", "sched_yield", "sched_getaffinity", "getpid", "gettid",
	"getrandom", "rseq", "set_robust_list", "membarrier", NULL};

/* A packet socket that is open: its counters, and the interface that it is bound to when that comes back. */
static const char *const calls_capture[] = {
	"getsockopt", "setsockopt", "bind", "recvfrom", "recvmsg", NULL};

/* Files, as far as rights and Landlock let it. */
static const char *const calls_files[] = {
	"open", "openat", "stat", "lstat", "stat64", "lstat64", "fstatat64", "newfstatat", "statx", "access",
	"faccessat", "faccessat2", "pwrite64", "pwritev", "fsync", "fdatasync", "sync_file_range", "ftruncate",
	"ftruncate64", "fallocate", "posix_fadvise", "fadvise64", "rename", "renameat", "renameat2", "unlink",
	"unlinkat", "mkdir", "mkdirat", "rmdir", "fcntl", "fcntl64", "flock", "getdents", "getdents64", "readlink",
	"readlinkat", "getcwd", "umask", "chmod", "fchmod", "fchmodat", "fchown", "fchownat", "utimensat", "dup",
	"dup2", "dup3", "getuid", "geteuid", "getgid", "getegid", "statfs", "statfs64", "fstatfs", "fstatfs64", "uname",
	"sysinfo", "copy_file_range", "link", "linkat", "symlinkat", NULL};

/* Sockets of the kinds below. */
static const char *const calls_talk[] = {
	"connect", "bind", "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "recvmmsg_time64",
	"shutdown", "getsockname", "getpeername", "getsockopt", "setsockopt", "socketpair", "select", "_newselect",
	"pselect6", "pselect6_time64", "eventfd2", "pipe2", NULL};

/* Whoever comes to a socket that is open. */
static const char *const calls_answer[] = {
	"accept", "accept4", "recvfrom", "recvmsg", "sendto", "sendmsg", "shutdown", "getsockname", "getpeername",
	"getsockopt", "setsockopt", "fcntl", "fcntl64", "select", "_newselect", "pselect6", "pselect6_time64",
	"epoll_create1", "eventfd2", NULL};

/* Signals that are waited for. */
static const char *const calls_signals[] = {
	"rt_sigtimedwait", "rt_sigtimedwait_time64", "rt_sigaction", "getrusage",
	/* is the clock kept; to set it would take a capability */
	"adjtimex", "clock_adjtime", "clock_adjtime64", NULL};

static const struct {
	unsigned group;
	const char *const *calls;
} lists[] = {
	{WAIT, calls_wait}, {CAPTURE, calls_capture}, {FILES, calls_files},
	{TALK, calls_talk}, {ANSWER, calls_answer}, {SIGNALS, calls_signals},
};

/* Sockets of these kinds may be made. */
static const struct {
	unsigned group;
	int family;
} families[] = {{TALK, AF_UNIX}, {INTERNET, AF_INET}, {INTERNET, AF_INET6}, {INTERNET, AF_NETLINK /* names */}};
/* clang-format on */

const char *sandbox_role_name(enum sandbox_role role)
{
	return names[role];
}

struct sandbox_state sandbox_state(void)
{
	return (struct sandbox_state){.on = is_on, .seccomp = has_seccomp, .landlock = has_landlock};
}

/* A name that this machine's kernel does not have is no matter. */
static int allow(scmp_filter_ctx filter, const char *call)
{
	int no = seccomp_syscall_resolve_name(call);

	return no == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, SCMP_ACT_ALLOW, no, 0);
}

static int allow_if(scmp_filter_ctx filter, const char *call, struct scmp_arg_cmp when)
{
	int no = seccomp_syscall_resolve_name(call);

	return no == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, SCMP_ACT_ALLOW, no, 1, when);
}

/* Memory that is executed comes with libraries only; a signal goes to the thread's own process; of devices only what an
 * interface and a terminal is like is asked. */
static int allow_some(scmp_filter_ctx filter, unsigned group)
{
	static const char *const mapping[] = {"mmap", "mmap2", "mprotect", NULL};
	static const unsigned long asked[] = {SIOCGIFFLAGS, SIOCGIFINDEX, SIOCGIFNAME, SIOCGIFHWADDR,
					      TCGETS,       FIONREAD,     TIOCOUTQ};
	int err = 0;

	for (size_t i = 0; mapping[i]; i++) {
		if (group & LIBRARIES)
			err |= allow(filter, mapping[i]);
		else
			err |= allow_if(filter, mapping[i], SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	}
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		err |= allow_if(filter, "ioctl", SCMP_A1(SCMP_CMP_EQ, asked[i]));
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (group & families[i].group)
			err |= allow_if(filter, "socket", SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i].family));
	}
	err |= allow_if(filter, "tgkill", SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())); /* abort() */
	if (group & CAPTURE) { /* libpcap empties its socket while it sets a filter */
		err |= allow_if(filter, "fcntl", SCMP_A1(SCMP_CMP_EQ, F_GETFL));
		err |= allow_if(filter, "fcntl", SCMP_A1(SCMP_CMP_EQ, F_SETFL));
	}
	if (!(group & FILES)) /* what glibc makes of fstat() */
		err |= allow_if(filter, "newfstatat", SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
	return err;
}

static int load_filter(enum sandbox_role role)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = filter ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (const char *const *call = lists[i].calls; groups[role] & lists[i].group && *call && !err; call++)
			err = allow(filter, *call);
	}
	if (!err)
		err = allow_some(filter, groups[role]);
	if (!err)
		err = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return err;
}

/* The leak sanitizer looks into the process from one that it starts at the end. */
static bool is_left_open(enum sandbox_role role)
{
#if defined(__SANITIZE_ADDRESS__)
	return role == SANDBOX_MAIN;
#else
	(void)role;
	return false;
#endif
}

void sandbox_begin(const struct sandbox_path *paths, size_t n)
{
	int err = landlock_keep_to(paths, n, false);

	is_on = true;
	has_landlock = err == 0;
	has_seccomp = true;
	if (err == -ENOSYS || err == -EOPNOTSUPP)
		log_warning("sandbox: this kernel has no Landlock (%s): files are kept apart by rights alone",
			    strerror(-err));
	else if (err)
		log_warning("sandbox: Landlock cannot be used (%s): files are kept apart by rights alone",
			    strerror(-err));
}

void sandbox_enter(enum sandbox_role role)
{
	if (!is_on || is_left_open(role))
		return;
	bool sees_frames = role == SANDBOX_CAPTURE || role == SANDBOX_WORKER;
	if (has_landlock && sees_frames && landlock_keep_to(NULL, 0, true) < 0)
		has_landlock = false; /* the health file says so; the filter refuses files as well */
	int err = load_filter(role);
	if (err) {
		has_seccomp = false;
		log_warning("sandbox: the %s thread is not filtered: %s", names[role], strerror(-err));
	}
	sandbox_probe(role);
}
