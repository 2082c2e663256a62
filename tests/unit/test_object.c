/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "attest/object.h"

#define X "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
#define Y "4142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60"
#define POINT "0020" X "0020" Y
/* restricted, sign, noDA, userWithAuth, origin, fixedParent, fixedTPM. */
#define AK "0023 000b 00050472 0000 0010 0018000b 0003 0010 " POINT
/* A P-256 storage key with a policy. */
#define EK "0023 000b 000300b2 0020" X "0006 0080 0043 0010 0003 0010 " POINT
#define RSA "0001 000b 00050072 0000 0010 "
#define Z16 "00000000000000000000000000000000"
#define Z64 Z16 Z16 Z16 Z16
#define Z127 Z64 Z16 Z16 Z16 "000000000000000000000000000000"
#define Z255 Z64 Z64 Z127
#define MODULUS "0100 80" Z255

static const struct row {
	const char	*name;
	const char	*area;
	enum err	 want;
} rows[] = {
	{ "an attestation key", AK, ERR_OK },
	{ "a storage key", EK, ERR_OK },
	{ "a coordinate without its zeros",
	    "0023 000b 00050472 0000 0010 0018000b 0003 0010 0001 07 0020" Y,
	    ERR_OK },
	{ "RSA, its exponent left out",	RSA "0014 000b 0800 00000000" MODULUS,
	    ERR_OK },
	{ "RSA of any scheme",		RSA "0010 0800 00010001" MODULUS,
	    ERR_OK },
	{ "RSA-PSS",			RSA "0016 000b 0800 00010001" MODULUS,
	    ERR_OK },
	{ "nothing",			"",		ERR_MALFORMED },
	{ "a byte behind it",		AK "00",	ERR_MALFORMED },
	{ "half an area",		"0023 000b 0005", ERR_MALFORMED },
	{ "a nameAlg of SHA-1",
	    "0023 0004 00050472 0000 0010 0018000b 0003 0010 " POINT,
	    ERR_LIMIT },
	{ "a nameAlg of SHA-384",
	    "0023 000c 00050472 0000 0010 0018000b 0003 0010 " POINT,
	    ERR_LIMIT },
	{ "nameAlg of another high byte",
	    "0023 010b 00050472 0000 0010 0018000b 0003 0010 " POINT,
	    ERR_LIMIT },
	{ "a keyed hash",
	    "0008 000b 00050472 0000 0010 0000", ERR_LIMIT },
	{ "another curve",
	    "0023 000b 00050472 0000 0010 0018000b 0004 0010 " POINT,
	    ERR_LIMIT },
	{ "a key derivation",
	    "0023 000b 00050472 0000 0010 0018000b 0003 0020 " POINT,
	    ERR_LIMIT },
	{ "a scheme that is none of ours",
	    "0023 000b 00050472 0000 0010 001a000b 0003 0010 " POINT,
	    ERR_LIMIT },
	{ "another cipher",
	    "0023 000b 00050472 0000 0026 0080 0043 0010 0003 0010 " POINT,
	    ERR_LIMIT },
	{ "another cipher, and nothing about it",
	    "0023 000b 00050472 0000 0026 0018000b 0003 0010 " POINT,
	    ERR_LIMIT },
	{ "a coordinate of 33 bytes",
	    "0023 000b 00050472 0000 0010 0018000b 0003 0010 0021" X
	    "000020" Y, ERR_MALFORMED },
	{ "a policy of 65 bytes",
	    "0023 000b 00050472 0041" X X "00 0010 0018000b 0003 0010 " POINT,
	    ERR_MALFORMED },
	{ "RSA of 1,024 bits", RSA "0010 0400 00010001 0080 80" Z127,
	    ERR_LIMIT },
	{ "RSA of 8,192 bits",		RSA "0010 2000 00010001" MODULUS,
	    ERR_LIMIT },
	{ "more bits than its modulus", RSA "0010 0c00 00010001" MODULUS,
	    ERR_MALFORMED },
	{ "bits that make no bytes",	RSA "0010 0801 00010001" MODULUS,
	    ERR_MALFORMED },
	{ "a modulus without its first bit",
	    RSA "0010 0800 00010001 0100 7f" Z255, ERR_MALFORMED },
	{ "a byte behind a modulus", RSA "0010 0800 00010001" MODULUS "00",
	    ERR_MALFORMED },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	static const struct attest_public none;
	struct attest_public p;
	uint8_t in[1024] = { 0 };
	const size_t len = unhex(row->area, in, sizeof(in));

	memset(&p, 0xa5, sizeof(p));
	assert_err(attest_area_read((struct span){ in, len }, &p), row->want);
	if (row->want != ERR_OK)
		assert_memory_equal(&p, &none, sizeof(p));
}

static void
test_every_cut(void **state)
{
	static const char *const whole[] = { AK, EK,
		RSA "0014 000b 0800 00000000" MODULUS };
	struct attest_public p;
	uint8_t in[1024] = { 0 };

	(void)state;
	for (size_t i = 0; i < ROWS(whole); i++) {
		const size_t len = unhex(whole[i], in, sizeof(in));

		for (size_t n = 0; n < len; n++) {
			/* So that a sanitizer sees what is read behind it. */
			uint8_t *cut = malloc(n + 1);

			assert_non_null(cut);
			memcpy(cut + 1, in, n);
			assert_err(attest_area_read((struct span){ cut + 1,
			    n }, &p), ERR_MALFORMED);
			free(cut);
		}
	}
}

static void
test_what_it_says(void **state)
{
	/* Made with Python's hashlib. */
	static const char name[] = "000b"
	    "cbd6e873712b3f92811ba71658d6bdb7"
	    "c8833bbd208fac3a6036bad9a3eb72b4";
	struct attest_public p;
	uint8_t in[1024] = { 0 }, want[64], got[ATTEST_NAME_LEN];
	const size_t len = 2 + unhex(AK, in + 2, sizeof(in) - 2);

	(void)state;
	in[0] = 0;
	in[1] = (uint8_t)(len - 2);
	assert_err(attest_public_read((struct span){ in, len }, &p), ERR_OK);
	assert_int_equal(p.type, ATTEST_ECC);
	assert_int_equal(p.attributes, ATTEST_RESTRICTED | ATTEST_SIGN |
	    ATTEST_NO_DA | ATTEST_USER_AUTH | ATTEST_ORIGIN |
	    ATTEST_FIXED_PARENT | ATTEST_FIXED_TPM);
	assert_int_equal(p.policy.len, 0);
	assert_int_equal(p.symmetric, ATTEST_NULL);
	assert_int_equal(p.scheme, ATTEST_ECDSA);
	assert_int_equal(p.hash, ATTEST_SHA256);
	assert_int_equal(p.bits, 256);
	unhex(X, want, sizeof(want));
	assert_memory_equal(p.x, want, 32);
	unhex(Y, want, sizeof(want));
	assert_memory_equal(p.y, want, 32);
	assert_int_equal(unhex(name, want, sizeof(want)), ATTEST_NAME_LEN);
	assert_memory_equal(p.name, want, ATTEST_NAME_LEN);
	assert_err(attest_name((struct span){ in, len }, got), ERR_OK);
	assert_memory_equal(got, want, ATTEST_NAME_LEN);
}

static void
test_the_size_in_front(void **state)
{
	struct attest_public p;
	uint8_t in[1024] = { 0 }, name[ATTEST_NAME_LEN];
	const size_t len = 2 + unhex(AK, in + 2, sizeof(in) - 2);

	(void)state;
	in[0] = 0;
	for (unsigned n = 0; n < 256; n++) {
		in[1] = (uint8_t)n;
		assert_err(attest_public_read((struct span){ in, len }, &p),
		    n == len - 2 ? ERR_OK : ERR_MALFORMED);
		assert_err(attest_name((struct span){ in, len }, name),
		    n == len - 2 ? ERR_OK : ERR_MALFORMED);
	}
	assert_err(attest_name((struct span){ in, 0 }, name), ERR_MALFORMED);
}

static void
test_a_short_coordinate(void **state)
{
	static const uint8_t seven[32] = { [31] = 7 };
	struct attest_public p;
	uint8_t in[256] = { 0 };
	const size_t len = unhex("0023 000b 00050472 0000 0010 0018000b 0003 "
	    "0010 0001 07 0020" Y, in, sizeof(in));

	(void)state;
	assert_err(attest_area_read((struct span){ in, len }, &p), ERR_OK);
	assert_memory_equal(p.x, seven, sizeof(seven));
}

static void
test_storage_and_rsa(void **state)
{
	struct attest_public p;
	uint8_t in[1024] = { 0 }, want[32];
	size_t len = unhex(EK, in, sizeof(in));

	(void)state;
	assert_err(attest_area_read((struct span){ in, len }, &p), ERR_OK);
	assert_int_equal(p.symmetric, ATTEST_AES);
	assert_int_equal(p.symmetric_bits, 128);
	assert_int_equal(p.symmetric_mode, ATTEST_CFB);
	assert_int_equal(p.scheme, ATTEST_NULL);
	assert_int_equal(p.policy.len, 32);
	unhex(X, want, sizeof(want));
	assert_memory_equal(p.policy.at, want, 32);
	len = unhex(RSA "0016 000b 0800 00000000" MODULUS, in, sizeof(in));
	assert_err(attest_area_read((struct span){ in, len }, &p), ERR_OK);
	assert_int_equal(p.type, ATTEST_RSA);
	assert_int_equal(p.scheme, ATTEST_RSAPSS);
	assert_int_equal(p.bits, 2048);
	assert_int_equal(p.exponent, 65537);
	assert_int_equal(p.modulus.len, 256);
	assert_int_equal(p.modulus.at[0], 0x80);
}

static void
test_digests(void **state)
{
	(void)state;
	assert_int_equal(attest_digest_len(ATTEST_SHA1), 20);
	assert_int_equal(attest_digest_len(ATTEST_SHA256), 32);
	assert_int_equal(attest_digest_len(ATTEST_SHA384), 48);
	assert_int_equal(attest_digest_len(ATTEST_SHA512), 64);
	assert_int_equal(attest_digest_len(0x0012), 0);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 6] = {
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_what_it_says),
		cmocka_unit_test(test_the_size_in_front),
		cmocka_unit_test(test_a_short_coordinate),
		cmocka_unit_test(test_storage_and_rsa),
		cmocka_unit_test(test_digests),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[6 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
