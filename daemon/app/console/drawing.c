/* GET /api/map: the drawing of `sekisho map`, kept until the ledger has changed. One is drawn at a time. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/console/console.h"
#include "app/console/fresh.h"
#include "app/map.h"
#include "app/words.h"

static const char *const models[] = {NULL /* the site's own */, "pa", "fa"};
enum { MODELS = sizeof(models) / sizeof(models[0]) };

struct drawings {
	pthread_mutex_t lock;
	struct drawing {
		char *svg;
		size_t len;
		struct fresh fresh;
	} of[MODELS][2]; /* by language */
};

static int draw(struct drawing *d, const char *state, const char *model, bool japanese, struct complaint *c)
{
	struct fresh fresh = fresh_begin(state);
	char *svg = NULL;
	size_t len = 0;
	struct map *m = calloc(1, sizeof(*m));
	int err = m ? map_read(m, state, model, japanese, c) : -ENOMEM;

	if (err) {
		free(m);
		return err;
	}
	FILE *out = map_lay_out(m) == 0 ? open_memstream(&svg, &len) : NULL;
	if (out)
		map_write_svg(m, false, out);
	bool good = out && fclose(out) == 0;
	map_free(m);
	free(m);
	if (!good) {
		free(svg);
		complain(c, "memory", 0, 0, "not enough for the map");
		return -ENOMEM;
	}
	free(d->svg);
	*d = (struct drawing){.svg = svg, .len = len, .fresh = fresh};
	fresh_end(&d->fresh);
	return 0;
}

enum MHD_Result console_map(const struct asked *a)
{
	const struct console *k = a->console;
	const char *wanted = asked_value(a, "model");
	struct complaint c = {""};
	size_t model = 0;

	for (size_t i = 1; i < MODELS; i++)
		model = strcmp(models[i], wanted) == 0 ? i : model;
	pthread_mutex_lock(&k->drawings->lock);
	struct drawing *d = &k->drawings->of[model][a->japanese];
	int err = fresh_holds(&d->fresh, k->state) ? 0 : draw(d, k->state, models[model], a->japanese, &c);
	enum MHD_Result done = err ? answer_complaint(a, err, &c)
				   : answer_with(a, MHD_HTTP_OK, "image/svg+xml; charset=utf-8", d->svg, d->len);
	pthread_mutex_unlock(&k->drawings->lock);
	return done;
}

int drawings_new(struct drawings **out)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	pthread_mutex_init(&(*out)->lock, NULL);
	return 0;
}

void drawings_free(struct drawings *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < MODELS; i++) {
		free(d->of[i][0].svg);
		free(d->of[i][1].svg);
	}
	pthread_mutex_destroy(&d->lock);
	free(d);
}
