#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/capture_own.h"
#include "base/phrase.h"

enum { BUFFER_BYTES = 256 << 10 };

const char *capture_formats(void)
{
	return phrase("pcap and pcapng are read; others become one by: editcap -F pcap OLD NEW");
}

static const char *remedy(int first_byte)
{
	switch (first_byte) {
	case EOF:
		return phrase("The file is empty");
	case 0x1f:
		return phrase("It looks like gzip: give it as \"-\" behind gzip -dc");
	case 0x28:
		return phrase("It looks like Zstandard: give it as \"-\" behind zstd -dc");
	case 0xfd:
		return phrase("It looks like xz: give it as \"-\" behind xz -dc");
	case 'B':
		return phrase("It looks like bzip2: give it as \"-\" behind bzip2 -dc");
	default:
		return capture_formats();
	}
}

/* Opens what is no pcapng: @fd, of which the byte @first was read, or EOF met. */
static int open_by_libpcap(struct capture *cap, int fd, bool is_stdin, int first, struct complaint *c)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	FILE *f = is_stdin ? stdin : fdopen(fd, "rb");

	if (!f) {
		close(fd);
		complain(c, cap->name, 0, 0, "not enough memory to open it");
		return -ENOMEM;
	}
	setvbuf(f, NULL, _IOFBF, BUFFER_BYTES);
	__fsetlocking(f, FSETLOCKING_BYCALLER); /* one thread reads it; libpcap asks for every header */
	if (first != EOF)
		ungetc(first, f);
	cap->pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!cap->pcap) {
		complain(c, cap->name, 0, 0, "is no capture that can be read: %s. %s", why, remedy(first));
		if (!is_stdin)
			fclose(f);
		return -EINVAL;
	}
	int status = capture_linktype(cap, pcap_datalink(cap->pcap), c);
	if (status == 0)
		status = capture_filter(cap, cap->pcap, c);
	if (status == 0 && !is_stdin)
		capture_blocks_begin(cap);
	return status;
}

int capture_open_file(struct capture **out, const char *path, const struct capture_options *o, struct complaint *c)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	uint8_t first;

	*out = NULL;
	if (fd < 0) {
		int error = errno;
		complain(c, path, 0, 0, "cannot open it: %s. Check the path and who may read it", strerror(error));
		return -error;
	}
	ssize_t got = read(fd, &first, 1);
	int error = got < 0 ? errno : 0; /* a directory opens, and cannot be read */
	if (error)
		complain(c, path, 0, 0, "cannot read it: %s. Give a capture file", strerror(error));
	struct capture *cap = error ? NULL : capture_new(path, o, c);
	if (!cap) {
		if (!is_stdin)
			close(fd);
		return error ? -error : -ENOMEM;
	}
	int status = got == 1 && first == CAPTURE_NG_FIRST
			 ? capture_ng_begin(cap, fd, !is_stdin, span_of(&first, 1), c)
			 : open_by_libpcap(cap, fd, is_stdin, got == 1 ? first : EOF, c);
	if (status < 0) {
		capture_close(cap);
		return status;
	}
	*out = cap;
	return 0;
}

int capture_file_read(struct capture *cap, int max)
{
	bool failed;

	if (cap->ended)
		return CAPTURE_END;
	int n = cap->ng ? capture_ng_read(cap, max) : cap->blocks ? capture_blocks_read(cap, max) : 0;
	if (n > 0)
		return n;
	if (cap->ng)
		return CAPTURE_END;
	n = capture_dispatch(cap, max, &failed);
	cap->ended = failed || n == 0;
	if (failed) {
		const char *why = pcap_geterr(cap->pcap);
		snprintf(cap->trouble, sizeof(cap->trouble),
			 strstr(why, "truncated") ? phrase("%s: truncated after frame %llu: %s")
						  : phrase("%s: damaged after frame %llu: %s"),
			 cap->name, (unsigned long long)cap->frames, why);
	}
	return n > 0 ? n : CAPTURE_END;
}
