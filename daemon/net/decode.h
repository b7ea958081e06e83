/*
 * From a frame to a packet: link layer, VLANs, tunnels, IP, fragments, TCP, UDP, ICMP.
 */
#ifndef SEKISHO_NET_DECODE_H
#define SEKISHO_NET_DECODE_H

#include "base/json.h"
#include "net/capture.h"
#include "net/packet.h"

struct decoder;

/** Where another packet may stand inside: protocol numbers of IP that <netinet/in.h> lacks, and ports of UDP. */
enum {
	IPPROTO_ETHERIP = 97,
	IPPROTO_MPLS_IN_IP = 137,
	IPPROTO_ETHERNET_IN_IP = 143,
	PORT_L2TP = 1701,
	PORT_GTP_U = 2152,
	PORT_TEREDO = 3544,
	PORT_VXLAN = 4789, /* RFC 7348 */
	PORT_GENEVE = 6081,
	PORT_VXLAN_LINUX = 8472, /* before VXLAN had a number */
};

struct decoder_options {
	uint32_t fragments_max;      /* datagrams being reassembled; 0: 1024 */
	uint32_t fragment_bytes_max; /* bytes kept for them in all; 0: 4 MiB */
	uint16_t vxlan_ports[4];     /* 0-terminated; none: PORT_VXLAN, PORT_VXLAN_LINUX */
	bool no_reassembly;          /* fragments stay fragments, also the last one of a datagram */
};

struct decoder *decoder_new(const struct decoder_options *o);
void decoder_free(struct decoder *d);

/** Takes @f apart into @p, which may be uninitialised. Always fills @p; broken frames have a kind and a reason. */
void decode_frame(struct decoder *d, const struct frame_in *f, struct packet *p);

bool decode_knows_linktype(int linktype);

/** Writes the member `"errors":{...}` of the stats record into the open object: reason token to count, those that
 * occurred. */
void decoder_stats(const struct decoder *d, struct json *out);

/** Memory ceiling of a decoder with these options. */
uint64_t decoder_ceiling_bytes(const struct decoder_options *o);

#endif
