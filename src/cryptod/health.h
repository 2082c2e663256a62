/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_HEALTH_H
#define CRYPTOD_HEALTH_H

/*
 * How far the TPM is from refusing us, in plain words for status: wrong
 * authorisations that it counted, objects and sessions that are in use,
 * resets, and what is approved.
 *
 * It is asked at the first look and every minute, beside the turns, so status
 * tells what was so then.  GetCapability has no session: who sits on the bus
 * can say anything here, and nothing is decided by it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct cryptod;

struct health {
	bool		known;
	uint64_t	at_ms;		/* when; since boot */
	uint32_t	failures, failures_max;
	uint32_t	objects, sessions;
	bool		shared;		/* a resource manager makes room */
};

/* A part of a job (cryptod/side.h): ask, unless it was asked lately. */
enum err health_ask(struct cryptod *d);

/* Is the TPM near to locking itself; does another leave us no room. */
bool health_near_lockout(const struct health *h);
bool health_crowded(const struct health *h);

/* The lines for status, into text; how many. */
#define HEALTH_LINES 6
struct health_text {
	char		at[HEALTH_LINES][64];
	struct span	line[HEALTH_LINES];
	size_t		n;
};

void health_say(const struct cryptod *d, struct health_text *out);

#endif
