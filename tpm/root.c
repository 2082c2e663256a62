/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tpm/custody_int.h"

enum err
tpm_root_create(struct tpm *t, struct tpm_pcr_select select,
    const struct secret *auth, struct tpm_blob *out, uint8_t x[static 32],
    uint8_t y[static 32])
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	TPM2B_SENSITIVE_CREATE sensitive OWNED(create_clear) = { 0 };
	const struct policy policy = { .pcrs = select, .auth = true };
	TPM2B_PUBLIC area = signing_key, made = { .size = 0 };

	TRY(auth_of(auth, &sensitive.sensitive.userAuth));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	/* As in tpm_seal. */
	TRY(pcr_read(t, &hmac, select, NULL));
	TRY(policy_digest(&hmac, &policy, &area.publicArea.authPolicy));
	TRY(object_create(&hmac, t->srk, &area, &sensitive, out, &made, NULL));
	TRY(ecc_number(&made.publicArea.unique.ecc.x, x));
	return ecc_number(&made.publicArea.unique.ecc.y, y);
}

static enum err
sign(const struct held *key, const struct held *hmac, const struct policy *p,
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
		TRY(policy_satisfy(&session, hmac, p));
		rc = Esys_Sign(t->esys, key->tr, session.tr, ESYS_TR_NONE,
		    ESYS_TR_NONE, digest, &its_own, &none, out);
	}
	return tpm_check(t, rc, "sign");
}

enum err
tpm_root_sign(struct tpm *t, struct tpm_pcr_select select,
    const struct tpm_blob *blob, const struct secret *auth,
    const uint8_t digest[static 32], uint8_t sig[static 64])
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held key OWNED(held_drop) = HELD(t);
	TPMT_SIGNATURE *made OWNED(signature_drop) = NULL;
	const struct policy policy = { .pcrs = select, .auth = true };
	TPM2B_DIGEST what = { .size = 32 };
	TPM2B_PUBLIC area = signing_key;
	enum err e;

	memcpy(what.buffer, digest, 32);
	area.publicArea.authPolicy.size = 0;
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(object_load(&hmac, t->srk, blob, &area, &key));
	TRY(auth_lend(&key, auth));
	e = sign(&key, &hmac, &policy, &what, &made);
	TRY(auth_take_back(&key));
	TRY(e);
	return ecdsa_sig(made, sig);
}
