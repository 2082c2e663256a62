/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include <tss2/tss2_mu.h>

#include "base/log.h"
#include "tpm/custody_int.h"

/*
 * The public areas of everything that is made here.  userWithAuth is clear and
 * adminWithPolicy set, so that nothing but the policy opens or governs it;
 * noDA, since no password of it could be guessed and a crash would count as a
 * guess; fixed to this TPM.
 */
#define OURS (TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | \
    TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_NODA)

static const TPM2B_PUBLIC sealed = {
	.publicArea = {
		.type = TPM2_ALG_KEYEDHASH,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = OURS,
		.authPolicy.size = 32,
		.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
	},
};

/* It signs with one scheme. */
const TPM2B_PUBLIC signing_key = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = OURS | TPMA_OBJECT_SENSITIVEDATAORIGIN |
		    TPMA_OBJECT_SIGN_ENCRYPT,
		.authPolicy.size = 32,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = {
				.scheme = TPM2_ALG_ECDSA,
				.details.ecdsa.hashAlg = TPM2_ALG_SHA256,
			},
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
	},
};

/* Nothing is free but its coordinates. */
void
area_of_k(const struct tpm_point *k, TPM2B_PUBLIC *out)
{
	TPMS_ECC_POINT *point = &out->publicArea.unique.ecc;

	*out = signing_key;
	out->publicArea.objectAttributes = TPMA_OBJECT_SIGN_ENCRYPT;
	out->publicArea.authPolicy.size = 0;
	point->x.size = point->y.size = 32;
	memcpy(point->x.buffer, k->x, 32);
	memcpy(point->y.buffer, k->y, 32);
}

enum err
area_of_kind(const struct tpm_point *k, enum tpm_kind kind, TPM2B_PUBLIC *out)
{
	uint8_t *policy = out->publicArea.authPolicy.buffer;

	*out = kind == TPM_KIND_KEY ? signing_key : sealed;
	return tpm_policy_of(k, kind == TPM_KIND_KEY ? TPM_POLICY_USE :
	    TPM_POLICY_UNSEAL, kind != TPM_KIND_STORE, policy);
}

/* Its authValue is for USER commands; of the ADMIN ones its policy has
 * ActivateCredential alone. */
enum err
area_of_ak(TPM2B_PUBLIC *out)
{
	*out = signing_key;
	out->publicArea.objectAttributes |= TPMA_OBJECT_USERWITHAUTH |
	    TPMA_OBJECT_RESTRICTED;
	return policy_of_ak(out->publicArea.authPolicy.buffer);
}

enum err
name_of_area(const TPM2B_PUBLIC *area, struct tpm_name *out)
{
	uint8_t at[512];
	size_t len = 0;

	if (Tss2_MU_TPMT_PUBLIC_Marshal(&area->publicArea, at, sizeof(at),
	    &len) != TSS2_RC_SUCCESS)
		return log_err(ERR_INTERNAL, "TPM: an object without a Name");
	return name_bytes(at, len, out);
}

enum err
area_of_bytes(struct span from, TPM2B_PUBLIC *out)
{
	size_t at = 0;

	*out = (TPM2B_PUBLIC){ .size = 0 };
	if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(from.at, from.len, &at, out) !=
	    TSS2_RC_SUCCESS || at != from.len)
		return log_err(ERR_MALFORMED, "TPM: these bytes are not the "
		    "public part of an object");
	return ERR_OK;
}

enum err
area_of_blob(const struct tpm_blob *b, TPM2B_PUBLIC *out)
{
	return area_of_bytes((struct span){ b->pub, b->pub_len <=
	    sizeof(b->pub) ? b->pub_len : 0 }, out);
}

enum err
tpm_name_of(const struct tpm_blob *blob, struct tpm_name *out)
{
	TPM2B_PUBLIC area;

	TRY(area_of_blob(blob, &area));
	return name_of_area(&area, out);
}

bool
area_fits(const TPM2B_PUBLIC *area, const TPM2B_PUBLIC *want)
{
	TPM2B_PUBLIC filled = *want;
	struct tpm_name is, fits;

	filled.publicArea.unique = area->publicArea.unique;
	return area->publicArea.type == want->publicArea.type &&
	    name_of_area(area, &is) == ERR_OK &&
	    name_of_area(&filled, &fits) == ERR_OK &&
	    memcmp(is.at, fits.at, sizeof(is.at)) == 0;
}
