#include "http/http_form.h"

#include <string.h>

#include "http/http_field.h"
#include "login/shipped.h"

enum { PASSWORD_MAX = 64, PARAMETERS_MAX = 32 };

struct value {
	bool there;
	size_t n;
	uint8_t text[HTTP_FORM_USER_MAX];
};

_Static_assert((int)PASSWORD_MAX == (int)HTTP_FORM_USER_MAX, "both fit into a value");

static bool among(struct span name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (http_is(name, names[i]))
			return true;
	}
	return false;
}

static bool is_user(struct span name)
{
	static const char *const names[] = {
	    "user",      "username",  "user_name",  "usr",     "uname",      "userid", "user_id", "login",
	    "loginname", "loginuser", "login_user", "account", "j_username", "uid",    "usernm",  "txtusername",
	    "email",     "name",      "id",         "loginid", "auth_user",  "luser"};

	return among(name, names, sizeof(names) / sizeof(names[0]));
}

static bool is_password(struct span name)
{
	static const char *const names[] = {
	    "password",    "passwd",    "pass",           "pwd",           "psw",          "psd",
	    "passwort",    "userpass",  "user_pass",      "user_password", "userpassword", "loginpass",
	    "login_pass",  "loginpas",  "login_password", "loginpassword", "j_password",   "pw",
	    "txtpassword", "auth_pass", "lpass",          "userpw",        "passphrase"};

	return among(name, names, sizeof(names) / sizeof(names[0]));
}

/* %XX and + as a browser writes them; @percent: the text has them. What is too long is no value. */
static void take(struct value *v, struct span s, bool percent)
{
	if (v->there)
		return;
	struct cursor c = cur_of(s);
	v->n = 0;
	while (cur_left(&c) > 0 && v->n < sizeof(v->text)) {
		uint8_t byte = cur_u8(&c);
		if (percent && byte == '%') {
			int high = http_hex(cur_u8(&c)), low = http_hex(cur_u8(&c));
			if (!cur_ok(&c) || high < 0 || low < 0)
				return;
			byte = (uint8_t)(high << 4 | low);
		} else if (percent && byte == '+') {
			byte = ' ';
		}
		v->text[v->n++] = byte;
	}
	v->there = cur_left(&c) == 0;
}

/* The password has served its purpose. */
static struct http_form weigh(const struct value *user, struct value *password)
{
	struct http_form f = {.login = user->there && password->there};

	if (f.login) {
		f.shipped = shipped_pair(span_of(user->text, user->n), span_of(password->text, password->n));
		f.user_len = (uint8_t)user->n;
		memcpy(f.user, user->text, user->n);
	}
	explicit_bzero(password, sizeof(*password));
	return f;
}

struct http_form http_form_read(struct span s)
{
	struct value user = {.there = false}, password = {.there = false};

	for (unsigned i = 0; i < PARAMETERS_MAX && s.len > 0; i++) {
		long end = http_find(s, '&');
		struct span part = end == HTTP_NOT_FOUND ? s : span_head(s, (size_t)end);
		long eq = http_find(part, '=');
		s = span_skip(s, part.len + 1);
		if (eq == HTTP_NOT_FOUND)
			continue;
		struct span name = span_head(part, (size_t)eq), text = http_trim(span_skip(part, (size_t)eq + 1));
		if (is_user(name))
			take(&user, text, true);
		else if (is_password(name))
			take(&password, text, true);
	}
	return weigh(&user, &password);
}

/* The text at the beginning of @s, its quotes left out; *whole is what it takes. Escapes end it: no password has any
 * that matters. */
static bool quoted(struct span s, struct span *text, size_t *whole)
{
	if (s.len == 0 || s.ptr[0] != '"')
		return false;
	long end = http_find(span_skip(s, 1), '"');
	if (end == HTTP_NOT_FOUND)
		return false;
	*text = span_head(span_skip(s, 1), (size_t)end);
	*whole = (size_t)end + 2;
	return true;
}

struct http_form http_form_read_json(struct span s)
{
	struct value user = {.there = false}, password = {.there = false};
	struct span name, text;
	size_t whole;
	long at;

	for (unsigned i = 0; i < PARAMETERS_MAX && (at = http_find(s, '"')) != HTTP_NOT_FOUND; i++) {
		s = span_skip(s, (size_t)at);
		if (!quoted(s, &name, &whole))
			break;
		s = http_trim(span_skip(s, whole));
		if (s.len == 0 || s.ptr[0] != ':')
			continue;
		s = http_trim(span_skip(s, 1));
		if (!quoted(s, &text, &whole))
			continue;
		s = span_skip(s, whole);
		if (is_user(name))
			take(&user, text, false);
		else if (is_password(name))
			take(&password, text, false);
	}
	return weigh(&user, &password);
}
