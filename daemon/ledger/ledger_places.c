/*
 * Zones and names of levels as the daemon last knew them.
 */
#include "base/json.h"
#include "ledger/ledger.h"
#include "ledger/store.h"

enum { ROW_MAX = 4096 };

struct places {
	struct json json;
	void (*row)(void *ctx, const char *json);
	void *ctx;
};

static void begin(struct places *p)
{
	json_reset(&p->json);
	json_object_begin(&p->json);
}

static void end(struct places *p)
{
	json_object_end(&p->json);
	if (!p->json.overflow)
		p->row(p->ctx, json_cstr(&p->json));
}

static int each(sqlite3 *db, const char *sql, struct places *p, void (*put)(struct places *p, sqlite3_stmt *st))
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		begin(p);
		put(p, st);
		end(p);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static void put_name(struct places *p, sqlite3_stmt *st)
{
	json_kv_str(&p->json, "token", store_text(st, 0));
	json_kv_str(&p->json, "ja", store_text(st, 1));
	json_kv_str(&p->json, "en", store_text(st, 2));
}

static void put_zone(struct places *p, sqlite3_stmt *st)
{
	int purdue = sqlite3_column_int(st, 4);

	json_kv_str(&p->json, "zone", store_text(st, 0));
	json_kv_str(&p->json, "ja", store_text(st, 1));
	json_kv_str(&p->json, "en", store_text(st, 2));
	json_kv_str(&p->json, "fa_zone", store_text(st, 3));
	json_kv_str(&p->json, "purdue", purdue != PURDUE_UNKNOWN ? purdue_name(purdue) : "");
}

int ledger_each_place(const char *state_dir, void (*row)(void *ctx, const char *json), void *ctx, struct complaint *c)
{
	static const char *const models[] = {"pa", "fa", "both"};
	struct places p = {.row = row, .ctx = ctx};
	sqlite3 *db;
	int err = store_open(&db, state_dir, STORE_READ, c);

	if (err)
		return err;
	json_init(&p.json, ROW_MAX);
	int64_t model = store_meta(db, "model");
	begin(&p);
	json_kv_str(&p.json, "model", models[model >= 0 && model <= 2 ? model : 2]);
	end(&p);
	int rc = each(db, "SELECT token, ja, en FROM place_name ORDER BY token", &p, put_name);
	if (rc == SQLITE_OK)
		rc = each(db, "SELECT id, name_ja, name_en, fa, purdue FROM zone ORDER BY id", &p, put_zone);
	if (rc != SQLITE_OK)
		err = store_complain(db, state_dir, rc, c);
	json_deinit(&p.json);
	sqlite3_close(db);
	return err;
}
