/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "attest/credential.h"
#include "crypto/cfb.h"
#include "crypto/oaep.h"
#include "tests/activate.h"

/* What our half makes, and OpenSSL's half opens (tests/activate.h). */
static struct evp_pkey_st *keys[3];	/* ECC, RSA 2048, RSA 3072 */
static struct credential_random once;

static const uint8_t name[ATTEST_NAME_LEN] = { 0x00, 0x0b, 1, 2, 3 };
static const uint8_t secret[CREDENTIAL_SECRET_MAX + 1] = "an AK proves that";

static int
make_keys(void **state)
{
	struct drbg *d = NULL;

	(void)state;
	keys[0] = key_new(0);
	keys[1] = key_new(2048);
	keys[2] = key_new(3072);
	return drbg_from_system((struct span){ }, (struct span){ }, &d) !=
	    ERR_OK || credential_draw(d, &once) != ERR_OK ||
	    (drbg_drop(&d), 0);
}

static int
drop_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(keys); i++)
		key_drop(&keys[i]);
	return 0;
}

static enum err
make(struct evp_pkey_st *key, size_t len, struct credential *out)
{
	uint8_t room[512];
	struct attest_public ek;

	assert_err(public_of_key(key, room, &ek), ERR_OK);
	return credential_make(&ek, name, (struct span){ secret, len },
	    &once, out);
}

static enum err
open_it(struct evp_pkey_st *key, const struct credential *c,
    uint8_t out[static 64], size_t *len)
{
	return activate(key, SPAN(name), (struct span){ c->id_object,
	    c->id_len }, (struct span){ c->seed, c->seed_len }, out, len);
}

static void
test_the_ek_opens_it(void **state)
{
	struct evp_pkey_st *key = *(struct evp_pkey_st **)*state;
	uint8_t out[64];
	size_t len;

	for (size_t n = 1; n <= CREDENTIAL_SECRET_MAX; n += 31) {
		struct credential c;

		assert_err(make(key, n, &c), ERR_OK);
		assert_err(open_it(key, &c, out, &len), ERR_OK);
		assert_int_equal(len, n);
		assert_memory_equal(out, secret, n);
	}
}

static void
test_no_other_opens_it(void **state)
{
	struct credential c;
	uint8_t out[64], other[ATTEST_NAME_LEN];
	struct evp_pkey_st *stranger OWNED(key_drop) = key_new(0);
	size_t len;

	(void)state;
	assert_err(make(keys[0], 32, &c), ERR_OK);
	assert_err(open_it(stranger, &c, out, &len), ERR_AUTH);
	memcpy(other, name, sizeof(other));
	other[33] ^= 1;
	assert_err(activate(keys[0], SPAN(other), (struct span){ c.id_object,
	    c.id_len }, (struct span){ c.seed, c.seed_len }, out, &len),
	    ERR_AUTH);
	c.id_object[c.id_len - 1] ^= 1;
	assert_err(open_it(keys[0], &c, out, &len), ERR_AUTH);
}

static void
test_the_secret_is_not_seen_in_it(void **state)
{
	struct credential c;

	(void)state;
	assert_err(make(keys[0], 32, &c), ERR_OK);
	assert_null(memmem(c.id_object, c.id_len, secret, 8));
	assert_null(memmem(c.seed, c.seed_len, once.key, 8));
	assert_err(make(keys[1], 32, &c), ERR_OK);
	assert_null(memmem(c.seed, c.seed_len, once.key, 8));
}

static const struct refused_row {
	const char	*name;
	uint32_t	 cleared, set;
	uint16_t	 symmetric, bits, mode;
} refused_rows[] = {
	{ "an EK that could leave", ATTEST_FIXED_TPM, 0,
	    ATTEST_AES, 128, ATTEST_CFB },
	{ "an EK whose parent could leave", ATTEST_FIXED_PARENT, 0,
	    ATTEST_AES, 128, ATTEST_CFB },
	{ "an EK that came from outside", ATTEST_ORIGIN, 0,
	    ATTEST_AES, 128, ATTEST_CFB },
	{ "an EK that decrypts anything", ATTEST_RESTRICTED, 0,
	    ATTEST_AES, 128, ATTEST_CFB },
	{ "an EK that does not decrypt", ATTEST_DECRYPT, 0,
	    ATTEST_AES, 128, ATTEST_CFB },
	{ "an EK that signs", 0, ATTEST_SIGN, ATTEST_AES, 128, ATTEST_CFB },
	{ "no cipher", 0, 0, ATTEST_NULL, 128, ATTEST_CFB },
	{ "AES-256", 0, 0, ATTEST_AES, 256, ATTEST_CFB },
	{ "another mode", 0, 0, ATTEST_AES, 128, 0x0042 },
};

static void
test_refused(void **state)
{
	const struct refused_row *row = *state;
	struct credential c;
	struct attest_public ek;
	uint8_t room[512];

	assert_err(public_of_key(keys[0], room, &ek), ERR_OK);
	assert_err(credential_ek(&ek), ERR_OK);
	ek.attributes = (ek.attributes & ~row->cleared) | row->set;
	ek.symmetric = row->symmetric;
	ek.symmetric_bits = row->bits;
	ek.symmetric_mode = row->mode;
	assert_err(credential_make(&ek, name, SPAN(secret), &once, &c),
	    ERR_DENIED);
}

static void
test_bounds_of_the_secret(void **state)
{
	struct credential c;

	(void)state;
	assert_err(make(keys[0], 0, &c), ERR_LIMIT);
	assert_err(make(keys[0], CREDENTIAL_SECRET_MAX + 1, &c), ERR_LIMIT);
}

static void
test_keys_that_are_none(void **state)
{
	const struct credential_random zero = { };
	struct credential c = { .id_len = 7 };
	struct attest_public ek;
	uint8_t room[512];

	(void)state;
	assert_err(public_of_key(keys[0], room, &ek), ERR_OK);
	assert_err(credential_make(&ek, name, (struct span){ name, 1 },
	    &zero, &c), ERR_MALFORMED);
	ek.y[31] ^= 1;
	assert_err(credential_make(&ek, name, (struct span){ name, 1 },
	    &once, &c), ERR_AUTH);
	assert_int_equal(c.id_len, 7);
}

/* What rsa_oaep_encrypt() is told, before any of it is encrypted. */
static const struct rsa_row {
	const char	*name;
	size_t		 at, len;	/* this byte of this many */
	uint8_t		 byte;
	uint32_t	 exponent;
	size_t		 msg;
	enum err	 want;
} rsa_rows[] = {
	{ "a modulus", 0, 256, 0x80, 65537, 190, ERR_OK },
	{ "a message too long", 0, 256, 0x80, 65537, 191, ERR_LIMIT },
	{ "a short modulus", 0, 255, 0x80, 65537, 1, ERR_LIMIT },
	{ "a long modulus", 0, 513, 0x80, 65537, 1, ERR_LIMIT },
	{ "a modulus without its highest bit", 0, 256, 0x7f, 65537, 1,
	    ERR_LIMIT },
	{ "an even modulus", 255, 256, 0x80, 65537, 1, ERR_LIMIT },
	{ "an even exponent", 0, 256, 0x80, 65536, 1, ERR_LIMIT },
	{ "an exponent that does nothing", 0, 256, 0x80, 1, 1,
	    ERR_LIMIT },
};

static void
test_rsa(void **state)
{
	const struct rsa_row *row = *state;
	static const uint8_t msg[256];
	uint8_t n[513], out[513];
	const struct rsa_public to = { { n, row->len }, row->exponent };

	memset(n, 0xff, sizeof(n));
	n[row->at] = row->byte;
	assert_err(rsa_oaep_encrypt(&to, HASH_SHA256, span_text("label"),
	    (struct span){ msg, row->msg }, once.salt, out), row->want);
}

/* SP 800-38A, F.3.13, all of it and then a part of a block. */
static void
test_cfb(void **state)
{
	uint8_t key[CFB_KEY_LEN] = { 0 }, iv[CFB_IV_LEN] = { 0 };
	uint8_t in[64] = { 0 }, want[64] = { 0 };

	(void)state;
	unhex("2b7e151628aed2a6abf7158809cf4f3c", key, sizeof(key));
	unhex("000102030405060708090a0b0c0d0e0f", iv, sizeof(iv));
	unhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
	    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
	    in, sizeof(in));
	unhex("3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"
	    "26751f67a3cbb140b1808cf187a4f4dfc04b05357c5d1c0eeac4c66f9ff7f2e6",
	    want, sizeof(want));
	for (size_t len = sizeof(in); len > 0; len -= 21) {
		uint8_t out[64];

		memcpy(out, in, len);
		assert_err(aes128cfb_encrypt(key, iv,
		    (struct span){ out, len }, out), ERR_OK);
		assert_memory_equal(out, want, len);
		if (len < 21)
			break;
	}
	assert_err(aes128cfb_encrypt(key, iv,
	    (struct span){ in, CFB_TEXT_MAX + 1 }, in), ERR_LIMIT);
}

#define FIXED 8

int
main(void)
{
	struct CMUnitTest tests[FIXED + ROWS(refused_rows) +
	    ROWS(rsa_rows)] = {
		ROW_TEST("an EK of P-256 opens it", test_the_ek_opens_it,
		    &keys[0]),
		ROW_TEST("an EK of RSA 2048 opens it", test_the_ek_opens_it,
		    &keys[1]),
		ROW_TEST("an EK of RSA 3072 opens it", test_the_ek_opens_it,
		    &keys[2]),
		cmocka_unit_test(test_no_other_opens_it),
		cmocka_unit_test(test_the_secret_is_not_seen_in_it),
		cmocka_unit_test(test_bounds_of_the_secret),
		cmocka_unit_test(test_keys_that_are_none),
		cmocka_unit_test(test_cfb),
	};

	for (size_t i = 0; i < ROWS(refused_rows); i++)
		tests[FIXED + i] = ROW_TEST(refused_rows[i].name,
		    test_refused, &refused_rows[i]);
	for (size_t i = 0; i < ROWS(rsa_rows); i++)
		tests[FIXED + ROWS(refused_rows) + i] =
		    ROW_TEST(rsa_rows[i].name, test_rsa, &rsa_rows[i]);
	return cmocka_run_group_tests_name("credential", tests, make_keys,
	    drop_keys);
}
