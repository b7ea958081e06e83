/* sekisho setup: the first configuration of a sensor, and whether its mirror port is one. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/command.h"
#include "app/datadir.h"
#include "app/delivery.h"
#include "app/mirror.h"
#include "base/json.h"

#define CONFIG_FILE "/etc/sekisho/sekisho.yaml"
#define UNIT_DIR    "/etc/systemd/system/sekishod.service.d"

enum { ANSWER_MAX = 512, LISTEN_S = 30, LISTEN_MAX_S = 3600, CONFIG_BYTES_MAX = 1 << 20 };

/* What is asked, or said by options. */
struct answers {
	char interface[ANSWER_MAX], site[ANSWER_MAX], sensor[ANSWER_MAX], zones[ANSWER_MAX], redis[ANSWER_MAX],
	    syslog[ANSWER_MAX];
};

struct setup {
	struct answers a;
	const char *state, *output, *port;
	int listen_s;
	bool force, yes;
};

static bool set(char *to, const char *from)
{
	if (strlen(from) >= ANSWER_MAX)
		return false;
	strcpy(to, from);
	return true;
}

static int parse_options(int argc, char **argv, struct setup *s)
{
	static const struct option options[] = {{"interface", required_argument, NULL, 'i'},
						{"site", required_argument, NULL, 's'},
						{"sensor", required_argument, NULL, 'n'},
						{"zones", required_argument, NULL, 'z'},
						{"redis", required_argument, NULL, 'r'},
						{"syslog", required_argument, NULL, 'l'},
						{"state", required_argument, NULL, 'S'},
						{"output", required_argument, NULL, 'o'},
						{"force", no_argument, NULL, 'F'},
						{"yes", no_argument, NULL, 'y'},
						{"listen", required_argument, NULL, 't'},
						{"check-port", required_argument, NULL, 'p'},
						{0}};
	bool good = true;
	char *end;

	*s = (struct setup){.state = "/var/lib/sekisho", .output = CONFIG_FILE, .listen_s = LISTEN_S};
	for (int o; (o = command_option(argc, argv, "o:", options, NULL)) != -1;) {
		switch (o) {
		case 'i':
			good &= set(s->a.interface, optarg);
			break;
		case 's':
			good &= set(s->a.site, optarg);
			break;
		case 'n':
			good &= set(s->a.sensor, optarg);
			break;
		case 'z':
			good &= set(s->a.zones, optarg);
			break;
		case 'r':
			good &= set(s->a.redis, optarg);
			break;
		case 'l':
			good &= set(s->a.syslog, optarg);
			break;
		case 'S':
			s->state = optarg;
			break;
		case 'o':
			s->output = optarg;
			break;
		case 'F':
			s->force = true;
			break;
		case 'y':
			s->yes = true;
			break;
		case 'p':
			s->port = optarg;
			break;
		case 't':
			s->listen_s = (int)strtol(optarg, &end, 10);
			if (end == optarg || *end || s->listen_s < 0 || s->listen_s > LISTEN_MAX_S)
				return command_bad_value(optarg, "--listen", "0 - 3600");
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (!good || optind < argc) {
		fputs(say(W_SETUP_HELP), stderr);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* ---- asking */

/* The answer, or @preset where it is empty. @return false where nobody can be asked and there is no preset. */
static bool ask(const struct setup *s, enum word question, const char *shown, char *answer, const char *preset,
		const char *option)
{
	if (answer[0])
		return true;
	if (s->yes || !isatty(STDIN_FILENO)) {
		if (!preset) {
			command_tell(stderr, say(W_SETUP_NEEDS), option + 2, option);
			return false;
		}
		return set(answer, preset);
	}
	command_tell(stdout, say(question), shown);
	fflush(stdout);
	if (!fgets(answer, ANSWER_MAX, stdin))
		answer[0] = '\0';
	answer[strcspn(answer, "\r\n")] = '\0';
	if (!answer[0] && preset)
		return set(answer, preset);
	if (!answer[0])
		command_tell(stderr, say(W_SETUP_NEEDS), option + 2, option);
	return answer[0] != '\0';
}

static const char *interfaces_here(char *buf, size_t size)
{
	struct if_nameindex *all = if_nameindex();
	size_t n = 0;

	buf[0] = '\0';
	for (struct if_nameindex *i = all; i && i->if_index != 0 && n < size; i++) {
		if (strcmp(i->if_name, "lo") != 0)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? ", " : "", i->if_name);
	}
	if (all)
		if_freenameindex(all);
	return buf;
}

static bool ask_all(struct setup *s)
{
	struct answers *a = &s->a;
	char here[ANSWER_MAX], host[ANSWER_MAX] = "";

	(void)gethostname(host, sizeof(host) - 1);
	return ask(s, W_SETUP_ASK_INTERFACE, interfaces_here(here, sizeof(here)), a->interface, NULL, "--interface") &&
	       ask(s, W_SETUP_ASK_SITE, host[0] ? host : "site", a->site, host[0] ? host : "site", "--site") &&
	       ask(s, W_SETUP_ASK_SENSOR, "line-1", a->sensor, "line-1", "--sensor") &&
	       ask(s, W_SETUP_ASK_ZONES, "none", a->zones, "none", "--zones") &&
	       ask(s, W_SETUP_ASK_REDIS, "none", a->redis, "none", "--redis") &&
	       ask(s, W_SETUP_ASK_SYSLOG, "none", a->syslog, "none", "--syslog");
}

/* ---- writing */

static void put(struct json *j, const char *text)
{
	json_put(j, text, strlen(text));
}

/* What people typed, as a text of YAML: JSON's texts are some. */
static void put_text(struct json *j, const char *before, const char *text, const char *after)
{
	struct json quoted;

	json_init(&quoted, 8 * ANSWER_MAX);
	json_str(&quoted, text);
	put(j, before);
	json_put(j, quoted.buf, quoted.len);
	put(j, after);
	json_deinit(&quoted);
}

/* The worked example, or a file of zones of one's own, below the rest as it stands. */
static int put_zones(struct json *j, const char *zones, struct complaint *c)
{
	char name[ANSWER_MAX + 32], buf[4096];

	if (strcmp(zones, "none") == 0)
		return 0;
	bool shipped = strcmp(zones, "purdue") == 0 || strcmp(zones, "fa") == 0;
	snprintf(name, sizeof(name), "configs/zones-%s.yaml", shipped ? zones : "");
	char *path = shipped ? datadir_find(name) : strdup(zones);
	FILE *f = path ? fopen(path, "re") : NULL;
	if (!f) {
		int err = errno ? -errno : -ENOENT;
		complain(c, path ? path : name, 0, 0,
			 "the zones cannot be read: %s. Write purdue, fa, none, or a file's path", strerror(-err));
		free(path);
		return err;
	}
	free(path);
	put(j, "\n");
	for (size_t n; (n = fread(buf, 1, sizeof(buf), f)) > 0;)
		json_put(j, buf, n);
	fclose(f);
	return 0;
}

/* "tcp:host:514" @return false where it is none. */
static bool put_syslog(struct json *j, const char *syslog)
{
	const char *transports[] = {"udp", "tcp"};

	if (strcmp(syslog, "none") == 0)
		return true;
	for (int i = 0; i < 2; i++) {
		size_t n = strlen(transports[i]);
		const char *port = strrchr(syslog, ':');
		if (strncmp(syslog, transports[i], n) != 0 || syslog[n] != ':' || port <= syslog + n + 1 || !port[1])
			continue;
		put(j, "\nsyslog:\n  - transport: ");
		put(j, transports[i]);
		put_text(j, "\n    address: ", syslog + n + 1, "\n");
		return true;
	}
	command_tell(stderr, say(W_SETUP_BAD_SYSLOG), syslog);
	return false;
}

static int compose(struct json *j, const struct setup *s, struct complaint *c)
{
	const struct answers *a = &s->a;

	put(j, "# The configuration of this sensor. Every key: sekisho config keys\n");
	put_text(j, "state: ", s->state, "\n");
	put_text(j, "\nsensor:\n  name: ", a->sensor, "\n");
	put_text(j, "  site: ", a->site, "\n");
	put_text(j, "\ncapture:\n  interfaces: [", a->interface, "]\n");
	if (strcmp(a->redis, "none") != 0)
		put_text(j, "\nredis:\n  url: ", a->redis, "\n");
	if (!put_syslog(j, a->syslog))
		return -EINVAL;
	return put_zones(j, a->zones, c);
}

/* Into @path, if the daemon would take it; one that is there is kept beside it. */
static int write_checked(const struct setup *s, const struct json *j, struct complaint *c)
{
	char fresh[4096], before[4096];
	struct config cfg;

	snprintf(fresh, sizeof(fresh), "%s.new", s->output);
	snprintf(before, sizeof(before), "%s.before", s->output);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	bool good = f && fwrite(j->buf, 1, j->len, f) == j->len && fflush(f) == 0 && fsync(fd) == 0;
	int err = good ? 0 : errno ? -errno : -EIO;
	if (f && fclose(f) != 0 && !err)
		err = -EIO;
	if (err) {
		complain(c, fresh, 0, 0, "cannot be written: %s", strerror(-err));
	} else {
		err = config_load(&cfg, fresh, c);
		if (!err) {
			err = delivery_check(&cfg, c);
			config_free(&cfg);
		}
	}
	if (!err && access(s->output, F_OK) == 0 && rename(s->output, before) < 0)
		err = -errno;
	if (!err && rename(fresh, s->output) < 0)
		err = -errno;
	if (err && !c->text[0])
		complain(c, s->output, 0, 0, "cannot be replaced: %s", strerror(-err));
	if (err)
		(void)unlink(fresh);
	return err;
}

/* Does an answer name a receiver that is reached by the network? */
static bool needs_network(const struct answers *a)
{
	return strcmp(a->syslog, "none") != 0 || (strcmp(a->redis, "none") != 0 && strncmp(a->redis, "unix:", 5) != 0);
}

/* The unit lets the daemon reach no address; here it is told which. What is there is left as it is. */
static void open_unit(const struct setup *s)
{
	static const char text[] =
	    "# Written by sekisho setup: Redis, SIEM and name servers are inside. Name single addresses to be "
	    "stricter.\n"
	    "[Service]\n"
	    "IPAddressAllow=localhost link-local 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7\n";
	const char *file = UNIT_DIR "/receivers.conf";

	if (!needs_network(&s->a))
		return;
	if (strcmp(s->output, CONFIG_FILE) == 0 && (mkdir(UNIT_DIR, 0755) == 0 || errno == EEXIST)) {
		int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		bool written = fd >= 0 && write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1;
		if (fd >= 0)
			close(fd);
		if (written || errno == EEXIST) {
			command_tell(stdout, say(W_SETUP_UNIT_OPENED), file);
			return;
		}
	}
	command_tell(stdout, say(W_SETUP_UNIT_CLOSED), file, text);
}

static int write_config(const struct setup *s)
{
	struct complaint c = {""};
	struct json j;

	if (access(s->output, F_OK) == 0 && !s->force) {
		complain(&c, s->output, 0, 0, say(W_SETUP_EXISTS), s->output);
		return command_failed(-EINVAL, &c);
	}
	json_init(&j, CONFIG_BYTES_MAX);
	int err = compose(&j, s, &c);
	if (!err && j.overflow)
		err = -E2BIG;
	if (!err)
		err = write_checked(s, &j, &c);
	json_deinit(&j);
	if (err)
		return c.text[0] ? command_failed(err, &c) : EXIT_INPUT;
	command_tell(stdout, say(W_SETUP_WRITTEN), s->output, s->output);
	open_unit(s);
	return EXIT_DONE;
}

/* ---- the port */

static int check_port(const char *port, int seconds)
{
	struct complaint c = {""};
	struct mirror_seen seen;

	if (if_nametoindex(port) != 0)
		command_tell(stdout, say(W_SETUP_LISTENS), port, seconds);
	fflush(stdout);
	int err = mirror_look(&seen, port, seconds, &c);
	if (err)
		return command_failed(err, &c);
	bool well = mirror_tell(&seen, port, stdout);
	return well ? EXIT_DONE : EXIT_INPUT;
}

int cmd_setup(int argc, char **argv)
{
	struct setup s;
	int status = parse_options(argc, argv, &s);

	if (status != EXIT_DONE)
		return status;
	if (s.port)
		return check_port(s.port, s.listen_s ? s.listen_s : LISTEN_S);
	if (!ask_all(&s))
		return EXIT_USAGE;
	status = write_config(&s);
	if (status != EXIT_DONE || s.listen_s == 0)
		return status;
	return check_port(s.a.interface, s.listen_s);
}
