#include "alert/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/digits.h"
#include "base/when.h"

static const char *const states[ALERT_STATES] = {"open", "acknowledged", "muted", "closed", "learnt"};

const char *alert_state_name(enum alert_state state)
{
	return state < ALERT_STATES ? states[state] : states[ALERT_OPEN];
}

enum alert_state alert_state_parse(const char *name)
{
	for (int i = 0; i < ALERT_STATES; i++) {
		if (strcmp(states[i], name) == 0)
			return (enum alert_state)i;
	}
	return ALERT_OPEN;
}

void group_digest(const char *rule_id, struct span group_key, uint8_t digest[static GROUP_DIGEST_BYTES])
{
	enum { INLINE_BYTES = 512 };
	size_t n_rule = strlen(rule_id) + 1; /* with its NUL: no rule's id and key run into another's */
	uint8_t text[INLINE_BYTES];

	if (n_rule > 64)
		n_rule = 64;
	memcpy(text, rule_id, n_rule);
	if (group_key.len <= INLINE_BYTES - 64) {
		if (group_key.len > 0)
			memcpy(text + n_rule, group_key.ptr, group_key.len);
		sha256_of(span_of(text, n_rule + group_key.len), digest);
	} else {
		sha256_of(group_key, text + n_rule);
		sha256_of(span_of(text, n_rule + GROUP_DIGEST_BYTES), digest);
	}
}

uint64_t group_hash(const uint8_t digest[static GROUP_DIGEST_BYTES])
{
	uint64_t h;

	memcpy(&h, digest, sizeof(h));
	return h;
}

void group_fingerprint(const uint8_t digest[static GROUP_DIGEST_BYTES], char text[static FINGERPRINT_CHARS + 1])
{
	*digits_put_hex(text, digest, FINGERPRINT_CHARS / 2) = '\0';
}

void group_alert_id(const char *sensor, const uint8_t digest[static GROUP_DIGEST_BYTES], int64_t first_seen_ns,
		    char id[static ALERT_ID_CHARS + 1])
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint8_t text[GROUP_DIGEST_BYTES + 8 + 256], hash[SHA256_BYTES], value[16];
	size_t n_sensor = strlen(sensor);
	uint64_t ms = first_seen_ns > 0 ? (uint64_t)(first_seen_ns / NS_PER_MS) : 0;

	if (n_sensor > 256)
		n_sensor = 256;
	memcpy(text, digest, GROUP_DIGEST_BYTES);
	for (int i = 0; i < 8; i++)
		text[GROUP_DIGEST_BYTES + i] = (uint8_t)((uint64_t)first_seen_ns >> (8 * i));
	memcpy(text + GROUP_DIGEST_BYTES + 8, sensor, n_sensor);
	sha256_of(span_of(text, GROUP_DIGEST_BYTES + 8 + n_sensor), hash);

	for (int i = 0; i < 6; i++)
		value[i] = (uint8_t)(ms >> (40 - 8 * i));
	memcpy(value + 6, hash, 10);
	/* 128 bits as 26 digits of 5: two zero bits stand in front */
	unsigned held = 0, bits = 2;
	size_t n = 0;
	for (size_t i = 0; i < sizeof(value); i++) {
		held = held << 8 | value[i];
		bits += 8;
		while (bits >= 5) {
			bits -= 5;
			id[n++] = digits[held >> bits & 31];
		}
		held &= (1U << bits) - 1;
	}
	id[n] = '\0';
}

uint64_t group_next_tell(uint64_t count)
{
	uint64_t at = 10;

	while (at <= count && at <= UINT64_MAX / 10)
		at *= 10;
	return at;
}
