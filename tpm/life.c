/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm/life.h"

#include "tpm/tpm_int.h"

enum err
tpm_life(struct tpm *t, struct tpm_life *out)
{
	TPMS_TIME_INFO *now OWNED(time_drop) = NULL;

	TRY(tpm_ready(t));
	TRY(tpm_check(t, Esys_ReadClock(t->esys, ESYS_TR_NONE, ESYS_TR_NONE,
	    ESYS_TR_NONE, &now), "read the TPM's clock"));
	*out = (struct tpm_life){
		.resets = now->clockInfo.resetCount,
		.restarts = now->clockInfo.restartCount,
		.up_ms = now->time,
		.clock_ms = now->clockInfo.clock,
		.safe = now->clockInfo.safe == TPM2_YES,
	};
	return ERR_OK;
}

bool
tpm_life_goes_on(const struct tpm_life *was, const struct tpm_life *is)
{
	return was->resets == is->resets && was->restarts == is->restarts &&
	    was->up_ms <= is->up_ms && was->clock_ms <= is->clock_ms;
}

enum tpm_trouble
tpm_trouble(const struct tpm *t)
{
	return t->trouble;
}
