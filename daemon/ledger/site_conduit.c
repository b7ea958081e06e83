#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/phrase.h"
#include "ledger/site_read.h"

enum { CONDUITS_MAX = UINT16_MAX };

static int read_end(const struct site_reader *r, const struct yaml_node *map, const char *key, char **id, int32_t *no)
{
	const struct yaml_node *n = yaml_get(map, key);

	if (!n)
		return yaml_complain(r->doc, map, r->c, "a conduit needs %s: a zone's id, internet, unknown or any",
				     key);
	int err = site_read_text(r, n, id);
	if (err)
		return err;
	const struct zone *z = site_zone_by_id(r->site, *id);
	if (z)
		*no = (int32_t)(z - r->site->zones);
	else if (strcmp(*id, "any") == 0)
		*no = ZONE_ANY;
	else if (strcmp(*id, "internet") == 0)
		*no = ZONE_INTERNET;
	else if (strcmp(*id, "unknown") == 0)
		*no = ZONE_UNKNOWN;
	else {
		const char *near = site_nearest_zone(r->site, *id);
		if (near)
			return yaml_complain(r->doc, n, r->c, "no zone is called \"%s\". Did you mean \"%s\"?", *id,
					     near);
		return yaml_complain(r->doc, n, r->c,
				     "no zone is called \"%s\". Write a zone's id, internet, unknown or any", *id);
	}
	return 0;
}

static int add_class(const struct site_reader *r, const struct yaml_node *n, void *ctx)
{
	static const char *const names[] = {"none", "read", "write", "program", "admin", "any", NULL};
	uint8_t *classes = ctx;

	for (unsigned i = CLASS_READ; names[i]; i++) {
		if (strcmp(names[i], n->text) == 0) {
			*classes |= (uint8_t)(names[i + 1] ? 1 << i : 0xff);
			return 0;
		}
	}
	const char *near = site_nearest_of(names + 1, n->text);
	if (near)
		return yaml_complain(r->doc, n, r->c, "unknown class \"%s\". Did you mean \"%s\"?", n->text, near);
	return yaml_complain(r->doc, n, r->c, "unknown class \"%s\". Write read, write, program, admin or any",
			     n->text);
}

static int add_time(const struct site_reader *r, const struct yaml_node *n, void *ctx)
{
	struct conduit_line *l = ctx;
	const char *wrong = time_window_parse(n->text, r->site->offset_s, &l->times[l->n_times]);

	if (wrong)
		return yaml_complain(r->doc, n, r->c, "\"%s\" is no time window: %s", n->text, phrase(wrong));
	l->n_times++;
	return 0;
}

static int add_node(const struct site_reader *r, const struct yaml_node *n, void *ctx)
{
	struct conduit_line *l = ctx;
	int err = site_read_text(r, n, &l->nodes[l->n_nodes]);

	if (err)
		return err;
	l->n_nodes++;
	if (!strstr(l->nodes[l->n_nodes - 1], "="))
		return yaml_complain(r->doc, n, r->c,
				     "\"%s\" is no node id. Write its beginning, such as \"ns=2;s=Recipe\"", n->text);
	return 0;
}

static int read_nodes(const struct site_reader *r, const struct yaml_node *map, struct conduit_line *l)
{
	const struct yaml_node *n = yaml_get(map, "nodes");

	if (!n)
		return 0;
	if (strcasecmp(l->protocol, "opcua") != 0)
		return yaml_complain(r->doc, n, r->c, "nodes are those of OPC UA: this line needs protocol: opcua");
	l->nodes = calloc((n->kind == YAML_LIST ? yaml_count(n) : 1) + 1, sizeof(*l->nodes));
	return l->nodes ? site_read_each(r, n, add_node, l) : -ENOMEM;
}

/* When it holds: times, expires, max_hours. */
static int read_limits(const struct site_reader *r, const struct yaml_node *map, struct conduit_line *l)
{
	const struct yaml_node *n;
	int64_t hours = 0;
	int err = 0;

	if ((n = yaml_get(map, "times"))) {
		l->times = calloc((n->kind == YAML_LIST ? yaml_count(n) : 1) + 1, sizeof(*l->times));
		err = l->times ? site_read_each(r, n, add_time, l) : -ENOMEM;
	}
	if (!err && (n = yaml_get(map, "expires")) &&
	    (n->kind != YAML_SCALAR || !site_time_parse(n->text, r->site->offset_s, true, &l->expires_ns)))
		err = yaml_complain(r->doc, n, r->c,
				    "expires is the last day, as 2026-12-31, or a moment, as \"2026-12-31 17:00\"");
	for (size_t i = 0; !err && i < l->n_times; i++) {
		const struct time_window *w = &l->times[i];
		if (l->expires_ns && w->days == 0 && w->from_ns >= l->expires_ns)
			err = yaml_complain(r->doc, yaml_get(map, "times"), r->c,
					    "this time begins after the line has expired. Change times or expires");
	}
	if (!err && (n = yaml_get(map, "max_hours")))
		err = yaml_int(r->doc, n, 1, 24 * 366, &hours, r->c);
	l->longest_ns = hours * 3600 * INT64_C(1000000000);
	return err;
}

static int read_direction(const struct site_reader *r, const struct yaml_node *n, bool *both)
{
	const char *text;
	int err = yaml_string(r->doc, n, &text, r->c);

	if (err)
		return err;
	*both = strcmp(text, "both") == 0;
	if (*both || strcmp(text, "forward") == 0)
		return 0;
	return yaml_complain(r->doc, n, r->c,
			     "unknown direction \"%s\". Write forward (from asks, to answers; the default) or both",
			     text);
}

static int read_conduit(const struct site_reader *r, const struct yaml_node *map, struct conduit_line *l)
{
	static const char *const known[] = {"from",  "to",      "protocol",  "class", "sources", "dests",  "direction",
					    "times", "expires", "max_hours", "nodes", "owner",   "reason", NULL};
	const struct yaml_node *n;
	int err = yaml_only_keys(r->doc, map, known, r->c);

	l->file_line = map->line;
	if (!err)
		err = read_end(r, map, "from", &l->from, &l->from_no);
	if (!err)
		err = read_end(r, map, "to", &l->to, &l->to_no);
	if (!err && !(n = yaml_get(map, "protocol")))
		err = yaml_complain(r->doc, map, r->c, "a conduit needs protocol: such as modbus, icmp or any");
	if (!err)
		err = site_read_text(r, n, &l->protocol);
	if (!err && !(n = yaml_get(map, "class")))
		err = yaml_complain(r->doc, map, r->c,
				    "a conduit needs class: read, write, program, admin (one or a list) or any");
	if (!err)
		err = site_read_each(r, n, add_class, &l->classes);
	if (!err)
		err = site_read_prefixes(r, yaml_get(map, "sources"), &l->sources, &l->n_sources);
	if (!err)
		err = site_read_prefixes(r, yaml_get(map, "dests"), &l->dests, &l->n_dests);
	if (!err && (n = yaml_get(map, "direction")))
		err = read_direction(r, n, &l->both);
	if (!err)
		err = read_limits(r, map, l);
	if (!err)
		err = read_nodes(r, map, l);
	if (!err && (n = yaml_get(map, "owner")))
		err = site_read_text(r, n, &l->owner);
	if (!err && (n = yaml_get(map, "reason")))
		err = site_read_text(r, n, &l->reason);
	return err;
}

int site_read_conduits(const struct site_reader *r, const struct yaml_node *list)
{
	struct site *s = r->site;
	size_t n = yaml_count(list);
	int err = 0;

	if (list->kind != YAML_LIST)
		return yaml_complain(
		    r->doc, list, r->c,
		    "expected a list of conduits: - { from: scada, to: cell-a, protocol: modbus, class: read }");
	if (n > CONDUITS_MAX)
		return yaml_complain(r->doc, list, r->c,
				     "%zu conduits are more than the %d that are handled. Join some", n, CONDUITS_MAX);
	s->conduits = calloc(n + 1, sizeof(*s->conduits));
	if (!s->conduits)
		return -ENOMEM;
	for (const struct yaml_node *map = list->child; map && !err; map = map->next) {
		struct conduit_line *l = &s->conduits[s->n_conduits++];
		l->line = (uint16_t)s->n_conduits;
		err = read_conduit(r, map, l);
	}
	return err;
}
