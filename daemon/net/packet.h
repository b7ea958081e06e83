/*
 * One frame taken apart: layers 2 to 4, tunnels removed. Everything points into the frame (or, for a reassembled
 * datagram, into the defragmenter's buffer, good until the next call).
 */
#ifndef SEKISHO_NET_PACKET_H
#define SEKISHO_NET_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/net_addr.h"
#include "event/event.h"

/** As far as the headers hold together: a TCP segment with a bad data offset is PACKET_IP with a decode_error. */
enum packet_kind {
	PACKET_BROKEN,   /* not even the link layer holds: decode_error says why */
	PACKET_LINK,     /* not IP: ethertype and payload are set */
	PACKET_FRAGMENT, /* kept for reassembly */
	PACKET_IP,       /* neither TCP, UDP nor ICMP: ip_proto and payload are set */
	PACKET_TCP,
	PACKET_UDP,
	PACKET_ICMP,
};

enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10 };

/** Nine Ethernet and IP headers (eight encapsulations) and what an ICMP error quotes. */
enum { PACKET_SENDERS_MAX = 24 };

struct packet {
	enum packet_kind kind;
	int64_t ts_ns;
	uint64_t frame;
	uint32_t wire_len;        /* of the whole frame */
	const char *decode_error; /* a token, for the counter of decode errors; NULL where all is well */

	bool has_ether;
	uint8_t ether_depth;          /* tunnels around the Ethernet header that the addresses are of */
	struct mac src_mac, dest_mac; /* innermost Ethernet (or Linux cooked: sender only) */
	uint16_t ethertype;           /* innermost; LLC frames: 0 with llc_* set */
	uint32_t snap_oui;            /* SNAP: organisation, with ethertype its protocol id */
	bool is_llc, is_snap;
	uint8_t llc_dsap, llc_ssap;
	uint8_t n_vlans, n_tunnels;
	uint16_t vlans[EVENT_VLANS_MAX];
	uint8_t tunnels[EVENT_TUNNELS_MAX];

	struct ip_addr src_ip, dest_ip;
	uint8_t ip_proto, ttl;
	bool reassembled;
	uint16_t ip_id;               /* IPv4 identification; IPv6: the low half of the fragment header's, else 0 */
	uint16_t fragment_at;         /* PACKET_FRAGMENT: offset of its bytes in the datagram */
	uint16_t src_port, dest_port; /* ICMP: type and code as Community ID orders them */

	uint32_t seq, ack;
	uint16_t window;
	uint8_t tcp_flags;

	struct span piece;         /* reassembled: what this very frame has of the (outermost) datagram */
	struct span l4;            /* what IP carries, from the TCP, UDP or ICMP header on */
	struct span payload;       /* what was captured of it */
	uint32_t payload_wire_len; /* what the headers say it has */

	/* every sender of every layer, for the count of hosts */
	uint8_t n_senders;
	struct {
		bool is_mac;
		union {
			struct mac mac;
			struct ip_addr ip;
		};
	} senders[PACKET_SENDERS_MAX];
};

#endif
