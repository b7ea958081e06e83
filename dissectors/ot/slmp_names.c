/*
 * Names and properties: everything about SLMP that is a table.
 */
#include "ot/slmp.h"

static const struct enum_name framings[] = {
    {SLMP_3E_BINARY, "3e_binary"},
    {SLMP_3E_ASCII, "3e_ascii"},
    {SLMP_4E_BINARY, "4e_binary"},
    {SLMP_4E_ASCII, "4e_ascii"},
};
static const struct enum_names slmp_framing_names = ENUM_NAMES(framings);

/* SLMP 5.1 and MC 8, the list of commands: code, what it does, name. */
#define COMMANDS(ROW)                                                                                                  \
	ROW(0x0101, READ, "read_type_name")                                                                            \
	ROW(0x0401, READ, "read")                                                                                      \
	ROW(0x0403, READ, "read_random")                                                                               \
	ROW(0x0406, READ, "read_block")                                                                                \
	ROW(0x0601, READ, "extend_unit_read")                                                                          \
	ROW(0x0613, READ, "memory_read")                                                                               \
	ROW(0x0619, OTHER, "self_test")                                                                                \
	ROW(0x0801, READ, "entry_monitor_device")                                                                      \
	ROW(0x0802, READ, "execute_monitor")                                                                           \
	ROW(0x0e30, READ, "node_search")                                                                               \
	ROW(0x0e31, ADMIN, "ip_address_set")                                                                           \
	ROW(0x1001, ADMIN, "remote_run")                                                                               \
	ROW(0x1002, ADMIN, "remote_stop")                                                                              \
	ROW(0x1003, ADMIN, "remote_pause")                                                                             \
	ROW(0x1005, ADMIN, "remote_latch_clear")                                                                       \
	ROW(0x1006, ADMIN, "remote_reset")                                                                             \
	ROW(0x1401, WRITE, "write")                                                                                    \
	ROW(0x1402, WRITE, "write_random")                                                                             \
	ROW(0x1406, WRITE, "write_block")                                                                              \
	ROW(0x1601, WRITE, "extend_unit_write")                                                                        \
	ROW(0x1613, WRITE, "memory_write")                                                                             \
	ROW(0x1617, ADMIN, "clear_error")                                                                              \
	ROW(0x1630, ADMIN, "remote_password_unlock")                                                                   \
	ROW(0x1631, ADMIN, "remote_password_lock")                                                                     \
	ROW(0x1810, READ, "read_directory")                                                                            \
	ROW(0x1811, READ, "search_directory")                                                                          \
	ROW(0x1820, PROGRAM, "new_file")                                                                               \
	ROW(0x1822, PROGRAM, "delete_file")                                                                            \
	ROW(0x1824, PROGRAM, "copy_file")                                                                              \
	ROW(0x1825, PROGRAM, "change_file_state")                                                                      \
	ROW(0x1826, PROGRAM, "change_file_date")                                                                       \
	ROW(0x1827, PROGRAM, "open_file")                                                                              \
	ROW(0x1828, PROGRAM, "read_file")                                                                              \
	ROW(0x1829, PROGRAM, "write_file")                                                                             \
	ROW(0x182a, PROGRAM, "close_file")                                                                             \
	ROW(0x2101, OTHER, "on_demand")

#define NAME(code, access, name)   {code, name},
#define ACCESS(code, access, name) {code, OT_ACCESS_##access},
static const struct enum_name command_names[] = {COMMANDS(NAME)};
static const struct enum_names slmp_command_names = ENUM_NAMES(command_names);
static const struct ot_command commands[] = {COMMANDS(ACCESS)};

enum ot_access slmp_command_access(uint16_t command, bool *known)
{
	const struct ot_command *c = ot_command_find(commands, sizeof(commands) / sizeof(commands[0]), command);

	*known = c != NULL;
	return c ? (enum ot_access)c->access : OT_ACCESS_OTHER;
}

#define DEVICES(ROW)                                                                                                   \
	ROW(0x90, 10, "M*", "M")                                                                                       \
	ROW(0x91, 10, "SM", "SM")                                                                                      \
	ROW(0x92, 10, "L*", "L")                                                                                       \
	ROW(0x93, 10, "F*", "F")                                                                                       \
	ROW(0x94, 10, "V*", "V")                                                                                       \
	ROW(0x98, 10, "S*", "S")                                                                                       \
	ROW(0x9c, 16, "X*", "X")                                                                                       \
	ROW(0x9d, 16, "Y*", "Y")                                                                                       \
	ROW(0xa0, 16, "B*", "B")                                                                                       \
	ROW(0xa1, 16, "SB", "SB")                                                                                      \
	ROW(0xa2, 16, "DX", "DX")                                                                                      \
	ROW(0xa3, 16, "DY", "DY")                                                                                      \
	ROW(0xa8, 10, "D*", "D")                                                                                       \
	ROW(0xa9, 10, "SD", "SD")                                                                                      \
	ROW(0xaf, 10, "R*", "R")                                                                                       \
	ROW(0xb0, 16, "ZR", "ZR")                                                                                      \
	ROW(0xb4, 16, "W*", "W")                                                                                       \
	ROW(0xb5, 16, "SW", "SW")                                                                                      \
	ROW(0xc0, 10, "TC", "TC")                                                                                      \
	ROW(0xc1, 10, "TS", "TS")                                                                                      \
	ROW(0xc2, 10, "TN", "TN")                                                                                      \
	ROW(0xc3, 10, "CC", "CC")                                                                                      \
	ROW(0xc4, 10, "CS", "CS")                                                                                      \
	ROW(0xc5, 10, "CN", "CN")                                                                                      \
	ROW(0xc6, 10, "SC", "STC")                                                                                     \
	ROW(0xc7, 10, "SS", "STS")                                                                                     \
	ROW(0xc8, 10, "SN", "STN")                                                                                     \
	ROW(0xcc, 10, "Z*", "Z")

#define DEVICE_NAME(code, base, letters, name) {code, name},
#define DEVICE(code, base, letters, name)      {letters, code, base},
static const struct enum_name device_names[] = {DEVICES(DEVICE_NAME)};
static const struct enum_names slmp_device_names = ENUM_NAMES(device_names);
static const struct slmp_device devices[] = {DEVICES(DEVICE)};

const struct slmp_device *slmp_device_find(const uint8_t letters[static 2])
{
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		bool padded = letters[1] == ' ' && devices[i].letters[1] == '*';
		if (devices[i].letters[0] == (char)letters[0] && (padded || devices[i].letters[1] == (char)letters[1]))
			return &devices[i];
	}
	return NULL;
}

#define FIELD(id, name, type, names, flags, spec, doc)                                                                 \
	[id] = {&slmp_table, name, FIELD_TYPE_##type, flags, names, spec, doc, NULL},
const struct field_def slmp_field[] = {
#include "ot/slmp_fields.def"
};
#undef FIELD

const struct field_table slmp_table = {"slmp", slmp_field, SLMP_FIELDS};
