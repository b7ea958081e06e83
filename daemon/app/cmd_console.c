/* sekisho console: what the sensor knows, in a browser on this machine. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/command.h"
#include "app/console/console.h"
#include "app/listen_at.h"
#include "app/privileges.h"
#include "base/openable.h"
#include "base/sandbox.h"
#include "base/sqlite_care.h"

#define LISTEN "127.0.0.1:9480"

enum { TOKEN_LEAST = 16, TOKEN_MOST = 256 };

struct console_options {
	const char *state, *config, *listen, *token_file, *host;
	bool writes, elsewhere;
};

static int parse_options(int argc, char **argv, struct console_options *o)
{
	static const struct option options[] = {
	    {"state", required_argument, NULL, 's'},      {"config", required_argument, NULL, 'c'},
	    {"listen", required_argument, NULL, 'l'},     {"host", required_argument, NULL, 'h'},
	    {"allow-remote", no_argument, NULL, 'r'},     {"write", no_argument, NULL, 'w'},
	    {"token-file", required_argument, NULL, 't'}, {0}};

	*o = (struct console_options){.listen = LISTEN, .host = ""};
	for (int c; (c = command_option(argc, argv, "s:c:l:", options, NULL)) != -1;) {
		const char **at = c == 's'   ? &o->state
				  : c == 'c' ? &o->config
				  : c == 'l' ? &o->listen
				  : c == 'h' ? &o->host
				  : c == 't' ? &o->token_file
					     : NULL;
		if (at)
			*at = optarg;
		else if (c == 'r')
			o->elsewhere = true;
		else if (c == 'w')
			o->writes = true;
		else
			return EXIT_USAGE;
	}
	if (optind == argc && o->writes == (o->token_file != NULL))
		return EXIT_DONE;
	fputs(say(optind < argc ? W_CONSOLE_HELP : W_CONSOLE_BOTH), stderr);
	return EXIT_USAGE;
}

/* ---- the token */

/* @return 0 with the token in @buf; -EINVAL, -errno with @c filled. */
static int read_token(const char *path, char buf[static TOKEN_MOST + 2], struct complaint *c)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t n = fd < 0 || fstat(fd, &st) < 0 ? -1 : read(fd, buf, TOKEN_MOST + 1);

	if (n < 0) {
		err = -errno;
		complain(c, path, 0, 0, "cannot be read: %s", strerror(errno));
	} else {
		buf[n] = '\0';
		size_t len = strcspn(buf, "\r\n");
		buf[len] = '\0';
		if (st.st_mode & 07) {
			err = -EINVAL;
			complain(c, path, 0, 0,
				 "everybody on this machine may read the token. Take that away: chmod o= %s", path);
		} else if (len < TOKEN_LEAST || len > TOKEN_MOST || strspn(buf, " \t") > 0) {
			err = -EINVAL;
			complain(c, path, 0, 0,
				 "a token is one line of %d to %d characters. Make one: openssl rand -hex 32",
				 TOKEN_LEAST, TOKEN_MOST);
		}
	}
	if (fd >= 0)
		close(fd);
	return err;
}

/* ---- rights */

/* Root goes on as the owner of the state directory: what it reads came from the wire. @return 0 or -errno. */
static int become_owner(const char *state)
{
	struct stat st;

	if (geteuid() != 0 || stat(state, &st) < 0 || st.st_uid == 0)
		return 0;
	return setgroups(0, NULL) < 0 || setgid(st.st_gid) < 0 || setuid(st.st_uid) < 0 ? -errno : 0;
}

static void shut_in(const struct console *k, const char *listen)
{
	const char *path = listen_at_path(listen);
	char *folder = path ? strdup(path) : NULL;
	const struct sandbox_path paths[] = {
	    {"/", false},
	    {"/dev/null", true},
	    {k->state, true},                            /* readers of SQLite share its index of the log */
	    {folder ? dirname(folder) : k->state, true}, /* from which the socket is removed */
	};

	sqlite_care_temporary(k->state);
	sandbox_begin(paths, sizeof(paths) / sizeof(paths[0]));
	free(folder);
}

/* ---- listening */

static int listen_complain(const char *listen, int err, struct complaint *c)
{
	if (err == -EACCES && !listen_at_path(listen) && listen_at_check(listen) == -EACCES)
		complain(c, "--listen", 0, 0,
			 "\"%s\" can be reached from elsewhere, and nobody is asked who he is. Listen on "
			 "127.0.0.1:9480 and come by SSH (docs/console.md), or add --allow-remote",
			 listen);
	else if (err == -EINVAL)
		complain(c, "--listen", 0, 0,
			 "\"%s\" is no address to listen on. Write 127.0.0.1:9480, [::1]:9480 or "
			 "unix:/run/sekisho/console.sock",
			 listen);
	else
		complain(c, "--listen", 0, 0, "%s cannot be listened on: %s. Is another program there?", listen,
			 strerror(-err));
	return err;
}

/* The name of this machine that browsers ask by: given, else the address itself. */
static void note_host(struct console *k, const struct console_options *o)
{
	const char *colon = strrchr(o->listen, ':');

	if (o->host[0])
		snprintf(k->host, sizeof(k->host), "%s", o->host);
	else if (colon && !listen_at_path(o->listen))
		snprintf(k->host, sizeof(k->host), "%.*s", (int)(colon - o->listen), o->listen);
}

static void tell_where(const struct console_options *o, bool elsewhere)
{
	const char *path = listen_at_path(o->listen);

	if (elsewhere)
		command_tell(stderr, say(W_CONSOLE_REMOTE), o->listen);
	if (path)
		command_tell(stdout, say(W_CONSOLE_AT_SOCKET), path);
	else
		command_tell(stdout, say(W_CONSOLE_AT), o->listen);
	fputs(say(o->writes ? W_CONSOLE_WRITES : W_CONSOLE_READS), stdout);
	fflush(stdout);
}

static void wait_for_the_end(void)
{
	sigset_t ends;
	int signal;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	(void)sigwait(&ends, &signal);
}

static void block_signals(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* @fd: taken over. */
static int serve(struct console *k, const struct console_options *o, int fd, struct complaint *c)
{
	struct console_server *s = NULL;
	int err = shelf_new(&k->shelf);

	if (!err)
		err = drawings_new(&k->drawings);
	if (!err)
		err = live_new(&k->live, k->state);
	if (!err)
		err = console_server_start(&s, k, fd);
	if (!err) {
		sandbox_enter(SANDBOX_MAIN);
		tell_where(o, listen_at_check(o->listen) == -EACCES);
		wait_for_the_end();
	} else {
		close(fd);
		complain(c, "console", 0, 0, "cannot be started: %s", strerror(-err));
	}
	console_server_stop(s);
	live_free(k->live);
	drawings_free(k->drawings);
	shelf_free(k->shelf);
	if (listen_at_path(o->listen))
		(void)unlink(listen_at_path(o->listen));
	return err;
}

/* A console that may read nothing is better told so than seen empty. What is not there yet comes with the daemon. */
static int may_read(const char *state, struct complaint *c)
{
	static const char *const files[] = {"ledger.db", "alerts.db"};
	char path[4096];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", state, files[i]);
		int err = openable(path, false, c);
		if (err && err != -ENOENT)
			return err;
	}
	return 0;
}

static int run(struct console *k, const struct console_options *o, struct complaint *c)
{
	char token[TOKEN_MOST + 2];
	int err = late_mhd(c);

	if (!err && o->writes)
		err = read_token(o->token_file, token, c);
	if (err)
		return err;
	k->token = o->writes ? token : NULL;
	if (access(k->state, F_OK) < 0) {
		err = -errno;
		complain(c, k->state, 0, 0, "%s. Is this the state directory of a sensor?", strerror(errno));
		return err;
	}
	(void)command_login(); /* who it is, before it is somebody else */
	err = become_owner(k->state);
	if (err) {
		complain(c, k->state, 0, 0, "its owner cannot be taken on: %s", strerror(-err));
		return err;
	}
	err = may_read(k->state, c);
	if (err)
		return err;
	note_host(k, o);
	int fd = listen_at_open(o->listen, o->elsewhere);
	if (fd < 0)
		return listen_complain(o->listen, fd, c);
	err = privileges_drop();
	if (err) {
		close(fd);
		complain(c, "console", 0, 0, "rights cannot be given up: %s", strerror(-err));
		return err;
	}
	block_signals();
	shut_in(k, o->listen);
	return serve(k, o, fd, c);
}

int cmd_console(int argc, char **argv)
{
	struct console_options o;
	struct complaint c = {""};
	struct config cfg;
	int err = 0, status = parse_options(argc, argv, &o);

	if (status != EXIT_DONE)
		return status;
	if (o.config)
		err = config_load(&cfg, o.config, &c);
	else
		config_default(&cfg);
	if (err)
		return command_failed(err, &c);
	struct console k = {.state = o.state ? o.state : cfg.state, .cfg = &cfg, .japanese = words_japanese()};
	err = run(&k, &o, &c);
	config_free(&cfg);
	return err ? command_failed(err, &c) : EXIT_DONE;
}
