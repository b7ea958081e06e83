/*
 * What ledger.db may take of the disk. Who scans, and who sends from addresses that change, makes conversations without
 * end; what memory has no room for stays in the database. Where that is over its share, conversations go that are not
 * in memory - so each was seen longer ago than all that are - and of which the baseline has learnt nothing, by the
 * order of first sight. Devices, the register, decisions of people and the audit trail stay.
 *
 * A part with each batch that is written, on the same thread: some thousand rows are looked at, in milliseconds.
 */
#ifndef SEKISHO_LEDGER_RETAIN_H
#define SEKISHO_LEDGER_RETAIN_H

struct ledger;

/** After a batch was committed, outside of a transaction. What fails is tried again with the next one. */
void retain(struct ledger *l);

#endif
