/* What a device does on the network, and whether somebody knows it, in words. */
#ifndef SEKISHO_APP_ROLE_WORDS_H
#define SEKISHO_APP_ROLE_WORDS_H

#include <stddef.h>

#include "event/endpoint.h"

/**
 * The words of roles as the ledger holds them: kinds of devices (kinds.h), `modbus_server`, `smb_client` and the like;
 * others as they are.
 * @roles: separated by blanks. @return @buf, what does not fit left out.
 */
const char *role_words(const char *roles, char *buf, size_t size);

/** The name of a protocol: "OPC UA" for `opcua`; one that is spelt as its token is that in capitals. @return @buf or a
 * constant. */
const char *protocol_word(const char *token, char *buf, size_t size);

/** Is it in the register? "yes", "NO", or "-" where that cannot be said. */
const char *registered_word(enum registered registered);

#endif
