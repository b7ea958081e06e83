#include "app/draft_devices.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/csv.h"

enum { ZONES_MAX = 512, V4_BITS = 96 + 24, V6_BITS = 64, VLAN_MIXED = -1 };

struct draft_zone {
	char id[64];
	struct ip_prefix prefix;
	int vlan;         /* 0: none seen; VLAN_MIXED: several */
	unsigned devices; /* that stand there */
	unsigned at_level[6], unsure;
	char because_en[200], because_ja[200]; /* of the first device of the level chosen */
	int level;                             /* tenths */
};

struct draft_devices {
	json_t **row;
	size_t n, room;
	const struct site *site;
	struct draft_zone *zones;
	size_t n_zones;
	bool short_of_memory;
};

/* ---- zones of addresses */

static struct ip_prefix prefix_of(const struct ip_addr *ip)
{
	struct ip_prefix p = {.addr = *ip, .bits = ip_is_v4(ip) ? V4_BITS : V6_BITS};

	memset(p.addr.b + p.bits / 8, 0, sizeof(p.addr.b) - p.bits / 8);
	return p;
}

static struct draft_zone *find_zone(const struct draft_devices *d, const struct ip_addr *ip)
{
	for (size_t i = 0; i < d->n_zones; i++) {
		if (ip_prefix_contains(&d->zones[i].prefix, ip))
			return &d->zones[i];
	}
	return NULL;
}

const char *draft_zone_of(const struct draft_devices *d, const char *zone, const struct ip_addr *ip)
{
	if (zone[0] && strcmp(zone, "unknown") != 0 && strcmp(zone, "internet") != 0)
		return zone;
	const struct draft_zone *z = find_zone(d, ip);
	if (z)
		return z->id;
	return ip_scope(ip) == IP_SCOPE_GLOBAL ? "internet" : "unknown";
}

static bool deserves_zone(const struct draft_devices *d, const struct ip_addr *ip)
{
	enum ip_scope scope = ip_scope(ip);

	/* a public address is in the ledger where a device here claims it: drop_strays() */
	return (scope == IP_SCOPE_PRIVATE || scope == IP_SCOPE_GLOBAL) && !site_zone(d->site, NULL, ip, NULL, 0);
}

/* Old plants have public ranges inside. One device alone is rather the host at the line to the internet. */
static void drop_strays(struct draft_devices *d)
{
	enum { PLANT_DEVICES = 3 };
	size_t n = 0;

	for (size_t i = 0; i < d->n_zones; i++) {
		const struct draft_zone *z = &d->zones[i];
		if (ip_scope(&z->prefix.addr) != IP_SCOPE_GLOBAL || z->devices >= PLANT_DEVICES)
			d->zones[n++] = *z;
	}
	d->n_zones = n;
}

static void name_zone(struct draft_zone *z)
{
	char text[IP_TEXT_MAX];
	size_t n = (size_t)snprintf(z->id, sizeof(z->id), "net-%s", ip_format(&z->prefix.addr, text));

	if (ip_is_v4(&z->prefix.addr)) {
		char *dot = strrchr(z->id, '.');
		if (dot)
			*dot = '\0';
	}
	for (size_t i = 0; i < n && z->id[i]; i++) {
		if (z->id[i] == ':' || z->id[i] == '.')
			z->id[i] = '-';
	}
}

static int level_of(const json_t *asset)
{
	int level = PURDUE_UNKNOWN;
	const char *text = json_at(asset, "purdue_suggested");

	return text[0] && purdue_parse(text, &level) ? level : PURDUE_UNKNOWN;
}

static void place(struct draft_devices *d, const json_t *asset)
{
	const char *text = json_string_value(json_array_get(json_node(asset, "ip"), 0));
	struct ip_addr ip;

	if (!text || !ip_parse(text, &ip) || !deserves_zone(d, &ip))
		return;
	struct draft_zone *z = find_zone(d, &ip);
	if (!z && d->n_zones == ZONES_MAX)
		return;
	if (!z) {
		z = &d->zones[d->n_zones++];
		*z = (struct draft_zone){.prefix = prefix_of(&ip)};
		name_zone(z);
	}
	z->devices++;
	const json_t *vlans = json_node(asset, "vlan");
	if (json_array_size(vlans) == 1) {
		int vlan = (int)json_integer_value(json_array_get(vlans, 0));
		z->vlan = z->vlan == 0 || z->vlan == vlan ? vlan : VLAN_MIXED;
	} else if (json_array_size(vlans) > 1) {
		z->vlan = VLAN_MIXED;
	}
	int level = level_of(asset);
	if (level < 0) {
		z->unsure++;
		return;
	}
	z->at_level[level / 10 % 6]++;
}

/* The level that most devices speak for; of equal ones the lower, whose protection matters more. */
static void choose_level(struct draft_devices *d, struct draft_zone *z)
{
	unsigned most = 0;

	z->level = PURDUE_UNKNOWN;
	for (int i = 0; i < 6; i++) {
		if (z->at_level[i] > most) {
			most = z->at_level[i];
			z->level = i * 10;
		}
	}
	for (size_t i = 0; i < d->n && z->level != PURDUE_UNKNOWN && !z->because_en[0]; i++) {
		const char *text = json_string_value(json_array_get(json_node(d->row[i], "ip"), 0));
		struct ip_addr ip;
		if (text && ip_parse(text, &ip) && ip_prefix_contains(&z->prefix, &ip) &&
		    level_of(d->row[i]) == z->level) {
			snprintf(z->because_en, sizeof(z->because_en), "%s %s", text,
				 json_at(d->row[i], "suggested_because"));
			snprintf(z->because_ja, sizeof(z->because_ja), "%s は%s", text,
				 json_at(d->row[i], "suggested_because_ja"));
		}
	}
}

static int by_prefix(const void *a, const void *b)
{
	const struct draft_zone *p = a, *q = b;

	return memcmp(&p->prefix.addr, &q->prefix.addr, sizeof(p->prefix.addr));
}

static bool vlan_is_free(const struct draft_devices *d, const struct draft_zone *z)
{
	uint16_t vlan = (uint16_t)z->vlan;

	if (z->vlan <= 0 || site_zone(d->site, NULL, NULL, &vlan, 1))
		return false;
	for (size_t i = 0; i < d->n_zones; i++) {
		if (&d->zones[i] != z && d->zones[i].vlan == z->vlan)
			return false;
	}
	return true;
}

void draft_zones(const struct draft_devices *d, FILE *out)
{
	static const char *const fa[] = {"fa.control", "fa.control", "fa.control", "fa.monitor", "fa.oa", "fa.oa"};
	char text[IP_TEXT_MAX];

	if (d->site->n_zones == 0)
		fprintf(out, "\nmodel: both   # pa: Purdue, fa: METI factory zones, both / PA・FA・両方\n");
	fprintf(
	    out,
	    "\n# Zones of addresses that no zone of yours claims: one a subnet. Give them names, join or split them.\n"
	    "# どのゾーンにも属さないアドレスのサブネットごとの案。名前を付け、必要なら統合・分割する。\n");
	if (d->n_zones == 0) {
		fprintf(out, "# zones: nothing to add / 加えるものはない\n");
		return;
	}
	fprintf(out, "zones:\n");
	for (size_t i = 0; i < d->n_zones; i++) {
		const struct draft_zone *z = &d->zones[i];
		unsigned bits = ip_is_v4(&z->prefix.addr) ? z->prefix.bits - 96u : z->prefix.bits;
		fprintf(out, "  # %u devices / %u台", z->devices, z->devices);
		if (z->level != PURDUE_UNKNOWN)
			fprintf(out, "; level suggested because %s / %s", z->because_en, z->because_ja);
		fprintf(out, "\n  - id: %s\n    name: { ja: \"%s\", en: \"%s\" }\n", z->id, z->id, z->id);
		if (z->level != PURDUE_UNKNOWN)
			fprintf(out, "    purdue: %s\n    fa: %s\n", purdue_name(z->level), fa[z->level / 10 % 6]);
		fprintf(out, "    prefixes: [\"%s/%u\"]\n", ip_format(&z->prefix.addr, text), bits);
		if (vlan_is_free(d, z))
			fprintf(out, "    vlans: [%d]\n", z->vlan);
	}
}

/* ---- devices */

static void take_asset(void *ctx, const char *json)
{
	struct draft_devices *d = ctx;
	json_t *asset = json_loads(json, 0, NULL);

	if (!asset)
		return;
	if (d->n == d->room) {
		size_t room = d->room ? d->room * 2 : 256;
		json_t **bigger = realloc(d->row, room * sizeof(json_t *));
		if (!bigger) {
			d->short_of_memory = true;
			json_decref(asset);
			return;
		}
		d->row = bigger;
		d->room = room;
	}
	d->row[d->n++] = asset;
}

int draft_read_devices(struct draft_devices **out, const struct survey *s, struct complaint *c)
{
	struct draft_devices *d = calloc(1, sizeof(*d));
	int err = d ? 0 : -ENOMEM;

	if (d) {
		d->site = &s->set->cfg.site;
		d->zones = calloc(ZONES_MAX, sizeof(*d->zones));
		err = d->zones ? ledger_each_asset(s->dir, NULL, take_asset, d, c) : -ENOMEM;
	}
	if (!err && d->short_of_memory)
		err = -ENOMEM;
	if (err == -ENOMEM)
		complain(c, "memory", 0, 0, "not enough for the draft");
	if (err) {
		draft_free_devices(d);
		return err;
	}
	for (size_t i = 0; i < d->n; i++)
		place(d, d->row[i]);
	drop_strays(d);
	qsort(d->zones, d->n_zones, sizeof(*d->zones), by_prefix);
	for (size_t i = 0; i < d->n_zones; i++)
		choose_level(d, &d->zones[i]);
	*out = d;
	return 0;
}

void draft_free_devices(struct draft_devices *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->n; i++)
		json_decref(d->row[i]);
	free(d->row);
	free(d->zones);
	free(d);
}

/* ---- the register */

/* A cell in quotes; what a spreadsheet would take for a formula gets an apostrophe in front. */
static void put_cell(FILE *out, const char *text, bool last)
{
	fputc('"', out);
	if (csv_is_formula(text))
		fputc('\'', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc((unsigned char)*text < 0x20 ? ' ' : *text, out);
	}
	fputs(last ? "\"\r\n" : "\",", out);
}

/* Leased addresses change: a device that has a MAC is entered by that alone where it asked for its address. */
static bool has_lease(const json_t *asset)
{
	const json_t *role;
	size_t i;

	json_array_foreach(json_node(asset, "roles"), i, role)
	{
		if (strcmp(json_string_value(role), "dhcp_client") == 0)
			return true;
	}
	return false;
}

void draft_register(const struct draft_devices *d, FILE *out)
{
	char buf[1024], notes[1400];
	bool ja = words_japanese();

	fputs("\xef\xbb\xbf", out);
	fputs(ja ? "名称,MACアドレス,IPアドレス,種別,申請部門,用途,利用ケース,フェーズ,備考\r\n"
		 : "name,mac,ip,kind,owner_dept,usage,use_case,phase,notes\r\n",
	      out);
	for (size_t i = 0; i < d->n; i++) {
		const json_t *a = d->row[i];
		if (json_is_true(json_node(a, "registered")))
			continue;
		/* serial devices behind a gateway have no address of their own: the gateway's row stands for them */
		if (json_array_size(json_node(a, "mac")) + json_array_size(json_node(a, "ip")) +
			json_array_size(json_node(a, "hostnames")) ==
		    0)
			continue;
		bool by_mac = json_array_size(json_node(a, "mac")) > 0 && has_lease(a);
		const char *name = json_string_value(json_array_get(json_node(a, "hostnames"), 0));
		put_cell(out, name ? name : "", false);
		put_cell(out, json_join(json_node(a, "mac"), " ", buf, sizeof(buf)), false);
		put_cell(out, by_mac ? "" : json_join(json_node(a, "ip"), " ", buf, sizeof(buf)), false);
		put_cell(out, json_at(a, "role_suggested"), false);
		fputs("\"\",\"\",\"\",\"\",", out);
		snprintf(notes, sizeof(notes), "%s%s%s%s%s - %s (%lld)", json_at(a, "vendor"),
			 json_at(a, "vendor")[0] ? "; " : "",
			 json_at(a, ja ? "suggested_because_ja" : "suggested_because"),
			 json_at(a, "suggested_because")[0] ? "; " : "", json_at(a, "first_seen"),
			 json_at(a, "last_seen"), (long long)json_integer_value(json_node(a, "events")));
		put_cell(out, notes, true);
	}
}
