#include "smb/spnego.h"

enum {
	TAG_OCTETS = 0x04,
	TAG_OID = 0x06,
	TAG_GENERAL_STRING = 0x1b,
	TAG_SEQUENCE = 0x30,
	TAG_APPLICATION_0 = 0x60,
	TAG_TICKET = 0x61,
	TAG_AP_REQ = 0x6e,
	TAG_CONTEXT_0 = 0xa0,
	TAG_CONTEXT_1 = 0xa1,
	TAG_CONTEXT_2 = 0xa2,
	TAG_CONTEXT_3 = 0xa3,
	ELEMENTS_MAX = 16, /* of one SEQUENCE */
};

/*
 * The next element of a DER encoding. A body that is longer than what is left is what is left: blobs are kept
 * in part.
 * @return its tag; 0 at the end.
 */
static unsigned element(struct cursor *c, struct cursor *body)
{
	unsigned tag = cur_u8(c);
	size_t length = cur_u8(c);

	if (length & 0x80) {
		unsigned n = length & 0x7f;
		if (n > 4) {
			c->failed = true;
			return 0;
		}
		for (length = 0; n > 0; n--)
			length = length << 8 | cur_u8(c);
	}
	if (!cur_ok(c))
		return 0;
	*body = cur_sub(c, length < cur_left(c) ? length : cur_left(c));
	return tag;
}

/* Opens the element of @tag at the cursor. */
static bool enter(struct cursor *c, unsigned tag)
{
	struct cursor body;

	if (element(c, &body) != tag)
		return false;
	*c = body;
	return true;
}

/* Finds the element of @tag in a SEQUENCE's body. */
static bool find(struct cursor c, unsigned tag, struct cursor *body)
{
	for (unsigned i = 0; i < ELEMENTS_MAX && cur_left(&c) > 0; i++) {
		unsigned t = element(&c, body);
		if (t == tag)
			return true;
		if (t == 0)
			return false;
	}
	return false;
}

static enum spnego_mechanism mechanism_of(struct span oid)
{
	static const uint8_t ntlm[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};
	static const uint8_t negoex[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x1e};
	static const uint8_t krb5[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};
	static const uint8_t ms_krb5[] = {0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02};

	if (span_eq(oid, span_of(ntlm, sizeof(ntlm))))
		return SPNEGO_NTLMSSP;
	if (span_eq(oid, span_of(negoex, sizeof(negoex))))
		return SPNEGO_NEGOEX;
	if (span_eq(oid, span_of(krb5, sizeof(krb5))) || span_eq(oid, span_of(ms_krb5, sizeof(ms_krb5))))
		return SPNEGO_KERBEROS;
	return SPNEGO_OTHER;
}

/* Ticket ::= SEQUENCE { [0] vno, [1] realm, [2] sname { [0] type, [1] names }, ... }, RFC 4120 5.3 */
static void ticket(struct cursor c, struct spnego *out)
{
	struct cursor realm, sname, names, text;

	if (!find(c, TAG_CONTEXT_1, &realm) || element(&realm, &text) != TAG_GENERAL_STRING)
		return;
	out->realm = cur_rest(&text);
	if (!find(c, TAG_CONTEXT_2, &sname) || !enter(&sname, TAG_SEQUENCE) || !find(sname, TAG_CONTEXT_1, &names) ||
	    !enter(&names, TAG_SEQUENCE))
		return;
	while (out->n_snames < SPNEGO_SNAMES_MAX && element(&names, &text) == TAG_GENERAL_STRING)
		out->snames[out->n_snames++] = cur_rest(&text);
}

/* RFC 4121 4.1: a GSS header, its OID taken off already, | 01 00 | AP-REQ; AP-REQ [3] is the ticket. */
static bool kerberos(struct cursor c, struct spnego *out)
{
	struct cursor body;

	if (cur_u16be(&c) != 0x0100 || !enter(&c, TAG_AP_REQ) || !enter(&c, TAG_SEQUENCE) ||
	    !find(c, TAG_CONTEXT_3, &body) || !enter(&body, TAG_TICKET) || !enter(&body, TAG_SEQUENCE))
		return false;
	ticket(body, out);
	return true;
}

static bool token_read(struct arena *a, struct span token, struct spnego *out)
{
	struct cursor c = cur_of(token), oid;

	if (ntlmssp_read(a, token, &out->ntlm)) {
		out->mechanism = SPNEGO_NTLMSSP;
		return true;
	}
	out->ntlm.type = NTLM_NONE;
	if (!enter(&c, TAG_APPLICATION_0) || element(&c, &oid) != TAG_OID ||
	    mechanism_of(cur_rest(&oid)) != SPNEGO_KERBEROS)
		return false;
	out->mechanism = SPNEGO_KERBEROS;
	(void)kerberos(c, out);
	return true;
}

/* NegTokenInit [0] mechTypes, [2] mechToken; NegTokenResp [1] supportedMech, [2] responseToken. RFC 4178 4.2 */
static bool neg_token(struct arena *a, struct cursor c, bool init, struct spnego *out)
{
	struct cursor list, body;

	if (!enter(&c, TAG_SEQUENCE))
		return false;
	if (find(c, init ? TAG_CONTEXT_0 : TAG_CONTEXT_1, &list) && (!init || enter(&list, TAG_SEQUENCE)) &&
	    element(&list, &body) == TAG_OID)
		out->mechanism = mechanism_of(cur_rest(&body));
	if (find(c, TAG_CONTEXT_2, &list) && element(&list, &body) == TAG_OCTETS)
		(void)token_read(a, cur_rest(&body), out);
	return out->mechanism != SPNEGO_NONE;
}

bool spnego_read(struct arena *a, struct span blob, struct spnego *out)
{
	static const uint8_t spnego[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};
	struct cursor c = cur_of(blob), body;

	*out = (struct spnego){.mechanism = SPNEGO_NONE};
	if (token_read(a, blob, out))
		return true;
	switch (element(&c, &body)) {
	case TAG_APPLICATION_0: {
		struct cursor oid, inner;
		if (element(&body, &oid) != TAG_OID || !span_eq(cur_rest(&oid), span_of(spnego, sizeof(spnego))) ||
		    element(&body, &inner) != TAG_CONTEXT_0)
			return false;
		return neg_token(a, inner, true, out);
	}
	case TAG_CONTEXT_0:
		return neg_token(a, body, true, out);
	case TAG_CONTEXT_1:
		return neg_token(a, body, false, out);
	default:
		return false;
	}
}
