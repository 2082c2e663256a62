/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_ZYGOTE_H
#define CRYPTOD_ZYGOTE_H

/*
 * The zygote's half of cryptod/appraiser.h, and the packets of its socket:
 * one order for each job, one reply to each order, each of one size.  The
 * first packet is its greeting, an enum err in four bytes: whether it has
 * locked its door.
 *
 * Knows cryptod/reader.h and the sandbox.  Does not look into what children
 * say.
 */

#include <sys/types.h>

#include "cryptod/reader.h"

struct order {
	uint64_t	ticket;
	uint64_t	slot;		/* which of the jobs */
};

enum end { END_WHOLE, END_LOST };

struct reply {
	uint64_t	ticket;
	uint32_t	slot;
	uint32_t	end;
	struct found	found;		/* zero unless it is whole */
};

/* Live, until the socket's other end goes; jobs are APPRAISER_JOBS of them,
 * which it makes read-only; parent is who has forked it. */
_Noreturn void zygote_live(const struct appraiser_setup *setup, int sock,
    pid_t parent, struct job *jobs);

#endif
