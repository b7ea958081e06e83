#include "base/heap.h"

#include <malloc.h>
#include <stddef.h>

enum { OWN_MAPPING_BYTES = 128 << 10, UNUSED_TOP_BYTES = 1 << 20 };

/* With a sanitizer malloc is another, which counts for itself. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

void heap_begin(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, OWN_MAPPING_BYTES);
	mallopt(M_TRIM_THRESHOLD, UNUSED_TOP_BYTES);
#endif
}

void heap_give_back(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

bool heap_in_use(uint64_t *bytes)
{
	if (__sanitizer_get_current_allocated_bytes) {
		*bytes = __sanitizer_get_current_allocated_bytes();
		return true;
	}
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
	struct mallinfo2 m = mallinfo2();
	*bytes = m.uordblks + m.hblkhd;
	return true;
#else
	return false;
#endif
}
