#include <errno.h>
#include <string.h>

#include "app/config_parts.h"

static const char levels[] = "info low medium high critical";

static int read_tls(struct config *cfg, struct syslog_config *s, const struct yaml_node *map, struct complaint *c)
{
	static const char *const known[] = {"ca", "cert", "key", "server_name", "verify", NULL};
	const struct yamldoc *doc = &cfg->doc;
	const struct {
		const char *key, **out;
	} texts[] = {
	    {"ca", &s->tls.ca}, {"cert", &s->tls.cert}, {"key", &s->tls.key}, {"server_name", &s->tls.server_name}};
	const struct yaml_node *v;

	if (map->kind != YAML_MAP)
		return yaml_complain(doc, map, c, "expected a map of keys and values here");
	if (strcmp(s->transport, "tls") != 0 && strcmp(s->transport, "relp") != 0)
		return yaml_complain(doc, map, c, "only the transports tls and relp have TLS. Write transport: tls");
	s->has_tls = true;
	int err = yaml_only_keys(doc, map, known, c);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && !err; i++) {
		if ((v = yaml_get(map, texts[i].key)))
			err = yaml_string(doc, v, texts[i].out, c);
	}
	if (!err && (v = yaml_get(map, "verify")))
		err = yaml_bool(doc, v, &s->tls.verify, c);
	if (!err && s->tls.key && !s->tls.cert)
		err = yaml_complain(doc, map, c, "a key is of no use without its certificate. Add cert:");
	return err;
}

static int read_choices(struct config *cfg, struct syslog_config *s, const struct yaml_node *n, struct complaint *c)
{
	const struct {
		const char *key, *words, **out;
	} choices[] = {{"transport", "udp tcp tls relp unix", &s->transport},
		       {"format", "rfc5424 rfc3164", &s->format},
		       {"payload", "cef leef eve ecs", &s->payload},
		       {"framing", "octets newline", &s->framing},
		       {"level", levels, &s->level}};
	int err = 0;

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]) && !err; i++) {
		const struct yaml_node *v = yaml_get(n, choices[i].key);
		if (v)
			err = config_read_choice(cfg, v, choices[i].words, choices[i].out, c);
	}
	return err;
}

static int read_filters(struct config *cfg, struct syslog_config *s, const struct yaml_node *n, struct complaint *c)
{
	const struct yaml_node *v = yaml_get(n, "zones");
	int err = v ? config_read_texts(cfg, v, &s->zones, c) : 0;

	s->rules_node = yaml_get(n, "rules");
	if (!err && s->rules_node)
		err = config_read_texts(cfg, s->rules_node, &s->rules, c);
	return err;
}

static int read_receiver(struct config *cfg, struct syslog_config *s, const struct yaml_node *n, struct complaint *c)
{
	static const char *const known[] = {"name", "transport", "address", "format", "payload", "framing", "max_bytes",
					    "bom",  "tls",       "level",   "zones",  "rules",   NULL};
	const struct yamldoc *doc = &cfg->doc;
	const struct yaml_node *v;

	*s = (struct syslog_config){.node = n,
				    .transport = "udp",
				    .format = "rfc5424",
				    .payload = "cef",
				    .framing = "octets",
				    .level = "info",
				    .bom = true,
				    .tls.verify = true};
	int err = yaml_only_keys(doc, n, known, c);
	if (!err)
		err = read_choices(cfg, s, n, c);
	if (!err && (v = yaml_get(n, "max_bytes")))
		err = yaml_int(doc, v, 480, 65000, &s->max_bytes, c);
	if (!err && (v = yaml_get(n, "bom")))
		err = yaml_bool(doc, v, &s->bom, c);
	if (!err && (v = yaml_get(n, "name")))
		err = yaml_string(doc, v, &s->name, c);
	if (!err && (v = yaml_get(n, "tls")))
		err = read_tls(cfg, s, v, c);
	if (!err)
		err = read_filters(cfg, s, n, c);
	if (!err && !(v = yaml_get(n, "address")))
		err = yaml_complain(doc, n, c, "a syslog destination needs an address, such as \"192.0.2.1:514\"");
	return err ? err : yaml_string(doc, v, &s->address, c);
}

/* Each has a position of its own in the outbox, which must stay when others come and go. */
/* How long @address is without the port that its transport usually has. */
static size_t without_usual_port(const char *transport, const char *address)
{
	static const char *const usual[][2] = {{"udp", ":514"}, {"tcp", ":601"}, {"tls", ":6514"}, {"relp", ":2514"}};
	size_t len = strlen(address);

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		size_t n = strlen(usual[i][1]);
		if (strcmp(transport, usual[i][0]) == 0 && len > n && strcmp(address + len - n, usual[i][1]) == 0)
			return len - n;
	}
	return len;
}

static bool is_same_place(const struct syslog_config *a, const struct syslog_config *b)
{
	if (a->name || b->name)
		return a->name && b->name && strcmp(a->name, b->name) == 0;
	if (strcmp(a->transport, b->transport) != 0)
		return false;
	size_t len = without_usual_port(a->transport, a->address);
	return len == without_usual_port(b->transport, b->address) && memcmp(a->address, b->address, len) == 0;
}

int config_read_syslog(struct config *cfg, const struct yaml_node *list, struct complaint *c)
{
	const struct yamldoc *doc = &cfg->doc;

	if (list->kind != YAML_LIST)
		return yaml_complain(
		    doc, list, c, "expected a list of destinations: - { transport: udp, address: \"192.0.2.1:514\" }");
	for (const struct yaml_node *n = list->child; n; n = n->next) {
		struct syslog_config *s = &cfg->syslog[cfg->n_syslog];
		if (cfg->n_syslog == CONFIG_LIST_MAX)
			return yaml_complain(doc, n, c, "more than %d destinations", CONFIG_LIST_MAX);
		int err = read_receiver(cfg, s, n, c);
		if (err)
			return err;
		for (size_t i = 0; i < cfg->n_syslog; i++) {
			if (is_same_place(&cfg->syslog[i], s))
				return yaml_complain(
				    doc, n, c,
				    "an earlier destination has the same transport and address, or the "
				    "same name. Give each a name of its own: name: soc");
		}
		cfg->n_syslog++;
	}
	return 0;
}

int config_check_syslog(const struct config *cfg, struct complaint *c)
{
	for (size_t i = 0; i < cfg->n_syslog; i++) {
		const struct syslog_config *s = &cfg->syslog[i];
		for (size_t z = 0; z < s->zones.n; z++) {
			const char *id = s->zones.item[z], *near;
			if (strpbrk(id, "*?[") || strcmp(id, "unknown") == 0 || strcmp(id, "internet") == 0 ||
			    site_zone_by_id(&cfg->site, id))
				continue;
			near = site_nearest_zone(&cfg->site, id);
			if (near)
				return yaml_complain(&cfg->doc, s->node, c,
						     "there is no zone \"%s\". Did you mean \"%s\"?", id, near);
			return yaml_complain(&cfg->doc, s->node, c,
					     "there is no zone \"%s\". Name one of `zones`, or write * for any rest",
					     id);
		}
	}
	return 0;
}
