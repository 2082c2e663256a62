/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/quotes.h"

#include <stdio.h>
#include <string.h>

#include "attest/bank.h"
#include "tests/vectors/der.h"

/*
 * Quotes of other people's TPMs.  Each is read and verified step by step, and
 * appraised as a whole against a reference made of what was told of it; the
 * two have to agree.
 */

/* One that is being looked at. */
struct told {
	const json_t		*json;
	struct told_key		 key;
	struct attest_public	 ak;
	struct bytes		 attest, sig, nonce;
	struct quote		 quote;
	struct evidence		 evidence;
	struct reference	 reference;
	size_t			 missing;	/* values that were not told */
	enum err		 read, verified;
};

static void
told_drop(struct told *q)
{
	bytes_drop(&q->attest);
	bytes_drop(&q->sig);
	bytes_drop(&q->nonce);
}

static void
put(struct told_key *k, struct span s)
{
	memcpy(k->at + k->len, s.at, s.len);
	k->len += s.len;
}

static void
put_sized(struct told_key *k, struct span s)
{
	k->at[k->len++] = (uint8_t)(s.len >> 8);
	k->at[k->len++] = (uint8_t)s.len;
	put(k, s);
}

bool
key_of_area(struct span area, struct told_key *out)
{
	out->len = 0;
	if (area.len == 0 || area.len > sizeof(out->at) - 2)
		return false;
	put_sized(out, area);
	return true;
}

bool
key_of_info(struct span info, struct told_key *out)
{
	/* restricted, sign, userWithAuth, origin, fixedParent, fixedTPM. */
	static const uint8_t rsa[] = { 0x00, 0x01, 0x00, 0x0b, 0x00, 0x05,
		0x00, 0x72, 0x00, 0x00, 0x00, 0x10, 0x00, 0x14, 0x00, 0x0b };
	static const uint8_t ecc[] = { 0x00, 0x23, 0x00, 0x0b, 0x00, 0x05,
		0x00, 0x72, 0x00, 0x00, 0x00, 0x10, 0x00, 0x18, 0x00, 0x0b,
		0x00, 0x03, 0x00, 0x10 };
	struct told_key k = { };
	struct span x, y;
	uint32_t e;

	if (der_p256(info, &x, &y)) {
		put(&k, SPAN(ecc));
		put_sized(&k, x);
		put_sized(&k, y);
	} else if (der_rsa(info, &x, &e)) {
		const uint8_t numbers[] = { (uint8_t)(x.len >> 5),
			(uint8_t)(x.len << 3), (uint8_t)(e >> 24),
			(uint8_t)(e >> 16), (uint8_t)(e >> 8), (uint8_t)e };

		put(&k, SPAN(rsa));
		put(&k, SPAN(numbers));
		put_sized(&k, x);
	}
	return key_of_area(key_span(&k), out);
}

/* The value that was told of a PCR; empty if none was. */
static struct bytes
value_of(const json_t *c, uint16_t alg, unsigned pcr)
{
	const char *name = bank_name(alg);
	char path[64];

	if (name == NULL)
		return bytes_new(0);
	if (strcmp(text_of(c, "pcr_bank"), name) == 0)
		(void)!snprintf(path, sizeof(path), "pcr_values.%u", pcr);
	else
		(void)!snprintf(path, sizeof(path),
		    "pcr_values_by_bank.%s.%u", name, pcr);
	return hex_of(c, path);
}

static void
add_value(struct told *q, uint16_t alg, unsigned pcr)
{
	struct bytes v OWNED(bytes_drop) = value_of(q->json, alg, pcr);
	struct evidence *e = &q->evidence;

	if (v.len == 0 || v.len > sizeof(e->values) - e->values_len) {
		q->missing++;
		return;
	}
	memcpy(e->values + e->values_len, v.at, v.len);
	e->values_len += v.len;
}

static bool
tells_values(const json_t *c)
{
	return json_is_object(member(c, "pcr_values")) ||
	    json_is_object(member(c, "pcr_values_by_bank"));
}

/* What is quoted is what is demanded. */
static void
fill(struct told *q)
{
	struct evidence *e = &q->evidence;
	struct reference *r = &q->reference;

	for (size_t b = 0; b < q->quote.banks; b++)
		for (unsigned i = 0; i < QUOTE_PCRS; i++)
			if ((q->quote.bank[b].mask >> i & 1) != 0)
				add_value(q, q->quote.bank[b].alg, i);
	e->ak = key_span(&q->key);
	e->attest = span_of(q->attest);
	e->signature = span_of(q->sig);
	r->alg = e->alg = q->quote.bank[0].alg;
	r->mask = e->mask = q->quote.bank[0].mask;
	memcpy(r->ak_name, q->ak.name, sizeof(r->ak_name));
	if (tells_values(q->json)) {
		r->nsets = 1;
		r->set[0] = (struct span){ e->values, e->values_len };
	}
}

static bool
load(struct tally *t, const json_t *c, struct told *q)
{
	struct bytes area OWNED(bytes_drop) = hex_of(c, "ak_tpmt_public_hex");
	struct bytes info OWNED(bytes_drop) = pem_of(c, "ak_public_pem");

	q->json = c;
	q->attest = hex_of(c, "tpms_attest_hex");
	q->sig = hex_of(c, "tpmt_signature_hex");
	q->nonce = hex_of(c, "expected_nonce_hex");
	if (!key_of_area(span_of(area), &q->key) &&
	    !key_of_info(span_of(info), &q->key)) {
		unknown(t, "no key that we understand");
		return false;
	}
	if (!worked(t, "the key", attest_public_read(key_span(&q->key),
	    &q->ak)))
		return false;
	q->read = quote_read(span_of(q->attest), &q->quote);
	q->verified = quote_signed(&q->ak, span_of(q->attest),
	    span_of(q->sig));
	fill(q);
	return true;
}

/* All but the signature. */
static bool
says_so(const struct told *q)
{
	return q->read == ERR_OK &&
	    span_equal(q->quote.extra, span_of(q->nonce)) &&
	    (q->missing == 0 || !tells_values(q->json));
}

static bool
verifies(const struct told *q)
{
	return says_so(q) && q->verified == ERR_OK &&
	    (!tells_values(q->json) || quote_covers(&q->quote, (struct span){
	    q->evidence.values, q->evidence.values_len }) == ERR_OK);
}

/* A good appraisal wants a nonce, one bank, and values; of what has all that
 * it says what verifies() says. */
static bool
appraised_alike(struct tally *t, const struct told *q)
{
	static const struct appraised none;
	const struct appraise_case c = { .evidence = &q->evidence,
		.reference = &q->reference, .extra = span_of(q->nonce),
		.last = &none };
	const bool whole = q->nonce.len > 0 && q->quote.banks == 1 &&
	    tells_values(q->json);
	struct appraisal a;

	appraise(&c, &a);
	if (appraisal_good(&a) == (whole && verifies(q)))
		return true;
	failed(t, "appraised otherwise: %s", reason_code(
	    appraisal_reason(&a)));
	return false;
}

static bool
same_number(struct tally *t, const json_t *c, const char *name, uint64_t got)
{
	if (!has(c, name) || (uint64_t)number_of(c, name) == got)
		return true;
	failed(t, "%s differs", name);
	return false;
}

static bool
same_bytes(struct tally *t, const json_t *c, const char *name,
    struct span got)
{
	struct bytes want OWNED(bytes_drop) = hex_of(c, name);

	return want.len == 0 || same(t, name, got, span_of(want));
}

static bool
same_selection(struct tally *t, const struct told *q)
{
	const json_t *told = member(q->json, "pcr_selection");
	size_t i, j;
	json_t *bank, *pcr;

	json_array_foreach(told, i, bank) {
		uint32_t mask = 0;
		bool found = false;

		json_array_foreach(member(bank, "pcrs"), j, pcr)
			mask |= 1u << json_integer_value(pcr);
		for (size_t b = 0; b < q->quote.banks; b++)
			found = found || (q->quote.bank[b].mask == mask &&
			    strcmp(bank_name(q->quote.bank[b].alg),
			    text_of(bank, "bank")) == 0);
		if (!found) {
			failed(t, "another selection");
			return false;
		}
	}
	return true;
}

/* What was told of it besides. */
static bool
as_told(struct tally *t, const struct told *q)
{
	const json_t *c = q->json;
	uint8_t firmware[8];

	for (int i = 0; i < 8; i++)
		firmware[i] = (uint8_t)(q->quote.firmware >> (56 - 8 * i));
	return same_number(t, c, "clock", q->quote.clock_ms) &&
	    same_number(t, c, "reset_count", q->quote.reset_count) &&
	    same_number(t, c, "restart_count", q->quote.restart_count) &&
	    same_number(t, c, "safe", q->quote.safe) &&
	    same_bytes(t, c, "firmware_version_hex", SPAN(firmware)) &&
	    same_bytes(t, c, "qualified_signer_hex", q->quote.signer) &&
	    same_bytes(t, c, "pcr_digest_hex", q->quote.digest) &&
	    same_bytes(t, c, "ak_name_hex", SPAN(q->ak.name)) &&
	    same_selection(t, q);
}

static void
run_one(struct tally *t, const json_t *c)
{
	struct told q OWNED(told_drop) = { };
	const bool wanted = truth_of(c, "should_verify");

	if (!load(t, c, &q) || !appraised_alike(t, &q))
		return;
	if (wanted && q.verified == ERR_DENIED && says_so(&q) &&
	    as_told(t, &q))
		refused(t, "signed with SHA-1");
	else if (!wanted || as_told(t, &q))
		judged(t, wanted, verifies(&q));
}

static bool
fits(const json_t *doc)
{
	return has(json_array_get(doc, 0), "tpms_attest_hex") &&
	    has(json_array_get(doc, 0), "tpmt_signature_hex");
}

static void
run(struct tally *t, const json_t *doc)
{
	json_t *c;
	size_t i;

	json_array_foreach(doc, i, c) {
		at_case(t, "%s", text_of(c, "name"));
		run_one(t, c);
	}
}

const struct format quote_formats[] = {
	{ fits,			run },
	{ fits_creations,	run_creations },
	{ fits_machine,		run_machine },
	{ 0 }
};
