/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "crypto/selftest.h"

enum err
step_check(const struct mint_options *o)
{
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	struct tpm_info i;

	TRY(crypto_selftest());
	*o->blame = MINT_TPM;
	TRY(tpm_open(o->tcti, &tpm));
	TRY(tpm_info(tpm, &i));
	printf("TPM: %s %s, firmware %08" PRIx32 ".%08" PRIx32 ", %" PRIu32
	    " of %" PRIu32 " failed authorisations, %" PRIu32 " resets\n",
	    i.maker, i.model, (uint32_t)(i.firmware >> 32),
	    (uint32_t)i.firmware, i.failures, i.failures_max, i.resets);
	if (i.failures_max != 0 && i.failures >= i.failures_max)
		return log_err(ERR_AUTH, "the TPM is locked out after failed "
		    "authorisations: clear it (tpm2_dictionarylockout) and "
		    "try again");
	return ERR_OK;
}
