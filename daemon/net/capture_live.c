#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/when.h"
#include "net/capture_own.h"

enum {
	RING_BYTES = 64 << 20,
	BLOCK_TIMEOUT_MS = 100, /* the kernel hands a part-filled block of its ring over after this */
};

#define RETRY_NS NS_PER_S

static void interfaces_here(char *buf, size_t size)
{
	struct if_nameindex *all = if_nameindex();
	size_t n = 0;

	buf[0] = '\0';
	for (struct if_nameindex *i = all; i && i->if_index != 0 && n < size; i++) {
		int k = snprintf(buf + n, size - n, "%s%s", n ? ", " : "", i->if_name);
		if (k < 0)
			break;
		n += (size_t)k;
	}
	if (all)
		if_freenameindex(all);
}

static int complain_open(const struct capture *cap, int status, const char *detail, struct complaint *c)
{
	char names[512];

	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		interfaces_here(names, sizeof(names));
		complain(c, cap->name, 0, 0, "there is no such interface. Here are: %s", names);
		return -ENODEV;
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		complain(c, cap->name, 0, 0,
			 "may not capture: CAP_NET_RAW is missing. Run as root, or: setcap cap_net_raw+ep on the "
			 "program, or AmbientCapabilities=CAP_NET_RAW in its unit");
		return -EPERM;
	case PCAP_ERROR_IFACE_NOT_UP:
		complain(c, cap->name, 0, 0, "the interface is down. Bring it up: ip link set %s up", cap->name);
		return -ENETDOWN;
	default:
		complain(c, cap->name, 0, 0, "cannot capture: %s%s%s", pcap_statustostr(status), detail[0] ? ": " : "",
			 detail);
		return -EINVAL;
	}
}

/** @return 0 with *out capturing; -ENETDOWN and others with @c filled. */
static int open_handle(struct capture *cap, pcap_t **out, struct complaint *c)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_create(cap->name, why);

	if (!pcap) {
		complain(c, cap->name, 0, 0, "cannot capture: %s", why);
		return -EINVAL;
	}
	pcap_set_snaplen(pcap, (int)cap->snaplen);
	pcap_set_promisc(pcap, 1);
	pcap_set_timeout(pcap, BLOCK_TIMEOUT_MS);
	pcap_set_buffer_size(pcap, (int)(cap->ring_bytes ? cap->ring_bytes : RING_BYTES));
	pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	int status = pcap_activate(pcap);
	if (status < 0) {
		status = complain_open(cap, status, pcap_geterr(pcap), c);
	} else {
		status = capture_linktype(cap, pcap, c);
		if (status == 0)
			status = capture_filter(cap, pcap, c);
		if (status == 0 && pcap_setnonblock(pcap, 1, why) < 0) {
			complain(c, cap->name, 0, 0, "cannot capture without waiting: %s", why);
			status = -EINVAL;
		}
	}
	if (status < 0) {
		pcap_close(pcap);
		return status;
	}
	*out = pcap;
	return 0;
}

/** Makes @pcap the one to read and to poll. */
static int take_handle(struct capture *cap, pcap_t *pcap)
{
	struct epoll_event ev = {.events = EPOLLIN};

	if (cap->pcap) {
		capture_live_count(cap);
		pcap_close(cap->pcap); /* epoll forgets it by itself */
	}
	cap->pcap = pcap;
	cap->last_dropped = cap->last_iface_dropped = 0;
	return epoll_ctl(cap->poll_fd, EPOLL_CTL_ADD, pcap_get_selectable_fd(pcap), &ev) < 0 ? -errno : 0;
}

static void back(struct capture *cap)
{
	cap->lost = cap->broken = false;
	log_notice("capture: %s is back", cap->name);
}

static void lost(struct capture *cap, const char *why)
{
	if (!cap->lost)
		log_warning("capture: lost %s (%s), waiting for it", cap->name, why);
	cap->lost = true;
}

/** Why no frame can come now, or NULL. Asked by the handle's own descriptor, so it works without further rights. */
static const char *link_trouble(const struct capture *cap)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", cap->name);
	if (ioctl(pcap_fileno(cap->pcap), SIOCGIFFLAGS, &request) < 0)
		return NULL; /* "any" is no interface; one that is gone shows when it is read */
	if (!(request.ifr_flags & IFF_UP))
		return "it is down";
	return request.ifr_flags & IFF_RUNNING ? NULL : "no link: is the cable in?";
}

/*
 * Looks after the interface when no frame comes, once a second at most. One that goes down and up delivers through the
 * old handle, of which libpcap says nothing. One that was taken away and came back (a USB adapter, a container's veth)
 * needs a new handle.
 */
static void watch(struct capture *cap)
{
	struct complaint c;
	pcap_t *pcap;
	int64_t now_ns = when_monotonic_ns();

	if (now_ns < cap->retry_ns)
		return;
	cap->retry_ns = now_ns + RETRY_NS;
	if (!cap->broken) {
		const char *trouble = link_trouble(cap);
		if (trouble)
			lost(cap, trouble);
		else if (cap->lost)
			back(cap);
	} else if (open_handle(cap, &pcap, &c) == 0 && take_handle(cap, pcap) == 0) {
		back(cap);
	}
}

int capture_live_read(struct capture *cap, int max)
{
	bool failed = false;
	int n = cap->pcap ? capture_dispatch(cap, max, &failed) : 0;

	if (failed && !cap->broken) {
		lost(cap, pcap_geterr(cap->pcap));
		cap->broken = true;
		cap->retry_ns = when_monotonic_ns() + RETRY_NS;
	}
	if (n > 0 && cap->lost && !failed)
		back(cap);
	if (n == 0)
		watch(cap);
	return n > 0 ? n : CAPTURE_AGAIN;
}

int capture_open_live(struct capture **out, const char *iface, const struct capture_options *o, struct complaint *c)
{
	struct capture *cap = capture_new(iface, o, c);
	pcap_t *pcap;

	*out = NULL;
	if (!cap)
		return -ENOMEM;
	cap->live = true;
	cap->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	int status = cap->poll_fd < 0 ? -errno : 0;
	if (status < 0) {
		complain(c, iface, 0, 0, "cannot capture: %s", strerror(-status));
		goto fail;
	}
	status = open_handle(cap, &pcap, c);
	if (status == -ENETDOWN) { /* a sensor may start before its port is up */
		lost(cap, "it is down");
		cap->broken = true;
	} else if (status < 0) {
		goto fail;
	} else {
		status = take_handle(cap, pcap);
		if (status < 0) {
			complain(c, iface, 0, 0, "cannot wait for frames: %s", strerror(-status));
			goto fail;
		}
	}
	*out = cap;
	return 0;
fail:
	capture_close(cap);
	return status;
}

void capture_live_close(struct capture *cap)
{
	if (cap->poll_fd >= 0)
		close(cap->poll_fd);
}

/* libpcap's counters are 32 bits wide and begin anew with each handle. */
void capture_live_count(struct capture *cap)
{
	struct pcap_stat s;

	if (!cap->pcap || pcap_stats(cap->pcap, &s) < 0)
		return;
	cap->kernel_dropped += s.ps_drop - cap->last_dropped;
	cap->iface_dropped += s.ps_ifdrop - cap->last_iface_dropped;
	cap->last_dropped = s.ps_drop;
	cap->last_iface_dropped = s.ps_ifdrop;
}
