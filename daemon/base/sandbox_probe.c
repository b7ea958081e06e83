/* What a thread can do once it has shut itself in: tried from within, for the tests. */
#include "base/sandbox_own.h"

#ifdef SEKISHO_WITH_TESTS
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(enum sandbox_role role, const char *what, long result)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "probe: %s %s %s\n", sandbox_role_name(role), what,
			 result >= 0 ? "done" : strerrorname_np(errno));

	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}

static int connect_somewhere(void)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&to, sizeof(to));

	if (fd >= 0)
		close(fd);
	return err;
}

void sandbox_probe(enum sandbox_role role)
{
	static char *const program[] = {(char *)"/bin/true", NULL};
	const char *dir = getenv("SEKISHO_SANDBOX_PROBE");
	char path[4096];

	if (!dir)
		return;
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	tell(role, "open", fd);
	if (fd >= 0)
		close(fd);
	snprintf(path, sizeof(path), "%s/probe-%s", dir, sandbox_role_name(role));
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	tell(role, "write-elsewhere", fd);
	if (fd >= 0)
		close(fd);
	tell(role, "connect", connect_somewhere());
	tell(role, "ptrace", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
	tell(role, "kill", kill(getppid(), 0));
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	tell(role, "fork", pid);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	/* last: where it is let, this process is another program now */
	tell(role, "exec", execv(program[0], program));
}
#else
void sandbox_probe(enum sandbox_role role)
{
	(void)role;
}
#endif
