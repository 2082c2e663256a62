/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cose/foreign.h"

#include <stdio.h>
#include <string.h>

#include "tests/vectors/cose.h"
#include "tests/vectors/objection.h"

/*
 * cose-wg's MACed and encrypted objects: input, intermediates, output; "fail"
 * where it must not open.  What is told by the names of JOSE is in hex where
 * its name ends in _hex, and text otherwise.
 */
static const struct {
	const char		*name;
	enum foreign_kind	 kind;
} kinds[] = {
	{ "input.mac0",		FOREIGN_MAC0 },
	{ "input.mac",		FOREIGN_MAC },
	{ "input.encrypted",	FOREIGN_ENCRYPT0 },
	{ "input.enveloped",	FOREIGN_ENCRYPT },
};

/* How an object was spoiled, and what that must be found to be. */
static const struct {
	const char	*name;
	enum err	 want;
} spoilt[] = {
	{ "ChangeCBORTag",	ERR_MALFORMED },
	{ "ChangeTag",		ERR_AUTH },
	{ "ChangeAttr",		ERR_NOT_FOUND },
	{ "AddProtected",	ERR_AUTH },
	{ "RemoveProtected",	ERR_AUTH },
};

/* One document, and what was made of its keys. */
struct opening {
	const json_t		*doc, *body, *to;
	enum foreign_kind	 kind;
	struct bytes		 cose, plain, held[16];
	size_t			 nheld;
	uint8_t			 private[32];
	struct cose_key		 sender;
	struct foreign_keys	 keys;
};

static void
opening_drop(struct opening *o)
{
	bytes_drop(&o->cose);
	bytes_drop(&o->plain);
	for (size_t i = 0; i < o->nheld; i++)
		bytes_drop(&o->held[i]);
}

static struct span
hold(struct opening *o, struct bytes b)
{
	if (o->nheld == sizeof(o->held) / sizeof(o->held[0])) {
		bytes_drop(&b);
		return (struct span){ 0 };
	}
	o->held[o->nheld++] = b;
	return span_of(b);
}

/* What is told under this name, or its hex under name_hex; NULL if neither. */
static struct span
told(struct opening *o, const json_t *object, const char *name)
{
	char hex[64];
	const char *text = text_of(object, name);
	struct bytes b;

	(void)!snprintf(hex, sizeof(hex), "%s_hex", name);
	if (has(object, hex))
		return hold(o, hex_of(object, hex));
	if (!has(object, name))
		return (struct span){ 0 };
	b = bytes_new(strlen(text));
	memcpy(b.at, text, b.len);
	return hold(o, b);
}

static void
learn_unsent(struct opening *o, const json_t *unsent)
{
	static const char *const names[PARTIES][3] = {
		{ "apu_id", "apu_nonce", "apu_other" },
		{ "apv_id", "apv_nonce", "apv_other" },
	};

	for (int party = 0; party < PARTIES; party++)
		for (int i = 0; i < 3; i++)
			o->keys.parties[party].told[i] =
			    told(o, unsent, names[party][i]);
	o->keys.salt = told(o, unsent, "salt");
	o->keys.public_other = told(o, unsent, "pub_other");
	o->keys.private_other = told(o, unsent, "priv_other");
}

static bool
is_symmetric(const json_t *jwk)
{
	return strcmp(text_of(jwk, "kty"), "oct") == 0;
}

/* The receiver's key; false for a kind that is not used. */
static bool
learn_key(struct opening *o, const json_t *jwk)
{
	struct cose_key key;

	if (is_symmetric(jwk)) {
		o->keys.shared = hold(o, has(jwk, "k_hex") ?
		    hex_of(jwk, "k_hex") : base64_of(jwk, "k"));
		return true;
	}
	if (!jwk_agreement(jwk, &key) || !jwk_number(jwk, "d", o->private))
		return false;
	o->keys.private = o->private;
	o->keys.kind = key.kind;
	return true;
}

static void
begin(struct opening *o, const json_t *doc)
{
	*o = (struct opening){ .doc = doc };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (has(doc, kinds[i].name)) {
			o->kind = kinds[i].kind;
			o->body = member(doc, kinds[i].name);
		}
	o->to = json_array_get(member(o->body, "recipients"), 0);
	o->cose = hex_of(doc, "output.cbor");
	o->plain = plaintext_of(doc);
	o->keys.aad = hold(o, hex_of(o->body, "external"));
	o->keys.content = span_of(o->plain);
	o->keys.iv = told(o, member(o->body, "unsent"), "IV");
	learn_unsent(o, member(o->to, "unsent"));
	if (jwk_agreement(member(o->to, "sender_key"), &o->sender))
		o->keys.sender = &o->sender;
}

static bool
as_told(struct tally *t, const char *what, const json_t *object,
    const char *name, const uint8_t *got, size_t len)
{
	struct bytes want OWNED(bytes_drop) = hex_of(object, name);

	return want.len == 0 || same(t, what, (struct span){ got, len },
	    span_of(want));
}

/* What is made on the way is compared too. */
static bool
made_as_told(struct tally *t, const struct opening *o,
    const struct foreign_trace *trace)
{
	const json_t *on_the_way = member(o->doc, "intermediates");
	const json_t *of = json_array_get(member(on_the_way, "recipients"),
	    0);
	const bool is_mac = o->kind == FOREIGN_MAC0 ||
	    o->kind == FOREIGN_MAC;

	return as_told(t, "the agreed secret", of, "Secret_hex",
	    trace->secret, trace->secret_len) &&
	    as_told(t, "the KDF's context", of, "Context_hex",
	    trace->context, trace->context_len) &&
	    as_told(t, "the key of the wrap", of, "KEK_hex", trace->kek,
	    trace->kek_len) &&
	    as_told(t, "the content's key", on_the_way, "CEK_hex",
	    trace->cek, trace->cek_len) &&
	    as_told(t, "what is authenticated", on_the_way,
	    is_mac ? "ToMac_hex" : "AAD_hex", trace->structure,
	    trace->structure_len);
}

static void
conclude(struct tally *t, const struct opening *o,
    const struct foreign_object *object, const struct foreign_trace *trace,
    struct span plain)
{
	if (object->kind == FOREIGN_MAC0 || object->kind == FOREIGN_MAC)
		plain = object->detached ? o->keys.content : object->content;
	if (made_as_told(t, o, trace) &&
	    same(t, "what it holds", plain, span_of(o->plain)))
		passed(t);
}

/* A good one that does not open: on purpose, or not. */
static void
explain(struct tally *t, const struct opening *o, enum err e,
    const char *why)
{
	const char *against = objection(span_of(o->cose));

	if (e == ERR_NOT_FOUND)
		refused(t, "%s is not used", why);
	else if (against != NULL && strcmp(against, NOT_CBOR) != 0)
		refused(t, "%s", against);
	else
		failed(t, "not accepted: %s", err_text(e));
}

/* One that was spoilt must fail, and at the place where it was. */
static void
check_spoilt(struct tally *t, const struct opening *o, enum err e)
{
	const json_t *failures = member(o->doc, "input.failures");

	if (e == ERR_OK) {
		failed(t, "accepted");
		return;
	}
	for (size_t i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++)
		if (has(failures, spoilt[i].name) && e != spoilt[i].want) {
			failed(t, "%s: %s", spoilt[i].name, err_text(e));
			return;
		}
	passed(t);
}

bool
fits_foreign(const json_t *doc)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (has(doc, kinds[i].name))
			return has(doc, "output.cbor");
	return false;
}

void
run_foreign(struct tally *t, const json_t *doc)
{
	static struct foreign_object object;
	static struct foreign_trace trace;
	struct opening o OWNED(opening_drop);
	struct bytes out OWNED(bytes_drop) = { 0 };
	size_t len = 0;
	enum err e;

	begin(&o, doc);
	out = bytes_new(o.cose.len);
	at_case(t, "%s", text_of(doc, "title"));
	if (!learn_key(&o, member(o.to, "key"))) {
		refused(t, "a key of %s %s is not used",
		    text_of(o.to, "key.kty"), text_of(o.to, "key.crv"));
		return;
	}
	e = foreign_parse(span_of(o.cose), o.kind, &object);
	if (e == ERR_OK)
		e = foreign_open(&object, &o.keys, &trace, out.at, &len);
	if (truth_of(doc, "fail"))
		check_spoilt(t, &o, e);
	else if (e != ERR_OK)
		explain(t, &o, e, object.why);
	else
		conclude(t, &o, &object, &trace,
		    (struct span){ out.at, len });
}

const struct format foreign_formats[] = {
	{ fits_foreign, run_foreign },
	{ 0 }
};
