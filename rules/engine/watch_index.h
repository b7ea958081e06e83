/*
 * Which of many conditions a record can make true at all.
 *
 * Most conditions begin with what is rare: `modbus.function_raw == 8 and ...`. Of each, one comparison with few values
 * that must hold (the one by whose name most of the others are told apart) is put into a table by value; a record's
 * value then names the conditions worth asking. Conditions without such a comparison are asked always.
 *
 * Lifetime: that of the rule set. Asking changes nothing, so any thread may.
 */
#ifndef SEKISHO_RULES_WATCH_INDEX_H
#define SEKISHO_RULES_WATCH_INDEX_H

#include "base/arena.h"
#include "event/event.h"

struct watch;
struct watch_index;

enum {
	WATCH_INDEX_MAX = 16384, /* conditions of one index */
	WATCH_INDEX_WORDS = WATCH_INDEX_MAX / 64,
};

/**
 * Indexes @watches, which look at records of @table and live as long. @wire: by what the wire alone says of their
 * conditions.
 * @return NULL where memory is short, or there are more than WATCH_INDEX_MAX.
 */
struct watch_index *watch_index_new(struct arena *arena, const struct field_table *table,
				    const struct watch *const *watches, size_t n, bool wire);

/** Sets the bits of those that @ev may make true. @return words of @bits that are in use. */
size_t watch_index_ask(const struct watch_index *x, const struct event *ev, uint64_t bits[static WATCH_INDEX_WORDS]);

#endif
