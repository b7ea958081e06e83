#include "app/rules_play.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alert/outbox.h"
#include "app/command.h"
#include "net/capture.h"

enum { BATCH = 256 };

/* ---- playing */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int play_into(struct policy_set *set, const char *const *captures, size_t n, const char *dir,
		     struct complaint *c)
{
	struct capture_options o = {.snaplen = (uint32_t)set->cfg.capture.snaplen,
				    .filter = set->cfg.capture.filter[0] ? set->cfg.capture.filter : NULL};
	struct capture **caps = calloc(n + 1, sizeof(struct capture *));
	struct pipeline *p = NULL;
	int err = caps ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !err; i++)
		err = capture_open_file(&caps[i], captures[i], &o, c);
	if (!err)
		err = pipeline_new(&p, set, dir, 1, 1, PIPELINE_REPLAY_ALONE, c);
	if (!err)
		err = pipeline_start(p);
	for (size_t i = 0; i < n && !err; i++) {
		struct source *source = pipeline_source(p, 0);
		source_begin(source, NULL, capture_name(caps[i]));
		while (capture_read(caps[i], BATCH, source_frame, source) != CAPTURE_END)
			;
		source_tick(source, 0);
		command_tell_trouble(caps[i]);
	}
	if (!err) {
		source_finish(pipeline_source(p, 0));
		pipeline_stop(p);
	}
	pipeline_free(p);
	for (size_t i = 0; caps && i < n; i++) {
		if (caps[i])
			capture_close(caps[i]);
	}
	free(caps);
	return err;
}

int rules_play(struct policy_set *set, const char *const *captures, size_t n, void (*look)(void *ctx, const char *dir),
	       void *ctx, struct complaint *c)
{
	const char *tmp = getenv("TMPDIR");
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s/sekisho-rules-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		int err = -errno;
		complain(c, dir, 0, 0, "%s", strerror(-err));
		return err;
	}
	rules_forget(set->rules);
	int err = play_into(set, captures, n, dir, c);
	if (!err)
		look(ctx, dir);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return err;
}

/* ---- what was played before */

struct raised {
	char rule_id[65];
	struct rule_test_alerts alerts;
};

struct played {
	char *capture, *config; /* paths; config NULL: none */
	struct raised *raised;
	size_t n, cap;
	struct played *next;
};

struct rules_plays {
	const char *const *packs;
	struct played *first;
};

struct rules_plays *rules_plays_new(const char *const *packs)
{
	struct rules_plays *p = calloc(1, sizeof(*p));

	if (p)
		p->packs = packs;
	return p;
}

static void played_free(struct played *p)
{
	free(p->capture);
	free(p->config);
	free(p->raised);
	free(p);
}

void rules_plays_free(struct rules_plays *p)
{
	for (struct played *one = p ? p->first : NULL, *next; one; one = next) {
		next = one->next;
		played_free(one);
	}
	free(p);
}

static struct raised *raised_of(struct played *p, const char *rule_id)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->raised[i].rule_id, rule_id) == 0)
			return &p->raised[i];
	}
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 16;
		struct raised *more = realloc(p->raised, cap * sizeof(*more));
		if (!more)
			return NULL;
		p->raised = more;
		p->cap = cap;
	}
	struct raised *r = &p->raised[p->n++];
	memset(r, 0, sizeof(*r));
	snprintf(r->rule_id, sizeof(r->rule_id), "%s", rule_id);
	return r;
}

static void add_alert(void *ctx, const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	struct raised *r = json ? raised_of(ctx, json_at(json, "sekisho.rule_id")) : NULL;
	enum alert_level level;

	if (r && alert_level_parse(json_at(json, "sekisho.level"), &level)) {
		struct rule_test_alerts *a = &r->alerts;
		if (a->alerts == 0) {
			snprintf(a->title_en, sizeof(a->title_en), "%s", json_at(json, "sekisho.title_en"));
			snprintf(a->title_ja, sizeof(a->title_ja), "%s", json_at(json, "sekisho.title_ja"));
			snprintf(a->action_en, sizeof(a->action_en), "%s", json_at(json, "sekisho.action_en"));
			snprintf(a->action_ja, sizeof(a->action_ja), "%s", json_at(json, "sekisho.action_ja"));
		}
		a->alerts++;
		a->count += (uint64_t)json_integer_value(json_node(json, "sekisho.count"));
		a->level = !a->has_level || level > a->level ? level : a->level;
		a->has_level = true;
	}
	json_decref(json);
}

static void look(void *ctx, const char *dir)
{
	struct complaint c;

	(void)alerts_each(dir, NULL, add_alert, ctx, &c);
}

/* @name as seen from the folder of @file, else as it is. */
static char *seen_from(const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	char *path;

	if (name[0] == '/' || !slash)
		return strdup(name);
	if (asprintf(&path, "%.*s/%s", (int)(slash - file), file, name) < 0)
		return NULL;
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return strdup(name);
}

static int play(struct rules_plays *p, struct played *one, struct complaint *c)
{
	int err;
	struct policy_set *set = policy_set_load_packs(one->config, p->packs, c, &err);
	const char *captures[] = {one->capture};

	if (!set)
		return err;
	err = rules_play(set, captures, 1, look, one, c);
	policy_set_free(set);
	return err;
}

int rules_plays_get(struct rules_plays *p, const char *file, const char *capture, const char *config,
		    const char *rule_id, struct rule_test_alerts *out, struct complaint *c)
{
	char *cap = seen_from(file, capture), *cfg = config ? seen_from(file, config) : NULL;
	struct played *one = p->first;
	int err = 0;

	while (one &&
	       (strcmp(one->capture, cap) != 0 || !one->config != !cfg || (cfg && strcmp(one->config, cfg) != 0)))
		one = one->next;
	if (!one) {
		one = calloc(1, sizeof(*one));
		if (!one || !cap || (config && !cfg)) {
			free(one);
			free(cap);
			free(cfg);
			return -ENOMEM;
		}
		*one = (struct played){.capture = cap, .config = cfg};
		cap = cfg = NULL;
		err = play(p, one, c);
		if (err) {
			played_free(one);
			return err;
		}
		one->next = p->first;
		p->first = one;
	}
	free(cap);
	free(cfg);
	const struct raised *r = raised_of(one, rule_id);
	if (!r)
		return -ENOMEM;
	*out = r->alerts;
	return 0;
}
