/*
 * What became of an asset, as JSON lines: what it gained and lost, and which rows were joined or parted.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "ledger/reader.h"

static void put_time(struct json *j, const char *key, int64_t ns)
{
	char text[WHEN_TEXT_MAX];

	json_kv_str(j, key, when_format(ns, text));
}

static void put_id(struct json *j, const char *key, uint64_t no)
{
	char id[24];

	snprintf(id, sizeof(id), "A%06" PRIu64, no);
	json_kv_str(j, key, id);
}

static void put_change(struct json *j, sqlite3_stmt *st)
{
	const char *pcap = store_text(st, 6);

	put_time(j, "time", sqlite3_column_int64(st, 0));
	json_kv_str(j, "attr", store_text(st, 1));
	json_kv_str(j, "value", store_text(st, 2));
	json_kv_str(j, "prev", store_text(st, 3));
	json_kv_str(j, "proto", store_text(st, 4));
	json_kv_u64(j, "confidence", (uint64_t)sqlite3_column_int64(st, 5));
	if (!pcap[0])
		return;
	json_key(j, "pcap_ref");
	json_object_begin(j);
	json_kv_str(j, "file", pcap);
	json_kv_u64(j, "frame", (uint64_t)sqlite3_column_int64(st, 7));
	json_object_end(j);
}

static void put_decision(struct json *j, sqlite3_stmt *st)
{
	json_kv_u64(j, "no", (uint64_t)sqlite3_column_int64(st, 0));
	put_time(j, "time", sqlite3_column_int64(st, 1));
	json_kv_str(j, "verb", store_text(st, 2));
	json_kv_str(j, "who", store_text(st, 3));
	put_id(j, "from", (uint64_t)sqlite3_column_int64(st, 4));
	put_id(j, "to", (uint64_t)sqlite3_column_int64(st, 5));
	json_kv_str(j, "reason", store_text(st, 6));
	json_key(j, "undone");
	json_bool(j, sqlite3_column_int(st, 7) != 0);
}

static int each(const char *state_dir, const char *sql, uint64_t no, void (*put)(struct json *j, sqlite3_stmt *st),
		void (*row)(void *ctx, const char *json), void *ctx, struct complaint *c)
{
	sqlite3_stmt *st = NULL;
	sqlite3 *db;
	struct json j;
	int err = store_open(&db, state_dir, STORE_READ, c);

	if (err)
		return err;
	json_init(&j, 16 << 10);
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	if (rc == SQLITE_OK)
		store_bind_no(st, 1, no);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		json_reset(&j);
		json_object_begin(&j);
		put(&j, st);
		json_object_end(&j);
		row(ctx, json_cstr(&j));
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		err = store_complain(db, state_dir, rc, c);
	json_deinit(&j);
	sqlite3_close(db);
	return err;
}

/* @no and all that was merged into it, over any number of steps. */
#define FAMILY                                                                                                         \
	"WITH RECURSIVE family(no) AS (VALUES(?1) UNION SELECT a.no FROM asset a JOIN family f ON a.merged_into = "    \
	"f.no) "

int ledger_each_change(const char *state_dir, uint64_t no, void (*row)(void *ctx, const char *json), void *ctx,
		       struct complaint *c)
{
	return each(state_dir,
		    FAMILY "SELECT at_ns, attr, value, prev, source, confidence, pcap, frame FROM change"
			   " WHERE asset_no IN (SELECT no FROM family) ORDER BY at_ns, no",
		    no, put_change, row, ctx, c);
}

int ledger_each_decision(const char *state_dir, uint64_t no, void (*row)(void *ctx, const char *json), void *ctx,
			 struct complaint *c)
{
	return each(state_dir,
		    FAMILY "SELECT no, at_ns, verb, who, from_no, to_no, reason, undone FROM decision"
			   " WHERE from_no IN (SELECT no FROM family) OR to_no IN (SELECT no FROM family) ORDER BY no",
		    no, put_decision, row, ctx, c);
}

uint64_t ledger_merged_into(const char *state_dir, uint64_t no)
{
	sqlite3_stmt *st = NULL;
	struct complaint c;
	sqlite3 *db;

	if (store_open(&db, state_dir, STORE_READ, &c) < 0)
		return no;
	if (sqlite3_prepare_v2(db, "SELECT merged_into FROM asset WHERE no = ? AND merged_into IS NOT NULL", -1, &st,
			       NULL) == SQLITE_OK) {
		for (int hops = 0; hops < 16; hops++) {
			store_bind_no(st, 1, no);
			bool merged = sqlite3_step(st) == SQLITE_ROW;
			if (merged)
				no = (uint64_t)sqlite3_column_int64(st, 0);
			sqlite3_reset(st);
			if (!merged)
				break;
		}
	}
	sqlite3_finalize(st);
	sqlite3_close(db);
	return no;
}
