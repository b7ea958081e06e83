/*
 * What the ledger observed of a device, in words: what it is of, from where, and what was seen where that is a token.
 */
#ifndef SEKISHO_APP_OBSERVED_WORDS_H
#define SEKISHO_APP_OBSERVED_WORDS_H

#include <stddef.h>

/** "serial number" for `serial`; also what papers are contradicted in. As it is where it has no word. */
const char *observed_attr_word(const char *token);

/** Each of @tokens, separated by blanks, behind a comma. @return @buf, what does not fit left out. */
const char *observed_attr_words(const char *tokens, char *buf, size_t size);

/** "Modbus device identification" for `modbus_device_id`, "LLDP" for `lldp`. @return @buf or a word of the catalogue. */
const char *observed_source_word(const char *token, char *buf, size_t size);

/** What was seen of @attr, where that is a token: what it does, its role, zone or phase; else @value. @return @buf or
 * another text that lives as long. */
const char *observed_value_word(const char *attr, const char *value, char *buf, size_t size);

#endif
