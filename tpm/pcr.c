/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "tpm/tpm_int.h"

static size_t
digest_len(uint16_t bank)
{
	switch (bank) {
	case TPM_SHA1:
		return 20;
	case TPM_SHA256:
		return 32;
	case TPM_SHA384:
		return 48;
	case TPM_SHA512:
		return 64;
	default:
		return 0;
	}
}

enum err
pcr_selection(struct tpm_pcr_select select, TPML_PCR_SELECTION *out)
{
	if (digest_len(select.bank) == 0)
		return log_err(ERR_MALFORMED, "TPM: 0x%04x is no bank of PCRs",
		    select.bank);
	if (select.mask == 0 || select.mask >> TPM_PCRS != 0)
		return log_err(ERR_MALFORMED, "TPM: 0x%x selects no PCR or one "
		    "that there is not", select.mask);
	*out = (TPML_PCR_SELECTION){
		.count = 1,
		.pcrSelections = { {
			.hash = select.bank,
			.sizeofSelect = 3,
			.pcrSelect = { (uint8_t)select.mask,
			    (uint8_t)(select.mask >> 8),
			    (uint8_t)(select.mask >> 16) },
		} },
	};
	return ERR_OK;
}

uint32_t
pcr_mask(const TPML_PCR_SELECTION *list, uint16_t bank)
{
	const TPMS_PCR_SELECTION *s = &list->pcrSelections[0];
	uint32_t mask = 0;

	if (list->count != 1 || s->hash != bank)
		return 0;
	for (unsigned i = 0; i < s->sizeofSelect && i < 3; i++)
		mask |= (uint32_t)s->pcrSelect[i] << 8 * i;
	return mask;
}

/* Put what came for the PCRs of mask into place. */
static enum err
take(const TPML_DIGEST *values, uint32_t mask, struct tpm_pcrs *out)
{
	uint32_t n = 0;

	for (unsigned pcr = 0; pcr < TPM_PCRS; pcr++) {
		if ((mask >> pcr & 1) == 0)
			continue;
		if (n == values->count ||
		    values->digests[n].size != out->digest_len)
			return log_err(ERR_HARDWARE, "TPM: read PCRs: other "
			    "values came than were asked for");
		memcpy(out->value[pcr], values->digests[n++].buffer,
		    out->digest_len);
	}
	return ERR_OK;
}

/* One answer holds about eight; *left loses those that came. */
static enum err
read_some(struct tpm *t, const struct held *hmac, uint32_t *left,
    struct tpm_pcrs *out, uint32_t *counter)
{
	TPML_PCR_SELECTION *got OWNED(selection_drop) = NULL, want;
	TPML_DIGEST *values OWNED(values_drop) = NULL;
	uint32_t mask;

	TRY(pcr_selection((struct tpm_pcr_select){ out->select.bank, *left },
	    &want));
	if (hmac != NULL)
		TRY(session_use(hmac, TPMA_SESSION_AUDIT));
	TRY(tpm_check(t, Esys_PCR_Read(t->esys,
	    hmac != NULL ? hmac->tr : ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
	    &want, counter, &got, &values), "read PCRs"));
	mask = pcr_mask(got, out->select.bank) & *left;
	if (mask == 0)
		return log_err(ERR_NOT_FOUND, "TPM: read PCRs: the TPM keeps "
		    "no PCRs 0x%x in bank 0x%04x", *left, out->select.bank);
	*left &= ~mask;
	return take(values, mask, out);
}

/* Moved when a PCR changed between two answers. */
static enum err
read_all(struct tpm *t, const struct held *hmac, struct tpm_pcrs *out,
    bool *moved)
{
	uint32_t left = out->select.mask, first = 0, counter = 0;

	TRY(read_some(t, hmac, &left, out, &first));
	counter = first;
	while (left != 0 && counter == first)
		TRY(read_some(t, hmac, &left, out, &counter));
	*moved = counter != first;
	return ERR_OK;
}

enum err
pcr_read(struct tpm *t, const struct held *hmac, struct tpm_pcr_select select,
    struct tpm_pcrs *out)
{
	struct tpm_pcrs p = {
		.select = select,
		.digest_len = digest_len(select.bank),
	};
	bool moved = true;

	for (int i = 0; i < PCR_TRIES && moved; i++)
		TRY(read_all(t, hmac, &p, &moved));
	if (moved)
		return log_err(ERR_BUSY, "TPM: read PCRs: they kept changing");
	*out = p;
	return ERR_OK;
}

enum err
tpm_pcr_read(struct tpm *t, struct tpm_pcrs *p)
{
	struct held hmac OWNED(held_drop) = HELD(t);

	TRY(tpm_ready(t));
	if (t->srk == ESYS_TR_NONE)
		return pcr_read(t, NULL, p->select, p);
	TRY(session_hmac(&hmac));
	return pcr_read(t, &hmac, p->select, p);
}
