/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include <tss2/tss2_mu.h>

#include "base/log.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"
#include "tpm/custody_int.h"

static enum err
no(const char *why)
{
	return log_err(ERR_AUTH, "TPM: a certificate: %s", why);
}

static enum err
signed_by(const TPM2B_PUBLIC *ak, const struct tpm_certificate *c)
{
	const TPMS_ECC_POINT *point = &ak->publicArea.unique.ecc;
	const struct span attest = { c->attest, c->len };
	uint8_t x[32], y[32], digest[32];

	TRY(ecc_number(&point->x, x));
	TRY(ecc_number(&point->y, y));
	TRY(sha256(&attest, 1, digest));
	return p256_verify(x, y, digest, c->sig) == ERR_OK ? ERR_OK :
	    no("its signature is not the AK's");
}

/* What an AK signs begins with TPM_GENERATED only when its TPM made it. */
static enum err
says(const struct tpm_certificate *c, const struct tpm_name *name,
    const uint8_t nonce[static 32])
{
	TPMS_ATTEST a = { .magic = 0 };
	const TPM2B_NAME *named = &a.attested.creation.objectName;
	size_t at = 0;

	if (Tss2_MU_TPMS_ATTEST_Unmarshal(c->attest, c->len, &at, &a) !=
	    TSS2_RC_SUCCESS || at != c->len ||
	    a.magic != TPM2_GENERATED_VALUE || a.type !=
	    TPM2_ST_ATTEST_CREATION)
		return no("it says nothing of who made an object");
	if (a.extraData.size != 32 ||
	    memcmp(a.extraData.buffer, nonce, 32) != 0)
		return no("it was made on another occasion");
	return named->size == name->len &&
	    memcmp(named->name, name->at, name->len) == 0 ? ERR_OK :
	    no("it is of another object");
}

enum err
tpm_certified(const struct tpm_certificate *c, const struct tpm_blob *ak,
    const struct tpm_point *k, enum tpm_kind kind,
    const struct tpm_blob *blob, const uint8_t nonce[static 32])
{
	TPM2B_PUBLIC key, want, area;
	struct tpm_name name;

	if (c->len > sizeof(c->attest))
		return no("it is too long");
	TRY(area_of_blob(ak, &key));
	TRY(area_of_ak(&want));
	if (!area_fits(&key, &want))
		return no("the key that signed it is no AK of ours");
	TRY(signed_by(&key, c));
	TRY(area_of_blob(blob, &area));
	TRY(name_of_area(&area, &name));
	TRY(says(c, &name, nonce));
	TRY(area_of_kind(k, kind, &want));
	return area_fits(&area, &want) ? ERR_OK : no("the object has another "
	    "policy or other attributes than ours have");
}
