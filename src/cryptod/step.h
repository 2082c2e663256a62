/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_STEP_H
#define CRYPTOD_STEP_H

/*
 * The steps of the TPM's counter as cryptod takes them (epoch.h says when):
 * a frame begins the next epoch, then the TPM follows beside the turns, before
 * any other job, and the answers that need it are held so long, tpm_limit at
 * most.
 *
 * From that frame on until the TPM has confirmed it the step is owed: nothing
 * begins another one, codes and acts wait, and when it is late they are
 * answered epoch.pending, and what was held epoch.unconfirmed.  It is tried
 * again every ten seconds.  When the counter then says that somebody else
 * steps it, cryptod ends.
 *
 * Knows cryptod.h.  What becomes of the TPM is for side.h.
 */

#include "cryptod/epoch.h"
#include "daemon/hold.h"

struct cryptod;

struct step {
	struct epoch_policy	 policy;
	uint64_t		 counter;	/* the TPM's, as confirmed */
	unsigned		 causes;	/* of the frame of this turn */
	bool			 accepts;	/* it is an acceptance */
	bool			 owed;
	bool			 crashed;	/* since before the start */
	bool			 again;		/* more has come that steps */
	bool			 due;		/* when the TPM is free */
	bool			 tried;		/* it may have been made */
	bool			 late;		/* nothing is held any more */
	bool			 taken;		/* by the frame of this turn */
	uint64_t		 until_ms;	/* the kernel's: late then */
	uint64_t		 last_ms;	/* since boot: the last one, */
	uint64_t		 sequence;	/* and the log's entries then */
};

/* What the frame that is being made will have to step for: epoch_cause. */
void step_want(struct cryptod *d, unsigned causes);

/* The frame that is being made is the officers' word that the state is to go
 * on behind the TPM's counter. */
void step_accept(struct cryptod *d);

/* Commit what was put, with a step if it wants one; while one is owed, the
 * next follows it.  On LIMIT and HARDWARE it was taken back. */
enum err step_commit(struct cryptod *d);

/* A tick: step when it is time. */
enum err step_tick(struct cryptod *d);

/* The state was opened: REASON_none, or why it is not the counter's. */
enum reason step_judge(struct cryptod *d);

/* The start waits for one that was owed before it. */
bool step_is_awaited(const struct cryptod *d);

/* For side.c.  Begin what is owed, if the TPM is free; try again; how long
 * anything is still held (false: nothing is); it has been so long; wait until
 * one that is on its way has arrived. */
enum err step_due(struct cryptod *d);
enum err step_again(struct cryptod *d);
bool step_waits(const struct cryptod *d, int *left_ms);
void step_look(struct cryptod *d);
enum err step_finish(struct cryptod *d);

/* For the loop. */
bool step_needs(void *self, struct span body);
bool step_defers(void *self, enum msg_type type);
enum verdict step_verdict(void *self);

#endif
