#include "http/http.h"

#include "http/http_magic.h"

static const struct enum_name mimes[] = {
    {HTTP_MIME_BINARY, "application/octet-stream"},
    {HTTP_MIME_TEXT, "text/plain"},
    {HTTP_MIME_HTML, "text/html"},
    {HTTP_MIME_XML, "text/xml"},
    {HTTP_MIME_JSON, "application/json"},
    {HTTP_MIME_FORM, "application/x-www-form-urlencoded"},
    {HTTP_MIME_PE, "application/x-dosexec"},
    {HTTP_MIME_ELF, "application/x-executable"},
    {HTTP_MIME_MACHO, "application/x-mach-binary"},
    {HTTP_MIME_SCRIPT, "text/x-script"},
    {HTTP_MIME_JAVA, "application/x-java-applet"},
    {HTTP_MIME_OLE, "application/x-ole-storage"},
    {HTTP_MIME_ZIP, "application/zip"},
    {HTTP_MIME_GZIP, "application/gzip"},
    {HTTP_MIME_BZIP2, "application/x-bzip2"},
    {HTTP_MIME_XZ, "application/x-xz"},
    {HTTP_MIME_7Z, "application/x-7z-compressed"},
    {HTTP_MIME_RAR, "application/x-rar"},
    {HTTP_MIME_CAB, "application/vnd.ms-cab-compressed"},
    {HTTP_MIME_TAR, "application/x-tar"},
    {HTTP_MIME_ZSTD, "application/zstd"},
    {HTTP_MIME_PDF, "application/pdf"},
    {HTTP_MIME_RTF, "text/rtf"},
    {HTTP_MIME_UIMAGE, "application/x-uimage"},
    {HTTP_MIME_SQUASHFS, "application/x-squashfs"},
    {HTTP_MIME_PNG, "image/png"},
    {HTTP_MIME_JPEG, "image/jpeg"},
    {HTTP_MIME_GIF, "image/gif"},
    {HTTP_MIME_BMP, "image/bmp"},
    {HTTP_MIME_ICO, "image/x-icon"},
    {HTTP_MIME_WEBP, "image/webp"},
    {HTTP_MIME_SVG, "image/svg+xml"},
    {HTTP_MIME_WAV, "audio/x-wav"},
    {HTTP_MIME_MP4, "video/mp4"},
    {HTTP_MIME_FONT, "font/woff"},
};
const struct enum_names http_mime_names = ENUM_NAMES(mimes);

#define FIELD(id, name, type, names, flags, spec, doc)                                                                 \
	[id] = {&http_table, name, FIELD_TYPE_##type, flags, names, spec, doc, NULL},
const struct field_def http_field[] = {
#include "http/http_fields.def"
};
#undef FIELD

const struct field_table http_table = {"http", http_field, HTTP_FIELDS};
