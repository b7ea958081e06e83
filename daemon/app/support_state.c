/* What the state directory holds, in a support bundle: health.json, how many rows of which table, sizes of files,
 * rules. */
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/support.h"
#include "base/sqlite_care.h"
#include "base/when.h"

/* ---- health.json: numbers as they are, texts by what they are */

static bool is_open_text(const char *list, const char *key, const json_t *object)
{
	static const char *const open[] = {"written", "version", "notes", NULL};

	for (const char *const *o = open; *o; o++) {
		if (strcmp(key, *o) == 0)
			return true;
	}
	/* names: of interfaces and tables, not of files and receivers */
	return strcmp(key, "name") == 0 &&
	       (strcmp(list, "tables") == 0 ||
		(strcmp(list, "captures") == 0 && json_is_true(json_object_get(object, "live"))));
}

static json_t *masked(const struct mask *m, const char *list, const char *key, json_t *value, const json_t *object)
{
	char mark[MASK_MARK_MAX], text[128];
	const char *name;
	json_t *v, *out;
	size_t i;

	if (json_is_string(value)) {
		const char *t = json_string_value(value);
		if (is_open_text(list, key, object))
			return json_string(t);
		/* of a receiver, "syslog:tls:192.0.2.1:6514": its kind */
		size_t n = strcmp(list, "sinks") == 0 ? strcspn(t, ":") : 0;
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(n < 16 ? n : 0), t, n && t[n] ? ":" : "",
			 n && !t[n] ? "" : mask_text(m, t, mark));
		return json_string(text);
	}
	if (json_is_object(value)) {
		out = json_object();
		json_object_foreach(value, name, v)
		    json_object_set_new(out, name, masked(m, *list ? list : key, name, v, value));
		return out;
	}
	if (json_is_array(value)) {
		out = json_array();
		json_array_foreach(value, i, v)
		    json_array_append_new(out, masked(m, *list ? list : key, key, v, value));
		return out;
	}
	return json_incref(value);
}

void support_health(const struct support *s, struct json *out)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/health.json", s->state_dir);
	json_t *health = json_load_file(path, 0, NULL),
	       *shown = health ? masked(s->mask, "", "", health, health) : NULL;
	char *text = shown ? json_dumps(shown, JSON_INDENT(1)) : NULL;
	support_print(out, "%s\n", text ? text : "{}");
	free(text);
	json_decref(shown);
	json_decref(health);
}

/* ---- rows by table */

static int64_t number_of(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t n = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

static void put_tables(sqlite3 *db, struct json *out)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", -1, &st,
			       NULL) != SQLITE_OK)
		support_print(out, "  %s\n", sqlite3_errmsg(db));
	while (st && sqlite3_step(st) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(st, 0);
		char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", name);
		support_print(out, "  %-28s %lld\n", name, sql ? (long long)number_of(db, sql) : -1);
		sqlite3_free(sql);
	}
	sqlite3_finalize(st);
}

void support_tables(const struct support *s, struct json *out)
{
	static const char *const files[] = {"ledger.db", "alerts.db"};
	char path[4096];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		sqlite3 *db = NULL;
		snprintf(path, sizeof(path), "%s/%s", s->state_dir, files[i]);
		int code = sqlite_care_open_to_read(&db, path);
		if (code == SQLITE_OK) {
			sqlite3_busy_timeout(db, 2000);
			support_print(out, "%s: schema %lld, pages %lld of %lld bytes, free pages %lld\n", files[i],
				      (long long)number_of(db, "PRAGMA user_version"),
				      (long long)number_of(db, "PRAGMA page_count"),
				      (long long)number_of(db, "PRAGMA page_size"),
				      (long long)number_of(db, "PRAGMA freelist_count"));
			put_tables(db, out);
		} else {
			support_print(out, "%s: %s\n", files[i], sqlite3_errstr(code));
		}
		sqlite3_close(db);
	}
}

/* ---- files: names of our own as they are, others as marks */

static bool is_ours(const char *name)
{
	static const char *const begins[] = {"ledger.", "alerts.", "health.json", "support.salt", "evidence", NULL};

	for (const char *const *b = begins; *b; b++) {
		if (strncmp(name, *b, strlen(*b)) == 0)
			return true;
	}
	return false;
}

struct folder_sum {
	unsigned files;
	uint64_t bytes;
};

static void sum_folder(int at, const char *name, struct folder_sum *sum)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct stat st;

	for (const struct dirent *e; dir && (e = readdir(dir));) {
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)) {
			sum->files++;
			sum->bytes += (uint64_t)st.st_size;
		}
	}
	if (dir)
		closedir(dir);
}

void support_files(const struct support *s, struct json *out)
{
	char mark[MASK_MARK_MAX], when[WHEN_TEXT_MAX];
	DIR *dir = opendir(s->state_dir);
	struct stat st;

	if (!dir)
		support_print(out, "the state directory cannot be read\n");
	else if (fstat(dirfd(dir), &st) == 0)
		support_print(out, "%06o uid %u gid %u .\n", st.st_mode, st.st_uid, st.st_gid);
	for (const struct dirent *e; dir && (e = readdir(dir));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		support_print(out, "%06o uid %u gid %u %12lld %s %s", st.st_mode, st.st_uid, st.st_gid,
			      (long long)st.st_size, when_format(st.st_mtim.tv_sec * NS_PER_S, when),
			      is_ours(e->d_name) ? e->d_name : mask_text(s->mask, e->d_name, mark));
		struct folder_sum sum = {0};
		if (S_ISDIR(st.st_mode)) {
			sum_folder(dirfd(dir), e->d_name, &sum);
			support_print(out, "/ with %u files of %llu bytes", sum.files, (unsigned long long)sum.bytes);
		}
		support_print(out, "\n");
	}
	if (dir)
		closedir(dir);
}

/* ---- rules */

void support_rules(const struct support *s, struct json *out)
{
	char mark[MASK_MARK_MAX];

	for (size_t i = 0; s->set && i < rules_count(s->set->rules); i++) {
		const struct rule_info *r = rules_info(s->set->rules, i);
		/* rules of a plant's own have ids of its choice */
		bool shipped = strncmp(r->id, "SKS-", 4) == 0;
		support_print(out, "%-16s %-8s %s\n", shipped ? r->id : mask_text(s->mask, r->id, mark),
			      alert_level_name(r->level), rules_enabled(s->set->rules, i) ? "on" : "off");
	}
	if (!s->set)
		support_print(out, "the configuration does not load\n");
}
