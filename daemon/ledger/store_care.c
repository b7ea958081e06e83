#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sqlite_care.h"
#include "ledger/schema.h"
#include "ledger/store.h"

enum { PATH_BYTES = 1024 };

int store_verify(const char *state_dir, struct store_census *census, struct complaint *c)
{
	char words[256] = "", path[PATH_BYTES];
	sqlite3 *db;
	int err = store_open(&db, state_dir, STORE_READ, c);

	if (err)
		return err;
	int rc = sqlite_care_check(db, "integrity_check", words, sizeof(words));
	if (rc == SQLITE_OK) {
		census->assets =
		    (uint64_t)store_number(db, "SELECT count(*) FROM asset WHERE merged_into IS NULL", &rc);
		census->links = (uint64_t)store_number(db, "SELECT count(*) FROM link", &rc);
		census->audit = (uint64_t)store_number(db, "SELECT count(*) FROM audit", &rc);
		if (rc != SQLITE_OK)
			snprintf(words, sizeof(words), "%s", sqlite3_errmsg(db));
	}
	sqlite3_close(db);
	if (rc == SQLITE_OK)
		return 0;
	snprintf(path, sizeof(path), "%s/ledger.db", state_dir);
	complain(c, path, 0, 0, "is damaged (%s). Restore a backup; the daemon sets it aside at its next start", words);
	return -EINVAL;
}

bool store_is_newer(const char *state_dir, struct complaint *c)
{
	return sqlite_care_is_newer(state_dir, "ledger.db", LEDGER_SCHEMA, c);
}

int store_backup(const char *state_dir, const char *file, struct complaint *c)
{
	char words[256];
	sqlite3 *from = NULL;

	if (access(file, F_OK) == 0) {
		complain(c, file, 0, 0, "is there already. Name another file");
		return -EINVAL;
	}
	int err = store_open(&from, state_dir, STORE_READ, c);
	if (err)
		return err;
	err = sqlite_care_copy(from, file, words, sizeof(words));
	sqlite3_close(from);
	if (err)
		complain(c, file, 0, 0, "the copy could not be made: %s", words);
	return err;
}
