#include "smb/smb_noise.h"

#include <ctype.h>

#include "smb/smb_file.h"

enum {
	EXTENSION_MAX = 16,
	LONG_SAMPLE = 1024,
	SHORT_SAMPLE = 512,
	OFTEN = 32, /* no value of noise occurs more often in a sample */
	/* n * (log2(n) - 7.5) in 1/64: what the sum of c * log2(c) over all values has to stay below */
	LONG_LIMIT = 64 * 2560,
	SHORT_LIMIT = 64 * 768,
};

static bool is_separator(uint8_t c)
{
	return c == '\\' || c == '/';
}

/* Bytes of the last step of a path. */
static size_t name_len(struct span path)
{
	size_t n = 0;

	while (n < path.len && !is_separator(path.ptr[path.len - 1 - n]))
		n++;
	return n;
}

static struct span last_step(struct span path)
{
	return span_skip(path, path.len - name_len(path));
}

struct span smb_folder(struct span path)
{
	size_t n = name_len(path);

	return span_head(path, n < path.len ? path.len - n - 1 : 0);
}

struct span smb_extension(struct span path)
{
	struct span name = last_step(path);
	size_t n = 0;

	while (n < name.len && name.ptr[name.len - 1 - n] != '.')
		n++;
	/* a name that begins with its only dot has no ending */
	return n > 0 && n <= EXTENSION_MAX && n + 1 < name.len ? span_skip(name, name.len - n) : (struct span){NULL, 0};
}

struct span smb_lower(struct arena *a, struct span s)
{
	uint8_t *text = arena_alloc(a, s.len);

	if (!text)
		return (struct span){NULL, 0};
	for (size_t i = 0; i < s.len; i++)
		text[i] = (uint8_t)tolower(s.ptr[i]);
	return span_of(text, s.len);
}

bool smb_same_text(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (tolower(a.ptr[i]) != tolower(b.ptr[i]))
			return false;
	}
	return true;
}

bool smb_is_plain_kind(struct span extension)
{
	static const char *const plain[] = {
	    /* text */
	    "txt",
	    "csv",
	    "tsv",
	    "log",
	    "ini",
	    "cfg",
	    "conf",
	    "xml",
	    "json",
	    "yaml",
	    "yml",
	    "md",
	    "htm",
	    "html",
	    "css",
	    "js",
	    "sql",
	    "c",
	    "h",
	    "cpp",
	    "cs",
	    "py",
	    "ps1",
	    "bat",
	    "cmd",
	    "vbs",
	    "reg",
	    "nc",
	    "ngc",
	    "gcode",
	    "prg",
	    "awl",
	    "scl",
	    "st",
	    "l5x",
	    "l5k",
	    "xef",
	    "dxf",
	    "stp",
	    "step",
	    "igs",
	    "svg",
	    /* known first bytes */
	    "doc",
	    "docx",
	    "docm",
	    "xls",
	    "xlsx",
	    "xlsm",
	    "ppt",
	    "pptx",
	    "vsd",
	    "vsdx",
	    "msg",
	    "odt",
	    "ods",
	    "pdf",
	    "rtf",
	    "jpg",
	    "jpeg",
	    "png",
	    "gif",
	    "bmp",
	    "tif",
	    "tiff",
	    "dwg",
	    "mdb",
	    "accdb",
	    "dbf",
	    "sqlite",
	    "db",
	    "exe",
	    "dll",
	    "zip",
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (smb_same_text(extension, span_str(plain[i])))
			return true;
	}
	return false;
}

static struct span without_extension(struct span name, struct span extension)
{
	return extension.len > 0 ? span_head(name, name.len - extension.len - 1) : name;
}

bool smb_is_known_kind(struct span name)
{
	return smb_is_plain_kind(smb_extension(name)) ||
	       smb_file_kind((struct span){NULL, 0}, name).class != SMB_FILE_UNKNOWN;
}

struct span smb_new_extension(struct span from, struct span to)
{
	struct span old = last_step(from), new = last_step(to), none = {NULL, 0};
	struct span before = smb_extension(from), after = smb_extension(to);

	if (old.len == 0 || after.len == 0 || smb_same_text(before, after) || smb_is_known_kind(new))
		return none;
	if (smb_same_text(old, without_extension(new, after)))
		return after;
	/* who gives a temporary file its name makes "a.jpg" of "a.jpg.q01234", "8fa3.tmp" or "~8fa3" */
	return smb_is_known_kind(old) && !smb_same_text(new, without_extension(old, before)) ? after : none;
}

bool smb_is_noise(struct span data)
{
	/* c * log2(c) in 1/64 */
	static const uint16_t weight[OFTEN + 1] = {
	    0,    0,    128,  304,  512,  743,  993,  1258, 1536, 1826, 2126, 2435, 2753, 3079, 3411, 3751,  4096,
	    4447, 4804, 5165, 5532, 5903, 6279, 6659, 7043, 7430, 7822, 8216, 8615, 9016, 9421, 9829, 10240,
	};
	uint16_t times[256] = {0};
	size_t n = data.len >= LONG_SAMPLE ? LONG_SAMPLE : SHORT_SAMPLE;
	uint32_t sum = 0;

	if (data.len < n)
		return false;
	for (size_t i = 0; i < n; i++)
		times[data.ptr[i]]++;
	for (unsigned v = 0; v < 256; v++) {
		if (times[v] > OFTEN)
			return false;
		sum += weight[times[v]];
	}
	return sum < (n == LONG_SAMPLE ? LONG_LIMIT : SHORT_LIMIT);
}
