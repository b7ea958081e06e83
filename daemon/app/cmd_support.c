/* sekisho support: what others need to help from afar, in one file that may be sent. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/command.h"
#include "app/late/archive.h"
#include "app/support.h"

#define FOLDER "sekisho-support/"

static void readme(const struct support *s, struct json *out)
{
	(void)s;
	json_put(out, say(W_SUPPORT_README), strlen(say(W_SUPPORT_README)));
}

const struct support_part support_parts[] = {
    {"README.txt", readme},
    {"system.txt", support_system},
    {"interfaces.txt", support_interfaces},
    {"config.yaml", support_config},
    {"health.json", support_health},
    {"tables.txt", support_tables},
    {"files.txt", support_files},
    {"rules.txt", support_rules},
    {"log.txt", support_log},
    {NULL, NULL},
};

static int add_part(struct archive *a, const struct support_part *part, const struct support *s)
{
	struct archive_entry *e = archives->entry_new();
	struct json text;
	char path[128];

	if (!e)
		return -ENOMEM;
	json_init(&text, SUPPORT_PART_BYTES);
	part->write(s, &text);
	snprintf(path, sizeof(path), FOLDER "%s", part->name);
	archives->entry_set_pathname(e, path);
	archives->entry_set_filetype(e, AE_IFREG);
	archives->entry_set_perm(e, 0644);
	archives->entry_set_size(e, (la_int64_t)text.len);
	archives->entry_set_mtime(e, time(NULL), 0);
	int err = archives->write_header(a, e) == ARCHIVE_OK &&
			  archives->write_data(a, json_cstr(&text), text.len) == (la_ssize_t)text.len
		      ? 0
		      : -EIO;
	archives->entry_free(e);
	json_deinit(&text);
	return err;
}

/* @return 0, or -errno. The file is there whole, or not at all. */
static int write_bundle(const char *path, const struct support *s)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct archive *a = fd >= 0 ? archives->write_new() : NULL;
	int err = fd < 0 ? -errno : a ? 0 : -ENOMEM;

	if (!err && (archives->write_add_filter_gzip(a) != ARCHIVE_OK ||
		     archives->write_set_format_pax_restricted(a) != ARCHIVE_OK ||
		     archives->write_open_fd(a, fd) != ARCHIVE_OK))
		err = -EIO;
	for (const struct support_part *p = support_parts; p->name && !err; p++)
		err = add_part(a, p, s);
	if (a && archives->write_close(a) != ARCHIVE_OK && !err)
		err = archives->error(a) ? -archives->error(a) : -EIO;
	archives->write_free(a);
	if (fd >= 0 && close(fd) < 0 && !err)
		err = -errno;
	if (fd >= 0 && err)
		(void)unlink(path);
	return err;
}

static int make_bundle(struct support *s, const char *output)
{
	struct complaint c;
	int err;
	struct policy_set *set = policy_set_load(s->config_file, &c, &err);

	s->set = set;
	s->complaint = set ? NULL : c.text;
	s->mask = mask_new(s->state_dir, &s->salt_kept);
	if (s->mask) {
		support_learn(s);
		err = write_bundle(output, s);
	} else {
		err = -ENOMEM;
	}
	if (err)
		command_tell(stderr, say(W_SUPPORT_FAILED), output, strerror(-err));
	else
		command_tell(stdout, say(W_SUPPORT_DONE), output);
	mask_free(s->mask);
	policy_set_free(set);
	return err ? EXIT_ENVIRONMENT : EXIT_DONE;
}

int cmd_support(int argc, char **argv)
{
	static const struct option options[] = {{"state", required_argument, NULL, 's'},
						{"config", required_argument, NULL, 'c'},
						{"output", required_argument, NULL, 'o'},
						{"log", required_argument, NULL, 'l'},
						{0}};
	static const char usual[] = "/etc/sekisho/sekisho.yaml";
	const char *state = NULL, *output = NULL;
	struct support s = {0};
	struct complaint c;
	char named[64];
	int err;

	for (int o; (o = command_option(argc, argv, "s:c:o:", options, NULL)) != -1;) {
		if (o == 's')
			state = optarg;
		else if (o == 'c')
			s.config_file = optarg;
		else if (o == 'o')
			output = optarg;
		else if (o == 'l')
			s.log_file = optarg;
		else
			return EXIT_USAGE;
	}
	if (optind < argc)
		return EXIT_USAGE;
	err = late_archives(&c);
	if (err)
		return command_failed(err, &c);
	if (!s.config_file && access(usual, R_OK) == 0)
		s.config_file = usual;
	char *dir = command_state(state, s.config_file, &c, &err);
	if (!dir) /* a configuration that does not load is what it may be about */
		dir = command_state(NULL, NULL, &c, &err);
	if (!dir)
		return command_failed(err, &c);
	s.state_dir = dir;
	time_t now = time(NULL);
	struct tm utc;
	strftime(named, sizeof(named), "sekisho-support-%Y%m%dT%H%M%SZ.tar.gz", gmtime_r(&now, &utc));
	int status = make_bundle(&s, output ? output : named);
	free(dir);
	return status;
}
