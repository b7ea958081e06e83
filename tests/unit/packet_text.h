/*
 * A decoded packet as one line of text, for tables of expectations.
 *
 *   KIND[!ERROR] ETHERTYPE [vlan A,B] [in TUNNEL,..] SRC[:PORT] > DEST[:PORT] proto N [FLAGS] [reassembled]
 * "HEX"[/WIRE] by SENDER,..
 */
#ifndef SEKISHO_TESTS_PACKET_TEXT_H
#define SEKISHO_TESTS_PACKET_TEXT_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/packet.h"

struct line {
	char text[1024];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static inline void line_add(struct line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(l->text + l->len, sizeof(l->text) - l->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->len = l->len + (size_t)n < sizeof(l->text) ? l->len + (size_t)n : sizeof(l->text) - 1;
}

static inline const char *packet_text(const struct packet *p, struct line *l)
{
	static const char *const kinds[] = {"broken", "link", "fragment", "ip", "tcp", "udp", "icmp"};
	static const char *const tunnels[] = {"gre",    "erspan", "vxlan", "mpls",   "pppoe",   "ipip", "nflog",
					      "geneve", "l2tp",   "gtp",   "teredo", "etherip", "pim"};
	char src[IP_TEXT_MAX], dest[IP_TEXT_MAX];
	bool ports = p->kind >= PACKET_TCP || p->src_port || p->dest_port;

	l->len = 0;
	l->text[0] = '\0';
	line_add(l, "%s%s%s", kinds[p->kind], p->decode_error ? "!" : "", p->decode_error ? p->decode_error : "");
	if (p->is_llc)
		line_add(l, " llc %02x:%02x", p->llc_dsap, p->llc_ssap);
	if (p->is_snap)
		line_add(l, " snap %06x", p->snap_oui);
	if (p->ethertype)
		line_add(l, " %04x", p->ethertype);
	for (unsigned i = 0; i < p->n_vlans; i++)
		line_add(l, "%s%u", i ? "," : " vlan ", p->vlans[i]);
	for (unsigned i = 0; i < p->n_tunnels; i++)
		line_add(l, "%s%s", i ? "," : " in ", tunnels[p->tunnels[i]]);
	if (!ip_is_none(&p->src_ip) && ports)
		line_add(l, " %s:%u > %s:%u", ip_format(&p->src_ip, src), p->src_port, ip_format(&p->dest_ip, dest),
			 p->dest_port);
	else if (!ip_is_none(&p->src_ip))
		line_add(l, " %s > %s", ip_format(&p->src_ip, src), ip_format(&p->dest_ip, dest));
	if (p->ip_proto)
		line_add(l, " proto %u", p->ip_proto);
	if (p->kind == PACKET_TCP)
		line_add(l, " seq %u ack %u win %u flags %02x", p->seq, p->ack, p->window, p->tcp_flags);
	if (p->reassembled)
		line_add(l, " reassembled");
	line_add(l, " \"");
	for (size_t i = 0; i < p->payload.len && i < 32; i++)
		line_add(l, "%02x", p->payload.ptr[i]);
	line_add(l, "\"");
	if (p->payload_wire_len != p->payload.len || p->payload.len > 32)
		line_add(l, "%zu/%u", p->payload.len, p->payload_wire_len);
	for (unsigned i = 0; i < p->n_senders; i++) {
		line_add(l, "%s", i ? "," : " by ");
		line_add(l, "%s",
			 p->senders[i].is_mac ? mac_format(&p->senders[i].mac, src)
					      : ip_format(&p->senders[i].ip, src));
	}
	return l->text;
}

/** Bytes of hexadecimal text, blanks ignored. @return an exact-size copy on the heap, so that a sanitizer sees any read
 * beyond it. */
static inline struct span bytes_of_hex(const char *hex)
{
	uint8_t *out = malloc(strlen(hex) / 2 + 1);
	size_t n = 0;
	int high = -1;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		int digit = *hex <= '9' ? *hex - '0' : (*hex | 0x20) - 'a' + 10;
		if (high < 0) {
			high = digit;
			continue;
		}
		out[n++] = (uint8_t)(high << 4 | digit);
		high = -1;
	}
	return span_of(out, n);
}

#endif
