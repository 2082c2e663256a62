/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UNLOCKER_PATHS_H
#define UNLOCKER_PATHS_H

/* What the unlocker may still open behind the sandbox. */

#include <stdbool.h>

#include "daemon/sandbox.h"

#define PATHS_MAX 8

struct paths {
	struct grant	grants[PATHS_MAX];
	size_t		n;
};

/* Those that are there, of the ones that libcryptsetup may ask for. */
void paths_open(struct paths *p, const char *volume, bool test);

/* Close; made for OWNED. */
void paths_drop(struct paths *p);

#endif
