/* The configuration in a support bundle: its shape and its numbers, without its texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "app/support.h"

/* Of the site's own keys and of syslog: what says nothing of a plant. Everything else there becomes a mark. */
static const char *const harmless[] = {"model",     "purdue", "fa",      "vlans",   "protocol", "class",     "function",
				       "transport", "format", "payload", "framing", "level",    "max_bytes", "bom",
				       "verify",    "mode",   "enabled", "days",    "port",     "ports",     NULL};

static bool is_harmless(const char *key)
{
	for (const char *const *h = harmless; key && *h; h++) {
		if (strcmp(key, *h) == 0)
			return true;
	}
	return false;
}

static bool is_plain_number(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n <= 9 && text[n] == '\0';
}

static bool is_truth(const char *text)
{
	return strcmp(text, "yes") == 0 || strcmp(text, "no") == 0 || strcmp(text, "true") == 0 ||
	       strcmp(text, "false") == 0;
}

static enum config_telling telling_of(const char *path, const char *key, const struct yaml_node *n)
{
	enum config_telling t = config_telling(path);

	if (strcmp(path, "capture.interfaces") == 0 || strcmp(path, "capture.interfaces.name") == 0)
		return CONFIG_SHOWN;
	if (t == CONFIG_SECRET || t == CONFIG_SHOWN)
		return t;
	if (is_truth(n->text) || (t == CONFIG_UNKNOWN && is_harmless(key)))
		return CONFIG_SHOWN;
	/* numbers of thresholds; elsewhere digits may be a telephone */
	return strncmp(path, "rules.thresholds.", 17) == 0 && is_plain_number(n->text) ? CONFIG_SHOWN : CONFIG_MARKED;
}

/* Keys are the format's own, but for zones of thresholds, lists and names of levels, which a plant chooses. */
static bool key_is_shown(const char *path)
{
	const char *zones = strncmp(path, "rules.thresholds.", 17) == 0 ? strstr(path, ".zones.") : NULL;
	bool is_zone = zones && strchr(zones + strlen(".zones."), '.') == NULL;

	return !is_zone && strncmp(path, "rules.lists.", 12) != 0 && strncmp(path, "level_names.", 12) != 0;
}

struct place {
	const struct support *s;
	struct json *out;
	char path[256];
	const char *key; /* the last one */
	unsigned depth;
};

static void put_scalar(const struct place *at, const struct yaml_node *n)
{
	char mark[MASK_MARK_MAX];

	switch (telling_of(at->path, at->key, n)) {
	case CONFIG_SHOWN:
		support_print(at->out, " %s\n", n->text);
		break;
	case CONFIG_SECRET:
		support_print(at->out, n->text[0] ? " (secret)\n" : " \"\"\n");
		break;
	default:
		support_print(at->out, " %s\n", n->text[0] ? mask_text(at->s->mask, n->text, mark) : "\"\"");
	}
}

static void put_node(struct place at, const struct yaml_node *n);

static void put_children(const struct place *at, const struct yaml_node *n)
{
	char mark[MASK_MARK_MAX];

	for (const struct yaml_node *c = n->child; c; c = c->next) {
		struct place in = *at;
		in.depth++;
		support_print(at->out, "%*s", (int)(2 * at->depth), "");
		if (n->kind == YAML_MAP) {
			in.key = c->key->text;
			size_t len = strlen(in.path);
			snprintf(in.path + len, sizeof(in.path) - len, "%s%s", len ? "." : "", in.key);
			support_print(at->out,
				      "%s:", key_is_shown(in.path) ? in.key : mask_text(at->s->mask, in.key, mark));
		} else {
			support_print(at->out, "-");
		}
		put_node(in, c);
	}
}

static void put_node(struct place at, const struct yaml_node *n)
{
	if (n->kind == YAML_SCALAR) {
		put_scalar(&at, n);
	} else if (config_telling(at.path) == CONFIG_SECRET) {
		support_print(at.out, " (secret, %zu entries)\n", yaml_count(n));
	} else if (!n->child) {
		support_print(at.out, n->kind == YAML_LIST ? " []\n" : " {}\n");
	} else {
		support_print(at.out, "\n");
		put_children(&at, n);
	}
}

void support_config(const struct support *s, struct json *out)
{
	struct yamldoc doc;
	struct complaint c;

	support_print(out, "# #0123456789: a text that stays on the box; the same text has the same mark\n");
	if (s->complaint)
		support_print(out, "# it does not load: ");
	if (s->complaint)
		mask_line(s->mask, s->complaint, out);
	support_print(out, "\n");
	if (!s->config_file || yamldoc_load(&doc, s->config_file, &c) < 0) {
		support_print(out, s->config_file ? "# it is no YAML, or cannot be read\n" : "# none was named\n");
		return;
	}
	struct place at = {.s = s, .out = out};
	if (doc.n_roots > 0 && doc.roots[0]->kind == YAML_MAP)
		put_children(&at, doc.roots[0]);
	yamldoc_free(&doc);
}

/* Each text that is shown as a mark, or not at all, is one that log lines may hold. */
static void learn(const struct support *s, const char *path, const char *key, const struct yaml_node *n)
{
	char within[256];

	if (n->kind == YAML_SCALAR && telling_of(path, key, n) != CONFIG_SHOWN)
		mask_add(s->mask, n->text);
	if (n->kind == YAML_SCALAR && strncmp(path, "redis.url", 9) == 0) { /* "redis://user:password@host:port/0" */
		const char *at = strstr(n->text, "://");
		for (at = at ? at + 3 : n->text; *at;) {
			size_t len = strcspn(at, ":@/");
			char part[256];
			snprintf(part, sizeof(part), "%.*s", (int)len, at);
			if (!is_plain_number(part)) /* a port is no secret */
				mask_add(s->mask, part);
			at += len + (at[len] != '\0');
		}
	}
	for (const struct yaml_node *c = n->child; c; c = c->next) {
		snprintf(within, sizeof(within), "%s%s%s", path, path[0] && n->kind == YAML_MAP ? "." : "",
			 n->kind == YAML_MAP ? c->key->text : "");
		if (n->kind == YAML_MAP && !key_is_shown(within))
			mask_add(s->mask, c->key->text);
		learn(s, within, n->kind == YAML_MAP ? c->key->text : key, c);
	}
}

static void learn_asset(void *mask, const struct ledger_asset_row *row)
{
	struct mask *m = mask;

	mask_add(m, row->name);
	mask_add_each(m, row->ips);
	mask_add_each(m, row->macs);
	mask_add_each(m, row->hostnames);
	mask_add(m, row->serial);
	mask_add(m, row->owner_dept);
}

/* Of what is no YAML: each piece that may be a value. */
static void learn_pieces(const struct support *s)
{
	static const char between[] = " \t\r\n,:{}[]\"'#@/";
	FILE *f = fopen(s->config_file, "re");
	char *line = NULL, *rest;
	size_t room = 0;

	while (f && getline(&line, &room, f) >= 0) {
		for (char *piece = strtok_r(line, between, &rest); piece; piece = strtok_r(NULL, between, &rest))
			mask_add(s->mask, piece);
	}
	free(line);
	if (f)
		fclose(f);
}

void support_learn(const struct support *s)
{
	const struct ledger_filter all = {.purdue = PURDUE_UNKNOWN, .registered = -1};
	struct yamldoc doc;
	struct complaint c;
	struct utsname u;

	if (uname(&u) == 0) /* syslog writes it before each line */
		mask_add(s->mask, u.nodename);
	mask_add(s->mask, s->state_dir);
	mask_add(s->mask, s->config_file);
	(void)ledger_each_asset_row(s->state_dir, &all, learn_asset, s->mask, &c);
	if (!s->config_file)
		return;
	if (yamldoc_load(&doc, s->config_file, &c) < 0) {
		learn_pieces(s);
		return;
	}
	for (size_t i = 0; i < doc.n_roots; i++)
		learn(s, "", NULL, doc.roots[i]);
	yamldoc_free(&doc);
}
