#include "ledger/approve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/when.h"
#include "ledger/audit.h"
#include "ledger/store.h"

enum { DETAILS_MAX = 2048, ADDRESSES = 65536, PER_FACT = 64, MERGES_MAX = 16 };

struct approving {
	sqlite3 *db;
	sqlite3_stmt *put;
	const struct approval *a;
	int64_t now_ns;
};

/* "A000017" as its number, or as that of what it was merged into since; 0 where @end is an address. */
static uint64_t asset_no(sqlite3 *db, const char *end)
{
	uint64_t no = end[0] == 'A' ? strtoull(end + 1, NULL, 10) : 0, into = no;
	sqlite3_stmt *st = NULL;

	if (!no || sqlite3_prepare_v2(db, "SELECT merged_into FROM asset WHERE no = ?", -1, &st, NULL) != SQLITE_OK)
		return no;
	for (int i = 0; into && i < MERGES_MAX; i++) {
		no = into;
		store_bind_no(st, 1, no);
		into = sqlite3_step(st) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	return no;
}

/* An end is the asset, or what was parted from it since and took the address along. */
#define END_IS(end, no, ip)                                                                                            \
	"(" end "_no = " no " AND (" no " <> 0 OR " end "_ip = " ip ")"                                                \
	" OR " end "_ip = " ip " AND " end "_no IN (SELECT to_no FROM decision WHERE verb = 'split' AND from_no = " no \
	"))"

static int find_link(struct approving *p, uint64_t *id)
{
	const struct approval *a = p->a;
	uint64_t src = asset_no(p->db, a->src), dest = asset_no(p->db, a->dest);
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(
	    p->db,
	    "SELECT id FROM link WHERE port = ?3 AND protocol = ?4"
	    " AND " END_IS("src", "?1", "?5") " AND " END_IS(
		"dest", "?2", "?6") " ORDER BY (src_no = ?1) + (dest_no = ?2) DESC, last_ns DESC, id LIMIT 1",
	    -1, &st, NULL);

	if (rc == SQLITE_OK) {
		store_bind_no(st, 1, src);
		store_bind_no(st, 2, dest);
		sqlite3_bind_int(st, 3, a->port);
		store_bind_text(st, 4, a->protocol);
		store_bind_text(st, 5, a->src_ip);
		store_bind_text(st, 6, a->dest_ip);
		rc = sqlite3_step(st);
		*id = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
		rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
	}
	sqlite3_finalize(st);
	return rc;
}

static int put(struct approving *p, const struct learnt_key *key, const char *text, uint64_t bits)
{
	sqlite3_stmt *st = p->put;

	store_bind_no(st, 1, key->link_id);
	sqlite3_bind_int(st, 2, key->kind);
	sqlite3_bind_int(st, 3, key->unit);
	sqlite3_bind_int64(st, 4, key->what);
	sqlite3_bind_int(st, 5, key->access);
	store_bind_text(st, 6, text);
	store_bind_no(st, 7, bits);
	sqlite3_bind_int64(st, 8, p->now_ns);
	int rc = sqlite3_step(st);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int put_range(struct approving *p, struct learnt_key key, unsigned i)
{
	const struct approval *a = p->a;
	uint64_t at = a->ranges[i].address, end = at + (a->ranges[i].quantity ? a->ranges[i].quantity : 1);
	int rc = SQLITE_OK;

	key.kind = LEARNT_RANGE;
	key.access = a->ranges[i].access;
	while (rc == SQLITE_OK && at < end && at < ADDRESSES) {
		uint64_t block = at / PER_FACT, stop = (block + 1) * PER_FACT < end ? (block + 1) * PER_FACT : end;
		uint64_t bits =
		    stop - at == PER_FACT ? ~UINT64_C(0) : ((UINT64_C(1) << (stop - at)) - 1) << (at % PER_FACT);
		key.what = (uint32_t)((uint64_t)a->table_no << 16 | block);
		rc = put(p, &key, a->table, bits);
		at = stop;
	}
	return rc;
}

static int put_all(struct approving *p, uint64_t link_id)
{
	const struct approval *a = p->a;
	struct learnt_key key = {.link_id = link_id, .kind = LEARNT_PAIR};
	int rc = put(p, &key, "", 0);

	if (!a->function[0])
		return rc;
	key.unit = a->unit;
	key.kind = LEARNT_FUNCTION;
	key.what = baseline_word(a->function, strlen(a->function));
	if (rc == SQLITE_OK)
		rc = put(p, &key, a->function, 0);
	key.what = 0;
	for (unsigned i = 0; i < a->n_ranges && rc == SQLITE_OK; i++)
		rc = put_range(p, key, i);
	if (rc == SQLITE_OK && a->writes) {
		key.kind = LEARNT_WRITER;
		rc = put(p, &key, "", 0);
	}
	return rc;
}

static int note(struct approving *p, const struct person *who)
{
	const struct approval *a = p->a;
	struct json j;

	json_init(&j, DETAILS_MAX);
	json_object_begin(&j);
	json_kv_str(&j, "src", a->src);
	json_kv_str(&j, "dest", a->dest);
	json_kv_str(&j, "protocol", a->protocol);
	json_kv_u64(&j, "port", a->port);
	if (a->function[0]) {
		json_kv_u64(&j, "unit", a->unit);
		json_kv_str(&j, "function", a->function);
	}
	json_object_end(&j);
	struct audit_entry e = {.who = who->who,
				.login = who->login,
				.verb = "baseline.learn",
				.object = a->object,
				.reason = who->reason,
				.details = json_cstr(&j)};
	int rc = audit_append(p->db, &e);
	json_deinit(&j);
	return rc;
}

int approve(const char *state_dir, const struct approval *a, const struct person *who, struct complaint *c)
{
	struct approving p = {.a = a, .now_ns = when_now_ns()};
	uint64_t link_id = 0;
	int err = store_open(&p.db, state_dir, STORE_WRITE, c);

	if (err)
		return err;
	int rc = store_prepare(
	    p.db,
	    "INSERT INTO baseline(link, kind, unit, what, access, text, bits, fresh_bits, fresh_ns, first_ns, last_ns, "
	    "count, by_person) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, ?8, ?8, 0, 1)"
	    " ON CONFLICT(link, kind, unit, what, access) DO UPDATE SET bits = bits | excluded.bits, by_person = 1",
	    &p.put);
	if (rc == SQLITE_OK)
		rc = audit_begin(p.db);
	if (rc == SQLITE_OK) {
		rc = find_link(&p, &link_id);
		if (rc == SQLITE_OK && link_id)
			rc = put_all(&p, link_id);
		if (rc == SQLITE_OK && link_id)
			rc = store_set_meta(p.db, "baseline_asked", store_meta(p.db, "baseline_asked") + 1);
		if (rc == SQLITE_OK && link_id)
			rc = note(&p, who);
		if (rc == SQLITE_OK && link_id)
			rc = store_exec(p.db, "COMMIT");
		else
			store_exec(p.db, "ROLLBACK");
	}
	if (rc != SQLITE_OK)
		err = store_complain(p.db, state_dir, rc, c);
	if (!err && !link_id) {
		complain(
		    c, state_dir, 0, 0,
		    "the ledger knows no conversation from %s to %s port %u: was it written since, or is this another "
		    "sensor's alert?",
		    a->src, a->dest, a->port);
		err = -ENOENT;
	}
	sqlite3_finalize(p.put);
	sqlite3_close(p.db);
	return err;
}
