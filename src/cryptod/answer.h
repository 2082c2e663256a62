/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_ANSWER_H
#define CRYPTOD_ANSWER_H

/*
 * From a verdict to what the peer is told, and from there to what is signed.
 *
 * A draft is made when the decision is taken and says nothing yet that only
 * a durable decision may say; it is finished after the commit: the token is
 * signed, the secret wrapped, the whole signed.
 *
 * Knows decide.h, cose.  Does not know the loop or the disk.
 */

#include "crypto/drbg.h"
#include "cryptod/decide.h"
#include "cose/cwt.h"
#include "cose/sign1.h"

/* What an answer still lacks when it is drafted. */
struct owed {
	bool			token, secret;
	struct permit		permit;
	uint8_t			jti[16];
	uint64_t		policy_version;
	struct cose_key		wrap_to;
	struct wire_scope	release;
};

/* With what an answer is finished; all borrowed. */
struct finisher {
	const struct signer	*signer;	/* the token key */
	const char		*issuer;
	const struct state	*state;
	struct drbg		*drbg;
	uint8_t			*token;		/* TOKEN_MAX bytes of room */
};

/* Draft the answer to a decided request: a response or an error. */
enum err answer_draft(const struct msg *request, const struct effects *fx,
    struct msg *out);

/* Complete a draft; request is the SHA-256 of the request's body.  The token
 * in out lies in f->token. */
enum err answer_finish(const struct finisher *f, const struct owed *owed,
    const uint8_t request[static 32], struct msg *out);

#endif
