/*
 * What a capture is made of. Private to capture*.c.
 */
#ifndef SEKISHO_NET_CAPTURE_OWN_H
#define SEKISHO_NET_CAPTURE_OWN_H

#include <net/if.h>
#include <pcap/pcap.h>
#include <stdatomic.h>

#include "net/capture.h"

enum { CAPTURE_SNAPLEN = 262144, LINKTYPE_NONE = -1 };

struct capture_blocks;
struct capture_ng;

struct capture {
	pcap_t *pcap;
	char *name;
	char *filter; /* or NULL */
	uint32_t snaplen;
	int linktype;
	uint64_t frames, bytes;

	/* the call of capture_read() in progress */
	void (*frame)(void *ctx, const struct frame_in *f);
	void *ctx;

	struct capture_ng *ng;         /* pcapng: read by capture_ng.c, without libpcap */
	uint64_t passed_over;          /* frames of it that cannot be read; they have numbers */
	struct capture_blocks *blocks; /* pcap: read by capture_blocks.c; NULL: by libpcap */
	bool ended;                    /* file: nothing more to come */
	char trouble[512];             /* why it ended early; "" where it did not */

	bool live;
	int poll_fd;      /* an epoll descriptor: it stays the same when the interface is opened anew */
	bool broken;      /* its socket is bound to no interface that is there: bind it anew */
	bool waits;       /* it was opened on another interface, for want of its own, and lets nothing through */
	bool lost;        /* said to be down, without link or gone */
	_Atomic(enum capture_link) link;
	int ifindex;             /* that the socket is bound to; 0: to none, or all */
	char new_name[IFNAMSIZ]; /* of the interface, where it was renamed since; "": the one that is configured */
	int64_t retry_ns; /* monotonic: the next look after it, not before then */
	uint32_t ring_bytes;
	uint64_t kernel_dropped, iface_dropped; /* of handles closed since, and wrapped counters */
	uint32_t last_dropped;                  /* as libpcap said it last */
	int drop_fds[2];           /* the kernel's counters of frames that the card lost; -1: there are none */
	uint64_t last_iface_drops; /* their sum, as it was last */
};

/** Allocates a capture. @return NULL when memory is short. */
struct capture *capture_new(const char *name, const struct capture_options *o, struct complaint *c);

/** Compiles the filter that @cap has for what @pcap delivers. @return 0, or -EINVAL with @c filled. */
int capture_compile(const struct capture *cap, pcap_t *pcap, struct bpf_program *program, struct complaint *c);

/** Compiles and sets the filter of @cap, if it has one, on @pcap. @return 0, or -EINVAL with @c filled. */
int capture_filter(const struct capture *cap, pcap_t *pcap, struct complaint *c);

/** Frames are of @linktype (DLT_*). @return 0, or -EINVAL with @c filled where decode.h does not know it. */
int capture_linktype(struct capture *cap, int linktype, struct complaint *c);

/**
 * Hands over up to @max frames. @return how many.
 *
 * @failed   set where libpcap met an error, behind those frames; it says so once, so ask pcap_geterr() now
 */
int capture_dispatch(struct capture *cap, int max, bool *failed);

/** Hands a frame to whoever reads: its bytes as far as they were captured, its length on the wire. */
static inline void capture_hand_out(struct capture *cap, struct span bytes, uint32_t wire_len, int64_t ts_ns)
{
	struct frame_in f = {
	    .bytes = span_head(bytes, cap->snaplen),
	    .wire_len = wire_len > bytes.len ? wire_len : (uint32_t)bytes.len,
	    .ts_ns = ts_ns,
	    .number = ++cap->frames + cap->passed_over,
	    .linktype = cap->linktype,
	};

	cap->bytes += f.wire_len;
	cap->frame(cap->ctx, &f);
}

/* capture_live.c */
int capture_live_read(struct capture *cap, int max);
void capture_live_count(struct capture *cap);
void capture_live_close(struct capture *cap);

/* capture_file.c */
int capture_file_read(struct capture *cap, int max);

/** In the reader's language: which formats are read, and how others become one of them. */
const char *capture_formats(void);

/* capture_ng.c */

enum { CAPTURE_NG_FIRST = 0x0a }; /* the first byte of a pcapng file, and of no pcap file */

/** Reads a pcapng file or pipe @fd, of which @had was read already, up to its first interface. @owned: @fd is @cap's
 * from now on, in any case. @return 0; -EINVAL or -ENOMEM with @c filled. */
int capture_ng_begin(struct capture *cap, int fd, bool owned, struct span had, struct complaint *c);

/** None where there is none. */
void capture_ng_end(struct capture *cap);

/** Hands over up to @max frames. @return how many; where they are fewer cap->ended is set, and cap->trouble where there
 * was any. */
int capture_ng_read(struct capture *cap, int max);

/* capture_blocks.c */

/** Reads the file that cap->pcap was opened on without it from now on, where it is an ordinary one. */
void capture_blocks_begin(struct capture *cap);

/** None where there is none. */
void capture_blocks_end(struct capture *cap);

/** Hands over up to @max frames. @return how many. Where it is none, libpcap goes on: cap->blocks is NULL then. */
int capture_blocks_read(struct capture *cap, int max);

#endif
