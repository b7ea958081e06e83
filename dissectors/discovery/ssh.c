/*
 * SSH (RFC 4253, 4.2): the line with which either side begins.
 *
 *   SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n        protocol, software, comment
 *
 * All that follows is skipped uncopied.
 */
#include "discovery/say.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum { PORT_SSH = 22, LINE_MAX_BYTES = 255 };

static const char mark[] = "SSH-";

struct ssh_state {
	bool done[2]; /* has said its line, or it was lost */
};

/* Do the bytes that are there agree with the mark? */
static bool may_begin(struct span s)
{
	size_t n = s.len < strlen(mark) ? s.len : strlen(mark);

	return n > 0 && memcmp(s.ptr, mark, n) == 0;
}

static struct frame ssh_frame(const void *state, enum dir dir, struct span avail)
{
	const struct ssh_state *s = state;
	struct span line = say_until(span_head(avail, LINE_MAX_BYTES), "\n");

	/* A server may say something else first; nobody says the line twice. */
	if (s->done[dir] || !may_begin(avail))
		return (struct frame){FRAME_WHOLE, 0, avail.len};
	if (line.len == LINE_MAX_BYTES)
		return (struct frame){FRAME_WHOLE, 0, LINE_MAX_BYTES};
	if (line.len == avail.len)
		return (struct frame){.kind = FRAME_MORE};
	return (struct frame){FRAME_WHOLE, (uint32_t)line.len + 1, line.len + 1};
}

/* The distribution stands in the comment, "Debian-2"; elsewhere in the name of the software. */
static struct span system_of(struct span software, struct span comment)
{
	static const char *const systems[] = {"Debian", "Ubuntu", "Raspbian", "FreeBSD", "NetBSD"};

	for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
		if (say_begins(comment, systems[i]))
			return span_head(comment, strlen(systems[i]));
	}
	struct span windows = say_after(software, "_for_");
	return say_begins(windows, "Windows") ? span_head(windows, strlen("Windows")) : span_of(NULL, 0);
}

static void ssh_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct ssh_state *s = state;
	struct span line = say_trim(cur_rest(c));

	if (line.len == 0)
		return;
	s->done[dir] = true;
	struct span software = say_after(span_skip(line, strlen(mark)), "-");
	struct span name = say_until(software, " "), comment = span_skip(software, name.len + 1);
	if (name.len == 0)
		return;
	struct event *ev = say_begin(out, DISCOVERY_BY_SSH);
	say_ip(out, ev, F(IP), say_speaker(out, dir));
	say_span(ev, F(OS), system_of(name, comment));
	say_span(ev, F(DETAIL_SOFTWARE), software);
	emit_end(out, ev);
}

static void ssh_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	struct ssh_state *s = state;

	(void)lost_bytes;
	(void)out;
	s->done[dir] = true;
}

static enum probe ssh_probe(struct span head, bool from_server_port)
{
	static const char *const begins[] = {"SSH-2.0-", "SSH-1.99-", "SSH-1.5-"};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		size_t n = strlen(begins[i]);
		if (head.len >= n && memcmp(head.ptr, begins[i], n) == 0)
			return from_server_port ? PROBE_RESPONSE : PROBE_EITHER;
		if (head.len > 0 && head.len < n && memcmp(head.ptr, begins[i], head.len) == 0)
			return PROBE_MORE;
	}
	return PROBE_NO;
}

const struct dissector ssh_dissector = {
    .name = "ssh",
    .table = &discovery_table,
    .tcp_ports = {PORT_SSH},
    .partial = true,
    .max_frame = LINE_MAX_BYTES + 1,
    .state_size = sizeof(struct ssh_state),
    .probe = ssh_probe,
    .frame = ssh_frame,
    .pdu = ssh_pdu,
    .gap = ssh_gap,
};
