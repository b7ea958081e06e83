/*
 * Names and properties: everything about Modbus that is a table.
 */
#include "modbus/modbus.h"

#include "event/endpoint.h"

static const struct enum_name framings[] = {{MODBUS_MBAP, "mbap"}, {MODBUS_RTU, "rtu"}};
static const struct enum_names modbus_framing_names = ENUM_NAMES(framings);

/* Codes outside of the standard carry the names that Modicon's and Schneider's manuals and other analysers use. */
static const struct enum_name functions[] = {
    {1, "read_coils"},
    {2, "read_discrete_inputs"},
    {3, "read_holding_registers"},
    {4, "read_input_registers"},
    {5, "write_single_coil"},
    {6, "write_single_register"},
    {7, "read_exception_status"},
    {8, "diagnostic"},
    {9, "program_484"},
    {10, "poll_484"},
    {11, "get_comm_event_counter"},
    {12, "get_comm_event_log"},
    {13, "program_584_984"},
    {14, "poll_584_984"},
    {15, "write_multiple_coils"},
    {16, "write_multiple_registers"},
    {17, "report_server_id"},
    {18, "program_884_u84"},
    {19, "reset_comm_link_884_u84"},
    {20, "read_file_record"},
    {21, "write_file_record"},
    {22, "mask_write_register"},
    {23, "read_write_multiple_registers"},
    {24, "read_fifo_queue"},
    {40, "program_concept"},
    {41, "multiple_function_codes"},
    {43, "encapsulated_interface_transport"},
    {90, "umas"},
    {91, "object_messaging"},
    {125, "firmware_replacement"},
    {126, "program_584_984_2"},
    {127, "report_local_address"},
};
static const struct enum_names modbus_function_names = ENUM_NAMES(functions);

static const struct enum_name accesses[] = {
    {MODBUS_ACCESS_OTHER, "other"},           {MODBUS_ACCESS_READ, "read"},
    {MODBUS_ACCESS_WRITE, "write"},           {MODBUS_ACCESS_READ_WRITE, "read_write"},
    {MODBUS_ACCESS_DIAGNOSTIC, "diagnostic"}, {MODBUS_ACCESS_PROGRAM, "program"},
};
static const struct enum_names modbus_access_names = ENUM_NAMES(accesses);

static const struct enum_name datas[] = {
    {MODBUS_DATA_COIL, "coil"},
    {MODBUS_DATA_DISCRETE_INPUT, "discrete_input"},
    {MODBUS_DATA_HOLDING_REGISTER, "holding_register"},
    {MODBUS_DATA_INPUT_REGISTER, "input_register"},
    {MODBUS_DATA_FILE_RECORD, "file_record"},
    {MODBUS_DATA_FIFO, "fifo"},
};
static const struct enum_names modbus_data_names = ENUM_NAMES(datas);

static const struct enum_name categories[] = {
    {MODBUS_CATEGORY_PUBLIC, "public"},
    {MODBUS_CATEGORY_USER_DEFINED, "user_defined"},
    {MODBUS_CATEGORY_RESERVED, "reserved"},
};
static const struct enum_names modbus_category_names = ENUM_NAMES(categories);

/* AP 6.8.1; 19 and 21 are of the edition before (PI-MBUS-300) and still answered by Modbus Plus devices. */
static const struct enum_name diagnostics[] = {
    {0, "return_query_data"},
    {1, "restart_communications_option"},
    {2, "return_diagnostic_register"},
    {3, "change_ascii_input_delimiter"},
    {4, "force_listen_only_mode"},
    {5, "reserved_5"},
    {6, "reserved_6"},
    {7, "reserved_7"},
    {8, "reserved_8"},
    {9, "reserved_9"},
    {10, "clear_counters_and_diagnostic_register"},
    {11, "return_bus_message_count"},
    {12, "return_bus_communication_error_count"},
    {13, "return_bus_exception_error_count"},
    {14, "return_server_message_count"},
    {15, "return_server_no_response_count"},
    {16, "return_server_nak_count"},
    {17, "return_server_busy_count"},
    {18, "return_bus_character_overrun_count"},
    {19, "return_iop_overrun_count"},
    {20, "clear_overrun_counter_and_flag"},
    {21, "get_clear_modbus_plus_statistics"},
};
static const struct enum_names modbus_diagnostic_names = ENUM_NAMES(diagnostics);

static const struct enum_name meis[] = {
    {MODBUS_MEI_CANOPEN, "canopen_general_reference"},
    {MODBUS_MEI_DEVICE_ID, "read_device_identification"},
};
static const struct enum_names modbus_mei_names = ENUM_NAMES(meis);

static const struct enum_name run_states[] = {{0x00, "off"}, {0xff, "on"}};
static const struct enum_names modbus_run_names = ENUM_NAMES(run_states);

static const struct enum_name objects[] = {
    {0, "vendor_name"},  {1, "product_code"}, {2, "major_minor_revision"},  {3, "vendor_url"},
    {4, "product_name"}, {5, "model_name"},   {6, "user_application_name"},
};
static const struct enum_names modbus_object_names = ENUM_NAMES(objects);

static const struct enum_name exceptions[] = {
    {1, "illegal_function"},
    {2, "illegal_data_address"},
    {3, "illegal_data_value"},
    {4, "server_device_failure"},
    {5, "acknowledge"},
    {6, "server_device_busy"},
    {7, "negative_acknowledge"},
    {8, "memory_parity_error"},
    {10, "gateway_path_unavailable"},
    {11, "gateway_target_device_failed_to_respond"},
};
static const struct enum_names modbus_exception_names = ENUM_NAMES(exceptions);

/*
 * UMAS. Tools disagree on "upload" and "download" here, so a transfer is named by who writes: 0x30-0x32 carry a program
 * into the controller, 0x33-0x35 carry it out. 0x40 starts and 0x41 stops; lists that say 58 and 59 took hexadecimal
 * for decimal.
 */
static const struct enum_name umas_functions[] = {
    {0x01, "init_comm"},
    {0x02, "read_id"},
    {0x03, "read_project_info"},
    {0x04, "read_plc_info"},
    {0x06, "read_card_info"},
    {0x0a, "repeat"},
    {0x10, "take_plc_reservation"},
    {0x11, "release_plc_reservation"},
    {0x12, "keep_alive"},
    {0x20, "read_memory_block"},
    {0x22, "read_variables"},
    {0x23, "write_variables"},
    {0x24, "read_coils_registers"},
    {0x25, "write_coils_registers"},
    {0x26, "read_data_dictionary"},
    {0x30, "program_write_start"},
    {0x31, "program_write_block"},
    {0x32, "program_write_end"},
    {0x33, "program_read_start"},
    {0x34, "program_read_block"},
    {0x35, "program_read_end"},
    {0x39, "read_eth_master_data"},
    {0x40, "start_plc"},
    {0x41, "stop_plc"},
    {0x50, "monitor_plc"},
    {0x58, "check_plc"},
    {0x70, "read_io_object"},
    {0x71, "write_io_object"},
    {0x73, "get_status_module"},
};
static const struct enum_names modbus_umas_names = ENUM_NAMES(umas_functions);

static const struct enum_name umas_statuses[] = {{0xfd, "error"}, {0xfe, "ok"}};
static const struct enum_names modbus_umas_status_names = ENUM_NAMES(umas_statuses);

#define FIELD(id, name, type, names, flags, spec, doc)                                                                 \
	[id] = {&modbus_table, name, FIELD_TYPE_##type, flags, names, spec, doc, NULL},
const struct field_def modbus_field[] = {
#include "modbus/modbus_fields.def"
};
#undef FIELD

const struct field_table modbus_table = {"modbus", modbus_field, MODBUS_FIELDS};

#define PUBLIC(access, data, class)                                                                                    \
	{                                                                                                              \
		MODBUS_ACCESS_##access, MODBUS_DATA_##data, MODBUS_CATEGORY_PUBLIC, CLASS_##class                      \
	}
#define RESERVED(access, class)                                                                                        \
	{                                                                                                              \
		MODBUS_ACCESS_##access, MODBUS_DATA_NONE, MODBUS_CATEGORY_RESERVED, CLASS_##class                      \
	}
#define USER_DEFINED                                                                                                   \
	{                                                                                                              \
		MODBUS_ACCESS_OTHER, MODBUS_DATA_NONE, MODBUS_CATEGORY_USER_DEFINED, CLASS_NONE                        \
	}

const struct modbus_function modbus_functions[128] = {
    [0] = RESERVED(OTHER, NONE),
    [1] = PUBLIC(READ, COIL, READ),
    [2] = PUBLIC(READ, DISCRETE_INPUT, READ),
    [3] = PUBLIC(READ, HOLDING_REGISTER, READ),
    [4] = PUBLIC(READ, INPUT_REGISTER, READ),
    [5] = PUBLIC(WRITE, COIL, WRITE),
    [6] = PUBLIC(WRITE, HOLDING_REGISTER, WRITE),
    [7] = PUBLIC(DIAGNOSTIC, NONE, READ),
    [8] = PUBLIC(DIAGNOSTIC, NONE, ADMIN),
    [9] = RESERVED(PROGRAM, PROGRAM),
    [10] = RESERVED(PROGRAM, PROGRAM),
    [11] = PUBLIC(DIAGNOSTIC, NONE, READ),
    [12] = PUBLIC(DIAGNOSTIC, NONE, READ),
    [13] = RESERVED(PROGRAM, PROGRAM),
    [14] = RESERVED(PROGRAM, PROGRAM),
    [15] = PUBLIC(WRITE, COIL, WRITE),
    [16] = PUBLIC(WRITE, HOLDING_REGISTER, WRITE),
    [17] = PUBLIC(DIAGNOSTIC, NONE, READ),
    [18] = RESERVED(PROGRAM, PROGRAM),
    [19] = RESERVED(DIAGNOSTIC, ADMIN),
    [20] = PUBLIC(READ, FILE_RECORD, READ),
    [21] = PUBLIC(WRITE, FILE_RECORD, WRITE),
    [22] = PUBLIC(WRITE, HOLDING_REGISTER, WRITE),
    [23] = PUBLIC(READ_WRITE, HOLDING_REGISTER, WRITE),
    [24] = PUBLIC(READ, FIFO, READ),
    [40] = RESERVED(PROGRAM, PROGRAM),
    [41] = RESERVED(PROGRAM, PROGRAM),
    [42] = RESERVED(OTHER, NONE),
    [43] = PUBLIC(OTHER, NONE, NONE),
    [65] = USER_DEFINED,
    [66] = USER_DEFINED,
    [67] = USER_DEFINED,
    [68] = USER_DEFINED,
    [69] = USER_DEFINED,
    [70] = USER_DEFINED,
    [71] = USER_DEFINED,
    [72] = USER_DEFINED,
    [90] = RESERVED(OTHER, NONE),
    [91] = RESERVED(OTHER, NONE),
    [100] = USER_DEFINED,
    [101] = USER_DEFINED,
    [102] = USER_DEFINED,
    [103] = USER_DEFINED,
    [104] = USER_DEFINED,
    [105] = USER_DEFINED,
    [106] = USER_DEFINED,
    [107] = USER_DEFINED,
    [108] = USER_DEFINED,
    [109] = USER_DEFINED,
    [110] = USER_DEFINED,
    [125] = RESERVED(PROGRAM, PROGRAM),
    [126] = RESERVED(PROGRAM, PROGRAM),
    [127] = RESERVED(OTHER, READ),
};

#define UMAS(access, class)                                                                                            \
	{                                                                                                              \
		MODBUS_ACCESS_##access, CLASS_##class                                                                  \
	}

const struct modbus_umas_code modbus_umas_codes[256] = {
    [0x01] = UMAS(OTHER, READ),      [0x02] = UMAS(READ, READ),       [0x03] = UMAS(READ, READ),
    [0x04] = UMAS(READ, READ),       [0x06] = UMAS(READ, READ),       [0x0a] = UMAS(DIAGNOSTIC, READ),
    [0x10] = UMAS(PROGRAM, ADMIN),   [0x11] = UMAS(PROGRAM, ADMIN),   [0x12] = UMAS(OTHER, READ),
    [0x20] = UMAS(READ, READ),       [0x22] = UMAS(READ, READ),       [0x23] = UMAS(WRITE, WRITE),
    [0x24] = UMAS(READ, READ),       [0x25] = UMAS(WRITE, WRITE),     [0x26] = UMAS(READ, READ),
    [0x30] = UMAS(PROGRAM, PROGRAM), [0x31] = UMAS(PROGRAM, PROGRAM), [0x32] = UMAS(PROGRAM, PROGRAM),
    [0x33] = UMAS(PROGRAM, PROGRAM), [0x34] = UMAS(PROGRAM, PROGRAM), [0x35] = UMAS(PROGRAM, PROGRAM),
    [0x39] = UMAS(READ, READ),       [0x40] = UMAS(OTHER, ADMIN),     [0x41] = UMAS(OTHER, ADMIN),
    [0x50] = UMAS(READ, READ),       [0x58] = UMAS(READ, READ),       [0x70] = UMAS(READ, READ),
    [0x71] = UMAS(WRITE, WRITE),     [0x73] = UMAS(READ, READ),
};
