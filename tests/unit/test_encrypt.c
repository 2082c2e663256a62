/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <sys/wait.h>

#include "cose/encrypt_int.h"
#include "crypto/drbg.h"

#define ID "6f1c0a57-0d0b-4bd4-8d1e-0c9a6f0f2a11"

static uint8_t request[32];
static const uint8_t iv[12] = { 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 };
static const struct span words = { (const uint8_t *)"correct horse", 13 };
static struct drbg *drbg;

static int
start(void **state)
{
	(void)state;
	memset(request, 0x33, sizeof(request));
	return drbg_new(span_text("0123456789abcdef0123456789abcdef"),
	    span_text("0123456789abcdef"), (struct span){ NULL, 0 },
	    &drbg) == ERR_OK ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	drbg_drop(&drbg);
	return 0;
}

/* The pair whose private key is 32 times the same byte. */
static struct cose_pair
pair_of(enum cose_kind kind, uint8_t byte)
{
	struct secret *d OWNED(secret_drop) = NULL;
	struct cose_pair p = { .priv = NULL };

	assert_err(secret_new(32, &d), ERR_OK);
	memset(secret_expose(d), byte, 32);
	assert_err(cose_pair_of(kind, &d, &p), ERR_OK);
	assert_null(d);
	return p;
}

/* Known answers, made outside this tree. */
static const struct known {
	const char	*name;
	enum cose_kind	 kind;
	uint8_t		 to, sender;
	const char	*hex;
} known[] = {
	{ "X25519 known", COSE_X25519, 1, 2,
	    "d8608443a10103a1054c040404040404040404040404581dcbb75f63424c7a2d"
	    "a176af86164fbfde4416bcf8a9be7c0f08d96842c9818344a1013818a120a301"
	    "012004215820ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba"
	    "05870e587d5940" },
	{ "P-256 known", COSE_P256, 5, 6,
	    "d8608443a10103a1054c040404040404040404040404581dc8a561e8d0c3bdd8"
	    "434238cef7e3e9e7f3436e511f301916b2eff03dbb818344a1013818a120a401"
	    "022001215820b0514c4c13540f2397f54719f3332e7ef38e42ad9dc08b71e660"
	    "ce16b9e88d092258204e7f3adc888e944d45d5e4594e3fbe289180bb1cd7fc55"
	    "d1b5c7cb501c09ca5040" },
};

static void
test_known(void **state)
{
	const struct known *row = *state;
	struct cose_pair to OWNED(cose_pair_drop) =
	    pair_of(row->kind, row->to);
	struct cose_pair sender OWNED(cose_pair_drop) =
	    pair_of(row->kind, row->sender);
	struct secret *plain OWNED(secret_drop) = NULL;
	uint8_t want[512], out[512];
	size_t len = unhex(row->hex, want, sizeof(want)), n;
	struct writer w = writer_of(out, sizeof(out));

	assert_err(wrap_with(&sender, iv, &to.key,
	    (struct wrap_request){ request, ID }, words, &w), ERR_OK);
	n = (size_t)(w.at - out);
	assert_int_equal(n, len);
	assert_memory_equal(out, want, len);
	assert_err(cose_unwrap(&to, (struct span){ want, len }, request, ID,
	    &plain), ERR_OK);
	assert_true(span_equal(secret_span(plain), words));

	secret_drop(&plain);
	for (n = 0; n < len; n++) {
		want[n] ^= (uint8_t)(1 << n % 8);
		assert_true(cose_unwrap(&to, (struct span){ want, len },
		    request, ID, &plain) != ERR_OK);
		assert_null(plain);
		want[n] ^= (uint8_t)(1 << n % 8);
	}
	for (n = 0; n < len; n++)
		assert_err(cose_unwrap(&to, (struct span){ want, n }, request,
		    ID, &plain), ERR_MALFORMED);
}

/* Shapes that hold together but are not ours; %s is what is in the rows. */
#define BODY	"43a10103 a1054c040404040404040404040404 51" \
		"0000000000000000000000000000000000"
#define SMALL \
	"0000000000000000000000000000000000000000000000000000000000000000"
#define XPUB \
	"ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d59"
#define GX \
	"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define TO	"81 83 44a1013818 a120 a3 0101 2004 215820" XPUB "40"

static const struct shape {
	const char	*name;
	const char	*hex;
	enum err	 want;
} shapes[] = {
	{ "another's tag", "d860 84" BODY TO, ERR_AUTH },
	{ "a sender of small order", "d860 84" BODY "81 83 44a1013818 a120 a3 0101 2004 215820" SMALL "40", ERR_AUTH },
	{ "a sender off the curve", "d860 84" BODY "81 83 44a1013818 a120 a4 0102 2001 215820" GX "225820" GX "40", ERR_AUTH },
	{ "a sender that signs", "d860 84" BODY "81 83 44a1013818 a120 a3 0101 2006 215820" XPUB "40", ERR_AUTH },
	{ "no tag", "84" BODY TO, ERR_MALFORMED },
	{ "COSE_Encrypt0's tag", "d0 84" BODY TO, ERR_MALFORMED },
	{ "an array of five", "d860 85" BODY TO "f6", ERR_MALFORMED },
	{ "A128GCM", "d860 84 43a10101 a1054c040404040404040404040404 51 0000000000000000000000000000000000" TO, ERR_MALFORMED },
	{ "two headers", "d860 84 43a10103 a2 054c040404040404040404040404 0600 51 0000000000000000000000000000000000" TO, ERR_MALFORMED },
	{ "a partial iv", "d860 84 43a10103 a1064c040404040404040404040404 51 0000000000000000000000000000000000" TO, ERR_MALFORMED },
	{ "an iv of 11", "d860 84 43a10103 a1054b0404040404040404040404 51 0000000000000000000000000000000000" TO, ERR_MALFORMED },
	{ "no plaintext", "d860 84 43a10103 a1054c040404040404040404040404 50 00000000000000000000000000000000" TO, ERR_MALFORMED },
	{ "no ciphertext", "d860 84 43a10103 a1054c040404040404040404040404 f6" TO, ERR_MALFORMED },
	{ "two recipients", "d860 84" BODY "82" "83 44a1013818 a120 a3 0101 2004 215820" XPUB "40" "83 44a1013818 a120 a3 0101 2004 215820" XPUB "40", ERR_MALFORMED },
	{ "a recipient of four", "d860 84" BODY "81 84 44a1013818 a120 a3 0101 2004 215820" XPUB "40 80", ERR_MALFORMED },
	{ "ECDH-SS", "d860 84" BODY "81 83 44a101381a a120 a3 0101 2004 215820" XPUB "40", ERR_MALFORMED },
	{ "a recipient's kid too", "d860 84" BODY "81 83 44a1013818 a2 0441aa 20 a3 0101 2004 215820" XPUB "40", ERR_MALFORMED },
	{ "a static sender", "d860 84" BODY "81 83 44a1013818 a121 a3 0101 2004 215820" XPUB "40", ERR_MALFORMED },
	{ "a wrapped key", "d860 84" BODY "81 83 44a1013818 a120 a3 0101 2004 215820" XPUB "4100", ERR_MALFORMED },
	{ "one byte too many", "d860 84" BODY TO "00", ERR_MALFORMED },
};

static void
test_shape(void **state)
{
	const struct shape *row = *state;
	struct cose_pair to OWNED(cose_pair_drop) = pair_of(COSE_X25519, 1);
	struct secret *plain OWNED(secret_drop) = NULL;
	uint8_t in[512];
	struct span bytes = { in, unhex(row->hex, in, sizeof(in)) };

	assert_err(cose_unwrap(&to, bytes, request, ID, &plain), row->want);
	assert_null(plain);
}

static void
test_it_opens_for_its_key_and_request_only(void **state)
{
	static const enum cose_kind kinds[] = { COSE_X25519, COSE_P256 };
	uint8_t out[COSE_WRAP_MAX], other[32] = { 0x34 };

	(void)state;
	for (size_t i = 0; i < ROWS(kinds); i++) {
		struct cose_pair to OWNED(cose_pair_drop) = { .priv = NULL };
		struct cose_pair not OWNED(cose_pair_drop) = { .priv = NULL };
		struct secret *plain OWNED(secret_drop) = NULL;
		struct span wrapped = { out, 0 };

		assert_err(cose_pair_make(kinds[i], drbg, &to), ERR_OK);
		assert_err(cose_pair_make(kinds[i], drbg, &not), ERR_OK);
		assert_err(cose_wrap(&to.key, words, request, ID, drbg, out,
		    sizeof(out), &wrapped.len), ERR_OK);
		assert_err(cose_unwrap(&not, wrapped, request, ID, &plain),
		    ERR_AUTH);
		assert_err(cose_unwrap(&to, wrapped, other, ID, &plain),
		    ERR_AUTH);
		assert_err(cose_unwrap(&to, wrapped, request,
		    "6f1c0a57-0d0b-4bd4-8d1e-0c9a6f0f2a12", &plain), ERR_AUTH);
		assert_err(cose_unwrap(&to, wrapped, request, ID, &plain),
		    ERR_OK);
		assert_true(span_equal(secret_span(plain), words));
	}
}

/* One private key, used on both curves: what was wrapped on one does not open
 * on the other. */
static void
test_both_keys_are_of_one_kind(void **state)
{
	struct cose_pair x OWNED(cose_pair_drop) = pair_of(COSE_X25519, 1);
	struct cose_pair p OWNED(cose_pair_drop) = pair_of(COSE_P256, 1);
	struct secret *plain OWNED(secret_drop) = NULL;
	uint8_t out[COSE_WRAP_MAX];
	struct span wrapped = { out, 0 };

	(void)state;
	assert_err(cose_wrap(&p.key, words, request, ID, drbg, out,
	    sizeof(out), &wrapped.len), ERR_OK);
	assert_err(cose_unwrap(&x, wrapped, request, ID, &plain), ERR_AUTH);
	assert_err(cose_unwrap(&p, wrapped, request, ID, &plain), ERR_OK);
}

static void
test_a_pair_is_of_a_key_that_agrees(void **state)
{
	struct cose_pair p OWNED(cose_pair_drop) = { .priv = NULL };
	struct secret *d OWNED(secret_drop) = NULL;

	(void)state;
	assert_err(secret_new(33, &d), ERR_OK);
	assert_err(cose_pair_of(COSE_X25519, &d, &p), ERR_INTERNAL);
	assert_err(secret_shorten(&d, 32), ERR_OK);
	assert_err(cose_pair_of(COSE_ED25519, &d, &p), ERR_INTERNAL);
	assert_err(cose_pair_of(COSE_P256, &d, &p), ERR_MALFORMED);
	assert_non_null(d);
	assert_null(p.priv);
}

static void
test_a_secret_has_its_sizes(void **state)
{
	struct cose_pair to OWNED(cose_pair_drop) = pair_of(COSE_P256, 5);
	struct secret *plain OWNED(secret_drop) = NULL;
	uint8_t big[COSE_WRAP_SECRET_MAX + 1] = { 7 }, out[COSE_WRAP_MAX];
	struct span wrapped = { out, 0 };
	size_t n;

	(void)state;
	assert_err(cose_wrap(&to.key, (struct span){ big, 0 }, request, ID,
	    drbg, out, sizeof(out), &n), ERR_LIMIT);
	assert_err(cose_wrap(&to.key, SPAN(big), request, ID, drbg, out,
	    sizeof(out), &n), ERR_LIMIT);
	assert_err(cose_wrap(&to.key, (struct span){ big, sizeof(big) - 1 },
	    request, ID, drbg, out, sizeof(out), &wrapped.len), ERR_OK);
	assert_err(cose_unwrap(&to, wrapped, request, ID, &plain), ERR_OK);
	assert_int_equal(secret_len(plain), COSE_WRAP_SECRET_MAX);
	for (size_t cap = 0; cap < wrapped.len; cap += 97)
		assert_err(cose_wrap(&to.key, (struct span){ big,
		    sizeof(big) - 1 }, request, ID, drbg, out, cap, &n),
		    ERR_LIMIT);
}

/* In a forked child the DRBG has forgotten everything (crypto/drbg.h). */
static void
test_without_random_bytes_there_is_no_key(void **state)
{
	struct cose_pair to OWNED(cose_pair_drop) = pair_of(COSE_X25519, 1);
	struct cose_pair none OWNED(cose_pair_drop) = { .priv = NULL };
	uint8_t out[COSE_WRAP_MAX];
	int status = -1;
	size_t n;
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0) {
		int refused = cose_pair_make(COSE_X25519, drbg, &none) ==
		    ERR_STATE && cose_pair_make(COSE_P256, drbg, &none) ==
		    ERR_STATE && none.priv == NULL &&
		    cose_wrap(&to.key, words, request, ID, drbg, out,
		    sizeof(out), &n) == ERR_STATE;

		_exit(refused ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
test_it_wraps_to_no_bad_point(void **state)
{
	struct cose_key small = { .kind = COSE_X25519 };
	struct cose_key off = { .kind = COSE_P256, .x = { 1 }, .y = { 1 } };
	struct cose_key signs = { .kind = COSE_ED25519, .x = { 1 } };
	uint8_t out[COSE_WRAP_MAX];
	size_t n;

	(void)state;
	assert_err(cose_wrap(&small, words, request, ID, drbg, out,
	    sizeof(out), &n), ERR_AUTH);
	assert_err(cose_wrap(&off, words, request, ID, drbg, out,
	    sizeof(out), &n), ERR_AUTH);
	assert_err(cose_wrap(&signs, words, request, ID, drbg, out,
	    sizeof(out), &n), ERR_AUTH);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(known) + ROWS(shapes) + 6] = {
		cmocka_unit_test(test_it_opens_for_its_key_and_request_only),
		cmocka_unit_test(test_both_keys_are_of_one_kind),
		cmocka_unit_test(test_a_pair_is_of_a_key_that_agrees),
		cmocka_unit_test(test_a_secret_has_its_sizes),
		cmocka_unit_test(test_without_random_bytes_there_is_no_key),
		cmocka_unit_test(test_it_wraps_to_no_bad_point),
	};
	size_t n = 6;

	for (size_t i = 0; i < ROWS(known); i++)
		tests[n++] = ROW_TEST(known[i].name, test_known, &known[i]);
	for (size_t i = 0; i < ROWS(shapes); i++)
		tests[n++] = ROW_TEST(shapes[i].name, test_shape, &shapes[i]);
	return cmocka_run_group_tests_name("encrypt", tests, start, stop);
}
