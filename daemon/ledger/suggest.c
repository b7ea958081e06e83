#include "ledger/suggest.h"

#include <stdio.h>
#include <string.h>

/* Protocols by which controllers are asked; opcua stands apart, as gateways and servers serve it too. */
static const char *const control[] = {"modbus",   "s7comm",   "slmp",   "fins",     "enip",
				      "umas",     "dnp3",     "iec104", "bacnet",   "memobus",
				      "profinet", "ethercat", "melsec", "hostlink", NULL};
static const char *const files[] = {"smb", "nfs", "ftp", NULL};
static const char *const office[] = {"http", "tls", "smb", "dns", "imap", "smtp", "rdp", NULL};

/* The first of these words that is in the set, or NULL. */
static const char *first_of(const struct vocab_set *set, const struct vocab *v, const char *const *words)
{
	for (; *words; words++) {
		if (vocab_set_has_text(set, v, *words))
			return *words;
	}
	return NULL;
}

static bool say(struct suggestion *s, const char *kind, int purdue)
{
	s->kind = kind;
	s->purdue = purdue;
	return true;
}

#define BECAUSE(s, en, ja, ...)                                                                                        \
	(snprintf((s)->because_en, SUGGEST_TEXT_MAX, en, __VA_ARGS__),                                                 \
	 snprintf((s)->because_ja, SUGGEST_TEXT_MAX, ja, __VA_ARGS__))

static bool says_role(const struct asset *a, const char *role)
{
	for (unsigned i = 0; i < a->n_attrs; i++) {
		if (a->attrs[i].attr == ATTR_ROLE && strcmp(a->attrs[i].text, role) == 0)
			return true;
	}
	return false;
}

bool suggest_place(const struct asset *a, const struct vocab *protocols, struct suggestion *s)
{
	const char *serves = first_of(&a->serves, protocols, control), *uses = first_of(&a->uses, protocols, control);
	bool opcua_server = vocab_set_has_text(&a->serves, protocols, "opcua"),
	     opcua_client = vocab_set_has_text(&a->uses, protocols, "opcua");
	const char *p;

	*s = (struct suggestion){.kind = "", .purdue = PURDUE_UNKNOWN};
	if (a->router) {
		snprintf(s->because_en, SUGGEST_TEXT_MAX, "forwards packets for other addresses");
		snprintf(s->because_ja, SUGGEST_TEXT_MAX, "ほかのアドレスのパケットを中継している");
		return say(s, "router", PURDUE_UNKNOWN);
	}
	if (says_role(a, "bridge") || says_role(a, "switch")) {
		snprintf(s->because_en, SUGGEST_TEXT_MAX, "says of itself that it is a switch");
		snprintf(s->because_ja, SUGGEST_TEXT_MAX, "スイッチであると自ら名乗っている");
		return say(s, "switch", PURDUE_UNKNOWN);
	}
	if (a->does & DOES_PROGRAM) {
		BECAUSE(s, "sends program, mode or diagnostic commands to controllers (%s)",
			"PLCにプログラム変更・運転切替・診断の命令を送っている（%s）", uses ? uses : "opcua");
		return say(s, "maintenance_pc", 30);
	}
	if (serves && uses) {
		BECAUSE(s, "answers %s and asks %s of others", "%s に応答し、ほかの機器に %s で問い合わせている",
			serves, uses);
		return say(s, "gateway", 10);
	}
	if (opcua_server && uses) {
		BECAUSE(s, "serves OPC UA and asks %s of others",
			"OPC UAサーバーであり、ほかの機器に %s で問い合わせている", uses);
		return say(s, "edge", 20);
	}
	if (serves) {
		BECAUSE(s, "answers %s requests", "%s の要求に応答している", serves);
		return say(s, "plc", 10);
	}
	if (opcua_server && !opcua_client) {
		snprintf(s->because_en, SUGGEST_TEXT_MAX, "serves OPC UA");
		snprintf(s->because_ja, SUGGEST_TEXT_MAX, "OPC UAサーバーとして応答している");
		return say(s, "edge", 20);
	}
	if (uses && (a->does & DOES_WRITE)) {
		BECAUSE(s, "reads and writes controllers (%s)", "PLCなどを読み書きしている（%s）", uses);
		return say(s, "hmi", 20);
	}
	if (uses || opcua_client) {
		BECAUSE(s, "reads from controllers (%s)", "PLCなどから値を読んでいる（%s）", uses ? uses : "opcua");
		return say(s, "scada", 30);
	}
	if ((p = first_of(&a->serves, protocols, files))) {
		BECAUSE(s, "serves files (%s)", "ファイルを提供している（%s）", p);
		return say(s, "server", PURDUE_UNKNOWN);
	}
	if (vocab_set_has_text(&a->serves, protocols, "http")) {
		snprintf(s->because_en, SUGGEST_TEXT_MAX, "serves web pages");
		snprintf(s->because_ja, SUGGEST_TEXT_MAX, "Webページを提供している");
		return say(s, "server", PURDUE_UNKNOWN);
	}
	if ((p = first_of(&a->uses, protocols, office))) {
		BECAUSE(s, "speaks no control protocol, only %s and the like",
			"制御系のプロトコルを使わず、%s などだけを使っている", p);
		return say(s, "", 40);
	}
	return false;
}
