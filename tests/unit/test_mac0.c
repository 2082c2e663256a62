/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cose/cwt.h"
#include "cose/mac0.h"

#define AAD "anchorhold/1 test"

/* 32 times 22 */
static struct secret *key;
static const struct span words = { (const uint8_t *)"correct horse", 13 };

static int
start(void **state)
{
	(void)state;
	if (secret_new(32, &key) != ERR_OK)
		return -1;
	memset(secret_expose(key), 0x22, 32);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	secret_drop(&key);
	return 0;
}

/* RFC 8392, A.4, without its tag 61: HMAC 256/64 over the claims of A.1. */
static const char known[] =
    "d18443a10104a05850"
    "a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b7703"
    "7818636f61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0"
    "051a5610d9f0061a5610d9f007420b71"
    "48093101ef6d789200";
static const char known_key[] =
    "403697de87af64611c1d32a05dab0fe1fcb715a86ab435f1ec99192d79569388";

static void
test_it_makes_the_known_answer(void **state)
{
	struct secret *k OWNED(secret_drop) = NULL;
	struct span payload = { NULL, 0 };
	uint8_t want[128], out[128], bytes[32];
	size_t n = unhex(known, want, sizeof(want)), len;

	(void)state;
	unhex(known_key, bytes, sizeof(bytes));
	assert_err(secret_copy(SPAN(bytes), &k), ERR_OK);
	assert_err(cose_mac0_check((struct span){ want, n }, MAC_HS256_64, k,
	    "", false, &payload), ERR_OK);
	assert_int_equal(payload.len, 80);
	assert_err(cose_mac0(MAC_HS256_64, k, "", payload, false, out,
	    sizeof(out), &len), ERR_OK);
	assert_int_equal(len, n);
	assert_memory_equal(out, want, n);
}

static const enum mac_alg algs[] = {
	MAC_HS256_64, MAC_HS256, MAC_HS384, MAC_HS512
};

/* Each algorithm, embedded and detached, and no prefix of either. */
static void
test_what_is_made_is_taken(void **state)
{
	static const size_t lens[] = { 8, 32, 48, 64 };
	uint8_t out[128];
	size_t n;

	(void)state;
	for (size_t i = 0; i < 2 * ROWS(algs); i++) {
		const enum mac_alg alg = algs[i / 2];
		struct span got = words;

		assert_int_equal(mac_len(alg), lens[i / 2]);
		assert_err(cose_mac0(alg, key, AAD, words, i % 2, out,
		    sizeof(out), &n), ERR_OK);
		assert_err(cose_mac0_check((struct span){ out, n }, alg, key,
		    AAD, i % 2, &got), ERR_OK);
		assert_true(span_equal(got, words));
		for (size_t cut = 0; cut < n; cut++)
			assert_err(cose_mac0_check((struct span){ out, cut },
			    alg, key, AAD, i % 2, &got), ERR_MALFORMED);
	}
	assert_err(cose_mac0(MAC_HS256, key, AAD, words, false, out, 52, &n),
	    ERR_LIMIT);
	assert_int_equal(mac_len(COSE_ES256), 0);
}

/* HMAC 256/256 over the words, made outside this tree; what is changed. */
#define GOOD "d1 84 43a10105 a0 4d636f727265637420686f727365 5820" TAG
#define TAG \
    "819d0f0a8ce5b3400edf43de3ae50fa9f9ad9b3b20b6f61ea30d63fb02ef7336"

static const struct row {
	const char	*name, *hex;
	enum err	 want;
} rows[] = {
	{ "made elsewhere", GOOD, ERR_OK },
	{ "no tag", "84 43a10105 a0 4d636f727265637420686f727365 5820" TAG,
	    ERR_MALFORMED },
	{ "the tag of a signature",
	    "d2 84 43a10105 a0 4d636f727265637420686f727365 5820" TAG,
	    ERR_MALFORMED },
	{ "five parts",
	    "d1 85 43a10105 a0 4d636f727265637420686f727365 5820" TAG,
	    ERR_MALFORMED },
	{ "another algorithm",
	    "d1 84 43a10106 a0 4d636f727265637420686f727365 5820" TAG,
	    ERR_NOT_FOUND },
	{ "a header of nothing",
	    "d1 84 43a00105 a0 4d636f727265637420686f727365 5820" TAG,
	    ERR_MALFORMED },
	{ "another label",
	    "d1 84 43a10205 a0 4d636f727265637420686f727365 5820" TAG,
	    ERR_MALFORMED },
	{ "an unprotected header",
	    "d1 84 43a10105 a1 4d636f727265637420686f727365 5820" TAG,
	    ERR_MALFORMED },
	{ "detached", "d1 84 43a10105 a0 f6 5820" TAG, ERR_MALFORMED },
	{ "other words",
	    "d1 84 43a10105 a0 4d636f727265637420686f727375 5820" TAG,
	    ERR_AUTH },
	{ "the front of the tag",
	    "d1 84 43a10105 a0 4d636f727265637420686f727365"
	    "48 819d0f0a8ce5b340", ERR_AUTH },
	{ "more than the tag",
	    "d1 84 43a10105 a0 4d636f727265637420686f727365 5821" TAG "00",
	    ERR_AUTH },
	{ "one bit of the tag",
	    "d1 84 43a10105 a0 4d636f727265637420686f727365 5820"
	    "819d0f0a8ce5b3400edf43de3ae50fa9f9ad9b3b20b6f61ea30d63fb02ef7337",
	    ERR_AUTH },
	{ "a byte behind it", GOOD "00", ERR_MALFORMED },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t in[128];
	struct span got = words;
	size_t n = unhex(row->hex, in, sizeof(in));

	assert_err(cose_mac0_check((struct span){ in, n }, MAC_HS256, key, "",
	    false, &got), row->want);
}

static void
test_it_is_for_one_key_and_context(void **state)
{
	struct secret *other OWNED(secret_drop) = NULL;
	struct span got = words, changed = { words.at, 12 };
	uint8_t out[128];
	size_t n;

	(void)state;
	assert_err(secret_new(32, &other), ERR_OK);
	assert_err(cose_mac0(MAC_HS256, key, AAD, words, true, out,
	    sizeof(out), &n), ERR_OK);
	assert_err(cose_mac0_check((struct span){ out, n }, MAC_HS256, other,
	    AAD, true, &got), ERR_AUTH);
	assert_err(cose_mac0_check((struct span){ out, n }, MAC_HS256, key,
	    "anchorhold/1 tests", true, &got), ERR_AUTH);
	assert_err(cose_mac0_check((struct span){ out, n }, MAC_HS256, key,
	    AAD, true, &changed), ERR_AUTH);
	assert_err(cose_mac0_check((struct span){ out, n }, MAC_HS256, key,
	    AAD, false, &got), ERR_MALFORMED);
}

/* A token's claims under a MAC, with each tag and header that might pass. */
static void
test_it_is_no_token(void **state)
{
	static const char *const objects[] = {
		"d83d d1 84 43a10105 a0 41a0 5820" TAG,
		"d83d d1 84 5818 a3012704 50 00000000000000000000000000000000"
		    "10183d a0 41a0 5840" TAG TAG,
		"d83d d2 84 43a10105 a0 41a0 5840" TAG TAG,
		"d83d d2 84 5818 a3010504 50 00000000000000000000000000000000"
		    "10183d a0 41a0 5840" TAG TAG,
		"d1 84 43a10105 a0 41a0 5820" TAG,
		"d2 84 43a10105 a0 41a0 5840" TAG TAG,
	};

	(void)state;
	for (size_t i = 0; i < ROWS(objects); i++) {
		uint8_t in[160];
		struct span s = { in, unhex(objects[i], in, sizeof(in)) };
		struct sign1 s1;
		struct cwt c;

		assert_true(token_parse(s, &s1, &c) != ERR_OK);
		for (int p = SIGN1_DETACHED; p <= SIGN1_FOREIGN; p++)
			assert_true(cose_sign1_parse(s,
			    (enum sign1_profile)p, &s1) != ERR_OK);
	}
}

static enum err
sign_anything(const struct signer *s, struct span tbs,
    uint8_t sig[static COSE_SIGNATURE_LEN])
{
	(void)s, (void)tbs;
	memset(sig, 1, COSE_SIGNATURE_LEN);
	return ERR_OK;
}

/* No key gives a signer such an algorithm, and none that has it signs. */
static void
test_no_signer_makes_one(void **state)
{
	struct signer s = { .sign = sign_anything };
	uint8_t out[256];
	size_t n;

	(void)state;
	for (int kind = COSE_ED25519; kind <= COSE_P256; kind++) {
		const struct cose_key k = { .kind = (enum cose_kind)kind };

		if (signer_name(&s, &k) == ERR_OK)
			assert_int_equal(mac_len(s.alg), 0);
	}
	s.key = (struct cose_key){ .kind = COSE_ED25519 };
	s.alg = COSE_EDDSA;
	assert_err(cose_sign(&s, SIGN1_TOKEN, "", words, out, sizeof(out),
	    &n), ERR_OK);
	for (size_t i = 0; i < ROWS(algs); i++) {
		s.alg = (enum cose_alg)algs[i];
		assert_err(cose_sign(&s, SIGN1_TOKEN, "", words, out,
		    sizeof(out), &n), ERR_INTERNAL);
	}
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 5] = {
		cmocka_unit_test(test_it_makes_the_known_answer),
		cmocka_unit_test(test_what_is_made_is_taken),
		cmocka_unit_test(test_it_is_for_one_key_and_context),
		cmocka_unit_test(test_it_is_no_token),
		cmocka_unit_test(test_no_signer_makes_one),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[5 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("mac0", tests, start, stop);
}
