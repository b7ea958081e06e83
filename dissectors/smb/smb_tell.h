/*
 * Values that the records of all SMB versions share: logons, shares, files, DCE/RPC on pipes.
 */
#ifndef SEKISHO_SMB_SMB_TELL_H
#define SEKISHO_SMB_SMB_TELL_H

#include <stdbool.h>

#include "event/event.h"
#include "smb/smb.h"
#include "smb/smb_state.h"
#include "smb/spnego.h"

/** Field of smb_fields.def by the end of its id. */
#define F(id) (&smb_field[SMB_##id])

uint64_t smb_us_since(int64_t then_ns, int64_t now_ns);

/** `status`, `status_code`. */
void smb_push_status(struct event *ev, uint32_t status);

void smb_push_guid(struct smb_flow *f, struct event *ev, const struct field_def *field, struct span guid);
void smb_push_time(struct event *ev, const struct field_def *field, uint64_t filetime);

/** `mechanism`, `ntlmssp.*`, `kerberos.*` of the security blobs of both sides, either of which may be empty. @return
 * whether an anonymous user logs on. */
bool smb_push_logon(struct smb_flow *f, struct event *ev, struct span request, struct span response);

/** `ntlmssp.*` of a message. */
void smb_push_ntlm(struct event *ev, const struct ntlmssp *n);

/** A `discovery` record of what a server says of itself in an NTLM challenge or an SMB1 session setup. After
 * emit_end(). */
void smb_tell_server(struct smb_flow *f, struct span blob, struct span native_os);

/** The same of a client whose logon by NTLM has been let in: the name of its computer. */
void smb_tell_client(struct smb_flow *f, struct span blob);

/** What a server says of itself when it negotiates; empty where it does not say it. */
struct smb_negotiated {
	struct span guid, dialect, name, domain;
};

/** The same of that. */
void smb_tell_negotiated(struct smb_flow *f, const struct smb_negotiated *n);

/** `share` or `named_pipe` of a tree that is known. */
void smb_push_tree(struct smb_flow *f, struct event *ev, uint64_t session, uint32_t tree);

/** Is the share one of pipes, judged by what the server said of it, else by its name? */
enum smb_share_type smb_share_type_of(struct span path, enum smb_share_type said);
void smb_push_share(struct event *ev, struct span path, enum smb_share_type type);

/** `filename`, `<share_root>` where it is empty. */
void smb_push_name(struct event *ev, struct span name);

/** `delete_on_close`, and `access`, which is how EVE tells it, of a deletion set or taken back (FSCC 2.4.11). */
void smb_push_deletion(struct event *ev, bool on_close);

/** `rename.*`, and `new_extension` where there is one. @from is empty where the former name is not known. */
void smb_push_rename(struct smb_flow *f, struct event *ev, struct span from, struct span to);

/** `folder` of a file that was made or overwritten, `new_extension` where it stands behind that of a known kind. */
void smb_push_made(struct smb_flow *f, struct event *ev, struct span name);

/** `write.scrambled`: @noise was written at the beginning of the file, @head is what is kept of it. */
void smb_push_scrambled(struct event *ev, bool noise, struct span head, struct span name);

/** `file.*` where something is known of it. @head: first bytes of the file, or empty. */
void smb_push_file_kind(struct event *ev, struct span head, struct span name);

/** Do these bytes begin like DCE/RPC? */
bool smb_is_rpc(struct span data);

/**
 * `dcerpc.*` (and `ntlmssp.*`) of what goes into a pipe and comes out of it; either may be empty.
 * @return what the call does
 */
enum function_class smb_push_rpc(struct smb_flow *f, struct event *ev, const uint8_t fid[static SMB_GUID_BYTES],
				 struct span request, struct span response);

/** Remembers the interfaces that @request binds on a pipe. */
void smb_learn_rpc(struct smb_flow *f, const uint8_t fid[static SMB_GUID_BYTES], struct span request);

/** The file id that an SMB1 number stands for. */
void smb1_fid(uint8_t out[static SMB_GUID_BYTES], uint16_t fid);

/** A slice of a message: exactly @n bytes at @at, or empty. */
static inline struct span smb_slice(struct span message, size_t at, size_t n)
{
	struct span s = span_skip(message, at);
	return s.len >= n ? span_head(s, n) : (struct span){NULL, 0};
}

/** The same, cut where the message is cut. */
static inline struct span smb_slice_cut(struct span message, size_t at, size_t n)
{
	return span_head(span_skip(message, at), n);
}

#endif
