/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/faulty.h"
#include "tests/officers.h"
#include "tests/swtpm.h"
#include "tpm/tpm_int.h"

/* A TPM as a ceremony leaves it. */
struct bench {
	struct swtpm	 machine;
	struct faulty	 faulty;
	struct tpm	*t;
	struct custody	 c;
	struct secret	*wrong;
};

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct carrier c = { 0 };

	*state = b;
	return b == NULL || swtpm_new(&b->machine) != ERR_OK ||
	    faulty_open(&b->faulty, b->machine.tcti, &c) != ERR_OK ||
	    tpm_open_over(&c, &b->t) != ERR_OK ||
	    custody_make(b->t, &b->c) != ERR_OK ||
	    secret_copy(span_text("guessed"), &b->wrong) != ERR_OK;
}

/* Whatever happened, nothing is left in the TPM and nothing was counted. */
static int
tear_down(void **state)
{
	struct bench *b = *state;
	struct tpm_info info = { .objects = 99 };
	enum err e = tpm_info(b->t, &info);

	custody_drop(&b->c);
	secret_drop(&b->wrong);
	tpm_drop(&b->t);
	swtpm_drop(&b->machine);
	free(b);
	return e != ERR_OK || info.objects != 0 || info.sessions != 0 ||
	    info.failures != 0;
}

/* What each of the three does with these approvals. */
static void
assert_all(struct bench *b, const struct tpm_approval *unseal,
    const struct tpm_approval *use, enum err unsealed, enum err used)
{
	assert_err(custody_unseal(b->t, &b->c, unseal), unsealed);
	assert_err(custody_sign(b->t, &b->c, use, b->c.auth), used);
	assert_err(custody_step(b->t, &b->c, use, b->c.auth), used);
}

static void
test_what_is_approved_is_done(void **state)
{
	struct bench *b = *state;
	uint64_t now;

	for (int i = 0; i < 3; i++)
		assert_all(b, &b->c.unseal, &b->c.use, ERR_OK, ERR_OK);
	assert_err(tpm_epoch_read(b->t, b->c.k, b->c.auth, &now), ERR_OK);
	assert_int_equal(now, b->c.epoch);
	assert_err(tpm_version_read(b->t, b->c.k, &now), ERR_OK);
	assert_int_equal(now, b->c.version);
}

/* And a new approval is all that they need: the keys are those of before. */
static void
test_other_pcrs_are_not_approved(void **state)
{
	struct bench *b = *state;

	assert_err(swtpm_extend(&b->machine, 4), ERR_OK);
	assert_all(b, &b->c.unseal, &b->c.use, ERR_DENIED, ERR_DENIED);
	assert_err(officers_approve(&b->c.officers, b->t, &b->c.unseal),
	    ERR_OK);
	assert_err(officers_approve(&b->c.officers, b->t, &b->c.use), ERR_OK);
	assert_all(b, &b->c.unseal, &b->c.use, ERR_OK, ERR_OK);
}

static void
test_the_cap_closes_the_store_alone(void **state)
{
	struct bench *b = *state;
	bool capped;

	assert_err(tpm_capped(b->t, 15, &capped), ERR_OK);
	assert_false(capped);
	for (int i = 0; i < 2; i++) {
		assert_err(tpm_cap(b->t, 15), ERR_OK);
		assert_err(tpm_capped(b->t, 15, &capped), ERR_OK);
		assert_true(capped);
		assert_all(b, &b->c.unseal, &b->c.use, ERR_DENIED, ERR_OK);
	}
	swtpm_kill(&b->machine);
	assert_err(swtpm_start(&b->machine), ERR_OK);
	assert_all(b, &b->c.unseal, &b->c.use, ERR_OK, ERR_OK);
}

static void
test_a_cap_of_another_value_is_none(void **state)
{
	struct bench *b = *state;
	static const unsigned none[] = { 0, 16, 17, 22, 23, 24, 99 };
	bool capped = true;

	assert_err(swtpm_extend(&b->machine, 15), ERR_OK);
	assert_err(tpm_capped(b->t, 15, &capped), ERR_OK);
	assert_false(capped);
	assert_err(tpm_cap(b->t, 15), ERR_STATE);
	/* It closes all the same. */
	assert_all(b, &b->c.unseal, &b->c.use, ERR_DENIED, ERR_OK);
	for (size_t i = 0; i < ROWS(none); i++) {
		assert_err(tpm_cap(b->t, none[i]), ERR_MALFORMED);
		assert_err(tpm_capped(b->t, none[i], &capped), ERR_MALFORMED);
	}
}

static void
swallow(void *arg, struct exchange *x)
{
	(void)arg;
	if (faulty_command(x) == TPM2_CC_PCR_Extend)
		x->command.at = (const uint8_t *)"\x80\x01\0\0\0\x0c\0\0\x01"
		    "\x7b\0\x08", x->command.len = 12;
}

/* Who sits on the bus cannot keep the extension from the TPM. */
static void
test_a_cap_that_does_not_arrive_is_noticed(void **state)
{
	struct bench *b = *state;

	b->faulty.before = swallow;
	assert_true(tpm_cap(b->t, 15) != ERR_OK);
	b->faulty.before = NULL;
	assert_all(b, &b->c.unseal, &b->c.use, ERR_OK, ERR_OK);
}

static void
test_a_raise_kills_what_was_approved(void **state)
{
	struct bench *b = *state;
	const struct tpm_approval unseal = b->c.unseal, use = b->c.use;
	uint64_t was = b->c.version;

	assert_err(custody_raise(b->t, &b->c), ERR_OK);
	assert_int_equal(b->c.version, was + 1);
	assert_all(b, &unseal, &use, ERR_DENIED, ERR_DENIED);
	assert_all(b, &b->c.unseal, &b->c.use, ERR_OK, ERR_OK);
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
	assert_err(tpm_version_raise(b->t, b->c.k, &first, &now), ERR_DENIED);
	assert_err(officers_approve(&b->c.officers, b->t, &raise), ERR_OK);
	assert_err(tpm_version_raise(b->t, b->c.k, &raise, &now), ERR_OK);
	assert_int_equal(now, b->c.version + 1);
	for (int i = 0; i < 2; i++)
		assert_err(tpm_version_raise(b->t, b->c.k, &raise, &now),
		    ERR_DENIED);
	assert_err(tpm_version_read(b->t, b->c.k, &now), ERR_OK);
	assert_int_equal(now, b->c.version + 1);
}

/* ---- approvals that are none ---- */

enum twist { SIG, DIGEST, NEWER, PCRS, NO_CAP, OTHER_CAP, FOREIGN, KIND };

static const struct row {
	const char	*name;
	enum twist	 twist;
	enum err	 unsealed, used;
} rows[] = {
	{ "a signature altered",	SIG,	   ERR_AUTH,   ERR_AUTH },
	{ "a digest altered",		DIGEST,	   ERR_AUTH,   ERR_AUTH },
	{ "a higher version",		NEWER,   ERR_DENIED, ERR_DENIED },
	{ "other PCRs selected",	PCRS,	   ERR_DENIED, ERR_DENIED },
	{ "no cap PCR",			NO_CAP,	   ERR_DENIED, ERR_OK },
	{ "another cap PCR",		OTHER_CAP, ERR_DENIED, ERR_OK },
	{ "signed by another key",	FOREIGN,   ERR_AUTH,   ERR_AUTH },
	{ "of another kind",		KIND,	ERR_MALFORMED, ERR_MALFORMED },
};

static struct tpm_approval
twisted(struct bench *b, const struct tpm_approval *a, enum twist twist)
{
	struct tpm_approval out = *a;
	struct officers others;

	assert_err(officers_new(&others), ERR_OK);
	out.sig[40] ^= twist == SIG;
	out.digest[7] ^= twist == DIGEST;
	out.version += twist == NEWER;
	out.pcrs.mask ^= twist == PCRS ? 0x100 : 0;
	if (twist == NO_CAP)
		out.cap = 0;
	if (twist == OTHER_CAP)
		out.cap = 14;
	if (twist == FOREIGN)
		assert_err(officers_approve(&others, b->t, &out), ERR_OK);
	return out;
}

static void
test_twist(void **state)
{
	const struct row *row = *state;
	struct bench *b = NULL;
	struct tpm_approval unseal, use;

	assert_int_equal(set_up((void **)&b), 0);
	unseal = twisted(b, &b->c.unseal, row->twist);
	use = twisted(b, &b->c.use, row->twist);
	if (row->twist == KIND)
		assert_all(b, &use, &unseal, row->unsealed, row->used);
	else
		assert_all(b, &unseal, &use, row->unsealed, row->used);
	assert_int_equal(tear_down((void **)&b), 0);
}

/* The policyRef is what keeps the kinds apart when K has signed the digest:
 * an approval for use does not unseal, whatever is written above it. */
static void
test_a_kind_is_signed(void **state)
{
	struct bench *b = *state;
	struct tpm_approval a = b->c.use;

	a.policy = TPM_POLICY_UNSEAL;
	assert_err(custody_unseal(b->t, &b->c, &a), ERR_AUTH);
	a = b->c.unseal;
	a.policy = TPM_POLICY_USE;
	assert_err(custody_sign(b->t, &b->c, &a, b->c.auth), ERR_AUTH);
}

/* ---- authorisations ---- */

/* Neither before nor after the cap, and without a guess being counted. */
static void
test_without_the_auth_nothing_is_used(void **state)
{
	struct bench *b = *state;
	uint64_t now;

	for (int capped = 0; capped < 2; capped++) {
		assert_err(custody_sign(b->t, &b->c, &b->c.use, b->wrong),
		    ERR_AUTH);
		assert_err(custody_step(b->t, &b->c, &b->c.use, b->wrong),
		    ERR_AUTH);
		assert_err(tpm_epoch_read(b->t, b->c.k, b->wrong, &now),
		    ERR_AUTH);
		assert_err(tpm_cap(b->t, 15), ERR_OK);
	}
	assert_err(tpm_epoch_read(b->t, b->c.k, b->c.auth, &now), ERR_OK);
	assert_int_equal(now, b->c.epoch);
}

/* TPMs drop zeros at the end of an authorisation. */
static void
test_an_auth_may_end_in_zeros(void **state)
{
	struct bench *b = *state;
	struct secret *auth OWNED(secret_drop) = NULL;
	uint8_t x[32], y[32], sig[64], digest[32] = { 0 };
	struct tpm_blob key;

	assert_err(secret_new(TPM_AUTH_MAX, &auth), ERR_OK);
	for (int i = 0; i < 2; i++) {
		assert_err(tpm_key_create(b->t, b->c.k, auth, &key, x, y,
		    NULL), ERR_OK);
		assert_err(tpm_key_sign(b->t, b->c.k, &b->c.use, &key, auth,
		    digest, sig), ERR_OK);
		secret_expose(auth)[20] = 1;
	}
}

static void
test_an_attended_store_wants_its_secret(void **state)
{
	struct bench *b = *state;
	struct secret *back OWNED(secret_drop) = NULL;
	struct tpm_blob blob;

	assert_err(tpm_store_seal(b->t, b->c.k, b->c.plain, b->c.auth, &blob,
	    NULL), ERR_OK);
	assert_err(tpm_store_unseal(b->t, b->c.k, &b->c.unseal, b->wrong,
	    &blob, &back), ERR_AUTH);
	assert_err(tpm_store_unseal(b->t, b->c.k, &b->c.unseal, NULL,
	    &blob, &back), ERR_AUTH);
	assert_null(back);
	/* Nor is one that is not attended taken for one that is. */
	assert_err(tpm_store_unseal(b->t, b->c.k, &b->c.unseal, b->c.auth,
	    &b->c.store, &back), ERR_AUTH);
	assert_err(tpm_store_unseal(b->t, b->c.k, &b->c.unseal, b->c.auth,
	    &blob, &back), ERR_OK);
	assert_true(span_equal(secret_span(back), secret_span(b->c.plain)));
}

/* ---- what it costs ---- */

static unsigned
commands(struct bench *b, enum err (*use)(struct bench *b))
{
	assert_err(use(b), ERR_OK);
	faulty_set(&b->faulty, FAULT_NONE, 0, 0);
	assert_err(use(b), ERR_OK);
	return b->faulty.count;
}

static enum err
use_store(struct bench *b)
{
	return custody_unseal(b->t, &b->c, &b->c.unseal);
}

static enum err
use_key(struct bench *b)
{
	return custody_sign(b->t, &b->c, &b->c.use, b->c.auth);
}

static enum err
use_epoch(struct bench *b)
{
	return custody_step(b->t, &b->c, &b->c.use, b->c.auth);
}

/* An approval is verified once, however often it is used. */
static void
test_commands_are_few(void **state)
{
	struct bench *b = *state;
	unsigned store = commands(b, use_store), key = commands(b, use_key);
	unsigned epoch = commands(b, use_epoch);

	print_message("commands: unseal %u, sign %u, step %u\n", store, key,
	    epoch);
	assert_true(store <= 11);
	assert_true(key <= 12);
	assert_true(epoch <= 12);
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
		BENCH(test_a_cap_of_another_value_is_none),
		BENCH(test_a_cap_that_does_not_arrive_is_noticed),
		BENCH(test_a_raise_kills_what_was_approved),
		BENCH(test_an_approval_raises_once),
		BENCH(test_a_kind_is_signed),
		BENCH(test_without_the_auth_nothing_is_used),
		BENCH(test_an_auth_may_end_in_zeros),
		BENCH(test_an_attended_store_wants_its_secret),
		BENCH(test_commands_are_few),
	};
	struct CMUnitTest twists[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		twists[i] = ROW_TEST(rows[i].name, test_twist, &rows[i]);
	return cmocka_run_group_tests_name("tpm custody", tests, NULL, NULL) +
	    cmocka_run_group_tests_name("approvals", twists, NULL, NULL);
}
