/*
 * ledger_fill STATE_DIR ASSETS CONVERSATIONS: fills a ledger with made-up devices and conversations through
 * ledger_take(), as the daemon would, and prints what that took: the most memory the process had, processor time, and
 * the ceiling that `sekishod --check` promises. tests/bench/ledger.py runs it and lists what came of it.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "discovery/discovery.h"
#include "ledger/ledger.h"

enum { PER_ZONE = 250, ZONES_MAX = 200, WRITE_EVERY = 2000, SERVERS = 4000 };

#define T0      INT64_C(1700000000000000000)
#define STEP_NS INT64_C(1000000)

struct fill {
	struct ledger *ledger;
	int64_t now_ns;
	uint64_t taken, flow_id;
	unsigned zones;
};

static void nowhere(void *ctx, struct event *ev)
{
	(void)ctx;
	(void)ev;
}

static struct mac mac_of(unsigned i)
{
	return (struct mac){{0x00, 0x80, 0xf4, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
}

/* 10.N.M.H: 250 devices a zone of a /24 */
static struct ip_addr ip_of(unsigned i)
{
	struct ip_addr a;
	char text[32];
	unsigned zone = i / PER_ZONE;

	snprintf(text, sizeof(text), "10.%u.%u.%u", zone / 200, zone % 200, i % PER_ZONE + 1);
	if (!ip_parse(text, &a))
		abort();
	return a;
}

static struct event begin(struct fill *f, const struct field_table *table, struct event_value *values)
{
	f->now_ns += STEP_NS;
	return (struct event){.table = table,
			      .at = {.ts_ns = f->now_ns, .has_ether = true},
			      .count = 1,
			      .first_ns = f->now_ns,
			      .values = values};
}

static void take(struct fill *f, struct event *ev)
{
	ledger_take(f->ledger, ev);
	if (++f->taken % WRITE_EVERY == 0 && ledger_write(f->ledger) < 0)
		exit(3);
}

/* A device claims its address; every other one says its name and what it is too. */
static void device(struct fill *f, unsigned i)
{
	struct event_value values[8];
	struct event ev = begin(f, &discovery_table, values);
	struct mac mac = mac_of(i);
	struct ip_addr ip = ip_of(i);
	char name[32];

	snprintf(name, sizeof(name), "DEVICE-%05u", i);
	ev.at.src_mac = mac;
	ev_uint(&ev, &discovery_field[DISCOVERY_PROTOCOL], i % 2 ? DISCOVERY_BY_DHCP : DISCOVERY_BY_ARP);
	ev_mac(&ev, &discovery_field[DISCOVERY_MAC], &mac);
	ev_span(&ev, &discovery_field[DISCOVERY_IP], span_of(ip.b, sizeof(ip.b)));
	if (i % 2) {
		ev_text(&ev, &discovery_field[DISCOVERY_NAME], name);
		ev_uint(&ev, &discovery_field[DISCOVERY_DETAIL_MESSAGE], 5);
	} else {
		ev_uint(&ev, &discovery_field[DISCOVERY_DETAIL_OPERATION], DISCOVERY_ARP_REPLY);
	}
	take(f, &ev);
}

static void conversation(struct fill *f, unsigned from, unsigned to, unsigned kind)
{
	static const struct {
		const char *app;
		uint16_t port;
	} kinds[] = {{"modbus", 502}, {"opcua", 4840}, {"http", 80}, {"smb", 445}};
	struct event_value values[8];
	struct event ev = begin(f, &flow_table_fields, values);

	ev.at.src_mac = mac_of(from);
	ev.at.dest_mac = mac_of(to);
	ev.at.src_ip = ip_of(from);
	ev.at.dest_ip = ip_of(to);
	ev.at.ip_proto = IPPROTO_TCP;
	ev.at.src_port = 40000;
	ev.at.dest_port = kinds[kind].port;
	ev.at.flow_id = ++f->flow_id;
	ev.at.app_proto = kinds[kind].app;
	ev.at.app_by = APP_BY_DISSECTOR;
	ev_uint(&ev, &flow_field[FLOW_STATE], FLOW_STATE_CLOSED);
	ev_uint(&ev, &flow_field[FLOW_PKTS_TS], 10);
	ev_uint(&ev, &flow_field[FLOW_PKTS_TC], 9);
	ev_uint(&ev, &flow_field[FLOW_BYTES_TS], 1000);
	ev_uint(&ev, &flow_field[FLOW_BYTES_TC], 900);
	take(f, &ev);
}

static void load_site(struct yamldoc *doc, struct site *site, unsigned zones)
{
	static char yaml[ZONES_MAX * 96];
	struct complaint c = {""};
	size_t len = (size_t)snprintf(yaml, sizeof(yaml), "zones:\n");

	for (unsigned i = 0; i < zones; i++)
		len += (size_t)snprintf(yaml + len, sizeof(yaml) - len,
					"  - { id: zone-%03u, purdue: L%u, prefixes: [10.%u.%u.0/24] }\n", i, i % 5 + 1,
					i / 200, i % 200);
	if (yamldoc_parse(doc, "site.yaml", yaml, len, &c) < 0 || site_load(site, doc, &c) < 0) {
		fprintf(stderr, "ledger_fill: %s\n", c.text);
		exit(3);
	}
}

int main(int argc, char **argv)
{
	unsigned assets = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	unsigned links = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	struct yamldoc doc = {0};
	struct site site = {0};
	struct complaint c = {""};
	struct rusage use;
	struct fill f = {.now_ns = T0};

	if (assets < 2 || assets > PER_ZONE * ZONES_MAX || !links) {
		fprintf(stderr, "ledger_fill STATE_DIR ASSETS CONVERSATIONS: up to %d assets\n", PER_ZONE * ZONES_MAX);
		return 2;
	}
	load_site(&doc, &site, (assets + PER_ZONE - 1) / PER_ZONE);
	const struct ledger_limits limits = {.assets = assets, .conversations = links}; /* full */
	if (ledger_open_limited(&f.ledger, argv[1], &site, (struct event_sink){nowhere, NULL}, &limits, &c) < 0) {
		fprintf(stderr, "ledger_fill: %s\n", c.text);
		return 3;
	}
	for (unsigned i = 0; i < assets; i++)
		device(&f, i);
	/* each client talks to servers of its own zone and of others */
	unsigned servers = assets < SERVERS ? assets / 2 : SERVERS, made = 0;
	for (unsigned round = 0; made < links; round++) {
		for (unsigned i = 0; i < assets && made < links; i++) {
			unsigned to =
			    (unsigned)((i * UINT64_C(7919) + round * UINT64_C(104729)) % servers) * (assets / servers);
			if (to == i)
				continue;
			conversation(&f, i, to, round % 4);
			made++;
		}
	}
	struct ledger_counters n = ledger_count(f.ledger);
	ledger_close(f.ledger);
	getrusage(RUSAGE_SELF, &use);
	printf("assets %llu\nconversations %llu\npushed_out %llu\nwrite_errors %llu\n", (unsigned long long)n.assets,
	       (unsigned long long)n.conversations, (unsigned long long)(n.evicted_assets + n.evicted_conversations),
	       (unsigned long long)n.write_errors);
	printf("peak_mib %.1f\nceiling_mib %.1f\nuser_s %.2f\n", (double)use.ru_maxrss / 1024,
	       (double)ledger_ceiling_bytes(&limits) / (1024 * 1024),
	       (double)use.ru_utime.tv_sec + (double)use.ru_utime.tv_usec / 1e6);
	site_free(&site);
	yamldoc_free(&doc);
	return 0;
}
