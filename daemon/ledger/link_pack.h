/*
 * What makes a conversation small in memory (struct link): most addresses are of four bytes and most counts small, what
 * needs more stands in a row beside the table; and that it is to be written is a bit in a row of them (marks.h).
 */
#ifndef SEKISHO_LEDGER_LINK_PACK_H
#define SEKISHO_LEDGER_LINK_PACK_H

#include <stdint.h>

#include "base/net_addr.h"
#include "ledger/mark.h"

struct ledger;
struct link;
struct link_totals;

/** After the table of conversations. @return 0, or -ENOMEM. */
int link_pack_init(struct ledger *l);
void link_pack_deinit(struct ledger *l);
uint64_t link_pack_ceiling_bytes(uint32_t links);

/** The address at which @end (0: source, 1: destination) was seen last; none where it has none. */
struct ip_addr link_ip(const struct ledger *l, const struct link *k, unsigned end);
void link_set_ip(struct ledger *l, struct link *k, unsigned end, const struct ip_addr *ip);

/** What was counted of @k. */
struct link_totals link_total(const struct ledger *l, const struct link *k);
uint64_t link_functions(const struct ledger *l, const struct link *k);

/** Adds @more to it, which stays at the most that 63 bits can say. */
void link_count(struct ledger *l, struct link *k, const struct link_totals *more);

/** @k is about to be removed. */
void link_forget_more(struct ledger *l, struct link *k);

/** @k is to be written: with the next batch that writes @mark (ledger_write.c). */
void link_mark(struct ledger *l, struct link *k, enum mark mark);
void link_unmark(struct ledger *l, struct link *k);

#endif
