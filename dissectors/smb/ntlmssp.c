#include "smb/ntlmssp.h"

#include <string.h>

#include "smb/smb_text.h"

enum {
	FLAG_UNICODE = 0x00000001,
	FLAG_VERSION = 0x02000000,
	NTLM_V1_BYTES = 24,
	LM_CLIENT_CHALLENGE_BYTES = 8, /* of an LM response that carries nothing else: extended session security */
	AV_MAX = 32,
};

enum av_id { AV_END, AV_NB_COMPUTER, AV_NB_DOMAIN, AV_DNS_COMPUTER };

/* A security buffer: | length u16 | room u16 | offset u32 |, the offset from the start of the message. */
static struct span buffer(struct cursor *c, struct span message)
{
	uint16_t length = cur_u16le(c);
	cur_skip(c, 2);
	uint32_t offset = cur_u32le(c);
	struct span s = span_skip(message, offset);

	return cur_ok(c) && s.len >= length ? span_head(s, length) : (struct span){NULL, 0};
}

/* | major u8 | minor u8 | build u16 | reserved 3 | revision u8 |, 2.2.2.10 */
static struct span version(struct arena *a, struct cursor *c)
{
	uint8_t major = cur_u8(c), minor = cur_u8(c);
	uint16_t build = cur_u16le(c);

	cur_skip(c, 4);
	return cur_ok(c) && (major | minor | build) ? smb_version(a, major, minor, build) : (struct span){NULL, 0};
}

/* A list of | id u16 | length u16 | value |, 2.2.2.1 */
static void target_info(struct arena *a, struct span info, struct ntlmssp *out)
{
	struct cursor c = cur_of(info);

	for (unsigned i = 0; i < AV_MAX && cur_left(&c) >= 4; i++) {
		uint16_t id = cur_u16le(&c);
		struct span value = cur_span(&c, cur_u16le(&c));
		if (!cur_ok(&c) || id == AV_END)
			return;
		if (id == AV_NB_COMPUTER)
			out->server_name = smb_utf8(a, value);
		else if (id == AV_NB_DOMAIN)
			out->server_domain = smb_utf8(a, value);
		else if (id == AV_DNS_COMPUTER)
			out->server_dns = smb_utf8(a, value);
	}
}

static bool challenge(struct arena *a, struct cursor *c, struct span message, struct ntlmssp *out)
{
	struct span target = buffer(c, message);
	uint32_t flags = cur_u32le(c);

	cur_skip(c, 16);
	if (!cur_ok(c))
		return false;
	out->target = smb_text(a, target, flags & FLAG_UNICODE);
	target_info(a, buffer(c, message), out);
	if (flags & FLAG_VERSION)
		out->version = version(a, c);
	return true;
}

static bool all_zero(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != 0)
			return false;
	}
	return true;
}

/*
 * Lengths are taken from the fields, for the responses themselves may lie beyond what was kept of the message.
 */
static enum ntlm_version strength(uint16_t lm_bytes, uint16_t nt_bytes, struct span lm)
{
	if (nt_bytes > NTLM_V1_BYTES)
		return NTLM_V2;
	if (nt_bytes == NTLM_V1_BYTES) {
		struct span tail = span_skip(lm, LM_CLIENT_CHALLENGE_BYTES);
		return tail.len > 0 && all_zero(tail) ? NTLM_V1_ESS : NTLM_V1;
	}
	return lm_bytes >= NTLM_V1_BYTES ? NTLM_LM : NTLM_ANONYMOUS;
}

static bool authenticate(struct arena *a, struct cursor *c, struct span message, struct ntlmssp *out)
{
	struct cursor lengths = *c;
	uint16_t lm_bytes = cur_u16le(&lengths);
	cur_skip(&lengths, 6);
	uint16_t nt_bytes = cur_u16le(&lengths);
	struct span lm = buffer(c, message);

	(void)buffer(c, message);
	struct span domain = buffer(c, message), user = buffer(c, message), host = buffer(c, message);
	(void)buffer(c, message);
	if (!cur_ok(c))
		return false;
	struct cursor late = *c;
	uint32_t flags = cur_u32le(&late);
	/* the oldest clients end here, without flags, and write OEM text */
	bool unicode = cur_ok(&late) && (flags & FLAG_UNICODE);
	out->domain = smb_text(a, domain, unicode);
	out->user = smb_text(a, user, unicode);
	out->host = smb_text(a, host, unicode);
	out->strength = strength(lm_bytes, nt_bytes, lm);
	if (cur_ok(&late) && (flags & FLAG_VERSION))
		out->version = version(a, &late);
	return true;
}

bool ntlmssp_read(struct arena *a, struct span token, struct ntlmssp *out)
{
	static const uint8_t signature[8] = "NTLMSSP";
	struct cursor c = cur_of(token);
	struct span start = cur_span(&c, sizeof(signature));
	uint32_t type = cur_u32le(&c);

	*out = (struct ntlmssp){.type = (enum ntlm_type)type};
	if (!cur_ok(&c) || !span_eq(start, span_of(signature, sizeof(signature))))
		return false;
	switch (type) {
	case NTLM_NEGOTIATE: {
		uint32_t flags = cur_u32le(&c);
		cur_skip(&c, 16);
		if (cur_ok(&c) && (flags & FLAG_VERSION))
			out->version = version(a, &c);
		return true;
	}
	case NTLM_CHALLENGE:
		return challenge(a, &c, token, out);
	case NTLM_AUTHENTICATE:
		return authenticate(a, &c, token, out);
	default:
		return false;
	}
}
