/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "tpm/custody_int.h"

/* What the PCR is extended with, and what it then is. */
struct cap {
	uint8_t	with[32], value[32];
};

static enum err
compute(struct cap *out)
{
	static const uint8_t zero[32];
	const struct span capped = span_text("anchorhold/1 capped");

	TRY(sha256(&capped, 1, out->with));
	return sha256((const struct span[]){ SPAN(zero), SPAN(out->with) }, 2,
	    out->value);
}

static enum err
is_of_use(unsigned pcr)
{
	return pcr >= 1 && pcr <= 15 ? ERR_OK : log_err(ERR_MALFORMED,
	    "TPM: PCR %u cannot be the cap: 1 to 15, the others can be reset",
	    pcr);
}

static enum err
read_one(const struct held *hmac, unsigned pcr, uint8_t out[static 32])
{
	const struct tpm_pcr_select select = { TPM_SHA256, 1u << pcr };
	struct tpm_pcrs p;

	TRY(pcr_read(hmac->t, hmac, select, &p));
	memcpy(out, p.value[pcr], 32);
	return ERR_OK;
}

static enum err
extend(const struct held *hmac, unsigned pcr, const struct cap *cap)
{
	struct tpm *t = hmac->t;
	TPML_DIGEST_VALUES digests = {
		.count = 1,
		.digests[0].hashAlg = TPM2_ALG_SHA256,
	};

	memcpy(digests.digests[0].digest.sha256, cap->with, 32);
	TRY(session_use(hmac, TPMA_SESSION_AUDIT));
	return tpm_check(t, Esys_PCR_Extend(t->esys, ESYS_TR_PCR0 + pcr,
	    hmac->tr, ESYS_TR_NONE, ESYS_TR_NONE, &digests), "cap");
}

enum err
tpm_cap(struct tpm *t, unsigned pcr)
{
	static const uint8_t zero[32];
	struct held hmac OWNED(held_drop) = HELD(t);
	uint8_t is[32];
	struct cap cap;

	TRY(is_of_use(pcr));
	TRY(compute(&cap));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(read_one(&hmac, pcr, is));
	if (memcmp(is, zero, 32) == 0) {
		TRY(extend(&hmac, pcr, &cap));
		TRY(read_one(&hmac, pcr, is));
	}
	return memcmp(is, cap.value, 32) == 0 ? ERR_OK : log_err(ERR_STATE,
	    "TPM: cap: PCR %u has another value: somebody else extends it",
	    pcr);
}

enum err
tpm_capped(struct tpm *t, unsigned pcr, bool *out)
{
	struct held hmac OWNED(held_drop) = HELD(t);
	uint8_t is[32];
	struct cap cap;

	TRY(is_of_use(pcr));
	TRY(compute(&cap));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(read_one(&hmac, pcr, is));
	*out = memcmp(is, cap.value, 32) == 0;
	return ERR_OK;
}
