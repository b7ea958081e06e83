/* pcapng: sections, interfaces of several kinds, clocks; what is broken. */
#include <signal.h>

#include "capture_scene.h"
#include "run_suite.h"

START_TEST(pcapng_in_both_orders)
{
	struct bytes o = {.big = _i};

	put_section(&o);
	put_interface(&o, 1, 9);
	put_interface(&o, 1, 6);
	put_packet(&o, 0, UINT64_C(1700000000123456789));
	save(&o);
	struct seen s = read_saved(NULL);
	ck_assert_uint_eq(s.n, 1);
	ck_assert_int_eq(s.last.ts_ns, INT64_C(1700000000123456789));
	ck_assert_uint_eq(s.last.wire_len, 30);
	put_packet(&o, 1, UINT64_C(1700000000123456));
	save(&o);
	s = read_saved(NULL);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_int_eq(s.last.ts_ns, INT64_C(1700000000123456000));
}
END_TEST

START_TEST(times_beyond_reason_do_not_overflow)
{
	struct bytes o = {0};

	put_section(&o);
	put_interface(&o, 1, 0);
	put_packet(&o, 0, UINT64_MAX / 4);
	save(&o);
	ck_assert_int_eq(read_saved(NULL).last.ts_ns, 0);
}
END_TEST

/* A block of @type around @body_len bytes that @body says, zeroes where it is NULL. */
static void put_block(struct bytes *o, uint32_t type, const struct bytes *body, size_t body_len)
{
	uint32_t total = 12 + (uint32_t)((body_len + 3) / 4 * 4);

	put(o, type, 4);
	put(o, total, 4);
	if (body)
		memcpy(o->b + o->n, body->b, body_len);
	else
		memset(o->b + o->n, 0, body_len);
	o->n += body_len;
	put_zeros(o, (4 - body_len % 4) % 4);
	put(o, total, 4);
}

static void put_option(struct bytes *o, uint16_t code, uint64_t value, uint16_t size)
{
	put(o, code, 2);
	put(o, size, 2);
	put(o, value, size);
	put_zeros(o, (4 - size % 4) % 4);
}

static struct bytes body;

/** An interface with a clock of @resolution (if_tsresol) that begins @offset_s after 1970. */
static void put_interface_of(struct bytes *o, uint16_t linktype, uint32_t snaplen, uint8_t resolution, int64_t offset_s)
{
	body.n = 0;
	body.big = o->big;
	put(&body, linktype, 2);
	put(&body, 0, 2);
	put(&body, snaplen, 4);
	put_option(&body, 2, 0x657468, 3); /* if_name */
	put_option(&body, 9, resolution, 1);
	put_option(&body, 14, (uint64_t)offset_s, 8);
	put_option(&body, 0, 0, 0);
	put_block(o, 1, &body, body.n);
}

static void count(void *ctx, const struct frame_in *f)
{
	struct seen *s = ctx;

	s->n++;
	s->last = *f;
}

/** What read_saved() reads, with what capture_trouble() says, "" where it says nothing. */
static struct seen read_on(const char **trouble)
{
	static char text[512];
	struct capture *cap = open_saved(NULL);
	struct seen s = {0};

	while (capture_read(cap, 3, count, &s) > 0)
		;
	ck_assert_int_eq(capture_read(cap, 3, count, &s), CAPTURE_END);
	snprintf(text, sizeof(text), "%s", capture_trouble(cap) ? capture_trouble(cap) : "");
	*trouble = text;
	capture_close(cap);
	return s;
}

START_TEST(interfaces_have_link_types_and_snap_lengths_of_their_own)
{
	struct bytes o = {0};

	put_section(&o);
	put_interface_of(&o, 1, 96, 9, 0);
	put_packet(&o, 0, 5);
	put_interface_of(&o, 101, 262144, 9, 0); /* LINKTYPE_RAW */
	put_interface_of(&o, 113, 65535, 9, 0);
	put_packet(&o, 1, 6);
	save(&o);
	struct seen s = read_saved(NULL);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_int_eq(s.last.linktype, DLT_RAW);
	put_packet(&o, 2, 7);
	save(&o);
	s = read_saved(NULL);
	ck_assert_uint_eq(s.n, 3);
	ck_assert_int_eq(s.last.linktype, DLT_LINUX_SLL);
	put_packet(&o, 0, 8);
	save(&o);
	ck_assert_int_eq(read_saved(NULL).last.linktype, DLT_EN10MB);
}
END_TEST

static void add_up_numbers(void *ctx, const struct frame_in *f)
{
	struct seen *s = ctx;

	s->n += (unsigned)f->number;
}

/* Frames keep the numbers that other tools give them. */
START_TEST(what_cannot_be_read_is_passed_over_and_told)
{
	struct bytes o = {0};
	struct seen s = {0};

	put_section(&o);
	put_interface(&o, 189, 9); /* USB */
	put_packet(&o, 0, 5);
	put_interface(&o, 1, 9);
	put_packet(&o, 1, 5);
	put_packet(&o, 7, 5); /* nobody's */
	put_packet(&o, 0, 5);
	put_packet(&o, 1, 6);
	save(&o);
	struct capture *cap = open_saved(NULL);
	ck_assert_int_eq(capture_read(cap, 10, add_up_numbers, &s), 2);
	ck_assert_uint_eq(s.n, 2 + 5);
	ck_assert_int_eq(capture_read(cap, 10, add_up_numbers, &s), CAPTURE_END);
	ck_assert_uint_eq(capture_count(cap).frames, 2);
	ck_assert_msg(strstr(capture_trouble(cap), "3 of 5 frames") && strstr(capture_trouble(cap), "link type"), "%s",
		      capture_trouble(cap));
	capture_close(cap);
	o.n = 0;
	put_section(&o);
	put_interface(&o, 189, 9);
	save(&o);
	ck_refused(-EINVAL, "USB");
	o.n = 0;
	put_section(&o);
	put_interface(&o, 1, 0x80 | 64);
	save(&o);
	ck_refused(-EINVAL, "clock");
	o.n = 0;
	put_section(&o);
	put_interface(&o, 189, 9);
	put_packet(&o, 0, 5);
	o.n--;
	save(&o);
	ck_refused(-EINVAL, "USB"); /* what matters more than that it is cut */
	o.n = 0;
	put_section(&o);
	put_packet(&o, 7, 5);
	put_packet(&o, 7, 5);
	save(&o);
	const char *trouble;
	ck_assert_uint_eq(read_on(&trouble).n, 0);
	ck_assert_msg(strstr(trouble, "2 of 2 frames"), "%s", trouble);
	o.n--;
	save(&o);
	ck_refused(-EINVAL, "midst of a block");
}
END_TEST

START_TEST(damage_does_not_hide_what_was_passed_over)
{
	struct bytes o = {0};
	const char *trouble;

	put_section(&o);
	put_interface(&o, 1, 9);
	put_interface(&o, 189, 9);
	put_packet(&o, 1, 5);
	put_packet(&o, 0, 5);
	put_packet(&o, 0, 5);
	o.n--;
	save(&o);
	ck_assert_uint_eq(read_on(&trouble).last.number, 2);
	ck_assert_msg(strstr(trouble, "truncated after frame 2: ") && strstr(trouble, "1 of 2 frames"), "%s", trouble);
}
END_TEST

/* Who pipes what cannot be read is told so while it goes on. */
START_TEST(a_pipe_that_cannot_be_read_is_refused_while_it_goes_on)
{
	static struct bytes o;
	struct capture_options usual = {0};
	struct capture *cap;
	int ends[2];

	put_section(&o);
	put_interface(&o, 189, 9);
	for (int i = 0; i < 100; i++)
		put_packet(&o, 0, 5);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], o.b, o.n), (ssize_t)o.n);
	dup2(ends[0], 0);
	ck_assert_int_eq(capture_open_file(&cap, "-", &usual, &complaint), -EINVAL);
	ck_assert_msg(strstr(complaint.text, "USB") != NULL, "%s", complaint.text);
	close(ends[1]);
	close(ends[0]);
}
END_TEST

static void nothing(int signal)
{
	(void)signal;
}

START_TEST(who_interrupts_a_quiet_pipe_ends_it)
{
	struct sigaction act = {.sa_handler = nothing};
	static struct bytes o;
	const char *trouble;
	int ends[2];

	sigaction(SIGALRM, &act, NULL);
	put_section(&o);
	put_interface(&o, 1, 9);
	put_packet(&o, 0, 5);
	o.n -= _i ? 5 : 0;
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], o.b, o.n), (ssize_t)o.n);
	dup2(ends[0], 0);
	strcpy(path, "-");
	ualarm(200000, 200000); /* again, in case that the first comes too early */
	ck_assert_uint_eq(read_on(&trouble).n, _i ? 0 : 1);
	ck_assert_msg(strstr(trouble, "cannot be read after frame"), "%s", trouble);
}
END_TEST

static const struct {
	uint8_t resolution;
	int64_t offset_s;
	uint64_t units;
	int64_t ns;
} clocks[] = {
    {0, 0, 1700000000, INT64_C(1700000000000000000)},
    {3, 0, UINT64_C(1700000000123), INT64_C(1700000000123000000)},
    {6, 1700000000, 5, INT64_C(1700000000000005000)},
    {9, -1, UINT64_C(1700000001000000007), INT64_C(1700000000000000007)},
    {10, 1700000000, UINT64_C(12345678999), INT64_C(1700000001234567899)},
    {0x80 | 10, 1700000000, 1024 + 512, INT64_C(1700000001500000000)},
    {0x80 | 63, 1700000000, (UINT64_C(3) << 62) + 1, INT64_C(1700000001500000000)},
    {9, INT64_MIN, 5, 0},
    {0, INT64_MAX, 5, 0},
    {0, 0, UINT64_MAX, 0},
    {0, 0, UINT64_C(1) << 32, 0},
};

START_TEST(every_clock_is_understood)
{
	struct bytes o = {.big = _i % 2};

	put_section(&o);
	put_interface_of(&o, 1, 65535, clocks[_i / 2].resolution, clocks[_i / 2].offset_s);
	put_packet(&o, 0, clocks[_i / 2].units);
	save(&o);
	ck_assert_int_eq(read_saved(NULL).last.ts_ns, clocks[_i / 2].ns);
}
END_TEST

START_TEST(packets_of_the_older_kinds)
{
	struct bytes o = {.big = _i};

	put_section(&o);
	put_interface(&o, 1, 6);
	body.n = 0;
	body.big = o.big;
	put(&body, 0, 2);   /* interface */
	put(&body, 999, 2); /* drops */
	put(&body, 0, 4);
	put(&body, 1700000, 4);
	put(&body, 21, 4);
	put(&body, 80, 4);
	put_zeros(&body, 20);
	put(&body, 0x77, 1);
	put_block(&o, 2, &body, body.n);
	save(&o);
	struct seen s = read_saved(NULL);
	ck_assert_uint_eq(s.n, 1);
	ck_assert_int_eq(s.last.ts_ns, 1700000000);
	ck_assert(s.last.bytes.len == 21 && s.last.wire_len == 80 && s.bytes[20] == 0x77);
	body.n = 0;
	put(&body, 90, 4);
	put_zeros(&body, 60); /* cut by the snap length */
	put_block(&o, 3, &body, body.n);
	save(&o);
	s = read_saved(NULL);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_int_eq(s.last.ts_ns, 1700000000); /* no time of its own */
	ck_assert(s.last.bytes.len == 60 && s.last.wire_len == 90);
	body.n = 0;
	put(&body, 57, 4);
	put_zeros(&body, 60); /* padded */
	put_block(&o, 3, &body, body.n);
	save(&o);
	s = read_saved(NULL);
	ck_assert(s.last.bytes.len == 57 && s.last.wire_len == 57);
	put_section(&o);
	put_interface_of(&o, 1, 58, 6, 0);
	body.n = 0;
	put(&body, 90, 4);
	put_zeros(&body, 60); /* cut and padded */
	put_block(&o, 3, &body, body.n);
	save(&o);
	s = read_saved(NULL);
	ck_assert(s.last.bytes.len == 58 && s.last.wire_len == 90);
}
END_TEST

START_TEST(each_section_has_an_order_and_interfaces_of_its_own)
{
	struct bytes o = {0};

	for (int i = 0; i < 4; i++) {
		o.big = i % 2;
		put_section(&o);
		put_block(&o, 4, NULL, 33); /* names */
		put_interface(&o, i == 3 ? 101 : 1, i == 3 ? 9 : 6);
		put_packet(&o, 0, i == 3 ? 5 : 7);
		put_block(&o, 5, NULL, 20); /* statistics */
	}
	save(&o);
	struct seen s = read_saved(NULL);
	ck_assert_uint_eq(s.n, 4);
	ck_assert_int_eq(s.last.ts_ns, 5);
	ck_assert_int_eq(s.last.linktype, DLT_RAW);
}
END_TEST

/* Longer than what can be looked at in one go: from a file and from a pipe. */
START_TEST(long_blocks)
{
	enum { LONGEST = 262144 };
	struct bytes o = {0};
	bool piped = _i;

	put_section(&o);
	put_block(&o, 0x0bad, NULL, 280001);
	put_interface(&o, 1, 9);
	put_packet(&o, 0, 5);
	save(&o);
	FILE *f = fopen(path, "ab");
	for (unsigned i = 0; i < 8; i++) {
		o.n = 0;
		put_block(&o, 0x0bad, NULL, 60000u * i + 77);
		ck_assert_uint_eq(fwrite(o.b, 1, o.n, f), o.n);
		o.n = 0;
		if (i == 7) {
			body.n = 0;
			put_zeros(&body, 12);
			put(&body, LONGEST + 500, 4);
			put(&body, LONGEST + 600, 4);
			put_zeros(&body, LONGEST + 500);
			put_block(&o, 6, &body, body.n);
		} else {
			put_packet(&o, 0, 7);
		}
		ck_assert_uint_eq(fwrite(o.b, 1, o.n, f), o.n);
	}
	fclose(f);
	if (piped) {
		char command[128];
		snprintf(command, sizeof(command), "cat %s", path);
		FILE *cat = popen(command, "re");
		ck_assert_ptr_nonnull(cat);
		dup2(fileno(cat), 0);
		strcpy(path, "-");
	}
	const char *trouble;
	struct seen s = read_on(&trouble);
	ck_assert_str_eq(trouble, "");
	ck_assert_uint_eq(s.n, 9);
	ck_assert_int_eq(s.last.ts_ns, 0);
	ck_assert(s.last.bytes.len == LONGEST && s.last.wire_len == LONGEST + 600);
}
END_TEST

static void on_frame(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct frame_in f = {
	    .bytes = span_of(bytes, h->caplen), .wire_len = h->len, .ts_ns = h->ts.tv_sec * NS_PER_S + h->ts.tv_usec};

	add_up(user, &f);
}

/* Where all interfaces are of one kind libpcap reads the file, too. */
START_TEST(many_frames_are_read_as_libpcap_reads_them)
{
	struct bytes o = {.big = _i % 2};
	char trouble[256], why[PCAP_ERRBUF_SIZE];
	struct sum expected = {0};
	uint32_t seed = 7;

	put_section(&o);
	for (uint8_t i = 0; i < 3; i++)
		put_interface_of(&o, 1, 65535, i == 2 ? 0x80 | 20 : (uint8_t)(6 + 3 * i), 1600000000);
	save(&o);
	FILE *f = fopen(path, "ab");
	for (unsigned i = 0; i < 3000; i++) {
		seed = seed * 1664525 + 1013904223;
		uint32_t len = (seed >> 16) % (i % 50 ? 1600 : 65536);
		body.n = o.n = 0;
		body.big = o.big;
		put(&body, seed % 3, 4);
		put(&body, seed % 3 == 1 ? 20000 : 0, 4); /* 2^32 units */
		put(&body, seed, 4);
		put(&body, len, 4);
		put(&body, len + seed % 5, 4);
		for (uint32_t k = 0; k < len; k++)
			body.b[body.n++] = (uint8_t)(k * k + i);
		if (i % 7 == 0)
			put_option(&body, 2, 0, 4); /* epb_flags */
		put_block(&o, 6, &body, body.n);
		if (i % 11 == 0)
			put_block(&o, 5, NULL, seed % 3000);
		ck_assert_uint_eq(fwrite(o.b, 1, o.n, f), o.n);
	}
	fclose(f);
	pcap_t *p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	ck_assert_msg(p != NULL, "%s", why);
	ck_assert_msg(pcap_dispatch(p, -1, on_frame, (u_char *)&expected) == 3000, "%s", pcap_geterr(p));
	pcap_close(p);
	struct sum got = sum_of(NULL, trouble, sizeof(trouble));
	ck_assert_str_eq(trouble, "");
	ck_assert_uint_eq(got.n, expected.n);
	ck_assert(got.bytes == expected.bytes && got.wire == expected.wire && got.content == expected.content);
	ck_assert_uint_eq(got.ts_ns, expected.ts_ns);
}
END_TEST

START_TEST(a_cut_file_is_read_to_its_last_whole_frame)
{
	struct bytes o = {0};
	const char *trouble;

	put_section(&o);
	put_interface(&o, 1, 9);
	for (int i = 0; i < 3; i++)
		put_packet(&o, 0, 5);
	put_block(&o, 5, NULL, 20);
	o.n -= (size_t)_i;
	save(&o);
	struct seen s = read_on(&trouble);
	ck_assert_uint_eq(s.n, _i <= 32 ? 3 : 2);
	if (_i == 32 || _i == 32 + 52) /* between two blocks */
		ck_assert_str_eq(trouble, "");
	else
		ck_assert_msg(strstr(trouble, _i < 32 ? "truncated after frame 3" : "truncated after frame 2") != NULL,
			      "%s", trouble);
}
END_TEST

/* What is wrong at which place of a file with one frame before and one behind it. */
static const struct {
	size_t back; /* from the end of the first frame */
	uint32_t value;
	const char *word;
} damages[] = {
    {48, 12, "length that cannot be"}, {4, 56, "at its end"},
    {48, 51, "length that cannot be"}, {48, 8, "length that cannot be"},
    {32, 21, "longer than its block"}, {32, UINT32_MAX, "longer than its block"},
};

START_TEST(damage_is_told)
{
	struct bytes o = {.big = _i % 2};
	const char *trouble;

	put_section(&o);
	put_interface(&o, 1, 9);
	put_packet(&o, 0, 5);
	put_packet(&o, 0, 5);
	size_t n = o.n;
	o.n -= damages[_i / 2].back;
	put(&o, damages[_i / 2].value, 4);
	o.n = n;
	put_packet(&o, 0, 5);
	save(&o);
	read_on(&trouble);
	ck_assert_msg(strstr(trouble, ": damaged after frame ") && strstr(trouble, damages[_i / 2].word), "%s",
		      trouble);
}
END_TEST

START_TEST(what_is_no_section_is_refused)
{
	struct bytes o = {0};

	put(&o, 0x0a0d0d0a, 4);
	save(&o);
	ck_refused(-EINVAL, "midst of a block");
	put(&o, 28, 4);
	put(&o, 0x1a2b3c4e, 4);
	put_zeros(&o, 16);
	save(&o);
	ck_refused(-EINVAL, "order of bytes");
	o.n = 0;
	put_section(&o);
	o.b[12] = 2;
	save(&o);
	ck_refused(-EINVAL, "version");
	o.b[12] = 1;
	o.b[14] = 2; /* 1.2 is 1.0 */
	save(&o);
	ck_assert_uint_eq(read_saved(NULL).n, 0);
	strcpy((char *)o.b, "\nhello, world");
	save(&o);
	ck_refused(-EINVAL, "editcap");
}
END_TEST

START_TEST(a_filter_is_made_for_each_link_type)
{
	struct bytes o = {0};
	struct capture *cap;
	char trouble[256];

	put_section(&o);
	put_interface(&o, 1, 9);
	put_interface(&o, 101, 9);
	put_packet(&o, 0, 5);
	put_packet(&o, 1, 5);
	save(&o);
	ck_assert_uint_eq(sum_of("len >= 30", trouble, sizeof(trouble)).n, 2);
	ck_assert_str_eq(trouble, "");
	ck_assert_uint_eq(sum_of("len < 30", trouble, sizeof(trouble)).n, 0);
	ck_assert_uint_eq(sum_of("not vlan 5", trouble, sizeof(trouble)).n, 1);
	ck_assert_msg(strstr(trouble, "1 of 2 frames") && strstr(trouble, "filter"), "%s", trouble);
	ck_assert_int_eq(capture_open_file(&cap, path, &(struct capture_options){.filter = "tcp prot"}, &complaint),
			 -EINVAL);
	ck_assert_msg(strstr(complaint.text, "tcp prot") != NULL, "%s", complaint.text);
	/* who sent it, and through which interface, no file says */
	ck_assert_int_eq(capture_open_file(&cap, path, &(struct capture_options){.filter = "inbound"}, &complaint),
			 -EINVAL);
	ck_assert_msg(strstr(complaint.text, "inbound") != NULL, "%s", complaint.text);
	/* no frame of raw IP is ARP's, which is no trouble */
	ck_assert_uint_eq(sum_of("arp or len < 30", trouble, sizeof(trouble)).n, 0);
	ck_assert_uint_eq(sum_of("not vlan 5 or arp", trouble, sizeof(trouble)).n, 1);
	ck_assert_uint_eq(sum_of("arp", trouble, sizeof(trouble)).n, 0);
	ck_assert_str_eq(trouble, "");
	ck_assert_uint_eq(read_saved(&(struct capture_options){.snaplen = 10}).last.bytes.len, 10);
	o.n = 0;
	put_section(&o);
	put_interface(&o, 101, 9);
	save(&o);
	ck_assert_int_eq(capture_open_file(&cap, path, &(struct capture_options){.filter = "not vlan 5"}, &complaint),
			 -EINVAL);
	ck_assert_msg(strstr(complaint.text, "capture filter 'not vlan 5' is not valid"), "%s", complaint.text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("capture_ng");
	TCase *t = tcase_create("pcapng");

	if (!scene_begin())
		return 1;
	tcase_add_loop_test(t, pcapng_in_both_orders, 0, 2);
	tcase_add_test(t, times_beyond_reason_do_not_overflow);
	tcase_add_test(t, interfaces_have_link_types_and_snap_lengths_of_their_own);
	tcase_add_test(t, what_cannot_be_read_is_passed_over_and_told);
	tcase_add_test(t, damage_does_not_hide_what_was_passed_over);
	tcase_add_test(t, a_pipe_that_cannot_be_read_is_refused_while_it_goes_on);
	tcase_add_loop_test(t, who_interrupts_a_quiet_pipe_ends_it, 0, 2);
	tcase_add_loop_test(t, every_clock_is_understood, 0, 2 * sizeof(clocks) / sizeof(clocks[0]));
	tcase_add_loop_test(t, packets_of_the_older_kinds, 0, 2);
	tcase_add_test(t, each_section_has_an_order_and_interfaces_of_its_own);
	tcase_add_loop_test(t, long_blocks, 0, 2);
	tcase_add_loop_test(t, many_frames_are_read_as_libpcap_reads_them, 0, 2);
	tcase_add_loop_test(t, a_cut_file_is_read_to_its_last_whole_frame, 1, 84);
	tcase_add_loop_test(t, damage_is_told, 0, 2 * sizeof(damages) / sizeof(damages[0]));
	tcase_add_test(t, what_is_no_section_is_refused);
	tcase_add_test(t, a_filter_is_made_for_each_link_type);
	suite_add_tcase(s, t);
	int status = run_suite_apart(s);
	scene_end();
	return status;
}
