/*
 * Capture files made by hand and read through capture.h.
 */
#ifndef SEKISHO_TESTS_CAPTURE_SCENE_H
#define SEKISHO_TESTS_CAPTURE_SCENE_H

#include <check.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"
#include "net/capture.h"

static char dir[] = "/tmp/test_capture.XXXXXX";
static char path[64];

struct bytes {
	uint8_t b[1 << 19];
	size_t n;
	bool big;
};

static inline void put(struct bytes *o, uint64_t v, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		o->b[o->n++] = (uint8_t)(v >> 8 * (o->big ? size - 1 - i : i));
}

static inline void put_zeros(struct bytes *o, size_t n)
{
	memset(o->b + o->n, 0, n);
	o->n += n;
}

static inline void put_pcap_header(struct bytes *o, uint32_t magic, uint32_t snaplen, uint32_t linktype)
{
	put(o, magic, 4);
	put(o, 2, 2);
	put(o, 4, 2);
	put_zeros(o, 8);
	put(o, snaplen, 4);
	put(o, linktype, 4);
}

static inline void put_pcap_frame(struct bytes *o, uint32_t sub, uint32_t len, uint32_t wire)
{
	put(o, 1700000000, 4);
	put(o, sub, 4);
	put(o, len, 4);
	put(o, wire, 4);
	for (uint32_t i = 0; i < len; i++)
		o->b[o->n++] = (uint8_t)i;
}

static inline void save(const struct bytes *o)
{
	snprintf(path, sizeof(path), "%s/f", dir);
	FILE *f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(o->b, 1, o->n, f), o->n);
	fclose(f);
}

struct seen {
	unsigned n;
	struct frame_in last;
	uint8_t bytes[256];
};

static inline void take(void *ctx, const struct frame_in *f)
{
	struct seen *s = ctx;

	s->n++;
	ck_assert_uint_eq(f->number, s->n);
	s->last = *f;
	memcpy(s->bytes, f->bytes.ptr, f->bytes.len < sizeof(s->bytes) ? f->bytes.len : sizeof(s->bytes));
}

static struct complaint complaint;

static inline struct capture *open_saved(const struct capture_options *o)
{
	struct capture_options usual = {0};
	struct capture *cap;

	complaint.text[0] = '\0';
	int status = capture_open_file(&cap, path, o ? o : &usual, &complaint);
	ck_assert_msg(status == 0, "%s", complaint.text);
	return cap;
}

static inline struct seen read_saved(const struct capture_options *o)
{
	struct capture *cap = open_saved(o);
	struct seen s = {0};

	while (capture_read(cap, 2, take, &s) > 0)
		;
	ck_assert_int_eq(capture_read(cap, 2, take, &s), CAPTURE_END);
	ck_assert_ptr_null(capture_trouble(cap));
	ck_assert_uint_eq(capture_count(cap).frames, s.n);
	ck_assert_int_eq(capture_fd(cap), -1);
	ck_assert(!capture_is_live(cap));
	capture_close(cap);
	return s;
}

static inline void ck_refused(int expected, const char *word)
{
	struct capture_options o = {0};
	struct capture *cap;

	ck_assert_int_eq(capture_open_file(&cap, path, &o, &complaint), expected);
	ck_assert_ptr_null(cap);
	ck_assert_msg(strncmp(complaint.text, path, strlen(path)) == 0, "%s", complaint.text);
	ck_assert_msg(strstr(complaint.text, word) != NULL, "%s", complaint.text);
}

static inline void put_section(struct bytes *o)
{
	put(o, 0x0a0d0d0a, 4);
	put(o, 28, 4);
	put(o, 0x1a2b3c4d, 4);
	put(o, 1, 2);
	put(o, 0, 2);
	put(o, UINT64_MAX, 8);
	put(o, 28, 4);
}

/** An interface with timestamps in 10^-@digits seconds. */
static inline void put_interface(struct bytes *o, uint16_t linktype, uint8_t digits)
{
	put(o, 1, 4);
	put(o, 28, 4);
	put(o, linktype, 2);
	put(o, 0, 2);
	put(o, 65535, 4);
	put(o, 9, 2);
	put(o, 1, 2);
	put(o, o->big ? (uint64_t)digits << 24 : digits, 4);
	put(o, 28, 4);
}

static inline void put_packet(struct bytes *o, uint32_t interface, uint64_t ts)
{
	put(o, 6, 4);
	put(o, 52, 4);
	put(o, interface, 4);
	put(o, ts >> 32, 4);
	put(o, ts & UINT32_MAX, 4);
	put(o, 20, 4);
	put(o, 30, 4);
	put_zeros(o, 20);
	put(o, 52, 4);
}

struct sum {
	uint64_t n, bytes, wire;
	uint64_t ts_ns; /* wraps */
	uint32_t content;
};

static inline void add_up(void *ctx, const struct frame_in *f)
{
	struct sum *s = ctx;

	s->n++;
	s->bytes += f->bytes.len;
	s->wire += f->wire_len;
	s->ts_ns += (uint64_t)f->ts_ns;
	for (size_t i = 0; i < f->bytes.len; i += 97)
		s->content = s->content * 31 + f->bytes.ptr[i];
}

static inline struct sum sum_of(const char *filter, char *trouble, size_t size)
{
	struct capture *cap = open_saved(&(struct capture_options){.filter = filter});
	struct sum s = {0};

	while (capture_read(cap, 1000, add_up, &s) > 0)
		;
	snprintf(trouble, size, "%s", capture_trouble(cap) ? capture_trouble(cap) : "");
	capture_close(cap);
	return s;
}

/* Where files are saved. @return false where there is no room for it. */
static inline bool scene_begin(void)
{
	return mkdtemp(dir) != NULL;
}

static inline void scene_end(void)
{
	snprintf(path, sizeof(path), "%s/f", dir);
	unlink(path);
	rmdir(dir);
}

#endif
