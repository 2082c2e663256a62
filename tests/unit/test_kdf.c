/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

/* OpenSSL has a type of that name. */
#define ERR_STATE openssl_state
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#undef ERR_STATE

#include "crypto/kdf.h"

/* OpenSSL's KDFs of SP 800-108 and SP 800-56C are the referee: they take the
 * label and what follows it as they would any bytes. */
enum { MADE = 160 };

static const struct row {
	const char	*name;
	enum hash_alg	 alg;
	const char	*digest;
	const char	*key, *label, *u, *v;
	size_t		 bits;
} rows[] = {
	{ "SHA-256, one block", HASH_SHA256, "SHA256", "seed", "STORAGE",
	    "the Name", "", 128 },
	{ "SHA-256, a whole block", HASH_SHA256, "SHA256", "seed",
	    "INTEGRITY", "", "", 256 },
	{ "SHA-256, a bit of a second", HASH_SHA256, "SHA256", "k",
	    "IDENTITY", "x of one", "x of the other", 264 },
	{ "SHA-1, many blocks", HASH_SHA1, "SHA1", "0123456789", "CFB",
	    "u", "v", 1280 },
	{ "SHA-384", HASH_SHA384, "SHA384", "key", "SECRET", "", "v", 384 },
	{ "SHA-512", HASH_SHA512, "SHA512", "key", "XOR", "u", "", 520 },
};

static OSSL_PARAM
text_param(const char *key, const char *text)
{
	return OSSL_PARAM_construct_utf8_string(key,
	    (char *)(uintptr_t)text, 0);
}

static OSSL_PARAM
bytes_param(const char *key, const void *at, size_t len)
{
	return OSSL_PARAM_construct_octet_string(key,
	    (void *)(uintptr_t)at, len);
}

static void
run_theirs(const char *name, const OSSL_PARAM *params, uint8_t *out,
    size_t len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);

	assert_int_equal(EVP_KDF_derive(ctx, out, len, params), 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

static void
test_kdfa(void **state)
{
	const struct row *row = *state;
	uint8_t ours[MADE], theirs[MADE];
	char context[64];
	const size_t len = row->bits / 8, context_len = strlen(row->u) +
	    strlen(row->v);
	const OSSL_PARAM params[] = {
		text_param(OSSL_KDF_PARAM_MODE, "counter"),
		text_param(OSSL_KDF_PARAM_MAC, "HMAC"),
		text_param(OSSL_KDF_PARAM_DIGEST, row->digest),
		bytes_param(OSSL_KDF_PARAM_KEY, row->key, strlen(row->key)),
		bytes_param(OSSL_KDF_PARAM_SALT, row->label,
		    strlen(row->label)),
		bytes_param(OSSL_KDF_PARAM_INFO, context, context_len),
		OSSL_PARAM_END,
	};

	memcpy(context, row->u, strlen(row->u));
	memcpy(context + strlen(row->u), row->v, strlen(row->v));
	run_theirs("KBKDF", params, theirs, len);
	assert_err(kdfa(row->alg, span_text(row->key), row->label,
	    span_text(row->u), span_text(row->v), row->bits, ours), ERR_OK);
	assert_memory_equal(ours, theirs, len);
}

static void
their_kdfe(const struct row *row, uint8_t *out, size_t len)
{
	char info[96];
	size_t n = strlen(row->label) + 1;
	OSSL_PARAM params[4];

	memcpy(info, row->label, n);
	memcpy(info + n, row->u, strlen(row->u));
	n += strlen(row->u);
	memcpy(info + n, row->v, strlen(row->v));
	n += strlen(row->v);
	params[0] = text_param(OSSL_KDF_PARAM_DIGEST, row->digest);
	params[1] = bytes_param(OSSL_KDF_PARAM_SECRET, row->key,
	    strlen(row->key));
	params[2] = bytes_param(OSSL_KDF_PARAM_INFO, info, n);
	params[3] = OSSL_PARAM_construct_end();
	run_theirs("SSKDF", params, out, len);
}

static void
test_kdfe(void **state)
{
	const struct row *row = *state;
	uint8_t ours[MADE], theirs[MADE];

	their_kdfe(row, theirs, row->bits / 8);
	assert_err(kdfe(row->alg, span_text(row->key), row->label,
	    span_text(row->u), span_text(row->v), row->bits, ours), ERR_OK);
	assert_memory_equal(ours, theirs, row->bits / 8);
}

static void
test_the_highest_bits_are_cut_off(void **state)
{
	const struct span none = { };
	uint8_t ours[MADE], want[HASH_LEN_MAX];
	/* 00000001, the label and its NUL, 140 bits. */
	const uint8_t text[] = "\0\0\0\1CFB\0\0\0\0\x8c";
	const struct span parts[] = { { text, sizeof(text) - 1 } };

	(void)state;
	their_kdfe(&rows[0], want, 17);
	assert_err(kdfe(HASH_SHA256, span_text(rows[0].key), rows[0].label,
	    span_text(rows[0].u), none, 129, ours), ERR_OK);
	assert_int_equal(ours[0], want[0] & 1);
	assert_memory_equal(ours + 1, want + 1, 16);

	assert_err(hmac(HASH_SHA256, span_text("k"), parts, 1, want), ERR_OK);
	assert_err(kdfa(HASH_SHA256, span_text("k"), "CFB", none, none, 140,
	    ours), ERR_OK);
	assert_int_equal(ours[0], want[0] & 15);
	assert_memory_equal(ours + 1, want + 1, 17);
}

static void
test_how_much(void **state)
{
	static uint8_t out[KDF_BITS_MAX / 8];
	const struct span none = { };

	(void)state;
	assert_err(kdfa(HASH_SHA1, none, "", none, none, 0, out), ERR_LIMIT);
	assert_err(kdfa(HASH_SHA1, none, "", none, none, KDF_BITS_MAX, out),
	    ERR_OK);
	assert_err(kdfe(HASH_SHA1, none, "", none, none, KDF_BITS_MAX + 1,
	    out), ERR_LIMIT);
}

int
main(void)
{
	struct CMUnitTest tests[2 + 2 * ROWS(rows)] = {
		cmocka_unit_test(test_the_highest_bits_are_cut_off),
		cmocka_unit_test(test_how_much),
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		tests[2 + 2 * i] = ROW_TEST(rows[i].name, test_kdfa,
		    &rows[i]);
		tests[3 + 2 * i] = ROW_TEST(rows[i].name, test_kdfe,
		    &rows[i]);
	}
	return cmocka_run_group_tests_name("kdf", tests, NULL, NULL);
}
