/*
 * asset: what a device takes in memory, everything that grows with their number counted: its row, addresses, what is
 * known of it, and the slots of the indexes that lead to it. 50,000 devices as on a network of many hosts: each has a
 * card, an address, a VLAN and two protocols, five of nine a name of their own. At this number the indexes have just
 * grown. Conversations are counted apart. Fails where it is more than 512 bytes.
 */
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"
#include "ledger/ledger_state.h"

enum { DEVICES = 50000, MOST_BYTES = 512, SKIPPED = 77 };

static void nowhere(void *ctx, struct event *ev)
{
	(void)ctx;
	(void)ev;
}

static struct event_value values[8];

static struct event record(const struct field_table *table, unsigned no)
{
	static int64_t now_ns = NS_PER_S * 1700000000;

	now_ns += NS_PER_MS / 10;
	return (struct event){.table = table,
			      .at = {.ts_ns = now_ns,
				     .frame = no,
				     .has_ether = true,
				     .src_mac = {{0x00, 0x30, 0xde, (uint8_t)(no >> 16), (uint8_t)(no >> 8), (uint8_t)no}},
				     .src_ip = ip_from_v4((uint8_t[]){10, (uint8_t)(no >> 16), (uint8_t)(no >> 8), (uint8_t)no}),
				     .vlans = {10},
				     .n_vlans = 1},
			      .count = 1,
			      .first_ns = now_ns,
			      .values = values};
}

static void show(struct ledger *l, unsigned no)
{
	struct event ev = record(&asset_table, no);

	ev_uint(&ev, &asset_field[ASSET_CHANGE], ASSET_SEEN);
	ev_mac(&ev, &asset_field[ASSET_MAC], &ev.at.src_mac);
	ev_span(&ev, &asset_field[ASSET_IP], span_of(ev.at.src_ip.b, sizeof(ev.at.src_ip.b)));
	ledger_take(l, &ev);
}

/* To the first device. */
static void talk(struct ledger *l, unsigned no, const char *app)
{
	struct event ev = record(&flow_table_fields, no), first = record(&flow_table_fields, 1);

	ev.at.dest_mac = first.at.src_mac;
	ev.at.dest_ip = first.at.src_ip;
	ev.at.ip_proto = IPPROTO_TCP;
	ev.at.app_proto = app;
	ev.at.app_by = APP_BY_DISSECTOR;
	ev_uint(&ev, &flow_field[FLOW_PKTS_TS], 1);
	ev_uint(&ev, &flow_field[FLOW_PKTS_TC], 1);
	ledger_take(l, &ev);
}

static void name(struct ledger *l, unsigned no)
{
	struct asset *a = table_find(&l->assets, &(uint64_t){no}, hash_u64(hash_seed, no));
	struct event ev = record(&asset_table, no);

	l->cause = &ev;
	struct note n = ledger_note_now(l, l->source_traffic, 50);
	char text[16];

	snprintf(text, sizeof(text), "PLC-%06u", no);
	if (a)
		ledger_note(l, a, ATTR_HOSTNAME, span_str(text), &n);
	l->cause = &l->nothing;
}

static size_t bytes_of_devices(const struct ledger *l)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd - table_bytes(&l->links) - table_bytes(&l->flows);
}

int main(void)
{
	static const char *const files[] = {"ledger.db", "ledger.db-wal", "ledger.db-shm"};
	static const struct site nothing;
	char dir[] = "/tmp/sekisho-asset-XXXXXX", path[64];
	struct complaint c = {""};
	struct ledger *l;

	if (!mkdtemp(dir) || ledger_open(&l, dir, &nothing, (struct event_sink){nowhere, NULL}, &c) < 0) {
		fprintf(stderr, "asset: %s\n", c.text);
		return 1;
	}
	bool is_counted = mallinfo2().uordblks > 0; /* a sanitizer's memory is not */
	show(l, 1); /* reads the names of makers, too */
	size_t before = bytes_of_devices(l);
	unsigned attributes = 0;
	for (unsigned no = 2; no <= DEVICES; no++) {
		show(l, no);
		talk(l, no, "dns");
		talk(l, no, "http");
		if (no % 9 < 5)
			name(l, no);
	}
	double each = (double)(bytes_of_devices(l) - before) / DEVICES;
	for (const struct asset *a = table_oldest(&l->assets); a; a = table_newer(&l->assets, a))
		attributes += a->n_attrs;
	printf("%u devices with %.2f attributes: %.0f bytes each, %d allowed\n", l->assets.used,
	       (double)attributes / DEVICES, each, MOST_BYTES);
	bool ok = l->assets.used == DEVICES && attributes >= DEVICES / 100 * 355 && each <= MOST_BYTES;
	ledger_close(l);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	rmdir(dir);
	return !is_counted ? SKIPPED : ok ? 0 : 1;
}
