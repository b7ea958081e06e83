/*
 * What the process asks of malloc, for a daemon that runs for years.
 *
 * Left to itself, glibc takes blocks as large as one that was freed from the heaps from then on, where they leave
 * holes: after a few reloads as much again lies there unused. With fixed sizes large blocks are mappings of their own,
 * which go back when they are freed.
 *
 * Source: mallopt(3), malloc_trim(3), mallinfo(3), madvise(2), dl_iterate_phdr(3).
 */
#ifndef SEKISHO_BASE_HEAP_H
#define SEKISHO_BASE_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/** Before the first thread begins. */
void heap_begin(void);

/** After much was freed: what lies unused between other blocks goes back. Takes milliseconds; not on the packets' way.
 */
void heap_give_back(void);

/** When all is read and compiled: what lies unused goes back, and pages of the program and its libraries that only the
 * start looked at (tables of symbols, relocations) are let go. What is needed again is mapped again, from the file. So
 * are pages that a debugger wrote its breakpoints into: set them behind this. */
void heap_started(void);

/** Bytes that are allocated now, by all threads. @return false where the C library does not tell. */
bool heap_in_use(uint64_t *bytes);

#endif
