/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_CHALLENGE_H
#define CRYPTOD_CHALLENGE_H

/*
 * The challenges that peers have open: 32 random bytes each, for one peer, for
 * one use, for a minute of the time since boot.  They lie in memory alone: a
 * start forgets them all.
 *
 * A quote does not say which challenge it is over; it is the one that the
 * quote's extraData is made of (attest/evidence.h).
 *
 * Knows attest/evidence.h.  Does not know clocks or random bytes.
 */

#include <stdbool.h>

#include "attest/evidence.h"

#define CHALLENGE_LEN 32
#define CHALLENGE_S 60
#define CHALLENGES_OPEN 4	/* of a peer */
#define CHALLENGE_PEERS 32	/* doors of the service loop */

struct challenge {
	uint64_t	until_ms;	/* since boot; 0: there is none */
	uint8_t		at[CHALLENGE_LEN];
};

struct challenges {
	struct challenge of[CHALLENGE_PEERS][CHALLENGES_OPEN];
};

/* Where this peer's next one is to go; NULL, and in how many seconds there
 * will be room, if it has four open. */
struct challenge *challenge_room(struct challenges *c, size_t peer,
    uint64_t now_ms, uint64_t *left_s);

/*
 * Take the open one of this peer that the quote in the evidence is over, with
 * this vm_id and what the evidence says it is bound to; false if there is
 * none, or no quote.  It is found and gone in one step, before anybody
 * appraises: of two requests with one challenge the second has none, however
 * long the first one takes and whatever comes of it.
 */
bool challenge_take(struct challenges *c, size_t peer, uint64_t now_ms,
    struct span vm_id, struct span evidence,
    uint8_t out[static CHALLENGE_LEN]);

#endif
