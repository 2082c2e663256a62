/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm/tpm_int.h"

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
