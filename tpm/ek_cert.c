/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "tpm/custody_int.h"
#include "tpm/ek.h"

static const TPM2_HANDLE indexes[TPM_EKS] = {
	[TPM_EK_RSA] = 0x01c00002,
	[TPM_EK_ECC] = 0x01c0000a,
};

static enum err
capability(struct tpm *t, TPM2_CAP what, uint32_t first, uint32_t count,
    TPMS_CAPABILITY_DATA **out)
{
	return tpm_check(t, Esys_GetCapability(t->esys, ESYS_TR_NONE,
	    ESYS_TR_NONE, ESYS_TR_NONE, what, first, count, NULL, out),
	    "ask for what is in NV");
}

enum err
tpm_ek_certificates(struct tpm *t, bool has[static TPM_EKS])
{
	TPMS_CAPABILITY_DATA *found OWNED(capability_drop) = NULL;
	const TPML_HANDLE *handles;

	TRY(tpm_ready(t));
	TRY(capability(t, TPM2_CAP_HANDLES, indexes[TPM_EK_RSA],
	    TPM2_MAX_CAP_HANDLES, &found));
	handles = &found->data.handles;
	for (size_t k = 0; k < TPM_EKS; k++) {
		has[k] = false;
		for (uint32_t i = 0; i < handles->count; i++)
			has[k] |= handles->handle[i] == indexes[k];
	}
	return ERR_OK;
}

/* How much one command reads. */
static enum err
ask_chunk(struct tpm *t, size_t *out)
{
	TPMS_CAPABILITY_DATA *found OWNED(capability_drop) = NULL;
	const TPML_TAGGED_TPM_PROPERTY *list;

	TRY(capability(t, TPM2_CAP_TPM_PROPERTIES, TPM2_PT_NV_BUFFER_MAX, 1,
	    &found));
	list = &found->data.tpmProperties;
	if (list->tpmProperty[0].property != TPM2_PT_NV_BUFFER_MAX ||
	    list->tpmProperty[0].value == 0)
		return log_err(ERR_HARDWARE, "TPM: it does not say how much "
		    "of NV can be read at once");
	*out = list->tpmProperty[0].value;
	return ERR_OK;
}

/* How long it is, in a session: nobody has put another index in its place. */
static enum err
measure(const struct held *index, const struct held *hmac, TPM2_HANDLE at,
    size_t *len)
{
	struct tpm *t = index->t;
	TPM2B_NV_PUBLIC *area OWNED(nv_public_drop) = NULL;

	TRY(session_use(hmac, TPMA_SESSION_AUDIT));
	TRY(tpm_check(t, Esys_NV_ReadPublic(t->esys, index->tr, hmac->tr,
	    ESYS_TR_NONE, ESYS_TR_NONE, &area, NULL), "look at a certificate"));
	if (area->nvPublic.nvIndex != at)
		return log_err(ERR_AUTH, "TPM: look at a certificate: what "
		    "came is of another index");
	if ((area->nvPublic.attributes & TPMA_NV_WRITTEN) == 0)
		return log_err(ERR_NOT_FOUND, "TPM: there is room for a "
		    "certificate at 0x%x, and none", at);
	*len = area->nvPublic.dataSize;
	return *len <= TPM_EK_CERT_MAX ? ERR_OK : log_err(ERR_LIMIT,
	    "TPM: a certificate of %zu bytes at 0x%x: no more than %d are "
	    "taken", *len, at, TPM_EK_CERT_MAX);
}

static enum err
read_chunk(const struct held *index, const struct held *hmac, size_t from,
    size_t len, uint8_t *out)
{
	struct tpm *t = index->t;
	TPM2B_MAX_NV_BUFFER *data OWNED(number_drop) = NULL;

	TRY(tpm_check(t, Esys_NV_Read(t->esys, index->tr, index->tr, hmac->tr,
	    ESYS_TR_NONE, ESYS_TR_NONE, (uint16_t)len, (uint16_t)from, &data),
	    "read a certificate"));
	if (data->size != len)
		return log_err(ERR_HARDWARE, "TPM: read a certificate: %u "
		    "bytes came for %zu", data->size, len);
	memcpy(out, data->buffer, len);
	return ERR_OK;
}

enum err
tpm_ek_certificate(struct tpm *t, enum tpm_ek which,
    uint8_t cert[static TPM_EK_CERT_MAX], size_t *len)
{
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held index OWNED(known_drop) = HELD(t);
	size_t all = 0, chunk = 0, some;

	TRY(tpm_ready_pinned(t));
	TRY(index_look(&index, indexes[which]));
	TRY(ask_chunk(t, &chunk));
	TRY(session_hmac(&hmac));
	TRY(measure(&index, &hmac, indexes[which], &all));
	TRY(session_use(&hmac, TPMA_SESSION_ENCRYPT));
	for (size_t at = 0; at < all; at += some) {
		some = all - at < chunk ? all - at : chunk;
		TRY(read_chunk(&index, &hmac, at, some, cert + at));
	}
	*len = all;
	return ERR_OK;
}
