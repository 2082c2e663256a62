/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "tpm/custody_int.h"

/*
 * An approval goes into a policy session in three parts: what it approves,
 * which makes the session's digest; PolicyAuthorize, which compares that with
 * what K signed; and PolicyAuthValue where it is asked for.  All under hmac, so
 * that who sits on the bus can neither leave one out nor change it.
 */

void
permit_drop(struct permit *p)
{
	known_drop(&p->version);
}

/* In the owner's hierarchy: the null hierarchy makes no tickets. */
static enum err
load_k(const struct held *hmac, const struct tpm_point *k, struct held *key)
{
	struct tpm *t = hmac->t;
	TPM2B_PUBLIC area;

	area_of_k(k, &area);
	TRY(session_use(hmac, TPMA_SESSION_AUDIT));
	return tpm_check(t, Esys_LoadExternal(t->esys, hmac->tr, ESYS_TR_NONE,
	    ESYS_TR_NONE, NULL, &area, ESYS_TR_RH_OWNER, &key->tr),
	    "load the officers' key");
}

static void
signature_of(const struct tpm_approval *a, TPMT_SIGNATURE *out)
{
	TPMS_SIGNATURE_ECDSA *pair = &out->signature.ecdsa;

	*out = (TPMT_SIGNATURE){ .sigAlg = TPM2_ALG_ECDSA };
	pair->hash = TPM2_ALG_SHA256;
	pair->signatureR.size = pair->signatureS.size = 32;
	memcpy(pair->signatureR.buffer, a->sig, 32);
	memcpy(pair->signatureS.buffer, a->sig + 32, 32);
}

static enum err
verify(const struct held *hmac, const struct tpm_point *k,
    const struct tpm_approval *a, TPMT_TK_VERIFIED *out)
{
	struct tpm *t = hmac->t;
	struct held key OWNED(held_drop) = HELD(t);
	TPMT_TK_VERIFIED *ticket OWNED(verified_drop) = NULL;
	TPM2B_DIGEST signed_over = { .size = 32 };
	TPMT_SIGNATURE sig;

	signature_of(a, &sig);
	TRY(tpm_approved(a, signed_over.buffer));
	TRY(load_k(hmac, k, &key));
	TRY(session_use(hmac, TPMA_SESSION_DECRYPT));
	TRY(tpm_check(t, Esys_VerifySignature(t->esys, key.tr, hmac->tr,
	    ESYS_TR_NONE, ESYS_TR_NONE, &signed_over, &sig, &ticket),
	    "verify an approval"));
	*out = *ticket;
	return ERR_OK;
}

/* The TPM is asked once: to verify takes it as long as to sign. */
static enum err
take_ticket(const struct held *hmac, const struct tpm_point *k,
    const struct tpm_approval *a, TPMT_TK_VERIFIED *out)
{
	struct ticket *known = &hmac->t->tickets[a->policy], want = { 0 };

	memcpy(want.of, a->digest, 32);
	memcpy(want.of + 32, a->sig, 64);
	memcpy(want.of + 96, k->x, 32);
	memcpy(want.of + 128, k->y, 32);
	if (memcmp(known->of, want.of, sizeof(want.of)) != 0) {
		TRY(verify(hmac, k, a, &want.is));
		*known = want;
	}
	*out = known->is;
	return ERR_OK;
}

enum err
permit_take(const struct held *hmac, const struct tpm_point *k,
    enum tpm_policy kind, const struct tpm_approval *a, struct permit *out)
{
	if (a->policy != kind)
		return log_err(ERR_MALFORMED, "TPM: an approval of another "
		    "kind than \"%s\"", tpm_policy_ref(kind));
	out->a = a;
	out->auth = kind == TPM_POLICY_USE;
	if (kind != TPM_POLICY_RAISE)
		TRY(version_find(k, &out->version));
	TRY(tpm_k_name(k, &out->k));
	return take_ticket(hmac, k, a, &out->ticket);
}

static enum err
put_pcrs(const struct held *session, const struct held *hmac,
    const struct tpm_approval *a)
{
	struct tpm *t = session->t;
	struct tpm_pcr_select select = a->pcrs;
	const TPM2B_DIGEST present = { .size = 0 };
	TPML_PCR_SELECTION pcrs;

	if (a->policy == TPM_POLICY_UNSEAL && a->cap != 0)
		select.mask |= 1u << a->cap;
	TRY(pcr_selection(select, &pcrs));
	TRY(session_use(hmac, TPMA_SESSION_DECRYPT));
	return tpm_check(t, Esys_PolicyPCR(t->esys, session->tr, hmac->tr,
	    ESYS_TR_NONE, ESYS_TR_NONE, &present, &pcrs), "look at the PCRs");
}

/* It authorises itself: anyone may read it. */
static enum err
put_version(const struct held *session, const struct held *hmac,
    const struct permit *p)
{
	struct tpm *t = session->t;
	const bool raise = p->a->policy == TPM_POLICY_RAISE;
	TPM2B_OPERAND v = { .size = 8 };

	for (int i = 0; i < 8; i++)
		v.buffer[i] = (uint8_t)(p->a->version >> (56 - 8 * i));
	TRY(session_use(hmac, TPMA_SESSION_DECRYPT));
	return tpm_check(t, Esys_PolicyNV(t->esys, p->version.tr,
	    p->version.tr, session->tr, hmac->tr, ESYS_TR_NONE, ESYS_TR_NONE,
	    &v, 0, raise ? TPM2_EO_EQ : TPM2_EO_UNSIGNED_LE),
	    "hold the approval's version against the counter");
}

static enum err
put_increment(const struct held *session, const struct held *hmac,
    bool written)
{
	struct tpm *t = session->t;

	TRY(session_use(hmac, TPMA_SESSION_AUDIT));
	if (!written)
		TRY(tpm_check(t, Esys_PolicyNvWritten(t->esys, session->tr,
		    hmac->tr, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_NO),
		    "ask for a first write"));
	return tpm_check(t, Esys_PolicyCommandCode(t->esys, session->tr,
	    hmac->tr, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CC_NV_Increment),
	    "ask for an increment");
}

static enum err
put_approved(const struct held *session, const struct held *hmac,
    const struct permit *p)
{
	const bool raise = p->a->policy == TPM_POLICY_RAISE;
	const bool written = p->version.tr != ESYS_TR_NONE;

	if (!raise)
		TRY(put_pcrs(session, hmac, p->a));
	if (written)
		TRY(put_version(session, hmac, p));
	return raise ? put_increment(session, hmac, written) : ERR_OK;
}

static enum err
authorize(const struct held *session, const struct held *hmac,
    const struct permit *p)
{
	struct tpm *t = session->t;
	const char *ref = tpm_policy_ref(p->a->policy);
	TPM2B_NONCE policy_ref = { .size = (uint16_t)strlen(ref) };
	TPM2B_NAME k = { .size = (uint16_t)p->k.len };
	TPM2B_DIGEST approved = { .size = 32 };
	TSS2_RC rc;

	memcpy(policy_ref.buffer, ref, policy_ref.size);
	memcpy(k.name, p->k.at, k.size);
	memcpy(approved.buffer, p->a->digest, 32);
	TRY(session_use(hmac, TPMA_SESSION_DECRYPT));
	rc = Esys_PolicyAuthorize(t->esys, session->tr, hmac->tr, ESYS_TR_NONE,
	    ESYS_TR_NONE, &approved, &policy_ref, &k, &p->ticket);
	/* The session's digest is not the first parameter: what is here is not
	 * what was approved. */
	if (rc == (TPM2_RC_VALUE | TPM2_RC_P | TPM2_RC_1))
		rc = TPM2_RC_POLICY_FAIL;
	return tpm_check(t, rc, "use an approval");
}

static enum err
restart(const struct held *session, const struct held *hmac)
{
	struct tpm *t = session->t;

	TRY(session_use(hmac, TPMA_SESSION_AUDIT));
	return tpm_check(t, Esys_PolicyRestart(t->esys, session->tr, hmac->tr,
	    ESYS_TR_NONE, ESYS_TR_NONE), "begin a policy again");
}

enum err
permit_satisfy(const struct held *session, const struct held *hmac,
    const struct permit *p, bool again)
{
	struct tpm *t = session->t;

	if (again)
		TRY(restart(session, hmac));
	TRY(put_approved(session, hmac, p));
	TRY(authorize(session, hmac, p));
	if (!p->auth)
		return ERR_OK;
	TRY(session_use(hmac, TPMA_SESSION_AUDIT));
	return tpm_check(t, Esys_PolicyAuthValue(t->esys, session->tr,
	    hmac->tr, ESYS_TR_NONE, ESYS_TR_NONE), "ask for an authorisation");
}
