/*
 * pcapng files and pipes: sections of interfaces, each with a link type, a clock and a snap length of its own, and of
 * their frames in the order in which they came. (libpcap reads such a file up to the second kind of interface.)
 *
 *   block     | type u32 | total length u32 | body | total length u32 |
 *   section   | 0x0a0d0d0a | .. | 0x1a2b3c4d in the order of bytes of what follows | 1 u16 | 0 u16 | ...
 *   interface | 1 | .. | link type u16 | 0 u16 | snap length u32 | options: | code u16 | length u16 | value | ...
 *   enhanced  | 6 | .. | interface u32 | time u64, its upper half first | captured u32 | on the wire u32 | bytes | ...
 *   obsolete  | 2 | .. | interface u16 | drops u16 | the rest as above
 *   simple    | 3 | .. | on the wire u32 | bytes; of the first interface, without a time
 *
 * Other blocks (names, statistics, secrets, ...) are passed over. So are frames of interfaces that decode.h cannot
 * read, which capture_trouble() tells at the end.
 *
 * Source: PCAP Next Generation (pcapng) Capture File Format, draft-ietf-opsawg-pcapng, sections 3.1 (block), 3.5
 * (options), 4.1 (section header), 4.2 (interface description), 4.3 (enhanced packet), 4.4 (simple packet), appendix A
 * (packet block); link types: draft-ietf-opsawg-pcaplinktype.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/phrase.h"
#include "base/when.h"
#include "net/capture_bytes.h"
#include "net/capture_own.h"
#include "net/decode.h"

#define BLOCK_SECTION UINT32_C(0x0a0d0d0a)
#define SECTION_MAGIC UINT32_C(0x1a2b3c4d)

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_OBSOLETE = 2,
	BLOCK_SIMPLE = 3,
	BLOCK_ENHANCED = 6,

	BLOCK_HEAD_BYTES = 8,
	TRAILER_BYTES = 4,
	BLOCK_LEAST = BLOCK_HEAD_BYTES + TRAILER_BYTES,

	OPTION_END = 0,
	OPTION_RESOLUTION = 9,
	OPTION_TIME_OFFSET = 14,

	LINKTYPE_RAW = 101, /* the one that has another number as DLT_* here */
	LINKTYPES = 300,    /* all numbers that decode_knows_linktype() may know */
	FILTERS_MAX = 24,
	LOOK_AHEAD_FRAMES = 100, /* that cannot be read, before the first interface that can */
	INTERFACES_MAX = 4096,   /* of a section; frames of further ones are passed over */
	PASSED_OVER = -1,
};

/* The filter for a link type that it fits: compiled before the process shuts itself in. */
struct ng_filter {
	int linktype;
	bool nothing; /* no frame of this type fits it; else: */
	struct bpf_program program;
};

struct ng_interface {
	int linktype; /* DLT_*, or PASSED_OVER */
	uint32_t snaplen;
	uint64_t per_second; /* units of time */
	int64_t offset_s;
	const struct ng_filter *filter; /* borrowed, or NULL: everything */
	const char *why;                /* PASSED_OVER: English, for phrase() */
};

struct capture_ng {
	bool big_endian; /* this section */
	bool owns_fd;
	bool any_readable;               /* one of the interfaces so far, of any section */
	struct ng_interface *interfaces; /* of this section, in their order */
	uint32_t n_interfaces, room;
	struct ng_filter filters[FILTERS_MAX];
	unsigned n_filters;
	int64_t last_ns;        /* of the frame before, for one without a time */
	const char *why_passed; /* the first frame that was passed over; English */
	const char *fault;      /* what is wrong with the file; English */
	bool truncated;
	struct capture_bytes bytes;
};

struct block {
	uint32_t type, total;
};

enum found { FOUND_BLOCK, FOUND_END, FOUND_FAULT /* told in fault */ };

__extension__ typedef unsigned __int128 u128;

static uint16_t u16(const struct capture_ng *ng, struct cursor *c)
{
	return ng->big_endian ? cur_u16be(c) : cur_u16le(c);
}

static uint32_t u32(const struct capture_ng *ng, struct cursor *c)
{
	return ng->big_endian ? cur_u32be(c) : cur_u32le(c);
}

static uint64_t u64(const struct capture_ng *ng, struct cursor *c)
{
	return ng->big_endian ? cur_u64be(c) : cur_u64le(c);
}

static enum found damaged(struct capture_ng *ng, const char *why)
{
	ng->fault = why;
	return FOUND_FAULT;
}

static enum found truncated(struct capture_ng *ng)
{
	ng->truncated = true;
	return damaged(ng, PHRASE_LATER("it ends in the midst of a block"));
}

/* What block comes next. Where it is a section, the order of bytes is its own from now on. */
static enum found look_block(struct capture_ng *ng, struct block *b)
{
	if (capture_bytes_at_end(&ng->bytes))
		return FOUND_END;
	if (ng->bytes.error)
		return truncated(ng);
	struct cursor c = cur_of(capture_bytes_look(&ng->bytes, BLOCK_LEAST)), other = c;
	uint32_t type = cur_u32le(&other);
	cur_skip(&other, 4);
	uint32_t magic = cur_u32le(&other);
	if (!cur_ok(&other))
		return truncated(ng);
	if (type == BLOCK_SECTION) { /* the same in both orders */
		ng->big_endian = magic != SECTION_MAGIC;
		if (ng->big_endian && __builtin_bswap32(magic) != SECTION_MAGIC)
			return damaged(ng, PHRASE_LATER("a section tells no order of bytes"));
	}
	b->type = u32(ng, &c);
	b->total = u32(ng, &c);
	if (b->total < BLOCK_LEAST || b->total % 4 != 0)
		return damaged(ng, PHRASE_LATER("a block has a length that cannot be"));
	return FOUND_BLOCK;
}

/* The body of @b, or its beginning where it is longer than can be looked at. */
static struct cursor look_body(struct capture_ng *ng, const struct block *b)
{
	struct cursor c =
	    cur_of(capture_bytes_look(&ng->bytes, b->total < CAPTURE_LOOK_MOST ? b->total : (size_t)CAPTURE_LOOK_MOST));

	cur_skip(&c, BLOCK_HEAD_BYTES);
	return b->total <= CAPTURE_LOOK_MOST ? cur_sub(&c, b->total - BLOCK_LEAST) : c;
}

/* @b was too short for what it is to hold. */
static enum found short_block(struct capture_ng *ng, const struct block *b)
{
	size_t n = b->total < CAPTURE_LOOK_MOST ? b->total : (size_t)CAPTURE_LOOK_MOST;

	if (ng->bytes.error || capture_bytes_look(&ng->bytes, n).len < n)
		return truncated(ng);
	return damaged(ng, PHRASE_LATER("a block has a length that cannot be"));
}

/* Goes behind @b, whose length stands at both of its ends. */
static enum found leave_block(struct capture_ng *ng, const struct block *b)
{
	capture_bytes_skip(&ng->bytes, b->total - TRAILER_BYTES);
	struct cursor c = cur_of(capture_bytes_look(&ng->bytes, TRAILER_BYTES));
	uint32_t total = u32(ng, &c);
	if (!cur_ok(&c))
		return truncated(ng);
	if (total != b->total)
		return damaged(ng, PHRASE_LATER("a block tells another length at its end"));
	capture_bytes_take(&ng->bytes, TRAILER_BYTES);
	return FOUND_BLOCK;
}

static enum found read_section(struct capture_ng *ng, const struct block *b)
{
	struct cursor c = look_body(ng, b);

	cur_skip(&c, 4);
	uint16_t major = u16(ng, &c), minor = u16(ng, &c);
	if (!cur_ok(&c))
		return short_block(ng, b);
	if (major != 1 || (minor != 0 && minor != 2)) /* 1.2 is 1.0 */
		return damaged(ng, PHRASE_LATER("a section is of a version that is not known"));
	ng->n_interfaces = 0;
	return FOUND_BLOCK;
}

/* Units a second by if_tsresol: ten, or two with the upper bit, to the power of the rest. @return 0: too many. */
static uint64_t units_of(uint8_t resolution)
{
	uint8_t power = resolution & 0x7f;
	uint64_t units = 1;

	if (resolution & 0x80)
		return power < 64 ? UINT64_C(1) << power : 0;
	if (power > 19)
		return 0;
	for (uint8_t i = 0; i < power; i++)
		units *= 10;
	return units;
}

/* @return nanoseconds since 1970; 0 where they are beyond reason, as they must not overflow later. */
static int64_t time_ns(const struct ng_interface *i, uint64_t units)
{
	u128 part_ns = (u128)(units % i->per_second) * NS_PER_S / i->per_second;
	int64_t seconds = (int64_t)(units / i->per_second);

	if (seconds < 0 || __builtin_add_overflow(seconds, i->offset_s, &seconds) || seconds < 0 ||
	    seconds > UINT32_MAX)
		return 0;
	return seconds * NS_PER_S + (int64_t)part_ns;
}

static void pass_over(struct ng_interface *i, const char *why)
{
	i->linktype = PASSED_OVER;
	i->why = why;
}

static const struct ng_filter *filter_of(const struct capture_ng *ng, int linktype)
{
	for (unsigned i = 0; i < ng->n_filters; i++)
		if (ng->filters[i].linktype == linktype)
			return &ng->filters[i];
	return NULL;
}

static bool let_through(const struct ng_filter *f, struct span bytes, uint32_t wire)
{
	struct pcap_pkthdr h = {.caplen = (bpf_u_int32)bytes.len, .len = wire};

	return !f || (!f->nothing && pcap_offline_filter(&f->program, &h, bytes.ptr) != 0);
}

static enum found add_interface(struct capture_ng *ng, const struct ng_interface *i)
{
	if (ng->n_interfaces == INTERFACES_MAX)
		return FOUND_BLOCK;
	if (ng->n_interfaces == ng->room) {
		uint32_t room = ng->room ? ng->room * 2 : 4;
		struct ng_interface *more = realloc(ng->interfaces, room * sizeof(*more));
		if (!more)
			return damaged(ng, PHRASE_LATER("there is not enough memory for its interfaces"));
		ng->interfaces = more;
		ng->room = room;
	}
	ng->interfaces[ng->n_interfaces++] = *i;
	ng->any_readable |= i->linktype != PASSED_OVER;
	return FOUND_BLOCK;
}

static enum found read_interface(struct capture *cap, struct capture_ng *ng, const struct block *b)
{
	struct cursor c = look_body(ng, b);
	struct ng_interface i = {.linktype = u16(ng, &c), .per_second = 1000000};

	cur_skip(&c, 2);
	i.snaplen = u32(ng, &c);
	if (!cur_ok(&c))
		return short_block(ng, b);
	if (i.linktype == LINKTYPE_RAW)
		i.linktype = DLT_RAW;
	while (cur_left(&c) >= 4) {
		uint16_t code = u16(ng, &c), len = u16(ng, &c);
		struct cursor value = cur_sub(&c, len);
		if (code == OPTION_END || !cur_ok(&c))
			break;
		if (code == OPTION_RESOLUTION && len == 1)
			i.per_second = units_of(cur_u8(&value));
		else if (code == OPTION_TIME_OFFSET && len == 8)
			i.offset_s = (int64_t)u64(ng, &value);
		cur_skip(&c, (4 - len % 4) % 4);
	}
	if (cap->linktype == LINKTYPE_NONE)
		cap->linktype = i.linktype; /* where none can be read, the first is the one that is told */
	if (!decode_knows_linktype(i.linktype))
		pass_over(&i, PHRASE_LATER("the link type of their interface is not supported"));
	else if (i.per_second == 0)
		pass_over(&i, PHRASE_LATER("their interface has a clock that cannot be read"));
	else if (cap->filter && !(i.filter = filter_of(ng, i.linktype)))
		pass_over(&i, PHRASE_LATER("the filter does not fit the link type of their interface"));
	return add_interface(ng, &i);
}

/* Reads a block that is no frame. */
static enum found take_other(struct capture *cap, struct capture_ng *ng, const struct block *b)
{
	enum found found = b->type == BLOCK_SECTION     ? read_section(ng, b)
			   : b->type == BLOCK_INTERFACE ? read_interface(cap, ng, b)
							: FOUND_BLOCK;

	return found == FOUND_BLOCK ? leave_block(ng, b) : found;
}

struct ng_frame {
	const struct ng_interface *interface; /* NULL: the section does not describe it */
	bool has_time;
	uint64_t units;
	uint32_t captured, wire;
};

/* What stands before the bytes of the frame in @b. */
static struct ng_frame frame_head(struct capture_ng *ng, const struct block *b, struct cursor *c)
{
	struct ng_frame f = {.has_time = b->type != BLOCK_SIMPLE};
	uint32_t number = 0;

	if (b->type == BLOCK_ENHANCED) {
		number = u32(ng, c);
	} else if (b->type == BLOCK_OBSOLETE) {
		number = u16(ng, c);
		cur_skip(c, 2);
	}
	if (f.has_time) {
		f.units = (uint64_t)u32(ng, c) << 32;
		f.units |= u32(ng, c);
		f.captured = u32(ng, c);
	}
	f.wire = u32(ng, c);
	if (number < ng->n_interfaces)
		f.interface = &ng->interfaces[number];
	if (b->type == BLOCK_SIMPLE) { /* as many as the snap length let through */
		uint32_t snaplen = f.interface ? f.interface->snaplen : 0, there = (uint32_t)cur_left(c);
		f.captured = snaplen > 0 && snaplen < f.wire ? snaplen : f.wire;
		f.captured = there < f.captured ? there : f.captured;
	}
	return f;
}

/* Hands out the frame in @b. */
static enum found take_frame(struct capture *cap, struct capture_ng *ng, const struct block *b)
{
	struct cursor c = look_body(ng, b);
	struct ng_frame f = frame_head(ng, b, &c);
	const struct ng_interface *i = f.interface;

	if (!cur_ok(&c))
		return short_block(ng, b);
	struct span bytes = cur_span(&c, f.captured < CAPTURE_SNAPLEN ? f.captured : (size_t)CAPTURE_SNAPLEN);
	if (!cur_ok(&c))
		return damaged(ng, PHRASE_LATER("a frame is longer than its block"));
	if (!i || i->linktype == PASSED_OVER) {
		if (cap->passed_over++ == 0)
			ng->why_passed = i ? i->why : PHRASE_LATER("the file does not describe their interface");
		return leave_block(ng, b);
	}
	if (f.has_time)
		ng->last_ns = time_ns(i, f.units);
	cap->linktype = i->linktype;
	if (let_through(i->filter, bytes, f.wire))
		capture_hand_out(cap, bytes, f.wire, ng->last_ns);
	return leave_block(ng, b);
}

static enum found take_block(struct capture *cap, struct capture_ng *ng)
{
	struct block b;
	enum found found = look_block(ng, &b);

	if (found != FOUND_BLOCK)
		return found;
	bool is_frame = b.type == BLOCK_ENHANCED || b.type == BLOCK_SIMPLE || b.type == BLOCK_OBSOLETE;
	return is_frame ? take_frame(cap, ng, &b) : take_other(cap, ng, &b);
}

/* What somebody who trusts in this capture should know: that it ended early, that not all of it was read. */
static void tell_trouble(struct capture *cap, const struct capture_ng *ng, enum found end)
{
	const unsigned long long frames = cap->frames + cap->passed_over;
	const size_t room = sizeof(cap->trouble);
	size_t n = 0;

	if (end == FOUND_FAULT && ng->bytes.error)
		snprintf(cap->trouble, room, phrase("%s: cannot be read after frame %llu: %s"), cap->name, frames,
			 strerror(ng->bytes.error));
	else if (end == FOUND_FAULT)
		snprintf(cap->trouble, room,
			 ng->truncated ? phrase("%s: truncated after frame %llu: %s")
				       : phrase("%s: damaged after frame %llu: %s"),
			 cap->name, frames, phrase(ng->fault));
	if (cap->passed_over == 0)
		return;
	n = strlen(cap->trouble);
	if (n > 0)
		n += (size_t)snprintf(cap->trouble + n, room - n, "; ");
	if (n < room)
		snprintf(cap->trouble + n, room - n, phrase("%s: %llu of %llu frames were passed over: %s"), cap->name,
			 (unsigned long long)cap->passed_over, frames, phrase(ng->why_passed));
}

int capture_ng_read(struct capture *cap, int max)
{
	struct capture_ng *ng = cap->ng;
	uint64_t before = cap->frames;
	enum found found = FOUND_BLOCK;

	while (found == FOUND_BLOCK && cap->frames - before < (uint64_t)max)
		found = take_block(cap, ng);
	if (found == FOUND_BLOCK)
		return (int)(cap->frames - before);
	cap->ended = true;
	tell_trouble(cap, ng, found);
	return (int)(cap->frames - before);
}

/* A capture file of @linktype without a frame: what a filter is compiled for. Of one that pcap_open_dead() makes
 * libpcap believes that the kernel tells interface and direction. @return NULL where there is no such type. */
static pcap_t *open_empty(int linktype)
{
	struct pcap_file_header header = {.magic = 0xa1b2c3d4,
					  .version_major = 2,
					  .version_minor = 4,
					  .snaplen = CAPTURE_SNAPLEN,
					  .linktype = linktype == DLT_RAW ? LINKTYPE_RAW : (bpf_u_int32)linktype};
	char why[PCAP_ERRBUF_SIZE];

	FILE *f = fmemopen(&header, sizeof(header), "rb");
	pcap_t *p = f ? pcap_fopen_offline(f, why) : NULL;
	if (f && !p)
		fclose(f);
	return p;
}

/* Compiles the filter for each link type. @return 0, or -EINVAL with @c filled where it fits none. */
static int compile_filters(struct capture *cap, struct capture_ng *ng, struct complaint *c)
{
	struct complaint why = {""};
	bool any = false;

	for (int linktype = 0; linktype < LINKTYPES && ng->n_filters < FILTERS_MAX; linktype++) {
		struct ng_filter *f = &ng->filters[ng->n_filters];
		pcap_t *p = decode_knows_linktype(linktype) ? open_empty(linktype) : NULL;
		if (!p)
			continue;
		bool fits = capture_compile(cap, p, &f->program, &why) == 0;
		f->nothing = !fits && strstr(pcap_geterr(p), "rejects all packets");
		f->linktype = linktype;
		ng->n_filters += fits || f->nothing;
		any |= fits;
		pcap_close(p);
	}
	if (!any)
		*c = why;
	return any ? 0 : -EINVAL;
}

/* Why no interface can be read: the first one's reason. */
static int refuse_interfaces(struct capture *cap, struct capture_ng *ng, struct complaint *c)
{
	if (capture_linktype(cap, cap->linktype, c) < 0)
		return -EINVAL;
	pcap_t *p = cap->filter && !filter_of(ng, cap->linktype) ? open_empty(cap->linktype) : NULL;
	struct bpf_program program;
	if (p && capture_compile(cap, p, &program, c) == 0)
		pcap_freecode(&program);
	else if (!p)
		complain(c, cap->name, 0, 0, "is no capture that can be read: %s. %s", phrase(ng->interfaces[0].why),
			 capture_formats());
	if (p)
		pcap_close(p);
	return -EINVAL;
}

int capture_ng_begin(struct capture *cap, int fd, bool owned, struct span had, struct complaint *c)
{
	struct capture_ng *ng = cap->ng = heap_pages(sizeof(*ng));
	enum found found = FOUND_BLOCK;

	if (!ng) {
		complain(c, cap->name, 0, 0, "not enough memory to open it");
		if (owned)
			close(fd);
		return -ENOMEM;
	}
	ng->owns_fd = owned;
	off_t behind = lseek(fd, 0, SEEK_CUR); /* standard input may be a file in which somebody went on */
	capture_bytes_begin(&ng->bytes, fd, behind > 0 ? behind - (off_t)had.len : 0, had);
	int status = cap->filter ? compile_filters(cap, ng, c) : 0;
	if (status < 0)
		return status;
	cap->linktype = LINKTYPE_NONE;
	while (found == FOUND_BLOCK && !ng->any_readable && cap->passed_over < LOOK_AHEAD_FRAMES)
		found = take_block(cap, ng);
	if (ng->any_readable || (found == FOUND_END && ng->n_interfaces == 0))
		return 0;
	if (ng->n_interfaces > 0)
		return refuse_interfaces(cap, ng, c);
	complain(c, cap->name, 0, 0, "is no capture that can be read: %s. %s",
		 ng->bytes.error ? strerror(ng->bytes.error) : phrase(ng->fault ? ng->fault : ng->why_passed),
		 capture_formats());
	return -EINVAL;
}

void capture_ng_end(struct capture *cap)
{
	struct capture_ng *ng = cap->ng;

	if (!ng)
		return;
	if (ng->owns_fd)
		close(ng->bytes.fd);
	for (unsigned i = 0; i < ng->n_filters; i++)
		pcap_freecode(&ng->filters[i].program);
	free(ng->interfaces);
	heap_pages_free(ng, sizeof(*ng));
	cap->ng = NULL;
}
