/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/cose.h"

#include <stdio.h>
#include <string.h>

#include "cose/foreign.h"
#include "tests/vectors/objection.h"
#include "wire/item.h"

/* A member in base64, or in hex. */
static struct bytes
jwk_bytes(const json_t *jwk, const char *name)
{
	char hex[16];

	(void)!snprintf(hex, sizeof(hex), "%s_hex", name);
	return has(jwk, name) ? base64_of(jwk, name) : hex_of(jwk, hex);
}

bool
jwk_number(const json_t *jwk, const char *name, uint8_t out[static 32])
{
	struct bytes b OWNED(bytes_drop) = jwk_bytes(jwk, name);

	if (b.len != 32)
		return false;
	memcpy(out, b.at, 32);
	return true;
}

bool
jwk_key(const json_t *jwk, struct cose_key *key)
{
	const char *curve = text_of(jwk, "crv");

	*key = (struct cose_key){ .kind = COSE_P256 };
	if (strcmp(curve, "Ed25519") == 0) {
		key->kind = COSE_ED25519;
		return jwk_number(jwk, "x", key->x);
	}
	return strcmp(curve, "P-256") == 0 &&
	    jwk_number(jwk, "x", key->x) && jwk_number(jwk, "y", key->y);
}

bool
jwk_agreement(const json_t *jwk, struct cose_key *key)
{
	if (strcmp(text_of(jwk, "crv"), "X25519") != 0)
		return jwk_key(jwk, key) && key->kind == COSE_P256;
	*key = (struct cose_key){ .kind = COSE_X25519 };
	return jwk_number(jwk, "x", key->x);
}

struct bytes
plaintext_of(const json_t *doc)
{
	const char *text = text_of(doc, "input.plaintext");
	struct bytes b;

	if (has(doc, "input.plaintext_hex"))
		return hex_of(doc, "input.plaintext_hex");
	b = bytes_new(strlen(text));
	memcpy(b.at, text, b.len);
	return b;
}

struct bytes
to_be_signed(const struct sign1 *s, struct span external,
    struct span payload)
{
	struct bytes b = bytes_new(64 + s->protected.len + external.len +
	    payload.len);
	struct writer w = writer_of(b.at, b.len);

	if (item_put_array(&w, 4) == ERR_OK &&
	    item_put_key(&w, "Signature1") == ERR_OK &&
	    item_put_bytes(&w, s->protected) == ERR_OK &&
	    item_put_bytes(&w, external) == ERR_OK &&
	    item_put_bytes(&w, payload) == ERR_OK)
		b.len = (size_t)(w.at - b.at);
	else
		b.len = 0;
	return b;
}

/* An algorithm that is somebody's, but not ours. */
static bool
foreign_alg(const char *name)
{
	return *name != '\0' && strcmp(name, "ES256") != 0 &&
	    strcmp(name, "EdDSA") != 0;
}

/* One signature, as either suite tells of it. */
struct sample {
	const char	*alg;
	const json_t	*jwk;
	struct bytes	 cose, external, payload, tbs;
	bool		 good;		/* what it must turn out to be */
};

static void
sample_drop(struct sample *s)
{
	bytes_drop(&s->cose);
	bytes_drop(&s->external);
	bytes_drop(&s->payload);
	bytes_drop(&s->tbs);
}

static bool
tbs_as_told(struct tally *t, const struct sample *s, const struct sign1 *s1,
    struct span payload)
{
	struct bytes tbs OWNED(bytes_drop) =
	    to_be_signed(s1, span_of(s->external), payload);

	return s->tbs.len == 0 || same(t, "what is signed", span_of(tbs),
	    span_of(s->tbs));
}

static void
refuse_key(struct tally *t, const json_t *jwk)
{
	refused(t, "a key of %s %s is not used", text_of(jwk, "kty"),
	    text_of(jwk, "crv"));
}

/* A number as long as the curve's, leading zeros or not. */
static struct bytes
number_on(const json_t *jwk, const char *name, size_t len)
{
	struct bytes b OWNED(bytes_drop) = jwk_bytes(jwk, name);
	struct bytes out = bytes_new(len);

	if (b.len <= len && b.len > 0)
		memcpy(out.at + len - b.len, b.at, b.len);
	return out;
}

static size_t
curve_len(const json_t *jwk)
{
	const char *curve = text_of(jwk, "crv");

	return strcmp(curve, "P-521") == 0 ? 66 :
	    strcmp(curve, "P-384") == 0 ? 48 : 32;
}

/* One with an algorithm that is none of ours, but known: true when it was
 * judged. */
static bool
run_foreign_sample(struct tally *t, const struct sample *s)
{
	static struct foreign_object o;
	static struct foreign_trace trace;
	struct bytes x OWNED(bytes_drop) =
	    number_on(s->jwk, "x", curve_len(s->jwk));
	struct bytes y OWNED(bytes_drop) =
	    number_on(s->jwk, "y", curve_len(s->jwk));
	struct bytes n OWNED(bytes_drop) = jwk_bytes(s->jwk, "n");
	struct bytes e OWNED(bytes_drop) = jwk_bytes(s->jwk, "e");
	const struct foreign_public key = {
		strcmp(text_of(s->jwk, "kty"), "RSA") == 0,
		span_of(x), span_of(y), span_of(n), span_of(e),
	};
	enum err got = foreign_parse(span_of(s->cose), FOREIGN_SIGN1, &o);

	if (got == ERR_OK)
		got = foreign_verify(&o, &key, span_of(s->external),
		    span_of(s->payload), &trace);
	if (got != ERR_OK && got != ERR_AUTH)
		return false;
	if (!s->good || s->tbs.len == 0 || same(t, "what is signed",
	    (struct span){ trace.structure, trace.structure_len },
	    span_of(s->tbs)))
		judged(t, s->good, got == ERR_OK);
	return true;
}

/* True when a good sample is none of ours, with the reason given. */
static bool
none_of_ours(struct tally *t, const struct sample *s, enum err e)
{
	const char *why = objection(span_of(s->cose));
	struct cose_key key;

	if (!s->good || e == ERR_OK)
		return false;
	if (e == ERR_NOT_FOUND && foreign_alg(s->alg))
		refused(t, "the algorithm %s is not used", s->alg);
	else if (why != NULL && strcmp(why, NOT_CBOR) != 0)
		refused(t, "%s", why);
	else if (!jwk_key(s->jwk, &key))
		refuse_key(t, s->jwk);
	else
		failed(t, "not accepted: %s", err_text(e));
	return true;
}

static void
run_sample(struct tally *t, const struct sample *s)
{
	struct cose_key key;
	struct sign1 s1;
	struct span payload;
	enum err e = cose_sign1_parse(span_of(s->cose), SIGN1_FOREIGN, &s1);

	if (e != ERR_OK && run_foreign_sample(t, s))
		return;
	if (none_of_ours(t, s, e))
		return;
	if (e != ERR_OK) {
		passed(t);
		return;
	}
	if (!jwk_key(s->jwk, &key)) {
		refuse_key(t, s->jwk);
		return;
	}
	payload = s1.detached ? span_of(s->payload) : s1.payload;
	if (s->good && !tbs_as_told(t, s, &s1, payload))
		return;
	judged(t, s->good, cose_sign1_verify(&s1, &key,
	    span_of(s->external), payload) == ERR_OK);
}

/* cose-wg: input, intermediates, output; "fail" where it must not verify. */
bool
fits_wg(const json_t *doc)
{
	return has(doc, "input.sign0") && has(doc, "output.cbor");
}

void
run_wg(struct tally *t, const json_t *doc)
{
	struct sample s OWNED(sample_drop) = {
		.alg = text_of(doc, "input.sign0.alg"),
		.jwk = member(doc, "input.sign0.key"),
		.cose = hex_of(doc, "output.cbor"),
		.external = hex_of(doc, "input.sign0.external"),
		.payload = plaintext_of(doc),
		.tbs = hex_of(doc, "intermediates.ToBeSign_hex"),
		.good = !truth_of(doc, "fail"),
	};

	at_case(t, "%s", text_of(doc, "title"));
	run_sample(t, &s);
}

/* gluecose: a signature that was made, or one to be verified. */
static bool
fits_made(const json_t *doc)
{
	return has(doc, "sign1::sign.expectedOutput.cborHex");
}

static void
run_made(struct tally *t, const json_t *doc)
{
	struct sample s OWNED(sample_drop) = {
		.alg = text_of(doc, "alg"),
		.jwk = member(doc, "key"),
		.cose = hex_of(doc, "sign1::sign.expectedOutput.cborHex"),
		.external = hex_of(doc, "sign1::sign.external"),
		.payload = hex_of(doc, "sign1::sign.payload"),
		.tbs = hex_of(doc, "sign1::sign.tbsHex.cborHex"),
		.good = true,
	};

	at_case(t, "%s", text_of(doc, "title"));
	run_sample(t, &s);
}

static bool
fits_verify(const json_t *doc)
{
	return has(doc, "sign1::verify.taggedCOSESign1.cborHex");
}

static void
run_verify(struct tally *t, const json_t *doc)
{
	struct sample s OWNED(sample_drop) = {
		.alg = text_of(doc, "alg"),
		.jwk = member(doc, "key"),
		.cose = hex_of(doc, "sign1::verify.taggedCOSESign1.cborHex"),
		.external = hex_of(doc, "sign1::verify.external"),
		.payload = hex_of(doc, "sign1::verify.detachedPayload"),
		.good = truth_of(doc, "sign1::verify.shouldVerify"),
	};

	at_case(t, "%s", text_of(doc, "title"));
	run_sample(t, &s);
}

static bool
fits_many(const json_t *doc)
{
	return has(doc, "input.sign") && has(doc, "output.cbor");
}

static void
refuse_many(struct tally *t, const json_t *doc)
{
	at_case(t, "%s", text_of(doc, "title"));
	refused(t, "COSE_Sign: what several sign has detached signatures");
}

const struct format sign1_formats[] = {
	{ fits_wg, run_wg },
	{ fits_made, run_made },
	{ fits_verify, run_verify },
	{ fits_many, refuse_many },
	{ 0 }
};
