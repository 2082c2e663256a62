/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_APART_H
#define DAEMON_APART_H

/*
 * What is left to a process that was forked to read one foreign thing, an
 * event log or a certificate, and that may be lost over it: memory, so much
 * of it, the processor, for so long, and to say what it has found into a
 * descriptor that it has.
 *
 * Knows the sandbox.  Does not know what is read.
 */

#include "daemon/sandbox.h"

/* All that it may ask of the kernel. */
#define APART_CALLS 10
extern const struct allow apart_calls[APART_CALLS];

struct apart {
	size_t		mapped;		/* before it: daemon_mapped() */
	size_t		memory;		/* beside that */
	unsigned	cpu_s;
};

/* Close all that it has but this one. */
enum err apart_hold(int fd);

/* No file, no process, no core besides.  HARDWARE when the kernel refuses it;
 * the caller must then exit. */
enum err apart_bound(const struct apart *most);

#endif
