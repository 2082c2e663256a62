/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_DECIDE_H
#define CRYPTOD_DECIDE_H

/*
 * The decisions of cryptod, as pure functions: what a request asks, what the
 * state holds and what time it is go in; the verdict and everything that it
 * changes come out as one value, struct effects.  Nothing is written, signed
 * or sent here, and the same inputs give the same verdict.
 *
 * Knows wire, store/state, cose, attest.  Does not know sockets, files or the
 * TPM.
 */

#include <stdbool.h>

#include "attest/appraise.h"
#include "cose/key.h"
#include "cryptod/appraiser.h"
#include "cryptod/deed.h"
#include "cryptod/throttle.h"
#include "store/find.h"
#include "wire/reasons.h"
#include "wire/wire.h"

/* What configuration says about decisions; times in seconds. */
struct policy {
	uint64_t		freshness;	/* of a timestamp, either way */
	uint64_t		window;		/* TOTP steps, either way */
	uint64_t		token_lifetime;
	uint64_t		unlock_lifetime; /* of luks: scopes */
	struct throttle_limits	throttle;
};

/*
 * How far, in seconds, the wall clock may leave the time since boot and still
 * be acted on: 30, and one more since it only tells whole ones.
 */
#define CLOCK_LEAP 31

/* All that a decision looks at beside the request. */
struct view {
	const struct state	*state;
	const struct policy	*policy;
	struct span		 vm_id;		/* the channel's */
	uint64_t		 now;
	uint64_t		 counter;	/* the TPM's epoch */
	enum reason		 recovery;	/* why acts alone are served */
	struct span		 challenge;	/* taken by the request */
	const struct appraiser_answer *read;	/* its event log; NULL: not */
	const struct wire_long	*references;	/* NULL: none is known */
};

/* A token to be signed once its grant is durable. */
struct permit {
	char			sub[3 + 64 + 1];
	struct wire_audience	audience;	/* ascending */
	struct wire_scopes	scopes;		/* ascending */
	struct wire_nonce	nonce;
	uint64_t		iat, exp;
	bool			has_cnf, has_arg;
	struct cose_key		cnf;
	struct wire_digest	arg;
	bool			has_att;	/* its TPM was appraised */
	uint8_t			ak[32];		/* SHA-256 of the Name */
	uint64_t		reset;
};

/* A code that was accepted: no step up to this one is good again. */
struct spend {
	struct wire_id	operator_id, device_id;
	uint64_t	step;
	uint64_t	ahead;		/* steps of the device, biased */
};

struct effects {
	bool		waits;		/* for its log: nothing is decided */
	struct appraiser_wanted log;

	enum reason	reason;		/* REASON_none: granted */
	enum reason	told;		/* what the peer is told of it */
	uint64_t	retry_after;	/* seconds; 0: not said */

	bool		seen;		/* id and nonce are used up */
	bool		spends;
	struct spend	spend;
	bool		counts;		/* failures has a new value */
	struct msg_failures failures;	/* of this channel and operator */

	bool		grants;
	struct permit	permit;
	struct appraised appraised;	/* seen: to be remembered */
	bool		vouches;	/* for the permit's cnf */
	bool		releases;
	struct cose_key	wrap_to;
	struct wire_scope release;	/* the secret's name */

	struct act_seen	act;		/* of an admin_req */
	struct deed	deed;		/* NONE unless it is carried out */
};

/* The evidence that came with a request; empty: none. */
struct span evidence_of(const struct msg *request);

/*
 * Fill out.  An error is a fault of ours; every refusal is ERR_OK with a
 * reason.
 */
enum err decide_totp(const struct view *v, const struct msg *request,
    struct effects *out);
enum err decide_token(const struct view *v, const struct msg *request,
    struct effects *out);
enum err decide_attest(const struct view *v, const struct msg *request,
    struct effects *out);
enum err decide_act(const struct view *v, const struct msg *request,
    struct effects *out);

#endif
