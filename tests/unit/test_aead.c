/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/aead.h"

typedef enum err (*aead_fn)(const uint8_t *key, const uint8_t *nonce,
    struct span aad, struct span in, uint8_t *out);

static const struct cipher {
	const char	*name;
	aead_fn		 seal, open;
	const char	*key, *nonce, *aad, *text, *sealed;
} ciphers[] = {
	/* McGrew and Viega, the GCM specification, test case 16. */
	{ "AES-256-GCM", aes256gcm_seal, aes256gcm_open,
	    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	    "cafebabefacedbaddecaf888",
	    "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	    "76fc6ece0f4e1768cddf8853bb2d551b" },
	/* draft-irtf-cfrg-xchacha-03, A.3.1. */
	{ "XChaCha20-Poly1305", xchacha_seal, xchacha_open,
	    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
	    "404142434445464748494a4b4c4d4e4f5051525354555657",
	    "50515253c0c1c2c3c4c5c6c7",
	    "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
	    "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
	    "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
	    "637265656e20776f756c642062652069742e",
	    "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
	    "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
	    "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
	    "21f9664c97637da9768812f615c68b13b52e"
	    "c0875924c1c7987947deafd8780acf49" },
};

/* One vector, and room to work in. */
struct vector {
	uint8_t	key[32], nonce[24], aad[32], text[128], sealed[144];
	size_t	aad_len, len;
	uint8_t	out[160];
};

static struct vector
load(const struct cipher *c)
{
	struct vector v = { };

	unhex(c->key, v.key, sizeof(v.key));
	unhex(c->nonce, v.nonce, sizeof(v.nonce));
	v.aad_len = unhex(c->aad, v.aad, sizeof(v.aad));
	v.len = unhex(c->text, v.text, sizeof(v.text));
	assert_int_equal(unhex(c->sealed, v.sealed, sizeof(v.sealed)),
	    v.len + AEAD_TAG_LEN);
	return v;
}

static enum err
seal(const struct cipher *c, struct vector *v, const uint8_t *in)
{
	return c->seal(v->key, v->nonce,
	    (struct span){ v->aad, v->aad_len }, (struct span){ in, v->len },
	    v->out);
}

static enum err
open_sealed(const struct cipher *c, struct vector *v, const uint8_t *in)
{
	return c->open(v->key, v->nonce,
	    (struct span){ v->aad, v->aad_len },
	    (struct span){ in, v->len + AEAD_TAG_LEN }, v->out);
}

static void
test_the_published_answer(void **state)
{
	const struct cipher *c = *state;
	struct vector v = load(c);

	assert_err(seal(c, &v, v.text), ERR_OK);
	assert_memory_equal(v.out, v.sealed, v.len + AEAD_TAG_LEN);
	assert_err(open_sealed(c, &v, v.sealed), ERR_OK);
	assert_memory_equal(v.out, v.text, v.len);
}

static void
test_in_place(void **state)
{
	const struct cipher *c = *state;
	struct vector v = load(c);

	memcpy(v.out, v.text, v.len);
	assert_err(seal(c, &v, v.out), ERR_OK);
	assert_memory_equal(v.out, v.sealed, v.len + AEAD_TAG_LEN);
	assert_err(open_sealed(c, &v, v.out), ERR_OK);
	assert_memory_equal(v.out, v.text, v.len);
}

static void
assert_refused(const struct cipher *c, struct vector *v)
{
	static const uint8_t zeros[sizeof(v->out)];

	memset(v->out, 0xa5, v->len);
	assert_err(open_sealed(c, v, v->sealed), ERR_AUTH);
	assert_memory_equal(v->out, zeros, v->len);
}

/* Each bit of the text and the tag, of the nonce and the additional data. */
static void
test_nothing_else_opens(void **state)
{
	const struct cipher *c = *state;
	const size_t nonce_len = strlen(c->nonce) / 2;
	struct vector v = load(c);
	struct {
		uint8_t	*at;
		size_t	 len;
	} fields[] = {
		{ v.sealed, v.len + AEAD_TAG_LEN }, { v.nonce, nonce_len },
		{ v.aad, v.aad_len }, { v.key, sizeof(v.key) },
	};

	for (size_t f = 0; f < ROWS(fields); f++) {
		for (size_t i = 0; i < 8 * fields[f].len; i++) {
			fields[f].at[i / 8] ^= (uint8_t)(1 << i % 8);
			assert_refused(c, &v);
			fields[f].at[i / 8] ^= (uint8_t)(1 << i % 8);
		}
	}
	v.aad_len--;
	assert_refused(c, &v);
}

static void
test_empty_and_shorter_than_a_tag(void **state)
{
	const struct cipher *c = *state;
	struct vector v = load(c);
	const struct span none = { };

	assert_err(c->seal(v.key, v.nonce, none, none, v.out), ERR_OK);
	assert_err(c->open(v.key, v.nonce, none,
	    (struct span){ v.out, AEAD_TAG_LEN }, v.text), ERR_OK);
	assert_err(c->open(v.key, v.nonce, none,
	    (struct span){ v.out, AEAD_TAG_LEN - 1 }, v.text), ERR_AUTH);
}

/* The lengths at which blocks and vector loops begin and end. */
static void
test_every_length_comes_back(void **state)
{
	static uint8_t in[1200], out[sizeof(in) + AEAD_TAG_LEN];
	const struct cipher *c = *state;
	struct vector v = load(c);

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7);
	for (size_t n = 0; n < sizeof(in); n += n < 300 ? 1 : 61) {
		const struct span aad = { in, n % 50 };

		assert_err(c->seal(v.key, v.nonce, aad,
		    (struct span){ in, n }, out), ERR_OK);
		assert_err(c->open(v.key, v.nonce, aad,
		    (struct span){ out, n + AEAD_TAG_LEN }, out), ERR_OK);
		assert_memory_equal(out, in, n);
	}
}

static void
test_too_long(void **state)
{
	const struct cipher *c = *state;
	struct vector v = load(c);
	const struct span none = { }, in = { v.text, AEAD_TEXT_MAX + 1 };
	const struct span sealed = { v.text, in.len + AEAD_TAG_LEN };

	/* Refused before a byte is read. */
	assert_err(c->seal(v.key, v.nonce, none, in, v.out), ERR_LIMIT);
	assert_err(c->seal(v.key, v.nonce, in, none, v.out), ERR_LIMIT);
	assert_err(c->open(v.key, v.nonce, none, sealed, v.out), ERR_LIMIT);
}

int
main(void)
{
	static const struct {
		const char		*name;
		CMUnitTestFunction	 run;
	} each[] = {
		{ "the published answer", test_the_published_answer },
		{ "in place", test_in_place },
		{ "nothing else opens", test_nothing_else_opens },
		{ "empty, too short", test_empty_and_shorter_than_a_tag },
		{ "every length comes back", test_every_length_comes_back },
		{ "too long", test_too_long },
	};
	struct CMUnitTest tests[ROWS(each) * ROWS(ciphers)];

	for (size_t i = 0; i < ROWS(tests); i++)
		tests[i] = ROW_TEST(each[i / 2].name, each[i / 2].run,
		    &ciphers[i % 2]);
	return cmocka_run_group_tests_name("aead", tests, NULL, NULL);
}
