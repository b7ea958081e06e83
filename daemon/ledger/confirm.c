#include "ledger/confirm.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ledger/audit.h"
#include "ledger/digest.h"
#include "ledger/store.h"

static bool says_nothing(const char *text)
{
	return !text || !text[strspn(text, " ?\t")] || strcmp(text, "？") == 0;
}

const struct conduit_line *confirm_lacking(const struct site *s)
{
	for (size_t i = 0; i < s->n_conduits; i++) {
		const struct conduit_line *l = &s->conduits[i];
		if (says_nothing(l->owner) || says_nothing(l->reason))
			return l;
	}
	return NULL;
}

static int note(sqlite3 *db, const char *path, const struct site *s, const struct person *person, const char *sha256)
{
	struct json j;

	json_init(&j, 8192);
	json_object_begin(&j);
	json_kv_text(&j, "file", span_str(path));
	json_kv_str(&j, "sha256", sha256);
	json_kv_u64(&j, "zones", s->n_zones);
	json_kv_u64(&j, "conduits", s->n_conduits);
	json_object_end(&j);
	struct audit_entry e = {.who = person->who,
				.login = person->login,
				.verb = "policy.confirm",
				.object = "policy",
				.reason = person->reason,
				.details = json_cstr(&j)};
	int rc = audit_append(db, &e);
	json_deinit(&j);
	return rc;
}

int confirm_policy(const char *state_dir, const char *file, const struct site *s, const struct person *person,
		   char sha256[static 65], struct complaint *c)
{
	char path[PATH_MAX];
	sqlite3 *db;
	int err = digest_file(file, sha256);

	if (err)
		complain(c, file, 0, 0, "cannot be read: %s", strerror(-err));
	else
		err = store_open(&db, state_dir, STORE_WRITE, c);
	if (err)
		return err;
	int rc = audit_begin(db);
	if (rc == SQLITE_OK)
		rc = note(db, realpath(file, path) ? path : file, s, person, sha256);
	return store_settle(db, state_dir, rc, c);
}
