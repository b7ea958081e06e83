/* sekisho report: what was seen, on paper. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/report/report.h"

static const struct report_kind {
	const char *name;
	void (*make)(struct report *r);
	enum period_default otherwise;
} kinds[] = {
    {"daily", report_daily, PERIOD_LAST_DAY},       {"monthly", report_monthly, PERIOD_THIS_MONTH},
    {"jnsa", report_jnsa, PERIOD_THIS_MONTH},       {"meti", report_meti, PERIOD_THIS_FISCAL_YEAR},
    {"register", report_register, PERIOD_LAST_DAY}, {"handover", report_handover, PERIOD_LAST_DAY},
};

struct report_options {
	const char *state, *config, *encoding, *output;
	const char *format;
	bool era;
	struct period_words time;
};

static bool format_knows(const char *format)
{
	static const char *const formats[] = {"html", "text", "csv", "json"};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(format, formats[i]) == 0)
			return true;
	}
	return false;
}

static int parse_options(int argc, char **argv, struct report_options *o)
{
	static const struct option options[] = {{"state", required_argument, NULL, 's'},
						{"config", required_argument, NULL, 'c'},
						{"day", required_argument, NULL, 'd'},
						{"month", required_argument, NULL, 'm'},
						{"fiscal-year", required_argument, NULL, 'y'},
						{"since", required_argument, NULL, 'S'},
						{"until", required_argument, NULL, 'U'},
						{"format", required_argument, NULL, 'f'},
						{"encoding", required_argument, NULL, 'e'},
						{"output", required_argument, NULL, 'o'},
						{"era", no_argument, NULL, 'E'},
						{0}};

	*o = (struct report_options){.format = "html"};
	for (int c; (c = command_option(argc, argv, "s:c:o:", options, NULL)) != -1;) {
		const char **to = c == 's'   ? &o->state
				  : c == 'c' ? &o->config
				  : c == 'd' ? &o->time.day
				  : c == 'm' ? &o->time.month
				  : c == 'y' ? &o->time.fiscal_year
				  : c == 'S' ? &o->time.since
				  : c == 'U' ? &o->time.until
				  : c == 'f' ? &o->format
				  : c == 'e' ? &o->encoding
				  : c == 'o' ? &o->output
					     : NULL;
		if (c == '?')
			return EXIT_USAGE;
		if (to)
			*to = optarg;
		o->era = o->era || c == 'E';
	}
	if (!format_knows(o->format))
		return command_bad_value(o->format, "--format", "html, text, csv, json");
	if (o->encoding && !command_csv_knows(o->encoding))
		return command_bad_value(o->encoding, "--encoding", COMMAND_ENCODINGS);
	return EXIT_DONE;
}

static void show_progress(unsigned percent, const char *what)
{
	enum { BAR = 30 };
	char bar[BAR + 1];

	for (unsigned i = 0; i < BAR; i++)
		bar[i] = i * 100 < percent * BAR ? '#' : '.';
	bar[BAR] = '\0';
	fprintf(stderr, percent < 100 ? "\r[%s] %3u%% %s\033[K" : "\r\033[K", bar, percent, what);
}

/* Writes the document as it was asked for. CSV goes through the encodings of spreadsheets. */
static int write_document(const struct doc *d, const struct report_options *o, FILE *out, struct complaint *c)
{
	char *text = NULL;
	size_t len = 0;

	if (strcmp(o->format, "csv") == 0) {
		FILE *sheet = open_memstream(&text, &len);
		if (sheet)
			doc_write_csv(d, sheet);
		if (!sheet || fclose(sheet) != 0) {
			free(text);
			complain(c, "report", 0, 0, "not enough memory");
			return -ENOMEM;
		}
		command_csv_put(out, text, len, o->encoding);
		free(text);
	} else if (strcmp(o->format, "json") == 0) {
		if (!doc_write_json(d, out)) {
			complain(c, "report", 0, 0, "not enough memory");
			return -ENOMEM;
		}
	} else if (strcmp(o->format, "text") == 0) {
		doc_write_text(d, out);
	} else {
		doc_write_html(d, out);
	}
	return 0;
}

/* A file is written beside its name and takes it when it is whole. */
static int write_out(const struct doc *d, const struct report_options *o, struct complaint *c)
{
	char part[4096];
	const char *name = o->output ? o->output : "-";
	int err;

	snprintf(part, sizeof(part), "%s.part", name);
	FILE *out = o->output ? fopen(part, "w") : stdout;
	if (!out) {
		err = -errno;
		complain(c, name, 0, 0, "cannot be written: %s", strerror(errno));
		return err;
	}
	err = write_document(d, o, out, c);
	bool failed = ferror(out) != 0;
	if ((o->output ? fclose(out) : fflush(out)) != 0 || failed) {
		err = err ? err : -EIO;
		complain(c, name, 0, 0, "cannot be written: %s", strerror(errno));
	}
	if (o->output && !err && rename(part, name) != 0) {
		err = -errno;
		complain(c, name, 0, 0, "cannot be written: %s", strerror(errno));
	}
	if (o->output && err)
		unlink(part);
	return err;
}

static int make(const struct report_kind *kind, const char *state, const struct report_options *o, struct complaint *c)
{
	struct report r;
	char where[4096] = "";
	int err = report_open(&r, kind->name, state, c);

	if (err)
		return err;
	if (o->state || o->config)
		snprintf(where, sizeof(where), "%s %s", o->state ? "--state" : "--config",
			 o->state ? o->state : o->config);
	r.where = where;
	r.period.era = o->era;
	if (isatty(STDERR_FILENO) && (o->output || !isatty(STDOUT_FILENO)))
		r.progress = show_progress;
	err = period_parse(&o->time, kind->otherwise, r.now_ns, &r.period, c);
	if (!err) {
		if (r.progress)
			r.progress(0, say(W_REPORT_READING));
		kind->make(&r);
		err = r.err;
	}
	if (!err && r.doc.short_of_memory) {
		complain(c, "report", 0, 0, "not enough memory");
		err = -ENOMEM;
	}
	if (!err) {
		if (r.progress)
			r.progress(90, say(W_REPORT_WRITING));
		err = write_out(&r.doc, o, c);
	}
	if (r.progress)
		r.progress(100, "");
	report_close(&r);
	return err;
}

int cmd_report(int argc, char **argv)
{
	struct report_options o;
	struct complaint c = {""};
	int err, status = parse_options(argc, argv, &o);

	if (status != EXIT_DONE)
		return status;
	if (optind + 1 != argc) {
		fputs(say(W_REPORT_HELP), stderr);
		return EXIT_USAGE;
	}
	const struct report_kind *kind = NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		kind = strcmp(kinds[i].name, argv[optind]) == 0 ? &kinds[i] : kind;
	if (!kind) {
		command_tell(stderr, say(W_REPORT_BAD_KIND), argv[optind]);
		return EXIT_USAGE;
	}
	char *state = command_state(o.state, o.config, &c, &err);
	if (!state)
		return command_failed(err, &c);
	err = make(kind, state, &o, &c);
	free(state);
	return err ? command_failed(err, &c) : EXIT_DONE;
}
