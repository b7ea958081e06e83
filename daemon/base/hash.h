/*
 * A keyed hash for tables whose keys come from the wire.
 *
 * Multiply-and-fold over eight bytes at a time. Not for cryptography: the seed, random in the daemon and fixed for
 * captures read from files, keeps an attacker from preparing collisions.
 */
#ifndef SEKISHO_BASE_HASH_H
#define SEKISHO_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_K0 UINT64_C(0x9e3779b97f4a7c15)
#define HASH_K1 UINT64_C(0xd6e8feb86659fd93)

/** 0 gives the same order in every run. Changed by nobody but hash_seed_at_random(). */
extern uint64_t hash_seed;

/** The first thing that the daemon's main does: what was hashed before is not found again, rules compiled included. */
void hash_seed_at_random(void);

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 wide = (unsigned __int128)a * b;
	return (uint64_t)wide ^ (uint64_t)(wide >> 64);
}

/* The seed stands on the value's side as well: who could choose the value that makes this factor zero would have all
 * hashes alike. */
static inline uint64_t hash_u64(uint64_t h, uint64_t v)
{
	return hash_fold(h ^ HASH_K0, v ^ HASH_K1 ^ hash_seed);
}

static inline uint64_t hash_bytes(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t h = hash_seed ^ (len * HASH_K1), v;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&v, p, 8);
		h = hash_u64(h, v);
	}
	if (len > 0) {
		v = 0;
		memcpy(&v, p, len);
		h = hash_u64(h, v);
	}
	/* Not HASH_K1, with which hash_u64() multiplies by zero. */
	return hash_u64(h, HASH_K0);
}

static inline uint64_t hash_load(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* One to fifteen bytes as two words. Loads that overlap, because a copy of any length would be a call, and what it
 * wrote in pieces could not be read as words at once. */
static inline void hash_short(const uint8_t *p, size_t len, uint64_t v[2])
{
	uint32_t low, high;

	v[1] = 0;
	if (len >= 8) {
		v[0] = hash_load(p);
		v[1] = hash_load(p + len - 8);
	} else if (len >= 4) {
		memcpy(&low, p, sizeof(low));
		memcpy(&high, p + len - sizeof(high), sizeof(high));
		v[0] = (uint64_t)high << 32 | low;
	} else {
		v[0] = (uint64_t)p[0] | (uint64_t)p[len / 2] << 8 | (uint64_t)p[len - 1] << 16;
	}
}

/* The same purpose for many bytes: two rows of multiplications that do not wait for each other, 32 bytes a step, the
 * last of them once more where they are no multiple. */
static inline uint64_t hash_bulk(const void *data, size_t len)
{
	enum { STEP = 32 };
	const uint8_t *p = data, *end = p + len;
	uint64_t a = hash_seed ^ (len * HASH_K1), b = ~hash_seed ^ HASH_K0, v[4] = {0};

	if (len > 0 && len < STEP) {
		if (len < 16) {
			hash_short(p, len, v);
		} else {
			v[0] = hash_load(p);
			v[1] = hash_load(p + 8);
			v[2] = hash_load(end - 16);
			v[3] = hash_load(end - 8);
		}
		a = hash_fold(v[0] ^ HASH_K1 ^ hash_seed, v[1] ^ a);
		b = hash_fold(v[2] ^ HASH_K1 ^ hash_seed, v[3] ^ b);
	}
	for (size_t left = len; len >= STEP && left > 0; left = left > STEP ? left - STEP : 0) {
		const uint8_t *at = left >= STEP ? end - left : end - STEP;
		a = hash_fold(hash_load(at) ^ HASH_K1 ^ hash_seed, hash_load(at + 8) ^ a);
		b = hash_fold(hash_load(at + 16) ^ HASH_K1 ^ hash_seed, hash_load(at + 24) ^ b);
	}
	return hash_fold(a ^ HASH_K0, b ^ HASH_K1 ^ hash_seed);
}

#endif
