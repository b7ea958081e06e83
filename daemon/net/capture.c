#include "net/capture.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "net/capture_own.h"
#include "net/decode.h"

struct capture *capture_new(const char *name, const struct capture_options *o, struct complaint *c)
{
	struct capture *cap = calloc(1, sizeof(*cap));

	if (cap) {
		cap->name = strdup(name);
		cap->filter = o->filter ? strdup(o->filter) : NULL;
		cap->snaplen = o->snaplen ? o->snaplen : CAPTURE_SNAPLEN;
		cap->ring_bytes = o->ring_bytes;
		cap->poll_fd = cap->drop_fds[0] = cap->drop_fds[1] = -1;
	}
	if (!cap || !cap->name || (o->filter && !cap->filter)) {
		capture_close(cap);
		complain(c, name, 0, 0, "not enough memory to open it");
		return NULL;
	}
	return cap;
}

void capture_close(struct capture *cap)
{
	if (!cap)
		return;
	if (cap->live)
		capture_live_close(cap);
	if (cap->pcap)
		pcap_close(cap->pcap);
	capture_blocks_end(cap);
	capture_ng_end(cap);
	free(cap->name);
	free(cap->filter);
	free(cap);
}

int capture_compile(const struct capture *cap, pcap_t *pcap, struct bpf_program *program, struct complaint *c)
{
	if (pcap_compile(pcap, program, cap->filter, 1, PCAP_NETMASK_UNKNOWN) == 0)
		return 0;
	complain(c, cap->name, 0, 0, "capture filter '%s' is not valid: %s. See pcap-filter(7) for its grammar",
		 cap->filter, pcap_geterr(pcap));
	return -EINVAL;
}

int capture_filter(const struct capture *cap, pcap_t *pcap, struct complaint *c)
{
	struct bpf_program program;

	if (!cap->filter)
		return 0;
	int status = capture_compile(cap, pcap, &program, c);
	if (status < 0)
		return status;
	status = pcap_setfilter(pcap, &program);
	pcap_freecode(&program);
	if (status < 0) {
		complain(c, cap->name, 0, 0, "cannot set capture filter '%s': %s", cap->filter, pcap_geterr(pcap));
		return -EINVAL;
	}
	return 0;
}

int capture_check_filter(const char *name, const char *filter, bool look_up, struct complaint *c)
{
	static const int linktypes[] = {DLT_EN10MB, DLT_LINUX_SLL, DLT_RAW};
	struct capture cap = {.name = (char *)(uintptr_t)name, .filter = (char *)(uintptr_t)filter};
	struct complaint other;
	int status = filter[0] ? -EINVAL : 0;

	for (size_t i = 0; i < sizeof(linktypes) / sizeof(linktypes[0]) && status < 0; i++) {
		struct bpf_program program;
		pcap_t *pcap = pcap_open_dead(linktypes[i], CAPTURE_SNAPLEN);
		if (!pcap)
			return 0; /* no memory: told by who opens it */
		status = capture_compile(&cap, pcap, &program, i == 0 ? c : &other);
		if (status == 0)
			pcap_freecode(&program);
		else if (!look_up && strncmp(pcap_geterr(pcap), "unknown ", strlen("unknown ")) == 0)
			status = 0;
		pcap_close(pcap);
	}
	return status;
}

int capture_linktype(struct capture *cap, int linktype, struct complaint *c)
{
	if (!decode_knows_linktype(linktype)) {
		const char *name = pcap_datalink_val_to_name(linktype);
		complain(c, cap->name, 0, 0,
			 "link type %d (%s) is not supported. Capture on an Ethernet interface or on \"any\"; "
			 "Ethernet, Linux cooked, loopback, raw IP and NFLOG are read",
			 linktype, name ? name : "without a name");
		return -EINVAL;
	}
	cap->linktype = linktype;
	return 0;
}

/* Seconds of a forged file may be anything; they must not overflow. */
static int64_t time_ns(const struct timeval *ts)
{
	int64_t ns;

	if (__builtin_mul_overflow((int64_t)ts->tv_sec, NS_PER_S, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)ts->tv_usec, &ns))
		return 0;
	return ns;
}

static void on_frame(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	/* tv_usec holds nanoseconds: every handle is opened that way */
	capture_hand_out((struct capture *)(void *)user, span_of(bytes, h->caplen), h->len, time_ns(&h->ts));
}

int capture_dispatch(struct capture *cap, int max, bool *failed)
{
	uint64_t before = cap->frames;

	*failed = pcap_dispatch(cap->pcap, max, on_frame, (u_char *)cap) < 0;
	return (int)(cap->frames - before);
}

int capture_read(struct capture *cap, int max, void (*frame)(void *ctx, const struct frame_in *f), void *ctx)
{
	cap->frame = frame;
	cap->ctx = ctx;
	return cap->live ? capture_live_read(cap, max) : capture_file_read(cap, max);
}

const char *capture_name(const struct capture *cap)
{
	return cap->name;
}

enum capture_link capture_link(const struct capture *cap)
{
	return atomic_load_explicit(&cap->link, memory_order_relaxed);
}

bool capture_is_live(const struct capture *cap)
{
	return cap->live;
}

int capture_fd(const struct capture *cap)
{
	return cap->poll_fd;
}

const char *capture_trouble(const struct capture *cap)
{
	return cap->trouble[0] ? cap->trouble : NULL;
}

struct capture_counters capture_count(struct capture *cap)
{
	if (cap->live)
		capture_live_count(cap);
	return (struct capture_counters){.frames = cap->frames,
					 .bytes = cap->bytes,
					 .kernel_dropped = cap->kernel_dropped,
					 .iface_dropped = cap->iface_dropped};
}
