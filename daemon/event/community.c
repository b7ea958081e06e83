#include <netinet/in.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/message_digest.h"
#include "event/event_json.h"

/*
 * Community ID v1 (https://github.com/corelight/community-id-spec):
 *
 *   | seed u16 | lesser address | greater address | proto u8 | pad u8 | port of lesser u16 | port of greater u16 |
 *
 * hashed by SHA-1, written in base64 behind "1:". ICMP's types and codes stand where ports do, already ordered by the
 * decoder.
 */
/* ICMP types that answer each other stand in the ports' places and are ordered like ports; a type that nothing answers
 * is not (its code is no peer). */
static bool one_way(const struct origin *at)
{
	static const uint8_t v4[][2] = {{0, 8},   {8, 0},   {9, 10},  {10, 9},  {13, 14},
					{14, 13}, {15, 16}, {16, 15}, {17, 18}, {18, 17}};
	static const uint8_t v6[][2] = {{128, 129}, {129, 128}, {130, 131}, {131, 130}, {133, 134}, {134, 133},
					{135, 136}, {136, 135}, {139, 140}, {140, 139}, {144, 145}, {145, 144}};
	bool is_v6 = at->ip_proto == IPPROTO_ICMPV6;
	const uint8_t(*pair)[2] = is_v6 ? v6 : v4;
	size_t n = is_v6 ? sizeof(v6) / sizeof(v6[0]) : sizeof(v4) / sizeof(v4[0]);

	if (!is_v6 && at->ip_proto != IPPROTO_ICMP)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (pair[i][0] == at->src_port && pair[i][1] == at->dest_port)
			return false;
	}
	return true;
}

bool community_id(const struct origin *at, char buf[static 40])
{
	uint8_t msg[2 + 16 + 16 + 2 + 4], digest[SHA1_BYTES];
	const struct ip_addr *low = &at->src_ip, *high = &at->dest_ip;
	uint16_t low_port = at->src_port, high_port = at->dest_port;
	bool v4 = ip_is_v4(low);
	size_t skip = v4 ? 12 : 0, n = 0;
	bool ports = at->ip_proto == IPPROTO_TCP || at->ip_proto == IPPROTO_UDP || at->ip_proto == IPPROTO_SCTP ||
		     at->ip_proto == IPPROTO_ICMP || at->ip_proto == IPPROTO_ICMPV6;

	if (at->ip_proto == 0 || ip_is_none(low) || ip_is_none(high))
		return false;
	int order = memcmp(low->b, high->b, sizeof(low->b));
	if (!one_way(at) && (order > 0 || (order == 0 && low_port > high_port))) {
		low = &at->dest_ip, high = &at->src_ip;
		low_port = at->dest_port, high_port = at->src_port;
	}
	msg[n++] = 0;
	msg[n++] = 0;
	memcpy(msg + n, low->b + skip, 16 - skip);
	n += 16 - skip;
	memcpy(msg + n, high->b + skip, 16 - skip);
	n += 16 - skip;
	msg[n++] = at->ip_proto;
	msg[n++] = 0;
	if (ports) {
		msg[n++] = (uint8_t)(low_port >> 8);
		msg[n++] = (uint8_t)low_port;
		msg[n++] = (uint8_t)(high_port >> 8);
		msg[n++] = (uint8_t)high_port;
	}
	sha1_of(span_of(msg, n), digest);
	memcpy(buf, "1:", 2);
	EVP_EncodeBlock((unsigned char *)buf + 2, digest, sizeof(digest));
	return true;
}
