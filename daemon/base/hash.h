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

/* The same purpose for many bytes: two rows of multiplications that do not wait for each other, 16 bytes a step. */
static inline uint64_t hash_bulk(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t a = hash_seed ^ (len * HASH_K1), b = ~hash_seed ^ HASH_K0, v[4];

	for (; len >= sizeof(v); p += sizeof(v), len -= sizeof(v)) {
		memcpy(v, p, sizeof(v));
		a = hash_fold(v[0] ^ HASH_K1 ^ hash_seed, v[1] ^ a);
		b = hash_fold(v[2] ^ HASH_K1 ^ hash_seed, v[3] ^ b);
	}
	if (len > 0) {
		memset(v, 0, sizeof(v));
		memcpy(v, p, len);
		a = hash_fold(v[0] ^ HASH_K1 ^ hash_seed, v[1] ^ a);
		b = hash_fold(v[2] ^ HASH_K1 ^ hash_seed, v[3] ^ b);
	}
	return hash_fold(a ^ HASH_K0, b ^ HASH_K1 ^ hash_seed);
}

#endif
