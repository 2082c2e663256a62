/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_EPOCH_H
#define CRYPTOD_EPOCH_H

/*
 * The journal's epoch and the TPM's counter, by which a copy of the state
 * that is put back is known: what steps the counter, how often a day, and
 * what a start makes of the two.
 *
 * To step is to commit the frame of epoch E + 1 and then to have the counter
 * follow.  A copy of an epoch before is refused from then on; what it may
 * still lack is what came later in its own epoch.
 *
 * Pure: times and counters are arguments.  Knows the record `steps`.  Does
 * not know the TPM or the journal.
 */

#include <stdbool.h>

#include "base/err.h"
#include "wire/wire.h"

/* Why a frame begins an epoch: bits. */
enum epoch_cause {
	EPOCH_START  = 1 << 0,	/* of cryptod */
	EPOCH_TICK   = 1 << 1,	/* something is new since so long; a rotation */
	EPOCH_CODE   = 1 << 2,	/* one was accepted */
	EPOCH_TRIP   = 1 << 3,	/* failures have reached a limit */
	EPOCH_CHANGE = 1 << 4,	/* by an act; a resync */
};

/* A TPM is good for so many writes; this is how they are spent. */
struct epoch_policy {
	bool		strict;		/* codes step */
	uint64_t	budget;		/* steps of a day */
	uint64_t	every;		/* seconds from tick to tick */
};

#define EPOCH_STARTS 3			/* of a day, that codes leave over */
#define EPOCH_TRIPS 5			/* of a day */

/*
 * Does a frame with these causes step?  had is what is remembered; *out what
 * the frame is to remember if it does.  Starts, ticks and changes always do.
 * Codes do while the day's budget lasts, less what starts and ticks may still
 * need, and limits likewise.  The frame of the last step that codes can have
 * says so (loose): codes of this epoch may lack a step of their own.
 */
bool epoch_steps(const struct epoch_policy *p, const struct msg_steps *had,
    unsigned causes, uint64_t wall, struct msg_steps *out);

/* Steps that codes and limits still have today. */
uint64_t epoch_left(const struct epoch_policy *p, const struct msg_steps *had,
    uint64_t wall);

enum epoch_fate {
	EPOCH_SAME,		/* go on */
	EPOCH_OWED,		/* a crash came between commit and step */
	EPOCH_OTHER		/* the state is not this counter's */
};

/* What a start finds: the journal's epoch, the TPM's counter. */
enum epoch_fate epoch_judge(uint64_t epoch, uint64_t counter);

/* The TPM's counter; step says what it is afterwards. */
struct epoch_counter {
	enum err	(*read)(void *self, uint64_t *now);
	enum err	(*step)(void *self, uint64_t *now);
	void		*self;
};

/*
 * Have it follow to this epoch: once, however often this is called with the
 * same *tried, which is false before the first time.  STATE: the counter says
 * that somebody else steps it.  After any other error it may have stepped.
 */
enum err epoch_follow(const struct epoch_counter *c, uint64_t epoch,
    bool *tried);

#endif
