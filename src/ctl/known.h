/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_KNOWN_H
#define CTL_KNOWN_H

/*
 * cryptod's keys, as far as the trust file's root key vouches for them: from
 * a file, or from a running cryptod.
 *
 * Knows enforce.  Does not know what is verified with them.
 */

#include "ctl/ctl.h"
#include "ctl/sheet.h"
#include "enforce/keys.h"
#include "enforce/trust.h"

struct known {
	struct trust	trust;
	struct keyset	set;
	enum reason	why;	/* none, or why set is not to be believed */
	bool		asked;	/* cryptod, for a proof */
	enum reason	proof;	/* none, or why that proves nothing */
};

/* Read the trust file, then --metadata, or ask at --socket.  ENDS_ok also
 * when the keys are not to be believed: see why. */
enum ends known_load(const struct args *a, uint64_t now, struct known *out);

/* The same; where cryptod is asked and the trust file has a reference for it,
 * the keys are those that came with its proof. */
enum ends known_prove(const struct args *a, uint64_t now, struct known *out);

/* Whom the trust file says to believe, and how many officers signed it. */
void known_put_trust(struct sheet *s, const struct known *k);

/* The code, what happened, what to do. */
void known_put_reason(struct sheet *s, enum reason why);

#endif
