#include "app/zone_word.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/words.h"
#include "ledger/ledger.h"

struct named_zone {
	char *id, *ja, *en; /* one allocation */
};

static struct {
	struct named_zone *all;
	size_t n;
	char *state_dir; /* whose names have not been asked for */
} zones;

static const struct named_zone *find(const char *id)
{
	for (size_t i = 0; i < zones.n; i++) {
		if (strcmp(zones.all[i].id, id) == 0)
			return &zones.all[i];
	}
	return NULL;
}

static void add(const char *id, const char *ja, const char *en)
{
	size_t id_size = strlen(id) + 1, ja_size = ja ? strlen(ja) + 1 : 1, en_size = en ? strlen(en) + 1 : 1;

	if (!id[0] || find(id))
		return;
	struct named_zone *bigger = reallocarray(zones.all, zones.n + 1, sizeof(*bigger));
	char *text = bigger ? malloc(id_size + ja_size + en_size) : NULL;
	if (bigger)
		zones.all = bigger;
	if (!text)
		return; /* short of memory: the id says it, too */
	struct named_zone z = {text, text + id_size, text + id_size + ja_size};
	memcpy(z.id, id, id_size);
	memcpy(z.ja, ja ? ja : "", ja_size);
	memcpy(z.en, en ? en : "", en_size);
	zones.all[zones.n++] = z;
}

static void take_place(void *ctx, const char *json)
{
	json_t *place = json_loads(json, 0, NULL);

	(void)ctx;
	add(json_at(place, "zone"), json_at(place, "ja"), json_at(place, "en"));
	json_decref(place);
}

void zone_words_of_state(const char *state_dir)
{
	free(zones.state_dir);
	zones.state_dir = strdup(state_dir);
}

static void read_state(void)
{
	struct complaint c;
	char *dir = zones.state_dir;

	zones.state_dir = NULL;
	if (dir)
		(void)ledger_each_place(dir, take_place, NULL, &c);
	free(dir);
}

void zone_words_add(const struct site *site)
{
	for (size_t i = 0; i < site->n_zones; i++)
		add(site->zones[i].id, site->zones[i].name_ja, site->zones[i].name_en);
}

const char *zone_word(const char *id)
{
	if (strcmp(id, "unknown") == 0)
		return say(W_ZONE_UNKNOWN);
	if (strcmp(id, "internet") == 0)
		return say(W_ZONE_INTERNET);
	read_state();
	const struct named_zone *z = find(id);
	if (!z)
		return id;
	const char *first = words_japanese() ? z->ja : z->en, *second = words_japanese() ? z->en : z->ja;
	return first[0] ? first : second[0] ? second : id;
}

const char *zone_word_and_id(const char *id, char *buf, size_t size)
{
	const char *word = zone_word(id);

	snprintf(buf, size, word == id || strcmp(word, id) == 0 ? "%s" : "%s (%s)", word, id);
	return buf;
}
