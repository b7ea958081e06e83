/* The discovery services. P4 5.4 */
#include "opcua/opcua_discovery.h"

#include "opcua/opcua_cert.h"
#include "opcua/opcua_readers.h"

enum {
	SERVERS_SHOWN_MAX = 32,
	ENDPOINTS_SHOWN_MAX = 32,
	TOKENS_MAX = 8, /* of one endpoint that are shown */
	URLS_MAX = 4,   /* of one server that are shown */
	CAPABILITIES_MAX = 8,
	REGISTER_NAMES_MAX = 64,
};

struct opcua_application opcua_discovery_application(struct cursor *c)
{
	struct opcua_application app = {.uri = ua_bytes(c)};

	app.product = ua_bytes(c);
	app.name = ua_localized_text(c);
	app.type = cur_u32le(c);
	(void)ua_bytes(c); /* gateway */
	(void)ua_bytes(c); /* discovery profile */
	app.n_urls = ua_count(c);
	app.urls = *c;
	for (uint32_t i = 0; i < app.n_urls && i < UA_ARRAY_MAX && cur_ok(c); i++)
		(void)ua_bytes(c);
	return app;
}

static void strings_told(struct opcua_call *call, enum opcua_field_id id, struct cursor strings, uint32_t n,
			 uint32_t most)
{
	for (uint32_t i = 0; i < n && i < most; i++)
		(void)opcua_tell_text(call, id, ua_bytes(&strings));
}

void opcua_discovery_application_told(struct opcua_call *call, enum opcua_field_id first,
				      const struct opcua_application *app)
{
	(void)opcua_tell_text(call, first + OPCUA_APP_URI, app->uri);
	(void)opcua_tell_text(call, first + OPCUA_APP_PRODUCT, app->product);
	(void)opcua_tell_text(call, first + OPCUA_APP_NAME, app->name);
	opcua_tell_uint(call, first + OPCUA_APP_TYPE, app->type);
	strings_told(call, first + OPCUA_APP_URLS, app->urls, app->n_urls, URLS_MAX);
}

struct offer {
	struct span url, certificate, policy, transport;
	struct opcua_application app;
	uint32_t mode, n_tokens;
	uint32_t tokens[TOKENS_MAX];
	uint8_t level;
};

static struct offer offer_of(struct cursor *c)
{
	struct offer e = {.url = ua_bytes(c)};

	e.app = opcua_discovery_application(c);
	e.certificate = ua_bytes(c);
	e.mode = cur_u32le(c);
	e.policy = ua_bytes(c);
	e.n_tokens = ua_count(c);
	for (uint32_t i = 0; i < e.n_tokens && i < UA_ARRAY_MAX && cur_ok(c); i++) {
		(void)ua_bytes(c); /* policy id */
		uint32_t type = cur_u32le(c);
		(void)ua_bytes(c); /* type of issued token */
		(void)ua_bytes(c); /* issuer */
		(void)ua_bytes(c); /* security policy */
		if (i < TOKENS_MAX)
			e.tokens[i] = type;
	}
	e.transport = ua_bytes(c);
	e.level = cur_u8(c);
	return e;
}

static void offer_told(struct opcua_call *call, const struct offer *e)
{
	opcua_tell_item(call, OPCUA_ENDPOINTS);
	(void)opcua_tell_text(call, OPCUA_ENDPOINT_URL, e->url);
	(void)opcua_tell_text(call, OPCUA_ENDPOINT_POLICY, opcua_chunk_uri_tail(e->policy));
	opcua_tell_uint(call, OPCUA_ENDPOINT_MODE, e->mode);
	for (uint32_t i = 0; i < e->n_tokens && i < TOKENS_MAX; i++)
		opcua_tell_uint(call, OPCUA_ENDPOINT_TOKENS, e->tokens[i]);
	(void)opcua_tell_text(call, OPCUA_ENDPOINT_TRANSPORT, opcua_chunk_uri_tail(e->transport));
	opcua_tell_uint(call, OPCUA_ENDPOINT_LEVEL, e->level);
	(void)opcua_tell_text(call, OPCUA_ENDPOINT_URI, e->app.uri);
	opcua_cert_thumbprint_told(call, OPCUA_ENDPOINT_SHA1, e->certificate);
}

void opcua_discovery_endpoints_told(struct opcua_call *call, struct cursor *c, bool certificate)
{
	uint32_t n = ua_count(c);
	struct cursor ahead = *c;
	struct offer first = offer_of(&ahead);

	if (!cur_ok(c))
		return;
	opcua_tell_uint(call, OPCUA_ENDPOINT_COUNT, n);
	if (n > 0 && cur_ok(&ahead)) {
		opcua_discovery_application_told(call, OPCUA_APPLICATION_URI, &first.app);
		if (certificate)
			opcua_cert_told(call, OPCUA_SERVER_CERT_SUBJECT, first.certificate);
	}
	for (uint32_t i = 0; i < n && i < ENDPOINTS_SHOWN_MAX; i++) {
		struct offer e = offer_of(c);
		if (!cur_ok(c))
			return;
		offer_told(call, &e);
	}
}

/* Request: | endpoint URL | locales | profiles |. Response: | endpoints | */
void opcua_discovery_get_endpoints(struct opcua_call *call)
{
	if (opcua_call_more(&call->req)) {
		struct span url = ua_bytes(&call->req.c);
		ua_skip_strings(&call->req.c);
		ua_skip_strings(&call->req.c);
		if (cur_ok(&call->req.c))
			(void)opcua_tell_text(call, OPCUA_SESSION_URL, url);
	}
	if (opcua_call_more(&call->rsp))
		opcua_discovery_endpoints_told(call, &call->rsp.c, true);
}

/* Request: | endpoint URL | locales | server URIs |. Response: | applications | */
void opcua_discovery_find_servers(struct opcua_call *call)
{
	if (opcua_call_more(&call->req)) {
		struct span url = ua_bytes(&call->req.c);
		ua_skip_strings(&call->req.c);
		ua_skip_strings(&call->req.c);
		if (cur_ok(&call->req.c))
			(void)opcua_tell_text(call, OPCUA_SESSION_URL, url);
	}
	if (!opcua_call_more(&call->rsp))
		return;
	uint32_t n = ua_count(&call->rsp.c);
	for (uint32_t i = 0; i < n && i < SERVERS_SHOWN_MAX; i++) {
		struct opcua_application app = opcua_discovery_application(&call->rsp.c);
		if (!cur_ok(&call->rsp.c))
			return;
		opcua_tell_item(call, OPCUA_SERVERS);
		opcua_discovery_application_told(call, OPCUA_SERVERS_URI, &app);
	}
}

/* Response: | last reset | servers: record u32, name, URL, capabilities | */
void opcua_discovery_find_on_network(struct opcua_call *call)
{
	struct cursor *c = &call->rsp.c;

	if (!opcua_call_more(&call->rsp))
		return;
	cur_skip(c, 8);
	uint32_t n = ua_count(c);
	for (uint32_t i = 0; i < n && i < SERVERS_SHOWN_MAX; i++) {
		cur_skip(c, 4);
		struct span name = ua_bytes(c), url = ua_bytes(c);
		uint32_t n_capabilities = ua_count(c);
		struct cursor capabilities = *c;
		for (uint32_t k = 0; k < n_capabilities && k < UA_ARRAY_MAX && cur_ok(c); k++)
			(void)ua_bytes(c);
		if (!cur_ok(c))
			return;
		opcua_tell_item(call, OPCUA_SERVERS);
		(void)opcua_tell_text(call, OPCUA_SERVERS_NAME, name);
		(void)opcua_tell_text(call, OPCUA_SERVERS_URLS, url);
		strings_told(call, OPCUA_SERVERS_CAPS, capabilities, n_capabilities, CAPABILITIES_MAX);
	}
}

/* Request: | URI | product URI | names | type u32 | gateway | URLs | semaphore file | online | ... */
void opcua_discovery_register_server(struct opcua_call *call)
{
	struct cursor *c = &call->req.c;
	struct opcua_application app = {.n_urls = 0};

	if (!opcua_call_more(&call->req))
		return;
	app.uri = ua_bytes(c);
	app.product = ua_bytes(c);
	uint32_t n_names = ua_count(c);
	for (uint32_t i = 0; i < n_names && i < REGISTER_NAMES_MAX && cur_ok(c); i++) {
		struct span name = ua_localized_text(c);
		app.name = i == 0 ? name : app.name;
	}
	app.type = cur_u32le(c);
	(void)ua_bytes(c);
	app.n_urls = ua_count(c);
	app.urls = *c;
	for (uint32_t i = 0; i < app.n_urls && i < UA_ARRAY_MAX && cur_ok(c); i++)
		(void)ua_bytes(c);
	(void)ua_bytes(c);
	bool online = cur_u8(c);
	if (!cur_ok(c))
		return;
	opcua_tell_item(call, OPCUA_SERVERS);
	opcua_discovery_application_told(call, OPCUA_SERVERS_URI, &app);
	opcua_tell_uint(call, OPCUA_SERVERS_ONLINE, online);
}
