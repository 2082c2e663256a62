/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"
#include "tpm/custody_int.h"

void
create_clear(TPM2B_SENSITIVE_CREATE *s)
{
	explicit_bzero(s, sizeof(*s));
}

void
auth_clear(TPM2B_AUTH *auth)
{
	explicit_bzero(auth, sizeof(*auth));
}

enum err
auth_of(const struct secret *from, TPM2B_AUTH *out)
{
	if (secret_len(from) > TPM_AUTH_MAX)
		return log_err(ERR_LIMIT, "TPM: an authorisation of more than "
		    "%d bytes", TPM_AUTH_MAX);
	out->size = (uint16_t)secret_len(from);
	memcpy(out->buffer, secret_span(from).at, out->size);
	return ERR_OK;
}

enum err
auth_lend(const struct held *object, const struct secret *auth)
{
	TPM2B_AUTH value OWNED(auth_clear) = { 0 };

	if (auth == NULL)
		return ERR_OK;
	TRY(auth_of(auth, &value));
	return tpm_check(object->t, Esys_TR_SetAuth(object->t->esys,
	    object->tr, &value), "take an authorisation");
}

enum err
auth_take_back(const struct held *object)
{
	/* As long as any, and of ones: what ESYS strips are zeros. */
	TPM2B_AUTH none = { .size = TPM_AUTH_MAX };

	memset(none.buffer, 0xff, none.size);
	return tpm_check(object->t, Esys_TR_SetAuth(object->t->esys,
	    object->tr, &none), "forget an authorisation");
}

enum err
ecc_number(const TPM2B_ECC_PARAMETER *n, uint8_t out[static 32])
{
	if (n->size > 32)
		return log_err(ERR_HARDWARE, "TPM: a number of more than "
		    "32 bytes for P-256");
	memset(out, 0, 32);
	memcpy(out + 32 - n->size, n->buffer, n->size);
	return ERR_OK;
}

enum err
ecdsa_sig(const TPMT_SIGNATURE *from, uint8_t sig[static 64])
{
	const TPMS_SIGNATURE_ECDSA *pair = &from->signature.ecdsa;

	if (from->sigAlg != TPM2_ALG_ECDSA)
		return log_err(ERR_HARDWARE, "TPM: sign: not the scheme that "
		    "was asked for");
	TRY(ecc_number(&pair->signatureR, sig));
	TRY(ecc_number(&pair->signatureS, sig + 32));
	if (p256_low_s(sig) == ERR_MALFORMED)
		return log_err(ERR_HARDWARE, "TPM: sign: what came is no "
		    "signature");
	return ERR_OK;
}

enum err
name_bytes(const uint8_t *area, size_t len, struct tpm_name *out)
{
	const struct span whole = { area, len };

	out->len = sizeof(out->at);
	out->at[0] = TPM2_ALG_SHA256 >> 8;
	out->at[1] = TPM2_ALG_SHA256 & 0xff;
	return sha256(&whole, 1, out->at + 2);
}
