/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/makecred.h"

#include <string.h>

#include "attest/credential.h"
#include "crypto/kdf.h"
#include "crypto/oaep.h"
#include "tests/activate.h"

/*
 * What TPM2_MakeCredential is made of: KDFa and KDFe; whole credentials, made
 * anew where the data say what was random, and activated where the private
 * key is there.
 */

bool
is_list_with(const json_t *doc, const char *first, const char *second)
{
	const json_t *front = json_array_get(doc, 0);

	return has(front, first) && has(front, second);
}

void
run_each(struct tally *t, const json_t *list,
    void (*run)(struct tally *t, const json_t *json))
{
	json_t *json;
	size_t i;

	json_array_foreach(list, i, json)
		run(t, json);
}

static bool
fits_kdf(const json_t *doc)
{
	return is_list_with(doc, "Bits", "ContextU");
}

static void
run_kdf_case(struct tally *t, const json_t *json)
{
	const bool is_a = has(json, "Key");
	struct bytes key OWNED(bytes_drop) = hex_of(json, is_a ? "Key" : "Z");
	struct bytes u OWNED(bytes_drop) = hex_of(json, "ContextU");
	struct bytes v OWNED(bytes_drop) = hex_of(json, "ContextV");
	struct bytes want OWNED(bytes_drop) = hex_of(json, "Result");
	const char *label = text_of(json, "Label");
	const int64_t bits = number_of(json, "Bits");
	uint8_t out[KDF_BITS_MAX / 8];
	enum hash_alg alg;

	at_case(t, "%s", text_of(json, "Name"));
	if (!hash_of_tpm(number_of(json, "HashAlg"), &alg)) {
		refused(t, "a hash that is not used");
		return;
	}
	if (worked(t, is_a ? "kdfa" : "kdfe", (is_a ? kdfa : kdfe)(alg,
	    span_of(key), label, span_of(u), span_of(v), (size_t)bits,
	    out)) && same(t, "what is derived", (struct span){ out,
	    (size_t)(bits + 7) / 8 }, span_of(want)))
		passed(t);
}

static void
run_kdf(struct tally *t, const json_t *doc)
{
	run_each(t, doc, run_kdf_case);
}

/* What must come out as it is told, with this for what was random; an empty
 * seed is not compared. */
static bool
made_again(struct tally *t, const json_t *json, struct evp_pkey_st *key,
    const struct credential_random *random, struct span id_object,
    struct span seed)
{
	struct bytes name OWNED(bytes_drop) = hex_of(json, "ak_name_hex");
	struct bytes secret OWNED(bytes_drop) = hex_of(json, "secret_hex");
	struct attest_public ek;
	struct credential made;
	uint8_t room[512];

	if (name.len != ATTEST_NAME_LEN) {
		failed(t, "a Name of %zu bytes", name.len);
		return false;
	}
	return worked(t, "the EK", public_of_key(key, room, &ek)) &&
	    worked(t, "credential_make", credential_make(&ek, name.at,
	    span_of(secret), random, &made)) &&
	    same(t, "the TPM2B_ID_OBJECT", (struct span){ made.id_object,
	    made.id_len }, id_object) && (seed.len == 0 ||
	    same(t, "the TPM2B_ENCRYPTED_SECRET", (struct span){ made.seed,
	    made.seed_len }, seed));
}

static bool
fits_zeros(const json_t *doc)
{
	return is_list_with(doc, "tpm2b_id_object_hex", "ek_public_pem");
}

/* Sixteen zeros, under a salt of zeros: go-tpm's seed was as long as the key
 * of the cipher.  To HMAC that is the same key as thirty-two. */
static bool
same_zeros(struct tally *t, const struct evp_pkey_st *key, struct span seed)
{
	static const uint8_t zero[32];
	const struct span label = { (const uint8_t *)"IDENTITY", 9 };
	uint8_t room[512], out[RSA_LEN_MAX];
	struct attest_public ek;
	struct rsa_public to;

	if (!worked(t, "the EK", public_of_key(key, room, &ek)))
		return false;
	to = (struct rsa_public){ ek.modulus, ek.exponent };
	return worked(t, "rsa_oaep_encrypt", rsa_oaep_encrypt(&to,
	    HASH_SHA256, label, (struct span){ zero, 16 }, zero, out)) &&
	    same(t, "the seed", (struct span){ out, ek.modulus.len },
	    (struct span){ seed.at + 2, seed.len - 2 });
}

/* Everything random was zero.  Go draws a P-256 key by changing bits of its
 * second byte, so that zeros are a key too. */
static void
run_zeros_case(struct tally *t, const json_t *json)
{
	struct bytes id OWNED(bytes_drop) =
	    hex_of(json, "tpm2b_id_object_hex");
	struct bytes seed OWNED(bytes_drop) =
	    hex_of(json, "tpm2b_encrypted_secret_hex");
	struct evp_pkey_st *key OWNED(key_drop) =
	    key_of_pem(text_of(json, "ek_public_pem"));
	const struct credential_random zero = { }, go = { .key[1] = 0x42 };

	at_case(t, "%s", text_of(json, "ek_type"));
	if (key == NULL || seed.len < 2)
		failed(t, "no EK or no seed");
	else if (key_is_rsa(key) ? made_again(t, json, key, &zero,
	    span_of(id), (struct span){ }) &&
	    same_zeros(t, key, span_of(seed)) :
	    made_again(t, json, key, &go, span_of(id), span_of(seed)))
		passed(t);
}

static void
run_zeros(struct tally *t, const json_t *doc)
{
	run_each(t, doc, run_zeros_case);
}

static bool
fits_known(const json_t *doc)
{
	return has(json_array_get(member(doc, "positive"), 0),
	    "tools_blob_hex");
}

/* The two TPM2Bs in a file of tpm2-tools: magic, version, one, the other. */
static bool
read_blob(struct span blob, struct span *id, struct span *seed)
{
	struct area a = { .rest = blob };

	if (take_number(&a, 4) != 0xbadcc0de || take_number(&a, 4) != 1)
		return false;
	id->at = a.rest.at;
	id->len = 2 + take_bytes(&a).len;
	seed->at = a.rest.at;
	seed->len = 2 + take_bytes(&a).len;
	return !a.short_ && a.rest.len == 0;
}

/* With the private key what was random comes out of the padding. */
static void
remake_rsa(struct tally *t, const json_t *json, struct evp_pkey_st *key,
    struct span id, struct span seed)
{
	uint8_t room[512], salt[HASH_LEN_MAX];
	struct credential_random random;
	struct span msg;

	if (!oaep_apart(key, HASH_SHA256, (struct span){ seed.at + 2,
	    seed.len - 2 }, room, salt, &msg) || msg.len != 32) {
		failed(t, "the padding is not found");
		return;
	}
	memcpy(random.key, msg.at, 32);
	memcpy(random.salt, salt, 32);
	if (made_again(t, json, key, &random, id, seed))
		passed(t);
}

static void
run_known_case(struct tally *t, const json_t *json)
{
	struct bytes name OWNED(bytes_drop) = hex_of(json, "ak_name_hex");
	struct bytes blob OWNED(bytes_drop) = hex_of(json, "tools_blob_hex");
	struct bytes want OWNED(bytes_drop) = hex_of(json, "secret_hex");
	struct evp_pkey_st *key OWNED(key_drop) =
	    key_of_pem(text_of(json, "ek_private_pem"));
	uint8_t secret[64];
	struct span id, seed;
	size_t len = 0;
	bool opened;

	at_case(t, "%s %s", text_of(json, "ek_type"), text_of(json, "name"));
	if (key == NULL) {
		failed(t, "no EK");
		return;
	}
	opened = read_blob(span_of(blob), &id, &seed) && activate(key,
	    span_of(name), id, seed, secret, &len) == ERR_OK;
	if (!truth_of(json, "should_activate") || !opened)
		judged(t, truth_of(json, "should_activate"), opened);
	else if (same(t, "the secret", (struct span){ secret, len },
	    span_of(want))) {
		if (key_is_rsa(key))
			remake_rsa(t, json, key, id, seed);
		else
			passed(t);
	}
}

static void
run_known(struct tally *t, const json_t *doc)
{
	run_each(t, member(doc, "positive"), run_known_case);
	run_each(t, member(doc, "negative"), run_known_case);
}

const struct format makecred_formats[] = {
	{ fits_kdf, run_kdf },
	{ fits_labeled, run_labeled },
	{ fits_zeros, run_zeros },
	{ fits_known, run_known },
	{ 0 }
};
