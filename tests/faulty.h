/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FAULTY_H
#define TESTS_FAULTY_H

/*
 * A carrier between ESYS and the real one that counts what passes, may fail
 * one command in one of several ways, and lets a test look and tamper.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "tpm/carrier.h"

enum fault {
	FAULT_NONE,
	FAULT_UNSENT,		/* the command does not reach the TPM */
	FAULT_UNHEARD,		/* it is done, and its answer is lost */
	FAULT_REFUSED,		/* the TPM would say .code */
	FAULT_SHORT,		/* the answer lacks its last byte */
};

struct faulty {
	struct carrier	 inner;
	unsigned	 count;		/* commands since it was last zeroed */
	unsigned	 at, times;	/* which fails first, and how many */
	enum fault	 fault;
	uint32_t	 code;
	unsigned	 limit_ms;	/* instead of the caller's, unless 0 */
	/* True for a command that the TPM refuses with .code. */
	bool		(*refuse)(void *arg, struct exchange *x);
	/* Called before a command is sent and after its answer came. */
	void		(*before)(void *arg, struct exchange *x);
	void		(*after)(void *arg, struct exchange *x);
	void		*arg;
};

/* *f belongs to the caller and outlives *out. */
enum err faulty_open(struct faulty *f, const char *tcti, struct carrier *out);

/* From the next command on, fail the at-th (from 1) and times in all. */
void faulty_set(struct faulty *f, enum fault fault, unsigned at,
    unsigned times);

/* TPM_CC of a command. */
uint32_t faulty_command(const struct exchange *x);

#endif
