#include "app/evidence.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/evidence_store.h"
#include "base/digits.h"
#include "base/when.h"
#include "net/decode.h"

enum { LINKTYPES_MAX = 4, ID_MAX = 32, HEX_MAX = 2 * SHA256_DIGEST_LENGTH + 1, ROOM_LEAST = 65536, ETHER_HEADER = 14 };

/* What a frame must be of: two ends with their ports, or one sender. */
struct subject {
	struct ip_addr ip[2];
	uint16_t port[2];
	uint8_t ip_proto;
	bool has_flow, has_mac;
	struct mac mac;
};

struct job {
	bool runs;
	char alert_id[ID_MAX];
	struct keep *keep;
	uint64_t pos; /* behind the last frame that was looked at */
	int64_t until_ns;
	struct subject of;
	uint8_t *bytes; /* the file so far */
	size_t len, room;
	int linktypes[LINKTYPES_MAX];
	unsigned n_linktypes;
	bool over, written; /* written: its alert is told in the next round */
	char sha256[HEX_MAX];
};

struct evidence {
	struct evidence_options o;
	struct evidence_store *store;
	struct job jobs[EVIDENCE_JOBS_MAX];
	struct decoder *decoder;
	uint8_t frame[KEEP_FRAME_MAX];
	int64_t minute_ns;
	uint32_t begun; /* in it */
	struct evidence_counters n;
};

int evidence_new(struct evidence **out, const char *state_dir, const struct evidence_options *o, struct complaint *c)
{
	struct evidence *e = calloc(1, sizeof(*e));
	int err = 0;

	*out = NULL;
	if (!e || !(e->decoder = decoder_new(&(struct decoder_options){0}))) {
		complain(c, "memory", 0, 0, "not enough for evidence; lower evidence.ring_mb");
		err = -ENOMEM;
	} else {
		e->o = *o;
		err = evidence_store_new(&e->store, state_dir, o->disk_bytes, c);
	}
	if (err) {
		evidence_free(e);
		return err;
	}
	*out = e;
	return 0;
}

void evidence_free(struct evidence *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < EVIDENCE_JOBS_MAX; i++)
		free(e->jobs[i].bytes);
	decoder_free(e->decoder);
	evidence_store_free(e->store);
	free(e);
}

uint64_t evidence_ceiling_bytes(const struct evidence_options *o)
{
	/* one more: while a buffer grows, its old half is there too */
	return sizeof(struct evidence) + evidence_store_ceiling_bytes() +
	       decoder_ceiling_bytes(&(struct decoder_options){0}) + (EVIDENCE_GROWING_MAX + 1) * o->file_bytes;
}

/* ---- pcapng (draft-ietf-opsawg-pcapng): blocks of a type, their length, a body, their length again; in host order */

static bool put(struct evidence *e, struct job *j, const void *bytes, size_t n)
{
	size_t padded = (n + 3) / 4 * 4;

	if (j->len + padded > e->o.file_bytes)
		return false;
	if (j->len + padded > j->room) {
		size_t room = j->room ? j->room * 2 : ROOM_LEAST;
		while (room < j->len + padded)
			room *= 2;
		if (room > e->o.file_bytes)
			room = e->o.file_bytes;
		uint8_t *more = realloc(j->bytes, room);
		if (!more)
			return false;
		j->bytes = more;
		j->room = room;
	}
	if (n > 0)
		memcpy(j->bytes + j->len, bytes, n);
	memset(j->bytes + j->len + n, 0, padded - n);
	j->len += padded;
	return true;
}

static bool put_u32s(struct evidence *e, struct job *j, const uint32_t *words, size_t n)
{
	return put(e, j, words, n * sizeof(*words));
}

static bool put_section(struct evidence *e, struct job *j)
{
	enum { SECTION = 0x0a0d0d0a, MAGIC = 0x1a2b3c4d, VERSION_1_0 = 1, ANY = -1 };
	const uint32_t block[] = {SECTION, 28, MAGIC, VERSION_1_0, (uint32_t)ANY, (uint32_t)ANY, 28};

	return put_u32s(e, j, block, 7);
}

/* @return the number of the interface of this link type; -1 where there is no room. */
static int interface_of(struct evidence *e, struct job *j, int linktype)
{
	enum { INTERFACE = 1, OPT_TSRESOL = 9, NANOSECONDS = 9 };
	unsigned i = 0;

	while (i < j->n_linktypes && j->linktypes[i] != linktype)
		i++;
	if (i < j->n_linktypes)
		return (int)i;
	const uint32_t block[] = {
	    INTERFACE, 32, (uint32_t)linktype & 0xffff, KEEP_FRAME_MAX, OPT_TSRESOL | 1 << 16, NANOSECONDS, 0, 32};
	if (i == LINKTYPES_MAX || !put_u32s(e, j, block, 8))
		return -1;
	j->linktypes[j->n_linktypes++] = linktype;
	return (int)i;
}

static void put_frame(struct evidence *e, struct job *j, const struct frame_in *f, uint32_t len)
{
	enum { ENHANCED_PACKET = 6, HEAD = 32 };
	size_t before = j->len;
	int interface = interface_of(e, j, f->linktype);
	uint32_t total = HEAD + (len + 3) / 4 * 4;
	uint64_t ts = (uint64_t)f->ts_ns;
	const uint32_t head[] = {ENHANCED_PACKET, total, (uint32_t)interface, (uint32_t)(ts >> 32),
				 (uint32_t)ts,    len,   f->wire_len};

	if (interface < 0 || !put_u32s(e, j, head, 7) || !put(e, j, f->bytes.ptr, len) || !put_u32s(e, j, &total, 1)) {
		j->len = before; /* a file ends with a whole frame */
		j->over = true;
	}
}

/* ---- which frames */

static bool is_of(const struct subject *of, const struct packet *p)
{
	if (of->has_flow) {
		for (int i = 0; i < 2; i++) {
			if (!ip_eq(&p->src_ip, &of->ip[i]) || !ip_eq(&p->dest_ip, &of->ip[1 - i]))
				continue;
			bool ports = p->kind == PACKET_TCP || p->kind == PACKET_UDP;
			if (p->ip_proto == of->ip_proto &&
			    (!ports || (p->src_port == of->port[i] && p->dest_port == of->port[1 - i])))
				return true;
		}
		return false;
	}
	if (!ip_is_none(&of->ip[0]))
		return ip_eq(&p->src_ip, &of->ip[0]);
	return of->has_mac && p->has_ether && mac_eq(&p->src_mac, &of->mac);
}

/* @return how far into the frame @s begins; SIZE_MAX where it is of another buffer. */
static size_t begins_at(const struct frame_in *f, const struct span *s)
{
	uintptr_t frame = (uintptr_t)f->bytes.ptr, at = (uintptr_t)s->ptr;

	return at >= frame && at - frame <= f->bytes.len ? at - frame : SIZE_MAX;
}

/* Bytes up to the payload, where somebody does not want it to be kept. The frame that completes a datagram is read in
 * the defragmenter's buffer: all that it carries itself is payload. */
static uint32_t headers_of(const struct frame_in *f, const struct packet *p)
{
	size_t payload = begins_at(f, &p->payload), piece = begins_at(f, &p->piece),
	       len = f->bytes.len < ETHER_HEADER ? f->bytes.len : ETHER_HEADER;

	if (p->reassembled)
		return (uint32_t)(piece != SIZE_MAX ? piece : len);
	return (uint32_t)(payload != SIZE_MAX ? payload : len);
}

/* Looks at what has come, until there is no more or its time is over. */
static void take(struct evidence *e, struct job *j)
{
	struct frame_in f;
	struct packet p;

	while (!j->over) {
		uint64_t next = j->pos;
		if (!keep_next(j->keep, &next, e->frame, &f))
			return;
		if (f.ts_ns > j->until_ns) {
			j->over = true;
			return;
		}
		j->pos = next;
		decode_frame(e->decoder, &f, &p);
		if (is_of(&j->of, &p))
			put_frame(e, j, &f, e->o.redact ? headers_of(&f, &p) : (uint32_t)f.bytes.len);
	}
}

static struct subject subject_of(const struct event *ev)
{
	struct subject s = {.ip = {ev->at.src_ip, ev->at.dest_ip},
			    .port = {ev->at.src_port, ev->at.dest_port},
			    .ip_proto = ev->at.ip_proto,
			    .has_mac = ev->at.has_ether,
			    .mac = ev->at.src_mac};

	s.has_flow = ev->at.flow_id != 0 && !ip_is_none(&s.ip[0]) && !ip_is_none(&s.ip[1]);
	return s;
}

/* Where the frames begin that may belong to the alert: not before @from_ns, nor further back than the ring's share. */
static uint64_t begin_at(struct evidence *e, const struct keep *k, int64_t at_ns, int64_t from_ns)
{
	uint64_t pos = 0, behind = 0, first = UINT64_MAX;
	struct frame_in f;

	for (uint64_t before = 0; keep_next(k, &pos, e->frame, &f); before = pos) {
		if (f.ts_ns > at_ns)
			break;
		if (f.ts_ns >= from_ns && first == UINT64_MAX)
			first = before;
		behind = pos;
	}
	uint64_t floor = behind > e->o.ring_bytes ? behind - e->o.ring_bytes : 0;
	if (first >= floor)
		return first;
	pos = 0; /* the first whole frame behind the floor */
	while (pos < floor && keep_next(k, &pos, e->frame, &f))
		;
	return pos;
}

/* Its file is complete: it goes to the disk and its bytes are given back. */
static void write_down(struct evidence *e, struct job *j)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	j->runs = false;
	if (j->n_linktypes == 0) { /* not one frame: the ring had lost them */
		e->n.skipped++;
	} else if (evidence_store_write(e->store, j->alert_id, span_of(j->bytes, j->len), &e->n.removed) < 0) {
		e->n.failed++;
	} else {
		e->n.written++;
		j->written = true;
		SHA256(j->bytes, j->len, digest);
		*digits_put_hex(j->sha256, digest, SHA256_DIGEST_LENGTH) = '\0';
	}
	free(j->bytes);
	j->bytes = NULL;
	j->len = j->room = 0;
}

void evidence_begin(struct evidence *e, struct keep *k, const char *alert_id, enum alert_level level,
		    const struct event *ev)
{
	int64_t at_ns = ev->at.ts_ns,
		from_ns = (ev->first_ns && ev->first_ns < at_ns ? ev->first_ns : at_ns) - e->o.before_ns;
	struct job *j = NULL;

	if (level < e->o.least || !k->bytes ||
	    (ev->at.src_port == 0 && ip_is_none(&ev->at.src_ip) && !ev->at.has_ether))
		return;
	if (at_ns - e->minute_ns >= 60 * NS_PER_S || at_ns < e->minute_ns) {
		e->minute_ns = at_ns;
		e->begun = 0;
	}
	/* by packet time, not by which of them happen to be written already: the same capture begins the same files */
	unsigned growing = 0, running = 0;
	for (size_t i = 0; i < EVIDENCE_JOBS_MAX; i++) {
		running += e->jobs[i].runs;
		growing += e->jobs[i].runs && e->jobs[i].until_ns >= at_ns;
		if (!j && !e->jobs[i].runs && !e->jobs[i].written)
			j = &e->jobs[i];
	}
	if (!j || growing >= EVIDENCE_GROWING_MAX || e->begun >= e->o.per_minute) {
		e->n.skipped++;
		return;
	}
	e->begun++;
	/* only so many are held in memory: the others are over */
	for (size_t i = 0; running >= EVIDENCE_GROWING_MAX && i < EVIDENCE_JOBS_MAX; i++) {
		if (!e->jobs[i].runs || e->jobs[i].until_ns >= at_ns)
			continue;
		take(e, &e->jobs[i]);
		write_down(e, &e->jobs[i]);
		running--;
	}
	*j = (struct job){.runs = true, .keep = k, .until_ns = at_ns + e->o.after_ns, .of = subject_of(ev)};
	snprintf(j->alert_id, sizeof(j->alert_id), "%s", alert_id);
	j->pos = begin_at(e, k, at_ns, from_ns);
	if (j->pos == UINT64_MAX)
		j->pos = keep_head(k);
	j->over = !put_section(e, j);
	take(e, j);
}

void evidence_advance(struct evidence *e, int64_t now_ns, bool force,
		      void (*done)(void *ctx, const char *alert_id, const char *pcap, const char *sha256), void *ctx)
{
	char name[ID_MAX + 32];

	for (size_t i = 0; i < EVIDENCE_JOBS_MAX; i++) {
		struct job *j = &e->jobs[i];
		if (j->runs) {
			take(e, j);
			if (j->over || force || (now_ns && now_ns > j->until_ns))
				write_down(e, j);
		}
		if (j->written) {
			j->written = false;
			snprintf(name, sizeof(name), "evidence/%s.pcapng", j->alert_id);
			done(ctx, j->alert_id, name, j->sha256);
		}
	}
}

struct evidence_counters evidence_count(const struct evidence *e)
{
	return e->n;
}
