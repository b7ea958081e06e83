/*
 * Writes JSON (RFC 8259) into a buffer that grows up to a limit.
 *
 * Commas come by themselves. (Names keep clear of jansson's json_object(), json_array() and json_null(), which other
 * parts link.) Text from the wire goes through json_text(): valid UTF-8 stays, control characters, DEL, the C1
 * controls, the separators U+2028/9, bidirectional controls and all bytes that are no UTF-8 become \u00XX (byte by
 * byte) or \uXXXX, so a record is always one line of valid JSON that cannot steer a terminal.
 */
#ifndef SEKISHO_BASE_JSON_H
#define SEKISHO_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"

enum { JSON_DEPTH_MAX = 32 };

struct json {
	char *buf;
	size_t len, cap, limit;
	unsigned depth;
	bool has_member[JSON_DEPTH_MAX];
	bool after_key;
	bool overflow; /* the limit was reached or memory was short: what is in the buffer is not whole */
};

/** @limit: most bytes. The buffer is allocated at the first write. */
void json_init(struct json *j, size_t limit);
void json_deinit(struct json *j);
void json_reset(struct json *j);

/** The text so far, NUL-terminated; borrowed until the next call. "" where nothing was written. */
const char *json_cstr(struct json *j);

void json_object_begin(struct json *j);
void json_object_end(struct json *j);
void json_array_begin(struct json *j);
void json_array_end(struct json *j);

/** @key: of the program, not of the wire; not escaped. */
void json_key_n(struct json *j, const char *key, size_t len);
static inline void json_key(struct json *j, const char *key)
{
	json_key_n(j, key, strlen(key)); /* known to the compiler where it is a literal */
}

void json_u64(struct json *j, uint64_t v);
void json_i64(struct json *j, int64_t v);
/** NaN and the infinities, which JSON does not know, become null. */
void json_f64(struct json *j, double v);
void json_bool(struct json *j, bool v);
void json_null_value(struct json *j);
void json_text(struct json *j, struct span text);
void json_str(struct json *j, const char *text);
/** Lower-case hexadecimal digits, as a string. */
void json_hex(struct json *j, struct span bytes);
/** One value that is JSON already. */
void json_raw(struct json *j, struct span value);

/** Appends bytes as they are, outside of JSON's grammar: the newline after a record. */
void json_put(struct json *j, const char *bytes, size_t len);

static inline void json_kv_u64(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_u64(j, v);
}

static inline void json_kv_str(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_str(j, text);
}

static inline void json_kv_text(struct json *j, const char *key, struct span text)
{
	json_key(j, key);
	json_text(j, text);
}

static inline void json_kv_bool(struct json *j, const char *key, bool v)
{
	json_key(j, key);
	json_bool(j, v);
}

#endif
