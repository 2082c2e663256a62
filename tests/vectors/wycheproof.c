/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/wycheproof.h"

#include <string.h>

#include "crypto/aead.h"
#include "crypto/ecdh.h"
#include "crypto/ecdsa.h"
#include "crypto/ed25519.h"
#include "crypto/foreign.h"
#include "crypto/hash.h"
#include "tests/vectors/der.h"

/*
 * Wycheproof, schema v1: groups of tests, each "valid", "invalid" or
 * "acceptable".  What a group is about is its type; the groups of one file
 * may differ.
 */

bool
hash_of(const char *name, enum hash_alg *alg)
{
	static const struct {
		const char	*name;
		enum hash_alg	 alg;
	} known[] = {
		{ "SHA1",	HASH_SHA1 },	{ "SHA-1",	HASH_SHA1 },
		{ "SHA256",	HASH_SHA256 },	{ "SHA-256",	HASH_SHA256 },
		{ "SHA384",	HASH_SHA384 },	{ "SHA-384",	HASH_SHA384 },
		{ "SHA512",	HASH_SHA512 },	{ "SHA-512",	HASH_SHA512 },
	};
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t tail = strlen(known[i].name);

		*alg = known[i].alg;
		if (len >= tail && strcmp(name + len - tail,
		    known[i].name) == 0)
			return true;
	}
	return false;
}

/* A group's key, by either of the names that it has had. */
static const json_t *
key_of(const json_t *group)
{
	return member(group, has(group, "publicKey") ? "publicKey" : "key");
}

void
conclude(struct tally *t, const struct test *test, bool accepted)
{
	if (test->result != ACCEPTABLE)
		judged(t, test->result == VALID, accepted);
	else if (accepted)
		passed(t);
	else
		refused(t, "%s", json_string_value(json_array_get(
		    member(test->json, "flags"), 0)));
}

static void
run_hkdf(struct tally *t, const struct test *test)
{
	struct bytes ikm OWNED(bytes_drop) = hex_of(test->json, "ikm");
	struct bytes salt OWNED(bytes_drop) = hex_of(test->json, "salt");
	struct bytes info OWNED(bytes_drop) = hex_of(test->json, "info");
	struct bytes okm OWNED(bytes_drop) = hex_of(test->json, "okm");
	struct bytes out OWNED(bytes_drop) =
	    bytes_new((size_t)number_of(test->json, "size"));
	enum hash_alg alg;
	enum err e;

	if (strncmp(test->algorithm, "HKDF", 4) != 0 ||
	    !hash_of(test->algorithm, &alg)) {
		refused(t, "%s is not used", test->algorithm);
		return;
	}
	e = hkdf(alg, span_of(salt), span_of(ikm), span_of(info), out.at,
	    out.len);
	conclude(t, test, e == ERR_OK &&
	    span_equal(span_of(out), span_of(okm)));
}

static void
run_mac(struct tally *t, const struct test *test)
{
	struct bytes key OWNED(bytes_drop) = hex_of(test->json, "key");
	struct bytes msg OWNED(bytes_drop) = hex_of(test->json, "msg");
	struct bytes tag OWNED(bytes_drop) = hex_of(test->json, "tag");
	const struct span parts[] = { span_of(msg) };
	uint8_t out[HASH_LEN_MAX] = { 0 };
	enum hash_alg alg;

	if (strncmp(test->algorithm, "HMAC", 4) != 0 ||
	    strstr(test->algorithm, "SHA3") != NULL ||
	    !hash_of(test->algorithm, &alg)) {
		refused(t, "%s is not used", test->algorithm);
		return;
	}
	if (!worked(t, "hmac", hmac(alg, span_of(key), parts, 1, out)))
		return;
	/* A shorter tag is the front of the whole one. */
	conclude(t, test, tag.len > 0 && tag.len <= hash_len(alg) &&
	    memcmp(out, tag.at, tag.len) == 0);
}

static void
run_eddsa(struct tally *t, const struct test *test)
{
	struct bytes pk OWNED(bytes_drop) = hex_of(key_of(test->group), "pk");
	struct bytes msg OWNED(bytes_drop) = hex_of(test->json, "msg");
	struct bytes sig OWNED(bytes_drop) = hex_of(test->json, "sig");
	const char *curve = text_of(key_of(test->group), "curve");

	if (strcmp(curve, "edwards25519") != 0)
		refused(t, "%s is not used", curve);
	else
		conclude(t, test, pk.len == ED25519_LEN &&
		    sig.len == ED25519_SIG_LEN &&
		    ed25519_verify(pk.at, span_of(msg), sig.at) == ERR_OK);
}

/* The key's point; a coordinate's leading zeros do not count. */
static bool
point_of(const json_t *group, uint8_t x[static 32], uint8_t y[static 32])
{
	struct bytes p OWNED(bytes_drop) = hex_of(key_of(group),
	    "uncompressed");

	if (p.len != 65 || p.at[0] != 4)
		return false;
	memcpy(x, p.at + 1, 32);
	memcpy(y, p.at + 33, 32);
	return true;
}

static bool
uses_p256(struct tally *t, const struct test *test)
{
	const char *curve = text_of(key_of(test->group), "curve");
	const char *sha = text_of(test->group, "sha");

	if (strcmp(curve, "secp256r1") == 0 && strcmp(sha, "SHA-256") == 0)
		return true;
	refused(t, "ECDSA with %s and %s is not used", curve, sha);
	return false;
}

static bool
verified(const struct test *test, const uint8_t sig[static P256_SIG_LEN])
{
	struct bytes msg OWNED(bytes_drop) = hex_of(test->json, "msg");
	const struct span parts[] = { span_of(msg) };
	uint8_t x[32], y[32], digest[SHA256_LEN];

	return point_of(test->group, x, y) &&
	    sha256(parts, 1, digest) == ERR_OK &&
	    p256_verify(x, y, digest, sig) == ERR_OK;
}

static void
run_ecdsa(struct tally *t, const struct test *test)
{
	struct bytes sig OWNED(bytes_drop) = hex_of(test->json, "sig");

	if (uses_p256(t, test))
		conclude(t, test, sig.len == P256_SIG_LEN &&
		    verified(test, sig.at));
}

/* Our signatures are r || s; these are turned into that when they are DER,
 * and are no business of ours when they are not. */
static void
run_ecdsa_der(struct tally *t, const struct test *test)
{
	struct bytes der OWNED(bytes_drop) = hex_of(test->json, "sig");
	uint8_t sig[P256_SIG_LEN];

	if (!uses_p256(t, test))
		return;
	if (der_signature(span_of(der), sig))
		conclude(t, test, verified(test, sig));
	else if (test->result == VALID)
		failed(t, "a valid signature is not DER");
	else
		refused(t, "no DER of two positive numbers of 32 bytes: "
		    "signatures are r || s");
}

static void
run_x25519(struct tally *t, const struct test *test)
{
	struct bytes peer OWNED(bytes_drop) = hex_of(test->json, "public");
	struct bytes priv OWNED(bytes_drop) = hex_of(test->json, "private");
	struct bytes want OWNED(bytes_drop) = hex_of(test->json, "shared");
	const char *curve = text_of(test->group, "curve");
	uint8_t out[ECDH_LEN] = { 0 };
	enum err e;

	if (strcmp(curve, "curve25519") != 0) {
		refused(t, "%s is not used", curve);
		return;
	}
	if (peer.len != ECDH_LEN || priv.len != ECDH_LEN) {
		conclude(t, test, false);
		return;
	}
	e = x25519_shared(priv.at, peer.at, out);
	if (e == ERR_OK)
		conclude(t, test, span_equal(SPAN(out), span_of(want)));
	else if (test->result == ACCEPTABLE && e == ERR_AUTH)
		refused(t, "X25519 with a public key of small order");
	else
		conclude(t, test, false);
}

/* The agreement of a private number, leading zeros or not, with a point. */
static bool
agreed(const struct test *test, const uint8_t *x, const uint8_t *y)
{
	struct bytes priv OWNED(bytes_drop) = hex_of(test->json, "private");
	struct bytes want OWNED(bytes_drop) = hex_of(test->json, "shared");
	uint8_t scalar[ECDH_LEN] = { 0 }, out[ECDH_LEN] = { 0 };
	size_t zeros = priv.len > ECDH_LEN ? priv.len - ECDH_LEN : 0;

	memcpy(scalar + sizeof(scalar) - (priv.len - zeros), priv.at + zeros,
	    priv.len - zeros);
	return p256_shared(scalar, x, y, out) == ERR_OK &&
	    span_equal(SPAN(out), span_of(want));
}

static bool
agrees_on_p256(struct tally *t, const struct test *test)
{
	const char *curve = text_of(test->group, "curve");

	if (strcmp(curve, "secp256r1") == 0)
		return true;
	refused(t, "ECDH with %s is not used", curve);
	return false;
}

static void
run_ecdh(struct tally *t, const struct test *test)
{
	struct bytes peer OWNED(bytes_drop) = hex_of(test->json, "public");
	uint8_t y[ECDH_LEN];

	if (!agrees_on_p256(t, test))
		return;
	if (peer.len == 33 && (peer.at[0] == 2 || peer.at[0] == 3)) {
		conclude(t, test, foreign_point(peer.at + 1, peer.at[0] == 3,
		    y) == ERR_OK && agreed(test, peer.at + 1, y));
		return;
	}
	conclude(t, test, peer.len == 65 && peer.at[0] == 4 &&
	    agreed(test, peer.at + 1, peer.at + 33));
}

/* The peer's key as a SubjectPublicKeyInfo; we send COSE_Keys. */
static void
run_ecdh_der(struct tally *t, const struct test *test)
{
	struct bytes peer OWNED(bytes_drop) = hex_of(test->json, "public");
	struct span x, y;

	if (!agrees_on_p256(t, test))
		return;
	if (der_p256(span_of(peer), &x, &y))
		conclude(t, test, agreed(test, x.at, y.at));
	else if (test->result == VALID)
		failed(t, "a valid key is not found");
	else
		refused(t, "a key that names no P-256 or has no whole point");
}

static void
run_gcm(struct tally *t, const struct test *test)
{
	struct bytes key OWNED(bytes_drop) = hex_of(test->json, "key");
	struct bytes iv OWNED(bytes_drop) = hex_of(test->json, "iv");
	struct bytes aad OWNED(bytes_drop) = hex_of(test->json, "aad");
	struct bytes msg OWNED(bytes_drop) = hex_of(test->json, "msg");
	struct bytes ct OWNED(bytes_drop) = hex_of(test->json, "ct");
	struct bytes tag OWNED(bytes_drop) = hex_of(test->json, "tag");
	struct bytes sealed OWNED(bytes_drop) = bytes_new(ct.len + tag.len);

	if (strcmp(test->algorithm, "AES-GCM") != 0) {
		refused(t, "%s is not used", test->algorithm);
		return;
	}
	if (iv.len != AES256GCM_IV_LEN || tag.len != AEAD_TAG_LEN) {
		refused(t, "AES-GCM with another length of iv or tag");
		return;
	}
	memcpy(sealed.at, ct.at, ct.len);
	memcpy(sealed.at + ct.len, tag.at, tag.len);
	conclude(t, test, (key.len == AEAD_KEY_LEN ?
	    aes256gcm_open(key.at, iv.at, span_of(aad), span_of(sealed),
	    sealed.at) : foreign_gcm_open(span_of(key), span_of(iv),
	    span_of(aad), span_of(sealed), tag.len, sealed.at)) == ERR_OK &&
	    span_equal((struct span){ sealed.at, ct.len }, span_of(msg)));
}

static void
run_wrap(struct tally *t, const struct test *test)
{
	struct bytes key OWNED(bytes_drop) = hex_of(test->json, "key");
	struct bytes msg OWNED(bytes_drop) = hex_of(test->json, "msg");
	struct bytes ct OWNED(bytes_drop) = hex_of(test->json, "ct");
	struct bytes out OWNED(bytes_drop) = bytes_new(ct.len);

	if (strcmp(test->algorithm, "AES-WRAP") != 0) {
		refused(t, "%s is not used", test->algorithm);
		return;
	}
	conclude(t, test, foreign_unwrap(span_of(key), span_of(ct), out.at) ==
	    ERR_OK && span_equal((struct span){ out.at, ct.len - 8 },
	    span_of(msg)));
}

static const struct kind {
	const char	*type;
	void		(*run)(struct tally *t, const struct test *test);
} kinds[] = {
	{ "AeadTest",		run_gcm },
	{ "EcdhEcpointTest",	run_ecdh },
	{ "EcdhTest",		run_ecdh_der },
	{ "EcdsaP1363Verify",	run_ecdsa },
	{ "EcdsaVerify",	run_ecdsa_der },
	{ "EddsaVerify",	run_eddsa },
	{ "HkdfTest",		run_hkdf },
	{ "KeywrapTest",	run_wrap },
	{ "MacTest",		run_mac },
	{ "RsaesOaepDecrypt",	run_oaep },
	{ "RsassaPssVerify",	run_pss },
	{ "XdhComp",		run_x25519 },
};

static void
run_test(struct tally *t, const struct kind *kind, struct test *test)
{
	const char *result = text_of(test->json, "result");

	at_case(t, "test %lld", (long long)number_of(test->json, "tcId"));
	test->result = strcmp(result, "valid") == 0 ? VALID :
	    strcmp(result, "invalid") == 0 ? INVALID : ACCEPTABLE;
	if (kind == NULL)
		unknown(t, "a group of type %s", text_of(test->group, "type"));
	else if (test->result == ACCEPTABLE &&
	    strcmp(result, "acceptable") != 0)
		unknown(t, "the result %s", result);
	else
		kind->run(t, test);
}

static void
run_group(struct tally *t, struct test *test)
{
	const char *type = text_of(test->group, "type");
	const struct kind *kind = NULL;
	json_t *json;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].type, type) == 0)
			kind = &kinds[i];
	json_array_foreach(member(test->group, "tests"), i, json) {
		test->json = json;
		run_test(t, kind, test);
	}
}

static bool
fits(const json_t *doc)
{
	return json_is_array(member(doc, "testGroups"));
}

static void
run(struct tally *t, const json_t *doc)
{
	struct test test = { .algorithm = text_of(doc, "algorithm") };
	json_t *group;
	size_t i;

	json_array_foreach(member(doc, "testGroups"), i, group) {
		test.group = group;
		run_group(t, &test);
	}
}

const struct format wycheproof[] = {
	{ fits, run },
	{ 0 }
};
