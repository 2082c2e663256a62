/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/ed25519.h"

#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUB "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

/* RFC 8032, 7.1. */
static const struct sign_row {
	const char	*name, *seed, *pub, *msg, *sig;
} sign_rows[] = {
	{ "an empty message", SEED, PUB, "",
	    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
	},
	{ "one byte",
	    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
	    "72",
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
	},
	{ "two bytes",
	    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
	    "af82",
	    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
	},
	{ "SHA(abc), its key with the sign set",
	    "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
	    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
	    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	    "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
	    "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
	},
};

static void
test_published_signatures(void **state)
{
	const struct sign_row *row = *state;
	uint8_t seed[32], pub[32], msg[64], sig[64], made[64];
	struct span m = { msg, unhex(row->msg, msg, sizeof(msg)) };

	unhex(row->seed, seed, sizeof(seed));
	unhex(row->sig, sig, sizeof(sig));
	assert_err(ed25519_public(seed, made), ERR_OK);
	unhex(row->pub, pub, sizeof(pub));
	assert_memory_equal(made, pub, sizeof(pub));
	assert_err(ed25519_sign(seed, pub, m, made), ERR_OK);
	assert_memory_equal(made, sig, sizeof(sig));
	assert_err(ed25519_verify(pub, m, sig), ERR_OK);
}

/*
 * What wolfSSL alone would take.  For the keys, R is the base point and S is
 * one, which holds for each message whose hash is a multiple of eight: a
 * signature that nobody made.
 */
#define BASE_ONE \
    "5866666666666666666666666666666666666666666666666666666666666666" \
    "0100000000000000000000000000000000000000000000000000000000000000"

static const struct forged {
	const char	*name, *pub, *msg, *sig;
} forgeries[] = {
	{ "the identity",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "02", BASE_ONE },
	{ "the identity, its sign set",
	    "0100000000000000000000000000000000000000000000000000000000000080",
	    "0c", BASE_ONE },
	{ "order 2",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "0a", BASE_ONE },
	{ "order 4",
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0a", BASE_ONE },
	{ "order 4, the other",
	    "0000000000000000000000000000000000000000000000000000000000000080",
	    "06", BASE_ONE },
	{ "order 8",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	    "0d", BASE_ONE },
	{ "order 8, the second",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	    "02", BASE_ONE },
	{ "order 8, the third",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	    "1c", BASE_ONE },
	{ "order 8, the fourth",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	    "02", BASE_ONE },
	{ "y = p",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "02", BASE_ONE },
	{ "y = p, its sign set",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    "19", BASE_ONE },
	{ "y = p + 1",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "06", BASE_ONE },
	/* A true signature whose S was small enough that S + L still begins
	 * with 0x10, where wolfSSL compares the rest only after zeros. */
	{ "S + L", PUB, "16",
	    "9c131ea14e5940716c957c5d4a4b4779d4e2a4224f4256fecbe4fa4de292c732"
	    "4026f50da5f8276aebada46ed32f1e5649ded061092dfe2503ce33ed9e27eb10"
	},
};

static void
test_forgeries_are_refused(void **state)
{
	const struct forged *row = *state;
	uint8_t pub[32], msg[8], sig[64];
	struct span m = { msg, unhex(row->msg, msg, sizeof(msg)) };

	unhex(row->pub, pub, sizeof(pub));
	unhex(row->sig, sig, sizeof(sig));
	assert_err(ed25519_verify(pub, m, sig), ERR_AUTH);
	if (row->sig == forgeries[0].sig)
		assert_err(ed25519_check(pub), ERR_AUTH);
}

static void
test_the_last_forgery_is_a_signature_but_for_its_s(void **state)
{
	uint8_t pub[32], sig[64];
	const uint8_t msg = 0x16;

	(void)state;
	unhex(PUB, pub, sizeof(pub));
	unhex("9c131ea14e5940716c957c5d4a4b4779d4e2a4224f4256fecbe4fa4de292c732"
	    "5352ffb08a9515121511adcbf4353f4149ded061092dfe2503ce33ed9e27eb00",
	    sig, sizeof(sig));
	assert_err(ed25519_verify(pub, (struct span){ &msg, 1 }, sig),
	    ERR_OK);
}

static void
test_each_bit_counts(void **state)
{
	const struct sign_row *row = &sign_rows[1];
	uint8_t pub[32], sig[64], msg = 0x72;
	const struct span m = { &msg, 1 };

	(void)state;
	unhex(row->pub, pub, sizeof(pub));
	unhex(row->sig, sig, sizeof(sig));
	for (size_t i = 0; i < 8 * sizeof(sig); i++) {
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_err(ed25519_verify(pub, m, sig), ERR_AUTH);
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t i = 0; i < 8 * sizeof(pub); i++) {
		pub[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_err(ed25519_verify(pub, m, sig), ERR_AUTH);
		pub[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	msg ^= 1;
	assert_err(ed25519_verify(pub, m, sig), ERR_AUTH);
}

/* Two signatures under one seed and two public keys give the seed away. */
static void
test_a_foreign_public_key_gets_no_signature(void **state)
{
	uint8_t seed[32], pub[32], sig[64] = { 0 }, zeros[64] = { 0 };

	(void)state;
	unhex(SEED, seed, sizeof(seed));
	unhex(sign_rows[1].pub, pub, sizeof(pub));
	assert_err(ed25519_sign(seed, pub, span_text("m"), sig),
	    ERR_INTERNAL);
	assert_memory_equal(sig, zeros, sizeof(sig));
}

int
main(void)
{
	struct CMUnitTest tests[3 + ROWS(sign_rows) + ROWS(forgeries)] = {
		cmocka_unit_test(
		    test_the_last_forgery_is_a_signature_but_for_its_s),
		cmocka_unit_test(test_each_bit_counts),
		cmocka_unit_test(test_a_foreign_public_key_gets_no_signature),
	};
	size_t n = 3;

	for (size_t i = 0; i < ROWS(sign_rows); i++)
		tests[n++] = ROW_TEST(sign_rows[i].name,
		    test_published_signatures, &sign_rows[i]);
	for (size_t i = 0; i < ROWS(forgeries); i++)
		tests[n++] = ROW_TEST(forgeries[i].name,
		    test_forgeries_are_refused, &forgeries[i]);
	return cmocka_run_group_tests_name("ed25519", tests, NULL, NULL);
}
