/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cose/cwt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/vectors/cose.h"
#include "tests/vectors/der.h"
#include "tests/vectors/objection.h"

/* "h'0b71'" or a text, as a claim holds it. */
static bool
is_text(struct span got, const char *want)
{
	struct bytes bytes OWNED(bytes_drop) = { 0 };

	if (strncmp(want, "h'", 2) != 0)
		return span_equal(got, span_text(want));
	bytes = bytes_of_hex(want + 2);
	return span_equal(got, span_of(bytes));
}

static bool
is_number(bool there, uint64_t got, const json_t *want)
{
	return there && json_is_integer(want) &&
	    (json_int_t)got == json_integer_value(want);
}

/* True when the claim of this label is as told, or none that we read. */
static bool
claim_is(const struct cwt *c, long label, const json_t *want)
{
	const char *text = json_is_string(want) ? json_string_value(want) : "";

	switch (label) {
	case 1:
		return is_text(c->iss, text);
	case 2:
		return is_text(c->sub, text);
	case 3:
		return c->auds == 1 && is_text(c->aud[0], text);
	case 4:
		return is_number(cwt_has(c, CWT_EXP), c->exp, want);
	case 5:
		return is_number(cwt_has(c, CWT_NBF), c->nbf, want);
	case 6:
		return is_number(cwt_has(c, CWT_IAT), c->iat, want);
	case 7:
		return is_text(c->jti, text);
	default:
		return true;
	}
}

/* Claims are told as {"4": n} or as {"exp(4)": n}. */
static bool
claims_as_told(struct tally *t, const struct cwt *c, const json_t *claims)
{
	const char *key;
	json_t *want;

	json_object_foreach((json_t *)(uintptr_t)claims, key, want) {
		const char *paren = strchr(key, '(');
		long label = strtol(paren != NULL ? paren + 1 : key, NULL, 10);

		if (!claim_is(c, label, want)) {
			failed(t, "the claim %s", key);
			return false;
		}
	}
	return true;
}

/* Decode, or say why not; true when *c is to be looked at. */
static bool
decoded(struct tally *t, struct span claims, struct cwt *c)
{
	const char *why = objection(claims);

	if (cwt_decode_foreign(claims, c) == ERR_OK)
		return true;
	if (why != NULL && strcmp(why, NOT_CBOR) != 0)
		refused(t, "the claims: %s", why);
	else
		failed(t, "the claims are not accepted");
	return false;
}

/* RFC 8392, Appendix A. */
static bool
fits_appendix(const json_t *doc)
{
	return fits_wg(doc) || fits_foreign(doc);
}

/* What a MACed or encrypted one holds: claims, or what is signed. */
static void
run_inside(struct tally *t, const json_t *doc)
{
	struct bytes plain OWNED(bytes_drop) = plaintext_of(doc);
	struct sign1 s;
	struct cwt c;

	at_case(t, "%s: what is in it", text_of(doc, "title"));
	if (plain.len > 0 && plain.at[0] == 0xd2)
		judged(t, true, cose_sign1_parse(span_of(plain),
		    SIGN1_FOREIGN, &s) == ERR_OK &&
		    cwt_decode_foreign(s.payload, &c) == ERR_OK);
	else if (decoded(t, span_of(plain), &c))
		passed(t);
}

/* It opens, and is no token of ours for all that. */
static void
run_no_token(struct tally *t, const json_t *doc)
{
	struct bytes cose OWNED(bytes_drop) = hex_of(doc, "output.cbor");
	struct sign1 s;
	struct cwt c;

	run_foreign(t, doc);
	at_case(t, "%s: as a token", text_of(doc, "title"));
	if (token_parse(span_of(cose), &s, &c) == ERR_OK ||
	    cose_sign1_parse(span_of(cose), SIGN1_FOREIGN, &s) == ERR_OK)
		failed(t, "taken for one");
	else
		refused(t, "a token is signed, not %s",
		    has(doc, "input.mac0") || has(doc, "input.mac") ?
		    "MACed" : "encrypted");
	run_inside(t, doc);
}

static void
run_appendix(struct tally *t, const json_t *doc)
{
	struct bytes claims OWNED(bytes_drop) = plaintext_of(doc);
	struct cwt c;

	at_case(t, "%s", text_of(doc, "title"));
	if (!fits_wg(doc))
		run_no_token(t, doc);
	else if (truth_of(doc, "fail") || decoded(t, span_of(claims), &c))
		run_wg(t, doc);
}

/* A claims set and the times at which it is good. */
static bool
fits_claims(const json_t *doc)
{
	return has(doc, "claims_hex") && has(doc, "checks");
}

static void
run_claims(struct tally *t, const json_t *doc)
{
	struct bytes claims OWNED(bytes_drop) = hex_of(doc, "claims_hex");
	struct cwt c;
	json_t *check;
	size_t i;

	at_case(t, "the claims");
	if (!decoded(t, span_of(claims), &c) ||
	    !claims_as_told(t, &c, member(doc, "claims")))
		return;
	passed(t);
	json_array_foreach(member(doc, "checks"), i, check) {
		const char *expect = text_of(check, "expect");
		uint64_t now = (uint64_t)number_of(check, "now");
		bool accept = strncmp(expect, "accept", 6) == 0;

		at_case(t, "at %s", expect);
		if (!accept && strncmp(expect, "reject", 6) != 0)
			unknown(t, "neither accept nor reject");
		else
			judged(t, accept,
			    cwt_time(&c, now, 0) == CWT_TIMELY);
	}
}

/* RFC 3339 with any zone, or none; 0 for what is no time. */
static uint64_t
seconds_of(const char *text)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	long hours = 0, minutes = 0;

	if (rest == NULL)
		return 0;
	rest += strcspn(rest, "Z+-");
	if (*rest == '+' || *rest == '-') {
		hours = strtol(rest, NULL, 10);
		minutes = strtol(rest + 4, NULL, 10);
		minutes = *rest == '-' ? -minutes : minutes;
	}
	return (uint64_t)(timegm(&tm) - hours * 3600 - minutes * 60);
}

/* True when the claims are timely as told, or nothing is told. */
static bool
timely_as_told(struct tally *t, const struct cwt *c, const json_t *sample)
{
	const json_t *want = member(sample, "expected_expiration_check");
	uint64_t now = seconds_of(text_of(sample, "validation_clock"));
	enum cwt_time got = cwt_time(c, now, 0);

	if (!json_is_boolean(want) || now == 0 ||
	    (got == CWT_TIMELY) == json_is_true(want))
		return true;
	if (got == CWT_EXPIRED && now == c->exp)
		refused(t, "at its exp a token has expired");
	else
		failed(t, got == CWT_TIMELY ? "timely" : "not timely");
	return false;
}

/* EU health certificates: a Sign1 and the certificate of its key. */
static bool
fits_certificates(const json_t *doc)
{
	const json_t *c = json_array_get(doc, 0);

	return has(c, "cose_hex") && has(c, "cert_der_b64");
}

static bool
must_verify(const json_t *sample)
{
	const json_t *valid = member(sample, "signature_valid");

	return json_is_boolean(valid) ? json_is_true(valid) :
	    truth_of(sample, "expected_verify");
}

static bool
verified(const struct sign1 *s, const struct cose_key *key)
{
	const struct span none = { 0 };

	return cose_sign1_verify(s, key, none, none) == ERR_OK;
}

static void
run_certificate(struct tally *t, const json_t *sample)
{
	struct bytes cose OWNED(bytes_drop) = hex_of(sample, "cose_hex");
	struct bytes cert OWNED(bytes_drop) = base64_of(sample,
	    "cert_der_b64");
	struct cose_key key = { .kind = COSE_P256 };
	const char *why = objection(span_of(cose));
	struct span x, y;
	struct sign1 s;
	struct cwt c;
	enum err e = cose_sign1_parse(span_of(cose), SIGN1_FOREIGN, &s);

	if (!must_verify(sample) && e != ERR_OK)
		passed(t);
	else if (e == ERR_NOT_FOUND && number_of(sample, "alg") != -7)
		refused(t, "the algorithm %lld is not used",
		    (long long)number_of(sample, "alg"));
	else if (e != ERR_OK && why != NULL && strcmp(why, NOT_CBOR) != 0)
		refused(t, "%s", why);
	else if (!der_p256(span_of(cert), &x, &y))
		refused(t, "a key that is not on P-256");
	else if (worked(t, "parse", e)) {
		memcpy(key.x, x.at, sizeof(key.x));
		memcpy(key.y, y.at, sizeof(key.y));
		judged(t, must_verify(sample), verified(&s, &key));
		/* The signature was one case, what it signs is another. */
		if (must_verify(sample) && decoded(t, s.payload, &c) &&
		    claims_as_told(t, &c, member(sample, "claims")) &&
		    timely_as_told(t, &c, sample))
			passed(t);
	}
}

static void
run_certificates(struct tally *t, const json_t *doc)
{
	json_t *sample;
	size_t i;

	json_array_foreach(doc, i, sample) {
		at_case(t, "%s", text_of(sample, "name"));
		run_certificate(t, sample);
	}
}

const struct format cwt_formats[] = {
	{ fits_claims, run_claims },
	{ fits_appendix, run_appendix },
	{ fits_certificates, run_certificates },
	{ 0 }
};
