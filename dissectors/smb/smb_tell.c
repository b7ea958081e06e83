#include "smb/smb_tell.h"

#include <string.h>

#include "discovery/discovery.h"
#include "smb/dcerpc.h"
#include "smb/smb_file.h"
#include "smb/smb_noise.h"
#include "smb/smb_text.h"

uint64_t smb_us_since(int64_t then_ns, int64_t now_ns)
{
	return now_ns > then_ns ? (uint64_t)(now_ns - then_ns) / 1000 : 0;
}

void smb_push_status(struct event *ev, uint32_t status)
{
	ev_uint(ev, F(STATUS), status);
	ev_uint(ev, F(STATUS_CODE), status);
}

void smb_push_guid(struct smb_flow *f, struct event *ev, const struct field_def *field, struct span guid)
{
	if (guid.len == SMB_GUID_BYTES)
		ev_span(ev, field, smb_guid(f->out->arena, "", guid.ptr));
}

void smb_push_time(struct event *ev, const struct field_def *field, uint64_t filetime)
{
	int64_t ns;

	if (smb_time(filetime, &ns))
		ev_int(ev, field, ns);
}

static void push_if_any(struct event *ev, const struct field_def *field, struct span s)
{
	if (s.len > 0)
		ev_span(ev, field, s);
}

void smb_push_ntlm(struct event *ev, const struct ntlmssp *n)
{
	if (n->type == NTLM_NONE)
		return;
	ev_uint(ev, F(NTLM_TYPE), n->type);
	if (n->type == NTLM_CHALLENGE) {
		push_if_any(ev, F(NTLM_TARGET), n->target);
		push_if_any(ev, F(NTLM_SERVER_NAME), n->server_name);
		push_if_any(ev, F(NTLM_SERVER_DOMAIN), n->server_domain);
		push_if_any(ev, F(NTLM_SERVER_DNS), n->server_dns);
		push_if_any(ev, F(NTLM_SERVER_VERSION), n->version);
		return;
	}
	if (n->type == NTLM_AUTHENTICATE) {
		ev_span(ev, F(NTLM_DOMAIN), n->domain);
		ev_span(ev, F(NTLM_USER), n->user);
		ev_span(ev, F(NTLM_HOST), n->host);
		ev_uint(ev, F(NTLM_NTLM_VERSION), n->strength);
	}
	push_if_any(ev, F(NTLM_VERSION), n->version);
}

bool smb_push_logon(struct smb_flow *f, struct event *ev, struct span request, struct span response)
{
	struct spnego asked, said;
	bool any = request.len > 0 && spnego_read(f->out->arena, request, &asked);
	bool answered = response.len > 0 && spnego_read(f->out->arena, response, &said);

	if (any)
		ev_uint(ev, F(MECHANISM), asked.mechanism);
	else if (answered)
		ev_uint(ev, F(MECHANISM), said.mechanism);
	/* a challenge tells more than the request for it */
	if (answered && said.ntlm.type == NTLM_CHALLENGE) {
		smb_push_ntlm(ev, &said.ntlm);
		if (any)
			push_if_any(ev, F(NTLM_VERSION), asked.ntlm.version);
	} else if (any) {
		smb_push_ntlm(ev, &asked.ntlm);
	}
	if (any && asked.realm.len > 0) {
		ev_span(ev, F(KRB_REALM), asked.realm);
		for (unsigned i = 0; i < asked.n_snames; i++)
			ev_span(ev, F(KRB_SNAMES), asked.snames[i]);
	}
	return any && asked.ntlm.type == NTLM_AUTHENTICATE && asked.ntlm.user.len == 0;
}

void smb_tell_logon(struct emitter *out, struct span token)
{
	struct smb_flow f = {.out = out};
	struct spnego logon;

	if (token.len == 0 || !spnego_read(out->arena, token, &logon) ||
	    (logon.ntlm.type != NTLM_AUTHENTICATE && logon.realm.len == 0))
		return;
	struct event *ev = emit_begin(out, &smb_table);
	bool anonymous = smb_push_logon(&f, ev, token, (struct span){NULL, 0});
	ev_bool(ev, F(ANONYMOUS), anonymous);
	emit_end(out, ev);
}

static struct span windows(struct arena *a, struct span version)
{
	struct span word = span_str("Windows ");
	uint8_t *text = arena_alloc(a, word.len + version.len);

	if (!text)
		return version;
	memcpy(text, word.ptr, word.len);
	memcpy(text + word.len, version.ptr, version.len);
	return span_of(text, word.len + version.len);
}

static struct event *introduction(struct emitter *out, enum discovery_by by, const struct ip_addr *whose)
{
	struct event *ev = emit_begin(out, &discovery_table);

	ev_uint(ev, &discovery_field[DISCOVERY_PROTOCOL], by);
	if (!ip_is_none(whose))
		ev_ip(out, ev, &discovery_field[DISCOVERY_IP], whose);
	return ev;
}

static struct span first_of(struct span a, struct span b)
{
	return a.len > 0 ? a : b;
}

void smb_tell_challenger(struct emitter *out, struct span token)
{
	struct spnego said;

	if (token.len == 0 || !spnego_read(out->arena, token, &said) || said.ntlm.type != NTLM_CHALLENGE)
		return;
	const struct ntlmssp *n = &said.ntlm;
	struct event *ev = introduction(out, DISCOVERY_BY_NTLM, &out->at.dest_ip);
	push_if_any(ev, &discovery_field[DISCOVERY_NAME], first_of(n->server_dns, n->server_name));
	if (n->version.len > 0)
		ev_span(ev, &discovery_field[DISCOVERY_OS], windows(out->arena, n->version));
	push_if_any(ev, &discovery_field[DISCOVERY_DETAIL_DOMAIN], n->server_domain);
	emit_end(out, ev);
}

void smb_tell_server(struct smb_flow *f, struct span blob, struct span native_os)
{
	struct spnego said;
	bool challenged = blob.len > 0 && spnego_read(f->out->arena, blob, &said) && said.ntlm.type == NTLM_CHALLENGE;

	if (challenged) {
		smb_tell_challenger(f->out, blob);
	} else if (native_os.len > 0) {
		struct event *ev = introduction(f->out, DISCOVERY_BY_SMB, &f->out->at.dest_ip);
		ev_span(ev, &discovery_field[DISCOVERY_OS], native_os);
		emit_end(f->out, ev);
	}
}

void smb_tell_client(struct smb_flow *f, struct span blob)
{
	struct spnego said;

	if (blob.len == 0 || !spnego_read(f->out->arena, blob, &said) || said.ntlm.type != NTLM_AUTHENTICATE ||
	    said.ntlm.host.len == 0)
		return;
	struct event *ev = introduction(f->out, DISCOVERY_BY_NTLM, &f->out->at.src_ip);
	ev_span(ev, &discovery_field[DISCOVERY_NAME], said.ntlm.host);
	if (said.ntlm.version.len > 0)
		ev_span(ev, &discovery_field[DISCOVERY_OS], windows(f->out->arena, said.ntlm.version));
	emit_end(f->out, ev);
}

void smb_tell_negotiated(struct smb_flow *f, const struct smb_negotiated *n)
{
	if (n->guid.len != SMB_GUID_BYTES && n->name.len == 0)
		return;
	struct event *ev = introduction(f->out, DISCOVERY_BY_SMB, &f->out->at.dest_ip);
	push_if_any(ev, &discovery_field[DISCOVERY_NAME], n->name);
	push_if_any(ev, &discovery_field[DISCOVERY_DETAIL_DOMAIN], n->domain);
	smb_push_guid(f, ev, &discovery_field[DISCOVERY_DETAIL_UUID], n->guid);
	push_if_any(ev, &discovery_field[DISCOVERY_DETAIL_DIALECT], n->dialect);
	emit_end(f->out, ev);
}

enum smb_share_type smb_share_type_of(struct span path, enum smb_share_type said)
{
	struct span tail = span_str("IPC$");

	if (said != 0)
		return said;
	return path.len >= tail.len && span_eq(span_skip(path, path.len - tail.len), tail) ? SMB_SHARE_PIPE : 0;
}

void smb_push_share(struct event *ev, struct span path, enum smb_share_type type)
{
	ev_span(ev, type == SMB_SHARE_PIPE ? F(NAMED_PIPE) : F(SHARE), path);
}

void smb_push_tree(struct smb_flow *f, struct event *ev, uint64_t session, uint32_t tree)
{
	const struct smb_tree *t = smb_tree_find(f->s, session, tree);

	if (t)
		smb_push_share(ev, smb_tree_name(t), (enum smb_share_type)t->r.flag);
}

void smb_push_name(struct event *ev, struct span name)
{
	if (name.len > 0)
		ev_span(ev, F(FILENAME), name);
	else
		ev_text(ev, F(FILENAME), "<share_root>");
}

void smb_push_deletion(struct event *ev, bool on_close)
{
	ev_uint(ev, F(ACCESS), on_close ? SMB_ACCESS_DELETE_ON_CLOSE : SMB_ACCESS_NORMAL);
	ev_bool(ev, F(DELETE_ON_CLOSE), on_close);
}

void smb_push_rename(struct smb_flow *f, struct event *ev, struct span from, struct span to)
{
	struct span after = smb_new_extension(from, to);

	if (from.len > 0)
		ev_span(ev, F(RENAME_FROM), from);
	ev_span(ev, F(RENAME_TO), to);
	if (after.len > 0)
		ev_span(ev, F(NEW_EXTENSION), smb_lower(f->out->arena, after));
}

void smb_push_made(struct smb_flow *f, struct event *ev, struct span name)
{
	struct span after = smb_extension(name);
	struct span rest = after.len > 0 ? span_head(name, name.len - after.len - 1) : name;

	ev_span(ev, F(FOLDER), smb_folder(name));
	if (after.len > 0 && smb_is_known_kind(rest) && !smb_is_known_kind(name))
		ev_span(ev, F(NEW_EXTENSION), smb_lower(f->out->arena, after));
}

void smb_push_scrambled(struct event *ev, bool noise, struct span head, struct span name)
{
	if (noise && smb_is_plain_kind(smb_extension(name)) && !smb_file_kind(head, (struct span){NULL, 0}).mime)
		ev_bool(ev, F(WRITE_SCRAMBLED), true);
}

void smb_push_file_kind(struct event *ev, struct span head, struct span name)
{
	struct smb_file_kind kind = smb_file_kind(head, name);

	if (kind.class == SMB_FILE_UNKNOWN)
		return;
	if (kind.mime)
		ev_text(ev, F(FILE_MIME), kind.mime);
	ev_bool(ev, F(FILE_EXECUTABLE), kind.executable);
	ev_uint(ev, F(FILE_CLASS), kind.class);
}

bool smb_is_rpc(struct span data)
{
	struct dcerpc_header h;

	return dcerpc_header(data, &h);
}

static void push_interface(struct smb_flow *f, struct event *ev, const uint8_t uuid[static SMB_GUID_BYTES],
			   unsigned major, unsigned minor)
{
	const struct dcerpc_interface *i = dcerpc_interface_find(uuid);

	ev_span(ev, F(RPC_UUID), smb_guid(f->out->arena, "", uuid));
	if (i)
		ev_text(ev, F(RPC_SERVICE), i->name);
	ev_span(ev, F(RPC_VERSION), smb_version(f->out->arena, major, minor, -1));
}

static void push_bound(struct smb_flow *f, struct event *ev, const struct dcerpc *d)
{
	if (d->n_bound > 0)
		push_interface(f, ev, d->bound[0].uuid, d->bound[0].major, d->bound[0].minor);
}

static void push_interfaces(struct smb_flow *f, struct event *ev, const struct dcerpc *d)
{
	for (unsigned i = 0; d->n_bound > 1 && i < d->n_bound; i++) {
		const struct dcerpc_interface *known = dcerpc_interface_find(d->bound[i].uuid);
		ev_item(ev, F(RPC_INTERFACES));
		ev_span(ev, F(RPC_IF_UUID), smb_guid(f->out->arena, "", d->bound[i].uuid));
		if (known)
			ev_text(ev, F(RPC_IF_SERVICE), known->name);
	}
}

/* The call that a context number stands for. @return what it does */
static enum function_class push_call(struct smb_flow *f, struct event *ev, const uint8_t fid[static SMB_GUID_BYTES],
				     const struct dcerpc *d)
{
	const struct smb_bound *b = smb_bound_find(f->s, fid, d->context);
	const struct dcerpc_interface *i = b ? dcerpc_interface_find(b->uuid) : NULL;

	if (b)
		push_interface(f, ev, b->uuid, b->major, b->minor);
	if (d->h.type != DCERPC_REQUEST)
		return CLASS_NONE;
	ev_uint(ev, F(RPC_OPNUM), d->opnum);
	const char *procedure = dcerpc_procedure(i, d->opnum);
	if (procedure)
		ev_text(ev, F(RPC_PROCEDURE), procedure);
	return i ? (enum function_class)i->class : CLASS_NONE;
}

enum function_class smb_push_rpc(struct smb_flow *f, struct event *ev, const uint8_t fid[static SMB_GUID_BYTES],
				 struct span request, struct span response)
{
	struct dcerpc asked, said;
	bool any = request.len > 0 && dcerpc_read(request, &asked) == 0;
	bool answered = response.len > 0 && dcerpc_read(response, &said) == 0;
	enum function_class class = CLASS_NONE;
	struct spnego logon = {.mechanism = SPNEGO_NONE};

	if (!any && !answered)
		return CLASS_NONE;
	const struct dcerpc *d = any ? &asked : &said;
	ev_uint(ev, F(RPC_TYPE), d->h.type);
	ev_uint(ev, F(RPC_CALL_ID), d->h.call_id);
	if (d->h.type == DCERPC_REQUEST || d->h.type == DCERPC_RESPONSE || d->h.type == DCERPC_FAULT_PDU)
		class = push_call(f, ev, fid, d);
	else
		push_bound(f, ev, d);
	if (answered && said.h.type == DCERPC_FAULT_PDU)
		ev_uint(ev, F(RPC_FAULT), said.fault);
	push_interfaces(f, ev, d);
	if (any && asked.auth.len > 0 && spnego_read(f->out->arena, asked.auth, &logon))
		smb_push_ntlm(ev, &logon.ntlm);
	return class;
}

void smb_learn_rpc(struct smb_flow *f, const uint8_t fid[static SMB_GUID_BYTES], struct span request)
{
	struct dcerpc d;

	if (request.len == 0 || dcerpc_read(request, &d) != 0)
		return;
	for (unsigned i = 0; i < d.n_bound; i++)
		smb_bound_add(f, fid, d.bound[i].context, d.bound[i].major, d.bound[i].minor, d.bound[i].uuid);
}

void smb1_fid(uint8_t out[static SMB_GUID_BYTES], uint16_t fid)
{
	memset(out, 0, SMB_GUID_BYTES);
	out[0] = (uint8_t)fid;
	out[1] = (uint8_t)(fid >> 8);
}
