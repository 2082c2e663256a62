/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm/ak.h"

#include <string.h>

#include "base/log.h"
#include "tpm/custody_int.h"

enum err
tpm_ak_create(struct tpm *t, const struct secret *auth, struct tpm_blob *out,
    uint8_t x[static 32], uint8_t y[static 32])
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held ek OWNED(held_drop) = HELD(t);
	struct held session OWNED(held_drop) = HELD(t);
	TPM2B_SENSITIVE_CREATE sensitive OWNED(create_clear) = { 0 };
	TPM2B_PUBLIC area, key = { .size = 0 };

	if (auth != NULL)
		TRY(auth_of(auth, &sensitive.sensitive.userAuth));
	TRY(area_of_ak(&area));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(ek_derive(&hmac, TPM_EK_ECC, &ek, NULL));
	TRY(ek_session(&hmac, &session));
	TRY(object_create(&session, ek.tr, &area, &sensitive, out, &key,
	    NULL));
	TRY(ecc_number(&key.publicArea.unique.ecc.x, x));
	return ecc_number(&key.publicArea.unique.ecc.y, y);
}

enum err
ak_load(const struct held *hmac, const struct held *ek,
    const struct tpm_blob *blob, struct held *ak)
{
	struct held session OWNED(held_drop) = HELD(hmac->t);
	TPM2B_PUBLIC area;

	TRY(area_of_ak(&area));
	TRY(ek_session(hmac, &session));
	return object_load(&session, ek->tr, blob, &area, ak);
}

enum err
ak_find(const struct held *hmac, const struct tpm_blob *blob, struct held *ak)
{
	struct held ek OWNED(held_drop) = HELD(hmac->t);

	TRY(ek_derive(hmac, TPM_EK_ECC, &ek, NULL));
	return ak_load(hmac, &ek, blob, ak);
}

static enum err
certify(const struct held *ak, const struct held *object,
    const struct held *hmac, const struct tpm_creation *made,
    const uint8_t nonce[static 32], struct tpm_certificate *out)
{
	struct tpm *t = ak->t;
	TPM2B_ATTEST *attest OWNED(attest_drop) = NULL;
	TPMT_SIGNATURE *sig OWNED(signature_drop) = NULL;
	const TPMT_SIG_SCHEME its_own = { .scheme = TPM2_ALG_NULL };
	TPM2B_DATA extra = { .size = 32 };
	TPM2B_DIGEST hash = { .size = 32 };
	TPMT_TK_CREATION ticket = {
		.tag = TPM2_ST_CREATION,
		.hierarchy = TPM2_RH_OWNER,
		.digest.size = (uint16_t)made->len,
	};

	if (made->len > sizeof(made->proof))
		return log_err(ERR_MALFORMED, "TPM: certify: no such proof");
	memcpy(extra.buffer, nonce, 32);
	memcpy(hash.buffer, made->hash, 32);
	memcpy(ticket.digest.buffer, made->proof, made->len);
	TRY(session_use(hmac, TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT));
	TRY(tpm_check(t, Esys_CertifyCreation(t->esys, ak->tr, object->tr,
	    hmac->tr, ESYS_TR_NONE, ESYS_TR_NONE, &extra, &hash, &its_own,
	    &ticket, &attest, &sig), "certify an object"));
	if (attest->size > sizeof(out->attest))
		return log_err(ERR_HARDWARE, "TPM: certify an object: "
		    "%u bytes came", attest->size);
	out->len = attest->size;
	memcpy(out->attest, attest->attestationData, out->len);
	return ecdsa_sig(sig, out->sig);
}

enum err
tpm_certify(struct tpm *t, const struct tpm_point *k,
    const struct tpm_blob *ak, const struct secret *auth, enum tpm_kind kind,
    const struct tpm_blob *blob, const struct tpm_creation *made,
    const uint8_t nonce[static 32], struct tpm_certificate *out)
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held signer OWNED(held_drop) = HELD(t);
	struct held object OWNED(held_drop) = HELD(t);
	TPM2B_PUBLIC area;
	enum err e;

	TRY(area_of_kind(k, kind, &area));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(ak_find(&hmac, ak, &signer));
	TRY(object_load(&hmac, t->srk, blob, &area, &object));
	TRY(auth_lend(&signer, auth));
	e = certify(&signer, &object, &hmac, made, nonce, out);
	TRY(auth_take_back(&signer));
	return e;
}
