/* The session services. P4 5.6 */
#include "opcua/opcua_cert.h"
#include "opcua/opcua_discovery.h"
#include "opcua/opcua_readers.h"

/* Encoding ids of identity tokens, P4 7.41; and of the structures that a password can be encrypted in, P4 7.41.2. */
enum {
	ID_ANONYMOUS = 321,
	ID_USER_NAME = 324,
	ID_CERTIFICATE = 327,
	ID_ISSUED = 940,
	ID_RSA_SECRET = 17545,
	ID_ECC_SECRET = 17546,
};

struct create_request {
	struct opcua_application client;
	struct span url, name, certificate;
	double timeout_ms;
};

/* | client | server URI | endpoint URL | name | nonce | certificate | timeout f64 | largest response u32 | */
static struct create_request create_request_of(struct cursor *c)
{
	struct create_request r = {.client = opcua_discovery_application(c)};

	(void)ua_bytes(c);
	r.url = ua_bytes(c);
	r.name = ua_bytes(c);
	(void)ua_bytes(c);
	r.certificate = ua_bytes(c);
	r.timeout_ms = ua_double(c);
	cur_skip(c, 4);
	return r;
}

struct create_response {
	struct ua_node_id session, token;
	struct span certificate;
	double timeout_ms;
};

/* | session id | authentication token | timeout f64 | nonce | certificate | endpoints | ... */
static struct create_response create_response_of(struct cursor *c)
{
	struct create_response r = {.session = ua_node_id(c)};

	r.token = ua_node_id(c);
	r.timeout_ms = ua_double(c);
	(void)ua_bytes(c);
	r.certificate = ua_bytes(c);
	return r;
}

void opcua_session_create(struct opcua_call *call)
{
	struct create_request req = {.timeout_ms = 0};
	struct create_response rsp = {.timeout_ms = 0};
	bool asked = opcua_call_more(&call->req), answered = opcua_call_more(&call->rsp);

	if (asked) {
		req = create_request_of(&call->req.c);
		asked = cur_ok(&call->req.c);
	}
	if (answered) {
		rsp = create_response_of(&call->rsp.c);
		answered = cur_ok(&call->rsp.c);
	}
	if (answered && (rsp.session.numeric != 0 || rsp.session.bytes.len > 0)) {
		struct span id = opcua_tell_id_text(call->out, &rsp.session);
		(void)opcua_tell_text(call, OPCUA_SESSION_ID, id);
		opcua_state_add_session(call->state, opcua_tell_id_text(call->out, &rsp.token), id);
	}
	if (asked) {
		(void)opcua_tell_text(call, OPCUA_SESSION_NAME, req.name);
		(void)opcua_tell_text(call, OPCUA_SESSION_URL, req.url);
	}
	if (asked || answered)
		opcua_tell_float(call, OPCUA_SESSION_TIMEOUT, answered ? rsp.timeout_ms : req.timeout_ms);
	if (asked) {
		opcua_discovery_application_told(call, OPCUA_CLIENT_URI, &req.client);
		opcua_cert_told(call, OPCUA_CLIENT_CERT_SUBJECT, req.certificate);
	}
	if (answered) {
		opcua_cert_told(call, OPCUA_SERVER_CERT_SUBJECT, rsp.certificate);
		opcua_discovery_endpoints_told(call, &call->rsp.c, false);
	}
}

/* An encrypted secret begins with the id of its structure. P4 7.41.2.3 */
static bool is_encrypted_secret(struct span password)
{
	struct cursor c = cur_of(password);
	struct ua_node_id id = ua_node_id(&c);

	return cur_ok(&c) && (ua_is(&id, ID_RSA_SECRET) || ua_is(&id, ID_ECC_SECRET));
}

/*
 * Behind the policy id, by the token's encoding id:
 *   user name   | user | password | encryption algorithm |
 *   certificate | certificate |
 *   issued      | token | encryption algorithm |
 * The password and the issued token are read past, and told of only whether they are encrypted.
 */
static bool token_told(struct opcua_call *call, const struct ua_extension *x)
{
	struct cursor c = cur_of(x->body);
	struct span policy = ua_bytes(&c), user = {NULL, 0}, secret = {NULL, 0}, algorithm = {NULL, 0};
	struct span certificate = {NULL, 0};
	enum opcua_token type = OPCUA_TOKEN_ANONYMOUS;

	if (ua_is(&x->type, ID_USER_NAME)) {
		type = OPCUA_TOKEN_USER_NAME;
		user = ua_bytes(&c);
		secret = ua_bytes(&c);
		algorithm = ua_bytes(&c);
	} else if (ua_is(&x->type, ID_CERTIFICATE)) {
		type = OPCUA_TOKEN_CERTIFICATE;
		certificate = ua_bytes(&c);
	} else if (ua_is(&x->type, ID_ISSUED)) {
		type = OPCUA_TOKEN_ISSUED;
		secret = ua_bytes(&c);
		algorithm = ua_bytes(&c);
	} else if (!ua_is(&x->type, ID_ANONYMOUS)) {
		return true; /* of no kind that we know, or none at all */
	}
	if (!cur_ok(&c))
		return false;
	opcua_tell_uint(call, OPCUA_USER_TYPE, type);
	(void)opcua_tell_text(call, OPCUA_USER_POLICY_ID, policy);
	(void)opcua_tell_text(call, OPCUA_USER_NAME, user);
	if (type == OPCUA_TOKEN_USER_NAME || type == OPCUA_TOKEN_ISSUED)
		opcua_tell_uint(call, OPCUA_USER_ENCRYPTED, algorithm.len > 0 || is_encrypted_secret(secret));
	(void)opcua_tell_text(call, OPCUA_USER_ALGORITHM, opcua_chunk_uri_tail(algorithm));
	opcua_cert_told(call, OPCUA_USER_CERT_SUBJECT, certificate);
	return true;
}

/* Request: | signature: algorithm, bytes | software certificates: data, signature | locales | token | signature |.
 * Response: | nonce | results | diagnostics | */
void opcua_session_activate(struct opcua_call *call)
{
	struct cursor *c = &call->req.c;

	if (!opcua_call_more(&call->req))
		return;
	(void)ua_bytes(c);
	(void)ua_bytes(c);
	uint32_t n = ua_count(c);
	for (uint32_t i = 0; i < n && i < UA_ARRAY_MAX && cur_ok(c); i++) {
		(void)ua_bytes(c);
		(void)ua_bytes(c);
	}
	ua_skip_strings(c);
	struct ua_extension token = ua_extension(c);
	if (cur_ok(c) && token.binary && !token_told(call, &token))
		ua_fail(c);
}

/* Request: | delete subscriptions | */
void opcua_session_close(struct opcua_call *call)
{
	if (!opcua_call_more(&call->req))
		return;
	bool delete = cur_u8(&call->req.c);
	if (cur_ok(&call->req.c))
		opcua_tell_uint(call, OPCUA_SESSION_DELETE, delete);
}
