/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tpm/custody_int.h"

enum err
tpm_key_create(struct tpm *t, const struct tpm_point *k,
    const struct secret *auth, struct tpm_blob *out, uint8_t x[static 32],
    uint8_t y[static 32], struct tpm_creation *made)
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	TPM2B_SENSITIVE_CREATE sensitive OWNED(create_clear) = { 0 };
	TPM2B_PUBLIC area, key = { .size = 0 };

	TRY(auth_of(auth, &sensitive.sensitive.userAuth));
	TRY(area_of_kind(k, TPM_KIND_KEY, &area));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(object_create(&hmac, t->srk, &area, &sensitive, out, &key, made));
	TRY(ecc_number(&key.publicArea.unique.ecc.x, x));
	return ecc_number(&key.publicArea.unique.ecc.y, y);
}

static enum err
sign(const struct held *key, const struct held *hmac, const struct permit *p,
    const TPM2B_DIGEST *digest, TPMT_SIGNATURE **out)
{
	struct tpm *t = key->t;
	struct held session OWNED(held_drop) = HELD(t);
	const TPMT_SIG_SCHEME its_own = { .scheme = TPM2_ALG_NULL };
	const TPMT_TK_HASHCHECK none = {
		.tag = TPM2_ST_HASHCHECK,
		.hierarchy = TPM2_RH_NULL,
	};
	TSS2_RC rc = TPM2_RC_PCR_CHANGED;

	TRY(policy_session(&session));
	TRY(session_use(&session, TPMA_SESSION_DECRYPT));
	for (int i = 0; i < PCR_TRIES && rc == TPM2_RC_PCR_CHANGED; i++) {
		TRY(permit_satisfy(&session, hmac, p, i > 0));
		rc = Esys_Sign(t->esys, key->tr, session.tr, ESYS_TR_NONE,
		    ESYS_TR_NONE, digest, &its_own, &none, out);
	}
	return tpm_check(t, rc, "sign");
}

enum err
tpm_key_sign(struct tpm *t, const struct tpm_point *k,
    const struct tpm_approval *a, const struct tpm_blob *blob,
    const struct secret *auth, const uint8_t digest[static 32],
    uint8_t sig[static 64])
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held key OWNED(held_drop) = HELD(t);
	struct permit permit OWNED(permit_drop) = { .version = HELD(t) };
	TPMT_SIGNATURE *made OWNED(signature_drop) = NULL;
	TPM2B_DIGEST what = { .size = 32 };
	TPM2B_PUBLIC area;
	enum err e;

	memcpy(what.buffer, digest, 32);
	TRY(area_of_kind(k, TPM_KIND_KEY, &area));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(permit_take(&hmac, k, TPM_POLICY_USE, a, &permit));
	TRY(object_load(&hmac, t->srk, blob, &area, &key));
	TRY(auth_lend(&key, auth));
	e = sign(&key, &hmac, &permit, &what, &made);
	TRY(auth_take_back(&key));
	TRY(e);
	return ecdsa_sig(made, sig);
}
