#include "sinks/syslog_filter.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const char *const levels[] = {"critical", "high", "medium", "low", "info"};

enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };

int syslog_filter_rank(const char *level)
{
	int rank = 0;

	while (rank < LEVELS - 1 && strcmp(levels[rank], level) != 0)
		rank++;
	return rank;
}

/* @return false where memory is short. */
static bool copy_texts(const char *const *texts, char ***out)
{
	size_t n = 0;

	*out = NULL;
	while (texts && texts[n])
		n++;
	if (n == 0)
		return true;
	*out = calloc(n + 1, sizeof(**out));
	for (size_t i = 0; *out && i < n; i++) {
		if (!((*out)[i] = strdup(texts[i])))
			return false;
	}
	return *out != NULL;
}

static void free_texts(char **texts)
{
	for (char **t = texts; t && *t; t++)
		free(*t);
	free(texts);
}

int syslog_filter_init(struct syslog_filter *f, const struct syslog_options *o)
{
	*f = (struct syslog_filter){.least_level = o->level ? syslog_filter_rank(o->level) : LEVELS - 1};
	if (copy_texts(o->zones, &f->zones) && copy_texts(o->rules, &f->rules))
		return 0;
	syslog_filter_free(f);
	return -ENOMEM;
}

void syslog_filter_free(struct syslog_filter *f)
{
	free_texts(f->zones);
	free_texts(f->rules);
	*f = (struct syslog_filter){0};
}

static bool is_one_of(char *const *texts, const char *text)
{
	for (; *texts; texts++) {
		if (fnmatch(*texts, text, 0) == 0)
			return true;
	}
	return false;
}

bool syslog_filter_passes(const struct syslog_filter *f, const struct alert_view *v)
{
	/* a drill tests the way to every receiver */
	if (!v->sekisho || view_has(v->sekisho, "drill"))
		return true;
	if (syslog_filter_rank(view_text(v->sekisho, "level")) > f->least_level)
		return false;
	if (f->rules && !is_one_of(f->rules, view_text(v->sekisho, "rule_id")))
		return false;
	return !f->zones || is_one_of(f->zones, view_text(v->src, "zone")) ||
	       is_one_of(f->zones, view_text(v->dest, "zone"));
}
