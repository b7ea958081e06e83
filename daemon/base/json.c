#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

void json_init(struct json *j, size_t limit)
{
	*j = (struct json){.limit = limit};
}

void json_deinit(struct json *j)
{
	free(j->buf);
	*j = (struct json){0};
}

void json_reset(struct json *j)
{
	j->len = 0;
	j->depth = 0;
	j->has_member[0] = false;
	j->after_key = false;
	j->overflow = false;
}

static char *grow(struct json *j, size_t n)
{
	if (n >= j->limit || j->len >= j->limit - n) {
		j->overflow = true;
		return NULL;
	}
	size_t cap = j->cap ? j->cap : 512;
	while (cap < j->len + n + 1)
		cap *= 2;
	if (cap > j->limit)
		cap = j->limit;
	char *buf = realloc(j->buf, cap);
	if (!buf) {
		j->overflow = true;
		return NULL;
	}
	j->buf = buf;
	j->cap = cap;
	return j->buf + j->len;
}

/* Room for @n more bytes and a NUL; the buffer never gets larger than the limit. */
static inline char *room(struct json *j, size_t n)
{
	if (j->overflow)
		return NULL;
	return n < j->cap && j->len < j->cap - n ? j->buf + j->len : grow(j, n);
}

void json_put(struct json *j, const char *bytes, size_t len)
{
	char *at = room(j, len);

	if (at) {
		memcpy(at, bytes, len);
		j->len += len;
	}
}

static void put_char(struct json *j, char c)
{
	char *at = room(j, 1);

	if (at) {
		*at = c;
		j->len++;
	}
}

const char *json_cstr(struct json *j)
{
	if (!j->buf)
		return "";
	j->buf[j->len] = '\0';
	return j->buf;
}

static void value_begins(struct json *j)
{
	if (j->after_key) {
		j->after_key = false;
		return;
	}
	if (j->has_member[j->depth])
		put_char(j, ',');
	j->has_member[j->depth] = true;
}

static void open(struct json *j, char bracket)
{
	value_begins(j);
	put_char(j, bracket);
	if (j->depth + 1 >= JSON_DEPTH_MAX) {
		j->overflow = true;
		return;
	}
	j->has_member[++j->depth] = false;
}

static void close(struct json *j, char bracket)
{
	if (j->depth > 0)
		j->depth--;
	put_char(j, bracket);
}

void json_object_begin(struct json *j)
{
	open(j, '{');
}

void json_object_end(struct json *j)
{
	close(j, '}');
}

void json_array_begin(struct json *j)
{
	open(j, '[');
}

void json_array_end(struct json *j)
{
	close(j, ']');
}

void json_key_n(struct json *j, const char *key, size_t len)
{
	value_begins(j);
	char *at = room(j, len + 3);
	if (at) {
		*at++ = '"';
		memcpy(at, key, len);
		at[len] = '"';
		at[len + 1] = ':';
		j->len += len + 3;
	}
	j->after_key = true;
}

void json_u64(struct json *j, uint64_t v)
{
	char digits[20], *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	value_begins(j);
	json_put(j, at, (size_t)(digits + sizeof(digits) - at));
}

void json_i64(struct json *j, int64_t v)
{
	if (v >= 0) {
		json_u64(j, (uint64_t)v);
		return;
	}
	char text[24];
	int n = snprintf(text, sizeof(text), "%lld", (long long)v);
	value_begins(j);
	json_put(j, text, (size_t)n);
}

void json_f64(struct json *j, double v)
{
	char text[32];

	if (!isfinite(v)) {
		json_null_value(j);
		return;
	}
	int n = snprintf(text, sizeof(text), "%.17g", v);
	double back = strtod(text, NULL);
	for (int digits = 6; digits < 17 && back == v; digits++) {
		char shorter[32];
		int m = snprintf(shorter, sizeof(shorter), "%.*g", digits, v);
		if (strtod(shorter, NULL) == v) {
			memcpy(text, shorter, (size_t)m + 1);
			n = m;
			break;
		}
	}
	value_begins(j);
	json_put(j, text, (size_t)n);
}

void json_bool(struct json *j, bool v)
{
	value_begins(j);
	if (v)
		json_put(j, "true", 4);
	else
		json_put(j, "false", 5);
}

void json_null_value(struct json *j)
{
	value_begins(j);
	json_put(j, "null", 4);
}

static void put_escape(struct json *j, unsigned code)
{
	static const char hex[] = "0123456789abcdef";
	char seq[6] = {'\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15], hex[code & 15]};

	json_put(j, seq, sizeof(seq));
}

/* What goes out as it is: printable ASCII but for the two that JSON escapes. */
static const bool plain[256] = {[0x20 ... '"' - 1] = true, ['"' + 1 ... '\\' - 1] = true, ['\\' + 1 ... 0x7e] = true};

static void put_text(struct json *j, struct span s)
{
	size_t i = 0;

	while (i < s.len && !j->overflow) {
		size_t run = i;
		while (run < s.len && plain[s.ptr[run]])
			run++;
		if (run > i) {
			json_put(j, (const char *)s.ptr + i, run - i);
			i = run;
			continue;
		}
		uint8_t c = s.ptr[i];
		uint32_t code;
		size_t n = text_utf8(span_skip(s, i), &code);
		if (n == 0) {
			put_escape(j, c);
			i++;
		} else if (c == '"' || c == '\\') {
			put_char(j, '\\');
			put_char(j, (char)c);
			i++;
		} else if (text_is_control(code)) {
			put_escape(j, code);
			i += n;
		} else {
			json_put(j, (const char *)s.ptr + i, n);
			i += n;
		}
	}
}

void json_text(struct json *j, struct span text)
{
	value_begins(j);
	put_char(j, '"');
	put_text(j, text);
	put_char(j, '"');
}

void json_str(struct json *j, const char *text)
{
	json_text(j, span_str(text));
}

void json_hex(struct json *j, struct span bytes)
{
	static const char hex[] = "0123456789abcdef";

	value_begins(j);
	char *at = bytes.len < j->limit / 2 ? room(j, bytes.len * 2 + 2) : NULL;
	if (!at) {
		j->overflow = true;
		return;
	}
	*at++ = '"';
	for (size_t i = 0; i < bytes.len; i++) {
		*at++ = hex[bytes.ptr[i] >> 4];
		*at++ = hex[bytes.ptr[i] & 15];
	}
	*at = '"';
	j->len += bytes.len * 2 + 2;
}

void json_raw(struct json *j, struct span value)
{
	value_begins(j);
	json_put(j, (const char *)value.ptr, value.len);
}
