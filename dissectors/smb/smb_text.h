/*
 * Text, times and identifiers of Microsoft's protocols, made readable in the packet's arena.
 */
#ifndef SEKISHO_SMB_SMB_TEXT_H
#define SEKISHO_SMB_SMB_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cursor.h"

enum {
	SMB_TEXT_MAX = 4096, /* bytes of one string that are converted */
	SMB_GUID_BYTES = 16,
};

/** UTF-16LE to UTF-8; a surrogate without its other half becomes U+FFFD. Ends before a final NUL. Empty where memory is
 * short. */
struct span smb_utf8(struct arena *a, struct span utf16);

/** @unicode: as smb_utf8(); else the bytes themselves (OEM code page), without a final NUL. */
struct span smb_text(struct arena *a, struct span s, bool unicode);

/**
 * A NUL-terminated string at the cursor, which moves behind the NUL; all that is left where there is none.
 * @return it as UTF-8 or OEM.
 * The cursor must stand at an even offset of the message where @unicode.
 */
struct span smb_string(struct arena *a, struct cursor *c, bool unicode);

/** "12345778-1234-abcd-ef00-0123456789ac" of the 16 bytes on the wire (MS-DTYP 2.3.4.2), behind @prefix. */
struct span smb_guid(struct arena *a, const char *prefix, const uint8_t bytes[static SMB_GUID_BYTES]);

/** "major.minor" or with @build "major.minor.build". */
struct span smb_version(struct arena *a, unsigned major, unsigned minor, int build);

/** FILETIME (100 ns since 1601, MS-DTYP 2.3.3) as ns since 1970. @return false where it says nothing: 0, all ones, or
 * beyond what 64 bits hold. */
bool smb_time(uint64_t filetime, int64_t *ns);

#endif
