#include "app/role_words.h"

#include <stdio.h>
#include <string.h>

#include "app/words.h"
#include "ledger/kinds.h"

enum { TOKEN_MAX = 32 };

/* Protocols whose name is not their token in capitals. */
const char *protocol_word(const char *token, char *buf, size_t size)
{
	static const struct {
		const char *token, *name;
	} names[] = {{"modbus", "Modbus"},   {"opcua", "OPC UA"}, {"s7comm", "S7comm"},   {"enip", "EtherNet/IP"},
		     {"bacnet", "BACnet"},   {"mdns", "mDNS"},    {"iec104", "IEC 104"},  {"profinet_dcp", "PROFINET DCP"},
		     {"netbios", "NetBIOS"}, {"dhcpv6", "DHCPv6"}};
	size_t i = 0;

	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		if (strcmp(names[k].token, token) == 0)
			return names[k].name;
	}
	for (; token[i] && i + 1 < size; i++)
		buf[i] = token[i] >= 'a' && token[i] <= 'z' ? (char)(token[i] - 'a' + 'A') : token[i];
	buf[i] = '\0';
	return buf;
}

static void role_word(char *token, char *buf, size_t size)
{
	char upper[TOKEN_MAX];
	char *side = strrchr(token, '_');
	enum word w = W_ROLE_SERVER;

	if (strcmp(token, "phone") == 0) { /* the register has no such kind */
		snprintf(buf, size, "%s", say(W_ROLE_PHONE));
		return;
	}
	if (kinds_is_token(token) || !side) {
		snprintf(buf, size, "%s", kinds_word(KINDS_OF_DEVICE, token, words_japanese()));
		return;
	}
	if (strcmp(side, "_client") == 0) {
		w = W_ROLE_CLIENT;
	} else if (strcmp(side, "_server") != 0) {
		snprintf(buf, size, "%s", token);
		return;
	}
	*side = '\0';
	snprintf(buf, size, say(w), protocol_word(token, upper, sizeof(upper)));
}

const char *role_words(const char *roles, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	while (*roles) {
		char token[TOKEN_MAX], word[96];
		size_t n = strcspn(roles, " ");
		snprintf(token, sizeof(token), "%.*s", (int)n, roles);
		role_word(token, word, sizeof(word));
		size_t need = strlen(word) + (len ? 2 : 0);
		if (len + need + 1 > size)
			break;
		len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "", word);
		roles += n;
		roles += strspn(roles, " ");
	}
	return buf;
}

const char *registered_word(enum registered registered)
{
	return say(registered == REGISTERED_YES ? W_YES : registered == REGISTERED_NO ? W_NO : W_UNSURE);
}
