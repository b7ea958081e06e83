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

/* How it is written, in short: room for some bytes, and a comma where one is due. Inline, for records are many. */

/** Slow way of json_room(): the buffer grows. */
char *json_grow(struct json *j, size_t n);

/** Room for @n more bytes and a NUL; the buffer never gets larger than the limit. @return NULL beyond it. */
static inline char *json_room(struct json *j, size_t n)
{
	if (j->overflow)
		return NULL;
	return n < j->cap && j->len < j->cap - n ? j->buf + j->len : json_grow(j, n);
}

/** Appends bytes as they are, outside of JSON's grammar: the newline after a record. */
static inline void json_put(struct json *j, const char *bytes, size_t len)
{
	char *at = json_room(j, len);

	if (at) {
		memcpy(at, bytes, len);
		j->len += len;
	}
}

static inline void json_value_begins(struct json *j)
{
	if (j->after_key) {
		j->after_key = false;
		return;
	}
	if (j->has_member[j->depth])
		json_put(j, ",", 1);
	j->has_member[j->depth] = true;
}

void json_object_begin(struct json *j);
void json_object_end(struct json *j);
void json_array_begin(struct json *j);
void json_array_end(struct json *j);

/** @key: of the program, not of the wire; not escaped. */
static inline void json_key_n(struct json *j, const char *key, size_t len)
{
	json_value_begins(j);
	char *at = json_room(j, len + 3);
	if (at) {
		*at++ = '"';
		memcpy(at, key, len);
		at[len] = '"';
		at[len + 1] = ':';
		j->len += len + 3;
	}
	j->after_key = true;
}

static inline void json_key(struct json *j, const char *key)
{
	json_key_n(j, key, strlen(key)); /* known to the compiler where it is a literal */
}

void json_u64(struct json *j, uint64_t v);
void json_i64(struct json *j, int64_t v);
/** @n values in a row: big-endian 16-bit numbers, and bits, least significant first. */
void json_u16s(struct json *j, const uint8_t *at, size_t n);
void json_bits(struct json *j, const uint8_t *at, size_t n);
/** NaN and the infinities, which JSON does not know, become null. */
void json_f64(struct json *j, double v);
void json_bool(struct json *j, bool v);
void json_null_value(struct json *j);
void json_text(struct json *j, struct span text);
void json_str(struct json *j, const char *text);
/** Lower-case hexadecimal digits, as a string. */
void json_hex(struct json *j, struct span bytes);
/** Is nothing of @text escaped when it is written? */
bool json_is_plain(const char *text);
/** A text that json_is_plain(). */
static inline void json_plain(struct json *j, const char *text, size_t len)
{
	json_value_begins(j);
	char *at = json_room(j, len + 2);
	if (at) {
		*at++ = '"';
		memcpy(at, text, len);
		at[len] = '"';
		j->len += len + 2;
	}
}

/** What was put down so far ends within an object that has members already: what comes next is another of them. */
static inline void json_resume(struct json *j)
{
	j->depth = 1;
	j->has_member[1] = true;
	j->after_key = false;
}

/** One value that is JSON already, or one or more members of the open object that are. */
static inline void json_raw(struct json *j, struct span value)
{
	json_value_begins(j);
	json_put(j, (const char *)value.ptr, value.len);
}

/** A key as it is written, with its quotes and colon: `"name":`. */
static inline void json_key_raw(struct json *j, const char *key, size_t len)
{
	json_value_begins(j);
	json_put(j, key, len);
	j->after_key = true;
}

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
