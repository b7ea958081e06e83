#include "smb/smb_text.h"

#include <stdio.h>
#include <string.h>

#include "base/digits.h"

enum { REPLACEMENT = 0xfffd };

static bool is_high(uint32_t u)
{
	return u >= 0xd800 && u < 0xdc00;
}

static bool is_low(uint32_t u)
{
	return u >= 0xdc00 && u < 0xe000;
}

static size_t put_utf8(uint8_t *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (uint8_t)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (uint8_t)(0xc0 | code >> 6);
		out[1] = (uint8_t)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (uint8_t)(0xe0 | code >> 12);
		out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | code >> 18);
	out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (code & 0x3f));
	return 4;
}

struct span smb_utf8(struct arena *a, struct span utf16)
{
	struct cursor c = cur_of(span_head(utf16, SMB_TEXT_MAX));
	size_t units = cur_left(&c) / 2, n = 0;
	uint8_t *out = units > 0 ? arena_alloc(a, units * 3) : NULL;

	if (!out)
		return span_of("", 0);
	while (units-- > 0) {
		uint32_t code = cur_u16le(&c);
		struct cursor ahead = c;
		if (code == 0 && units == 0)
			break;
		if (is_high(code) && units > 0) {
			uint32_t low = cur_u16le(&ahead);
			if (is_low(low)) {
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
				c = ahead;
				units--;
			}
		}
		n += put_utf8(out + n, is_high(code) || is_low(code) ? REPLACEMENT : code);
	}
	return span_of(out, n);
}

struct span smb_text(struct arena *a, struct span s, bool unicode)
{
	if (unicode)
		return smb_utf8(a, s);
	s = span_head(s, SMB_TEXT_MAX);
	if (s.len > 0 && s.ptr[s.len - 1] == 0)
		s.len--;
	return s.len > 0 ? s : span_of("", 0);
}

struct span smb_string(struct arena *a, struct cursor *c, bool unicode)
{
	struct cursor ahead = *c;
	size_t n = 0, width = unicode ? 2 : 1;

	while (cur_left(&ahead) >= width) {
		n += width;
		if ((unicode ? cur_u16le(&ahead) : cur_u8(&ahead)) == 0)
			break;
	}
	return smb_text(a, cur_span(c, n), unicode);
}

struct span smb_guid(struct arena *a, const char *prefix, const uint8_t b[static SMB_GUID_BYTES])
{
	size_t n = strlen(prefix);
	char *text = arena_alloc(a, n + DIGITS_GUID_TEXT);

	if (!text)
		return span_of(NULL, 0);
	memcpy(text, prefix, n);
	digits_put_guid(text + n, b);
	return span_of(text, n + DIGITS_GUID_TEXT);
}

struct span smb_version(struct arena *a, unsigned major, unsigned minor, int build)
{
	char text[40];
	int n = build < 0 ? snprintf(text, sizeof(text), "%u.%u", major, minor)
			  : snprintf(text, sizeof(text), "%u.%u.%d", major, minor, build);

	return arena_copy(a, span_of(text, (size_t)n));
}

bool smb_time(uint64_t filetime, int64_t *ns)
{
	static const uint64_t to_1970 = UINT64_C(116444736000000000);

	if (filetime < to_1970 || filetime - to_1970 > INT64_MAX / 100)
		return false;
	*ns = (int64_t)(filetime - to_1970) * 100;
	return true;
}
