/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UNLOCKER_REQUEST_H
#define UNLOCKER_REQUEST_H

/*
 * One totp_validate_req: a code, sent for a token and a passphrase, and the
 * two keys that were made for it alone.  The passphrase is wrapped to one,
 * the token is bound to the other; whoever answers has neither.
 *
 * Knows cose and the messages.  Does not know how it is sent.
 */

#include "base/secret.h"
#include "cose/encrypt.h"
#include "cose/sign1.h"
#include "crypto/drbg.h"
#include "enforce/keys.h"
#include "wire/wire.h"

/* Who asks for what. */
struct asking {
	const char	*vm_id;
	const char	*operator;
	const char	*device;
	const char	*release;
};

struct request {
	struct msg		msg;
	struct secret		*seed;		/* of cnf */
	struct signer		signer;
	struct cose_pair	pair;		/* of ephemeral_pubkey */
};

/* Make one at the time now; the caller drops it, also after a failure. */
enum err request_make(struct request *r, const struct asking *who,
    const struct secret *code, struct drbg *drbg, uint64_t now);

/* Wipe; made for OWNED, an empty one is all zeros. */
void request_drop(struct request *r);

/* What came back, once it is known to be true. */
struct answer {
	enum wire_totp		result;
	enum reason		reason;		/* cryptod's; maybe none */
	uint64_t		retry_after;	/* seconds */
	struct span		token;		/* in the message */
	struct secret		*passphrase;
};

/* Wipe; made for OWNED. */
void answer_drop(struct answer *a);

/*
 * Believe an answer to r, whose body has this SHA-256, or say why not:
 * signed by cryptod's token key, for this request and no other, with a token
 * that this unlocker could use itself and a passphrase wrapped to r's key.
 * *out changes only with REASON_none.
 */
enum reason answer_check(const struct request *r, const struct asking *who,
    const uint8_t hash[static 32], const struct keyset *keys,
    const struct msg *m, uint64_t now, struct answer *out);

#endif
