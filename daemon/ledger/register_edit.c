#include "ledger/register_edit.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/phrase.h"
#include "base/when.h"
#include "ledger/audit.h"
#include "ledger/digest.h"
#include "ledger/store.h"

enum { DETAILS_BYTES_MAX = 64 << 10 };

struct job {
	const char *state_dir;
	const struct register_edit *edit;
	struct register_edited *out;
	struct complaint *c;
	sqlite3 *db;
	struct asset_register reg;
	const struct register_row *row; /* before; NULL for a new one */
	char value[REG_FIELD_COUNT][REG_CELL_MAX];
	bool is_set[REG_FIELD_COUNT];
	char sheet_path[PATH_MAX], sheet_sha256[65];
	int64_t now_ns;
};

static int refuse(struct job *j, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int refuse(struct job *j, int err, const char *fmt, ...)
{
	char text[900];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), phrase(fmt), ap);
	va_end(ap);
	complain(j->c, j->edit->target, 0, 0, "%s", text);
	return err;
}

/* ---- the check sheet that goes with it */

static int hash_sheet(struct job *j)
{
	const char *file = j->edit->sheet;
	int err = realpath(file, j->sheet_path) ? digest_file(file, j->sheet_sha256) : -errno;

	if (err)
		complain(j->c, file, 0, 0, "the sheet cannot be read: %s", strerror(-err));
	return err;
}

/* ---- who is meant */

static bool parse_number(const char *text, char letter, uint64_t *no)
{
	char *end;

	if (text[0] != letter || strspn(text + 1, "0123456789") != strlen(text + 1) || !text[1])
		return false;
	*no = strtoull(text + 1, &end, 10);
	return *no > 0;
}

/* Texts of one attribute of an asset, as the ledger believes them: @max of them with blanks between, the surest first.
 */
static void observed(struct job *j, uint64_t asset_no, const char *attr, int max, char out[static REG_CELL_MAX])
{
	sqlite3_stmt *st = NULL;
	size_t len = 0;

	out[0] = '\0';
	if (sqlite3_prepare_v2(j->db,
			       "SELECT value FROM attribute WHERE asset_no = ? AND attr = ? AND current"
			       " ORDER BY confidence DESC, last_ns DESC, value",
			       -1, &st, NULL) == SQLITE_OK) {
		store_bind_no(st, 1, asset_no);
		store_bind_text(st, 2, attr);
		for (int i = 0; i < max && sqlite3_step(st) == SQLITE_ROW; i++) {
			const char *text = store_text(st, 0);
			if (len + strlen(text) + 2 <= REG_CELL_MAX)
				len += (size_t)snprintf(out + len, REG_CELL_MAX - len, "%s%s", len ? " " : "", text);
		}
	}
	sqlite3_finalize(st);
}

static bool asset_exists(struct job *j, uint64_t no)
{
	sqlite3_stmt *st = NULL;
	bool found = false;

	if (sqlite3_prepare_v2(j->db, "SELECT 1 FROM asset WHERE no = ? AND merged_into IS NULL", -1, &st, NULL) ==
	    SQLITE_OK) {
		store_bind_no(st, 1, no);
		found = sqlite3_step(st) == SQLITE_ROW;
	}
	sqlite3_finalize(st);
	return found;
}

static const struct register_row *row_of_asset(struct job *j, uint64_t no)
{
	char macs[REG_CELL_MAX], ips[REG_CELL_MAX], bad[64];
	struct mac m[REGISTER_ADDRESSES_MAX];
	struct ip_addr ip[REGISTER_ADDRESSES_MAX];
	const struct register_row *row = NULL;

	observed(j, no, "mac", REGISTER_ADDRESSES_MAX, macs);
	observed(j, no, "ip", REGISTER_ADDRESSES_MAX, ips);
	int n_macs = register_parse_macs(macs, m, REGISTER_ADDRESSES_MAX, bad);
	int n_ips = register_parse_ips(ips, ip, REGISTER_ADDRESSES_MAX, bad);
	for (int i = 0; i < n_macs && !row; i++)
		row = register_by_mac(&j->reg, &m[i]);
	for (int i = 0; i < n_ips && !row; i++)
		row = register_by_ip(&j->reg, &ip[i], n_macs > 0);
	return row;
}

static int find_row(struct job *j)
{
	const char *target = j->edit->target;
	const struct register_row *named = NULL;
	uint64_t no;
	unsigned n = 0;

	if (parse_number(target, 'A', &no)) {
		j->row = row_of_asset(j, no);
		if (j->row)
			return 0;
		if (asset_exists(j, no))
			return refuse(j, -ENOENT,
				      "this device is not in the register. Take it up first: sekisho register "
				      "approve %s --name NAME --reason ...",
				      target);
		return refuse(j, -ENOENT, "there is no such device. `sekisho assets` lists them");
	}
	if (parse_number(target, 'R', &no) && (j->row = register_by_uid(&j->reg, no)) != NULL)
		return 0;
	for (size_t i = 0; i < j->reg.n_rows; i++) {
		const struct register_row *r = &j->reg.rows[i];
		if (strcmp(register_value(r, REG_ID), target) == 0) {
			j->row = r;
			return 0;
		}
		if (strcmp(r->name, target) == 0) {
			named = r;
			n++;
		}
	}
	if (n > 1)
		return refuse(j, -EINVAL,
			      "%u rows of the register have this name. Say which one: A..., R..., or its id", n);
	j->row = named;
	return named ? 0 : refuse(j, -ENOENT, "no row of the register has this number or name");
}

/* ---- what it becomes */

static const char *value_after(const void *ctx, enum reg_field f)
{
	const struct job *j = ctx;

	if (j->is_set[f])
		return j->value[f];
	return j->row ? register_value(j->row, f) : "";
}

static int read_values(struct job *j)
{
	char why[REG_WHY_MAX];

	for (unsigned i = 0; i < j->edit->n; i++) {
		enum reg_field f = j->edit->set[i].field;
		if (!reg_cell_read(f, j->edit->set[i].typed, j->edit->site, j->value[f], why))
			return refuse(j, -EINVAL, "%s", why);
		j->is_set[f] = true;
	}
	return 0;
}

static int check(struct job *j)
{
	const char *from = j->row ? j->row->phase : "";
	char why[PHASE_WHY_MAX];
	bool moves_alone = strcmp(j->edit->verb, "asset.phase") == 0 && j->edit->n == 1 && !j->edit->sheet;

	if (moves_alone && strcmp(from, value_after(j, REG_PHASE)) == 0)
		return refuse(j, -EINVAL, "is in that phase already");
	if (!phase_may_move(from, value_after(j, REG_PHASE), j->edit->person.reason,
			    (struct phase_papers){value_after, j}, why))
		return refuse(j, -EINVAL, "%s", why);
	return 0;
}

static const char *typed_of(const struct job *j, enum reg_field f)
{
	for (unsigned i = 0; i < j->edit->n; i++) {
		if (j->edit->set[i].field == f)
			return reg_fields[f].kind == REG_KIND_WORD ? NULL : j->edit->set[i].typed;
	}
	return NULL;
}

static int trail(struct job *j, uint64_t asset_no)
{
	char object[REGISTER_OBJECT_MAX], asset[24];
	struct json d;

	json_init(&d, DETAILS_BYTES_MAX);
	json_object_begin(&d);
	json_kv_str(&d, "name", j->out->name);
	json_kv_str(&d, "row", register_object(j->out->uid, object) + strlen("register:"));
	for (int f = 0; f < REG_FIELD_COUNT; f++) {
		const char *before = j->row ? register_value(j->row, (enum reg_field)f) : "";
		if (!j->is_set[f] || strcmp(before, j->value[f]) == 0)
			continue;
		json_key(&d, reg_fields[f].token);
		json_object_begin(&d);
		json_kv_str(&d, "from", before);
		json_kv_str(&d, "to", j->value[f]);
		json_object_end(&d);
	}
	if (j->edit->sheet) {
		json_kv_str(&d, "sheet", j->sheet_path);
		json_kv_str(&d, "sheet_sha256", j->sheet_sha256);
	}
	if (j->out->buried > 0)
		json_kv_u64(&d, "tombstones", j->out->buried);
	json_object_end(&d);
	snprintf(asset, sizeof(asset), "asset:A%06" PRIu64, asset_no);
	int rc = audit_append(j->db, &(struct audit_entry){.at_ns = j->now_ns,
							   .who = j->edit->person.who,
							   .login = j->edit->person.login,
							   .verb = j->edit->verb,
							   .object = asset_no ? asset : object,
							   .reason = j->edit->person.reason,
							   .details = json_cstr(&d)});
	json_deinit(&d);
	return rc;
}

static int bury(struct job *j, const struct asset_register *fresh)
{
	const struct register_row *row = register_by_uid(fresh, j->out->uid);

	if (!row || strcmp(j->out->from_phase, "gone") == 0 || strcmp(j->out->to_phase, "gone") != 0)
		return SQLITE_OK;
	return register_bury(j->db, row, phase_erasure_verified(register_papers(row)), j->now_ns, &j->out->buried);
}

static int put(struct job *j)
{
	struct asset_register fresh = {0};
	int rc = SQLITE_OK;

	j->out->uid = j->row ? j->row->uid : 0;
	if (!j->row)
		rc = register_put_row(j->db, &j->out->uid, 0, 0);
	for (int f = 0; f < REG_FIELD_COUNT && rc == SQLITE_OK; f++) {
		if (j->is_set[f])
			rc = register_put_cell(j->db, j->out->uid, (enum reg_field)f, j->value[f],
					       typed_of(j, (enum reg_field)f));
	}
	if (rc == SQLITE_OK && j->is_set[REG_USAGE])
		rc = register_settle_usage(j->db, j->out->uid);
	if (rc == SQLITE_OK && !j->row)
		rc = store_set_meta(j->db, "register_imported", 1);
	if (rc == SQLITE_OK)
		rc = register_touch(j->db);
	if (rc == SQLITE_OK)
		rc = register_load(&fresh, j->db);
	if (rc == SQLITE_OK)
		rc = bury(j, &fresh);
	const struct register_row *row = rc == SQLITE_OK ? register_by_uid(&fresh, j->out->uid) : NULL;
	if (row)
		rc = trail(j, register_asset_of(j->db, row));
	register_free(&fresh);
	return rc;
}

/* ---- all together */

static int begin(struct job *j, const char *state_dir)
{
	int err = j->edit->sheet ? hash_sheet(j) : 0;

	if (!err)
		err = store_open(&j->db, state_dir, STORE_WRITE, j->c);
	if (err)
		return err;
	int rc = audit_begin(j->db);
	if (rc == SQLITE_OK)
		rc = register_load(&j->reg, j->db);
	return rc == SQLITE_OK ? 0 : store_complain(j->db, state_dir, rc, j->c);
}

static int end(struct job *j, int err)
{
	if (!err) {
		const char *name = value_after(j, REG_NAME);
		snprintf(j->out->name, sizeof(j->out->name), "%.120s", name[0] ? name : j->edit->target);
		snprintf(j->out->from_phase, sizeof(j->out->from_phase), "%.30s", j->row ? j->row->phase : "");
		snprintf(j->out->to_phase, sizeof(j->out->to_phase), "%.30s", value_after(j, REG_PHASE));
		int rc = put(j);
		if (rc == SQLITE_OK)
			rc = store_exec(j->db, "COMMIT");
		if (rc != SQLITE_OK)
			err = store_complain(j->db, j->state_dir, rc, j->c);
	}
	if (j->db && !sqlite3_get_autocommit(j->db))
		store_exec(j->db, "ROLLBACK");
	sqlite3_close(j->db);
	register_free(&j->reg);
	free(j);
	return err;
}

static struct job *job_new(const char *state_dir, const struct register_edit *edit, struct register_edited *out,
			   struct complaint *c)
{
	struct job *j = calloc(1, sizeof(*j)); /* its values are too large for the stack */

	*out = (struct register_edited){0};
	if (!j) {
		complain(c, edit->target, 0, 0, "not enough memory");
		return NULL;
	}
	j->state_dir = state_dir;
	j->edit = edit;
	j->out = out;
	j->c = c;
	j->now_ns = when_now_ns();
	return j;
}

static void fill(struct job *j, enum reg_field f, const char *value)
{
	if (j->is_set[f] || !value[0])
		return;
	j->is_set[f] = true;
	snprintf(j->value[f], REG_CELL_MAX, "%s", value);
}

static int take_up(struct job *j)
{
	static const struct {
		const char *attr;
		enum reg_field field;
	} told[] = {{"maker", REG_MAKER},       {"model", REG_MODEL}, {"serial", REG_SERIAL},
		    {"firmware", REG_FIRMWARE}, {"os", REG_OS},       {"hostname", REG_NAME}};
	char text[REG_CELL_MAX];
	uint64_t no;

	if (!parse_number(j->edit->target, 'A', &no) || !asset_exists(j, no))
		return refuse(j, -ENOENT, "there is no such device. `sekisho assets --unregistered` lists them");
	const struct register_row *there = row_of_asset(j, no);
	if (there)
		return refuse(j, -EINVAL, "is in the register already, as \"%s\"", there->name);
	int err = read_values(j);
	if (err)
		return err;
	observed(j, no, "mac", REGISTER_ADDRESSES_MAX, text);
	fill(j, REG_MAC, text);
	observed(j, no, "ip", REGISTER_ADDRESSES_MAX, text);
	fill(j, REG_IP, text);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		observed(j, no, told[i].attr, 1, text);
		fill(j, told[i].field, text);
	}
	fill(j, REG_PHASE, "operate");
	fill(j, REG_DECISION, "pass");
	return 0;
}

static int edit(struct job *j)
{
	int err = find_row(j);

	return err ? err : read_values(j);
}

static int run(struct job *j, int (*work)(struct job *j))
{
	if (!j)
		return -ENOMEM;
	int err = begin(j, j->state_dir);
	if (!err)
		err = work(j);
	if (!err)
		err = check(j);
	return end(j, err);
}

int register_edit(const char *state_dir, const struct register_edit *wanted, struct register_edited *out,
		  struct complaint *c)
{
	return run(job_new(state_dir, wanted, out, c), edit);
}

int register_approve(const char *state_dir, const struct register_edit *wanted, struct register_edited *out,
		     struct complaint *c)
{
	return run(job_new(state_dir, wanted, out, c), take_up);
}
