/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/own.h"
#include "base/secret.h"
#include "crypto/ecdsa.h"
#include "tests/officers.h"
#include "tests/said.h"
#include "tests/swtpm.h"

/* A TPM as a ceremony leaves it, and the objects of an appliance. */
struct bench {
	struct swtpm	 machine;
	struct tpm	*t;
	struct custody	 c;
	const struct tpm_point *k;
	struct secret	*plain, *auth, *wrong;
	struct tpm_blob	 store, key;
	uint8_t		 x[32], y[32];
};

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	*state = b;
	if (b == NULL || swtpm_new(&b->machine) != ERR_OK ||
	    tpm_open(b->machine.tcti, &b->t) != ERR_OK ||
	    custody_make(b->t, &b->c) != ERR_OK)
		return -1;
	b->k = &b->c.officers.k;
	return secret_copy(span_text("store key, auth seed"), &b->plain) ||
	    secret_copy(span_text("of the key"), &b->auth) ||
	    secret_copy(span_text("guessed"), &b->wrong) ||
	    tpm_store_seal(b->t, b->k, b->plain, NULL, &b->store, NULL) ||
	    tpm_key_create(b->t, b->k, b->auth, &b->key, b->x, b->y, NULL);
}

/* Whatever happened, nothing is left in the TPM and nothing was counted. */
static int
tear_down(void **state)
{
	struct bench *b = *state;
	struct tpm_info info = { .objects = 99 };
	enum err e = tpm_info(b->t, &info);

	custody_drop(&b->c);
	secret_drop(&b->plain);
	secret_drop(&b->auth);
	secret_drop(&b->wrong);
	tpm_drop(&b->t);
	swtpm_drop(&b->machine);
	free(b);
	return e != ERR_OK || info.objects != 0 || info.sessions != 0 ||
	    info.failures != 0;
}

static enum err
unseal(struct bench *b, const struct tpm_approval *a)
{
	struct secret *back OWNED(secret_drop) = NULL;

	TRY(tpm_store_unseal(b->t, b->k, a, NULL, &b->store, &back));
	assert_true(span_equal(secret_span(back), secret_span(b->plain)));
	return ERR_OK;
}

static enum err
sign(struct bench *b, const struct tpm_approval *a, const struct secret *auth)
{
	const uint8_t digest[32] = { 7 };
	uint8_t sig[64];

	TRY(tpm_key_sign(b->t, b->k, a, &b->key, auth, digest, sig));
	assert_err(p256_verify(b->x, b->y, digest, sig), ERR_OK);
	return ERR_OK;
}

static enum err
step(struct bench *b, const struct tpm_approval *a, const struct secret *auth)
{
	uint64_t was = b->c.epoch;

	TRY(tpm_epoch_step(b->t, b->k, a, auth, &b->c.epoch));
	assert_int_equal(b->c.epoch, was + 1);
	return ERR_OK;
}

static void
test_what_is_approved_is_done(void **state)
{
	struct bench *b = *state;
	uint64_t now;

	for (int i = 0; i < 3; i++) {
		assert_err(unseal(b, &b->c.unseal), ERR_OK);
		assert_err(sign(b, &b->c.use, b->auth), ERR_OK);
		assert_err(step(b, &b->c.use, b->c.auth), ERR_OK);
	}
	assert_err(tpm_epoch_read(b->t, b->k, b->c.auth, &now), ERR_OK);
	assert_int_equal(now, b->c.epoch);
	assert_err(tpm_version_read(b->t, b->k, &now), ERR_OK);
	assert_int_equal(now, b->c.version);
}

static void
test_other_pcrs_are_not_approved(void **state)
{
	struct bench *b = *state;

	assert_err(swtpm_extend(&b->machine, 4), ERR_OK);
	assert_err(unseal(b, &b->c.unseal), ERR_DENIED);
	assert_err(sign(b, &b->c.use, b->auth), ERR_DENIED);
	assert_err(step(b, &b->c.use, b->c.auth), ERR_DENIED);
	/* A new approval, and the keys are those of before. */
	assert_err(officers_approve(&b->c.officers, b->t, &b->c.unseal),
	    ERR_OK);
	assert_err(officers_approve(&b->c.officers, b->t, &b->c.use), ERR_OK);
	assert_err(unseal(b, &b->c.unseal), ERR_OK);
	assert_err(sign(b, &b->c.use, b->auth), ERR_OK);
	assert_err(step(b, &b->c.use, b->c.auth), ERR_OK);
}

static void
test_the_cap_closes_the_store_alone(void **state)
{
	struct bench *b = *state;
	bool capped;

	assert_err(tpm_capped(b->t, 15, &capped), ERR_OK);
	assert_false(capped);
	assert_err(unseal(b, &b->c.unseal), ERR_OK);
	for (int i = 0; i < 2; i++) {
		assert_err(tpm_cap(b->t, 15), ERR_OK);
		assert_err(tpm_capped(b->t, 15, &capped), ERR_OK);
		assert_true(capped);
		assert_err(unseal(b, &b->c.unseal), ERR_DENIED);
		assert_err(sign(b, &b->c.use, b->auth), ERR_OK);
		assert_err(step(b, &b->c.use, b->c.auth), ERR_OK);
	}
	swtpm_kill(&b->machine);
	assert_err(swtpm_start(&b->machine), ERR_OK);
	assert_err(unseal(b, &b->c.unseal), ERR_OK);
}

static void
test_a_raise_kills_what_was_approved(void **state)
{
	struct bench *b = *state;
	const struct tpm_approval unseal_before = b->c.unseal;
	const struct tpm_approval use_before = b->c.use;
	uint64_t was = b->c.version;

	assert_err(custody_raise(b->t, &b->c, true), ERR_OK);
	assert_int_equal(b->c.version, was + 1);
	assert_err(unseal(b, &unseal_before), ERR_DENIED);
	assert_err(sign(b, &use_before, b->auth), ERR_DENIED);
	assert_err(step(b, &use_before, b->c.auth), ERR_DENIED);
	assert_err(unseal(b, &b->c.unseal), ERR_OK);
	assert_err(sign(b, &b->c.use, b->auth), ERR_OK);
	assert_err(step(b, &b->c.use, b->c.auth), ERR_OK);
}

static void
test_an_approval_raises_once(void **state)
{
	struct bench *b = *state;
	struct tpm_approval raise = { .policy = TPM_POLICY_RAISE,
	    .version = b->c.version };
	struct tpm_approval first = { .policy = TPM_POLICY_RAISE };
	uint64_t now = 0;

	assert_err(officers_approve(&b->c.officers, b->t, &first), ERR_OK);
	assert_err(tpm_version_raise(b->t, b->k, &first, &now), ERR_DENIED);
	assert_err(officers_approve(&b->c.officers, b->t, &raise), ERR_OK);
	assert_err(tpm_version_raise(b->t, b->k, &raise, &now), ERR_OK);
	assert_int_equal(now, b->c.version + 1);
	for (int i = 0; i < 2; i++)
		assert_err(tpm_version_raise(b->t, b->k, &raise, &now),
		    ERR_DENIED);
	assert_err(tpm_version_read(b->t, b->k, &now), ERR_OK);
	assert_int_equal(now, b->c.version + 1);
}

#define BENCH(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH(test_what_is_approved_is_done),
		BENCH(test_other_pcrs_are_not_approved),
		BENCH(test_the_cap_closes_the_store_alone),
		BENCH(test_a_raise_kills_what_was_approved),
		BENCH(test_an_approval_raises_once),
	};

	return cmocka_run_group_tests_name("tpm custody", tests, NULL, NULL);
}
