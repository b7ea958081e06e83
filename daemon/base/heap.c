#include "base/heap.h"

#include <link.h>
#include <malloc.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* Was what is mapped without the right to write written to all the same when it was loaded? */
static bool has_text_relocations(const struct dl_phdr_info *info)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_DYNAMIC)
			continue;
		const ElfW(Dyn) *d = /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
		    (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
		for (; d->d_tag != DT_NULL; d++) {
			if (d->d_tag == DT_TEXTREL || (d->d_tag == DT_FLAGS && d->d_un.d_val & DF_TEXTREL))
				return true;
		}
	}
	return false;
}

/* Of what is mapped without the right to write no page differs from its file. */
static int let_go(struct dl_phdr_info *info, size_t size, void *page_bytes)
{
	uintptr_t page = *(const uintptr_t *)page_bytes;

	(void)size;
	if (has_text_relocations(info))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		if (part->p_type != PT_LOAD || part->p_flags & PF_W)
			continue;
		uintptr_t from = (info->dlpi_addr + part->p_vaddr) & ~(page - 1);
		uintptr_t to = (info->dlpi_addr + part->p_vaddr + part->p_filesz + page - 1) & ~(page - 1);
		/* the program headers lead from the address of a mapping to that mapping */
		(void)madvise((void *)from, to - from, MADV_DONTNEED); /* NOLINT(performance-no-int-to-ptr) */
	}
	return 0;
}

void heap_started(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	heap_give_back();
	(void)dl_iterate_phdr(let_go, &page);
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
