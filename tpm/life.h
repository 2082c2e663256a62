/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_LIFE_H
#define TPM_LIFE_H

/*
 * How the TPM is: whether it still runs since it was first looked at, and
 * what was wrong with the last operation.
 *
 * What is looked at is TPM2_ReadClock, which takes no session: who sits on
 * the bus can hide a reset or make one up, as he can cut the wire.
 */

#include <stdbool.h>

#include "tpm/tpm.h"

struct tpm_life {
	uint32_t	resets, restarts;
	uint64_t	up_ms;		/* since it got power */
	uint64_t	clock_ms;	/* Clock: over all of its life */
	bool		safe;		/* Clock never showed a higher value */
};

enum tpm_trouble {
	TPM_WELL,
	TPM_LATE,	/* it is there, and did not answer in time */
	TPM_GONE,	/* nobody can be reached */
	TPM_ERRS,	/* it answered with an error, or with nonsense */
};

/* One command.  Needs no SRK. */
enum err tpm_life(struct tpm *t, struct tpm_life *out);

/* False when the TPM was reset, restarted or resumed in between, or has been
 * put back. */
bool tpm_life_goes_on(const struct tpm_life *was, const struct tpm_life *is);

/* Of the last operation. */
enum tpm_trouble tpm_trouble(const struct tpm *t);

/* tpm_open without a first command: that the TPM is not there, or no TCTI of
 * that name, is found by the first operation, and by each one anew. */
enum err tpm_reach(const char *tcti, struct tpm **out);

#endif
