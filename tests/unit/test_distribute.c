/* Which worker a frame is for: what belongs together comes to one, however it is wrapped. */
#include <arpa/inet.h>
#include <check.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/distribute.h"
#include "run_suite.h"

enum { WORKERS = 16, ROOM = 2048, TCP = 6, UDP = 17, ICMP = 1, GRE = 47, V6_FRAGMENT = 44, VXLAN = 4789 };

struct frame {
	uint8_t b[ROOM];
	size_t len;
	int64_t ts_ns;
};

static struct distributor *d;

static void put(struct frame *f, const void *bytes, size_t n)
{
	ck_assert_uint_le(f->len + n, ROOM);
	memcpy(f->b + f->len, bytes, n);
	f->len += n;
}

static void put16(struct frame *f, unsigned v)
{
	put(f, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static void ethernet(struct frame *f, const char *dest, unsigned type, int vlan)
{
	unsigned m[6];

	ck_assert_int_eq(sscanf(dest, "%x:%x:%x:%x:%x:%x", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5]), 6);
	for (int i = 0; i < 6; i++)
		put(f, &(uint8_t){(uint8_t)m[i]}, 1);
	put(f, "\x02\0\0\0\0\1", 6);
	if (vlan) {
		put16(f, 0x8100);
		put16(f, (unsigned)vlan);
	}
	put16(f, type);
}

/* @offset: of a fragment, in bytes. @bytes: behind the header. */
static void ipv4(struct frame *f, const char *src, const char *dest, unsigned proto, unsigned id, unsigned offset,
		 bool more, size_t bytes)
{
	struct in_addr a, b;

	inet_pton(AF_INET, src, &a);
	inet_pton(AF_INET, dest, &b);
	put(f, "\x45\0", 2);
	put16(f, (unsigned)(20 + bytes));
	put16(f, id);
	put16(f, (more ? 0x2000 : 0) | offset / 8);
	put(f, (uint8_t[]){64, (uint8_t)proto, 0, 0}, 4);
	put(f, &a, 4);
	put(f, &b, 4);
}

static void ipv6(struct frame *f, const char *src, const char *dest, unsigned next, size_t bytes)
{
	struct in6_addr a, b;

	inet_pton(AF_INET6, src, &a);
	inet_pton(AF_INET6, dest, &b);
	put(f, "\x60\0\0\0", 4);
	put16(f, (unsigned)bytes);
	put(f, (uint8_t[]){(uint8_t)next, 64}, 2);
	put(f, &a, 16);
	put(f, &b, 16);
}

static void ports(struct frame *f, unsigned src, unsigned dest, unsigned bytes)
{
	put16(f, src);
	put16(f, dest);
	put16(f, bytes); /* UDP: its length */
	put16(f, 0);
}

static void tcp(struct frame *f, unsigned src, unsigned dest)
{
	put16(f, src);
	put16(f, dest);
	put(f, "\0\0\0\1\0\0\0\1\x50\x10\x20\0\0\0\0\0", 16);
}

static unsigned to(const struct frame *f)
{
	struct frame_in in = {.bytes = span_of(f->b, f->len),
			      .wire_len = (uint32_t)f->len,
			      .ts_ns = f->ts_ns,
			      .number = 1,
			      .linktype = DLT_EN10MB};
	unsigned worker = distribute(d, &in);

	ck_assert_uint_lt(worker, WORKERS);
	return worker;
}

#define UNICAST "02:00:00:00:00:02"

static unsigned plain(const char *src, const char *dest, unsigned sport, unsigned dport, int vlan)
{
	struct frame f = {.ts_ns = 1};

	ethernet(&f, UNICAST, 0x0800, vlan);
	ipv4(&f, src, dest, TCP, 1, 0, false, 20);
	tcp(&f, sport, dport);
	return to(&f);
}

static void setup(void)
{
	d = distributor_new(WORKERS);
	ck_assert_ptr_nonnull(d);
}

static void teardown(void)
{
	distributor_free(d);
}

START_TEST(test_a_pair_of_hosts_has_one_worker)
{
	unsigned used = 0;

	for (int i = 1; i < 200; i++) {
		char src[32], dest[32];
		snprintf(src, sizeof(src), "10.0.%d.%d", i % 7, i);
		snprintf(dest, sizeof(dest), "10.1.0.%d", 250 - i);
		unsigned worker = plain(src, dest, 1000, 502, 0);
		ck_assert_uint_eq(plain(dest, src, 502, 1000, 0), worker);
		ck_assert_uint_eq(plain(src, dest, 2000, 80, 0), worker);
		ck_assert_uint_eq(plain(dest, src, 2000, 80, 7), worker);
		used |= 1u << worker;
	}
	ck_assert_uint_eq(used, (1u << WORKERS) - 1);
}
END_TEST

START_TEST(test_ipv6_too)
{
	unsigned used = 0;

	for (int i = 1; i < 200; i++) {
		unsigned worker[2];
		char other[40];
		snprintf(other, sizeof(other), "fd00::%x", i);
		for (int back = 0; back < 2; back++) {
			struct frame f = {.ts_ns = 1};
			ethernet(&f, UNICAST, 0x86dd, 0);
			ipv6(&f, back ? other : "fd00::ffff", back ? "fd00::ffff" : other, TCP, 20);
			tcp(&f, 1000, 502);
			worker[back] = to(&f);
		}
		ck_assert_uint_eq(worker[0], worker[1]);
		used |= 1u << worker[0];

		/* behind an extension header, and as a fragment */
		struct frame behind = {.ts_ns = 1}, part = {.ts_ns = 1};
		ethernet(&behind, UNICAST, 0x86dd, 0);
		ipv6(&behind, "fd00::ffff", other, 60, 28);
		put(&behind, "\x06\0\1\4\0\0\0\0", 8);
		tcp(&behind, 1000, 502);
		ck_assert_uint_eq(to(&behind), worker[0]);
		ethernet(&part, UNICAST, 0x86dd, 0);
		ipv6(&part, other, "fd00::ffff", V6_FRAGMENT, 16);
		put(&part, "\x06\0\0\x08\0\0\0\1abcdefgh", 16);
		ck_assert_uint_eq(to(&part), worker[0]);
	}
	ck_assert_uint_eq(used, (1u << WORKERS) - 1);
}
END_TEST

START_TEST(test_fragments_go_with_their_hosts)
{
	for (int i = 1; i < 100; i++) {
		char dest[32];
		snprintf(dest, sizeof(dest), "10.1.0.%d", i);
		unsigned worker = plain("10.0.0.1", dest, 1000, 502, 0);
		for (int part = 0; part < 3; part++) {
			for (int proto = TCP; proto <= UDP; proto += UDP - TCP) {
				struct frame f = {.ts_ns = 1};
				ethernet(&f, UNICAST, 0x0800, 0);
				ipv4(&f, dest, "10.0.0.1", (unsigned)proto, (unsigned)i, (unsigned)part * 16, part < 2,
				     16);
				ports(&f, 1, 2, 48);
				ports(&f, 1, 2, 48);
				ck_assert_uint_eq(to(&f), worker);
			}
		}
	}
}
END_TEST

/* What is within GRE between the ends of a tunnel; @part -1: whole, else the first or the second fragment of it. */
static unsigned within_gre(const char *src, const char *dest, unsigned id, int part)
{
	struct frame f = {.ts_ns = 1}, inner = {0};

	ipv4(&inner, src, dest, TCP, 9, 0, false, 60);
	tcp(&inner, 1000, 502);
	put(&inner, (uint8_t[40]){0}, 40);
	ethernet(&f, UNICAST, 0x0800, 0);
	size_t from = part == 1 ? 48 : 0, n = part == 0 ? 48 : 4 + inner.len - from;
	ipv4(&f, "192.0.2.1", "192.0.2.2", GRE, id, (unsigned)from, part == 0, part == 1 ? 4 + inner.len - 48 : n);
	if (part == 1) {
		put(&f, inner.b + 44, inner.len - 44);
	} else {
		put16(&f, 0);
		put16(&f, 0x0800);
		put(&f, inner.b, part == 0 ? 44 : inner.len);
	}
	return to(&f);
}

START_TEST(test_within_a_tunnel_the_inner_pair_counts)
{
	for (int i = 1; i < 100; i++) {
		char dest[32];
		snprintf(dest, sizeof(dest), "10.1.0.%d", i);
		unsigned worker = plain("10.0.0.1", dest, 1000, 502, 0);
		ck_assert_uint_eq(within_gre("10.0.0.1", dest, 1, -1), worker);
		ck_assert_uint_eq(within_gre(dest, "10.0.0.1", 1, -1), worker);

		struct frame f = {.ts_ns = 1};
		ethernet(&f, UNICAST, 0x0800, 0);
		ipv4(&f, "192.0.2.1", "192.0.2.2", UDP, 1, 0, false, 8 + 8 + 14 + 40);
		ports(&f, 55555, VXLAN, 8 + 8 + 14 + 40);
		put(&f, "\x08\0\0\0\0\0\1\0", 8);
		ethernet(&f, UNICAST, 0x0800, 0);
		ipv4(&f, dest, "10.0.0.1", TCP, 1, 0, false, 20);
		tcp(&f, 502, 1000);
		ck_assert_uint_eq(to(&f), worker);
	}
}
END_TEST

START_TEST(test_fragments_of_a_tunnel_follow_the_first)
{
	for (int i = 1; i < 100; i++) {
		char dest[32];
		snprintf(dest, sizeof(dest), "10.1.0.%d", i);
		unsigned worker = plain("10.0.0.1", dest, 1000, 502, 0);
		ck_assert_uint_eq(within_gre("10.0.0.1", dest, (unsigned)i, 0), worker);
		ck_assert_uint_eq(within_gre("10.0.0.1", dest, (unsigned)i, 1), worker);
	}
	/* the other way round they stay together, wherever that is */
	unsigned outer = within_gre("10.0.0.1", "10.1.0.1", 1000, 1);
	ck_assert_uint_eq(within_gre("10.0.0.1", "10.1.0.1", 1000, 0), outer);
	/* a number that is used again is another datagram */
	for (int i = 1; i < 100; i++) {
		char dest[32];
		snprintf(dest, sizeof(dest), "10.1.0.%d", i);
		ck_assert_uint_eq(within_gre("10.0.0.1", dest, 7, 0), plain("10.0.0.1", dest, 1000, 502, 0));
		ck_assert_uint_eq(within_gre("10.0.0.1", dest, 7, 1), plain("10.0.0.1", dest, 1000, 502, 0));
	}
}
END_TEST

START_TEST(test_what_is_counted_over_all_senders_goes_to_the_first)
{
	struct frame arp = {.ts_ns = 1}, goose = {.ts_ns = 1}, cut = {.ts_ns = 1};

	ethernet(&arp, "ff:ff:ff:ff:ff:ff", 0x0806, 0);
	put(&arp, (uint8_t[46]){0}, 46);
	ck_assert_uint_eq(to(&arp), 0);
	ethernet(&goose, "01:0c:cd:01:00:01", 0x88b8, 4);
	put(&goose, (uint8_t[46]){0}, 46);
	ck_assert_uint_eq(to(&goose), 0);
	put(&cut, "\xff\xff\xff", 3);
	ck_assert_uint_eq(to(&cut), 0);
	for (int i = 1; i < 50; i++) {
		struct frame ping = {.ts_ns = 1}, part = {.ts_ns = 1}, shout = {.ts_ns = 1};
		char src[32];
		snprintf(src, sizeof(src), "10.1.0.%d", i);
		ethernet(&ping, UNICAST, 0x0800, 0);
		ipv4(&ping, src, "10.0.0.1", ICMP, 1, 0, false, 8);
		put(&ping, "\x08\0\0\0\0\0\0\0", 8);
		ck_assert_uint_eq(to(&ping), 0);
		ethernet(&part, UNICAST, 0x0800, 0);
		ipv4(&part, src, "10.0.0.1", ICMP, 1, 1480, false, 8);
		put(&part, (uint8_t[8]){0}, 8);
		ck_assert_uint_eq(to(&part), 0);
		ethernet(&shout, "ff:ff:ff:ff:ff:ff", 0x0800, 0);
		ipv4(&shout, src, "10.1.255.255", UDP, 1, 0, false, 8);
		ports(&shout, 138, 138, 8);
		ck_assert_uint_eq(to(&shout), 0);
	}
}
END_TEST

START_TEST(test_every_truncation_is_for_somebody)
{
	struct frame f = {.ts_ns = 1};

	ethernet(&f, UNICAST, 0x0800, 3);
	ipv4(&f, "192.0.2.1", "192.0.2.2", GRE, 1, 0, false, 44);
	put16(&f, 0);
	put16(&f, 0x0800);
	ipv4(&f, "10.0.0.1", "10.1.0.1", TCP, 1, 0, false, 20);
	tcp(&f, 1, 2);
	for (size_t whole = f.len; f.len > 0; f.len--) {
		/* of exactly that many bytes, so that reading beyond them shows */
		uint8_t *alone = malloc(f.len);
		memcpy(alone, f.b, f.len);
		struct frame_in in = {
		    .bytes = span_of(alone, f.len), .wire_len = (uint32_t)whole, .ts_ns = 1, .linktype = DLT_EN10MB};
		ck_assert_uint_lt(distribute(d, &in), WORKERS);
		free(alone);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("distribute");
	TCase *c = tcase_create("distribute");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, test_a_pair_of_hosts_has_one_worker);
	tcase_add_test(c, test_ipv6_too);
	tcase_add_test(c, test_fragments_go_with_their_hosts);
	tcase_add_test(c, test_within_a_tunnel_the_inner_pair_counts);
	tcase_add_test(c, test_fragments_of_a_tunnel_follow_the_first);
	tcase_add_test(c, test_what_is_counted_over_all_senders_goes_to_the_first);
	tcase_add_test(c, test_every_truncation_is_for_somebody);
	suite_add_tcase(s, c);
	return run_suite(s);
}
