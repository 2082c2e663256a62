/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANCHOR_POLICY_H
#define ANCHOR_POLICY_H

/*
 * What an approval approves, computed without a TPM as TPM 2.0, part 3, 23 has
 * it:
 *
 *	unseal	PolicyPCR(boot PCRs and the cap PCR at zero),
 *		PolicyNV(version index, unsigned <=, V)
 *	use	PolicyPCR(boot PCRs), PolicyNV(version index, unsigned <=, V)
 *	raise	from 0: PolicyNvWritten(no), else PolicyNV(version index, =, V);
 *		PolicyCommandCode(NV_Increment)
 *
 * PCRs are those of the SHA-256 bank, the only one that is capped.
 *
 * Knows crypto and the Names of tpm/.  Does not know who signs.
 */

#include "tpm/custody.h"

#define POLICY_PCR_LEN 32

/* An approval and the values that its PCRs are to have; others are zero. */
struct approval {
	struct tpm_approval	a;
	uint8_t			value[TPM_PCRS][POLICY_PCR_LEN];
};

/* Put what K is to sign into a->a.digest.  MALFORMED for another bank, for no
 * PCRs, and for a cap that can be reset or is one of them. */
enum err policy_compute(const struct tpm_point *k, struct approval *a);

#endif
