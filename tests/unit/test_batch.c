/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/batch.h"
#include "crypto/drbg.h"

#define MANY 24

/* A key and what it signed. */
static struct scene {
	struct drbg	*drbg;
	struct batch	*batch;
	uint8_t		 seed[32], pub[32];
	uint8_t		 msg[MANY][100];
	uint8_t		 sig[MANY][64];
} scene;

static const struct span none = { NULL, 0 };

static struct span
msg_of(size_t i)
{
	return (struct span){ scene.msg[i], i };	/* of every length */
}

static int
begin(void **state)
{
	(void)state;
	assert_err(drbg_from_system(none, none, &scene.drbg), ERR_OK);
	assert_err(drbg_generate(scene.drbg, none, scene.seed, 32), ERR_OK);
	assert_err(drbg_generate(scene.drbg, none, scene.msg[0],
	    sizeof(scene.msg)), ERR_OK);
	assert_err(ed25519_public(scene.seed, scene.pub), ERR_OK);
	assert_err(batch_new(scene.pub, &scene.batch), ERR_OK);
	for (size_t i = 0; i < MANY; i++)
		assert_err(ed25519_sign(scene.seed, scene.pub, msg_of(i),
		    scene.sig[i]), ERR_OK);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	batch_drop(&scene.batch);
	drbg_drop(&scene.drbg);
	return 0;
}

/* The first n, one of them with another signature: what is said of all. */
static enum err
look(size_t n, size_t odd, const uint8_t *sig)
{
	enum err e = ERR_OK, last;

	for (size_t i = 0; i < n; i++) {
		last = batch_add(scene.batch, msg_of(i),
		    i == odd ? sig : scene.sig[i]);
		if (e == ERR_OK)
			e = last;
	}
	last = batch_check(scene.batch);
	return e == ERR_OK ? last : e;
}

static void
test_what_was_signed_holds_together(void **state)
{
	(void)state;
	for (size_t n = 0; n <= MANY; n++)
		assert_err(look(n, MANY, NULL), ERR_OK);
}

static void
test_many_keys_hold(void **state)
{
	struct batch *b;
	uint8_t sig[64];

	(void)state;
	for (int k = 0; k < 16; k++) {
		assert_err(drbg_generate(scene.drbg, none, scene.seed, 32),
		    ERR_OK);
		assert_err(ed25519_public(scene.seed, scene.pub), ERR_OK);
		assert_err(batch_new(scene.pub, &b), ERR_OK);
		for (size_t i = 0; i < MANY; i++)
			assert_err(batch_sign(b, scene.seed, msg_of(i), sig),
			    ERR_OK);
		assert_err(batch_check(b), ERR_OK);
		batch_drop(&b);
	}
}

/* Each bit of R and S, in each place: alone, in the sum, the last. */
static void
test_any_bit_that_is_wrong_is_found(void **state)
{
	static const size_t places[] = { 0, 2, 3, 5 };
	uint8_t sig[64];

	(void)state;
	for (unsigned bit = 0; bit < 512; bit++) {
		const size_t odd = places[bit % ROWS(places)];

		memcpy(sig, scene.sig[odd], sizeof(sig));
		sig[bit / 8] = (uint8_t)(sig[bit / 8] ^ 1 << bit % 8);
		assert_err(look(6, odd, sig), ERR_AUTH);
		assert_err(look(6, MANY, NULL), ERR_OK);
	}
}

/* Two errors that are each other's opposite, as a bent table would make. */
static void
test_errors_do_not_cancel_out(void **state)
{
	uint8_t swapped[2][64];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		memcpy(swapped[i], scene.sig[4 + i], 64);
		memcpy(swapped[i] + 32, scene.sig[5 - i] + 32, 32);
	}
	for (size_t i = 0; i < 4; i++)
		assert_err(batch_add(scene.batch, msg_of(i), scene.sig[i]),
		    ERR_OK);
	assert_err(batch_add(scene.batch, msg_of(4), swapped[0]), ERR_OK);
	assert_err(batch_add(scene.batch, msg_of(5), swapped[1]), ERR_OK);
	assert_err(batch_check(scene.batch), ERR_AUTH);
}

static void
test_another_message_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_err(batch_add(scene.batch, msg_of(i), scene.sig[i]),
		    ERR_OK);
	assert_err(batch_add(scene.batch, msg_of(6), scene.sig[5]), ERR_OK);
	assert_err(batch_check(scene.batch), ERR_AUTH);
}

/* S and S + L are the same to the sum: L itself, and what is above. */
static void
test_a_second_encoding_is_no_signature(void **state)
{
	static const uint8_t order[32] = {
		0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
		0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
		[31] = 0x10,
	};
	uint8_t sig[64];
	unsigned carry = 0;

	(void)state;
	memcpy(sig, scene.sig[3], sizeof(sig));
	for (size_t i = 0; i < 32; i++) {
		carry += sig[32 + i] + order[i];
		sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_err(look(5, 3, sig), ERR_AUTH);
	/* R with y + p, where that still has 255 bits: y of the identity. */
	memset(sig, 0xff, 32);
	sig[0] = 0xee;
	sig[31] = 0x7f;
	memset(sig + 32, 0, 32);
	for (size_t i = 0; i < BATCH_ALONE; i++)
		assert_err(batch_add(scene.batch, msg_of(i), scene.sig[i]),
		    ERR_OK);
	assert_err(batch_add(scene.batch, msg_of(3), sig), ERR_AUTH);
	(void)!batch_check(scene.batch);
}

static void
test_a_pub_that_is_not_the_seeds_own_signs_nothing(void **state)
{
	uint8_t seed[32], sig[64];

	(void)state;
	memcpy(seed, scene.seed, sizeof(seed));
	seed[7] ^= 1;
	assert_err(batch_sign(scene.batch, seed, msg_of(1), sig),
	    ERR_INTERNAL);
	assert_err(batch_sign(scene.batch, seed, msg_of(2), sig),
	    ERR_INTERNAL);
	/* Now they are looked at together. */
	assert_err(batch_sign(scene.batch, seed, msg_of(3), sig), ERR_OK);
	assert_err(batch_check(scene.batch), ERR_AUTH);
}

static void
test_a_key_that_is_none_has_no_batch(void **state)
{
	static const uint8_t two[32] = { 2 }, small[32] = { 1 };
	struct batch *b = NULL;

	(void)state;
	assert_err(batch_new(two, &b), ERR_AUTH);
	assert_err(batch_new(small, &b), ERR_AUTH);
	assert_null(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_was_signed_holds_together),
		TEST(test_many_keys_hold),
		TEST(test_any_bit_that_is_wrong_is_found),
		TEST(test_errors_do_not_cancel_out),
		TEST(test_another_message_is_found),
		TEST(test_a_second_encoding_is_no_signature),
		TEST(test_a_pub_that_is_not_the_seeds_own_signs_nothing),
		TEST(test_a_key_that_is_none_has_no_batch),
	};

	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
