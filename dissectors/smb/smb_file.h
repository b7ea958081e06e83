/*
 * What a file is, by its first bytes and by its name.
 */
#ifndef SEKISHO_SMB_SMB_FILE_H
#define SEKISHO_SMB_SMB_FILE_H

#include <stdbool.h>

#include "base/cursor.h"
#include "smb/smb.h"

struct smb_file_kind {
	enum smb_file_class class;
	const char *mime; /* NULL where only the name tells */
	bool executable;
};

/** @head: the file's first bytes, or empty. @name may be empty. Content outweighs the name, but for projects of PLC
 * tools, which are archives inside. */
struct smb_file_kind smb_file_kind(struct span head, struct span name);

#endif
