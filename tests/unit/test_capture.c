/* capture: files of every kind, whole and broken; an interface that goes and comes back. */
#include <check.h>
#include <errno.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <linux/if_packet.h>
#include <unistd.h>

#include "capture_scene.h"
#include "run_suite.h"

struct kind {
	uint32_t magic;
	bool big;
	int64_t sub_ns;
};

static const struct kind kinds[] = {{0xa1b2c3d4, false, 123456000},
				    {0xa1b2c3d4, true, 123456000},
				    {0xa1b23c4d, false, 123456},
				    {0xa1b23c4d, true, 123456}};

START_TEST(pcap_in_both_orders_and_precisions)
{
	const struct kind *k = &kinds[_i];
	struct bytes o = {.big = k->big};

	put_pcap_header(&o, k->magic, 65535, 1);
	for (int i = 0; i < 5; i++)
		put_pcap_frame(&o, 123456, 60 + (uint32_t)i, 100);
	save(&o);
	struct seen s = read_saved(NULL);
	ck_assert_uint_eq(s.n, 5);
	ck_assert_int_eq(s.last.ts_ns, 1700000000 * NS_PER_S + k->sub_ns);
	ck_assert_uint_eq(s.last.bytes.len, 64);
	ck_assert_uint_eq(s.last.wire_len, 100);
	ck_assert_int_eq(s.last.linktype, DLT_EN10MB);
	ck_assert_uint_eq(s.bytes[63], 63);
}
END_TEST

/* What is odd about one frame in the midst of many. */
static const struct oddity {
	uint32_t longer, fraction, seconds;
	bool cut;
} oddities[] = {{0},          {.longer = 66000}, {.longer = 300000}, {.fraction = 1000001}, {.seconds = 0xf0000000},
		{.cut = true}};

/* A filter that lets everything through has libpcap read the file: the same comes out. */
START_TEST(many_blocks_are_read_as_libpcap_reads_them)
{
	const struct oddity *odd = &oddities[(unsigned)_i / 2];
	struct bytes o = {.big = _i % 2};
	static uint8_t junk[400000];
	char trouble[2][256];
	uint32_t seed = 5;

	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = (uint8_t)(i * i >> 5);
	put_pcap_header(&o, 0xa1b2c3d4, 65535, 1);
	save(&o);
	FILE *f = fopen(path, "ab");
	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < 2000; i++) {
		seed = seed * 1664525 + 1013904223;
		bool is_odd = i == 1500;
		uint32_t len = (seed >> 16) % (i % 50 ? 1600 : 65536) + (is_odd ? odd->longer : 0);
		o.n = 0;
		put(&o, is_odd && odd->seconds ? odd->seconds : 1700000000u + (uint32_t)i, 4);
		put(&o, is_odd && odd->fraction ? odd->fraction : seed % 1000000, 4);
		put(&o, len, 4);
		put(&o, len + seed % 3, 4);
		ck_assert_uint_eq(fwrite(o.b, 1, o.n, f), o.n);
		ck_assert_uint_eq(fwrite(junk + i, 1, is_odd && odd->cut ? len / 2 : len, f),
				  is_odd && odd->cut ? len / 2 : len);
		if (is_odd && odd->cut)
			break;
	}
	fclose(f);
	struct sum a = sum_of(NULL, trouble[0], sizeof(trouble[0])),
		   b = sum_of("len >= 0", trouble[1], sizeof(trouble[1]));
	ck_assert_uint_ge(a.n, 1500);
	ck_assert(a.n == b.n && a.bytes == b.bytes && a.wire == b.wire && a.ts_ns == b.ts_ns && a.content == b.content);
	ck_assert_str_eq(trouble[0], trouble[1]);
}
END_TEST

START_TEST(a_cut_file_is_read_to_its_last_whole_frame)
{
	struct bytes o = {0};
	struct seen s = {0};

	put_pcap_header(&o, 0xa1b2c3d4, 65535, 1);
	for (int i = 0; i < 5; i++)
		put_pcap_frame(&o, 0, 60, 60);
	o.n -= (size_t)_i;
	save(&o);
	struct capture *cap = open_saved(NULL);
	while (capture_read(cap, 3, take, &s) > 0)
		;
	ck_assert_uint_eq(s.n, 4);
	ck_assert_int_eq(capture_read(cap, 3, take, &s), CAPTURE_END);
	ck_assert_ptr_nonnull(capture_trouble(cap));
	ck_assert_msg(strstr(capture_trouble(cap), "truncated after frame 4") != NULL, "%s", capture_trouble(cap));
	capture_close(cap);
}
END_TEST

START_TEST(what_is_no_capture_is_refused)
{
	struct bytes o = {0};

	save(&o);
	ck_refused(-EINVAL, "empty");
	put(&o, 0x08088b1f, 4);
	put_zeros(&o, 60);
	save(&o);
	ck_refused(-EINVAL, "gzip -dc");
	memcpy(o.b, "hello, world", 12);
	save(&o);
	ck_refused(-EINVAL, "editcap");
	o.n = 3;
	save(&o);
	ck_refused(-EINVAL, "pcapng");
	o.n = 0;
	put_pcap_header(&o, 0xa1b2c3d4, 65535, 189); /* USB */
	save(&o);
	ck_refused(-EINVAL, "USB");
	snprintf(path, sizeof(path), "%s/none", dir);
	ck_refused(-ENOENT, "No such file");
	snprintf(path, sizeof(path), "%s", dir);
	ck_refused(-EISDIR, "directory");
}
END_TEST

START_TEST(filter_and_snap_length)
{
	struct capture_options o = {.filter = "len >= 62", .snaplen = 20};
	struct bytes out = {0};
	struct capture *cap;

	put_pcap_header(&out, 0xa1b2c3d4, 65535, 1);
	for (uint32_t i = 0; i < 5; i++)
		put_pcap_frame(&out, 0, 60 + i, 60 + i);
	save(&out);
	struct seen s = read_saved(&o);
	ck_assert_uint_eq(s.n, 3);
	ck_assert_uint_eq(s.last.bytes.len, 20);
	ck_assert_uint_eq(s.last.wire_len, 64);
	o.filter = "tcp prot";
	ck_assert_int_eq(capture_open_file(&cap, path, &o, &complaint), -EINVAL);
	ck_assert_msg(strstr(complaint.text, "tcp prot") != NULL, "%s", complaint.text);
}
END_TEST

START_TEST(standard_input)
{
	struct bytes o = {0};
	int ends[2];

	put_pcap_header(&o, 0xa1b2c3d4, 65535, 1);
	put_pcap_frame(&o, 0, 60, 60);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], o.b, o.n), (ssize_t)o.n);
	close(ends[1]);
	dup2(ends[0], 0);
	close(ends[0]);
	strcpy(path, "-");
	ck_assert_uint_eq(read_saved(NULL).n, 1);
}
END_TEST

/* A network of this test's own: no privilege needed where user namespaces are allowed. */
static bool own_network(void)
{
	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	return system("ip link add sks0 type veth peer name sks1 && ip link set sks0 up && ip link set sks1 up") == 0;
}

/** Sends @n frames of 60 bytes on the interface. */
static void send_frames(const char *iface, unsigned n)
{
	static const uint8_t frame[60] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(iface), .sll_halen = 6};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	ck_assert_int_ge(fd, 0);
	for (unsigned i = 0; i < n; i++)
		ck_assert_int_eq(sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)),
				 sizeof(frame));
	close(fd);
}

struct live_seen {
	unsigned n, ours;
};

static void take_live(void *ctx, const struct frame_in *f)
{
	struct live_seen *s = ctx;

	s->n++;
	s->ours += f->bytes.len == 60 && f->bytes.ptr[12] == 0x88 && f->bytes.ptr[13] == 0xb5;
}

/** Reads until @ours frames came, at most for @ms. */
static unsigned read_for(struct capture *cap, unsigned ours, int ms)
{
	struct live_seen s = {0};
	int64_t until = when_monotonic_ns() + ms * NS_PER_MS;

	while (s.ours < ours && when_monotonic_ns() < until) {
		struct pollfd p = {.fd = capture_fd(cap), .events = POLLIN};
		poll(&p, 1, 50);
		while (capture_read(cap, 64, take_live, &s) > 0)
			;
	}
	return s.ours;
}

START_TEST(an_interface_goes_and_comes_back)
{
	struct capture_options o = {.filter = "ether proto 0x88b5"};
	struct capture *cap;

	if (!own_network()) {
		fprintf(stderr, "live capture not tested: no network namespace to be had\n");
		return;
	}
	ck_assert_int_eq(capture_open_live(&cap, "nosuch0", &o, &complaint), -ENODEV);
	ck_assert_msg(strstr(complaint.text, "sks0") != NULL, "%s", complaint.text);
	int status = capture_open_live(&cap, "sks0", &o, &complaint);
	ck_assert_msg(status == 0, "%s", complaint.text);
	ck_assert(capture_is_live(cap));
	int fd = capture_fd(cap);
	send_frames("sks1", 10);
	ck_assert_uint_eq(read_for(cap, 10, 5000), 10);
	ck_assert_uint_eq(capture_count(cap).kernel_dropped, 0);

	/* down and up: the same interface */
	ck_assert_int_eq(system("ip link set sks0 down"), 0);
	read_for(cap, 1, 1200);
	ck_assert_int_eq(system("ip link set sks0 up"), 0);
	read_for(cap, 1, 1500);
	send_frames("sks1", 10);
	ck_assert_uint_eq(read_for(cap, 10, 5000), 10);

	/* taken away and made anew: another one of the same name */
	ck_assert_int_eq(system("ip link del sks0"), 0);
	read_for(cap, 1, 300);
	ck_assert_int_eq(
	    system("ip link add sks0 type veth peer name sks1 && ip link set sks0 up && ip link set sks1 up"), 0);
	read_for(cap, 1, 2500);
	send_frames("sks1", 10);
	ck_assert_uint_eq(read_for(cap, 10, 5000), 10);
	ck_assert_int_eq(capture_fd(cap), fd);
	ck_assert_uint_eq(capture_count(cap).frames, 30);
	capture_close(cap);

	/* down from the start */
	ck_assert_int_eq(system("ip link set sks0 down"), 0);
	ck_assert_int_eq(capture_open_live(&cap, "sks0", &o, &complaint), 0);
	ck_assert_uint_eq(read_for(cap, 1, 100), 0);
	ck_assert_int_eq(system("ip link set sks0 up"), 0);
	read_for(cap, 1, 1500);
	send_frames("sks1", 10);
	ck_assert_uint_eq(read_for(cap, 10, 5000), 10);
	capture_close(cap);
}
END_TEST

START_TEST(without_capability)
{
	struct capture_options o = {0};
	struct capture *cap;

	if (getuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		return;
	ck_assert_int_eq(capture_open_live(&cap, "lo", &o, &complaint), -EPERM);
	ck_assert_msg(strstr(complaint.text, "cap_net_raw") != NULL, "%s", complaint.text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("capture");
	TCase *t = tcase_create("files");
	TCase *live = tcase_create("live");

	if (!scene_begin())
		return 1;
	tcase_add_loop_test(t, pcap_in_both_orders_and_precisions, 0, 4);
	tcase_add_loop_test(t, many_blocks_are_read_as_libpcap_reads_them, 0,
			    2 * sizeof(oddities) / sizeof(oddities[0]));
	tcase_add_loop_test(t, a_cut_file_is_read_to_its_last_whole_frame, 1, 76);
	tcase_add_test(t, what_is_no_capture_is_refused);
	tcase_add_test(t, filter_and_snap_length);
	tcase_add_test(t, standard_input);
	suite_add_tcase(s, t);
	tcase_set_timeout(live, 60);
	tcase_add_test(live, an_interface_goes_and_comes_back);
	tcase_add_test(live, without_capability);
	suite_add_tcase(s, live);
	int status = run_suite_apart(s);
	scene_end();
	return status;
}
