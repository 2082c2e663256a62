/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_ASIDE_H
#define TPM_ASIDE_H

/*
 * Work with the TPM that holds nobody up.
 *
 * The work is a function like any other, on a stack of its own.  Wherever it
 * waits for the TPM the caller goes on; when what it waits for is there, or
 * the time for it is up, the caller takes it up again where it was.  Between
 * two such places it runs as if it had been called.
 *
 *	caller		tpm_aside	go_on		go_on
 *	work		    |--send--.	  |--send--.	  |--done
 *	TPM			      `-----'	    `------'
 *
 * One command is bounded by tpm_limit, all of the work by TPM_ASIDE_LIMITS
 * times as much; past that whatever it waits for is late.  One work at a time:
 * while it waits every other call with this TPM is BUSY and leaves it alone.
 * Its stack is wiped when it is done.
 *
 * System calls besides those of tpm/carrier.h: rt_sigprocmask, and at the first
 * work what maps the stack.
 */

#include <stdbool.h>

#include "tpm/tpm.h"

#define TPM_ASIDE_LIMITS 5

typedef void tpm_work(void *self);

/* Begin; it may be done when this returns.  BUSY while another waits. */
enum err tpm_aside(struct tpm *t, tpm_work *work, void *self);

/* False when no work waits.  Else go on when *fd (-1: none) can be read or
 * *left_ms have passed; to go on too early does no harm. */
bool tpm_aside_waits(const struct tpm *t, int *fd, int *left_ms);
void tpm_aside_go_on(struct tpm *t);

/* Wait until it is done; the same, and nothing comes that it waits for. */
void tpm_aside_finish(struct tpm *t);
void tpm_aside_abandon(struct tpm *t);

#endif
