/*
 * SMB 1, 2 and 3, and DCE/RPC: the words of their records, and the dissectors of this folder.
 *
 * One record a command transaction (events.md, `smb`). Sources: MS-CIFS ("CIFS"), MS-SMB ("SMB"), MS-SMB2
 * ("SMB2"), MS-FSCC,
 * MS-NLMP, MS-RPCE, C706, RFC 1002 (NetBIOS session and datagram service), RFC 4178 (SPNEGO).
 *
 *   smb.c        messages of a stream (TCP 445, 139): where they end, who reads them
 *   smb1*.c      SMB1: header, AndX chain, bodies        smb2*.c   the same of SMB 2 and 3
 *   smb_state.c  what is remembered of a flow            smb_file.c, smb_text.c, smb_share.c   what both
 *   versions need
 *   spnego.c ntlmssp.c dcerpc.c                          what they carry
 *   dcerpc_tcp.c DCE/RPC over TCP      nbdgm.c  SMB1 in NetBIOS datagrams      smb_link.c  SMB1 without TCP/IP
 */
#ifndef SEKISHO_SMB_SMB_H
#define SEKISHO_SMB_SMB_H

#include <stdint.h>

#include "event/dissector.h"
#include "event/field.h"

#define FIELD(id, name, type, names, flags, spec, doc) id,
enum smb_field_id {
#include "smb/smb_fields.def"
	SMB_FIELDS
};
enum dcerpc_field_id {
#include "smb/dcerpc_fields.def"
	DCERPC_FIELDS
};
#undef FIELD

extern const struct field_def smb_field[], dcerpc_field[];
extern const struct field_table smb_table, dcerpc_table;
extern const struct dissector smb_dissector, dcerpc_dissector, nbdgm_dissector, smb_link_dissector;

/** Counters of smb_dissector; the datagram and link dissectors count into the same. */
enum smb_counter {
	SMB_COUNT_SMB1,
	SMB_COUNT_SMB2,
	SMB_COUNT_ENCRYPTED,
	SMB_COUNT_COMPRESSED,
	SMB_COUNT_EVICTED,       /* requests, shares and files forgotten for want of room */
	SMB_COUNT_SMB1_COMMANDS, /* two each, requests and responses */
	SMB_COUNT_SMB2_COMMANDS = SMB_COUNT_SMB1_COMMANDS + 2 * 256,
	SMB_COUNTERS = SMB_COUNT_SMB2_COMMANDS + 2 * 32,
};

enum smb1_command {
	SMB1_CREATE_DIRECTORY = 0x00,
	SMB1_DELETE_DIRECTORY = 0x01,
	SMB1_OPEN = 0x02,
	SMB1_CREATE = 0x03,
	SMB1_CLOSE = 0x04,
	SMB1_FLUSH = 0x05,
	SMB1_DELETE = 0x06,
	SMB1_RENAME = 0x07,
	SMB1_QUERY_INFORMATION = 0x08,
	SMB1_SET_INFORMATION = 0x09,
	SMB1_READ = 0x0a,
	SMB1_WRITE = 0x0b,
	SMB1_LOCK_BYTE_RANGE = 0x0c,
	SMB1_UNLOCK_BYTE_RANGE = 0x0d,
	SMB1_CREATE_TEMPORARY = 0x0e,
	SMB1_CREATE_NEW = 0x0f,
	SMB1_CHECK_DIRECTORY = 0x10,
	SMB1_SEEK = 0x12,
	SMB1_LOCK_AND_READ = 0x13,
	SMB1_WRITE_AND_UNLOCK = 0x14,
	SMB1_READ_RAW = 0x1a,
	SMB1_WRITE_RAW = 0x1d,
	SMB1_WRITE_COMPLETE = 0x20,
	SMB1_SET_INFORMATION2 = 0x22,
	SMB1_QUERY_INFORMATION2 = 0x23,
	SMB1_LOCKING_ANDX = 0x24,
	SMB1_TRANS = 0x25,
	SMB1_TRANS_SECONDARY = 0x26,
	SMB1_ECHO = 0x2b,
	SMB1_WRITE_AND_CLOSE = 0x2c,
	SMB1_OPEN_ANDX = 0x2d,
	SMB1_READ_ANDX = 0x2e,
	SMB1_WRITE_ANDX = 0x2f,
	SMB1_TRANS2 = 0x32,
	SMB1_TRANS2_SECONDARY = 0x33,
	SMB1_TREE_CONNECT = 0x70,
	SMB1_TREE_DISCONNECT = 0x71,
	SMB1_NEGOTIATE = 0x72,
	SMB1_SESSION_SETUP_ANDX = 0x73,
	SMB1_LOGOFF_ANDX = 0x74,
	SMB1_TREE_CONNECT_ANDX = 0x75,
	SMB1_SEARCH = 0x81,
	SMB1_FIND = 0x82,
	SMB1_FIND_UNIQUE = 0x83,
	SMB1_FIND_CLOSE = 0x84,
	SMB1_NT_TRANS = 0xa0,
	SMB1_NT_TRANS_SECONDARY = 0xa1,
	SMB1_NT_CREATE_ANDX = 0xa2,
	SMB1_NT_CANCEL = 0xa4,
	SMB1_NT_RENAME = 0xa5,
	SMB1_NO_MORE = 0xff, /* end of an AndX chain */
};

enum smb2_command {
	SMB2_NEGOTIATE,
	SMB2_SESSION_SETUP,
	SMB2_LOGOFF,
	SMB2_TREE_CONNECT,
	SMB2_TREE_DISCONNECT,
	SMB2_CREATE,
	SMB2_CLOSE,
	SMB2_FLUSH,
	SMB2_READ,
	SMB2_WRITE,
	SMB2_LOCK,
	SMB2_IOCTL,
	SMB2_CANCEL,
	SMB2_ECHO,
	SMB2_QUERY_DIRECTORY,
	SMB2_CHANGE_NOTIFY,
	SMB2_QUERY_INFO,
	SMB2_SET_INFO,
	SMB2_OPLOCK_BREAK,
	SMB2_SERVER_TO_CLIENT_NOTIFICATION,
	SMB2_COMMANDS,
};

/** Values of smb.command: SMB2's codes as they are, SMB1's beside them. */
#define SMB1_COMMAND_VALUE(code) (0x100u | (code))

/** Values of smb.subcommand.code: unique over the three kinds of transactions. A mailslot's write has a number of a
 * pipe operation. */
#define SMB1_SUB_VALUE(command, code) ((uint32_t)(command) << 16 | (code))
enum { SMB1_SUB_MAILSLOT = 0x8000 };

/** Values of smb.status: NTSTATUS, and DOS errors where no NTSTATUS is (the customer bit of a success). */
#define SMB_STATUS_DOS(class, code) (0x20000000u | (uint32_t)(class) << 16 | (code))

enum {
	STATUS_SUCCESS = 0,
	STATUS_PENDING = 0x00000103,
	STATUS_BUFFER_OVERFLOW = (int)0x80000005,
	STATUS_MORE_PROCESSING_REQUIRED = (int)0xc0000016,
};

/** Values of smb.info.name: type and class of SMB 2 (FSCC 2.4, 2.5). */
enum smb_info_type { SMB_INFO_FILE = 1, SMB_INFO_FILESYSTEM, SMB_INFO_SECURITY, SMB_INFO_QUOTA };
enum smb_info_class {
	FILE_BASIC_INFORMATION = 4,
	FILE_RENAME_INFORMATION = 10,
	FILE_DISPOSITION_INFORMATION = 13,
	FILE_DISPOSITION_INFORMATION_EX = 64,
	FILE_RENAME_INFORMATION_EX = 65,
};

enum { FSCTL_PIPE_TRANSCEIVE = 0x0011c017 };
enum smb_share_type { SMB_SHARE_DISK = 1, SMB_SHARE_PIPE, SMB_SHARE_PRINT };
enum smb_access { SMB_ACCESS_NORMAL, SMB_ACCESS_DELETE_ON_CLOSE };
enum smb_proof { SMB_PROOF_NONE, SMB_PROOF_CLEAR_TEXT, SMB_PROOF_LM, SMB_PROOF_V1, SMB_PROOF_V2 };

/** What the first bytes or the extension of a file say; the order is smb_file.c's table. */
enum smb_file_class {
	SMB_FILE_UNKNOWN,
	SMB_FILE_PE,
	SMB_FILE_ELF,
	SMB_FILE_SCRIPT,
	SMB_FILE_ARCHIVE,
	SMB_FILE_DOCUMENT,
	SMB_FILE_IMAGE,
	SMB_FILE_PLC_PROJECT,
	SMB_FILE_EICAR,
	SMB_FILE_SHORTCUT,
};

extern const struct enum_names smb_command_names, smb_status_names, smb_compression_names, smb_cipher_names,
    smb_mechanism_names, smb_ntlm_type_names, smb_ntlm_version_names, smb_proof_names, smb_share_type_names,
    smb_disposition_names, smb_create_action_names, smb_access_names, smb_file_class_names, smb_info_type_names,
    smb_info_names, smb_ioctl_names, smb_subcommand_names, dcerpc_type_names;

/**
 * A logon that another protocol carries (DCE/RPC, HTTP): a record of kind `smb` with `mechanism`, `ntlmssp.*`
 * and `kerberos.*`, where @token is
 * an NTLMSSP AUTHENTICATE or a Kerberos ticket, bare or in SPNEGO. One kind of record for all logons: one rule
 * sees them.
 */
void smb_tell_logon(struct emitter *out, struct span token);

/** A `discovery` record of the server that answers with @token, where that is or holds an NTLMSSP CHALLENGE. */
void smb_tell_challenger(struct emitter *out, struct span token);

#endif
