#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
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

#define RETRY_NS      NS_PER_S
#define ANY_INTERFACE "any" /* of libpcap: all there are, and none itself */

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
		status = capture_linktype(cap, pcap_datalink(pcap), c);
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

/* What the kernel says of the interface by the handle's own descriptor, so that it works without further rights. */
static int ask_interface(const struct capture *cap, unsigned long what, struct ifreq *answer)
{
	memset(answer, 0, sizeof(*answer));
	snprintf(answer->ifr_name, sizeof(answer->ifr_name), "%s", cap->new_name[0] ? cap->new_name : cap->name);
	return ioctl(pcap_fileno(cap->pcap), what, answer) < 0 ? -errno : 0;
}

/** Makes @pcap the one to read and to poll. */
static int take_handle(struct capture *cap, pcap_t *pcap)
{
	struct epoll_event ev = {.events = EPOLLIN};
	struct ifreq answer;

	cap->pcap = pcap;
	if (!cap->waits && ask_interface(cap, SIOCGIFINDEX, &answer) == 0)
		cap->ifindex = answer.ifr_ifindex;
	return epoll_ctl(cap->poll_fd, EPOLL_CTL_ADD, pcap_get_selectable_fd(pcap), &ev) < 0 ? -errno : 0;
}

/* Opened now and read ever after: later there may be no right to open anything. */
static void open_drops(struct capture *cap)
{
	static const char *const counters[] = {"rx_missed_errors", "rx_fifo_errors"};
	char path[128];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", cap->name, counters[i]);
		cap->drop_fds[i] = open(path, O_RDONLY | O_CLOEXEC);
	}
}

static uint64_t iface_drops(const struct capture *cap)
{
	uint64_t sum = 0;
	char text[32];

	for (int i = 0; i < 2; i++) {
		ssize_t n = cap->drop_fds[i] < 0 ? -1 : pread(cap->drop_fds[i], text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		sum += strtoull(text, NULL, 10);
	}
	return sum;
}

static void set_link(struct capture *cap, enum capture_link link)
{
	atomic_store_explicit(&cap->link, link, memory_order_relaxed);
}

static void back(struct capture *cap)
{
	cap->lost = cap->broken = false;
	set_link(cap, CAPTURE_LINK_UP);
	log_notice("capture: %s is back", cap->name);
}

static int let_all_through(int fd)
{
	int unused = 0;

	return setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)) < 0 ? -errno : 0;
}

/*
 * The interface is not up yet, and when it is there will be no right to open it: a socket is opened on the loopback
 * interface, lets nothing through, and is bound to the right one later.
 */
static int open_for_later(struct capture *cap, struct complaint *c)
{
	static struct bpf_insn nothing = {.code = BPF_RET | BPF_K, .k = 0};
	struct bpf_program program = {1, &nothing};
	char *name = cap->name, *filter = cap->filter, loopback[] = "lo";
	pcap_t *pcap;

	cap->name = loopback;
	cap->filter = NULL;
	int status = open_handle(cap, &pcap, c);
	cap->name = name;
	cap->filter = filter;
	if (status < 0)
		return complain_open(cap, PCAP_ERROR_IFACE_NOT_UP, "", c);
	if (pcap_setfilter(pcap, &program) < 0) {
		complain(c, cap->name, 0, 0, "cannot wait for it: %s", pcap_geterr(pcap));
		pcap_close(pcap);
		return -EINVAL;
	}
	cap->waits = cap->broken = true;
	return take_handle(cap, pcap);
}

static void lost(struct capture *cap, enum capture_link link, const char *why)
{
	set_link(cap, link);
	if (!cap->lost)
		log_warning("capture: lost %s (%s), waiting for it", cap->name, why);
	cap->lost = true;
}

/* Has the interface that the socket is bound to another name than the one by which it was asked for? */
static bool is_renamed(struct capture *cap)
{
	struct ifreq answer = {.ifr_ifindex = cap->ifindex};

	if (cap->ifindex == 0 || ioctl(pcap_fileno(cap->pcap), SIOCGIFNAME, &answer) < 0)
		return false;
	snprintf(cap->new_name, sizeof(cap->new_name), "%.*s", (int)sizeof(answer.ifr_name) - 1, answer.ifr_name);
	if (strcmp(cap->new_name, cap->name) == 0)
		cap->new_name[0] = '\0';
	else
		log_warning("capture: %s is named %s now and is watched on. Write its new name into "
			    "capture.interfaces before the next start",
			    cap->name, cap->new_name);
	return true;
}

/** Why no frame can come now, or NULL. */
static const char *link_trouble(struct capture *cap, bool *gone)
{
	struct ifreq answer;

	*gone = strcmp(cap->name, ANY_INTERFACE) != 0 && ask_interface(cap, SIOCGIFFLAGS, &answer) == -ENODEV &&
		!(is_renamed(cap) && ask_interface(cap, SIOCGIFFLAGS, &answer) == 0);
	if (*gone)
		return "it is gone";
	if (!(answer.ifr_flags & IFF_UP))
		return strcmp(cap->name, ANY_INTERFACE) == 0 ? NULL : "it is down";
	return answer.ifr_flags & IFF_RUNNING ? NULL : "no link: is the cable in?";
}

/*
 * Binds the socket that is there to the interface of this name, which may be another one than before. A new socket
 * would need CAP_NET_RAW, which is long given up; binding an old one needs nothing (packet(7)).
 */
static int bind_anew(struct capture *cap)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct packet_mreq promisc = {.mr_type = PACKET_MR_PROMISC};
	struct ifreq answer;
	int fd = pcap_fileno(cap->pcap), trouble = 0;
	socklen_t size = sizeof(trouble);
	struct complaint c;

	if (ask_interface(cap, SIOCGIFHWADDR, &answer) < 0 || answer.ifr_hwaddr.sa_family != ARPHRD_ETHER ||
	    ask_interface(cap, SIOCGIFINDEX, &answer) < 0)
		return -ENODEV;
	cap->ifindex = to.sll_ifindex = promisc.mr_ifindex = answer.ifr_ifindex;
	if (ask_interface(cap, SIOCGIFFLAGS, &answer) < 0 || !(answer.ifr_flags & IFF_UP))
		return -ENETDOWN;
	if (bind(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promisc, sizeof(promisc)) < 0)
		return -errno;
	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &trouble, &size); /* the former interface's */
	if (cap->waits && (cap->filter ? capture_filter(cap, cap->pcap, &c) : let_all_through(fd)) < 0)
		return -EINVAL;
	cap->waits = cap->broken = false;
	return 0;
}

/* For who has no socket at all, but still the right to open one. */
static int open_at_last(struct capture *cap)
{
	struct complaint c;
	pcap_t *pcap;
	int status = open_handle(cap, &pcap, &c);

	if (status == 0)
		status = take_handle(cap, pcap);
	cap->broken = status != 0;
	return status;
}

/* It is not there any more: one that gets its name from now on is taken for it. */
static void forget_interface(struct capture *cap)
{
	cap->new_name[0] = '\0';
	cap->ifindex = 0;
	cap->broken = true;
}

/* After an error the socket may still be bound to an interface that is there, by this name or another. */
static bool is_there(struct capture *cap)
{
	struct ifreq answer;

	return cap->waits || ask_interface(cap, SIOCGIFFLAGS, &answer) != -ENODEV || is_renamed(cap);
}

/*
 * Looks after the interface when no frame comes, and until one that was lost is back, once a second at most. One that
 * goes down and up delivers through the old socket, of which libpcap says nothing. One that was taken away and came
 * back (a USB adapter, a container's veth) has another number: the socket has to be bound to it.
 */
static void watch(struct capture *cap)
{
	int64_t now_ns = when_monotonic_ns();
	bool gone;

	if (now_ns < cap->retry_ns)
		return;
	cap->retry_ns = now_ns + RETRY_NS;
	if (cap->broken) {
		if (cap->pcap && !is_there(cap)) {
			forget_interface(cap);
			set_link(cap, CAPTURE_LINK_GONE);
		}
		if ((cap->pcap ? bind_anew(cap) : open_at_last(cap)) == 0)
			back(cap);
		return;
	}
	const char *trouble = link_trouble(cap, &gone);
	if (gone)
		forget_interface(cap);
	if (trouble)
		lost(cap, gone ? CAPTURE_LINK_GONE : CAPTURE_LINK_DOWN, trouble);
	else if (cap->lost)
		back(cap);
}

int capture_live_read(struct capture *cap, int max)
{
	bool failed = false;
	int n = cap->pcap ? capture_dispatch(cap, max, &failed) : 0;

	/* libpcap looks for the former name; watch() asks by the new one */
	if (failed && !cap->broken && !cap->new_name[0]) {
		lost(cap, CAPTURE_LINK_DOWN, pcap_geterr(cap->pcap));
		cap->broken = true;
		cap->retry_ns = when_monotonic_ns() + RETRY_NS;
	}
	if (n == 0 || cap->lost)
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
		lost(cap, CAPTURE_LINK_DOWN, "it is down");
		cap->broken = true;
		if (open_for_later(cap, c) < 0)
			log_warning(
			    "capture: lo is down as well, so %s cannot be waited for without the right to open it "
			    "then",
			    iface);
	} else if (status < 0) {
		goto fail;
	} else {
		status = take_handle(cap, pcap);
		if (status < 0) {
			complain(c, iface, 0, 0, "cannot wait for frames: %s", strerror(-status));
			goto fail;
		}
	}
	open_drops(cap);
	cap->last_iface_drops = iface_drops(cap);
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
	for (int i = 0; i < 2; i++) {
		if (cap->drop_fds[i] >= 0)
			close(cap->drop_fds[i]);
	}
}

/* libpcap's counter is 32 bits wide. What the card lost it reads from files that it opens each time; ours are open. */
void capture_live_count(struct capture *cap)
{
	uint64_t drops = iface_drops(cap);
	struct pcap_stat s;

	if (drops > cap->last_iface_drops)
		cap->iface_dropped += drops - cap->last_iface_drops;
	cap->last_iface_drops = drops;
	if (!cap->pcap || pcap_stats(cap->pcap, &s) < 0)
		return;
	cap->kernel_dropped += s.ps_drop - cap->last_dropped;
	cap->last_dropped = s.ps_drop;
}
