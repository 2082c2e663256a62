/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "base/own.h"
#include "base/secret.h"
#include "tests/rig.h"
#include "tpm/tpm_int.h"

/* What each of the three does with these approvals. */
static void
assert_all(struct rig *r, const struct tpm_approval *unseal,
    const struct tpm_approval *use, enum err unsealed, enum err used)
{
	assert_err(custody_unseal(r->t, &r->c, unseal), unsealed);
	assert_err(custody_sign(r->t, &r->c, use, r->c.auth), used);
	assert_err(custody_step(r->t, &r->c, use, r->c.auth), used);
}

static void
test_what_is_approved_is_done(void **state)
{
	struct rig *r = *state;
	uint64_t now;

	for (int i = 0; i < 3; i++)
		assert_all(r, &r->c.unseal, &r->c.use, ERR_OK, ERR_OK);
	assert_err(tpm_epoch_read(r->t, r->c.k, r->c.auth, &now), ERR_OK);
	assert_int_equal(now, r->c.epoch);
	assert_err(tpm_version_read(r->t, r->c.k, &now), ERR_OK);
	assert_int_equal(now, r->c.version);
}

/* And a new approval is all that they need: the keys are those of before. */
static void
test_other_pcrs_are_not_approved(void **state)
{
	struct rig *r = *state;

	assert_err(swtpm_extend(&r->machine, 4), ERR_OK);
	assert_all(r, &r->c.unseal, &r->c.use, ERR_DENIED, ERR_DENIED);
	assert_err(officers_approve(&r->c.officers, r->t, &r->c.unseal),
	    ERR_OK);
	assert_err(officers_approve(&r->c.officers, r->t, &r->c.use), ERR_OK);
	assert_all(r, &r->c.unseal, &r->c.use, ERR_OK, ERR_OK);
}

static void
test_the_cap_closes_the_store_alone(void **state)
{
	struct rig *r = *state;
	bool capped;

	assert_err(tpm_capped(r->t, 15, &capped), ERR_OK);
	assert_false(capped);
	for (int i = 0; i < 2; i++) {
		assert_err(tpm_cap(r->t, 15), ERR_OK);
		assert_err(tpm_capped(r->t, 15, &capped), ERR_OK);
		assert_true(capped);
		assert_all(r, &r->c.unseal, &r->c.use, ERR_DENIED, ERR_OK);
	}
	swtpm_kill(&r->machine);
	assert_err(swtpm_start(&r->machine), ERR_OK);
	assert_all(r, &r->c.unseal, &r->c.use, ERR_OK, ERR_OK);
}

static void
test_a_cap_of_another_value_is_none(void **state)
{
	struct rig *r = *state;
	static const unsigned none[] = { 0, 16, 17, 22, 23, 24, 99 };
	bool capped = true;

	assert_err(swtpm_extend(&r->machine, 15), ERR_OK);
	assert_err(tpm_capped(r->t, 15, &capped), ERR_OK);
	assert_false(capped);
	assert_err(tpm_cap(r->t, 15), ERR_STATE);
	/* It closes all the same. */
	assert_all(r, &r->c.unseal, &r->c.use, ERR_DENIED, ERR_OK);
	for (size_t i = 0; i < ROWS(none); i++) {
		assert_err(tpm_cap(r->t, none[i]), ERR_MALFORMED);
		assert_err(tpm_capped(r->t, none[i], &capped), ERR_MALFORMED);
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
	struct rig *r = *state;

	r->faulty.before = swallow;
	assert_true(tpm_cap(r->t, 15) != ERR_OK);
	r->faulty.before = NULL;
	assert_all(r, &r->c.unseal, &r->c.use, ERR_OK, ERR_OK);
}

static void
test_a_raise_kills_what_was_approved(void **state)
{
	struct rig *r = *state;
	const struct tpm_approval unseal = r->c.unseal, use = r->c.use;
	uint64_t was = r->c.version;

	assert_err(custody_raise(r->t, &r->c), ERR_OK);
	assert_int_equal(r->c.version, was + 1);
	assert_all(r, &unseal, &use, ERR_DENIED, ERR_DENIED);
	assert_all(r, &r->c.unseal, &r->c.use, ERR_OK, ERR_OK);
}

static void
test_an_approval_raises_once(void **state)
{
	struct rig *r = *state;
	struct tpm_approval raise = { .policy = TPM_POLICY_RAISE,
	    .version = r->c.version };
	struct tpm_approval first = { .policy = TPM_POLICY_RAISE };
	uint64_t now = 0;

	assert_err(officers_approve(&r->c.officers, r->t, &first), ERR_OK);
	assert_err(tpm_version_raise(r->t, r->c.k, &first, &now), ERR_DENIED);
	assert_err(officers_approve(&r->c.officers, r->t, &raise), ERR_OK);
	assert_err(tpm_version_raise(r->t, r->c.k, &raise, &now), ERR_OK);
	assert_int_equal(now, r->c.version + 1);
	for (int i = 0; i < 2; i++)
		assert_err(tpm_version_raise(r->t, r->c.k, &raise, &now),
		    ERR_DENIED);
	assert_err(tpm_version_read(r->t, r->c.k, &now), ERR_OK);
	assert_int_equal(now, r->c.version + 1);
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
twisted(struct rig *r, const struct tpm_approval *a, enum twist twist)
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
		assert_err(officers_approve(&others, r->t, &out), ERR_OK);
	return out;
}

static void
test_twist(void **state)
{
	const struct row *row = *state;
	struct rig *r = NULL;
	struct tpm_approval unseal, use;

	assert_int_equal(rig_set_up((void **)&r), 0);
	unseal = twisted(r, &r->c.unseal, row->twist);
	use = twisted(r, &r->c.use, row->twist);
	if (row->twist == KIND)
		assert_all(r, &use, &unseal, row->unsealed, row->used);
	else
		assert_all(r, &unseal, &use, row->unsealed, row->used);
	assert_int_equal(rig_tear_down_well((void **)&r), 0);
}

/* The policyRef is what keeps the kinds apart when K has signed the digest:
 * an approval for use does not unseal, whatever is written above it. */
static void
test_a_kind_is_signed(void **state)
{
	struct rig *r = *state;
	struct tpm_approval a = r->c.use;

	a.policy = TPM_POLICY_UNSEAL;
	assert_err(custody_unseal(r->t, &r->c, &a), ERR_AUTH);
	a = r->c.unseal;
	a.policy = TPM_POLICY_USE;
	assert_err(custody_sign(r->t, &r->c, &a, r->c.auth), ERR_AUTH);
}

/* ---- authorisations ---- */

/* Neither before nor after the cap, and without a guess being counted. */
static void
test_without_the_auth_nothing_is_used(void **state)
{
	struct rig *r = *state;
	uint64_t now;

	for (int capped = 0; capped < 2; capped++) {
		assert_err(custody_sign(r->t, &r->c, &r->c.use, r->other),
		    ERR_AUTH);
		assert_err(custody_step(r->t, &r->c, &r->c.use, r->other),
		    ERR_AUTH);
		assert_err(tpm_epoch_read(r->t, r->c.k, r->other, &now),
		    ERR_AUTH);
		assert_err(tpm_cap(r->t, 15), ERR_OK);
	}
	assert_err(tpm_epoch_read(r->t, r->c.k, r->c.auth, &now), ERR_OK);
	assert_int_equal(now, r->c.epoch);
}

/* TPMs drop zeros at the end of an authorisation. */
static void
test_an_auth_may_end_in_zeros(void **state)
{
	struct rig *r = *state;
	struct secret *auth OWNED(secret_drop) = NULL;
	uint8_t x[32], y[32], sig[64], digest[32] = { 0 };
	struct tpm_blob key;

	assert_err(secret_new(TPM_AUTH_MAX, &auth), ERR_OK);
	for (int i = 0; i < 2; i++) {
		assert_err(tpm_key_create(r->t, r->c.k, auth, &key, x, y,
		    NULL), ERR_OK);
		assert_err(tpm_key_sign(r->t, r->c.k, &r->c.use, &key, auth,
		    digest, sig), ERR_OK);
		secret_expose(auth)[20] = 1;
	}
}

static void
test_an_attended_store_wants_its_secret(void **state)
{
	struct rig *r = *state;
	struct secret *back OWNED(secret_drop) = NULL;
	struct tpm_blob blob;

	assert_err(tpm_store_seal(r->t, r->c.k, r->c.plain, r->c.auth, &blob,
	    NULL), ERR_OK);
	assert_err(tpm_store_unseal(r->t, r->c.k, &r->c.unseal, r->other,
	    &blob, &back), ERR_AUTH);
	assert_err(tpm_store_unseal(r->t, r->c.k, &r->c.unseal, NULL,
	    &blob, &back), ERR_AUTH);
	assert_null(back);
	/* Nor is one that is not attended taken for one that is. */
	assert_err(tpm_store_unseal(r->t, r->c.k, &r->c.unseal, r->c.auth,
	    &r->c.store, &back), ERR_AUTH);
	assert_err(tpm_store_unseal(r->t, r->c.k, &r->c.unseal, r->c.auth,
	    &blob, &back), ERR_OK);
	assert_true(span_equal(secret_span(back), secret_span(r->c.plain)));
}

/* ---- what it costs ---- */

static unsigned
commands(struct rig *r, enum err (*use)(struct rig *r))
{
	assert_err(use(r), ERR_OK);
	faulty_set(&r->faulty, FAULT_NONE, 0, 0);
	assert_err(use(r), ERR_OK);
	return r->faulty.count;
}

static enum err
use_store(struct rig *r)
{
	return custody_unseal(r->t, &r->c, &r->c.unseal);
}

static enum err
use_key(struct rig *r)
{
	return custody_sign(r->t, &r->c, &r->c.use, r->c.auth);
}

static enum err
use_epoch(struct rig *r)
{
	return custody_step(r->t, &r->c, &r->c.use, r->c.auth);
}

/* An approval is verified once, however often it is used. */
static void
test_commands_are_few(void **state)
{
	struct rig *r = *state;
	unsigned store = commands(r, use_store), key = commands(r, use_key);
	unsigned epoch = commands(r, use_epoch);

	print_message("commands: unseal %u, sign %u, step %u\n", store, key,
	    epoch);
	assert_true(store <= 11);
	assert_true(key <= 12);
	assert_true(epoch <= 12);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		RIG_WELL(test_what_is_approved_is_done),
		RIG_WELL(test_other_pcrs_are_not_approved),
		RIG_WELL(test_the_cap_closes_the_store_alone),
		RIG_WELL(test_a_cap_of_another_value_is_none),
		RIG_WELL(test_a_cap_that_does_not_arrive_is_noticed),
		RIG_WELL(test_a_raise_kills_what_was_approved),
		RIG_WELL(test_an_approval_raises_once),
		RIG_WELL(test_a_kind_is_signed),
		RIG_WELL(test_without_the_auth_nothing_is_used),
		RIG_WELL(test_an_auth_may_end_in_zeros),
		RIG_WELL(test_an_attended_store_wants_its_secret),
		RIG_WELL(test_commands_are_few),
	};
	struct CMUnitTest twists[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		twists[i] = ROW_TEST(rows[i].name, test_twist, &rows[i]);
	return cmocka_run_group_tests_name("tpm custody", tests, NULL, NULL) +
	    cmocka_run_group_tests_name("approvals", twists, NULL, NULL);
}
