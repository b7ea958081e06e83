/*
 * What may be done to an alert where the console was started to write: taken in hand, or muted until some day. It goes
 * down as a request like any other (alert/requests.h), and leaves its row in the audit trail.
 */
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "alert/requests.h"
#include "app/alert_ask.h"
#include "app/command.h"
#include "app/console/console.h"
#include "app/until.h"
#include "base/when.h"

bool console_token_fits(const struct console *k, const char *given)
{
	size_t n = strlen(k->token);

	return strlen(given) == n && CRYPTO_memcmp(given, k->token, n) == 0;
}

static enum MHD_Result answer_result(const struct asked *a, const struct request *r, enum request_result result)
{
	static const struct {
		unsigned status;
		enum word why;
	} told[REQUEST_RESULTS] = {
	    [REQUEST_WAITS] = {MHD_HTTP_SERVICE_UNAVAILABLE, W_ALERT_NO_ANSWER},
	    [REQUEST_NO_ALERT] = {MHD_HTTP_NOT_FOUND, W_ALERT_UNKNOWN},
	    [REQUEST_ALREADY] = {MHD_HTTP_CONFLICT, W_ALERT_ALREADY},
	    [REQUEST_IS_OVER] = {MHD_HTTP_CONFLICT, W_ALERT_IS_OVER},
	    [REQUEST_NO_MUTE] = {MHD_HTTP_NOT_FOUND, W_ALERT_NO_MUTE},
	    [REQUEST_MUTES_MAX] = {MHD_HTTP_CONFLICT, W_ALERT_MUTES_MAX},
	    [REQUEST_PAST] = {MHD_HTTP_BAD_REQUEST, W_ALERT_PAST},
	    [REQUEST_NO_AUDIT] = {MHD_HTTP_SERVICE_UNAVAILABLE, W_ALERT_NO_AUDIT},
	    [REQUEST_FAILED] = {MHD_HTTP_SERVICE_UNAVAILABLE, W_ALERT_FAILED},
	    [REQUEST_DRILL_OVER] = {MHD_HTTP_CONFLICT, W_DRILL_OVER},
	    [REQUEST_IS_DRILL] = {MHD_HTTP_CONFLICT, W_ALERT_IS_DRILL},
	};
	char text[1024];

	if (result == REQUEST_DONE)
		return answer_with(a, MHD_HTTP_OK, "application/json; charset=utf-8", "{\"done\":true}", 13);
	snprintf(text, sizeof(text), say(told[result].why), r->target);
	text[strcspn(text, "\n")] = '\0';
	return answer_error(a, told[result].status, text);
}

/* @return false where it is missing or longer than there is room for. */
static bool put(char *to, size_t size, const json_t *body, const char *key)
{
	const char *text = json_string_value(json_object_get(body, key));
	size_t blank = text ? strspn(text, " \t\r\n") : 0;

	return text && text[blank] && (size_t)snprintf(to, size, "%s", text) < size;
}

enum { FINE = -1 };

/* @return FINE, or the word for what is wrong. */
static int fill(struct request *r, const json_t *body, const char *rest)
{
	const char *slash = strchr(rest, '/'), *until = json_string_value(json_object_get(body, "until"));

	*r = (struct request){.via = "console"};
	int verb = slash ? request_verb_parse(slash + 1) : -1;
	if ((verb != REQUEST_ACK && verb != REQUEST_MUTE) || (size_t)(slash - rest) >= sizeof(r->target))
		return W_CONSOLE_NOTHING;
	r->verb = (enum request_verb)verb;
	snprintf(r->target, sizeof(r->target), "%.*s", (int)(slash - rest), rest);
	snprintf(r->login, sizeof(r->login), "%s", command_login());
	if (!put(r->who, sizeof(r->who), body, "who") || !put(r->reason, sizeof(r->reason), body, "reason"))
		return W_CONSOLE_WHO_AND_WHY;
	if (verb == REQUEST_MUTE && (!until || !until_parse(until, when_now_ns(), &r->until_ns)))
		return W_CONSOLE_UNTIL;
	return FINE;
}

enum MHD_Result console_act(const struct asked *a, const char *rest)
{
	const char *token = mhd->lookup_connection_value(a->connection, MHD_HEADER_KIND, "X-Sekisho-Token");
	struct complaint c = {""};
	enum request_result result = REQUEST_FAILED;
	struct request r;
	struct requests *q;

	if (!console_token_fits(a->console, token ? token : ""))
		return answer_error(a, MHD_HTTP_FORBIDDEN, say(W_CONSOLE_NO_TOKEN));
	json_t *body = json_loadb(a->body, a->body_len, 0, NULL);
	int wrong = json_is_object(body) ? fill(&r, body, rest) : (int)W_CONSOLE_NO_JSON;
	json_decref(body);
	if (wrong != FINE)
		return answer_error(a, wrong == W_CONSOLE_NOTHING ? MHD_HTTP_NOT_FOUND : MHD_HTTP_BAD_REQUEST,
				    say((enum word)wrong));
	int err = requests_open(&q, a->console->state, &c);
	if (err)
		return answer_complaint(a, err, &c);
	err = alert_ask(q, &r, a->console->state, a->console->cfg, &result);
	requests_close(q);
	return answer_result(a, &r, err ? REQUEST_FAILED : result);
}
