#include "engine/groupkey.h"

enum tag { TAG_MISSING, TAG_KEY, TAG_IP, TAG_MAC, TAG_TEXT, TAG_ASSET };

static uint8_t *put_u64(uint8_t *at, enum tag tag, uint64_t v)
{
	*at++ = (uint8_t)tag;
	for (int shift = 56; shift >= 0; shift -= 8)
		*at++ = (uint8_t)(v >> shift);
	return at;
}

static uint8_t *put_bytes(uint8_t *at, enum tag tag, const void *bytes, size_t n)
{
	*at++ = (uint8_t)tag;
	memcpy(at, bytes, n);
	return at + n;
}

static uint8_t *put_text(uint8_t *at, struct span text)
{
	text = span_head(text, GROUPKEY_TEXT_MAX);
	*at++ = TAG_TEXT;
	*at++ = (uint8_t)(text.len >> 8);
	*at++ = (uint8_t)text.len;
	if (text.len > 0)
		memcpy(at, text.ptr, text.len);
	return at + text.len;
}

static uint8_t *put_asset(uint8_t *at, const struct operand *op, const struct event *ev)
{
	const struct endpoint *e = operand_end(op, ev);
	const struct ip_addr *ip = op->dest ? &ev->at.dest_ip : &ev->at.src_ip;
	const struct mac *mac = op->dest ? &ev->at.dest_mac : &ev->at.src_mac;

	if (e && e->asset_no != 0)
		return put_u64(at, TAG_ASSET, e->asset_no);
	if (!ip_is_none(ip))
		return put_bytes(at, TAG_IP, ip->b, sizeof(ip->b));
	if (ev->at.has_ether)
		return put_bytes(at, TAG_MAC, mac->b, sizeof(mac->b));
	*at++ = TAG_MISSING;
	return at;
}

static uint8_t *put_value(uint8_t *at, const struct operand *op, const struct event *ev)
{
	struct operand_walk w = {0, 0};
	struct ip_addr ip;
	struct span text;
	uint64_t key;

	if (op->source == SOURCE_END_ASSET)
		return put_asset(at, op, ev);
	if (op->type == VALUE_IP) {
		if (operand_ip(op, ev, &w, &ip))
			return put_bytes(at, TAG_IP, ip.b, sizeof(ip.b));
	} else if (op->type == VALUE_TEXT || op->type == VALUE_BYTES) {
		if (operand_text(op, ev, &w, &text))
			return put_text(at, text);
	} else if (operand_key(op, ev, &w, &key)) {
		return put_u64(at, TAG_KEY, key);
	}
	*at++ = TAG_MISSING;
	return at;
}

size_t groupkey_of(const struct operand *by, size_t n, const struct event *ev, uint8_t buf[static GROUPKEY_MAX])
{
	uint8_t *at = buf;

	for (size_t i = 0; i < n && i < GROUPKEY_NAMES_MAX; i++)
		at = put_value(at, &by[i], ev);
	return (size_t)(at - buf);
}
