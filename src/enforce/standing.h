/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCE_STANDING_H
#define ENFORCE_STANDING_H

/*
 * How cryptod stands with a verifier that runs for long: it has proven what it
 * runs and by which key metadata, or it has not, and why.  While it has not,
 * no token is good.
 *
 * A proof holds for 15 minutes from when it was asked for.  The next is asked
 * for a minute before that; a minute before the metadata it brought want their
 * next update; and at once when cryptod shows newer metadata.  Those are used
 * when a proof has brought them and not before.
 *
 * A proof that is refused ends the standing at once.  Silence, an `error` and
 * a broken connection prove nothing for or against, and it holds as long as it
 * would have: a reset of the TPM needs no watching, for what was booted then
 * cannot sign metadata without being what was approved.  A proof after a reset
 * begins the standing anew; one of a TPM that went back is refused until the
 * memory of it is gone (enforce/memory.h).
 *
 * One question at a time, 30 s for its answer.  After one that proved nothing
 * the next waits a second, then twice as long each time, up to a minute.
 *
 * With `appraise = off` the same machine fetches metadata and believes the
 * root key alone.
 *
 * Nothing here reads a clock or a link.  Who runs it asks standing_turn() what
 * to do, at standing_due() the latest, sends what standing_request() makes,
 * and brings what comes to standing_answer().
 *
 * Knows proofs, key metadata, trust files.  Does not know tokens or links.
 */

#include "base/clock.h"
#include "crypto/drbg.h"
#include "enforce/keys.h"
#include "enforce/memory.h"
#include "enforce/trust.h"
#include "wire/map.h"

#define STANDING_GOOD_MS	(15 * 60 * 1000)
#define STANDING_EARLY_MS	(60 * 1000)
#define STANDING_LOOK_MS	(60 * 1000)	/* for newer metadata */
#define STANDING_ANSWER_MS	(30 * 1000)
#define STANDING_FIRST_MS	1000		/* between two questions */
#define STANDING_LAST_MS	(60 * 1000)	/* and at most */

enum standing_wish {
	STANDING_WAIT,
	STANDING_LOOK,		/* ask for metadata, to see whether they are
				 * new; who is told of new ones need not */
	STANDING_ASK,		/* ask for a proof */
	STANDING_HANG_UP,	/* nobody answers on this connection */
};

struct standing {
	/* Given by who begins it. */
	const struct trust	*trust;
	bool			 appraise;	/* false: appraise = off */
	/* Remember m durably; only then the proof that says it counts. */
	enum err		(*keep)(void *self, const struct memory *m);
	void			*self;
	struct memory		 memory;

	bool			 good;		/* until until_ms */
	struct keyset		 keys;		/* that it is good by */
	uint64_t		 since_ms;	/* good, or not */
	uint64_t		 until_ms;
	enum reason		 why;	/* the last question proved nothing */

	enum standing_wish	 asked;		/* WAIT: nothing is open */
	struct wire_uuid	 request_id;
	struct wire_nonce	 nonce;
	uint64_t		 asked_ms;	/* what is open */
	uint64_t		 proof_ms;	/* the last proof */
	bool			 again;		/* a proof came apart */
	uint64_t		 ask_ms, look_ms;	/* the next */
	unsigned		 failures;	/* in a row */
	uint64_t		 heard;		/* version of the newest */
	uint64_t		 proofs, refusals, resets;
};

/* The first five were given; nothing is good yet, all is to be asked. */
void standing_begin(struct standing *s, struct moment now);

/* What to do now, and when to ask that again at the latest. */
enum standing_wish standing_turn(struct standing *s, struct moment now);
uint64_t standing_due(const struct standing *s);

/* The request for that wish, LOOK or ASK, which is thereby open. */
enum err standing_request(struct standing *s, enum standing_wish wish,
    struct drbg *drbg, struct moment now, struct msg *out);

/* What came; false if it is not the answer to what is open. */
bool standing_answer(struct standing *s, const struct msg *m,
    struct moment now);

/* The connection broke, or there is none to be had. */
void standing_lost(struct standing *s, enum reason why, struct moment now);

/* Key metadata from wherever: keys.* if they cannot be cryptod's. */
enum reason standing_heard(struct standing *s, struct span object,
    struct moment now);

/* REASON_none, or why no token is good. */
enum reason standing_now(const struct standing *s, struct moment now);

/* What to tell: why the last question proved nothing, or what has run out. */
enum reason standing_why(const struct standing *s, struct moment now);

/* For how many seconds that will be none, if nothing more comes. */
uint64_t standing_left(const struct standing *s, struct moment now);

/* For status: appraise, proven, for how long and how much longer, by which
 * version, the last reason, resets. */
void standing_put(const struct standing *s, struct moment now,
    struct map_maker *map);

#endif
