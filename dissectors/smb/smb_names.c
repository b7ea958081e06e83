/*
 * Names and numbers: everything about SMB that is a table, but for status codes (smb_status.c).
 */
#include "smb/smb.h"

#include "smb/dcerpc.h"
#include "smb/ntlmssp.h"
#include "smb/spnego.h"

/* EVE's names, so that dashboards made for it go on working. */
static const struct enum_name commands[] = {
    {0, "SMB2_COMMAND_NEGOTIATE_PROTOCOL"},
    {1, "SMB2_COMMAND_SESSION_SETUP"},
    {2, "SMB2_COMMAND_SESSION_LOGOFF"},
    {3, "SMB2_COMMAND_TREE_CONNECT"},
    {4, "SMB2_COMMAND_TREE_DISCONNECT"},
    {5, "SMB2_COMMAND_CREATE"},
    {6, "SMB2_COMMAND_CLOSE"},
    {7, "SMB2_COMMAND_FLUSH"},
    {8, "SMB2_COMMAND_READ"},
    {9, "SMB2_COMMAND_WRITE"},
    {10, "SMB2_COMMAND_LOCK"},
    {11, "SMB2_COMMAND_IOCTL"},
    {12, "SMB2_COMMAND_CANCEL"},
    {13, "SMB2_COMMAND_KEEPALIVE"},
    {14, "SMB2_COMMAND_FIND"},
    {15, "SMB2_COMMAND_CHANGE_NOTIFY"},
    {16, "SMB2_COMMAND_GET_INFO"},
    {17, "SMB2_COMMAND_SET_INFO"},
    {18, "SMB2_COMMAND_OPLOCK_BREAK"},
    {19, "SMB2_COMMAND_SERVER_TO_CLIENT_NOTIFICATION"},
    {SMB1_COMMAND_VALUE(0x00), "SMB1_COMMAND_CREATE_DIRECTORY"},
    {SMB1_COMMAND_VALUE(0x01), "SMB1_COMMAND_DELETE_DIRECTORY"},
    {SMB1_COMMAND_VALUE(0x02), "SMB1_COMMAND_OPEN"},
    {SMB1_COMMAND_VALUE(0x03), "SMB1_COMMAND_CREATE"},
    {SMB1_COMMAND_VALUE(0x04), "SMB1_COMMAND_CLOSE"},
    {SMB1_COMMAND_VALUE(0x05), "SMB1_COMMAND_FLUSH"},
    {SMB1_COMMAND_VALUE(0x06), "SMB1_COMMAND_DELETE"},
    {SMB1_COMMAND_VALUE(0x07), "SMB1_COMMAND_RENAME"},
    {SMB1_COMMAND_VALUE(0x08), "SMB1_COMMAND_QUERY_INFORMATION"},
    {SMB1_COMMAND_VALUE(0x09), "SMB1_COMMAND_SET_INFORMATION"},
    {SMB1_COMMAND_VALUE(0x0a), "SMB1_COMMAND_READ"},
    {SMB1_COMMAND_VALUE(0x0b), "SMB1_COMMAND_WRITE"},
    {SMB1_COMMAND_VALUE(0x0c), "SMB1_COMMAND_LOCK_BYTE_RANGE"},
    {SMB1_COMMAND_VALUE(0x0d), "SMB1_COMMAND_UNLOCK_BYTE_RANGE"},
    {SMB1_COMMAND_VALUE(0x0e), "SMB1_COMMAND_CREATE_TEMP"},
    {SMB1_COMMAND_VALUE(0x0f), "SMB1_COMMAND_CREATE_NEW"},
    {SMB1_COMMAND_VALUE(0x10), "SMB1_COMMAND_CHECK_DIRECTORY"},
    {SMB1_COMMAND_VALUE(0x11), "SMB1_COMMAND_PROCESS_EXIT"},
    {SMB1_COMMAND_VALUE(0x12), "SMB1_COMMAND_SEEK"},
    {SMB1_COMMAND_VALUE(0x13), "SMB1_COMMAND_LOCK_AND_READ"},
    {SMB1_COMMAND_VALUE(0x14), "SMB1_COMMAND_WRITE_AND_UNLOCK"},
    {SMB1_COMMAND_VALUE(0x1a), "SMB1_COMMAND_READ_RAW"},
    {SMB1_COMMAND_VALUE(0x1b), "SMB1_COMMAND_READ_MPX"},
    {SMB1_COMMAND_VALUE(0x1c), "SMB1_COMMAND_READ_MPX_SECONDARY"},
    {SMB1_COMMAND_VALUE(0x1d), "SMB1_COMMAND_WRITE_RAW"},
    {SMB1_COMMAND_VALUE(0x1e), "SMB1_COMMAND_WRITE_MPX"},
    {SMB1_COMMAND_VALUE(0x1f), "SMB1_COMMAND_WRITE_MPX_SECONDARY"},
    {SMB1_COMMAND_VALUE(0x20), "SMB1_COMMAND_WRITE_COMPLETE"},
    {SMB1_COMMAND_VALUE(0x21), "SMB1_COMMAND_QUERY_SERVER"},
    {SMB1_COMMAND_VALUE(0x22), "SMB1_COMMAND_SET_INFORMATION2"},
    {SMB1_COMMAND_VALUE(0x23), "SMB1_COMMAND_QUERY_INFORMATION2"},
    {SMB1_COMMAND_VALUE(0x24), "SMB1_COMMAND_LOCKING_ANDX"},
    {SMB1_COMMAND_VALUE(0x25), "SMB1_COMMAND_TRANS"},
    {SMB1_COMMAND_VALUE(0x26), "SMB1_COMMAND_TRANS_SECONDARY"},
    {SMB1_COMMAND_VALUE(0x27), "SMB1_COMMAND_IOCTL"},
    {SMB1_COMMAND_VALUE(0x28), "SMB1_COMMAND_IOCTL_SECONDARY"},
    {SMB1_COMMAND_VALUE(0x29), "SMB1_COMMAND_COPY"},
    {SMB1_COMMAND_VALUE(0x2a), "SMB1_COMMAND_MOVE"},
    {SMB1_COMMAND_VALUE(0x2b), "SMB1_COMMAND_ECHO"},
    {SMB1_COMMAND_VALUE(0x2c), "SMB1_COMMAND_WRITE_AND_CLOSE"},
    {SMB1_COMMAND_VALUE(0x2d), "SMB1_COMMAND_OPEN_ANDX"},
    {SMB1_COMMAND_VALUE(0x2e), "SMB1_COMMAND_READ_ANDX"},
    {SMB1_COMMAND_VALUE(0x2f), "SMB1_COMMAND_WRITE_ANDX"},
    {SMB1_COMMAND_VALUE(0x30), "SMB1_COMMAND_NEW_FILE_SIZE"},
    {SMB1_COMMAND_VALUE(0x31), "SMB1_COMMAND_CLOSE_AND_TREE_DISCONNECT"},
    {SMB1_COMMAND_VALUE(0x32), "SMB1_COMMAND_TRANS2"},
    {SMB1_COMMAND_VALUE(0x33), "SMB1_COMMAND_TRANS2_SECONDARY"},
    {SMB1_COMMAND_VALUE(0x34), "SMB1_COMMAND_FIND_CLOSE2"},
    {SMB1_COMMAND_VALUE(0x35), "SMB1_COMMAND_FIND_NOTIFY_CLOSE"},
    {SMB1_COMMAND_VALUE(0x70), "SMB1_COMMAND_TREE_CONNECT"},
    {SMB1_COMMAND_VALUE(0x71), "SMB1_COMMAND_TREE_DISCONNECT"},
    {SMB1_COMMAND_VALUE(0x72), "SMB1_COMMAND_NEGOTIATE_PROTOCOL"},
    {SMB1_COMMAND_VALUE(0x73), "SMB1_COMMAND_SESSION_SETUP_ANDX"},
    {SMB1_COMMAND_VALUE(0x74), "SMB1_COMMAND_LOGOFF_ANDX"},
    {SMB1_COMMAND_VALUE(0x75), "SMB1_COMMAND_TREE_CONNECT_ANDX"},
    {SMB1_COMMAND_VALUE(0x80), "SMB1_COMMAND_QUERY_INFO_DISK"},
    {SMB1_COMMAND_VALUE(0x81), "SMB1_COMMAND_SEARCH"},
    {SMB1_COMMAND_VALUE(0x82), "SMB1_COMMAND_FIND"},
    {SMB1_COMMAND_VALUE(0x83), "SMB1_COMMAND_FIND_UNIQUE"},
    {SMB1_COMMAND_VALUE(0x84), "SMB1_COMMAND_FIND_CLOSE"},
    {SMB1_COMMAND_VALUE(0xa0), "SMB1_COMMAND_NT_TRANS"},
    {SMB1_COMMAND_VALUE(0xa1), "SMB1_COMMAND_NT_TRANS_SECONDARY"},
    {SMB1_COMMAND_VALUE(0xa2), "SMB1_COMMAND_NT_CREATE_ANDX"},
    {SMB1_COMMAND_VALUE(0xa4), "SMB1_COMMAND_NT_CANCEL"},
    {SMB1_COMMAND_VALUE(0xa5), "SMB1_COMMAND_NT_RENAME"},
    {SMB1_COMMAND_VALUE(0xc0), "SMB1_COMMAND_OPEN_PRINT_FILE"},
    {SMB1_COMMAND_VALUE(0xc1), "SMB1_COMMAND_WRITE_PRINT_FILE"},
    {SMB1_COMMAND_VALUE(0xc2), "SMB1_COMMAND_CLOSE_PRINT_FILE"},
    {SMB1_COMMAND_VALUE(0xc3), "SMB1_COMMAND_GET_PRINT_QUEUE"},
    {SMB1_COMMAND_VALUE(0xd0), "SMB1_COMMAND_SEND_SINGLE_BLOCK_MESSAGE"},
    {SMB1_COMMAND_VALUE(0xd1), "SMB1_COMMAND_SEND_BROADCAST_MESSAGE"},
    {SMB1_COMMAND_VALUE(0xd2), "SMB1_COMMAND_FORWARD_USER_NAME"},
    {SMB1_COMMAND_VALUE(0xd3), "SMB1_COMMAND_CANCEL_FORWARD"},
    {SMB1_COMMAND_VALUE(0xd4), "SMB1_COMMAND_GET_MACHINE_NAME"},
    {SMB1_COMMAND_VALUE(0xd5), "SMB1_COMMAND_SEND_START_OF_MULTI_BLOCK_MESSAGE"},
    {SMB1_COMMAND_VALUE(0xd6), "SMB1_COMMAND_SEND_END_OF_MULTI_BLOCK_MESSAGE"},
    {SMB1_COMMAND_VALUE(0xd7), "SMB1_COMMAND_SEND_TEXT_OF_MULTI_BLOCK_MESSAGE"},
    {SMB1_COMMAND_VALUE(0xd8), "SMB1_COMMAND_READBULK"},
    {SMB1_COMMAND_VALUE(0xd9), "SMB1_COMMAND_WRITEBULK"},
    {SMB1_COMMAND_VALUE(0xda), "SMB1_COMMAND_WRITEBULKDATA"},
};
const struct enum_names smb_command_names = ENUM_NAMES(commands);

static const struct enum_name dispositions[] = {
    {0, "FILE_SUPERSEDE"}, {1, "FILE_OPEN"},      {2, "FILE_CREATE"},
    {3, "FILE_OPEN_IF"},   {4, "FILE_OVERWRITE"}, {5, "FILE_OVERWRITE_IF"},
};
const struct enum_names smb_disposition_names = ENUM_NAMES(dispositions);

static const struct enum_name create_actions[] = {
    {0, "superseded"},
    {1, "opened"},
    {2, "created"},
    {3, "overwritten"},
};
const struct enum_names smb_create_action_names = ENUM_NAMES(create_actions);

static const struct enum_name accesses[] = {
    {SMB_ACCESS_NORMAL, "normal"},
    {SMB_ACCESS_DELETE_ON_CLOSE, "delete on close"},
};
const struct enum_names smb_access_names = ENUM_NAMES(accesses);

static const struct enum_name share_types[] = {
    {SMB_SHARE_DISK, "FILE"},
    {SMB_SHARE_PIPE, "PIPE"},
    {SMB_SHARE_PRINT, "PRINT"},
};
const struct enum_names smb_share_type_names = ENUM_NAMES(share_types);

static const struct enum_name proofs[] = {
    {SMB_PROOF_NONE, "none"}, {SMB_PROOF_CLEAR_TEXT, "clear_text"}, {SMB_PROOF_LM, "lm"}, {SMB_PROOF_V1, "v1"},
    {SMB_PROOF_V2, "v2"},
};
const struct enum_names smb_proof_names = ENUM_NAMES(proofs);

/* SMB2 2.2.3.1.2 */
static const struct enum_name ciphers[] = {
    {1, "AES-128-CCM"},
    {2, "AES-128-GCM"},
    {3, "AES-256-CCM"},
    {4, "AES-256-GCM"},
};
const struct enum_names smb_cipher_names = ENUM_NAMES(ciphers);

/* SMB2 2.2.3.1.3 */
static const struct enum_name compressions[] = {
    {0, "none"}, {1, "LZNT1"}, {2, "LZ77"}, {3, "LZ77+Huffman"}, {4, "Pattern_V1"}, {5, "LZ4"},
};
const struct enum_names smb_compression_names = ENUM_NAMES(compressions);

static const struct enum_name mechanisms[] = {
    {SPNEGO_NTLMSSP, "ntlmssp"},
    {SPNEGO_KERBEROS, "kerberos"},
    {SPNEGO_NEGOEX, "negoex"},
    {SPNEGO_OTHER, "other"},
};
const struct enum_names smb_mechanism_names = ENUM_NAMES(mechanisms);

static const struct enum_name ntlm_types[] = {
    {NTLM_NEGOTIATE, "negotiate"},
    {NTLM_CHALLENGE, "challenge"},
    {NTLM_AUTHENTICATE, "authenticate"},
};
const struct enum_names smb_ntlm_type_names = ENUM_NAMES(ntlm_types);

static const struct enum_name ntlm_versions[] = {
    {NTLM_ANONYMOUS, "anonymous"}, {NTLM_LM, "lm"}, {NTLM_V1, "v1"}, {NTLM_V1_ESS, "v1_ess"}, {NTLM_V2, "v2"},
};
const struct enum_names smb_ntlm_version_names = ENUM_NAMES(ntlm_versions);

static const struct enum_name file_classes[] = {
    {SMB_FILE_PE, "pe"},
    {SMB_FILE_ELF, "elf"},
    {SMB_FILE_SCRIPT, "script"},
    {SMB_FILE_ARCHIVE, "archive"},
    {SMB_FILE_DOCUMENT, "document"},
    {SMB_FILE_IMAGE, "image"},
    {SMB_FILE_PLC_PROJECT, "plc_project"},
    {SMB_FILE_EICAR, "eicar"},
    {SMB_FILE_SHORTCUT, "shortcut"},
};
const struct enum_names smb_file_class_names = ENUM_NAMES(file_classes);

static const struct enum_name info_types[] = {
    {SMB_INFO_FILE, "file"},
    {SMB_INFO_FILESYSTEM, "filesystem"},
    {SMB_INFO_SECURITY, "security"},
    {SMB_INFO_QUOTA, "quota"},
};
const struct enum_names smb_info_type_names = ENUM_NAMES(info_types);

/* Type and class as SMB 2 has them: FSCC 2.4 and 2.5. */
static const struct enum_name infos[] = {
    {0x101, "Directory"},
    {0x102, "FullDirectory"},
    {0x103, "BothDirectory"},
    {0x104, "Basic"},
    {0x105, "Standard"},
    {0x106, "Internal"},
    {0x107, "Ea"},
    {0x108, "Access"},
    {0x109, "Name"},
    {0x10a, "Rename"},
    {0x10b, "Link"},
    {0x10c, "Names"},
    {0x10d, "Disposition"},
    {0x10e, "Position"},
    {0x10f, "FullEa"},
    {0x110, "Mode"},
    {0x111, "Alignment"},
    {0x112, "All"},
    {0x113, "Allocation"},
    {0x114, "EndOfFile"},
    {0x115, "AlternateName"},
    {0x116, "Stream"},
    {0x117, "Pipe"},
    {0x118, "PipeLocal"},
    {0x119, "PipeRemote"},
    {0x11c, "Compression"},
    {0x122, "NetworkOpen"},
    {0x123, "AttributeTag"},
    {0x125, "IdBothDirectory"},
    {0x126, "IdFullDirectory"},
    {0x127, "ValidDataLength"},
    {0x128, "ShortName"},
    {0x130, "NormalizedName"},
    {0x13c, "IdExtdDirectory"},
    {0x140, "DispositionEx"},
    {0x141, "RenameEx"},
    {0x201, "FsVolume"},
    {0x202, "FsLabel"},
    {0x203, "FsSize"},
    {0x204, "FsDevice"},
    {0x205, "FsAttribute"},
    {0x206, "FsControl"},
    {0x207, "FsFullSize"},
    {0x208, "FsObjectId"},
    {0x20b, "FsSectorSize"},
    {0x300, "Security"},
    {0x420, "Quota"},
};
const struct enum_names smb_info_names = ENUM_NAMES(infos);

/* FSCC 2.3, SMB2 2.2.31 */
static const struct enum_name ioctls[] = {
    {0x00060194, "FSCTL_DFS_GET_REFERRALS"},
    {0x000601b0, "FSCTL_DFS_GET_REFERRALS_EX"},
    {0x00090000, "FSCTL_REQUEST_OPLOCK_LEVEL_1"},
    {0x00090004, "FSCTL_REQUEST_OPLOCK_LEVEL_2"},
    {0x00090008, "FSCTL_REQUEST_BATCH_OPLOCK"},
    {0x0009000c, "FSCTL_OPLOCK_BREAK_ACKNOWLEDGE"},
    {0x00090010, "FSCTL_OPBATCH_ACK_CLOSE_PENDING"},
    {0x00090014, "FSCTL_OPLOCK_BREAK_NOTIFY"},
    {0x00090018, "FSCTL_LOCK_VOLUME"},
    {0x0009001c, "FSCTL_UNLOCK_VOLUME"},
    {0x00090020, "FSCTL_DISMOUNT_VOLUME"},
    {0x00090028, "FSCTL_IS_VOLUME_MOUNTED"},
    {0x0009002c, "FSCTL_IS_PATHNAME_VALID"},
    {0x00090030, "FSCTL_MARK_VOLUME_DIRTY"},
    {0x0009003b, "FSCTL_QUERY_RETRIEVAL_POINTERS"},
    {0x0009003c, "FSCTL_GET_COMPRESSION"},
    {0x0009004f, "FSCTL_MARK_AS_SYSTEM_HIVE"},
    {0x00090050, "FSCTL_OPLOCK_BREAK_ACK_NO_2"},
    {0x00090054, "FSCTL_INVALIDATE_VOLUMES"},
    {0x00090058, "FSCTL_QUERY_FAT_BPB"},
    {0x0009005c, "FSCTL_REQUEST_FILTER_OPLOCK"},
    {0x00090060, "FSCTL_FILESYSTEM_GET_STATISTICS"},
    {0x00090064, "FSCTL_GET_NTFS_VOLUME_DATA"},
    {0x00090068, "FSCTL_GET_NTFS_FILE_RECORD"},
    {0x0009006f, "FSCTL_GET_VOLUME_BITMAP"},
    {0x00090073, "FSCTL_GET_RETRIEVAL_POINTERS"},
    {0x00090074, "FSCTL_MOVE_FILE"},
    {0x00090078, "FSCTL_IS_VOLUME_DIRTY"},
    {0x0009007c, "FSCTL_GET_HFS_INFORMATION"},
    {0x00090083, "FSCTL_ALLOW_EXTENDED_DASD_IO"},
    {0x00090087, "FSCTL_READ_PROPERTY_DATA"},
    {0x0009008b, "FSCTL_WRITE_PROPERTY_DATA"},
    {0x0009008f, "FSCTL_FIND_FILES_BY_SID"},
    {0x00090097, "FSCTL_DUMP_PROPERTY_DATA"},
    {0x0009009c, "FSCTL_GET_OBJECT_ID"},
    {0x000900a4, "FSCTL_SET_REPARSE_POINT"},
    {0x000900a8, "FSCTL_GET_REPARSE_POINT"},
    {0x000900c0, "FSCTL_CREATE_OR_GET_OBJECT_ID"},
    {0x000900c4, "FSCTL_SET_SPARSE"},
    {0x000900d4, "FSCTL_SET_ENCRYPTION"},
    {0x000900db, "FSCTL_ENCRYPTION_FSCTL_IO"},
    {0x000900df, "FSCTL_WRITE_RAW_ENCRYPTED"},
    {0x000900e3, "FSCTL_READ_RAW_ENCRYPTED"},
    {0x000900f0, "FSCTL_EXTEND_VOLUME"},
    {0x00090244, "FSCTL_CSV_TUNNEL_REQUEST"},
    {0x0009027c, "FSCTL_GET_INTEGRITY_INFORMATION"},
    {0x00090284, "FSCTL_QUERY_FILE_REGIONS"},
    {0x000902c8, "FSCTL_CSV_SYNC_TUNNEL_REQUEST"},
    {0x00090300, "FSCTL_QUERY_SHARED_VIRTUAL_DISK_SUPPORT"},
    {0x00090350, "FSCTL_STORAGE_QOS_CONTROL"},
    {0x000940b3, "FSCTL_ENUM_USN_DATA"},
    {0x000940b7, "FSCTL_SECURITY_ID_CHECK"},
    {0x000940bb, "FSCTL_READ_USN_JOURNAL"},
    {0x000940cf, "FSCTL_QUERY_ALLOCATED_RANGES"},
    {0x000940e7, "FSCTL_CREATE_USN_JOURNAL"},
    {0x000940eb, "FSCTL_READ_FILE_USN_DATA"},
    {0x000940ef, "FSCTL_WRITE_USN_CLOSE_RECORD"},
    {0x00094264, "FSCTL_OFFLOAD_READ"},
    {0x00098098, "FSCTL_SET_OBJECT_ID"},
    {0x000980a0, "FSCTL_DELETE_OBJECT_ID"},
    {0x000980a4, "FSCTL_SET_REPARSE_POINT"},
    {0x000980ac, "FSCTL_DELETE_REPARSE_POINT"},
    {0x000980bc, "FSCTL_SET_OBJECT_ID_EXTENDED"},
    {0x000980c8, "FSCTL_SET_ZERO_DATA"},
    {0x000980d0, "FSCTL_ENABLE_UPGRADE"},
    {0x00098208, "FSCTL_FILE_LEVEL_TRIM"},
    {0x00098268, "FSCTL_OFFLOAD_WRITE"},
    {0x0009c040, "FSCTL_SET_COMPRESSION"},
    {0x0009c280, "FSCTL_SET_INTEGRITY_INFORMATION"},
    {0x00110018, "FSCTL_PIPE_WAIT"},
    {0x0011400c, "FSCTL_PIPE_PEEK"},
    {0x0011c017, "FSCTL_PIPE_TRANSCEIVE"},
    {0x00140078, "FSCTL_SRV_REQUEST_RESUME_KEY"},
    {0x001401d4, "FSCTL_LMR_REQUEST_RESILIENCY"},
    {0x001401fc, "FSCTL_QUERY_NETWORK_INTERFACE_INFO"},
    {0x00140200, "FSCTL_VALIDATE_NEGOTIATE_INFO_224"},
    {0x00140204, "FSCTL_VALIDATE_NEGOTIATE_INFO"},
    {0x00144064, "FSCTL_SRV_ENUMERATE_SNAPSHOTS"},
    {0x001440f2, "FSCTL_SRV_COPYCHUNK"},
    {0x001441bb, "FSCTL_SRV_READ_HASH"},
    {0x001480f2, "FSCTL_SRV_COPYCHUNK_WRITE"},
};
const struct enum_names smb_ioctl_names = ENUM_NAMES(ioctls);

/* CIFS 2.2.2.2 */
static const struct enum_name subcommands[] = {
    {SMB1_SUB_VALUE(SMB1_TRANS, 0x01), "SET_NMPIPE_STATE"},
    {SMB1_SUB_VALUE(SMB1_TRANS, 0x11), "RAW_READ_NMPIPE"},
    {SMB1_SUB_VALUE(SMB1_TRANS, 0x21), "QUERY_NMPIPE_STATE"},
    {SMB1_SUB_VALUE(SMB1_TRANS, 0x22), "QUERY_NMPIPE_INFO"},
    {SMB1_SUB_VALUE(SMB1_TRANS, 0x23), "PEEK_NMPIPE"},
    {SMB1_SUB_VALUE(SMB1_TRANS, 0x26), "TRANSACT_NMPIPE"},
    {SMB1_SUB_VALUE(SMB1_TRANS, 0x31), "RAW_WRITE_NMPIPE"},
    {SMB1_SUB_VALUE(SMB1_TRANS, 0x36), "READ_NMPIPE"},
    {SMB1_SUB_VALUE(SMB1_TRANS, 0x37), "WRITE_NMPIPE"},
    {SMB1_SUB_VALUE(SMB1_TRANS, 0x53), "WAIT_NMPIPE"},
    {SMB1_SUB_VALUE(SMB1_TRANS, 0x54), "CALL_NMPIPE"},
    {SMB1_SUB_VALUE(SMB1_TRANS, SMB1_SUB_MAILSLOT | 1), "MAILSLOT_WRITE"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x00), "OPEN2"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x01), "FIND_FIRST2"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x02), "FIND_NEXT2"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x03), "QUERY_FS_INFORMATION"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x04), "SET_FS_INFORMATION"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x05), "QUERY_PATH_INFORMATION"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x06), "SET_PATH_INFORMATION"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x07), "QUERY_FILE_INFORMATION"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x08), "SET_FILE_INFORMATION"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x09), "FSCTL"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x0a), "IOCTL2"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x0b), "FIND_NOTIFY_FIRST"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x0c), "FIND_NOTIFY_NEXT"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x0d), "CREATE_DIRECTORY"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x0e), "SESSION_SETUP"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x10), "GET_DFS_REFERRAL"},
    {SMB1_SUB_VALUE(SMB1_TRANS2, 0x11), "REPORT_DFS_INCONSISTENCY"},
    {SMB1_SUB_VALUE(SMB1_NT_TRANS, 1), "CREATE"},
    {SMB1_SUB_VALUE(SMB1_NT_TRANS, 2), "IOCTL"},
    {SMB1_SUB_VALUE(SMB1_NT_TRANS, 3), "SET_SECURITY_DESC"},
    {SMB1_SUB_VALUE(SMB1_NT_TRANS, 4), "NOTIFY_CHANGE"},
    {SMB1_SUB_VALUE(SMB1_NT_TRANS, 5), "RENAME"},
    {SMB1_SUB_VALUE(SMB1_NT_TRANS, 6), "QUERY_SECURITY_DESC"},
    {SMB1_SUB_VALUE(SMB1_NT_TRANS, 7), "GET_USER_QUOTA"},
    {SMB1_SUB_VALUE(SMB1_NT_TRANS, 8), "SET_USER_QUOTA"},
};
const struct enum_names smb_subcommand_names = ENUM_NAMES(subcommands);

/* C706 12.6.4 */
static const struct enum_name rpc_types[] = {
    {0, "request"},   {1, "ping"},      {2, "response"},       {3, "fault"},
    {4, "working"},   {5, "nocall"},    {6, "reject"},         {7, "ack"},
    {8, "cl_cancel"}, {9, "fack"},      {10, "cancel_ack"},    {11, "bind"},
    {12, "bind_ack"}, {13, "bind_nak"}, {14, "alter_context"}, {15, "alter_context_resp"},
    {16, "auth3"},    {17, "shutdown"}, {18, "co_cancel"},     {19, "orphaned"},
};
const struct enum_names dcerpc_type_names = ENUM_NAMES(rpc_types);

#define FIELD(id, name, type, names, flags, spec, doc)                                                                 \
	[id] = {FIELD_TABLE, name, FIELD_TYPE_##type, flags, names, spec, doc, NULL},

#define FIELD_TABLE &smb_table
const struct field_def smb_field[] = {
#include "smb/smb_fields.def"
};
#undef FIELD_TABLE
const struct field_table smb_table = {"smb", smb_field, SMB_FIELDS};

#define FIELD_TABLE &dcerpc_table
const struct field_def dcerpc_field[] = {
#include "smb/dcerpc_fields.def"
};
#undef FIELD_TABLE
const struct field_table dcerpc_table = {"dcerpc", dcerpc_field, DCERPC_FIELDS};
