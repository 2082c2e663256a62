/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_READING_H
#define CRYPTOD_READING_H

/*
 * Event logs that come with requests.
 *
 * A request whose evidence is good but for its log stays where it is, with
 * those behind it on its connection, until a child of the zygote has read the
 * log (cryptod/appraiser.h).  Then it is handled as if it came again
 * (daemon/hold.h) and decided anew, all of it.  What is kept meanwhile is the
 * challenge, which was spent the first time, and what was found: for these
 * bytes of this peer, and for one decision.
 *
 * A peer has one log that is read.  Its next one, on another connection, is
 * refused with limit.evidence and has cost a challenge; so no peer has more
 * than one of the appraiser's places, and who finds all of them taken waits
 * for one.
 *
 * Knows cryptod.h and the appraiser.  Does not know what is decided.
 */

#include "crypto/hash.h"
#include "cryptod/appraiser.h"
#include "cryptod/challenge.h"
#include "cryptod/decide.h"
#include "cryptod/settings.h"
#include "daemon/service.h"

struct cryptod;

enum reading_state { READING_NONE, READING_WANTED, READING_NOW, READING_DONE };

struct reading {
	enum reading_state	state;
	uint64_t		at_ms;		/* since boot; its newest */
	uint64_t		quiet_until;	/* one line a minute */
	uint64_t		ticket;		/* NOW */
	uint8_t			body[SHA256_LEN];	/* of the request */
	bool			asked;		/* there was a challenge */
	uint8_t			challenge[CHALLENGE_LEN];
	struct appraiser_answer	answer;		/* DONE */
};

struct readings {
	struct reading	of[CHANNELS_MAX];	/* by the peer's door */
	bool		news;		/* who waits may ask again */
};

/* What a request brings into its decision besides what is in it. */
struct brought {
	struct reading	*of;		/* these bytes were put off; or NULL */
	uint8_t		 challenge[CHALLENGE_LEN];
};

/* Before a decision: the challenge that the request's evidence is over, and
 * what was found in its log, into *v.  False while its log is being read:
 * there is nothing to decide yet. */
bool reading_begin(struct cryptod *d, const struct peer *peer,
    struct span body, const struct msg *in, struct view *v,
    struct brought *b);

/* After one that waits for its log: put it off, and leave its answer empty;
 * or *why that cannot be. */
enum err reading_put_off(struct cryptod *d, const struct peer *peer,
    struct span body, const struct view *v, const struct appraiser_wanted *log,
    enum reason *why);

/* After any other: nothing is kept of it. */
void reading_end(struct brought *b);

/* For the loop: hear the zygote; may who waits be handled again? */
bool reading_waits(void *self, int *fd, int *left_ms);
enum err reading_go_on(void *self);
bool reading_again(void *self);

#endif
