#include "ledger/impact.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ledger/audit.h"
#include "ledger/store.h"

const char *const impact_usages[IMPACT_USAGES] = {"control", "analytics", "storage"};
const char *const impact_use_cases[IMPACT_USE_CASES] = {"production", "poc"};

/* IPA's guide gives these six as examples: each company decides. */
static const struct impact_matrix examples = {{
    {IMPACT_HIGH, IMPACT_LOW},
    {IMPACT_HIGH, IMPACT_LOW},
    {IMPACT_MID, IMPACT_LOW},
}};

static int place(const char *const *list, int n, const char *token)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(list[i], token) == 0)
			return i;
	}
	return -1;
}

int impact_load(struct impact_matrix *m, sqlite3 *db)
{
	sqlite3_stmt *st = NULL;

	*m = examples;
	if (!db)
		return SQLITE_OK;
	int rc = sqlite3_prepare_v2(db, "SELECT usage, use_case, impact FROM impact_cell", -1, &st, NULL);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int i = place(impact_usages, IMPACT_USAGES, store_text(st, 0));
		int j = place(impact_use_cases, IMPACT_USE_CASES, store_text(st, 1));
		if (i >= 0 && j >= 0)
			m->cell[i][j] = impact_parse(store_text(st, 2));
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

const char *impact_usage(const char *usage)
{
	int i = place(impact_usages, IMPACT_USAGES, usage);

	return i >= 0 ? impact_usages[i] : NULL;
}

int impact_usage_rank(const char *usage)
{
	int i = place(impact_usages, IMPACT_USAGES, usage);

	return i >= 0 ? IMPACT_USAGES - i : 0;
}

enum impact impact_of(const struct impact_matrix *m, const char *usage, const char *use_case)
{
	if (!usage[0])
		return IMPACT_UNKNOWN;
	int i = place(impact_usages, IMPACT_USAGES, usage), j = place(impact_use_cases, IMPACT_USE_CASES, use_case);

	return i >= 0 && j >= 0 ? m->cell[i][j] : IMPACT_UNKNOWN;
}

uint8_t impact_zone(const char *fa_zone)
{
	static const struct {
		const char *fa;
		uint8_t criticality;
	} zones[] = {{"fa.control", 5}, {"fa.agv", 4}, {"fa.warehouse", 4}, {"fa.prodmgmt", 3},
		     {"fa.monitor", 3}, {"fa.oa", 1},  {"fa.remote", 2},    {"poc", 1}};

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (strcmp(zones[i].fa, fa_zone) == 0)
			return zones[i].criticality;
	}
	return 0;
}

int impact_read(const char *state_dir, struct impact_matrix *m, struct complaint *c)
{
	sqlite3 *db;
	int err = store_open(&db, state_dir, STORE_READ, c);

	if (err)
		return err;
	int rc = impact_load(m, db);
	if (rc != SQLITE_OK)
		err = store_complain(db, state_dir, rc, c);
	sqlite3_close(db);
	return err;
}

static int put(sqlite3 *db, int i, int j, enum impact was, enum impact now, const struct person *person)
{
	char details[160];
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO impact_cell(usage, use_case, impact) VALUES(?, ?, ?)",
				    -1, &st, NULL);

	if (rc == SQLITE_OK) {
		store_bind_text(st, 1, impact_usages[i]);
		store_bind_text(st, 2, impact_use_cases[j]);
		store_bind_text(st, 3, impact_name(now));
		rc = sqlite3_step(st);
		rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
	}
	sqlite3_finalize(st);
	snprintf(details, sizeof(details), "{\"usage\":\"%s\",\"use_case\":\"%s\",\"from\":\"%s\",\"to\":\"%s\"}",
		 impact_usages[i], impact_use_cases[j], impact_name(was), impact_name(now));
	if (rc == SQLITE_OK)
		rc = register_touch(db);
	return rc == SQLITE_OK ? audit_append(db, &(struct audit_entry){.who = person->who,
									.login = person->login,
									.verb = "impact.set",
									.object = "impact",
									.reason = person->reason,
									.details = details})
			       : rc;
}

int impact_set(const char *state_dir, const char *usage, const char *use_case, const char *impact,
	       const struct person *person, struct complaint *c)
{
	const char *u = kinds_find(KINDS_OF_USAGE, usage), *k = kinds_find(KINDS_OF_USE_CASE, use_case),
		   *to = kinds_find(KINDS_OF_IMPACT, impact);
	struct impact_matrix m;
	sqlite3 *db;

	if (!u || !k || !to) {
		complain(
		    c, "impact", 0, 0,
		    "write a usage (control, analytics, storage), a use case (production, poc) and an impact (high, "
		    "mid, low)");
		return -EINVAL;
	}
	int i = place(impact_usages, IMPACT_USAGES, u), j = place(impact_use_cases, IMPACT_USE_CASES, k);
	int err = store_open(&db, state_dir, STORE_WRITE, c);
	if (err)
		return err;
	int rc = audit_begin(db);
	if (rc == SQLITE_OK)
		rc = impact_load(&m, db);
	if (rc == SQLITE_OK)
		rc = put(db, i, j, m.cell[i][j], impact_parse(to), person);
	return store_settle(db, state_dir, rc, c);
}
