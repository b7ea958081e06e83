/*
 * Telnet as far as logons go: the server asks for a user and then for a password, the client types them.
 *
 *   IAC 255 | WILL WONT DO DONT 251..254 | option          IAC | SB 250 | option ... | IAC | SE 240          IAC IAC:
 * the byte 255
 */
#include <ctype.h>
#include <string.h>

#include "login/login.h"

#define F(id) (&telnet_field[TELNET_##id])

enum {
	PIECE_MAX = 1024,
	TAIL = 24,
	IAC = 255,
	DONT = 254,
	WILL = 251,
	SB = 250,
	SE = 240,
	OPTION_MAX = 49,
	BACKSPACE = 8,
	DELETE = 127
};

enum asked { ASKED_NOTHING, ASKED_USER, ASKED_PASSWORD };

enum telnet_step { TEXT, COMMAND, OPTION, SUBOPTION, SUBOPTION_COMMAND };

struct telnet_state {
	struct login login;
	uint8_t step[2]; /* enum telnet_step by direction */
	uint8_t asked;   /* enum asked */
	bool typed;      /* something, since the server asked */
	bool begun;      /* somebody has answered: what came before, up to the line that asked, is the banner */
	uint8_t banner;  /* bytes of whole lines in it */
	uint8_t n;
	char tail[TAIL]; /* end of the line that the server is writing, in lower case */
};

static struct frame telnet_frame(const void *state, enum dir dir, struct span avail)
{
	uint32_t n = avail.len < PIECE_MAX ? (uint32_t)avail.len : PIECE_MAX;

	(void)state;
	(void)dir;
	return n > 0 ? (struct frame){FRAME_WHOLE, n, n} : (struct frame){FRAME_MORE, 0, 0};
}

/* Negotiation at once, or on the port text of any kind. */
static enum probe telnet_probe(struct span head, bool from_server_port)
{
	struct cursor c = cur_of(head);
	uint8_t first = cur_u8(&c), verb = cur_u8(&c), option = cur_u8(&c), next = cur_u8(&c);

	if (head.len < 3)
		return PROBE_MORE;
	if (first == IAC)
		return verb >= SB && verb <= DONT && (option <= OPTION_MAX || option == IAC) &&
			       (head.len == 3 || next == IAC || verb == SB)
			   ? PROBE_WEAK
			   : PROBE_NO;
	return from_server_port && (isprint(first) || isspace(first)) ? PROBE_WEAK : PROBE_NO;
}

/* Takes the commands out of what one side says. @return is this byte text? */
static bool is_text(uint8_t *step, uint8_t byte)
{
	switch ((enum telnet_step) * step) {
	case TEXT:
		*step = byte == IAC ? COMMAND : TEXT;
		return byte != IAC;
	case COMMAND:
		*step = byte >= WILL && byte <= DONT ? OPTION : byte == SB ? SUBOPTION : TEXT;
		return byte == IAC;
	case SUBOPTION:
		*step = byte == IAC ? SUBOPTION_COMMAND : SUBOPTION;
		return false;
	case SUBOPTION_COMMAND:
		*step = byte == SE ? TEXT : SUBOPTION;
		return false;
	case OPTION:
		break;
	}
	*step = TEXT;
	return false;
}

static bool ends(const struct telnet_state *s, size_t n, const char *word)
{
	size_t len = strlen(word);

	return n >= len && memcmp(s->tail + n - len, word, len) == 0;
}

/* What the line that waits for the client asks for. */
static enum asked asks(const struct telnet_state *s)
{
	static const char *const users[] = {"login",   "username", "user name", "user",
					    "account", "user id",  "userid",    "login name"};
	size_t n = s->n;

	while (n > 0 && (s->tail[n - 1] == ' ' || s->tail[n - 1] == '>'))
		n--;
	if (n == 0 || s->tail[n - 1] != ':')
		return ASKED_NOTHING;
	for (n--; n > 0 && s->tail[n - 1] == ' ';)
		n--;
	if (ends(s, n, "password") || ends(s, n, "passwd") || ends(s, n, "passcode"))
		return ASKED_PASSWORD;
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		if (ends(s, n, users[i]))
			return ASKED_USER;
	}
	return ASKED_NOTHING;
}

static void server_wrote(struct telnet_state *s, uint8_t byte)
{
	bool ends_line = byte == '\r' || byte == '\n';

	if (!s->begun) {
		login_banner(&s->login, span_of(&byte, 1));
		s->banner = ends_line ? s->login.banner_len : s->banner;
	}
	/* what goes on was no question; once something was typed it may be the echo */
	if (!s->typed && byte != ' ')
		s->asked = ASKED_NOTHING;
	if (ends_line) {
		s->n = 0;
		return;
	}
	if (s->n == TAIL)
		memmove(s->tail, s->tail + 1, --s->n);
	s->tail[s->n++] = (char)tolower(byte);
}

static void server_said(struct telnet_state *s, struct span bytes)
{
	struct cursor c = cur_of(bytes);

	while (cur_left(&c) > 0) {
		uint8_t byte = cur_u8(&c);
		if (is_text(&s->step[DIR_RESPONSE], byte) && byte != 0)
			server_wrote(s, byte);
	}
	enum asked asked = asks(s);
	if (asked == ASKED_NOTHING || asked == s->asked)
		return;
	s->asked = (uint8_t)asked;
	s->typed = false;
}

static void tell(struct telnet_state *s, struct emitter *out)
{
	struct event *ev = emit_begin(out, &telnet_table);

	if (s->login.user)
		ev_span(ev, F(USER), span_of(s->login.user_text, s->login.user_len));
	ev_bool(ev, F(PASSWORD), true);
	ev_bool(ev, F(DEFAULT), login_is_shipped(&s->login));
	if (s->banner > 0)
		ev_span(ev, F(BANNER), span_of(s->login.banner, s->banner));
	emit_end(out, ev);
}

static void typed(struct telnet_state *s, uint8_t byte, struct emitter *out)
{
	if (s->asked == ASKED_NOTHING || byte == 0)
		return;
	if (!s->typed && s->asked == ASKED_USER)
		login_begin(&s->login);
	else if (!s->typed)
		login_user_ends(&s->login);
	s->typed = s->begun = true;
	if (byte == '\r' || byte == '\n') {
		if (s->asked == ASKED_PASSWORD) {
			login_password(&s->login, (struct span){NULL, 0});
			tell(s, out);
			login_begin(&s->login);
		}
		s->asked = ASKED_NOTHING;
		s->typed = false;
		s->n = 0;
	} else if (byte == BACKSPACE || byte == DELETE) {
		if (s->asked == ASKED_USER && s->login.user_len > 0)
			s->login.user_len--;
		s->login.unclear |= s->asked == ASKED_PASSWORD;
	} else if (byte >= ' ') {
		if (s->asked == ASKED_USER)
			login_user(&s->login, span_of(&byte, 1));
		else
			login_password(&s->login, span_of(&byte, 1));
	}
}

static void telnet_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	struct telnet_state *s = state;

	if (dir == DIR_RESPONSE) {
		server_said(s, cur_rest(pdu));
		return;
	}
	while (cur_left(pdu) > 0) {
		uint8_t byte = cur_u8(pdu);
		if (is_text(&s->step[DIR_REQUEST], byte))
			typed(s, byte, out);
	}
}

/* What was typed is not known any more. */
static void telnet_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	struct telnet_state *s = state;

	(void)lost_bytes;
	(void)out;
	s->step[dir] = TEXT;
	s->login.unclear = true;
}

const struct dissector telnet_dissector = {
    .name = "telnet",
    .table = &telnet_table,
    .tcp_ports = {23, 2323},
    .partial = true,
    .max_frame = PIECE_MAX,
    .state_size = sizeof(struct telnet_state),
    .probe = telnet_probe,
    .frame = telnet_frame,
    .pdu = telnet_pdu,
    .gap = telnet_gap,
};
