/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm/quote.h"

#include <string.h>

#include <tss2/tss2_mu.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "tpm/custody_int.h"

/* What is asked for. */
struct asked {
	struct tpm_pcr_select	select;
	TPML_PCR_SELECTION	pcrs;		/* the same */
	const uint8_t		*qualifying;
};

/* pcrDigest: over the values, in their order, with the hash of the AK's
 * scheme. */
static enum err
digest_of(const struct tpm_pcrs *p, uint8_t out[static 32])
{
	struct span values[TPM_PCRS];
	size_t n = 0;

	for (unsigned i = 0; i < TPM_PCRS; i++)
		if ((p->select.mask >> i & 1) != 0)
			values[n++] = (struct span){ p->value[i],
			    p->digest_len };
	return sha256(values, n, out);
}

static bool
answers(const TPMS_ATTEST *a, const struct asked *q)
{
	const TPML_PCR_SELECTION *pcrs = &a->attested.quote.pcrSelect;

	return a->magic == TPM2_GENERATED_VALUE &&
	    a->type == TPM2_ST_ATTEST_QUOTE && a->extraData.size == 32 &&
	    memcmp(a->extraData.buffer, q->qualifying, 32) == 0 &&
	    pcr_mask(pcrs, q->select.bank) == q->select.mask &&
	    a->attested.quote.pcrDigest.size == 32;
}

/* moved: it is of other values than were read. */
static enum err
look(const struct tpm_quote *made, const struct asked *q, bool *moved)
{
	TPMS_ATTEST a = { .magic = 0 };
	uint8_t digest[32];
	size_t at = 0;

	if (Tss2_MU_TPMS_ATTEST_Unmarshal(made->attest, made->attest_len, &at,
	    &a) != TSS2_RC_SUCCESS || at != made->attest_len ||
	    !answers(&a, q))
		return log_err(ERR_HARDWARE, "TPM: quote: what came is not "
		    "what was asked for");
	TRY(digest_of(&made->pcrs, digest));
	*moved = memcmp(a.attested.quote.pcrDigest.buffer, digest, 32) != 0;
	return ERR_OK;
}

static enum err
quote(const struct held *ak, const struct held *hmac, const struct asked *q,
    struct tpm_quote *out)
{
	struct tpm *t = ak->t;
	TPM2B_ATTEST *attest OWNED(attest_drop) = NULL;
	TPMT_SIGNATURE *sig OWNED(signature_drop) = NULL;
	const TPMT_SIG_SCHEME its_own = { .scheme = TPM2_ALG_NULL };
	TPM2B_DATA extra = { .size = 32 };

	memcpy(extra.buffer, q->qualifying, 32);
	TRY(session_use(hmac, TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT));
	TRY(tpm_check(t, Esys_Quote(t->esys, ak->tr, hmac->tr, ESYS_TR_NONE,
	    ESYS_TR_NONE, &extra, &its_own, &q->pcrs, &attest, &sig), "quote"));
	if (attest->size > sizeof(out->attest) ||
	    Tss2_MU_TPMT_SIGNATURE_Marshal(sig, out->sig, sizeof(out->sig),
	    &out->sig_len) != TSS2_RC_SUCCESS)
		return log_err(ERR_HARDWARE, "TPM: quote: more came than was "
		    "asked for");
	out->attest_len = attest->size;
	memcpy(out->attest, attest->attestationData, attest->size);
	return ERR_OK;
}

/* Values and quote are two commands. */
static enum err
read_and_quote(const struct held *ak, const struct held *hmac,
    const struct asked *q, struct tpm_quote *out)
{
	struct tpm_quote made;
	bool moved = true;

	for (int i = 0; i < PCR_TRIES && moved; i++) {
		made = (struct tpm_quote){ .attest_len = 0 };
		TRY(pcr_read(ak->t, hmac, q->select, &made.pcrs));
		TRY(quote(ak, hmac, q, &made));
		TRY(look(&made, q, &moved));
	}
	if (moved)
		return log_err(ERR_BUSY, "TPM: quote: the PCRs kept changing");
	*out = made;
	return ERR_OK;
}

enum err
tpm_quote(struct tpm *t, const struct tpm_blob *ak, const struct secret *auth,
    struct tpm_pcr_select select, const uint8_t qualifying[static 32],
    struct tpm_quote *out)
{
	struct asked q = { .select = select, .qualifying = qualifying };
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held signer OWNED(held_drop) = HELD(t);
	enum err e;

	TRY(pcr_selection(select, &q.pcrs));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(ak_find(&hmac, ak, &signer));
	TRY(auth_lend(&signer, auth));
	e = read_and_quote(&signer, &hmac, &q, out);
	TRY(auth_take_back(&signer));
	return e;
}
