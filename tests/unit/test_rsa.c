/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

/* OpenSSL has a type of that name. */
#define ERR_STATE openssl_state
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#undef ERR_STATE

#include "crypto/rsa.h"

/* OpenSSL signs; the keys were made for this and sign nothing else. */
#define E 65537
#define N2048 \
	"96f92465cc50b3f2ec43499030fd8f0270c270897956038867ffe42cb92ac0ca" \
	"f9732639b925e17f0ceda6f9e44f5257c0fa721a8afaa4d086ec73791da60de7" \
	"5f68b68e16668ad1f0225c8919c4e13fe9ea7128094aeea1a427bbd49d1a5106" \
	"f3d3088ba827eeecda43238abddfc479800e1bc239003a3d79eafb2e8ced86dd" \
	"32c2e4de3f467aaa74e62f3f21cc6105ad0767fc4d4c790839d38add958a3f3c" \
	"f482e0606673ca699fd05a65e18f140fd01b85e7fb840cbfff2fb0b5342c5b8a" \
	"6f48c20c1bf3710304f672c13c0d4fa9986bfc516c74d8b160e05cbefbc47042" \
	"2ab240888e829ee0379551b3b538ce2433913652a9b74c2f47633c5b51bec827"
#define D2048 \
	"11a2f9458b20c264d684e5cb1a6e048edc6d5a8834cc7f8d27d914e6c49ae1fa" \
	"d4394775e6d32e0c918e11bb8f98549e3bc5061f63acf424081f073e56e0572f" \
	"784ddb45ae083c9f59d629c93a616d8ef1dc996b7bea6d06250f1f3a2f402bc7" \
	"0c24d312bd8a2cb72ea83936b407b80419998c549c2412a9abdc6f8b789b26ed" \
	"f25744d764c43c53ea1b797ac2ec4bff1d589d56bd9e921d462f26ae71107b65" \
	"07f361d9518be714f59177af71956766ba3f5f4e085372561375f45406b47529" \
	"cf433049c831071e470f7e1b07de52d483dda358e6d4a7601ba0fe0887675911" \
	"7cde707ceab65c7e48f463862c7b874c0007dc6ca9f99d2c629b13483c402481"
#define N4096 \
	"b7bac015a2a016b2ad9e029516ac7f7ebd9dee66bb9e2c9ad5a5840daae55919" \
	"6be35a859f98eb8d1bfd3b55192c1a9981464a8ea07b641c73be0c5556a3ffe3" \
	"c4ff9cfeb879a9d25c8c896465b4a73e21e48e580bbb26f3a2eeaf052eae16a2" \
	"c6da1947223fe07c6af6e51f4bfafbee7c1749152596b3b78c5ccb95b1d3a6ed" \
	"41dc147684c80720bdbf3413158d604ffb6c5fa6b970d3fbacfb4a31fea4c175" \
	"aa395cd90b55b8f3c6d0a5f3a2fe920ebc46e730270b4f6427143e9edd9c0a89" \
	"b5f45750d9b13b960ee8d1c035dafba66c0c01f11c99a6a2f074dd39699f06f3" \
	"818574175663a28fe9b4b45a1e22a692fc63b20d1ce5d4faa5df707a603e5b6f" \
	"be9376c3383fedf68921fd912e3892cdd096f6191308deb55ba0def6e1851777" \
	"7e21695438244b4a9d111c0bf3bb2d17afced76b2a75440fbc8af097587ddb67" \
	"1d48f53995d715dc531dadfcbc6b5d9d57746050fbd656265521cf0af325b825" \
	"195336d30388790b60c143168fe6cc17d50e5205d4b7b858c068db48b60b5dc1" \
	"4c9a3ce557a1d07b0547857a19585d0c7ff1f653ae12a41d79dbfe51d53c5daa" \
	"dc26a8b4dbaf0d7f12f142beb5a09ad148b3f8f2195b12e83cd70bbced2f0417" \
	"2e8cd145c63e6e5990423d3a8a6b364dbcb3de545f2b56c75e9c79049d892776" \
	"1e5eccd4db4c0b648da08470f993b676172bc88b26060fe377a4dcbb3a7dea9f"
#define D4096 \
	"06139399c394a6db86f9745d68f01091690509a6f52a90901863ce7fc338ad9f" \
	"351dc2572c059b38c205b88a22787e72b83f5264f032d4874a5ead3abf50523c" \
	"bebdb37c0b2edeea79ac1e392751f7bc0ad3ebcf46a80c6c3f65c47d17e3a315" \
	"041d9f7b664b158a17e18d8760f46e939f2008073e8482f21d9ece0ee7e037a3" \
	"9e2b80b3c0c57ad2dee3ad7dba174069b4c78b4c50d2c5f80b6b0e33a417dfdc" \
	"1be2a4cafae07d6af696dcfe3754531150b1c9a0a291f1b0bec8212010f541b5" \
	"f7421b072e03fa1406ef354cb59b45fa65956a1506dca011c08124f5eaa3db4f" \
	"7f67a204c9932703ba7783057dfca864b11b3cfec90762e95d460c0ac81717e0" \
	"0662cd6db288aa279078429285519a5a5308649485802183984bbde3fd154df6" \
	"3b75324bd87154809fbe7edb13d02015380196226af26ac1cc75e8471a256412" \
	"11ffcae3e5a205a53f37211bd27bd7d3f7a0094b9c2f4302577e2e4d844c9b8a" \
	"d26a71a9f18f75135c4c7b9c24af21b7630df214b773a493b8f5eb5a2c761298" \
	"dba229799fefb0f5ec982ec9b8f0a02bafdcc099d672e7b6774d1517657a3047" \
	"8311fb07e232de398a84108e0150826be372e6ef556cd84ff1f80439fa275072" \
	"595f15147b996b8e38d0ee411f528d3721bc30afabcca877f96bd74048dfb760" \
	"de54fbc7c72f31507a384c1ba66b4747098439c31155927bd9ae73994312c2b1"

enum scheme { V15, PSS };

static const struct key {
	const char	*n, *d;
} keys[] = { { N2048, D2048 }, { N4096, D4096 } };

static const struct row {
	const char	*name;
	size_t		 key;
	enum scheme	 scheme;
	enum hash_alg	 alg;
	int		 salt;	/* as OpenSSL has it */
	size_t		 salt_len;
	enum err	 want;
} rows[] = {
	{ "PKCS #1, 2,048 bits, SHA-256", 0, V15, HASH_SHA256, 0, 0, ERR_OK },
	{ "PKCS #1, 4,096 bits, SHA-256", 1, V15, HASH_SHA256, 0, 0, ERR_OK },
	{ "PKCS #1, SHA-384", 0, V15, HASH_SHA384, 0, 0, ERR_OK },
	{ "PKCS #1, SHA-512", 0, V15, HASH_SHA512, 0, 0, ERR_OK },
	{ "PKCS #1, SHA-1", 0, V15, HASH_SHA1, 0, 0, ERR_LIMIT },
	{ "PSS, 2,048 bits, a digest's salt", 0, PSS, HASH_SHA256, 32, 32,
	    ERR_OK },
	{ "PSS, 4,096 bits, a digest's salt", 1, PSS, HASH_SHA256, 32, 32,
	    ERR_OK },
	{ "PSS, any salt, no salt", 0, PSS, HASH_SHA256, 0, RSA_SALT_ANY,
	    ERR_OK },
	{ "PSS, any salt, the longest", 0, PSS, HASH_SHA256, 222,
	    RSA_SALT_ANY, ERR_OK },
	{ "PSS, a shorter salt than told", 0, PSS, HASH_SHA256, 31, 32,
	    ERR_AUTH },
	{ "PSS, a longer salt than told", 0, PSS, HASH_SHA256, 33, 32,
	    ERR_AUTH },
	{ "PSS, SHA-384", 0, PSS, HASH_SHA384, 48, 48, ERR_OK },
	{ "PSS, SHA-512", 0, PSS, HASH_SHA512, 64, 64, ERR_OK },
	{ "PSS, SHA-1", 0, PSS, HASH_SHA1, 20, 20, ERR_LIMIT },
};

static const EVP_MD *
md_of(enum hash_alg alg)
{
	return alg == HASH_SHA1 ? EVP_sha1() : alg == HASH_SHA256 ?
	    EVP_sha256() : alg == HASH_SHA384 ? EVP_sha384() : EVP_sha512();
}

static EVP_PKEY *
load(const struct key *key)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *n = NULL, *d = NULL;
	EVP_PKEY *out = NULL;
	OSSL_PARAM *params;

	assert_int_not_equal(BN_hex2bn(&n, key->n), 0);
	assert_int_not_equal(BN_hex2bn(&d, key->d), 0);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_ulong(b, OSSL_PKEY_PARAM_RSA_E, E);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_D, d);
	params = OSSL_PARAM_BLD_to_param(b);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &out, EVP_PKEY_KEYPAIR,
	    params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(d);
	return out;
}

/* A signature over digest, in sig, which has room for RSA_LEN_MAX. */
static size_t
sign(const struct row *row, const uint8_t *digest, uint8_t *sig)
{
	EVP_PKEY *key = load(&keys[row->key]);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t len = RSA_LEN_MAX;

	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx,
	    row->scheme == PSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING),
	    1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx,
	    md_of(row->alg)), 1);
	if (row->scheme == PSS)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
		    row->salt), 1);
	assert_int_equal(EVP_PKEY_sign(ctx, sig, &len, digest,
	    hash_len(row->alg)), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return len;
}

/* What is done to a number that was encoded by hand. */
static void
raise_to_d(const struct key *key, const uint8_t *em, size_t len,
    uint8_t *out)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *n = NULL, *d = NULL, *m = BN_bin2bn(em, (int)len, NULL);

	BN_hex2bn(&n, key->n);
	BN_hex2bn(&d, key->d);
	assert_int_equal(BN_mod_exp(m, m, d, n, ctx), 1);
	assert_int_equal(BN_bn2binpad(m, out, (int)len), len);
	BN_free(n);
	BN_free(d);
	BN_free(m);
	BN_CTX_free(ctx);
}

static struct rsa_public
public_of(const struct key *key, uint8_t n[static RSA_LEN_MAX])
{
	const size_t len = unhex(key->n, n, RSA_LEN_MAX);

	return (struct rsa_public){ { n, len }, E };
}

static enum err
verify(const struct row *row, const struct rsa_public *key,
    const uint8_t *digest, struct span sig)
{
	return row->scheme == PSS ?
	    rsa_pss_verify(key, row->alg, digest, row->salt_len, sig) :
	    rsa_v15_verify(key, row->alg, digest, sig);
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t n[RSA_LEN_MAX] = { 0 }, sig[RSA_LEN_MAX], digest[HASH_LEN_MAX];
	const struct rsa_public key = public_of(&keys[row->key], n);
	size_t len;

	for (size_t i = 0; i < sizeof(digest); i++)
		digest[i] = (uint8_t)(i * 7);
	len = sign(row, digest, sig);
	assert_int_equal(len, key.modulus.len);
	assert_err(verify(row, &key, digest, (struct span){ sig, len }),
	    row->want);
	if (row->want != ERR_OK)
		return;
	assert_err(verify(row, &key, digest, (struct span){ sig, len - 1 }),
	    ERR_AUTH);
	for (size_t i = 0; i < len; i += 61) {
		sig[i] ^= 0x10;
		assert_err(verify(row, &key, digest,
		    (struct span){ sig, len }), ERR_AUTH);
		sig[i] ^= 0x10;
	}
	for (size_t i = 0; i < hash_len(row->alg); i++) {
		digest[i] ^= 1;
		assert_err(verify(row, &key, digest,
		    (struct span){ sig, len }), ERR_AUTH);
		digest[i] ^= 1;
	}
}

/* The number that is the modulus more is the same to whoever only computes. */
static void
test_a_number_above_the_modulus(void **state)
{
	static const struct row row = { NULL, 0, V15, HASH_SHA256, 0, 0,
		ERR_OK };
	uint8_t n[RSA_LEN_MAX] = { 0 }, sig[RSA_LEN_MAX], digest[32] = { 0 };
	const struct rsa_public key = public_of(&keys[0], n);
	unsigned carry = 0;

	(void)state;
	/* Some digest's signature is small enough. */
	do {
		digest[0]++;
		assert_int_not_equal(digest[0], 0);
		sign(&row, digest, sig);
	} while (sig[0] + n[0] >= 0xff);
	for (size_t i = key.modulus.len; i-- > 0;) {
		carry += (unsigned)sig[i] + n[i];
		sig[i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_err(rsa_v15_verify(&key, HASH_SHA256, digest,
	    (struct span){ sig, key.modulus.len }), ERR_AUTH);
	assert_err(rsa_v15_verify(&key, HASH_SHA256, digest, key.modulus),
	    ERR_AUTH);
}

static void
test_keys(void **state)
{
	static const uint8_t digest[32];
	uint8_t n[RSA_LEN_MAX] = { 0 }, sig[RSA_LEN_MAX] = { 0 };
	struct rsa_public key = public_of(&keys[0], n);
	const struct span s = { sig, key.modulus.len };

	(void)state;
	assert_err(rsa_v15_verify(&key, HASH_SHA256, digest, s), ERR_AUTH);
	key.exponent = 3;
	assert_err(rsa_v15_verify(&key, HASH_SHA256, digest, s), ERR_AUTH);
	key.exponent = 1;
	assert_err(rsa_v15_verify(&key, HASH_SHA256, digest, s), ERR_LIMIT);
	key.exponent = 65536;
	assert_err(rsa_pss_verify(&key, HASH_SHA256, digest, 32, s),
	    ERR_LIMIT);
	key.exponent = E;
	n[255] ^= 1;
	assert_err(rsa_v15_verify(&key, HASH_SHA256, digest, s), ERR_LIMIT);
	n[255] ^= 1;
	n[0] = 0x7f;
	assert_err(rsa_v15_verify(&key, HASH_SHA256, digest, s), ERR_LIMIT);
}

static void
test_sizes(void **state)
{
	static const uint8_t digest[32];
	uint8_t n[RSA_LEN_MAX + 1], sig[RSA_LEN_MAX + 1] = { 0 };

	(void)state;
	memset(n, 0xff, sizeof(n));
	for (size_t len = RSA_LEN_MIN - 2; len <= sizeof(n); len++)
		assert_err(rsa_v15_verify(&(struct rsa_public){ { n, len },
		    E }, HASH_SHA256, digest, (struct span){ sig, len }),
		    len < RSA_LEN_MIN || len > RSA_LEN_MAX ? ERR_LIMIT :
		    ERR_AUTH);
}

/* Encodings that a lax reader would take, made with the private key. */
static void
test_encodings_by_hand(void **state)
{
	static const uint8_t digest[32];
	static const size_t spots[] = { 0, 1, 2, 100, 203, 204, 205, 210, 222,
		255 };
	uint8_t n[RSA_LEN_MAX] = { 0 }, em[256], sig[256];
	const struct rsa_public key = public_of(&keys[0], n);

	(void)state;
	memset(em, 0xff, sizeof(em));
	em[0] = 0;
	em[1] = 1;
	em[204] = 0;
	unhex("3031300d060960864801650304020105000420", em + 205, 19);
	memcpy(em + 224, digest, sizeof(digest));
	raise_to_d(&keys[0], em, sizeof(em), sig);
	assert_err(rsa_v15_verify(&key, HASH_SHA256, digest, SPAN(sig)),
	    ERR_OK);
	for (size_t i = 0; i < ROWS(spots); i++) {
		em[spots[i]] ^= 2;
		raise_to_d(&keys[0], em, sizeof(em), sig);
		assert_err(rsa_v15_verify(&key, HASH_SHA256, digest,
		    SPAN(sig)), ERR_AUTH);
		em[spots[i]] ^= 2;
	}
}

/* The encoding that a PSS signature of this digest comes from, such that its
 * first bit may be set and the number stays below the modulus. */
static void
encode_pss(const uint8_t *digest, const uint8_t *n, uint8_t em[static 256])
{
	static const struct row row = { NULL, 0, PSS, HASH_SHA256, 32, 32,
		ERR_OK };
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *e = BN_new(), *m = BN_bin2bn(n, 256, NULL), *s;
	uint8_t sig[RSA_LEN_MAX];

	BN_set_word(e, E);
	do {
		sign(&row, digest, sig);
		s = BN_bin2bn(sig, 256, NULL);
		assert_int_equal(BN_mod_exp(s, s, e, m, ctx), 1);
		assert_int_equal(BN_bn2binpad(s, em, 256), 256);
		BN_free(s);
	} while ((em[0] | 0x80) >= n[0]);
	BN_free(e);
	BN_free(m);
	BN_CTX_free(ctx);
}

static void
test_pss_by_hand(void **state)
{
	static const uint8_t digest[32];
	/* Zeros to 189, then the one, the salt from 191 and H from 223. */
	static const struct { size_t at; uint8_t flip; } spots[] = {
		{ 0, 0x80 }, { 0, 1 }, { 100, 1 }, { 189, 1 }, { 190, 1 },
		{ 190, 3 }, { 191, 1 }, { 222, 1 }, { 223, 1 }, { 254, 1 },
		{ 255, 1 },
	};
	uint8_t n[RSA_LEN_MAX] = { 0 }, em[256], sig[256];
	const struct rsa_public key = public_of(&keys[0], n);

	(void)state;
	encode_pss(digest, n, em);
	raise_to_d(&keys[0], em, sizeof(em), sig);
	assert_err(rsa_pss_verify(&key, HASH_SHA256, digest, RSA_SALT_ANY,
	    SPAN(sig)), ERR_OK);
	for (size_t i = 0; i < ROWS(spots); i++) {
		em[spots[i].at] ^= spots[i].flip;
		raise_to_d(&keys[0], em, sizeof(em), sig);
		assert_err(rsa_pss_verify(&key, HASH_SHA256, digest,
		    RSA_SALT_ANY, SPAN(sig)), ERR_AUTH);
		em[spots[i].at] ^= spots[i].flip;
	}
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 5] = {
		cmocka_unit_test(test_a_number_above_the_modulus),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_encodings_by_hand),
		cmocka_unit_test(test_pss_by_hand),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[5 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
