/*
 * What ransomware does to files: endings that are added, content that becomes noise.
 */
#ifndef SEKISHO_SMB_SMB_NOISE_H
#define SEKISHO_SMB_SMB_NOISE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/cursor.h"

/** What follows the last dot of the last step of a path; empty where there is none, or more than 16 bytes. */
struct span smb_extension(struct span path);

/** The path up to its last separator, without it. */
struct span smb_folder(struct span path);

/** Does the ending of a name promise a kind of file that is known: a document, a program, a project of a PLC tool? */
bool smb_is_known_kind(struct span name);

/**
 * The ending that a renaming gives a file: behind its former name, or in place of that of a known kind. Empty where it
 * is of a known kind itself, where the former name only loses its last ending, or where the former name is not known.
 */
struct span smb_new_extension(struct span from, struct span to);

/** In lower case (ASCII). Empty where memory is short. */
struct span smb_lower(struct arena *a, struct span s);

/** The same but for case (ASCII)? */
bool smb_same_text(struct span a, struct span b);

/** Is this the ending of a file whose beginning never is noise: text, or a format that begins with known bytes? */
bool smb_is_plain_kind(struct span extension);

/**
 * Entropy above 7.5 bits a byte, by the first 1024 bytes, else the first 512; false where there are fewer. Of that many
 * bytes pure noise shows 7.8 and 7.6: not every value can occur equally often.
 */
bool smb_is_noise(struct span data);

#endif
