/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CELL_CHILD_H
#define CELL_CHILD_H

/*
 * A program that lives no longer than this one: it is killed by the kernel
 * when we end, however that is.
 *
 * Knows base.  Does not know which program it is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* None when pid is 0. */
struct child {
	const char	*name;
	pid_t		 pid;
	int		 fd;		/* pidfd: readable when it has ended */
};

struct program {
	const char	*name;
	char *const	*argv;
	const int	*fds;		/* it gets them as 3, 4, ... */
	size_t		 nfds;
	bool		 poor;		/* without capabilities */
};

#define CHILD_FD 3
#define CHILD_FDS 4

/* HARDWARE when there can be no more processes; that the program itself
 * cannot be started is its exit status, 127. */
enum err child_start(const struct program *p, struct child *out);

/* Has it ended? */
bool child_ended(const struct child *c);

/* Take its end, waiting for it, and say how it was.  The answer is its exit
 * status, or 128 and the signal that ended it. */
int child_take(struct child *c);

/* Let it end by itself, ask it to, or after limit_ms make it; the same
 * answer. */
int child_stop(struct child *c, unsigned limit_ms);

#endif
