/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdbool.h>

#include "base/secret.h"
#include "cryptod/code.h"
#include "crypto/drbg.h"
#include "crypto/ecdh.h"
#include "crypto/ed25519.h"
#include "crypto/selftest.h"
#include "store/seal.h"
#include "tests/undefined.h"
#include "tests/wrap_ed25519.h"

/*
 * No branch and no address depends on a secret.  Under valgrind
 * (make check-valgrind) what is hidden here counts as undefined, and memcheck
 * ends the test at the first use of it that would show in the time; without
 * valgrind these are a few more known answers.
 *
 * What secret_equal() returns may be known, and a signature, which is verified
 * as soon as it is made: the linker puts ours around both (Makefile.am).
 *
 * wolfSSL's AES, with tables, and its P-256 are not made for this: the keys
 * that they see wrap one secret each and are used once.
 */

int __real_secret_equal(const uint8_t *a, const uint8_t *b, size_t n);
int __wrap_secret_equal(const uint8_t *a, const uint8_t *b, size_t n);

int
__wrap_wc_ed25519_sign_msg(const byte *in, word32 len, byte *out,
    word32 *outlen, ed25519_key *key)
{
	const int rc = __real_wc_ed25519_sign_msg(in, len, out, outlen, key);

	show(out, ED25519_SIG_LEN);
	return rc;
}

static bool kept;	/* not even that, before the whole is done */

int
__wrap_secret_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	const int equal = __real_secret_equal(a, b, n);

	if (!kept)
		show(&equal, sizeof(equal));
	return equal;
}

static void
test_comparison(void **state)
{
	uint8_t a[64], b[64];

	(void)state;
	memset(a, 7, sizeof(a));
	for (size_t at = 0; at <= sizeof(a); at++) {
		memcpy(b, a, sizeof(b));
		if (at < sizeof(a))
			b[at] ^= 0x80;
		hide(b, sizeof(b));
		assert_int_equal(secret_equal(a, b, sizeof(a)),
		    at == sizeof(a));
	}
}

static const struct alg {
	const char	*name;
	enum hash_alg	 alg;
	const char	*code;		/* RFC 6238, B, at 59 s */
	size_t		 key;
} algs[] = {
	{ "SHA-1",	HASH_SHA1,	"94287082",	20 },
	{ "SHA-256",	HASH_SHA256,	"46119246",	32 },
	{ "SHA-512",	HASH_SHA512,	"90693936",	64 },
};

/* The keys of RFC 6238 and its errata: digits, again and again. */
static struct span
hidden_key(const struct alg *a, uint8_t key[static 64])
{
	for (size_t i = 0; i < a->key; i++)
		key[i] = (uint8_t)('0' + (i + 1) % 10);
	hide(key, a->key);
	return (struct span){ key, a->key };
}

static void
test_code(void **state)
{
	const struct alg *a = *state;
	char code[OTP_TEXT];
	uint8_t bytes[64];

	assert_err(hotp(a->alg, hidden_key(a, bytes), 1, 8, code), ERR_OK);
	show(code, sizeof(code));
	assert_string_equal(code, a->code);
}

/* The window, the code that is shown in it and the key are hidden; whether
 * it was found, and where, is told. */
static void
test_window(void **state)
{
	const struct alg *a = *state;
	uint8_t bytes[64];
	const struct code_key key = { .alg = a->alg, .digits = 8,
	    .secret = hidden_key(a, bytes) };
	struct code_found found;
	uint8_t code[8];

	for (uint64_t center = 0; center < 5; center++) {
		memcpy(code, a->code, sizeof(code));
		hide(code, sizeof(code));
		kept = true;
		assert_err(code_find(&key, code_window(center, 1),
		    SPAN(code), &found), ERR_OK);
		kept = false;
		show(&found, sizeof(found));
		assert_int_equal(found.found, center <= 2);
		assert_int_equal(found.step, center <= 2 ? 1 : 0);
	}
}

static void
test_pair(void **state)
{
	const struct alg *a = *state;
	uint8_t bytes[64];
	const struct code_key key = { .alg = a->alg, .digits = 8,
	    .secret = hidden_key(a, bytes) };
	struct code_found found;
	char first[OTP_TEXT], second[OTP_TEXT];

	assert_err(hotp(a->alg, key.secret, 1, 8, first), ERR_OK);
	assert_err(hotp(a->alg, key.secret, 2, 8, second), ERR_OK);
	kept = true;
	assert_err(code_find_pair(&key, code_window(10, 9),
	    (struct span){ (const uint8_t *)first, 8 },
	    (struct span){ (const uint8_t *)second, 8 }, &found), ERR_OK);
	kept = false;
	show(&found, sizeof(found));
	assert_int_equal(found.found, 1);
	assert_int_equal(found.step, 2);
}

static void
test_derivation(void **state)
{
	uint8_t ikm[22], out[42];
	static const uint8_t want[4] = { 0x8d, 0xa4, 0xe7, 0x75 };

	(void)state;
	memset(ikm, 0x0b, sizeof(ikm));		/* RFC 5869, A.3 */
	hide(ikm, sizeof(ikm));
	assert_err(hkdf_sha256((struct span){ 0 }, SPAN(ikm),
	    (struct span){ 0 }, out, sizeof(out)), ERR_OK);
	show(out, sizeof(out));
	assert_memory_equal(out, want, sizeof(want));
}

static void
test_generator(void **state)
{
	struct drbg *d OWNED(drbg_drop) = NULL;
	uint8_t entropy[48], out[64];

	(void)state;
	memset(entropy, 3, sizeof(entropy));
	hide(entropy, sizeof(entropy));
	assert_err(drbg_new((struct span){ entropy, 32 },
	    (struct span){ entropy + 32, 16 }, (struct span){ 0 }, &d),
	    ERR_OK);
	assert_err(drbg_generate(d, (struct span){ 0 }, out, sizeof(out)),
	    ERR_OK);
}

/* The keys of a journal, hidden; every tag and check is refused at its place
 * like at any other. */
static struct secret *
hidden_keys(struct secret **keys)
{
	uint8_t store_key[32];

	memset(store_key, 5, sizeof(store_key));
	hide(store_key, sizeof(store_key));
	assert_err(seal_keys(SPAN(store_key), keys), ERR_OK);
	return *keys;
}

static void
test_frame(void **state)
{
	struct secret *keys OWNED(secret_drop) = NULL;
	struct drbg *d OWNED(drbg_drop) = NULL;
	uint8_t plain[100] = { 1 }, frame[100 + SEAL_OVER], back[100];
	struct chain c;
	size_t len;

	(void)state;
	hidden_keys(&keys);
	assert_err(drbg_from_system(span_text("blind"), (struct span){ 0 },
	    &d), ERR_OK);
	assert_err(seal_begin(d, &c), ERR_OK);
	assert_err(seal_frame(keys, &c, d, SPAN(plain), frame), ERR_OK);
	show(frame, sizeof(frame));
	for (size_t at = 4; at < sizeof(frame); at += at == 4 ? 15 : 1) {
		frame[at] ^= 1;
		assert_err(at < SEAL_HEAD_LEN ?
		    seal_length(keys, frame, &len) :
		    seal_open(keys, &c, SPAN(frame), back), ERR_AUTH);
		frame[at] ^= 1;
	}
	assert_err(seal_length(keys, frame, &len), ERR_OK);
	assert_err(seal_open(keys, &c, SPAN(frame), back), ERR_OK);
	show(back, sizeof(back));
	assert_memory_equal(back, plain, sizeof(back));
}

static void
test_agreement(void **state)
{
	uint8_t mine[32], theirs[32], pub[32], other[32], one[32], two[32];

	(void)state;
	memset(mine, 0x11, sizeof(mine));
	memset(theirs, 0x22, sizeof(theirs));
	hide(mine, sizeof(mine));
	hide(theirs, sizeof(theirs));
	assert_err(x25519_public(mine, pub), ERR_OK);
	assert_err(x25519_public(theirs, other), ERR_OK);
	show(pub, sizeof(pub));
	show(other, sizeof(other));
	assert_err(x25519_shared(mine, other, one), ERR_OK);
	assert_err(x25519_shared(theirs, pub, two), ERR_OK);
	assert_true(secret_equal(one, two, sizeof(one)));
}

static void
test_public_key(void **state)
{
	uint8_t seed[32], pub[32];

	(void)state;
	memset(seed, 0x33, sizeof(seed));
	hide(seed, sizeof(seed));
	assert_err(ed25519_public(seed, pub), ERR_OK);
	show(pub, sizeof(pub));
	assert_err(ed25519_check(pub), ERR_OK);
}

/* What it signs is verified with what everybody has. */
static void
test_signature(void **state)
{
	uint8_t seed[32], pub[32], sig[64];
	const struct span text = span_text("text");

	(void)state;
	memset(seed, 0x33, sizeof(seed));
	hide(seed, sizeof(seed));
	assert_err(ed25519_public(seed, pub), ERR_OK);
	show(pub, sizeof(pub));
	assert_err(ed25519_sign(seed, pub, text, sig), ERR_OK);
	assert_err(ed25519_verify(pub, text, sig), ERR_OK);
}

int
main(void)
{
	struct CMUnitTest tests[7 + 3 * ROWS(algs)] = {
		cmocka_unit_test(test_comparison),
		cmocka_unit_test(test_derivation),
		cmocka_unit_test(test_generator),
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_agreement),
		cmocka_unit_test(test_public_key),
		cmocka_unit_test(test_signature),
	};

	for (size_t i = 0; i < ROWS(algs); i++) {
		tests[7 + 3 * i] = ROW_TEST(algs[i].name, test_code, &algs[i]);
		tests[8 + 3 * i] = ROW_TEST(algs[i].name, test_window,
		    &algs[i]);
		tests[9 + 3 * i] = ROW_TEST(algs[i].name, test_pair, &algs[i]);
	}
	if (crypto_selftest() != ERR_OK)
		return 1;
	return cmocka_run_group_tests_name("blind", tests, NULL, NULL);
}
