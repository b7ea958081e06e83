/*
 * Names and properties: everything about FINS that is a table.
 */
#include "ot/fins.h"

static const struct enum_name framings[] = {{FINS_TCP, "tcp"}, {FINS_UDP, "udp"}};
static const struct enum_names fins_framing_names = ENUM_NAMES(framings);

static const struct enum_name tcp_commands[] = {
    {FINS_TCP_CLIENT_NODE, "client_node_address"},
    {FINS_TCP_SERVER_NODE, "server_node_address"},
    {FINS_TCP_FRAME, "frame"},
    {FINS_TCP_FRAME_ERROR, "frame_error"},
    {FINS_TCP_CONFIRMATION, "connection_confirmation"},
};
static const struct enum_names fins_tcp_names = ENUM_NAMES(tcp_commands);

static const struct enum_name modes[] = {{2, "monitor"}, {4, "run"}};
static const struct enum_names fins_mode_names = ENUM_NAMES(modes);

/* W342 5-1-1: code, what it does, name. */
#define COMMANDS(ROW)                                                                                                  \
	ROW(0x0101, READ, "memory_area_read")                                                                          \
	ROW(0x0102, WRITE, "memory_area_write")                                                                        \
	ROW(0x0103, WRITE, "memory_area_fill")                                                                         \
	ROW(0x0104, READ, "multiple_memory_area_read")                                                                 \
	ROW(0x0105, WRITE, "memory_area_transfer")                                                                     \
	ROW(0x0201, READ, "parameter_area_read")                                                                       \
	ROW(0x0202, PROGRAM, "parameter_area_write")                                                                   \
	ROW(0x0203, PROGRAM, "parameter_area_clear")                                                                   \
	ROW(0x0304, ADMIN, "program_area_protect")                                                                     \
	ROW(0x0305, ADMIN, "program_area_protect_clear")                                                               \
	ROW(0x0306, PROGRAM, "program_area_read")                                                                      \
	ROW(0x0307, PROGRAM, "program_area_write")                                                                     \
	ROW(0x0308, PROGRAM, "program_area_clear")                                                                     \
	ROW(0x0401, ADMIN, "run")                                                                                      \
	ROW(0x0402, ADMIN, "stop")                                                                                     \
	ROW(0x0501, READ, "controller_data_read")                                                                      \
	ROW(0x0502, READ, "connection_data_read")                                                                      \
	ROW(0x0601, READ, "controller_status_read")                                                                    \
	ROW(0x0620, READ, "cycle_time_read")                                                                           \
	ROW(0x0701, READ, "clock_read")                                                                                \
	ROW(0x0702, ADMIN, "clock_write")                                                                              \
	ROW(0x0801, OTHER, "loopback_test")                                                                            \
	ROW(0x0802, READ, "broadcast_test_results_read")                                                               \
	ROW(0x0803, OTHER, "broadcast_test_data_send")                                                                 \
	ROW(0x0920, READ, "message_read_clear")                                                                        \
	ROW(0x0c01, ADMIN, "access_right_acquire")                                                                     \
	ROW(0x0c02, ADMIN, "access_right_forced_acquire")                                                              \
	ROW(0x0c03, ADMIN, "access_right_release")                                                                     \
	ROW(0x2101, ADMIN, "error_clear")                                                                              \
	ROW(0x2102, READ, "error_log_read")                                                                            \
	ROW(0x2103, ADMIN, "error_log_clear")                                                                          \
	ROW(0x2201, READ, "file_name_read")                                                                            \
	ROW(0x2202, PROGRAM, "single_file_read")                                                                       \
	ROW(0x2203, PROGRAM, "single_file_write")                                                                      \
	ROW(0x2204, PROGRAM, "file_memory_format")                                                                     \
	ROW(0x2205, PROGRAM, "file_delete")                                                                            \
	ROW(0x2207, PROGRAM, "file_copy")                                                                              \
	ROW(0x2208, PROGRAM, "file_name_change")                                                                       \
	ROW(0x220a, PROGRAM, "memory_area_file_transfer")                                                              \
	ROW(0x220b, PROGRAM, "parameter_area_file_transfer")                                                           \
	ROW(0x220c, PROGRAM, "program_area_file_transfer")                                                             \
	ROW(0x2215, PROGRAM, "create_delete_directory")                                                                \
	ROW(0x2301, WRITE, "forced_set_reset")                                                                         \
	ROW(0x2302, WRITE, "forced_set_reset_cancel")                                                                  \
	ROW(0x230a, READ, "multiple_forced_status_read")

#define NAME(code, access, name)   {code, name},
#define ACCESS(code, access, name) {code, OT_ACCESS_##access},
static const struct enum_name command_names[] = {COMMANDS(NAME)};
static const struct enum_names fins_command_names = ENUM_NAMES(command_names);
static const struct ot_command commands[] = {COMMANDS(ACCESS)};

enum ot_access fins_command_access(uint16_t command, bool *known)
{
	const struct ot_command *c = ot_command_find(commands, sizeof(commands) / sizeof(commands[0]), command);

	*known = c != NULL;
	return c ? (enum ot_access)c->access : OT_ACCESS_OTHER;
}

/* W342 5-2-2, CS/CJ mode. */
static const struct enum_name areas[] = {
    {0x02, "dm_bit"},
    {0x06, "task_flag"},
    {0x07, "clock_pulse"},
    {0x09, "timer_counter_flag"},
    {0x20, "em_0_bit"},
    {0x21, "em_1_bit"},
    {0x22, "em_2_bit"},
    {0x30, "cio_bit"},
    {0x31, "work_bit"},
    {0x32, "holding_bit"},
    {0x33, "auxiliary_bit"},
    {0x46, "task_status"},
    {0x82, "dm"},
    {0x89, "timer_counter_value"},
    {0x98, "em_current"},
    {0xa0, "em_0"},
    {0xa1, "em_1"},
    {0xa2, "em_2"},
    {0xa3, "em_3"},
    {0xb0, "cio"},
    {0xb1, "work"},
    {0xb2, "holding"},
    {0xb3, "auxiliary"},
    {0xbc, "data_register"},
    {0xdc, "index_register"},
};
static const struct enum_names fins_area_names = ENUM_NAMES(areas);

bool fins_area_known(uint8_t area)
{
	return enum_token(&fins_area_names, area) != NULL;
}

#define FIELD(id, name, type, names, flags, spec, doc)                                                                 \
	[id] = {&fins_table, name, FIELD_TYPE_##type, flags, names, spec, doc, NULL},
const struct field_def fins_field[] = {
#include "ot/fins_fields.def"
};
#undef FIELD

const struct field_table fins_table = {"fins", fins_field, FINS_FIELDS};
