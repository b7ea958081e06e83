/*
 * A ledger in a fresh directory, fed by hand: one call a record, as the decoder would send it.
 */
#ifndef SEKISHO_TESTS_LEDGER_SCENE_H
#define SEKISHO_TESTS_LEDGER_SCENE_H

#include <check.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"
#include "discovery/discovery.h"
#include "ledger/ledger.h"
#include "ledger/register_write.h"
#include "modbus/modbus.h"

enum { DHCP_ACK = 5, DHCP_RELEASE = 7 };

#define T0 INT64_C(1700000000000000000)

static const struct person scene_person = {"山田", "yamada", ""};

struct scene {
	char dir[64];
	struct yamldoc doc;
	struct site site;
	struct ledger *ledger;
	struct ledger_limits limits;
	int64_t now_ns;
	uint64_t flow_id;
	char log[1 << 16]; /* what went on to the next stage, a line an event */
	size_t log_len;
	char *rows; /* what was listed */
	size_t rows_len, rows_room;
};

static const char *const scene_site =
    "model: both\n"
    "zones:\n"
    "  - { id: cell-a, name: { ja: 加工セルA, en: Cell A }, purdue: L1, fa: fa.control, prefixes: [10.20.1.0/24], "
    "vlans: [101] }\n"
    "  - { id: scada, purdue: L3, fa: fa.monitor, prefixes: [10.20.3.0/24], vlans: [103] }\n"
    "  - { id: office, purdue: 4, fa: fa.oa, prefixes: [10.20.4.0/24], vlans: [104] }\n"
    "conduits:\n"
    "  - { from: scada, to: cell-a, protocol: modbus, class: [read, write], sources: [10.20.3.10] }\n"
    "  - { from: scada, to: cell-a, protocol: opcua, class: any }\n";

static inline void scene_take(void *ctx, struct event *ev)
{
	static const char *const verdicts[] = {"none", "allowed", "denied"};
	struct scene *s = ctx;
	char *at = s->log + s->log_len;
	size_t room = sizeof(s->log) - s->log_len;
	const struct event_value *change = event_get(ev, &asset_field[ASSET_CHANGE]);
	int n;

	ck_assert_ptr_nonnull(ev->src);
	ck_assert_ptr_nonnull(ev->dest);
	if (ev->table == &asset_table && change->u == ASSET_NEW)
		n = snprintf(at, room, "new %s %s %s%s\n", ev->src->asset_id, ev->src->name, ev->src->zone,
			     ev->src->is_new ? " is_new" : "");
	else if (ev->table == &asset_table && change->u == ASSET_ENTERED)
		n = snprintf(at, room, "entered %s %s %s\n", ev->src->asset_id, ev->src->name, ev->src->zone);
	else if (ev->table == &asset_table && change->u == ASSET_BRIDGE)
		n = snprintf(at, room, "bridge %s %s %.*s\n", ev->src->asset_id, ev->src->zone,
			     (int)event_get(ev, &asset_field[ASSET_OTHER_ZONE])->count,
			     (const char *)event_get(ev, &asset_field[ASSET_OTHER_ZONE])->ptr);
	else
		n = snprintf(at, room, "%s %s(%s) > %s(%s) %s %u\n", ev->table->object,
			     ev->src->known ? ev->src->asset_id : ev->src->name, ev->src->zone,
			     ev->dest->known ? ev->dest->asset_id : ev->dest->name, ev->dest->zone,
			     verdicts[ev->conduit.verdict], ev->conduit.line);
	ck_assert_uint_lt((size_t)n, room); /* whoever tells more than that empties it in between */
	s->log_len += (size_t)n;
}

static inline void scene_reopen(struct scene *s)
{
	struct complaint c = {""};

	ledger_close(s->ledger);
	s->ledger = NULL;
	int err = ledger_open_limited(&s->ledger, s->dir, &s->site, (struct event_sink){scene_take, s}, &s->limits, &c);
	ck_assert_msg(err == 0, "ledger_open: %s", c.text);
}

/* Reads the site anew, for the next ledger that is opened, or ledger_set_site(). */
static inline void scene_read_site(struct scene *s, const char *yaml)
{
	struct complaint c = {""};

	site_free(&s->site);
	yamldoc_free(&s->doc);
	ck_assert_msg(yamldoc_parse(&s->doc, "site.yaml", yaml, strlen(yaml), &c) == 0, "%s", c.text);
	ck_assert_msg(site_load(&s->site, &s->doc, &c) == 0, "%s", c.text);
}

/* @yaml NULL: no zones. */
static inline void scene_begin(struct scene *s, const char *yaml)
{
	memset(s, 0, sizeof(*s));
	strcpy(s->dir, "/tmp/sekisho-ledger-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s->dir));
	s->now_ns = T0;
	if (yaml)
		scene_read_site(s, yaml);
	scene_reopen(s);
}

static inline void scene_end(struct scene *s)
{
	static const char *const files[] = {"ledger.db", "ledger.db-wal", "ledger.db-shm", "register.csv"};
	char path[128];

	ledger_close(s->ledger);
	site_free(&s->site);
	yamldoc_free(&s->doc);
	free(s->rows);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", s->dir, files[i]);
		unlink(path);
	}
	rmdir(s->dir);
}

static inline struct mac scene_mac(const char *text)
{
	struct mac m = {{0}};

	ck_assert_msg(!text || mac_parse(text, &m), "%s", text);
	return m;
}

static inline struct ip_addr scene_ip(const char *text)
{
	struct ip_addr a = {{0}};

	ck_assert_msg(!text || ip_parse(text, &a), "%s", text);
	return a;
}

static inline struct event scene_event(struct scene *s, const struct field_table *table, struct event_value *values)
{
	s->now_ns += NS_PER_MS;
	return (struct event){
	    .table = table, .at = {.ts_ns = s->now_ns}, .count = 1, .first_ns = s->now_ns, .values = values};
}

static inline void scene_vlan(struct event *ev, unsigned vlan)
{
	if (vlan)
		ev->at.vlans[ev->at.n_vlans++] = (uint16_t)vlan;
}

/* A host sends: a new pair of MAC and IP, as the decoder tells it. Either may be NULL. */
static inline void scene_host(struct scene *s, const char *mac, const char *ip, unsigned vlan)
{
	struct event_value values[4];
	struct event ev = scene_event(s, &asset_table, values);
	struct ip_addr addr = scene_ip(ip);

	scene_vlan(&ev, vlan);
	ev.at.has_ether = mac != NULL;
	ev.at.src_mac = scene_mac(mac);
	ev.at.src_ip = addr;
	ev_uint(&ev, &asset_field[ASSET_CHANGE], ASSET_SEEN);
	if (mac)
		ev_mac(&ev, &asset_field[ASSET_MAC], &ev.at.src_mac);
	if (ip)
		ev_span(&ev, &asset_field[ASSET_IP], span_of(addr.b, sizeof(addr.b)));
	ledger_take(s->ledger, &ev);
}

/* A device introduces itself. @ip and @name may be NULL. */
static inline void scene_discovery(struct scene *s, enum discovery_by by, unsigned operation, const char *mac,
				   const char *ip, const char *name, unsigned vlan)
{
	struct event_value values[8];
	struct event ev = scene_event(s, &discovery_table, values);
	struct mac m = scene_mac(mac);
	struct ip_addr addr = scene_ip(ip);

	scene_vlan(&ev, vlan);
	ev.at.has_ether = true;
	ev.at.src_mac = m;
	ev_uint(&ev, &discovery_field[DISCOVERY_PROTOCOL], by);
	ev_mac(&ev, &discovery_field[DISCOVERY_MAC], &m);
	if (ip)
		ev_span(&ev, &discovery_field[DISCOVERY_IP], span_of(addr.b, sizeof(addr.b)));
	if (name)
		ev_text(&ev, &discovery_field[DISCOVERY_NAME], name);
	ev_uint(&ev, &discovery_field[by == DISCOVERY_BY_DHCP ? DISCOVERY_DETAIL_MESSAGE : DISCOVERY_DETAIL_OPERATION],
		operation);
	ledger_take(s->ledger, &ev);
}

static inline void scene_arp(struct scene *s, const char *mac, const char *ip, unsigned vlan)
{
	scene_discovery(s, DISCOVERY_BY_ARP, DISCOVERY_ARP_REPLY, mac, ip, NULL, vlan);
}

static inline void scene_lease(struct scene *s, const char *mac, const char *ip, const char *name, unsigned vlan)
{
	scene_discovery(s, DISCOVERY_BY_DHCP, DHCP_ACK, mac, ip, name, vlan);
}

struct scene_end_of {
	const char *mac, *ip;
};

static inline struct event scene_between(struct scene *s, const struct field_table *table, struct event_value *values,
					 struct scene_end_of src, struct scene_end_of dest, unsigned vlan)
{
	struct event ev = scene_event(s, table, values);

	scene_vlan(&ev, vlan);
	ev.at.has_ether = src.mac || dest.mac;
	ev.at.src_mac = scene_mac(src.mac);
	ev.at.dest_mac = scene_mac(dest.mac);
	ev.at.src_ip = scene_ip(src.ip);
	ev.at.dest_ip = scene_ip(dest.ip);
	ev.at.ip_proto = IPPROTO_TCP;
	ev.at.src_port = 40000;
	ev.at.dest_port = 502;
	ev.at.flow_id = s->flow_id;
	return ev;
}

static inline void scene_modbus(struct scene *s, unsigned function, enum function_class class, struct scene_end_of src,
				struct scene_end_of dest, unsigned vlan)
{
	struct event_value values[4];
	struct event ev = scene_between(s, &modbus_table, values, src, dest, vlan);

	ev.at.app_proto = "modbus";
	ev.at.app_by = APP_BY_DISSECTOR;
	ev.func_class = class;
	ev_uint(&ev, &modbus_field[MODBUS_FUNCTION_CODE], function);
	ledger_take(s->ledger, &ev);
}

static inline void scene_flow(struct scene *s, enum flow_state state, const char *app, uint64_t to_server,
			      uint64_t to_client, struct scene_end_of src, struct scene_end_of dest, unsigned vlan)
{
	struct event_value values[8];
	struct event ev = scene_between(s, &flow_table_fields, values, src, dest, vlan);

	ev.at.app_proto = app;
	ev.at.app_by = app ? APP_BY_DISSECTOR : APP_BY_NONE;
	ev.at.one_sided = to_client == 0;
	ev_uint(&ev, &flow_field[FLOW_STATE], state);
	ev_uint(&ev, &flow_field[FLOW_PKTS_TS], to_server);
	ev_uint(&ev, &flow_field[FLOW_PKTS_TC], to_client);
	ev_uint(&ev, &flow_field[FLOW_BYTES_TS], to_server * 100);
	ev_uint(&ev, &flow_field[FLOW_BYTES_TC], to_client * 100);
	ledger_take(s->ledger, &ev);
}

static inline void scene_add_row(void *ctx, const char *json)
{
	struct scene *s = ctx;
	size_t len = strlen(json);

	if (s->rows_room < s->rows_len + len + 2) {
		s->rows_room = 2 * s->rows_room + len + 2;
		s->rows = realloc(s->rows, s->rows_room);
		ck_assert_ptr_nonnull(s->rows);
	}
	memcpy(s->rows + s->rows_len, json, len);
	s->rows_len += len;
	s->rows[s->rows_len++] = '\n';
	s->rows[s->rows_len] = '\0';
}

static inline void scene_begin_rows(struct scene *s)
{
	free(s->rows);
	s->rows = strdup("");
	s->rows_len = 0;
	s->rows_room = 1;
}

/* All assets, or all conversations, as JSON lines. Borrowed until the next listing. */
static inline const char *scene_assets(struct scene *s, const struct ledger_filter *f)
{
	struct complaint c = {""};

	ck_assert_int_eq(ledger_write(s->ledger), 0);
	scene_begin_rows(s);
	ck_assert_msg(ledger_each_asset(s->dir, f, scene_add_row, s, &c) == 0, "%s", c.text);
	return s->rows;
}

static inline const char *scene_links(struct scene *s, const struct ledger_filter *f)
{
	struct complaint c = {""};

	ck_assert_int_eq(ledger_write(s->ledger), 0);
	scene_begin_rows(s);
	ck_assert_msg(ledger_each_link(s->dir, f, scene_add_row, s, &c) == 0, "%s", c.text);
	return s->rows;
}

/* The @n-th row (from 0) of the last listing, parsed; the caller's to release. */
static inline json_t *scene_row(const struct scene *s, int n)
{
	const char *at = s->rows;
	json_error_t why;

	for (; n > 0 && at; n--) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	ck_assert_msg(at && *at, "no such row in:\n%s", s->rows);
	json_t *row = json_loads(at, JSON_DISABLE_EOF_CHECK, &why);
	ck_assert_msg(row != NULL, "%s in %s", why.text, at);
	return row;
}

/* Rows in a few words: "A000001 mac+mac ip+ip zone roles". */
static inline const char *scene_brief(struct scene *s)
{
	static char brief[1 << 16];
	size_t len = 0, n = 0;

	scene_assets(s, NULL);
	brief[0] = '\0';
	for (const char *at = s->rows; *at; at = strchr(at, '\n') + 1, n++) {
		static const char *const lists[] = {"mac", "ip", "roles"};
		json_t *row = scene_row(s, (int)n), *item;
		size_t i;
		len += (size_t)snprintf(brief + len, sizeof(brief) - len, "%s %s",
					json_string_value(json_object_get(row, "asset_id")),
					json_string_value(json_object_get(row, "zone")));
		for (int k = 0; k < 3; k++) {
			len += (size_t)snprintf(brief + len, sizeof(brief) - len, " ");
			json_array_foreach(json_object_get(row, lists[k]), i, item) len += (size_t)snprintf(
			    brief + len, sizeof(brief) - len, "%s%s", i ? "+" : "", json_string_value(item));
			if (i == 0)
				len += (size_t)snprintf(brief + len, sizeof(brief) - len, "-");
		}
		len += (size_t)snprintf(brief + len, sizeof(brief) - len, "\n");
		json_decref(row);
	}
	return brief;
}

#endif
