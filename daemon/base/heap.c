#include "base/heap.h"

#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	HUGE_PAGE_BYTES = 2 << 20, /* as good a border as any where they are of another size */
	RESERVED_MOST = 1 << 30,   /* what more is used than that lies on small pages */
	RESERVED_LEAST = 64 << 20,
	STEP_BYTES = 1 << 20,        /* by which the heap grows beyond */
	OWN_MAPPING_MOST = 32 << 20, /* that mallopt() takes */
	OWN_MAPPING_BYTES = 128 << 10,
	UNUSED_TOP_BYTES = 1 << 20,
	ASKED_MOST = 7,
	ASKED_LEAST = 256 << 10, /* more than the heap has at first */
	LEFT_OUT_LEAST = 64 << 10,
	LET_GO_LEAST = 256 << 10, /* for shorter ones a call costs more than they hold */
};

/* With a sanitizer malloc is another, which counts for itself and grows elsewhere. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

#ifdef __GLIBC__
/* Makes the heap's end move by more than @bytes, which are free then. By asking for as little as does it: behind what
 * was asked for malloc writes a word, and around a page that is there the kernel may put a huge one later (khugepaged).
 * @return false where the system refuses. */
static bool grow(int bytes)
{
	void *volatile asked[ASKED_MOST] = {NULL}; /* what finds room between others does not move the end */
	const void *end = sbrk(0);
	size_t n = 0;

	mallopt(M_TOP_PAD, bytes);
	while (n < ASKED_MOST && sbrk(0) == end && (asked[n] = malloc((size_t)ASKED_LEAST << n)))
		n++;
	while (n > 0)
		free(asked[--n]);
	mallopt(M_TOP_PAD, STEP_BYTES);
	return sbrk(0) != end;
}

/* Are addresses to be had for nothing? Not where somebody allows the process a number of them, or where the system
 * counts them as memory that it has promised (overcommit_memory = 2, proc(5)). */
static bool addresses_are_free(void)
{
	struct rlimit limit;
	char promises = '0';
	int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!read(fd, &promises, 1);
		close(fd);
	}
	return promises != '2' && getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY &&
	       getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
}

/* Addresses behind the heap, as many as it may ever come to, in which the kernel may put huge pages. @return where they
 * begin; NULL: there are none. */
static uint8_t *reserve(void)
{
	uint8_t *from = sbrk(0);

	for (int bytes = RESERVED_MOST; bytes >= RESERVED_LEAST && !grow(bytes); bytes /= 2)
		;
	uint8_t *to = sbrk(0);
	from += -(uintptr_t)from % HUGE_PAGE_BYTES;
	return from < to && madvise(from, (size_t)(to - from), MADV_HUGEPAGE) == 0 ? from : NULL;
}

/* Nobody gets what the heap has before @first: the heap begins anywhere in a huge page, so that would be up to five
 * hundred small ones, and two runs that do the same would take unlike memory. It is addresses; nobody touches them. */
static void leave_out(const uint8_t *first)
{
	static void *left_out;
	void *last = malloc(LEFT_OUT_LEAST); /* behind all that there is */

	if (!last)
		return;
	uintptr_t stood = (uintptr_t)last;
	ptrdiff_t before = (ptrdiff_t)((uintptr_t)first - stood - 2 * sizeof(size_t)); /* the next one's head */
	left_out = before > LEFT_OUT_LEAST ? realloc(last, (size_t)before) : NULL;
	if ((uintptr_t)left_out != stood) { /* it was not the last */
		free(left_out ? left_out : last);
		left_out = NULL;
	}
}

static bool reserves;

void heap_begin(void)
{
	reserves = !__sanitizer_get_current_allocated_bytes && addresses_are_free();
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, reserves ? OWN_MAPPING_MOST : OWN_MAPPING_BYTES);
	mallopt(M_TRIM_THRESHOLD, reserves ? INT_MAX : UNUSED_TOP_BYTES); /* or not before heap_give_back() */
	const uint8_t *first = reserves ? reserve() : NULL;
	if (first)
		leave_out(first);
}

void heap_give_back(void)
{
	malloc_trim(0);
	if (reserves)
		(void)reserve();
}
#else
void heap_begin(void)
{
}

void heap_give_back(void)
{
}
#endif

void *heap_pages(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	(void)madvise(at, bytes, MADV_NOHUGEPAGE); /* some systems put them wherever they fit */
	return at;
}

void heap_pages_free(void *at, size_t bytes)
{
	if (at)
		munmap(at, bytes);
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
		if (to - from < LET_GO_LEAST)
			continue;
		/* the program headers lead from the address of a mapping to that mapping */
		(void)madvise((void *)from, to - from, MADV_DONTNEED); /* NOLINT(performance-no-int-to-ptr) */
	}
	return 0;
}

void heap_started(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

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
