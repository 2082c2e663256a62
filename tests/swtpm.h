/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SWTPM_H
#define TESTS_SWTPM_H

/*
 * A software TPM of one test: an swtpm on two Unix sockets in a directory of
 * its own, gone when the test is, however that ends.
 *
 * It can be reached as soon as swtpm_start returns: the sockets are bound and
 * listen before the program starts, so nothing has to be waited for.
 */

#include <sys/types.h>

#include "base/err.h"

/* Empty when dir is "". */
struct swtpm {
	char	dir[64];
	char	tcti[96];	/* "swtpm:path=..." */
	pid_t	pid;		/* 0 while it does not run */
};

/* A new TPM in a new directory, started.  NOT_FOUND without the program. */
enum err swtpm_new(struct swtpm *s);

/* Kill it and remove its directory; made for OWNED. */
void swtpm_drop(struct swtpm *s);

/* Power on again after swtpm_kill, with the state that is in the directory. */
enum err swtpm_start(struct swtpm *s);

/* The plug is pulled: no shutdown of any kind. */
void swtpm_kill(struct swtpm *s);

/* It neither answers nor goes away, until swtpm_go. */
void swtpm_halt(struct swtpm *s);
void swtpm_go(struct swtpm *s);

/* Extend a PCR of the SHA-256 bank, past whoever else uses the TPM. */
enum err swtpm_extend(const struct swtpm *s, unsigned pcr);

#endif
