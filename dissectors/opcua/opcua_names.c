/*
 * Names and properties: everything about OPC UA that is a short table.
 */
#include "opcua/opcua.h"

#include "event/endpoint.h"
#include "opcua/opcua_call.h"
#include "opcua/opcua_readers.h"
#include "opcua/opcua_types.h"

static const struct enum_name messages[] = {
    {OPCUA_HEL, "HEL"}, {OPCUA_ACK, "ACK"}, {OPCUA_ERR, "ERR"}, {OPCUA_RHE, "RHE"},
    {OPCUA_OPN, "OPN"}, {OPCUA_CLO, "CLO"}, {OPCUA_MSG, "MSG"},
};
static const struct enum_names opcua_message_names = ENUM_NAMES(messages);

static const struct enum_name directions[] = {{OPCUA_TO_SERVER, "to_server"}, {OPCUA_TO_CLIENT, "to_client"}};
static const struct enum_names opcua_direction_names = ENUM_NAMES(directions);

#define SERVICE(id, name, request, response, class, reader) {request, name},
static const struct enum_name services[] = {
    {OPCUA_SERVICE_FAULT_ID, "ServiceFault"},
#include "opcua/opcua_services.def"
};
#undef SERVICE
static const struct enum_names opcua_service_names = ENUM_NAMES(services);

static const struct enum_name modes[] = {
    {0, "Invalid"},
    {OPCUA_MODE_NONE, "None"},
    {OPCUA_MODE_SIGN, "Sign"},
    {OPCUA_MODE_ENCRYPT, "SignAndEncrypt"},
};
static const struct enum_names opcua_mode_names = ENUM_NAMES(modes);

static const struct enum_name request_types[] = {{0, "issue"}, {1, "renew"}};
static const struct enum_names opcua_request_type_names = ENUM_NAMES(request_types);

/* P4 7.4 */
static const struct enum_name applications[] = {
    {0, "server"}, {1, "client"}, {2, "client_and_server"}, {3, "discovery_server"}};
static const struct enum_names opcua_application_names = ENUM_NAMES(applications);

static const struct enum_name tokens[] = {
    {OPCUA_TOKEN_ANONYMOUS, "anonymous"},
    {OPCUA_TOKEN_USER_NAME, "username"},
    {OPCUA_TOKEN_CERTIFICATE, "x509"},
    {OPCUA_TOKEN_ISSUED, "issued"},
};
static const struct enum_names opcua_token_names = ENUM_NAMES(tokens);

/* P6 A.1 */
static const struct enum_name attributes[] = {
    {1, "NodeId"},
    {2, "NodeClass"},
    {3, "BrowseName"},
    {4, "DisplayName"},
    {5, "Description"},
    {6, "WriteMask"},
    {7, "UserWriteMask"},
    {8, "IsAbstract"},
    {9, "Symmetric"},
    {10, "InverseName"},
    {11, "ContainsNoLoops"},
    {12, "EventNotifier"},
    {13, "Value"},
    {14, "DataType"},
    {15, "ValueRank"},
    {16, "ArrayDimensions"},
    {17, "AccessLevel"},
    {18, "UserAccessLevel"},
    {19, "MinimumSamplingInterval"},
    {20, "Historizing"},
    {21, "Executable"},
    {22, "UserExecutable"},
    {23, "DataTypeDefinition"},
    {24, "RolePermissions"},
    {25, "UserRolePermissions"},
    {26, "AccessRestrictions"},
    {27, "AccessLevelEx"},
};
static const struct enum_names opcua_attribute_names = ENUM_NAMES(attributes);

static const struct enum_name types[] = {
    {UA_NULL, "Null"},
    {UA_BOOLEAN, "Boolean"},
    {UA_SBYTE, "SByte"},
    {UA_BYTE, "Byte"},
    {UA_INT16, "Int16"},
    {UA_UINT16, "UInt16"},
    {UA_INT32, "Int32"},
    {UA_UINT32, "UInt32"},
    {UA_INT64, "Int64"},
    {UA_UINT64, "UInt64"},
    {UA_FLOAT, "Float"},
    {UA_DOUBLE, "Double"},
    {UA_STRING, "String"},
    {UA_DATE_TIME, "DateTime"},
    {UA_GUID, "Guid"},
    {UA_BYTE_STRING, "ByteString"},
    {UA_XML_ELEMENT, "XmlElement"},
    {UA_NODE_ID, "NodeId"},
    {UA_EXPANDED_NODE_ID, "ExpandedNodeId"},
    {UA_STATUS_CODE, "StatusCode"},
    {UA_QUALIFIED_NAME, "QualifiedName"},
    {UA_LOCALIZED_TEXT, "LocalizedText"},
    {UA_EXTENSION_OBJECT, "ExtensionObject"},
    {UA_DATA_VALUE, "DataValue"},
    {UA_VARIANT, "Variant"},
    {UA_DIAGNOSTIC_INFO, "DiagnosticInfo"},
};
static const struct enum_names opcua_type_names = ENUM_NAMES(types);

/* OPC 10000-3 8.29: one bit a class */
static const struct enum_name node_classes[] = {
    {0, "Unspecified"},   {1, "Object"},         {2, "Variable"},  {4, "Method"}, {8, "ObjectType"},
    {16, "VariableType"}, {32, "ReferenceType"}, {64, "DataType"}, {128, "View"},
};
static const struct enum_names opcua_node_class_names = ENUM_NAMES(node_classes);

static const struct enum_name histories[] = {
    {OPCUA_HISTORY_READ_EVENTS, "read_events"},           {OPCUA_HISTORY_READ_RAW, "read_raw"},
    {OPCUA_HISTORY_READ_MODIFIED, "read_modified"},       {OPCUA_HISTORY_READ_PROCESSED, "read_processed"},
    {OPCUA_HISTORY_READ_AT_TIME, "read_at_time"},         {OPCUA_HISTORY_UPDATE_DATA, "update_data"},
    {OPCUA_HISTORY_UPDATE_STRUCTURE, "update_structure"}, {OPCUA_HISTORY_UPDATE_EVENT, "update_event"},
    {OPCUA_HISTORY_DELETE_RAW, "delete_raw_modified"},    {OPCUA_HISTORY_DELETE_AT_TIME, "delete_at_time"},
    {OPCUA_HISTORY_DELETE_EVENT, "delete_event"},
};
static const struct enum_names opcua_history_names = ENUM_NAMES(histories);

static const struct enum_name browses[] = {{0, "forward"}, {1, "inverse"}, {2, "both"}};
static const struct enum_names opcua_browse_names = ENUM_NAMES(browses);

static const struct enum_name monitorings[] = {{0, "disabled"}, {1, "sampling"}, {2, "reporting"}};
static const struct enum_names opcua_monitoring_names = ENUM_NAMES(monitorings);

#define FIELD(id, name, type, names, flags, spec, doc)                                                                 \
	[id] = {&opcua_table, name, FIELD_TYPE_##type, flags, names, spec, doc, NULL},
const struct field_def opcua_field[] = {
#include "opcua/opcua_fields.def"
};
#undef FIELD

const struct field_table opcua_table = {"opcua", opcua_field, OPCUA_FIELDS};

#define SERVICE(id, name, request, response, class, reader) {name, request, response, CLASS_##class, reader},
const struct opcua_service opcua_services[OPCUA_SERVICES] = {
#include "opcua/opcua_services.def"
};
#undef SERVICE

/*
 * Encoding ids by their lower ten bits: twice the service's place, plus one for a request and two for a response. The
 * ids of all services differ there, and the compiler complains should one be added that does not.
 */
enum { ID_SLOTS = 1024 };

#define SERVICE(id, name, request, response, class, reader)                                                            \
	[(request) % ID_SLOTS] = 2 * OPCUA_SERVICE_##id + 1, [(response) % ID_SLOTS] = 2 * OPCUA_SERVICE_##id + 2,
static const uint8_t by_id[ID_SLOTS] = {
#include "opcua/opcua_services.def"
};
#undef SERVICE

enum opcua_kind opcua_service_find(uint32_t encoding_id, enum opcua_service_no *no)
{
	unsigned slot = by_id[encoding_id % ID_SLOTS];

	if (encoding_id == OPCUA_SERVICE_FAULT_ID)
		return OPCUA_KIND_FAULT;
	if (slot == 0)
		return OPCUA_KIND_NONE;
	*no = (enum opcua_service_no)((slot - 1) / 2);
	const struct opcua_service *s = &opcua_services[*no];
	if (encoding_id == s->request_id)
		return OPCUA_KIND_REQUEST;
	return encoding_id == s->response_id ? OPCUA_KIND_RESPONSE : OPCUA_KIND_NONE;
}
