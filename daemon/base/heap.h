/*
 * What the process asks of malloc and of the kernel, for a daemon that runs for years and a replay that runs for a
 * second.
 *
 * A page that is touched for the first time costs more than what is then done with it, and tables that are asked at
 * random want more pages than the processor has room to know. So all that is allocated lies in one piece of addresses
 * in which the kernel may put huge pages (2 MiB) instead of small ones (4 KiB). A huge page is there as a whole: what
 * has room for much and seldom holds it is to lie apart (heap_pages()).
 *
 * What is freed stays for what comes next. After a reload, when much was freed at once, heap_give_back() lets it go.
 *
 * Source: malloc(3), mallopt(3), malloc_trim(3), mallinfo(3), sbrk(2), madvise(2), dl_iterate_phdr(3).
 */
#ifndef SEKISHO_BASE_HEAP_H
#define SEKISHO_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Before the first thread begins, and before much is allocated. Where the kernel has no huge pages, or addresses
 * have their price (RLIMIT_AS, RLIMIT_DATA, overcommit_memory = 2), pages are small as they would have been. */
void heap_begin(void);

/** @bytes (at least 1) of zeroes apart from the heap, in small pages that are there once they are touched.
 * @return NULL where there is no room; else to be given back by heap_pages_free(). */
void *heap_pages(size_t bytes);

/** NULL is none. */
void heap_pages_free(void *at, size_t bytes);

/** After much was freed: what lies unused between other blocks goes back. Takes milliseconds; not on the packets' way.
 */
void heap_give_back(void);

/** When all is read and compiled: pages of the program and its libraries that only the start looked at (tables of
 * symbols, relocations) are let go. What is needed again is mapped again, from the file. So
 * are pages that a debugger wrote its breakpoints into: set them behind this. */
void heap_started(void);

/** Bytes that are allocated now, by all threads. @return false where the C library does not tell. */
bool heap_in_use(uint64_t *bytes);

#endif
