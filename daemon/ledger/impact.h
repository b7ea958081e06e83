/*
 * What an incident at a device means for the business: usage times use case (ledger.md 5.3, IPA's guide 4.2.2). The
 * cells are IPA's examples until the site decides otherwise; each decision stands in the audit trail.
 */
#ifndef SEKISHO_LEDGER_IMPACT_H
#define SEKISHO_LEDGER_IMPACT_H

#include <sqlite3.h>

#include "event/endpoint.h"
#include "ledger/register_write.h"

enum { IMPACT_USAGES = 3, IMPACT_USE_CASES = 2 };

struct impact_matrix {
	enum impact cell[IMPACT_USAGES][IMPACT_USE_CASES];
};

/** The tokens of its rows and columns, in their order: usages from what counts for most. */
extern const char *const impact_usages[IMPACT_USAGES], *const impact_use_cases[IMPACT_USE_CASES];

/** The usage of this token, as it stands in impact_usages; NULL where it is none. */
const char *impact_usage(const char *usage);

/** What counts for more has the higher number; 0: no usage. */
int impact_usage_rank(const char *usage);

/** The site's matrix. @return SQLITE_OK or what SQLite says; without a database (NULL) IPA's examples. */
int impact_load(struct impact_matrix *m, sqlite3 *db);

/** The cell of two tokens; unknown where one is none. */
enum impact impact_of(const struct impact_matrix *m, const char *usage, const char *use_case);

/** How much a factory zone matters, 1 to 5 (ledger.md 5.2); 0: nobody said. */
uint8_t impact_zone(const char *fa_zone);

/** A person sets a cell. @return 0; -EINVAL, -errno with @c filled. */
int impact_set(const char *state_dir, const char *usage, const char *use_case, const char *impact,
	       const struct person *person, struct complaint *c);

/** The matrix for those who only read. */
int impact_read(const char *state_dir, struct impact_matrix *m, struct complaint *c);

#endif
