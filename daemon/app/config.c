#include "app/config.h"
#include "app/config_former.h"
#include "app/config_parts.h"
#include "app/metrics_listen.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum key_kind { KIND_TEXT, KIND_BOOL, KIND_INT, KIND_SIZE, KIND_TEXTS, KIND_CHOICE, KIND_MAP };

struct config_key {
	const char *path;
	enum key_kind kind;
	int64_t least, most;
	const char *fallback;
	size_t offset;
	const char *doc_en, *doc_ja;
	enum config_telling telling;
};

#define ROW(telling, path, kind, least, most, fallback, member, en, ja)                                                \
	{path, KIND_##kind, least, most, fallback, offsetof(struct config, member), en, ja, telling},
#define KEY(...)    ROW(CONFIG_MARKED, __VA_ARGS__)
#define SECRET(...) ROW(CONFIG_SECRET, __VA_ARGS__)
#define SHOWN(...)  ROW(CONFIG_SHOWN, __VA_ARGS__)
static const struct config_key keys[] = {
#include "app/config_keys.def"
};
#undef KEY
#undef SECRET
#undef SHOWN
#undef ROW

enum { N_KEYS = sizeof(keys) / sizeof(keys[0]) };

_Static_assert((int)N_KEYS <= (int)CONFIG_KEYS_MAX, "config.given has one for each");

/* Keys whose values are lists of maps, or belong to the ledger, and have readers of their own. */
static const char *const other_top[] = {"model", "time_zone", "level_names", "baseline", "zones", "conduits", "syslog"};

static void *member(struct config *cfg, const struct config_key *k)
{
	return (char *)cfg + k->offset;
}

static void put_text(struct config *cfg, const struct config_key *k, const char *text)
{
	*(const char **)member(cfg, k) = text;
}

/* The first word of a choice's list. Program memory, made once. */
static const char *first_choice(const struct config_key *k)
{
	static char word[32];
	size_t n = strcspn(k->fallback, " ");

	memcpy(word, k->fallback, n);
	word[n] = '\0';
	return word;
}

void config_default(struct config *cfg)
{
	memset(cfg, 0, sizeof(*cfg));
	site_default(&cfg->site);
	for (int i = 0; i < N_KEYS; i++) {
		const struct config_key *k = &keys[i];
		switch (k->kind) {
		case KIND_TEXT:
			put_text(cfg, k, k->fallback);
			break;
		case KIND_CHOICE:
			put_text(cfg, k, first_choice(k));
			break;
		case KIND_BOOL:
			*(bool *)member(cfg, k) = strcmp(k->fallback, "yes") == 0;
			break;
		case KIND_INT:
		case KIND_SIZE:
			*(int64_t *)member(cfg, k) = strtoll(k->fallback, NULL, 10);
			break;
		case KIND_TEXTS:
		case KIND_MAP:
			break;
		}
	}
}

int config_read_texts(const struct config *cfg, const struct yaml_node *n, struct text_list *list, struct complaint *c)
{
	const struct yaml_node *item = n->kind == YAML_LIST ? n->child : n;

	list->n = 0;
	for (; item; item = n->kind == YAML_LIST ? item->next : NULL) {
		if (list->n == CONFIG_LIST_MAX)
			return yaml_complain(&cfg->doc, item, c, "more than %d entries", CONFIG_LIST_MAX);
		int err = yaml_string(&cfg->doc, item, &list->item[list->n], c);
		if (err)
			return err;
		list->n++;
	}
	list->item[list->n] = NULL;
	return 0;
}

int config_read_choice(const struct config *cfg, const struct yaml_node *n, const char *words, const char **out,
		       struct complaint *c)
{
	int err = yaml_string(&cfg->doc, n, out, c);

	if (err)
		return err;
	size_t len = strlen(*out);
	for (const char *w = words; *w;) {
		size_t word = strcspn(w, " ");
		if (word == len && memcmp(w, *out, len) == 0)
			return 0;
		w += word + (w[word] == ' ');
	}
	return yaml_complain(&cfg->doc, n, c, "\"%s\" is none of: %s", *out, words);
}

/* A number of bytes: 512MiB. */
static int read_size(const struct yamldoc *doc, const struct yaml_node *n, int64_t *out, struct complaint *c)
{
	static const struct {
		const char *unit;
		unsigned shift;
	} units[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
	const int64_t most = 1 << 20; /* of any unit */
	char *end = NULL;

	errno = 0;
	long long number = n->kind == YAML_SCALAR ? strtoll(n->text, &end, 10) : -1;
	for (size_t i = 0; end && end > n->text && !errno && i < sizeof(units) / sizeof(units[0]); i++) {
		if (number <= 0 || number > most || strcmp(end + strspn(end, " "), units[i].unit) != 0)
			continue;
		*out = (int64_t)number << units[i].shift;
		return 0;
	}
	if (end && end > n->text && number == 0 && *end == '\0') {
		*out = 0;
		return 0;
	}
	return yaml_complain(doc, n, c, "expected a size such as 512MiB or 2GiB here");
}

static int read_key(struct config *cfg, const struct config_key *k, const struct yaml_node *n, struct complaint *c)
{
	const struct yamldoc *doc = &cfg->doc;

	cfg->given[k - keys] = true;
	switch (k->kind) {
	case KIND_TEXT:
		if (n->kind == YAML_SCALAR) {
			put_text(cfg, k, n->text);
			return 0;
		}
		return yaml_complain(doc, n, c, "expected a text here");
	case KIND_CHOICE:
		return config_read_choice(cfg, n, k->fallback, (const char **)member(cfg, k), c);
	case KIND_BOOL:
		return yaml_bool(doc, n, member(cfg, k), c);
	case KIND_INT:
		return yaml_int(doc, n, k->least, k->most, member(cfg, k), c);
	case KIND_SIZE:
		return read_size(doc, n, member(cfg, k), c);
	case KIND_TEXTS:
		return config_read_texts(cfg, n, member(cfg, k), c);
	case KIND_MAP: /* read by whom it concerns */
		if (n->kind != YAML_MAP)
			return yaml_complain(doc, n, c, "expected a map of keys and values here");
		*(const struct yaml_node **)member(cfg, k) = n;
		return 0;
	}
	return -EINVAL;
}

static const struct config_key *find_key(const char *section, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s%s%s", section ? section : "", section ? "." : "", name);
	for (int i = 0; i < N_KEYS; i++) {
		if (strcmp(keys[i].path, path) == 0)
			return &keys[i];
	}
	return NULL;
}

/* The keys known below @section (NULL: top level), for the complaint about an unknown one. */
static void known_below(const char *section, const char **known, char (*room)[64])
{
	size_t len = section ? strlen(section) + 1 : 0, n = 0;

	for (int i = 0; i < N_KEYS; i++) {
		const char *path = keys[i].path;
		if (section && (strncmp(path, section, len - 1) != 0 || path[len - 1] != '.'))
			continue;
		size_t step = strcspn(path + len, ".");
		snprintf(room[n], sizeof(room[n]), "%.*s", (int)step, path + len);
		known[n] = room[n];
		n++;
	}
	for (size_t i = 0; !section && i < sizeof(other_top) / sizeof(other_top[0]); i++)
		known[n++] = other_top[i];
	if (section && strcmp(section, "capture") == 0)
		known[n++] = "interfaces";
	known[n] = NULL;
}

bool config_given(const struct config *cfg, const char *path)
{
	const struct config_key *k = find_key(NULL, path);

	return k && cfg->given[k - keys];
}

enum config_telling config_telling(const char *path)
{
	for (int i = 0; i < N_KEYS; i++) {
		const struct config_key *k = &keys[i];
		size_t n = strlen(k->path);
		if (strncmp(path, k->path, n) != 0 || (path[n] != '\0' && path[n] != '.'))
			continue;
		bool is_text = k->kind == KIND_TEXT || k->kind == KIND_TEXTS || k->kind == KIND_MAP;
		return is_text ? k->telling : CONFIG_SHOWN;
	}
	return CONFIG_UNKNOWN;
}

static int read_interfaces(struct config *cfg, const struct yaml_node *list, struct complaint *c)
{
	static const char *const known[] = {"name", "filter", NULL};

	for (const struct yaml_node *n = list->kind == YAML_LIST ? list->child : list; n;
	     n = list->kind == YAML_LIST ? n->next : NULL) {
		struct interface_config *i = &cfg->capture.interfaces[cfg->capture.n_interfaces];
		if (cfg->capture.n_interfaces == CONFIG_LIST_MAX)
			return yaml_complain(&cfg->doc, n, c, "more than %d interfaces", CONFIG_LIST_MAX);
		const struct yaml_node *name = n->kind == YAML_MAP ? yaml_get(n, "name") : n;
		const struct yaml_node *filter = yaml_get(n, "filter");
		int err = n->kind == YAML_MAP ? yaml_only_keys(&cfg->doc, n, known, c) : 0;
		if (!err && !name)
			err = yaml_complain(&cfg->doc, n, c, "an interface needs a name");
		if (!err)
			err = yaml_string(&cfg->doc, name, &i->name, c);
		if (!err && filter)
			err = yaml_string(&cfg->doc, filter, &i->filter, c);
		for (const struct interface_config *other = cfg->capture.interfaces; other < i && !err; other++) {
			if (strcmp(other->name, i->name) == 0)
				err =
				    yaml_complain(&cfg->doc, name, c,
						  "interface \"%s\" is captured already: each frame would count twice. "
						  "Remove one",
						  i->name);
		}
		if (err)
			return err;
		cfg->capture.n_interfaces++;
	}
	return 0;
}

/* The site's own keys: site_load() reads them. */
static bool is_read_elsewhere(const char *name)
{
	for (size_t i = 0; i < sizeof(other_top) / sizeof(other_top[0]); i++) {
		if (strcmp(other_top[i], name) == 0)
			return true;
	}
	return false;
}

/* Keys within a key: "redis" has "redis.tls.ca". */
static bool has_keys_within(const char *section, const char *name, char *path, size_t size)
{
	size_t len = (size_t)snprintf(path, size, "%s.%s.", section, name);

	for (int i = 0; i < N_KEYS && len < size; i++) {
		if (strncmp(keys[i].path, path, len) == 0) {
			path[len - 1] = '\0';
			return true;
		}
	}
	return false;
}

static int read_section(struct config *cfg, const char *section, const struct yaml_node *map, struct complaint *c)
{
	char within[128];
	const char *known[N_KEYS + 8];
	char room[N_KEYS][64];

	known_below(section, known, room);
	int err = yaml_only_keys(&cfg->doc, map, known, c);
	for (const struct yaml_node *n = map->child; n && !err; n = n->next) {
		const char *name = n->key->text;
		const struct config_key *k = find_key(section, name);
		if (k)
			err = read_key(cfg, k, n, c);
		else if (section && has_keys_within(section, name, within, sizeof(within)))
			err = read_section(cfg, within, n, c);
		else if (section)
			err = read_interfaces(cfg, n, c);
		else if (strcmp(name, "syslog") == 0)
			err = config_read_syslog(cfg, n, c);
		else if (!is_read_elsewhere(name))
			err = read_section(cfg, name, n, c);
	}
	return err;
}

int config_load(struct config *cfg, const char *file, struct complaint *c)
{
	config_default(cfg);
	int err = yamldoc_load(&cfg->doc, file, c);
	if (err)
		return err;
	cfg->file = file;
	const char *slash = strrchr(file, '/');
	cfg->dir = slash ? strndup(file, (size_t)(slash - file) + 1) : strdup("");
	if (!cfg->dir)
		err = -ENOMEM;
	if (!err && cfg->doc.n_roots > 1)
		err = yaml_complain(&cfg->doc, cfg->doc.roots[1], c, "a second document begins here. Keep one");
	if (!err)
		err = config_former_bring_up(&cfg->doc, config_former_keys, c);
	if (!err && cfg->doc.n_roots == 1)
		err = read_section(cfg, NULL, cfg->doc.roots[0], c);
	if (!err && !cfg->state[0])
		err = yaml_complain(&cfg->doc, yaml_at(cfg->doc.roots[0], "state"), c,
				    "expected a folder here, such as /var/lib/sekisho");
	if (!err && cfg->doc.n_roots == 1)
		err = site_load(&cfg->site, &cfg->doc, c);
	if (!err)
		err = config_check_syslog(cfg, c);
	if (!err)
		err = metrics_listen_check(cfg, c);
	cfg->site.silent_days = (int)cfg->lifecycle.silent_days;
	cfg->site.disposal_grace_days = (int)cfg->lifecycle.disposal_grace_days;
	if (err)
		config_free(cfg);
	return err;
}

void config_free(struct config *cfg)
{
	site_free(&cfg->site);
	yamldoc_free(&cfg->doc);
	free(cfg->dir);
	memset(cfg, 0, sizeof(*cfg));
}

char *config_path(const struct config *cfg, const char *path)
{
	char *out;

	if (path[0] == '/' || !cfg->dir)
		return strdup(path);
	return asprintf(&out, "%s%s", cfg->dir, path) < 0 ? NULL : out;
}

void config_print_keys(FILE *out, bool japanese)
{
	static const char *const kinds[] = {
	    [KIND_TEXT] = "text",  [KIND_BOOL] = "yes/no",   [KIND_INT] = "number", [KIND_SIZE] = "size",
	    [KIND_TEXTS] = "list", [KIND_CHOICE] = "choice", [KIND_MAP] = "map"};

	for (int i = 0; i < N_KEYS; i++) {
		const struct config_key *k = &keys[i];
		fprintf(out, "%-28s %-7s %-18s", k->path, kinds[k->kind], k->fallback[0] ? k->fallback : "-");
		if (k->kind == KIND_INT)
			fprintf(out, " %lld..%lld", (long long)k->least, (long long)k->most);
		fprintf(out, "  %s\n", japanese ? k->doc_ja : k->doc_en);
	}
}
