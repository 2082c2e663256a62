/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include <tss2/tss2_mu.h>

#include "base/log.h"
#include "tpm/custody_int.h"

static enum err
pack(const TPM2B_PUBLIC *area, const TPM2B_PRIVATE *private,
    struct tpm_blob *out)
{
	struct tpm_blob b = { 0 };

	if (Tss2_MU_TPM2B_PUBLIC_Marshal(area, b.pub, sizeof(b.pub),
	    &b.pub_len) != TSS2_RC_SUCCESS ||
	    Tss2_MU_TPM2B_PRIVATE_Marshal(private, b.priv, sizeof(b.priv),
	    &b.priv_len) != TSS2_RC_SUCCESS)
		return log_err(ERR_LIMIT, "TPM: an object is larger than a "
		    "blob may be");
	*out = b;
	return ERR_OK;
}

static enum err
unpack(const struct tpm_blob *b, TPM2B_PUBLIC *area, TPM2B_PRIVATE *private)
{
	size_t in = 0;

	TRY(area_of_blob(b, area));
	if (b->priv_len > sizeof(b->priv) ||
	    Tss2_MU_TPM2B_PRIVATE_Unmarshal(b->priv, b->priv_len, &in,
	    private) != TSS2_RC_SUCCESS || in != b->priv_len)
		return log_err(ERR_MALFORMED, "TPM: load: these bytes are not "
		    "an object");
	return ERR_OK;
}

static enum err
put_creation(const TPM2B_DIGEST *hash, const TPMT_TK_CREATION *ticket,
    struct tpm_creation *out)
{
	const TPM2B_DIGEST *proof = &ticket->digest;

	if (hash->size != sizeof(out->hash) ||
	    proof->size > sizeof(out->proof))
		return log_err(ERR_HARDWARE, "TPM: create an object: its "
		    "ticket has an unknown form");
	memcpy(out->hash, hash->buffer, sizeof(out->hash));
	out->len = proof->size;
	memcpy(out->proof, proof->buffer, proof->size);
	return ERR_OK;
}

enum err
object_create(const struct held *session, ESYS_TR parent,
    const TPM2B_PUBLIC *area, const TPM2B_SENSITIVE_CREATE *sensitive,
    struct tpm_blob *out, TPM2B_PUBLIC *public, struct tpm_creation *made)
{
	struct tpm *t = session->t;
	const TPM2B_DATA no_data = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };
	TPM2B_PRIVATE *private OWNED(private_drop) = NULL;
	TPM2B_PUBLIC *area_now OWNED(public_drop) = NULL;
	TPM2B_DIGEST *hash OWNED(digest_drop) = NULL;
	TPMT_TK_CREATION *ticket OWNED(creation_drop) = NULL;

	TRY(session_use(session, TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT));
	TRY(tpm_check(t, Esys_Create(t->esys, parent, session->tr, ESYS_TR_NONE,
	    ESYS_TR_NONE, sensitive, area, &no_data, &no_pcrs, &private,
	    &area_now, NULL, &hash, &ticket), "create an object"));
	TRY(pack(area_now, private, out));
	if (public != NULL)
		*public = *area_now;
	return made != NULL ? put_creation(hash, ticket, made) : ERR_OK;
}

/* The private part vouches for the public one; area_fits tells ours from what
 * anyone may create under an SRK that has no password. */
enum err
object_load(const struct held *session, ESYS_TR parent,
    const struct tpm_blob *blob, const TPM2B_PUBLIC *area,
    struct held *object)
{
	struct tpm *t = session->t;
	TPM2B_PRIVATE private = { .size = 0 };
	TPM2B_PUBLIC public = { .size = 0 };

	TRY(unpack(blob, &public, &private));
	if (!area_fits(&public, area))
		return log_err(ERR_AUTH, "TPM: load: an object with "
		    "another policy or other attributes than ours have");
	TRY(session_use(session, TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT));
	return tpm_check(t, Esys_Load(t->esys, parent, session->tr,
	    ESYS_TR_NONE, ESYS_TR_NONE, &private, &public, &object->tr),
	    "load an object");
}
