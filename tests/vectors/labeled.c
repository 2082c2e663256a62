/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/makecred.h"

#include <string.h>

#include "attest/object.h"
#include "crypto/ecdh.h"
#include "crypto/kdf.h"
#include "crypto/oaep.h"
#include "tests/activate.h"

/*
 * Secrets that are agreed on with a TPM's key, or encrypted to it, under a
 * label: given the public area and what was random, the same must come out.
 */

/* A TPM_ALG_ID; false if it is none of ours. */
bool
hash_of_tpm(int64_t id, enum hash_alg *alg)
{
	switch (id) {
	case ATTEST_SHA1:
		*alg = HASH_SHA1;
		return true;
	case ATTEST_SHA256:
		*alg = HASH_SHA256;
		return true;
	case ATTEST_SHA384:
		*alg = HASH_SHA384;
		return true;
	case ATTEST_SHA512:
		*alg = HASH_SHA512;
		return true;
	default:
		return false;
	}
}

uint32_t
take_number(struct area *a, size_t len)
{
	uint32_t n = 0;

	if (a->rest.len < len) {
		a->short_ = true;
		return 0;
	}
	for (size_t i = 0; i < len; i++)
		n = n << 8 | a->rest.at[i];
	a->rest = (struct span){ a->rest.at + len, a->rest.len - len };
	return n;
}

struct span
take_bytes(struct area *a)
{
	const size_t len = take_number(a, 2);
	const struct span s = { a->rest.at, len };

	if (a->rest.len < len) {
		a->short_ = true;
		return (struct span){ };
	}
	a->rest = (struct span){ s.at + len, a->rest.len - len };
	return s;
}

/* An algorithm, and the number of so many bytes after it unless it is none. */
static uint32_t
take_scheme(struct area *a, size_t details)
{
	return take_number(a, 2) != ATTEST_NULL ? take_number(a, details) : 0;
}

bool
read_area(struct span in, struct area *a)
{
	*a = (struct area){ .rest = in };
	a->type = (uint16_t)take_number(a, 2);
	a->name_alg = (uint16_t)take_number(a, 2);
	(void)take_number(a, 4);
	(void)take_bytes(a);
	(void)take_scheme(a, 4);
	a->scheme_hash = (uint16_t)take_scheme(a, 2);
	if (a->type == ATTEST_ECC) {
		a->curve = (uint16_t)take_number(a, 2);
		(void)take_scheme(a, 2);
		a->x = take_bytes(a);
		a->y = take_bytes(a);
	} else {
		(void)take_number(a, 2);
		a->exponent = take_number(a, 4);
		a->modulus = take_bytes(a);
	}
	return !a->short_ && a->rest.len == 0;
}

bool
fits_labeled(const json_t *doc)
{
	return is_list_with(doc, "Ciphertext", "Secret");
}

static void
run_labeled_rsa(struct tally *t, const json_t *json, const struct area *a,
    enum hash_alg alg)
{
	struct bytes salt OWNED(bytes_drop) = hex_of(json, "OAEPSalt");
	struct bytes secret OWNED(bytes_drop) = hex_of(json, "Secret");
	struct bytes want OWNED(bytes_drop) = hex_of(json, "Ciphertext");
	const char *label = text_of(json, "Label");
	const struct rsa_public to = {
		a->modulus, a->exponent != 0 ? a->exponent : 65537,
	};
	uint8_t out[RSA_LEN_MAX];

	if (salt.len != hash_len(alg))
		failed(t, "a salt of %zu bytes", salt.len);
	else if (worked(t, "rsa_oaep_encrypt", rsa_oaep_encrypt(&to, alg,
	    (struct span){ (const uint8_t *)label, strlen(label) + 1 },
	    span_of(secret), salt.at, out)) && same(t, "what is encrypted",
	    (struct span){ out, a->modulus.len }, span_of(want)))
		passed(t);
}

/* The bytes of a number on a TPM_ECC_CURVE; 0 for another curve. */
static size_t
curve_len(uint16_t curve)
{
	return curve == 3 ? 32 : curve == 4 ? 48 : curve == 5 ? 66 : 0;
}

/* The point k G, and the x of k P: false when there is none.  What is not
 * P-256 the product does not do: its points are OpenSSL's work. */
static bool
agree(const struct area *a, struct span k, uint8_t *x, uint8_t *y, uint8_t *z)
{
	const struct span base = { };
	uint8_t zy[66];

	if (a->curve != 3)
		return point_times(a->curve, k, base, base, x, y) &&
		    point_times(a->curve, k, a->x, a->y, z, zy);
	return k.len == ECDH_LEN && a->x.len == ECDH_LEN &&
	    a->y.len == ECDH_LEN && p256_public(k.at, x, y) == ERR_OK &&
	    p256_shared(k.at, a->x.at, a->y.at, z) == ERR_OK;
}

static void
run_labeled_ecc(struct tally *t, const json_t *json, const struct area *a,
    enum hash_alg alg)
{
	struct bytes k OWNED(bytes_drop) = hex_of(json, "EphemeralPrivate");
	struct bytes secret OWNED(bytes_drop) = hex_of(json, "Secret");
	struct bytes point OWNED(bytes_drop) = hex_of(json, "Ciphertext");
	struct area sent = { .rest = span_of(point) };
	uint8_t x[66], y[66], z[66], seed[HASH_LEN_MAX];
	const size_t len = curve_len(a->curve);

	if (len == 0) {
		refused(t, "curve %u is not used", a->curve);
		return;
	}
	if (!agree(a, span_of(k), x, y, z)) {
		failed(t, "no agreement");
		return;
	}
	if (same(t, "x", (struct span){ x, len }, take_bytes(&sent)) &&
	    same(t, "y", (struct span){ y, len }, take_bytes(&sent)) &&
	    worked(t, "kdfe", kdfe(alg, (struct span){ z, len },
	    text_of(json, "Label"), (struct span){ x, len }, a->x,
	    8 * hash_len(alg), seed)) && same(t, "the seed",
	    (struct span){ seed, hash_len(alg) }, span_of(secret)))
		passed(t);
}

/* OAEP takes the hash of the key's scheme, where the key has one (TPM 2.0
 * Part 1, B.4). */
static uint16_t
label_hash(const struct area *a)
{
	return a->type == ATTEST_RSA && a->scheme_hash != 0 ?
	    a->scheme_hash : a->name_alg;
}

static void
run_labeled_case(struct tally *t, const json_t *json)
{
	struct bytes public OWNED(bytes_drop) = hex_of(json, "PublicKey");
	struct area a;
	enum hash_alg alg;

	at_case(t, "%s", text_of(json, "Name"));
	if (!read_area(span_of(public), &a))
		failed(t, "the public area is not read");
	else if (!hash_of_tpm(label_hash(&a), &alg))
		refused(t, "a hash that is not used");
	else if (a.type == ATTEST_ECC)
		run_labeled_ecc(t, json, &a, alg);
	else
		run_labeled_rsa(t, json, &a, alg);
}

void
run_labeled(struct tally *t, const json_t *doc)
{
	run_each(t, doc, run_labeled_case);
}

