/*
 * Names and properties: everything about EtherNet/IP that is a table.
 */
#include "ot/enip.h"

static const struct enum_name commands[] = {
    {ENIP_NOP, "nop"},
    {ENIP_LIST_SERVICES, "list_services"},
    {ENIP_LIST_IDENTITY, "list_identity"},
    {ENIP_LIST_INTERFACES, "list_interfaces"},
    {ENIP_REGISTER_SESSION, "register_session"},
    {ENIP_UNREGISTER_SESSION, "unregister_session"},
    {ENIP_SEND_RR_DATA, "send_rr_data"},
    {ENIP_SEND_UNIT_DATA, "send_unit_data"},
};
static const struct enum_names enip_command_names = ENUM_NAMES(commands);

bool enip_command_known(uint16_t command)
{
	return enum_token(&enip_command_names, command) != NULL;
}

/* CIP1 appendix A, and services of classes as 256 * class + service: CIP1 3-5.5, CIP1 5-42, DA. Those that the Logix
 * controllers add for tags are told without a class. */
#define OF(class, service) ((class) * 256 + (service))
#define SERVICES(ROW)                                                                                                  \
	ROW(0x01, READ, "get_attributes_all")                                                                          \
	ROW(0x02, WRITE, "set_attributes_all")                                                                         \
	ROW(0x03, READ, "get_attribute_list")                                                                          \
	ROW(0x04, WRITE, "set_attribute_list")                                                                         \
	ROW(0x05, ADMIN, "reset")                                                                                      \
	ROW(0x06, ADMIN, "start")                                                                                      \
	ROW(0x07, ADMIN, "stop")                                                                                       \
	ROW(0x08, PROGRAM, "create")                                                                                   \
	ROW(0x09, PROGRAM, "delete")                                                                                   \
	ROW(0x0a, OTHER, "multiple_service_packet")                                                                    \
	ROW(0x0d, WRITE, "apply_attributes")                                                                           \
	ROW(0x0e, READ, "get_attribute_single")                                                                        \
	ROW(0x10, WRITE, "set_attribute_single")                                                                       \
	ROW(0x11, READ, "find_next_object_instance")                                                                   \
	ROW(0x15, ADMIN, "restore")                                                                                    \
	ROW(0x16, ADMIN, "save")                                                                                       \
	ROW(0x17, OTHER, "no_operation")                                                                               \
	ROW(0x18, READ, "get_member")                                                                                  \
	ROW(0x19, WRITE, "set_member")                                                                                 \
	ROW(0x1a, WRITE, "insert_member")                                                                              \
	ROW(0x1b, WRITE, "remove_member")                                                                              \
	ROW(0x4b, OTHER, "execute_pccc")                                                                               \
	ROW(0x4c, READ, "read_tag")                                                                                    \
	ROW(0x4d, WRITE, "write_tag")                                                                                  \
	ROW(0x4e, WRITE, "read_modify_write_tag")                                                                      \
	ROW(0x52, READ, "read_tag_fragmented")                                                                         \
	ROW(0x53, WRITE, "write_tag_fragmented")                                                                       \
	ROW(0x55, READ, "get_instance_attribute_list")                                                                 \
	ROW(OF(CIP_CONNECTION_MANAGER, 0x4e), OTHER, "forward_close")                                                  \
	ROW(OF(CIP_CONNECTION_MANAGER, 0x52), OTHER, "unconnected_send")                                               \
	ROW(OF(CIP_CONNECTION_MANAGER, 0x54), OTHER, "forward_open")                                                   \
	ROW(OF(CIP_CONNECTION_MANAGER, 0x56), READ, "get_connection_data")                                             \
	ROW(OF(CIP_CONNECTION_MANAGER, 0x57), READ, "search_connection_data")                                          \
	ROW(OF(CIP_CONNECTION_MANAGER, 0x5a), READ, "get_connection_owner")                                            \
	ROW(OF(CIP_CONNECTION_MANAGER, 0x5b), OTHER, "large_forward_open")                                             \
	ROW(OF(CIP_FILE, 0x4b), PROGRAM, "initiate_upload")                                                            \
	ROW(OF(CIP_FILE, 0x4c), PROGRAM, "initiate_download")                                                          \
	ROW(OF(CIP_FILE, 0x4d), PROGRAM, "initiate_partial_read")                                                      \
	ROW(OF(CIP_FILE, 0x4e), PROGRAM, "initiate_partial_write")                                                     \
	ROW(OF(CIP_FILE, 0x4f), PROGRAM, "upload_transfer")                                                            \
	ROW(OF(CIP_FILE, 0x50), PROGRAM, "download_transfer")                                                          \
	ROW(OF(CIP_FILE, 0x51), PROGRAM, "clear_file")

#define NAME(code, access, name)   {code, name},
#define ACCESS(code, access, name) {code, OT_ACCESS_##access},
static const struct enum_name service_names[] = {SERVICES(NAME)};
static const struct enum_names enip_service_names = ENUM_NAMES(service_names);
static const struct ot_command services[] = {SERVICES(ACCESS)};

uint32_t enip_service_named(uint8_t service, uint32_t class_id)
{
	bool own = class_id == CIP_CONNECTION_MANAGER || class_id == CIP_FILE;

	return own && service >= 0x4b ? OF(class_id, service) : service;
}

enum ot_access enip_service_access(uint32_t named)
{
	const struct ot_command *c = ot_command_find(services, sizeof(services) / sizeof(services[0]), (uint16_t)named);

	return c ? (enum ot_access)c->access : OT_ACCESS_OTHER;
}

#define FIELD(id, name, type, names, flags, spec, doc)                                                                 \
	[id] = {&enip_table, name, FIELD_TYPE_##type, flags, names, spec, doc, NULL},
const struct field_def enip_field[] = {
#include "ot/enip_fields.def"
};
#undef FIELD

const struct field_table enip_table = {"enip", enip_field, ENIP_FIELDS};
