/*
 * Names and properties: everything about S7comm that is a table.
 */
#include "ot/s7comm.h"

static const struct enum_name variants[] = {{S7_PROTOCOL, "s7comm"}, {S7_PLUS_PROTOCOL, "s7comm_plus"}};
static const struct enum_names s7comm_variants = ENUM_NAMES(variants);

static const struct enum_name connections[] = {{1, "pg"}, {2, "op"}, {3, "basic"}};
static const struct enum_names s7comm_connections = ENUM_NAMES(connections);

static const struct enum_name pdu_types[] = {
    {S7_JOB, "job"},
    {S7_ACK, "ack"},
    {S7_ACK_DATA, "ack_data"},
    {S7_USERDATA, "userdata"},
};
static const struct enum_names s7comm_pdu_types = ENUM_NAMES(pdu_types);

/* Code, what it does, name. */
#define FUNCTIONS(ROW)                                                                                                 \
	ROW(0x00, OTHER, "cpu_services")                                                                               \
	ROW(0x04, READ, "read_var")                                                                                    \
	ROW(0x05, WRITE, "write_var")                                                                                  \
	ROW(0x1a, PROGRAM, "request_download")                                                                         \
	ROW(0x1b, PROGRAM, "download_block")                                                                           \
	ROW(0x1c, PROGRAM, "download_ended")                                                                           \
	ROW(0x1d, PROGRAM, "start_upload")                                                                             \
	ROW(0x1e, PROGRAM, "upload")                                                                                   \
	ROW(0x1f, PROGRAM, "end_upload")                                                                               \
	ROW(0x28, ADMIN, "pi_service")                                                                                 \
	ROW(0x29, ADMIN, "plc_stop")                                                                                   \
	ROW(0xf0, OTHER, "setup_communication")                                                                        \
	ROW(S7_IS_USERDATA + 0x00ff, OTHER, "mode_transition")                                                         \
	ROW(S7_IS_USERDATA + 0x01ff, ADMIN, "programmer_command")                                                      \
	ROW(S7_IS_USERDATA + 0x02ff, READ, "cyclic_data")                                                              \
	ROW(S7_IS_USERDATA + 0x0301, READ, "list_blocks")                                                              \
	ROW(S7_IS_USERDATA + 0x0302, READ, "list_blocks_of_type")                                                      \
	ROW(S7_IS_USERDATA + 0x0303, READ, "get_block_info")                                                           \
	ROW(S7_IS_USERDATA + 0x03ff, READ, "block_function")                                                           \
	ROW(S7_IS_USERDATA + 0x0401, READ, "read_szl")                                                                 \
	ROW(S7_IS_USERDATA + 0x0402, OTHER, "message_service")                                                         \
	ROW(S7_IS_USERDATA + 0x04ff, OTHER, "cpu_function")                                                            \
	ROW(S7_IS_USERDATA + 0x0501, ADMIN, "plc_password")                                                            \
	ROW(S7_IS_USERDATA + 0x05ff, ADMIN, "security")                                                                \
	ROW(S7_IS_USERDATA + 0x06ff, OTHER, "pbc_bsend")                                                               \
	ROW(S7_IS_USERDATA + 0x0701, READ, "read_clock")                                                               \
	ROW(S7_IS_USERDATA + 0x0702, ADMIN, "set_clock")                                                               \
	ROW(S7_IS_USERDATA + 0x0703, READ, "read_clock_following")                                                     \
	ROW(S7_IS_USERDATA + 0x0704, ADMIN, "set_clock_following")                                                     \
	ROW(S7_IS_USERDATA + 0x0fff, PROGRAM, "nc_programming")

#define NAME(code, access, name) {code, name},
static const struct enum_name function_names[] = {FUNCTIONS(NAME)};
static const struct enum_names s7comm_functions = ENUM_NAMES(function_names);

#define ACCESS(code, access, name) OT_ACCESS_##access,
static const uint8_t accesses[] = {FUNCTIONS(ACCESS)}; /* in the order of function_names */

uint32_t s7comm_function_named(uint32_t function)
{
	if (function < S7_IS_USERDATA || enum_token(&s7comm_functions, function))
		return function;
	return function | S7_GROUP_ANY_SUB;
}

enum ot_access s7comm_function_access(uint32_t named)
{
	for (size_t i = 0; i < sizeof(function_names) / sizeof(function_names[0]); i++) {
		if (function_names[i].value == named)
			return (enum ot_access)accesses[i];
	}
	return OT_ACCESS_OTHER;
}

static const struct enum_name areas[] = {
    {0x03, "system_info"}, {0x05, "system_flags"},    {0x06, "analog_inputs"}, {0x07, "analog_outputs"},
    {0x1c, "counters"},    {0x1d, "timers"},          {0x80, "peripheral"},    {0x81, "inputs"},
    {0x82, "outputs"},     {0x83, "flags"},           {0x84, "data_block"},    {0x85, "instance_data_block"},
    {0x86, "local"},       {0x87, "local_of_caller"},
};
static const struct enum_names s7comm_areas = ENUM_NAMES(areas);

static const struct enum_name blocks[] = {
    {0x08, "OB"}, {0x0a, "DB"}, {0x0b, "SDB"}, {0x0c, "FC"}, {0x0d, "SFC"}, {0x0e, "FB"}, {0x0f, "SFB"},
};
static const struct enum_names s7comm_blocks = ENUM_NAMES(blocks);

#define FIELD(id, name, type, names, flags, spec, doc)                                                                 \
	[id] = {&s7comm_table, name, FIELD_TYPE_##type, flags, names, spec, doc, NULL},
const struct field_def s7comm_field[] = {
#include "ot/s7comm_fields.def"
};
#undef FIELD

const struct field_table s7comm_table = {"s7comm", s7comm_field, S7_FIELDS};
