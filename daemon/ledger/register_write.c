#include "ledger/register_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/store.h"

/* Runs a statement that gives no rows. */
static int finish(sqlite3_stmt *st, int rc)
{
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
	}
	sqlite3_finalize(st);
	return rc;
}

int register_put_row(sqlite3 *db, uint64_t *uid, unsigned row, unsigned line)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(
	    db,
	    *uid ? "UPDATE paper SET row = coalesce(?1, row), line = ?2 WHERE uid = ?3"
		 : "INSERT INTO paper(row, line) VALUES(coalesce(?1, (SELECT ifnull(max(row), 0) + 1 FROM paper)), ?2)",
	    -1, &st, NULL);

	if (rc == SQLITE_OK) {
		if (row)
			sqlite3_bind_int64(st, 1, row);
		sqlite3_bind_int64(st, 2, line);
		if (*uid)
			store_bind_no(st, 3, *uid);
	}
	rc = finish(st, rc);
	if (rc == SQLITE_OK && *uid == 0)
		*uid = (uint64_t)sqlite3_last_insert_rowid(db);
	return rc;
}

int register_put_cell(sqlite3 *db, uint64_t uid, enum reg_field f, const char *value, const char *typed)
{
	bool empty = !value[0] && (!typed || !typed[0]);
	sqlite3_stmt *st = NULL;
	int rc =
	    sqlite3_prepare_v2(db,
			       empty ? "DELETE FROM paper_cell WHERE uid = ? AND field = ?"
				     : "INSERT OR REPLACE INTO paper_cell(uid, field, value, typed) VALUES(?, ?, ?, ?)",
			       -1, &st, NULL);

	if (rc == SQLITE_OK) {
		store_bind_no(st, 1, uid);
		store_bind_text(st, 2, reg_fields[f].token);
		if (!empty) {
			store_bind_text(st, 3, value);
			if (typed && strcmp(typed, value) != 0)
				store_bind_text(st, 4, typed);
		}
	}
	return finish(st, rc);
}

int register_settle_usage(sqlite3 *db, uint64_t uid)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, "DELETE FROM usage_raise WHERE uid = ?", -1, &st, NULL);

	if (rc == SQLITE_OK)
		store_bind_no(st, 1, uid);
	return finish(st, rc);
}

int register_drop_row(sqlite3 *db, uint64_t uid)
{
	/* with what the ledger kept of it; tombstones stay */
	static const char *const sql[] = {"DELETE FROM usage_raise WHERE uid = ?",
					  "DELETE FROM paper_watch WHERE uid = ?",
					  "DELETE FROM paper_cell WHERE uid = ?", "DELETE FROM paper WHERE uid = ?"};
	int rc = SQLITE_OK;

	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]) && rc == SQLITE_OK; i++) {
		sqlite3_stmt *st = NULL;
		rc = sqlite3_prepare_v2(db, sql[i], -1, &st, NULL);
		if (rc == SQLITE_OK)
			store_bind_no(st, 1, uid);
		rc = finish(st, rc);
	}
	return rc;
}

int register_touch(sqlite3 *db)
{
	char sql[96];
	int64_t version = store_meta(db, "version") + 1;
	int rc = store_set_meta(db, "register_serial", store_meta(db, "register_serial") + 1);

	/* every asset's row may look different now */
	snprintf(sql, sizeof(sql), "UPDATE asset SET version = %lld", (long long)version);
	if (rc == SQLITE_OK)
		rc = store_exec(db, sql);
	return rc == SQLITE_OK ? store_set_meta(db, "version", version) : rc;
}

static const char *paper_of_row(const void *ctx, enum reg_field f)
{
	return register_value(ctx, f);
}

struct phase_papers register_papers(const struct register_row *row)
{
	return (struct phase_papers){paper_of_row, row};
}

const char *register_object(uint64_t uid, char buf[static REGISTER_OBJECT_MAX])
{
	snprintf(buf, REGISTER_OBJECT_MAX, "register:R%06" PRIu64, uid);
	return buf;
}

/* ---- tombstones */

uint64_t register_asset_of(sqlite3 *db, const struct register_row *row)
{
	char text[IP_TEXT_MAX];
	uint64_t no = 0;
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db,
			       "SELECT t.asset_no FROM attribute t JOIN asset a ON a.no = t.asset_no"
			       " WHERE t.value = ? AND t.attr = ? AND t.attr IN ('mac', 'ip') AND t.current"
			       " AND a.merged_into IS NULL ORDER BY t.last_ns DESC, t.asset_no LIMIT 1",
			       -1, &st, NULL) != SQLITE_OK)
		return 0;
	for (size_t i = 0; i < row->n_macs + row->n_ips && no == 0; i++) {
		bool mac = i < row->n_macs;
		if (!mac && row->n_macs > 0)
			break; /* the address of a device with a MAC may be another's by now */
		if (mac)
			mac_format(&row->macs[i], text);
		else
			ip_format(&row->ips[i - row->n_macs], text);
		sqlite3_reset(st);
		store_bind_text(st, 1, text);
		store_bind_text(st, 2, mac ? "mac" : "ip");
		if (sqlite3_step(st) == SQLITE_ROW)
			no = (uint64_t)sqlite3_column_int64(st, 0);
	}
	sqlite3_finalize(st);
	return no;
}

struct grave {
	sqlite3_stmt *st;
	const struct register_row *row;
	bool verified;
	int64_t at_ns;
	unsigned *n;
};

static int bury_one(const struct grave *g, const char *key, const char *value)
{
	struct mac mac;

	if (!value[0])
		return SQLITE_OK;
	/* an address that a phone made up for the day tells nobody apart */
	if (strcmp(key, "mac") == 0 && mac_parse(value, &mac) && mac_is_local(&mac))
		return SQLITE_OK;
	store_bind_text(g->st, 1, key);
	store_bind_text(g->st, 2, value);
	store_bind_no(g->st, 3, g->row->uid);
	store_bind_text(g->st, 4, g->row->name[0] ? g->row->name : register_value(g->row, REG_ID));
	sqlite3_bind_int64(g->st, 5, g->at_ns);
	store_bind_text(g->st, 6, register_value(g->row, REG_DATA_CLASS));
	sqlite3_bind_int(g->st, 7, g->verified);
	int rc = sqlite3_step(g->st);
	sqlite3_reset(g->st);
	*g->n += rc == SQLITE_DONE && sqlite3_changes(sqlite3_db_handle(g->st)) > 0;
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int bury_observed(const struct grave *g, sqlite3 *db, uint64_t asset_no)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db,
				    "SELECT attr, value FROM attribute WHERE asset_no = ?"
				    " AND attr IN ('mac', 'serial', " ATTRIBUTE_KEYS ")",
				    -1, &st, NULL);

	if (rc == SQLITE_OK) {
		store_bind_no(st, 1, asset_no);
		while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
			rc = bury_one(g, store_text(st, 0), store_text(st, 1));
			if (rc != SQLITE_OK)
				break;
		}
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int register_bury(sqlite3 *db, const struct register_row *row, bool verified, int64_t at_ns, unsigned *n)
{
	char text[MAC_TEXT_MAX];
	struct grave g = {.row = row, .verified = verified, .at_ns = at_ns, .n = n};
	/* laid down once: who is disposed of again has its stone already */
	int rc = sqlite3_prepare_v2(db,
				    "INSERT OR IGNORE INTO tombstone(key, value, uid, name, at_ns, data_class, "
				    "verified) VALUES(?, ?, ?, ?, ?, ?, ?)",
				    -1, &g.st, NULL);

	*n = 0;
	for (size_t i = 0; i < row->n_macs && rc == SQLITE_OK; i++)
		rc = bury_one(&g, "mac", mac_format(&row->macs[i], text));
	if (rc == SQLITE_OK)
		rc = bury_one(&g, "serial", register_value(row, REG_SERIAL));
	if (rc == SQLITE_OK)
		rc = bury_one(&g, "opcua_cert_sha256", register_value(row, REG_CERT));
	uint64_t asset_no = rc == SQLITE_OK ? register_asset_of(db, row) : 0;
	if (asset_no)
		rc = bury_observed(&g, db, asset_no);
	sqlite3_finalize(g.st);
	return rc;
}
