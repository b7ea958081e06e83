/*
 * What tells one alert of a rule from another: the values of `group_by` as bytes.
 *
 * The same values give the same bytes in every run and on every machine, because alerts outlive the process; different
 * values give different bytes, because nobody may craft traffic that hides in another alert: a value is a tag of its
 * type, its length where that varies, and its big-endian bytes; a missing one is a tag alone. `src.asset` is the
 * asset's number, and the address where no asset is known.
 */
#ifndef SEKISHO_RULES_GROUPKEY_H
#define SEKISHO_RULES_GROUPKEY_H

#include "engine/operand.h"

enum {
	GROUPKEY_NAMES_MAX = 8, /* names in one group_by */
	GROUPKEY_TEXT_MAX = EVENT_TEXT_MAX,
	GROUPKEY_MAX = GROUPKEY_NAMES_MAX * (1 + 2 + GROUPKEY_TEXT_MAX),
};

/** @return bytes written. */
size_t groupkey_of(const struct operand *by, size_t n, const struct event *ev, uint8_t buf[static GROUPKEY_MAX]);

#endif
