#include "login/login.h"

#include <string.h>

#include "login/shipped.h"

void login_begin(struct login *l)
{
	l->print = shipped_begin();
	l->user_len = 0;
	l->user = l->password = l->unclear = false;
	l->empty = true;
}

void login_user(struct login *l, struct span s)
{
	struct span fits = span_head(s, (size_t)(LOGIN_USER_MAX - l->user_len));

	l->user = true;
	l->unclear |= fits.len < s.len;
	if (fits.len > 0)
		memcpy(l->user_text + l->user_len, fits.ptr, fits.len);
	l->user_len = (uint8_t)(l->user_len + fits.len);
}

void login_user_ends(struct login *l)
{
	l->print = shipped_add(shipped_begin(), span_of(l->user_text, l->user_len));
	l->print = shipped_add(l->print, span_str(":"));
	l->password = false;
	l->empty = true;
}

void login_password(struct login *l, struct span s)
{
	l->password = true;
	l->empty &= s.len == 0;
	l->print = shipped_add(l->print, s);
}

void login_banner(struct login *l, struct span s)
{
	for (size_t i = 0; i < s.len && l->banner_len < LOGIN_BANNER_MAX; i++) {
		bool blank = s.ptr[i] <= ' ';
		if (blank && (l->banner_len == 0 || l->banner[l->banner_len - 1] == ' '))
			continue;
		l->banner[l->banner_len++] = (char)(blank ? ' ' : s.ptr[i]);
	}
}

bool login_is_shipped(const struct login *l)
{
	return l->password && !l->unclear && (l->empty || shipped_knows(l->print));
}

#define FIELD(id, name, type, names, flags, spec, doc)                                                                 \
	[id] = {FIELD_TABLE, name, FIELD_TYPE_##type, flags, names, spec, doc, NULL},
#define FIELD_TABLE &ftp_table
const struct field_def ftp_field[] = {
#include "login/ftp_fields.def"
};
#undef FIELD_TABLE
#define FIELD_TABLE &telnet_table
const struct field_def telnet_field[] = {
#include "login/telnet_fields.def"
};
#undef FIELD_TABLE
#undef FIELD

const struct field_table ftp_table = {"ftp", ftp_field, FTP_FIELDS};
const struct field_table telnet_table = {"telnet", telnet_field, TELNET_FIELDS};
