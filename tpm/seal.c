/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "tpm/custody_int.h"

/* userWithAuth is clear and adminWithPolicy set, so that nothing but the
 * policy opens it; noDA, since it has no password that could be guessed. */
static const TPM2B_PUBLIC sealed = {
	.publicArea = {
		.type = TPM2_ALG_KEYEDHASH,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM |
		    TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_ADMINWITHPOLICY |
		    TPMA_OBJECT_NODA,
		.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
	},
};

/* Of ESYS, but wiped first. */
static void
sensitive_drop(TPM2B_SENSITIVE_DATA **data)
{
	if (*data == NULL)
		return;
	explicit_bzero(*data, sizeof(**data));
	Esys_Free(*data);
	*data = NULL;
}

enum err
tpm_seal(struct tpm *t, struct tpm_pcr_select select,
    const struct secret *plain, struct tpm_blob *out)
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	TPM2B_SENSITIVE_CREATE sensitive OWNED(create_clear) = { 0 };
	TPM2B_SENSITIVE_DATA *data = &sensitive.sensitive.data;
	const struct policy policy = { .pcrs = select };
	TPM2B_PUBLIC area = sealed;

	if (secret_len(plain) > TPM_SEAL_MAX)
		return log_err(ERR_LIMIT, "TPM: seal: more than %d bytes",
		    TPM_SEAL_MAX);
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	/* A bank that the TPM does not keep would make a policy of nothing. */
	TRY(pcr_read(t, &hmac, select, NULL));
	TRY(policy_digest(&hmac, &policy, &area.publicArea.authPolicy));
	data->size = (uint16_t)secret_len(plain);
	memcpy(data->buffer, secret_span(plain).at, data->size);
	return object_create(&hmac, t->srk, &area, &sensitive, out, NULL, NULL);
}

static enum err
unseal(const struct held *object, const struct held *hmac,
    const struct policy *p, TPM2B_SENSITIVE_DATA **out)
{
	struct tpm *t = object->t;
	struct held session OWNED(held_drop) = HELD(t);
	TSS2_RC rc = TPM2_RC_PCR_CHANGED;

	TRY(policy_session(&session));
	TRY(session_use(&session, TPMA_SESSION_ENCRYPT));
	for (int i = 0; i < PCR_TRIES && rc == TPM2_RC_PCR_CHANGED; i++) {
		TRY(policy_satisfy(&session, hmac, p));
		rc = Esys_Unseal(t->esys, object->tr, session.tr, ESYS_TR_NONE,
		    ESYS_TR_NONE, out);
	}
	return tpm_check(t, rc, "unseal");
}

enum err
tpm_unseal(struct tpm *t, struct tpm_pcr_select select,
    const struct tpm_blob *blob, struct secret **out)
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held object OWNED(held_drop) = HELD(t);
	TPM2B_SENSITIVE_DATA *plain OWNED(sensitive_drop) = NULL;
	const struct policy policy = { .pcrs = select };

	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(object_load(&hmac, t->srk, blob, &sealed, &object));
	TRY(unseal(&object, &hmac, &policy, &plain));
	return secret_copy((struct span){ plain->buffer, plain->size }, out);
}
