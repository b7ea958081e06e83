/*
 * Frames from files and interfaces, by libpcap. Nothing is ever sent.
 */
#ifndef SEKISHO_NET_CAPTURE_H
#define SEKISHO_NET_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/log.h"

struct frame_in {
	struct span bytes;
	uint32_t wire_len; /* length on the wire; more than bytes.len where the snap length cut it */
	int64_t ts_ns;
	uint64_t number; /* 1-based within the source */
	int linktype;    /* DLT_* */
};

struct capture;

struct capture_options {
	uint32_t snaplen;    /* 0: 262144 */
	uint32_t ring_bytes; /* live: kernel ring, 0: 64 MiB */
	const char *filter;  /* BPF, or NULL */
};

/** Opens a pcap or pcapng file; "-" is standard input. @return 0; -EINVAL (no capture, unsupported link type, bad
 * filter) or -errno with @c filled. */
int capture_open_file(struct capture **out, const char *path, const struct capture_options *o, struct complaint *c);

/** Opens an interface, promiscuous, receive only. @return 0; -ENODEV, -EPERM, -EINVAL ... with @c filled. */
int capture_open_live(struct capture **out, const char *iface, const struct capture_options *o, struct complaint *c);
void capture_close(struct capture *cap);

/**
 * Would @filter (BPF; "": none) be taken by a capture, whatever its frames are like? Nothing is opened.
 *
 * @name     what names it in the complaint
 * @look_up  names in it are looked up; else one that is not known passes
 * @return 0, or -EINVAL with @c filled
 */
int capture_check_filter(const char *name, const char *filter, bool look_up, struct complaint *c);

/** Can frames come? Of files always. From any thread. */
enum capture_link { CAPTURE_LINK_UP, CAPTURE_LINK_DOWN, CAPTURE_LINK_GONE };
enum capture_link capture_link(const struct capture *cap);

const char *capture_name(const struct capture *cap); /* the path or the interface, as given */
bool capture_is_live(const struct capture *cap);

/** The descriptor to poll, -1 for files. */
int capture_fd(const struct capture *cap);

enum { CAPTURE_AGAIN = 0, CAPTURE_END = -1 };
/**
 * Calls @frame for up to @max frames. @return frames handed over; CAPTURE_AGAIN where there are none now (live; an
 * interface that went down is reopened by itself, logged once); CAPTURE_END at the end of a file, after a complaint in
 * capture_trouble() if it was cut short.
 */
int capture_read(struct capture *cap, int max, void (*frame)(void *ctx, const struct frame_in *f), void *ctx);

/** Why the file ended early ("truncated after frame N"), or NULL. */
const char *capture_trouble(const struct capture *cap);

struct capture_counters {
	uint64_t frames, bytes, kernel_dropped, iface_dropped;
};
struct capture_counters capture_count(struct capture *cap);

#endif
