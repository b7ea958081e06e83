#include "http/http_magic.h"

#include "http/http_field.h"
#include "http/http_head.h"

static const struct {
	uint16_t at;
	uint8_t len;
	char bytes[9];
	enum http_mime mime;
} signatures[] = {
    {0, 2, "MZ", HTTP_MIME_PE},
    {0, 4,
     "\x7f"
     "ELF",
     HTTP_MIME_ELF},
    {0, 4, "\xcf\xfa\xed\xfe", HTTP_MIME_MACHO},
    {0, 4, "\xce\xfa\xed\xfe", HTTP_MIME_MACHO},
    {0, 4, "\xca\xfe\xba\xbe", HTTP_MIME_JAVA},
    {0, 2, "#!", HTTP_MIME_SCRIPT},
    {0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", HTTP_MIME_OLE},
    {0, 4, "PK\x03\x04", HTTP_MIME_ZIP},
    {0, 4, "PK\x05\x06", HTTP_MIME_ZIP},
    {0, 2, "\x1f\x8b", HTTP_MIME_GZIP},
    {0, 3, "BZh", HTTP_MIME_BZIP2},
    {0, 6,
     "\xfd"
     "7zXZ\0",
     HTTP_MIME_XZ},
    {0, 6, "7z\xbc\xaf\x27\x1c", HTTP_MIME_7Z},
    {0, 6, "Rar!\x1a\x07", HTTP_MIME_RAR},
    {0, 4, "MSCF", HTTP_MIME_CAB},
    {257, 5, "ustar", HTTP_MIME_TAR},
    {0, 4, "\x28\xb5\x2f\xfd", HTTP_MIME_ZSTD},
    {0, 5, "%PDF-", HTTP_MIME_PDF},
    {0, 5, "{\\rtf", HTTP_MIME_RTF},
    {0, 4, "\x27\x05\x19\x56", HTTP_MIME_UIMAGE},
    {0, 4, "hsqs", HTTP_MIME_SQUASHFS},
    {0, 8, "\x89PNG\r\n\x1a\n", HTTP_MIME_PNG},
    {0, 3, "\xff\xd8\xff", HTTP_MIME_JPEG},
    {0, 6, "GIF87a", HTTP_MIME_GIF},
    {0, 6, "GIF89a", HTTP_MIME_GIF},
    {0, 2, "BM", HTTP_MIME_BMP},
    {0, 4, "\0\0\x01\0", HTTP_MIME_ICO},
    {8, 4, "WEBP", HTTP_MIME_WEBP},
    {8, 4, "WAVE", HTTP_MIME_WAV},
    {4, 4, "ftyp", HTTP_MIME_MP4},
    {0, 4, "wOFF", HTTP_MIME_FONT},
    {0, 4, "wOF2", HTTP_MIME_FONT},
};

/* A control character other than the blanks and ESC, which no text has. */
static inline bool is_odd(uint8_t c)
{
	bool blank = (uint8_t)(c - '\t') <= '\r' - '\t';

	return ((c < ' ') & !blank & (c != 0x1b)) | (c == 0x7f);
}

/* Blocks of a fixed size, each byte of which has its own sum, are looked at a vector at a time. */
static bool is_text(struct span s)
{
	enum { BLOCK = 16 };
	struct cursor c = cur_of(s);
	uint8_t odd[BLOCK] = {0}, any = 0;

	while (cur_left(&c) >= BLOCK) {
		const uint8_t *block = cur_take(&c, BLOCK);
		for (unsigned i = 0; i < BLOCK; i++)
			odd[i] |= is_odd(block[i]);
	}
	while (cur_left(&c) > 0)
		any |= is_odd(cur_u8(&c));
	for (unsigned i = 0; i < BLOCK; i++)
		any |= odd[i];
	return !any;
}

/* name=value&name=value, percent-encoded */
static bool is_form(struct span s)
{
	long eq = http_find(s, '=');

	if (eq <= 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!http_is_tchar(s.ptr[i]) && !strchr("=[]", s.ptr[i]))
			return false;
	}
	return true;
}

static enum http_mime text_kind(struct span s)
{
	static const char *const html[] = {"<!doctype html", "<html", "<head", "<body", "<title", "<script", "<h1"};
	struct span at = http_trim(s);

	if (span_eq(span_head(at, 3), span_of("\xef\xbb\xbf", 3)))
		at = http_trim(span_skip(at, 3));
	for (size_t i = 0; i < sizeof(html) / sizeof(html[0]); i++) {
		if (http_begins(at, html[i]))
			return HTTP_MIME_HTML;
	}
	if (http_begins(at, "<svg"))
		return HTTP_MIME_SVG;
	if (http_begins(at, "<?xml")) {
		if (http_find_text(at, "<svg") != HTTP_NOT_FOUND)
			return HTTP_MIME_SVG;
		return http_find_text(at, "<html") != HTTP_NOT_FOUND ? HTTP_MIME_HTML : HTTP_MIME_XML;
	}
	if (at.len > 1 && (at.ptr[0] == '{' || at.ptr[0] == '[') && http_find(at, '"') != HTTP_NOT_FOUND)
		return HTTP_MIME_JSON;
	return is_form(at) ? HTTP_MIME_FORM : HTTP_MIME_TEXT;
}

enum http_mime http_magic(struct span s)
{
	if (s.len == 0)
		return HTTP_MIME_NONE;
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		/* mostly it is something else, and begins so */
		if (signatures[i].at >= s.len || s.ptr[signatures[i].at] != (uint8_t)signatures[i].bytes[0])
			continue;
		struct span at = span_skip(s, signatures[i].at);
		if (span_eq(span_head(at, signatures[i].len), span_of(signatures[i].bytes, signatures[i].len)))
			return signatures[i].mime;
	}
	return is_text(s) ? text_kind(s) : HTTP_MIME_BINARY;
}

static bool ends(struct span name, const char *ending)
{
	size_t n = strlen(ending);

	return name.len > n && http_is(span_skip(name, name.len - n), ending);
}

bool http_is_executable(enum http_mime mime, struct span name)
{
	static const char *const scripts[] = {".ps1", ".psm1", ".bat", ".cmd", ".vbs", ".vbe", ".js",
					      ".jse", ".wsf",  ".hta", ".sh",  ".py",  ".pl",  ".reg"};

	switch (mime) {
	case HTTP_MIME_PE:
	case HTTP_MIME_ELF:
	case HTTP_MIME_MACHO:
	case HTTP_MIME_SCRIPT:
	case HTTP_MIME_JAVA:
		return true;
	case HTTP_MIME_OLE:
		return ends(name, ".msi") || ends(name, ".msp");
	case HTTP_MIME_ZIP:
		return ends(name, ".jar") || ends(name, ".apk");
	case HTTP_MIME_TEXT:
	case HTTP_MIME_BINARY:
		for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
			/* pages are full of it, and run it in a box of the browser's */
			bool page = strcmp(scripts[i], ".js") == 0;
			if (!page && ends(name, scripts[i]))
				return true;
		}
		return false;
	default:
		return false;
	}
}

bool http_is_file(enum http_mime mime)
{
	return mime == HTTP_MIME_BINARY || (mime >= HTTP_MIME_PE && mime <= HTTP_MIME_SQUASHFS);
}

struct span http_url_file(struct span url)
{
	size_t end = 0, from;

	while (end < url.len && !strchr("?#;", url.ptr[end]))
		end++;
	for (from = end; from > 0 && url.ptr[from - 1] != '/' && url.ptr[from - 1] != '\\'; from--)
		;
	struct span name = span_skip(span_head(url, end), from);
	return http_find(name, '.') > 0 ? name : (struct span){NULL, 0};
}

bool http_multipart_file(struct span body, struct span *name, struct span *content)
{
	struct span line, disposition = {NULL, 0};
	size_t whole;

	for (unsigned i = 0; i < HTTP_MAGIC_BYTES && http_line(body, &line, &whole); i++) {
		body = span_skip(body, whole);
		if (line.len == 0 && disposition.len > 0 && http_param(disposition, ';', "filename", name)) {
			*content = body;
			return true;
		}
		if (line.len == 0 || http_begins(line, "--"))
			disposition.len = 0;
		else if (http_begins(line, "content-disposition:"))
			disposition = line;
	}
	return false;
}
