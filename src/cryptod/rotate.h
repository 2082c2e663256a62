/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_ROTATE_H
#define CRYPTOD_ROTATE_H

/*
 * Keys come and go.  Of each use, token and audit, one signs:
 *
 *	next		made, and announced in the key metadata
 *	current		it signs, for about `every` seconds
 *	previous	it signs nothing more, and what it signed is still good
 *	gone		nothing of what it signed is good any more: it is wiped
 *	revoked		by an act: nothing that it ever signed is good
 *
 * A next key becomes current when whoever has key metadata without it has
 * metadata that are stale.  Where they cannot be signed the current one goes
 * on until its sign_until, at most `every` beyond its time; then a new one
 * takes over, for which nobody is answered until it was announced.
 *
 * Where token keys are to be in the TPM and the current one is not, or the
 * other way round, the next one is due at once.
 *
 * Nothing is written here: records and entries go where the caller says, and
 * take effect at once.  Knows the state and the audit log's entries.  Does not
 * know the TPM or the loop.
 */

#include "anchor/publish.h"
#include "anchor/token.h"
#include "audit/entry.h"
#include "crypto/drbg.h"
#include "store/find.h"

/* How long a token is good at the very most, in seconds. */
#define ROTATE_TOKEN 300

struct rotate {
	const struct state	*state;
	struct drbg		*drbg;
	uint64_t		 every, now;	/* seconds */
	enum err		(*put)(void *self, const struct msg *record);
	enum err		(*note)(void *self,
				    const struct audit_event *event);
	/* As key_make_in_tpm(); NULL: no key is in the TPM. */
	enum err		(*make_in_tpm)(void *self,
				    const struct secret *auth,
				    struct msg_key *row,
				    struct cose_key *public);
	void			*self;
};

enum rotate_step {
	ROTATE_NONE,
	ROTATE_ANNOUNCE,	/* it is time to make the next one */
	ROTATE_SWITCH,		/* everybody knows it */
	ROTATE_REPLACE,		/* the current one may not sign, or not yet */
};

/* What is due of this use; when the current key has had its time. */
enum rotate_step rotate_step(const struct rotate *r, enum wire_use use);
uint64_t rotate_at(const struct state *s, enum wire_use use, uint64_t every);

/* True when the next one could not be announced in time. */
bool rotate_late(const struct rotate *r, enum wire_use use);

/* Take every step that is due, of both uses; whether there is any. */
enum err rotate_due(const struct rotate *r);
bool rotate_is_due(const struct rotate *r);

/* The keys that the published object lists are announced from now on; whether
 * there is one that was not. */
enum err rotate_announced(const struct rotate *r, const struct published *p);
bool rotate_is_news(const struct rotate *r, const struct published *p);

/* Make the next key now; OK as well if there is one. */
enum err rotate_early(const struct rotate *r, enum wire_use use);

/* Withdraw a key.  A current one takes the next one of its use with it, which
 * lay beside it in memory, and a new one is current at once.  NOT_FOUND: there
 * is none, or it is withdrawn already; LIMIT: too many, wait seven minutes. */
enum err rotate_revoke(const struct rotate *r, struct span kid);

#endif
