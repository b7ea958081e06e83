/*
 * SMB 2 and 3: directories and information about files.
 */
#include "smb/smb2.h"

#include "smb/smb_tell.h"
#include "smb/smb_text.h"

enum { BODY = SMB2_HEADER_BYTES };

/*
 * | size u16 = 33 | class u8 | flags u8 | index u32 | file id 16 | name offset u16 | name length u16 | ... |,
 * 2.2.33
 */
void smb2_push_find(struct smb2_exchange *x, struct event *ev)
{
	struct cursor c = cur_of(span_skip(x->request, BODY));

	x->class = CLASS_READ;
	if (!x->asked)
		return;
	cur_skip(&c, 2);
	uint8_t class = cur_u8(&c);
	cur_skip(&c, 5 + SMB_GUID_BYTES);
	uint16_t at = cur_u16le(&c), n = cur_u16le(&c);
	struct span pattern = smb_slice(x->request, at, n);
	if (!cur_ok(&c) || (pattern.len != n && !x->request_cut)) {
		x->malformed = "truncated_body";
		return;
	}
	smb2_push_handle(x, ev);
	ev_uint(ev, F(INFO_CLASS), class);
	ev_span(ev, F(FIND_PATTERN), smb_utf8(x->f->out->arena, pattern));
}

static void push_kind(struct event *ev, uint8_t type, uint8_t class)
{
	ev_uint(ev, F(INFO_TYPE), type);
	ev_uint(ev, F(INFO_CLASS), class);
	if (type == SMB_INFO_FILE || type == SMB_INFO_FILESYSTEM)
		ev_uint(ev, F(INFO_NAME), (uint32_t)type << 8 | class);
}

/* | size u16 = 41 | type u8 | class u8 | ... 20 | file id 16 |, 2.2.37 */
void smb2_push_query_info(struct smb2_exchange *x, struct event *ev)
{
	struct cursor c = cur_of(span_skip(x->request, BODY));

	x->class = CLASS_READ;
	if (!x->asked)
		return;
	cur_skip(&c, 2);
	uint8_t type = cur_u8(&c), class = cur_u8(&c);
	cur_skip(&c, 20 + SMB_GUID_BYTES);
	if (!cur_ok(&c)) {
		x->malformed = "truncated_body";
		return;
	}
	smb2_push_handle(x, ev);
	push_kind(ev, type, class);
}

/* FSCC 2.4.43.2: | replace u8 | reserved 7 | root u64 | length u32 | name |, for links too */
static void push_rename(struct smb2_exchange *x, struct event *ev, struct span info)
{
	struct cursor c = cur_of(info);

	cur_skip(&c, 16);
	uint32_t n = cur_u32le(&c);
	struct span name = x->request_cut ? span_head(cur_rest(&c), n) : cur_span(&c, n);
	if (!cur_ok(&c)) {
		x->malformed = "truncated_body";
		return;
	}
	smb_push_rename(x->f, ev, smb2_file_name(x), smb_utf8(x->f->out->arena, name));
}

/*
 * | size u16 = 33 | type u8 | class u8 | length u32 | offset u16 | reserved u16 | additional u32 | file id 16 |
 * ... |, 2.2.39
 */
void smb2_push_set_info(struct smb2_exchange *x, struct event *ev)
{
	struct cursor c = cur_of(span_skip(x->request, BODY));

	x->class = CLASS_WRITE;
	if (!x->asked)
		return;
	cur_skip(&c, 2);
	uint8_t type = cur_u8(&c), class = cur_u8(&c);
	uint32_t n = cur_u32le(&c);
	uint16_t at = cur_u16le(&c);
	cur_skip(&c, 6 + SMB_GUID_BYTES);
	struct span info = x->request_cut ? smb_slice_cut(x->request, at, n) : smb_slice(x->request, at, n);
	if (!cur_ok(&c) || (info.len != n && !x->request_cut)) {
		x->malformed = "truncated_body";
		return;
	}
	smb2_push_handle(x, ev);
	push_kind(ev, type, class);
	struct cursor i = cur_of(info);
	if (type != SMB_INFO_FILE || n == 0)
		return;
	if (class == FILE_DISPOSITION_INFORMATION || class == FILE_DISPOSITION_INFORMATION_EX)
		smb_push_deletion(ev, cur_u8(&i) & 1);
	else if (class == FILE_RENAME_INFORMATION || class == FILE_RENAME_INFORMATION_EX)
		push_rename(x, ev, info);
}
