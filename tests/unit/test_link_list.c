/* link_list: the conversations of one asset, in the order in which the table has them, what is packed away of them; and
 * the words of a set. */
#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>

#include "ledger/ledger_state.h"
#include "ledger/link_list.h"
#include "ledger/whose.h"
#include "run_suite.h"

enum { ASSETS = 12, CAP = 200 };

static bool is_of(const struct link *k, uint64_t no)
{
	return k->key.src == no || k->key.dest == no;
}

/* What a walk over the whole table finds, and nothing twice. */
static void check_walks(const struct ledger *l)
{
	for (uint64_t no = 1; no < ASSETS; no++) {
		struct link_walk w = {0};
		struct link *found = NULL;
		for (struct link *k = table_oldest(&l->links); k; k = table_newer(&l->links, k)) {
			if (!is_of(k, no))
				continue;
			do
				found = link_list_next(l, no, &w);
			while (found && !is_of(found, no));
			ck_assert_ptr_eq(found, k);
		}
		do
			found = link_list_next(l, no, &w);
		while (found && !is_of(found, no));
		ck_assert_ptr_null(found);
	}
}

static void evict(void *ctx, void *entry)
{
	link_list_drop(ctx, entry);
}

static struct link *any(const struct ledger *l)
{
	struct link *k = table_oldest(&l->links);

	for (int i = rand() % (int)l->links.used; i > 0; i--)
		k = table_newer(&l->links, k);
	return k;
}

START_TEST(the_same_as_the_whole_table)
{
	static struct ledger l;

	srand(7);
	ck_assert_int_eq(
	    table_init(&l.links, CAP, sizeof(struct link_key), sizeof(struct link), table_hash_bytes, evict, &l), 0);
	ck_assert_int_eq(link_lists_init(&l), 0);
	for (int i = 0; i < 20000; i++) {
		struct link_key key = {.src = (uint64_t)(rand() % ASSETS), /* 0: no asset */
				       .dest = (uint64_t)(rand() % ASSETS),
				       .port = (uint16_t)(rand() % 4)};
		struct link *k = table_find(&l.links, &key, link_hash(&key));
		if (!k) {
			link_list_add(&l, table_insert(&l.links, &key, link_hash(&key)));
		} else if (rand() % 2) {
			table_touch(&l.links, k);
			link_list_touch(&l, k);
		}
		if (rand() % 4 == 0) {
			k = any(&l);
			link_list_drop(&l, k);
			table_remove(&l.links, k);
		}
		if (i % 100 == 0)
			check_walks(&l);
	}
	ck_assert_uint_gt(l.links.evicted, 0);
	check_walks(&l);
	link_lists_deinit(&l);
	table_deinit(&l.links);
}
END_TEST

START_TEST(what_came_may_go)
{
	static struct ledger l;
	struct link_walk w = {0};
	unsigned n = 0;

	ck_assert_int_eq(
	    table_init(&l.links, CAP, sizeof(struct link_key), sizeof(struct link), table_hash_bytes, NULL, NULL), 0);
	ck_assert_int_eq(link_lists_init(&l), 0);
	for (uint16_t i = 0; i < 30; i++) {
		/* each third speaks to itself */
		struct link_key key = {.src = 5, .dest = i % 3 ? 6 : 5, .port = i};
		link_list_add(&l, table_insert(&l.links, &key, link_hash(&key)));
	}
	for (struct link *k; (k = link_list_next(&l, 5, &w)); n++) {
		ck_assert_uint_eq(k->key.port, n);
		link_list_drop(&l, k);
		table_remove(&l.links, k);
	}
	ck_assert_uint_eq(n, 30);
	ck_assert_ptr_null(link_list_next(&l, 6, &(struct link_walk){0}));
	link_lists_deinit(&l);
	table_deinit(&l.links);
}
END_TEST

/* What a conversation keeps of its addresses, held against a plain copy of them. */
START_TEST(addresses_of_any_width)
{
	enum { LINKS = 40 };
	static struct ledger l;
	static const uint8_t v4[][4] = {{0, 0, 0, 0}, {10, 0, 0, 1}, {192, 0, 2, 255}};
	struct ip_addr plain[LINKS][2] = {0}, any_ip[5] = {{{0}}};
	struct link *links[LINKS];

	srand(3);
	for (unsigned i = 0; i < 3; i++)
		any_ip[1 + i] = ip_from_v4(v4[i]);
	any_ip[4] = (struct ip_addr){{0x20, 0x01, 0x0d, 0xb8, [15] = 7}};
	ck_assert_int_eq(
	    table_init(&l.links, CAP, sizeof(struct link_key), sizeof(struct link), table_hash_bytes, NULL, NULL), 0);
	ck_assert_int_eq(link_pack_init(&l), 0);
	for (uint16_t i = 0; i < LINKS; i++) {
		struct link_key key = {.port = i};
		links[i] = table_insert(&l.links, &key, link_hash(&key));
	}
	for (int step = 0; step < 10000; step++) {
		int i = rand() % LINKS, end = rand() % 2, ip = rand() % 5;
		plain[i][end] = any_ip[ip];
		link_set_ip(&l, links[i], (unsigned)end, &any_ip[ip]);
		if (rand() % 8 == 0) {
			link_forget_more(&l, links[i]);
			plain[i][0] = plain[i][1] = any_ip[0];
		}
		for (unsigned e = 0; e < 2; e++) {
			struct ip_addr got = link_ip(&l, links[i], e);
			ck_assert_mem_eq(&got, &plain[i][e], sizeof(got));
		}
	}
	ck_assert_uint_gt(l.link_more.used, 0);
	for (unsigned i = 0; i < LINKS; i++)
		link_forget_more(&l, links[i]);
	ck_assert_uint_eq(l.link_more.used, 0);
	ck_assert_uint_eq(l.link_more.evicted, 0);
	link_pack_deinit(&l);
	table_deinit(&l.links);
}
END_TEST

/* What was counted, small and large, beside addresses that come and go. */
START_TEST(totals_of_any_size)
{
	enum { LINKS = 40 };
	static struct ledger l;
	static const uint64_t steps[] = {0,          1,           0xffffff,     0x1000000,       0xfffffff,
					 0x10000000, 0xfffffffff, 0x1000000000, 0x1234567890abcd};
	const struct ip_addr narrow = ip_from_v4((const uint8_t[]){10, 0, 0, 1}),
			     wide = {{0x20, 0x01, 0x0d, 0xb8, [15] = 7}};
	struct link_totals plain[LINKS] = {{0}};
	struct link *links[LINKS];

	srand(4);
	ck_assert_int_eq(
	    table_init(&l.links, CAP, sizeof(struct link_key), sizeof(struct link), table_hash_bytes, NULL, NULL), 0);
	ck_assert_int_eq(link_pack_init(&l), 0);
	for (uint16_t i = 0; i < LINKS; i++) {
		struct link_key key = {.port = i};
		links[i] = table_insert(&l.links, &key, link_hash(&key));
	}
	for (int step = 0; step < 10000; step++) {
		int i = rand() % LINKS;
		/* half of them stay small */
		unsigned most = i % 2 ? 9 : 2;
		struct link_totals more = {.packets = steps[(unsigned)rand() % most],
					   .bytes = steps[(unsigned)rand() % most],
					   .events = steps[(unsigned)rand() % most],
					   .functions = rand() % 50 ? 0 : UINT64_C(1) << rand() % (i % 2 ? 64 : 16)};
		link_count(&l, links[i], &more);
		link_set_ip(&l, links[i], 0, rand() % 4 ? &narrow : &wide);
		plain[i].packets += more.packets;
		plain[i].bytes += more.bytes;
		plain[i].events += more.events;
		plain[i].functions |= more.functions;
		struct link_totals got = link_total(&l, links[i]);
		ck_assert_uint_eq(got.packets, plain[i].packets);
		ck_assert_uint_eq(got.bytes, plain[i].bytes);
		ck_assert_uint_eq(got.events, plain[i].events);
		ck_assert_uint_eq(got.functions, plain[i].functions);
		ck_assert_uint_eq(link_functions(&l, links[i]), plain[i].functions);
	}
	link_count(&l, links[0], &(struct link_totals){.packets = INT64_MAX, .bytes = UINT64_MAX});
	ck_assert_uint_eq(link_total(&l, links[0]).packets, INT64_MAX);
	ck_assert_uint_eq(link_total(&l, links[0]).bytes, INT64_MAX);
	for (unsigned i = 0; i < LINKS; i++)
		link_forget_more(&l, links[i]);
	ck_assert_uint_eq(l.link_more.used, 0);
	ck_assert_uint_eq(l.link_more.evicted, 0);
	link_pack_deinit(&l);
	table_deinit(&l.links);
}
END_TEST

/* An address of IPv4 that is no device's stands in the key itself: no two of them are one. */
START_TEST(peers_are_told_apart)
{
	const struct ip_addr a = ip_from_v4((const uint8_t[]){10, 0, 0, 1}),
			     b = ip_from_v4((const uint8_t[]){10, 0, 0, 2}),
			     nobody = ip_from_v4((const uint8_t[]){0, 0, 0, 0}), wide = {{0x20, 0x01, [15] = 7}};

	ck_assert_uint_eq((uint32_t)(link_peer(&a) ^ link_peer(&b)), htonl(1 ^ 2));
	ck_assert_uint_ne(link_peer(&wide), link_peer(&(struct ip_addr){{0x20, 0x01, [15] = 8}}));
	const struct ip_addr *const all[] = {&a, &b, &nobody, &wide};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct link_key key = {.src = link_peer(all[i]) & LINK_END_MAX, .dest = 5};
		ck_assert_uint_eq(key.src, link_peer(all[i]));
		ck_assert_uint_eq(link_asset_no(key.src), 0);
		ck_assert_uint_eq(link_asset_no(key.dest), 5);
	}
}
END_TEST

START_TEST(marks_are_walked_by_kind)
{
	enum { LINKS = 150 };
	static struct ledger l;
	enum mark plain[LINKS] = {0};
	struct link *links[LINKS];

	srand(5);
	ck_assert_int_eq(
	    table_init(&l.links, CAP, sizeof(struct link_key), sizeof(struct link), table_hash_bytes, NULL, NULL), 0);
	ck_assert_int_eq(link_pack_init(&l), 0);
	for (uint16_t i = 0; i < LINKS; i++) {
		struct link_key key = {.port = i};
		links[i] = table_insert(&l.links, &key, link_hash(&key));
	}
	for (int step = 0; step < 2000; step++) {
		int i = rand() % LINKS;
		enum mark mark = (enum mark)(1 + rand() % (MARK_COUNT - 1));
		if (rand() % 3 == 0) {
			link_unmark(&l, links[i]);
			plain[i] = MARK_NONE;
		} else {
			link_mark(&l, links[i], mark);
			plain[i] = mark > plain[i] ? mark : plain[i];
		}
		uint32_t next = 0, n = 0, number;
		for (int k = 0; k < LINKS; k++) {
			if (plain[k] != mark)
				continue;
			ck_assert(marks_next(&l.link_marks, mark, &next, &number));
			ck_assert_ptr_eq(table_at(&l.links, number), links[k]);
			n++;
		}
		ck_assert(!marks_next(&l.link_marks, mark, &next, &number));
		ck_assert_uint_eq(l.link_marks.of[mark].n, n);
	}
	link_pack_deinit(&l);
	table_deinit(&l.links);
}
END_TEST

START_TEST(words_beyond_the_first)
{
	struct vocab_set a = {0}, b = {0};
	static const uint16_t words[] = {1, 63, 64, 127, 128, VOCAB_MAX - 1};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		ck_assert(!vocab_set_has(&a, words[i]));
		ck_assert(vocab_set_add(&a, words[i]));
		ck_assert(!vocab_set_add(&a, words[i]));
		ck_assert(vocab_set_has(&a, words[i]));
		ck_assert(!vocab_set_has(&a, (uint16_t)(words[i] - 1)) || words[i] == 64 || words[i] == 128);
	}
	ck_assert(vocab_set_add(&b, 2));
	vocab_set_join(&b, &a);
	uint16_t no = vocab_set_next(&b, 0);
	ck_assert_uint_eq(no, 1);
	ck_assert_uint_eq(no = vocab_set_next(&b, no), 2);
	for (size_t i = 1; i < sizeof(words) / sizeof(words[0]); i++)
		ck_assert_uint_eq(no = vocab_set_next(&b, no), words[i]);
	ck_assert_uint_eq(vocab_set_next(&b, no), 0);
	vocab_set_deinit(&a);
	vocab_set_deinit(&b);
	ck_assert(!vocab_set_has(&a, 64));
}
END_TEST

static struct whose_slot *slot_of(const struct whose *w, uint64_t hash, uint32_t asset)
{
	uint32_t at = (uint32_t)hash;
	struct whose_slot *s;

	while ((s = whose_next(w, hash, &at)) && whose_number(s) != asset)
		;
	return s;
}

/* Many of one hash, around the end of the slots, while they grow. */
START_TEST(whose_agrees_with_a_plain_array)
{
	enum { MANY = 2000 };
	static bool model[MANY];
	struct whose w;
	uint32_t used = 0;

	srand(11);
	ck_assert_int_eq(whose_init(&w), 0);
	for (int i = 0; i < 100000; i++) {
		uint32_t asset = (uint32_t)rand() % MANY;
		uint64_t hash = (uint32_t)(asset % 300 * 7 - 700);
		struct whose_slot *s = slot_of(&w, hash, asset);
		ck_assert_int_eq(s != NULL, model[asset]);
		if (!s)
			ck_assert(whose_put(&w, hash, asset));
		else if (rand() % 2)
			whose_take(&w, s);
		else
			continue;
		model[asset] = !s;
		used += s ? UINT32_MAX : 1;
		ck_assert_uint_eq(w.used, used);
		ck_assert_uint_le((w.mask + UINT64_C(1)) * sizeof(*s), whose_bytes(MANY));
	}
	whose_deinit(&w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("link_list");
	TCase *t = tcase_create("link_list");

	tcase_add_test(t, whose_agrees_with_a_plain_array);
	tcase_add_test(t, the_same_as_the_whole_table);
	tcase_add_test(t, what_came_may_go);
	tcase_add_test(t, addresses_of_any_width);
	tcase_add_test(t, totals_of_any_size);
	tcase_add_test(t, peers_are_told_apart);
	tcase_add_test(t, marks_are_walked_by_kind);
	tcase_add_test(t, words_beyond_the_first);
	suite_add_tcase(s, t);
	return run_suite(s);
}
