/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/ecdsa.h"
#include "crypto/hash.h"

/* RFC 6979, A.2.5, SHA-256: the message "sample". */
#define X "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
#define Y "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
#define R "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
#define S "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
#define N_S "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9"
#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
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
	{ "n - 1",
	    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550",
	    ONE },
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

int
main(void)
{
	struct CMUnitTest tests[2 + ROWS(rows) + ROWS(low_rows)] = {
		cmocka_unit_test(test_a_point_off_the_curve_signs_nothing),
		cmocka_unit_test(test_each_bit_counts),
	};
	size_t n = 2;

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[n++] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < ROWS(low_rows); i++)
		tests[n++] = ROW_TEST(low_rows[i].name, test_low_s,
		    &low_rows[i]);
	return cmocka_run_group_tests_name("ecdsa", tests, NULL, NULL);
}
