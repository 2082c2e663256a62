/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "tpm/custody_int.h"

/* TCG's storage key for ECC P-256, as its provisioning guidance and its EK
 * profile have it: coordinates of 32 zero bytes; and noDA. */
static const TPM2B_PUBLIC template = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM |
		    TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
		    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
		    TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
		.parameters.eccDetail = {
			.symmetric = {
				.algorithm = TPM2_ALG_AES,
				.keyBits.aes = 128,
				.mode.aes = TPM2_ALG_CFB,
			},
			.scheme.scheme = TPM2_ALG_NULL,
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
		.unique.ecc = { .x.size = 32, .y.size = 32 },
	},
};

/* ESYS computes it from the public area that it holds, the one that salts are
 * encrypted to; what the TPM says its Name is does not count. */
static enum err
name_of(struct tpm *t, ESYS_TR object, struct tpm_name *out)
{
	TPM2B_NAME *name OWNED(name_drop) = NULL;

	TRY(tpm_check(t, Esys_TR_GetName(t->esys, object, &name),
	    "compute a Name"));
	if (name->size != sizeof(out->at))
		return log_err(ERR_AUTH, "TPM: SRK: its Name is not made "
		    "with SHA-256");
	out->len = name->size;
	memcpy(out->at, name->name, name->size);
	return ERR_OK;
}

static bool
names_equal(const struct tpm_name *a, const struct tpm_name *b)
{
	return a->len == sizeof(a->at) && a->len == b->len &&
	    memcmp(a->at, b->at, a->len) == 0;
}

void
known_drop(struct held *known)
{
	if (known->tr != ESYS_TR_NONE)
		(void)!tpm_check(known->t, Esys_TR_Close(known->t->esys,
		    &known->tr), "forget an object");	/* breaks it anyway */
	known->tr = ESYS_TR_NONE;
}

/* ESYS hands out what it knows of a handle a second time without comparing, so
 * it has to forget first. */
enum err
srk_find(struct tpm *t, const struct tpm_name *want)
{
	struct held srk OWNED(known_drop) = HELD(t);
	struct tpm_name name;

	srk.tr = GIVE(t->srk, ESYS_TR_NONE);
	known_drop(&srk);
	TRY(tpm_check(t, Esys_TR_FromTPMPublic(t->esys, TPM_SRK, ESYS_TR_NONE,
	    ESYS_TR_NONE, ESYS_TR_NONE, &srk.tr), "look at the SRK"));
	TRY(name_of(t, srk.tr, &name));
	if (!names_equal(&name, want))
		return log_err(ERR_AUTH, "TPM: the SRK at 0x%x is not the "
		    "pinned one: another TPM, a cleared one, or one that "
		    "someone poses as", TPM_SRK);
	t->srk = GIVE(srk.tr, ESYS_TR_NONE);
	return ERR_OK;
}

enum err
tpm_srk_pin(struct tpm *t, const struct tpm_name *name)
{
	TRY(tpm_ready(t));
	TRY(srk_find(t, name));
	t->pinned = *name;
	return ERR_OK;
}

/* It comes out of the owner's seed, the same each time. */
static enum err
derive(struct held *primary)
{
	struct tpm *t = primary->t;
	const TPM2B_SENSITIVE_CREATE none = { .size = 0 };
	const TPM2B_DATA no_data = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };

	return tpm_check(t, Esys_CreatePrimary(t->esys, ESYS_TR_RH_OWNER,
	    ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &none, &template,
	    &no_data, &no_pcrs, &primary->tr, NULL, NULL, NULL, NULL),
	    "derive the SRK");
}

static enum err
make_persistent(const struct held *primary)
{
	struct tpm *t = primary->t;
	struct held there OWNED(known_drop) = HELD(t);

	return tpm_check(t, Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER,
	    primary->tr, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, TPM_SRK,
	    &there.tr), "make the SRK persistent");
}

static enum err
is_occupied(struct tpm *t, bool *occupied)
{
	TPMS_CAPABILITY_DATA *found OWNED(capability_drop) = NULL;
	const TPML_HANDLE *handles;

	TRY(tpm_check(t, Esys_GetCapability(t->esys, ESYS_TR_NONE,
	    ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES, TPM_SRK, 1, NULL,
	    &found), "look for an SRK"));
	handles = &found->data.handles;
	*occupied = handles->count > 0 && handles->handle[0] == TPM_SRK;
	return ERR_OK;
}

enum err
tpm_srk_create(struct tpm *t, struct tpm_name *name)
{
	struct held primary OWNED(held_drop) = HELD(t);
	struct tpm_name made;
	bool occupied;
	enum err e;

	TRY(tpm_ready(t));
	TRY(is_occupied(t, &occupied));
	TRY(derive(&primary));
	TRY(name_of(t, primary.tr, &made));
	if (!occupied)
		TRY(make_persistent(&primary));
	e = srk_find(t, &made);
	if (e == ERR_AUTH)
		return log_err(ERR_STATE, "TPM: another key sits at 0x%x; "
		    "nothing was changed", TPM_SRK);
	TRY(e);
	t->pinned = made;
	*name = made;
	return ERR_OK;
}
