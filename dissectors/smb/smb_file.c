#include "smb/smb_file.h"

#include <ctype.h>

enum { EXTENSION_MAX = 12, MAGIC_MAX = 8, EICAR_AT_MOST = 128 };

static const struct magic {
	uint8_t bytes[MAGIC_MAX];
	uint8_t n;
	uint8_t class;
	bool executable;
	const char *mime;
} magics[] = {
    {{'M', 'Z'}, 2, SMB_FILE_PE, true, "application/x-dosexec"},
    {{0x7f, 'E', 'L', 'F'}, 4, SMB_FILE_ELF, true, "application/x-executable"},
    {{'#', '!'}, 2, SMB_FILE_SCRIPT, true, "text/x-shellscript"},
    {{'P', 'K', 3, 4}, 4, SMB_FILE_ARCHIVE, false, "application/zip"},
    {{'7', 'z', 0xbc, 0xaf, 0x27, 0x1c}, 6, SMB_FILE_ARCHIVE, false, "application/x-7z-compressed"},
    {{'R', 'a', 'r', '!', 0x1a, 7}, 6, SMB_FILE_ARCHIVE, false, "application/x-rar"},
    {{0x1f, 0x8b}, 2, SMB_FILE_ARCHIVE, false, "application/gzip"},
    {{'B', 'Z', 'h'}, 3, SMB_FILE_ARCHIVE, false, "application/x-bzip2"},
    {{0xfd, '7', 'z', 'X', 'Z', 0}, 6, SMB_FILE_ARCHIVE, false, "application/x-xz"},
    {{'M', 'S', 'C', 'F'}, 4, SMB_FILE_ARCHIVE, false, "application/vnd.ms-cab-compressed"},
    {{'%', 'P', 'D', 'F', '-'}, 5, SMB_FILE_DOCUMENT, false, "application/pdf"},
    {{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}, 8, SMB_FILE_DOCUMENT, false, "application/x-ole-storage"},
    {{'{', '\\', 'r', 't', 'f'}, 5, SMB_FILE_DOCUMENT, false, "text/rtf"},
    {{0x89, 'P', 'N', 'G'}, 4, SMB_FILE_IMAGE, false, "image/png"},
    {{0xff, 0xd8, 0xff}, 3, SMB_FILE_IMAGE, false, "image/jpeg"},
    {{'G', 'I', 'F', '8'}, 4, SMB_FILE_IMAGE, false, "image/gif"},
    {{0x4c, 0, 0, 0, 0x01, 0x14, 0x02, 0}, 8, SMB_FILE_SHORTCUT, false, "application/x-ms-shortcut"},
};

static const struct extension {
	const char *text; /* lower case, dot left out */
	uint8_t class;
	bool executable;
} extensions[] = {
    {"exe", SMB_FILE_PE, true},
    {"dll", SMB_FILE_PE, true},
    {"sys", SMB_FILE_PE, true},
    {"scr", SMB_FILE_PE, true},
    {"cpl", SMB_FILE_PE, true},
    {"ocx", SMB_FILE_PE, true},
    {"com", SMB_FILE_PE, true},
    {"msi", SMB_FILE_ARCHIVE, true},
    {"ps1", SMB_FILE_SCRIPT, true},
    {"bat", SMB_FILE_SCRIPT, true},
    {"cmd", SMB_FILE_SCRIPT, true},
    {"vbs", SMB_FILE_SCRIPT, true},
    {"vbe", SMB_FILE_SCRIPT, true},
    {"js", SMB_FILE_SCRIPT, true},
    {"jse", SMB_FILE_SCRIPT, true},
    {"wsf", SMB_FILE_SCRIPT, true},
    {"hta", SMB_FILE_SCRIPT, true},
    {"sh", SMB_FILE_SCRIPT, true},
    {"lnk", SMB_FILE_SHORTCUT, false},
    /* Mitsubishi GX Works, GX Developer, GT Designer */
    {"gx2", SMB_FILE_PLC_PROJECT, false},
    {"gxw", SMB_FILE_PLC_PROJECT, false},
    {"gx3", SMB_FILE_PLC_PROJECT, false},
    {"gtw", SMB_FILE_PLC_PROJECT, false},
    {"gtx", SMB_FILE_PLC_PROJECT, false},
    /* OMRON CX-Programmer, Sysmac Studio */
    {"cxp", SMB_FILE_PLC_PROJECT, false},
    {"smc2", SMB_FILE_PLC_PROJECT, false},
    {"csm2", SMB_FILE_PLC_PROJECT, false},
    /* Keyence KV Studio */
    {"kpr", SMB_FILE_PLC_PROJECT, false},
    /* Siemens STEP 7, TIA Portal */
    {"s7p", SMB_FILE_PLC_PROJECT, false},
    {"s7l", SMB_FILE_PLC_PROJECT, false},
    {"ap13", SMB_FILE_PLC_PROJECT, false},
    {"ap14", SMB_FILE_PLC_PROJECT, false},
    {"ap15", SMB_FILE_PLC_PROJECT, false},
    {"ap15_1", SMB_FILE_PLC_PROJECT, false},
    {"ap16", SMB_FILE_PLC_PROJECT, false},
    {"ap17", SMB_FILE_PLC_PROJECT, false},
    {"ap18", SMB_FILE_PLC_PROJECT, false},
    {"ap19", SMB_FILE_PLC_PROJECT, false},
    {"zap15", SMB_FILE_PLC_PROJECT, false},
    {"zap16", SMB_FILE_PLC_PROJECT, false},
    {"zap17", SMB_FILE_PLC_PROJECT, false},
    {"zap18", SMB_FILE_PLC_PROJECT, false},
    {"zap19", SMB_FILE_PLC_PROJECT, false},
    {"zap", SMB_FILE_PLC_PROJECT, false},
    {"awl", SMB_FILE_PLC_PROJECT, false},
    {"scl", SMB_FILE_PLC_PROJECT, false},
    /* Rockwell RSLogix, Studio 5000, FactoryTalk View */
    {"acd", SMB_FILE_PLC_PROJECT, false},
    {"rss", SMB_FILE_PLC_PROJECT, false},
    {"l5x", SMB_FILE_PLC_PROJECT, false},
    {"l5k", SMB_FILE_PLC_PROJECT, false},
    {"mer", SMB_FILE_PLC_PROJECT, false},
    /* Schneider Unity Pro, Control Expert, Machine Expert; CODESYS; Beckhoff TwinCAT */
    {"stu", SMB_FILE_PLC_PROJECT, false},
    {"sta", SMB_FILE_PLC_PROJECT, false},
    {"xef", SMB_FILE_PLC_PROJECT, false},
    {"smbp", SMB_FILE_PLC_PROJECT, false},
    {"project", SMB_FILE_PLC_PROJECT, false},
    {"pro", SMB_FILE_PLC_PROJECT, false},
    {"tsproj", SMB_FILE_PLC_PROJECT, false},
    {"plcproj", SMB_FILE_PLC_PROJECT, false},
    {"tpy", SMB_FILE_PLC_PROJECT, false},
    /* Yaskawa MPE720, FANUC robots and NC, Fuji SX */
    {"ymw7", SMB_FILE_PLC_PROJECT, false},
    {"tp", SMB_FILE_PLC_PROJECT, false},
    {"ls", SMB_FILE_PLC_PROJECT, false},
    {"jbi", SMB_FILE_PLC_PROJECT, false},
    {"spf", SMB_FILE_PLC_PROJECT, false},
    {"mpf", SMB_FILE_PLC_PROJECT, false},
};

static const struct extension *by_name(struct span name)
{
	char text[EXTENSION_MAX];
	size_t n = 0;

	while (n < name.len && n < sizeof(text) && name.ptr[name.len - 1 - n] != '.')
		n++;
	if (n == 0 || n >= sizeof(text) || n >= name.len)
		return NULL;
	for (size_t i = 0; i < n; i++)
		text[i] = (char)tolower(name.ptr[name.len - n + i]);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		if (text[0] == extensions[i].text[0] && span_eq(span_of(text, n), span_str(extensions[i].text)))
			return &extensions[i];
	}
	return NULL;
}

/* The test file of anti-virus makers; it may stand behind a few other bytes. */
static bool is_eicar(struct span head)
{
	struct span mark = span_str("$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!");

	head = span_head(head, EICAR_AT_MOST);
	while (head.len >= mark.len) {
		const uint8_t *first = memchr(head.ptr, mark.ptr[0], head.len - mark.len + 1);
		if (!first)
			return false;
		head = span_skip(head, (size_t)(first - head.ptr));
		if (span_eq(span_head(head, mark.len), mark))
			return true;
		head = span_skip(head, 1);
	}
	return false;
}

struct smb_file_kind smb_file_kind(struct span head, struct span name)
{
	const struct extension *e = by_name(name);
	struct smb_file_kind kind = {e ? (enum smb_file_class)e->class : SMB_FILE_UNKNOWN, NULL, e && e->executable};

	if (is_eicar(head))
		return (struct smb_file_kind){SMB_FILE_EICAR, "application/x-eicar-test", false};
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		const struct magic *m = &magics[i];
		if (head.len == 0 || head.ptr[0] != m->bytes[0] ||
		    !span_eq(span_head(head, m->n), span_of(m->bytes, m->n)))
			continue;
		kind.mime = m->mime;
		kind.executable |= m->executable;
		if (kind.class != SMB_FILE_PLC_PROJECT || m->executable)
			kind.class = (enum smb_file_class)m->class;
		break;
	}
	return kind;
}
