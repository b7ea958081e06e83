/*
 * Applications and endpoints, which several services speak of.
 */
#ifndef SEKISHO_OPCUA_OPCUA_DISCOVERY_H
#define SEKISHO_OPCUA_OPCUA_DISCOVERY_H

#include "opcua/opcua_call.h"

/** Rows of an application in opcua_fields.def, from its first on. */
enum opcua_application_row {
	OPCUA_APP_URI,
	OPCUA_APP_PRODUCT,
	OPCUA_APP_NAME,
	OPCUA_APP_TYPE,
	OPCUA_APP_URLS,
};

/** ApplicationDescription, P4 7.2. */
struct opcua_application {
	struct span uri, product, name;
	uint32_t type, n_urls;
	struct cursor urls;
};

struct opcua_application opcua_discovery_application(struct cursor *c);

/** Tells it below the object whose first row is @first. */
void opcua_discovery_application_told(struct opcua_call *call, enum opcua_field_id first,
				      const struct opcua_application *app);

/** Reads an array of EndpointDescription (P4 7.14) and tells it, with the application behind the first. @certificate:
 * tell the first one's as the server's. */
void opcua_discovery_endpoints_told(struct opcua_call *call, struct cursor *c, bool certificate);

#endif
