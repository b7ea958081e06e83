/*
 * Values that a client offers only so that servers stay used to unknown ones (RFC 8701, 2).
 */
#ifndef SEKISHO_DISSECTORS_DISCOVERY_GREASE_H
#define SEKISHO_DISSECTORS_DISCOVERY_GREASE_H

#include <stdbool.h>
#include <stdint.h>

/** 0x0a0a, 0x1a1a ... 0xfafa. */
static inline bool is_grease(uint16_t number)
{
	return (number & 0x0f0f) == 0x0a0a && number >> 8 == (number & 0xff);
}

#endif
