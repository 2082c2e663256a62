/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/selftest.h"
#include "enforce/ek_apart.h"
#include "provisioning/guest.h"

/* Whether a maker who is believed says that this is a TPM of his.  The storage
 * root key, in sessions to which it is asked, is made if there is none. */
static enum err
check_maker(const struct mint_options *o, struct tpm *tpm)
{
	struct guest_ek found;
	struct attest_public ek;
	struct tpm_name srk;

	TRY(tpm_srk_create(tpm, &srk));
	TRY(guest_find_ek(tpm, &found));
	TRY(attest_public_read((struct span){ found.public.at,
	    found.public.len }, &ek));
	TRY(ek_judge_apart(o->roots,
	    (struct span){ found.cert, found.cert_len }, &ek,
	    o->any_time != 0 ? X509_ANY_TIME : (int64_t)clock_now().wall));
	printf("its certificate: leads to one in %s, and is of its "
	    "endorsement key\n", o->roots);
	return ERR_OK;
}

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
	return o->roots != NULL ? check_maker(o, tpm) : ERR_OK;
}
