/*
 * Logons that anybody on the way can read: FTP (RFC 959) and Telnet (RFC 854).
 *
 * One record an attempt. A password is made into a fingerprint byte by byte as it passes (shipped.h) and is neither
 * kept nor told.
 */
#ifndef SEKISHO_LOGIN_LOGIN_H
#define SEKISHO_LOGIN_LOGIN_H

#include "event/dissector.h"
#include "event/field.h"

enum { LOGIN_USER_MAX = 64, LOGIN_BANNER_MAX = 128 };

#define FIELD(id, name, type, names, flags, spec, doc) id,
enum ftp_field_id {
#include "login/ftp_fields.def"
	FTP_FIELDS
};
enum telnet_field_id {
#include "login/telnet_fields.def"
	TELNET_FIELDS
};
#undef FIELD

extern const struct field_def ftp_field[], telnet_field[];
extern const struct field_table ftp_table, telnet_table;
extern const struct dissector ftp_dissector, telnet_dissector;

/** What is known of an attempt so far. */
struct login {
	uint64_t print; /* of "user:password" as far as it has come */
	uint8_t user_len, banner_len;
	bool user, password; /* seen */
	bool empty;          /* the password, so far */
	bool unclear;        /* a correction or a user cut short: nothing can be compared */
	char user_text[LOGIN_USER_MAX], banner[LOGIN_BANNER_MAX];
};

/** A new attempt; what the server said at first stays. */
void login_begin(struct login *l);

/** @s belongs to the user, or behind that to the password. */
void login_user(struct login *l, struct span s);
void login_password(struct login *l, struct span s);

/** The user is complete: a password may follow. */
void login_user_ends(struct login *l);

/** Adds to what the server says at first, without control characters. */
void login_banner(struct login *l, struct span s);

/** The pair is one that makers ship devices with, or the password is empty. */
bool login_is_shipped(const struct login *l);

#endif
