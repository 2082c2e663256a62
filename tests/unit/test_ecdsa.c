/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

/* OpenSSL has a type of that name. */
#define ERR_STATE openssl_state
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#undef ERR_STATE

#include "crypto/ecdh.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"

/* RFC 6979, A.2.5, SHA-256: the message "sample". */
#define X "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
#define Y "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
#define R "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
#define S "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
#define N_S "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9"
#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define N_1 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE "0000000000000000000000000000000000000000000000000000000000000001"

static const struct row {
	const char	*name, *x, *y, *sig;
	enum err	 want;
} rows[] = {
	{ "the signature", X, Y, R S, ERR_OK },
	{ "its other s", X, Y, R N_S, ERR_OK },
	{ "r and s exchanged", X, Y, S R, ERR_AUTH },
	{ "r of zero", X, Y, ZERO S, ERR_AUTH },
	{ "s of zero", X, Y, R ZERO, ERR_AUTH },
	{ "both zero", X, Y, ZERO ZERO, ERR_AUTH },
	{ "r of n", X, Y, ORDER S, ERR_AUTH },
	{ "s of n", X, Y, R ORDER, ERR_AUTH },
	{ "another key", X,
	    "86fc00eef774347c5be51616a9d7439b0d0e4de3d28160ae885c3d6b2bb9dd66",
	    R S, ERR_AUTH },
};

static void
digest_of(const char *text, uint8_t out[static P256_LEN])
{
	const struct span part = span_text(text);

	assert_err(sha256(&part, 1, out), ERR_OK);
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t x[32], y[32], digest[32], sig[64];

	digest_of("sample", digest);
	unhex(row->x, x, 32);
	unhex(row->y, y, 32);
	unhex(row->sig, sig, 64);
	assert_err(p256_verify(x, y, digest, sig), row->want);
	digest_of("test", digest);
	assert_err(p256_verify(x, y, digest, sig), ERR_AUTH);
}

/* With a digest of zero, r = s = x is a signature by the point x, y: true of
 * any point, and wolfSSL does not ask whether it is on the curve. */
static void
test_a_point_off_the_curve_signs_nothing(void **state)
{
	uint8_t x[32], y[32], digest[32] = { 0 }, sig[64];

	(void)state;
	unhex(X X, sig, 64);
	unhex(X, x, 32);
	unhex(Y, y, 32);
	assert_err(p256_verify(x, y, digest, sig), ERR_OK);
	y[31] ^= 1;
	assert_err(p256_verify(x, y, digest, sig), ERR_AUTH);
}

static void
test_each_bit_counts(void **state)
{
	uint8_t x[32], y[32], digest[32], sig[64];

	(void)state;
	digest_of("sample", digest);
	unhex(X, x, 32);
	unhex(Y, y, 32);
	unhex(R S, sig, 64);
	for (size_t i = 0; i < 8 * sizeof(sig); i += 5) {
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_err(p256_verify(x, y, digest, sig), ERR_AUTH);
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t i = 0; i < 8 * sizeof(digest); i += 5) {
		digest[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_err(p256_verify(x, y, digest, sig), ERR_AUTH);
		digest[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

/* n / 2 rounded down is the largest low s. */
static const struct low_row {
	const char	*name, *s, *low;
} low_rows[] = {
	{ "a high s", S, N_S },
	{ "a low s", N_S, N_S },
	{ "one", ONE, ONE },
	{ "n - 1", N_1, ONE },
	{ "n / 2",
	    "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8",
	    "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8"
	},
	{ "n / 2 + 1",
	    "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a9",
	    "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8"
	},
	{ "zero", ZERO, NULL },
	{ "n", ORDER, NULL },
};

static void
test_low_s(void **state)
{
	const struct low_row *row = *state;
	uint8_t sig[64], want[64];

	unhex(R, sig, 32);
	unhex(row->s, sig + 32, 32);
	memcpy(want, sig, sizeof(want));
	if (row->low != NULL)
		unhex(row->low, want + 32, 32);
	assert_err(p256_low_s(sig),
	    row->low != NULL ? ERR_OK : ERR_MALFORMED);
	assert_memory_equal(sig, want, sizeof(sig));
}

static EVP_PKEY *
openssl_key(const uint8_t *x, const uint8_t *y)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	uint8_t point[65] = { 4 };
	EVP_PKEY *key = NULL;
	char curve[] = "prime256v1";

	memcpy(point + 1, x, 32);
	memcpy(point + 33, y, 32);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY,
	    (OSSL_PARAM[]){
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    curve, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
		    point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	    }), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static int
openssl_verifies(const uint8_t *x, const uint8_t *y, const uint8_t *digest,
    const uint8_t *sig)
{
	EVP_PKEY *key = openssl_key(x, y);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	ECDSA_SIG *pair = ECDSA_SIG_new();
	uint8_t der[80], *at = der;
	int len, good;

	assert_int_equal(ECDSA_SIG_set0(pair, BN_bin2bn(sig, 32, NULL),
	    BN_bin2bn(sig + 32, 32, NULL)), 1);
	len = i2d_ECDSA_SIG(pair, &at);
	assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
	good = EVP_PKEY_verify(ctx, der, (size_t)len, digest, 32) == 1;
	ECDSA_SIG_free(pair);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return good;
}

static const struct key_row {
	const char	*name, *priv, *digest;
	enum err	 want;
} key_rows[] = {
	{ "the key of RFC 6979",
	    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
	    ZERO, ERR_OK },
	{ "the key one", ONE, ONE, ERR_OK },
	{ "the key n - 1", N_1, ORDER, ERR_OK },
	{ "a digest above n", ONE,
	    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    ERR_OK },
	{ "the key zero", ZERO, ONE, ERR_MALFORMED },
	{ "the key n", ORDER, ONE, ERR_MALFORMED },
};

/* Another nonce each time; OpenSSL agrees. */
static void
test_sign(void **state)
{
	const struct key_row *row = *state;
	uint8_t priv[32], digest[32], x[32], y[32], sig[64], again[64];

	unhex(row->priv, priv, 32);
	unhex(row->digest, digest, 32);
	assert_err(p256_sign(priv, digest, sig), row->want);
	if (row->want != ERR_OK)
		return;
	assert_err(p256_public(priv, x, y), ERR_OK);
	assert_err(p256_verify(x, y, digest, sig), ERR_OK);
	assert_true(openssl_verifies(x, y, digest, sig));
	assert_err(p256_sign(priv, digest, again), ERR_OK);
	assert_memory_not_equal(sig, again, 32);
	memcpy(again, sig, sizeof(sig));
	assert_err(p256_low_s(again), ERR_OK);
	assert_memory_equal(sig, again, sizeof(sig));
}

int
main(void)
{
	struct CMUnitTest tests[2 + ROWS(key_rows) + ROWS(rows) +
	    ROWS(low_rows)] = {
		cmocka_unit_test(test_a_point_off_the_curve_signs_nothing),
		cmocka_unit_test(test_each_bit_counts),
	};
	size_t n = 2;

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[n++] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < ROWS(low_rows); i++)
		tests[n++] = ROW_TEST(low_rows[i].name, test_low_s,
		    &low_rows[i]);
	for (size_t i = 0; i < ROWS(key_rows); i++)
		tests[n++] = ROW_TEST(key_rows[i].name, test_sign,
		    &key_rows[i]);
	return cmocka_run_group_tests_name("ecdsa", tests, NULL, NULL);
}
