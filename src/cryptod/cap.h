/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_CAP_H
#define CRYPTOD_CAP_H

/* How a start unseals once, with what a person or a keeper gives for it, and
 * sees to it that nobody does after it. */

#include "base/err.h"
#include "wire/reasons.h"

struct cryptod;

/* cap.c: what a keeper has, if there is one. */
enum err cap_inherit(struct cryptod *d);

/*
 * cap.c: nothing that comes later can unseal.  cap_look() finds why the
 * TPM denied that; cap_close() is the last work of the start that needs to.
 * Both leave their reason in d->side.cap.
 */
void cap_look(struct cryptod *d);
enum err cap_close(struct cryptod *d);
/* It could not be closed: the end, with all that was unsealed. */
enum err cap_end(struct cryptod *d);
const char *cap_state(const struct cryptod *d);
/* Why it is open, for status; NULL if it is not. */
const char *cap_problem(const struct cryptod *d);

/* attend.c: side_open() with what a person gives for it, if it is wanted. */
enum reason attend_open(struct cryptod *d);

#endif
