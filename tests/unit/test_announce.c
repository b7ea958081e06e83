/* discovery beyond ARP, DHCP and LLDP: what devices tell their neighbours, and what they answer. */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "announce_vectors.h"
#include "dissect_harness.h"

static struct harness h;

static void begin(const struct dissector *d)
{
	harness_init(&h, d);
	h.out.at.has_ether = true;
	h.out.at.src_mac = (struct mac){{0x00, 0x80, 0xf4, 0x00, 0x00, 0x01}};
	h.out.at.dest_mac = (struct mac){{0x02, 0x00, 0x00, 0x00, 0x00, 0x50}};
	if (dissector_is_link(d))
		return;
	h.out.at.ip_proto = d->frame ? IPPROTO_TCP : IPPROTO_UDP;
	h.out.at.src_ip = ip_from_v4((const uint8_t[]){192, 168, 0, 1});
	h.out.at.dest_ip = ip_from_v4((const uint8_t[]){192, 168, 0, 50});
}

/* Plays a vector, the last run up to @cut bytes; streams in pieces of two at @split. */
static void play(const struct dissector *d, const struct harness_script *s, size_t cut, size_t split)
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct harness_run *r = &s->runs[i];
		size_t n = i + 1 == s->n && cut < r->len ? cut : r->len, first = split < n ? split : n;
		if (!d->frame) {
			harness_datagram(&h, r->dir, r->bytes, n);
			continue;
		}
		harness_stream(&h, r->dir, r->bytes, first);
		harness_stream(&h, r->dir, r->bytes + first, n - first);
	}
}

START_TEST(vectors)
{
	const struct announce_vector *v = &announce_vectors[_i];
	char *expect = harness_quotes(v->expect);
	struct harness_script s;

	harness_script_read(&s, v->script);
	begin(v->d);
	play(v->d, &s, SIZE_MAX, SIZE_MAX);
	ck_assert_msg(strcmp(harness_lines(&h), expect) == 0, "%s\nexpected\n%sgot\n%s", v->name, expect,
		      harness_lines(&h));
	harness_deinit(&h);
	harness_script_free(&s);
	free(expect);
}
END_TEST

/* Cut at every byte: an anomaly alone, or fewer and shorter records; never more of them than in the whole. */
START_TEST(cut_anywhere)
{
	const struct announce_vector *v = &announce_vectors[_i];
	struct harness_script s;

	harness_script_read(&s, v->script);
	begin(v->d);
	play(v->d, &s, SIZE_MAX, SIZE_MAX);
	unsigned whole = h.events;
	for (size_t at = 0; at < s.runs[s.n - 1].len; at++) {
		harness_reset(&h);
		play(v->d, &s, at, SIZE_MAX);
		ck_assert_msg(h.events - h.anomalies <= whole && h.anomalies <= 1, "%s cut at %zu:\n%s", v->name, at,
			      harness_lines(&h));
		ck_assert_msg(h.anomalies == 0 || h.events <= whole + 1, "%s cut at %zu", v->name, at);
	}
	harness_deinit(&h);
	harness_script_free(&s);
}
END_TEST

/* Streams split at every byte: the same. */
START_TEST(split_anywhere)
{
	const struct announce_vector *v = &announce_vectors[_i];
	char *expect = harness_quotes(v->expect);
	struct harness_script s;

	harness_script_read(&s, v->script);
	begin(v->d);
	for (size_t at = 0; v->d->frame && at < 2048; at++) {
		harness_reset(&h);
		play(v->d, &s, SIZE_MAX, at);
		ck_assert_msg(strcmp(harness_lines(&h), expect) == 0, "%s split at %zu\nexpected\n%sgot\n%s", v->name,
			      at, expect, harness_lines(&h));
	}
	harness_deinit(&h);
	harness_script_free(&s);
	free(expect);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("announce");
	TCase *t = tcase_create("records");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, vectors, 0, ANNOUNCE_VECTORS);
	tcase_add_loop_test(t, cut_anywhere, 0, ANNOUNCE_VECTORS);
	tcase_add_loop_test(t, split_anywhere, 0, ANNOUNCE_VECTORS);
	suite_add_tcase(suite, t);

	SRunner *r = srunner_create(suite);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
