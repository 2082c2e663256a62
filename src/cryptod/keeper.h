/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_KEEPER_H
#define CRYPTOD_KEEPER_H

/*
 * cap = keeper, for a TPM that cannot be reset: what was unsealed outlives
 * the cryptod that unsealed it.
 *
 *	launcher	starts keeper and cryptod, starts the next cryptod
 *	   |		when one crashes; knows no secret
 *	   +-- keeper	one locked page; read, write and the end is all that
 *	   |     |	the kernel lets it do
 *	   |   socketpair
 *	   |     |
 *	   +-- cryptod	asks when it starts, and is given what another kept,
 *			at most KEEPER_TIMES in KEEPER_WITHIN_MS
 *
 * At the next time it is asked the keeper wipes and ends, and with it all.  A
 * socket of packets carries
 *
 *	tag			what is there?
 *	tag | what is kept	the answer; the tag alone when it is nothing
 *	tag | what to keep	no answer
 *
 * where the tag, four bytes, tells an answer from one that a cryptod before
 * has not lived to take.
 */

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"

#define KEEPER_TAG 4
#define KEEPER_LEN 65		/* the store object's plain text, its cap */
#define KEEPER_TIMES 3
#define KEEPER_WITHIN_MS 600000

/* Serve the socket until everybody has gone or it was asked too often; never
 * returns.  The door is locked before anything is read. */
_Noreturn void keeper_run(int fd);

/* NOT_FOUND: nothing is kept yet; HARDWARE: there is no keeper any more. */
enum err keeper_ask(int fd, struct secret **out);
enum err keeper_give(int fd, const struct secret *what);

/*
 * Become the launcher.  In each cryptod that it starts this is true and *fd
 * is the keeper's socket; in the launcher it is false when all is over, with
 * the exit status.  *ready is the first cryptod's to use; the launcher closes
 * it.
 */
bool launch(int *ready, int *fd, int *status);

#endif
