/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CELL_CELL_H
#define CELL_CELL_H

/*
 * A cell: a software TPM and the cryptod that it belongs to, from one start
 * to the end of either.  A start of one is a start of both, so that what
 * cryptod has closed in the TPM is open again for the next one, and for it
 * alone.
 *
 *	run/tpm, run/tpm.ctrl	the TPM's sockets, made anew for each life
 *	tpm_state		what it keeps; locked while we run
 *
 * There are no secrets here.
 */

#include "cell/child.h"
#include "cell/options.h"
#include "cell/settings.h"

enum fate {
	FATE_STOPPED,		/* we were told to stop, or cryptod was */
	FATE_AGAIN,		/* one of them ended: start both anew */
	FATE_REFUSED,		/* to start it again would not help */
};

struct cell {
	struct settings	settings;
	struct options	options;
	int		lock;		/* of tpm_state */
	struct child	tpm, cryptod;
	int		ready;		/* cryptod's line comes there */
};

/* Make the two directories, or see that they are ours alone.  STATE: they are
 * not; BUSY: another of us has them. */
enum err cell_open(struct cell *c);

/* One life.  Nothing of it is left when this returns. */
enum fate cell_live(struct cell *c);

/* Wait so long; false once we are told to stop. */
bool cell_wait(uint64_t ms);

/* The TPM's half: its sockets and its program, and its end: it writes down
 * that it was told, so that its clock goes on from there. */
enum err swtpm_start(const struct settings *s, struct child *out);
int swtpm_stop(const struct settings *s, struct child *tpm);

#endif
