/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_TCTI_H
#define TPM_TCTI_H

/* Between ESYS and a carrier, and who waits for what is carried; for tpm/
 * alone. */

#include <stdbool.h>

#include <tss2/tss2_tcti.h>

#include "tpm/carrier.h"

struct tpm;
struct aside;

/* A TCTI of ours: ESYS above, a carrier below. */
struct tcti {
	TSS2_TCTI_CONTEXT_COMMON_V1	 v1;	/* first: ESYS looks at it */
	struct tpm			*tpm;
	bool				 mute;	/* refuse, and send nothing */
	size_t				 command_len, response_len;
	uint8_t				 command[CARRIER_MAX];
	uint8_t				 response[CARRIER_MAX];
};

void tcti_init(struct tcti *tcti, struct tpm *t);

/* Another work waits for the TPM, which has to be left alone. */
bool aside_elsewhere(const struct tpm *t);

/* Who waits for what is asked now; empty when it is the caller himself. */
struct waiter aside_waiter(const struct tpm *t);

void aside_drop(struct aside **a);

#endif
