/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/hash.h"

static void
test_sha256_of_pieces_is_that_of_the_whole(void **state)
{
	/* FIPS 180-4, the two-block example. */
	static const char text[] =
	    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	uint8_t want[SHA256_LEN], out[SHA256_LEN];

	(void)state;
	unhex("248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1",
	    want, sizeof(want));
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		const struct span parts[] = {
			{ (const uint8_t *)text, cut },
			{ NULL, 0 },
			span_text(text + cut),
		};

		assert_err(sha256(parts, ROWS(parts), out), ERR_OK);
		assert_memory_equal(out, want, sizeof(want));
	}
}

static void
test_sha256_of_nothing(void **state)
{
	uint8_t want[SHA256_LEN], out[SHA256_LEN];

	(void)state;
	unhex("e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855",
	    want, sizeof(want));
	assert_err(sha256(NULL, 0, out), ERR_OK);
	assert_memory_equal(out, want, sizeof(want));
}

/* FIPS 180-4, the examples of one block. */
static const struct hash_row {
	const char	*name;
	enum hash_alg	 alg;
	const char	*hex;
} hash_rows[] = {
	{ "SHA-1 of pieces", HASH_SHA1,
	    "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "SHA-256 of pieces", HASH_SHA256,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad" },
	{ "SHA-384 of pieces", HASH_SHA384,
	    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
	    "8086072ba1e7cc2358baeca134c825a7" },
	{ "SHA-512 of pieces", HASH_SHA512,
	    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd"
	    "454d4423643ce80e2a9ac94fa54ca49f" },
};

static void
test_hash_of_pieces(void **state)
{
	const struct hash_row *row = *state;
	const struct span parts[] = {
		span_text("a"), { NULL, 0 }, span_text("bc"),
	};
	uint8_t want[HASH_LEN_MAX], out[HASH_LEN_MAX];

	assert_int_equal(unhex(row->hex, want, sizeof(want)),
	    hash_len(row->alg));
	assert_err(hash_parts(row->alg, parts, ROWS(parts), out), ERR_OK);
	assert_memory_equal(out, want, hash_len(row->alg));
}

/* RFC 2202, 3 and RFC 4231, 4: a key shorter and one longer than a block. */
static const struct hmac_row {
	const char	*name;
	enum hash_alg	 alg;
	const char	*key;
	size_t		 repeat;
	const char	*text;
	const char	*hex;
} hmac_rows[] = {
	{ "SHA-1, a short key", HASH_SHA1, "\x0b", 20, "Hi There",
	    "b617318655057264e28bc0b6fb378c8ef146be00" },
	{ "SHA-1, a long key", HASH_SHA1, "\xaa", 80,
	    "Test Using Larger Than Block-Size Key - Hash Key First",
	    "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
	{ "SHA-256, a short key", HASH_SHA256, "\x0b", 20, "Hi There",
	    "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7" },
	{ "SHA-256, a long key", HASH_SHA256, "\xaa", 131,
	    "Test Using Larger Than Block-Size Key - Hash Key First",
	    "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54" },
	{ "SHA-384, a short key", HASH_SHA384, "\x0b", 20, "Hi There",
	    "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
	    "faea9ea9076ede7f4af152e8b2fa9cb6" },
	{ "SHA-512, a short key", HASH_SHA512, "\x0b", 20, "Hi There",
	    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
	    "daa833b7d6b8a702038b274eaea3f4e4"
	    "be9d914eeb61f1702e696c203a126854" },
	{ "SHA-512, a long key", HASH_SHA512, "\xaa", 131,
	    "Test Using Larger Than Block-Size Key - Hash Key First",
	    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
	    "6b56d037e05f2598bd0fd2215d6a1e52"
	    "95e64f73f63f0aec8b915a985d786598" },
	{ "SHA-256, no key, no text", HASH_SHA256, "", 0, "",
	    "b613679a0814d9ec772f95d778c35fc5"
	    "ff1697c493715653c6c712144292c5ad" },
};

static void
test_hmac(void **state)
{
	const struct hmac_row *row = *state;
	uint8_t key[131], want[HASH_LEN_MAX], out[HASH_LEN_MAX];
	const struct span k = { row->repeat > 0 ? key : NULL, row->repeat };
	const struct span parts[] = {
		{ (const uint8_t *)row->text, strlen(row->text) / 2 },
		span_text(row->text + strlen(row->text) / 2),
	};

	memset(key, row->key[0], sizeof(key));
	assert_int_equal(unhex(row->hex, want, sizeof(want)),
	    hash_len(row->alg));
	assert_err(hmac(row->alg, k, parts, 2, out), ERR_OK);
	assert_memory_equal(out, want, hash_len(row->alg));
}

/* RFC 5869, A.2: more than one block, and A.3: neither salt nor info. */
static void
test_hkdf_of_long_inputs(void **state)
{
	uint8_t in[256], want[82], out[82];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	unhex("b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
	    "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
	    "cc30c58179ec3e87c14c01d5c1f3434f1d87", want, sizeof(want));
	assert_err(hkdf_sha256((struct span){ in + 0x60, 80 },
	    (struct span){ in, 80 }, (struct span){ in + 0xb0, 80 }, out,
	    sizeof(out)), ERR_OK);
	assert_memory_equal(out, want, sizeof(want));
}

static void
test_hkdf_of_the_key_alone(void **state)
{
	uint8_t ikm[22], want[42], out[42];

	(void)state;
	memset(ikm, 0x0b, sizeof(ikm));
	unhex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
	    "9d201395faa4b61a96c8", want, sizeof(want));
	assert_err(hkdf_sha256((struct span){ }, SPAN(ikm), (struct span){ },
	    out, sizeof(out)), ERR_OK);
	assert_memory_equal(out, want, sizeof(want));
}

static void
test_hkdf_has_a_longest_output(void **state)
{
	static uint8_t out[HKDF_SHA256_MAX + 1];
	const struct span key = span_text("key");

	(void)state;
	assert_err(hkdf_sha256(key, key, key, out, sizeof(out)), ERR_LIMIT);
	assert_err(hkdf_sha256(key, key, key, out, sizeof(out) - 1), ERR_OK);
}

int
main(void)
{
	struct CMUnitTest tests[5 + ROWS(hmac_rows) + ROWS(hash_rows)] = {
		cmocka_unit_test(test_sha256_of_pieces_is_that_of_the_whole),
		cmocka_unit_test(test_sha256_of_nothing),
		cmocka_unit_test(test_hkdf_of_long_inputs),
		cmocka_unit_test(test_hkdf_of_the_key_alone),
		cmocka_unit_test(test_hkdf_has_a_longest_output),
	};

	for (size_t i = 0; i < ROWS(hmac_rows); i++)
		tests[5 + i] = ROW_TEST(hmac_rows[i].name, test_hmac,
		    &hmac_rows[i]);
	for (size_t i = 0; i < ROWS(hash_rows); i++)
		tests[5 + ROWS(hmac_rows) + i] = ROW_TEST(hash_rows[i].name,
		    test_hash_of_pieces, &hash_rows[i]);
	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
