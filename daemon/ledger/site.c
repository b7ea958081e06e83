#include "ledger/site.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ledger/impact.h"
#include "ledger/site_read.h"

enum { ZONES_MAX = 4096 };

/* ledger.md 5.2; poc and the lower group are no zones of METI but stand beside them. */
static const char *const fa_tokens[] = {
    "fa.control", "fa.agv", "fa.warehouse", "fa.prodmgmt", "fa.monitor", "fa.oa",   "fa.remote",
    "poc",        "dmz",    "internet",     "cloud",       "wlan",       "unknown", NULL,
};

bool site_is_fa_token(const char *token)
{
	const char *const *t = fa_tokens;

	while (*t && strcmp(*t, token) != 0)
		t++;
	return *t != NULL;
}

const char *site_nearest_of(const char *const *known, const char *text)
{
	const char *best = NULL;
	unsigned least = (unsigned)strlen(text) / 3 + 2;

	for (; *known; known++) {
		unsigned distance = text_distance(*known, text);
		if (distance < least) {
			least = distance;
			best = *known;
		}
	}
	return best;
}

const struct zone *site_zone_by_id(const struct site *s, const char *id)
{
	for (size_t i = 0; i < s->n_zones; i++) {
		if (strcmp(s->zones[i].id, id) == 0)
			return &s->zones[i];
	}
	return NULL;
}

const struct zone *site_zone_of_asset(const struct site *s, const char *asset_id, const char *name)
{
	for (size_t i = 0; i < s->n_zones; i++) {
		for (char **a = s->zones[i].assets; a && *a; a++) {
			if (strcmp(*a, asset_id) == 0 || (name[0] && strcmp(*a, name) == 0))
				return &s->zones[i];
		}
	}
	return NULL;
}

const char *site_nearest_zone(const struct site *s, const char *id)
{
	const char *best = NULL;
	unsigned least = (unsigned)strlen(id) / 3 + 2;

	for (size_t i = 0; i < s->n_zones; i++) {
		unsigned distance = text_distance(s->zones[i].id, id);
		if (distance < least) {
			least = distance;
			best = s->zones[i].id;
		}
	}
	return best;
}

int site_read_text(const struct site_reader *r, const struct yaml_node *n, char **out)
{
	const char *text;
	int err = yaml_string(r->doc, n, &text, r->c);

	if (err)
		return err;
	*out = strdup(text);
	return *out ? 0 : -ENOMEM;
}

int site_read_each(const struct site_reader *r, const struct yaml_node *n,
		   int (*each)(const struct site_reader *r, const struct yaml_node *n, void *ctx), void *ctx)
{
	if (n->kind == YAML_MAP)
		return yaml_complain(r->doc, n, r->c, "expected a value or a list of values here");
	if (n->kind == YAML_SCALAR)
		return each(r, n, ctx);
	for (const struct yaml_node *i = n->child; i; i = i->next) {
		if (i->kind != YAML_SCALAR)
			return yaml_complain(r->doc, i, r->c, "expected a value here, not a list or map");
		int err = each(r, i, ctx);
		if (err)
			return err;
	}
	return 0;
}

static size_t scalars_in(const struct yaml_node *n)
{
	return n && n->kind == YAML_LIST ? yaml_count(n) : n ? 1 : 0;
}

static int add_prefix(const struct site_reader *r, const struct yaml_node *n, void *ctx)
{
	struct ip_prefix *next = *(struct ip_prefix **)ctx;

	if (!ip_prefix_parse(n->text, next))
		return yaml_complain(
		    r->doc, n, r->c,
		    "\"%s\" is no prefix. Write it as 10.20.1.0/24, with no bits set beyond its length", n->text);
	++*(struct ip_prefix **)ctx;
	return 0;
}

static int add_vlan(const struct site_reader *r, const struct yaml_node *n, void *ctx)
{
	int64_t v;
	int err = yaml_int(r->doc, n, 1, 4094, &v, r->c);

	if (!err)
		*(*(uint16_t **)ctx)++ = (uint16_t)v;
	return err;
}

static int add_mac(const struct site_reader *r, const struct yaml_node *n, void *ctx)
{
	struct mac *next = *(struct mac **)ctx;

	if (!mac_parse(n->text, next) || mac_is_group(next) || mac_is_none(next))
		return yaml_complain(r->doc, n, r->c,
				     "\"%s\" is no device's MAC address. Write it as \"00:80:f4:12:34:56\"", n->text);
	++*(struct mac **)ctx;
	return 0;
}

static int add_asset(const struct site_reader *r, const struct yaml_node *n, void *ctx)
{
	if (!n->text[0])
		return yaml_complain(r->doc, n, r->c, "write an asset's id (A000017) or its name in the register here");
	return site_read_text(r, n, (*(char ***)ctx)++);
}

int site_read_prefixes(const struct site_reader *r, const struct yaml_node *n, struct ip_prefix **out, size_t *count)
{
	if (!n)
		return 0;
	struct ip_prefix *next = *out = calloc(scalars_in(n) + 1, sizeof(**out));
	if (!next)
		return -ENOMEM;
	int err = site_read_each(r, n, add_prefix, &next);
	*count = (size_t)(next - *out);
	return err;
}

static int read_purdue(const struct site_reader *r, const struct yaml_node *n, int *out)
{
	const char *text;
	int err = yaml_string(r->doc, n, &text, r->c);

	if (err)
		return err;
	if (purdue_parse(*text == 'l' ? text + 1 : text, out))
		return 0;
	return yaml_complain(r->doc, n, r->c, "\"%s\" is no Purdue level. Write one of L0, L1, L2, L3, L3.5, L4, L5",
			     n->text);
}

static int read_fa(const struct site_reader *r, const struct yaml_node *n, char **out)
{
	int err = site_read_text(r, n, out);

	if (err || site_is_fa_token(n->text))
		return err;
	const char *near = site_nearest_of(fa_tokens, n->text);
	if (near)
		return yaml_complain(r->doc, n, r->c, "unknown factory zone \"%s\". Did you mean \"%s\"?", n->text,
				     near);
	return yaml_complain(r->doc, n, r->c,
			     "unknown factory zone \"%s\". Write one of fa.control, fa.agv, fa.warehouse, fa.prodmgmt, "
			     "fa.monitor, fa.oa, "
			     "fa.remote, poc, dmz, internet, cloud, wlan, unknown",
			     n->text);
}

static int read_name(const struct site_reader *r, const struct yaml_node *n, struct zone *z)
{
	static const char *const known[] = {"ja", "en", NULL};
	const struct yaml_node *ja = n, *en = n;

	if (n->kind != YAML_SCALAR) {
		int err = yaml_only_keys(r->doc, n, known, r->c);
		if (err)
			return err;
		ja = yaml_get(n, "ja");
		en = yaml_get(n, "en");
	}
	int err = ja ? site_read_text(r, ja, &z->name_ja) : 0;
	return err || !en ? err : site_read_text(r, en, &z->name_en);
}

static int read_zone_id(const struct site_reader *r, const struct yaml_node *map, struct zone *z)
{
	static const char *const reserved[] = {"any", "internet", "unknown"};
	const struct yaml_node *n = yaml_get(map, "id");

	if (!n)
		return yaml_complain(r->doc, map, r->c, "a zone needs an id, such as \"cell-a\"");
	int err = site_read_text(r, n, &z->id);
	if (err)
		return err;
	for (const char *p = z->id; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
			return yaml_complain(
			    r->doc, n, r->c,
			    "zone id \"%s\" may have letters a-z, digits, \"-\", \"_\" and \".\" only. "
			    "Put other words into name",
			    z->id);
	}
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (strcmp(reserved[i], z->id) == 0)
			return yaml_complain(
			    r->doc, n, r->c,
			    "\"%s\" has a meaning of its own and cannot be a zone's id. Choose another", z->id);
	}
	for (const struct zone *other = r->site->zones; other < z; other++) {
		if (strcmp(other->id, z->id) == 0)
			return yaml_complain(r->doc, n, r->c, "zone \"%s\" is already in line %u. Rename or join them",
					     z->id, other->file_line);
	}
	return 0;
}

static int read_zone(struct site_reader *r, const struct yaml_node *map, struct zone *z)
{
	static const char *const known[] = {"id", "name", "purdue", "fa", "prefixes", "vlans", "macs", "assets", NULL};
	const struct yaml_node *n;
	int err = yaml_only_keys(r->doc, map, known, r->c);

	z->purdue = PURDUE_UNKNOWN;
	z->file_line = map->line;
	if (!err)
		err = read_zone_id(r, map, z);
	if (!err && (n = yaml_get(map, "name")))
		err = read_name(r, n, z);
	if (!err && (n = yaml_get(map, "purdue")))
		err = read_purdue(r, n, &z->purdue);
	if (!err && (n = yaml_get(map, "fa")))
		err = read_fa(r, n, &z->fa);
	z->criticality = z->fa ? impact_zone(z->fa) : 0;
	if (!err)
		err = site_read_prefixes(r, yaml_get(map, "prefixes"), &z->prefixes, &z->n_prefixes);
	if (!err && (n = yaml_get(map, "vlans"))) {
		uint16_t *next = z->vlans = calloc(scalars_in(n) + 1, sizeof(*next));
		err = next ? site_read_each(r, n, add_vlan, &next) : -ENOMEM;
		z->n_vlans = next ? (size_t)(next - z->vlans) : 0;
	}
	if (!err && (n = yaml_get(map, "macs"))) {
		struct mac *next = z->macs = calloc(scalars_in(n) + 1, sizeof(*next));
		err = next ? site_read_each(r, n, add_mac, &next) : -ENOMEM;
		z->n_macs = next ? (size_t)(next - z->macs) : 0;
	}
	if (!err && (n = yaml_get(map, "assets"))) {
		char **next = z->assets = calloc(scalars_in(n) + 1, sizeof(*next));
		err = next ? site_read_each(r, n, add_asset, &next) : -ENOMEM;
	}
	return err;
}

/* The items of a list (or the lone value) under @key of a zone, in the order in which they were read. */
static const struct yaml_node *first_item(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = yaml_get(map, key);

	return n && n->kind == YAML_LIST ? n->child : n;
}

/* Gathers who claims what, with the places in the file, and makes the index of it. */
static int index_zones(struct site_reader *r, const struct yaml_node *list)
{
	struct site *s = r->site;
	struct site_claims *k = &r->claims;
	size_t n_prefixes = 0, n_vlans = 0, n_macs = 0;

	for (size_t i = 0; i < s->n_zones; i++) {
		n_prefixes += s->zones[i].n_prefixes;
		n_vlans += s->zones[i].n_vlans;
		n_macs += s->zones[i].n_macs;
	}
	k->prefixes = calloc(n_prefixes + 1, sizeof(*k->prefixes));
	k->vlans = calloc(n_vlans + 1, sizeof(*k->vlans));
	k->macs = calloc(n_macs + 1, sizeof(*k->macs));
	if (!k->prefixes || !k->vlans || !k->macs)
		return -ENOMEM;
	const struct yaml_node *map = list->child;
	for (uint32_t i = 0; i < s->n_zones; i++, map = map->next) {
		const struct zone *z = &s->zones[i];
		const struct yaml_node *n = first_item(map, "prefixes");
		for (size_t j = 0; j < z->n_prefixes; j++, n = n->next)
			k->prefixes[k->n_prefixes++] =
			    (struct site_claim){.node = n, .zone_no = i, .prefix = z->prefixes[j]};
		n = first_item(map, "vlans");
		for (size_t j = 0; j < z->n_vlans; j++, n = n->next)
			k->vlans[k->n_vlans++] = (struct site_claim){.node = n, .zone_no = i, .vlan = z->vlans[j]};
		n = first_item(map, "macs");
		for (size_t j = 0; j < z->n_macs; j++, n = n->next)
			k->macs[k->n_macs++] = (struct site_claim){.node = n, .zone_no = i, .mac = z->macs[j]};
	}
	return site_index_new(&s->index, s, k, r->doc, r->c);
}

/* The zone in whose list of assets @item stands. */
static const struct zone *zone_with(const struct site *s, const struct yaml_node *list, const struct yaml_node *item)
{
	const struct yaml_node *map = list->child;

	for (size_t i = 0; i < s->n_zones; i++, map = map->next) {
		const struct yaml_node *n = first_item(map, "assets");
		while (n && n != item)
			n = n->next;
		if (n)
			return &s->zones[i];
	}
	return NULL;
}

/* No asset stands in two zones, nor twice in one. */
static int check_assets(const struct site_reader *r, const struct yaml_node *list)
{
	const struct site *s = r->site;
	const struct yaml_node **items, *first = NULL, *twin, *map = list->child;
	size_t n = 0, most = 0;

	for (size_t i = 0; i < s->n_zones; i++) {
		for (char **a = s->zones[i].assets; a && *a; a++)
			most++;
	}
	items = calloc(most + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_zones; i++, map = map->next) {
		const struct yaml_node *item = first_item(map, "assets");
		for (char **a = s->zones[i].assets; a && *a; a++, item = item->next)
			items[n++] = item;
	}
	twin = yaml_twin(items, n, &first);
	free(items);
	if (!twin)
		return 0;
	const struct zone *other = zone_with(s, list, first);
	return yaml_complain(r->doc, twin, r->c,
			     "asset \"%s\" is in zone \"%s\" in line %u already. A device has one zone: remove "
			     "one of them",
			     twin->text, other ? other->id : "", other ? other->file_line : 0);
}

static int read_zones(struct site_reader *r, const struct yaml_node *list)
{
	struct site *s = r->site;
	size_t n = yaml_count(list);
	int err = 0;

	if (list->kind != YAML_LIST)
		return yaml_complain(
		    r->doc, list, r->c,
		    "expected a list of zones: - { id: cell-a, purdue: L1, prefixes: [10.20.1.0/24] }");
	if (n > ZONES_MAX)
		return yaml_complain(r->doc, list, r->c, "%zu zones are more than the %d that are handled. Join some",
				     n, ZONES_MAX);
	s->zones = calloc(n + 1, sizeof(*s->zones));
	if (!s->zones)
		return -ENOMEM;
	for (const struct yaml_node *map = list->child; map && !err; map = map->next)
		err = read_zone(r, map, &s->zones[s->n_zones++]);
	if (!err)
		err = check_assets(r, list);
	return err || n == 0 ? err : index_zones(r, list);
}

static int read_model(const struct site_reader *r, const struct yaml_node *n)
{
	static const char *const names[] = {[SITE_MODEL_PA] = "pa", [SITE_MODEL_FA] = "fa", [SITE_MODEL_BOTH] = "both"};
	const char *text;
	int err = yaml_string(r->doc, n, &text, r->c);

	for (unsigned i = 0; !err && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], text) == 0) {
			r->site->model = (enum site_model)i;
			return 0;
		}
	}
	return err ? err
		   : yaml_complain(r->doc, n, r->c,
				   "unknown model \"%s\". Write pa (Purdue), fa (METI factory zones) or both", text);
}

int site_load(struct site *s, const struct yamldoc *doc, struct complaint *c)
{
	struct site_reader r = {.site = s, .doc = doc, .c = c};
	const struct yaml_node *root = doc->n_roots > 0 ? doc->roots[0] : NULL, *n;
	int err = 0;

	site_default(s);
	if ((n = yaml_get(root, "model")))
		err = read_model(&r, n);
	if (!err)
		err = site_read_extras(&r, root);
	if (!err && (n = yaml_get(root, "zones")))
		err = read_zones(&r, n);
	if (!err && (n = yaml_get(root, "conduits")))
		err = site_read_conduits(&r, n);
	free(r.claims.prefixes);
	free(r.claims.vlans);
	free(r.claims.macs);
	if (err)
		site_free(s);
	return err;
}

void site_free(struct site *s)
{
	for (size_t i = 0; i < s->n_zones; i++) {
		struct zone *z = &s->zones[i];
		free(z->id);
		free(z->name_ja);
		free(z->name_en);
		free(z->fa);
		free(z->prefixes);
		free(z->vlans);
		free(z->macs);
		for (char **a = z->assets; a && *a; a++)
			free(*a);
		free(z->assets);
	}
	site_free_extras(s);
	for (size_t i = 0; i < s->n_conduits; i++) {
		struct conduit_line *l = &s->conduits[i];
		free(l->from);
		free(l->to);
		free(l->protocol);
		free(l->sources);
		for (size_t k = 0; k < l->n_nodes; k++)
			free(l->nodes[k]);
		free(l->nodes);
		free(l->dests);
		free(l->times);
		free(l->owner);
		free(l->reason);
	}
	free(s->zones);
	free(s->conduits);
	site_index_free(s->index);
	site_default(s);
}
