#include "app/observed_words.h"

#include <stdio.h>
#include <string.h>

#include "app/role_words.h"
#include "app/words.h"
#include "app/zone_word.h"
#include "ledger/kinds.h"

static const struct token_word attrs[] = {{"mac", W_COL_MAC},
					  {"ip", W_COL_IP},
					  {"vlan", W_ATTR_VLAN},
					  {"hostname", W_ATTR_HOSTNAME},
					  {"maker", W_COL_VENDOR},
					  {"model", W_ATTR_MODEL},
					  {"serial", W_ATTR_SERIAL},
					  {"firmware", W_ATTR_FIRMWARE},
					  {"os", W_ATTR_OS},
					  {"role", W_COL_ROLE},
					  {"serves", W_ATTR_SERVES},
					  {"uses", W_ATTR_USES},
					  {"does", W_ATTR_DOES},
					  {"nat", W_ATTR_NAT},
					  {"zone", W_COL_ZONE},
					  {"phase", W_SHOW_PHASE},
					  {"kind", W_REGISTER_KIND},
					  {"enc", W_ATTR_ENC},
					  {"opcua_cert_sha256", W_ATTR_OPCUA_CERT},
					  {"opcua_app_uri", W_ATTR_OPCUA_URI},
					  {"smb_guid", W_ATTR_SMB_GUID},
					  {"dhcp_client_id", W_ATTR_DHCP_ID},
					  {"enip_serial", W_ATTR_ENIP_SERIAL},
					  {"serial_key", W_ATTR_SERIAL_KEY}};

/* Those that are no protocol's name alone. */
static const struct token_word sources[] = {{"traffic", W_ATTR_TRAFFIC},
					    {"modbus_device_id", W_SOURCE_MODBUS},
					    {"modbus_server_id", W_SOURCE_MODBUS_SERVER},
					    {"enip_identity", W_SOURCE_ENIP},
					    {"tls_sni", W_SOURCE_TLS},
					    {"opcua_application", W_SOURCE_OPCUA},
					    {"http_server", W_SOURCE_HTTP},
					    {"s7_identification", W_SOURCE_S7}};

static const struct token_word does[] = {{"writes", W_DOES_WRITES},
					 {"programs", W_DOES_PROGRAMS},
					 {"written", W_DOES_WRITTEN},
					 {"programmed", W_DOES_PROGRAMMED}};

const char *observed_attr_word(const char *token)
{
	const char *word = SAY_TOKEN(attrs, token);

	return word ? word : token;
}

const char *observed_attr_words(const char *tokens, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	while (*tokens) {
		char token[64];
		size_t n = strcspn(tokens, " ");
		snprintf(token, sizeof(token), "%.*s", (int)n, tokens);
		const char *word = observed_attr_word(token);
		if (len + strlen(word) + 3 > size)
			break;
		len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "", word);
		tokens += n;
		tokens += strspn(tokens, " ");
	}
	return buf;
}

const char *observed_source_word(const char *token, char *buf, size_t size)
{
	const char *word = SAY_TOKEN(sources, token);

	return word ? word : protocol_word(token, buf, size);
}

const char *observed_value_word(const char *attr, const char *value, char *buf, size_t size)
{
	if (strcmp(attr, "does") == 0) {
		const char *word = SAY_TOKEN(does, value);
		return word ? word : value;
	}
	if (strcmp(attr, "zone") == 0)
		return zone_word(value);
	if (strcmp(attr, "phase") == 0)
		return kinds_word(KINDS_OF_PHASE, value, words_japanese());
	return strcmp(attr, "role") == 0 ? role_words(value, buf, size) : value;
}
