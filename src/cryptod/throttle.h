/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_THROTTLE_H
#define CRYPTOD_THROTTLE_H

/*
 * Wrong codes slow down the channel that sends them, and nobody else: an
 * operator is never locked out on a channel where nothing was wrong.
 *
 * Failures are counted for each (channel, operator).  After `burst` of them
 * in `window` seconds that channel waits for that operator, `first_wait`
 * seconds and twice as long each further time, up to `longest_wait`; after
 * `give_up` without a success only an act of the officers opens it.  When an
 * operator has had `global_burst` failures in `global_window` seconds over
 * all channels, those channels that failed in that time wait.
 *
 * Pure: times are arguments; the state keeps the counts, and only the last
 * 20 times of each, so no burst may be larger.
 */

#include "store/find.h"
#include "wire/reasons.h"

struct throttle_limits {
	uint64_t	burst, window;
	uint64_t	first_wait, longest_wait;
	uint64_t	give_up;
	uint64_t	global_burst, global_window;
};

/* Count one more. */
void throttle_fail(struct msg_failures *f, const struct throttle_limits *l,
    uint64_t now);

/*
 * May this channel try for this operator ("": those who are not known)?
 * REASON_none, or a reason of rate_limited and in *retry_after the seconds to
 * wait (0: waiting does not help).
 */
enum reason throttle_check(const struct state *s, struct span channel,
    struct span operator_id, const struct throttle_limits *l, uint64_t now,
    uint64_t *retry_after);

#endif
