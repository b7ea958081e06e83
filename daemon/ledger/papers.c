#include "ledger/papers.h"

#include <ctype.h>
#include <string.h>

#include "ledger/width.h"

const struct paper papers[PAPERS] = {
    {REG_MAKER, ATTR_VENDOR, true, true},       {REG_MODEL, ATTR_MODEL, true, true},
    {REG_SERIAL, ATTR_SERIAL, true, true},      {REG_CERT, ATTR_KEY_OPCUA_CERT, true, true},
    {REG_FIRMWARE, ATTR_FIRMWARE, true, false}, {REG_OS, ATTR_OS, false, false}};

/* ---- names of makers */

static bool is_legal_form(const char *word)
{
	static const char *const forms[] = {
	    "ab",  "ag", "bv", "co",  "company", "corp", "corporation", "gmbh", "inc", "kg",  "kk", "limited", "llc",
	    "ltd", "nv", "oy", "oyj", "plc",     "sa",   "sas",         "se",   "spa", "srl", "as", "holding", "group"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(forms[i], word) == 0)
			return true;
	}
	return false;
}

/* Its words in lower case without what stands between them, but for legal forms behind the first. @return whether all
 * of it is ASCII. */
static bool maker_core(const char *name, char core[static WIDTH_TEXT_MAX])
{
	char folded[WIDTH_TEXT_MAX], word[WIDTH_TEXT_MAX];
	size_t len = 0;

	width_fold(name, folded, sizeof(folded));
	for (const char *s = folded; *s;) {
		size_t n = 0;
		/* a point or an ampersand joins: "K.K.", "B&R" */
		for (; *s && !strchr(" ,;/()-_", *s); s++) {
			if ((unsigned char)*s > 0x7e)
				return false;
			if (isalnum((unsigned char)*s))
				word[n++] = (char)tolower((unsigned char)*s);
		}
		word[n] = '\0';
		s += *s != '\0';
		if (len > 0 && is_legal_form(word))
			continue;
		memcpy(core + len, word, n);
		len += n;
	}
	core[len] = '\0';
	return true;
}

bool papers_same_maker(const char *declared, const char *observed)
{
	char a[WIDTH_TEXT_MAX], b[WIDTH_TEXT_MAX];

	/* in the same script, be it Japanese, they read alike or not */
	bool ascii = maker_core(declared, a), other_ascii = maker_core(observed, b);
	if (ascii != other_ascii)
		return true;
	if (!ascii)
		return width_same(declared, observed);
	return a[0] == '\0' || b[0] == '\0' || strstr(a, b) || strstr(b, a);
}

/* ---- what still holds */

static bool holds(const struct asset *a, const struct attribute *t, int64_t latest_ns)
{
	if (latest_ns - t->last_ns > ASSET_SHOWN_NS)
		return false;
	for (unsigned i = 0; i < a->n_attrs; i++) {
		const struct attribute *later = &a->attrs[i];
		if (later->attr == t->attr && later->source == t->source && later->first_ns > t->last_ns)
			return false;
	}
	return true;
}

const char *papers_otherwise(const struct asset *a, const struct paper *p)
{
	const char *declared = a->row && !a->has_unit ? register_value(a->row, p->field) : "";
	const struct attribute *best = NULL;
	int64_t latest_ns = 0;

	if (!declared[0])
		return NULL;
	for (unsigned i = 0; i < a->n_attrs; i++) {
		if (a->attrs[i].attr == p->attr && a->attrs[i].last_ns > latest_ns)
			latest_ns = a->attrs[i].last_ns;
	}
	for (unsigned i = 0; i < a->n_attrs; i++) {
		const struct attribute *t = &a->attrs[i];
		if (t->attr != p->attr || !holds(a, t, latest_ns))
			continue;
		if (p->attr == ATTR_VENDOR ? papers_same_maker(declared, t->text) : width_same(declared, t->text))
			return NULL;
		if (!best || t->confidence > best->confidence ||
		    (t->confidence == best->confidence && t->last_ns >= best->last_ns))
			best = t;
	}
	return best ? best->text : NULL;
}
