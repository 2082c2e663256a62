/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_DROPS_H
#define TPM_DROPS_H

/* What ESYS allocates, given back by OWNED, and what it keeps; for tpm/
 * alone. */

#include <tss2/tss2_esys.h>

#define ESYS_DROP(noun, type)                   \
	static inline void                      \
	noun##_drop(type **at)                  \
	{                                       \
		if (*at != NULL)                \
			Esys_Free(*at);         \
		*at = NULL;                     \
	}
ESYS_DROP(attest, TPM2B_ATTEST)
ESYS_DROP(capability, TPMS_CAPABILITY_DATA)
ESYS_DROP(creation, TPMT_TK_CREATION)
ESYS_DROP(digest, TPM2B_DIGEST)
ESYS_DROP(name, TPM2B_NAME)
ESYS_DROP(number, TPM2B_MAX_NV_BUFFER)
ESYS_DROP(nv_public, TPM2B_NV_PUBLIC)
ESYS_DROP(private, TPM2B_PRIVATE)
ESYS_DROP(public, TPM2B_PUBLIC)
ESYS_DROP(selection, TPML_PCR_SELECTION)
ESYS_DROP(signature, TPMT_SIGNATURE)
ESYS_DROP(time, TPMS_TIME_INFO)
ESYS_DROP(values, TPML_DIGEST)
ESYS_DROP(verified, TPMT_TK_VERIFIED)
#undef ESYS_DROP

struct tpm;

/* Lose the context and what it holds; the next operation makes another. */
void tpm_forget(struct tpm *t);

/* Overwrite what ESYS has copies of.  The first variable of an operation with
 * a secret, so that it is the last to go. */
void tpm_scrub(struct tpm **t);

#endif
