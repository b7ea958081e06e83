/* sekisho register: what people declare, as a spreadsheet. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/command.h"
#include "app/person.h"
#include "ledger/register_edit.h"
#include "ledger/register_export.h"
#include "ledger/register_import.h"

struct register_options {
	const char *state, *config, *by, *reason, *encoding, *header;
	bool dry_run, all;
	struct register_edit edit; /* --name, --kind ... of approve */
	struct config cfg;
};

enum { OPT_ENCODING = 256, OPT_HEADER, OPT_ALL, OPT_DRY_RUN, OPT_BY, OPT_REASON, OPT_SHEET, OPT_FIELD };

static const struct {
	const char *option;
	enum reg_field field;
} field_options[] = {
    {"name", REG_NAME},
    {"kind", REG_KIND},
    {"zone", REG_ZONE},
    {"usage", REG_USAGE},
    {"use-case", REG_USE_CASE},
    {"owner-dept", REG_OWNER_DEPT},
    {"phase", REG_PHASE},
    {"decision", REG_DECISION},
    {"location", REG_LOCATION},
    {"id", REG_ID},
    {"data-class", REG_DATA_CLASS},
    {"notes", REG_NOTES},
};

enum { FIELD_OPTIONS = sizeof(field_options) / sizeof(field_options[0]) };

static int parse_options(int argc, char **argv, struct register_options *o)
{
	struct option options[16 + FIELD_OPTIONS] = {
	    {"state", required_argument, NULL, 's'},
	    {"config", required_argument, NULL, 'c'},
	    {"encoding", required_argument, NULL, OPT_ENCODING},
	    {"header", required_argument, NULL, OPT_HEADER},
	    {"all", no_argument, NULL, OPT_ALL},
	    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
	    {"by", required_argument, NULL, OPT_BY},
	    {"reason", required_argument, NULL, OPT_REASON},
	    {"sheet", required_argument, NULL, OPT_SHEET},
	};
	const int fixed = 9;

	*o = (struct register_options){0};
	for (int i = 0; i < FIELD_OPTIONS; i++)
		options[fixed + i] = (struct option){field_options[i].option, required_argument, NULL, OPT_FIELD + i};
	for (int c; (c = command_option(argc, argv, "s:c:", options, NULL)) != -1;) {
		if (c == 's')
			o->state = optarg;
		else if (c == 'c')
			o->config = optarg;
		else if (c == OPT_ENCODING)
			o->encoding = optarg;
		else if (c == OPT_HEADER)
			o->header = optarg;
		else if (c == OPT_ALL)
			o->all = true;
		else if (c == OPT_DRY_RUN)
			o->dry_run = true;
		else if (c == OPT_BY)
			o->by = optarg;
		else if (c == OPT_REASON)
			o->reason = optarg;
		else if (c == OPT_SHEET)
			o->edit.sheet = optarg;
		else if (c >= OPT_FIELD && c < OPT_FIELD + FIELD_OPTIONS && o->edit.n < REGISTER_EDITS_MAX) {
			o->edit.set[o->edit.n].field = field_options[c - OPT_FIELD].field;
			o->edit.set[o->edit.n++].typed = optarg;
		} else {
			return EXIT_USAGE;
		}
	}
	return EXIT_DONE;
}

static int make_state(const char *state, struct complaint *c)
{
	if (mkdir(state, 0750) == 0 || errno == EEXIST)
		return 0;
	int err = -errno;
	complain(c, state, 0, 0, "the state directory cannot be made: %s", strerror(errno));
	return err;
}

/* ---- import, check */

static void print_error(void *ctx, const char *text)
{
	(void)ctx;
	command_tell(stderr, "%s\n", text);
}

static void print_change(void *ctx, const struct register_change *c)
{
	bool ja = words_japanese();
	const char *from = c->from, *to = c->to;

	(void)ctx;
	switch (c->kind) {
	case REGISTER_ADDED:
		command_tell(stdout, say(W_REGISTER_ADDED), c->line, c->name);
		break;
	case REGISTER_CHANGED:
		from = reg_cell_show(c->field, from, ja);
		to = reg_cell_show(c->field, to, ja);
		command_tell(stdout, say(W_REGISTER_CHANGED), c->line, c->name,
			     ja ? reg_fields[c->field].ja : reg_fields[c->field].token, from, to);
		break;
	case REGISTER_REMOVED:
		command_tell(stdout, say(W_REGISTER_REMOVED), c->name);
		break;
	case REGISTER_KEPT:
		command_tell(stdout, say(W_REGISTER_KEPT), c->name);
		break;
	}
}

static int import(const char *state, const struct register_options *o, const char *file, bool checking)
{
	struct complaint c = {""};
	struct register_result r;
	struct register_job job = {.state_dir = state,
				   .file = file,
				   .site = &o->cfg.site,
				   .person = person_of(o->by, o->reason),
				   .dry_run = o->dry_run || checking,
				   .error = print_error,
				   .change = o->dry_run || checking ? print_change : NULL};
	int err = make_state(state, &c);

	if (!err)
		err = register_apply(&job, &r, &c);
	else
		r = (struct register_result){0};
	if (err == -EINVAL && r.errors > 0) {
		command_tell(stderr, say(W_REGISTER_ERRORS), r.errors);
		return EXIT_INPUT;
	}
	if (err)
		return command_failed(err, &c);
	if (job.dry_run)
		command_tell(stdout, say(W_REGISTER_WOULD), r.rows, r.added, r.changed, r.removed, r.unseen,
			     r.unregistered);
	else
		command_tell(stdout, say(W_REGISTER_OK), r.rows);
	if (r.kept > 0)
		command_tell(stdout, say(W_REGISTER_GONE_KEPT), r.kept);
	return EXIT_DONE;
}

/* ---- export, columns */

static void print_lost(void *ctx, unsigned row, const char *column, const char *character)
{
	unsigned *n = ctx;

	(*n)++;
	command_tell(stderr, say(W_REGISTER_LOST), row, column, character);
}

static bool parse_form(const struct register_options *o, struct register_sheet_form *form)
{
	const char *encoding = o->encoding ? o->encoding : "utf-8-bom", *header = o->header ? o->header : "";

	form->japanese = words_japanese();
	form->all_columns = o->all;
	form->header = strcmp(header, "ja") == 0   ? REGISTER_HEADER_JA
		       : strcmp(header, "en") == 0 ? REGISTER_HEADER_EN
						   : REGISTER_HEADER_AS_TYPED;
	form->encoding = strcmp(encoding, "utf-8") == 0   ? TEXT_UTF8
			 : strcmp(encoding, "cp932") == 0 ? TEXT_CP932
							  : TEXT_UTF8_BOM;
	if (header[0] && form->header == REGISTER_HEADER_AS_TYPED) {
		(void)command_bad_value(header, "--header", "ja, en");
		return false;
	}
	if (form->encoding == TEXT_UTF8_BOM && strcmp(encoding, "utf-8-bom") != 0) {
		(void)command_bad_value(encoding, "--encoding", COMMAND_ENCODINGS);
		return false;
	}
	return true;
}

/* Into a file beside, which takes the name at the end: a file is whole or as it was. */
static int export_to_file(const char *state, const char *file, const struct register_sheet_form *form, unsigned *rows,
			  struct complaint *c)
{
	char part[4096];
	int err = 0;

	snprintf(part, sizeof(part), "%s.part", file);
	FILE *f = fopen(part, "we");
	if (!f) {
		err = -errno;
		complain(c, file, 0, 0, "cannot be written: %s", strerror(errno));
		return err;
	}
	err = register_export(state, f, form, rows, c);
	if (fclose(f) != 0 && !err) {
		err = -errno;
		complain(c, file, 0, 0, "cannot be written: %s", strerror(errno));
	}
	if (!err && rename(part, file) < 0) {
		err = -errno;
		complain(c, file, 0, 0, "cannot be written: %s", strerror(errno));
	}
	if (err)
		remove(part);
	return err;
}

static int export(const char *state, const struct register_options *o, const char *file)
{
	struct register_sheet_form form = {0};
	struct complaint c = {""};
	unsigned rows = 0, lost = 0;

	if (!parse_form(o, &form))
		return EXIT_USAGE;
	form.lost = print_lost;
	form.ctx = &lost;
	bool to_stdout = strcmp(file, "-") == 0;
	int err = to_stdout ? register_export(state, stdout, &form, &rows, &c)
			    : export_to_file(state, file, &form, &rows, &c);
	if (err)
		return command_failed(err, &c);
	if (lost > 0)
		command_tell(stderr, say(W_REGISTER_LOST_SUM), lost);
	if (!to_stdout)
		command_tell(stdout, say(W_REGISTER_EXPORTED), rows, file);
	return EXIT_DONE;
}

static int columns(void)
{
	static const char *const kinds[] = {[REG_KIND_TEXT] = "",
					    [REG_KIND_WORD] = "",
					    [REG_KIND_KIND] = "",
					    [REG_KIND_ZONE] = "zone",
					    [REG_KIND_LEVEL] = "L0-L5",
					    [REG_KIND_MACS] = "00:80:f4:12:34:56",
					    [REG_KIND_IPS] = "10.20.1.11",
					    [REG_KIND_VLANS] = "101",
					    [REG_KIND_DATE] = "2027-03-31",
					    [REG_KIND_STARS] = "1-4",
					    [REG_KIND_CONDITIONS] = "what | 2027-03-31 | open/met",
					    [REG_KIND_SHA256] = "SHA-256",
					    [REG_KIND_SERVICES] = "modbus/502 opcua",
					    [REG_KIND_WINDOWS] = "Mon-Fri 09:00-17:00"};
	struct text_table t = {0};
	char words[512];

	text_table_column(&t, "CSV", 0);
	text_table_column(&t, "CSV (ja)", 0);
	text_table_column(&t, say(W_COL_VALUES), 0);
	for (int i = 0; i < REG_FIELD_COUNT; i++) {
		const struct reg_field_info *f = &reg_fields[i];
		size_t len = 0;
		snprintf(words, sizeof(words), "%s", kinds[f->kind]);
		if (f->kind == REG_KIND_WORD || f->kind == REG_KIND_KIND) {
			for (const struct kind_word *w = kinds_list(f->list); w->token && len < sizeof(words) - 64; w++)
				len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%s", len ? ", " : "",
							words_japanese() ? w->ja : w->token);
		}
		text_table_cell(&t, f->token);
		text_table_cell(&t, f->ja);
		text_table_cell(&t, words);
	}
	text_table_print(&t, stdout, "");
	text_table_free(&t);
	return EXIT_DONE;
}

/* ---- approve */

static int approve(const char *state, struct register_options *o, const char *asset)
{
	struct register_edited done;
	struct complaint c = {""};

	if (!o->reason || !o->reason[0]) {
		fputs(say(W_NEEDS_REASON), stderr);
		return EXIT_USAGE;
	}
	o->edit.target = asset;
	o->edit.site = &o->cfg.site;
	o->edit.person = person_of(o->by, o->reason);
	o->edit.verb = "register.approve";
	int err = register_approve(state, &o->edit, &done, &c);
	if (err)
		return command_failed(err, &c);
	command_tell(stdout, say(W_REGISTER_APPROVED), asset, done.name, (unsigned long long)done.uid);
	return EXIT_DONE;
}

static int run(const char *what, const char *file, struct register_options *o)
{
	const char *state = o->state ? o->state : o->cfg.state;

	if (strcmp(what, "import") == 0 || strcmp(what, "check") == 0)
		return import(state, o, file, what[0] == 'c');
	if (strcmp(what, "export") == 0)
		return export(state, o, file);
	return approve(state, o, file);
}

int cmd_register(int argc, char **argv)
{
	static const char *const known[] = {"import", "check", "export", "approve"};
	struct register_options o;
	struct complaint c = {""};
	int status = parse_options(argc, argv, &o);
	const char *what = optind < argc ? argv[optind] : "";
	bool good = false;

	if (status != EXIT_DONE)
		return status;
	if (strcmp(what, "columns") == 0 && argc - optind == 1)
		return columns();
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		good |= strcmp(known[i], what) == 0;
	if (!good || argc - optind != 2) {
		fputs(say(W_REGISTER_HELP), stderr);
		return EXIT_USAGE;
	}
	int err = 0;
	if (o.config)
		err = config_load(&o.cfg, o.config, &c);
	else
		config_default(&o.cfg);
	if (err)
		return command_failed(err, &c);
	status = run(what, argv[optind + 1], &o);
	config_free(&o.cfg);
	return status;
}
