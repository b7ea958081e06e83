#include "ledger/confirm.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ledger/audit.h"
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

static int hash_file(const char *file, char sha256[static 65], struct complaint *c)
{
	uint8_t block[16384], digest[EVP_MAX_MD_SIZE];
	FILE *f = fopen(file, "re");
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int err = !f ? -errno : !md || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 ? -ENOMEM : 0;
	size_t n;

	while (!err && (n = fread(block, 1, sizeof(block), f)) > 0)
		EVP_DigestUpdate(md, block, n);
	if (!err && ferror(f))
		err = -EIO;
	if (err)
		complain(c, file, 0, 0, "cannot be read: %s", strerror(-err));
	else
		EVP_DigestFinal_ex(md, digest, NULL);
	for (int i = 0; !err && i < 32; i++)
		snprintf(sha256 + 2 * i, 3, "%02x", digest[i]);
	if (f)
		fclose(f);
	EVP_MD_CTX_free(md);
	return err;
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
	int err = hash_file(file, sha256, c);

	if (!err)
		err = store_open(&db, state_dir, STORE_WRITE, c);
	if (err)
		return err;
	int rc = audit_begin(db);
	if (rc == SQLITE_OK)
		rc = note(db, realpath(file, path) ? path : file, s, person, sha256);
	if (rc == SQLITE_OK)
		rc = store_exec(db, "COMMIT");
	if (rc != SQLITE_OK)
		err = store_complain(db, state_dir, rc, c);
	if (!sqlite3_get_autocommit(db))
		store_exec(db, "ROLLBACK");
	sqlite3_close(db);
	return err;
}
