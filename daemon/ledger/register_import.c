#include "ledger/register_import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/when.h"
#include "ledger/audit.h"
#include "ledger/ledger.h"
#include "ledger/register_sheet.h"
#include "ledger/store.h"

enum { DETAILS_BYTES_MAX = 256 << 10, CHANGES_TRAILED_MAX = 500 };

struct import {
	const struct register_job *job;
	struct register_result *out;
	struct sheet sheet;
	struct sheet_errors errors;
	sqlite3 *db;
	struct asset_register old;
	size_t *row_of;      /* by row of the old register: the sheet's row + 1, 0: none */
	struct json changes; /* for the trail */
	unsigned n_trailed;
	int64_t now_ns;
};

/* ---- which row is which */

struct name_key {
	const char *name;
	size_t row;
};

static int by_name(const void *a, const void *b)
{
	const struct name_key *p = a, *q = b;
	int order = strcmp(p->name, q->name);

	return order ? order : (p->row > q->row) - (p->row < q->row);
}

static const struct register_row *old_by_mac(const struct import *in, const struct sheet_row *r)
{
	struct mac macs[REGISTER_ADDRESSES_MAX];
	char bad[64];
	int n = register_parse_macs(r->value[REG_MAC], macs, REGISTER_ADDRESSES_MAX, bad);

	for (int i = 0; i < n; i++) {
		const struct register_row *old = register_by_mac(&in->old, &macs[i]);
		if (old)
			return old;
	}
	return NULL;
}

static const struct register_row *old_by_ip(const struct import *in, const struct sheet_row *r)
{
	struct ip_addr ips[REGISTER_ADDRESSES_MAX];
	char bad[64];
	int n = r->value[REG_MAC][0] ? 0 : register_parse_ips(r->value[REG_IP], ips, REGISTER_ADDRESSES_MAX, bad);

	for (int i = 0; i < n; i++) {
		const struct register_row *old = register_by_ip(&in->old, &ips[i], true);
		if (old)
			return old;
	}
	return NULL;
}

static void marry(struct import *in, const struct register_row *old, size_t i)
{
	size_t at = old ? (size_t)(old - in->old.rows) : 0;

	if (!old || in->row_of[at] || in->sheet.rows[i].uid)
		return;
	in->row_of[at] = i + 1;
	in->sheet.rows[i].uid = old->uid;
	in->sheet.rows[i].old = old;
}

/* Those that are left, by a text that stands once on each side. */
static int marry_by_text(struct import *in, enum reg_field f)
{
	size_t n_old = 0, n_new = 0;
	struct name_key *olds = calloc(in->old.n_rows + 1, sizeof(*olds));
	struct name_key *news = calloc(in->sheet.n_rows + 1, sizeof(*news));

	for (size_t i = 0; olds && news && i < in->old.n_rows; i++) {
		const char *text = register_value(&in->old.rows[i], f);
		if (text[0])
			olds[n_old++] = (struct name_key){text, i};
	}
	for (size_t i = 0; olds && news && i < in->sheet.n_rows; i++) {
		if (in->sheet.rows[i].value[f][0])
			news[n_new++] = (struct name_key){in->sheet.rows[i].value[f], i};
	}
	if (n_old && n_new) {
		qsort(olds, n_old, sizeof(*olds), by_name);
		qsort(news, n_new, sizeof(*news), by_name);
	}
	for (size_t i = 0, j = 0; i < n_old && j < n_new;) {
		int order = strcmp(olds[i].name, news[j].name);
		bool twice = (i + 1 < n_old && strcmp(olds[i].name, olds[i + 1].name) == 0) ||
			     (j + 1 < n_new && strcmp(news[j].name, news[j + 1].name) == 0) ||
			     (i > 0 && strcmp(olds[i].name, olds[i - 1].name) == 0) ||
			     (j > 0 && strcmp(news[j].name, news[j - 1].name) == 0);
		if (order == 0 && !twice)
			marry(in, &in->old.rows[olds[i].row], news[j].row);
		i += order <= 0;
		j += order >= 0;
	}
	int err = olds && news ? 0 : -ENOMEM;
	free(olds);
	free(news);
	return err;
}

static int marry_all(struct import *in)
{
	in->row_of = calloc(in->old.n_rows + 1, sizeof(*in->row_of));
	if (!in->row_of)
		return -ENOMEM;
	int err = marry_by_text(in, REG_ID);
	for (size_t i = 0; i < in->sheet.n_rows; i++)
		marry(in, old_by_mac(in, &in->sheet.rows[i]), i);
	for (size_t i = 0; i < in->sheet.n_rows; i++)
		marry(in, old_by_ip(in, &in->sheet.rows[i]), i);
	return err ? err : marry_by_text(in, REG_NAME);
}

/* ---- what changes, and whether it may */

static const char *name_of(const char *name, const char *mac, const char *ip, const char *id)
{
	return name[0] ? name : mac[0] ? mac : ip[0] ? ip : id;
}

static const char *name_of_new(const struct sheet_row *r)
{
	return name_of(r->value[REG_NAME], r->value[REG_MAC], r->value[REG_IP], r->value[REG_ID]);
}

static const char *name_of_old(const struct register_row *r)
{
	return name_of(r->name, register_value(r, REG_MAC), register_value(r, REG_IP), register_value(r, REG_ID));
}

static void tell(struct import *in, const struct register_change *c)
{
	static const char *const kinds[] = {"added", "changed", "removed", "kept"};

	if (in->job->change && (c->kind != REGISTER_CHANGED || c->field != REG_FIELD_COUNT))
		in->job->change(in->job->ctx, c);
	if (in->n_trailed++ >= CHANGES_TRAILED_MAX)
		return;
	json_object_begin(&in->changes);
	json_kv_str(&in->changes, "what", kinds[c->kind]);
	json_kv_str(&in->changes, "name", c->name);
	if (c->kind == REGISTER_CHANGED) {
		json_kv_str(&in->changes, "field", reg_fields[c->field].token);
		json_kv_str(&in->changes, "from", c->from);
		json_kv_str(&in->changes, "to", c->to);
	}
	json_object_end(&in->changes);
}

/* The papers of a row as they will be: the file's where it has the column, else what the ledger holds. */
struct both {
	const struct import *in;
	const struct sheet_row *row;
	const struct register_row *old; /* or NULL */
};

static const char *value_after(const void *ctx, enum reg_field f)
{
	const struct both *b = ctx;

	if (b->in->sheet.has[f])
		return b->row->value[f];
	return b->old ? register_value(b->old, f) : "";
}

static void check_phase(struct import *in, struct sheet_row *r, const struct register_row *old)
{
	struct both both = {in, r, old};
	char why[PHASE_WHY_MAX];
	const char *from = old ? old->phase : "";

	if (!in->sheet.has[REG_PHASE])
		return;
	/* an empty cell says nothing of the phase, and a program does not move it */
	if (old && from[0] && (!r->value[REG_PHASE][0] || in->job->keep_phases)) {
		in->out->phases_kept += r->value[REG_PHASE][0] && strcmp(r->value[REG_PHASE], from) != 0;
		if (strcmp(r->value[REG_PHASE], from) != 0)
			r->value[REG_PHASE] = r->typed[REG_PHASE] = from;
		return;
	}
	if (!phase_may_move(from, r->value[REG_PHASE], in->job->person.reason,
			    (struct phase_papers){value_after, &both}, why))
		sheet_error(&in->errors, in->job->file, r->line, "%s", why);
}

static void compare_row(struct import *in, struct sheet_row *r, const struct register_row *old)
{
	bool changed = false;

	if (!old) {
		in->out->added++;
		tell(in, &(struct register_change){.kind = REGISTER_ADDED, .line = r->line, .name = name_of_new(r)});
		return;
	}
	for (int f = 0; f < REG_FIELD_COUNT; f++) {
		const char *from = register_value(old, (enum reg_field)f), *to = r->value[f];
		if (!in->sheet.has[f] || strcmp(from, to) == 0)
			continue;
		changed = true;
		tell(in, &(struct register_change){.kind = REGISTER_CHANGED,
						   .line = r->line,
						   .name = name_of_new(r),
						   .field = (enum reg_field)f,
						   .from = from,
						   .to = to});
	}
	in->out->changed += changed;
}

static void compare(struct import *in)
{
	in->out->rows = (unsigned)in->sheet.n_rows;
	for (size_t i = 0; i < in->sheet.n_rows; i++)
		check_phase(in, &in->sheet.rows[i], in->sheet.rows[i].old);
	if (in->errors.n > 0)
		return;
	for (size_t i = 0; i < in->old.n_rows; i++) {
		const struct register_row *old = &in->old.rows[i];
		if (in->row_of[i])
			compare_row(in, &in->sheet.rows[in->row_of[i] - 1], old);
	}
	for (size_t i = 0; i < in->sheet.n_rows; i++) {
		if (!in->sheet.rows[i].uid)
			compare_row(in, &in->sheet.rows[i], NULL);
	}
	for (size_t i = 0; i < in->old.n_rows; i++) {
		const struct register_row *old = &in->old.rows[i];
		if (in->row_of[i])
			continue;
		bool kept = strcmp(old->phase, "gone") == 0;
		*(kept ? &in->out->kept : &in->out->removed) += 1;
		tell(in, &(struct register_change){.kind = kept ? REGISTER_KEPT : REGISTER_REMOVED,
						   .name = name_of_old(old)});
	}
}

/* ---- writing */

static int put_cells(struct import *in, const struct sheet_row *r, const struct register_row *old)
{
	int rc = SQLITE_OK;

	for (int f = 0; f < REG_FIELD_COUNT && rc == SQLITE_OK; f++) {
		bool was_empty = !old || !register_value(old, (enum reg_field)f)[0];
		if (in->sheet.has[f] && (!was_empty || r->typed[f][0]))
			rc = register_put_cell(in->db, r->uid, (enum reg_field)f, r->value[f], r->typed[f]);
	}
	return rc;
}

static int trail_phase(struct import *in, const struct sheet_row *r, const char *from)
{
	char object[REGISTER_OBJECT_MAX];
	struct json j;

	json_init(&j, DETAILS_BYTES_MAX);
	json_object_begin(&j);
	json_kv_str(&j, "name", name_of_new(r));
	json_kv_str(&j, "from", from);
	json_kv_str(&j, "to", r->value[REG_PHASE]);
	json_kv_str(&j, "by", "import");
	json_kv_str(&j, "sheet_sha256", in->sheet.sha256);
	json_object_end(&j);
	int rc = audit_append(in->db, &(struct audit_entry){.at_ns = in->now_ns,
							    .who = in->job->person.who,
							    .login = in->job->person.login,
							    .verb = "asset.phase",
							    .object = register_object(r->uid, object),
							    .reason = in->job->person.reason,
							    .details = json_cstr(&j)});
	json_deinit(&j);
	return rc;
}

/* Tombstones for all that are gone now; who lies there already stays as is. */
static int bury_gone(struct import *in, const struct asset_register *fresh)
{
	int rc = SQLITE_OK;
	unsigned n;

	for (size_t i = 0; i < fresh->n_rows && rc == SQLITE_OK; i++) {
		const struct register_row *row = &fresh->rows[i];
		if (strcmp(row->phase, "gone") != 0)
			continue;
		const struct register_row *old = register_by_uid(&in->old, row->uid);
		if (!old || strcmp(old->phase, "gone") != 0)
			rc = register_bury(in->db, row, phase_erasure_verified(register_papers(row)), in->now_ns, &n);
	}
	return rc;
}

static int put_columns(struct import *in)
{
	sqlite3_stmt *st = NULL;
	int rc = store_exec(in->db, "DELETE FROM paper_column");

	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(in->db, "INSERT INTO paper_column(pos, field, header) VALUES(?, ?, ?)", -1, &st,
					NULL);
	for (unsigned i = 0; i < in->sheet.n_columns && rc == SQLITE_OK; i++) {
		sqlite3_bind_int(st, 1, (int)i);
		store_bind_text(st, 2, reg_fields[in->sheet.field_of[i]].token);
		store_bind_text(st, 3, in->sheet.header_of[i]);
		rc = sqlite3_step(st) == SQLITE_DONE ? SQLITE_OK : sqlite3_errcode(in->db);
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	return rc;
}

static int trail_import(struct import *in)
{
	struct json j;

	json_init(&j, DETAILS_BYTES_MAX * 2);
	json_object_begin(&j);
	json_kv_str(&j, "file", in->job->file);
	json_kv_str(&j, "sha256", in->sheet.sha256);
	json_kv_u64(&j, "rows", in->out->rows);
	json_kv_u64(&j, "added", in->out->added);
	json_kv_u64(&j, "changed", in->out->changed);
	json_kv_u64(&j, "removed", in->out->removed);
	json_array_end(&in->changes);
	if (!in->changes.overflow) {
		json_key(&j, "changes");
		json_raw(&j, span_str(json_cstr(&in->changes)));
	}
	if (in->changes.overflow || in->n_trailed > CHANGES_TRAILED_MAX)
		json_kv_bool(&j, "changes_truncated", true);
	json_object_end(&j);
	int rc = audit_append(in->db, &(struct audit_entry){.at_ns = in->now_ns,
							    .who = in->job->person.who,
							    .login = in->job->person.login,
							    .verb = "register.import",
							    .object = "register",
							    .reason = in->job->person.reason,
							    .details = json_cstr(&j)});
	json_deinit(&j);
	return rc;
}

static int write_rows(struct import *in)
{
	int rc = SQLITE_OK;
	unsigned row = 0;

	for (size_t i = 0; i < in->old.n_rows && rc == SQLITE_OK; i++) {
		if (!in->row_of[i] && strcmp(in->old.rows[i].phase, "gone") != 0)
			rc = register_drop_row(in->db, in->old.rows[i].uid);
	}
	for (size_t i = 0; i < in->sheet.n_rows && rc == SQLITE_OK; i++) {
		struct sheet_row *r = &in->sheet.rows[i];
		const struct register_row *old = r->old;
		rc = register_put_row(in->db, &r->uid, ++row, r->line);
		if (rc == SQLITE_OK)
			rc = put_cells(in, r, old);
		if (rc == SQLITE_OK && old && in->sheet.has[REG_USAGE] && strcmp(old->usage, r->value[REG_USAGE]) != 0)
			rc = register_settle_usage(in->db, r->uid);
		if (rc == SQLITE_OK && in->sheet.has[REG_PHASE] && old && strcmp(old->phase, r->value[REG_PHASE]) != 0)
			rc = trail_phase(in, r, old->phase);
	}
	/* those that are kept stand at the end */
	for (size_t i = 0; i < in->old.n_rows && rc == SQLITE_OK; i++) {
		uint64_t uid = in->old.rows[i].uid;
		if (!in->row_of[i] && strcmp(in->old.rows[i].phase, "gone") == 0)
			rc = register_put_row(in->db, &uid, ++row, 0);
	}
	return rc;
}

static int set_last_file(struct import *in)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(
	    in->db, "INSERT OR REPLACE INTO paper_column(pos, field, header) VALUES(-1, 'sha256', ?)", -1, &st, NULL);

	if (rc == SQLITE_OK) {
		store_bind_text(st, 1, in->sheet.sha256);
		rc = sqlite3_step(st);
		rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
	}
	sqlite3_finalize(st);
	return rc;
}

/* The file imported last is this one, byte for byte. */
static bool is_last_file(struct import *in)
{
	sqlite3_stmt *st = NULL;
	bool same = false;

	if (sqlite3_prepare_v2(in->db, "SELECT header FROM paper_column WHERE pos = -1", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		same = strcmp(store_text(st, 0), in->sheet.sha256) == 0;
	sqlite3_finalize(st);
	return same;
}

static int write_all(struct import *in)
{
	struct asset_register fresh = {0};
	int rc = write_rows(in);

	if (rc == SQLITE_OK)
		rc = put_columns(in);
	if (rc == SQLITE_OK)
		rc = set_last_file(in);
	if (rc == SQLITE_OK)
		rc = store_set_meta(in->db, "register_imported", 1);
	if (rc == SQLITE_OK)
		rc = register_touch(in->db);
	if (rc == SQLITE_OK)
		rc = register_load(&fresh, in->db);
	if (rc == SQLITE_OK)
		rc = bury_gone(in, &fresh);
	register_free(&fresh);
	return rc == SQLITE_OK ? trail_import(in) : rc;
}

/* For those who only ask: rows whose device was never seen, devices that no row names. */
static int count_unseen(struct import *in)
{
	struct asset_register fresh = {0};
	sqlite3_stmt *st = NULL;
	int rc = register_load(&fresh, in->db);
	uint64_t seen = 0;

	for (size_t i = 0; i < fresh.n_rows && rc == SQLITE_OK; i++) {
		bool here = register_asset_of(in->db, &fresh.rows[i]) != 0;
		seen += here;
		in->out->unseen += !here && strcmp(fresh.rows[i].phase, "gone") != 0;
	}
	register_free(&fresh);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(in->db, "SELECT count(*) FROM asset WHERE merged_into IS NULL", -1, &st, NULL);
	if (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
		uint64_t all = (uint64_t)sqlite3_column_int64(st, 0);
		in->out->unregistered = all > seen ? (unsigned)(all - seen) : 0;
	}
	sqlite3_finalize(st);
	return rc;
}

/* ---- all together */

static int compare_and_write(struct import *in)
{
	int rc = marry_all(in) < 0 ? SQLITE_NOMEM : SQLITE_OK;

	if (rc == SQLITE_OK)
		compare(in);
	if (rc != SQLITE_OK || in->errors.n > 0)
		return rc;
	rc = write_all(in);
	if (rc == SQLITE_OK)
		rc = in->job->dry_run ? count_unseen(in) : store_exec(in->db, "COMMIT");
	return rc;
}

static int apply(struct import *in, struct complaint *c)
{
	const struct register_job *job = in->job;
	int err = store_open(&in->db, job->state_dir, STORE_WRITE, c);

	if (err)
		return err;
	int rc = audit_begin(in->db);
	bool begun = rc == SQLITE_OK;
	if (rc == SQLITE_OK)
		rc = register_load(&in->old, in->db);
	bool skip = rc == SQLITE_OK && job->skip_same && is_last_file(in);
	if (skip)
		in->out->rows = (unsigned)in->sheet.n_rows;
	else if (rc == SQLITE_OK)
		rc = compare_and_write(in);
	if (rc != SQLITE_OK)
		err = store_complain(in->db, job->state_dir, rc, c);
	if (begun && !sqlite3_get_autocommit(in->db))
		store_exec(in->db, "ROLLBACK");
	sqlite3_close(in->db);
	return err;
}

int register_apply(const struct register_job *job, struct register_result *out, struct complaint *c)
{
	struct import in = {.job = job, .out = out, .errors = {job->error, job->ctx, c, 0}, .now_ns = when_now_ns()};

	*out = (struct register_result){0};
	json_init(&in.changes, DETAILS_BYTES_MAX);
	json_array_begin(&in.changes);
	int err = sheet_load(&in.sheet, job->file, job->site, &in.errors);
	/* what is wrong with the phases is told as well, where the rows can be read */
	if (!err && in.sheet.n_columns > 0)
		err = apply(&in, c);
	out->errors = in.errors.n;
	if (!err && in.errors.n > 0)
		err = -EINVAL;
	json_deinit(&in.changes);
	register_free(&in.old);
	free(in.row_of);
	sheet_free(&in.sheet);
	return err;
}

int register_import(const char *state_dir, const char *csv_file, const struct site *site, const struct person *by,
		    unsigned *rows, struct complaint *c)
{
	struct register_result result;
	struct register_job job = {.state_dir = state_dir,
				   .file = csv_file,
				   .site = site,
				   .person = *by,
				   .keep_phases = true,
				   .skip_same = true};
	int err = register_apply(&job, &result, c);

	if (!err)
		*rows = result.rows;
	return err;
}
