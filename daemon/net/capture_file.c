#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "net/capture_own.h"
#include "base/phrase.h"

enum { BUFFER_BYTES = 256 << 10 };

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
		return phrase("pcap and pcapng are read; others become one by: editcap -F pcap OLD NEW");
	}
}

int capture_open_file(struct capture **out, const char *path, const struct capture_options *o, struct complaint *c)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *f = is_stdin ? stdin : fopen(path, "rbe");

	*out = NULL;
	if (!f) {
		int error = errno;
		complain(c, path, 0, 0, "cannot open it: %s. Check the path and who may read it", strerror(error));
		return -error;
	}
	struct capture *cap = capture_new(path, o, c);
	if (!cap) {
		if (!is_stdin)
			fclose(f);
		return -ENOMEM;
	}
	setvbuf(f, NULL, _IOFBF, BUFFER_BYTES);
	__fsetlocking(f, FSETLOCKING_BYCALLER); /* one thread reads it; libpcap asks for every header */
	errno = 0;
	int first = getc(f);
	if (first == EOF && ferror(f)) { /* a directory opens, and cannot be read */
		int error = errno ? errno : EIO;
		complain(c, path, 0, 0, "cannot read it: %s. Give a capture file", strerror(error));
		if (!is_stdin)
			fclose(f);
		capture_close(cap);
		return -error;
	}
	if (first != EOF)
		ungetc(first, f);
	cap->pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!cap->pcap) {
		complain(c, path, 0, 0, "is no capture that can be read: %s. %s", why, remedy(first));
		if (!is_stdin)
			fclose(f);
		capture_close(cap);
		return -EINVAL;
	}
	int status = capture_linktype(cap, cap->pcap, c);
	if (status == 0)
		status = capture_filter(cap, cap->pcap, c);
	if (status < 0) {
		capture_close(cap);
		return status;
	}
	if (!is_stdin)
		capture_blocks_begin(cap);
	*out = cap;
	return 0;
}

int capture_file_read(struct capture *cap, int max)
{
	bool failed;

	if (cap->ended)
		return CAPTURE_END;
	int n = cap->blocks ? capture_blocks_read(cap, max) : 0;
	if (n > 0)
		return n;
	n = capture_dispatch(cap, max, &failed);
	cap->ended = failed || n == 0;
	if (failed) {
		const char *why = pcap_geterr(cap->pcap);
		const char *what = strstr(why, "truncated") ? "truncated" : "damaged";
		snprintf(cap->trouble, sizeof(cap->trouble), "%s: %s after frame %llu: %s", cap->name, what,
			 (unsigned long long)cap->frames, why);
	}
	return n > 0 ? n : CAPTURE_END;
}
