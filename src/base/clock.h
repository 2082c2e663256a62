/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/*
 * What time it is.  Which file answers is chosen when a program is linked:
 * src/base/clock.c asks the kernel and is all that is ever installed;
 * tests/clock_fd.c reads a page that the test shares with the daemon.
 * Decisions never call this: they are given a struct moment.
 */

#include <stdint.h>

#include "base/err.h"

struct moment {
	uint64_t	wall;		/* seconds since 1970-01-01, UTC */
	uint64_t	boot_ms;	/* since boot, also while suspended */
};

/* Call once, before the sandbox. */
enum err clock_start(void);

struct moment clock_now(void);

#endif
