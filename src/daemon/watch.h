/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_WATCH_H
#define DAEMON_WATCH_H

/*
 * What the service loop waits for besides, between turns.  wait is false if
 * there is nothing now; else run is called when *fd (-1: none) can be read or
 * *left_ms have passed, by the kernel's clock.  An error from run ends the
 * service.
 */

#include <stdbool.h>

#include "base/err.h"

#define SERVICE_WATCHES 2

/* Empty when wait is NULL. */
struct watch {
	bool		(*wait)(void *self, int *fd, int *left_ms);
	enum err	(*run)(void *self);
	void		*self;		/* NULL: the service's */
};

#endif
