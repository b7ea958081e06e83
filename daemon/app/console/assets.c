/*
 * The ledger, a page at a time. Its rows are kept between requests and read anew when the database has changed, but not
 * so often that reading fifty thousand devices is all that this process does.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/asset_show.h"
#include "app/console/console.h"
#include "app/console/fresh.h"
#include "app/role_words.h"
#include "app/words.h"
#include "base/when.h"
#include "ledger/kinds.h"
#include "ledger/ledger.h"

enum { PAGE_BYTES = 4 << 20, WORDS_MAX = 8 };

enum cell {
	ID,
	NAME,
	IP,
	MAC,
	VENDOR,
	ROLES,
	PROTOCOLS,
	ZONE,
	FA_ZONE,
	PURDUE,
	KIND,
	PHASE,
	OWNER,
	MODEL,
	CONTRADICTS,
	CELLS
};

static const char *const keys[CELLS] = {"asset_id", "name",      "ip",         "mac",     "vendor",
					"roles",    "protocols", "zone",       "fa_zone", "purdue",
					"kind",     "phase",     "owner_dept", "model",   "contradicts"};

struct kept {
	char *text;           /* the cells one behind the other, then what is searched */
	uint32_t cell[CELLS]; /* where each begins */
	uint32_t searched;
	int64_t first_ns, last_ns;
	enum registered registered;
};

/* As it was read once. Whoever shows it holds it. */
struct reading {
	struct kept *row;
	size_t n, room;
	int64_t latest_ns;
	unsigned holders;
	bool short_of_memory;
};

struct shelf {
	pthread_mutex_t lock; /* of what follows; a reading in use is only read */
	struct reading *now;
	struct fresh fresh;
};

/* ---- reading */

static void free_reading(struct reading *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		free(r->row[i].text);
	free(r->row);
	free(r);
}

/* Letters of ASCII are searched in either case. */
static void put_low(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(*text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text, out);
	fputc('\n', out);
}

static bool keep(struct kept *k, const struct ledger_asset_row *a)
{
	const char *const cells[CELLS] = {[ID] = a->asset_id,
					  [NAME] = a->name,
					  [IP] = a->ips,
					  [MAC] = a->macs,
					  [VENDOR] = a->vendor,
					  [ROLES] = a->roles,
					  [PROTOCOLS] = a->protocols,
					  [ZONE] = a->zone,
					  [FA_ZONE] = a->fa_zone,
					  [PURDUE] = a->purdue,
					  [KIND] = a->kind,
					  [PHASE] = a->phase,
					  [OWNER] = a->owner_dept,
					  [MODEL] = a->model,
					  [CONTRADICTS] = a->contradicts};
	const char *const searched[] = {a->asset_id, a->name,      a->ips,        a->macs,   a->vendor, a->maker,
					a->model,    a->hostnames, a->owner_dept, a->serial, a->zone,   a->protocols};
	size_t len = 0;

	*k = (struct kept){.first_ns = a->first_ns, .last_ns = a->last_ns, .registered = a->registered};
	FILE *out = open_memstream(&k->text, &len);
	if (!out)
		return false;
	for (int i = 0; i < CELLS; i++) {
		k->cell[i] = (uint32_t)ftell(out);
		fputs(cells[i], out);
		fputc('\0', out);
	}
	k->searched = (uint32_t)ftell(out);
	for (size_t i = 0; i < sizeof(searched) / sizeof(searched[0]); i++)
		put_low(out, searched[i]);
	return fclose(out) == 0;
}

static void take_row(void *reading, const struct ledger_asset_row *a)
{
	struct reading *r = reading;

	if (r->n == r->room) {
		size_t room = r->room ? r->room * 2 : 256;
		struct kept *row = realloc(r->row, room * sizeof(*row));
		if (!row) {
			r->short_of_memory = true;
			return;
		}
		r->row = row;
		r->room = room;
	}
	if (!keep(&r->row[r->n], a)) {
		free(r->row[r->n].text);
		r->short_of_memory = true;
		return;
	}
	r->latest_ns = a->last_ns > r->latest_ns ? a->last_ns : r->latest_ns;
	r->n++;
}

static void leave(struct shelf *s, struct reading *r)
{
	pthread_mutex_lock(&s->lock);
	bool last = --r->holders == 0;
	pthread_mutex_unlock(&s->lock);
	if (last)
		free_reading(r);
}

/* With the lock held. */
static int read_anew(struct shelf *s, const char *state, struct complaint *c)
{
	const struct ledger_filter all = {.purdue = PURDUE_UNKNOWN, .registered = -1};
	struct reading *r = calloc(1, sizeof(*r));
	struct fresh fresh = fresh_begin(state);
	int err = r ? ledger_each_asset_row(state, &all, take_row, r, c) : -ENOMEM;

	if (!r || r->short_of_memory) {
		err = -ENOMEM;
		complain(c, state, 0, 0, "not enough memory for the table");
	}
	if (err) {
		free_reading(r);
		return err;
	}
	r->holders = 1; /* the shelf */
	if (s->now && --s->now->holders == 0)
		free_reading(s->now);
	s->now = r;
	fresh_end(&fresh);
	s->fresh = fresh;
	return 0;
}

/* @return to be left again; NULL with @c filled. */
static struct reading *hold(struct shelf *s, const char *state, int *err, struct complaint *c)
{
	struct reading *r = NULL;

	pthread_mutex_lock(&s->lock);
	*err = s->now && fresh_holds(&s->fresh, state) ? 0 : read_anew(s, state, c);
	if (!*err) {
		r = s->now;
		r->holders++;
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

int shelf_new(struct shelf **out)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	pthread_mutex_init(&(*out)->lock, NULL);
	return 0;
}

void shelf_free(struct shelf *s)
{
	if (!s)
		return;
	free_reading(s->now);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* ---- what is asked for */

struct wanted {
	char text[256];
	const char *word[WORDS_MAX]; /* of the text, each of which has to stand somewhere */
	unsigned n_words;
	const char *zone, *level;
	int registered; /* -1: any */
	int64_t silent_ns;
	bool contradicting;
};

static void read_wanted(const struct asked *a, struct wanted *w)
{
	const char *registered = asked_value(a, "registered");
	char *rest = w->text;

	*w = (struct wanted){.zone = asked_value(a, "zone"),
			     .level = asked_value(a, "purdue"),
			     .registered = strcmp(registered, "yes") == 0  ? REGISTERED_YES
					   : strcmp(registered, "no") == 0 ? REGISTERED_NO
									   : -1,
			     .silent_ns = (int64_t)asked_number(a, "silent", 0, 36500) * 86400 * NS_PER_S,
			     .contradicting = asked_value(a, "contradicting")[0] != '\0'};
	snprintf(w->text, sizeof(w->text), "%s", asked_value(a, "q"));
	for (char *c = w->text; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
	for (char *word; w->n_words < WORDS_MAX && (word = strsep(&rest, " ")) != NULL;) {
		if (word[0])
			w->word[w->n_words++] = word;
	}
}

static const char *cell(const struct kept *k, enum cell which)
{
	return k->text + k->cell[which];
}

static bool fits(const struct wanted *w, const struct reading *r, const struct kept *k)
{
	if ((w->zone[0] && strcmp(w->zone, cell(k, ZONE)) != 0) ||
	    (w->level[0] && strcmp(w->level, cell(k, PURDUE)) != 0) ||
	    (w->registered >= 0 && (int)k->registered != w->registered) ||
	    (w->silent_ns > 0 && r->latest_ns - k->last_ns < w->silent_ns) ||
	    (w->contradicting && !cell(k, CONTRADICTS)[0]))
		return false;
	for (unsigned i = 0; i < w->n_words; i++) {
		if (!strstr(k->text + k->searched, w->word[i]))
			return false;
	}
	return true;
}

/* ---- answers */

static void put_time(struct json *j, const char *key, int64_t ns)
{
	char text[WHEN_TEXT_MAX];

	json_kv_str(j, key, when_format(ns, text));
}

static void put_row(struct json *j, const struct kept *k, bool japanese)
{
	char roles[256];

	json_object_begin(j);
	for (int i = 0; i < CELLS; i++)
		json_kv_str(j, keys[i], cell(k, (enum cell)i));
	json_kv_str(j, "kind_word", kinds_word(KINDS_OF_DEVICE, cell(k, KIND), japanese));
	json_kv_str(j, "phase_word", kinds_word(KINDS_OF_PHASE, cell(k, PHASE), japanese));
	json_kv_str(j, "role_words", role_words(cell(k, ROLES), roles, sizeof(roles)));
	json_kv_str(j, "registered",
		    k->registered == REGISTERED_YES  ? "yes"
		    : k->registered == REGISTERED_NO ? "no"
						     : "");
	put_time(j, "first_seen", k->first_ns);
	put_time(j, "last_seen", k->last_ns);
	json_object_end(j);
}

enum MHD_Result console_assets(const struct asked *a)
{
	uint64_t offset = asked_number(a, "offset", 0, UINT32_MAX), total = 0, unregistered = 0;
	uint64_t limit = asked_number(a, "limit", CONSOLE_ROWS, CONSOLE_ROWS_MAX);
	struct complaint c = {""};
	struct wanted w;
	struct json j;
	int err;

	struct reading *r = hold(a->console->shelf, a->console->state, &err, &c);
	if (!r)
		return answer_complaint(a, err, &c);
	read_wanted(a, &w);
	json_init(&j, PAGE_BYTES);
	json_object_begin(&j);
	json_key(&j, "rows");
	json_array_begin(&j);
	for (size_t i = 0; i < r->n; i++) {
		unregistered += r->row[i].registered == REGISTERED_NO;
		if (!fits(&w, r, &r->row[i]))
			continue;
		if (total >= offset && total - offset < limit)
			put_row(&j, &r->row[i], a->japanese);
		total++;
	}
	json_array_end(&j);
	json_kv_u64(&j, "total", total);
	json_kv_u64(&j, "offset", offset);
	json_kv_u64(&j, "limit", limit);
	json_kv_u64(&j, "all", r->n);
	json_kv_u64(&j, "unregistered", unregistered);
	json_object_end(&j);
	leave(a->console->shelf, r);
	return answer_json(a, &j);
}

/* Lists of one device's page: the newest of what happened, whatever there is of the rest. */
static void shorten(json_t *page, const char *key, bool oldest_first)
{
	json_t *list = json_object_get(page, key);
	size_t n = json_array_size(list);

	if (n <= CONSOLE_ROWS_MAX)
		return;
	char left_off[48];
	snprintf(left_off, sizeof(left_off), "%s_left_off", key);
	json_object_set_new(page, left_off, json_integer((json_int_t)(n - CONSOLE_ROWS_MAX)));
	while (json_array_size(list) > CONSOLE_ROWS_MAX)
		json_array_remove(list, oldest_first ? 0 : json_array_size(list) - 1);
}

static void put_word(json_t *page, const char *key, enum kinds_of list, bool japanese)
{
	const char *token = json_string_value(json_object_get(page, key));
	char name[48];

	snprintf(name, sizeof(name), "%s_word", key);
	if (token && token[0])
		json_object_set_new(page, name, json_string(kinds_word(list, token, japanese)));
}

/* Roles among what was observed: each of @key, "value" or "prev". */
static void put_observed_words(json_t *rows, const char *key)
{
	char name[16], words[128];
	size_t i;
	json_t *row;

	snprintf(name, sizeof(name), "%s_word", key);
	json_array_foreach(rows, i, row)
	{
		const char *attr = json_string_value(json_object_get(row, "attr"));
		const char *token = json_string_value(json_object_get(row, key));
		if (attr && token && strcmp(attr, "role") == 0)
			json_object_set_new(row, name, json_string(role_words(token, words, sizeof(words))));
	}
}

static void put_words(json_t *page, bool japanese)
{
	static const char *const observed[] = {"evidence", "changes"};
	char text[1024] = "", words[1024];
	size_t i, len = 0;
	json_t *role;

	put_word(page, "kind", KINDS_OF_DEVICE, japanese);
	put_word(page, "role_suggested", KINDS_OF_DEVICE, japanese);
	put_word(page, "phase", KINDS_OF_PHASE, japanese);
	put_word(page, "usage", KINDS_OF_USAGE, japanese);
	put_word(page, "use_case", KINDS_OF_USE_CASE, japanese);
	json_array_foreach(json_object_get(page, "roles"), i, role)
	{
		if (len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len ? " " : "",
						json_string_value(role));
	}
	json_object_set_new(page, "role_words", json_string(role_words(text, words, sizeof(words))));
	for (i = 0; i < sizeof(observed) / sizeof(observed[0]); i++) {
		put_observed_words(json_object_get(page, observed[i]), "value");
		put_observed_words(json_object_get(page, observed[i]), "prev");
	}
}

enum MHD_Result console_asset(const struct asked *a, const char *id)
{
	static const struct {
		const char *key;
		bool oldest_first;
	} lists[] = {
	    {"evidence", false}, {"changes", true}, {"decisions", true}, {"audit", true}, {"conversations", false}};
	struct complaint c = {""};
	int err;
	json_t *page = asset_page(a->console->state, id, &err, &c);

	if (!page && err)
		return answer_complaint(a, err, &c);
	if (!page)
		return answer_error(a, MHD_HTTP_NOT_FOUND, say(W_CONSOLE_NO_ASSET));
	put_words(page, a->japanese);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		shorten(page, lists[i].key, lists[i].oldest_first);
	char *text = json_dumps(page, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(page);
	if (!text)
		return answer_error(a, MHD_HTTP_SERVICE_UNAVAILABLE, say(W_CONSOLE_TOO_MUCH));
	enum MHD_Result done = answer_with(a, MHD_HTTP_OK, "application/json; charset=utf-8", text, strlen(text));
	free(text);
	return done;
}
