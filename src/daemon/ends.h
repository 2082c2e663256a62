/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_ENDS_H
#define DAEMON_ENDS_H

/*
 * How often something may end, or be asked for: so many times within so long
 * it is begun anew, each time after a longer wait, and then no more.
 *
 * Knows no clock: it is told the time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENDS_MAX 100
#define ENDS_WAIT_MAX 60000	/* ms */

/* Empty when it is { 0 }. */
struct ends {
	size_t		n;
	uint64_t	at[ENDS_MAX];	/* ms, oldest first */
};

/* It has ended once more: after how long to start it anew.  False when that
 * was done `most` times (ENDS_MAX at the most) in the last within ms. */
bool ends_add(struct ends *e, uint64_t most, uint64_t within_ms,
    uint64_t backoff_ms, uint64_t now_ms, uint64_t *wait_ms);

#endif
