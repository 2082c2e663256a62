/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm/ak.h"

#include <string.h>

#include "base/log.h"
#include "tpm/custody_int.h"

/* TCG's EK for ECC P-256 (EK credential profile 2.3, template L-2): its policy
 * is PolicySecret(endorsement). */
static const TPM2B_PUBLIC ek_template = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM |
		    TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
		    TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED |
		    TPMA_OBJECT_DECRYPT,
		.authPolicy = { 32, {
			0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8,
			0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
			0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64,
			0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa,
		} },
		.parameters.eccDetail = {
			.symmetric = {
				.algorithm = TPM2_ALG_AES,
				.keyBits.aes = 128,
				.mode.aes = TPM2_ALG_CFB,
			},
			.scheme.scheme = TPM2_ALG_NULL,
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
		.unique.ecc = { .x.size = 32, .y.size = 32 },
	},
};

static enum err
derive_ek(const struct held *hmac, struct held *ek)
{
	struct tpm *t = hmac->t;
	const TPM2B_SENSITIVE_CREATE none = { .size = 0 };
	const TPM2B_DATA no_data = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };

	TRY(session_use(hmac, TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT));
	return tpm_check(t, Esys_CreatePrimary(t->esys,
	    ESYS_TR_RH_ENDORSEMENT, hmac->tr, ESYS_TR_NONE, ESYS_TR_NONE,
	    &none, &ek_template, &no_data, &no_pcrs, &ek->tr, NULL, NULL, NULL,
	    NULL), "derive the EK");
}

/* A session that is good for one command with the EK. */
static enum err
ek_session(const struct held *hmac, struct held *session)
{
	struct tpm *t = hmac->t;
	const TPM2B_NONCE none = { .size = 0 };
	const TPM2B_DIGEST no_digest = { .size = 0 };

	TRY(policy_session(session));
	TRY(session_use(hmac, TPMA_SESSION_DECRYPT));
	return tpm_check(t, Esys_PolicySecret(t->esys, ESYS_TR_RH_ENDORSEMENT,
	    session->tr, hmac->tr, ESYS_TR_NONE, ESYS_TR_NONE, &none,
	    &no_digest, &none, 0, NULL, NULL), "use the endorsement");
}

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
	TRY(derive_ek(&hmac, &ek));
	TRY(ek_session(&hmac, &session));
	TRY(object_create(&session, ek.tr, &area, &sensitive, out, &key,
	    NULL));
	TRY(ecc_number(&key.publicArea.unique.ecc.x, x));
	return ecc_number(&key.publicArea.unique.ecc.y, y);
}

static enum err
load_ak(const struct held *hmac, const struct tpm_blob *blob, struct held *ak)
{
	struct tpm *t = hmac->t;
	struct held ek OWNED(held_drop) = HELD(t);
	struct held session OWNED(held_drop) = HELD(t);
	TPM2B_PUBLIC area;

	TRY(area_of_ak(&area));
	TRY(derive_ek(hmac, &ek));
	TRY(ek_session(hmac, &session));
	return object_load(&session, ek.tr, blob, &area, ak);
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
	TRY(load_ak(&hmac, ak, &signer));
	TRY(object_load(&hmac, t->srk, blob, &area, &object));
	if (auth == NULL)
		return certify(&signer, &object, &hmac, made, nonce, out);
	TRY(auth_lend(&signer, auth));
	e = certify(&signer, &object, &hmac, made, nonce, out);
	TRY(auth_take_back(&signer));
	return e;
}
