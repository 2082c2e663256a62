/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCE_VERIFY_H
#define ENFORCE_VERIFY_H

/*
 * Whether a token allows an operation: the protocol's checks, in its order,
 * of which the first that fails is the reason.  The last one spends the token
 * for the operation, durably, and only after it may the action run.
 *
 * Knows the key set, and through the verifier's functions what was revoked
 * and what was spent.  Does not know sockets, storage, or what an operation
 * does.
 */

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "cose/cwt.h"
#include "enforce/keys.h"
#include "wire/reasons.h"

/* The revocation list that a verifier holds. */
struct revocations {
	uint64_t	version;
	uint64_t	next_update;

	/* token.revoked or token.subject for a token on it, none if not. */
	enum reason	(*find)(void *self, const struct cwt *c);
};

struct verifier {
	struct span			 me;	/* as it stands in aud */
	const struct keyset		*keys;
	/* Why nothing is allowed now, of standing_now(); REASON_none. */
	enum reason			 closed;
	const struct revocations	*revocations;

	/* Look (jti, operation) up and record it until then, in one durable
	 * step: STATE if it is there already, LIMIT if there is no room. */
	enum err	(*spend)(void *self, const uint8_t jti[static 16],
			    struct span operation, uint64_t until);
	void		*self;		/* of both functions */
	uint64_t	*counts;	/* of each outcome, REASONS of them */
};

/* What comes with a token. */
struct showing {
	struct span	 token;
	struct span	 operation;	/* a scope */
	struct span	 arguments;	/* deterministic, a map */
	struct span	 vm_id;		/* the channel's; empty: no domain's */
	struct span	 proof;		/* COSE_Sign1; empty: none */
	const char	*proof_aad;
	struct span	 proven;	/* what proof is over */
};

/* REASON_none when the operation may run; then *out has the claims, which
 * point into the token. */
enum reason enforce_token(const struct verifier *v, const struct showing *s,
    uint64_t now, struct cwt *out);

/* The same for an enforce_req that came over vm_id's channel; one that names
 * another verifier is request.audience. */
enum reason enforce_request(const struct verifier *v, const struct msg *m,
    struct span vm_id, uint64_t now, struct cwt *out);

#endif
