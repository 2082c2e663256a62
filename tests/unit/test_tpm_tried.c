/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/officers.h"
#include "tests/swtpm.h"
#include "tpm/custody_int.h"

/*
 * What the design says that was tried, tried again: what a stranger can do who
 * has the TPM and every blob and approval, and none of the secrets.
 */

struct bench {
	struct swtpm	 machine;
	struct tpm	*t;
	struct custody	 c;
	struct held	 hmac, object, session;
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
	b->hmac = b->object = b->session = (struct held)HELD(b->t);
	return session_hmac(&b->hmac) != ERR_OK;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	held_drop(&b->session);
	held_drop(&b->object);
	held_drop(&b->hmac);
	custody_drop(&b->c);
	tpm_drop(&b->t);
	swtpm_drop(&b->machine);
	free(b);
	return 0;
}

/* The code without the place that it is about. */
static TSS2_RC
plain(TSS2_RC rc)
{
	return rc & TPM2_RC_FMT1 ? rc & (TPM2_RC_FMT1 | 0x3f) : rc;
}

static void
load(struct bench *b, enum tpm_kind kind, const struct tpm_blob *blob)
{
	TPM2B_PUBLIC area;

	held_drop(&b->object);
	assert_err(area_of_kind(b->c.k, kind, &area), ERR_OK);
	assert_err(object_load(&b->hmac, b->t->srk, blob, &area, &b->object),
	    ERR_OK);
}

/* What an administrator may do with an object, without a secret. */
static TSS2_RC
certify(struct bench *b)
{
	const TPM2B_DATA none = { .size = 0 };
	const TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	TPM2B_ATTEST *attest OWNED(attest_drop) = NULL;
	TPMT_SIGNATURE *sig OWNED(signature_drop) = NULL;

	return plain(Esys_Certify(b->t->esys, b->object.tr, ESYS_TR_RH_NULL,
	    ESYS_TR_PASSWORD, ESYS_TR_PASSWORD, ESYS_TR_NONE, &none, &scheme,
	    &attest, &sig));
}

static TSS2_RC
change_auth(struct bench *b)
{
	const TPM2B_AUTH mine = { 4, "mine" };
	TPM2B_PRIVATE *private OWNED(private_drop) = NULL;

	return plain(Esys_ObjectChangeAuth(b->t->esys, b->object.tr, b->t->srk,
	    ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &mine, &private));
}

static TSS2_RC
unseal_with(struct bench *b, ESYS_TR session)
{
	TPM2B_SENSITIVE_DATA *data = NULL;
	TSS2_RC rc = Esys_Unseal(b->t->esys, b->object.tr, session,
	    ESYS_TR_NONE, ESYS_TR_NONE, &data);

	if (rc == TSS2_RC_SUCCESS)
		assert_memory_equal(data->buffer, secret_span(b->c.plain).at,
		    data->size);
	Esys_Free(data);
	return plain(rc);
}

static void
test_a_stranger_governs_no_object(void **state)
{
	struct bench *b = *state;

	load(b, TPM_KIND_STORE, &b->c.store);
	assert_int_equal(certify(b), TPM2_RC_AUTH_TYPE);
	assert_int_equal(change_auth(b), TPM2_RC_AUTH_TYPE);
	assert_int_equal(unseal_with(b, ESYS_TR_PASSWORD),
	    TPM2_RC_AUTH_UNAVAILABLE);
	load(b, TPM_KIND_KEY, &b->c.key);
	assert_int_equal(certify(b), TPM2_RC_AUTH_TYPE);
	assert_int_equal(change_auth(b), TPM2_RC_AUTH_TYPE);
}

/* The one attribute that is why. */
static void
test_without_adminWithPolicy_he_would(void **state)
{
	struct bench *b = *state;
	const TPM2B_SENSITIVE_CREATE sensitive = {
		.sensitive.data = { 4, "seal" } };
	struct tpm_blob blob;
	TPM2B_PUBLIC area;

	assert_err(area_of_kind(b->c.k, TPM_KIND_STORE, &area), ERR_OK);
	area.publicArea.objectAttributes &= ~TPMA_OBJECT_ADMINWITHPOLICY;
	assert_err(object_create(&b->hmac, b->t->srk, &area, &sensitive,
	    &blob, NULL, NULL), ERR_OK);
	assert_err(object_load(&b->hmac, b->t->srk, &blob, &area, &b->object),
	    ERR_OK);
	assert_int_equal(certify(b), TSS2_RC_SUCCESS);
	assert_int_equal(change_auth(b), TSS2_RC_SUCCESS);
	assert_int_equal(unseal_with(b, ESYS_TR_PASSWORD),
	    TPM2_RC_AUTH_UNAVAILABLE);
}

/* ---- what crashes count against ---- */

static void
pull_the_plug(struct bench *b)
{
	held_drop(&b->object);
	held_drop(&b->hmac);
	swtpm_kill(&b->machine);
	assert_err(swtpm_start(&b->machine), ERR_OK);
	b->t->broken = true;
	assert_err(tpm_ready_pinned(b->t), ERR_OK);
	assert_err(session_hmac(&b->hmac), ERR_OK);
}

static TSS2_RC
use_key(struct bench *b, const struct tpm_blob *blob, const TPM2B_PUBLIC *area)
{
	const TPM2B_DIGEST digest = { .size = 32 };
	const TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	const TPMT_TK_HASHCHECK none = {
		.tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL };
	TPMT_SIGNATURE *sig OWNED(signature_drop) = NULL;

	assert_err(object_load(&b->hmac, b->t->srk, blob, area, &b->object),
	    ERR_OK);
	assert_err(auth_lend(&b->object, b->c.auth), ERR_OK);
	return plain(Esys_Sign(b->t->esys, b->object.tr, b->hmac.tr,
	    ESYS_TR_NONE, ESYS_TR_NONE, &digest, &scheme, &none, &sig));
}

/* A key with an authValue, used and not shut down. */
static TSS2_RC
use_and_crash(struct bench *b, TPMA_OBJECT noda)
{
	TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	struct tpm_blob blob;
	TPM2B_PUBLIC area = signing_key;

	area.publicArea.objectAttributes &= ~TPMA_OBJECT_NODA;
	area.publicArea.objectAttributes |= TPMA_OBJECT_USERWITHAUTH | noda;
	assert_err(auth_of(b->c.auth, &sensitive.sensitive.userAuth), ERR_OK);
	assert_err(object_create(&b->hmac, b->t->srk, &area, &sensitive,
	    &blob, NULL, NULL), ERR_OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(use_key(b, &blob, &area), TSS2_RC_SUCCESS);
		pull_the_plug(b);
	}
	return use_key(b, &blob, &area);
}

static void
test_three_crashes_lock_what_is_not_noDA(void **state)
{
	struct bench *b = *state;

	assert_int_equal(use_and_crash(b, TPMA_OBJECT_NODA), TSS2_RC_SUCCESS);
	held_drop(&b->object);
	assert_int_equal(use_and_crash(b, 0), TPM2_RC_LOCKOUT);
	held_drop(&b->object);
	held_drop(&b->hmac);
	/* What is ours goes on under the lock. */
	assert_err(custody_unseal(b->t, &b->c, &b->c.unseal), ERR_OK);
	assert_err(custody_sign(b->t, &b->c, &b->c.use, b->c.auth), ERR_OK);
	assert_err(custody_step(b->t, &b->c, &b->c.use, b->c.auth), ERR_OK);
}

static void
test_crashes_do_not_count_against_ours(void **state)
{
	struct bench *b = *state;
	struct tpm_info info;
	uint64_t now;

	held_drop(&b->hmac);
	for (int i = 0; i < 5; i++) {
		assert_err(custody_unseal(b->t, &b->c, &b->c.unseal), ERR_OK);
		assert_err(custody_sign(b->t, &b->c, &b->c.use, b->c.auth),
		    ERR_OK);
		assert_err(custody_step(b->t, &b->c, &b->c.use, b->c.auth),
		    ERR_OK);
		swtpm_kill(&b->machine);
		assert_err(swtpm_start(&b->machine), ERR_OK);
	}
	assert_err(tpm_epoch_read(b->t, b->c.k, b->c.auth, &now), ERR_OK);
	assert_int_equal(now, b->c.epoch);
	assert_err(tpm_info(b->t, &info), ERR_OK);
	assert_int_equal(info.failures, 0);
}

/* ---- sessions ---- */

/* Satisfied to unseal, as tpm_store_unseal does it. */
static void
satisfy(struct bench *b)
{
	const bool again = b->session.tr != ESYS_TR_NONE;
	struct permit permit OWNED(permit_drop) = { .version = HELD(b->t) };

	load(b, TPM_KIND_STORE, &b->c.store);
	assert_err(permit_take(&b->hmac, b->c.k, TPM_POLICY_UNSEAL,
	    &b->c.unseal, &permit), ERR_OK);
	if (b->session.tr == ESYS_TR_NONE)
		assert_err(policy_session(&b->session), ERR_OK);
	assert_err(session_use(&b->session, TPMA_SESSION_ENCRYPT), ERR_OK);
	assert_err(permit_satisfy(&b->session, &b->hmac, &permit, again),
	    ERR_OK);
}

/* So none is kept, and a raise is complete only after a reset. */
static void
test_a_raise_does_not_reach_a_satisfied_session(void **state)
{
	struct bench *b = *state;
	struct tpm_approval before = b->c.unseal;

	satisfy(b);
	held_drop(&b->hmac);
	assert_err(custody_raise(b->t, &b->c), ERR_OK);
	assert_err(custody_unseal(b->t, &b->c, &before), ERR_DENIED);
	assert_int_equal(unseal_with(b, b->session.tr), TSS2_RC_SUCCESS);
	/* A reset does. */
	swtpm_kill(&b->machine);
	assert_err(swtpm_start(&b->machine), ERR_OK);
	assert_int_equal(unseal_with(b, b->session.tr) & 0xff0,
	    TPM2_RC_REFERENCE_H0);
	b->t->broken = true;
}

static void
test_a_session_is_satisfied_for_one_use(void **state)
{
	struct bench *b = *state;

	satisfy(b);
	assert_int_equal(unseal_with(b, b->session.tr), TSS2_RC_SUCCESS);
	assert_int_equal(unseal_with(b, b->session.tr), TPM2_RC_POLICY_FAIL);
	satisfy(b);
	assert_int_equal(unseal_with(b, b->session.tr), TSS2_RC_SUCCESS);
}

static void
get_digest(struct bench *b, TPM2B_DIGEST *out)
{
	TPM2B_DIGEST *digest OWNED(digest_drop) = NULL;

	satisfy(b);
	assert_int_equal(Esys_PolicyGetDigest(b->t->esys, b->session.tr,
	    ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &digest),
	    TSS2_RC_SUCCESS);
	*out = *digest;
}

/* Whatever the first one approved: so two in a row are no quorum. */
static void
test_a_second_signer_would_sign_a_constant(void **state)
{
	struct bench *b = *state;
	TPM2B_DIGEST one, two;
	uint8_t approved[32];

	get_digest(b, &one);
	memcpy(approved, b->c.unseal.digest, 32);
	assert_err(swtpm_extend(&b->machine, 3), ERR_OK);
	assert_err(officers_approve(&b->c.officers, b->t, &b->c.unseal),
	    ERR_OK);
	assert_memory_not_equal(approved, b->c.unseal.digest, 32);
	get_digest(b, &two);
	assert_memory_equal(one.buffer, two.buffer, 32);
}

/* ---- why the AK is a child of the EK ---- */

static void
derive(struct bench *b, const TPM2B_AUTH *auth, TPM2B_NAME *out)
{
	const TPM2B_SENSITIVE_CREATE sensitive = {
		.sensitive.userAuth = *auth };
	const TPM2B_DATA no_data = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };
	struct held key OWNED(held_drop) = HELD(b->t);
	TPM2B_NAME *name OWNED(name_drop) = NULL;
	TPM2B_PUBLIC area;

	assert_err(area_of_ak(&area), ERR_OK);
	assert_int_equal(Esys_CreatePrimary(b->t->esys, ESYS_TR_RH_ENDORSEMENT,
	    ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &area,
	    &no_data, &no_pcrs, &key.tr, NULL, NULL, NULL, NULL),
	    TSS2_RC_SUCCESS);
	assert_int_equal(Esys_TR_GetName(b->t->esys, key.tr, &name),
	    TSS2_RC_SUCCESS);
	*out = *name;
}

/* One that is derived is derived by anyone, with an auth of his own. */
static void
test_a_primary_key_is_anyones(void **state)
{
	struct bench *b = *state;
	const TPM2B_AUTH ours = { 4, "ours" }, his = { 3, "his" };
	TPM2B_NAME one, two;

	derive(b, &ours, &one);
	derive(b, &his, &two);
	assert_int_equal(one.size, 34);
	assert_memory_equal(one.name, two.name, 34);
}

/* ---- K's hierarchy ---- */

static TSS2_RC
ticket_in(struct bench *b, ESYS_TR hierarchy, TPMT_TK_VERIFIED *out)
{
	const struct tpm_approval *a = &b->c.unseal;
	struct held key OWNED(held_drop) = HELD(b->t);
	TPMT_TK_VERIFIED *ticket OWNED(verified_drop) = NULL;
	TPMT_SIGNATURE sig = { .sigAlg = TPM2_ALG_ECDSA };
	TPMS_SIGNATURE_ECDSA *pair = &sig.signature.ecdsa;
	TPM2B_DIGEST digest = { .size = 32 };
	TPM2B_PUBLIC area;
	TSS2_RC rc;

	area_of_k(b->c.k, &area);
	assert_int_equal(Esys_LoadExternal(b->t->esys, ESYS_TR_NONE,
	    ESYS_TR_NONE, ESYS_TR_NONE, NULL, &area, hierarchy, &key.tr),
	    TSS2_RC_SUCCESS);
	pair->hash = TPM2_ALG_SHA256;
	pair->signatureR.size = pair->signatureS.size = 32;
	memcpy(pair->signatureR.buffer, a->sig, 32);
	memcpy(pair->signatureS.buffer, a->sig + 32, 32);
	assert_err(tpm_approved(a, digest.buffer), ERR_OK);
	rc = Esys_VerifySignature(b->t->esys, key.tr, ESYS_TR_NONE,
	    ESYS_TR_NONE, ESYS_TR_NONE, &digest, &sig, &ticket);
	if (rc == TSS2_RC_SUCCESS)
		*out = *ticket;
	return rc;
}

static void
test_the_null_hierarchy_makes_no_ticket(void **state)
{
	struct bench *b = *state;
	TPMT_TK_VERIFIED ticket;

	assert_int_equal(ticket_in(b, ESYS_TR_RH_OWNER, &ticket),
	    TSS2_RC_SUCCESS);
	assert_int_equal(ticket.hierarchy, TPM2_RH_OWNER);
	assert_true(ticket.digest.size >= 32);
	assert_int_equal(ticket_in(b, ESYS_TR_RH_NULL, &ticket),
	    TSS2_RC_SUCCESS);
	assert_int_equal(ticket.hierarchy, TPM2_RH_NULL);
	assert_int_equal(ticket.digest.size, 0);
}

/* ---- who has the bus ---- */

/* All that he needs lies on the disk; PCRs are right, and the policy holds no
 * secret.  After the cap it is too late, and attended it never works. */
static void
test_only_an_attended_start_stops_who_is_early(void **state)
{
	struct bench *b = *state;
	struct tpm *his OWNED(tpm_drop) = NULL;
	struct secret *back OWNED(secret_drop) = NULL;
	struct tpm_blob attended;

	held_drop(&b->hmac);
	assert_err(tpm_store_seal(b->t, b->c.k, b->c.plain, b->c.auth,
	    &attended, NULL), ERR_OK);
	assert_err(tpm_open(b->machine.tcti, &his), ERR_OK);
	assert_err(tpm_srk_pin(his, &b->c.srk), ERR_OK);
	assert_err(custody_unseal(his, &b->c, &b->c.unseal), ERR_OK);
	assert_err(tpm_store_unseal(his, b->c.k, &b->c.unseal, NULL,
	    &attended, &back), ERR_AUTH);
	assert_null(back);
	assert_err(tpm_cap(b->t, 15), ERR_OK);
	assert_err(custody_unseal(his, &b->c, &b->c.unseal), ERR_DENIED);
	assert_int_equal(Esys_PCR_Reset(his->esys, ESYS_TR_PCR0 + 15,
	    ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE),
	    TPM2_RC_LOCALITY);
	assert_err(custody_unseal(his, &b->c, &b->c.unseal), ERR_DENIED);
}

#define BENCH(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH(test_a_stranger_governs_no_object),
		BENCH(test_without_adminWithPolicy_he_would),
		BENCH(test_three_crashes_lock_what_is_not_noDA),
		BENCH(test_crashes_do_not_count_against_ours),
		BENCH(test_a_raise_does_not_reach_a_satisfied_session),
		BENCH(test_a_session_is_satisfied_for_one_use),
		BENCH(test_a_second_signer_would_sign_a_constant),
		BENCH(test_a_primary_key_is_anyones),
		BENCH(test_the_null_hierarchy_makes_no_ticket),
		BENCH(test_only_an_attended_start_stops_who_is_early),
	};

	return cmocka_run_group_tests_name("tpm tried", tests, NULL, NULL);
}
