/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/check.h"
#include "tpm/tpm_int.h"

/* ESYS keeps its last command and answer, and what it was last told to create.
 * These commands are as long as any of ours and all zeros; the TPM does not
 * see them (tpm/tcti.c).  Out of line: its frame would be room on the stack
 * that tpm_scrub() holds and does not wipe. */
__attribute__((noinline)) static void
scrub_context(struct tpm *t)
{
	const TPM2B_SENSITIVE_CREATE nothing = { .size = 0 };
	const TPM2B_MAX_BUFFER zeros = { .size = sizeof(zeros.buffer) };
	const TPM2B_PUBLIC public = { .size = 0 };
	const TPM2B_DATA data = { .size = 0 };
	const TPML_PCR_SELECTION pcrs = { .count = 0 };
	TPM2B_PRIVATE *made OWNED(private_drop) = NULL;
	TPM2B_DIGEST *digest OWNED(digest_drop) = NULL;

	t->tcti.mute = true;
	if (t->srk != ESYS_TR_NONE)
		Esys_Create(t->esys, t->srk, ESYS_TR_PASSWORD, ESYS_TR_NONE,
		    ESYS_TR_NONE, &nothing, &public, &data, &pcrs, &made,
		    NULL, NULL, NULL, NULL);
	Esys_Hash(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &zeros,
	    TPM2_ALG_SHA256, ESYS_TR_RH_NULL, &digest, NULL);
	t->tcti.mute = false;
}

void
tpm_scrub(struct tpm **t)
{
	/* It will be when what waits there is done. */
	if (aside_elsewhere(*t))
		return;
	/* Freed, it is wiped. */
	if ((*t)->broken)
		tpm_forget(*t);
	else if ((*t)->esys != NULL)
		scrub_context(*t);
	/* Where ESYS has encrypted a parameter. */
	crypto_scrub();
}
