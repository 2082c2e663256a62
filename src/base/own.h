/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_OWN_H
#define BASE_OWN_H

/*
 * Ownership, said where the variable is born:
 *
 *	int fd OWNED(fd_drop) = -1;
 *
 * The drop function runs on every way out of the scope; it accepts the empty
 * value and leaves it behind.  GIVE moves the value out, so that nothing is
 * left to drop.
 */

#include <unistd.h>

/* A variable that only holds is used: clang would not think so. */
#define OWNED(drop) __attribute__((cleanup(drop), unused))

#define GIVE(var, empty)                        \
	({                                      \
		__typeof__(var) give_ = (var);  \
		(var) = (empty);                \
		give_;                          \
	})

static inline void
fd_drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#endif
