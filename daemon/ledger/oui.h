/*
 * Who made the network card: the IEEE's registries MA-L, MA-M and MA-S as Debian's ieee-data ships them. They are
 * opened at the start and read when the first address asks; one thread asks. Without the files every vendor is unknown,
 * which one log line says.
 */
#ifndef SEKISHO_LEDGER_OUI_H
#define SEKISHO_LEDGER_OUI_H

#include <stdint.h>

#include "base/net_addr.h"

struct oui;

/** The most memory that one takes; what the registries have beyond is not known. */
uint64_t oui_ceiling_bytes(void);

/** Opens oui.csv, mam.csv and oui36.csv of @dir. Never NULL unless memory is short: without files it knows nothing. */
struct oui *oui_load(const char *dir);
void oui_free(struct oui *o);

/** The maker's name, borrowed until oui_free(), or "". A locally administered address has none. */
const char *oui_vendor(struct oui *o, const struct mac *mac);

#endif
