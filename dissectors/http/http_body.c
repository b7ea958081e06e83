#include "http/http_body.h"

#include "http/http.h"
#include "http/http_field.h"

void http_body_begin(struct http_half *h, enum http_phase phase, uint64_t left, uint32_t depth)
{
	h->phase = (uint8_t)phase;
	h->left = left;
	h->depth = depth;
	h->scanning = true;
	h->lossy = h->called_off = false;
	h->lines = h->magic_n = 0;
	h->flaws = 0;
	h->skipped = h->seen = h->lost = 0;
}

static void flaw(struct http_half *h, struct emitter *out, uint32_t flaws)
{
	flaws &= ~h->flaws;
	h->flaws |= flaws;
	http_flaws_told(out, flaws);
}

static void look_at(struct http_half *h, struct span bytes, struct http_title *t)
{
	struct span magic = span_head(bytes, (size_t)(HTTP_MAGIC_BYTES - h->magic_n));

	h->seen += bytes.len;
	if (!h->scanning)
		return;
	if (magic.len > 0)
		memcpy(h->magic + h->magic_n, magic.ptr, magic.len);
	h->magic_n = (uint16_t)(h->magic_n + magic.len);
	if (t)
		http_title_feed(t, bytes);
	if (h->seen >= HTTP_SCAN_MAX || (h->magic_n == HTTP_MAGIC_BYTES && (!t || http_title_done(t))))
		h->scanning = false;
}

/* HTTP_IN_BODY and HTTP_IN_CHUNK: see body_frame(). @return true when all of `left` has come. */
static bool counted(struct http_half *h, struct span bytes, struct http_title *t)
{
	if (h->scanning) {
		h->left -= bytes.len;
		look_at(h, bytes, t);
	} else if (bytes.len > 0) {
		h->seen += h->left;
		h->left = 0;
	} else {
		h->skipped += h->left - 1;
		h->left = 1;
	}
	return h->left == 0;
}

/* chunk-size [ chunk-ext ]: hexadecimal digits, then the end, a blank or a semicolon (RFC 9112, 7.1) */
static bool read_size(struct span line, uint64_t *size, uint32_t *flaws)
{
	struct span s = http_trim(line);
	uint64_t n = 0;
	size_t digits;

	if (s.len > 0 && s.ptr != line.ptr)
		*flaws |= HTTP_FLAW(CHUNK_BLANK);
	for (digits = 0; digits < s.len && http_hex(s.ptr[digits]) >= 0; digits++) {
		if (n > (uint64_t)INT64_MAX >> 4) {
			*flaws |= HTTP_FLAW(CHUNK_OVERFLOW);
			return false;
		}
		n = n << 4 | (uint64_t)http_hex(s.ptr[digits]);
	}
	*size = n;
	if (digits > 0 && (digits == s.len || s.ptr[digits] == ';' || http_is_blank(s.ptr[digits])))
		return true;
	*flaws |= HTTP_FLAW(CHUNK_SIZE);
	return false;
}

static enum http_piece size_taken(struct http_half *h, struct span bytes, struct emitter *out)
{
	struct span line;
	uint32_t flaws = 0;
	uint64_t size = 0;
	size_t whole;
	bool good = http_line(bytes, &line, &whole);

	if (!good)
		flaws |= HTTP_FLAW(CHUNK_SIZE);
	else if (line.len + 1 == whole)
		flaws |= HTTP_FLAW(CHUNK_LF);
	good = good && read_size(line, &size, &flaws);
	flaw(h, out, flaws);
	if (!good)
		return HTTP_PIECE_BROKEN;
	h->phase = size > 0 ? HTTP_IN_CHUNK : HTTP_IN_TRAILERS;
	h->left = size;
	return HTTP_PIECE_MORE;
}

static bool is_blank_line(struct span bytes)
{
	struct span line;
	size_t whole;

	return http_line(bytes, &line, &whole) && line.len == 0;
}

static enum http_piece chunk_end_taken(struct http_half *h, struct span bytes, struct emitter *out)
{
	uint32_t ignored = 0;
	uint64_t size;

	h->phase = HTTP_IN_CHUNK_SIZE;
	if (is_blank_line(bytes))
		return HTTP_PIECE_MORE;
	flaw(h, out, HTTP_FLAW(CHUNK_END));
	/* Either the end of line was forgotten, or what is left of a chunk longer than its size stands here. */
	return read_size(http_trim(bytes), &size, &ignored) ? size_taken(h, bytes, out) : HTTP_PIECE_MORE;
}

static enum http_piece trailer_taken(struct http_half *h, struct span bytes, struct emitter *out)
{
	if (is_blank_line(bytes))
		return HTTP_PIECE_LAST;
	if (++h->lines <= HTTP_TRAILERS_MAX)
		return HTTP_PIECE_MORE;
	flaw(h, out, HTTP_FLAW(TRAILERS));
	return HTTP_PIECE_BROKEN;
}

enum http_piece http_body_take(struct http_half *h, struct span bytes, struct http_title *t, struct emitter *out)
{
	switch ((enum http_phase)h->phase) {
	case HTTP_IN_BODY:
		return counted(h, bytes, t) ? HTTP_PIECE_LAST : HTTP_PIECE_MORE;
	case HTTP_IN_CHUNK:
		if (counted(h, bytes, t))
			h->phase = HTTP_IN_CHUNK_END;
		return HTTP_PIECE_MORE;
	case HTTP_IN_CHUNK_SIZE:
		return size_taken(h, bytes, out);
	case HTTP_IN_CHUNK_END:
		return chunk_end_taken(h, bytes, out);
	case HTTP_IN_TRAILERS:
		return trailer_taken(h, bytes, out);
	default:
		look_at(h, bytes, t);
		return HTTP_PIECE_MORE;
	}
}

uint64_t http_body_seen(const struct http_half *h, uint64_t to_come)
{
	return h->seen + (h->skipped > to_come ? h->skipped - to_come : 0);
}

bool http_body_gap(struct http_half *h, uint64_t lost, uint64_t to_come)
{
	uint64_t left = h->left + to_come;

	h->scanning = false;
	h->lossy = true;
	h->skipped = h->skipped > to_come ? h->skipped - to_come : 0;
	if (h->phase == HTTP_TO_CLOSE) {
		h->lost += lost;
		return true;
	}
	if ((h->phase != HTTP_IN_BODY && h->phase != HTTP_IN_CHUNK) || lost == 0 || lost > left)
		return false;
	h->lost += lost;
	h->left = left - lost;
	if (h->left == 0 && h->phase == HTTP_IN_CHUNK)
		h->phase = HTTP_IN_CHUNK_END;
	return h->left > 0 || h->phase == HTTP_IN_CHUNK_END;
}
