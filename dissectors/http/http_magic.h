/*
 * What a body is, by its first bytes, and whether it is something that runs.
 */
#ifndef SEKISHO_HTTP_HTTP_MAGIC_H
#define SEKISHO_HTTP_HTTP_MAGIC_H

#include <stdbool.h>

#include "base/cursor.h"
#include "event/field.h"

enum { HTTP_MAGIC_BYTES = 512 }; /* of a body, kept for this */

enum http_mime {
	HTTP_MIME_NONE, /* no byte of the body was seen */
	HTTP_MIME_BINARY,
	HTTP_MIME_TEXT,
	HTTP_MIME_HTML,
	HTTP_MIME_XML,
	HTTP_MIME_JSON,
	HTTP_MIME_FORM,
	HTTP_MIME_PE,
	HTTP_MIME_ELF,
	HTTP_MIME_MACHO,
	HTTP_MIME_SCRIPT,
	HTTP_MIME_JAVA,
	HTTP_MIME_OLE,
	HTTP_MIME_ZIP,
	HTTP_MIME_GZIP,
	HTTP_MIME_BZIP2,
	HTTP_MIME_XZ,
	HTTP_MIME_7Z,
	HTTP_MIME_RAR,
	HTTP_MIME_CAB,
	HTTP_MIME_TAR,
	HTTP_MIME_ZSTD,
	HTTP_MIME_PDF,
	HTTP_MIME_RTF,
	HTTP_MIME_UIMAGE,
	HTTP_MIME_SQUASHFS,
	HTTP_MIME_PNG,
	HTTP_MIME_JPEG,
	HTTP_MIME_GIF,
	HTTP_MIME_BMP,
	HTTP_MIME_ICO,
	HTTP_MIME_WEBP,
	HTTP_MIME_SVG,
	HTTP_MIME_WAV,
	HTTP_MIME_MP4,
	HTTP_MIME_FONT,
};

extern const struct enum_names http_mime_names;

enum http_mime http_magic(struct span first);

/** By its bytes, or a text or installer by the ending of its name. */
bool http_is_executable(enum http_mime mime, struct span name);

/** Something that is fetched for its own sake: program, archive, document, firmware; not part of a page. */
bool http_is_file(enum http_mime mime);

/** The last step of the path of a URL, where it looks like the name of a file: has a dot in it. Else empty. */
struct span http_url_file(struct span url);

/**
 * The first file of a multipart body (RFC 7578): *name its filename, *content its first bytes.
 * @return false where no part of what is there has a file name.
 */
bool http_multipart_file(struct span first, struct span *name, struct span *content);

#endif
