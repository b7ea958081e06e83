/*
 * A small VLAN switch with a mirror port, for the lab factory.
 *
 * Why not the kernel's bridge: it can mirror, but whether it knows VLANs
 * depends on how the machine's kernel was built. A hundred and fifty lines on
 * packet sockets run wherever network namespaces do, and put the 802.1Q tag
 * where a real switch puts it: on the copy that leaves by the mirror port.
 *
 *   vlanswitch MIRROR PORT:VLAN[:up] ...
 *
 * PORT is an access port of one VLAN. What enters a port is copied to MIRROR,
 * tagged, once ("monitor session, direction rx"), then switched inside its
 * VLAN. A port marked "up" leads to the router: an IPv4 packet entering there
 * is copied only if its source was never seen on an access port, for otherwise
 * it was copied when it entered the first time. Link-local frames (LLDP, CDP)
 * are copied untagged and go no further, as on a real switch.
 *
 * Ends on SIGTERM. Prints "ready" once every port is open.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTS_MAX = 64, SOURCES_MAX = 256, MACS_MAX = 256, FRAME_MAX = 2048, FRAME_MIN = 60, TAG_LEN = 4 };

struct port { int fd; uint16_t vlan; bool up; };
struct mac_at { uint8_t mac[6]; uint16_t vlan; int port; };

static struct port ports[PORTS_MAX];
static int port_count;
static uint32_t sources[SOURCES_MAX]; /* IPv4 sources seen on access ports */
static int source_count;
static struct mac_at macs[MACS_MAX];
static int mac_count;
static int mirror_fd;

static int port_open(const char *name)
{
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	int one = 1;
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };

	at.sll_ifindex = (int)if_nametoindex(name);
	if (fd < 0 || at.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0) {
		fprintf(stderr, "vlanswitch: %s: %s\n", name, strerror(errno));
		exit(1);
	}
	/* never hear our own sending */
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
	return fd;
}

static bool source_known(uint32_t ip)
{
	for (int i = 0; i < source_count; i++)
		if (sources[i] == ip)
			return true;
	return false;
}

/* Is this the second sight of a routed packet? Access ports also teach us sources. */
static bool seen_before(const struct port *in, const uint8_t *frame, size_t len)
{
	uint32_t ip;

	if (len < 34 || frame[12] != 0x08 || frame[13] != 0x00)
		return false;
	memcpy(&ip, frame + 26, sizeof ip);
	if (in->up)
		return source_known(ip);
	if (ip != 0 && !source_known(ip) && source_count < SOURCES_MAX)
		sources[source_count++] = ip;
	return false;
}

static bool link_local(const uint8_t *frame)
{
	static const uint8_t ieee[5] = { 0x01, 0x80, 0xc2, 0x00, 0x00 };
	static const uint8_t cdp[6] = { 0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc };

	return (memcmp(frame, ieee, sizeof ieee) == 0 && frame[5] < 0x10) || memcmp(frame, cdp, sizeof cdp) == 0;
}

static void mirror(uint16_t vlan, bool tagged, const uint8_t *frame, size_t len)
{
	uint8_t copy[FRAME_MAX + TAG_LEN];
	size_t at = 12;

	memcpy(copy, frame, 12);
	if (tagged) {
		copy[at++] = 0x81;
		copy[at++] = 0x00;
		copy[at++] = (uint8_t)(vlan >> 8);
		copy[at++] = (uint8_t)vlan;
	}
	memcpy(copy + at, frame + 12, len - 12);
	if (send(mirror_fd, copy, at + len - 12, 0) < 0)
		perror("vlanswitch: mirror");
}

static int mac_port(const uint8_t *mac, uint16_t vlan)
{
	for (int i = 0; i < mac_count; i++)
		if (macs[i].vlan == vlan && memcmp(macs[i].mac, mac, 6) == 0)
			return macs[i].port;
	return -1;
}

static void mac_learn(const uint8_t *mac, uint16_t vlan, int port)
{
	if (mac_port(mac, vlan) >= 0 || mac_count == MACS_MAX)
		return;
	memcpy(macs[mac_count].mac, mac, 6);
	macs[mac_count].vlan = vlan;
	macs[mac_count++].port = port;
}

static void forward(int in, const uint8_t *frame, size_t len)
{
	uint16_t vlan = ports[in].vlan;
	int known = (frame[0] & 1) ? -1 : mac_port(frame, vlan);

	mac_learn(frame + 6, vlan, in);
	for (int i = 0; i < port_count; i++) {
		if (i == in || ports[i].vlan != vlan || (known >= 0 && known != i))
			continue;
		(void)!send(ports[i].fd, frame, len, 0);
	}
}

static void receive(int in)
{
	uint8_t frame[FRAME_MAX] = { 0 };
	ssize_t got = recv(ports[in].fd, frame, sizeof frame, 0);
	size_t len = got < 14 ? 0 : (size_t)got;

	if (len == 0)
		return;
	if (len < FRAME_MIN)
		len = FRAME_MIN; /* padded, as on the wire */
	if (link_local(frame)) {
		mirror(0, false, frame, len);
		return;
	}
	if (!seen_before(&ports[in], frame, len))
		mirror(ports[in].vlan, true, frame, len);
	forward(in, frame, len);
}

int main(int argc, char **argv)
{
	struct pollfd wait[PORTS_MAX];

	if (argc < 3 || argc - 2 > PORTS_MAX) {
		fprintf(stderr, "usage: vlanswitch MIRROR PORT:VLAN[:up] ...\n");
		return 2;
	}
	mirror_fd = port_open(argv[1]);
	for (int i = 2; i < argc; i++) {
		char *vlan = strchr(argv[i], ':');
		if (vlan == NULL)
			return 2;
		*vlan++ = '\0';
		ports[port_count].fd = port_open(argv[i]);
		ports[port_count].vlan = (uint16_t)strtoul(vlan, NULL, 10);
		ports[port_count].up = strstr(vlan, ":up") != NULL;
		wait[port_count] = (struct pollfd){ .fd = ports[port_count].fd, .events = POLLIN };
		port_count++;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(wait, (nfds_t)port_count, -1) < 0 && errno != EINTR)
			return 1;
		for (int i = 0; i < port_count; i++)
			if (wait[i].revents & POLLIN)
				receive(i);
	}
}
