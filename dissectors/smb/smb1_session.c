/*
 * SMB 1: negotiation, logon, shares.
 */
#include "smb/smb1.h"

#include "smb/smb_tell.h"
#include "smb/smb_text.h"

enum {
	DIALECTS_MAX = 32,
	DIALECT_NONE = 0xffff,
	WORDS_NT = 17 * 2, /* bytes of words that tell the forms apart */
	WORDS_LANMAN = 13 * 2,
	WORDS_SETUP_NT = 13 * 2,
	WORDS_SETUP_EXTENDED = 12 * 2,
	WORDS_SETUP_LANMAN = 10 * 2,
	CAP_UNICODE = 0x04,
	CAP_EXTENDED_SECURITY = (int)0x80000000,
	MODE_ENCRYPTED_PASSWORDS = 0x02,
	MODE_SIGNING_REQUIRED = 0x08,
	SETUP_GUEST = 0x01,
};

/* | 0x02, text, NUL | ... CIFS 2.2.4.52.1. @return false at the end */
static bool next_dialect(struct smb_flow *f, struct cursor *c, struct span *text)
{
	if (cur_left(c) == 0)
		return false;
	cur_skip(c, 1);
	*text = smb_string(f->out->arena, c, false);
	return cur_ok(c);
}

/*
 *   | dialect u16 | mode u8 | mpx u16 | vcs u16 | buffer u32 | raw u32 | key u32 | capabilities u32 | time u64 |
 *   | zone u16 | challenge length u8 |
 *   extended: | GUID 16 | blob |; else | challenge | domain | server |
 *   |            CIFS 2.2.4.52.2, SMB 2.2.4.5.2.1
 */
struct negotiated {
	uint16_t dialect;
	uint8_t mode, challenge_bytes;
	uint32_t capabilities;
	uint64_t time;
	bool ok, nt;
};

static struct negotiated read_negotiated(const struct smb1_block *r)
{
	struct negotiated n = {.ok = false};
	struct cursor c = cur_of(r->words);

	n.dialect = cur_u16le(&c);
	n.ok = cur_ok(&c);
	n.nt = r->words.len >= WORDS_NT;
	n.mode = r->words.len >= WORDS_LANMAN ? cur_u8(&c) : 0;
	if (n.nt) {
		cur_skip(&c, 16);
		n.capabilities = cur_u32le(&c);
		n.time = cur_u64le(&c);
		cur_skip(&c, 2);
		n.challenge_bytes = cur_u8(&c);
	}
	return n;
}

void smb1_learn_dialect(struct smb1_exchange *x)
{
	struct negotiated n = read_negotiated(&x->r);
	struct cursor c = cur_of(x->q.bytes);
	struct span text;

	if (!n.ok || n.dialect == DIALECT_NONE)
		return;
	if (!x->asked) {
		/* only this form of the answer says by itself which dialect it is */
		if (n.nt)
			smb_dialect_set(x->f->s, span_str("NT LM 0.12"));
		return;
	}
	for (unsigned i = 0; i < DIALECTS_MAX && next_dialect(x->f, &c, &text); i++) {
		if (i == n.dialect)
			smb_dialect_set(x->f->s, text);
	}
}

/* The names that a server gives without extended security. They follow without a byte that aligns them, and are UTF-16
 * where the capabilities say so, whatever Flags2 says: what a client asks for before both have agreed is no promise. */
static void read_names(struct smb1_exchange *x, const struct negotiated *n, struct span *domain, struct span *server)
{
	struct cursor c = cur_of(x->r.bytes);
	bool unicode = n->capabilities & CAP_UNICODE;

	cur_skip(&c, n->challenge_bytes);
	*domain = smb_string(x->f->out->arena, &c, unicode);
	*server = smb_string(x->f->out->arena, &c, unicode);
}

static void push_negotiate(struct smb1_exchange *x, struct event *ev)
{
	struct cursor q = cur_of(x->q.bytes);
	struct span text;

	for (unsigned i = 0; x->asked && i < DIALECTS_MAX && next_dialect(x->f, &q, &text); i++)
		ev_span(ev, F(NEG_CLIENT_DIALECTS), text);
	if (!x->good)
		return;
	struct negotiated n = read_negotiated(&x->r);
	if (!n.ok) {
		x->malformed = "truncated_words";
		return;
	}
	bool extended = n.nt && (n.capabilities & (uint32_t)CAP_EXTENDED_SECURITY);
	if (extended)
		smb_push_guid(x->f, ev, F(NEG_SERVER_GUID), smb_slice(x->r.bytes, 0, SMB_GUID_BYTES));
	if (x->r.words.len >= WORDS_LANMAN) {
		ev_bool(ev, F(NEG_SIGNING), n.nt && (n.mode & MODE_SIGNING_REQUIRED));
		ev_bool(ev, F(NEG_CLEAR), !(n.mode & MODE_ENCRYPTED_PASSWORDS));
		ev_bool(ev, F(NEG_EXTENDED), extended);
	}
	if (!n.nt)
		return;
	smb_push_time(ev, F(NEG_TIME), n.time);
	if (extended)
		return;
	struct span domain, server;
	read_names(x, &n, &domain, &server);
	if (domain.len > 0)
		ev_span(ev, F(NEG_DOMAIN), domain);
	if (server.len > 0)
		ev_span(ev, F(NEG_SERVER), server);
}

/*
 * Session setup, the words behind AndX and what follows in the bytes:
 *   NT        | buffer u16 | mpx u16 | vc u16 | key u32 | OEM password length u16 | UTF-16 password length u16 |
 *   | ... |
 *             | OEM password | UTF-16 password | account | domain | OS | LM |         CIFS 2.2.4.53.1
 *   extended  | buffer u16 | mpx u16 | vc u16 | key u32 | blob length u16 | ... | blob | OS | LM |
 *   |     SMB 2.2.4.6.1
 *   LANMAN    | buffer u16 | mpx u16 | vc u16 | key u32 | password length u16 | ... | password | account |
 *   | domain | OS | LM |
 */
struct setup {
	struct span blob, account, domain, os, lm;
	uint16_t oem_bytes, nt_bytes; /* of passwords */
	bool ok, extended;
};

static struct setup read_setup(const struct smb1_exchange *x)
{
	struct setup s = {.ok = false};
	struct cursor w = cur_of(x->q.words), c = cur_of(x->q.bytes);

	cur_skip(&w, 14);
	s.oem_bytes = cur_u16le(&w);
	s.nt_bytes = x->q.words.len == WORDS_SETUP_NT ? cur_u16le(&w) : 0;
	s.extended = x->q.words.len == WORDS_SETUP_EXTENDED;
	if (!cur_ok(&w) || (!s.extended && x->q.words.len != WORDS_SETUP_NT && x->q.words.len != WORDS_SETUP_LANMAN))
		return s;
	struct span secret = cur_span(&c, (size_t)s.oem_bytes + s.nt_bytes);
	if (!cur_ok(&c)) {
		/* a ticket may be longer than what was kept of the request */
		s.blob = s.extended && x->request_cut ? x->q.bytes : (struct span){NULL, 0};
		s.ok = s.blob.len > 0;
		return s;
	}
	if (s.extended) {
		s.blob = secret;
	} else {
		s.account = smb1_text(x->f, &x->req, &c, &x->q);
		s.domain = smb1_text(x->f, &x->req, &c, &x->q);
	}
	s.os = smb1_text(x->f, &x->req, &c, &x->q);
	s.lm = smb1_text(x->f, &x->req, &c, &x->q);
	s.ok = cur_ok(&c);
	return s;
}

static enum smb_proof proof_of(const struct setup *s)
{
	enum { RESPONSE_BYTES = 24 };

	if (s->nt_bytes > RESPONSE_BYTES)
		return SMB_PROOF_V2;
	if (s->nt_bytes == RESPONSE_BYTES)
		return SMB_PROOF_V1;
	if (s->oem_bytes == RESPONSE_BYTES)
		return SMB_PROOF_LM;
	return s->oem_bytes > 1 || s->nt_bytes > 2 ? SMB_PROOF_CLEAR_TEXT : SMB_PROOF_NONE;
}

/*
 * | action u16 | (blob length u16) | behind AndX; the bytes: | blob | OS | LM | domain |. CIFS 2.2.4.53.2, SMB
 * 2.2.4.6.2
 */
struct setup_done {
	uint16_t action;
	struct span blob, os, lm;
	bool ok;
};

static struct setup_done read_done(const struct smb1_exchange *x)
{
	struct setup_done d = {.ok = false};
	struct cursor w = cur_of(x->r.words), c = cur_of(x->r.bytes);

	cur_skip(&w, 4);
	d.action = cur_u16le(&w);
	d.ok = cur_ok(&w);
	uint16_t n = cur_u16le(&w);
	if (d.ok && cur_ok(&w))
		d.blob = cur_span(&c, n);
	d.os = smb1_text(x->f, &x->rsp, &c, &x->r);
	d.lm = smb1_text(x->f, &x->rsp, &c, &x->r);
	return d;
}

static void push_if_any(struct event *ev, const struct field_def *field, struct span s)
{
	if (s.len > 0)
		ev_span(ev, field, s);
}

static void push_setup(struct smb1_exchange *x, struct event *ev)
{
	struct setup s = {.ok = false};
	struct setup_done d = {.ok = false};

	if (x->asked) {
		s = read_setup(x);
		if (!s.ok)
			x->malformed = "truncated_body";
	}
	if (x->good) {
		d = read_done(x);
		if (!d.ok)
			x->malformed = "truncated_words";
	}
	bool nobody = smb_push_logon(x->f, ev, s.blob, d.blob);
	if (x->answered && x->rsp.status == STATUS_SUCCESS && d.ok) {
		ev_bool(ev, F(GUEST), d.action & SETUP_GUEST);
		ev_bool(ev, F(ANONYMOUS), nobody || (s.ok && !s.extended && s.account.len == 0));
	}
	if (s.ok && !s.extended) {
		ev_span(ev, F(ACCOUNT_USER), s.account);
		ev_span(ev, F(ACCOUNT_DOMAIN), s.domain);
		ev_uint(ev, F(ACCOUNT_PROOF), proof_of(&s));
	}
	push_if_any(ev, F(REQ_NATIVE_OS), s.os);
	push_if_any(ev, F(REQ_NATIVE_LM), s.lm);
	push_if_any(ev, F(RSP_NATIVE_OS), d.os);
	push_if_any(ev, F(RSP_NATIVE_LM), d.lm);
}

static struct smb_negotiated names_of(struct smb1_exchange *x)
{
	struct negotiated n = read_negotiated(&x->r);
	struct smb_negotiated said = {.guid = {NULL, 0}};

	if (!n.ok || !n.nt)
		return said;
	said.dialect = span_str("NT LM 0.12");
	if (n.capabilities & (uint32_t)CAP_EXTENDED_SECURITY) {
		said.guid = smb_slice(x->r.bytes, 0, SMB_GUID_BYTES);
		return said;
	}
	read_names(x, &n, &said.domain, &said.name);
	return said;
}

void smb1_introduce(struct smb1_exchange *x)
{
	if (!x->good)
		return;
	if (x->r.command == SMB1_NEGOTIATE) {
		struct smb_negotiated said = names_of(x);
		smb_tell_negotiated(x->f, &said);
	} else if (x->r.command == SMB1_SESSION_SETUP_ANDX) {
		struct setup_done d = read_done(x);
		smb_tell_server(x->f, d.blob, d.os);
		if (x->asked && x->rsp.status == STATUS_SUCCESS)
			smb_tell_client(x->f, read_setup(x).blob);
	}
}

/*
 * TREE_CONNECT_ANDX | flags u16 | password length u16 | behind AndX, then | password | path | service, OEM |
 * |: CIFS 2.2.4.55.1
 * TREE_CONNECT      | 0x04 path | 0x04 password | 0x04 service |
 * |:                                         CIFS 2.2.4.50.1
 */
static struct span share_path(const struct smb1_exchange *x)
{
	struct cursor w = cur_of(x->q.words), c = cur_of(x->q.bytes);

	if (x->q.command == SMB1_TREE_CONNECT) {
		cur_skip(&c, 1);
		return smb_string(x->f->out->arena, &c, false);
	}
	cur_skip(&w, 6);
	cur_skip(&c, cur_u16le(&w));
	struct span path = smb1_text(x->f, &x->req, &c, &x->q);
	return cur_ok(&w) && cur_ok(&c) ? path : (struct span){NULL, 0};
}

/* The service that the server names first in its bytes: "A:", "IPC", "LPT1:". */
static enum smb_share_type service(const struct smb1_exchange *x)
{
	struct cursor c = cur_of(x->r.bytes);

	if (!x->good || x->r.command != SMB1_TREE_CONNECT_ANDX)
		return 0;
	struct span s = smb_string(x->f->out->arena, &c, false);
	if (span_eq(s, span_str("IPC")))
		return SMB_SHARE_PIPE;
	if (span_eq(span_head(s, 3), span_str("LPT")))
		return SMB_SHARE_PRINT;
	return span_eq(s, span_str("A:")) ? SMB_SHARE_DISK : 0;
}

static void push_tree(struct smb1_exchange *x, struct event *ev)
{
	enum smb_share_type type = service(x);

	if (x->asked && x->q.ok) {
		struct span path = share_path(x);
		if (path.len > 0)
			smb_push_share(ev, path, smb_share_type_of(path, type));
		else
			x->malformed = "truncated_body";
	}
	if (type != 0)
		ev_uint(ev, F(SHARE_TYPE), type);
}

bool smb1_push_session(struct smb1_exchange *x, struct event *ev)
{
	switch (x->q.command) {
	case SMB1_NEGOTIATE:
		push_negotiate(x, ev);
		return true;
	case SMB1_SESSION_SETUP_ANDX:
		push_setup(x, ev);
		return true;
	case SMB1_TREE_CONNECT_ANDX:
	case SMB1_TREE_CONNECT:
		push_tree(x, ev);
		return true;
	default:
		return false;
	}
}

void smb1_learn_session(struct smb1_exchange *x)
{
	switch (x->q.command) {
	case SMB1_TREE_CONNECT_ANDX:
	case SMB1_TREE_CONNECT:
		if (x->asked && x->good) {
			struct span path = share_path(x);
			struct cursor w = cur_of(x->r.words);
			cur_skip(&w, 2);
			uint16_t core_tree = cur_u16le(&w);
			smb_tree_add(x->f, 0, x->q.command == SMB1_TREE_CONNECT ? core_tree : x->rsp.tree_id,
				     smb_share_type_of(path, service(x)), path);
		}
		break;
	case SMB1_TREE_DISCONNECT:
		if (x->done)
			smb_tree_drop(x->f->s, 0, x->tree_id);
		break;
	default:
		break;
	}
}
