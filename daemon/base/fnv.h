/*
 * FNV-1a: a hash that is the same in every run and on every machine, for what is stored. Not for tables whose keys come
 * from the wire (base/hash.h).
 *
 * Source: draft-eastlake-fnv, sections 2 and 5.
 */
#ifndef SEKISHO_BASE_FNV_H
#define SEKISHO_BASE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_BASIS UINT64_C(14695981039346656037)

/** The hash of what @h is the hash of (FNV_BASIS: of nothing) with @len bytes behind it. */
static inline uint64_t fnv(uint64_t h, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h;
}

#endif
