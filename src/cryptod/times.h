/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_TIMES_H
#define CRYPTOD_TIMES_H

/*
 * What is to be made of the clocks: there is the wall's, which anybody may
 * set; the time since boot, which nobody sets and each boot begins anew; and
 * the TPM's Clock, which goes on over boots while the TPM has power, and
 * never back but for what a loss of power took from it (safe is no until it
 * has made up for that).
 *
 * Pure functions of what was stored and of what is now.
 */

#include "base/clock.h"
#include "store/state.h"
#include "tpm/life.h"
#include "wire/reasons.h"

/* Both clocks are within this of each other, in ms; and a TPM's Clock may be
 * so much fast, of a hundred. */
#define TIMES_SKEW_MS 30000
#define TIMES_RATE 15

/* A start, and then the time since boot that has gone by. */
struct times {
	uint64_t	wall;		/* seconds */
	struct tpm_life	tpm;		/* when it was looked at */
	uint64_t	since_ms;	/* until now */
};

/*
 * Whether a start goes on after what was stored.  In the order in which they
 * are told:
 *
 *	clock.tpm	the TPM was put back, or is a copy: its resetCount is
 *			lower, or its Clock, where that cannot be
 *	clock.back	the wall clock is before the last commit
 *	clock.behind	less time has passed on it than in the TPM
 */
enum reason times_start(const struct state *stored, const struct times *now);

/* REASON_clock_jumped when the wall clock has left the time since boot by
 * 30 s; it is told in whole seconds, so by 31. */
enum reason times_run(struct moment began, struct moment now);

#endif
