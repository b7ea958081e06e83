/*
 * The tables of ledger.db: as they are, and what brings those of former versions there.
 *
 * A change of them is a change of ledger_schema, a step at the end of ledger_schema_steps, one more LEDGER_SCHEMA, and
 * a dump of what the former version wrote (tests/schemas): a test holds what steps make of each dump against
 * ledger_schema.
 */
#ifndef SEKISHO_LEDGER_SCHEMA_H
#define SEKISHO_LEDGER_SCHEMA_H

enum { LEDGER_SCHEMA = 13 };

/** Makes a new database's, in one go. */
extern const char ledger_schema[];

/** [i] brings version i + 1 to i + 2. Never change one that was shipped. */
extern const char *const ledger_schema_steps[LEDGER_SCHEMA - 1];

#endif
