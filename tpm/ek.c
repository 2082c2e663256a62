/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm/ek.h"

#include <string.h>

#include <tss2/tss2_mu.h>

#include "base/log.h"
#include "tpm/custody_int.h"

#define STORAGE (TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | \
    TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY | \
    TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)

/* PolicySecret(endorsement): TCG's PolicyA for SHA-256. */
#define POLICY_A { 32, { \
	0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, \
	0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24, \
	0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, \
	0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa, \
} }

#define AES128CFB { \
	.algorithm = TPM2_ALG_AES, \
	.keyBits.aes = 128, \
	.mode.aes = TPM2_ALG_CFB, \
}

static const TPM2B_PUBLIC templates[TPM_EKS] = {
	[TPM_EK_RSA].publicArea = {			/* L-1 */
		.type = TPM2_ALG_RSA,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = STORAGE,
		.authPolicy = POLICY_A,
		.parameters.rsaDetail = {
			.symmetric = AES128CFB,
			.scheme.scheme = TPM2_ALG_NULL,
			.keyBits = 2048,
		},
		.unique.rsa.size = 256,
	},
	[TPM_EK_ECC].publicArea = {			/* L-2 */
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = STORAGE,
		.authPolicy = POLICY_A,
		.parameters.eccDetail = {
			.symmetric = AES128CFB,
			.scheme.scheme = TPM2_ALG_NULL,
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
		.unique.ecc = { .x.size = 32, .y.size = 32 },
	},
};

enum err
ek_derive(const struct held *hmac, enum tpm_ek which, struct held *ek,
    TPM2B_PUBLIC *area)
{
	struct tpm *t = hmac->t;
	const TPM2B_SENSITIVE_CREATE none = { .size = 0 };
	const TPM2B_DATA no_data = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };
	TPM2B_PUBLIC *made OWNED(public_drop) = NULL;

	TRY(session_use(hmac, TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT));
	TRY(tpm_check(t, Esys_CreatePrimary(t->esys, ESYS_TR_RH_ENDORSEMENT,
	    hmac->tr, ESYS_TR_NONE, ESYS_TR_NONE, &none, &templates[which],
	    &no_data, &no_pcrs, &ek->tr, &made, NULL, NULL, NULL),
	    "derive the EK"));
	if (area != NULL)
		*area = *made;
	return ERR_OK;
}

enum err
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
tpm_ek_public(struct tpm *t, enum tpm_ek which, struct tpm_public *out)
{
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held ek OWNED(held_drop) = HELD(t);
	TPM2B_PUBLIC area = { .size = 0 };
	struct tpm_public p = { .len = 0 };

	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(ek_derive(&hmac, which, &ek, &area));
	TRY(name_of_area(&area, &p.name));
	if (Tss2_MU_TPM2B_PUBLIC_Marshal(&area, p.at, sizeof(p.at), &p.len) !=
	    TSS2_RC_SUCCESS)
		return log_err(ERR_INTERNAL, "TPM: an EK of no known size");
	*out = p;
	return ERR_OK;
}
