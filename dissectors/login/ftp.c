/*
 * FTP's control connection, as far as logons go (RFC 959, 4 and 5.3; RFC 4217), and where data
 * connections are awaited (ftp_data.h).
 *
 *   client  command SP argument CRLF            server  code 3 digits, "-" while more lines follow, else SP | text CRLF
 */
#include <string.h>

#include "login/ftp_data.h"
#include "login/login.h"

#define F(id) (&ftp_field[FTP_##id])

enum {
	LINE_MAX = 512,
	CODE_BYTES = 3,
	READY = 220,
	PASSIVE = 227,
	EXTENDED_PASSIVE = 229,
	TLS_BEGINS = 234,
	NEEDS_PASSWORD = 331,
};

struct ftp_state {
	struct login login;
	bool open;   /* an attempt has begun and is not told */
	bool secure; /* AUTH was asked for */
};

static struct frame ftp_frame(const void *state, enum dir dir, struct span avail)
{
	struct span line = span_head(avail, LINE_MAX);
	const uint8_t *end = line.len > 0 ? memchr(line.ptr, '\n', line.len) : NULL;

	(void)state;
	(void)dir;
	if (end)
		return (struct frame){FRAME_WHOLE, (uint32_t)(end - line.ptr) + 1, (uint64_t)(end - line.ptr) + 1};
	if (line.len == LINE_MAX)
		return (struct frame){FRAME_WHOLE, LINE_MAX, LINE_MAX};
	return (struct frame){FRAME_MORE, 0, 0};
}

static bool begins(struct span s, const char *upper)
{
	for (; *upper; upper++, s = span_skip(s, 1)) {
		if (s.len == 0 || (s.ptr[0] & ~0x20) != (*upper & ~0x20))
			return false;
	}
	return true;
}

/* 0: no code. *@last: no more lines of this answer follow. */
static unsigned code_of(struct span line, bool *last)
{
	unsigned code = 0;

	for (size_t i = 0; i < CODE_BYTES; i++) {
		if (i >= line.len || line.ptr[i] < '0' || line.ptr[i] > '9')
			return 0;
		code = code * 10 + (unsigned)(line.ptr[i] - '0');
	}
	*last = line.len == CODE_BYTES || line.ptr[CODE_BYTES] != '-';
	return code;
}

static enum probe ftp_probe(struct span head, bool from_server_port)
{
	static const char *const first[] = {"USER ", "PASS ", "AUTH ", "FEAT\r", "HOST ", "CLNT ", "OPTS ", "SYST\r"};
	bool last;

	if (head.len < 5)
		return PROBE_MORE;
	unsigned code = code_of(head, &last);
	if (code == READY || (code > 0 && from_server_port))
		return PROBE_WEAK;
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		if (begins(head, first[i]))
			return PROBE_WEAK;
	}
	return PROBE_NO;
}

static void tell(struct ftp_state *s, struct emitter *out, unsigned code)
{
	struct event *ev;

	if (!s->open)
		return;
	s->open = false;
	ev = emit_begin(out, &ftp_table);
	ev->complete = code > 0 ? COMPLETE_YES : COMPLETE_NO;
	if (s->login.user)
		ev_span(ev, F(USER), span_of(s->login.user_text, s->login.user_len));
	ev_bool(ev, F(PASSWORD), s->login.password);
	if (s->login.password)
		ev_bool(ev, F(DEFAULT), login_is_shipped(&s->login));
	if (code > 0)
		ev_uint(ev, F(REPLY), code);
	if (s->login.banner_len > 0)
		ev_span(ev, F(BANNER), span_of(s->login.banner, s->login.banner_len));
	emit_end(out, ev);
}

static struct span argument(struct span line)
{
	struct span s = span_skip(line, 5);

	while (s.len > 0 && (s.ptr[s.len - 1] == '\r' || s.ptr[s.len - 1] == '\n'))
		s.len--;
	return s;
}

/* Where lines are torn a password may stand behind USER. */
static bool holds_password(struct span s)
{
	for (; s.len > 0; s = span_skip(s, 1)) {
		if (begins(s, "PASS"))
			return true;
	}
	return false;
}

static void command(struct ftp_state *s, struct span line, struct emitter *out)
{
	if (begins(line, "USER ")) {
		tell(s, out, 0);
		login_begin(&s->login);
		if (!holds_password(argument(line)))
			login_user(&s->login, argument(line));
		login_user_ends(&s->login);
		s->open = true;
	} else if (begins(line, "PASS")) {
		if (!s->open || s->login.password) {
			tell(s, out, 0);
			login_begin(&s->login);
			s->login.unclear = true; /* whose it is was not seen */
		}
		login_password(&s->login, argument(line));
		s->open = true;
	} else if (begins(line, "AUTH ")) {
		s->secure = true;
	} else if (begins(line, "PORT ")) {
		ftp_data_port(argument(line), false, out);
	} else if (begins(line, "EPRT ")) {
		ftp_data_port(argument(line), true, out);
	}
}

static void answer(struct ftp_state *s, struct span line, struct emitter *out)
{
	bool last = false;
	unsigned code = code_of(line, &last);

	if (code == READY && !s->open)
		login_banner(&s->login, span_skip(line, CODE_BYTES + 1));
	if (code == 0 || !last)
		return;
	if (code == PASSIVE || code == EXTENDED_PASSIVE) {
		tell(s, out, 0); /* the answer to the attempt was lost */
		ftp_data_passive(span_skip(line, CODE_BYTES), code == EXTENDED_PASSIVE, out);
		return;
	}
	if (code == TLS_BEGINS && s->secure)
		out->hand_over = HAND_OVER_ANY;
	else if (s->open && code >= 200 && code != NEEDS_PASSWORD && code != READY)
		tell(s, out, code);
}

static void ftp_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	if (dir == DIR_REQUEST)
		command(state, cur_rest(pdu), out);
	else
		answer(state, cur_rest(pdu), out);
}

static void ftp_finish(void *state, struct emitter *out)
{
	tell(state, out, 0);
}

const struct dissector ftp_dissector = {
    .name = "ftp",
    .table = &ftp_table,
    .tcp_ports = {21},
    .partial = true,
    .max_frame = LINE_MAX,
    .state_size = sizeof(struct ftp_state),
    .probe = ftp_probe,
    .frame = ftp_frame,
    .pdu = ftp_pdu,
    .finish = ftp_finish,
};
