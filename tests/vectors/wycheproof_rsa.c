/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/wycheproof.h"

#include <string.h>

#include "crypto/oaep.h"
#include "tests/activate.h"

/* Wycheproof's RSA, with one hash for everything. */
static bool
one_hash(struct tally *t, const struct test *test, enum hash_alg *alg)
{
	const char *sha = text_of(test->group, "sha");
	const char *mgf = text_of(test->group, "mgfSha");

	if (strcmp(sha, mgf) == 0 && hash_of(sha, alg))
		return true;
	refused(t, "RSA with %s and MGF1 of %s is not used", sha, mgf);
	return false;
}

/*
 * We only encrypt.  A ciphertext is taken apart with the private key, and is
 * good if encrypting what was found gives it again: that is what OAEP's
 * checks come to.
 */
void
run_oaep(struct tally *t, const struct test *test)
{
	struct bytes ct OWNED(bytes_drop) = hex_of(test->json, "ct");
	struct bytes label OWNED(bytes_drop) = hex_of(test->json, "label");
	struct bytes want OWNED(bytes_drop) = hex_of(test->json, "msg");
	struct evp_pkey_st *key OWNED(key_drop) =
	    key_of_pem(text_of(test->group, "privateKeyPem"));
	uint8_t n[512], room[512], salt[HASH_LEN_MAX], again[RSA_LEN_MAX];
	struct attest_public public;
	struct rsa_public to;
	struct span msg;
	enum hash_alg alg;

	if (!one_hash(t, test, &alg))
		return;
	if (key == NULL || public_of_key(key, n, &public) != ERR_OK) {
		failed(t, "no key");
		return;
	}
	to = (struct rsa_public){ public.modulus, public.exponent };
	conclude(t, test, oaep_apart(key, alg, span_of(ct), room, salt, &msg) &&
	    rsa_oaep_encrypt(&to, alg, span_of(label), msg, salt, again) ==
	    ERR_OK && span_equal((struct span){ again, to.modulus.len },
	    span_of(ct)) && span_equal(msg, span_of(want)));
}

/* The modulus is told as a positive number, a zero before its first bit. */
static struct span
without_zero(struct bytes n)
{
	const size_t zeros = n.len > 0 && n.at[0] == 0;

	return (struct span){ n.at + zeros, n.len - zeros };
}

void
run_pss(struct tally *t, const struct test *test)
{
	struct bytes n OWNED(bytes_drop) =
	    hex_of(test->group, "publicKey.modulus");
	struct bytes e OWNED(bytes_drop) =
	    hex_of(test->group, "publicKey.publicExponent");
	struct rsa_public key = { .modulus = without_zero(n) };
	struct bytes msg OWNED(bytes_drop) = hex_of(test->json, "msg");
	struct bytes sig OWNED(bytes_drop) = hex_of(test->json, "sig");
	const struct span parts[] = { span_of(msg) };
	uint8_t digest[HASH_LEN_MAX];
	enum hash_alg alg;

	if (!one_hash(t, test, &alg))
		return;
	if (alg == HASH_SHA1) {
		refused(t, "a signature with SHA-1");
		return;
	}
	for (size_t i = 0; i < e.len && i < 4; i++)
		key.exponent = key.exponent << 8 | e.at[i];
	conclude(t, test, hash_parts(alg, parts, 1, digest) == ERR_OK &&
	    rsa_pss_verify(&key, alg, digest,
	    (size_t)number_of(test->group, "sLen"), span_of(sig)) == ERR_OK);
}
