/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include <tss2/tss2_mu.h>

#include "base/log.h"
#include "tpm/custody_int.h"
#include "tpm/ek.h"

enum {
	HMAC_LEN = 32,		/* an EK's nameAlg */
	SECRET_LEN_MAX = 32,	/* an AK's */
};

/* A credential as ESYS wants it. */
struct wrapped {
	enum tpm_ek		to;
	TPM2B_ID_OBJECT		object;
	TPM2B_ENCRYPTED_SECRET	secret;
};

static void
plain_drop(TPM2B_DIGEST **at)
{
	if (*at != NULL)
		explicit_bzero(*at, sizeof(**at));
	digest_drop(at);
}

static enum err
unlike(const char *what)
{
	return log_err(ERR_MALFORMED, "TPM: these bytes are not %s", what);
}

/*
 * size | 32, HMAC | encrypted: size, secret
 *
 * As far as anyone can tell who cannot decrypt it.
 */
static enum err
take_object(struct span from, TPM2B_ID_OBJECT *out)
{
	const size_t shortest = 2 + HMAC_LEN + 2 + 1;
	size_t at = 0;

	if (Tss2_MU_TPM2B_ID_OBJECT_Unmarshal(from.at, from.len, &at, out) !=
	    TSS2_RC_SUCCESS || at != from.len || out->size < shortest ||
	    out->size >= shortest + SECRET_LEN_MAX ||
	    out->credential[0] != 0 || out->credential[1] != HMAC_LEN)
		return unlike("a TPM2B_ID_OBJECT for an EK");
	return ERR_OK;
}

/* What is in the secret, a point or what RSA encrypted, the TPM knows. */
static enum err
unpack(const struct tpm_credential *c, struct wrapped *out)
{
	size_t at = 0;

	*out = (struct wrapped){ .to = c->ek };
	TRY(take_object(c->id_object, &out->object));
	if (Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal(c->enc_secret.at,
	    c->enc_secret.len, &at, &out->secret) != TSS2_RC_SUCCESS ||
	    at != c->enc_secret.len)
		return unlike("a TPM2B_ENCRYPTED_SECRET");
	return ERR_OK;
}

/* The AK's policy (tpm/policy.c): this command, and its auth. */
static enum err
ak_session(const struct held *hmac, struct held *session)
{
	struct tpm *t = hmac->t;

	TRY(policy_session(session));
	TRY(session_use(hmac, TPMA_SESSION_AUDIT));
	TRY(tpm_check(t, Esys_PolicyCommandCode(t->esys, session->tr, hmac->tr,
	    ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CC_ActivateCredential),
	    "ask for an activation"));
	return tpm_check(t, Esys_PolicyAuthValue(t->esys, session->tr,
	    hmac->tr, ESYS_TR_NONE, ESYS_TR_NONE), "ask for an authorisation");
}

/* Of what was encrypted to another key TPMs say VALUE, and libtpms FAILURE,
 * which is what one that has failed says of everything. */
static TSS2_RC
rsa_word(struct tpm *t, TSS2_RC rc)
{
	TPMS_TIME_INFO *now OWNED(time_drop) = NULL;

	if (rc == (TPM2_RC_VALUE | TPM2_RC_P | TPM2_RC_2))
		return TPM2_RC_INTEGRITY;
	return rc == TPM2_RC_FAILURE && Esys_ReadClock(t->esys, ESYS_TR_NONE,
	    ESYS_TR_NONE, ESYS_TR_NONE, &now) == TSS2_RC_SUCCESS ?
	    TPM2_RC_INTEGRITY : rc;
}

static enum err
activate(const struct held *hmac, const struct held *ak,
    const struct held *ek, const struct wrapped *w, TPM2B_DIGEST **out)
{
	struct tpm *t = hmac->t;
	struct held for_ak OWNED(held_drop) = HELD(t);
	struct held for_ek OWNED(held_drop) = HELD(t);
	TSS2_RC rc;

	TRY(ak_session(hmac, &for_ak));
	TRY(ek_session(hmac, &for_ek));
	TRY(session_use(&for_ak, 0));
	TRY(session_use(&for_ek, TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT));
	rc = Esys_ActivateCredential(t->esys, ak->tr, ek->tr, for_ak.tr,
	    for_ek.tr, ESYS_TR_NONE, &w->object, &w->secret, out);
	if (w->to == TPM_EK_RSA)
		rc = rsa_word(t, rc);
	return tpm_check(t, rc, "activate a credential");
}

enum err
tpm_activate(struct tpm *t, const struct tpm_blob *blob,
    const struct secret *auth, const struct tpm_credential *c,
    struct secret **out)
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held ek OWNED(held_drop) = HELD(t);
	struct held ak OWNED(held_drop) = HELD(t);
	TPM2B_DIGEST *plain OWNED(plain_drop) = NULL;
	struct wrapped w;
	enum err e;

	TRY(unpack(c, &w));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(ek_derive(&hmac, TPM_EK_ECC, &ek, NULL));
	TRY(ak_load(&hmac, &ek, blob, &ak));
	if (c->ek != TPM_EK_ECC) {
		held_drop(&ek);
		TRY(ek_derive(&hmac, c->ek, &ek, NULL));
	}
	TRY(auth_lend(&ak, auth));
	e = activate(&hmac, &ak, &ek, &w, &plain);
	TRY(auth_take_back(&ak));
	TRY(e);
	return secret_copy((struct span){ plain->buffer, plain->size }, out);
}
