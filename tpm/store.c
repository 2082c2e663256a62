/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "tpm/custody_int.h"

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

static enum tpm_kind
kind_of(const struct secret *attended)
{
	return attended != NULL ? TPM_KIND_ATTENDED : TPM_KIND_STORE;
}

enum err
tpm_store_seal(struct tpm *t, const struct tpm_point *k,
    const struct secret *plain, const struct secret *attended,
    struct tpm_blob *out, struct tpm_creation *made)
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	TPM2B_SENSITIVE_CREATE sensitive OWNED(create_clear) = { 0 };
	TPM2B_SENSITIVE_DATA *data = &sensitive.sensitive.data;
	TPM2B_PUBLIC area;

	if (secret_len(plain) > TPM_SEAL_MAX)
		return log_err(ERR_LIMIT, "TPM: seal: more than %d bytes",
		    TPM_SEAL_MAX);
	if (attended != NULL)
		TRY(auth_of(attended, &sensitive.sensitive.userAuth));
	TRY(area_of_kind(k, kind_of(attended), &area));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	data->size = (uint16_t)secret_len(plain);
	memcpy(data->buffer, secret_span(plain).at, data->size);
	return object_create(&hmac, t->srk, &area, &sensitive, out, NULL,
	    made);
}

static enum err
unseal(const struct held *object, const struct held *hmac,
    const struct permit *p, TPM2B_SENSITIVE_DATA **out)
{
	struct tpm *t = object->t;
	struct held session OWNED(held_drop) = HELD(t);
	TSS2_RC rc = TPM2_RC_PCR_CHANGED;

	TRY(policy_session(&session));
	TRY(session_use(&session, TPMA_SESSION_ENCRYPT));
	for (int i = 0; i < PCR_TRIES && rc == TPM2_RC_PCR_CHANGED; i++) {
		TRY(permit_satisfy(&session, hmac, p, i > 0));
		rc = Esys_Unseal(t->esys, object->tr, session.tr, ESYS_TR_NONE,
		    ESYS_TR_NONE, out);
	}
	return tpm_check(t, rc, p->auth ? "unseal with the secret of this "
	    "start" : "unseal");
}

static enum err
unseal_with(const struct held *object, const struct held *hmac,
    const struct permit *p, const struct secret *attended,
    TPM2B_SENSITIVE_DATA **out)
{
	enum err e;

	if (attended == NULL)
		return unseal(object, hmac, p, out);
	TRY(auth_lend(object, attended));
	e = unseal(object, hmac, p, out);
	TRY(auth_take_back(object));
	return e;
}

enum err
tpm_store_unseal(struct tpm *t, const struct tpm_point *k,
    const struct tpm_approval *a, const struct secret *attended,
    const struct tpm_blob *blob, struct secret **out)
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held object OWNED(held_drop) = HELD(t);
	struct permit permit OWNED(permit_drop) = { .version = HELD(t) };
	TPM2B_SENSITIVE_DATA *plain OWNED(sensitive_drop) = NULL;
	TPM2B_PUBLIC area;

	TRY(area_of_kind(k, kind_of(attended), &area));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(permit_take(&hmac, k, TPM_POLICY_UNSEAL, a, &permit));
	permit.auth = attended != NULL;
	TRY(object_load(&hmac, t->srk, blob, &area, &object));
	TRY(unseal_with(&object, &hmac, &permit, attended, &plain));
	return secret_copy((struct span){ plain->buffer, plain->size }, out);
}
