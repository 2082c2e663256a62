/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "base/own.h"
#include "base/secret.h"
#include "tests/rig.h"
#include "tpm/custody_int.h"

/* The two counters, and what an owner, a stranger and a liar on the bus can
 * make of them. */

static void
test_the_order_of_the_ceremony(void **state)
{
	struct rig *r = *state;
	struct tpm_approval first = { .policy = TPM_POLICY_RAISE };
	struct tpm_point other = *r->c.k;
	uint64_t now;

	assert_err(tpm_version_define(r->t, r->c.k), ERR_STATE);
	assert_err(tpm_epoch_define(r->t, r->c.k, r->c.auth), ERR_STATE);
	assert_err(tpm_nv_remove(r->t, TPM_EPOCH_INDEX), ERR_OK);
	assert_err(tpm_nv_remove(r->t, TPM_VERSION_INDEX), ERR_OK);
	assert_err(tpm_nv_remove(r->t, TPM_VERSION_INDEX), ERR_NOT_FOUND);
	assert_err(tpm_version_read(r->t, r->c.k, &now), ERR_STATE);
	assert_err(custody_unseal(r->t, &r->c, &r->c.unseal), ERR_STATE);
	assert_err(tpm_version_define(r->t, r->c.k), ERR_OK);
	assert_err(tpm_version_read(r->t, r->c.k, &now), ERR_STATE);
	assert_err(custody_unseal(r->t, &r->c, &r->c.unseal), ERR_STATE);
	assert_err(tpm_epoch_define(r->t, r->c.k, r->c.auth), ERR_OK);
	assert_err(tpm_epoch_read(r->t, r->c.k, r->c.auth, &now), ERR_STATE);
	assert_err(custody_step(r->t, &r->c, &r->c.use, r->c.auth), ERR_STATE);
	/* Another K's indexes. */
	other.x[0] ^= 1;
	assert_err(tpm_version_read(r->t, &other, &now), ERR_STATE);
	assert_err(tpm_epoch_read(r->t, &other, r->c.auth, &now), ERR_STATE);
	assert_err(officers_approve(&r->c.officers, r->t, &first), ERR_OK);
	assert_err(tpm_version_raise(r->t, r->c.k, &first, &now), ERR_OK);
}

/* An approval from V is not one for a first write. */
static void
test_a_first_write_has_its_own_approval(void **state)
{
	struct rig *r = *state;
	struct tpm_approval raise = { .policy = TPM_POLICY_RAISE,
	    .version = r->c.version };
	uint64_t now;

	assert_err(officers_approve(&r->c.officers, r->t, &raise), ERR_OK);
	assert_err(tpm_nv_remove(r->t, TPM_VERSION_INDEX), ERR_OK);
	assert_err(tpm_version_define(r->t, r->c.k), ERR_OK);
	assert_err(tpm_version_raise(r->t, r->c.k, &raise, &now), ERR_DENIED);
}

/* He can stop the appliance, and not turn it back. */
static void
test_who_owns_the_tpm_turns_nothing_back(void **state)
{
	struct rig *r = *state;
	struct tpm_approval first = { .policy = TPM_POLICY_RAISE };
	const uint64_t version = r->c.version, epoch = r->c.epoch;
	uint64_t now;

	assert_err(tpm_nv_remove(r->t, TPM_EPOCH_INDEX), ERR_OK);
	assert_err(tpm_epoch_define(r->t, r->c.k, r->other), ERR_OK);
	assert_err(tpm_epoch_step(r->t, r->c.k, &r->c.use, r->other, &now),
	    ERR_OK);
	assert_true(now > epoch);
	assert_err(tpm_epoch_read(r->t, r->c.k, r->c.auth, &now), ERR_AUTH);

	assert_err(tpm_nv_remove(r->t, TPM_VERSION_INDEX), ERR_OK);
	assert_err(tpm_version_define(r->t, r->c.k), ERR_OK);
	/* The first approval is as public as all the others. */
	assert_err(officers_approve(&r->c.officers, r->t, &first), ERR_OK);
	assert_err(tpm_version_raise(r->t, r->c.k, &first, &now), ERR_OK);
	assert_true(now > version);
	assert_err(custody_unseal(r->t, &r->c, &r->c.unseal), ERR_DENIED);
}

/* ---- without approval ---- */

enum { OWNER, INDEX };		/* by whose authorisation */

static const struct row {
	const char	*name;
	uint32_t	 index;
	int		 by;
	TPM2_CC		 command;
	TSS2_RC		 want;
} rows[] = {
#define OF(what, index_of) \
	{ what ": the owner steps", index_of, OWNER, \
	    TPM2_CC_NV_Increment, TPM2_RC_NV_AUTHORIZATION }, \
	{ what ": anyone steps", index_of, INDEX, \
	    TPM2_CC_NV_Increment, TPM2_RC_AUTH_UNAVAILABLE }, \
	{ what ": the owner reads", index_of, OWNER, \
	    TPM2_CC_NV_Read, TPM2_RC_NV_AUTHORIZATION }, \
	{ what ": the owner writes", index_of, OWNER, \
	    TPM2_CC_NV_Write, TPM2_RC_NV_AUTHORIZATION }, \
	{ what ": anyone locks it", index_of, INDEX, \
	    TPM2_CC_NV_WriteLock, TPM2_RC_AUTH_UNAVAILABLE }, \
	{ what ": the owner locks it", index_of, OWNER, \
	    TPM2_CC_NV_WriteLock, TPM2_RC_NV_AUTHORIZATION }, \
	{ what ": anyone gives it another auth", index_of, INDEX, \
	    TPM2_CC_NV_ChangeAuth, TPM2_RC_AUTH_TYPE }
	OF("version", TPM_VERSION_INDEX),
	OF("epoch", TPM_EPOCH_INDEX),
	{ "epoch: anyone reads", TPM_EPOCH_INDEX, INDEX, TPM2_CC_NV_Read,
	    TPM2_RC_BAD_AUTH },
	{ "version: anyone reads", TPM_VERSION_INDEX, INDEX, TPM2_CC_NV_Read,
	    TSS2_RC_SUCCESS },
};

static TSS2_RC
attempt(struct rig *r, const struct row *row, ESYS_TR index)
{
	ESYS_CONTEXT *esys = r->t->esys;
	const ESYS_TR by = row->by == OWNER ? ESYS_TR_RH_OWNER : index;
	const ESYS_TR auth = ESYS_TR_PASSWORD, none = ESYS_TR_NONE;
	const TPM2B_MAX_NV_BUFFER zeros = { .size = 8 };
	const TPM2B_AUTH mine = { 4, "mine" };
	TPM2B_MAX_NV_BUFFER *data OWNED(number_drop) = NULL;

	switch (row->command) {
	case TPM2_CC_NV_Increment:
		return Esys_NV_Increment(esys, by, index, auth, none, none);
	case TPM2_CC_NV_Read:
		return Esys_NV_Read(esys, by, index, auth, none, none, 8, 0,
		    &data);
	case TPM2_CC_NV_Write:
		return Esys_NV_Write(esys, by, index, auth, none, none, &zeros,
		    0);
	case TPM2_CC_NV_WriteLock:
		return Esys_NV_WriteLock(esys, by, index, auth, none, none);
	default:
		return Esys_NV_ChangeAuth(esys, index, auth, none, none,
		    &mine);
	}
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct rig *r = NULL;
	struct held index;
	TSS2_RC rc;

	assert_int_equal(rig_set_up((void **)&r), 0);
	index = (struct held)HELD(r->t);
	assert_int_equal(Esys_TR_FromTPMPublic(r->t->esys, row->index,
	    ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &index.tr),
	    TSS2_RC_SUCCESS);
	rc = attempt(r, row, index.tr);
	known_drop(&index);
	if (rc & TPM2_RC_FMT1)
		rc &= TPM2_RC_FMT1 | 0x3f;
	assert_int_equal(rc, row->want);
	assert_err(custody_step(r->t, &r->c, &r->c.use, r->c.auth), ERR_OK);
	assert_int_equal(rig_tear_down_well((void **)&r), 0);
}

/* ---- what lies at the handle and is not ours ---- */

static const struct impostor {
	const char	*name;
	TPMA_NV		 attributes;
	int		 by;
} impostors[] = {
#define COUNTER ((TPMA_NV)TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT)
#define READABLE (TPMA_NV_AUTHREAD | TPMA_NV_NO_DA)
	{ "one that the owner steps", COUNTER | TPMA_NV_OWNERWRITE | READABLE,
	    OWNER },
	{ "one that anyone steps", COUNTER | TPMA_NV_AUTHWRITE | READABLE,
	    INDEX },
	{ "no counter", TPMA_NV_AUTHWRITE | READABLE, INDEX },
};

/* Written, so that there would be something to read. */
static void
define_impostor(struct rig *r, const struct impostor *row)
{
	const TPM2B_AUTH no_auth = { .size = 0 };
	const TPM2B_NV_PUBLIC area = { .nvPublic = {
		.nvIndex = TPM_VERSION_INDEX, .nameAlg = TPM2_ALG_SHA256,
		.attributes = row->attributes, .dataSize = 8 } };
	const struct row write = { .by = row->by,
	    .command = row->attributes & COUNTER ? TPM2_CC_NV_Increment :
	    TPM2_CC_NV_Write };
	struct held index OWNED(known_drop) = HELD(r->t);

	assert_int_equal(Esys_NV_DefineSpace(r->t->esys, ESYS_TR_RH_OWNER,
	    ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &no_auth, &area,
	    &index.tr), TSS2_RC_SUCCESS);
	assert_int_equal(attempt(r, &write, index.tr), TSS2_RC_SUCCESS);
}

static void
test_impostor(void **state)
{
	const struct impostor *row = *state;
	struct rig *r = NULL;
	uint64_t now;

	assert_int_equal(rig_set_up((void **)&r), 0);
	assert_err(tpm_nv_remove(r->t, TPM_VERSION_INDEX), ERR_OK);
	define_impostor(r, row);
	assert_err(tpm_version_read(r->t, r->c.k, &now), ERR_STATE);
	assert_err(custody_unseal(r->t, &r->c, &r->c.unseal), ERR_STATE);
	assert_err(custody_step(r->t, &r->c, &r->c.use, r->c.auth), ERR_STATE);
	assert_int_equal(rig_tear_down_well((void **)&r), 0);
}

/* ---- what the bus says ---- */

static size_t flip_at;

static void
flip_read(void *arg, struct exchange *x)
{
	(void)arg;
	if (faulty_command(x) == TPM2_CC_NV_Read && flip_at < x->len)
		x->response[flip_at] ^= 1;
}

/* A counter that was lowered on its way is none. */
static void
test_no_byte_of_a_reading_can_be_changed(void **state)
{
	struct rig *r = *state;
	uint64_t now = 0;
	size_t tried = 0;

	/* Behind the head, whose nonsense is HARDWARE. */
	for (flip_at = 10; flip_at < 80; flip_at += 3, tried++) {
		enum err e;

		r->faulty.after = flip_read;
		e = tpm_epoch_read(r->t, r->c.k, r->c.auth, &now);
		r->faulty.after = NULL;
		assert_true(e != ERR_OK);
		assert_int_equal(now, 0);
	}
	assert_true(tried > 20);
	assert_err(tpm_epoch_read(r->t, r->c.k, r->c.auth, &now), ERR_OK);
	assert_int_equal(now, r->c.epoch);
}

/* Done or not: the next reading says so. */
static void
test_an_answer_that_is_lost(void **state)
{
	struct rig *r = *state;
	unsigned last;
	uint64_t now;

	faulty_set(&r->faulty, FAULT_NONE, 0, 0);
	assert_err(custody_step(r->t, &r->c, &r->c.use, r->c.auth), ERR_OK);
	last = r->faulty.count;
	for (unsigned n = 1; n <= last; n += 2) {
		faulty_set(&r->faulty, FAULT_UNHEARD, n, 1);
		(void)!custody_step(r->t, &r->c, &r->c.use, r->c.auth);
		faulty_set(&r->faulty, FAULT_NONE, 0, 0);
		now = r->c.epoch;
		assert_err(tpm_epoch_read(r->t, r->c.k, r->c.auth,
		    &r->c.epoch), ERR_OK);
		assert_true(r->c.epoch == now || r->c.epoch == now + 1);
		assert_err(custody_step(r->t, &r->c, &r->c.use, r->c.auth),
		    ERR_OK);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		RIG_WELL(test_the_order_of_the_ceremony),
		RIG_WELL(test_a_first_write_has_its_own_approval),
		RIG_WELL(test_who_owns_the_tpm_turns_nothing_back),
		RIG_WELL(test_no_byte_of_a_reading_can_be_changed),
		RIG_WELL(test_an_answer_that_is_lost),
	};
	struct CMUnitTest strange[ROWS(rows) + ROWS(impostors)];

	for (size_t i = 0; i < ROWS(rows); i++)
		strange[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < ROWS(impostors); i++)
		strange[ROWS(rows) + i] = ROW_TEST(impostors[i].name,
		    test_impostor, &impostors[i]);
	return cmocka_run_group_tests_name("tpm nv", tests, NULL, NULL) +
	    cmocka_run_group_tests_name("strangers", strange, NULL, NULL);
}
