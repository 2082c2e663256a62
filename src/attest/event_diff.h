/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_EVENT_DIFF_H
#define ATTEST_EVENT_DIFF_H

/*
 * Which events make the difference between two logs: PCR by PCR, what was
 * measured instead of what, what is missing and what is new.
 *
 * Events are the same when their digests are.  Behind a difference the two
 * are looked through for the nearest place at which they agree again; where
 * there is none within some 30 events, they are told apart one by one.
 *
 * Knows attest/eventlog.h.  Does not say which log is the good one.
 */

#include "attest/eventlog.h"

enum event_change { EVENT_CHANGED, EVENT_GONE, EVENT_NEW };

struct event_difference {
	enum event_change	 change;
	const struct event	*was;	/* NULL: new */
	const struct event	*now;	/* NULL: gone */
};

/* Tell each difference in the PCRs of mask, lowest PCR first; what is pointed
 * to dies with the call.  NOT_FOUND if one has no such bank. */
enum err eventlog_diff(const struct eventlog *was, const struct eventlog *now,
    uint16_t alg, uint32_t mask,
    void (*tell)(void *self, const struct event_difference *d), void *self);

#endif
