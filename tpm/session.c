/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm/custody_int.h"

/*
 * Sessions are begun for one operation and flushed with it.  So no satisfied
 * policy is kept, nothing has to be refreshed, and the gap between the oldest
 * and the newest session never grows.
 */

static const TPMT_SYM_DEF aes128cfb = {
	.algorithm = TPM2_ALG_AES,
	.keyBits.aes = 128,
	.mode.aes = TPM2_ALG_CFB,
};

static enum err
start(struct held *s, ESYS_TR salted_to, TPM2_SE kind, const char *doing)
{
	return tpm_check(s->t, Esys_StartAuthSession(s->t->esys, salted_to,
	    ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, NULL, kind,
	    &aes128cfb, TPM2_ALG_SHA256, &s->tr), doing);
}

enum err
session_hmac(struct held *session)
{
	return start(session, session->t->srk, TPM2_SE_HMAC,
	    "begin a session");
}

enum err
policy_session(struct held *session)
{
	return start(session, session->t->srk, TPM2_SE_POLICY,
	    "begin a policy session");
}

enum err
session_use(const struct held *session, TPMA_SESSION how)
{
	return tpm_check(session->t, Esys_TRSess_SetAttributes(
	    session->t->esys, session->tr, how | TPMA_SESSION_CONTINUESESSION,
	    TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT |
	    TPMA_SESSION_ENCRYPT | TPMA_SESSION_AUDIT), "set up a session");
}

/* Under hmac throughout: who sits on the bus can neither leave a step out nor
 * put another selection in. */
static enum err
put_steps(const struct held *session, const struct held *hmac,
    const struct policy *p)
{
	struct tpm *t = session->t;
	TPM2B_DIGEST present = { .size = 0 };
	TPML_PCR_SELECTION pcrs;

	TRY(pcr_selection(p->pcrs, &pcrs));
	TRY(session_use(hmac, TPMA_SESSION_DECRYPT));
	TRY(tpm_check(t, Esys_PolicyPCR(t->esys, session->tr, hmac->tr,
	    ESYS_TR_NONE, ESYS_TR_NONE, &present, &pcrs), "look at the PCRs"));
	if (!p->auth)
		return ERR_OK;
	TRY(session_use(hmac, TPMA_SESSION_AUDIT));
	return tpm_check(t, Esys_PolicyAuthValue(t->esys, session->tr,
	    hmac->tr, ESYS_TR_NONE, ESYS_TR_NONE), "ask for an authorisation");
}

enum err
policy_satisfy(const struct held *session, const struct held *hmac,
    const struct policy *p)
{
	struct tpm *t = session->t;

	TRY(session_use(hmac, TPMA_SESSION_AUDIT));
	TRY(tpm_check(t, Esys_PolicyRestart(t->esys, session->tr, hmac->tr,
	    ESYS_TR_NONE, ESYS_TR_NONE), "begin a policy"));
	return put_steps(session, hmac, p);
}

enum err
policy_digest(const struct held *hmac, const struct policy *p,
    TPM2B_DIGEST *out)
{
	struct tpm *t = hmac->t;
	struct held trial OWNED(held_drop) = HELD(t);
	TPM2B_DIGEST *digest OWNED(digest_drop) = NULL;

	TRY(start(&trial, ESYS_TR_NONE, TPM2_SE_TRIAL, "begin a trial"));
	TRY(put_steps(&trial, hmac, p));
	TRY(session_use(hmac, TPMA_SESSION_ENCRYPT));
	TRY(tpm_check(t, Esys_PolicyGetDigest(t->esys, trial.tr, hmac->tr,
	    ESYS_TR_NONE, ESYS_TR_NONE, &digest), "compute a policy"));
	*out = *digest;
	return ERR_OK;
}
