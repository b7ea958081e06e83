/*
 * Counts the distinct senders of captures, in every layer: to be held against what other tools count, such as
 *
 *   tshark -2 -T fields -e eth.src -e sll.src.eth -e ip.src -e ipv6.src
 *
 * decode_hosts [-v] CAPTURE...     one line each: MACs, IPv4 and IPv6 addresses, frames, errors, name; -v: each frame
 * with its senders
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/table.h"
#include "net/capture.h"
#include "net/decode.h"

struct sender {
	uint8_t is_mac;
	uint8_t address[16];
};

struct hosts {
	struct decoder *decoder;
	struct table seen;
	unsigned macs, v4, v6;
	bool verbose;
};

static void one_sender(struct hosts *h, const struct packet *p, unsigned i)
{
	struct sender key = {.is_mac = p->senders[i].is_mac};
	char text[IP_TEXT_MAX];

	if (key.is_mac)
		memcpy(key.address, p->senders[i].mac.b, 6);
	else
		memcpy(key.address, p->senders[i].ip.b, 16);
	if (h->verbose)
		printf(" %s", key.is_mac ? mac_format(&p->senders[i].mac, text) : ip_format(&p->senders[i].ip, text));
	uint64_t hash = hash_bytes(&key, sizeof(key));
	if (table_find(&h->seen, &key, hash) || !table_insert(&h->seen, &key, hash))
		return;
	if (key.is_mac)
		h->macs++;
	else if (ip_is_v4(&p->senders[i].ip))
		h->v4++;
	else
		h->v6++;
}

static void one_frame(void *ctx, const struct frame_in *f)
{
	struct hosts *h = ctx;
	struct packet p;

	decode_frame(h->decoder, f, &p);
	if (h->verbose)
		printf("%llu kind %d %s:", (unsigned long long)f->number, p.kind,
		       p.decode_error ? p.decode_error : "-");
	for (unsigned i = 0; i < p.n_senders; i++)
		one_sender(h, &p, i);
	if (h->verbose)
		printf("\n");
}

static int one_capture(const char *path, bool verbose)
{
	struct decoder_options decoder_options = {0};
	struct capture_options capture_options = {0};
	struct hosts h = {.decoder = decoder_new(&decoder_options), .verbose = verbose};
	struct capture *cap;
	struct complaint c;
	struct json errors;

	if (!h.decoder || table_init(&h.seen, 1 << 20, sizeof(struct sender), sizeof(struct sender), table_hash_bytes,
				     NULL, NULL) < 0)
		return 3;
	int status = capture_open_file(&cap, path, &capture_options, &c);
	if (status < 0) {
		fprintf(stderr, "%s\n", c.text);
	} else {
		while (capture_read(cap, 1024, one_frame, &h) != CAPTURE_END)
			;
		if (capture_trouble(cap))
			fprintf(stderr, "%s\n", capture_trouble(cap));
		json_init(&errors, 65536);
		json_object_begin(&errors);
		decoder_stats(h.decoder, &errors);
		json_object_end(&errors);
		printf("%u\t%u\t%u\t%llu\t%s\t%s\n", h.macs, h.v4, h.v6, (unsigned long long)capture_count(cap).frames,
		       json_cstr(&errors), path);
		json_deinit(&errors);
		capture_close(cap);
	}
	table_deinit(&h.seen);
	decoder_free(h.decoder);
	return status < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	int worst = 0;

	if (argc < 2 + verbose) {
		fprintf(stderr, "usage: decode_hosts [-v] CAPTURE...\n");
		return 2;
	}
	for (int i = 1 + verbose; i < argc; i++) {
		int status = one_capture(argv[i], verbose);
		worst = status > worst ? status : worst;
	}
	return worst;
}
