/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/quotes.h"

#include <string.h>

#include "crypto/hash.h"

/*
 * What a TPM said of the creation of its attestation key, and a machine whose
 * key, quote and PCRs are told together.  What we know of such a statement is
 * who signed it, that a TPM made it, and that it is no quote.
 */

static bool
holds(struct span in, struct span piece)
{
	return memmem(in.at, in.len, piece.at, piece.len) != NULL;
}

struct creation {
	struct bytes	area, data, attest, sig;
};

static void
creation_drop(struct creation *c)
{
	bytes_drop(&c->area);
	bytes_drop(&c->data);
	bytes_drop(&c->attest);
	bytes_drop(&c->sig);
}

/* A creation's statement is of the key's Name and its data's hash. */
static void
run_creation(struct tally *t, const struct creation *c, bool wanted)
{
	const struct span data = span_of(c->data), attest = span_of(c->attest);
	struct attest_public ak;
	struct told_key key;
	struct quote quote;
	uint8_t hash[32];
	enum err e;

	if (!key_of_area(span_of(c->area), &key) ||
	    !worked(t, "the key", attest_public_read(key_span(&key), &ak)) ||
	    !worked(t, "hash", sha256(&data, 1, hash)))
		return;
	e = quote_signed(&ak, attest, span_of(c->sig));
	if (quote_read(attest, &quote) != ERR_NOT_FOUND ||
	    !holds(attest, SPAN(ak.name)) || !holds(attest, SPAN(hash)))
		judged(t, wanted, false);
	else if (wanted && e == ERR_DENIED)
		refused(t, "signed with SHA-1");
	else
		judged(t, wanted, e == ERR_OK);
}

bool
fits_creations(const json_t *doc)
{
	return has(json_array_get(doc, 0), "creation_data_hex");
}

/* Each with its own signature, and with the next one's. */
void
run_creations(struct tally *t, const json_t *doc)
{
	const size_t n = json_array_size(doc);

	for (size_t i = 0; i < 2 * n; i++) {
		const size_t at = i < n ? i : i - n;
		const size_t next = at + 1 < n ? at + 1 : 0;
		const json_t *one = json_array_get(doc, at);
		const json_t *by = i < n ? one : json_array_get(doc, next);
		struct creation c OWNED(creation_drop) = {
			.area = hex_of(one, "ak_tpmt_public_hex"),
			.data = hex_of(one, "creation_data_hex"),
			.attest = hex_of(one, "attest_hex"),
			.sig = hex_of(by, "signature_hex"),
		};

		at_case(t, "%s%s", text_of(one, "kind"), i < n ? "" :
		    ", with another's signature");
		if (i < n || n > 1)
			run_creation(t, &c, i < n && truth_of(one,
			    "should_verify"));
	}
}

bool
fits_machine(const json_t *doc)
{
	return has(doc, "AK.CreateAttestation") && has(doc, "Quote.Quote");
}

/* Of all the values, ascending, with the hash that the signature names. */
static bool
covers(const json_t *doc, enum hash_alg alg, const struct quote *q)
{
	uint8_t values[24 * 64], digest[HASH_LEN_MAX];
	struct span all = { values, 0 };
	json_t *pcr;
	size_t i;

	for (int index = 0; index < 24; index++)
		json_array_foreach(member(doc, "Log.PCRs"), i, pcr) {
			struct bytes v OWNED(bytes_drop) = base64_of(pcr,
			    "Digest");

			if (number_of(pcr, "Index") != index || v.len > 64)
				continue;
			memcpy(values + all.len, v.at, v.len);
			all.len += v.len;
		}
	return hash_parts(alg, &all, 1, digest) == ERR_OK &&
	    span_equal((struct span){ digest, hash_len(alg) }, q->digest);
}

static void
run_quote(struct tally *t, const json_t *doc)
{
	struct bytes area OWNED(bytes_drop) = base64_of(doc, "AK.Public");
	struct bytes attest OWNED(bytes_drop) = base64_of(doc, "Quote.Quote");
	struct bytes sig OWNED(bytes_drop) = base64_of(doc,
	    "Quote.Signature");
	struct bytes nonce OWNED(bytes_drop) = base64_of(doc, "Quote.Nonce");
	struct attest_public ak;
	struct told_key key;
	struct quote quote;
	enum err e;

	if (!key_of_area(span_of(area), &key) ||
	    !worked(t, "the key", attest_public_read(key_span(&key), &ak)) ||
	    !worked(t, "the quote", quote_read(span_of(attest), &quote)))
		return;
	e = quote_signed(&ak, span_of(attest), span_of(sig));
	if (!span_equal(quote.extra, span_of(nonce)) ||
	    !covers(doc, e == ERR_DENIED ? HASH_SHA1 : HASH_SHA256, &quote))
		failed(t, "not what was quoted");
	else if (e == ERR_DENIED)
		refused(t, "signed with SHA-1");
	else
		judged(t, true, e == ERR_OK);
}

void
run_machine(struct tally *t, const json_t *doc)
{
	struct creation c OWNED(creation_drop) = {
		.area = base64_of(doc, "AK.Public"),
		.data = base64_of(doc, "AK.CreateData"),
		.attest = base64_of(doc, "AK.CreateAttestation"),
		.sig = base64_of(doc, "AK.CreateSignature"),
	};

	at_case(t, "its key");
	run_creation(t, &c, true);
	at_case(t, "its quote");
	run_quote(t, doc);
}
