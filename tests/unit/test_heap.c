/* The heap, as it is (this file's second program has no sanitizer, whose malloc is another) and with one. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/heap.h"
#include "run_suite.h"

/* May the kernel put huge pages where @at is? @resident: KiB of that piece that are there. */
static bool look_at(const void *at, unsigned *resident)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	uintptr_t from, to;
	char line[512];
	bool here = false, huge = false;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2)
			here = from <= (uintptr_t)at && (uintptr_t)at < to;
		else if (here && strncmp(line, "Rss:", 4) == 0)
			ck_assert_int_eq(sscanf(line, "Rss: %u", resident), 1);
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			huge = strstr(line, " hg") != NULL;
	}
	fclose(f);
	return huge;
}

static bool may_be_huge(const void *at)
{
	unsigned resident;

	return look_at(at, &resident);
}

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static bool is_to_be_huge(void)
{
	return access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0 && !__sanitizer_get_current_allocated_bytes;
}

START_TEST(what_is_allocated_may_lie_on_huge_pages)
{
	enum { PIECES = 1024, BYTES = 10000 };
	bool there = is_to_be_huge();
	char *pieces[PIECES];

	heap_begin();
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < PIECES; i++) {
			pieces[i] = malloc(BYTES);
			ck_assert_ptr_nonnull(pieces[i]);
			memset(pieces[i], round, BYTES);
		}
		ck_assert_int_eq(may_be_huge(pieces[PIECES - 1]), there);
		for (int i = 0; i < PIECES; i++) {
			ck_assert_int_eq(pieces[i][BYTES - 1], round);
			free(pieces[i]);
		}
		heap_give_back();
	}
}
END_TEST

/* So that runs that do the same take the same, wherever the heap begins. */
START_TEST(the_first_piece_lies_on_the_first_huge_page)
{
	enum { HUGE = 2 << 20, BYTES = 300 << 10 };
	unsigned resident;

	heap_begin();
	uint8_t *first = malloc(BYTES); /* no room for it stands between others */
	ck_assert_ptr_nonnull(first);
	ck_assert_int_eq(look_at(first, &resident), is_to_be_huge());
	if (is_to_be_huge()) {
		ck_assert_uint_lt((uintptr_t)first % HUGE, 64);
		ck_assert_uint_le(resident, HUGE >> 10); /* nothing further on, around which one could be made later */
	}
	free(first);
}
END_TEST

START_TEST(addresses_that_are_counted_are_not_reserved)
{
	struct rlimit few = {256 << 20, 256 << 20};

	ck_assert_int_eq(setrlimit(RLIMIT_AS, &few), 0);
	const uint8_t *end = sbrk(0);
	heap_begin();
	ck_assert_int_lt((const uint8_t *)sbrk(0) - end, 16 << 20);
	void *pages = heap_pages(64 << 20); /* of which there are enough for what comes */
	ck_assert_ptr_nonnull(pages);
	heap_pages_free(pages, 64 << 20);
}
END_TEST

START_TEST(pages_apart_from_the_heap_are_there_once_they_are_touched)
{
	enum { BYTES = 64 << 20 };
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	uint8_t *pages = heap_pages(BYTES);
	ck_assert_ptr_nonnull(pages);
	for (size_t i = 0; i < 8; i++)
		ck_assert_uint_eq(pages[i * (BYTES / 8)]++, 0);
	getrusage(RUSAGE_SELF, &after);
	ck_assert_int_lt(after.ru_minflt - before.ru_minflt, 100);
	ck_assert(!may_be_huge(pages));
	heap_pages_free(pages, BYTES);
	heap_pages_free(NULL, BYTES);
	ck_assert_ptr_null(heap_pages(SIZE_MAX / 2));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("heap");
	TCase *t = tcase_create("heap");

	tcase_add_test(t, what_is_allocated_may_lie_on_huge_pages);
	tcase_add_test(t, the_first_piece_lies_on_the_first_huge_page);
	if (!__sanitizer_get_current_allocated_bytes) /* which has no life with so few */
		tcase_add_test(t, addresses_that_are_counted_are_not_reserved);
	tcase_add_test(t, pages_apart_from_the_heap_are_there_once_they_are_touched);
	suite_add_tcase(s, t);
	return run_suite_apart(s);
}
