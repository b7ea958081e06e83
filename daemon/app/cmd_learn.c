/* sekisho learn: drafts zones, register and conduits from what is seen, for a person to confirm. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/command.h"
#include "app/draft.h"
#include "app/learn_alert.h"

struct learn_options {
	const char *config, *output, *alert, *state, *by, *reason;
	int seconds;
	bool force;
};

/* "90", "90s", "30m", "8h", "7d" in seconds; -1 where it is none. */
static int duration_of(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10), unit = 1;

	if (end == text || n < 1 || n > 1000000)
		return -1;
	if (*end && !end[1])
		unit = *end == 's' ? 1 : *end == 'm' ? 60 : *end == 'h' ? 3600 : *end == 'd' ? 86400 : -1;
	else if (*end)
		unit = -1;
	return unit < 0 || n > 366 * 86400 / unit ? -1 : (int)(n * unit);
}

static int parse_options(int argc, char **argv, struct learn_options *o)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
						{"for", required_argument, NULL, 'f'},
						{"output", required_argument, NULL, 'o'},
						{"force", no_argument, NULL, 'F'},
						{"alert", required_argument, NULL, 'a'},
						{"state", required_argument, NULL, 's'},
						{"by", required_argument, NULL, 'b'},
						{"reason", required_argument, NULL, 'r'},
						{0}};

	*o = (struct learn_options){.output = "sekisho-draft"};
	for (int c; (c = command_option(argc, argv, "c:o:s:", options, NULL)) != -1;) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'o':
			o->output = optarg;
			break;
		case 'a':
			o->alert = optarg;
			break;
		case 's':
			o->state = optarg;
			break;
		case 'b':
			o->by = optarg;
			break;
		case 'r':
			o->reason = optarg;
			break;
		case 'F':
			o->force = true;
			break;
		case 'f':
			o->seconds = duration_of(optarg);
			if (o->seconds < 0)
				return command_bad_value(optarg, "--for", "30s, 10m, 8h, 7d");
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (o->alert && (!o->reason || !o->reason[0] || optind < argc)) {
		fputs(say(optind < argc ? W_LEARN_HELP : W_NEEDS_REASON), stderr);
		return EXIT_USAGE;
	}
	if (!o->alert && optind == argc) {
		fputs(say(W_NEEDS_CAPTURE), stderr);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* Opens DIR/NAME.new for writing. */
static FILE *open_new(const char *dir, const char *name, char *path, size_t size, struct complaint *c)
{
	snprintf(path, size, "%s/%s.new", dir, name);
	FILE *f = fopen(path, "w");
	if (!f)
		complain(c, path, 0, 0, "cannot be written: %s", strerror(errno));
	return f;
}

static int finish(FILE *f, const char *from, const char *dir, const char *name, struct complaint *c)
{
	char to[600];
	bool bad = ferror(f);

	snprintf(to, sizeof(to), "%s/%s", dir, name);
	if (fclose(f) != 0 || bad || rename(from, to) < 0) {
		int err = errno ? -errno : -EIO;
		complain(c, to, 0, 0, "cannot be written: %s", strerror(-err));
		unlink(from);
		return err;
	}
	return 0;
}

/* Nothing that a person may have worked on is overwritten. */
static int check_output(const struct learn_options *o, struct complaint *c)
{
	static const char *const names[] = {"draft.yaml", "register.csv"};
	char path[600];

	if (mkdir(o->output, 0750) < 0 && errno != EEXIST) {
		int err = -errno;
		complain(c, o->output, 0, 0, "the directory cannot be made: %s", strerror(errno));
		return err;
	}
	for (size_t i = 0; i < 2 && !o->force; i++) {
		snprintf(path, sizeof(path), "%s/%s", o->output, names[i]);
		if (access(path, F_OK) == 0) {
			complain(c, path, 0, 0, "%s", say(W_LEARN_EXISTS));
			return -EINVAL;
		}
	}
	return 0;
}

static int write_drafts(struct survey *s, const struct learn_options *o, struct complaint *c)
{
	struct draft_devices *devices = NULL;
	char yaml[600], csv[600];
	FILE *y = NULL, *r = NULL;
	size_t n = 0;
	struct survey_row **rows = survey_rows(s, &n);
	int err = rows ? draft_read_devices(&devices, s, c) : -ENOMEM;

	if (!err)
		y = open_new(o->output, "draft.yaml", yaml, sizeof(yaml), c);
	if (y)
		r = open_new(o->output, "register.csv", csv, sizeof(csv), c);
	if (!err && (!y || !r)) {
		err = -EACCES;
		if (y) {
			fclose(y);
			unlink(yaml);
		}
	}
	if (!err) {
		draft_config(s, rows, n, devices, y);
		draft_register(devices, r);
		err = finish(y, yaml, o->output, "draft.yaml", c);
		int err2 = finish(r, csv, o->output, "register.csv", c);
		err = err ? err : err2;
	}
	draft_free_devices(devices);
	free(rows);
	return err;
}

int cmd_learn(int argc, char **argv)
{
	struct learn_options o;
	struct complaint c = {""};
	struct survey s;
	int status = parse_options(argc, argv, &o);

	if (status != EXIT_DONE)
		return status;
	int err = 0;
	if (o.alert)
		return alert_learn(o.state, o.config, o.alert, o.by, o.reason);
	err = check_output(&o, &c);
	if (!err)
		err = survey_open(&s, o.config, &c);
	if (err)
		return command_failed(err, &c);
	err = survey_take(&s, argv + optind, argc - optind, o.seconds, &c);
	if (!err && s.frames == 0) {
		complain(&c, argv[optind], 0, 0,
			 "not one frame was seen. Is it the interface of the mirror port, and is it long enough?");
		err = -EINVAL;
	}
	if (!err)
		err = write_drafts(&s, &o, &c);
	if (!err)
		command_tell(stdout, say(W_LEARN_OK), o.output, o.output);
	if (s.left_out > 0)
		command_tell(stderr, say(W_SURVEY_LEFT_OUT), (unsigned long long)s.left_out);
	status = err ? command_failed(err, &c) : EXIT_DONE;
	survey_close(&s);
	return status;
}
