/*
 * Reading bytes that nobody vouches for.
 *
 * A `struct span` says where bytes lie; a `struct cursor` reads them in order. Every reader below is written on
 * cur_take(), which holds the one bounds check of the whole program. A read that does not fit yields zero and leaves
 * the cursor failed for good, so a decoder reads in the order of the specification's diagram and asks cur_ok() once per
 * group.
 *
 * Spans and cursors borrow: they are as short-lived as the packet below them.
 */
#ifndef SEKISHO_BASE_CURSOR_H
#define SEKISHO_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *ptr;
	size_t len;
};

struct cursor {
	const uint8_t *pos;
	size_t left;
	bool failed;
};

static inline struct span span_of(const void *ptr, size_t len)
{
	return (struct span){(const uint8_t *)ptr, len};
}

/** A span over a C string, without its NUL. */
static inline struct span span_str(const char *text)
{
	return span_of(text, strlen(text));
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/** The first @n bytes of @s, or all of them where there are fewer. */
static inline struct span span_head(struct span s, size_t n)
{
	return (struct span){s.ptr, n < s.len ? n : s.len};
}

/** What is left of @s without its first @n bytes; empty where there are fewer. */
static inline struct span span_skip(struct span s, size_t n)
{
	return n < s.len ? (struct span){s.ptr + n, s.len - n} : (struct span){NULL, 0};
}

static inline struct cursor cur_of(struct span s)
{
	return (struct cursor){s.ptr, s.len, false};
}

static inline bool cur_ok(const struct cursor *c)
{
	return !c->failed;
}

static inline size_t cur_left(const struct cursor *c)
{
	return c->failed ? 0 : c->left;
}

/** The one bounds check. Borrows the next @n bytes, or fails the cursor. */
static inline const uint8_t *cur_take(struct cursor *c, size_t n)
{
	if (c->failed || n > c->left) {
		c->failed = true;
		return NULL;
	}
	const uint8_t *at = c->pos;
	if (n > 0)
		c->pos += n;
	c->left -= n;
	return at;
}

static inline void cur_skip(struct cursor *c, size_t n)
{
	(void)cur_take(c, n);
}

static inline uint8_t cur_u8(struct cursor *c)
{
	const uint8_t *at = cur_take(c, 1);
	return at ? at[0] : 0;
}

static inline uint16_t cur_u16be(struct cursor *c)
{
	const uint8_t *at = cur_take(c, 2);
	return at ? (uint16_t)((unsigned)at[0] << 8 | at[1]) : 0;
}

static inline uint16_t cur_u16le(struct cursor *c)
{
	const uint8_t *at = cur_take(c, 2);
	return at ? (uint16_t)((unsigned)at[1] << 8 | at[0]) : 0;
}

static inline uint32_t cur_u24be(struct cursor *c)
{
	const uint8_t *at = cur_take(c, 3);
	return at ? (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2] : 0;
}

static inline uint32_t cur_u32be(struct cursor *c)
{
	const uint8_t *at = cur_take(c, 4);
	return at ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3] : 0;
}

static inline uint32_t cur_u32le(struct cursor *c)
{
	const uint8_t *at = cur_take(c, 4);
	return at ? (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0] : 0;
}

static inline uint64_t cur_u64be(struct cursor *c)
{
	const uint8_t *at = cur_take(c, 8);
	uint64_t v = 0;

	for (int i = 0; at && i < 8; i++)
		v = v << 8 | at[i];
	return v;
}

static inline uint64_t cur_u64le(struct cursor *c)
{
	const uint8_t *at = cur_take(c, 8);
	uint64_t v = 0;

	for (int i = 7; at && i >= 0; i--)
		v = v << 8 | at[i];
	return v;
}

/** Borrow the next @n bytes as a span; empty, with the cursor failed, where they are not all there. */
static inline struct span cur_span(struct cursor *c, size_t n)
{
	const uint8_t *at = cur_take(c, n);
	return at ? (struct span){at, n} : (struct span){NULL, 0};
}

/** Everything that is left, as a span. */
static inline struct span cur_rest(struct cursor *c)
{
	return cur_span(c, cur_left(c));
}

/** A child over the next @n bytes, which it cannot leave. Where they are not all there, both have failed. */
static inline struct cursor cur_sub(struct cursor *c, size_t n)
{
	const uint8_t *at = cur_take(c, n);
	return (struct cursor){at, at ? n : 0, at == NULL};
}

/** The byte @ahead of the position, without moving; 0 where there is none. */
static inline uint8_t cur_peek_u8(const struct cursor *c, size_t ahead)
{
	return !c->failed && ahead < c->left ? c->pos[ahead] : 0;
}

#endif
