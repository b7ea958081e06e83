#include "opcua/opcua_introduce.h"

#include "base/hash.h"
#include "discovery/say.h"
#include "opcua/opcua_cert.h"
#include "opcua/opcua_discovery.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

/* What one side says of itself in a record. */
struct introduction {
	struct span uri, product, name;
	struct span maker, model, version, build;
	struct span subject, issuer, sha256;
	struct span cert_uri;
	bool has_type;
	uint32_t type;
};

static struct span text_of(const struct event *ev, unsigned id)
{
	const struct event_value *v = event_get(ev, &opcua_field[id]);

	return v ? span_of(v->ptr, v->count) : span_of(NULL, 0);
}

static void application_of(const struct event *ev, unsigned first, struct introduction *in)
{
	const struct event_value *type = event_get(ev, &opcua_field[first + OPCUA_APP_TYPE]);

	in->uri = text_of(ev, first + OPCUA_APP_URI);
	in->product = text_of(ev, first + OPCUA_APP_PRODUCT);
	in->name = text_of(ev, first + OPCUA_APP_NAME);
	in->has_type = type && type->u <= DISCOVERY_APPLICATION_DISCOVERY;
	in->type = type ? (uint32_t)type->u : 0;
}

static void certificate_of(const struct event *ev, unsigned first, struct introduction *in)
{
	in->subject = text_of(ev, first + OPCUA_CERT_SUBJECT);
	in->issuer = text_of(ev, first + OPCUA_CERT_ISSUER);
	in->sha256 = text_of(ev, first + OPCUA_CERT_SHA256);
	in->cert_uri = text_of(ev, first + OPCUA_CERT_URI);
}

static void build_of(const struct event *ev, struct introduction *in)
{
	in->maker = text_of(ev, OPCUA_BUILD_MAKER);
	in->model = text_of(ev, OPCUA_BUILD_PRODUCT);
	in->version = text_of(ev, OPCUA_BUILD_VERSION);
	in->build = text_of(ev, OPCUA_BUILD_NUMBER);
	in->product = text_of(ev, OPCUA_BUILD_PRODUCT_URI);
}

/* Most reads are of other things, and there are many. */
static bool holds_build(const struct event *ev)
{
	for (unsigned i = 0; i < ev->n_values; i++) {
		const struct field_def *f = ev->values[i].field;
		if (f >= &opcua_field[OPCUA_BUILD_PRODUCT_URI] && f <= &opcua_field[OPCUA_BUILD_NUMBER])
			return true;
	}
	return false;
}

static uint64_t hash_of(const struct introduction *in)
{
	const struct span all[] = {in->uri,     in->product, in->name,    in->maker,  in->model,
				   in->version, in->build,   in->subject, in->sha256, in->cert_uri};
	uint64_t hash = 1 + in->type;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		hash = hash * 31 + (all[i].len > 0 ? hash_bytes(all[i].ptr, all[i].len) : 0);
	return hash;
}

static bool says_something(const struct introduction *in)
{
	return in->uri.len + in->product.len + in->name.len + in->maker.len + in->model.len + in->version.len +
		   in->build.len + in->subject.len + in->cert_uri.len >
	       0;
}

static void introduced(struct opcua_call *call, bool server, const struct introduction *in)
{
	struct emitter *out = call->out;
	uint64_t hash = hash_of(in);
	/* who opened the connection is the client, but for reverse hello (P6 7.1.3) */
	bool dest = server != call->state->client_turned;

	if (!says_something(in) || call->state->introduced[server] == hash)
		return;
	call->state->introduced[server] = hash;
	struct event *ev = say_begin(out, DISCOVERY_BY_OPCUA);
	say_ip(out, ev, F(IP), say_speaker(out, dest ? DIR_RESPONSE : DIR_REQUEST));
	say_span(ev, F(NAME), in->name);
	say_span(ev, F(VENDOR), in->maker);
	say_span(ev, F(MODEL), in->model);
	say_span(ev, F(FIRMWARE), in->version);
	say_span(ev, F(DETAIL_SUBJECT), in->subject);
	say_span(ev, F(DETAIL_ISSUER), in->issuer);
	say_span(ev, F(DETAIL_CERT_SHA256), in->sha256);
	say_span(ev, F(DETAIL_APP_URI), in->uri.len > 0 ? in->uri : in->cert_uri);
	say_span(ev, F(DETAIL_PRODUCT_URI), in->product);
	if (in->has_type)
		ev_uint(ev, F(DETAIL_APP_TYPE), in->type);
	say_span(ev, F(DETAIL_BUILD), in->build);
	emit_end(out, ev);
}

void opcua_introduce(struct opcua_call *call)
{
	struct introduction server = {.type = 0}, client = {.type = 0};
	const struct event *ev = call->ev;
	const struct event_value *type = event_get(ev, &opcua_field[OPCUA_MESSAGE_TYPE]);

	if (type && type->u == OPCUA_OPN) {
		const struct event_value *to = event_get(ev, &opcua_field[OPCUA_DIRECTION]);
		certificate_of(ev, OPCUA_OPEN_CERT_SUBJECT, to && to->u == OPCUA_TO_SERVER ? &client : &server);
	} else if (call->service == OPCUA_SERVICE_CREATE_SESSION || call->service == OPCUA_SERVICE_GET_ENDPOINTS) {
		application_of(ev, OPCUA_APPLICATION_URI, &server);
		application_of(ev, OPCUA_CLIENT_URI, &client);
		certificate_of(ev, OPCUA_SERVER_CERT_SUBJECT, &server);
		certificate_of(ev, OPCUA_CLIENT_CERT_SUBJECT, &client);
	} else if (call->service == OPCUA_SERVICE_READ && holds_build(ev)) {
		build_of(ev, &server);
	} else {
		return;
	}
	/* values of the record are gone once the next one begins */
	introduced(call, false, &client);
	introduced(call, true, &server);
}
