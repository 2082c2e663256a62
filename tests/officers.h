/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_OFFICERS_H
#define TESTS_OFFICERS_H

/*
 * The officers of one test: their key, and what they approve.  Policies are
 * computed here once more, from TPM 2.0, part 3, and not with tpm/.
 */

#include "tpm/nv.h"

struct officers {
	struct tpm_point	k;
	uint8_t			d[32];
};

enum err officers_new(struct officers *out);

/* Approve what is asked for in *a (policy, pcrs, cap, version): the present
 * values of these PCRs, and the cap PCR at zero. */
enum err officers_approve(const struct officers *o, struct tpm *t,
    struct tpm_approval *a);

/* Sign what is in a->digest, whatever that is. */
enum err officers_sign(const struct officers *o, struct tpm_approval *a);

/* A TPM as the ceremony leaves it: an SRK, both counters made and written
 * once, and the approvals for that; boot is PCR 0 to 7 and the cap is 15. */
struct custody {
	struct officers		officers;
	struct tpm_name		srk;
	struct tpm_approval	unseal, use;
	struct secret		*auth;		/* of the epoch */
	uint64_t		version, epoch;
};

enum err custody_make(struct tpm *t, struct custody *out);
void custody_drop(struct custody *c);

/* Raise the version, and approve anew when told to. */
enum err custody_raise(struct tpm *t, struct custody *c, bool approve);

#endif
