/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_START_H
#define DAEMON_START_H

/*
 * The state that every daemon begins in, whatever it was started from: its
 * files are private, it has the descriptors that it knows of and no others,
 * a vanished peer is an error and not a signal, SIGTERM and SIGINT wait until
 * the loop is ready for them, and no core and no tracer sees its memory.
 *
 * Knows base/.  Does not know what the daemon is for.
 */

#include <stddef.h>

#include "base/err.h"

/* Have every library bound to all that it calls, for which the program begins
 * again once: bound at a first call, the loader would put all registers on
 * the stack, with what of a secret is in them.  Before any thread, descriptor
 * or secret. */
enum err daemon_bind(char **argv);

/* Call it next.  keep are the inherited descriptors over 2, in ascending
 * order, that are wanted; all others are closed. */
enum err daemon_start(const char *name, const int *keep, size_t nkeep);

/*
 * Lock all memory, now and later, so that nothing of it is ever swapped.
 * STATE, with a line that says what to do, unless RLIMIT_MEMLOCK leaves room
 * for headroom bytes more than what is mapped.  Call it when all that is
 * large has been mapped, before sandbox_enter().
 */
enum err daemon_lock_memory(size_t headroom);

/* How much is mapped; while files can still be opened. */
enum err daemon_mapped(size_t *bytes);

/* Have so many descriptors, or STATE with a line that says what to do. */
enum err daemon_want_files(size_t want);

/* True once SIGTERM or SIGINT has arrived. */
int daemon_stopping(void);

#endif
