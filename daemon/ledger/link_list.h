/*
 * Which conversations an asset has part in: lists by the hash of its number, so that what happens to one asset costs
 * its own conversations and not the whole table. A list stands in the order of the table of conversations, by use.
 *
 * Every entry of that table whose key names an asset stands in them: whoever inserts, touches or removes one says so
 * here.
 */
#ifndef SEKISHO_LEDGER_LINK_LIST_H
#define SEKISHO_LEDGER_LINK_LIST_H

#include <stdbool.h>
#include <stdint.h>

struct ledger;
struct link;

/** @return 0, or -ENOMEM. */
int link_lists_init(struct ledger *l);
void link_lists_deinit(struct ledger *l);
uint64_t link_lists_bytes(void);

/** @k was inserted. */
void link_list_add(struct ledger *l, struct link *k);

/** @k is about to be removed. */
void link_list_drop(struct ledger *l, struct link *k);

/** @k was touched: it is the one used last. */
void link_list_touch(struct ledger *l, struct link *k);

/** Asks the cache for the list of asset @no; the second time for the conversation that the next one is put behind. */
void link_list_fetch(const struct ledger *l, uint64_t no, bool newest);

/** Where a walk stands; {0} at first. */
struct link_walk {
	uint32_t next;
	bool begun;
};

/** The next conversation in whose key asset @no may stand (others of the same hash come by too), the one unused longest
 * first; NULL after the last. What was returned may be removed. */
struct link *link_list_next(const struct ledger *l, uint64_t no, struct link_walk *w);

#endif
