/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/secret.h"
#include "crypto/ecdsa.h"
#include "tests/officers.h"
#include "tests/said.h"
#include "tests/swtpm.h"
#include "tpm/tpm.h"

/* One TPM for all rows; each opens it anew, and leaves nothing behind. */
static struct swtpm machine;

static struct custody ceremony;

struct bench {
	struct tpm	*t;
	const struct custody *c;
};

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	*state = b;
	if (b == NULL || machine.pid == 0 ||
	    tpm_open(machine.tcti, &b->t) != ERR_OK)
		return -1;
	b->c = &ceremony;
	return tpm_srk_pin(b->t, &b->c->srk) != ERR_OK;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;
	struct tpm_info info = { .objects = 99 };
	enum err e = tpm_info(b->t, &info);

	tpm_drop(&b->t);
	free(b);
	return e != ERR_OK || info.objects != 0 || info.sessions != 0 ||
	    info.failures != 0;
}

static enum err
unseal(struct bench *b, const struct tpm_blob *blob, struct secret **out)
{
	return tpm_store_unseal(b->t, b->c->k, &b->c->unseal, NULL, blob, out);
}

static enum err
sign(struct bench *b, const struct tpm_blob *key, const uint8_t digest[32],
    uint8_t sig[64])
{
	return tpm_key_sign(b->t, b->c->k, &b->c->use, key, b->c->auth, digest,
	    sig);
}

static void
test_what_is_sealed_comes_back(void **state)
{
	static const size_t lens[] = { 1, 64, TPM_SEAL_MAX };
	struct bench *b = *state;

	for (size_t i = 0; i < ROWS(lens); i++) {
		struct secret *plain OWNED(secret_drop) = NULL;
		struct secret *back OWNED(secret_drop) = NULL;
		struct tpm_blob blob;

		assert_err(secret_new(lens[i], &plain), ERR_OK);
		assert_err(tpm_random(b->t, secret_expose(plain), lens[i]),
		    ERR_OK);
		assert_err(tpm_store_seal(b->t, b->c->k, plain, NULL, &blob,
		    NULL), ERR_OK);
		assert_err(unseal(b, &blob, &back), ERR_OK);
		assert_true(span_equal(secret_span(back), secret_span(plain)));
	}
}

static void
test_more_than_fits_is_refused(void **state)
{
	struct bench *b = *state;
	struct secret *large OWNED(secret_drop) = NULL;
	struct secret *auth OWNED(secret_drop) = NULL;
	struct tpm_blob blob;
	uint8_t x[32], y[32];

	assert_err(secret_new(TPM_SEAL_MAX + 1, &large), ERR_OK);
	assert_err(tpm_store_seal(b->t, b->c->k, large, NULL, &blob, NULL),
	    ERR_LIMIT);
	assert_err(secret_new(TPM_AUTH_MAX + 1, &auth), ERR_OK);
	assert_err(tpm_store_seal(b->t, b->c->k, b->c->plain, auth, &blob,
	    NULL), ERR_LIMIT);
	assert_err(tpm_key_create(b->t, b->c->k, auth, &blob, x, y, NULL),
	    ERR_LIMIT);
	assert_err(tpm_epoch_define(b->t, b->c->k, auth), ERR_LIMIT);
}

static void
test_the_srk_is_the_same_each_time(void **state)
{
	struct bench *b = *state;
	struct tpm *again OWNED(tpm_drop) = NULL;
	struct tpm_name name;

	assert_err(tpm_open(machine.tcti, &again), ERR_OK);
	assert_err(tpm_srk_create(again, &name), ERR_OK);
	assert_int_equal(name.len, sizeof(name.at));
	assert_memory_equal(name.at, b->c->srk.at, sizeof(name.at));
}

static void
test_another_srk_is_refused(void **state)
{
	struct bench *b = *state;
	struct tpm *t OWNED(tpm_drop) = NULL;
	struct tpm_blob blob;
	uint8_t byte;

	assert_err(tpm_open(machine.tcti, &t), ERR_OK);
	for (size_t i = 0; i < sizeof(b->c->srk.at); i += 11) {
		struct tpm_name other = b->c->srk;

		other.at[i] ^= 1;
		assert_err(tpm_srk_pin(t, &other), ERR_AUTH);
	}
	assert_err(tpm_srk_pin(t, &(struct tpm_name){ 0 }), ERR_AUTH);
	assert_err(tpm_store_seal(t, b->c->k, b->c->plain, NULL, &blob, NULL),
	    ERR_STATE);
	assert_err(tpm_random(t, &byte, 1), ERR_STATE);
	assert_err(tpm_srk_pin(t, &b->c->srk), ERR_OK);
	assert_err(tpm_random(t, &byte, 1), ERR_OK);
}

/* A PCR that is not the approved one, and the words for it. */
static void
test_other_pcrs_unseal_nothing(void **state)
{
	struct bench *b = *state;
	struct tpm_approval a = b->c->unseal;
	struct secret *back OWNED(secret_drop) = NULL;
	char said[2048];

	a.pcrs.mask = 1u << 23 | 1u << 9;
	assert_err(officers_approve(&b->c->officers, b->t, &a), ERR_OK);
	assert_err(swtpm_extend(&machine, 9), ERR_OK);
	said_begin();
	assert_err(custody_unseal(b->t, b->c, &a), ERR_DENIED);
	said_end(said, sizeof(said));
	assert_non_null(strstr(said, "use an approval: its policy is not met: "
	    "the PCRs are not those it was made under (TPM2_RC_POLICY_FAIL, "
	    "0x"));
	assert_ptr_equal(strchr(said, '\n'), strrchr(said, '\n'));
	assert_null(back);
}

static void
test_a_changed_blob_opens_nothing(void **state)
{
	struct bench *b = *state;
	struct secret *back OWNED(secret_drop) = NULL;
	const struct tpm_blob good = b->c->store;
	struct tpm_blob bad;

	for (size_t i = 0; i < good.pub_len; i += 5) {
		bad = good;
		bad.pub[i] ^= 0x10;
		assert_true(unseal(b, &bad, &back) != ERR_OK);
	}
	for (size_t i = 0; i < good.priv_len; i += 5) {
		bad = good;
		bad.priv[i] ^= 0x10;
		assert_true(unseal(b, &bad, &back) != ERR_OK);
	}
	bad = good;
	bad.priv[good.priv_len - 1] ^= 1;
	assert_err(unseal(b, &bad, &back), ERR_AUTH);
	bad = good;
	bad.pub_len--;
	assert_err(unseal(b, &bad, &back), ERR_MALFORMED);
	bad = good;
	bad.pub_len++;
	assert_err(unseal(b, &bad, &back), ERR_MALFORMED);
	bad.pub_len = sizeof(bad.pub) + 1;
	assert_err(unseal(b, &bad, &back), ERR_MALFORMED);
	assert_null(back);
}

/* TPMT_PUBLIC begins with type and nameAlg; the attributes follow. */
static uint32_t
attributes(const struct tpm_blob *blob)
{
	const uint8_t *at = blob->pub + 6;

	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	    (uint32_t)at[2] << 8 | at[3];
}

/* userWithAuth clear, adminWithPolicy and noDA set, fixed to this TPM. */
static void
test_attributes_are_those_of_the_design(void **state)
{
	struct bench *b = *state;
	struct secret *back OWNED(secret_drop) = NULL;
	uint8_t sig[64], digest[32] = { 0 };

	assert_int_equal(attributes(&b->c->store), 0x000492);
	assert_int_equal(attributes(&b->c->key), 0x0404b2);
	/* One is not taken for the other. */
	assert_err(unseal(b, &b->c->key, &back), ERR_AUTH);
	assert_err(sign(b, &b->c->store, digest, sig), ERR_AUTH);
}

static void
test_a_key_signs(void **state)
{
	static const uint8_t half[32] = {
		0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00,
		0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42,
		0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
	};
	struct bench *b = *state;
	uint8_t sig[64], digest[32];

	for (int i = 0; i < 16; i++) {
		assert_err(tpm_random(b->t, digest, sizeof(digest)), ERR_OK);
		assert_err(sign(b, &b->c->key, digest, sig), ERR_OK);
		assert_err(p256_verify(b->c->x, b->c->y, digest, sig), ERR_OK);
		assert_true(memcmp(sig + 32, half, 32) <= 0);
		digest[0] ^= 1;
		assert_err(p256_verify(b->c->x, b->c->y, digest, sig),
		    ERR_AUTH);
	}
}

static void
test_fifty_times_leave_nothing(void **state)
{
	struct bench *b = *state;
	struct tpm_info info;

	for (int i = 0; i < 50; i++) {
		assert_err(custody_unseal(b->t, b->c, &b->c->unseal), ERR_OK);
		assert_err(custody_sign(b->t, b->c, &b->c->use, b->c->auth),
		    ERR_OK);
	}
	assert_err(tpm_info(b->t, &info), ERR_OK);
	assert_int_equal(info.objects, 0);
	assert_int_equal(info.sessions, 0);
}

static void
test_random_is_longer_than_a_digest(void **state)
{
	struct bench *b = *state;
	uint8_t one[1001] = { 0 }, two[1001] = { 0 };
	size_t zeros = 0;

	assert_err(tpm_random(b->t, one, 1000), ERR_OK);
	assert_err(tpm_random(b->t, two, 1000), ERR_OK);
	for (size_t i = 0; i + 32 <= 1000; i += 32)
		assert_memory_not_equal(one + i, two + i, 32);
	for (size_t i = 0; i < 1000; i++)
		zeros += one[i] == 0;
	assert_true(zeros < 40);
	assert_int_equal(one[1000], 0);
}

static void
test_all_pcrs_are_read(void **state)
{
	struct bench *b = *state;
	struct tpm_pcrs before = { .select = { TPM_SHA256, 0xffffff } };
	struct tpm_pcrs after = before;

	assert_err(tpm_pcr_read(b->t, &before), ERR_OK);
	assert_int_equal(before.digest_len, 32);
	assert_err(swtpm_extend(&machine, 8), ERR_OK);
	assert_err(tpm_pcr_read(b->t, &after), ERR_OK);
	for (size_t i = 0; i < TPM_PCRS; i++)
		assert_int_equal(i == 8, memcmp(before.value[i],
		    after.value[i], TPM_DIGEST_MAX) != 0);
	/* PCRs 17 to 22 begin as ones. */
	assert_int_equal(after.value[17][0], 0xff);
	assert_int_equal(after.value[23][0], 0x00);
}

static void
test_no_such_selection(void **state)
{
	static const struct tpm_pcr_select none[] = {
		{ TPM_SHA256, 0 }, { TPM_SHA256, 1u << 24 }, { 0, 1 },
		{ 0x0010, 1 },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < ROWS(none); i++) {
		struct tpm_pcrs p = { .select = none[i] };
		struct tpm_approval a = b->c->use;

		assert_err(tpm_pcr_read(b->t, &p), ERR_MALFORMED);
		a.pcrs = none[i];
		assert_err(custody_sign(b->t, b->c, &a, b->c->auth),
		    ERR_MALFORMED);
	}
}

static void
test_info_says_who_it_is(void **state)
{
	struct bench *b = *state;
	struct tpm_info info;

	assert_err(tpm_info(b->t, &info), ERR_OK);
	assert_string_equal(info.maker, "IBM");
	assert_true(info.firmware != 0);
	assert_true(info.failures_max > 0);
}

/* Strings that name no TPM, and ones that name what is none. */
static const struct row {
	const char	*name;
	const char	*tcti;
	enum err	 want;
} strings[] = {
	{ "no string",            NULL,                    ERR_MALFORMED },
	{ "an empty string",      "",                      ERR_MALFORMED },
	{ "a string with no name", ":path=/run/tpm",       ERR_MALFORMED },
	{ "a name of nothing",    "nonsense:x",            ERR_NOT_FOUND },
	{ "no such socket",       "swtpm:path=/nowhere",   ERR_HARDWARE },
	{ "no such option",       "swtpm:colour=blue",     ERR_MALFORMED },
	{ "no such device",       "device:/nowhere",       ERR_HARDWARE },
	{ "a device that is none", "device:/dev/null",     ERR_HARDWARE },
};

static void
test_string(void **state)
{
	const struct row *row = *state;
	struct tpm *t OWNED(tpm_drop) = NULL;

	assert_err(tpm_open(row->tcti, &t), row->want);
	assert_null(t);
}

static int
plug_in(void **state)
{
	struct tpm *t OWNED(tpm_drop) = NULL;

	(void)state;
	return swtpm_new(&machine) != ERR_OK ||
	    tpm_open(machine.tcti, &t) != ERR_OK ||
	    custody_make(t, &ceremony) != ERR_OK;
}

static int
unplug(void **state)
{
	(void)state;
	custody_drop(&ceremony);
	swtpm_drop(&machine);
	return 0;
}

#define BENCH(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH(test_what_is_sealed_comes_back),
		BENCH(test_more_than_fits_is_refused),
		BENCH(test_the_srk_is_the_same_each_time),
		BENCH(test_another_srk_is_refused),
		BENCH(test_other_pcrs_unseal_nothing),
		BENCH(test_a_changed_blob_opens_nothing),
		BENCH(test_attributes_are_those_of_the_design),
		BENCH(test_a_key_signs),
		BENCH(test_fifty_times_leave_nothing),
		BENCH(test_random_is_longer_than_a_digest),
		BENCH(test_all_pcrs_are_read),
		BENCH(test_no_such_selection),
		BENCH(test_info_says_who_it_is),
	};
	struct CMUnitTest rows[ROWS(strings)];

	for (size_t i = 0; i < ROWS(strings); i++)
		rows[i] = ROW_TEST(strings[i].name, test_string, &strings[i]);
	return cmocka_run_group_tests_name("tpm", tests, plug_in, unplug) +
	    cmocka_run_group_tests_name("tcti strings", rows, NULL, NULL);
}
