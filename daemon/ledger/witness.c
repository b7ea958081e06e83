#include "ledger/witness.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/digits.h"
#include "ledger/holders.h"
#include "ledger/identity.h"
#include "ledger/keys.h"

enum { TTL_HOPS_MAX = 3, NAMES_ENOUGH = 3, CROWD_TTLS = UINT8_MAX, CONFIDENCE_KEY = 90, CONFIDENCE_NAT = 40 };

/* ---- several devices behind one address */

static void suspect(struct ledger *l, struct asset *a, const char *reason)
{
	struct note n = ledger_note_now(l, l->source_traffic, CONFIDENCE_NAT);

	ledger_note(l, a, ATTR_NAT, span_str(reason), &n);
}

static void forget_ttls(struct ledger *l, struct asset *a)
{
	for (unsigned i = a->n_attrs; i > 0; i--) {
		struct attribute *t = &a->attrs[i - 1];
		if (t->attr != ATTR_NAT || strncmp(t->text, "ttl ", 4) != 0)
			continue;
		ledger_db_drop_attr(l, a->no, ATTR_NAT, t->text);
		asset_drop_attr(a, t);
		ledger_mark_asset(l, a);
	}
}

void witness_ttl(struct ledger *l, struct asset *a, uint8_t ttl)
{
	char reason[32];
	size_t len = 0;

	if (a->n_ttls == CROWD_TTLS || sighting_hops(ttl) > TTL_HOPS_MAX)
		return;
	for (unsigned i = 0; i < a->n_ttls; i++) {
		if (a->ttls[i] == ttl)
			return;
	}
	forget_ttls(l, a);
	if (a->n_ttls == ASSET_TTLS_MAX) {
		a->n_ttls = CROWD_TTLS;
		return;
	}
	unsigned at = a->n_ttls++;
	for (; at > 0 && a->ttls[at - 1] > ttl; at--)
		a->ttls[at] = a->ttls[at - 1];
	a->ttls[at] = ttl;
	if (a->n_ttls == 1)
		return;
	for (unsigned i = 0; i < a->n_ttls; i++)
		len += (size_t)snprintf(reason + len, sizeof(reason) - len, "%s%u", i ? "+" : "ttl ", a->ttls[i]);
	suspect(l, a, reason);
}

/* The first that fits: Android's texts speak of Linux too. */
static const struct {
	const char *word, *os;
} os_words[] = {{"android", "android"}, {"iphone", "ios"},  {"ipad", "ios"},      {"windows", "windows"},
		{"msft", "windows"},    {"mac os", "mac"},  {"macintosh", "mac"}, {"linux", "linux"},
		{"udhcp", "linux"},     {"dhcpcd", "linux"}};

enum { OS_WORDS = sizeof(os_words) / sizeof(os_words[0]) };

static bool begins(struct span text, size_t at, const char *word)
{
	for (; *word && at < text.len; at++, word++) {
		if (tolower(text.ptr[at]) != *word)
			return false;
	}
	return *word == '\0';
}

/* The number of the word that the text has in it, in any case; OS_WORDS: none. Most letters begin none of them. */
static size_t os_word_in(struct span text)
{
	uint32_t initials = 0;
	size_t found = OS_WORDS;

	for (size_t k = 0; k < OS_WORDS; k++)
		initials |= UINT32_C(1) << (os_words[k].word[0] - 'a');
	for (size_t i = 0; i < text.len; i++) {
		unsigned letter = (unsigned)(text.ptr[i] | 0x20) - 'a';
		if (letter >= 26 || !(initials >> letter & 1))
			continue;
		for (size_t k = 0; k < found; k++) {
			if (os_words[k].word[0] == (char)('a' + letter) && begins(text, i, os_words[k].word))
				found = k;
		}
	}
	return found;
}

void witness_os(struct ledger *l, struct asset *a, struct span text)
{
	static const char *const oses[] = {"android", "ios", "windows", "mac", "linux"};
	char reason[64];
	size_t len = 0;

	size_t word = os_word_in(text);
	if (word < OS_WORDS) {
		unsigned bit = 0;
		while (strcmp(oses[bit], os_words[word].os) != 0)
			bit++;
		if (a->os_families >> bit & 1)
			return;
		a->os_families |= (uint8_t)(1u << bit);
	}
	if (!(a->os_families & (a->os_families - 1u)))
		return;
	for (unsigned bit = 0; bit < sizeof(oses) / sizeof(oses[0]); bit++) {
		if (a->os_families >> bit & 1)
			len +=
			    (size_t)snprintf(reason + len, sizeof(reason) - len, "%s%s", len ? "+" : "os ", oses[bit]);
	}
	suspect(l, a, reason);
}

void witness_names(struct ledger *l, struct asset *a)
{
	static const char *const said_by[] = {"dhcp", "ntlm"};

	for (size_t k = 0; k < sizeof(said_by) / sizeof(said_by[0]); k++) {
		uint16_t source = vocab_no(&l->sources, said_by[k], strlen(said_by[k]));
		unsigned n = 0;
		for (unsigned i = 0; i < a->n_attrs; i++)
			n += a->attrs[i].attr == ATTR_HOSTNAME && a->attrs[i].source == source;
		if (n >= NAMES_ENOUGH)
			suspect(l, a, k == 0 ? "names by dhcp" : "names by ntlm");
	}
}

/* ---- strong keys */

enum end { END_SRC, END_DEST, END_DIRECTION };

static const struct {
	const char *object, *field;
	enum attr key; /* ATTR_OS: no key, an operating system */
	enum end end;  /* END_DIRECTION: the end that the record came from */
} shown[] = {
    {"opcua", "open.sender_certificate.sha256", ATTR_KEY_OPCUA_CERT, END_DIRECTION},
    {"opcua", "server_certificate.sha256", ATTR_KEY_OPCUA_CERT, END_DEST},
    {"opcua", "client_certificate.sha256", ATTR_KEY_OPCUA_CERT, END_SRC},
    {"opcua", "application.uri", ATTR_KEY_OPCUA_URI, END_DEST},
    {"opcua", "client_application.uri", ATTR_KEY_OPCUA_URI, END_SRC},
    {"smb", "negotiate.server_guid", ATTR_KEY_SMB_GUID, END_DEST},
    {"http", "http_user_agent", ATTR_OS, END_SRC},
};

enum { SHOWN = sizeof(shown) / sizeof(shown[0]) };
static_assert((int)SHOWN <= (int)WITNESS_FIELDS_MAX, "room for every field");

bool ledger_learns_from(const struct field_table *table)
{
	return table == &asset_table || strcmp(table->object, "discovery") == 0;
}

size_t ledger_keys_of(const struct field_table *table, const struct field_def **keys, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < SHOWN && n < max; i++) {
		const struct field_def *f = NULL;
		if (shown[i].key != ATTR_OS && strcmp(shown[i].object, table->object) == 0)
			f = ledger_field(table, shown[i].field);
		if (f)
			keys[n++] = f;
	}
	return n;
}

static struct witness_fields *fields_of(struct ledger *l, const struct field_table *table)
{
	for (unsigned i = 0; i < l->n_witnesses; i++) {
		if (l->witnesses[i].table == table)
			return &l->witnesses[i];
	}
	if (l->n_witnesses == WITNESS_TABLES_MAX)
		return NULL;
	struct witness_fields *w = &l->witnesses[l->n_witnesses++];
	*w = (struct witness_fields){.table = table};
	for (unsigned i = 0; i < SHOWN; i++) {
		if (strcmp(shown[i].object, table->object) == 0) {
			w->field[i] = ledger_field(table, shown[i].field);
			w->any |= w->field[i] != NULL;
		}
	}
	w->direction = ledger_field(table, "direction");
	return w;
}

static void text_of(const struct event_value *v, char *buf, size_t size)
{
	struct span bytes = span_of(v->ptr, v->count);

	buf[0] = '\0';
	if (v->field->type == FIELD_TYPE_TEXT) {
		snprintf(buf, size, "%.*s", (int)bytes.len, (const char *)bytes.ptr);
	} else if (v->field->type == FIELD_TYPE_BYTES) {
		bytes = span_head(bytes, (size - 1) / 2);
		*digits_put_hex(buf, bytes.ptr, bytes.len) = '\0';
	}
}

static bool came_from_server(const struct witness_fields *w, const struct event *ev)
{
	const struct event_value *v = w->direction ? event_get(ev, w->direction) : NULL;
	const char *token = v && v->field->type == FIELD_TYPE_ENUM ? enum_token(v->field->names, v->u) : NULL;

	return token && strcmp(token, "to_client") == 0;
}

static struct asset *speaker(struct ledger *l, const struct event *ev, bool dest)
{
	struct sighting s = sighting_of(l, ev, dest);
	struct held_ip *held;
	struct asset *a = holders_find(l, &s.mac, &s.ip, &held);

	return a ? a : identity_see(l, &s);
}

void witness_take(struct ledger *l, const struct event *ev)
{
	const struct witness_fields *w = fields_of(l, ev->table);
	char text[ASSET_TEXT_MAX];

	for (unsigned i = 0; w && w->any && i < SHOWN; i++) {
		const struct event_value *v = w->field[i] ? event_get(ev, w->field[i]) : NULL;
		if (!v || v->count == 0)
			continue;
		bool dest = shown[i].end == END_DEST || (shown[i].end == END_DIRECTION && came_from_server(w, ev));
		struct asset *a = speaker(l, ev, dest);
		if (a && shown[i].key == ATTR_OS) {
			witness_os(l, a, span_of(v->ptr, v->count));
		} else if (a) {
			struct note n = ledger_note_now(
			    l, vocab_no(&l->sources, shown[i].object, strlen(shown[i].object)), CONFIDENCE_KEY);
			text_of(v, text, sizeof(text));
			keys_note(l, a, shown[i].key, text, &n);
		}
	}
}
