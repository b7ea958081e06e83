#include "engine/scene.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/when.h"
#include "engine/rule_read.h"
#include "engine/scene_value.h"

enum {
	SCENE_BYTES = 4 << 20, /* of one event */
	REPEATS_MAX = 10000000,
};

/* Where the play stands. */
struct play {
	const struct scene *scene;
	struct arena arena, kept;
	struct building b;
	int64_t now_ns;
	uint64_t n; /* events so far */
};

static void begin(struct play *p, const struct field_table *table)
{
	static const struct endpoint nobody = {.known = true,
					       .name = "",
					       .zone = "",
					       .fa_zone = "",
					       .purdue = PURDUE_UNKNOWN,
					       .role = "",
					       .registered = REGISTERED_UNKNOWN,
					       .usage = "",
					       .use_case = "",
					       .phase = ""};
	static const char *const without[] = {"flow", "asset", "anomaly", "discovery", "health", NULL};
	struct building *b = &p->b;
	const char *const *w = without;

	while (*w && strcmp(*w, table->object) != 0)
		w++;
	b->scene = p->scene;
	b->arena = &p->arena;
	b->kept = &p->kept;
	b->passing = false;
	b->ends[0] = b->ends[1] = nobody;
	b->no_dest = table == &asset_table || table == &health_table;
	memset(b->said_asset, 0, sizeof(b->said_asset));
	memset(b->said_ip, 0, sizeof(b->said_ip));
	memset(b->said_mac, 0, sizeof(b->said_mac));
	b->ev = (struct event){.table = table, .count = 1, .values = b->values};
	b->ev.at = (struct origin){.ts_ns = p->now_ns,
				   .frame = p->n + 1,
				   .app_proto = *w ? NULL : table->object,
				   .ip_proto = IPPROTO_TCP,
				   .src_port = 50000,
				   .dest_port = 502};
}

/* Who stands at an end follows from its address where nothing else is said. */
static void finish_end(struct building *b, unsigned end)
{
	struct endpoint *e = &b->ends[end];
	struct ip_addr *ip = end ? &b->ev.at.dest_ip : &b->ev.at.src_ip;
	struct mac *mac = end ? &b->ev.at.dest_mac : &b->ev.at.src_mac;

	if (!b->said_ip[end])
		(void)ip_parse(end ? "10.0.0.2" : "10.0.0.1", ip);
	if (!b->said_mac[end])
		*mac = (struct mac){{2, 0, ip->b[12], ip->b[13], ip->b[14], ip->b[15]}};
	b->ev.at.has_ether = true;
	if (!b->said_asset[end] && e->known) {
		const uint8_t *of = ip_is_none(ip) ? mac->b : &ip->b[10];
		for (int i = 0; i < 6; i++)
			e->asset_no = e->asset_no << 8 | of[i];
		snprintf(e->asset_id, sizeof(e->asset_id), "A%06u", (unsigned)(e->asset_no & 0xffffff));
	}
	e->scope = ip_scope(ip);
}

static int set_each(struct building *b, const char *name, const struct yaml_node *n)
{
	if (n->kind == YAML_SCALAR)
		return scene_set(b, name, n->text, n);
	for (const struct yaml_node *item = n->child; item; item = item->next) {
		if (item->kind != YAML_SCALAR)
			return scene_complain(b, item, "expected a value here");
		int err = scene_set(b, name, item->text, n);
		if (err)
			return err;
	}
	return 0;
}

/* src: { ip: ..., zone: ... } */
static int set_end_map(struct building *b, const struct yaml_node *map)
{
	static const struct {
		const char *key, *src, *dest;
	} origin[] = {{"ip", "src_ip", "dest_ip"}, {"mac", "src_mac", "dest_mac"}, {"port", "src_port", "dest_port"}};
	bool dest = strcmp(map->key->text, "dest") == 0;

	if (map->kind != YAML_MAP)
		return scene_complain(b, map, "expected a map here, such as { zone: cell-1, level: L1 }");
	for (const struct yaml_node *n = map->child; n; n = n->next) {
		char name[128];
		snprintf(name, sizeof(name), "%s.%s", map->key->text, n->key->text);
		for (size_t i = 0; i < sizeof(origin) / sizeof(origin[0]); i++) {
			if (strcmp(origin[i].key, n->key->text) == 0)
				snprintf(name, sizeof(name), "%s", dest ? origin[i].dest : origin[i].src);
		}
		int err = set_each(b, name, n);
		if (err)
			return err;
	}
	return 0;
}

static bool is_of_scene(const char *key)
{
	static const char *const keys[] = {"at", "on", "times", "every", "each", "note", NULL};

	for (const char *const *k = keys; *k; k++) {
		if (strcmp(*k, key) == 0)
			return true;
	}
	return false;
}

static int set_map(struct building *b, const struct yaml_node *map)
{
	for (const struct yaml_node *n = map ? map->child : NULL; n; n = n->next) {
		const char *key = n->key->text;
		int err = 0;
		if (strcmp(key, "src") == 0 || strcmp(key, "dest") == 0)
			err = set_end_map(b, n);
		else if (!is_of_scene(key))
			err = set_each(b, key, n);
		if (err)
			return err;
	}
	return 0;
}

/* `1..12`, or `10.0.0.1..60`, whose numbers have @head before them. @return false where it is none. */
static bool read_span(const struct yaml_node *n, uint64_t *first, uint64_t *last, struct span *head)
{
	const char *dots = n->kind == YAML_SCALAR ? strstr(n->text, "..") : NULL, *digits = dots;
	char *end;

	while (digits && digits > n->text && digits[-1] >= '0' && digits[-1] <= '9')
		digits--;
	if (!digits || digits == dots || dots[2] < '0' || dots[2] > '9')
		return false;
	*head = span_of(n->text, (size_t)(digits - n->text));
	*first = strtoull(digits, NULL, 10);
	*last = strtoull(dots + 2, &end, 10);
	return !*end && *last >= *first && *last - *first < REPEATS_MAX;
}

static int count_each(struct building *b, const struct yaml_node *each, uint64_t *times)
{
	if (each && each->kind != YAML_MAP)
		return scene_complain(b, each, "expected names with their values here: { modbus.unit_id: 1..12 }");
	for (const struct yaml_node *n = each ? each->child : NULL; n; n = n->next) {
		uint64_t first, last, count;
		struct span head;
		if (read_span(n, &first, &last, &head))
			count = last - first + 1;
		else if (n->kind == YAML_LIST)
			count = yaml_count(n);
		else
			return scene_complain(b, n, "expected a range such as 1..12, or a list of values, here");
		*times = count > *times ? count : *times;
	}
	return 0;
}

/* The values of round @i: behind the end of a list it begins anew. */
static int set_round(struct building *b, const struct yaml_node *each, uint64_t i)
{
	for (const struct yaml_node *n = each ? each->child : NULL; n; n = n->next) {
		uint64_t first, last;
		struct span head;
		char text[64];
		int err;
		if (read_span(n, &first, &last, &head)) {
			snprintf(text, sizeof(text), "%.*s%llu", (int)head.len, (const char *)head.ptr,
				 (unsigned long long)(first + i % (last - first + 1)));
			const char *copy = (const char *)arena_copy(b->arena, span_of(text, strlen(text) + 1)).ptr;
			b->passing = true;
			err = copy ? scene_set(b, n->key->text, copy, n) : -ENOMEM;
			b->passing = false;
		} else {
			const struct yaml_node *item = n->child;
			for (uint64_t k = i % yaml_count(n); k > 0; k--)
				item = item->next;
			err = item->kind == YAML_SCALAR ? scene_set(b, n->key->text, item->text, n)
							: scene_complain(b, item, "expected a value here");
		}
		if (err)
			return err;
	}
	return 0;
}

static int read_time(struct building *b, const struct yaml_node *n, int64_t *ns)
{
	if (!n || (n->kind == YAML_SCALAR && duration_parse(n->text, ns)))
		return 0;
	return scene_complain(b, n, "expected a time such as 60s, 10m or 500ms here");
}

static int play_one(struct play *p, const struct yaml_node *spec, const struct field_table *table, uint64_t i)
{
	struct building *b = &p->b;
	int err;

	arena_reset(&p->arena);
	begin(p, table);
	err = set_map(b, p->scene->given);
	if (!err)
		err = set_map(b, spec);
	if (!err)
		err = set_round(b, yaml_get(spec, "each"), i);
	if (err)
		return err;
	finish_end(b, 0);
	finish_end(b, 1);
	b->ev.src = &b->ends[0];
	b->ev.dest = b->no_dest ? NULL : &b->ends[1];
	b->ev.at.ts_ns = b->ev.first_ns = p->now_ns;
	p->n++;
	p->scene->out.take(p->scene->out.ctx, &b->ev);
	return 0;
}

static int play_spec(struct play *p, const struct yaml_node *spec)
{
	const struct rule_file *file = p->scene->file;
	const struct field_table *table = NULL;
	struct building *b = &p->b;
	const struct yaml_node *on = yaml_get(spec, "on"), *times = yaml_get(spec, "times");
	int64_t at_ns = -1, every_ns = 100 * NS_PER_MS, count = 1;
	uint64_t n = 1;

	if (spec->kind != YAML_MAP)
		return yaml_complain(&file->doc, spec, b->c, "expected an event here, such as { modbus.unit_id: 1 }");
	for (const struct field_table *const *t = p->scene->fields->tables; *t; t++) {
		if (strcmp((*t)->object, on && on->text ? on->text : p->scene->on) == 0)
			table = *t;
	}
	if (!table)
		return scene_complain(b, on ? on : spec,
				      "there are no such records. `sekisho decode --fields` lists what there is");
	int err = read_time(b, yaml_get(spec, "at"), &at_ns);
	if (!err)
		err = read_time(b, yaml_get(spec, "every"), &every_ns);
	if (!err && times)
		err = yaml_int(&file->doc, times, 1, REPEATS_MAX, &count, b->c);
	n = (uint64_t)count;
	if (!err)
		err = count_each(b, yaml_get(spec, "each"), &n);
	if (at_ns >= 0)
		p->now_ns = SCENE_BEGINS_NS + at_ns;
	else if (p->n > 0)
		p->now_ns += 100 * NS_PER_MS;
	for (uint64_t i = 0; i < n && !err; i++) {
		if (i > 0)
			p->now_ns += every_ns;
		err = play_one(p, spec, table, i);
	}
	return err;
}

int scene_play(const struct scene *s, const struct yaml_node *events, struct complaint *c)
{
	struct play *p = calloc(1, sizeof(*p));
	int err = p ? arena_init(&p->arena, 64 << 10, SCENE_BYTES) : -ENOMEM;

	if (!err && arena_init(&p->kept, 4096, SCENE_BYTES) < 0) {
		arena_deinit(&p->arena);
		err = -ENOMEM;
	}
	if (err) {
		free(p);
		return err;
	}
	p->scene = s;
	p->b.scene = s;
	p->b.c = c;
	p->now_ns = SCENE_BEGINS_NS;
	if (events->kind != YAML_LIST || !events->child)
		err =
		    yaml_complain(&s->file->doc, events, c, "expected a list of events here: [{ modbus.unit_id: 1 }]");
	for (const struct yaml_node *n = events->child; n && !err; n = n->next)
		err = play_spec(p, n);
	arena_deinit(&p->arena);
	arena_deinit(&p->kept);
	free(p);
	return err;
}
